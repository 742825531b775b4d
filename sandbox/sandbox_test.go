package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// clients are the generated clients of one sandbox.
type clients struct {
	partner  *partner.Client
	merchant *merchant.Client
	card     *card.Client
}

var noon = time.Date(2026, 1, 22, 12, 0, 0, 0, time.FixedZone("", 5*60*60))

const dt = "2026-01-22T12:00:00+05:00"

func start(t *testing.T) clients {
	t.Helper()
	c, _ := startWith(t, sandbox.Options{Now: func() time.Time { return noon }})
	return c
}

// startWith serves a sandbox with the given options and the usual credentials.
func startWith(t *testing.T, o sandbox.Options) (clients, *sandbox.Sandbox) {
	t.Helper()
	o.Credentials = wire.NewCredentials("123456", "secret")
	s, err := sandbox.New(o)
	must(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	env := wire.Environment(server.URL)
	var c clients
	c.partner, err = partner.New(env, o.Credentials)
	must(t, err)
	c.merchant, err = merchant.New(env, o.Credentials)
	must(t, err)
	c.card, err = card.New(env, o.Credentials)
	must(t, err)
	return c, s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func payment() *merchant.InvoicePayRequest {
	return &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer),
		UserID:        "No65GFR755789T25642588",
		CardToken:     wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
	}
}

func company(requestID string) *partner.ClientAddRequest {
	return &partner.ClientAddRequest{
		RequestID: requestID,
		Company: partner.Company{
			CompanyID: "7cebad9e-dd7a-49c9-afe6-d880d58c999a", Name: "Company", BIN: "123456789012",
			Address: partner.CompanyAddress{Country: "KAZ"},
		},
	}
}

// What the documentation's examples name is there, and no answer leaves the
// documentation.
func TestExamplesOfTheDocumentationWork(t *testing.T) {
	for name, call := range map[string]func(clients, wire.CallOption) (fmt.Stringer, error){
		"InvoicesInfoAnswer{status: new, amount: 500.00, currency: KZT, merchant_id: 123456, merchant_name: SHOP NAME, " +
			"description: invoice description, expires_at: 2026-01-23T12:00:00+05:00, back_url: https://back.url, " +
			"refunds: [], tax: [TaxPosition{name: Position, price: 500.00, type: standard, count: 1}], " +
			"device: Device{id: ***, browser_version: Chrome/121.0.0.0, ip: ***}, created_at: 2026-01-22T12:00:00+05:00}": func(c clients, o wire.CallOption) (fmt.Stringer, error) {
			return c.partner.InvoicesInfo(t.Context(), &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice}, o)
		},
		"InvoiceInfoAnswer{paymentStatus: waiting, amount: 500.00, currency: KZT, orderId: 00102, merchantId: 123456, " +
			"merchantName: SHOP NAME, description: invoice description, lifetime: 2026-01-23T07:00:00+00:00, " +
			"facilitatorIBAN: KZ505518729251417KZT, dt: " + dt + "}": func(c clients, o wire.CallOption) (fmt.Stringer, error) {
			return c.partner.InvoiceInfo(t.Context(), &partner.InvoiceInfoRequest{PaymentID: sandbox.ExamplePayment}, o)
		},
		"ClientAddAnswer{status: ok, request_status: process, dt: " + dt + "}": func(c clients, o wire.CallOption) (fmt.Stringer, error) {
			return c.partner.ClientAdd(t.Context(), company("828cf71d-a447-4a67-a149-c1df8bc197ca"), o)
		},
		"InvoicePayAnswer{status: ok, order_id: 00102, invoice_status: ok, invoice_id: 1234567890, card_pan: ***, " +
			"amount: 500.00, currency: KZT, dt: " + dt + "}": func(c clients, o wire.CallOption) (fmt.Stringer, error) {
			return c.merchant.InvoicePay(t.Context(), payment(), o)
		},
		"RequestStatusAnswer{status: ok, request_status: success, cards: [IssuedCard{card_id: 1}], client_id: 1, dt: " + dt + "}": func(c clients, o wire.CallOption) (fmt.Stringer, error) {
			return c.card.RequestStatus(t.Context(), &card.RequestStatusRequest{RequestID: sandbox.ExampleCardRequest}, o)
		},
	} {
		var meta wire.Meta
		answer, err := call(start(t), wire.WithMeta(&meta))
		if err != nil {
			t.Errorf("%v; want %s", err, name)
			continue
		}
		if answer.String() != name {
			t.Errorf("%v\nwant %s", answer, name)
		}
		if len(meta.Deviations) > 0 {
			t.Errorf("%s leaves the documentation: %v", meta.Operation, meta.Deviations)
		}
	}
}

