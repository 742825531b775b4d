package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// The scenarios of the Merchant API, and of money that goes out, each step looked
// at.

// Test cards to pay out to.
const (
	payoutPlain = "4671593866478252" // success
	payoutSlow  = "5507841999732294" // process, then success
	payoutLost  = "4532676596620704" // process, then error 10001
	payoutPoor  = "5325349472901311" // error 10000
)

const user = "No65GFR755789T"

// shopWith is openShop with other options.
func shopWith(t *testing.T, o sandbox.Options) *shop {
	t.Helper()
	s := openShop(t)
	o.Credentials, o.Now = s.credentials, s.clock.Now
	handler, err := sandbox.New(o)
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.env = wire.Environment(server.URL)
	s.gateway, err = gateway.New(s.env, s.credentials)
	must(t, err)
	s.merchant, err = merchant.New(s.env, s.credentials)
	must(t, err)
	return s
}

// saves lets a user save a card on the page of cardAdd, and returns its token.
func (s *shop) saves(number string) string {
	s.t.Helper()
	added := checked(s, s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: s.url + "/back"})
	s.visitor().open(added.RedirectURL).press("answer", number)
	return s.token(number)
}

// savesToPayOut is saves for a card to pay out to.
func (s *shop) savesToPayOut(number string) string {
	s.t.Helper()
	added := checked(s, s.merchant.PayoutCardAdd, &merchant.PayoutCardAddRequest{UserID: user, BackLink: s.url + "/back"})
	s.visitor().open(added.RedirectURL).press("answer", number)
	return s.token(number)
}

// token finds the token of the user's card with a number.
func (s *shop) token(number string) string {
	s.t.Helper()
	for _, c := range checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user}).Cards {
		if mask := c.CardMask.Reveal(); strings.HasPrefix(mask, number[:4]+"-"+number[4:6]) && strings.HasSuffix(mask, number[len(number)-4:]) {
			return c.CardToken.Reveal()
		}
	}
	s.t.Fatalf("the card %s was not saved", number)
	return ""
}

// balance is the merchant's balance for payouts in KZT.
func (s *shop) balance() string {
	s.t.Helper()
	return checked(s, s.merchant.PayoutBalance, &merchant.PayoutBalanceRequest{}).Balance.String()
}

func (s *shop) hasBalance(want string) {
	s.t.Helper()
	if got := s.balance(); got != want {
		s.t.Errorf("the balance is %s, want %s", got, want)
	}
}

func TestScenarioMerchantPaymentPage(t *testing.T) {
	s := openShop(t)
	request := &merchant.PaymentCreateRequest{
		OrderID: "M-1", Amount: wire.MustDecimal("5000.00"), Currency: "KZT", Description: "Payment for order #8841",
		AutoClearing: merchant.AutoClearingChargeNow, UserID: user, GenerateQR: new(true),
		SuccessURL: s.url + "/paid", FailureURL: s.url + "/failed",
	}
	request.Extra().AddText("basket", "7")
	created := checked(s, s.merchant.PaymentCreate, request)
	if created.Status != merchant.StatusOK || created.RedirectURLType != "need data" || !strings.HasPrefix(created.RedirectQR, "data:image/png;base64,") {
		t.Errorf("got %v", created)
	}
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if status.Reading() != wire.ReadingNew || status.Captured != nil {
		t.Errorf("got %v", status)
	}

	s.visitor().open(created.RedirectURL).press("card", cardRefunds, "action", "pay")
	if back := s.cameBack("/paid"); !back.Verified || back.OrderID != "M-1" || back.PaymentID != created.PaymentID || len(back.Parameters) != 1 {
		t.Errorf("got %+v", back)
	}

	// By the order, as after a lost answer.
	status, err := merchant.Reconcile(t.Context(), s.merchant, "M-1")
	must(t, err)
	if status.PaymentID != created.PaymentID || status.Reading() != wire.ReadingCaptured || status.PaymentMethod != merchant.PaymentMethodBankCard ||
		status.Amount.String() != "5000.00" || status.ClearingAmount.String() != "5000.00" || status.RefundAmount.Sign() != 0 ||
		status.CardMask.Reveal() != "4716-04XX-XXXX-1981" || status.CreateDate.String() != "2026-01-22 12:00:00" {
		t.Errorf("got %v", status)
	}

	checked(s, s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: created.PaymentID, RefundAmount: wire.MustDecimal("40.00")})
	status = checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if len(status.RefundPayments) != 1 || status.RefundPayments[0].Amount.String() != "-40.00" ||
		status.RefundPayments[0].PaymentStatus != merchant.PaymentStatusSuccess ||
		status.RefundAmount.String() != "-40.00" || status.Reading() != wire.ReadingCaptured {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: created.PaymentID, RefundAmount: wire.MustDecimal("4960.01")})
	checked(s, s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: created.PaymentID})
	status = checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if len(status.RefundPayments) != 2 || status.RefundAmount.String() != "-5000.00" {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: created.PaymentID})
}

