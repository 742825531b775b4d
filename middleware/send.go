package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/freedompay-go/freedompay/wire"
)

// departure is how far a request came on its way out. The hooks of a transport
// set it from other goroutines.
type departure struct {
	handed   bool        // to the Doer
	dialing  atomic.Bool // a transport that reports what it does looks for a connection
	left     atomic.Bool // it has one: from here on bytes may leave at any time
	answered atomic.Bool // something came back
}

// mayHaveLeft reports whether request bytes may have left. Of a transport that
// reports nothing that has to be assumed.
func (d *departure) mayHaveLeft() bool { return d.left.Load() || d.handed && !d.dialing.Load() }

func (d *departure) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              func(string) { d.dialing.Store(true) },
		GotConn:              func(httptrace.GotConnInfo) { d.left.Store(true) },
		GotFirstResponseByte: func() { d.answered.Store(true) },
	}
}

var (
	errRedirected = errors.New("the HTTP client followed a redirect; the answer is not the signed request's")
	errNothing    = errors.New("the HTTP client gave neither an answer nor an error")
	errHeader     = errors.New("an editor set a header field that cannot be sent")
)

// sign signs req, last of all, so that nothing can change what was signed, and
// makes its body one that can be sent again and again.
func (x *exchange) sign(req *http.Request) *wire.Error {
	ctx := req.Context()
	// Asked here, because not every signer asks.
	if err := ctx.Err(); err != nil {
		return x.transportError(ctx, err)
	}
	if _, err := takeBody(req); err != nil {
		return x.editorError(ctx, err)
	}
	if err := x.signer()(ctx, req); err != nil {
		return x.editorError(ctx, err)
	}
	// The transport would find it too, but not say that nothing was sent.
	if !isSendable(req.Header) {
		return x.invalid(errHeader)
	}
	return nil
}

// send sends a copy of req, so that each attempt begins with the same bytes
// whatever a transport does to those it is given. With an error, departure tells
// whether it may have left.
func (x *exchange) send(req *http.Request) (*http.Response, error) {
	if x.out.handed {
		x.out = new(departure) // the hooks of the earlier attempt may still be called
	}
	// Asked here, because not every Doer asks before it sends.
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	sent := req.Clone(httptrace.WithClientTrace(req.Context(), x.out.trace()))
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	sent.Body = body
	x.out.handed = true
	x.meta.Attempts++
	resp, err := x.caller.doer.Do(sent)
	err = withoutURL(err, sent.URL)
	switch {
	case err != nil && x.out.answered.Load() && !isBroken(err):
		return nil, malformedError{err}
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, errNothing
	}
	x.out.left.Store(true) // whatever the transport reported, or did not
	if resp.Body == nil {  // of a Doer's own making
		resp.Body = http.NoBody
	}
	dropSwitched(resp)
	x.meta.Status, x.meta.Header = resp.StatusCode, resp.Header
	if x.seal != nil {
		x.meta.Signature = wire.AnswerUnsigned // until one is found
	}
	if isAnotherURL(resp.Request, sent) {
		_ = resp.Body.Close()
		return nil, errRedirected
	}
	return resp, nil
}

// signer returns the editor that signs this call.
func (x *exchange) signer() RequestEditorFn {
	c := x.caller
	switch x.scheme {
	case wire.Unsigned:
		return func(context.Context, *http.Request) error { return nil }
	case wire.Basic:
		return Basic(x.by)
	case wire.Bearer:
		return Bearer(x.opts.Bearer)
	case wire.PgSigPayment, wire.PgSigPayout:
		o := PgSigOptions{
			Scheme: x.scheme, Credentials: x.by, Random: c.random, Order: c.order,
			Script: cmp.Or(x.opts.Script, x.op.ScriptAt(x.path())),
		}
		return func(ctx context.Context, req *http.Request) (err error) {
			x.seal, err = o.sign(ctx, req)
			return err
		}
	default:
		return JWS(JWSOptions{
			Scheme: x.scheme, Credentials: x.by,
			Algorithm: c.algorithm, StripPrefix: c.stripPrefix,
		})
	}
}

// isSendable reports whether net/http would send h.
func isSendable(h http.Header) bool {
	for name, values := range h {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }) {
			return false
		}
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return false
			}
		}
	}
	return true
}

// isAnotherURL reports whether got, the request that was answered, is not the
// signed one. A Doer that does not say which one was answered is believed.
func isAnotherURL(got, signed *http.Request) bool {
	if got == nil || got.URL == nil {
		return false
	}
	// Response is set where net/http followed a redirect, if only to the same URL.
	return got.Response != nil || got.URL.String() != signed.URL.String()
}

// withoutURL takes off the wrapper that net/http puts around an error: it quotes
// the URL with its query, and passes for a network's error whatever it holds. A
// wrapper that a transport of the user's has wrapped again keeps its place, and
// its text loses the query.
func withoutURL(err error, u *url.URL) error {
	for {
		outer, ok := err.(*url.Error)
		if !ok {
			break
		}
		err = outer.Err
	}
	if err != nil && u.RawQuery != "" && strings.Contains(err.Error(), u.RawQuery) {
		return quietError{err, u.RawQuery}
	}
	return err
}

// quietError is an error whose text quoted the query of a request. What it is
// can be asked; it is not behind Unwrap, where whoever logs a chain of errors
// would find the text.
type quietError struct {
	cause error
	query string
}

func (e quietError) Error() string { return strings.ReplaceAll(e.cause.Error(), e.query, "…") }

func (e quietError) Is(target error) bool { return errors.Is(e.cause, target) }
func (e quietError) As(target any) bool   { return errors.As(e.cause, target) }

// Format prints Error's text for every verb; %#v would look inside.
func (e quietError) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, e.Error()) }

// malformedError is net/http's error for an answer that is not HTTP. It quotes
// the answer, so it stays behind Unwrap.
type malformedError struct{ cause error }

func (malformedError) Error() string   { return "the answer is not HTTP as it should be" }
func (e malformedError) Unwrap() error { return e.cause }

// isBroken reports whether err says that a connection or a context ended,
// and not that what came over it was malformed.
func isBroken(err error) bool {
	if netErr := net.Error(nil); errors.As(err, &netErr) {
		return true
	}
	for _, target := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// readAnswer reads the body of an answer up to the cap. What was read is
// returned beside an error.
//
// It allocates at most a third more than the cap in all, where reading into a
// bytes.Buffer would allocate four times as much.
func readAnswer(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close() // what is wrong then does not matter: all was read, or reading failed
	if resp.ContentLength > wire.MaxAnswerBytes {
		return nil, errAnswerTooLarge
	}
	// One byte more than is there, or allowed, finds the end, or too much. Four
	// steps of four lead from the first size to that.
	size := 16<<10 + 1
	if resp.ContentLength >= 0 {
		size = int(resp.ContentLength) + 1
	}
	body := make([]byte, 0, size)
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > wire.MaxAnswerBytes:
			return body[:wire.MaxAnswerBytes], errAnswerTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			grown := make([]byte, len(body), min(4*cap(body), wire.MaxAnswerBytes+1))
			copy(grown, body)
			body = grown
		}
	}
}
