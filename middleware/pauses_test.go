package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

func withHeader(name, value string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		answer(w, r)
	}
}

func TestPauses(t *testing.T) {
	whole := func(longest time.Duration) time.Duration { return longest }
	const ms = time.Millisecond
	start := newSleeps().at
	for _, test := range []struct {
		name   string
		policy middleware.RetryPolicy
		answer http.HandlerFunc
		want   []time.Duration
	}{
		{"by default", middleware.RetryPolicy{Jitter: whole}, status(503), []time.Duration{500 * ms, 1000 * ms}},
		{"doubled up to the longest", middleware.RetryPolicy{Attempts: 8, Jitter: whole}, status(503),
			[]time.Duration{500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 8000 * ms, 8000 * ms, 8000 * ms}},
		{"of one's own", middleware.RetryPolicy{Attempts: 5, FirstPause: 3 * ms, LongestPause: 10 * ms, Jitter: whole}, status(503),
			[]time.Duration{3 * ms, 6 * ms, 10 * ms, 10 * ms}},
		{"longer than the default's longest", middleware.RetryPolicy{FirstPause: time.Minute, Jitter: whole}, status(503), []time.Duration{time.Minute, time.Minute}},
		{"shorter than the default's first", middleware.RetryPolicy{LongestPause: ms, Jitter: whole}, status(503), []time.Duration{ms, ms}},
		{"centuries", middleware.RetryPolicy{Attempts: 4, FirstPause: 1 << 62, LongestPause: 1<<63 - 1, Jitter: whole}, status(503),
			[]time.Duration{1 << 62, 1<<63 - 1, 1<<63 - 1}},
		{"by default, up to one's own longest", middleware.RetryPolicy{LongestPause: 700 * ms, Jitter: whole}, status(503), []time.Duration{500 * ms, 700 * ms}},
		{"of a nanosecond", middleware.RetryPolicy{LongestPause: 1, Jitter: whole}, status(503), []time.Duration{1, 1}},
		{"doubled to one less than the longest", middleware.RetryPolicy{Attempts: 4, FirstPause: 3, LongestPause: 7, Jitter: whole}, status(503), []time.Duration{3, 6, 7}},
		{"shortened", middleware.RetryPolicy{Jitter: func(longest time.Duration) time.Duration { return longest / 5 }}, status(503), []time.Duration{100 * ms, 200 * ms}},
		{"lengthened", middleware.RetryPolicy{Jitter: func(time.Duration) time.Duration { return time.Hour }}, status(503), []time.Duration{500 * ms, 1000 * ms}},
		{"negative", middleware.RetryPolicy{Jitter: func(time.Duration) time.Duration { return -time.Hour }}, status(503), []time.Duration{0, 0}},
		{"negative, after a date that is over", middleware.RetryPolicy{Jitter: func(time.Duration) time.Duration { return -time.Hour }},
			withHeader("Retry-After", start.Add(-time.Hour).Format(http.TimeFormat), status(503)), []time.Duration{0, 0}},
		{"negative, asked for in other words", middleware.RetryPolicy{Jitter: func(time.Duration) time.Duration { return -time.Hour }},
			withHeader("Retry-After", "soon", status(503)), []time.Duration{0, 0}},

		{"asked for", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "7", status(503)), []time.Duration{7 * time.Second, 7 * time.Second}},
		{"asked for with 429", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "30", status(429)), []time.Duration{30 * time.Second, 30 * time.Second}},
		{"asked for, and shorter", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "0", status(503)), []time.Duration{500 * ms, 1000 * ms}},
		{"asked for by date", middleware.RetryPolicy{Attempts: 2, Jitter: whole}, withHeader("Retry-After", start.Add(9*time.Second).Format(http.TimeFormat), status(503)), []time.Duration{9 * time.Second}},
		{"asked for by a date that is over", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", start.Add(-time.Hour).Format(http.TimeFormat), status(503)), []time.Duration{500 * ms, 1000 * ms}},
		{"asked for in other words", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "soon", status(503)), []time.Duration{500 * ms, 1000 * ms}},
		{"asked for before now", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "-5", status(503)), []time.Duration{500 * ms, 1000 * ms}},
		{"asked for in fractions", middleware.RetryPolicy{Jitter: whole}, withHeader("Retry-After", "9.5", status(503)), []time.Duration{500 * ms, 1000 * ms}},
		{"too much asked for", middleware.RetryPolicy{}, withHeader("Retry-After", "31", status(503)), nil},
		{"too much asked for by date", middleware.RetryPolicy{}, withHeader("Retry-After", start.Add(31*time.Second).Format(http.TimeFormat), status(503)), nil},
		{"far too much asked for", middleware.RetryPolicy{}, withHeader("Retry-After", "99999999999999999999999", status(503)), nil},
		{"too much asked for in a policy of one's own", middleware.RetryPolicy{LongestRetryAfter: 5 * time.Second}, withHeader("Retry-After", "6", status(503)), nil},
		{"much asked for in a policy of one's own", middleware.RetryPolicy{Attempts: 2, LongestRetryAfter: time.Hour}, withHeader("Retry-After", "3600", status(503)), []time.Duration{time.Hour}},
		{"as much asked for as can be waited", middleware.RetryPolicy{Attempts: 2, LongestRetryAfter: 1<<63 - 1}, withHeader("Retry-After", "9223372036", status(503)), []time.Duration{9223372036 * time.Second}},
		{"a second more", middleware.RetryPolicy{Attempts: 2, LongestRetryAfter: 1<<63 - 1}, withHeader("Retry-After", "9223372037", status(503)), []time.Duration{1<<63 - 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPeer(t, test.answer)
			clock := newSleeps()
			var meta wire.Meta
			_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithRetries(test.policy), clock.option()}, wire.WithMeta(&meta))
			e := mustFail(t, invoicesInfo, false, err)
			if !slices.Equal(clock.slept, test.want) || len(p.arrived()) != len(test.want)+1 {
				t.Errorf("%d requests, pauses %v, want %v", len(p.arrived()), clock.slept, test.want)
			}
			if test.want == nil && (e.Meta.Header.Get("Retry-After") == "" || meta.Header.Get("Retry-After") == "") {
				t.Error("how long to wait is not in Meta.Header")
			}
		})
	}
}

