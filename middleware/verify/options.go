package verify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// DefaultMaxBody is the largest body that is read when [Options] does not say, in
// bytes. Most documented requests are of a few thousand; the longest one makes a
// client of the Card API, with the scan of a document of 2 MB in base64.
const DefaultMaxBody = 3 << 20

// Options configure [JWS].
type Options struct {
	// Algorithm is the one algorithm that is accepted. Required.
	Algorithm jws.Algorithm

	// Form is the one form of the header that is accepted; the zero value is
	// jws.FormURI.
	Form jws.Form

	// Keys returns the active secrets of an identity: several while one is being
	// replaced, none for an identity that is unknown. Required. The identity is
	// as the request claims it, not verified, and of any content up to a few
	// thousand bytes. An error means that the secrets could not be looked up; it
	// is logged and answered with 503. Keys is called from many goroutines.
	Keys func(ctx context.Context, identity string) ([]wire.Secret, error)

	// MaxBody is the largest body, in bytes; 0 means [DefaultMaxBody]. A longer
	// one is answered with 413.
	MaxBody int64

	// PublicPath returns the escaped path under which the client called, which is
	// the one that it signed. It is for servers behind a proxy that strips or adds
	// a prefix. nil means r.URL.EscapedPath().
	PublicPath func(r *http.Request) string

	// Logger receives the precise cause of each refusal. nil means none is
	// logged.
	Logger *slog.Logger

	// Refuse answers a request whose signature is not valid; nil means status 401
	// and {"error":"unauthorized"}. It is not told the cause and gets no body, so
	// that it cannot answer differently.
	Refuse http.Handler
}

// withDefaults returns o complete, or an error that says what is missing.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Algorithm.Size() == 0:
		return o, errors.New("verify: Options.Algorithm: jws.HS256 or jws.HS512 expected")
	case o.Form != jws.FormURI && o.Form != jws.FormPath:
		return o, errors.New("verify: Options.Form: jws.FormURI or jws.FormPath expected")
	case o.Keys == nil:
		return o, errors.New("verify: Options.Keys: required")
	case o.MaxBody < 0:
		return o, errors.New("verify: Options.MaxBody: negative")
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.PublicPath == nil {
		o.PublicPath = func(r *http.Request) string { return r.URL.EscapedPath() }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Refuse == nil {
		// Without WWW-Authenticate: there is no registered scheme to name.
		o.Refuse = answer(http.StatusUnauthorized, `{"error":"unauthorized"}`)
	}
	return o, nil
}

// answer returns a handler that always answers the same.
func answer(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // the client may be gone
	})
}
