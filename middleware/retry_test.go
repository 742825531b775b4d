package middleware_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// sleeps is a clock that stands still but for the sleeps it is asked for.
type sleeps struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
}

func newSleeps() *sleeps { return &sleeps{at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func (s *sleeps) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *sleeps) sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.slept = s.at.Add(d), append(s.slept, d)
	return ctx.Err()
}

func (s *sleeps) option() middleware.Option { return middleware.WithClock(s.now, s.sleep) }

// script answers the first requests by its functions, one after another, and
// those after them by the last.
func script(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// What becomes of one attempt. Those above lost are no answers.
var (
	good      = answerJSON(`{"state":"ok"}`)
	refused   = answerJSON(`{"state":"error","code":"1"}`)
	missing   = answerJSON(`{"state":"error","code":"2"}`)
	again     = answerJSON(`{"state":"error","code":"3"}`) // documented: seen before
	later     = answerJSON(`{"state":"error","code":"4"}`) // documented: nothing was done
	who       = answerJSON(`{"state":"error","code":"5"}`) // documented: try to find out
	slowDown  = answerJSON(`{"state":"error","code":"6"}`) // documented: too many
	malformed = answerJSON(`{"state":`)
	strange   = answerJSON(`{"state":"dancing"}`)
	lost      = raw("")
	half      = raw(rawJSON + "Content-Length: 100\r\n\r\n{")
	garbage   = raw("SSH-2.0\r\n\r\n")
)

func status(code int) http.HandlerFunc { return answerWith(code, "text/html", "<h1>no</h1>") }

// laterWith is later with a status, which may belie it.
func laterWith(code int) http.HandlerFunc {
	return answerWith(code, "application/json", `{"state":"error","code":"4"}`)
}

// goodWith is good with a status, which belies it.
func goodWith(code int) http.HandlerFunc {
	return answerWith(code, "application/json", `{"state":"ok"}`)
}

// key says how an operation of the tests knows a repeat.
type key struct {
	name   string
	repeat wire.Repeat
	member string // of the request, with a value
}

var (
	keyless    = key{"no key", wire.Repeat{}, "other"}
	firstBody  = key{"first answer", wire.Repeat{Key: "order", Answer: wire.RepeatFirst}, "order"}
	firstID    = key{"first answer by request id", wire.Repeat{Key: "X-Request-Id", InHeader: true, Unsigned: true, Answer: wire.RepeatFirst}, "other"}
	errorBody  = key{"error", wire.Repeat{Key: "order", Answer: wire.RepeatError}, "order"}
	silent     = key{"not documented", wire.Repeat{Key: "order"}, "order"}
	notCarried = key{"key not carried", wire.Repeat{Key: "order", Answer: wire.RepeatFirst}, "other"}
	inferred   = key{"inferred", wire.Repeat{Key: "order", Answer: wire.RepeatFirst, Inferred: true}, "order"}
	inferredID = key{"inferred request id", wire.Repeat{Key: "X-Request-Id", InHeader: true, Inferred: true}, "other"}

	protected   = []key{firstBody, firstID, errorBody, silent}
	unprotected = []key{keyless, notCarried, inferred, inferredID}
	everyKey    = slices.Concat(protected, unprotected)
)

// ask is a request of the tests: one member with a value.
func ask(k key) *merchant.InvoicePayRequest {
	r := payRequest()
	r.Extra().AddText(k.member, "7")
	return r
}

// operation is one of the tests, with k.
func operation(effect wire.Effect, k key, media wire.Media, security wire.Scheme) *wire.Operation {
	return &wire.Operation{
		ID: "test.retry", Method: http.MethodPost, Path: "/retry", Security: security, Effect: effect, Repeat: k.repeat,
		Request: []wire.Media{media}, Answer: []wire.Media{wire.JSON}, ResolveWith: "test.fate", ResolveBy: []string{"user_id"},
		Failure: wire.Failure{
			Member: "state", Values: []string{"error"}, Others: []string{"ok"}, Always: true, Code: "code",
			Kinds: map[string]wire.Kind{
				"2": wire.ErrNotFound, "3": wire.ErrDuplicate, "4": wire.ErrTemporary, "5": wire.ErrUnknownOutcome, "6": wire.ErrRateLimited,
			},
		},
	}
}

// The whole decision. Of each row the server counts what really came, and every
// attempt has to be the first one again, byte by byte.
func TestWhatIsSentAgain(t *testing.T) {
	type row struct {
		name    string
		effect  wire.Effect
		keys    []key
		answers []http.HandlerFunc
		sent    int
		want    error // nil: an answer
		unknown bool
	}
	read, write := wire.Read, wire.Write
	withoutError := slices.DeleteFunc(slices.Clone(everyKey), func(k key) bool { return k.repeat.Answer == wire.RepeatError })
	rows := []row{
		{"a good answer", write, everyKey, []http.HandlerFunc{good}, 1, nil, false},
		{"a refusal", write, everyKey, []http.HandlerFunc{refused}, 1, wire.ErrRejected, false},
		{"a refusal", read, everyKey, []http.HandlerFunc{refused}, 1, wire.ErrRejected, false},
		{"a malformed answer", write, everyKey, []http.HandlerFunc{malformed}, 1, wire.ErrUnexpectedAnswer, true},
		{"a malformed answer", read, everyKey, []http.HandlerFunc{malformed}, 1, wire.ErrUnexpectedAnswer, false},
		{"an undocumented answer", write, everyKey, []http.HandlerFunc{strange}, 1, wire.ErrUnexpectedAnswer, true},
		{"an answer that is not HTTP", write, everyKey, []http.HandlerFunc{garbage}, 1, wire.ErrUnexpectedAnswer, true},
		{"an answer that is not HTTP", read, everyKey, []http.HandlerFunc{garbage}, 1, wire.ErrUnexpectedAnswer, false},
		{"an outcome that the API does not know", write, everyKey, []http.HandlerFunc{who}, 1, wire.ErrUnknownOutcome, true},

		// An answer that says that nothing was done.
		{"later", write, everyKey, []http.HandlerFunc{later, good}, 2, nil, false},
		{"later", read, everyKey, []http.HandlerFunc{later, good}, 2, nil, false},
		{"later with 499", write, everyKey, []http.HandlerFunc{laterWith(499), good}, 2, nil, false},
		{"later with 500", write, unprotected, []http.HandlerFunc{laterWith(500), good}, 1, wire.ErrTemporary, true},
		{"too many", write, everyKey, []http.HandlerFunc{slowDown, good}, 2, nil, false},
		{"429", write, everyKey, []http.HandlerFunc{status(429), status(425), good}, 3, nil, false},
		{"429", read, everyKey, []http.HandlerFunc{status(429), status(425), good}, 3, nil, false},
		{"429 for ever", write, everyKey, []http.HandlerFunc{status(429)}, 3, wire.ErrRateLimited, false},
		{"later for ever", write, everyKey, []http.HandlerFunc{later}, 3, wire.ErrTemporary, false},
		{"429 around a success", write, unprotected, []http.HandlerFunc{goodWith(429), good}, 1, wire.ErrRateLimited, true},
		{"429 around a success", write, protected, []http.HandlerFunc{goodWith(429), good}, 2, nil, false},
		{"422 around a success", write, everyKey, []http.HandlerFunc{goodWith(422), good}, 1, wire.ErrRejected, true},
		{"422 around a success", read, everyKey, []http.HandlerFunc{goodWith(422), good}, 1, wire.ErrRejected, false},
		{"425 for ever", read, everyKey, []http.HandlerFunc{status(425)}, 3, wire.ErrTemporary, false},
	}
	for _, code := range []int{400, 401, 403, 404, 409, 410, 422} {
		rows = append(rows,
			row{fmt.Sprint(code), write, everyKey, []http.HandlerFunc{status(code)}, 1, nil, false},
			row{fmt.Sprint(code), read, everyKey, []http.HandlerFunc{status(code)}, 1, nil, false})
	}
	for _, code := range []int{201, 301, 302, 307, 308} {
		rows = append(rows,
			row{fmt.Sprint(code), write, everyKey, []http.HandlerFunc{status(code)}, 1, wire.ErrUnexpectedAnswer, true},
			row{fmt.Sprint(code), read, everyKey, []http.HandlerFunc{status(code)}, 1, wire.ErrUnexpectedAnswer, false})
	}
	// What says nothing of whether something was done.
	for name, nothing := range map[string]http.HandlerFunc{
		"408": status(408), "500": status(500), "502": status(502), "503": status(503), "504": status(504),
		"a lost answer": lost, "half an answer": half,
	} {
		rows = append(rows, row{name, read, withoutError, []http.HandlerFunc{nothing, good}, 2, nil, false})
		switch name {
		case "408", "502", "504": // they are as 500 is
			rows = append(rows,
				row{name, write, []key{keyless}, []http.HandlerFunc{nothing}, 1, wire.ErrUnknownOutcome, true},
				row{name, write, []key{silent}, []http.HandlerFunc{nothing, good}, 2, nil, false},
				row{name, read, []key{errorBody}, []http.HandlerFunc{nothing}, 1, wire.ErrTemporary, false})
			continue
		}
		rows = append(rows,
			row{name + " twice", read, withoutError, []http.HandlerFunc{nothing, nothing, good}, 3, nil, false},
			row{name + " for ever", read, withoutError, []http.HandlerFunc{nothing}, 3, wire.ErrTemporary, false},
			row{name, read, []key{errorBody}, []http.HandlerFunc{nothing}, 1, wire.ErrTemporary, false},
			row{name + " after 429", read, []key{errorBody}, []http.HandlerFunc{status(429), nothing, good}, 2, wire.ErrTemporary, false},
			row{name, write, unprotected, []http.HandlerFunc{nothing}, 1, wire.ErrUnknownOutcome, true},
			row{name, write, protected, []http.HandlerFunc{nothing, good}, 2, nil, false},
			row{name + " twice", write, protected, []http.HandlerFunc{nothing, nothing, good}, 3, nil, false},
			row{name + " for ever", write, protected, []http.HandlerFunc{nothing}, 3, wire.ErrUnknownOutcome, true},
			// Only an answer that the first attempt would have got tells of it.
			row{name + ", then a refusal", write, []key{firstBody, firstID}, []http.HandlerFunc{nothing, refused}, 2, wire.ErrRejected, false},
			row{name + ", then nothing there", write, []key{firstBody, firstID}, []http.HandlerFunc{nothing, missing}, 2, wire.ErrNotFound, false},
			row{name + ", then a refusal", write, []key{errorBody, silent}, []http.HandlerFunc{nothing, refused}, 2, wire.ErrRejected, true},
			row{name + ", then seen before", write, protected, []http.HandlerFunc{nothing, again}, 2, wire.ErrDuplicate, true},
			row{name + ", then 401", write, protected, []http.HandlerFunc{nothing, status(401)}, 2, wire.ErrUnauthorized, true},
			row{name + ", then 404", write, protected, []http.HandlerFunc{nothing, status(404)}, 2, wire.ErrNotFound, true},
			row{name + ", then later", write, protected, []http.HandlerFunc{nothing, later}, 3, wire.ErrUnknownOutcome, true},
			row{name + ", then 429", write, protected, []http.HandlerFunc{nothing, status(429)}, 3, wire.ErrUnknownOutcome, true},
			row{name + ", then garbage", write, protected, []http.HandlerFunc{nothing, malformed}, 2, wire.ErrUnexpectedAnswer, true},
			row{name + " after 429", write, unprotected, []http.HandlerFunc{status(429), nothing, good}, 2, wire.ErrUnknownOutcome, true},
		)
	}
	for _, form := range []struct {
		media    wire.Media
		security wire.Scheme
	}{{wire.JSON, wire.JWSHS256}, {wire.Multipart, wire.JWSHS512}} {
		for _, r := range rows {
			for _, k := range r.keys {
				if form.media != wire.JSON && k.name != firstBody.name && k.name != errorBody.name && k.name != keyless.name {
					continue // what the key is does not depend on the form
				}
				effect := map[wire.Effect]string{read: "read", write: "write"}[r.effect]
				t.Run(fmt.Sprint(form.media, "/", effect, "/", r.name, "/", k.name), func(t *testing.T) {
					p := newPeer(t, script(r.answers...))
					clock := newSleeps()
					c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, clock.option())
					if err != nil {
						t.Fatal(err)
					}
					var meta wire.Meta
					err = c.Do(t.Context(), operation(r.effect, k, form.media, form.security), ask(k), new(wire.Unknown), wire.WithMeta(&meta))
					e := (*wire.Error)(nil)
					errors.As(err, &e)
					switch {
					case r.want != nil && (e == nil || e.Kind != r.want) || r.want == nil && r.sent > 1 && err != nil:
						t.Errorf("%v, want %v", err, r.want)
					case e != nil && (e.OutcomeUnknown != r.unknown || (e.Inquiry != nil) != r.unknown || e.Meta.Attempts != r.sent):
						t.Errorf("unknown %v, want %v; inquiry %v, %d attempts: %v", e.OutcomeUnknown, r.unknown, e.Inquiry, e.Meta.Attempts, err)
					}
					if meta.Attempts != r.sent || len(clock.slept) != r.sent-1 {
						t.Errorf("%d attempts after %d pauses, want %d", meta.Attempts, len(clock.slept), r.sent)
					}
					mustBeSame(t, p.arrived(), r.sent)
				})
			}
		}
	}
}

