package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// journal is a Doer that notes when it was called by whom, and answers well.
type journal struct {
	mu    sync.Mutex
	calls []string
	began time.Time
}

func (j *journal) Do(req *http.Request) (*http.Response, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, fmt.Sprintf("%s %v", req.Header.Get("X-Call"), time.Since(j.began)))
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody, ContentLength: 0, Request: req}, nil
}

// paced returns a function that calls under a name. The answers hold nothing, so
// that every call fails in the end.
func paced(t *testing.T, j *journal, p *middleware.Pacer, who string, opts ...middleware.Option) func(ctx context.Context, name string, effect wire.Effect) error {
	t.Helper()
	c, err := middleware.NewCaller(wire.KZ, wire.NewCredentials(who, secret), append([]middleware.Option{middleware.WithHTTPClient(j), middleware.WithPacer(p)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, name string, effect wire.Effect) error {
		return c.Do(ctx, operation(effect, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil, wire.WithEditor(func(_ context.Context, req *http.Request) error {
			req.Header.Set("X-Call", name)
			return nil
		}))
	}
}

// Calls that write take turns in the order in which they came, a pause apart;
// others of the same merchant, and all of another, go at once. In the bubble of
// synctest, time passes only while everybody waits for it.
func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{began: time.Now()}
		p := middleware.NewPacer(middleware.PacerOptions{})
		mine, other := paced(t, j, p, "1"), paced(t, j, p, "2")
		alsoMine := paced(t, j, p, "1") // a client of another API
		var all sync.WaitGroup
		start := func(call func(context.Context, string, wire.Effect) error, name string, effect wire.Effect) {
			all.Go(func() { _ = call(t.Context(), name, effect) })
			synctest.Wait()
		}
		start(mine, "a", wire.Write)
		start(alsoMine, "b", wire.Write)
		start(mine, "c", wire.Write)
		start(mine, "read", wire.Read)
		start(other, "x", wire.Write)
		start(other, "y", wire.Write)
		all.Wait()
		time.Sleep(1500 * time.Millisecond)
		start(mine, "d", wire.Write) // half a second is left
		all.Wait()
		time.Sleep(time.Hour)
		start(mine, "e", wire.Write)
		all.Wait()
		want := []string{"a 0s", "read 0s", "x 0s", "b 2s", "y 2s", "c 4s", "d 6s", "e 1h0m6s"}
		got := slices.Clone(j.calls)
		slices.Sort(got[3:5]) // b and y go at the same time
		if !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	})
}

// A call that is canceled while it waits was not sent, and its place goes to the
// next: no later, and no sooner.
func TestPacerGivesPlacesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{began: time.Now()}
		call := paced(t, j, middleware.NewPacer(middleware.PacerOptions{}), "1")
		var all sync.WaitGroup
		canceled := map[string]context.CancelFunc{}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			ctx, cancel := context.WithCancel(t.Context())
			canceled[name] = cancel
			all.Go(func() {
				err := call(ctx, name, wire.Write)
				e := (*wire.Error)(nil)
				gone := name == "b" || name == "d"
				if !errors.As(err, &e) || gone != (e.Kind == wire.ErrCanceled) {
					t.Errorf("%s: %v", name, err)
				}
				if gone && (e.OutcomeUnknown || !e.Canceled || e.Meta.Attempts != 0 || !errors.Is(err, context.Canceled)) {
					t.Errorf("%s: %v", name, err)
				}
			})
			synctest.Wait()
		}
		time.Sleep(time.Second)
		canceled["b"]() // whose turn it is
		canceled["d"]() // in the middle
		all.Wait()
		for _, cancel := range canceled {
			cancel()
		}
		if want := []string{"a 0s", "c 2s", "e 4s"}; !slices.Equal(j.calls, want) {
			t.Errorf("sent %v, want %v", j.calls, want)
		}
	})
}

