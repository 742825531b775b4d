package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"time"

	cardserver "github.com/freedompay-go/freedompay/gen/card/server"
	merchantserver "github.com/freedompay-go/freedompay/gen/merchant/server"
	partnerserver "github.com/freedompay-go/freedompay/gen/partner/server"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
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
	// Logger gets the reason of every refusal; of a refused signature the
	// diagnosis and the bytes that were expected to be signed. nil discards.
	Logger *slog.Logger
	// ProductionLike keeps the diagnosis out of answers, as the real Freedom
	// Pay does: every refusal is then one and the same answer to the byte.
	ProductionLike bool
}

// Sandbox is a Freedom Pay with a state of its own. It is an http.Handler and
// safe for concurrent use.
type Sandbox struct {
	*state
	opts Options
	mux  *http.ServeMux
}

// New returns a sandbox that holds one invoice, whose ids are those of the
// documentation's examples.
func New(o Options) (*Sandbox, error) {
	if o.Credentials.Secret.Reveal() == "" {
		return nil, errors.New("sandbox: the credentials hold no secret")
	}
	merchantID, err := strconv.ParseInt(o.Credentials.ID, 10, 64)
	if err != nil || merchantID <= 0 || o.Credentials.ID[0] == '0' {
		return nil, errors.New("sandbox: the identity must be a number, for it is the merchant id too")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Sandbox{state: newState(o.Now, merchantID), opts: o, mux: http.NewServeMux()}
	for _, api := range []struct {
		path      string
		form      jws.Form
		algorithm jws.Algorithm
		handler   http.Handler
	}{
		{"/v5/partner/", jws.FormURI, jws.HS256, partnerserver.NewHandler(partnerService{s.state}, s.serving())},
		{"/v5/card-api/", jws.FormURI, jws.HS512, cardserver.NewHandler(cardService{s.state}, s.serving())},
		{"/v5/merchant/", jws.FormPath, jws.HS512, merchantserver.NewHandler(merchantService{s.state}, s.serving())},
	} {
		verified, err := s.verified(api.form, api.algorithm, s.headers(api.handler))
		if err != nil {
			return nil, err
		}
		s.mux.Handle(api.path, verified)
	}
	s.mux.HandleFunc("POST /_sandbox/invoices", s.createInvoice)
	return s, nil
}

// ServeHTTP answers a request.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The router would redirect to the path as it should be, which is an answer
	// to a request whose signature nobody has looked at.
	clean := path.Clean(r.URL.Path)
	if r.URL.Path != clean && r.URL.Path != clean+"/" {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "no such path"})
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Format prints whose sandbox it is, whatever the verb.
func (s Sandbox) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sandbox of "+s.opts.Credentials.ID)
}

// LogValue says whose sandbox it is.
func (s Sandbox) LogValue() slog.Value {
	return slog.StringValue("sandbox of " + s.opts.Credentials.ID)
}

// requestStatusHeader is a header field of answers of Partner > Invoices, which
// does not say what stands in it. The pages of the asynchronous Gateway API
// show success and error in the field of the same name.
const requestStatusHeader = "X-Request-Status"

// headers adds the header fields that answers of Partner > Invoices have.
func (s *Sandbox) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v5/partner/invoices/info" {
			if id := r.Header.Get(middleware.RequestIDHeader); id != "" {
				w.Header().Set(middleware.RequestIDHeader, id)
			}
			w.Header().Set("X-Datetime", s.dt().String())
			w.Header().Set(requestStatusHeader, "success")
		}
		next.ServeHTTP(w, r)
	})
}

// failure is an error that goes out in the common form of the Partner API:
// HTTP 200 with status, error_description and dt. No codes are documented for
// the operations that give it.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }

// serving are the options of the generated handlers.
func (s *Sandbox) serving() serve.Options {
	return serve.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
		s.opts.Logger.WarnContext(r.Context(), "request refused", "reason", err.Error(), "method", r.Method, "path", r.URL.Path)
		if w.Header().Get(requestStatusHeader) != "" {
			w.Header().Set(requestStatusHeader, "error")
		}
		f := (*failure)(nil)
		if !errors.As(err, &f) {
			serve.WriteError(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, struct {
			Status      string `json:"status"`
			Description string `json:"error_description"`
			DT          string `json:"dt"`
		}{"error", f.text, s.dt().String()})
	}}
}

// writeJSON answers with v, which always encodes.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"internal error"}`)
	}
	w.Header().Set("Content-Type", string(wire.JSON))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
