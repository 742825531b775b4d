package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/wire"
)

// MaxBody is the longest body, or query of a request without one, in bytes. A
// longer one is answered with 413.
const MaxBody = 256 << 10

// Receiver makes the handlers of one merchant, or of a platform's many. It is safe
// for concurrent use, as are its handlers.
type Receiver struct {
	keys Keys
	*options
}

// New returns a receiver that verifies with what keys finds.
func New(keys Keys, opts ...Option) (*Receiver, error) {
	if keys == nil {
		return nil, errors.New("callback: no keys")
	}
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	return &Receiver{keys, o}, nil
}

// Format prints what it is, whatever the verb.
func (r Receiver) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "receiver of callbacks") }

// LogValue says what it is.
func (r Receiver) LogValue() slog.Value { return slog.StringValue("receiver of callbacks") }

// Merchant returns whose callback it is that a function was called for: what
// [WithMerchant] made of the request, now verified. Without that it is "".
func Merchant(ctx context.Context) string {
	merchant, _ := ctx.Value(merchantKey{}).(string)
	return merchant
}

type merchantKey struct{}

// anybody stands for the one merchant of a receiver without WithMerchant.
const anybody = "the merchant"

// log returns the logger of a kind.
func (r *Receiver) log(kind Kind) *slog.Logger { return r.logger.With("callback", string(kind)) }

// verified puts the verification of pg_sig before a handler.
func (r *Receiver) verified(kind Kind, next http.Handler) http.Handler {
	middleware, err := verify.PgSig(verify.PgSigOptions{
		Keys: func(ctx context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
			secrets, err := r.secrets(ctx, identity, scheme)
			if len(secrets) > 0 && !slices.ContainsFunc(secrets, wire.Secret.IsSet) {
				// Or else the log would only say that there are no keys.
				r.log(kind).WarnContext(ctx, "the credentials hold no secret for callbacks of this kind", "scheme", string(scheme))
			}
			return secrets, err
		},
		Scheme:     func(*http.Request) wire.Scheme { return r.schemes[kind] },
		Script:     r.script,
		PublicPath: r.publicPath,
		Identify:   func(_ context.Context, req *http.Request) (string, error) { return r.identity(req), nil },
		MaxBody:    MaxBody,
		Logger:     r.log(kind),
		Refuse:     r.refusal,
	})
	if err != nil {
		panic(err) // all of it is set above
	}
	return onlyForms(middleware(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.merchant != nil {
			identity, _ := verify.IdentityFrom(req.Context())
			req = req.WithContext(context.WithValue(req.Context(), merchantKey{}, identity))
		}
		next.ServeHTTP(w, req)
	})))
}

func (r *Receiver) identity(req *http.Request) string {
	if r.merchant == nil {
		return anybody
	}
	return r.merchant(req)
}

func (r *Receiver) secrets(ctx context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
	if r.merchant == nil {
		identity = ""
	}
	found, err := r.keys(ctx, identity)
	if err != nil {
		return nil, err
	}
	secrets := make([]wire.Secret, len(found))
	for i, c := range found {
		secrets[i] = c.Secret
		if scheme == wire.PgSigPayout {
			secrets[i] = c.PayoutSecret
		}
	}
	return secrets, nil
}

// onlyForms refuses methods that bring no form.
func onlyForms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet && req.Method != http.MethodPost {
			notAllowed(w, "GET, POST")
			return
		}
		if req.Body == nil { // a client's request, handed to the handler itself
			req = with(req, nil)
		}
		next.ServeHTTP(w, req)
	})
}

func notAllowed(w http.ResponseWriter, methods string) {
	w.Header().Set("Allow", methods)
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
}

// refuse is the answer to every signature that is not valid.
func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", string(wire.JSON))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":"unauthorized"}`)
}
