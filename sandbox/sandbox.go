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
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
	cardserver "github.com/freedompay-go/freedompay/gen/card/server"
	"github.com/freedompay-go/freedompay/gen/gateway"
	gatewayserver "github.com/freedompay-go/freedompay/gen/gateway/server"
	"github.com/freedompay-go/freedompay/gen/installment"
	installmentserver "github.com/freedompay-go/freedompay/gen/installment/server"
	"github.com/freedompay-go/freedompay/gen/merchant"
	merchantserver "github.com/freedompay-go/freedompay/gen/merchant/server"
	"github.com/freedompay-go/freedompay/gen/partner"
	partnerserver "github.com/freedompay-go/freedompay/gen/partner/server"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// Options configure a sandbox.
type Options struct {
	// Credentials are the identity and the secrets that requests must be
	// signed with. The identity is the auth_id of the Partner and Card APIs
	// and the merchant id of the Merchant and Gateway APIs, so it has to be a
	// number. Without a secret for payouts that for payments serves for both.
	Credentials wire.Credentials
	// URL is the address under which the sandbox is called, as in
	// "https://sandbox.example", where it is not that of the request: behind a
	// proxy, say. The sandbox's own pages are given out under it.
	URL string
	// Now is the clock; nil is time.Now. It is read, and never waited for: let it
	// jump with [Sandbox.Advance].
	Now func() time.Time
	// Speed is how many seconds of the sandbox are in one of the clock's, from 1 to
	// 86400; 0 is 1. Lifetimes, holds and the repeats of callbacks go by it, and
	// timeouts do not.
	Speed int64
	// CheckURL and ResultURL are the addresses in the shop's settings, which count
	// where a request names none: whom to ask before a payment, and whom to tell what
	// became of it.
	CheckURL, ResultURL string
	// Transport makes the calls to the merchant; nil is one like net/http's own,
	// which asks no proxy and keeps no connections.
	Transport http.RoundTripper
	// CallTimeout is how long the merchant has to answer, in real time; 0 is 30
	// seconds.
	CallTimeout time.Duration
	// Logger gets the reason of every refusal; of a refused signature the
	// diagnosis and what was expected to be signed: of a JWS the header, and the
	// length and hash of the payload; of a pg_sig the names of the fields. nil
	// discards.
	Logger *slog.Logger
	// ProductionLike keeps the diagnosis out of answers, as the real Freedom Pay does,
	// and the members whose names begin with sandbox_: every refusal of a signature is
	// then one and the same answer to the byte, but that pg_sig has one for a wrong
	// signature and one for a merchant that there is not.
	ProductionLike bool
	// PayoutBalances are the money for payouts to begin with, by currency, with at
	// most two decimals; nil is 1000000.00 KZT.
	PayoutBalances map[string]wire.Decimal
	// Rates are the exchange rates of transfers; nil is [DefaultRates].
	Rates []Rate
	// Repeats lets verify.Repeats stand before the state, with this store: what is
	// documented to be known by a key is carried out once for all sandboxes that share
	// it. A repeat gets the first answer then, to the byte, or the documented error, and
	// another request with the key is refused with HTTP 409. nil is the state's own
	// memory, which gives the first answer to that too, and has what a repeat asked for
	// in its requests.
	Repeats repeat.Store
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
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.URL != "" && !isAddress(o.URL) {
		return nil, errors.New("sandbox: its own address must be absolute, with http or https")
	}
	o.URL = strings.TrimSuffix(o.URL, "/")
	for _, address := range []string{o.CheckURL, o.ResultURL} {
		if address != "" && !isAddress(address) {
			return nil, errors.New("sandbox: the addresses of callbacks must be absolute, with http or https")
		}
	}
	clock, err := newClock(o)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{state: newState(clock, o.Logger, merchantID), opts: o, mux: http.NewServeMux()}
	s.calls = newCalls(o, clock, s.secret)
	if s.out, err = newOutgoing(o); err != nil {
		return nil, err
	}
	cards := cardserver.NewHandler(cardService{s.state, o.ProductionLike}, s.serving())
	partners := partnerserver.NewHandler(partnerService{s.state}, s.serving())
	for _, api := range []jsonAPI{
		{"/v5/partner/", wire.JWSHS256, partner.Operations(), partners},
		{"/api/v5/partner/", wire.JWSHS256, partner.Operations(), partners}, // a page has the path of one call so
		{"/v5/card-api/", wire.JWSHS512, card.Operations(), cards},
		{"/v5/cards/", wire.JWSHS512, card.Operations(), cards},
		{"/v5/merchant/", wire.JWSHS256, merchant.Operations(), merchantserver.NewHandler(merchantService{s.state}, s.serving())},
		{"/v5/installment/", wire.JWSHS256, installment.Operations(), installmentserver.NewHandler(installmentService{s.state}, s.installmentServing())},
		{"/v5/g2g/", wire.JWSHS256, gateway.Operations(), s.asyncRequests(gatewayserver.NewHandler(gatewayService{s.state}, s.asyncServing()))},
	} {
		if err := s.mountJSON(api); err != nil {
			return nil, err
		}
	}
	gatewayForms, gatewayErr := s.repeats(gateway.Operations(), gatewayserver.NewHandler(gatewayService{s.state}, s.formServing()))
	merchantForms, merchantErr := s.repeats(merchant.Operations(), toCVC(merchantserver.NewHandler(merchantService{s.state}, s.formServing())))
	if err := errors.Join(gatewayErr, merchantErr); err != nil {
		return nil, err
	}
	gatewayAPI := formAPI{gateway.Operations(), http.StatusOK, answersFirst(gatewayForms)}
	merchantAPI := formAPI{merchant.Operations(), http.StatusUnauthorized, answersFirst(merchantForms)}
	if err := errors.Join(s.mount(gatewayAPI), s.mount(merchantAPI), s.mountDirect(merchantAPI)); err != nil {
		return nil, err
	}
	s.mountFreedomID()
	s.mux.HandleFunc("POST /_sandbox/invoices", s.createInvoice)
	s.cardDoors()
	s.mux.HandleFunc("POST /_sandbox/settlements", s.createSettlement)
	s.mux.HandleFunc("POST /_sandbox/wallets/operations", s.recordWalletOperation)
	s.payerPages()
	s.merchantPages()
	s.callbackPages()
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
	s.mux.ServeHTTP(w, s.withBase(r))
}

