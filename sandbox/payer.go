package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// bankCard is a card as it is presented. Its verification code is looked at and
// not kept.
type bankCard struct {
	number      string
	year, month string // two digits each
	holder      string
}

// newCard checks what a request says of a card.
func newCard(number, year, month, cvc, holder string) (*bankCard, error) {
	c := &bankCard{number: number, year: year, month: month, holder: holder}
	if !isDigits(cvc, 3, 4) {
		return nil, badCard("the verification code has to be three or four digits")
	}
	return c, c.check()
}

// newWalletCard is newCard for a card from a wallet, which brings a cryptogram
// instead of a verification code.
func newWalletCard(number, year, month, holder string) (*bankCard, error) {
	c := &bankCard{number: number, year: year, month: month, holder: holder}
	return c, c.check()
}

// check holds a card to its printed expiry. What the real service does with a
// test card of another expiry is not documented; a month in the place of the
// year is worth finding.
func (c *bankCard) check() error {
	switch {
	case !isDigits(c.number, 13, 20):
		return badCard("a card number has 13 to 20 digits")
	case !isDigits(c.month, 2, 2) || !isDigits(c.year, 2, 2) || c.month < "01" || c.month > "12":
		return badCard("the expiry has to be a month and a year of two digits each")
	}
	known, ok := testcards.Find(c.number)
	if ok && known.ExpiryMonth != "" && (known.ExpiryMonth != c.month || known.ExpiryYear != c.year) {
		return badCard("the expiry of this test card is " + known.ExpiryMonth + "/" + known.ExpiryYear)
	}
	return nil
}

func badCard(text string) error { return &fault{codeCard, text} }

func isDigits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// mask is the number as the pages print it: 4400-44XX-XXXX-4440, also where it
// has not sixteen digits.
func (c *bankCard) mask() wire.Secret {
	n := c.number
	return wire.NewSecret(n[:4] + "-" + n[4:6] + "XX-XXXX-" + n[len(n)-4:])
}

// expiry is the expiry as the status has it.
func (c *bankCard) expiry() wire.Secret { return wire.NewSecret(c.month + "/" + c.year) }

// brand is the code of the card's brand: the one that a page has as an example,
// and none for cards of other brands.
func (c *bankCard) brand() string {
	if strings.HasPrefix(c.number, "4") {
		return "VI"
	}
	return ""
}

// declined returns why a card is refused, or nil. Only test cards are played.
func (c *bankCard) declined() *fault {
	known, ok := testcards.Find(c.number)
	switch {
	case !ok:
		return &fault{codeCard, "the sandbox knows only the documented test cards"}
	case known.Outcome == testcards.Failure:
		return &fault{known.ErrorCode, "the outcome of this test card"}
	case known.Auth == testcards.NotAvailable || known.Auth == testcards.Impossible:
		return impossible("this test card cannot be authorized")
	}
	return nil
}

// ability is one column of the table of test cards.
type ability struct {
	name string
	of   func(testcards.Card) testcards.Ability
}

var (
	abilityClear   = ability{"cleared", func(c testcards.Card) testcards.Ability { return c.Clearing }}
	abilityReverse = ability{"canceled", func(c testcards.Card) testcards.Ability { return c.Reverse }}
	abilityRefund  = ability{"refunded", func(c testcards.Card) testcards.Ability { return c.Refund }}
)

// can tells whether the payment's test card allows something. What no table says
// of a card is allowed, and so is everything without a card.
func (p *payment) can(a ability) error {
	if p.card == nil {
		return nil
	}
	known, _ := testcards.Find(p.card.number)
	if has := a.of(known); has == testcards.NotAvailable || has == testcards.Impossible {
		return impossible("payments with this test card cannot be %s", a.name)
	}
	return nil
}

// pay presents a card. Without an error the payment is held or captured, or waits
// for 3DS if interactive says that the payer is there: a test card that has 3DS
// always asks for it, one that has none never. With an error it has failed, or
// could not be paid at all.
func (s *state) pay(p *payment, c *bankCard, interactive bool) error {
	if err := s.payable(p, wire.ReadingNew); err != nil {
		return err
	}
	if err := s.check(p); err != nil {
		return err
	}
	p.card, p.paidAt = c, s.now()
	if f := c.declined(); f != nil {
		s.fail(p, f)
		return f
	}
	if known, _ := testcards.Find(c.number); interactive && known.ThreeDS == testcards.Available {
		p.challenge = s.challenge(fmt.Sprintf("%s %s for order %s", units(p.amount), p.currency, p.order.id))
		p.state = wire.ReadingProcess
		return nil
	}
	s.authorized(p)
	return nil
}

// payable returns why a payment cannot be paid that has to be in one of the given
// states, or nil.
func (s *state) payable(p *payment, states ...wire.Reading) error {
	s.settle(p)
	switch {
	case p.busy:
		return impossible("the merchant is being asked about the payment")
	case !slices.Contains(states, p.state):
		return impossible("the payment is %s, and only a new one can be paid", p.state)
	}
	return nil
}

// complete goes on with a payment after its 3DS step.
func (s *state) complete(p *payment, md, paRes string) error {
	s.settle(p)
	if p.challenge == nil || p.state != wire.ReadingProcess {
		return impossible("the payment is %s, and does not wait for 3DS", p.state)
	}
	confirmed, err := p.challenge.verify(md, paRes)
	if err != nil {
		return err
	}
	return s.conclude(p, confirmed)
}

// conclude ends the 3DS step of a payment.
func (s *state) conclude(p *payment, confirmed bool) error {
	if !confirmed {
		f := &fault{codeThreeDS, "the payer refused at the 3DS page"}
		s.fail(p, f)
		return f
	}
	p.paidAt = s.now()
	s.authorized(p)
	return nil
}

// payBy pays by other means than a card, as from the balance of a phone: at once
// and in one step.
func (s *state) payBy(p *payment, means string) error {
	if err := s.payable(p, wire.ReadingNew, wire.ReadingProcess); err != nil {
		return err
	}
	if err := s.check(p); err != nil {
		return err
	}
	p.means, p.paidAt, p.hold = means, s.now(), false
	s.authorized(p)
	return nil
}

// authorized carries out what was agreed to.
func (s *state) authorized(p *payment) {
	p.reference = s.reference()
	p.authCode = p.reference[len(p.reference)-6:]
	p.state = wire.ReadingHeld
	if !p.hold {
		p.state, p.taken = wire.ReadingCaptured, p.amount
	}
	if p.saveCard && p.userID != "" && p.card != nil {
		p.saved = s.save(p.userID, p.card)
	}
	if p.profile != nil && p.card != nil {
		p.profile.start(p, s.now())
	}
	s.ended(p)
}
