package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// The causes of a refusal besides those of packages pgform and codec.
var (
	errNoSignature = errors.New("no " + pgsig.SignatureName)
	errNoSalt      = errors.New("no " + pgsig.SaltName)
	errNoIdentity  = errors.New("not exactly one field says who signed")
	errScheme      = errors.New("scheme of the request is not pg_sig")
	errMismatch    = errors.New(pgsig.SignatureName + " is wrong")
)

// PgSig returns middleware that verifies the pg_sig of a request, in each of the
// forms of package pgform, and calls the next handler with the verified bytes as
// its body, or query. See the package comment for what it promises; [IdentityFrom]
// tells the handler who called, and [SealFrom] gives it what signs the answer. The
// error says what is wrong with opts.
//
// Verified are the fields of one form. The query of a request with a body is not
// signed, nor is the path but for its last segment, the script name: so
// Request.Form, which mixes body and query, is no safe way to read a field.
func PgSig(opts PgSigOptions) (func(http.Handler) http.Handler, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	v := &formVerifier{
		gate:  newGate(opts.MaxBody, opts.Logger, opts.Refuse),
		opts:  opts,
		dummy: wire.NewSecret(rand.Text()),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v.serve(w, r, next) })
	}, nil
}

type formVerifier struct {
	gate
	opts  PgSigOptions
	dummy wire.Secret // for identities without keys
}

func (v *formVerifier) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, err := v.readBody(w, r)
	if err != nil {
		v.refuse(w, r, "", err)
		return
	}
	identity, seal, err := v.verify(r, body)
	if err != nil {
		v.refuse(w, r, identity, err)
		return
	}
	ctx := context.WithValue(r.Context(), identityKey{}, identity)
	ctx = context.WithValue(ctx, sealKey{}, seal)
	next.ServeHTTP(w, withBody(r.WithContext(ctx), body))
}

// claim is what a request says of its signature.
type claim struct {
	identity  string
	scheme    wire.Scheme
	script    string
	fields    []pgsig.Field
	signature string
}

// verify returns who signed r, and what signs its answer. With an error the
// identity is the claimed one, if any was read.
func (v *formVerifier) verify(r *http.Request, body []byte) (identity string, seal *Seal, err error) {
	c, err := v.claim(r, body)
	if err != nil {
		return c.identity, nil, err
	}
	secrets, err := v.opts.Keys(r.Context(), c.identity, c.scheme)
	if err != nil {
		return c.identity, nil, fmt.Errorf("%w: %w", errLookup, err)
	}
	// Every key is tried, whichever fits.
	tried := 0
	for _, secret := range secrets {
		if secret.Reveal() == "" {
			continue // none: anybody could have signed with it
		}
		tried++
		if v.opts.Order.Verify(c.script, c.fields, secret.Reveal(), c.signature) {
			seal = &Seal{script: c.script, secret: secret, random: v.opts.Random}
		}
	}
	switch {
	case tried == 0:
		_ = v.opts.Order.Verify(c.script, c.fields, v.dummy.Reveal(), c.signature)
		return c.identity, nil, errIdentity
	case seal == nil:
		return c.identity, nil, errMismatch
	}
	return c.identity, seal, nil
}

// claim reads a request. With an error it holds the identity, if any was read.
func (v *formVerifier) claim(r *http.Request, body []byte) (c claim, err error) {
	again := func() *http.Request { return withBody(r.WithContext(r.Context()), body) }
	message, err := pgform.Read(r, body, codec.Limits{Bytes: int(min(v.opts.MaxBody, math.MaxInt32))})
	if err != nil {
		return c, err
	}
	if c.identity, err = v.identity(message, again); err != nil {
		return c, err
	}
	if c.fields, err = message.Fields(); err != nil {
		return c, err
	}
	c.signature, _ = message.Value(pgsig.SignatureName)
	salt, _ := message.Value(pgsig.SaltName)
	switch {
	case c.signature == "":
		return c, errNoSignature
	case salt == "":
		return c, errNoSalt
	}
	if c.scheme = v.opts.Scheme(again()); !c.scheme.IsPgSig() {
		return c, errScheme
	}
	c.script, err = v.opts.Script(again())
	return c, err
}

// identity returns who claims to have signed a message.
func (v *formVerifier) identity(message *pgform.Message, request func() *http.Request) (string, error) {
	if v.opts.Identify == nil {
		identity, n := message.Value(v.opts.Identity)
		if n != 1 || identity == "" {
			return "", errNoIdentity
		}
		return identity, nil
	}
	r := request()
	identity, err := v.opts.Identify(r.Context(), r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errLookup, err)
	}
	if identity == "" {
		return "", errNoIdentity
	}
	return identity, nil
}
