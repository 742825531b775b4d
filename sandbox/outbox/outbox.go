package outbox

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Message is what is sent. Its functions are called without any lock held, those of
// one message also at the same time where somebody asks for a repeat.
type Message interface {
	// Plan says when it is sent again.
	Plan() Plan
	// Send makes attempt n of those that the plan has, the first of which is 0.
	Send(ctx context.Context, n int) Outcome
	// Repeat sends once more what attempt n sent, because somebody asked for it.
	Repeat(ctx context.Context, n int) Outcome
}

// Plan says how often a message that fails is sent again, and when: each time so
// long after the one before, counted from the beginning of the first attempt. The
// zero Plan is for messages that are sent once.
type Plan struct {
	// Every is how long after one attempt the next is made.
	Every time.Duration
	// Times is how many attempts follow the first.
	Times int
}

// Outcome is what came of an attempt.
type Outcome struct {
	// Status is the status of the answer, 0 where there was none.
	Status int
	// Answer is what the receiver said, in a word.
	Answer string
	// Problem is what was wrong, in words.
	Problem string
	// Again says that the message failed, and has to be sent again.
	Again bool
}

// Attempt is an attempt that was made.
type Attempt struct {
	// At is when it began.
	At time.Time
	Outcome
	// Repeated says that somebody asked for it, and that it is none of the plan.
	Repeated bool
}

// Delivery is what the log says of a message.
type Delivery struct {
	// Number counts the messages, from 1 on.
	Number int
	// Message is what the outbox was given to send.
	Message Message
	// Attempts are those that were made so far, in their order.
	Attempts []Attempt
	// Due is when the next attempt is due, the zero time if there is to be none or
	// if it is being made.
	Due time.Time
}

// Options configure an outbox.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Real is how long the real time is in which the clock goes on by d; nil is d.
	Real func(d time.Duration) time.Duration
	// Keep is how many messages the log holds. Those that are not over are not
	// forgotten; 0 is 1000.
	Keep int
}

// Outbox sends messages. It is safe for concurrent use.
type Outbox struct {
	opts   Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // attempts under way

	mu      sync.Mutex
	closed  bool
	last    int
	all     []*Entry    // oldest first
	timer   *time.Timer // for what is due first; nil if nothing is
	changed chan struct{}
}

// Entry is a message in the outbox.
type Entry struct {
	box      *Outbox
	number   int
	message  Message
	attempts []Attempt
	held     bool      // put, and not released yet
	sending  int       // how many attempts are under way
	made     int       // how many attempts of the plan were begun
	first    time.Time // when the first of them was
	due      time.Time
}

// ErrUnknown says that the log has no message with such a number.
var ErrUnknown = errors.New("outbox: no such message")

// ErrNotSent says that a message was not sent yet, so that nothing can be repeated.
var ErrNotSent = errors.New("outbox: the message was not sent yet")

// ErrClosed says that the outbox is closed.
var ErrClosed = errors.New("outbox: closed")

// New returns an empty outbox.
func New(o Options) *Outbox {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = func(d time.Duration) time.Duration { return d }
	}
	if o.Keep == 0 {
		o.Keep = 1000
	}
	b := &Outbox{opts: o, changed: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// Put takes a message, which gets the next number. It is not sent before the entry
// is released, by [Entry.Send] or [Entry.Start]; [Outbox.Settle] waits for that.
func (b *Outbox) Put(m Message) *Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	e := &Entry{box: b, number: b.last, message: m, held: !b.closed}
	b.all = append(b.all, e)
	b.forget()
	return e
}

// forget drops what the log need not keep: the oldest messages that are over.
func (b *Outbox) forget() {
	spare := len(b.all) - b.opts.Keep
	if spare <= 0 {
		return
	}
	b.all = slices.DeleteFunc(b.all, func(e *Entry) bool {
		over := !e.held && e.sending == 0 && e.due.IsZero()
		if !over || spare == 0 {
			return false
		}
		spare--
		return true
	})
}

// Number is the number of the message.
func (e *Entry) Number() int { return e.number }

// Start makes the first attempt in a goroutine of its own. Only the first of all
// calls of Send and Start does anything.
func (e *Entry) Start() {
	if n, ok := e.release(); ok {
		go e.attempt(n)
	}
}

// Send makes the first attempt, and returns when it was made. Where it is not the
// first call of Send and Start, or the outbox is closed, it makes none.
func (e *Entry) Send() {
	if n, ok := e.release(); ok {
		e.attempt(n)
	}
}

