package sandbox_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// shop is a merchant with a sandbox of its own, and with a server to which
// payers' browsers come back.
type shop struct {
	t           *testing.T
	env         wire.Environment
	credentials wire.Credentials
	clock       *fakeClock
	gateway     *gateway.Client
	merchant    *merchant.Client
	sandbox     *sandbox.Sandbox
	url         string // of the shop's server
	visits      *visits
}

// visits are the requests of browsers that came back.
type visits struct {
	mu  sync.Mutex
	all []*http.Request
}

func (v *visits) add(r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(v.all, r)
}

// last returns the last visit and how many there were.
func (v *visits) last(t *testing.T) (r *http.Request, n int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.all) == 0 {
		t.Fatal("nobody came back")
	}
	return v.all[len(v.all)-1], len(v.all)
}

func openShop(t *testing.T) *shop {
	t.Helper()
	return openShopWith(t, sandbox.Options{})
}

// openShopWith opens a shop whose sandbox has the given options, but for the
// credentials and the clock.
func openShopWith(t *testing.T, o sandbox.Options) *shop {
	t.Helper()
	s := &shop{t: t, clock: &fakeClock{now: noon}, visits: new(visits)}
	s.credentials = wire.Credentials{ID: "123456", Secret: wire.NewSecret("secret"), PayoutSecret: wire.NewSecret("payout secret")}
	o.Credentials, o.Now = s.credentials, s.clock.Now
	if o.Transport == nil {
		o.Transport = here{}
	}
	handler, err := sandbox.New(o)
	must(t, err)
	t.Cleanup(handler.Close)
	s.sandbox = handler
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.env = wire.Environment(server.URL)
	s.gateway, err = gateway.New(s.env, s.credentials)
	must(t, err)
	s.merchant, err = merchant.New(s.env, s.credentials)
	must(t, err)
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		s.visits.add(r)
		_, _ = io.WriteString(w, "welcome back to "+r.URL.Path)
	}))
	t.Cleanup(mine.Close)
	s.url = mine.URL
	return s
}

// here is a transport that does not leave this machine: requests of the tests name
// addresses of others.
type here struct{}

func (here) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() != "127.0.0.1" {
		return nil, errors.New("not on this machine")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// checked makes a call that must succeed, with an answer that is signed and that
// leaves the documentation nowhere.
func checked[R, A any](s *shop, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R) A {
	s.t.Helper()
	var meta wire.Meta
	answer, err := call(s.t.Context(), request, wire.WithMeta(&meta))
	if err != nil {
		s.t.Fatalf("%s: %v", meta.Operation, err)
	}
	if meta.Signature != wire.AnswerVerified || len(meta.Deviations) > 0 {
		s.t.Errorf("%s: the answer is %s, deviations: %v", meta.Operation, meta.Signature, meta.Deviations)
	}
	return answer
}

// refused makes a call that must fail with the given code, in an answer that is
// signed.
func refused[R, A any](s *shop, code string, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R) *wire.Error {
	s.t.Helper()
	e := refusedUnsigned(s, code, call, request)
	if e.Meta.Signature != wire.AnswerVerified {
		s.t.Errorf("%s: error %s is %s", e.Meta.Operation, e.Code, e.Meta.Signature)
	}
	return e
}

func refusedUnsigned[R, A any](s *shop, code string, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R) *wire.Error {
	s.t.Helper()
	_, err := call(s.t.Context(), request, wire.WithoutValidation())
	e, ok := err.(*wire.Error)
	if !ok || e.Code != code {
		s.t.Fatalf("got %v, want error %s", err, code)
	}
	return e
}

// in is the shop in a test of its own.
func (s *shop) in(t *testing.T) *shop {
	again := *s
	again.t = t
	return &again
}

// reading is what the status of a payment says about the money.
func (s *shop) reading(paymentID string) wire.Reading {
	s.t.Helper()
	return s.status(paymentID).Reading()
}

func (s *shop) status(paymentID string) *gateway.PaymentStatusAnswer {
	s.t.Helper()
	return checked(s, s.gateway.PaymentStatus, &gateway.PaymentStatusRequest{PaymentID: paymentID, OrderID: "any"})
}

func (s *shop) is(paymentID string, want wire.Reading) {
	s.t.Helper()
	if got := s.reading(paymentID); got != want {
		s.t.Errorf("payment %s is %s, want %s", paymentID, got, want)
	}
}

// visitor is a payer's browser without JavaScript.
type visitor struct {
	t      *testing.T
	status int
	at     string // the address of the page
	body   string
}

func (s *shop) visitor() *visitor { return &visitor{t: s.t} }

// open follows an address, and redirects.
func (v *visitor) open(address string) *visitor {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	must(v.t, err)
	return v.send(r)
}

func (v *visitor) send(r *http.Request) *visitor {
	v.t.Helper()
	answer, err := http.DefaultClient.Do(r)
	must(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(v.t, err)
	v.status, v.at, v.body = answer.StatusCode, answer.Request.URL.String(), string(body)
	return v
}

var (
	formTag  = regexp.MustCompile(`<form method="([^"]*)" action="([^"]*)"`)
	inputTag = regexp.MustCompile(`<input type="(?:hidden|radio)" name="([^"]*)" value="([^"]*)"( checked)?>`)
)

// press sends the page's one form. filled are what the payer fills in, and the
// button.
func (v *visitor) press(filled ...string) *visitor {
	v.t.Helper()
	form := formTag.FindStringSubmatch(v.body)
	if form == nil {
		v.t.Fatalf("no form at %s: %s", v.at, v.body)
	}
	fields := url.Values{}
	for _, input := range inputTag.FindAllStringSubmatch(v.body, -1) {
		if strings.Contains(input[0], `type="hidden"`) || input[3] != "" {
			fields.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
		}
	}
	for i := 0; i+1 < len(filled); i += 2 {
		fields.Set(filled[i], filled[i+1])
	}
	action := html.UnescapeString(form[2])
	if strings.EqualFold(form[1], http.MethodGet) {
		return v.open(action + "?" + fields.Encode())
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, action, strings.NewReader(fields.Encode()))
	must(v.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// cameBack is the last redirect to the shop, verified by package browser.
func (s *shop) cameBack(own string) *browser.Redirect {
	s.t.Helper()
	r, _ := s.visits.last(s.t)
	if r.URL.Path != own {
		s.t.Fatalf("the browser came to %s, want %s", r.URL.Path, own)
	}
	back, err := browser.ParseRedirect(r, browser.RedirectOptions{Credentials: s.credentials})
	must(s.t, err)
	return back
}