// Every further attempt waits for its turn, too, behind those who came before it.
func TestFurtherAttemptsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{began: time.Now()}
		p := middleware.NewPacer(middleware.PacerOptions{Pause: 10 * time.Second})
		busy := doerFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := j.Do(req)
			resp.StatusCode = 429
			return resp, err
		})
		var all sync.WaitGroup
		policy := middleware.WithRetries(middleware.RetryPolicy{Attempts: 2, Jitter: func(d time.Duration) time.Duration { return d }})
		for _, name := range []string{"a", "b"} {
			call := paced(t, j, p, "1", middleware.WithHTTPClient(busy), policy)
			all.Go(func() { _ = call(t.Context(), name, wire.Write) })
			synctest.Wait()
		}
		all.Wait()
		if want := []string{"a 0s", "b 10s", "a 20s", "b 30s"}; !slices.Equal(j.calls, want) {
			t.Errorf("sent %v, want %v", j.calls, want)
		}
	})
}

// A call that is over while its further attempt waits for its turn ends with the
// error of the attempt before, whether the pacer's sleep asks for the context or not.
func TestCanceledBeforeAFurtherAttempt(t *testing.T) {
	for _, asks := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		clock := newSleeps()
		p := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: func(context.Context, time.Duration) error {
			if cancel(); asks {
				return ctx.Err()
			}
			return nil
		}})
		peer := newPeer(t, status(429))
		stopped := newSleeps() // the client's own clock, which does not move the pacer's
		c, err := middleware.NewCaller(wire.Environment(peer.base()), credentials, middleware.WithPacer(p), stopped.option())
		if err != nil {
			t.Fatal(err)
		}
		mustEndAfterOne(t, c.Do(ctx, operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil))
		peer.only(t)
	}
}

// mustEndAfterOne fails the test unless err is that of a first attempt, answered with
// 429, of a call that was canceled before the second.
func mustEndAfterOne(t *testing.T, err error) {
	t.Helper()
	if e := (*wire.Error)(nil); !errors.As(err, &e) || e.Kind != wire.ErrRateLimited || !e.Canceled || e.OutcomeUnknown || e.Meta.Attempts != 1 {
		t.Error(err)
	}
}

// The same while others are before it.
func TestCanceledBehindOthersBeforeAFurtherAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{began: time.Now()}
		busy := doerFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := j.Do(req)
			resp.StatusCode = 429
			return resp, err
		})
		call := paced(t, j, middleware.NewPacer(middleware.PacerOptions{Pause: time.Minute}), "1", middleware.WithHTTPClient(busy))
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { mustEndAfterOne(t, call(ctx, "a", wire.Write)) })
		synctest.Wait()
		others, cancelOthers := context.WithCancel(t.Context())
		all.Go(func() { _ = call(others, "b", wire.Write) })
		time.Sleep(30 * time.Second) // the pause of a is over, and b is before it
		cancel()
		synctest.Wait()
		cancelOthers()
		all.Wait()
		if want := []string{"a 0s"}; !slices.Equal(j.calls, want) {
			t.Errorf("sent %v, want %v", j.calls, want)
		}
	})
}

// Who gives up the last place moves nobody before it.
func TestPacerGivesTheLastPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{began: time.Now()}
		call := paced(t, j, middleware.NewPacer(middleware.PacerOptions{}), "1")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, name := range []string{"a", "b", "c"} {
			all.Go(func() { _ = call(t.Context(), name, wire.Write) })
			synctest.Wait()
		}
		all.Go(func() { _ = call(ctx, "d", wire.Write) })
		synctest.Wait()
		cancel()
		all.Wait()
		if want := []string{"a 0s", "b 2s", "c 4s"}; !slices.Equal(j.calls, want) {
			t.Errorf("sent %v, want %v", j.calls, want)
		}
	})
}

// A sleep that fails while the context lives lets no call go before its turn.
func TestPacerWhoseSleepFails(t *testing.T) {
	noBed := errors.New("no bed")
	clock := newSleeps()
	p := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: func(context.Context, time.Duration) error { return noBed }})
	j := new(journal)
	call := paced(t, j, p, "1")
	_ = call(t.Context(), "a", wire.Write)
	err := call(t.Context(), "b", wire.Write)
	if e := (*wire.Error)(nil); !errors.As(err, &e) || !errors.Is(err, noBed) || e.Canceled || e.OutcomeUnknown || e.Meta.Attempts != 0 || len(j.calls) != 1 {
		t.Errorf("sent %v: %v", j.calls, err)
	}
}

