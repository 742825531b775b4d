package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// SignatureHeader is the header field with the detached JWS.
const SignatureHeader = jws.SignatureHeader

// JWSOptions configure [JWS].
type JWSOptions struct {
	// Scheme is one of the JWS schemes of package wire. It decides the
	// members of the protected header and the algorithm.
	Scheme wire.Scheme
	// Credentials give the identity and the key.
	Credentials wire.CredentialsProvider
	// Algorithm overrides the scheme's own: a mirror of the Card API's
	// documentation says HS256 where the dated page says HS512. The zero
	// value keeps the scheme's.
	Algorithm jws.Algorithm
	// StripPrefix is removed from the front of the path that is signed. It is
	// for a proxy that adds it and takes it away again before Freedom Pay.
	StripPrefix string
}

// JWS sets X-JWS-Signature to a detached JWS over the request's exact body
// bytes, at most 16 MiB of them; a request without a body is signed over an
// empty payload.
//
// As a client-level editor of an oapi-codegen client it runs before editors
// that are given to a single call: one of those that changes body, method or
// path breaks the signature, and Freedom Pay refuses the request. Run it from
// [NewDoer] to make that impossible.
//
// An editor cannot keep the client from following a redirect, and
// http.DefaultClient, which an oapi-codegen client takes when it is given no
// other, does follow one: it sends the signature to whatever host the answer
// names, and after a 307 or 308 the body with it. Give the client
// [NewHTTPClient].
func JWS(o JWSOptions) RequestEditorFn {
	return func(ctx context.Context, req *http.Request) error {
		cred, err := provide(ctx, o.Credentials)
		if err != nil {
			return err
		}
		// Package jws would refuse both too, in its own words.
		if cred.ID == "" {
			return errors.New("middleware: the credentials hold no id")
		}
		if cred.Secret.Reveal() == "" {
			return errors.New("middleware: the credentials hold no secret")
		}
		header, err := protectedHeader(req, cred.ID, o)
		if err != nil {
			return err
		}
		signer, err := jws.NewSigner([]byte(cred.Secret.Reveal()))
		if err != nil {
			return err
		}
		body, err := takeBody(req)
		if err != nil {
			return err
		}
		value, err := signer.Sign(header, body)
		if err != nil {
			return err
		}
		req.Header.Set(SignatureHeader, value)
		return nil
	}
}

// protectedHeader describes req as the scheme in o wants it described.
func protectedHeader(req *http.Request, identity string, o JWSOptions) (jws.Header, error) {
	uri, _, _ := strings.Cut(req.URL.RequestURI(), "?") // as the request line has it
	h := jws.Header{
		Method:   req.Method,
		Identity: identity,
		URI:      uri,
	}
	if h.Method == "" {
		h.Method = http.MethodGet // as http.Request says of an empty method
	}
	if o.StripPrefix != "" {
		uri, ok := strings.CutPrefix(h.URI, o.StripPrefix)
		if !ok || !strings.HasPrefix(uri, "/") {
			return h, fmt.Errorf("middleware: the path to sign does not start with the prefix %q", o.StripPrefix)
		}
		h.URI = uri
	}
	switch o.Scheme {
	case wire.JWSHS256:
		h.Form, h.Algorithm = jws.FormURI, jws.HS256
	case wire.JWSHS512:
		h.Form, h.Algorithm = jws.FormURI, jws.HS512
	case wire.JWSMerchant2025:
		h.Form, h.Algorithm = jws.FormPath, jws.HS512
	default:
		return h, fmt.Errorf("middleware: %q is not a JWS scheme", o.Scheme)
	}
	if o.Algorithm != 0 {
		h.Algorithm = o.Algorithm
	}
	return h, nil
}