func TestScenarioMerchantHold(t *testing.T) {
	s := openShop(t)
	pay := func(order, number string) string {
		created := checked(s, s.merchant.PaymentCreate, &merchant.PaymentCreateRequest{
			OrderID: order, Amount: wire.MustDecimal("1000"), Description: "a book", AutoClearing: merchant.AutoClearingHold,
		})
		s.visitor().open(created.RedirectURL).press("card", number, "action", "pay")
		return created.PaymentID
	}
	cleared := pay("H-1", cardFull)
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: cleared})
	if status.Reading() != wire.ReadingHeld || *status.Captured || status.ClearingAmount.IsSet() {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: cleared})
	refused(s, "9999", s.merchant.PaymentClear, &merchant.PaymentClearRequest{PaymentID: cleared, ClearingAmount: wire.MustDecimal("1000.01")})
	answer := checked(s, s.merchant.PaymentClear, &merchant.PaymentClearRequest{PaymentID: cleared, ClearingAmount: wire.MustDecimal("500")})
	if answer.Amount.String() != "1000.00" || answer.ClearingAmount.String() != "500.00" {
		t.Errorf("got %v", answer)
	}
	refused(s, "9999", s.merchant.PaymentCancel, &merchant.PaymentCancelRequest{PaymentID: cleared})

	canceled := pay("H-2", cardReverse)
	checked(s, s.merchant.PaymentCancel, &merchant.PaymentCancelRequest{PaymentID: canceled})
	status = checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: canceled})
	if status.Reading() != wire.ReadingCanceled || len(status.RevokedPayments) != 1 || status.RevokeAmount.String() != "1000.00" {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.merchant.PaymentCancel, &merchant.PaymentCancelRequest{PaymentID: canceled})
	refused(s, "9999", s.merchant.PaymentClear, &merchant.PaymentClearRequest{PaymentID: canceled})
}

func cardPaymentWith(order, token string) *merchant.CardPaymentCreateRequest {
	return &merchant.CardPaymentCreateRequest{
		OrderID: order, Amount: wire.MustDecimal("2000"), Description: "Payment for order",
		UserID: user, CardToken: wire.NewSecret(token),
	}
}

