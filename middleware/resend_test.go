package middleware_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// The frames of HTTP/2 that the tests send.
const (
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7
)

// ending is how a server of HTTP/2 ends a request that came whole.
type ending struct {
	name string
	kind byte
	code uint32
}

// endings are those after which net/http would send the request again.
var endings = []ending{
	{"PROTOCOL_ERROR", frameReset, 1},
	{"REFUSED_STREAM", frameReset, 7},
	{"GOAWAY", frameGoAway, 0}, // of which it says that it did not look at it
}

// framed is a server of HTTP/2, down to its frames: net/http's would not end
// requests like that. It counts those that came whole.
func framed(t *testing.T, e ending) (base string, transport *http.Transport, arrived *atomic.Int64) {
	t.Helper()
	var connections atomic.Int64
	p := newUnstartedPeer(t, answerAll)
	transport = trusting(t, p, &connections) // for its certificate
	arrived = new(atomic.Int64)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: p.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go e.serve(conn, arrived)
		}
	}()
	return "https://" + l.Addr().String() + basePath, transport, arrived
}

func (e ending) serve(conn net.Conn, arrived *atomic.Int64) {
	defer conn.Close()
	write := func(kind, flags byte, stream uint32, payload ...uint32) {
		frame := []byte{0, 0, byte(4 * len(payload)), kind, flags}
		for _, n := range append([]uint32{stream}, payload...) {
			frame = binary.BigEndian.AppendUint32(frame, n)
		}
		_, _ = conn.Write(frame)
	}
	r := bufio.NewReader(conn)
	_, _ = r.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	write(frameSettings, 0, 0)
	for {
		var head [9]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		_, _ = r.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2]))
		kind, isLast, stream := head[3], head[4]&1 != 0, binary.BigEndian.Uint32(head[5:])
		switch {
		case kind == frameSettings && !isLast: // it is no acknowledgment
			write(frameSettings, 1, 0)
		case kind <= 1 && isLast: // of a body, or of a header without one
			if arrived.Add(1) > 3 {
				return // no answer and no reason: net/http gives up
			}
			if e.kind == frameGoAway {
				write(frameGoAway, 0, 0, 0, 0)
				return
			}
			write(frameReset, 0, stream, e.code)
		}
	}
}

// Whatever a server does with a stream, a request is sent as often as the policy
// says. net/http by itself sent a payment thousands of times.
func TestHTTP2SendsOnce(t *testing.T) {
	bodiless := operation(wire.Write, keyless, wire.JSON, wire.JWSHS256)
	bodiless.Method, bodiless.Request = http.MethodPatch, nil
	for _, c := range []struct {
		name string
		op   *wire.Operation
		sent int
		want error
	}{
		{"a write", operation(wire.Write, keyless, wire.JSON, wire.JWSHS256), 1, wire.ErrUnknownOutcome},
		{"a write without a body", bodiless, 1, wire.ErrUnknownOutcome},
		{"a form that writes", operation(wire.Write, keyless, wire.Multipart, wire.PgSigPayment), 1, wire.ErrUnknownOutcome},
		{"a write by its key", operation(wire.Write, firstBody, wire.JSON, wire.JWSHS256), 3, wire.ErrUnknownOutcome},
		{"a read", operation(wire.Read, keyless, wire.JSON, wire.JWSHS256), 3, wire.ErrTemporary},
	} {
		for _, e := range endings {
			base, transport, arrived := framed(t, e)
			caller, err := middleware.NewCaller(wire.Environment(base), credentials, middleware.WithTransport(transport), newSleeps().option())
			if err != nil {
				t.Fatal(err)
			}
			var meta wire.Meta
			err = caller.Do(t.Context(), c.op, ask(firstBody), nil, wire.WithMeta(&meta))
			if !errors.Is(err, c.want) || errors.Is(err, wire.ErrCanceled) || !strings.Contains(err.Error(), "was not sent again") {
				t.Errorf("%s, %s: %v", c.name, e.name, err)
			}
			if got := arrived.Load(); got != int64(c.sent) || meta.Attempts != c.sent {
				t.Errorf("%s, %s: arrived %d times in %d attempts, want %d", c.name, e.name, got, meta.Attempts, c.sent)
			}
		}
	}
}

