package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	cardserver "github.com/freedompay-go/freedompay/gen/card/server"
	merchantserver "github.com/freedompay-go/freedompay/gen/merchant/server"
	partnerserver "github.com/freedompay-go/freedompay/gen/partner/server"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// Options configure a sandbox.
type Options struct {
	// Credentials are the identity and the secret that requests must be
	// signed with. The identity is the auth_id of the Partner and Card APIs
	// and the merchant id of the Merchant API, so it has to be a number.
	Credentials wire.Credentials
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger gets the reason of every refusal; nil discards.
	Logger *slog.Logger
}

// New returns a sandbox with the state of the documentation's examples. It is
// safe for concurrent use.
func New(o Options) (http.Handler, error) {
	if o.Credentials.ID == "" || o.Credentials.Secret.Reveal() == "" {
		return nil, errors.New("sandbox: the credentials need an identity and a secret")
	}
	if n, err := strconv.ParseUint(o.Credentials.ID, 10, 64); err != nil || strconv.FormatUint(n, 10) != o.Credentials.ID {
		return nil, errors.New("sandbox: the identity of the credentials has to be a number, as a merchant id is")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := newState(o.Now)
	serving := s.options(o.Logger)
	mux := http.NewServeMux()
	for _, api := range []struct {
		path      string
		form      jws.Form
		algorithm jws.Algorithm
		handler   http.Handler
	}{
		{"/v5/partner/", jws.FormURI, jws.HS256, partnerserver.NewHandler(partnerService{s}, serving)},
		{"/v5/card-api/", jws.FormURI, jws.HS512, cardserver.NewHandler(cardService{s}, serving)},
		{"/v5/merchant/", jws.FormPath, jws.HS512, merchantserver.NewHandler(merchantService{s}, serving)},
	} {
		verified, err := verify.JWS(verify.Options{
			Algorithm: api.algorithm,
			Form:      api.form,
			Keys:      o.keys,
			Logger:    o.Logger,
		})
		if err != nil {
			return nil, err
		}
		mux.Handle(api.path, verified(s.headers(api.handler)))
	}
	return mux, nil
}

// keys finds the keys of an identity: the sandbox has one of each.
func (o Options) keys(_ context.Context, identity string) ([]wire.Secret, error) {
	if identity != o.Credentials.ID {
		return nil, nil
	}
	return []wire.Secret{o.Credentials.Secret}, nil
}

// headers adds the header fields that answers of Partner > Invoices have. The
// value of X-Request-Status is documented nowhere; "success" is what the pages
// of the asynchronous Gateway API show in the field of the same name.
func (s *state) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v5/partner/invoices/info" {
			w.Header().Set(middleware.RequestIDHeader, r.Header.Get(middleware.RequestIDHeader))
			w.Header().Set("X-Datetime", s.dt().String())
			w.Header().Set("X-Request-Status", "success")
		}
		next.ServeHTTP(w, r)
	})
}

// failure is an error that goes out in the common form of the Partner API:
// HTTP 200 with status, error_description and dt. The sections of the five
// operations document no codes.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }

func (s *state) options(logger *slog.Logger) serve.Options {
	return serve.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
		logger.WarnContext(r.Context(), "request refused", "reason", err.Error(), "method", r.Method, "path", r.URL.Path)
		f := (*failure)(nil)
		if !errors.As(err, &f) {
			serve.WriteError(w, r, err)
			return
		}
		body, _ := json.Marshal(struct { // strings always encode
			Status      string `json:"status"`
			Description string `json:"error_description"`
			DT          string `json:"dt"`
		}{"error", f.text, s.dt().String()})
		w.Header().Set("Content-Type", string(wire.JSON))
		_, _ = w.Write(body)
	}}
}
