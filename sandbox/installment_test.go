package sandbox_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// lender is a till whose shop sells by installments.
type lender struct {
	*till
	installment *installment.Client
}

func openLender(t *testing.T) *lender {
	t.Helper()
	l := &lender{till: openTill(t, sandbox.Options{})}
	var err error
	l.installment, err = installment.New(l.env, l.credentials)
	must(t, err)
	return l
}

// phoneJWE is in the form of the page's example; what is in it nobody reads.
var phoneJWE = wire.NewSecret(base64.RawURLEncoding.EncodeToString(
	[]byte(`{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2s":"AAECAwQFBgc","p2c":65536}`)) + ".a2V5.aXY.dGV4dA.dGFn")

func (l *lender) order(id string) *installment.ApplicationCreateRequest {
	return &installment.ApplicationCreateRequest{
		ExternalID: id, TotalAmount: wire.MustDecimal("1500000.50"), Currency: "UZS",
		Goods: []installment.GoodsItem{
			{Name: "Phone", Price: wire.MustDecimal("1000000"), Quantity: new(int64(1)), Category: "electronics"},
			{Name: "Case", Price: wire.MustDecimal("250000.25"), Quantity: new(int64(2))},
		},
		Customer:    &installment.Customer{Phone: phoneJWE},
		CallbackURL: l.addr + "/status?shop=1",
	}
}

// approved makes an application that a bank has approved.
func (l *lender) approved(id string) *installment.ApplicationCreateAnswer {
	l.t.Helper()
	made := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order(id))
	if page := l.visitor().open(made.RedirectURL.Reveal()).press().body; !strings.Contains(page, "has approved") {
		l.t.Fatal(page)
	}
	return made
}

func (l *lender) becomes(id string, status installment.ApplicationTargetStatus) *installment.ApplicationChangeStatusAnswer {
	l.t.Helper()
	return answeredJSON(l.shop, l.installment.ApplicationChangeStatus, &installment.ApplicationChangeStatusRequest{ID: id, Status: status})
}

// forbidden is a change of status that is error 1003.
func (l *lender) forbidden(id string, status installment.ApplicationTargetStatus) {
	l.t.Helper()
	e := refusedJSON(l.shop, "the application is", l.installment.ApplicationChangeStatus, &installment.ApplicationChangeStatusRequest{ID: id, Status: status})
	if e.Code != "1003" || e.Kind != wire.ErrRejected || e.Meta.Status != http.StatusOK {
		l.t.Errorf("got %v", e)
	}
}

