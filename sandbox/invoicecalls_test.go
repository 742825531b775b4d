package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// answeredJSON makes a call in JSON that must succeed, with an answer that leaves the
// documentation nowhere and has the documented header fields.
func answeredJSON[R, A any](s *shop, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R, opts ...wire.CallOption) A {
	s.t.Helper()
	var meta wire.Meta
	answer, err := call(s.t.Context(), request, append(opts, wire.WithMeta(&meta))...)
	if err != nil {
		s.t.Fatalf("%s: %v", meta.Operation, err)
	}
	if len(meta.Deviations) > 0 {
		s.t.Errorf("%s: deviations: %v", meta.Operation, meta.Deviations)
	}
	s.hasHeaders(&meta, "success")
	return answer
}

func (s *shop) hasHeaders(meta *wire.Meta, status string) {
	s.t.Helper()
	h := meta.Header
	if h.Get(middleware.RequestIDHeader) != meta.RequestID || h.Get("X-DateTime") == "" || h.Get("X-Request-Status") != status {
		s.t.Errorf("%s: the header is %v", meta.Operation, h)
	}
}

// refusedJSON makes a call in JSON that must fail with the given text: in the answer of
// HTTP status 200, or as the error of another one.
func refusedJSON[R, A any](s *shop, text string, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R, opts ...wire.CallOption) *wire.Error {
	s.t.Helper()
	_, err := call(s.t.Context(), request, append(opts, wire.WithoutValidation())...)
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) {
		s.t.Fatalf("got %v, want %q", err, text)
	}
	if !strings.Contains(e.Text+string(e.Meta.Body.Reveal()), text) || e.OutcomeUnknown {
		s.t.Errorf("%s: got %v %s, want %q", e.Meta.Operation, e, e.Meta.Body.Reveal(), text)
	}
	s.hasHeaders(&e.Meta, "error")
	return e
}

// ticket is an invoice, as a shop asks for one.
func ticket(order, amount string) *merchant.InvoiceCreateRequest {
	return &merchant.InvoiceCreateRequest{
		Type: merchant.InvoiceTypeSuperApp, Amount: wire.MustDecimal(amount), Currency: "KZT", ExternalID: order,
		ShopName: "SHOP NAME", Description: "one ticket", ExpiresAt: wire.TimeLiteral("2026-01-22T08:00:00Z"), // in an hour
		Payer: wire.NewSecret("encrypted"),
		Positions: []merchant.InvoicePosition{{
			Name: "Ticket", Price: wire.MustDecimal(amount), Count: new(int64(1)), Type: "type",
		}},
		Device:    &merchant.InvoiceDevice{ID: wire.NewSecret("device"), BrowserVersion: "chrome/121.0.0.0", IP: wire.NewSecret("85.116.189.120")},
		ExtraData: &merchant.InvoiceExtra{Template: &merchant.InvoiceTemplate{Name: "freedom-ecosystem"}},
	}
}

func (s *shop) invoiceIs(id string, want merchant.InvoiceStatus) {
	s.t.Helper()
	if got := answeredJSON(s, s.merchant.InvoiceStatus, &merchant.InvoiceStatusRequest{ID: id}); got.Status != want || got.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		s.t.Errorf("got %v, want %s", got, want)
	}
}

func refundOf(id, amount string) *merchant.InvoiceRefundRequest {
	r := &merchant.InvoiceRefundRequest{ID: id, Description: "returned"}
	if amount != "" {
		r.Amount = wire.MustDecimal(amount)
	}
	return r
}