// mustBeSame fails the test unless n requests arrived, each of them the first.
func mustBeSame(t testing.TB, requests []arrived, n int) {
	t.Helper()
	if len(requests) != n {
		t.Fatalf("%d requests arrived, want %d", len(requests), n)
	}
	for i, r := range requests {
		if got, want := fmt.Sprintf("%+q", r), fmt.Sprintf("%+q", requests[0]); got != want {
			t.Errorf("attempt %d is another request than the first:\n%s\n%s", i+1, got, want)
		}
	}
}

// With pg_sig an answer is signed, and one that is not tells nothing of a call
// that writes.
func TestWhatIsSentAgainWithPgSig(t *testing.T) {
	for _, media := range []wire.Media{wire.Multipart, wire.URLEncoded} {
		for _, test := range []struct {
			name    string
			effect  wire.Effect
			key     key
			answers []http.HandlerFunc
			sent    int
			want    wire.Kind
			unknown bool
		}{
			{"429 of somebody", wire.Write, keyless, []http.HandlerFunc{status(429)}, 1, wire.ErrRateLimited, true},
			{"429 of somebody", wire.Write, firstBody, []http.HandlerFunc{status(429)}, 3, wire.ErrUnknownOutcome, true},
			{"429 of somebody", wire.Read, keyless, []http.HandlerFunc{status(429)}, 3, wire.ErrRateLimited, false},
			{"later, unsigned", wire.Write, keyless, []http.HandlerFunc{later}, 1, wire.ErrTemporary, true},
			{"a success, unsigned", wire.Write, firstBody, []http.HandlerFunc{good}, 1, wire.ErrBadSignature, true},
			{"a success, unsigned", wire.Read, firstBody, []http.HandlerFunc{good}, 1, wire.ErrBadSignature, false},
			{"later, forged", wire.Read, keyless, []http.HandlerFunc{answerJSON(`{"state":"error","code":"4","pg_salt":"a","pg_sig":"b"}`)}, 1, wire.ErrBadSignature, false},
			{"503, forged", wire.Write, firstBody, []http.HandlerFunc{answerWith(503, "application/json", `{"state":"error","pg_salt":"a","pg_sig":"b"}`)}, 1, wire.ErrUnknownOutcome, true},
			{"503, forged", wire.Read, keyless, []http.HandlerFunc{answerWith(503, "application/json", `{"state":"error","pg_salt":"a","pg_sig":"b"}`)}, 1, wire.ErrTemporary, false},
			{"a refusal, unsigned, after a loss", wire.Write, firstBody, []http.HandlerFunc{lost, refused}, 2, wire.ErrRejected, true},
			{"lost", wire.Write, firstBody, []http.HandlerFunc{lost}, 3, wire.ErrUnknownOutcome, true},
			{"lost", wire.Write, notCarried, []http.HandlerFunc{lost}, 1, wire.ErrUnknownOutcome, true},
			{"lost", wire.Read, keyless, []http.HandlerFunc{lost}, 3, wire.ErrTemporary, false},
		} {
			for _, inXML := range []bool{false, true} {
				p := newPeer(t, script(test.answers...))
				c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
				if err != nil {
					t.Fatal(err)
				}
				var opts []wire.CallOption
				if inXML {
					opts = append(opts, wire.WithPgXML())
				}
				err = c.Do(t.Context(), operation(test.effect, test.key, media, wire.PgSigPayment), ask(test.key), new(wire.Unknown), opts...)
				e := (*wire.Error)(nil)
				if !errors.As(err, &e) || e.Kind != test.want || e.OutcomeUnknown != test.unknown {
					t.Errorf("%s, %s in XML %v: %v", test.name, media, inXML, err)
				}
				mustBeSame(t, p.arrived(), test.sent)
				if !strings.Contains(p.arrived()[0].body, "pg_salt") {
					t.Error("the body was not signed")
				}
			}
		}
	}
}

