package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

type atomicCounter struct{ n atomic.Int64 }

func (c *atomicCounter) add() int64 { return c.n.Add(1) }

// asBrowser makes a request look like that of a web view.
func asBrowser(_ context.Context, r *http.Request) error {
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	return nil
}

func merchantPayment(order string) *merchant.PaymentCreateRequest {
	return &merchant.PaymentCreateRequest{
		OrderID: order, Amount: wire.MustDecimal("100"), Description: "a book", AutoClearing: merchant.AutoClearingChargeNow,
	}
}

func TestMerchantRefusals(t *testing.T) {
	s := openShop(t)
	for name, change := range map[string]func(*merchant.PaymentCreateRequest){
		"no amount":      func(r *merchant.PaymentCreateRequest) { r.Amount = wire.Decimal{} },
		"three decimals": func(r *merchant.PaymentCreateRequest) { r.Amount = wire.MustDecimal("1.001") },
		"too long":       func(r *merchant.PaymentCreateRequest) { r.OrderID = strings.Repeat("1", 51) },
		"currency":       func(r *merchant.PaymentCreateRequest) { r.Currency = "tenge" },
		"lifetime":       func(r *merchant.PaymentCreateRequest) { r.Lifetime = new(int64(299)) },
	} {
		r := merchantPayment("R")
		change(r)
		if e := refused(s, "9403", s.merchant.PaymentCreate, r); e.OutcomeUnknown || e.Text == "" {
			t.Errorf("%s: %v", name, e)
		}
	}
	refusedUnsigned(s, "11068", s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{OrderID: "R"})
	refusedUnsigned(s, "11068", s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: "1"})
	refused(s, "9403", s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{})
	refused(s, "11068", s.merchant.PaymentCancel, &merchant.PaymentCancelRequest{PaymentID: "1"})
	refused(s, "11068", s.merchant.PaymentClear, &merchant.PaymentClearRequest{PaymentID: "1"})
	refused(s, "11068", s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: "1"})
	refused(s, "11068", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: "1"})
	refused(s, "11068", s.merchant.CardPaymentConfirmCVC, &merchant.CardPaymentConfirmCVCRequest{PaymentID: "1"})
	refused(s, "9403", s.merchant.RecurringPay, &merchant.RecurringPayRequest{RecurringProfile: "1", Amount: wire.MustDecimal("1")})
	refused(s, "9403", s.merchant.CardList, &merchant.CardListRequest{})
	refused(s, "9403", s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: "b", Template: merchant.CardTemplateTips})
	refused(s, "9403", s.merchant.CardAdd, &merchant.CardAddRequest{})
	refused(s, "10005", s.merchant.CardPaymentCreate, cardPaymentWith("R", "none"))

	// A payment of another kind is not one with a saved card.
	page := checked(s, s.merchant.PaymentCreate, merchantPayment("R-1"))
	refused(s, "9999", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: page.PaymentID})
	refused(s, "9999", s.merchant.CardPaymentConfirmCVC, &merchant.CardPaymentConfirmCVCRequest{PaymentID: page.PaymentID})
	added := checked(s, s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: "b"})
	refused(s, "9999", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: added.PaymentID})
	s.is(page.PaymentID, wire.ReadingNew)
}

// What is held and what is taken at once.
func TestMerchantAutoClearing(t *testing.T) {
	s := openShop(t)
	for value, want := range map[merchant.AutoClearing]wire.Reading{
		merchant.AutoClearingChargeNow: wire.ReadingCaptured, merchant.AutoClearingHold: wire.ReadingHeld, "": wire.ReadingHeld,
	} {
		r := merchantPayment("A-" + string(value))
		r.AutoClearing = value
		created, err := s.merchant.PaymentCreate(t.Context(), r, wire.WithoutValidation())
		must(t, err)
		s.visitor().open(created.RedirectURL).press("card", cardPlain, "action", "pay")
		s.is(created.PaymentID, want)
	}
	hold := cardPaymentWith("A-3", s.saves(cardPlain))
	hold.Extra().AddText("pg_auto_clearing", "0")
	created := checked(s, s.merchant.CardPaymentCreate, hold)
	paid := checked(s, s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
	if paid.Reading() != wire.ReadingHeld {
		t.Errorf("got %v", paid)
	}
}

// A saved card that fails says so in both words, and the payment stays failed.
func TestMerchantSavedCardThatFails(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("F-1", s.saves(cardPoor)))
	e := refused(s, "10009", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
	body := wire.NewUnknown(e.Meta.Header.Get("Content-Type"), e.Meta.Body.Reveal())
	if status, _ := body.Lookup("pg_transaction_status"); status != "failed" || e.OutcomeUnknown {
		t.Errorf("the payment is %s: %v", status, e)
	}
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{OrderID: "F-1"})
	if status.Reading() != wire.ReadingFailed || status.FailureCode != "10009" || *status.Captured {
		t.Errorf("got %v", status)
	}

	_, err := s.merchant.InvoicePay(t.Context(), &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer), UserID: user, CardToken: wire.NewSecret(s.token(cardPoor)),
	})
	if e, ok := err.(*wire.Error); !ok || e.Code != "10009" {
		t.Errorf("the invoice: %v", err)
	}
}

