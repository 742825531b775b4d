package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// Header fields that tell the owner of a sandbox why a signature was refused.
const (
	// DiagnosisHeader says what is wrong.
	DiagnosisHeader = "X-Sandbox-Diagnosis"
	// ExpectedHeader is the protected header that was expected, as JSON.
	ExpectedHeader = "X-Sandbox-Header"
	// PayloadHeader is the payload that was expected to be signed, base64url,
	// where it is short enough for a header field.
	PayloadHeader = "X-Sandbox-Payload"
)

// maxShown is the longest payload that goes into a header field, in bytes.
const maxShown = 4 << 10

// attempt is a request whose signature is being verified.
type attempt struct {
	recorded
	want jws.Header
}

type attemptKey struct{}

// verified lets only requests through whose signature is right, and shows the
// owner of the sandbox what is wrong with the others.
func (s *Sandbox) verified(scheme wire.Scheme, next http.Handler) (http.Handler, error) {
	form, algorithm := jws.FormURI, jws.HS256
	switch scheme {
	case wire.JWSHS512:
		algorithm = jws.HS512
	case wire.JWSMerchant2025:
		form, algorithm = jws.FormPath, jws.HS512
	}
	verified, err := verify.JWS(verify.Options{
		Algorithm: algorithm,
		Form:      form,
		Keys:      s.keys,
		Refuse:    http.HandlerFunc(s.refuse),
	})
	if err != nil {
		return nil, err
	}
	handler := verified(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &attempt{want: jws.Header{
			Form: form, Algorithm: algorithm, URI: r.URL.EscapedPath(),
			Identity: s.opts.Credentials.ID, Method: r.Method,
		}}
		r = r.WithContext(context.WithValue(r.Context(), attemptKey{}, a))
		a.record(r)
		handler.ServeHTTP(w, r)
	}), nil
}

// keys finds the keys of an identity: the sandbox has one of each.
func (s *Sandbox) keys(_ context.Context, identity string) ([]wire.Secret, error) {
	if identity != s.opts.Credentials.ID {
		return nil, nil
	}
	return []wire.Secret{s.opts.Credentials.Secret}, nil
}

// refuse is the one answer to a signature that is not right. What the sandbox
// shows is for its owner: test data, in a log and in header fields of their
// own. The real Freedom Pay shows nothing.
func (s *Sandbox) refuse(w http.ResponseWriter, r *http.Request) {
	if a, ok := r.Context().Value(attemptKey{}).(*attempt); ok {
		s.explain(w, r, a)
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
}

func (s *Sandbox) explain(w http.ResponseWriter, r *http.Request, a *attempt) {
	a.finish()
	diagnosis := explainCount(r.Header.Values(verify.SignatureHeader))
	if diagnosis == "" {
		d := diagnose.JWS(r.Header.Get(verify.SignatureHeader), a.want, a.body.Bytes(), []byte(s.opts.Credentials.Secret.Reveal()))
		diagnosis = strings.ReplaceAll(d.String(), "\n", ". ")
	}
	header, err := a.want.AppendJSON(nil)
	if err != nil {
		header = nil // a request line that cannot be signed at all
	}
	payload := sha256.Sum256(a.body.Bytes())
	s.opts.Logger.LogAttrs(r.Context(), slog.LevelWarn, "signature refused",
		slog.String("diagnosis", diagnosis),
		slog.String("method", r.Method),
		slog.String("path", a.want.URI),
		slog.String("expected header", string(header)),
		// Not the payload: there may be a card in it, or somebody's papers.
		slog.Int("payload bytes", a.body.Len()),
		slog.String("payload sha256", hex.EncodeToString(payload[:])),
	)
	if s.opts.ProductionLike {
		return
	}
	w.Header().Set(DiagnosisHeader, ascii(diagnosis))
	w.Header().Set(ExpectedHeader, ascii(string(header)))
	if a.body.Len() <= maxShown {
		w.Header().Set(PayloadHeader, base64.RawURLEncoding.EncodeToString(a.body.Bytes()))
	} else {
		w.Header().Set(PayloadHeader, "too long for a header field")
	}
}

// explainCount says what is wrong with the number of signatures, if anything.
func explainCount(values []string) string {
	switch len(values) {
	case 0:
		return "there is no header field " + verify.SignatureHeader
	case 1:
		return ""
	}
	return "there is more than one header field " + verify.SignatureHeader
}

// ascii makes a text fit for a header field.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