// Without a function of one's own, a pause is between half of the longest and the
// longest, and not always the same.
func TestPausesDiffer(t *testing.T) {
	p := newPeer(t, status(503))
	clock := newSleeps()
	if _, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithRetries(middleware.RetryPolicy{Attempts: 60}), clock.option()}); err == nil {
		t.Fatal("no error")
	}
	seen := map[time.Duration]bool{}
	for i, pause := range clock.slept[4:] {
		if seen[pause] = true; pause < 4*time.Second || pause > 8*time.Second {
			t.Errorf("pause %d is %v", i, pause)
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d different pauses in %d", len(seen), len(clock.slept[4:]))
	}
}

// Each length from half of the longest on can be what chance makes of a pause, both
// ends included.
func TestEveryPauseFromHalfOn(t *testing.T) {
	p := newPeer(t, status(503))
	clock := newSleeps()
	policy := middleware.RetryPolicy{Attempts: 300, FirstPause: 10, LongestPause: 10}
	_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithRetries(policy), clock.option()})
	mustFail(t, invoicesInfo, false, err)
	slices.Sort(clock.slept)
	if got, want := slices.Compact(clock.slept), []time.Duration{5, 6, 7, 8, 9, 10}; !slices.Equal(got, want) {
		t.Errorf("pauses of %v, want all of %v", got, want)
	}
}

func TestRetryPolicyRefuses(t *testing.T) {
	for name, opt := range map[string]middleware.Option{
		"attempts":              middleware.WithRetries(middleware.RetryPolicy{Attempts: -1}),
		"a first pause":         middleware.WithRetries(middleware.RetryPolicy{FirstPause: -1}),
		"a longest pause":       middleware.WithRetries(middleware.RetryPolicy{LongestPause: -1}),
		"a longest Retry-After": middleware.WithRetries(middleware.RetryPolicy{LongestRetryAfter: -1}),
		"the order":             middleware.WithRetries(middleware.RetryPolicy{FirstPause: 2, LongestPause: 1}),
		"no clock":              middleware.WithClock(nil, newSleeps().sleep),
		"no sleep":              middleware.WithClock(time.Now, nil),
		"no pacer":              middleware.WithPacer(nil),
		"no logger":             middleware.WithLogger(nil),
	} {
		if c, err := middleware.NewCaller(wire.KZ, credentials, opt); err == nil || c != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			contains(t, err.Error(), "middleware: ")
		}
	}
	// A negative pause is called so, and not one out of order.
	_, err := middleware.NewCaller(wire.KZ, credentials, middleware.WithRetries(middleware.RetryPolicy{LongestPause: -1}))
	contains(t, fmt.Sprint(err), "negative")
}

// A pause that the context would not live to see the end of is not begun.
func TestNoPauseBeyondTheDeadline(t *testing.T) {
	for _, test := range []struct {
		left time.Duration
		sent int
	}{{499 * time.Millisecond, 1}, {500 * time.Millisecond, 1}, {501 * time.Millisecond, 2}, {1500 * time.Millisecond, 2}, {1501 * time.Millisecond, 3}} {
		p := newPeer(t, status(503))
		// The context's own clock is the real one: it stands far off in the future,
		// and the client's clock just before it.
		deadline := time.Now().Add(time.Hour)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		clock := &sleeps{at: deadline.Add(-test.left)}
		policy := middleware.RetryPolicy{Jitter: func(longest time.Duration) time.Duration { return longest }}
		_, err := invoicesInfo.do(ctx, p.base(), []middleware.Option{middleware.WithRetries(policy), clock.option()})
		cancel()
		if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrTemporary || e.Meta.Status != 503 || e.Canceled || len(p.arrived()) != test.sent {
			t.Errorf("%v left: %d requests, %v", test.left, len(p.arrived()), err)
		}
	}
}

