package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// order is what a merchant wants to be paid, and how.
type order struct {
	id, description string
	// amount is what is to be paid. Where the payer types it, it is a proposal, and
	// least and most are bounds; each may be missing.
	amount, least, most wire.Decimal
	typed               bool
	// currency is KZT where the request names none: what the real service takes
	// then is not documented.
	currency string
	// hold says that the money is held at first, and not taken.
	hold bool
	// lifetime is how long it can be paid; 0 is for ever.
	lifetime time.Duration
	// userID, email and phone are the payer's.
	userID, email, phone string
	// async says that it is an order of the asynchronous API: nobody completes its
	// 3DS step, which is done once the cardholder has answered.
	async bool
	// saveCard says that the card is to be saved for userID.
	saveCard bool
	// recurring says that a recurring profile is to be made, which lives for months;
	// 0 is as long as the card.
	recurring bool
	months    int64
	// returns is where the payer's browser goes, params what it brings along of the
	// merchant's own.
	returns returns
	params  []codec.Pair
	// calls is what of the merchant's is called about it.
	calls addresses
}

// payment is a payment in the state. Its amounts are in hundredths of the
// currency's unit.
type payment struct {
	order
	id     string // pg_payment_id
	uuid   string // its id in the asynchronous API
	handle string // what its page knows it by
	hosted bool   // that page is the one where the payer enters a card
	amount int64
	// state is what became of the money. Once it is ReadingHeld or beyond, the
	// payment was authorized; ReadingFailed has a failure.
	state            wire.Reading
	created, expires time.Time // expires is zero for never
	paidAt           time.Time
	// card is what was presented. A payment by other means, such as the balance of a
	// phone, has none, and then means says by what.
	card  *bankCard
	means string
	// challenge is the 3DS step, once there is one.
	challenge *challenge
	// taken is what was cleared of amount.
	taken   int64
	refunds []*refund
	// revocationID is the id of the cancellation, if there was one, revocationUUID
	// that in the asynchronous API.
	revocationID, revocationUUID string
	failure                      *fault
	expired                      bool // failed because its lifetime was over
	// authCode and reference are what a bank adds to an authorization.
	authCode, reference string
	// saved is the card that was saved, profile the recurring profile. A profile is
	// there from the start, as its id is in the first answer, and can be used once
	// the payment is authorized.
	saved   *savedCard
	profile *profile
	// charged is the recurring profile that was charged.
	charged *profile
	// late is the status that the asynchronous API still tells, for once: what it
	// began goes on after the answer. Empty: it tells how things are.
	late gateway.AsyncPaymentStatus
	// saving says that this is no payment but the attempt to save a card.
	saving bool
	// busy says that the merchant is being called about it, and the payer has to wait.
	busy bool
	// checked says that the merchant was asked and has nothing against it, canReject
	// that it can still refuse in the answer to what telling tells, and refusal why it
	// has refused.
	checked, canReject bool
	refusal            string
	// telling is the callback about what became of it, until the payer goes back.
	telling *entry
}

// refund is money that was given back. The amount is positive.
type refund struct {
	id, reference string
	uuid          string // its id in the asynchronous API
	amount        int64
	at            time.Time
	late          bool // as a payment's late
}

// open makes a payment, which nobody has paid yet.
func (s *state) open(o order) (*payment, error) {
	if o.currency == "" {
		o.currency = "KZT"
	}
	if !isCurrency(o.currency) {
		return nil, wrong("pg_currency is not a currency's code of three letters")
	}
	p := &payment{order: o, state: wire.ReadingNew, created: s.now(), handle: uuid.NewString()}
	if o.lifetime > 0 {
		p.expires = p.created.Add(o.lifetime)
	}
	amount, err := hundredths("the amount", o.amount)
	switch {
	case err != nil:
		return nil, err
	case amount < 0 || amount == 0 && !o.typed:
		return nil, wrong("the amount must be positive")
	}
	if o.typed {
		least, lowErr := hundredths("the least amount", o.least)
		most, highErr := hundredths("the greatest amount", o.most)
		switch {
		case lowErr != nil:
			return nil, lowErr
		case highErr != nil:
			return nil, highErr
		case o.most.IsSet() && most < max(least, 1):
			return nil, wrong("the greatest amount is less than the least")
		}
	}
	p.amount = amount
	s.keep(p)
	return p, nil
}

// typeAmount is what the payer of a payment of any amount does. It returns what
// is wrong with the amount, if anything.
func (p *payment) typeAmount(text string) (problem string) {
	d, err := wire.ParseDecimal(text)
	if err != nil {
		return "The amount has to be a number."
	}
	n, err := d.Minor(2)
	switch {
	case err != nil:
		return "The amount has more than two decimals, or too many digits."
	case n <= 0 || p.least.IsSet() && d.Cmp(p.least) < 0:
		return "The amount is too small."
	case p.most.IsSet() && d.Cmp(p.most) > 0:
		return "The amount is too large."
	}
	p.amount = n
	return ""
}

