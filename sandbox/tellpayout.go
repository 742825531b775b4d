package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// paidOut has the merchant told of a payout that was made, once. Payouts that fail are
// not told of: the page speaks of those that were made only, although pg_status has a
// value for the others, and it documents no repeats.
func (s *state) paidOut(p *payout) {
	if p.post == "" {
		return
	}
	amount := units(p.amount)
	m := &callback.PayoutRequest{
		PaymentID: p.id, OrderID: p.payoutOrder.id, CardMask: p.to.mask, Status: callback.PayoutResultOK,
		Balance: s.out.balances.in(p.currency), PaymentAmount: amount, TotalAmount: amount, // no fee is taken here
		MerchantID: s.merchant(), PaymentDate: local(p.created),
	}
	if p.to.saved != nil {
		m.CardID = p.to.saved.id
	}
	l := &letter{
		calls: s.calls, kind: CallbackPayout, address: p.post, method: methodOf(""),
		pairs: codec.Pairs(m), orderID: p.payoutOrder.id, paymentID: p.id, result: string(m.Status),
	}
	p.telling = s.put(l.seal())
}

// tellPayout is tell for a payout whose recipient goes back.
func (s *state) tellPayout(p *payout) {
	e := p.telling
	if e == nil {
		return
	}
	p.telling = nil
	s.pull(e)
	s.outside(e.Send)
}