// Of what certainly did not leave, everything is sent again, unless it would
// fail in the same way.
func TestWhatWasNotSentIsSentAgain(t *testing.T) {
	plain, secure := newPeer(t, good), newUnstartedPeer(t, good)
	secure.StartTLS()
	timeout := &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	for _, test := range []struct {
		name  string
		fails error // of the first dials; nil: none of them
		base  string
		dials int
	}{
		{"a name that does not resolve", &net.DNSError{Err: "no such host", IsNotFound: true}, plain.base(), 3},
		{"a name server that is away", &net.DNSError{Err: "server misbehaving", IsTemporary: true}, plain.base(), 3},
		{"a connection that is refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, plain.base(), 3},
		{"a dial that takes too long", timeout, plain.base(), 3},
		{"a handshake that breaks off", io.ErrUnexpectedEOF, plain.base(), 3},
		{"a proxy that says no", errors.New("Forbidden"), plain.base(), 1},
		{"an alert of TLS", &net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, plain.base(), 1},
		{"an alert of our own", &net.OpError{Op: "local error", Err: errors.New("tls: unexpected message")}, plain.base(), 1},
		{"a certificate that nobody vouches for", nil, secure.base(), 1},
		{"a server without TLS", nil, strings.Replace(plain.base(), "http:", "https:", 1), 1},
	} {
		for _, k := range everyKey {
			for _, effect := range []wire.Effect{wire.Read, wire.Write} {
				for _, recovers := range []bool{false, true} {
					if recovers && test.dials == 1 {
						continue
					}
					dials, before := 0, len(plain.arrived())
					transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
						if dials++; test.fails != nil && !(recovers && dials == 3) {
							return nil, test.fails
						}
						return new(net.Dialer).DialContext(ctx, network, address)
					}}
					clock := newSleeps()
					c, err := middleware.NewCaller(wire.Environment(test.base), credentials, middleware.WithTransport(transport), clock.option())
					if err != nil {
						t.Fatal(err)
					}
					err = c.Do(t.Context(), operation(effect, k, wire.JSON, wire.JWSHS256), ask(k), new(wire.Unknown))
					transport.CloseIdleConnections()
					if dials != test.dials || len(clock.slept) != dials-1 {
						t.Errorf("%s: dialed %d times, slept %v, want %d", test.name, dials, clock.slept, test.dials)
					}
					e := (*wire.Error)(nil)
					switch {
					case recovers:
						if err != nil || len(plain.arrived()) != before+1 {
							t.Errorf("%s: %v", test.name, err)
						}
					case !errors.As(err, &e) || e.Kind != wire.ErrTemporary || e.OutcomeUnknown || len(plain.arrived()) != before:
						t.Errorf("%s: %v", test.name, err)
					}
				}
			}
		}
	}
	if n := len(secure.arrived()); n != 0 {
		t.Errorf("%d requests arrived at a server that is not trusted", n)
	}
}

