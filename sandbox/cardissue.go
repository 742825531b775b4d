package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// issuedCard is a card that the Card API has issued. It has no number, for no
// documented call tells one: only what a mask shows of it.
type issuedCard struct {
	id      string
	product card.ProductID
	mask    wire.Secret
	iban    wire.Secret
	// holder is whom it was issued for, client who has it since it was linked.
	holder cardHolder
	client *cardClient
	state  cardState
	hasPIN bool
}

// cardState is a state of a card. The pages have no words for them.
type cardState string

const (
	cardActive  cardState = "active"
	cardBlocked cardState = "blocked" // until it is unblocked
	cardClosed  cardState = "closed"  // for good
)

var (
	errNoCard  = errors.New("no such card")
	errClosed  = errors.New("the card is closed")
	errPlain   = errors.New("the PIN is too short for one that is encrypted with AES")
	errLinked  = errors.New("the card has a client")
	errBlocked = errors.New("the card is blocked")
)

func newIssuedCard(id string, n int64, product card.ProductID, holder cardHolder) *issuedCard {
	return &issuedCard{
		id: id, product: product, holder: holder, state: cardActive, mask: cardMask(n), iban: cardIBAN(n),
	}
}

// cardMask is what is seen of the number of the nth card, in the form of the gift
// cards' example. No cards begin like that.
func cardMask(n int64) wire.Secret { return wire.NewSecret(fmt.Sprintf("9999********%04d", n%10_000)) }

// cardIBAN is the account of the nth card, at a bank that there is not.
func cardIBAN(n int64) wire.Secret {
	n %= 1_000_000_000_000_000
	check := 98 - (n%97*1_000_000+20_35_00)%97 // K is 20, Z is 35
	return wire.NewSecret(fmt.Sprintf("KZ%02d%016d", check, n))
}

// card finds a card by its id.
func (i *issuing) card(id string) (*issuedCard, error) {
	c := i.cards[id]
	if c == nil {
		return nil, errNoCard
	}
	return c, nil
}

// open finds a card that is not closed. A blocked one is found too: that it cannot
// be used does not keep those who issued it from changing it, as far as a page
// says.
func (i *issuing) open(id string) (*issuedCard, error) {
	c, err := i.card(id)
	if err == nil && c.state == cardClosed {
		return nil, errClosed
	}
	return c, err
}

// person is who has the card.
func (c *issuedCard) person() cardHolder {
	if c.client != nil {
		return c.client.holder
	}
	return c.holder
}

// CardIssue issues a card for a holder, who is no client by that. It can be used
// at once: of a call that activates cards only the name is known.
func (s cardService) CardIssue(_ context.Context, r *card.CardIssueRequest) (*card.CardIssueAnswer, error) {
	h := &r.Cardholder
	wrong := wrongPerson(h.Phone, h.MiddleName, h.FirstName, h.LastName)
	switch {
	case !isProduct(r.ProductID):
		wrong = errNoProduct
	case !isCountry(h.Country):
		wrong = errCountry
	}
	product, holder := r.ProductID, newHolder(h.FirstName, h.LastName, h.Phone)
	return s.take(r.RequestID, wrong, func() (func(*cardRequest), error) {
		return func(done *cardRequest) {
			s.last++
			c := newIssuedCard(uuid.NewString(), s.last, product, holder)
			s.issuing.cards[c.id] = c
			done.cardIDs = append(done.cardIDs, c.id)
		}, nil
	}), nil
}

// CardLink gives a card without a client to one. Whether a card can be linked
// again is not documented; here it cannot. Whether the client has to be one of
// the card's product is not either, and it has not.
func (s cardService) CardLink(_ context.Context, r *card.CardLinkRequest) (*card.CardLinkAnswer, error) {
	return (*card.CardLinkAnswer)(s.take(r.RequestID, nil, func() (func(*cardRequest), error) {
		c, err := s.issuing.open(r.CardID)
		if err != nil {
			return nil, err
		}
		client, err := s.issuing.client(r.ClientID)
		switch {
		case err != nil:
			return nil, err
		case c.client != nil:
			return nil, errLinked
		}
		return func(*cardRequest) { c.client = client }, nil
	})), nil
}