// A context that ends in a pause ends the call, with the error of the attempt
// before.
func TestCanceledInAPause(t *testing.T) {
	for _, test := range []struct {
		name    string
		effect  wire.Effect
		key     key
		answer  http.HandlerFunc
		kind    wire.Kind
		unknown bool
		code    string
		cause   error // beside the context's
	}{
		{"a read", wire.Read, keyless, status(503), wire.ErrTemporary, false, "", context.Canceled},
		{"a lost read", wire.Read, keyless, lost, wire.ErrTemporary, false, "", io.EOF},
		{"a write that was not done", wire.Write, keyless, later, wire.ErrTemporary, false, "4", context.Canceled},
		{"a write that may have been done", wire.Write, firstBody, status(503), wire.ErrUnknownOutcome, true, "", context.Canceled},
		{"a write that was lost", wire.Write, firstBody, lost, wire.ErrUnknownOutcome, true, "", io.EOF},
	} {
		p := newPeer(t, test.answer)
		ctx, cancel := context.WithCancel(t.Context())
		ends := func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithClock(time.Now, ends))
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(ctx, operation(test.effect, test.key, wire.JSON, wire.JWSHS256), ask(test.key), nil)
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) || e.Kind != test.kind || !e.Canceled || e.OutcomeUnknown != test.unknown || (e.Inquiry != nil) != test.unknown {
			t.Errorf("%s: %v", test.name, err)
		}
		if !errors.Is(err, context.Canceled) || e.Meta.Attempts != 1 || e.Meta.RequestID == "" {
			t.Errorf("%s: %v, %+v", test.name, err, e.Meta)
		}
		contains(t, err.Error(), "in the pause after an attempt")
		if strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %v", test.name, err)
		}
		if !errors.Is(err, test.cause) || e.Code != test.code {
			t.Errorf("%s: code %q, want %q, or not because of %v: %v", test.name, e.Code, test.code, test.cause, err)
		}
		p.only(t)
	}
}

// The same when it ended before the pause, and the sleep does not ask.
func TestCanceledBeforeAPause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sent := 0
	answers := doerFunc(func(req *http.Request) (*http.Response, error) {
		sent++
		cancel()
		return &http.Response{StatusCode: 503, Body: http.NoBody, Request: req}, nil
	})
	asleep := middleware.WithClock(time.Now, func(context.Context, time.Duration) error { return nil })
	_, err := invoicesInfo.do(ctx, "https://pay.example", []middleware.Option{middleware.WithHTTPClient(answers), asleep})
	if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrTemporary || !e.Canceled || e.Meta.Status != 503 || sent != 1 {
		t.Errorf("sent %d times: %v", sent, err)
	}
}

// A sleep that fails while the context lives ends the call as it was.
func TestSleepThatFails(t *testing.T) {
	p := newPeer(t, status(503))
	broken := func(context.Context, time.Duration) error { return errors.New("no bed") }
	_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithClock(time.Now, broken)})
	if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrTemporary || e.Canceled || e.Meta.Status != 503 {
		t.Error(err)
	}
	p.only(t)
}

// FuzzRetryAfter: whatever an answer asks for, a pause is within its bounds, and a
// number of seconds is taken for what it is.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "007", "30", "31", "-1", "+1", "1.5", "1e3", " 5", "٣", "9223372036854775807", "9223372037", "99999999999999999999", "Sat, 21 Nov 2026 12:00:05 GMT", "Saturday, 21-Nov-26 12:00:05 GMT", "Sat Nov 21 12:00:05 2026"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		clock := newSleeps()
		answered := 0
		doer := doerFunc(func(req *http.Request) (*http.Response, error) {
			answered++
			return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {field}}, Body: http.NoBody, Request: req}, nil
		})
		c, err := middleware.NewCaller(wire.KZ, credentials, clock.option(), middleware.WithHTTPClient(doer), middleware.WithRetries(middleware.RetryPolicy{Attempts: 2}))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Do(t.Context(), &wire.Operation{ID: "a", Method: "GET", Path: "/a", Security: wire.JWSHS256, Effect: wire.Read}, nil, nil); !errors.Is(err, wire.ErrTemporary) {
			t.Fatal(err)
		}
		for _, pause := range clock.slept {
			if pause < 250*time.Millisecond || pause > 30*time.Second {
				t.Errorf("%q: a pause of %v", field, pause)
			}
		}
		if answered != len(clock.slept)+1 {
			t.Errorf("%q: %d answers after %d pauses", field, answered, len(clock.slept))
		}
		var seconds int
		if n, _ := fmt.Sscanf(field, "%d", &seconds); n == 1 && fmt.Sprint(seconds) == field && seconds > 0 {
			if seconds > 30 && answered != 1 || seconds <= 30 && (answered != 2 || clock.slept[0] != time.Duration(seconds)*time.Second) {
				t.Errorf("%q: %d answers after %v", field, answered, clock.slept)
			}
		}
	})
}