// An invoice is made, paid on its page, shown, given back in parts, and told of.
func TestScenarioInvoiceOf2026(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	asked := ticket("ORDER-1", "12500.50")
	asked.BackURL, asked.StateCallback = s.url+"/thanks?lang=kk", s.addr+"/state"
	made := answeredJSON(s.shop, s.merchant.InvoiceCreate, asked)
	if made.Status != merchant.InvoiceStatusNew || len(made.ID) != 36 || made.ID[14] != '7' || made.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", made)
	}
	refusedJSON(s.shop, "only what was taken can be given back", s.merchant.InvoiceRefund, refundOf(made.ID, "1"))

	payer := s.visitor().open(made.URL)
	if payer.status != http.StatusOK || !strings.Contains(payer.body, "12500.50 KZT") || !strings.Contains(payer.body, "one ticket") {
		t.Fatalf("%d: %s", payer.status, payer.body)
	}
	payer.press("action", "leave")
	s.invoiceIs(made.ID, merchant.InvoiceStatusNew)
	payer.open(made.URL).press("card", cardFull, "action", "pay")
	if payer.at != s.url+"/thanks?lang=kk" { // nothing is brought along
		t.Errorf("the payer is at %s", payer.at)
	}
	s.invoiceIs(made.ID, merchant.InvoiceStatusSuccess)
	if n := s.one("/state"); n.method != "POST" || n.contentType != "application/json" || n.raw != "{}" {
		t.Errorf("told %s %s %s", n.method, n.contentType, n.raw)
	}
	if len(s.came("/result")) != 0 {
		t.Error("the shop's settings count for invoices of 2026")
	}
	refusedJSON(s.shop, "the invoice is success", s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: made.ID})

	back := answeredJSON(s.shop, s.merchant.InvoiceRefund, refundOf(made.ID, "2500.50"))
	if back.Status != merchant.InvoiceRefundStatusRefunded || len(back.RefundID) != 36 || back.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", back)
	}
	refusedJSON(s.shop, "there are 10000.00 to give back", s.merchant.InvoiceRefund, refundOf(made.ID, "10000.01"))
	refusedJSON(s.shop, "there is no amount", s.merchant.InvoiceRefund, refundOf(made.ID, ""))
	refusedJSON(s.shop, "positive", s.merchant.InvoiceRefund, refundOf(made.ID, "-1"))
	rest := answeredJSON(s.shop, s.merchant.InvoiceRefund, refundOf(made.ID, "10000"))
	refusedJSON(s.shop, "there are 0.00 to give back", s.merchant.InvoiceRefund, refundOf(made.ID, "0.01"))
	s.invoiceIs(made.ID, merchant.InvoiceStatusSuccess)

	want := "InvoiceInfoAnswer{status: success, type: superapp, amount: 12500.50, currency: KZT, external_id: ORDER-1, shop_name: SHOP NAME, " +
		"description: one ticket, expires_at: 2026-01-22T08:00:00Z, back_url: " + asked.BackURL + ", state_callback: " + asked.StateCallback + ", " +
		"refunds: [InvoiceRefund{id: " + back.RefundID + ", amount: 2500.50, status: success, created_at: 2026-01-22T07:00:00Z}, " +
		"InvoiceRefund{id: " + rest.RefundID + ", amount: 10000.00, status: success, created_at: 2026-01-22T07:00:00Z}], payer: ***, " +
		"tax: [InvoicePosition{name: Ticket, price: 12500.50, count: 1, type: type}], device: InvoiceDevice{id: ***, browser_version: chrome/121.0.0.0, ip: ***}, " +
		"extra: InvoiceExtra{template: InvoiceTemplate{name: freedom-ecosystem}}}"
	info := answeredJSON(s.shop, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: made.ID})
	if info.String() != want || info.Payer.Reveal() != "encrypted" || info.Device.IP.Reveal() != "85.116.189.120" {
		t.Errorf("got %v\nwant %s", info, want)
	}

	// The Partner API shows the same invoice.
	partners, err := partner.New(s.env, s.credentials)
	must(t, err)
	shown := answeredJSON(s.shop, partners.InvoicesInfo, &partner.InvoicesInfoRequest{InvoiceID: made.ID})
	if shown.Status != "success" || len(shown.Refunds) != 2 || shown.Refunds[0].ID != back.RefundID || shown.Positions[0].Name != "Ticket" {
		t.Errorf("got %v", shown)
	}
}

