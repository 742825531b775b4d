package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// What is replayed is what was sent, to the byte, and changes nothing.
func TestReplay(t *testing.T) {
	for _, method := range []string{"GET", "POST", "XML"} {
		s := openTill(t, sandbox.Options{})
		created := s.page(func(r *gateway.PageCreateRequest) {
			r.RequestMethod, r.ResultURL, r.CheckURL = method, s.addr+"/result?a=b", s.addr+"/check"
		})
		s.pays(created.RedirectURL, cardPlain)
		first, check := s.one("/result"), s.one("/check")
		s.saying("rejected", "too late")
		d, err := s.sandbox.Replay(t.Context(), 2)
		must(t, err)
		all := s.came("/result")
		if len(all) != 2 || all[1].raw != first.raw || all[1].contentType != first.contentType || all[1].path != first.path || all[1].get("pg_can_reject") != "1" {
			t.Errorf("%s: sent\n%+v\nreplayed\n%+v", method, first, all[len(all)-1])
		}
		if len(d.Attempts) != 2 || !d.Attempts[1].Replayed || d.Attempts[1].Answer != "rejected" || d.Method != method {
			t.Errorf("got %+v", d)
		}
		if _, err = s.sandbox.Replay(t.Context(), 1); err != nil || s.came("/check")[1].raw != check.raw {
			t.Errorf("the check: %v", err)
		}
		s.is(created.PaymentID, wire.ReadingCaptured)
		if _, err := s.sandbox.Replay(t.Context(), 3); !errors.Is(err, sandbox.ErrNoDelivery) {
			t.Errorf("got %v", err)
		}
	}
}

// A replay is of the last attempt, and leaves the repeats where they are.
func TestReplayOfARepeat(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 500, "" })
	checked(s.shop, s.gateway.CardPay, cardPayment("1", "1", cardPlain))
	s.one("/result")
	s.sandbox.Advance(30 * time.Minute)
	s.came("/result")
	next := s.sandbox.Deliveries()[0].Next
	d, err := s.sandbox.Replay(t.Context(), 1)
	must(t, err)
	all := s.came("/result")
	if len(all) != 3 || all[2].raw != all[1].raw || all[2].get("pg_can_reject") != "0" || !d.Next.Equal(next) || !next.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", d)
	}
}

// Of each kind, the documented example, with what is changed in it.
func TestAnnounce(t *testing.T) {
	for kind, test := range map[sandbox.CallbackKind]struct {
		method  string
		members map[string]string
		want    map[string]string
		result  string
		more    int // repeats
	}{
		sandbox.CallbackCheck: {
			"GET", map[string]string{"pg_order_id": "B-7", "mine": "a"},
			map[string]string{"pg_order_id": "B-7", "pg_payment_id": "12345", "pg_amount": "10", "mine": "a"}, "", 0,
		},
		sandbox.CallbackResult: {
			"XML", map[string]string{"pg_result": "0", "pg_card_token": "", "pg_failure_code": "10009"},
			map[string]string{"pg_result": "0", "pg_card_token": "-", "pg_net_amount": "482.5", "pg_failure_code": "10009", "pg_card_brand": "VI"}, "0", 4,
		},
		sandbox.CallbackPayout:    {"", nil, map[string]string{"pg_merchant_id": "123456", "pg_to_pay": "510", "pg_status": "ok"}, "ok", 0},
		sandbox.CallbackCardSaved: {"", nil, map[string]string{"pg_type": "approve", "pg_card_month": "12"}, "success", 0},
		sandbox.CallbackRecurringProfile: {
			"", map[string]string{"status": "canceled"}, nil, "canceled", 3,
		},
		sandbox.CallbackInvoice: {"", map[string]string{"id": "1"}, nil, "", 3},
		// HTTP 202 confirms it.
		sandbox.CallbackApplication: {"", map[string]string{"status": "canceled"}, nil, "canceled", 0},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := openTill(t, sandbox.Options{})
			s.answering(func(notice) (int, string) { return 202, "" })
			d, err := s.sandbox.Announce(t.Context(), sandbox.Announcement{Kind: kind, URL: s.addr + "/called", Method: test.method, Members: test.members})
			must(t, err)
			if d.Number != 1 || d.Kind != kind || d.Result != test.result || d.Attempts[0].Status != 202 || d.Next.IsZero() != (test.more == 0) {
				t.Errorf("got %+v", d)
			}
			n := s.one("/called")
			n.wants(test.want)
			if kind == sandbox.CallbackRecurringProfile {
				want := `{"profile_id":"123456789","status":"canceled","invoice_type":"binance","external_id":"SUBSCRIPTION-001",` +
					`"agreement_type":"on-demand","expires_at":"2026-06-30","created_at":"2026-06-30T13:09:39Z"}`
				if n.raw != want || n.contentType != "application/json" || n.method != "POST" {
					t.Errorf("%s %s %s", n.method, n.contentType, n.raw)
				}
			}
			s.sandbox.Advance(24 * time.Hour)
			if got := len(s.came("/called")) - 1; got != test.more {
				t.Errorf("repeated %d times", got)
			}
		})
	}
}

