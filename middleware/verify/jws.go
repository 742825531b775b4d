package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// SignatureHeader is the request header that holds the detached JWS.
const SignatureHeader = jws.SignatureHeader

// The causes of a refusal besides those of package jws.
var (
	errHeaderCount = errors.New("not exactly one " + SignatureHeader + " header")
	errHeaderSize  = errors.New(SignatureHeader + " header too long")
	errBody        = errors.New("body could not be read")
	errTooLarge    = errors.New("body too large")
	errForm        = errors.New("form of the header is not the configured one")
	errAlgorithm   = errors.New("algorithm is not the configured one")
	errIdentity    = errors.New("identity has no keys")
	errLookup      = errors.New("keys could not be looked up")
)

// JWS returns middleware that verifies the detached JWS of a request and calls
// the next handler with the verified bytes as its body. See the package comment
// for what it promises; [IdentityFrom] tells the handler who called. The error
// says what is wrong with opts.
func JWS(opts Options) (func(http.Handler) http.Handler, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	v := &verifier{
		gate:  newGate(opts.MaxBody, opts.Logger, opts.Refuse),
		opts:  opts,
		dummy: wire.NewSecret(rand.Text()),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v.serve(w, r, next) })
	}, nil
}

type verifier struct {
	gate
	opts  Options
	dummy wire.Secret // for identities without keys
}

func (v *verifier) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, identity, err := v.verify(w, r)
	if err != nil {
		v.refuse(w, r, identity, err)
		return
	}
	r = withBody(r.WithContext(context.WithValue(r.Context(), identityKey{}, identity)), body)
	next.ServeHTTP(w, r)
}

// verify returns the verified body and identity. With an error the identity is
// the claimed one, if any was read.
func (v *verifier) verify(w http.ResponseWriter, r *http.Request) (body []byte, identity string, err error) {
	values := r.Header.Values(SignatureHeader)
	if len(values) != 1 {
		return nil, "", errHeaderCount
	}
	signature := values[0]
	if len(signature) > jws.MaxSize {
		return nil, "", errHeaderSize
	}
	if body, err = v.readBody(w, r); err != nil {
		return nil, "", err
	}
	claimed, err := jws.Parse(signature)
	if err != nil {
		return nil, "", err
	}
	identity = claimed.Header.Identity
	switch {
	case claimed.Header.Algorithm != v.opts.Algorithm:
		return nil, identity, errAlgorithm
	case claimed.Header.Form != v.opts.Form:
		return nil, identity, errForm
	}
	signers, err := v.signers(r.Context(), identity)
	if err != nil {
		return nil, identity, err
	}
	want := jws.Header{
		Form:      v.opts.Form,
		Algorithm: v.opts.Algorithm,
		URI:       v.opts.PublicPath(r),
		Identity:  identity,
		Method:    r.Method,
	}
	if len(signers) == 0 {
		for _, s := range signersOf(v.dummy) {
			_ = s.Verify(signature, want, body)
		}
		return nil, identity, errIdentity
	}
	// Every key is tried, whichever fits.
	verified := false
	for _, s := range signers {
		if e := s.Verify(signature, want, body); e != nil {
			err = e
		} else {
			verified = true
		}
	}
	if !verified {
		return nil, identity, err
	}
	return body, identity, nil
}

// signers returns one signer for each secret of identity. A secret that is not
// set is none.
func (v *verifier) signers(ctx context.Context, identity string) ([]*jws.Signer, error) {
	secrets, err := v.opts.Keys(ctx, identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLookup, err)
	}
	return signersOf(secrets...), nil
}

func signersOf(secrets ...wire.Secret) []*jws.Signer {
	signers := make([]*jws.Signer, 0, len(secrets))
	for _, secret := range secrets {
		if s, err := jws.NewSigner([]byte(secret.Reveal())); err == nil {
			signers = append(signers, s)
		}
	}
	return signers
}