// An invoice that nobody has paid can be canceled, also while its payer is at the bank.
func TestScenarioInvoiceCanceled(t *testing.T) {
	for name, state := range map[string]merchant.InvoiceStatus{"": merchant.InvoiceStatusNew, card3DS: merchant.InvoiceStatusProcess} {
		s := openTill(t, sandbox.Options{})
		asked := ticket("ORDER-2", "500")
		asked.StateCallback = s.addr + "/state"
		made := answeredJSON(s.shop, s.merchant.InvoiceCreate, asked)
		payer := s.visitor().open(made.URL)
		if name != "" {
			payer.press("card", card3DS, "action", "pay")
		}
		s.invoiceIs(made.ID, state)
		got := answeredJSON(s.shop, s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: made.ID, Description: "changed"})
		if got.Status != merchant.InvoiceStatusCanceled || got.CreatedAt.String() != "2026-01-22T07:00:00Z" {
			t.Errorf("got %v", got)
		}
		s.one("/state")

		refusedJSON(s.shop, "the invoice is canceled", s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: made.ID})
		refusedJSON(s.shop, "only what was taken", s.merchant.InvoiceRefund, refundOf(made.ID, "1"))
		if name != "" {
			payer.press().press("answer", "confirm").press() // to the bank, and back
		} else {
			payer.press("card", cardPlain, "action", "pay")
		}
		if !strings.Contains(payer.body, "The payment is canceled") {
			t.Errorf("%s", payer.body)
		}
		s.invoiceIs(made.ID, merchant.InvoiceStatusCanceled)
		s.one("/state")
	}
}

// An invoice that was not paid in time, or whose card was refused, is over.
func TestInvoiceThatIsOver(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	asked := ticket("ORDER-3", "500")
	asked.StateCallback = s.addr + "/state"
	late := answeredJSON(s.shop, s.merchant.InvoiceCreate, asked)
	s.sandbox.Advance(time.Hour - time.Second)
	s.invoiceIs(late.ID, merchant.InvoiceStatusNew)
	s.sandbox.Advance(time.Second)
	s.invoiceIs(late.ID, "incomplete")
	s.one("/state")
	refusedJSON(s.shop, "the invoice is incomplete", s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: late.ID})
	refusedJSON(s.shop, "expires_at is over", s.merchant.InvoiceCreate, asked)

	// Without a time it is a day.
	asked.ExpiresAt = wire.Time{}
	poor := answeredJSON(s.shop, s.merchant.InvoiceCreate, asked)
	if info := answeredJSON(s.shop, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: poor.ID}); info.ExpiresAt.String() != "2026-01-23T08:00:00Z" {
		t.Errorf("got %v", info)
	}
	if page := s.visitor().open(poor.URL).press("card", cardPoor, "action", "pay").body; !strings.Contains(page, "10009") {
		t.Error(page)
	}
	if got := answeredJSON(s.shop, s.merchant.InvoiceStatus, &merchant.InvoiceStatusRequest{ID: poor.ID}); got.Status != "failed" {
		t.Errorf("got %v", got)
	}
	if got := len(s.came("/state")); got != 2 {
		t.Errorf("told %d times", got)
	}
}

// A callback about an invoice that does not arrive is repeated like one about a
// recurring profile.
func TestInvoiceIsToldAgain(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 503, "" })
	asked := ticket("ORDER-4", "500")
	asked.StateCallback = s.addr + "/state"
	made := answeredJSON(s.shop, s.merchant.InvoiceCreate, asked)
	answeredJSON(s.shop, s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: made.ID})
	s.came("/state")
	s.sandbox.Advance(time.Hour)
	if got := len(s.came("/state")); got != 4 {
		t.Errorf("told %d times", got)
	}
	if d := s.sandbox.Deliveries()[0]; d.Kind != sandbox.CallbackInvoice || d.OrderID != "ORDER-4" || !d.Next.IsZero() {
		t.Errorf("got %+v", d)
	}
}

