package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// savedLetter tells that a card was saved on its page, once; it is nil if there is
// nobody to tell. No page describes this callback: fields and values are those of an
// example in the vendor's library, which does not show what is sent where a card could
// not be saved. Nothing is, here.
func (s *state) savedLetter(p *payment) *letter {
	if p.calls.post == "" || p.saved == nil || p.state == wire.ReadingFailed {
		return nil
	}
	threeDS := "0"
	if p.challenge != nil {
		threeDS = "1"
	}
	m := &callback.CardSavedRequest{
		Type: "approve", PaymentID: p.id, OrderID: p.order.id, CardThreeDS: threeDS, CardMask: p.card.mask(),
		CardID: p.saved.id, UserID: p.userID, Status: "success",
		CardMonth: wire.NewSecret(p.card.month), CardYear: wire.NewSecret(p.card.year), CardToken: p.token(),
	}
	l := &letter{
		calls: s.calls, kind: CallbackCardSaved, address: p.calls.post, method: methodOf(""),
		pairs: codec.Pairs(m), orderID: p.order.id, paymentID: p.id, result: m.Status,
	}
	return l.seal()
}
