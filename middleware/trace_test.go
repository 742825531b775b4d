package middleware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

type contextKey string

// told is a trace that writes down what it is told. What it puts into the context
// has to come back to it.
func told(name string, into *[]string) middleware.Option {
	note := func(ctx context.Context, format string, args ...any) {
		if ctx.Value(contextKey(name)) != name {
			format += " under another context"
		}
		*into = append(*into, name+": "+fmt.Sprintf(format, args...))
	}
	return middleware.WithTrace(middleware.Trace{
		Start: func(ctx context.Context, op wire.Operation) context.Context {
			ctx = context.WithValue(ctx, contextKey(name), name)
			note(ctx, "start %s %s %s", op.ID, op.Method, op.Path)
			return ctx
		},
		Attempt: func(ctx context.Context, a middleware.Attempt) {
			note(ctx, "attempt %d of %s: %d, %v, %v", a.Number, a.Operation.ID, a.Status, a.Duration, kindOf(a.Err))
		},
		End: func(ctx context.Context, meta wire.Meta, err error) {
			note(ctx, "end of %s after %d: %d, %v", meta.Operation, meta.Attempts, meta.Status, kindOf(err))
		},
	})
}

func kindOf(err error) string {
	e := (*wire.Error)(nil)
	switch {
	case err == nil:
		return "well"
	case !errors.As(err, &e):
		return err.Error()
	case e.OutcomeUnknown:
		return e.Kind.Error() + "?"
	}
	return e.Kind.Error()
}

func TestTrace(t *testing.T) {
	const start = "start test.retry POST /retry"
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		effect  wire.Effect
		key     key
		answers []http.HandlerFunc
		want    []string
	}{
		{"well", t.Context(), wire.Write, keyless, []http.HandlerFunc{good},
			[]string{start, "attempt 1 of test.retry: 200, 0s, well", "end of test.retry after 1: 200, well"}},
		{"well at last", t.Context(), wire.Write, firstBody, []http.HandlerFunc{lost, status(429), good},
			[]string{start, "attempt 1 of test.retry: 0, 0s, unknown outcome?", "attempt 2 of test.retry: 429, 0s, unknown outcome?", "attempt 3 of test.retry: 200, 0s, well", "end of test.retry after 3: 200, well"}},
		{"refused", t.Context(), wire.Read, keyless, []http.HandlerFunc{refused},
			[]string{start, "attempt 1 of test.retry: 200, 0s, rejected", "end of test.retry after 1: 200, rejected"}},
		{"not sent", canceled, wire.Read, keyless, []http.HandlerFunc{good},
			[]string{start, "end of test.retry after 0: 0, canceled"}},
	} {
		p := newPeer(t, script(test.answers...))
		var got []string
		seen := 0
		opts := []middleware.Option{newSleeps().option(), told("a", &got), middleware.WithTrace(middleware.Trace{}), told("b", &got),
			middleware.WithEditor(func(ctx context.Context, req *http.Request) error {
				if ctx.Value(contextKey("a")) == "a" && req.Context().Value(contextKey("b")) == "b" {
					seen++
				}
				return nil
			}),
			middleware.WithTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.Context().Value(contextKey("a")) == "a" && req.Context().Value(contextKey("b")) == "b" {
					seen++
				}
				return http.DefaultTransport.RoundTrip(req)
			})),
		}
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, opts...)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Do(test.ctx, operation(test.effect, test.key, wire.JSON, wire.JWSHS256), ask(test.key), nil)
		// The first to be told of the start is the last to be told of the end.
		var want []string
		for i, event := range test.want {
			both := []string{"a: " + event, "b: " + event}
			if i == len(test.want)-1 {
				slices.Reverse(both)
			}
			want = append(want, both...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: told\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if seen != len(p.arrived())+1 {
			t.Errorf("%s: editor and transport saw the context %d times, for %d requests", test.name, seen, len(p.arrived()))
		}
	}
}

// A call that was not sent because it cannot be right is told of all the same.
func TestTraceOfInvalidRequest(t *testing.T) {
	var got []string
	if _, err := invoicePay.do(t.Context(), "https://pay.example", []middleware.Option{told("a", &got)}, wire.WithRequestID("no id")); err == nil {
		t.Fatal("no error")
	}
	if want := []string{"a: start merchant.invoicePay POST /v5/merchant/invoice/pay", "a: end of merchant.invoicePay after 0: 0, invalid request"}; !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}