// The clock may be set back; a pause is a pause all the same.
func TestPacerWithAClockThatIsSetBack(t *testing.T) {
	clock := newSleeps()
	j := new(journal)
	call := paced(t, j, middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: clock.sleep}), "1")
	_ = call(t.Context(), "a", wire.Write)
	clock.at = clock.at.Add(-time.Hour)
	_ = call(t.Context(), "b", wire.Write)
	if len(clock.slept) != 1 || clock.slept[0] != middleware.DefaultPause || len(j.calls) != 2 {
		t.Errorf("slept %v", clock.slept)
	}
}

// A panic in what the pacer was given does not keep its place.
func TestPacerOutlivesAPanic(t *testing.T) {
	clock := newSleeps()
	angry := true
	p := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: func(ctx context.Context, d time.Duration) error {
		if angry {
			panic("no")
		}
		return clock.sleep(ctx, d)
	}})
	j := new(journal)
	call := paced(t, j, p, "1")
	_ = call(t.Context(), "a", wire.Write)
	mustPanic(t, func() { _ = call(t.Context(), "b", wire.Write) })
	angry = false
	_ = call(t.Context(), "c", wire.Write)
	if len(j.calls) != 2 || len(clock.slept) != 1 {
		t.Errorf("%v, slept %v", j.calls, clock.slept)
	}
}

func mustPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

// A pacer forgets who has not called for a pause: however many merchants there
// are, it remembers few more than those of one pause.
func TestPacerForgets(t *testing.T) {
	clock := newSleeps()
	asked := 0 // for the time: twice in a call, once more in a look at who is over
	p := middleware.NewPacer(middleware.PacerOptions{Now: func() time.Time { asked++; return clock.now() }, Sleep: clock.sleep})
	c, err := middleware.NewCaller(wire.KZ, credentials, middleware.WithPacer(p), middleware.WithHTTPClient(new(journal)))
	if err != nil {
		t.Fatal(err)
	}
	op := &wire.Operation{ID: "a", Method: "POST", Path: "/a", Security: wire.JWSHS256}
	most, calls := 0, 3_000
	for n := range calls {
		clock.at = clock.at.Add(10 * time.Millisecond) // two hundred in a pause
		_ = c.Do(t.Context(), op, nil, nil, wire.WithCredentials(wire.NewCredentials(fmt.Sprint(n), secret)))
		most = max(most, p.Lanes())
	}
	if got := fmt.Sprintf("%v %+v %#v", p, p, p); got != "pacer of 2s pacer of 2s pacer of 2s" {
		t.Errorf("it prints %.200s", got)
	}
	if most < 200 || most > 401 || len(clock.slept) != 0 {
		t.Errorf("it remembered up to %d merchants, and let %d wait", most, len(clock.slept))
	}
	if looks := asked - 2*calls; looks < 1 || looks > calls/100 {
		t.Errorf("it looked %d times in %d calls for those that it can forget", looks, calls)
	}
}

// Whoever waits is remembered, also when there are so many others that it is time
// to forget some.
func TestPacerRemembersWhoWaits(t *testing.T) {
	clock := newSleeps()
	var others func()
	p := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: func(ctx context.Context, d time.Duration) error {
		err := clock.sleep(ctx, d)
		others()
		return err
	}})
	j := new(journal)
	call := paced(t, j, p, "1")
	others = func() {
		for n := range 200 {
			_ = paced(t, j, p, fmt.Sprint("other ", n))(t.Context(), "x", wire.Write)
		}
		others = func() {}
	}
	for _, name := range []string{"a", "b", "c"} {
		_ = call(t.Context(), name, wire.Write)
	}
	if len(clock.slept) != 2 || clock.slept[1] != middleware.DefaultPause {
		t.Errorf("slept %v between three calls", clock.slept)
	}
}