// The page on which a card is saved takes 3DS on the way, and what cannot be saved
// is not.
func TestCardAddPage(t *testing.T) {
	s := openShop(t)
	add := func() *merchant.CardAddAnswer {
		return checked(s, s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: s.url + "/back"})
	}
	added := add()
	page := s.visitor().open(added.RedirectURL)
	if page.press("answer", "4111111111111111"); page.status != http.StatusBadRequest {
		t.Errorf("another card: %d", page.status)
	}
	page.press("answer", cardReverse)
	s.token(cardReverse)

	refuse := add()
	page.open(refuse.RedirectURL).press("answer", "5367654276102126").press().press("answer", "refuse").press()
	s.is(refuse.PaymentID, wire.ReadingFailed)
	confirm := add()
	page.open(confirm.RedirectURL).press("answer", "5367654276102126").press().press("answer", "confirm").press()
	if back := s.cameBack("/back"); !back.Verified || back.PaymentID != confirm.PaymentID {
		t.Errorf("got %+v", back)
	}
	s.token("5367654276102126")

	broken := add()
	page.open(broken.RedirectURL).press("answer", "5475102935853613")
	if status := s.status(broken.PaymentID); status.Reading() != wire.ReadingFailed || status.FailureCode != "10038" {
		t.Errorf("got %v", status)
	}
	if cards := checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user}).Cards; len(cards) != 2 || cards[0].BrandAlias != "" {
		t.Errorf("got %v", cards)
	}

	// A page is for what it was given out for.
	payouts := checked(s, s.merchant.PayoutCardAdd, &merchant.PayoutCardAddRequest{UserID: user})
	for address, status := range map[string]int{
		payouts.RedirectURL: http.StatusOK,
		strings.Replace(payouts.RedirectURL, "cardstoragepayout", "cardstorage", 1): http.StatusNotFound,
		strings.Replace(added.RedirectURL, "cardstorage", "cardstoragepayout", 1):   http.StatusNotFound,
		strings.Replace(payouts.RedirectURL, "cardstoragepayout/view", "phone", 1):  http.StatusNotFound,
		strings.Replace(payouts.RedirectURL, "cardstoragepayout/view", "cvc", 1):    http.StatusNotFound,
		strings.Replace(payouts.RedirectURL, "cardstoragepayout/view", "payout", 1): http.StatusNotFound,
	} {
		if page.open(address); page.status != status {
			t.Errorf("%s: %d, want %d", address, page.status, status)
		}
	}
}

func TestMerchantAnyAmount(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.PaymentCreateAnyAmount, &merchant.PaymentCreateAnyAmountRequest{
		OrderID: "Y-1", Description: "Donation", AmountIntervalFrom: wire.MustDecimal("100"), AmountIntervalTo: wire.MustDecimal("50000"),
	})
	payer := s.visitor().open(created.RedirectURL)
	for _, amount := range []string{"", "99.99", "50000.01", "100.001", "a lot"} {
		if payer.press("amount", amount, "card", cardPlain, "action", "pay"); payer.status != http.StatusBadRequest {
			t.Errorf("amount %q: %d", amount, payer.status)
		}
	}
	payer.press("amount", "250.50", "card", cardPlain, "action", "pay")
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if status.Reading() != wire.ReadingCaptured || status.Amount.String() != "250.50" {
		t.Errorf("got %v", status)
	}
}

