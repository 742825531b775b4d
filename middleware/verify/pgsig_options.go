package verify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// PgSigOptions configure [PgSig]. The functions are called from many goroutines;
// a request that they get holds the body, and what they read of it is theirs.
type PgSigOptions struct {
	// Keys returns the active secrets of an identity for a scheme: several while
	// one is being replaced, none for an identity that is unknown. Required. The
	// identity is as the request claims it, not verified, and of any content up to
	// the cap on bodies. An error means that the secrets could not be looked up; it
	// is logged and answered with 503.
	Keys func(ctx context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error)

	// Scheme says by which of the two secrets a request is signed; nil means
	// wire.PgSigPayment for all. A request with another scheme is refused.
	Scheme func(r *http.Request) wire.Scheme

	// Script says the script name that a request is signed with. nil means the
	// last segment of the public path, which a path that ends in a slash has not. A
	// request for which it fails is refused.
	Script func(r *http.Request) (string, error)

	// PublicPath returns the escaped path under which the client called. It is for
	// servers behind a proxy that changes the last segment. nil means
	// r.URL.EscapedPath().
	PublicPath func(r *http.Request) string

	// Identity is the field that says who calls; "" means pg_merchant_id.
	Identity string

	// Identify says who calls where the message need not: a callback comes to a
	// URL that its receiver has chosen. It takes the place of Identity. "" is
	// nobody; an error is treated as one of Keys.
	Identify func(ctx context.Context, r *http.Request) (string, error)

	// Order is how the positions of lists are sorted, which matters from the
	// eleventh on.
	Order pgsig.Order

	// MaxBody is the largest body, in bytes, and the longest query of a request
	// without one; 0 means [DefaultMaxBody]. A longer body is answered with 413.
	MaxBody int64

	// Random is the source of the pg_salt of answers; nil is the system's
	// cryptographic one. It must be safe for concurrent use.
	Random io.Reader

	// Logger receives the precise cause of each refusal. nil means none is
	// logged.
	Logger *slog.Logger

	// Refuse answers a request whose signature is not valid; nil means status 401
	// and {"error":"unauthorized"}. It is not told the cause and gets no body, so
	// that it cannot answer differently.
	Refuse http.Handler
}

// withDefaults returns o complete, or an error that says what is missing.
func (o PgSigOptions) withDefaults() (PgSigOptions, error) {
	switch {
	case o.Keys == nil:
		return o, errors.New("verify: PgSigOptions.Keys: required")
	case o.MaxBody < 0:
		return o, errors.New("verify: PgSigOptions.MaxBody: negative")
	case o.Order > pgsig.OrderNumber:
		return o, errors.New("verify: PgSigOptions.Order: no such order")
	case o.Identity != "" && o.Identify != nil:
		return o, errors.New("verify: PgSigOptions.Identity beside Identify")
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Scheme == nil {
		o.Scheme = func(*http.Request) wire.Scheme { return wire.PgSigPayment }
	}
	if o.PublicPath == nil {
		o.PublicPath = func(r *http.Request) string { return r.URL.EscapedPath() }
	}
	if o.Script == nil {
		o.Script = func(r *http.Request) (string, error) { return pgsig.ScriptName(o.PublicPath(r)) }
	}
	if o.Identity == "" {
		o.Identity = pgform.IdentityName
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Refuse == nil {
		o.Refuse = answer(http.StatusUnauthorized, `{"error":"unauthorized"}`)
	}
	return o, nil
}
