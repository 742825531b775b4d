// Package wait asks again and again until work that goes on after its call was
// answered is over: a card that is being made, a company that is being connected,
// a payment that the payer has to confirm.
//
// The packages of the APIs have a function for each of their own: card.Wait,
// partner.Wait, gateway.WaitPayment. [Until] is what they share.
package wait

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// What holds when no option says otherwise. How often one may ask is not
// documented, but for payments: a pause of 1.5 to 2 seconds between calls.
const (
	// DefaultFirst is the pause after the first time of asking.
	DefaultFirst = 2 * time.Second
	// DefaultMost is the longest pause.
	DefaultMost = 30 * time.Second
	// DefaultLimit is how long is asked in all.
	DefaultLimit = 10 * time.Minute
)

// ErrUnfinished says that the limit came before the end of the work. It goes on,
// and can be waited for again.
var ErrUnfinished = errors.New("wait: the work is not over yet")

// ErrFailed is the cause of the error for work that is over and failed.
var ErrFailed = errors.New("the work failed")

// Option changes how [Until] asks.
type Option func(*options)

type options struct {
	first, most, limit time.Duration
	now                func() time.Time
	sleep              func(context.Context, time.Duration) error
}

// WithPauses says how long the first pause is and how long the longest. Each is one
// and a half times the one before, and up to a fifth shorter by chance, so that many
// who began at once do not go on asking at once.
func WithPauses(first, most time.Duration) Option {
	return func(o *options) { o.first, o.most = first, most }
}

// WithLimit says how long is asked in all; 0 is until the context ends.
func WithLimit(limit time.Duration) Option { return func(o *options) { o.limit = limit } }

// WithClock replaces the clock, and the sleep between two times of asking, which
// returns the context's error when that ends first.
func WithClock(now func() time.Time, sleep func(context.Context, time.Duration) error) Option {
	return func(o *options) { o.now, o.sleep = now, sleep }
}

// Until asks until over says that the answer is the last, and returns that. An error
// that may be gone the next time ([wire.ErrTemporary], [wire.ErrRateLimited]) is one
// more reason to ask again; any other ends it, and so does the context.
//
// When the limit comes first, the error is an [ErrUnfinished], with the last error
// beside it if that was one, and the last answer that there was is returned with it.
func Until[A any](ctx context.Context, ask func(context.Context) (A, error), over func(A) bool, opts ...Option) (last A, err error) {
	o := options{first: DefaultFirst, most: DefaultMost, limit: DefaultLimit, now: time.Now, sleep: sleep}
	for _, opt := range opts {
		opt(&o)
	}
	if o.first <= 0 || o.most < o.first {
		return last, fmt.Errorf("wait: pauses from %v to %v", o.first, o.most)
	}
	began := o.now()
	for pause := o.first; ; pause = min(pause*3/2, o.most) {
		answer, err := ask(ctx)
		switch {
		case err == nil:
			if last = answer; over(answer) {
				return answer, nil
			}
		case ctx.Err() != nil || !errors.Is(err, wire.ErrTemporary) && !errors.Is(err, wire.ErrRateLimited):
			return last, err
		}
		jittered := pause - rand.N(pause/5+1)
		if o.limit > 0 && o.now().Add(jittered).Sub(began) > o.limit {
			return last, errors.Join(ErrUnfinished, err)
		}
		if err := ctx.Err(); err != nil {
			return last, err
		}
		if err := o.sleep(ctx, jittered); err != nil {
			return last, err
		}
	}
}

// sleep sleeps unless the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
