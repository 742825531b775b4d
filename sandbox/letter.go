package sandbox

import (
	"context"
	"slices"

	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// letter is a callback to the merchant.
type letter struct {
	calls   *calls
	kind    CallbackKind
	address string
	method  string
	// pairs are its fields, without a signature. What the log shows of them is beside.
	pairs                      []codec.Pair
	orderID, paymentID, result string
	plan                       outbox.Plan
	// first and again are what the first attempt and the others send, sealed. Where
	// there is none, problem says why.
	first, again *envelope
	problem      string
	// then is what follows from the answer to the first attempt. It is called without
	// the state's lock, and may be nil.
	then func(reply)
}

// Plan implements [outbox.Message].
func (l *letter) Plan() outbox.Plan { return l.plan }

// Send implements [outbox.Message].
func (l *letter) Send(ctx context.Context, n int) outbox.Outcome {
	r := l.deliver(ctx, n)
	if n == 0 && l.then != nil {
		l.then(r)
	}
	return r.outcome()
}

// Repeat implements [outbox.Message].
func (l *letter) Repeat(ctx context.Context, n int) outbox.Outcome {
	r := l.deliver(ctx, n)
	return r.outcome()
}

func (l *letter) deliver(ctx context.Context, n int) reply {
	e := l.first
	if n > 0 {
		e = l.again
	}
	if e == nil {
		return reply{problem: l.problem}
	}
	r := l.calls.deliver(ctx, l.kind, e)
	if r.problem != "" {
		l.calls.logger.WarnContext(ctx, "callback failed", "kind", string(l.kind), "payment", l.paymentID, "attempt", n+1, "problem", r.problem)
	}
	return r
}

// seal signs a letter, for its first attempt and for the others. Those are the same
// message, but that nobody can refuse a payment in the answer to them.
func (l *letter) seal() *letter {
	if !l.kind.inJSON() { // pg_salt belongs to pg_sig
		l.pairs = withSalt(l.pairs)
	}
	var err error
	if l.first, err = l.calls.seal(l.kind, l.method, l.address, l.pairs); err != nil {
		l.problem = err.Error()
		return l
	}
	l.again = l.first
	i := slices.IndexFunc(l.pairs, func(p codec.Pair) bool { return p.Name == canReject && p.Value == "1" })
	if i < 0 {
		return l
	}
	pairs := slices.Clone(l.pairs)
	pairs[i].Value = "0"
	if l.again, err = l.calls.seal(l.kind, l.method, l.address, pairs); err != nil {
		l.problem = err.Error()
	}
	return l
}

// canReject is the field that says whether the merchant can still refuse a payment.
const canReject = "pg_can_reject"

// valueIn is the value of a field.
func valueIn(pairs []codec.Pair, name string) string {
	for _, p := range pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