// However many pay at once, one does.
func TestInvoiceIsPaidOnce(t *testing.T) {
	c := start(t)
	const payers = 100
	var paid, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range payers {
		all.Go(func() {
			var opts []wire.CallOption
			if i%2 == 1 {
				opts = append(opts, wire.WithJSONBody())
			}
			answer, err := c.merchant.InvoicePay(t.Context(), payment(), opts...)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && answer.InvoiceStatus == merchant.InvoicePayStatusOK:
				paid++
			case errors.Is(err, wire.ErrRejected) && !errors.Is(err, wire.ErrUnknownOutcome):
				refused++
			default:
				t.Errorf("%v, %v", answer, err)
			}
		})
	}
	all.Wait()
	if paid != 1 || refused != payers-1 {
		t.Errorf("paid %d times, refused %d times", paid, refused)
	}
}

// A refused payment says what became of the invoice, in either form.
func TestRefusedPaymentShowsTheInvoice(t *testing.T) {
	for name, opts := range map[string][]wire.CallOption{"XML": nil, "JSON": {wire.WithJSONBody()}} {
		c := start(t)
		_, err := c.merchant.InvoicePay(t.Context(), payment(), opts...)
		must(t, err)
		_, err = c.merchant.InvoicePay(t.Context(), payment(), opts...)
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) || e.Kind != wire.ErrRejected || e.Text != "the invoice is paid" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body := wire.NewUnknown(e.Meta.Header.Get("Content-Type"), e.Meta.Body.Reveal())
		if status, _ := body.Lookup("invoice_status"); status != "ok" {
			t.Errorf("%s: the invoice is %q", name, status)
		}
	}
}

func TestRefusals(t *testing.T) {
	c := start(t)
	ctx := t.Context()
	_, err := c.partner.ClientAdd(ctx, company("1"))
	must(t, err)
	other := payment()
	other.InvoiceHandle = wire.NewSecret("somebody else")
	for _, refused := range []struct {
		name string
		call func() error
		kind wire.Kind
		text string
	}{
		{"unknown invoice", func() error {
			_, err := c.partner.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: "none"})
			return err
		}, wire.ErrRejected, "no such invoice"},
		{"unknown payment", func() error {
			_, err := c.partner.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: "none"})
			return err
		}, wire.ErrRejected, "no such payment"},
		{"unknown customer", func() error {
			_, err := c.merchant.InvoicePay(ctx, other)
			return err
		}, wire.ErrRejected, "no such invoice"},
		{"unknown request", func() error {
			_, err := c.card.RequestStatus(ctx, &card.RequestStatusRequest{RequestID: "00000000-0000-0000-0000-000000000000"})
			return err
		}, wire.ErrRejected, ""}, // the Card API documents no text
		{"request_id twice", func() error {
			_, err := c.partner.ClientAdd(ctx, company("1"))
			return err
		}, wire.ErrRejected, "request_id is not unique"},
		{"broken limit", func() error {
			_, err := c.partner.ClientAdd(ctx, &partner.ClientAddRequest{RequestID: "2"}, wire.WithoutValidation())
			return err
		}, wire.ErrRejected, ""},
		{"wrong key", func() error {
			_, err := c.merchant.InvoicePay(ctx, payment(), wire.WithCredentials(wire.NewCredentials("123456", "Secret")))
			return err
		}, wire.ErrUnauthorized, ""},
		{"wrong identity", func() error {
			_, err := c.card.RequestStatus(ctx, &card.RequestStatusRequest{RequestID: sandbox.ExampleCardRequest},
				wire.WithCredentials(wire.NewCredentials("654321", "secret")))
			return err
		}, wire.ErrUnauthorized, ""},
		{"no operation", func() error {
			return c.partner.Do(ctx, wire.Operation{
				ID: "partner.none", Method: "POST", Path: "/v5/partner/none", Security: wire.JWSHS256,
			}, nil, new(wire.Unknown))
		}, wire.ErrNotFound, ""},
	} {
		err := refused.call()
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", refused.name, err)
			continue
		}
		if !errors.Is(err, refused.kind) || e.Text != refused.text || e.OutcomeUnknown {
			t.Errorf("%s: %v; want %v with text %q", refused.name, err, refused.kind, refused.text)
		}
		if unauthorized := refused.kind == wire.ErrUnauthorized; unauthorized != (e.Meta.Status == 401) {
			t.Errorf("%s: status %d", refused.name, e.Meta.Status)
		}
	}

	// None of that paid for anything.
	_, err = c.merchant.InvoicePay(ctx, payment())
	must(t, err)
}

