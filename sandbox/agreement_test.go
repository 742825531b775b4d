package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// subscription is a recurring profile, as a shop asks for one.
func (t *till) subscription() *merchant.InvoiceRecurringCreateRequest {
	return &merchant.InvoiceRecurringCreateRequest{
		InvoiceType: merchant.InvoiceTypeBinance, Currency: "KZT", ExternalID: "SUBSCRIPTION-001", StateCallback: t.addr + "/state",
		AgreementType: merchant.AgreementTypeOnDemand, ExpiresAt: wire.TimeLiteral("2026-06-30"),
	}
}

// signed makes a profile that its payer has signed.
func (t *till) signed(r *merchant.InvoiceRecurringCreateRequest) *merchant.InvoiceRecurringCreateAnswer {
	t.t.Helper()
	made := answeredJSON(t.shop, t.merchant.InvoiceRecurringCreate, r)
	if page := t.visitor().open(made.URL).press("answer", "sign").body; !strings.Contains(page, "You have signed") {
		t.t.Fatal(page)
	}
	return made
}

func (t *till) profileInfo(id string) *merchant.InvoiceRecurringInfoAnswer {
	t.t.Helper()
	return answeredJSON(t.shop, t.merchant.InvoiceRecurringInfo, &merchant.InvoiceRecurringInfoRequest{ProfileID: id})
}

func chargeOf(profile, amount string) *merchant.InvoiceExecuteRequest {
	r := &merchant.InvoiceExecuteRequest{ProfileID: profile, ExternalID: "ORDER-123", Type: merchant.InvoiceTypeBinance, Currency: "KZT"}
	if amount != "" {
		r.Amount = wire.MustDecimal(amount)
	}
	return r
}

// A profile is made, signed by the payer, told of, charged and canceled.
func TestScenarioRecurringProfile(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	made := answeredJSON(s.shop, s.merchant.InvoiceRecurringCreate, s.subscription())
	if made.ProfileID == "" || made.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", made)
	}
	want := "InvoiceRecurringInfoAnswer{invoice_type: binance, profile_id: " + made.ProfileID +
		", external_id: SUBSCRIPTION-001, agreement_type: on-demand, expires_at: 2026-06-30, created_at: 2026-01-22T07:00:00Z}"
	if got := s.profileInfo(made.ProfileID); got.String() != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
	refusedJSON(s.shop, "has not signed", s.merchant.InvoiceExecute, chargeOf(made.ProfileID, "1000"))

	payer := s.visitor().open(made.URL)
	if !strings.Contains(payer.body, "in KZT") || !strings.Contains(payer.body, "until 2026-06-30") {
		t.Error(payer.body)
	}
	payer.press("answer", "leave")
	if payer.open(made.URL).press("answer", "what"); payer.status != http.StatusBadRequest || s.profileInfo(made.ProfileID).Status != "" {
		t.Errorf("%d: %s", payer.status, payer.body)
	}
	if len(s.came("/state")) != 0 {
		t.Error("told of what nobody has done")
	}
	payer.press("answer", "sign")
	if page := payer.open(made.URL).body; !strings.Contains(page, "You have signed the agreement") {
		t.Error(page)
	}
	n := s.one("/state")
	wantBody := `{"profile_id":"` + made.ProfileID + `","status":"active","invoice_type":"binance","external_id":"SUBSCRIPTION-001",` +
		`"agreement_type":"on-demand","expires_at":"2026-06-30","created_at":"2026-01-22T07:00:00Z"}`
	if n.raw != wantBody || n.contentType != "application/json" || n.method != "POST" || n.signature != "" {
		t.Errorf("%s %s %s\nwant %s", n.method, n.contentType, n.raw, wantBody)
	}
	// After a lost answer the profile is found by the merchant's own id.
	found := answeredJSON(s.shop, s.merchant.InvoiceRecurringInfo, &merchant.InvoiceRecurringInfoRequest{ExternalID: "SUBSCRIPTION-001"})
	if found.Status != merchant.ProfileStatusActive || found.ProfileID != made.ProfileID {
		t.Errorf("got %v", found)
	}

	charged := answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(made.ProfileID, "1000"))
	if charged.Status != merchant.InvoiceStatusSuccess || charged.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", charged)
	}
	s.invoiceIs(charged.InvoiceID, merchant.InvoiceStatusSuccess)
	answeredJSON(s.shop, s.merchant.InvoiceRefund, refundOf(charged.InvoiceID, "400"))
	info := answeredJSON(s.shop, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: charged.InvoiceID})
	if info.Amount.String() != "1000" || info.Type != merchant.InvoiceTypeBinance || info.ExternalID != "ORDER-123" || len(info.Refunds) != 1 {
		t.Errorf("got %v", info)
	}
	if len(s.came("/result")) != 0 {
		t.Error("the shop's settings count for charges of profiles")
	}

	canceled := answeredJSON(s.shop, s.merchant.InvoiceRecurringCancel, &merchant.InvoiceRecurringCancelRequest{
		ExternalID: "SUBSCRIPTION-001", ProfileID: made.ProfileID, Description: "the customer has left",
	})
	if canceled.Status != merchant.ProfileStatusCanceled || canceled.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", canceled)
	}
	if all := s.came("/state"); len(all) != 2 || !strings.Contains(all[1].raw, `"status":"canceled"`) {
		t.Errorf("told %v", all)
	}
	refusedJSON(s.shop, "is canceled", s.merchant.InvoiceRecurringCancel, &merchant.InvoiceRecurringCancelRequest{ProfileID: made.ProfileID})
	refusedJSON(s.shop, "is canceled", s.merchant.InvoiceExecute, chargeOf(made.ProfileID, "1000"))
	if got := s.profileInfo(made.ProfileID); got.Status != merchant.ProfileStatusCanceled {
		t.Errorf("got %v", got)
	}
}

