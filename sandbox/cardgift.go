package sandbox

import (
	"context"
	"errors"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// giftCard is a prepaid card that a merchant gives away. Its balance is in
// hundredths of the currency's unit.
type giftCard struct {
	id       string
	otp      wire.Secret // until it was used
	currency string
	balance  int64
	mask     wire.Secret
	status   card.GiftCardStatus
}

// GiftCardConfirm activates a gift card with the code that its holder got. Its
// state is then the one that the list calls activated, not the one of the example.
//
// An error has no members of the card: whether the real one does is not
// documented, and whoever does not know the code need not know the balance.
func (s cardService) GiftCardConfirm(_ context.Context, r *card.GiftCardConfirmRequest) (*card.GiftCardConfirmAnswer, error) {
	defer s.begin()()
	a := &card.GiftCardConfirmAnswer{DateTime: local(s.now())}
	var g *giftCard
	g, a.Status = s.issuing.confirm(r.CardID, r.OTP)
	if a.Status != card.GiftRequestStatusSuccess {
		for _, name := range []string{"card_status", "card_currency", "card_balance", "card_mask"} {
			a.Extra().SetForm(name, wire.FormAbsent)
		}
		s.logger.Warn("request refused", "status of the gift card's request", int64(a.Status))
		return a, nil
	}
	a.CardStatus, a.CardCurrency, a.CardBalance, a.CardMask = g.status, g.currency, wholeUnits(g.balance), g.mask
	return a, nil
}

// confirm activates a gift card. How often a wrong code can be tried is not
// documented; here that is as often as one likes.
func (i *issuing) confirm(id string, otp wire.Secret) (*giftCard, card.GiftRequestStatus) {
	g := i.gift(id)
	switch {
	case g == nil:
		return nil, card.GiftRequestStatusNoCard
	case g.status == card.GiftCardStatusActivated:
		return nil, card.GiftRequestStatusAlreadyActivated
	case g.status != card.GiftCardStatusIssued:
		return nil, card.GiftRequestStatusActivationFailed
	case !g.otp.Equal(otp):
		return nil, card.GiftRequestStatusBadOTP
	}
	g.status, g.otp = card.GiftCardStatusActivated, wire.Secret{}
	return g, card.GiftRequestStatusSuccess
}

// gift finds a gift card. Which one is meant without an id is not documented: here
// it is the only one that waits for a code, and none where several do.
func (i *issuing) gift(id string) (found *giftCard) {
	for _, g := range i.gifts {
		switch {
		case id != "" && g.id == id:
			return g
		case id != "" || g.status != card.GiftCardStatusIssued:
		case found != nil:
			return nil
		default:
			found = g
		}
	}
	return found
}

// GiftCard is a gift card as it is issued. Of the call of Freedom Pay that issues
// one the path is not known, so [Sandbox.CreateGiftCard] does it.
type GiftCard struct {
	// ID is a positive number of at most 18 digits; made when empty.
	ID string `json:"card_id"`
	// OTP is the code that the holder gets by SMS. Required, digits.
	OTP wire.Secret `json:"otp"`
	// Currency is ISO 4217 alpha-3, KZT when empty.
	Currency string `json:"card_currency"`
	// Balance is what is on the card: positive, with at most two decimals.
	Balance wire.Decimal `json:"card_balance"`
	// Status is the card's state; issued when 0. Only a card that is issued and not
	// more can be activated.
	Status card.GiftCardStatus `json:"card_status"`
}

// CreateGiftCard issues a gift card and returns it with what was made up. It is an
// error if it cannot be one, or if there is one with its id.
func (s *Sandbox) CreateGiftCard(g GiftCard) (GiftCard, error) {
	balance, err := g.Balance.Minor(2)
	switch {
	case err != nil || balance <= 0:
		return g, errors.New("sandbox: the balance of a gift card must be positive, with at most two decimals")
	case g.ID != "" && !paymentID.MatchString(g.ID):
		return g, errors.New("sandbox: the id of a gift card must be a number of at most 18 digits")
	case !isDigits(g.OTP.Reveal(), 1, 10):
		return g, errors.New("sandbox: the code of a gift card must be digits")
	case g.Currency != "" && !isCurrency(g.Currency):
		return g, errors.New("sandbox: the currency of a gift card is not a code of three letters")
	case g.Status < card.GiftCardStatusUnknown || g.Status > card.GiftCardStatusExpired:
		return g, errors.New("sandbox: the status of a gift card is not a documented one")
	}
	if g.Currency == "" {
		g.Currency = "KZT"
	}
	if g.Status == card.GiftCardStatusUnknown {
		g.Status = card.GiftCardStatusIssued
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.ID == "" {
		g.ID = s.number()
	} else if s.issuing.gift(g.ID) != nil {
		return g, errors.New("sandbox: a gift card with this id exists")
	}
	s.last++
	s.issuing.gifts = append(s.issuing.gifts, &giftCard{
		id: g.ID, otp: g.OTP, currency: g.Currency, balance: balance, status: g.Status,
		mask: cardMask(s.last),
	})
	return g, nil
}