// An application is made, approved by a bank, delivered and refunded.
func TestScenarioApplication(t *testing.T) {
	l := openLender(t)
	made := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order("TGR1234"))
	if made.Status != installment.ApplicationStatusNew || len(made.ID) != 36 || made.Token.Reveal() == "" ||
		!strings.Contains(made.RedirectURL.Reveal(), made.Token.Reveal()) {
		t.Errorf("got %v", made)
	}
	want := "ApplicationStatusAnswer{id: " + made.ID + ", external_id: TGR1234, status: new, currency: UZS, " +
		"created_at: 2026-01-22T07:00:00.000Z, updated_at: 2026-01-22T07:00:00.000Z}"
	if got := answeredJSON(l.shop, l.installment.ApplicationStatus, &installment.ApplicationStatusRequest{ID: made.ID}); got.String() != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
	l.forbidden(made.ID, installment.ApplicationTargetStatusDelivered)
	l.forbidden(made.ID, installment.ApplicationTargetStatusRefund)

	l.sandbox.Advance(1500 * time.Millisecond)
	customer := l.visitor().open(made.RedirectURL.Reveal())
	if !strings.Contains(customer.body, "1500000.50 UZS") || !strings.Contains(customer.body, "Anorbank, credit for 6 months") {
		t.Error(customer.body)
	}
	if customer.press("answer", "none"); customer.status != http.StatusBadRequest {
		t.Errorf("%d: %s", customer.status, customer.body)
	}
	customer.press("answer", "anorbank credit 6")
	if page := customer.open(made.RedirectURL.Reveal()).body; !strings.Contains(page, "nothing to choose") {
		t.Error(page)
	}
	want = "ApplicationStatusAnswer{id: " + made.ID + ", external_id: TGR1234, status: new, approved_amount: 1500000.50, currency: UZS, " +
		"bank_code: anorbank, created_at: 2026-01-22T07:00:00.000Z, updated_at: 2026-01-22T07:00:01.500Z}"
	if got := answeredJSON(l.shop, l.installment.ApplicationStatus, &installment.ApplicationStatusRequest{ExternalID: "TGR1234"}); got.String() != want {
		t.Errorf("got %v\nwant %s", got, want)
	}

	l.forbidden(made.ID, installment.ApplicationTargetStatusRefund)
	l.sandbox.Advance(time.Second)
	delivered := answeredJSON(l.shop, l.installment.ApplicationChangeStatus, &installment.ApplicationChangeStatusRequest{
		ExternalID: "TGR1234", Status: installment.ApplicationTargetStatusDelivered,
	})
	if delivered.ID != made.ID || delivered.Status != installment.ApplicationStatusDelivered || delivered.UpdatedAt.String() != "2026-01-22T07:00:02.500Z" {
		t.Errorf("got %v", delivered)
	}
	n := l.one("/status")
	wantBody := `{"id":"` + made.ID + `","external_id":"TGR1234","status":"delivered","approved_amount":1500000.50,"currency":"UZS",` +
		`"bank_code":"anorbank","created_at":"2026-01-22T07:00:00.000Z","updated_at":"2026-01-22T07:00:02.500Z"}`
	if n.raw != wantBody || n.contentType != "application/json" || n.method != "POST" || n.path != "/status?shop=1" {
		t.Errorf("%s %s %s\nwant %s", n.method, n.contentType, n.raw, wantBody)
	}
	signer, err := jws.NewSigner([]byte(l.credentials.Secret.Reveal()))
	must(t, err)
	must(t, signer.Verify(n.signature, jws.Header{
		Form: jws.FormURI, Algorithm: jws.HS256, URI: "/status", Identity: "123456", Method: "POST",
	}, []byte(n.raw)))

	l.forbidden(made.ID, installment.ApplicationTargetStatusCanceled)
	l.forbidden(made.ID, installment.ApplicationTargetStatusDelivered)
	if got := l.becomes(made.ID, installment.ApplicationTargetStatusRefund); got.Status != installment.ApplicationStatusRefund {
		t.Errorf("got %v", got)
	}
	for _, status := range []installment.ApplicationTargetStatus{installment.ApplicationTargetStatusCanceled, installment.ApplicationTargetStatusDelivered, installment.ApplicationTargetStatusRefund} {
		l.forbidden(made.ID, status)
	}
	if got := len(l.came("/status")); got != 2 {
		t.Errorf("told %d times", got)
	}
}

// An application can be canceled until the goods are delivered, approved or not.
func TestScenarioApplicationCanceled(t *testing.T) {
	l := openLender(t)
	fresh := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order("1"))
	for _, made := range []*installment.ApplicationCreateAnswer{fresh, l.approved("2")} {
		if got := l.becomes(made.ID, installment.ApplicationTargetStatusCanceled); got.Status != installment.ApplicationStatusCanceled {
			t.Errorf("got %v", got)
		}
		l.forbidden(made.ID, installment.ApplicationTargetStatusCanceled)
		l.forbidden(made.ID, installment.ApplicationTargetStatusDelivered)
		if page := l.visitor().open(made.RedirectURL.Reveal()).body; !strings.Contains(page, "nothing to choose") {
			t.Error(page)
		}
	}
	// Without approval there is nothing to tell about an amount or a bank.
	told := 0
	for _, n := range l.came("/status") { // in any order: they are of two applications
		if !strings.Contains(n.raw, `"external_id":"1"`) {
			continue
		}
		told++
		if strings.Contains(n.raw, "approved_amount") || strings.Contains(n.raw, "bank_code") {
			t.Error(n.raw)
		}
	}
	if told != 1 {
		t.Errorf("told %d times of the one without approval", told)
	}
}