// A recurring profile is told again every 30 seconds, three times, and confirmed by
// HTTP 200 alone.
func TestAnnouncedProfile(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 201, "{}" })
	_, err := s.sandbox.Announce(t.Context(), sandbox.Announcement{Kind: sandbox.CallbackRecurringProfile, URL: s.addr + "/state"})
	must(t, err)
	s.sandbox.Advance(30 * time.Second)
	if got := len(s.came("/state")); got != 2 {
		t.Errorf("%d attempts", got)
	}
	s.answering(func(notice) (int, string) { return 200, "whatever" })
	s.sandbox.Advance(30 * time.Second)
	s.sandbox.Advance(time.Hour)
	if got := len(s.came("/state")); got != 3 {
		t.Errorf("%d attempts", got)
	}
	if last := s.sandbox.Deliveries()[0].Attempts[2]; last.Problem != "" || last.Answer != "" {
		t.Errorf("got %+v", last)
	}
}

func TestAnnounceRefuses(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	for _, a := range []sandbox.Announcement{
		{Kind: "capture", URL: s.addr},
		{Kind: sandbox.CallbackCheck, URL: "shop"},
		{Kind: sandbox.CallbackCheck, URL: s.addr, Method: "PUT"},
		{Kind: sandbox.CallbackCheck, URL: s.addr, Method: "get"},
		{Kind: sandbox.CallbackPayout, URL: s.addr, Method: "GET"},
		{Kind: sandbox.CallbackCheck, URL: s.addr, Members: map[string]string{"a[": "b"}},
		{Kind: sandbox.CallbackCheck, URL: s.addr + "?a;b", Method: "GET"},
	} {
		if d, err := s.sandbox.Announce(t.Context(), a); err == nil {
			t.Errorf("%+v: %+v", a, d)
		}
	}
	// A wrong signature can be tried, and a retry does not make it right.
	_, err := s.sandbox.Announce(t.Context(), sandbox.Announcement{Kind: sandbox.CallbackResult, URL: s.addr + "/result", Members: map[string]string{"pg_sig": "wrong"}})
	must(t, err)
	s.one("/result").wants(map[string]string{"pg_sig": "wrong"})
}