// An attempt that may have arrived is not forgotten because the next one
// certainly did not.
func TestOutcomeStaysUnknownWhenTheLastAttemptIsNotSent(t *testing.T) {
	for _, k := range protected {
		p := newPeer(t, lost)
		dials := 0
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithTransport(transport), newSleeps().option())
		if err != nil {
			t.Fatal(err)
		}
		e := (*wire.Error)(nil)
		err = c.Do(t.Context(), operation(wire.Write, k, wire.JSON, wire.JWSHS256), ask(k), nil)
		if !errors.As(err, &e) || e.Kind != wire.ErrUnknownOutcome || !e.OutcomeUnknown || e.Inquiry == nil || e.Meta.Attempts != 3 || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v", k.name, err)
		}
		p.only(t)
	}
}

// The key counts that is sent, not the one that the typed request holds.
func TestKeyIsLookedForInWhatIsSent(t *testing.T) {
	for _, test := range []struct {
		name, body string
		header     string
		sent       int
	}{
		{"as it was", "", "", 3},
		{"taken out", `{"user_id":"1"}`, "", 1},
		{"emptied", `{"order":""}`, "", 1},
		{"emptied in a form", `order=`, "application/x-www-form-urlencoded", 1},
		{"null", `{"order":null}`, "", 1},
		{"another", `{"order":"8"}`, "", 3},
		{"a number", `{"order":8}`, "", 3},
		{"in an object", `{"a":{"order":"8"}}`, "", 1},
		{"in something that is no JSON", `order=8`, "", 1},
		{"in a form", `order=8`, "application/x-www-form-urlencoded", 3},
		{"twice in a form", `order=8&order=9`, "application/x-www-form-urlencoded", 1},
		{"in something else", `order=8`, "text/plain", 1},
	} {
		p := newPeer(t, lost)
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Do(t.Context(), operation(wire.Write, firstBody, wire.JSON, wire.JWSHS256), ask(firstBody), nil, wire.WithEditor(func(ctx context.Context, req *http.Request) error {
			if test.header != "" {
				req.Header.Set("Content-Type", test.header)
			}
			if test.body == "" {
				return nil
			}
			return replaceBody(test.body)(ctx, req)
		}))
		if n := len(p.arrived()); n != test.sent {
			t.Errorf("%s: sent %d times, want %d", test.name, n, test.sent)
		}
	}
	// Where no key is documented, none is found, not even one without a name.
	p := newPeer(t, lost)
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil, wire.WithEditor(replaceBody(`{"":"7"}`)))
	p.only(t)
	// An editor may have taken the field away that would have been the key.
	p = newPeer(t, lost)
	c, err = middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Do(t.Context(), operation(wire.Write, firstID, wire.JSON, wire.JWSHS256), ask(firstID), nil, wire.WithEditor(func(_ context.Context, req *http.Request) error {
		req.Header.Del("X-Request-Id")
		return nil
	}))
	p.only(t)
}