// What an invoice cannot be is refused, and makes nothing.
func TestInvoiceRefusals(t *testing.T) {
	s := openShop(t)
	for text, change := range map[string]func(r *merchant.InvoiceCreateRequest){
		"the amount must be positive":  func(r *merchant.InvoiceCreateRequest) { r.Amount = wire.Decimal{} },
		"more than two decimals":       func(r *merchant.InvoiceCreateRequest) { r.Amount = wire.MustDecimal("0.001") },
		"not a code of three letters":  func(r *merchant.InvoiceCreateRequest) { r.Currency = "tenge" },
		"the amount must be positive ": func(r *merchant.InvoiceCreateRequest) { r.Amount = wire.MustDecimal("-1") },
	} {
		r := ticket("ORDER-5", "1")
		change(r)
		if e := refusedJSON(s, strings.TrimSpace(text), s.merchant.InvoiceCreate, r); e.Kind != wire.ErrRejected || e.Code != "" || e.Meta.Status != http.StatusOK {
			t.Errorf("%s: %v", text, e)
		}
	}
	for _, e := range []*wire.Error{
		refusedJSON(s, "no such invoice", s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: "none"}),
		refusedJSON(s, "no such invoice", s.merchant.InvoiceStatus, &merchant.InvoiceStatusRequest{ID: "none"}),
	} {
		if e.Kind != wire.ErrNotFound || e.Meta.Status != http.StatusNotFound {
			t.Errorf("got %v", e)
		}
	}
	if e := refusedJSON(s, "there is no id", s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{}); e.Meta.Status != http.StatusBadRequest {
		t.Errorf("got %v", e)
	}
	refusedJSON(s, "no such invoice", s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: "none"})
	refusedJSON(s, "no such invoice", s.merchant.InvoiceRefund, refundOf("none", "1"))
	if page := s.visitor().open(string(s.env) + "/_sandbox/pay?customer=none"); page.status != http.StatusNotFound {
		t.Errorf("got %d", page.status)
	}
}

// The repeat of an X-Request-Id gets the first answer, and does nothing. That of another
// operation is another request, and what made nothing leaves the id free.
func TestInvoiceRepeats(t *testing.T) {
	s := openShop(t)
	id := wire.WithRequestID("019d0652-4e2f-7f54-a179-000000000001")
	wrong := ticket("ORDER-6", "0")
	refusedJSON(s, "positive", s.merchant.InvoiceCreate, wrong, id)
	made := answeredJSON(s, s.merchant.InvoiceCreate, ticket("ORDER-6", "500"), id)
	if again := answeredJSON(s, s.merchant.InvoiceCreate, ticket("ORDER-6", "500"), id); again.ID != made.ID || again.URL != made.URL {
		t.Errorf("got %v, and first %v", again, made)
	}
	if other := answeredJSON(s, s.merchant.InvoiceCreate, ticket("ORDER-6", "500")); other.ID == made.ID {
		t.Error("another request got the same invoice")
	}
	s.visitor().open(made.URL).press("card", cardFull, "action", "pay")
	back := answeredJSON(s, s.merchant.InvoiceRefund, refundOf(made.ID, "300"), id)
	if again := answeredJSON(s, s.merchant.InvoiceRefund, refundOf(made.ID, "300"), id); again.RefundID != back.RefundID {
		t.Errorf("got %v, and first %v", again, back)
	}
	if info := answeredJSON(s, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: made.ID}, id); len(info.Refunds) != 1 {
		t.Errorf("got %v", info)
	}
}

// However many give back at once, no more goes back than was paid.
func TestInvoiceRefundsAtOnce(t *testing.T) {
	s := openShop(t)
	made := answeredJSON(s, s.merchant.InvoiceCreate, ticket("ORDER-7", "500"))
	s.visitor().open(made.URL).press("card", cardFull, "action", "pay")
	if n := inParallel(50, func() error {
		_, err := s.merchant.InvoiceRefund(t.Context(), refundOf(made.ID, "100"))
		return err
	}); n != 5 {
		t.Errorf("%d refunds of a fifth", n)
	}
}

// A card that cannot be refunded cannot be here.
func TestInvoiceOfACardThatCannotBeRefunded(t *testing.T) {
	s := openShop(t)
	made := answeredJSON(s, s.merchant.InvoiceCreate, ticket("ORDER-8", "500"))
	payer := s.visitor().open(made.URL).press("card", card3DS, "action", "pay")
	payer.press().press("answer", "confirm").press()
	s.invoiceIs(made.ID, merchant.InvoiceStatusSuccess)
	refusedJSON(s, "cannot be refunded", s.merchant.InvoiceRefund, refundOf(made.ID, "1"))
}