// Of a server of one key, one sandbox is not another: the state is its own.
func TestSandboxesShareNothing(t *testing.T) {
	first, second := start(t), start(t)
	_, err := first.merchant.InvoicePay(t.Context(), payment())
	must(t, err)
	_, err = second.merchant.InvoicePay(t.Context(), payment())
	must(t, err)
}

// Only the page of invoices/info documents header fields of an answer.
func TestHeadersOfInvoicesInfo(t *testing.T) {
	c := start(t)
	const id = "019d0652-4e2f-7f54-a179-000000000001"
	var meta wire.Meta
	_, err := c.partner.InvoicesInfo(t.Context(), &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice},
		wire.WithRequestID(id), wire.WithMeta(&meta))
	must(t, err)
	for name, want := range map[string]string{
		middleware.RequestIDHeader: id, "X-DateTime": dt, "X-Request-Status": "success", "Content-Type": "application/json",
	} {
		if got := meta.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, err = c.partner.InvoiceInfo(t.Context(), &partner.InvoiceInfoRequest{PaymentID: sandbox.ExamplePayment}, wire.WithMeta(&meta))
	must(t, err)
	for _, name := range []string{middleware.RequestIDHeader, "X-DateTime", "X-Request-Status"} {
		if got := meta.Header.Get(name); got != "" {
			t.Errorf("%s of another call: %q", name, got)
		}
	}
}

// Whoever wonders why something is refused finds the reason in the log.
func TestRefusalsAreLogged(t *testing.T) {
	var log bytes.Buffer
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{
		Credentials: credentials,
		Logger:      slog.New(slog.NewTextHandler(&log, nil)),
	})
	must(t, err)
	server := httptest.NewServer(handler)
	defer server.Close()
	client, err := partner.New(wire.Environment(server.URL), credentials)
	must(t, err)
	for name, refused := range map[string]struct {
		request *partner.ClientAddRequest
		opts    []wire.CallOption
		reason  string
	}{
		"signature": {company("1"), []wire.CallOption{wire.WithCredentials(wire.NewCredentials("123456", "other"))}, "the MAC differs: body or key"},
		"limit":     {&partner.ClientAddRequest{RequestID: "1"}, []wire.CallOption{wire.WithoutValidation()}, "$.company.bin: required"},
		"state":     {company("taken"), nil, "request_id is not unique"},
	} {
		if name == "state" {
			_, err := client.ClientAdd(t.Context(), refused.request)
			must(t, err)
		}
		log.Reset()
		if _, err := client.ClientAdd(t.Context(), refused.request, refused.opts...); err == nil {
			t.Errorf("%s: not refused", name)
		}
		if !strings.Contains(log.String(), refused.reason) {
			t.Errorf("%s: %q is not in the log: %s", name, refused.reason, &log)
		}
	}
}

