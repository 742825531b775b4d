package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/sandbox/outbox"
)

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var start = time.Date(2026, 1, 22, 12, 0, 0, 0, time.UTC)

// message is one that fails so often, and notes when it was sent.
type message struct {
	clock *clock
	plan  outbox.Plan
	fails int
	block chan struct{} // what the attempts wait for, if anything

	mu   sync.Mutex
	sent []string
}

func (m *message) Plan() outbox.Plan { return m.plan }

func (m *message) Send(ctx context.Context, n int) outbox.Outcome { return m.try(ctx, n, "sent") }

func (m *message) Repeat(ctx context.Context, n int) outbox.Outcome { return m.try(ctx, n, "repeated") }

func (m *message) try(ctx context.Context, n int, how string) outbox.Outcome {
	if m.block != nil {
		select {
		case <-m.block:
		case <-ctx.Done():
			return outbox.Outcome{Problem: "given up", Again: true}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, fmt.Sprintf("%s %d at %s", how, n, m.clock.Now().Sub(start)))
	if n < m.fails {
		return outbox.Outcome{Status: 503, Problem: "busy", Again: true}
	}
	return outbox.Outcome{Status: 200, Answer: "ok"}
}

func (m *message) wants(t *testing.T, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if fmt.Sprint(m.sent) != fmt.Sprint(want) {
		t.Errorf("got %q\nwant %q", m.sent, want)
	}
}

type box struct {
	*outbox.Outbox
	clock *clock
}

func open(t *testing.T, keep int) box {
	t.Helper()
	c := &clock{now: start}
	b := outbox.New(outbox.Options{Now: c.Now, Keep: keep})
	t.Cleanup(b.Close)
	return box{b, c}
}

// after moves the clock, and waits for what is due by then.
func (b box) after(t *testing.T, d time.Duration) {
	t.Helper()
	b.clock.move(d)
	b.settle(t)
}

func (b box) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := b.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

var hours = outbox.Plan{Every: time.Hour, Times: 2}

func TestPlan(t *testing.T) {
	b := open(t, 0)
	fails, works, once := &message{clock: b.clock, plan: hours, fails: 9}, &message{clock: b.clock, plan: hours, fails: 1}, &message{clock: b.clock, fails: 9}
	for _, m := range []*message{fails, works, once} {
		b.Put(m).Start()
	}
	b.settle(t)
	b.after(t, 59*time.Minute)
	works.wants(t, "sent 0 at 0s")
	b.after(t, time.Minute)
	b.after(t, time.Minute)
	works.wants(t, "sent 0 at 0s", "sent 1 at 1h0m0s")
	b.after(t, 24*time.Hour)
	fails.wants(t, "sent 0 at 0s", "sent 1 at 1h0m0s", "sent 2 at 25h1m0s")
	works.wants(t, "sent 0 at 0s", "sent 1 at 1h0m0s")
	once.wants(t, "sent 0 at 0s")
	log := b.Deliveries()
	if len(log) != 3 || log[0].Number != 1 || log[0].Message != fails || len(log[0].Attempts) != 3 || !log[0].Due.IsZero() {
		t.Fatalf("got %+v", log)
	}
	if last := log[0].Attempts[2]; !last.At.Equal(start.Add(25*time.Hour+time.Minute)) || last.Status != 503 || last.Problem != "busy" || last.Repeated {
		t.Errorf("got %+v", last)
	}
}

// A clock that jumps over several attempts makes them one after the other.
func TestJump(t *testing.T) {
	b := open(t, 0)
	m := &message{clock: b.clock, plan: hours, fails: 9}
	b.Put(m).Start()
	b.settle(t)
	b.after(t, 24*time.Hour)
	m.wants(t, "sent 0 at 0s", "sent 1 at 24h0m0s", "sent 2 at 24h0m0s")
}

// The timer is the box's own: a clock that runs needs nobody to wake it.
func TestTimer(t *testing.T) {
	c := &clock{now: start}
	b := outbox.New(outbox.Options{
		Now:  func() time.Time { c.move(10 * time.Minute); return c.Now() },
		Real: func(d time.Duration) time.Duration { return d / 3_600_000 },
	})
	defer b.Close()
	m := &message{clock: c, plan: hours, fails: 9}
	b.Put(m).Start()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		m.mu.Lock()
		n := len(m.sent)
		m.mu.Unlock()
		if n == 3 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d attempts", n)
		}
	}
}