func TestMerchantRecurring(t *testing.T) {
	s := openShop(t)
	first := merchantPayment("C-1")
	first.RecurringStart, first.RecurringLifetime, first.UserID = new(true), new(int64(2)), user
	created := checked(s, s.merchant.PaymentCreate, first)
	s.visitor().open(created.RedirectURL).press("card", cardPlain, "action", "pay")
	// The result notification would bring the profile's id; so does the hook, and the
	// list of the user's cards, if the card is among them.
	s.saves(cardPlain)
	profile := checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user}).Cards[0].RecurringProfileID
	hook := s.visitor().open(string(s.env) + "/_sandbox/recurring?pg_payment_id=" + created.PaymentID)
	if profile == "" || hook.body != `{"pg_recurring_profile_id":"`+profile+`"}` {
		t.Errorf("the profile %q, by the hook %s", profile, hook.body)
	}
	if hook.open(string(s.env) + "/_sandbox/recurring?pg_payment_id=1"); hook.status != http.StatusNotFound {
		t.Errorf("the profile of no payment: %d", hook.status)
	}
	charge := &merchant.RecurringPayRequest{
		RecurringProfile: profile, Description: "again", Amount: wire.MustDecimal("50"), OrderID: "C-2", ResultURL: "https://site.com/result", IdempotencyKey: "k",
	}
	paid := checked(s, s.merchant.RecurringPay, charge)
	if paid.RecurringProfile != profile || paid.Amount.String() != "50.00" || paid.Currency != "KZT" ||
		paid.RecurringProfileExpiryDate.String() != "2026-03-22T12:00:00+05:00" {
		t.Errorf("got %v", paid)
	}
	if again := checked(s, s.merchant.RecurringPay, charge); again.PaymentID != paid.PaymentID {
		t.Errorf("got %v", again)
	}
	s.is(paid.PaymentID, wire.ReadingCaptured)
	s.clock.move(60 * 24 * time.Hour)
	charge.IdempotencyKey = ""
	refused(s, "9999", s.merchant.RecurringPay, charge)
}

// A repeat of a key gets the first answer again, and no second payment or refund.
func TestMerchantIdempotency(t *testing.T) {
	s := openShop(t)
	request := merchantPayment("K-1")
	request.IdempotencyKey = "one"
	first, again := checked(s, s.merchant.PaymentCreate, request), checked(s, s.merchant.PaymentCreate, request)
	if first.PaymentID != again.PaymentID || first.RedirectURL != again.RedirectURL {
		t.Errorf("got %v, then %v", first, again)
	}
	s.visitor().open(first.RedirectURL).press("card", cardRefunds, "action", "pay")
	refund := &merchant.PaymentRefundRequest{PaymentID: first.PaymentID, RefundAmount: wire.MustDecimal("40"), IdempotencyKey: "two"}
	for range 3 {
		checked(s, s.merchant.PaymentRefund, refund)
	}
	refund.IdempotencyKey = "one"
	refused(s, "9403", s.merchant.PaymentRefund, refund)
	if status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{OrderID: "K-1"}); status.RefundAmount.String() != "-40.00" {
		t.Errorf("got %v", status)
	}
}

// Of many who confirm one payment with a saved card at once, one charges it.
func TestMerchantConcurrentConfirmations(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("D-1", s.saves(cardPlain)))
	succeeded := inParallel(100, func() error {
		_, err := s.merchant.CardPaymentConfirm(t.Context(), &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
		return err
	})
	if succeeded != 1 {
		t.Errorf("charged %d times", succeeded)
	}
}

// Under the paths of older versions everything is the same, signed with their
// names.
func TestMerchantAliases(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.PaymentCreate, merchantPayment("Z-1"))
	s.visitor().open(created.RedirectURL).press("card", cardRefunds, "action", "pay")
	_, err := s.merchant.PaymentRefund(t.Context(), &merchant.PaymentRefundRequest{PaymentID: created.PaymentID}, wire.WithPath("/revoke.php"))
	must(t, err)
	_, err = s.merchant.PayoutIBAN(t.Context(), &merchant.PayoutIBANRequest{
		Amount: wire.MustDecimal("10"), OrderID: "Z-2", RecipientIBAN: wire.NewSecret("KZ123412341234123412"), RecipientIIN: wire.NewSecret("1"),
		RecipientName: wire.NewSecret("IVANOV"), RecipientKBe: new(int64(19)), KNP: new(int64(119)), BankBIK: "B", PostLink: "p",
	}, wire.WithPath("/api/iban_payout"))
	must(t, err)
	_, err = s.merchant.CardAdd(t.Context(), &merchant.CardAddRequest{UserID: user, BackLink: "b"}, wire.WithPath("/v1/merchant/{merchant_id}/cardstorage/add"))
	must(t, err)
}