// That a profile is active is told again every 30 seconds, three times, until HTTP 200;
// and the merchant may ask for the profile before it answers.
func TestProfileIsToldAgain(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return 201, "{}" })
	made := s.signed(s.subscription())
	for attempts := 1; attempts <= 4; attempts++ {
		if got := len(s.came("/state")); got != attempts {
			t.Errorf("%d attempts, want %d", got, attempts)
		}
		s.sandbox.Advance(30 * time.Second)
	}
	if got := len(s.came("/state")); got != 4 {
		t.Errorf("%d attempts in the end", got)
	}
	s.answering(func(notice) (int, string) {
		if got := s.profileInfo(made.ProfileID).Status; got != merchant.ProfileStatusCanceled {
			t.Errorf("asked from within: %s", got)
		}
		return 200, ""
	})
	answeredJSON(s.shop, s.merchant.InvoiceRecurringCancel, &merchant.InvoiceRecurringCancelRequest{ProfileID: made.ProfileID})
	s.came("/state")
	d := s.sandbox.Deliveries()[1]
	if d.Kind != sandbox.CallbackRecurringProfile || d.PaymentID != made.ProfileID || d.OrderID != "SUBSCRIPTION-001" ||
		d.Result != "canceled" || len(d.Attempts) != 1 || d.Attempts[0].Problem != "" || !d.Next.IsZero() {
		t.Errorf("got %+v", d)
	}
}

// What a profile cannot be charged for is refused.
func TestProfileRefusals(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	r := s.subscription()
	r.Amount = wire.MustDecimal("700")
	id := s.signed(r).ProfileID
	for text, change := range map[string]func(r *merchant.InvoiceExecuteRequest){
		"no such recurring profile":   func(r *merchant.InvoiceExecuteRequest) { r.ProfileID = "none" },
		"no such recurring profile ":  func(r *merchant.InvoiceExecuteRequest) { r.ProfileID = "0" },
		"the type is not":             func(r *merchant.InvoiceExecuteRequest) { r.Type = merchant.InvoiceTypeSuperApp },
		"the currency is not":         func(r *merchant.InvoiceExecuteRequest) { r.Currency = "USD" },
		"more than two decimals":      func(r *merchant.InvoiceExecuteRequest) { r.Amount = wire.MustDecimal("0.001") },
		"the amount must be positive": func(r *merchant.InvoiceExecuteRequest) { r.Amount = wire.MustDecimal("0") },
	} {
		charge := chargeOf(id, "10")
		change(charge)
		refusedJSON(s.shop, strings.TrimSpace(text), s.merchant.InvoiceExecute, charge)
	}
	// Without an amount it is that of the profile.
	charged := answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(id, ""))
	if info := answeredJSON(s.shop, s.merchant.InvoiceInfo, &merchant.InvoiceInfoRequest{ID: charged.InvoiceID}); info.Amount.String() != "700" {
		t.Errorf("got %v", info)
	}

	for text, change := range map[string]func(r *merchant.InvoiceRecurringCreateRequest){
		"expires_at is over":          func(r *merchant.InvoiceRecurringCreateRequest) { r.ExpiresAt = wire.TimeLiteral("2026-01-21") },
		"not a code of three letters": func(r *merchant.InvoiceRecurringCreateRequest) { r.Currency = "kzt" },
		"the amount must be positive": func(r *merchant.InvoiceRecurringCreateRequest) { r.Amount = wire.MustDecimal("0") },
	} {
		r := s.subscription()
		change(r)
		refusedJSON(s.shop, text, s.merchant.InvoiceRecurringCreate, r)
	}
	e := refusedJSON(s.shop, "no such recurring profile", s.merchant.InvoiceRecurringInfo, &merchant.InvoiceRecurringInfoRequest{ProfileID: id, ExternalID: "another"})
	if e.Kind != wire.ErrNotFound || e.Meta.Status != http.StatusNotFound {
		t.Errorf("got %v", e)
	}
	refusedJSON(s.shop, "neither profile_id nor external_id", s.merchant.InvoiceRecurringInfo, &merchant.InvoiceRecurringInfoRequest{})
	refusedJSON(s.shop, "no such recurring profile", s.merchant.InvoiceRecurringCancel, &merchant.InvoiceRecurringCancelRequest{ProfileID: "none"})
	if page := s.visitor().open(string(s.env) + "/_sandbox/agreement?customer=none"); page.status != http.StatusNotFound {
		t.Errorf("got %d", page.status)
	}
}

