package middleware

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// Option configures a client.
type Option func(*Caller) error

// WithBaseURL overrides the environment's base URL, with a path where the API
// is mounted under one.
func WithBaseURL(base string) Option {
	return func(c *Caller) error {
		c.rawBase = base
		return nil
	}
}

// WithPlainHTTP allows a base URL without TLS on another host than the local
// one. Answers are vouched for by TLS alone, so this is for test networks.
func WithPlainHTTP() Option {
	return func(c *Caller) error {
		c.plainHTTP = true
		return nil
	}
}

// WithHTTPClient sends through client. An *http.Client is copied and given
// this package's policy on redirects and answer size, and its timeout when it
// has none. Any other Doer is used as it is, except that the answer to another
// request than the signed one is refused: one that its Request tells to have
// followed a redirect, or to have gone to another URL.
//
// When client fails and had not reported to net/http/httptrace how far it
// came, as http.Transport does, a call that writes is taken as sent: its
// outcome is unknown.
func WithHTTPClient(client Doer) Option {
	return func(c *Caller) error {
		hc, ok := client.(*http.Client)
		if client == nil || ok && hc == nil {
			return errors.New("middleware: nil HTTP client")
		}
		if ok {
			client = withPolicy(hc)
		}
		c.doer = client
		return nil
	}
}

// WithTransport sends through transport, under this package's policy. What
// [WithHTTPClient] says of the answers of other Doers and of their failures
// holds for it too. The two options exclude each other.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *Caller) error {
		if transport == nil {
			return errors.New("middleware: nil transport")
		}
		c.transport = transport
		return nil
	}
}

// WithTimeout bounds each attempt; the default is [DefaultTimeout]. It has no
// effect on a client that [WithHTTPClient] gave.
func WithTimeout(d time.Duration) Option {
	return func(c *Caller) error {
		if d <= 0 {
			return fmt.Errorf("middleware: timeout %v is not positive", d)
		}
		c.timeout = d
		return nil
	}
}

// WithRequestIDSource takes the ids of calls from source instead of
// [NewRequestID]. It must be safe for concurrent use.
func WithRequestIDSource(source func() (string, error)) Option {
	return func(c *Caller) error {
		if source == nil {
			return errors.New("middleware: nil source of request ids")
		}
		c.newID = source
		return nil
	}
}

// WithRandom takes pg_salt from r instead of the system's cryptographic
// source. It must be safe for concurrent use.
func WithRandom(r io.Reader) Option {
	return func(c *Caller) error {
		c.random = r
		return nil
	}
}

// WithEditor lets edit change every request of the client. It runs before the
// editors of single calls and before the request is signed.
func WithEditor(edit RequestEditorFn) Option {
	return func(c *Caller) error {
		if edit == nil {
			return errors.New("middleware: nil editor")
		}
		c.editors = append(c.editors, edit)
		return nil
	}
}

// WithAlgorithm signs with another algorithm than the one the API's
// documentation states; see [JWSOptions].
func WithAlgorithm(a jws.Algorithm) Option {
	return func(c *Caller) error {
		c.algorithm = a
		return nil
	}
}

// WithPgSigOrder signs forms with the positions of their lists in another order
// than the default; it matters from the eleventh position on. The order is an
// open question of the documentation, see docs/signing.md.
func WithPgSigOrder(order pgsig.Order) Option {
	return func(c *Caller) error {
		if order != pgsig.OrderSample && order != pgsig.OrderName && order != pgsig.OrderNumber {
			return errors.New("middleware: unknown order of list positions")
		}
		c.order = order
		return nil
	}
}

// WithStripPrefix removes prefix from the path that is signed; see
// [JWSOptions].
func WithStripPrefix(prefix string) Option {
	return func(c *Caller) error {
		if !strings.HasPrefix(prefix, "/") || strings.HasSuffix(prefix, "/") {
			return fmt.Errorf("middleware: prefix %q must start with a slash and not end with one", prefix)
		}
		c.stripPrefix = prefix
		return nil
	}
}

// WithJSONBodies sends and signs JSON wherever an operation documents it
// beside a form; see wire.WithJSONBody for single calls.
func WithJSONBodies() Option {
	return func(c *Caller) error {
		c.jsonBodies = true
		return nil
	}
}

// parseBase checks a base URL. Its errors do not quote it: whatever is wrong
// with it, it may hold a password.
func parseBase(raw string, plainHTTP bool) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("middleware: no environment: name one, wire.KZTest for example, or give WithBaseURL")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("middleware: the base URL cannot be parsed; it begins with https:// and a host") // the parser's error would quote it
	}
	switch {
	case u.User != nil:
		return nil, errors.New("middleware: the base URL must hold no user or password")
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("middleware: the base URL is not an absolute http or https URL; it begins with https:// and a host")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("middleware: the base URL must have no query and no fragment")
	case u.Scheme == "http" && !plainHTTP && !isLocal(u.Hostname()):
		return nil, errors.New("middleware: the base URL is without TLS; WithPlainHTTP allows that")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
