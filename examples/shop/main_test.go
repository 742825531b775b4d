package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

const token = "the token"

// street is where the shop and its Freedom Pay are, and a payer with a browser.
type street struct {
	t       *testing.T
	sandbox *sandbox.Sandbox
	shop    *shop
	shopURL string
	payer   *http.Client
	parcels []string
	broken  error // what the next parcel fails with

	mu     sync.Mutex
	arrows []string // all that was said, in order
}

func openStreet(t *testing.T, o sandbox.Options) *street {
	t.Helper()
	s := &street{t: t}
	credentials := wire.NewCredentials("123456", "secret")
	o.Credentials = credentials
	var err error
	if s.sandbox, err = sandbox.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sandbox.Close)
	freedomPay := httptest.NewServer(s.heard("FreedomPay", s.sandbox))
	t.Cleanup(freedomPay.Close)
	mine := httptest.NewUnstartedServer(nil)
	s.shopURL = "http://" + mine.Listener.Addr().String()
	client, err := merchant.New(wire.Environment(freedomPay.URL), credentials)
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := callback.New(callback.Static(credentials), callback.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	s.shop = &shop{client: client, url: s.shopURL, token: token, orders: map[string]*order{}, parcel: func(_ context.Context, id string) error {
		if err := s.broken; err != nil {
			s.broken = nil
			return err
		}
		s.parcels = append(s.parcels, id)
		return nil
	}}
	mine.Config.Handler = s.heard("Shop", s.shop.routes(receiver))
	mine.Start()
	t.Cleanup(mine.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.payer = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// heard writes down what a server is asked and what it answers, as the arrows of a
// sequence diagram.
func (s *street) heard(who string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := "Payer"
		switch {
		case who == "FreedomPay" && !strings.HasPrefix(r.URL.Path, "/_sandbox/"):
			from = "Shop"
		case who == "Shop" && (strings.HasSuffix(r.URL.Path, "/check") || strings.HasSuffix(r.URL.Path, "/result")):
			from = "FreedomPay"
		case strings.HasSuffix(r.URL.Path, "/refund"):
			from = "Shopkeeper"
		}
		s.say(from + "->>" + who + ": " + r.Method + " " + s.name(r.URL.Path))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		s.say(who + "-->>" + from + ": " + fmt.Sprint(answer.Code) + status(answer.Body.Bytes()))
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

func (s *street) say(arrow string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrows = append(s.arrows, arrow)
}

// name is a path as the diagram has it: with words for what is random in it.
func (s *street) name(p string) string {
	switch {
	case strings.HasPrefix(p, "/orders/") && strings.HasSuffix(p, "/refund"):
		return "/orders/ORDER/refund"
	case strings.HasPrefix(p, "/orders/"):
		return "/orders/ORDER"
	case strings.HasPrefix(p, "/_sandbox/"):
		return "the payment page"
	}
	return p
}

// status is the pg_status of an answer in XML, if it has one.
func status(body []byte) string {
	var answer struct {
		Status string `xml:"pg_status"`
	}
	if xml.Unmarshal(body, &answer) != nil || answer.Status == "" {
		return ""
	}
	return " " + answer.Status
}

// get and press are what a payer does in a browser: open a page, and press a button
// of the form on it.
func (s *street) get(address string) (where *url.URL, text string) {
	s.t.Helper()
	resp, err := s.payer.Get(address)
	return s.follow(resp, err)
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

func (s *street) press(at *url.URL, text string, filled ...string) (where *url.URL, after string) {
	s.t.Helper()
	action := formAction.FindStringSubmatch(text)
	if action == nil {
		s.t.Fatalf("there is no form on\n%s", text)
	}
	values := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(text, -1) {
		values.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	for i := 0; i < len(filled); i += 2 {
		values.Set(filled[i], filled[i+1])
	}
	to, err := at.Parse(html.UnescapeString(action[1]))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.payer.PostForm(to.String(), values)
	return s.follow(resp, err)
}

func (s *street) follow(resp *http.Response, err error) (*url.URL, string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if location, err := resp.Location(); err == nil {
		return s.get(location.String())
	}
	return resp.Request.URL, string(body)
}

// The numbers of test cards: one that pays, and one that is declined.
const (
	goodCard = "4400444400004440"
	poorCard = "5475102935853613"
)

// buy buys tea and pays with a card.
func (s *street) buy(card string) (where *url.URL, text string) {
	s.t.Helper()
	at, text := s.get(s.shopURL + "/")
	at, text = s.press(at, text)
	return s.press(at, text, "card", card, "action", "pay")
}

// only returns the only order that there is.
func (s *street) only() *order {
	s.t.Helper()
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	for _, o := range s.shop.orders {
		copied := *o
		return &copied
	}
	s.t.Fatal("there is no order")
	return nil
}

func (s *street) refund(id, token string) int {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.shopURL+"/orders/"+id+"/refund", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// From the order to the parcel and back, as docs/callbacks.md draws it.
func TestFromOrderToParcel(t *testing.T) {
	s := openStreet(t, sandbox.Options{})
	_, text := s.buy(goodCard)
	o := s.only()
	if !strings.Contains(text, o.ID) || !strings.Contains(text, string(shipped)) || o.State != shipped || len(s.parcels) != 1 || s.parcels[0] != o.ID {
		t.Fatalf("%v, parcels %v, the payer sees\n%s", o, s.parcels, text)
	}
	if code := s.refund(o.ID, "no token"); code != http.StatusUnauthorized {
		t.Errorf("a refund for nobody: %d", code)
	}
	s.arrows = s.arrows[:len(s.arrows)-2] // that was no part of the story
	if code := s.refund(o.ID, token); code != http.StatusOK || s.only().State != refunded {
		t.Errorf("refund: %d, %v", code, s.only())
	}
	drawn := diagram(t, "../../docs/callbacks.md")
	if got := strings.Join(s.arrows, "\n"); got != drawn {
		t.Errorf("this happened:\n%s\n\nthe diagram says:\n%s", got, drawn)
	}
	if code := s.refund(o.ID, token); code != http.StatusConflict {
		t.Errorf("a second refund: %d", code)
	}
}

// diagram returns the arrows of the diagram in a document.
func diagram(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```mermaid\nsequenceDiagram\n")
	drawn, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatalf("%s has no sequence diagram", path.Base(name))
	}
	var arrows []string
	for line := range strings.Lines(drawn) {
		if line = strings.TrimSpace(line); strings.Contains(line, ">>") {
			arrows = append(arrows, line)
		}
	}
	return strings.Join(arrows, "\n")
}

// A parcel that fails is no lost order: Freedom Pay comes again, and it leaves once.
func TestParcelFails(t *testing.T) {
	s := openStreet(t, sandbox.Options{})
	s.broken = errors.New("no cardboard")
	_, text := s.buy(goodCard)
	if o := s.only(); o.State != paid || !strings.Contains(text, string(paid)) || len(s.parcels) != 0 {
		t.Fatalf("%v, parcels %v, the payer sees\n%s", o, s.parcels, text)
	}
	for range 3 { // the second is in time, the others are not needed
		s.sandbox.Advance(30 * time.Minute)
		if err := s.sandbox.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if o := s.only(); o.State != shipped || len(s.parcels) != 1 {
		t.Errorf("%v, parcels %v", o, s.parcels)
	}
	deliveries := s.sandbox.Deliveries()
	result := deliveries[len(deliveries)-1]
	if len(result.Attempts) != 2 || result.Attempts[0].Status != http.StatusServiceUnavailable || result.Attempts[1].Status != http.StatusOK {
		t.Errorf("%+v", result)
	}
	// By hand, later: the same answer, and no second parcel.
	if _, err := s.sandbox.Replay(t.Context(), result.Number); err != nil || len(s.parcels) != 1 {
		t.Errorf("%v, parcels %v", err, s.parcels)
	}
}

// A declined card ships nothing, and the payer may try again.
func TestDeclined(t *testing.T) {
	s := openStreet(t, sandbox.Options{})
	_, text := s.buy(poorCard)
	if o := s.only(); o.State != placed || len(s.parcels) != 0 || !strings.Contains(text, string(placed)) {
		t.Errorf("%v, parcels %v, the payer sees\n%s", o, s.parcels, text)
	}
}

// Nobody pays an order twice, and nobody pays less.
func TestCheckAndResultCompare(t *testing.T) {
	s := openStreet(t, sandbox.Options{})
	s.shop.orders["1"] = &order{ID: "1", Amount: price, Currency: currency, State: placed}
	check := func(c callback.CheckRequest) string {
		a, err := s.shop.check(t.Context(), &c)
		if err != nil {
			t.Fatal(err)
		}
		return a.String()
	}
	right := callback.CheckRequest{OrderID: "1", PaymentID: "9", Amount: wire.MustDecimal("1500"), Currency: currency}
	cheap, foreign, unknown, none := right, right, right, right
	cheap.Amount = wire.MustDecimal("15.00")
	foreign.Currency = "UZS"
	unknown.OrderID = "2"
	none.Amount = wire.Decimal{}
	for want, requests := range map[string][]callback.CheckRequest{"ok": {right}, "rejected": {cheap, foreign, unknown, none}} {
		for _, c := range requests {
			if got := check(c); got != want {
				t.Errorf("%v: %s, want %s", c, got, want)
			}
		}
	}
	result := func(change func(*callback.ResultRequest)) string {
		yes := true
		r := callback.ResultRequest{OrderID: "1", PaymentID: "9", Amount: price, Currency: currency, Result: 1, Captured: &yes, CanReject: &yes}
		change(&r)
		a, err := s.shop.result(t.Context(), &r)
		if err != nil {
			return "error"
		}
		return a.String()
	}
	no := false
	for _, c := range []struct {
		name   string
		change func(*callback.ResultRequest)
		want   string
		state  state
	}{
		{"another price", func(r *callback.ResultRequest) { r.Amount = wire.MustDecimal("1") }, "rejected", placed},
		{"another price, too late", func(r *callback.ResultRequest) { r.Amount, r.CanReject = wire.MustDecimal("1"), nil }, "ok", placed},
		{"no such order", func(r *callback.ResultRequest) { r.OrderID = "2" }, "rejected", placed},
		{"failed", func(r *callback.ResultRequest) { r.Result = 0 }, "ok", placed},
		{"nobody can tell, and there is no such payment", func(r *callback.ResultRequest) { r.Captured = nil }, "error", placed},
		{"not finished", func(r *callback.ResultRequest) { r.Result = 2 }, "error", placed},
		{"held", func(r *callback.ResultRequest) { r.Captured = &no }, "ok", held},
		{"captured", func(*callback.ResultRequest) {}, "ok", shipped},
		{"captured again", func(*callback.ResultRequest) {}, "ok", shipped},
		{"by another payment too", func(r *callback.ResultRequest) { r.PaymentID = "10" }, "rejected", shipped},
	} {
		if got := result(c.change); got != c.want || s.shop.orders["1"].State != c.state {
			t.Errorf("%s: %s, the order is %s; want %s, %s", c.name, got, s.shop.orders["1"].State, c.want, c.state)
		}
	}
	if len(s.parcels) != 1 {
		t.Errorf("parcels %v", s.parcels)
	}
	if got := check(right); got != "rejected" {
		t.Errorf("a check of what is shipped: %s", got)
	}
}

// The server that main starts answers, and refuses what nobody signed.
func TestNewShop(t *testing.T) {
	address, err := startSandbox(wire.NewCredentials("123456", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := newShop(address, "http://shop.example", wire.NewCredentials("123456", "secret"), token)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{
		"/": http.StatusOK, "/orders/none": http.StatusNotFound, "/freedompay/result": http.StatusUnauthorized,
		"/freedompay/paid?pg_order_id=1": http.StatusUnauthorized,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders", &bytes.Buffer{}))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), address) {
		t.Errorf("an order: %d %v", w.Code, w.Header())
	}
}