// A profile ends with its last day.
func TestProfileExpires(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	r := s.subscription()
	r.ExpiresAt = wire.TimeLiteral("2026-01-23")
	id := s.signed(r).ProfileID
	unsigned := answeredJSON(s.shop, s.merchant.InvoiceRecurringCreate, r)
	s.sandbox.Advance(36*time.Hour - time.Second)
	answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(id, "1"))
	s.sandbox.Advance(time.Second)
	refusedJSON(s.shop, "has expired", s.merchant.InvoiceExecute, chargeOf(id, "1"))
	if page := s.visitor().open(unsigned.URL).body; !strings.Contains(page, "last day of the agreement is over") {
		t.Error(page)
	}
	// One that is not signed can be canceled all the same, and not be signed any more.
	answeredJSON(s.shop, s.merchant.InvoiceRecurringCancel, &merchant.InvoiceRecurringCancelRequest{ProfileID: unsigned.ProfileID})
	if page := s.visitor().open(unsigned.URL).body; !strings.Contains(page, "The agreement is canceled") {
		t.Error(page)
	}
}

// Of several profiles of one external_id the newest is meant, and nothing has to be said
// of one: it is in KZT and for ever, and nobody is told.
func TestProfilesOfOneExternalID(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	answeredJSON(s.shop, s.merchant.InvoiceRecurringCreate, s.subscription())
	r := &merchant.InvoiceRecurringCreateRequest{ExternalID: "SUBSCRIPTION-001", Amount: wire.MustDecimal("9.90")}
	made := answeredJSON(s.shop, s.merchant.InvoiceRecurringCreate, r)
	page := s.visitor().open(made.URL)
	if !strings.Contains(page.body, "9.90 in KZT, again and again.") {
		t.Error(page.body)
	}
	page.press("answer", "sign")
	// The page is posted twice.
	status, _ := s.ask("POST", "/_sandbox/agreement", "customer="+strings.SplitN(made.URL, "customer=", 2)[1]+"&answer=sign", "Content-Type", "application/x-www-form-urlencoded")
	if status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	s.sandbox.Advance(1000 * 24 * time.Hour)
	charge := chargeOf(made.ProfileID, "")
	charge.Type, charge.Currency = "", ""
	answeredJSON(s.shop, s.merchant.InvoiceExecute, charge)
	got := answeredJSON(s.shop, s.merchant.InvoiceRecurringInfo, &merchant.InvoiceRecurringInfoRequest{ExternalID: "SUBSCRIPTION-001"})
	if got.ProfileID != made.ProfileID || got.ExpiresAt.IsSet() || len(s.came("/state")) != 0 {
		t.Errorf("got %v", got)
	}
}

// The repeat of an X-Request-Id charges once; without one to repeat, twice.
func TestChargeRepeats(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	id := s.signed(s.subscription()).ProfileID
	same := wire.WithRequestID("019d0652-4e2f-7f54-a179-000000000002")
	first := answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(id, "10"), same)
	if again := answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(id, "10"), same); again.InvoiceID != first.InvoiceID {
		t.Errorf("got %v, and first %v", again, first)
	}
	if other := answeredJSON(s.shop, s.merchant.InvoiceExecute, chargeOf(id, "10")); other.InvoiceID == first.InvoiceID {
		t.Error("another request got the same invoice")
	}
}