// CardUnblock lets a blocked card be used again. What it does to one that is not
// blocked is not documented; here it is refused. [Sandbox.BlockCard] blocks cards.
func (s cardService) CardUnblock(_ context.Context, r *card.CardUnblockRequest) (*card.CardUnblockAnswer, error) {
	return (*card.CardUnblockAnswer)(s.take(r.RequestID, nil, func() (func(*cardRequest), error) {
		c, err := s.issuing.open(r.CardID)
		switch {
		case err != nil:
			return nil, err
		case c.state != cardBlocked:
			return nil, errors.New("the card is not blocked")
		}
		return func(*cardRequest) { c.state = cardActive }, nil
	})), nil
}

// CardClose closes a card for good.
func (s cardService) CardClose(_ context.Context, r *card.CardCloseRequest) (*card.CardCloseAnswer, error) {
	return (*card.CardCloseAnswer)(s.take(r.RequestID, nil, func() (func(*cardRequest), error) {
		c, err := s.issuing.open(r.CardID)
		return func(*cardRequest) { c.state = cardClosed }, err
	})), nil
}

// CardPINCounterReset sets the counter of wrong PINs back, of which there is none
// here: no documented call enters a PIN.
func (s cardService) CardPINCounterReset(_ context.Context, r *card.CardPINCounterResetRequest) (*card.CardPINCounterResetAnswer, error) {
	return (*card.CardPINCounterResetAnswer)(s.take(r.RequestID, nil, func() (func(*cardRequest), error) {
		_, err := s.issuing.open(r.CardID)
		return func(*cardRequest) {}, err
	})), nil
}

// shortestPIN is how long a PIN is at least that AES has encrypted: a block.
const shortestPIN = 16

// CardPINSet gives a card a PIN, at once, since without a request_id nobody could
// ask about it later. The PIN is not read, as how it is encrypted is not
// documented, and not kept. One in the clear is refused.
func (s cardService) CardPINSet(_ context.Context, r *card.CardPINSetRequest) (*card.CardPINSetAnswer, error) {
	plain := r.PIN.IsSet() && len(r.PIN.Reveal()) < shortestPIN
	defer s.begin()()
	a := &card.CardPINSetAnswer{Status: card.CallStatusOK, RequestStatus: card.RequestStateSuccess, DateTime: s.dt()}
	c, err := s.issuing.open(r.CardID)
	if err == nil && plain {
		err = errPlain
	}
	if err != nil {
		a.Status, a.RequestStatus = card.CallStatusError, card.RequestStateError
		s.refuseCard(err)
		s.tellReason(a.Extra(), err)
		return a, nil
	}
	c.hasPIN = true
	return a, nil
}

// cardShown is what the sandbox says of a card.
type cardShown struct {
	State    cardState      `json:"state"`
	Product  card.ProductID `json:"product_id"`
	ClientID string         `json:"client_id,omitempty"`
	HasPIN   bool           `json:"has_pin"`
}

// CardInfo tells whether there is such a card, a closed one too. The members for
// more are not documented.
func (s cardService) CardInfo(_ context.Context, r *card.CardInfoRequest) (*card.CardInfoAnswer, error) {
	defer s.begin()()
	a := &card.CardInfoAnswer{Status: card.CallStatusOK, DateTime: s.dt()}
	var c *issuedCard
	err := s.look(r.RequestID, func() (err error) {
		c, err = s.issuing.card(r.CardID)
		return err
	})
	if err != nil {
		a.Status = card.CallStatusError
		s.tellReason(a.Extra(), err)
		return a, nil
	}
	shown := cardShown{State: c.state, Product: c.product, HasPIN: c.hasPIN}
	if c.client != nil {
		shown.ClientID = c.client.id
	}
	s.tell(a.Extra(), "sandbox_card", shown)
	return a, nil
}