// A context that ends while the request is signed: nothing was sent, so there is
// no attempt to tell of.
func TestTraceOfCallThatEndsBeforeItIsSent(t *testing.T) {
	var got []string
	ctx, cancel := context.WithCancel(t.Context())
	ends := wire.CredentialsFunc(func(context.Context) (wire.Credentials, error) { cancel(); return credentials, nil })
	_, err := invoicesInfo.do(ctx, "https://pay.example", []middleware.Option{told("a", &got)}, wire.WithCredentials(ends))
	if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrCanceled || e.Meta.Attempts != 0 {
		t.Error(err)
	}
	if len(got) != 2 || got[1] != "a: end of partner.invoicesInfo after 0: 0, canceled" {
		t.Errorf("told %q", got)
	}
}

// Code of the user's that panics: the panic is the user's, and goes on to who can
// do something about it. The trace is told of the end, and the pacer's next call is
// not held up.
func TestPanicInUserCode(t *testing.T) {
	panics := func() { panic("no") }
	for name, opt := range map[string]middleware.Option{
		"an editor":     middleware.WithEditor(func(context.Context, *http.Request) error { panics(); return nil }),
		"a request id":  middleware.WithRequestIDSource(func() (string, error) { panics(); return "", nil }),
		"a Doer":        middleware.WithHTTPClient(doerFunc(func(*http.Request) (*http.Response, error) { panics(); return nil, nil })),
		"a transport":   middleware.WithTransport(roundTripper(func(*http.Request) (*http.Response, error) { panics(); return nil, nil })),
		"an observer":   middleware.WithTrace(middleware.Trace{Attempt: func(context.Context, middleware.Attempt) { panics() }}),
		"a later start": middleware.WithTrace(middleware.Trace{Start: func(context.Context, wire.Operation) context.Context { panics(); return nil }}),
		"a sleep":       middleware.WithClock(time.Now, func(context.Context, time.Duration) error { panics(); return nil }),
		"a jitter":      middleware.WithRetries(middleware.RetryPolicy{Jitter: func(time.Duration) time.Duration { panics(); return 0 }}),
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			clock := newSleeps()
			pacer := middleware.NewPacer(middleware.PacerOptions{Now: clock.now, Sleep: clock.sleep})
			p := newPeer(t, status(429))
			c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, told("a", &got), opt, middleware.WithPacer(pacer))
			if err != nil {
				t.Fatal(err)
			}
			op, in := operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless)
			mustPanic(t, func() { _ = c.Do(t.Context(), op, in, nil) })
			if last := got[len(got)-1]; !strings.HasPrefix(last, "a: end of test.retry") || !strings.HasSuffix(last, "the call ended in a panic") {
				t.Errorf("told %q", got)
			}
			// The same merchant, another client.
			well, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithPacer(pacer), middleware.WithoutRetries())
			if err != nil {
				t.Fatal(err)
			}
			before := len(p.arrived())
			if err := well.Do(t.Context(), op, in, nil); !errors.Is(err, wire.ErrRateLimited) || len(p.arrived()) != before+1 {
				t.Error(err)
			}
		})
	}
	t.Run("credentials", func(t *testing.T) {
		c, err := middleware.NewCaller(wire.KZ, wire.CredentialsFunc(func(context.Context) (wire.Credentials, error) { panics(); return credentials, nil }))
		if err != nil {
			t.Fatal(err)
		}
		mustPanic(t, func() {
			_ = c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil)
		})
	})
}