func TestScenarioMerchantSavedCard(t *testing.T) {
	s := openShop(t)
	added := checked(s, s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: s.url + "/back", OrderID: "S-0"})
	if added.Type != "init" || added.OrderID != "S-0" || !strings.Contains(added.RedirectURL, "/cardstorage/view?") {
		t.Errorf("got %v", added)
	}
	if cards := checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user}).Cards; len(cards) != 0 {
		t.Errorf("saved before the user picked one: %v", cards)
	}
	s.visitor().open(added.RedirectURL).press("answer", cardPlain)
	if back := s.cameBack("/back"); !back.Verified || back.PaymentID != added.PaymentID {
		t.Errorf("got %+v", back)
	}
	// Going there once more saves nothing more.
	s.visitor().open(added.RedirectURL)
	cards := checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user, ExtendData: new(true)}).Cards
	if len(cards) != 1 || cards[0].Status != "approved" || cards[0].CardMask.Reveal() != "4400-44XX-XXXX-4440" ||
		cards[0].BrandAlias != "VI" || cards[0].ExpiryYear.Reveal() != "30" || cards[0].ExpiryMonth.Reveal() != "12" {
		t.Fatalf("got %v", cards)
	}
	token := cards[0].CardToken.Reveal()

	created := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("S-1", token))
	if status, err := merchant.Reconcile(t.Context(), s.merchant, "S-1"); err != nil || status.Reading() != wire.ReadingNew {
		t.Errorf("%v, %v", status, err)
	}
	paid := checked(s, s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
	if paid.Reading() != wire.ReadingCaptured || paid.TransactionStatus != merchant.TransactionStatusOK || paid.Amount.String() != "2000.00" ||
		paid.CardToken.Reveal() != token || paid.CardID != cards[0].CardID || paid.CardMask.Reveal() != "4400-44XX-XXXX-4440" || len(paid.AuthCode) != 6 {
		t.Errorf("got %v", paid)
	}
	// A repeat charges nothing, and the payment stays what it is.
	refused(s, "9999", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if status.Reading() != wire.ReadingCaptured || status.ClearingAmount.String() != "2000.00" || status.CardToken.Reveal() != token {
		t.Errorf("got %v", status)
	}

	later := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("S-2", token))
	removed := checked(s, s.merchant.CardRemove, &merchant.CardRemoveRequest{UserID: user, CardToken: wire.NewSecret(token)})
	if removed.Status != merchant.RemovalStatusDeleted || removed.CardID != cards[0].CardID {
		t.Errorf("got %v", removed)
	}
	refused(s, "10005", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: later.PaymentID})
	refused(s, "10005", s.merchant.CardPaymentCreate, cardPaymentWith("S-3", token))
	refused(s, "10005", s.merchant.CardRemove, &merchant.CardRemoveRequest{UserID: user, CardToken: wire.NewSecret(token)})
}

func TestScenarioMerchantSavedCardWithCVC(t *testing.T) {
	s := openShop(t)
	token := s.saves(cardPlain)
	create := func(order string) string {
		return checked(s, s.merchant.CardPaymentCreateCVC, &merchant.CardPaymentCreateCVCRequest{
			OrderID: order, Amount: wire.MustDecimal("100"), Description: "Payment for order",
			UserID: user, CardToken: wire.NewSecret(token), SuccessURL: s.url + "/paid", FailureURL: s.url + "/failed",
		}).PaymentID
	}
	id := create("V-1")
	var meta wire.Meta
	confirmed, err := s.merchant.CardPaymentConfirmCVC(t.Context(), &merchant.CardPaymentConfirmCVCRequest{PaymentID: id}, wire.WithMeta(&meta))
	must(t, err)
	if confirmed.PaymentID != id || confirmed.OrderID != "V-1" || meta.Signature != wire.AnswerVerified || len(meta.Deviations) > 0 {
		t.Errorf("got %v, %v", confirmed, meta.Deviations)
	}
	s.is(id, wire.ReadingNew) // the answer says nothing of money

	page := meta.Header.Get(sandbox.PageHeader)
	payer := s.visitor().open(page)
	if payer.status != http.StatusOK || !strings.Contains(payer.body, "4400-44XX-XXXX-4440") || strings.Contains(payer.body, cardPlain) {
		t.Fatalf("%d: %s", payer.status, payer.body)
	}
	if payer.press("answer", "12"); payer.status != http.StatusBadRequest {
		t.Errorf("a CVC of two digits: %d", payer.status)
	}
	s.is(id, wire.ReadingNew)
	payer.press("answer", "123")
	if back := s.cameBack("/paid"); !back.Verified || back.PaymentID != id {
		t.Errorf("got %+v", back)
	}
	s.is(id, wire.ReadingCaptured)
	refused(s, "9999", s.merchant.CardPaymentConfirmCVC, &merchant.CardPaymentConfirmCVCRequest{PaymentID: id})

	// A browser that comes with the signed fields is sent to the form.
	id = create("V-2")
	_, err = s.merchant.CardPaymentConfirmCVC(t.Context(), &merchant.CardPaymentConfirmCVCRequest{PaymentID: id}, wire.WithEditor(asBrowser), wire.WithMeta(&meta))
	if err == nil || meta.Status != http.StatusSeeOther || !strings.HasPrefix(meta.Header.Get("Location"), string(s.env)+"/_sandbox/cvc?") {
		t.Errorf("%v, %d, %v", err, meta.Status, meta.Header)
	}
	s.visitor().open(meta.Header.Get("Location")).press("answer", "123")
	s.is(id, wire.ReadingCaptured)
}