func (e *Entry) release() (n int, ok bool) {
	e.box.mu.Lock()
	defer e.box.mu.Unlock()
	if !e.held {
		return 0, false
	}
	e.held = false
	return e.begin(), true
}

// begin begins an attempt, which has to be made. The caller holds the lock.
func (e *Entry) begin() (n int) {
	n = e.made
	e.made++
	if n == 0 {
		e.first = e.box.opts.Now()
	}
	e.sending++
	e.due = time.Time{}
	e.box.work.Add(1)
	return n
}

// attempt makes attempt n, which has begun.
func (e *Entry) attempt(n int) {
	b := e.box
	defer b.work.Done()
	at := b.opts.Now()
	outcome := e.message.Send(b.ctx, n)
	plan := e.message.Plan()
	b.mu.Lock()
	defer b.mu.Unlock()
	e.sending--
	e.attempts = append(e.attempts, Attempt{At: at, Outcome: outcome})
	if outcome.Again && n < plan.Times && !b.closed {
		e.due = e.first.Add(time.Duration(n+1) * plan.Every)
	}
	b.wake()
}

// Wake begins what is due by now. It is for whoever lets the clock jump: as long as
// it runs the outbox wakes by itself.
func (b *Outbox) Wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake()
}

// wake begins what is due, sets the timer for what is not, and tells those who wait
// that something has changed. The caller holds the lock.
func (b *Outbox) wake() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	close(b.changed)
	b.changed = make(chan struct{})
	if b.closed {
		return
	}
	now, next := b.opts.Now(), time.Time{}
	for _, e := range b.all {
		switch {
		case e.due.IsZero():
		case !e.due.After(now):
			n := e.begin()
			go e.attempt(n)
		case next.IsZero() || e.due.Before(next):
			next = e.due
		}
	}
	if !next.IsZero() {
		// A clock that stands still must not keep a processor busy.
		b.timer = time.AfterFunc(max(b.opts.Real(next.Sub(now)), time.Millisecond), b.Wake)
	}
}

// Settle waits until no attempt is due or under way, and no message waits for its
// release. Attempts that are due later are none of its business.
func (b *Outbox) Settle(ctx context.Context) error {
	b.Wake()
	for {
		b.mu.Lock()
		busy := !b.closed && slices.ContainsFunc(b.all, func(e *Entry) bool { return e.held || e.sending > 0 })
		changed := b.changed
		b.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Deliveries returns the log, oldest first.
func (b *Outbox) Deliveries() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	log := make([]Delivery, len(b.all))
	for i, e := range b.all {
		log[i] = e.delivery()
	}
	return log
}

// Delivery returns what the log says of the message.
func (e *Entry) Delivery() Delivery {
	e.box.mu.Lock()
	defer e.box.mu.Unlock()
	return e.delivery()
}

func (e *Entry) delivery() Delivery {
	return Delivery{Number: e.number, Message: e.message, Attempts: slices.Clone(e.attempts), Due: e.due}
}

// Repeat sends once more what the last attempt of a message's plan sent, now, and
// returns when that was done. Nothing else changes: what is due stays due.
func (b *Outbox) Repeat(ctx context.Context, number int) (Delivery, error) {
	e, n, err := b.beginRepeat(number)
	if err != nil {
		return Delivery{}, err
	}
	defer b.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.ctx, cancel)()
	at := b.opts.Now()
	outcome := e.message.Repeat(ctx, n)
	b.mu.Lock()
	defer b.mu.Unlock()
	e.sending--
	e.attempts = append(e.attempts, Attempt{At: at, Outcome: outcome, Repeated: true})
	b.wake()
	return e.delivery(), nil
}

func (b *Outbox) beginRepeat(number int) (e *Entry, n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.all, func(e *Entry) bool { return e.number == number })
	switch {
	case i < 0:
		return nil, 0, ErrUnknown
	case b.closed:
		return nil, 0, ErrClosed
	case b.all[i].made == 0:
		return nil, 0, ErrNotSent
	}
	e = b.all[i]
	e.sending++
	b.work.Add(1)
	return e, e.made - 1, nil
}

// Close drops what is due, ends what is under way, and waits for that. Nothing is
// sent any more. The log stays.
func (b *Outbox) Close() {
	b.mu.Lock()
	b.closed = true
	for _, e := range b.all {
		e.held, e.due = false, time.Time{}
	}
	b.wake()
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}