// keep gives a payment its id and remembers it.
func (s *state) keep(p *payment) {
	p.id, p.uuid = s.number(), newUUID()
	if p.recurring {
		p.profile = &profile{id: s.number(), months: p.months}
		if p.async {
			p.profile.id = newUUID() // as the page's example has it
		}
		s.profiles[p.profile.id] = p.profile
	}
	s.payments[p.id], s.async.payments[p.uuid] = p, p
	s.ordered = append(s.ordered, p)
	if p.handle != "" {
		s.pages[p.handle] = p
	}
}

// merchant is the merchant's id as the answers print it.
func (s *state) merchant() string { return strconv.FormatInt(s.merchantID, 10) }

// number is a new id, for whatever it is.
func (s *state) number() string {
	s.last++
	return strconv.FormatInt(s.last, 10)
}

// payment finds a payment by its id with Freedom Pay, in the state that it is in
// by now.
func (s *state) payment(id string) (*payment, error) {
	p, ok := s.payments[id]
	if !ok {
		return nil, notFound()
	}
	s.settle(p)
	return p, nil
}

// paymentOf finds a payment by either id; that of Freedom Pay decides where both
// are given. Of several payments of one order it is the newest: which one the
// real service tells about is not documented.
func (s *state) paymentOf(id, orderID string) (*payment, error) {
	if id != "" || orderID == "" {
		return s.payment(id)
	}
	for i := len(s.ordered) - 1; i >= 0; i-- {
		if p := s.ordered[i]; p.order.id == orderID {
			s.settle(p)
			return p, nil
		}
	}
	return nil, notFound()
}

// paymentOn finds the payment of a payment page. It waits until nobody else calls the
// merchant about it: who submits the page twice sees both times what came of it.
func (s *state) paymentOn(handle string) (*payment, bool) {
	p, ok := s.pages[handle]
	if ok {
		for p.busy {
			s.idle.Wait()
		}
		s.settle(p)
	}
	return p, ok
}

// holdLife is how long a hold is left alone before it is cleared by itself.
const holdLife = 5 * 24 * time.Hour

// settle brings a payment to the state that it has reached without a call: a
// lifetime that is over, a hold that is cleared, a 3DS step that nobody completes.
// What is left of a hold of a card that cannot be cleared is not documented; here it
// stays.
func (s *state) settle(p *payment) {
	now := s.now()
	if p.async && p.waits() && p.challenge.decided {
		_ = s.conclude(p, p.challenge.confirmed) // the fault is the payment's now
	}
	open := p.state == wire.ReadingNew || p.state == wire.ReadingProcess
	switch {
	case open && !p.expires.IsZero() && !now.Before(p.expires):
		p.expired = true
		s.fail(p, impossible("the payment's lifetime is over"))
	case p.state == wire.ReadingHeld && !now.Before(p.paidAt.Add(holdLife)) && p.can(abilityClear) == nil:
		p.state, p.taken = wire.ReadingCaptured, p.amount
	}
}

// fail ends a payment.
func (s *state) fail(p *payment, f *fault) {
	p.state, p.failure = wire.ReadingFailed, f
	s.ended(p)
}

// given is how much was given back.
func (p *payment) given() (sum int64) {
	for _, r := range p.refunds {
		sum += r.amount
	}
	return sum
}

// status is the payment's state in the words of pg_payment_status. A canceled
// hold is a success that was not captured, and has a revocation.
func (p *payment) status() string { return statusWord(p.state) }

// transaction is the payment's state in the older words of pg_transaction_status.
func (p *payment) transaction() string { return transactionWord(p.state, p.expired) }

// date is pg_payment_date: when the payer paid or tried to, and before that when
// the payment was made. What the date of an unpaid payment is, no page says.
func (p *payment) date() time.Time {
	if p.paidAt.IsZero() {
		return p.created
	}
	return p.paidAt
}

// captured is pg_captured: nothing before a card was presented, which is how it
// was seen, and nothing for the attempt to save a card, which takes no money.
func (p *payment) captured() *bool {
	if p.saving || p.card == nil && p.means == "" {
		return nil
	}
	return new(p.state == wire.ReadingCaptured)
}

// hundredths reads an amount. One that is not set is 0. Amounts are documented as
// digits with a point; what the real service makes of 1e3 nobody says.
func hundredths(what string, d wire.Decimal) (int64, error) {
	if !d.IsSet() {
		return 0, nil
	}
	if strings.ContainsAny(d.String(), "eE") {
		return 0, wrong("%s has an exponent", what)
	}
	n, err := d.Minor(2)
	if err != nil {
		return 0, wrong("%s has more than two decimals, or too many digits", what)
	}
	return n, nil
}

// units writes an amount.
func units(n int64) wire.Decimal { return wire.DecimalFromMinor(n, 2) }

func isCurrency(code string) bool {
	for _, r := range code {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(code) == 3
}

// almaty is the zone of the times that have none.
var almaty = time.FixedZone("", 5*60*60)

// local is a time without a zone, in the form of pg_payment_date.
func local(t time.Time) wire.Time { return wire.ClockOf(t.In(almaty)) }

// datetime is pg_datetime of an answer, which is UTC in the pages' examples.
func (s *state) datetime() wire.Time { return instant(s.now().UTC()) }

// reference makes up what a bank calls an operation by.
func (s *state) reference() string {
	s.last++
	return fmt.Sprintf("%s%06d", s.now().In(almaty).Format("060102"), s.last%1_000_000)
}