func TestScenarioPayoutToSavedCard(t *testing.T) {
	s := openShop(t)
	s.hasBalance("1000000.00")
	token := s.savesToPayOut(payoutSlow)
	paid := checked(s, s.merchant.PayoutCard, payoutTo("P-1", "1500.50", token))
	if paid.Status != merchant.PayoutCallStatusProcess || paid.Balance.String() != "998499.50" || paid.PaymentAmount.String() != "1500.50" ||
		paid.CardMask.Reveal() != "5507-84XX-XXXX-2294" || paid.OrderID != "P-1" || paid.PaymentDate.String() != "2026-01-22 12:00:00" {
		t.Errorf("got %v", paid)
	}
	s.hasBalance("998499.50")
	status := s.payout("P-1")
	if status.PaymentStatus != merchant.PaymentStatusProcess || status.Reading() != wire.ReadingProcess || status.PaymentID != paid.PaymentID {
		t.Errorf("got %v", status)
	}
	status, err := merchant.ReconcilePayout(t.Context(), s.merchant, "P-1")
	must(t, err)
	if status.Reading() != wire.ReadingCaptured || status.Amount.String() != "1500.50" || status.Currency != "KZT" || status.CardName.Reveal() == "" {
		t.Errorf("got %v", status)
	}
	s.hasBalance("998499.50")

	// One that fails in the end gives the money back.
	token = s.savesToPayOut(payoutLost)
	checked(s, s.merchant.PayoutCard, payoutTo("P-2", "500", token))
	s.hasBalance("997999.50")
	if status := s.payout("P-2"); status.PaymentStatus != merchant.PaymentStatusProcess {
		t.Errorf("got %v", status)
	}
	s.hasBalance("997999.50")
	if status := s.payout("P-2"); status.PaymentStatus != merchant.PaymentStatusError || status.ErrorCode != "10001" || status.Status != merchant.StatusOK {
		t.Errorf("got %v", status)
	}
	s.hasBalance("998499.50")

	// The card is for payouts only.
	created := checked(s, s.merchant.CardPaymentCreate, cardPaymentWith("P-3", token))
	refused(s, "10005", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: created.PaymentID})
	// And one to pay with is not for payouts.
	refused(s, "10005", s.merchant.PayoutCard, payoutTo("P-4", "500", s.saves(cardPlain)))
	if status := s.payout("P-4"); status.Reading() != wire.ReadingFailed {
		t.Errorf("got %v", status)
	}
	s.hasBalance("998499.50")
}

func TestScenarioPayoutPage(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
		OrderID: "Q-1", Amount: wire.MustDecimal("10"), Description: "prize <1>", OrderTimeLimit: wire.TimeLiteral("2026-01-22 13:00:00"),
		BackLink: s.url + "/back", PostLink: s.url + "/post",
	})
	s.hasBalance("1000000.00")
	if status := s.payout("Q-1"); status.PaymentStatus != merchant.PaymentStatusNew || status.PaymentID != created.PaymentID {
		t.Errorf("got %v", status)
	}
	recipient := s.visitor().open(created.RedirectURL)
	if !strings.Contains(recipient.body, "prize &lt;1&gt;") || !strings.Contains(recipient.body, "10.00 KZT") {
		t.Error(recipient.body)
	}
	if recipient.press("answer", cardPlain); recipient.status != http.StatusBadRequest {
		t.Errorf("a card that is no card for payouts: %d", recipient.status)
	}
	recipient.press("answer", payoutPlain)
	if recipient.at != s.url+"/back" {
		t.Errorf("the recipient is at %s", recipient.at)
	}
	s.hasBalance("999990.00")
	if status := s.payout("Q-1"); status.Reading() != wire.ReadingCaptured {
		t.Errorf("got %v", status)
	}
	s.visitor().open(created.RedirectURL) // and nothing more
	s.hasBalance("999990.00")
}