// A caller's own request id is that of each attempt.
func TestOwnRequestIDIsKept(t *testing.T) {
	const id = "019d0652-4e2f-7f54-a179-007c80c48ad0"
	p := newPeer(t, lost)
	_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{newSleeps().option()}, wire.WithRequestID(id))
	if e := mustFail(t, invoicesInfo, false, err); e.Meta.RequestID != id {
		t.Error(err)
	}
	mustBeSame(t, p.arrived(), 3)
	if got := p.arrived()[2].header.Get("X-Request-Id"); got != id {
		t.Errorf("the last attempt went under %q", got)
	}
}

// Editors, credentials, salt and request id are asked for once a call; what a
// transport does to the request that it is given is not in the next one.
func TestEachAttemptBeginsWithTheSameRequest(t *testing.T) {
	p := newPeer(t, lost)
	ids, edits, asked := 0, 0, 0
	spoils := roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(req)
		req.Header.Set("X-Evil", "1")
		req.Header.Del("X-Request-Id")
		req.URL.Path = "/elsewhere"
		return resp, err
	})
	provider := wire.CredentialsFunc(func(context.Context) (wire.Credentials, error) { asked++; return credentials, nil })
	c, err := middleware.NewCaller(wire.Environment(p.base()), provider, newSleeps().option(), middleware.WithTransport(spoils),
		middleware.WithRequestIDSource(func() (string, error) { ids++; return middleware.NewRequestID() }),
		middleware.WithEditor(func(_ context.Context, req *http.Request) error {
			edits++
			// A body that can be read once: it is read when it is signed.
			req.Body, req.GetBody, req.ContentLength = io.NopCloser(io.LimitReader(strings.NewReader("a=1&b=2;;;;;"), 7)), nil, -1
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Do(t.Context(), operation(wire.Read, keyless, wire.Multipart, wire.PgSigPayment), ask(keyless), nil)
	mustBeSame(t, p.arrived(), 3)
	if ids != 1 || edits != 1 || asked != 1 {
		t.Errorf("%d ids, %d edits, %d times asked for credentials", ids, edits, asked)
	}
	contains(t, p.arrived()[2].body, "a=1&b=2&pg_salt=")
}

// Meta tells of the last attempt alone.
func TestMetaOfTheLastAttempt(t *testing.T) {
	dials := 0
	p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Mark", "1")
		w.Header().Set("Connection", "close")
		status(503)(w, r)
	})
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials++; dials == 3 {
			return nil, syscall.ECONNREFUSED
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	var meta wire.Meta
	_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{newSleeps().option(), middleware.WithTransport(transport)}, wire.WithMeta(&meta))
	e := mustFail(t, invoicesInfo, false, err)
	for _, m := range []wire.Meta{meta, e.Meta} {
		if m.Attempts != 3 || m.Status != 0 || m.Header != nil || m.Body.Len() != 0 {
			t.Errorf("meta %+v", m)
		}
	}
}