// The invoice of the documentation's examples is known by the merchant's calls too.
func TestExampleInvoiceByTheMerchant(t *testing.T) {
	s := openShop(t)
	s.invoiceIs(sandbox.ExampleInvoice, merchant.InvoiceStatusNew)
	if info := answeredJSON(s, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: sandbox.ExampleInvoice}); info.ExternalID != "00102" || info.Device.IP.Reveal() != "85.116.189.120" {
		t.Errorf("got %v", info)
	}
	answeredJSON(s, s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: sandbox.ExampleInvoice, Description: "cancel description"})
	if _, err := s.merchant.InvoicePay(t.Context(), payment()); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("a canceled invoice is paid: %v", err)
	}
}

// Under one path there are two signatures, and each operation has its own.
func TestSchemesUnderOnePath(t *testing.T) {
	s := openShop(t)
	seen := 0
	for _, op := range merchant.Operations() {
		request := codec.Message(ticket("1", "1"))
		switch op.Security {
		case wire.JWSHS256:
			op.Security = wire.JWSMerchant2025
		case wire.JWSMerchant2025:
			op.Security, request = wire.JWSHS256, payment()
		default:
			continue
		}
		seen++
		if err := s.merchant.Do(t.Context(), op, request, new(wire.Unknown)); !errors.Is(err, wire.ErrUnauthorized) {
			t.Errorf("%s, signed like the others: %v", op.ID, err)
		}
	}
	if seen != 12 {
		t.Errorf("%d operations are signed with a JWS", seen)
	}
	none := wire.Operation{ID: "merchant.none", Method: "POST", Path: "/v5/merchant/none", Security: wire.JWSHS256}
	if err := s.merchant.Do(t.Context(), none, nil, new(wire.Unknown)); !errors.Is(err, wire.ErrNotFound) {
		t.Errorf("no operation: %v", err)
	}
	if err := s.merchant.Do(t.Context(), none, nil, new(wire.Unknown), wire.WithCredentials(wire.NewCredentials("123456", "other"))); !errors.Is(err, wire.ErrUnauthorized) {
		t.Errorf("no operation, by nobody: %v", err)
	}
}

// An invoice cannot be canceled while the merchant is asked whether it may be paid.
func TestInvoiceCanceledDuringTheCheck(t *testing.T) {
	var s *shop
	asked := 0
	check := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		refusedJSON(s, "the merchant is being asked", s.merchant.InvoiceCancel, &merchant.InvoiceCancelRequest{ID: sandbox.ExampleInvoice})
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer check.Close()
	s = openShopWith(t, sandbox.Options{CheckURL: check.URL})
	if _, err := s.merchant.InvoicePay(t.Context(), payment()); !errors.Is(err, wire.ErrRejected) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	s.invoiceIs(sandbox.ExampleInvoice, "failed")
}

// What stands for a payer, a card or a phone is in no log.
func TestInvoicesAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	s := openShopWith(t, sandbox.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	asked := ticket("ORDER-9", "1.234")
	asked.Payer = wire.NewSecret("the payer's name")
	refusedJSON(s, "two decimals", s.merchant.InvoiceCreate, asked)
	tips := tipsTo("t0ken-of-a-card", "1")
	refusedJSON(s, "no card", s.merchant.TipsCreate, tips)
	for _, secret := range []string{"payer's", "85.116", "t0ken", "77001234567"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, &log)
		}
	}
	if !strings.Contains(log.String(), "two decimals") {
		t.Errorf("no reason in the log: %s", &log)
	}
	// What is not there is asked for under a path that is: the log says which.
	log.Reset()
	_, err := s.merchant.InvoiceStatus(t.Context(), &merchant.InvoiceStatusRequest{ID: "none"})
	if !errors.Is(err, wire.ErrNotFound) || !strings.Contains(log.String(), "path=/v5/merchant/invoice/status") {
		t.Errorf("%v; in the log: %s", err, &log)
	}
}