// What the sandbox sends is what the specs describe: nothing else, and nothing beyond
// a limit.
func TestCallbacksAreThoseOfTheSpecs(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	created := s.page(s.checkAt("/check"))
	s.pays(created.RedirectURL, cardPlain)
	r := cardPayment("2", "5", cardPoor)
	r.UserPhone, r.UserEmail, r.UserID = wire.NewSecret("77077777777"), wire.NewSecret("mail@customer.kz"), "Anna"
	refused(s.shop, "10009", s.gateway.CardPay, r)
	payout := payoutTo("P-1", "1500.50", s.savesToPayOut(payoutPlain))
	payout.PostLink = s.addr + "/payout"
	checked(s.shop, s.merchant.PayoutCard, payout)
	for path, m := range map[string]interface {
		codec.Message
		Validate() error
		Extra() *wire.Extra
	}{"/check": &callback.CheckRequest{}, "/result": &callback.ResultRequest{}, "/payout": &callback.PayoutRequest{}} {
		for _, n := range s.came(path) {
			var pairs []codec.Pair
			for _, f := range n.fields {
				pairs = append(pairs, codec.Pair{Name: f.Name, Value: f.Value})
			}
			again := m
			if _, ok := m.(*callback.ResultRequest); ok {
				again = &callback.ResultRequest{}
			}
			if err := codec.BindPairs(pairs, again, codec.Limits{}); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if err := again.Validate(); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, unknown := range again.Extra().Unknown() {
				t.Errorf("%s: %s", path, unknown.Name)
			}
		}
	}
}

// ask calls one of the sandbox's own addresses.
func (t *till) ask(method, path, body string, header ...string) (status int, answer string) {
	t.t.Helper()
	r, err := http.NewRequestWithContext(t.t.Context(), method, string(t.env)+path, strings.NewReader(body))
	must(t.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	must(t.t, err)
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	must(t.t, err)
	return response.StatusCode, string(all)
}

func TestCallbackPages(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	if _, page := s.ask("GET", "/_sandbox/callbacks", ""); !strings.Contains(page, "There are none.") {
		t.Error(page)
	}
	if _, got := s.ask("GET", "/_sandbox/callbacks", "", "Accept", "application/json"); got != `{"callbacks":[]}` {
		t.Error(got)
	}
	status, got := s.ask("POST", "/_sandbox/announce", `{"kind":"result","url":"`+s.addr+`/called?token=t0ken","method":"GET","members":{"pg_order_id":"<B>"}}`)
	d := sandbox.Delivery{}
	must(t, json.Unmarshal([]byte(got), &d))
	if status != 201 || d.URL != s.addr+"/called" || d.OrderID != "<B>" || d.Attempts[0].Answer != "ok" {
		t.Errorf("%d: %s", status, got)
	}
	status, got = s.ask("POST", "/_sandbox/callbacks/1/replay", "")
	must(t, json.Unmarshal([]byte(got), &d))
	if status != 200 || len(d.Attempts) != 2 || !d.Attempts[1].Replayed || len(s.came("/called")) != 2 {
		t.Errorf("%d: %s", status, got)
	}
	_, page := s.ask("GET", "/_sandbox/callbacks", "")
	for _, want := range []string{"1: result 1", "GET " + s.addr + "/called, order &lt;B&gt;, payment 12345", "2026-01-22 12:00:00, replayed, HTTP 200, ok"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	_, got = s.ask("GET", "/_sandbox/callbacks", "", "Accept", "application/json")
	list := struct{ Callbacks []sandbox.Delivery }{}
	must(t, json.Unmarshal([]byte(got), &list))
	if len(list.Callbacks) != 1 || len(list.Callbacks[0].Attempts) != 2 || strings.Contains(got, "next") {
		t.Errorf("got %s", got)
	}
	for _, test := range []struct {
		path, body string
		want       int
	}{
		{"/_sandbox/callbacks/2/replay", "", 404},
		{"/_sandbox/callbacks/x/replay", "", 404},
		{"/_sandbox/announce", "", 400},
		{"/_sandbox/announce", `{"kind":"x"}`, 400},
		{"/_sandbox/announce", `{"kynd":"result"}`, 400},
		{"/_sandbox/clock", "", 400},
		{"/_sandbox/clock?advance=soon", "", 400},
		{"/_sandbox/clock?advance=-1h", "", 400},
	} {
		if status, got := s.ask("POST", test.path, test.body); status != test.want {
			t.Errorf("%s %s: %d: %s", test.path, test.body, status, got)
		}
	}
	// A browser that presses a button comes back to the page, and one that another's
	// page has sent is refused.
	status, page = s.ask("POST", "/_sandbox/callbacks/1/replay", "", "Accept", "text/html", "Sec-Fetch-Site", "same-origin")
	if status != 200 || !strings.Contains(page, "<h1>Callbacks</h1>") || len(s.came("/called")) != 3 {
		t.Errorf("%d: %s", status, page)
	}
	for _, path := range []string{"/_sandbox/callbacks/1/replay", "/_sandbox/announce", "/_sandbox/clock?advance=1h"} {
		if status, _ := s.ask("POST", path, "", "Sec-Fetch-Site", "cross-site"); status != 403 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestClockPage(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 500, "" })
	checked(s.shop, s.gateway.CardPay, cardPayment("1", "1", cardPlain))
	s.one("/result")
	status, got := s.ask("POST", "/_sandbox/clock", "advance=30m", "Content-Type", "application/x-www-form-urlencoded")
	if status != 200 || got != `{"now":"2026-01-22T12:30:00+05:00"}` {
		t.Errorf("%d: %s", status, got)
	}
	if got := len(s.came("/result")); got != 2 {
		t.Errorf("%d attempts", got)
	}
	s.sandbox.Advance(30 * time.Minute) // and nobody has to wait for it to be sent
	for end := time.Now().Add(5 * time.Second); len(s.sandbox.Deliveries()[0].Attempts) < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not sent again")
		}
	}
	s.sandbox.Advance(-time.Hour)
	if _, got := s.ask("POST", "/_sandbox/clock", "advance=0s", "Content-Type", "application/x-www-form-urlencoded"); got != `{"now":"2026-01-22T13:00:00+05:00"}` {
		t.Errorf("the clock went back: %s", got)
	}
	if status, page := s.ask("POST", "/_sandbox/clock?advance=1m", "", "Accept", "text/html"); status != 200 || !strings.Contains(page, "It is 2026-01-22 13:01:00.") {
		t.Errorf("%d: %s", status, page)
	}
}