// What cannot work is refused at once, not with the first request.
func TestCredentialsAreRequired(t *testing.T) {
	for name, credentials := range map[string]wire.Credentials{
		"none":        {},
		"no secret":   {ID: "123456"},
		"empty":       wire.NewCredentials("123456", ""),
		"no identity": wire.NewCredentials("", "secret"),
		"no number":   wire.NewCredentials("shop", "secret"),
		"zeros":       wire.NewCredentials("0123", "secret"),
	} {
		if _, err := sandbox.New(sandbox.Options{Credentials: credentials}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// fakeClock is a clock that a test moves.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// An invoice of one's own goes through its states, as both calls and the
// payment see them; each amount comes back as it was given.
func TestAnInvoiceOfOnesOwn(t *testing.T) {
	for _, amount := range []string{"9999999999.99", "500.00", "0.01"} {
		clock := &fakeClock{now: noon}
		c, s := startWith(t, sandbox.Options{Now: clock.Now})
		i, err := s.CreateInvoice(sandbox.Invoice{
			Amount: wire.MustDecimal(amount), OrderID: `<"&'>`, MerchantName: "Магазин", Description: "чай & <кофе>",
		})
		must(t, err)
		shown := func() (string, partner.PaymentStatus) {
			byID, err := c.partner.InvoicesInfo(t.Context(), &partner.InvoicesInfoRequest{InvoiceID: i.ID})
			must(t, err)
			byPayment, err := c.partner.InvoiceInfo(t.Context(), &partner.InvoiceInfoRequest{PaymentID: i.PaymentID})
			must(t, err)
			if byID.Amount.String() != amount || byPayment.Amount.String() != amount ||
				byID.Description != i.Description || byPayment.OrderID != i.OrderID || byPayment.MerchantName != i.MerchantName {
				t.Errorf("created %+v, shown %v and %v", i, byID, byPayment)
			}
			return byID.Status, byPayment.PaymentStatus
		}
		pay := func() (*merchant.InvoicePayAnswer, error) {
			r := payment()
			r.InvoiceHandle = wire.NewSecret(i.Customer)
			return c.merchant.InvoicePay(t.Context(), r)
		}
		if a, b := shown(); a != "new" || b != partner.PaymentStatusWaiting {
			t.Errorf("a new invoice is %s and %s", a, b)
		}
		if amount == "0.01" {
			clock.move(25 * time.Hour)
			if a, b := shown(); a != "incomplete" || b != partner.PaymentStatusIncomplete {
				t.Errorf("an expired invoice is %s and %s", a, b)
			}
			if _, err := pay(); !errors.Is(err, wire.ErrRejected) {
				t.Errorf("paying an expired invoice gives %v", err)
			}
			continue
		}
		answer, err := pay()
		must(t, err)
		if answer.Amount.String() != amount || answer.OrderID != i.OrderID {
			t.Errorf("paid %v", answer)
		}
		clock.move(25 * time.Hour)
		if a, b := shown(); a != "success" || b != partner.PaymentStatusSuccess {
			t.Errorf("a paid invoice is %s and %s", a, b)
		}
	}
}

func TestCreateInvoiceRefuses(t *testing.T) {
	_, s := startWith(t, sandbox.Options{})
	for name, i := range map[string]sandbox.Invoice{
		"no amount":       {},
		"nothing":         {Amount: wire.MustDecimal("0.00")},
		"less than that":  {Amount: wire.MustDecimal("-1")},
		"three decimals":  {Amount: wire.MustDecimal("0.001")},
		"too much":        {Amount: wire.MustDecimal("99999999999999999999")},
		"no number":       {Amount: wire.MustDecimal("1"), PaymentID: "x"},
		"a taken id":      {Amount: wire.MustDecimal("1"), ID: sandbox.ExampleInvoice},
		"a taken payment": {Amount: wire.MustDecimal("1"), PaymentID: sandbox.ExamplePayment},
		"a taken handle":  {Amount: wire.MustDecimal("1"), Customer: sandbox.ExampleCustomer},
	} {
		if _, err := s.CreateInvoice(i); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The work of connecting a company is in process, and then done.
func TestWorkGetsDone(t *testing.T) {
	c := start(t)
	const id = "b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b"
	_, err := c.partner.ClientAdd(t.Context(), company(id))
	must(t, err)
	for _, want := range []card.RequestState{card.RequestStateProcess, card.RequestStateSuccess, card.RequestStateSuccess} {
		answer, err := c.card.RequestStatus(t.Context(), &card.RequestStatusRequest{RequestID: id})
		must(t, err)
		if answer.RequestStatus != want || (want == card.RequestStateSuccess) != (answer.ClientID != "") {
			t.Errorf("%v, want %s", answer, want)
		}
	}
}

// The owner of a sandbox is shown what was expected; a client of one that is
// like production is not.
func TestRefusedSignatureIsExplained(t *testing.T) {
	const body = `{"invoice_id":"x"}`
	for _, production := range []bool{false, true} {
		var log bytes.Buffer
		_, s := startWith(t, sandbox.Options{ProductionLike: production, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for name, test := range map[string]struct {
			signatures []string
			want       string
		}{
			"none":      {nil, "there is no header field X-JWS-Signature"},
			"two":       {[]string{"a", "b"}, "more than one"},
			"malformed": {[]string{"a"}, "malformed"},
		} {
			log.Reset()
			r := httptest.NewRequest("POST", "/v5/partner/invoices/info", strings.NewReader(body))
			r.Header["X-Jws-Signature"] = test.signatures
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 401 || w.Body.String() != `{"error":"unauthorized"}` {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			if !strings.Contains(log.String(), test.want) || !strings.Contains(log.String(), fmt.Sprintf("%x", sha256.Sum256([]byte(body)))) {
				t.Errorf("%s: %q or the payload's hash is not in the log: %s", name, test.want, &log)
			}
			if strings.Contains(log.String(), "invoice_id") {
				t.Errorf("%s: the payload is in the log: %s", name, &log)
			}
			shown := w.Header().Get(sandbox.DiagnosisHeader) + w.Header().Get(sandbox.ExpectedHeader) + w.Header().Get(sandbox.PayloadHeader)
			switch {
			case production && shown != "":
				t.Errorf("%s: a client is shown %s", name, shown)
			case !production && !strings.Contains(w.Header().Get(sandbox.DiagnosisHeader), test.want):
				t.Errorf("%s: the owner is shown %s", name, shown)
			case !production && w.Header().Get(sandbox.PayloadHeader) != base64.RawURLEncoding.EncodeToString([]byte(body)):
				t.Errorf("%s: the expected payload is %s", name, w.Header().Get(sandbox.PayloadHeader))
			}
		}
	}
}

// Programs that are not written in Go add invoices over HTTP.
func TestCreateInvoiceOverHTTP(t *testing.T) {
	c, s := startWith(t, sandbox.Options{})
	post := func(body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", "/_sandbox/invoices", strings.NewReader(body)))
		return w
	}
	w := post(`{"amount":12.30,"order_id":"7"}`)
	var made sandbox.Invoice
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	answer, err := c.partner.InvoiceInfo(t.Context(), &partner.InvoiceInfoRequest{PaymentID: made.PaymentID})
	must(t, err)
	if answer.Amount.String() != "12.30" || answer.OrderID != "7" {
		t.Errorf("created %s, shown %v", w.Body, answer)
	}
	for _, bad := range []string{"", "{}", "[]", `{"amount":"x"}`, `{"amount":1,"typo":2}`, `{"amount":1,"payment_id":"` + made.PaymentID + `"}`} {
		if w := post(bad); w.Code != 400 || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

// A path that the router would clean is not answered before it is verified.
func TestNoRedirect(t *testing.T) {
	_, s := startWith(t, sandbox.Options{})
	for _, path := range []string{"//v5/partner/invoices/info", "/v5/../v5/partner/invoices/info", "/v5/partner/invoices/info/"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader("{}")))
		if w.Code != 404 && w.Code != 401 || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}