// Format prints whose sandbox it is, whatever the verb.
func (s Sandbox) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sandbox of "+s.opts.Credentials.ID)
}

// LogValue says whose sandbox it is.
func (s Sandbox) LogValue() slog.Value {
	return slog.StringValue("sandbox of " + s.opts.Credentials.ID)
}

// failure is an error that goes out in the common form of the Partner API:
// HTTP 200 with status, error_description and dt. No codes are documented for
// the operations that give it.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }

// serving are the options of the generated handlers.
func (s *Sandbox) serving() serve.Options {
	return serve.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
		s.logRefusal(r, err)
		if w.Header().Get(requestStatusHeader) != "" {
			w.Header().Set(requestStatusHeader, "error")
		}
		if a := (*absent)(nil); errors.As(err, &a) {
			writeJSON(w, http.StatusNotFound, map[string]string{"error_description": a.text})
			return
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

// logRefusal logs why a request was refused. A path that no operation has may be
// anything, and is not logged.
func (s *Sandbox) logRefusal(r *http.Request, err error) {
	path := r.URL.Path
	refused, own := (*serve.Refusal)(nil), refusal("")
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound && !errors.As(err, &own) {
		path = "of no operation"
	}
	s.opts.Logger.WarnContext(r.Context(), "request refused", "reason", err.Error(), "method", r.Method, "path", path)
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
