package sandbox

import (
	"cmp"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// check asks the merchant whether a payment may be made, once and before anything is
// asked of the payer or the bank. Where the real service does so only if the shop's
// settings have it switched on, an address is enough here. With an error the payment
// has failed, or is in another state by now: others had the state in the meantime. The
// code of such a failure is not documented.
func (s *state) check(p *payment) error {
	address := p.calls.or(p.calls.check, s.calls.checkURL)
	if address == "" || p.checked {
		return nil
	}
	before := p.state
	answer := reply{problem: "there is none"}
	l := s.checkLetter(p, address)
	l.then = func(r reply) { answer = r }
	s.during(p, s.calls.box.Put(l).Send)
	s.settle(p)
	switch {
	case p.failure != nil:
		return p.failure
	case p.state != before:
		return impossible("the payment is %s by now", p.state)
	}
	p.checked = true
	f := refusalOf(answer)
	if f == nil {
		return nil
	}
	if answer.is(saysRejected) {
		p.refusal = f.text
	}
	s.fail(p, f)
	return f
}

// refusalOf is what an answer to a check other than ok means for a payment.
func refusalOf(answer reply) *fault {
	switch {
	case answer.is(saysOK):
		return nil
	case answer.is(saysRejected):
		return impossible("%s", cmp.Or(answer.description, "the merchant has refused the payment"))
	case answer.is(saysError):
		return impossible("the merchant could not read what it was asked about the payment")
	}
	return impossible("the merchant has not said that the payment may be made")
}

// checkLetter is the question whether a payment may be made. Nothing is exchanged and
// no fee is taken here, so all amounts are one.
func (s *state) checkLetter(p *payment, address string) *letter {
	amount := units(p.amount)
	m := &callback.CheckRequest{
		OrderID: p.order.id, PaymentID: p.id, Amount: amount, Currency: p.currency,
		PSAmount: amount, PSCurrency: p.currency, PSFullAmount: amount,
	}
	l := &letter{
		calls: s.calls, kind: CallbackCheck, address: address, method: methodOf(p.calls.method),
		pairs: append(codec.Pairs(m), p.params...), orderID: p.order.id, paymentID: p.id,
	}
	return l.seal()
}