// The whole clock runs faster, from when the sandbox was made.
func TestSpeed(t *testing.T) {
	s := openTill(t, sandbox.Options{Speed: 60})
	id := checked(s.shop, s.gateway.CardPay, held("1", "1", cardFull)).PaymentID
	s.clock.move(2 * 60 * time.Minute)
	if got := s.status(id).DateTime.String(); got != "2026-01-27T07:00:00+00:00" {
		t.Errorf("it is %s", got)
	}
	s.is(id, wire.ReadingCaptured) // five days later
}

// With a clock of its own the sandbox sends again by itself.
func TestSpeedOfRepeats(t *testing.T) {
	var mu sync.Mutex
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	s, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("1", "secret"), Speed: 86400})
	must(t, err)
	defer s.Close()
	_, err = s.Announce(t.Context(), sandbox.Announcement{Kind: sandbox.CallbackResult, URL: server.URL})
	must(t, err)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		n := sent
		mu.Unlock()
		if n == 5 && s.Deliveries()[0].Next.IsZero() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d attempts", n)
		}
	}
}

// A sandbox that is closed calls nobody, and still answers.
func TestClosed(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 500, "" })
	checked(s.shop, s.gateway.CardPay, cardPayment("1", "1", cardPlain))
	s.one("/result")
	s.sandbox.Close()
	s.sandbox.Advance(24 * time.Hour)
	checked(s.shop, s.gateway.CardPay, cardPayment("2", "1", cardPlain))
	s.one("/result")
	if _, err := s.sandbox.Announce(t.Context(), sandbox.Announcement{Kind: sandbox.CallbackResult, URL: s.addr}); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := s.sandbox.Replay(t.Context(), 1); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("got %v", err)
	}
	r := cardPayment("3", "1", cardPlain)
	r.Extra().AddText("pg_check_url", s.addr+"/check")
	refused(s.shop, "9999", s.gateway.CardPay, r)
	for path, body := range map[string]string{"/_sandbox/callbacks/1/replay": "", "/_sandbox/announce": `{"kind":"result","url":"` + s.addr + `"}`} {
		if status, got := s.ask("POST", path, body); status != 503 {
			t.Errorf("%s: %d: %s", path, status, got)
		}
	}
}

