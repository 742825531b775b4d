package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	partnerraw "github.com/freedompay-go/freedompay/gen/partner/raw"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// What somebody on the way can do to an answer. One to pg_sig is signed, and
// whatever is changed in it shows. One in JSON is not: there TLS is all that
// stands between, and this shows it.
func TestAlteredAnswer(t *testing.T) {
	answer := func(amount, signed string) string {
		return `{"amount":"` + amount + `","pg_salt":"s","pg_sig":"` + md5of("retry", signed, "s", "ok", secret) + `","state":"ok"}`
	}
	for _, effect := range []wire.Effect{wire.Read, wire.Write} {
		for body, forged := range map[string]bool{
			answer("500.00", "500.00"): false,
			answer("50000", "500.00"):  true,
			strings.Replace(answer("500.00", "500.00"), `"state"`, `"more":"1","state"`, 1):     true,
			strings.Replace(answer("500.00", "500.00"), `"amount":"500.00",`, "", 1):            true,
			strings.Replace(answer("500.00", "500.00"), `"ok"}`, `"error","code":"2"}`, 1):      true,
			strings.Replace(answer("500.00", "500.00"), `"pg_sig":"`, `"pg_sig":"0`, 1):         true,
			strings.Replace(answer("500.00", "500.00"), `"pg_salt":"s"`, `"pg_salt":"t"`, 1):    true,
			strings.Replace(answer("500.00", "500.00"), `"pg_sig":`, `"pg_was":`, 1):            true,
			strings.Replace(answer("500.00", "500.00"), `"state":"ok"`, `"state":"o\u006b"`, 1): false,
			" " + answer("500.00", "500.00") + "\n":                                             false,
		} {
			p := newPeer(t, answerJSON(body))
			c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, newSleeps().option())
			if err != nil {
				t.Fatal(err)
			}
			err = c.Do(t.Context(), operation(effect, firstBody, wire.Multipart, wire.PgSigPayment), ask(firstBody), new(wire.Unknown))
			e := (*wire.Error)(nil)
			if errors.As(err, &e) != forged || forged && (e.Kind != wire.ErrBadSignature || e.OutcomeUnknown != (effect == wire.Write)) {
				t.Errorf("%s: %v", body, err)
			}
			p.only(t) // it is not asked for again, either
		}
	}
	// The same change to an answer that is not signed.
	p := newPeer(t, answerJSON(`{"state":"ok","amount":"50000"}`))
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	var meta wire.Meta
	if err := c.Do(t.Context(), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), ask(keyless), nil, wire.WithMeta(&meta)); err != nil || meta.Signature != wire.AnswerNotSigned {
		t.Errorf("%v, signature %v", err, meta.Signature)
	}
}