// The same holds for whoever uses the http.Client alone.
func TestHTTPClientSendsOnceOverHTTP2(t *testing.T) {
	for _, e := range endings {
		base, transport, arrived := framed(t, e)
		client := middleware.NewHTTPClient(0, transport)
		resp, err := client.Post(base, "text/plain", strings.NewReader("pay"))
		if err == nil {
			_ = resp.Body.Close()
		}
		if got := arrived.Load(); err == nil || got != 1 || !strings.Contains(err.Error(), "was not sent again") {
			t.Errorf("%s: arrived %d times, %v", e.name, got, err)
		}
	}
}

// A header field by which net/http takes a request for one that may be repeated is
// nothing that this API knows.
func TestUnknownKeyIsNotRelied(t *testing.T) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		p := newPeer(t, script(good, lost)) // on one connection: net/http repeats on no new one
		caller, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithEditor(setHeader(name, "7")))
		if err != nil {
			t.Fatal(err)
		}
		op := operation(wire.Write, keyless, wire.JSON, wire.JWSHS256)
		if err := caller.Do(t.Context(), op, ask(keyless), nil); err != nil {
			t.Fatal(err)
		}
		err = caller.Do(t.Context(), op, ask(keyless), nil)
		if got := len(p.arrived()); !errors.Is(err, wire.ErrUnknownOutcome) || got != 2 {
			t.Errorf("%s: two calls arrived %d times, %v", name, got, err)
		}
	}
}

// Of an answer that switches to another protocol nothing is read: no timeout and no
// context would end that.
func TestSwitchedProtocol(t *testing.T) {
	hijacked := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		for err == nil { // until the client has gone
			_, err = conn.Write(make([]byte, 1<<16))
		}
	}
	follows := middleware.WithHTTPClient(doerFunc(new(http.Client).Do))
	for _, opts := range [][]middleware.Option{nil, {follows}} {
		p := newPeer(t, hijacked)
		answered, err := clientAdd.do(t.Context(), p.base(), opts)
		e := mustFail(t, clientAdd, answered, err)
		if e.Kind != wire.ErrUnexpectedAnswer || !e.OutcomeUnknown || e.Meta.Status != 101 || e.Meta.Body.Len() != 0 || e.Unwrap() != nil {
			t.Errorf("%v, with %v", err, e.Meta.Body)
		}
	}
	p := newPeer(t, hijacked)
	resp, err := middleware.NewHTTPClient(0, nil).Get(p.base())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); len(body) > 0 || err != nil {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

// A transport that gives nothing, as a test's may, is no reason to panic with the
// request sent.
func TestTransportThatGivesNothing(t *testing.T) {
	for name, resp := range map[string]*http.Response{"no answer": nil, "no body": {StatusCode: 500}} {
		give := func(*http.Request) (*http.Response, error) {
			if resp == nil {
				return nil, nil
			}
			mine := *resp
			return &mine, nil
		}
		for _, opt := range []middleware.Option{
			middleware.WithTransport(roundTripper(give)), middleware.WithHTTPClient(doerFunc(give)),
		} {
			answered, err := clientAdd.do(t.Context(), "https://pay.example", []middleware.Option{opt})
			if e := mustFail(t, clientAdd, answered, err); e.Kind != wire.ErrUnknownOutcome {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// What an answer's body is read in lives as long as the body does, and no longer.
func TestContextOfAnAnswer(t *testing.T) {
	var ended func() error
	var broken error
	client := middleware.NewHTTPClient(0, roundTripper(func(req *http.Request) (*http.Response, error) {
		ended = req.Context().Err
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("whole")), Request: req}, broken
	}))
	client.Timeout = 0 // of which http.Client makes a context of its own
	resp, err := client.Get("https://pay.example")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "whole" || err != nil || ended() != nil {
		t.Errorf("%q, %v, %v", body, err, ended())
	}
	_ = resp.Body.Close()
	if ended() == nil {
		t.Error("the context outlives the answer")
	}
	broken = errors.New("broken")
	if resp, err := client.Get("https://pay.example"); !errors.Is(err, broken) || resp != nil || ended() == nil {
		t.Errorf("%v, and the context ended: %v", err, ended())
	}
}
