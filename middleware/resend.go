package middleware

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// errResent is the error for a request that net/http was about to send again.
var errResent = errors.New("the connection failed after the request was sent, and it was not sent again")

// onceTransport keeps net/http from sending a request again of which something
// went out.
//
// Over HTTP/2 net/http does that to any request, and without an end, when the
// server resets its stream with PROTOCOL_ERROR or REFUSED_STREAM, or says by a
// GOAWAY that it did not look at it. The first of them says nothing about what was
// done, and a server that is out of order says the others too. Over HTTP/1 it does
// so to a request with one of two header fields that this API does not know.
type onceTransport struct{ next http.RoundTripper }

func (t onceTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	var streamed atomic.Bool // the hooks are called from other goroutines
	refuse := func() {
		if streamed.Load() {
			cancel(errResent) // which HTTP/2 asks about right before it writes
		}
	}
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { refuse() },
		GotConn: func(httptrace.GotConnInfo) { refuse() },
		WroteHeaderField: func(name string, _ []string) {
			if strings.HasPrefix(name, ":") { // as only HTTP/2 has them
				streamed.Store(true)
			}
		},
	}
	sent := req.WithContext(httptrace.WithClientTrace(ctx, trace))
	if isCalledIdempotent(req.Header) {
		sent.GetBody = nil
	}
	resp, err := t.next.RoundTrip(sent)
	if err != nil && context.Cause(ctx) == errResent {
		err = errResent
	}
	if err != nil || resp == nil || resp.Body == nil {
		cancel(nil)
		return resp, err
	}
	resp.Body = cancelingBody{resp.Body, func() { cancel(nil) }}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the
// transport behind.
func (t onceTransport) CloseIdleConnections() { closeIdle(t.next) }

// isCalledIdempotent reports whether net/http takes a request with h for one that
// may be sent again.
func isCalledIdempotent(h http.Header) bool {
	return h["Idempotency-Key"] != nil || h["X-Idempotency-Key"] != nil
}

// cancelingBody is a body that lives as long as the context that it was asked for
// in.
type cancelingBody struct {
	io.ReadCloser
	cancel func()
}

func (b cancelingBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}