// How far an attempt came says nothing of the next one: after an answer that
// nothing was done, a connection that is refused leaves it at that.
func TestEachAttemptHasItsOwnDeparture(t *testing.T) {
	p := newPeer(t, withHeader("Connection", "close", status(429)))
	dials := 0
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials++; dials > 1 {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithTransport(transport), newSleeps().option())
	if err != nil {
		t.Fatal(err)
	}
	e := (*wire.Error)(nil)
	err = c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil)
	if !errors.As(err, &e) || e.Kind != wire.ErrTemporary || e.OutcomeUnknown || e.Meta.Attempts != 3 || dials != 3 {
		t.Errorf("dialed %d times: %v", dials, err)
	}
	p.only(t)
}

// An answer says that the request left, also when the transport reported a
// connection that it looked for and none that it found: it may have another way.
func TestWhatIsAnsweredHasLeft(t *testing.T) {
	for code, sent := range map[int]int{500: 1, 503: 1, 429: 3} {
		n := 0
		fallsBack := roundTripper(func(req *http.Request) (*http.Response, error) {
			n++
			httptrace.ContextClientTrace(req.Context()).GetConn("pay.example:443")
			return &http.Response{StatusCode: code, Body: http.NoBody, Request: req}, nil
		})
		c, err := middleware.NewCaller(wire.KZ, credentials, middleware.WithTransport(fallsBack), newSleeps().option())
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil)
		if n != sent || errors.Is(err, wire.ErrUnknownOutcome) != (code >= 500) {
			t.Errorf("%d: sent %d times, want %d: %v", code, n, sent, err)
		}
	}
}