// An answer that comes slower than the attempt may take counts as lost.
func TestSlowBodyOfAnAnswer(t *testing.T) {
	for _, test := range []struct {
		effect wire.Effect
		key    key
		sent   int
		want   wire.Kind
	}{{wire.Read, keyless, 3, wire.ErrTemporary}, {wire.Write, keyless, 1, wire.ErrUnknownOutcome}, {wire.Write, firstBody, 3, wire.ErrUnknownOutcome}} {
		p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"state":"ok"`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done() // never the rest
		})
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithTimeout(100*time.Millisecond), newSleeps().option())
		if err != nil {
			t.Fatal(err)
		}
		e := (*wire.Error)(nil)
		err = c.Do(t.Context(), operation(test.effect, test.key, wire.JSON, wire.JWSHS256), ask(test.key), nil)
		if !errors.As(err, &e) || e.Kind != test.want || e.OutcomeUnknown != (test.effect == wire.Write) || e.Meta.Attempts != test.sent {
			t.Error(err)
		}
	}
}

// An answer of ten million bytes is given up at the cap, and asked for once.
func TestAnswerOfTenMegabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("answers of ten million bytes take their time")
	}
	for _, known := range []bool{false, true} {
		for _, c := range triedCalls {
			p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
				body := filled(10<<20, `{"status":"ok","order_id":"`, `"}`)
				w.Header().Set("Content-Type", "application/json")
				if known {
					w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				}
				_, _ = io.WriteString(w, body)
			})
			answered, err := c.do(t.Context(), p.base(), []middleware.Option{newSleeps().option()})
			if e := mustFail(t, c, answered, err); e.Kind != wire.ErrUnexpectedAnswer || e.OutcomeUnknown != (c.effect == wire.Write) || e.Meta.Body.Len() > wire.MaxAnswerBytes {
				t.Error(err)
			}
			p.only(t)
		}
	}
}

// A header of a million bytes is given up long before its end.
func TestAnswerWithHeaderOfOneMegabyte(t *testing.T) {
	for _, c := range triedCalls {
		p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			answerAll(w, r)
		})
		answered, err := c.do(t.Context(), p.base(), []middleware.Option{newSleeps().option()})
		if e := mustFail(t, c, answered, err); e.Kind != wire.ErrUnexpectedAnswer || e.OutcomeUnknown != (c.effect == wire.Write) {
			t.Error(err)
		}
		p.only(t)
	}
}

// cutter accepts connections and closes each when it has read so many bytes of
// what comes. It counts them.
func cutter(t *testing.T, after int) (base string, connections *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	connections = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_, _ = io.CopyN(io.Discard, conn, int64(after))
			_ = conn.(*net.TCPConn).SetLinger(0) // what is left unread is thrown away
			_ = conn.Close()
		}
	}()
	return "http://" + l.Addr().String(), connections
}

// A connection that breaks while the request goes out: nobody knows how much
// arrived, so all of it counts as sent.
func TestConnectionBrokenInTheRequest(t *testing.T) {
	for _, after := range []int{1, 100, 700} {
		for _, test := range []struct {
			effect wire.Effect
			key    key
			sent   int64
		}{{wire.Read, keyless, 3}, {wire.Read, errorBody, 1}, {wire.Write, keyless, 1}, {wire.Write, inferred, 1}, {wire.Write, firstBody, 3}, {wire.Write, errorBody, 3}} {
			base, connections := cutter(t, after)
			c, err := middleware.NewCaller(wire.Environment(base), credentials, newSleeps().option())
			if err != nil {
				t.Fatal(err)
			}
			in := ask(test.key)
			in.Extra().AddText("long", strings.Repeat("x", 1<<20))
			e := (*wire.Error)(nil)
			err = c.Do(t.Context(), operation(test.effect, test.key, wire.JSON, wire.JWSHS256), in, nil)
			if !errors.As(err, &e) || e.OutcomeUnknown != (test.effect == wire.Write) || e.Meta.Attempts != int(test.sent) || connections.Load() != test.sent {
				t.Errorf("after %d bytes, %s: %d connections, %v", after, test.key.name, connections.Load(), err)
			}
		}
	}
}

// A connection that breaks after the answer is none of the answer's business.
// Neither the call nor, of a read, the next one fails for it.
func TestConnectionBrokenAfterTheAnswer(t *testing.T) {
	const body = `{"status":"new"}`
	p := newPeer(t, raw(rawJSON+fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)))
	opts := []middleware.Option{newSleeps().option(), middleware.WithRetries(middleware.RetryPolicy{Attempts: 5})}
	for range 50 {
		if _, err := invoicesInfo.do(t.Context(), p.base(), opts); err != nil {
			t.Fatal(err)
		}
	}
	answered, err := clientAdd.do(t.Context(), newPeer(t, raw(rawJSON+"Content-Length: 15\r\n\r\n{\"status\":\"ok\"}")).base(), nil)
	if err != nil || !answered {
		t.Error(err)
	}
}

// A body that can be read once is read before it is signed, and is then sent as
// often as it takes. One that was read before is not sent at all.
func TestBodyThatCannotBeReplayed(t *testing.T) {
	p := newPeer(t, good)
	d := middleware.NewDoer(middleware.NewHTTPClient(0, nil), signHS256)
	req := newRequest(t, p, http.MethodPost, io.LimitReader(strings.NewReader("once and no more"), 4))
	if req.GetBody != nil {
		t.Fatal("the test's body can be read again")
	}
	do(t, d, req)
	do(t, d, req)
	mustBeSame(t, p.arrived(), 2)
	if p.arrived()[1].body != "once" {
		t.Errorf("body %q", p.arrived()[1].body)
	}

	req = newRequest(t, p, http.MethodPost, strings.NewReader("read before"))
	req.GetBody = nil
	_, _ = io.Copy(io.Discard, req.Body)
	if _, err := d.Do(req); err == nil {
		t.Error("a request was sent without its body")
	} else {
		contains(t, err.Error(), "was read before and cannot be read again")
	}
	// The same of an editor of oapi-codegen's clients, and of ours.
	readsIt := func(_ context.Context, req *http.Request) error {
		_, err := io.Copy(io.Discard, req.Body)
		req.GetBody = nil
		return err
	}
	c, err := partnerraw.NewClientWithResponses(p.base(), partnerraw.WithHTTPClient(d))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.InvoicesInfoWithResponse(t.Context(), partnerraw.InvoicesInfoRequest{InvoiceID: "1"}, readsIt); err == nil {
		t.Error("a request was sent without its body")
	}
	answered, err := clientAdd.do(t.Context(), p.base(), nil, wire.WithEditor(readsIt))
	if e := mustFail(t, clientAdd, answered, err); e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown {
		t.Error(err)
	}
	if n := len(p.arrived()); n != 2 {
		t.Errorf("%d requests arrived", n)
	}
}

// pipes is a network of this process alone: no port is left behind.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	mine, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return mine, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Ten thousand calls that are canceled, wherever they are, leave no goroutine and
// no connection behind.
func TestTenThousandCanceledCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand calls take a second")
	}
	before := runtime.NumGoroutine()
	network := newPipes()
	var open atomic.Int64
	cancels := sync.Map{} // by name of the call
	end := func(name string) {
		if cancel, ok := cancels.Load(name); ok {
			cancel.(context.CancelFunc)()
		}
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server looks whether the client has gone
			name := r.Header.Get("X-Call")
			switch _, where, _ := strings.Cut(name, " "); where {
			case "before the answer":
				end(name)
				<-r.Context().Done()
			case "in the answer":
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"state":`)
				_ = http.NewResponseController(w).Flush()
				end(name)
				<-r.Context().Done()
			default:
				status(503)(w, r)
			}
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Add(-1)
			}
		},
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(network) }()

	transport := &http.Transport{DialContext: network.dial}
	pacer := middleware.NewPacer(middleware.PacerOptions{Pause: time.Hour})
	client := func(opts ...middleware.Option) *middleware.Caller {
		c, err := middleware.NewCaller("http://localhost", credentials, append(opts, middleware.WithTransport(transport))...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain, queued := client(), client(middleware.WithPacer(pacer), middleware.WithoutRetries())
	read, write := operation(wire.Read, keyless, wire.JSON, wire.JWSHS256), operation(wire.Write, keyless, wire.JSON, wire.JWSHS256)
	// Takes the first turn, so that all others wait for an hour.
	if err := queued.Do(t.Context(), write, ask(keyless), nil); !errors.Is(err, wire.ErrUnknownOutcome) {
		t.Fatal(err)
	}

	places := []string{"before it is sent", "before the answer", "in the answer", "in a pause", "in the queue"}
	var all sync.WaitGroup
	numbers := make(chan int)
	for range 100 {
		all.Go(func() {
			for n := range numbers {
				where := places[n%len(places)]
				name := fmt.Sprint(n, " ", where)
				ctx, cancel := context.WithCancel(t.Context())
				cancels.Store(name, cancel)
				c, op := plain, read
				switch where {
				case "before it is sent":
					cancel()
				case "in a pause":
					c = client(middleware.WithClock(time.Now, func(ctx context.Context, d time.Duration) error {
						cancel()
						<-ctx.Done()
						return ctx.Err()
					}))
				case "in the queue":
					c, op = queued, write
					go func() { runtime.Gosched(); cancel() }()
				}
				err := c.Do(ctx, op, ask(keyless), nil, wire.WithEditor(setHeader("X-Call", name)))
				if !errors.Is(err, wire.ErrCanceled) || errors.Is(err, wire.ErrUnknownOutcome) {
					t.Errorf("%s: %v", name, err)
				}
				cancel()
				cancels.Delete(name)
			}
		})
	}
	for n := range 10_000 {
		numbers <- n
	}
	close(numbers)
	all.Wait()
	transport.CloseIdleConnections()
	// What was canceled ends in its own time; it has to end.
	settles := func(what string, left func() int) {
		for range 3000 {
			if left() <= 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d %s are left", left(), what)
	}
	settles("connections", func() int { return int(open.Load()) })
	_ = server.Close()
	<-served
	settles("goroutines", func() int { return runtime.NumGoroutine() - before })
	if n := pacer.Lanes(); n != 1 {
		t.Errorf("the pacer has %d lanes", n)
	}
}