// The log, its page and its JSON hold no secret, no token and no card's number.
func TestLogHoldsNoSecret(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(n notice) (int, string) { return n.says("secret "+cardPlain, cardPlain) })
	r := cardPayment("1", "1", cardPlain)
	r.UserID = "Anna"
	r.Extra().AddText("pg_save_card", "1")
	hidden := strings.NewReplacer("http://", "http://owner:passw0rd@").Replace(s.addr)
	r.Extra().AddText("pg_result_url", hidden+"/result?token=t0ken#fr4gment")
	r.Extra().AddText("mine", "own p4rameter")
	token := checked(s.shop, s.gateway.CardPay, r).CardToken.Reveal()
	n := s.one("/result")
	n.wants(map[string]string{"pg_card_token": token})
	_, page := s.ask("GET", "/_sandbox/callbacks", "")
	_, list := s.ask("GET", "/_sandbox/callbacks", "", "Accept", "application/json")
	shown := fmt.Sprintf("%s %s %+v", page, list, s.sandbox.Deliveries())
	for _, secret := range []string{
		"secret", token, cardPlain, "4400-44XX", "t0ken", "passw0rd", "fr4gment", "p4rameter", "Anna", n.get("pg_sig"), n.get("pg_salt"), "TEST CARD",
	} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is in %s", secret, shown)
		}
	}
	if !strings.Contains(page, "HTTP 200, other") {
		t.Error(page)
	}
}

// noting notes when an answer has gone out.
type noting struct {
	http.ResponseWriter
	gone *atomic.Bool
}

func (n noting) Flush() {
	n.ResponseWriter.(http.Flusher).Flush()
	n.gone.Store(true)
}

// Who calls gets the answer first, and does not wait for the merchant.
func TestAnswerComesFirst(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	var gone atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.sandbox.ServeHTTP(noting{w, &gone}, r)
	}))
	defer server.Close()
	client, err := gateway.New(wire.Environment(server.URL), s.credentials)
	must(t, err)
	answered := make(chan struct{})
	s.answering(func(n notice) (int, string) {
		if !gone.Load() {
			t.Error("called before the answer has gone out")
		}
		<-answered
		return n.says("ok", "")
	})
	paid, err := client.CardPay(t.Context(), cardPayment("1", "1", cardPlain))
	close(answered)
	must(t, err)
	s.one("/result").wants(map[string]string{"pg_payment_id": paid.PaymentID})
}

// A frame's failure has no signature, after a refusal as well.
func TestRefusalInAFrame(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.saying("rejected", "sold out")
	created := s.page(func(r *gateway.PageCreateRequest) { r.PaymentRoute = gateway.PaymentRouteFrame })
	payer := s.pays(created.RedirectURL, cardPlain)
	payer.press()
	at, err := url.Parse(payer.at)
	must(t, err)
	if q := at.Query(); q.Get("pg_error_description") != "sold out" || q.Get("lang") != "kk" || q.Has("pg_sig") {
		t.Errorf("the payer is at %s", payer.at)
	}
}

// Without an address to go back to the payer is told all the same.
func TestRefusalWithoutAWayBack(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.saying("rejected", "sold out")
	created := s.page(func(r *gateway.PageCreateRequest) { r.FailureURL = "" })
	if payer := s.pays(created.RedirectURL, cardPlain); !strings.Contains(payer.body, "sold out") {
		t.Error(payer.body)
	}
	// By POST the form is that of the way back.
	created = s.page(func(r *gateway.PageCreateRequest) { r.FailureURLMethod = gateway.RedirectMethodPost })
	s.pays(created.RedirectURL, cardPlain).press()
	if r, _ := s.visits.last(t); r.Method != http.MethodPost || !s.cameBack("/failed").Verified {
		t.Errorf("the payer came by %s", r.Method)
	}
}