func TestScenarioPayoutToAccount(t *testing.T) {
	s := openShop(t)
	paid := checked(s, s.merchant.PayoutIBAN, &merchant.PayoutIBANRequest{
		Amount: wire.MustDecimal("10"), OrderID: "I-1", RecipientIBAN: wire.NewSecret("KZ123412341234123412"),
		RecipientIIN: wire.NewSecret("761223455678"), RecipientName: wire.NewSecret("IVANOV IVAN"),
		RecipientKBe: new(int64(19)), KNP: new(int64(119)), BankBIK: "KZZSAE", PostLink: s.url + "/post",
	})
	if paid.Status != merchant.PayoutCallStatusOK || paid.PaymentAmount.String() != "10.00" {
		t.Errorf("got %v", paid)
	}
	s.hasBalance("999990.00")
	if status := s.payout("I-1"); status.PaymentStatus != merchant.PaymentStatusProcess {
		t.Errorf("got %v", status)
	}
	if status := s.payout("I-1"); status.Reading() != wire.ReadingCaptured || status.CardName.Reveal() != "IVANOV IVAN" {
		t.Errorf("got %v", status)
	}
}

func TestScenarioMobile(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.MobileCreate, mobilePayment("T-1"))
	status := checked(s, s.merchant.PaymentStatus, &merchant.PaymentStatusRequest{PaymentID: created.PaymentID})
	if status.Reading() != wire.ReadingNew || status.PaymentMethod != merchant.PaymentMethodMobileCommerce {
		t.Errorf("got %v", status)
	}
	asked := checked(s, s.merchant.MobilePay, &merchant.MobilePayRequest{
		PaymentID: created.PaymentID, SubscriberPhone: wire.NewSecret("77017777777"), Operator: merchant.MobileOperatorKcell,
	})
	if asked.Status != merchant.MobilePayStatusNeedApprove || asked.PaymentID != created.PaymentID {
		t.Errorf("got %v", asked)
	}
	s.is(created.PaymentID, wire.ReadingProcess)
	again := new(merchant.MobileResendCodeRequest)
	again.Extra().AddText("pg_payment_id", created.PaymentID)
	checked(s, s.merchant.MobileResendCode, again)
	e := refused(s, "9403", s.merchant.MobileApprove, approval(created.PaymentID, "111112"))
	if e.OutcomeUnknown {
		t.Error("a wrong code leaves the outcome open")
	}
	s.is(created.PaymentID, wire.ReadingProcess)
	approved := checked(s, s.merchant.MobileApprove, approval(created.PaymentID, testcards.Code))
	if approved.Status != merchant.MobileApproveStatusOK {
		t.Errorf("got %v", approved)
	}
	status, err := merchant.Reconcile(t.Context(), s.merchant, "T-1")
	must(t, err)
	if status.Reading() != wire.ReadingCaptured || status.PaymentMethod != merchant.PaymentMethodMobileCommerce || status.ClearingAmount.String() != "500.00" {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.merchant.MobileApprove, approval(created.PaymentID, testcards.Code))
	refused(s, "9999", s.merchant.MobilePay, &merchant.MobilePayRequest{PaymentID: created.PaymentID, SubscriberPhone: wire.NewSecret("+77017777777")})
	checked(s, s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: created.PaymentID, RefundAmount: wire.MustDecimal("1")})
}

