package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// chargeSource makes a payment of what a request names in from, and charges that.
// With a fault the payment failed, or, without a payment, the request is refused.
// Whether the payer of a saved card passes 3DS is not documented: as in the
// synchronous API it is charged without.
func (s *state) chargeSource(r *gateway.AsyncPaymentCreateRequest) (*payment, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		userID: r.UserID, hold: r.AutoClearing == nil || !*r.AutoClearing, async: true,
		saveCard: r.From.Save != nil && *r.From.Save,
		calls:    addresses{ownOnly: true}, // no page says that anybody is called
	}
	from := r.From
	if from.Recurrent != nil && from.Recurrent.Lifetime != nil && from.Type != gateway.AsyncSourceTypeRecurrent {
		o.recurring, o.months = true, *from.Recurrent.Lifetime
	}
	switch {
	case !isCurrency(o.currency):
		return nil, wrong("currency is not a code of three letters")
	case o.saveCard && o.userID == "":
		return nil, wrong("a card is saved for a user, and there is no user_id")
	case o.saveCard && from.Type == gateway.AsyncSourceTypeRecurrent:
		return nil, wrong("from.save is not for from.type recurrent")
	case from.Type != gateway.AsyncSourceTypeRecurrent && from.Recurrent != nil && !o.recurring:
		return nil, wrong("from.recurrent without a lifetime is for from.type recurrent")
	}
	if from.Type == gateway.AsyncSourceTypeRecurrent {
		return s.chargeProfile(from.Recurrent, o)
	}
	c, saved, err := s.sourceCard(from, r.UserID)
	if err != nil {
		return nil, err
	}
	p, err := s.open(o)
	if err != nil {
		return nil, err
	}
	p.saved = saved
	return p, s.pay(p, c, saved == nil)
}

// chargeProfile charges a recurring profile, which has a currency and may have a user.
func (s *state) chargeProfile(by *gateway.AsyncSourceProfile, o order) (*payment, error) {
	if by == nil || by.ProfileID == "" {
		return nil, wrong("from.recurrent.profile_id is needed for from.type recurrent")
	}
	if known := s.profiles[by.ProfileID]; known != nil && known.card != nil {
		switch {
		case known.currency != o.currency:
			return nil, wrong("the profile's currency is %s", known.currency)
		case known.userID != "" && o.userID != "" && known.userID != o.userID:
			return nil, wrong("the profile is another user's")
		}
	}
	p, _, err := s.recur(by.ProfileID, o)
	return p, err
}

// sourceCard is the card of a source. saved is there for a saved one.
func (s *state) sourceCard(from gateway.AsyncSource, userID string) (c *bankCard, saved *savedCard, err error) {
	given := from.Card
	switch {
	case given == nil:
		return nil, nil, wrong("from.card is needed")
	case from.Type == gateway.AsyncSourceTypeSaved:
		return s.sourceSaved(given, userID)
	case from.Type == gateway.AsyncSourceTypeCard && !given.Name.IsSet():
		return nil, nil, wrong("from.card.name is needed for from.type card")
	case from.Type == gateway.AsyncSourceTypeCard:
	case from.Type != gateway.AsyncSourceTypeTokenized:
		return nil, nil, wrong("there is no such from.type")
	case from.Token == nil || !from.Token.OnlinePaymentCryptogram.IsSet():
		return nil, nil, wrong("from.token with online_payment_cryptogram is needed for from.type tokenized")
	}
	number, year, month := given.PAN.Reveal(), twoDigits(given.Year), twoDigits(given.Month)
	if given.CVC.IsSet() {
		c, err = newCard(number, year, month, given.CVC.Reveal(), given.Name.Reveal())
	} else { // which is not required, of no source
		c, err = newWalletCard(number, year, month, given.Name.Reveal())
	}
	return c, nil, asParameter(err)
}

// sourceSaved is a saved card, which the pages name in two ways.
func (s *state) sourceSaved(given *gateway.AsyncSourceCard, userID string) (*bankCard, *savedCard, error) {
	token, other := given.Token.Reveal(), given.UUID.Reveal()
	switch {
	case token == "":
		token = other
	case other != "" && other != token:
		return nil, nil, wrong("from.card.token and from.card.uuid are two cards")
	}
	if token == "" || userID == "" {
		return nil, nil, wrong("from.card.token and user_id are needed for from.type saved")
	}
	saved, err := s.savedBy(userID, token)
	if err != nil {
		return nil, nil, asParameter(err)
	}
	c := saved.card
	return &c, saved, nil
}

// asParameter gives what is wrong with a card the code that this API documents for
// what a request says.
func asParameter(err error) error {
	if f, ok := asFault(err); ok {
		return wrong("%s", f.text)
	}
	return err
}

// twoDigits is a month or the end of a year as a card has it.
func twoDigits(number wire.Secret) string {
	text := number.Reveal()
	if len(text) == 1 {
		return "0" + text
	}
	return text
}