func TestInvoiceInitRefusals(t *testing.T) {
	s := openShop(t)
	for text, r := range map[string]*merchant.InvoiceInitRequest{
		"the amount of an invoice must be positive, with at most two decimals": {OrderID: "1", Amount: wire.MustDecimal("0")},
		"the currency is not a code of three letters":                          {OrderID: "1", Amount: wire.MustDecimal("1"), Currency: "tenge"},
		"the sandbox knows no invoice_method but qr":                           {OrderID: "1", Amount: wire.MustDecimal("1"), InvoiceMethod: "sms"},
	} {
		_, err := s.merchant.InvoiceInit(t.Context(), r)
		e, ok := err.(*wire.Error)
		if !ok || e.Text != text || e.OutcomeUnknown || len(e.Meta.Deviations) > 0 {
			t.Errorf("got %v, want %s", err, text)
		}
	}
	_, err := s.merchant.InvoiceInit(t.Context(), &merchant.InvoiceInitRequest{Amount: wire.MustDecimal("1"), InvoiceMethod: "sms,qr"})
	must(t, err)

	// In a form the merchant can be said to be somebody else.
	other := merchant.InvoiceInitRequest{Amount: wire.MustDecimal("1")}
	_, err = s.merchant.InvoiceInit(t.Context(), &other, wire.WithJSONBody(), wire.WithEditor(func(_ context.Context, r *http.Request) error {
		body := `{"merchant_id":654321,"amount":1}`
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
		return nil
	}))
	if e, ok := err.(*wire.Error); !ok || e.Text != "merchant_id is not the merchant who signed" {
		t.Errorf("got %v", err)
	}
}

// A web view opens the address with the signed fields in the query, and lands on
// the form. A card that was removed meanwhile is not charged.
func TestCVCInAWebView(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("W-1", s.saves(cardPlain)))
	query := url.Values{"pg_merchant_id": {"123456"}, "pg_payment_id": {created.PaymentID}, "pg_salt": {"salt"}}
	fields, err := pgsig.Fields([]pgsig.Pair{
		{Name: "pg_merchant_id", Value: "123456"}, {Name: "pg_payment_id", Value: created.PaymentID}, {Name: "pg_salt", Value: "salt"},
	})
	must(t, err)
	query.Set("pg_sig", pgsig.Sign("pay", fields, "secret"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, string(s.env)+"/v1/merchant/123456/card/pay?"+query.Encode(), nil)
	must(t, err)
	must(t, asBrowser(t.Context(), r))
	form := s.visitor().send(r)
	if form.status != http.StatusOK || !strings.Contains(form.body, "CVC") {
		t.Fatalf("%d at %s: %s", form.status, form.at, form.body)
	}
	checked(s, s.merchant.CardRemove, &merchant.CardRemoveRequest{UserID: user, CardToken: wire.NewSecret(s.token(cardPlain))})
	form.press("answer", "123")
	if status := s.status(created.PaymentID); status.Reading() != wire.ReadingFailed || status.FailureCode != "10005" {
		t.Errorf("got %v", status)
	}

	// What is wrong is shown as it is answered, to a browser too.
	query.Set("pg_sig", strings.Repeat("0", 32))
	r.URL.RawQuery = query.Encode()
	if form.send(r); form.status != http.StatusUnauthorized {
		t.Errorf("a wrong signature: %d", form.status)
	}
}

// The pages of people who know no handle show nothing.
func TestPagesOfNobody(t *testing.T) {
	s := openShop(t)
	for _, path := range []string{"cardstorage/view", "cardstoragepayout/view", "cvc", "payout", "phone"} {
		for _, query := range []string{"", "?customer=", "?customer=1"} {
			if v := s.visitor().open(string(s.env) + "/_sandbox/" + path + query); v.status != http.StatusNotFound {
				t.Errorf("%s%s: %d", path, query, v.status)
			}
		}
	}
}