func TestScenarioTransferWith3DS(t *testing.T) {
	s := openShop(t)
	rates := checked(s, s.gateway.TransferRates, &gateway.TransferRatesRequest{CurrencyFrom: "USD", CurrencyTo: "KZT"})
	if len(rates.Rates) != 1 || rates.Rates[0].Rate.String() != "521.35" {
		t.Fatalf("got %v", rates)
	}
	request := transferOf("X-1", card3DS, payoutPlain)
	request.Amount, request.CurrencyFrom, request.CurrencyTo = wire.MustDecimal("10.01"), "USD", "KZT"
	started := checked(s, s.gateway.TransferCard, request)
	if started.Status != gateway.StatusPending || started.PaymentStatus != gateway.PaymentStatusProcess || !*started.ThreeDS ||
		started.CardMask.Reveal() != "4916-30XX-XXXX-4310" || started.PayoutAmount.IsSet() || started.PaymentDate.IsSet() {
		t.Errorf("got %v", started)
	}
	// Before the sender has answered, asking for the end changes nothing.
	early := checked(s, s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: started.PaymentID})
	if early.Status != gateway.StatusPending || !*early.ThreeDS || early.ThreeDSACSURL != started.ThreeDSACSURL {
		t.Errorf("got %v", early)
	}
	for range 3 {
		if status := s.transfer("X-1"); status.PaymentStatus != gateway.PaymentStatusProcess {
			t.Errorf("got %v", status)
		}
	}
	sender := s.visitor().open(started.ThreeDSACSURL)
	if !strings.Contains(sender.body, "10.01 USD") {
		t.Error(sender.body)
	}
	sender.press("answer", "confirm")
	done := checked(s, s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: started.PaymentID})
	if done.Status != gateway.StatusOK || done.PaymentStatus != gateway.PaymentStatusSuccess || *done.ThreeDS ||
		done.PaymentAmount.String() != "10.01" || done.CurrencyFrom != "USD" ||
		done.PayoutAmount.String() != "5218.71" || done.CurrencyTo != "KZT" || // 5218.7135
		done.CardRecipientMask.Reveal() != "4671-59XX-XXXX-8252" || done.PaymentDate.String() != "2026-01-22 12:00:00" {
		t.Errorf("got %v", done)
	}
	status, err := gateway.ReconcileTransfer(t.Context(), s.gateway, "X-1")
	must(t, err)
	if status.Reading() != wire.ReadingCaptured || status.PayoutAmount.String() != "5218.71" || status.PaymentID != started.PaymentID {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: started.PaymentID})

	// A sender who refuses ends it.
	started = checked(s, s.gateway.TransferCard, transferOf("X-2", card3DS, payoutPlain))
	s.visitor().open(started.ThreeDSACSURL).press("answer", "refuse")
	refused(s, "10004", s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: started.PaymentID})
	if status := s.transfer("X-2"); status.Reading() != wire.ReadingFailed || status.ErrorCode != "10004" || status.PayoutAmount.IsSet() {
		t.Errorf("got %v", status)
	}
	s.hasBalance("1000000.00") // it is none of the merchant's money
}

// The invoice that is made is the one that is paid, and that the Partner API shows.
func TestScenarioInvoice(t *testing.T) {
	s := openShop(t)
	for name, opts := range map[string][]wire.CallOption{"form": nil, "JSON": {wire.WithJSONBody()}} {
		var meta wire.Meta
		made, err := s.merchant.InvoiceInit(t.Context(), &merchant.InvoiceInitRequest{
			OrderID: "N-" + name, Amount: wire.MustDecimal("100"), Description: "Ticket", InvoiceMethod: merchant.InvoiceMethodQR, Currency: "KZT",
		}, append(opts, wire.WithMeta(&meta))...)
		must(t, err)
		if made.InvoiceStatus != merchant.InvoiceInitStatusProcess || made.InvoiceID == nil || made.InvoiceMethods == nil || len(meta.Deviations) > 0 {
			t.Fatalf("got %v, %v", made, meta.Deviations)
		}
		paid, err := s.merchant.InvoicePay(t.Context(), &merchant.InvoicePayRequest{
			InvoiceHandle: made.InvoiceMethods.QR, UserID: user, CardToken: wire.NewSecret(s.saves(cardPlain)),
		}, opts...)
		must(t, err)
		if paid.InvoiceStatus != merchant.InvoicePayStatusOK || paid.OrderID != "N-"+name || *paid.InvoiceID != *made.InvoiceID ||
			!paid.Amount.Equal(wire.MustDecimal("100")) || paid.CardPAN.Reveal() != "4400-44XX-XXXX-4440" {
			t.Errorf("got %v", paid)
		}
	}
}

// The recipient of a page that was opened in time and sent too late gets nothing.
func TestScenarioPayoutPageTooLate(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
		OrderID: "Q-2", Amount: wire.MustDecimal("10"), Description: "prize", OrderTimeLimit: wire.TimeLiteral("2026-01-22 13:00:00"),
		BackLink: s.url + "/back", PostLink: s.url + "/post",
	})
	page := s.visitor().open(created.RedirectURL)
	s.clock.move(time.Hour)
	page.press("answer", payoutPlain)
	if status := s.payout("Q-2"); status.PaymentStatus != merchant.PaymentStatusError || status.ErrorDescription != "the payout's time is over" {
		t.Errorf("got %v", status)
	}
	s.hasBalance("1000000.00")
	if older := checked(s, s.merchant.PayoutStatusByOrder, &merchant.PayoutStatusByOrderRequest{OrderID: "Q-2"}); older.TransactionStatus != merchant.TransactionStatusIncomplete {
		t.Errorf("got %v", older)
	}
}
