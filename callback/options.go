package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
)

// What holds when no option says otherwise.
const (
	// DefaultTimeout is how long a function may take. How long Freedom Pay waits is
	// not documented.
	DefaultTimeout = 15 * time.Second
	// DefaultKeep is how long an outcome is kept. Freedom Pay repeats for two hours;
	// people repeat by hand, later.
	DefaultKeep = 72 * time.Hour
	// DefaultRefusalText is what the payer is shown when the function of a check
	// fails.
	DefaultRefusalText = "The payment cannot be made now. Please try again later."
)

// keepCheck is how long the outcome of a check is kept: for copies of one question,
// not for the payer who asks again a little later.
const keepCheck = time.Minute

// Option changes a [Receiver].
type Option func(*options)

type options struct {
	merchant        func(*http.Request) string
	publicPath      func(*http.Request) string
	script          func(*http.Request) (string, error)
	schemes         map[Kind]wire.Scheme
	unauthenticated map[Kind]bool
	store           repeat.Store
	keep, timeout   time.Duration
	logger          *slog.Logger
	refusal         http.Handler
	refusalText     string
	random          io.Reader
	problems        []error
}

// WithMerchant says whose callback a request is, for platforms with many shops: by
// a segment of the address, r.PathValue("merchant"), say. Most callbacks do not
// name their merchant. A request of no merchant, "", is refused.
func WithMerchant(merchant func(r *http.Request) string) Option {
	return func(o *options) { o.merchant = merchant }
}

// WithPublicPath returns the escaped path under which Freedom Pay called, for
// servers behind a proxy that changes the last segment. Without it, it is
// r.URL.EscapedPath(). Where the address has a query of its own, the path may be
// followed by that: see browser.ParseRedirect, which makes use of it.
func WithPublicPath(path func(r *http.Request) string) Option {
	return func(o *options) { o.publicPath = path }
}

// WithScript says the script name that a request is signed with, for addresses
// that end in a slash or have no path: what it is then is not documented. Without
// it, it is the last segment of the public path, and an address that has none is
// refused.
func WithScript(script func(r *http.Request) (string, error)) Option {
	return func(o *options) { o.script = script }
}

// WithScheme says that a kind is signed with the other secret than the one that is
// known: for payouts and saved cards no page says which.
func WithScheme(kind Kind, scheme wire.Scheme) Option {
	return func(o *options) {
		if schemes[kind] == "" || !scheme.IsPgSig() {
			o.problem("WithScheme(%q, %q): a kind and a scheme of pg_sig expected", kind, scheme)
			return
		}
		o.schemes[kind] = scheme
	}
}

// WithStore keeps claims and outcomes in a store that several servers share, or
// that outlives this one. Without it, they are in the memory of this process.
func WithStore(store repeat.Store) Option { return func(o *options) { o.store = store } }

// WithKeep says how long outcomes are kept. That of a check is kept for a minute:
// a payer who comes again later is to be asked for again.
func WithKeep(keep time.Duration) Option { return func(o *options) { o.keep = keep } }

// WithTimeout says how long a function may take; its context ends then. One that
// does not heed its context keeps its claim until it returns, or for twice that
// time: only then can it run again.
func WithTimeout(timeout time.Duration) Option { return func(o *options) { o.timeout = timeout } }

// WithLogger says why something was refused or failed. Without it, nobody learns.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithRefusal answers requests whose signature is not valid. It is told no cause.
// Without it, that is status 401 and {"error":"unauthorized"}.
func WithRefusal(refusal http.Handler) Option { return func(o *options) { o.refusal = refusal } }

// WithRefusalText is what the payer is shown when the function of a check fails.
func WithRefusalText(text string) Option { return func(o *options) { o.refusalText = text } }

// WithRandom is the source of pg_salt, instead of the system's cryptographic one.
// It must be safe for concurrent use.
func WithRandom(random io.Reader) Option { return func(o *options) { o.random = random } }

// WithUnauthenticated switches on kinds of which no page says how they are
// authenticated: anybody who knows the address can send them.
func WithUnauthenticated(kinds ...Kind) Option {
	return func(o *options) {
		for _, kind := range kinds {
			if !unauthenticated[kind] {
				o.problem("WithUnauthenticated(%q): not such a kind", kind)
			}
			o.unauthenticated[kind] = true
		}
	}
}

func (o *options) problem(format string, args ...any) {
	o.problems = append(o.problems, fmt.Errorf("callback: "+format, args...))
}

// newOptions adds up opts.
func newOptions(opts []Option) (*options, error) {
	o := &options{
		schemes: map[Kind]wire.Scheme{}, unauthenticated: map[Kind]bool{},
		keep: DefaultKeep, timeout: DefaultTimeout, refusalText: DefaultRefusalText,
	}
	for kind, scheme := range schemes {
		o.schemes[kind] = scheme
	}
	for _, opt := range opts {
		opt(o)
	}
	if o.keep <= 0 {
		o.problem("WithKeep(%v): not a time to keep anything for", o.keep)
	}
	if o.timeout <= 0 {
		o.problem("WithTimeout(%v): no function could succeed", o.timeout)
	}
	if o.store == nil {
		o.store = repeat.NewMemory()
	}
	if o.refusal == nil {
		o.refusal = http.HandlerFunc(refuse)
	}
	if o.logger == nil {
		o.logger = slog.New(slog.DiscardHandler)
	}
	return o, errors.Join(o.problems...)
}

// Keys returns the active credentials of a merchant: several while a secret is
// being replaced, none for a merchant that there is not. The merchant is what
// [WithMerchant] made of the request, not verified; without that it is "". An
// error means that the credentials could not be looked up: it is logged and
// answered with 503. Keys is called from many goroutines.
type Keys func(ctx context.Context, merchant string) ([]wire.Credentials, error)

// Static returns keys that are always the same, those of one shop: several while
// its secret is being replaced. They print as their identities.
func Static(credentials ...wire.Credentials) Keys {
	return func(context.Context, string) ([]wire.Credentials, error) { return credentials, nil }
}