// Any status from 200 to 299 confirms that an application was told of.
func TestApplicationIsToldAgain(t *testing.T) {
	l := openLender(t)
	l.answering(func(notice) (int, string) { return 500, "" })
	l.becomes(l.approved("1").ID, installment.ApplicationTargetStatusDelivered)
	first := l.one("/status")
	l.answering(func(notice) (int, string) { return 204, "" })
	l.sandbox.Advance(time.Minute)
	l.sandbox.Advance(time.Hour)
	all := l.came("/status")
	if len(all) != 2 || all[1].raw != first.raw || all[1].signature != first.signature {
		t.Errorf("told %v", all)
	}
	if d := l.sandbox.Deliveries()[0]; d.Kind != sandbox.CallbackApplication || d.OrderID != "1" || d.Result != "delivered" || d.Attempts[1].Problem != "" {
		t.Errorf("got %+v", d)
	}
}

// What is wrong with a request is HTTP status 422.
func TestApplicationRefusals(t *testing.T) {
	l := openLender(t)
	for text, change := range map[string]func(r *installment.ApplicationCreateRequest){
		"not the sum of the goods":     func(r *installment.ApplicationCreateRequest) { r.TotalAmount = wire.MustDecimal("1500000.49") },
		"not the sum of the goods ":    func(r *installment.ApplicationCreateRequest) { r.TotalAmount = wire.MustDecimal("1500000.51") },
		"not the sum of the goods  ":   func(r *installment.ApplicationCreateRequest) { r.Goods = nil },
		"not the sum of the goods   ":  func(r *installment.ApplicationCreateRequest) { r.Goods[0].Quantity = new(int64(1) << 62) },
		"total_amount has to be":       func(r *installment.ApplicationCreateRequest) { r.TotalAmount = wire.Decimal{} },
		"a price has to be":            func(r *installment.ApplicationCreateRequest) { r.Goods[0].Price = wire.MustDecimal("-1") },
		"some of each of the goods":    func(r *installment.ApplicationCreateRequest) { r.Goods[1].Quantity = nil },
		"outside the limits":           func(r *installment.ApplicationCreateRequest) { r.Currency = "KZT" },
		"customer.phone":               func(r *installment.ApplicationCreateRequest) { r.Customer = nil },
		"customer.phone is not":        func(r *installment.ApplicationCreateRequest) { r.Customer.Phone = wire.NewSecret("998901234567") },
		"customer.phone is not en":     func(r *installment.ApplicationCreateRequest) { r.Customer.Phone = wire.NewSecret("e30.a.b.c.d") },
		"callback_url":                 func(r *installment.ApplicationCreateRequest) { r.CallbackURL = "status" },
		"outside the limits of all":    cheap,
		"outside the limits of all ba": dear,
	} {
		r := l.order("TGR1")
		change(r)
		if e := refusedJSON(l.shop, strings.TrimSpace(text), l.installment.ApplicationCreate, r); e.Kind != wire.ErrRejected || e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", text, e)
		}
	}
	made := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order("TGR1"))
	if e := refusedJSON(l.shop, "external_id", l.installment.ApplicationCreate, l.order("TGR1")); e.Code != "1004" || e.Meta.Status != http.StatusOK {
		t.Errorf("got %v", e)
	}
	// Exactly one id.
	for _, r := range []*installment.ApplicationStatusRequest{{}, {ID: made.ID, ExternalID: "TGR1"}} {
		if e := refusedJSON(l.shop, "exactly one", l.installment.ApplicationStatus, r); e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("got %v", e)
		}
	}
	for _, r := range []*installment.ApplicationChangeStatusRequest{
		{Status: installment.ApplicationTargetStatusCanceled}, {ID: made.ID, ExternalID: "TGR1", Status: installment.ApplicationTargetStatusCanceled},
		{ID: made.ID, Status: "new"}, {ID: made.ID},
	} {
		if e := refusedJSON(l.shop, "", l.installment.ApplicationChangeStatus, r); e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: got %v", r, e)
		}
	}
	const nobody = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	for _, e := range []*wire.Error{
		refusedJSON(l.shop, "no such application", l.installment.ApplicationStatus, &installment.ApplicationStatusRequest{ID: nobody}),
		refusedJSON(l.shop, "no such application", l.installment.ApplicationStatus, &installment.ApplicationStatusRequest{ExternalID: "none"}),
		refusedJSON(l.shop, "no such application", l.installment.ApplicationChangeStatus, &installment.ApplicationChangeStatusRequest{ID: nobody, Status: installment.ApplicationTargetStatusCanceled}),
	} {
		if e.Code != "1002" || e.Kind != wire.ErrNotFound || e.Meta.Status != http.StatusOK {
			t.Errorf("got %v", e)
		}
	}
	_, err := l.installment.Partners(t.Context(), wire.WithCredentials(wire.NewCredentials("123456", "other")))
	if !errors.Is(err, wire.ErrUnauthorized) {
		t.Errorf("with a wrong key: %v", err)
	}
	if page := l.visitor().open(string(l.env) + "/_sandbox/installment?customer=none"); page.status != http.StatusNotFound {
		t.Errorf("got %d", page.status)
	}
}

