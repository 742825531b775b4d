package sandbox

import (
	"github.com/freedompay-go/freedompay/wire"
)

// clear takes the money of a hold, or a part of it: the rest is let go. Without
// an amount it takes all, which the Gateway's page does not say and the
// Merchant's does. A hold is cleared once.
func (s *state) clear(p *payment, amount wire.Decimal) error {
	if p.state != wire.ReadingHeld {
		return impossible("the payment is %s, and only what is held can be cleared", p.state)
	}
	if err := p.can(abilityClear); err != nil {
		return err
	}
	part, err := share("clear", amount, p.amount)
	if err != nil {
		return err
	}
	p.state, p.taken = wire.ReadingCaptured, part
	return nil
}

// cancel lets a hold go.
func (s *state) cancel(p *payment) error {
	if p.state != wire.ReadingHeld {
		return impossible("the payment is %s, and only what is held can be canceled", p.state)
	}
	if err := p.can(abilityReverse); err != nil {
		return err
	}
	p.state, p.revocationID, p.revocationUUID = wire.ReadingCanceled, s.number(), newUUID()
	return nil
}

// refund gives back what was taken, or a part of it; without an amount all that
// was not given back before.
func (s *state) refund(p *payment, amount wire.Decimal) (*refund, error) {
	if p.state != wire.ReadingCaptured {
		return nil, impossible("the payment is %s, and only what was taken can be given back", p.state)
	}
	if err := p.can(abilityRefund); err != nil {
		return nil, err
	}
	part, err := share("give back", amount, p.taken-p.given())
	if err != nil {
		return nil, err
	}
	r := &refund{id: s.number(), uuid: newUUID(), reference: s.reference(), amount: part, at: s.now()}
	p.refunds = append(p.refunds, r)
	return r, nil
}

// share is the part of what is left that a request asks for: all of it where it
// names none.
func share(verb string, asked wire.Decimal, left int64) (int64, error) {
	part, err := hundredths("the amount", asked)
	switch {
	case err != nil:
		return 0, err
	case !asked.IsSet():
		part = left
	case part <= 0:
		return 0, wrong("the amount must be positive")
	}
	if part > left || part == 0 {
		return 0, impossible("there are %s to %s", units(left), verb)
	}
	return part, nil
}
