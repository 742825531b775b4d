package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// mobileCommerce is the way to pay from the balance of a phone.
const mobileCommerce = string(merchant.PaymentMethodMobileCommerce)

// mostTries is how often a wrong code is taken before the payment has failed. How
// often the real service takes one is not documented.
const mostTries = 3

// phoneCode is what the state knows of a payment from the balance of a phone,
// besides the payment.
type phoneCode struct {
	phone testcards.Phone // the one that the code was sent to, once it was
	wrong int             // how many wrong codes came
}

// openMobile makes a payment from the balance of a phone. The money is taken at
// once: the request cannot say otherwise.
func (s *state) openMobile(o order) (*payment, error) {
	o.hold = false
	p, err := s.open(o)
	if err != nil {
		return nil, err
	}
	s.phones[p] = &phoneCode{}
	return p, nil
}

// mobilePayment finds a payment from the balance of a phone.
func (s *state) mobilePayment(id string) (*payment, *phoneCode, error) {
	p, err := s.payment(id)
	if err != nil {
		return nil, nil, err
	}
	code, ok := s.phones[p]
	if !ok {
		return nil, nil, impossible("the payment is not one from the balance of a phone")
	}
	return p, code, nil
}

// charge sends a code to a phone, one of the documented test phones; none is
// charged without. Another phone may be tried, or the same again, until the
// payment is paid. Before the first code the merchant is asked, as before 3DS.
//
// The codes of the operators end in KZT, so nothing else is taken.
func (s *state) charge(p *payment, c *phoneCode, number string, operator merchant.MobileOperator) error {
	if err := s.payable(p, wire.ReadingNew, wire.ReadingProcess); err != nil {
		return err
	}
	if p.currency != "KZT" {
		return wrong("only KZT are taken from the balance of a phone")
	}
	phone, ok := testcards.FindPhone(number)
	if !ok {
		return wrong("the sandbox knows only the documented test phones")
	}
	if own := operators[phone.Operator]; operator != "" && operator != own {
		return wrong("the operator of this test phone is %s", own)
	}
	if err := s.check(p); err != nil {
		return err
	}
	c.phone, p.state = phone, wire.ReadingProcess
	return nil
}

// operators are the operators' codes, by the names that the test phones have.
var operators = map[string]merchant.MobileOperator{
	"Kcell": merchant.MobileOperatorKcell,
	"Activ": merchant.MobileOperatorActiv,
	"Tele2": merchant.MobileOperatorTele2,
	"Altel": merchant.MobileOperatorAltel,
}

// approve takes the money, if the code is right. After too many that are not the
// payment has failed.
func (s *state) approve(p *payment, c *phoneCode, code string) error {
	if err := c.waits(p); err != nil {
		return err
	}
	if code != c.phone.Code {
		f := wrong("the code is wrong")
		if c.wrong++; c.wrong == mostTries {
			s.fail(p, f)
		}
		return f
	}
	return s.payBy(p, mobileCommerce)
}

// waits returns why no code is waited for, or nil.
func (c *phoneCode) waits(p *payment) error {
	if p.state != wire.ReadingProcess || c.phone.Number == "" {
		return impossible("the payment is %s, and does not wait for a code", p.state)
	}
	return nil
}
