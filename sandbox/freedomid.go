package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/freedomid"
	freedomidserver "github.com/freedompay-go/freedompay/gen/freedomid/server"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// The lifetimes that the pages' examples show.
const (
	accessLifetime  = 7 * 24 * time.Hour
	refreshLifetime = 28 * 24 * time.Hour
)

// passport is the Freedom ID API, with a state of its own under the sandbox's lock.
// The credentials of the sandbox are the id and the secret of its one client.
type passport struct {
	*state
	credentials wire.Credentials

	users    []*user
	logins   map[string]*login         // by track_id, until they are over
	codes    map[string]*login         // by authorization code, until it is spent
	tokens   map[string]*tokens        // by access token
	refresh  map[string]*tokens        // by refresh token, until it is spent
	profiles map[string]*profileAsking // by the access token's user and the request id
}

// mountFreedomID puts the Freedom ID API and its pages into the sandbox.
func (s *Sandbox) mountFreedomID() {
	p := &passport{
		state: s.state, credentials: s.opts.Credentials,
		users:  []*user{exampleUser()},
		logins: map[string]*login{}, codes: map[string]*login{},
		tokens: map[string]*tokens{}, refresh: map[string]*tokens{},
		profiles: map[string]*profileAsking{},
	}
	options := serve.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
		s.logRefusal(r, err)
		writeLoginError(w, r, err)
	}}
	api := p.authorized(options, freedomidserver.NewHandler(p, options))
	s.mux.Handle("/api/v1/oauth/", api)
	s.mux.Handle("/api/v1/oidc/", api)
	s.mux.HandleFunc("GET /openid", s.browsed(p.beginOpenID))
	s.mux.HandleFunc("GET "+loginPath, s.browsed(p.showLogin))
	s.mux.HandleFunc("POST "+loginPath, s.browsed(p.logIn))
}

// loginError is an error in the form of the Freedom ID API. That some of them have
// an HTTP status of their own is not documented; without one it is 200, as it is.
type loginError struct {
	status  int
	message string
	code    int64 // none: 0
	errors  map[string][]string
}

func (e *loginError) Error() string { return e.message }

// The errors whose texts and codes the pages show.
var (
	errCode = &loginError{message: "Invalid authorization_code.", code: 100101}
	// A code of this one is not known.
	errNotAuthorized = &loginError{status: http.StatusUnauthorized, message: "Unauthorized."}
)

// invalid is the error of a request with something wrong in the given member.
func invalid(member, text string) *loginError {
	return &loginError{message: "Error validating transmitted data.", errors: map[string][]string{member: {text}}}
}

// writeLoginError answers with an error: 200 with an error object, in the two forms
// that the pages show.
func writeLoginError(w http.ResponseWriter, r *http.Request, err error) {
	e := (*loginError)(nil)
	broken := wire.Violations(nil)
	switch {
	case errors.As(err, &e):
	case errors.As(err, &broken):
		e = &loginError{message: "Error validating transmitted data.", errors: map[string][]string{}}
		for _, v := range broken {
			name := strings.TrimPrefix(v.Path, "$.")
			e.errors[name] = append(e.errors[name], "The "+name+" breaks a limit: "+v.Rule+".")
		}
	default:
		serve.WriteError(w, r, err)
		return
	}
	object := map[string]any{"message": e.message}
	if e.code != 0 {
		object["code"] = e.code
	}
	if e.errors != nil {
		object["errors"] = e.errors
	}
	status := http.StatusOK
	if e.status != 0 {
		status = e.status
	}
	writeJSON(w, status, map[string]any{"error": object})
}

type bearerKey struct{}

// authorized lets through what is called with the client's id and secret, or with
// a token, whichever the operation takes. What a token is good for the operation
// finds out.
func (p *passport) authorized(options serve.Options, next http.Handler) http.Handler {
	find := options.Find(freedomid.Operations())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := find(r)
		switch op.Security {
		case wire.Basic:
			id, secret, ok := r.BasicAuth()
			known := subtle.ConstantTimeCompare([]byte(id), []byte(p.credentials.ID)) &
				subtle.ConstantTimeCompare([]byte(secret), []byte(p.credentials.Secret.Reveal()))
			if !ok || known != 1 {
				options.Error(w, r, errNotAuthorized)
				return
			}
		case wire.Bearer:
			token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok || token == "" {
				options.Error(w, r, errNotAuthorized)
				return
			}
			r = r.WithContext(context.WithValue(r.Context(), bearerKey{}, wire.NewSecret(token)))
		}
		next.ServeHTTP(w, r)
	})
}

// bearer is the token that a call was made with.
func bearer(ctx context.Context) string {
	token, _ := ctx.Value(bearerKey{}).(wire.Secret)
	return token.Reveal()
}

// newToken is a token of 128 letters and digits, as the pages have it.
func newToken() string {
	var b strings.Builder
	for b.Len() < 128 {
		b.WriteString(rand.Text())
	}
	return b.String()[:128]
}