// A certificate that nobody vouches for stays so, also where the transport does not
// say whether anything was sent.
func TestUntrustedCertificateIsNotTriedAgain(t *testing.T) {
	n := 0
	quiet := roundTripper(func(*http.Request) (*http.Response, error) {
		n++
		return nil, fmt.Errorf("by way of a proxy: %w", &tls.CertificateVerificationError{Err: errors.New("unknown authority")})
	})
	_, err := invoicesInfo.do(t.Context(), "https://pay.example", []middleware.Option{middleware.WithTransport(quiet), newSleeps().option()})
	if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrTemporary || n != 1 {
		t.Errorf("sent %d times: %v", n, err)
	}
}

// What the attempt before was signed with is not said of one without an answer.
func TestVerdictIsOfTheLastAttempt(t *testing.T) {
	p := newPeer(t, script(status(503), lost))
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
	if err != nil {
		t.Fatal(err)
	}
	var meta wire.Meta
	if err := c.Do(t.Context(), operation(wire.Read, keyless, wire.Multipart, wire.PgSigPayment), ask(keyless), nil, wire.WithMeta(&meta)); err == nil {
		t.Error("no error")
	}
	if meta.Attempts != 3 || meta.Signature != wire.AnswerNotSigned {
		t.Errorf("%d attempts, the last answer %v", meta.Attempts, meta.Signature)
	}
}

// A call whose context ended in an attempt is over: there is no pause after it,
// whether it could have been sent again or not.
func TestNoPauseAfterACanceledAttempt(t *testing.T) {
	for _, test := range []struct {
		effect wire.Effect
		key    key
		want   wire.Kind
	}{{wire.Read, keyless, wire.ErrCanceled}, {wire.Write, keyless, wire.ErrUnknownOutcome}, {wire.Write, firstBody, wire.ErrUnknownOutcome}} {
		ctx, cancel := context.WithCancel(t.Context())
		ends := roundTripper(func(req *http.Request) (*http.Response, error) {
			cancel()
			return nil, req.Context().Err()
		})
		clock := newSleeps()
		c, err := middleware.NewCaller(wire.KZ, credentials, middleware.WithTransport(ends), clock.option())
		if err != nil {
			t.Fatal(err)
		}
		e := (*wire.Error)(nil)
		err = c.Do(ctx, operation(test.effect, test.key, wire.JSON, wire.JWSHS256), ask(test.key), nil)
		if !errors.As(err, &e) || e.Kind != test.want || !e.Canceled || e.Meta.Attempts != 1 || len(clock.slept) != 0 {
			t.Errorf("%s: pauses %v: %v", test.key.name, clock.slept, err)
		}
	}
}

func TestWithoutRetriesSendsOnce(t *testing.T) {
	p := newPeer(t, status(503))
	_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithoutRetries(), newSleeps().option()})
	mustFail(t, invoicesInfo, false, err)
	p.only(t)
}
