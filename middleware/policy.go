package middleware

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// DefaultTimeout bounds one attempt of a call, from dialing to the last byte
// of the answer.
const DefaultTimeout = 30 * time.Second

// dialTimeout bounds dialing, the name's resolution included. Less than the
// attempt's: what comes too late here was certainly not sent, and can be sent
// again.
const dialTimeout = 10 * time.Second

// maxHeaderBytes caps the header of an answer; net/http's own cap of ten
// million bytes is more than this package lets a whole answer cost.
const maxHeaderBytes = 64 << 10

// errAnswerTooLarge is what reading an answer over the cap gives.
var errAnswerTooLarge = fmt.Errorf("the answer is larger than %d bytes", wire.MaxAnswerBytes)

// NewHTTPClient returns an http.Client with this package's transport policy:
//
//   - a redirect is an answer, never followed: a signed request and its body
//     go to the host they were made for and to no other;
//   - one attempt takes at most timeout ([DefaultTimeout] when 0);
//   - an answer's body fails to read after wire.MaxAnswerBytes;
//   - TLS 1.2 or better, HTTP/2 where the server speaks it, at most 10 seconds
//     each for dialing and for the TLS handshake, and at most 64 KiB of header
//     in an answer; connections are kept and used again, and the environment
//     names the proxy.
//
// A nil transport means a copy of http.DefaultTransport. One that is given is
// used as it is, so the last point is then up to it.
//
// It sends once, where net/http alone would send again over HTTP/2 what a server
// may have carried out. Only a [Caller] sends again, by its [RetryPolicy]; but
// net/http itself sends a request a second time of which nothing went out on a
// connection that the server had just closed, and over HTTP/1 a GET also when
// nothing came back on one.
//
// An answer that switches to another protocol has no body: nobody asked for it,
// and no timeout would end reading it.
//
// It is for clients that oapi-codegen generates, too: the http.Client that they
// make by default follows redirects, and what [JWS] put into the header goes
// along, to other hosts as well.
func NewHTTPClient(timeout time.Duration, transport http.RoundTripper) *http.Client {
	return withPolicy(&http.Client{Timeout: timeout, Transport: transport})
}

// refuseRedirect hands a redirect to the caller as the answer that it is.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func defaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody replaced it; theirs counts
	}
	t = t.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = new(tls.Config)
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	t.MaxResponseHeaderBytes = maxHeaderBytes
	t.ForceAttemptHTTP2 = true // a dialer or TLS options of one's own would turn it off
	t.DialContext = dialWithin(dialTimeout, t.DialContext)
	// The default of two would dial anew for every third call under load: all
	// calls go to one host.
	t.MaxIdleConnsPerHost = 32
	return t
}

// dialWithin bounds dial, or net's own dialing.
func dialWithin(d time.Duration, dial dialer) dialer {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return dial(ctx, network, address)
	}
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// withPolicy returns a copy of c under this package's policy.
func withPolicy(c *http.Client) *http.Client {
	clone := *c
	clone.CheckRedirect = refuseRedirect
	if clone.Transport == nil {
		clone.Transport = defaultTransport()
	}
	clone.Transport = cappedTransport{onceTransport{clone.Transport}}
	if clone.Timeout == 0 {
		clone.Timeout = DefaultTimeout
	}
	return &clone
}

// cappedTransport makes reading an answer over the cap an error. The cap holds
// after a content coding is undone, so a small bomb does not grow.
type cappedTransport struct{ next http.RoundTripper }

func (t cappedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp == nil || resp.Body == nil {
		return resp, err // http.Client knows what to make of nothing
	}
	dropSwitched(resp)
	resp.Body = &cappedBody{ReadCloser: resp.Body, left: wire.MaxAnswerBytes}
	return resp, nil
}

// dropSwitched takes the connection away from an answer that goes on in another
// protocol. Neither a context nor a timeout of net/http's ends what reads from it.
func dropSwitched(resp *http.Response) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close()
		resp.Body = http.NoBody
	}
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the
// transport behind.
func (t cappedTransport) CloseIdleConnections() { closeIdle(t.next) }

func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type cappedBody struct {
	io.ReadCloser
	left int
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errAnswerTooLarge
	}
	// One byte more than allowed is asked for: only that tells an answer of
	// exactly the cap from a larger one.
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		return n - 1, errAnswerTooLarge
	}
	return n, err
}
