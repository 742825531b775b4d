package sandbox

import (
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// outgoing is what the state knows of money that leaves the merchant.
type outgoing struct {
	balances  balances
	rates     rates
	payouts   []*payout // oldest first
	transfers []*transfer
	savings   map[*payment]bool // attempts to save a card to pay out to
}

// newOutgoing returns what the options say, with nothing paid out yet.
func newOutgoing(o Options) (out outgoing, err error) {
	if out.balances, err = newBalances(o.PayoutBalances); err != nil {
		return out, err
	}
	out.savings = map[*payment]bool{}
	out.rates, err = newRates(o.Rates)
	return out, err
}

// payoutOrder is what a merchant wants to be paid out.
type payoutOrder struct {
	id, description string
	amount          wire.Decimal
	// currency is KZT where the request names none: the calls without a field for it
	// do not say which is meant.
	currency string
	// limit is the latest time for the payout. In which zone is not documented; here
	// it is that of all times without one.
	limit wire.Time
	// back is where the recipient's browser goes after the payout page, post what of
	// the merchant's is called in the end.
	back, post string
}

// payout is money on its way to a recipient. The amount is in hundredths of the
// currency's unit.
type payout struct {
	payoutOrder
	id     string // pg_payment_id
	handle string // what the payout page knows it by, if there is one
	amount int64
	// state is what became of it: ReadingCaptured is with the recipient.
	state         wire.Reading
	created, ends time.Time // ends is zero for never
	expired       bool      // failed because its time was over
	to            recipient
	asked         int // how often it was asked for while it was in process
	failure       *fault
	reference     string
	telling       *entry // the callback about its end
}

// recipient is where a payout goes, and what will become of it there.
type recipient struct {
	mask   wire.Secret
	holder string
	saved  *savedCard
	// slow says that the payout is in process at first.
	slow bool
	// refusal is what it ends with, nil for success.
	refusal *fault
}

// toCard is a card, whose outcome is that of the table of test cards. Only these
// are played.
func toCard(number, holder string) recipient {
	known, ok := testcards.FindPayout(number)
	if !ok {
		return recipient{refusal: &fault{codeCard, "the sandbox pays out to the documented test cards only"}}
	}
	to := recipient{mask: (&bankCard{number: number}).mask(), holder: holder, slow: known.InProcess}
	if known.Outcome == testcards.Failure {
		to.refusal = &fault{known.ErrorCode, "the outcome of this test card"}
	}
	return to
}

// toSaved is a card that a user has saved, for payouts or otherwise.
func (s *state) toSaved(userID, token string) recipient {
	saved, err := s.savedBy(userID, token)
	if f, ok := asFault(err); ok {
		return recipient{refusal: f}
	}
	to := toCard(saved.card.number, saved.card.holder)
	to.saved = saved
	return to
}

// toAccount is a bank account. There are no documented accounts for tests, and no
// account is refused. What is paid to one is in process when it is asked for for
// the first time: whether the ok of the call means more than that the payout was
// taken is not documented.
func toAccount(holder string) recipient { return recipient{holder: holder, slow: true} }

// openPayout makes a payout that has no recipient yet.
//
// An order may be paid out twice, each time with its money: no page says that a
// second payout is refused, so nobody should count on it.
func (s *state) openPayout(o payoutOrder) (*payout, error) {
	if o.currency == "" {
		o.currency = "KZT"
	}
	if !isCurrency(o.currency) {
		return nil, wrong("pg_currency is not a currency's code of three letters")
	}
	amount, err := hundredths("the amount", o.amount)
	switch {
	case err != nil:
		return nil, err
	case amount <= 0:
		return nil, wrong("the amount must be positive")
	}
	p := &payout{payoutOrder: o, amount: amount, state: wire.ReadingNew, created: s.now(), handle: uuid.NewString()}
	if o.limit.IsSet() {
		if p.ends, err = o.limit.In(almaty); err != nil {
			return nil, wrong("pg_order_time_limit is not in the form 2026-12-31 12:00:00")
		}
		if !p.created.Before(p.ends) {
			return nil, wrong("pg_order_time_limit is over")
		}
	}
	p.id = s.number()
	s.out.payouts = append(s.out.payouts, p)
	return p, nil
}

// payOut sends a payout to its recipient. The money leaves the balance at once,
// and comes back if the payout fails in the end. With an error the payout has
// failed, and the status calls know it.
func (s *state) payOut(p *payout, to recipient) error {
	s.settlePayout(p)
	if p.state != wire.ReadingNew {
		return wrong("the payout is %s, and only a new one can be paid out", p.state)
	}
	p.to = to
	if to.refusal != nil && !to.slow {
		return p.fail(to.refusal)
	}
	if f := s.out.balances.take(p.currency, p.amount); f != nil {
		return p.fail(f)
	}
	p.reference, p.state = s.reference(), wire.ReadingProcess
	if !to.slow {
		p.state = wire.ReadingCaptured
		s.paidOut(p)
	}
	return nil
}

// fail ends a payout, and returns why.
func (p *payout) fail(f *fault) error {
	p.state, p.failure = wire.ReadingFailed, f
	return f
}

// settlePayout brings a payout to the state that it has reached by the clock.
func (s *state) settlePayout(p *payout) {
	if p.state == wire.ReadingNew && !p.ends.IsZero() && !s.now().Before(p.ends) {
		_ = p.fail(wrong("the payout's time is over")) // its state says so
		p.expired = true
	}
}

// payoutOf finds a payout for a call that asks for its state. The order's id is
// what finds it, of several the newest; that of Freedom Pay has to fit where it is
// given. One in process is in process when it is asked for for the first time, and
// has come to its end from then on.
func (s *state) payoutOf(id, orderID string) (*payout, error) {
	for i := len(s.out.payouts) - 1; i >= 0; i-- {
		p := s.out.payouts[i]
		if p.payoutOrder.id != orderID || id != "" && p.id != id {
			continue
		}
		s.settlePayout(p)
		if p.state == wire.ReadingProcess {
			if p.asked++; p.asked > 1 {
				s.finishPayout(p)
			}
		}
		return p, nil
	}
	return nil, notFound()
}

// finishPayout is the end of a payout that was in process.
func (s *state) finishPayout(p *payout) {
	if p.to.refusal == nil {
		p.state = wire.ReadingCaptured
		s.paidOut(p)
		return
	}
	s.out.balances.give(p.currency, p.amount)
	_ = p.fail(p.to.refusal) // its state says so
}

// status is the payout's state in the words of pg_payment_status.
func (p *payout) status() string { return statusWord(p.state) }

// transaction is the payout's state in the older words.
func (p *payout) transaction() string { return transactionWord(p.state, p.expired) }

// why is the error of a payout that failed. In an answer with pg_status ok no page
// shows it; without it nobody could tell why a payout failed that was in process
// at first.
func (p *payout) why() (code, text string) {
	if p.failure == nil {
		return "", ""
	}
	return p.failure.code, p.failure.text
}