// Send makes the first attempt itself, and once.
func TestSend(t *testing.T) {
	b := open(t, 0)
	m := &message{clock: b.clock, plan: hours, fails: 1}
	e := b.Put(m)
	m.wants(t)
	if d := e.Delivery(); d.Number != e.Number() || len(d.Attempts) > 0 {
		t.Errorf("got %+v", d)
	}
	e.Send()
	m.wants(t, "sent 0 at 0s")
	e.Send()
	e.Start()
	b.settle(t)
	m.wants(t, "sent 0 at 0s")
	if d := e.Delivery(); !d.Due.Equal(start.Add(time.Hour)) {
		t.Errorf("got %+v", d)
	}
}

// Settle waits for what was put and not released, and for what is under way.
func TestSettleWaits(t *testing.T) {
	b := open(t, 0)
	m := &message{clock: b.clock, block: make(chan struct{})}
	e := b.Put(m)
	waits := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := b.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	waits()
	e.Start()
	waits()
	close(m.block)
	b.settle(t)
	m.wants(t, "sent 0 at 0s")
}

func TestRepeat(t *testing.T) {
	b := open(t, 0)
	m := &message{clock: b.clock, plan: hours, fails: 1}
	e := b.Put(m)
	if _, err := b.Repeat(t.Context(), e.Number()); !errors.Is(err, outbox.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	if _, err := b.Repeat(t.Context(), 7); !errors.Is(err, outbox.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	e.Send()
	b.clock.move(time.Minute)
	d, err := b.Repeat(t.Context(), e.Number())
	if err != nil || len(d.Attempts) != 2 || !d.Attempts[1].Repeated || !d.Due.Equal(start.Add(time.Hour)) {
		t.Errorf("got %+v, %v", d, err)
	}
	b.after(t, time.Hour)
	d, err = b.Repeat(t.Context(), e.Number())
	if err != nil || !d.Due.IsZero() {
		t.Errorf("got %+v, %v", d, err)
	}
	m.wants(t, "sent 0 at 0s", "repeated 0 at 1m0s", "sent 1 at 1h1m0s", "repeated 1 at 1h1m0s")

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	m.block = make(chan struct{})
	if d, err = b.Repeat(stopped, e.Number()); err != nil || d.Attempts[4].Problem != "given up" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// The log forgets the oldest that are over, and no others.
func TestKeep(t *testing.T) {
	b := open(t, 2)
	due := &message{clock: b.clock, plan: hours, fails: 9}
	b.Put(due).Send()
	held := b.Put(&message{clock: b.clock})
	for range 4 {
		b.Put(&message{clock: b.clock}).Send()
	}
	numbers := func() (all []int) {
		for _, d := range b.Deliveries() {
			all = append(all, d.Number)
		}
		return all
	}
	if got := fmt.Sprint(numbers()); got != "[1 2 6]" {
		t.Errorf("got %s", got)
	}
	held.Send()
	b.after(t, time.Hour)
	due.wants(t, "sent 0 at 0s", "sent 1 at 1h0m0s")
}

// Nothing is sent by a box that is closed, and nothing is left of it.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	b := open(t, 0)
	due, stuck := &message{clock: b.clock, plan: hours, fails: 9}, &message{clock: b.clock, plan: hours, block: make(chan struct{})}
	b.Put(due).Send()
	b.Put(stuck).Start()
	held := b.Put(&message{clock: b.clock})
	b.Close()
	b.Close()
	b.after(t, 24*time.Hour)
	due.wants(t, "sent 0 at 0s")
	log := b.Deliveries()
	if len(log) != 3 || log[1].Attempts[0].Problem != "given up" || !log[1].Due.IsZero() || !log[0].Due.IsZero() {
		t.Errorf("got %+v", log)
	}
	held.Send()
	late := b.Put(&message{clock: b.clock})
	late.Start()
	if len(held.Delivery().Attempts)+len(late.Delivery().Attempts) > 0 {
		t.Error("sent by a closed box")
	}
	if _, err := b.Repeat(t.Context(), 1); !errors.Is(err, outbox.ErrClosed) {
		t.Errorf("got %v", err)
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// Many at once, in any order: each message is sent once, and each repeat is made.
func TestAtOnce(t *testing.T) {
	b := open(t, 0)
	var all sync.WaitGroup
	for range 50 {
		m := &message{clock: b.clock, plan: hours, fails: 1}
		e := b.Put(m)
		all.Go(e.Start)
		all.Go(e.Send)
		all.Go(b.Wake)
		all.Go(func() { b.Deliveries() })
		all.Go(func() { _ = b.Settle(t.Context()) })
		all.Go(func() {
			if _, err := b.Repeat(t.Context(), e.Number()); err != nil && !errors.Is(err, outbox.ErrNotSent) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	b.after(t, time.Hour)
	for _, d := range b.Deliveries() {
		made := 0
		for _, a := range d.Attempts {
			if !a.Repeated {
				made++
			}
		}
		if made != 2 {
			t.Errorf("%d attempts", made)
		}
	}
}
