package sandbox

import (
	"cmp"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// resultPlan is when the merchant is told a result again that did not arrive: every 30
// minutes for 2 hours.
var resultPlan = outbox.Plan{Every: 30 * time.Minute, Times: 4}

// ended has the merchant told what became of a payment or an invoice, or that a card was
// saved. That a hold is cleared, canceled or cleared by the clock is not told: whether
// the real service does so is not documented.
func (s *state) ended(p *payment) {
	var l *letter
	switch address := p.calls.or(p.calls.result, s.calls.resultURL); {
	case p.saving:
		l = s.savedLetter(p)
	case p.calls.state != "":
		l = s.invoiceLetter(p)
	case address != "":
		l = s.resultLetter(p, address)
		p.canReject = p.state != wire.ReadingFailed
	}
	if l != nil {
		p.telling = s.put(l)
	}
}

// tell makes the first call about what became of a payment, before its payer goes
// back. Nothing happens if it was begun before.
func (s *state) tell(p *payment) {
	e := p.telling
	if e == nil {
		return
	}
	p.telling = nil
	s.pull(e)
	s.during(p, e.Send)
}

// undo is what follows from the merchant's refusal of a payment that was made: a hold
// is let go, what was taken is given back, and a recurring profile is none. A payment
// that the merchant has canceled by itself in the meantime stays canceled.
func (s *state) undo(p *payment, why string) {
	if p.state != wire.ReadingHeld && p.state != wire.ReadingCaptured {
		return
	}
	p.refusal = cmp.Or(why, "the merchant has refused the payment")
	p.state, p.failure, p.taken = wire.ReadingFailed, impossible("%s", p.refusal), 0
	if p.profile != nil {
		p.profile.card = nil
	}
}

// resultLetter tells what became of a payment. The fields beside the tables of the
// pages are those that were seen in examples and by public clients. Nothing is
// exchanged and no fee is taken here, so all amounts are one.
func (s *state) resultLetter(p *payment, address string) *letter {
	succeeded := p.state != wire.ReadingFailed
	amount := units(p.amount)
	m := &callback.ResultRequest{
		OrderID: p.order.id, PaymentID: p.id, Amount: amount, Currency: p.currency,
		NetAmount: amount, PSAmount: amount, PSFullAmount: amount, PSCurrency: p.currency,
		Description: p.description, Result: callback.PaymentResultFailed, PaymentDate: local(p.date()),
		CanReject: new(succeeded), TestingMode: new(true), Captured: new(p.state == wire.ReadingCaptured),
		UserPhone: wire.NewSecret(p.phone), UserContactEmail: wire.NewSecret(p.email), UserID: p.userID,
		PaymentMethod: callback.PaymentMethod(s.method(p)), Reference: p.reference, AuthCode: p.authCode,
	}
	if succeeded {
		m.Result = callback.PaymentResultSucceeded
	}
	if c := p.card; c != nil {
		m.CardMask, m.CardExp, m.CardOwner, m.CardBrand = c.mask(), c.expiry(), wire.NewSecret(c.holder), c.brand()
	}
	if p.saved != nil {
		m.CardID, m.CardToken = p.saved.id, p.token()
	}
	if p.profile != nil && p.profile.card != nil {
		m.RecurringProfileID, m.RecurringProfileExpiryDate = p.profile.id, local(p.profile.ends).String()
	}
	if p.failure != nil {
		m.FailureCode, m.FailureDescription = p.failure.code, p.failure.text
	}
	l := &letter{
		calls: s.calls, kind: CallbackResult, address: address, method: methodOf(p.calls.method), plan: resultPlan,
		pairs: append(codec.Pairs(m), p.params...), orderID: p.order.id, paymentID: p.id,
	}
	l.result = valueIn(l.pairs, "pg_result")
	l.then = func(r reply) {
		s.alone(func() {
			if p.canReject && r.is(saysRejected) {
				s.undo(p, r.description)
			}
			p.canReject = false
		}).start()
	}
	return l.seal()
}