// What a record holds, and at which level. The real path, the query, the identity,
// the bodies and the secret are in none.
func TestLogger(t *testing.T) {
	const id = "019d0652-4e2f-7f54-a179-007c80c48ad0"
	const hidden = "4400430012345678"
	common := `"operation":"test.log","method":"GET","path":"/shops/{merchant_id}/cards/{user_id}"`
	ids := `"duration":0,"request_id":"` + id + `"`
	for _, test := range []struct {
		name    string
		effect  wire.Effect
		answers []http.HandlerFunc
		want    []string
	}{
		{"well", wire.Write, []http.HandlerFunc{good}, []string{`{"level":"INFO","msg":"freedompay",` + common + `,"status":200,` + ids + `,"attempt":1}`}},
		{"refused", wire.Read, []http.HandlerFunc{answerJSON(`{"state":"error","code":"4711","note":"` + hidden + `"}`)},
			[]string{`{"level":"WARN","msg":"freedompay",` + common + `,"status":200,` + ids + `,"attempt":1,"error":"rejected","code":"4711"}`}},
		{"a code that is a card", wire.Read, []http.HandlerFunc{answerJSON(`{"state":"error","code":"` + hidden + `"}`)},
			[]string{`{"level":"WARN","msg":"freedompay",` + common + `,"status":200,` + ids + `,"attempt":1,"error":"rejected","code":"************5678"}`}},
		{"lost", wire.Write, []http.HandlerFunc{lost},
			[]string{`{"level":"ERROR","msg":"freedompay",` + common + `,` + ids + `,"attempt":1,"error":"unknown outcome","unknown":true}`}},
		{"well at last", wire.Read, []http.HandlerFunc{lost, status(503), good}, []string{
			`{"level":"WARN","msg":"freedompay",` + common + `,` + ids + `,"attempt":1,"error":"temporary"}`,
			`{"level":"WARN","msg":"freedompay",` + common + `,"status":503,` + ids + `,"attempt":2,"error":"temporary"}`,
			`{"level":"INFO","msg":"freedompay",` + common + `,"status":200,` + ids + `,"attempt":3}`,
		}},
	} {
		var buf bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&buf, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		p := newPeer(t, script(test.answers...))
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithLogger(logger), newSleeps().option())
		if err != nil {
			t.Fatal(err)
		}
		op := operation(test.effect, keyless, wire.JSON, wire.JWSHS256)
		op.ID, op.Method, op.Path = "test.log", "GET", "/shops/{merchant_id}/cards/{user_id}"
		op.Query, op.InPath = true, []string{"user_id"}
		in := payRequest()
		in.UserID = hidden
		_ = c.Do(t.Context(), op, in, nil, wire.WithRequestID(id))
		if got, want := buf.String(), strings.Join(test.want, "\n")+"\n"; got != want {
			t.Errorf("%s: logged\n%swant\n%s", test.name, got, want)
		}
		if !strings.Contains(p.arrived()[0].uri, identity+"/cards/"+hidden+"?") {
			t.Errorf("the path was %s", p.arrived()[0].uri)
		}
		for _, secretive := range []string{identity, hidden, secret, "ef741cfc"} {
			if strings.Contains(buf.String(), secretive) {
				t.Errorf("%s: %q is in the log", test.name, secretive)
			}
		}
	}
}

// A logger that is not interested costs no record.
func TestLoggerAsksForTheLevel(t *testing.T) {
	var buf bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelError}))
	p := newPeer(t, answerAll)
	if _, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithLogger(logger)}); err != nil || buf.Len() > 0 {
		t.Errorf("%v: %s", err, buf.String())
	}
}

// What an observer gets can be printed.
func TestAttemptPrintsNothingHidden(t *testing.T) {
	var text string
	p := newPeer(t, answerWith(422, "application/json", `{"status":"error","error_description":"no","card":"4400430012345678"}`))
	_, _ = invoicePay.do(t.Context(), p.base(), []middleware.Option{middleware.WithTrace(middleware.Trace{
		Attempt: func(_ context.Context, a middleware.Attempt) {
			b, _ := json.Marshal(fmt.Sprintf("%v %+v %#v", a, a, a.Err))
			text += string(b)
		},
		End: func(_ context.Context, meta wire.Meta, err error) {
			text += fmt.Sprintf("%v %+v %#v", meta.Body, err, err)
		},
	})})
	if text == "" || strings.Contains(text, "4400430012345678") || strings.Contains(text, secret) || strings.Contains(text, "ef741cfc") {
		t.Errorf("printed %s", text)
	}
}

// What an attempt failed with says what to ask already, and is not changed any more:
// a trace may hand it to another goroutine.
func TestAttemptKnowsWhatToAsk(t *testing.T) {
	var all sync.WaitGroup
	told := make(chan *wire.Inquiry, 2)
	p := newPeer(t, lost)
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithTrace(middleware.Trace{
		Attempt: func(_ context.Context, a middleware.Attempt) {
			e := (*wire.Error)(nil)
			_ = errors.As(a.Err, &e)
			told <- e.Inquiry
			all.Go(func() { told <- e.Inquiry }) // while the call goes on
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	failure := c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil)
	all.Wait()
	inquiry, err := wire.InquiryOf(failure)
	for range 2 {
		if got := <-told; err != nil || got != inquiry {
			t.Errorf("the attempt says to ask %v, and the call %v, %v", got, inquiry, err)
		}
	}
}