func cheap(r *installment.ApplicationCreateRequest) {
	r.TotalAmount, r.Goods = wire.MustDecimal("99999.99"), []installment.GoodsItem{{Price: wire.MustDecimal("99999.99"), Quantity: new(int64(1))}}
}

func dear(r *installment.ApplicationCreateRequest) {
	r.TotalAmount, r.Goods = wire.MustDecimal("30000001"), []installment.GoodsItem{{Price: wire.MustDecimal("30000001"), Quantity: new(int64(1))}}
}

// The repeat of an X-Request-Id makes no other application, and no other change.
func TestApplicationRepeats(t *testing.T) {
	l := openLender(t)
	same := wire.WithRequestID("019d0652-4e2f-7f54-a179-000000000004")
	first := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order("1"), same)
	if again := answeredJSON(l.shop, l.installment.ApplicationCreate, l.order("1"), same); again.ID != first.ID {
		t.Errorf("got %v, and first %v", again, first)
	}
	r := &installment.ApplicationChangeStatusRequest{ID: first.ID, Status: installment.ApplicationTargetStatusCanceled}
	answeredJSON(l.shop, l.installment.ApplicationChangeStatus, r, same)
	answeredJSON(l.shop, l.installment.ApplicationChangeStatus, r, same)
	l.one("/status")
}

func TestBanks(t *testing.T) {
	l := openLender(t)
	var meta wire.Meta
	answer, err := l.installment.Partners(t.Context(), wire.WithMeta(&meta))
	must(t, err)
	l.hasHeaders(&meta, "success")
	want := "PartnersAnswer{partners: [Bank{code: anorbank, name: Anorbank, logo: https://cdn.freedompay.kz/logos/anorbank.png, products: [" +
		"BankProduct{term_months: 12, calculation_rate: 0.095, type: installment, amount_limits: AmountLimits{currency: UZS, min: 100000, max: 30000000}}, " +
		"BankProduct{term_months: 6, calculation_rate: 0.095, type: credit, amount_limits: AmountLimits{currency: UZS, min: 100000, max: 30000000}}]}]}"
	if answer.String() != want || len(meta.Deviations) > 0 {
		t.Errorf("got %v, %v\nwant %s", answer, meta.Deviations, want)
	}
}