// A call that needs no identity needs none to wait for its turn, either.
func TestPacerWithoutAnIdentity(t *testing.T) {
	p := newPeer(t, good)
	c, err := middleware.NewCaller(wire.Environment(p.base()), wire.NewCredentials("", ""), middleware.WithPacer(middleware.NewPacer(middleware.PacerOptions{})))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.Unsigned), ask(keyless), nil); err != nil {
		t.Error(err)
	}
	p.only(t)
}

func TestPauseOfAPacer(t *testing.T) {
	for _, test := range []struct{ pause, want time.Duration }{
		{0, middleware.DefaultPause}, {-1, middleware.DefaultPause}, {1, 1}, {time.Minute, time.Minute},
	} {
		if got, want := middleware.NewPacer(middleware.PacerOptions{Pause: test.pause}).String(), "pacer of "+test.want.String(); got != want {
			t.Errorf("%v: %s, want %s", test.pause, got, want)
		}
	}
}

// What is left of a pause is slept to the nanosecond, and nothing where nothing is.
func TestPacerSleepsWhatIsLeft(t *testing.T) {
	clock := newSleeps()
	call := paced(t, new(journal), middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: clock.sleep}), "1")
	_ = call(t.Context(), "a", wire.Write)
	clock.at = clock.at.Add(middleware.DefaultPause)
	_ = call(t.Context(), "b", wire.Write)
	if len(clock.slept) != 0 {
		t.Errorf("slept %v after a whole pause", clock.slept)
	}
	clock.at = clock.at.Add(middleware.DefaultPause - 1)
	_ = call(t.Context(), "c", wire.Write)
	if !slices.Equal(clock.slept, []time.Duration{1}) {
		t.Errorf("slept %v, want the last nanosecond", clock.slept)
	}
}

// A call that is over after its pause is not sent, even if the sleep did not ask;
// the next one goes as if it had never come.
func TestPacerAfterASleepThatDoesNotAsk(t *testing.T) {
	clock := newSleeps()
	ctx, cancel := context.WithCancel(t.Context())
	p := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: func(_ context.Context, d time.Duration) error {
		cancel()
		return clock.sleep(context.Background(), d)
	}})
	j := new(journal)
	call := paced(t, j, p, "1")
	_ = call(t.Context(), "a", wire.Write)
	if err := call(ctx, "b", wire.Write); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_ = call(t.Context(), "c", wire.Write)
	if len(j.calls) != 2 || !slices.Equal(clock.slept, []time.Duration{middleware.DefaultPause}) {
		t.Errorf("%v, slept %v", j.calls, clock.slept)
	}
}

// A pause after its last call, and no sooner, a merchant is one to forget; that is
// looked at when there are more than the least worth a look, and not with every
// call of the few that are left.
func TestPacerForgetsAfterAPause(t *testing.T) {
	for _, test := range []struct {
		calls int
		later time.Duration
		lanes int
	}{
		{middleware.LeastSweep, middleware.DefaultPause, 1},
		{middleware.LeastSweep, middleware.DefaultPause - 1, middleware.LeastSweep + 1},
		{middleware.LeastSweep - 1, middleware.DefaultPause, middleware.LeastSweep},
	} {
		clock := newSleeps()
		asked := 0
		p := middleware.NewPacer(middleware.PacerOptions{Now: func() time.Time { asked++; return clock.now() }, Sleep: clock.sleep})
		j := new(journal)
		for n := range test.calls {
			_ = paced(t, j, p, fmt.Sprint(n))(t.Context(), "x", wire.Write)
		}
		clock.at = clock.at.Add(test.later)
		_ = paced(t, j, p, "new")(t.Context(), "x", wire.Write)
		if got := p.Lanes(); got != test.lanes {
			t.Errorf("%v after %d calls it remembers %d merchants, want %d", test.later, test.calls, got, test.lanes)
		}
		asked = 0
		for n := range 5 {
			_ = paced(t, j, p, fmt.Sprint("more ", n))(t.Context(), "x", wire.Write)
		}
		if looks := asked - 2*5; test.lanes == 1 && looks != 0 {
			t.Errorf("it looked %d times at a few merchants", looks)
		}
	}
}
