package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// cardClient is a person or a company that has cards.
type cardClient struct {
	id      string
	product card.ProductID
	holder  cardHolder
}

// cardHolder is what is kept of a person: what a cardholder's data are compared
// with.
type cardHolder struct {
	name  wire.Secret // given name and family name
	phone wire.Secret // digits, empty if it is not known
}

func newHolder(first, last, phone wire.Secret) cardHolder {
	return cardHolder{name: wire.NewSecret(first.Reveal() + " " + last.Reveal()), phone: phone}
}

var (
	errNoClient  = errors.New("no such client")
	errNoProduct = errors.New("the sandbox knows only the documented products")
)

// client finds a client by its id.
func (i *issuing) client(id string) (*cardClient, error) {
	c := i.clients[id]
	if c == nil {
		return nil, errNoClient
	}
	return c, nil
}

// ClientAdd makes a client. Whether a person can be a client twice is not
// documented; here one can, and is two clients. What the products other than 1000
// need beyond the page's required members is not documented either, and is
// nothing here.
func (s cardService) ClientAdd(_ context.Context, r *card.ClientAddRequest) (*card.ClientAddAnswer, error) {
	c := &cardClient{product: r.ProductID, holder: newHolder(r.Client.FirstName, r.Client.LastName, r.Client.Phone)}
	return (*card.ClientAddAnswer)(s.take(r.RequestID, wrongClient(r), func() (func(*cardRequest), error) {
		return func(done *cardRequest) {
			c.id = s.number()
			s.issuing.clients[c.id], done.clientID = c, c.id
		}, nil
	})), nil
}

// ClientEdit gives a client another phone.
func (s cardService) ClientEdit(_ context.Context, r *card.ClientEditRequest) (*card.ClientEditAnswer, error) {
	phone := r.Client.Phone
	var wrong error
	if !isPhone(phone) {
		wrong = errPhone
	}
	return (*card.ClientEditAnswer)(s.take(r.RequestID, wrong, func() (func(*cardRequest), error) {
		c, err := s.issuing.client(r.ClientID)
		switch {
		case err != nil:
			return nil, err
		case c.product != r.ProductID:
			return nil, errors.New("product_id is not that of the client")
		}
		return func(*cardRequest) { c.holder.phone = phone }, nil
	})), nil
}

// maxDocument is the size of the largest scan of a document, 2 MB. Whether that
// is its size before base64 is not documented; here it is, which takes both.
const maxDocument = 2 << 20

// wrongClient says what is wrong with a client's data, if anything. The scan is
// looked at and not kept.
func wrongClient(r *card.ClientAddRequest) error {
	c := &r.Client
	switch {
	case !isProduct(r.ProductID):
		return errNoProduct
	case c.Type < card.ClientTypeIndividual || c.Type > card.ClientTypeEntrepreneur:
		return errors.New("the client's type is not a documented one")
	case c.Resident != card.ResidencyResident && c.Resident != card.ResidencyNonResident:
		return errors.New("resident is not a documented number")
	case c.Country != "" && !isCountry(c.Country) || c.RegistrationAddress != nil && !isCountry(c.RegistrationAddress.Country) || c.ResidenceAddress != nil && !isCountry(c.ResidenceAddress.Country):
		return errCountry
	case c.Language != "" && (len(c.Language) != 2 || !isLatin(c.Language)):
		return errors.New("the language is not a code of two letters")
	}
	if err := wrongPerson(c.Phone, c.MiddleName, c.FirstName, c.LastName); err != nil {
		return err
	}
	if c.Document.IsSet() {
		scan, err := base64.StdEncoding.DecodeString(c.Document.Reveal())
		if err != nil || !bytes.HasPrefix(scan, []byte("%PDF-")) || len(scan) > maxDocument {
			return errors.New("the document is not a PDF of at most 2 MB in base64")
		}
	}
	if r.ProductID == card.ProductIDFreedomWallet &&
		(c.Country == "" || !c.PersonID.IsSet() || !c.Document.IsSet() || c.RegistrationAddress == nil || c.ResidenceAddress == nil) {
		return errors.New("the product 1000 needs country, person_id, document, address1 and address2")
	}
	return nil
}

var (
	errPhone   = errors.New("the phone is not one of 7 to 15 digits, the code of its country among them")
	errCountry = errors.New("a country is not a code of three letters")
	errLatin   = errors.New("a name is not in Latin letters")
)

// wrongPerson says what is wrong with a phone or with names, of which the first
// may be missing. That names are in Latin letters says the table of one product,
// and the table of formats on the overview does for all texts.
func wrongPerson(phone, middle wire.Secret, names ...wire.Secret) error {
	if !isPhone(phone) {
		return errPhone
	}
	if middle.IsSet() {
		names = append(names, middle)
	}
	for _, name := range names {
		if !isLatin(name.Reveal()) {
			return errLatin
		}
	}
	return nil
}

// isPhone reports whether a phone has as many digits as there are phones of.
func isPhone(phone wire.Secret) bool { return isDigits(phone.Reveal(), 7, 15) }

// isLatin reports whether a text is Latin letters, with what else names have.
func isLatin(text string) bool {
	letters := 0
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters++
		case !strings.ContainsRune(" -'.`", r):
			return false
		}
	}
	return letters > 0
}

// isCountry reports whether a text has the form of ISO 3166-1 alpha-3, which is
// also that of a currency's code.
func isCountry(code string) bool { return isCurrency(code) }

func isProduct(id card.ProductID) bool {
	return id == card.ProductIDFreedomWallet || id == card.ProductIDInstant || id == card.ProductIDElectron
}
