package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// DefaultPause is the upper end of the pause that is documented: 1.5 to 2
// seconds between calls about payments, against duplicates, rate limits and what
// looks like fraud.
const DefaultPause = 2 * time.Second

// PacerOptions configure [NewPacer].
type PacerOptions struct {
	// Pause is the pause; 0 is [DefaultPause].
	Pause time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Sleep sleeps and returns the context's error when that ends first; nil is a
	// timer.
	Sleep func(context.Context, time.Duration) error
}

// Pacer keeps a pause between the calls of one merchant. Give the same one to all
// clients of that merchant, whatever the API ([WithPacer]): the overviews of the
// Gateway and Merchant APIs recommend the pause for both. It knows as many
// merchants as have called within a pause; who calls for one does not wait for
// those of another. Safe for concurrent use.
//
// Calls that write take turns, first come, first served: each is sent no sooner
// than a pause after the one before was. A call is not kept until the one before
// has been answered, or one that hangs would hold up all. Which of them are about
// payments no page says, so all that write count, their further attempts too.
// Calls that read neither wait nor count: they are no duplicates of anything, and
// asking what became of a payment must not queue behind new ones.
//
// It sees the calls of this process only.
type Pacer struct {
	pause time.Duration
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	lanes map[string]*lane // by identity
	sweep int              // so many lanes are worth a look for those that are over
}

// lane is the queue of one identity.
type lane struct {
	turns []chan struct{} // of who waits, in order; the first one's is closed
	sent  time.Time       // when the last one went
}

// NewPacer returns a Pacer.
func NewPacer(o PacerOptions) *Pacer {
	p := &Pacer{pause: o.Pause, now: o.Now, sleep: o.Sleep, lanes: map[string]*lane{}}
	if p.pause <= 0 {
		p.pause = DefaultPause
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.sleep == nil {
		p.sleep = sleep
	}
	return p
}

// String says how long the pause is. Who waits for it is nobody's business.
func (p *Pacer) String() string { return "pacer of " + p.pause.String() }

// Format prints String's text for every verb.
func (p *Pacer) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, p.String()) }

// WithPacer keeps the pause of p between calls that write. There is none unless a
// client is given one.
func WithPacer(p *Pacer) Option {
	return func(c *Caller) error {
		if p == nil {
			return errors.New("middleware: nil pacer")
		}
		c.pacer = p
		return nil
	}
}

// isPaced reports whether the call waits for the client's pacer.
func (x *exchange) isPaced() bool { return x.caller.pacer != nil && x.op.Effect == wire.Write }

// pace waits for the turn of the call.
func (x *exchange) pace(ctx context.Context) error {
	if !x.isPaced() {
		return nil
	}
	return x.caller.pacer.wait(ctx, x.who)
}

// wait returns when a call of identity may be sent, or with the context's error.
// The place of whom that ends, or who panics, goes to the next.
func (p *Pacer) wait(ctx context.Context, identity string) error {
	l, turn := p.join(identity)
	defer p.leave(l, turn)
	select {
	case <-turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	// The one whose turn it is has l.sent to itself.
	if rest := p.pause - p.now().Sub(l.sent); rest > 0 {
		// No longer than the pause, should the clock have been set back.
		if err := p.sleep(ctx, min(rest, p.pause)); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	l.sent = p.now()
	p.mu.Unlock()
	return nil
}

// join gives a place at the end of the lane of identity.
func (p *Pacer) join(identity string) (*lane, chan struct{}) {
	turn := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lanes[identity]
	if l == nil {
		p.forget()
		l = new(lane)
		p.lanes[identity] = l
	}
	if l.turns = append(l.turns, turn); len(l.turns) == 1 {
		close(turn)
	}
	return l, turn
}

// leave gives a place up.
func (p *Pacer) leave(l *lane, turn chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range l.turns {
		if l.turns[i] != turn {
			continue
		}
		l.turns = append(l.turns[:i], l.turns[i+1:]...)
		if i == 0 && len(l.turns) > 0 {
			close(l.turns[0])
		}
		return
	}
}

// leastSweep is how many lanes are kept without a look at them.
const leastSweep = 64

// forget removes lanes in which nobody waits, and nobody would have to. It looks
// when there are twice as many as it left the last time, so that what it costs
// does not grow with their number.
func (p *Pacer) forget() {
	if len(p.lanes) < p.sweep {
		return
	}
	now := p.now()
	for identity, l := range p.lanes {
		if len(l.turns) == 0 && now.Sub(l.sent) >= p.pause {
			delete(p.lanes, identity)
		}
	}
	p.sweep = max(leastSweep, 2*len(p.lanes))
}
