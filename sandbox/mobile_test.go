package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

func mobilePayment(order string) *merchant.MobileCreateRequest {
	return &merchant.MobileCreateRequest{
		OrderID: order, Amount: wire.MustDecimal("500"), Currency: "KZT", Description: "Payment Description",
		UserID: user, PaymentMethod: merchant.PaymentMethodMobileCommerce,
	}
}

func approval(id, code string) *merchant.MobileApproveRequest {
	return &merchant.MobileApproveRequest{PaymentID: id, ApprovalCode: wire.NewSecret(code)}
}

func phone(id, number string, operator merchant.MobileOperator) *merchant.MobilePayRequest {
	return &merchant.MobilePayRequest{PaymentID: id, SubscriberPhone: wire.NewSecret(number), Operator: operator}
}

func TestMobilePhones(t *testing.T) {
	s := openShop(t)
	operators := map[string]merchant.MobileOperator{
		"Kcell": merchant.MobileOperatorKcell, "Activ": merchant.MobileOperatorActiv,
		"Tele2": merchant.MobileOperatorTele2, "Altel": merchant.MobileOperatorAltel,
	}
	for _, p := range testcards.Phones() {
		id := checked(s, s.merchant.MobileCreate, mobilePayment("order "+p.Number)).PaymentID
		refused(s, "9403", s.merchant.MobilePay, phone(id, p.Number, merchant.MobileOperatorBeeline))
		s.is(id, wire.ReadingNew)
		checked(s, s.merchant.MobilePay, phone(id, p.Number, operators[p.Operator]))
		checked(s, s.merchant.MobileApprove, approval(id, p.Code))
		s.is(id, wire.ReadingCaptured)
	}
}

// A payment from a phone is not paid with a card because somebody changes the
// address of its page.
func TestPhonePaymentIsNoCardPayment(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.merchant.MobileCreate, mobilePayment("R-2"))
	page := strings.Replace(created.RedirectURL, "/phone?", "/pay?", 1)
	if page == created.RedirectURL {
		t.Fatal(page)
	}
	if v := s.visitor().open(page); v.status != http.StatusNotFound {
		t.Errorf("%d", v.status)
	}
	s.is(created.PaymentID, wire.ReadingNew)
}

func TestMobileRefusals(t *testing.T) {
	s := openShop(t)
	id := checked(s, s.merchant.MobileCreate, mobilePayment("R-1")).PaymentID
	refused(s, "9999", s.merchant.MobileApprove, approval(id, testcards.Code)) // nobody was sent a code
	refused(s, "9403", s.merchant.MobilePay, phone(id, "77777777777", ""))
	refused(s, "9403", s.merchant.MobilePay, &merchant.MobilePayRequest{PaymentID: id})
	refused(s, "11068", s.merchant.MobilePay, phone("1", "+77017777777", ""))
	refused(s, "11068", s.merchant.MobileApprove, approval("1", testcards.Code))
	refused(s, "9403", s.merchant.MobileResendCode, new(merchant.MobileResendCodeRequest))
	resend := func(id string) *merchant.MobileResendCodeRequest {
		r := new(merchant.MobileResendCodeRequest)
		r.Extra().AddText("pg_payment_id", id)
		return r
	}
	refused(s, "11068", s.merchant.MobileResendCode, resend("1"))
	refused(s, "9999", s.merchant.MobileResendCode, resend(id))
	s.is(id, wire.ReadingNew)

	// Three wrong codes are one too many, whatever phone they were sent to.
	checked(s, s.merchant.MobilePay, phone(id, "+77017777777", ""))
	refused(s, "9403", s.merchant.MobileApprove, approval(id, "000000"))
	refused(s, "9403", s.merchant.MobileApprove, approval(id, "")) // none is no wrong one
	refused(s, "9403", s.merchant.MobileApprove, approval(id, "1111111"))
	checked(s, s.merchant.MobilePay, phone(id, "77027777777", ""))
	s.is(id, wire.ReadingProcess)
	refused(s, "9403", s.merchant.MobileApprove, approval(id, "111110"))
	s.is(id, wire.ReadingFailed)
	refused(s, "9999", s.merchant.MobileApprove, approval(id, testcards.Code))
	refused(s, "9999", s.merchant.MobilePay, phone(id, "+77017777777", ""))

	dollars := mobilePayment("R-2")
	dollars.Currency = "USD"
	id = checked(s, s.merchant.MobileCreate, dollars).PaymentID
	refused(s, "9403", s.merchant.MobilePay, phone(id, "+77017777777", ""))

	byCard := checked(s, s.merchant.PaymentCreate, &merchant.PaymentCreateRequest{
		OrderID: "R-3", Amount: wire.MustDecimal("1"), Description: "d", AutoClearing: merchant.AutoClearingChargeNow,
	})
	refused(s, "9999", s.merchant.MobilePay, phone(byCard.PaymentID, "+77017777777", ""))
	refused(s, "9999", s.merchant.MobileApprove, approval(byCard.PaymentID, testcards.Code))
	refused(s, "9403", s.merchant.MobileCreate, &merchant.MobileCreateRequest{Description: "d", PaymentMethod: merchant.PaymentMethodMobileCommerce})
}

// The page asks for the phone, then for the code, and goes back to the shop.
func TestMobilePage(t *testing.T) {
	s := openShop(t)
	request := mobilePayment("P-1")
	request.SuccessURL, request.FailureURL = s.url+"/paid", s.url+"/failed"
	created := checked(s, s.merchant.MobileCreate, request)
	payer := s.visitor().open(created.RedirectURL)
	if payer.press("answer", "+70000000000"); payer.status != http.StatusBadRequest {
		t.Errorf("another phone: %d", payer.status)
	}
	if payer.press("answer", "+77047777777"); payer.status != http.StatusOK || !strings.Contains(payer.body, "Code") {
		t.Errorf("%d: %s", payer.status, payer.body)
	}
	if payer.press("answer", "1"); payer.status != http.StatusBadRequest {
		t.Errorf("another code: %d", payer.status)
	}
	payer.press("answer", testcards.Code)
	if back := s.cameBack("/paid"); !back.Verified || back.PaymentID != created.PaymentID {
		t.Errorf("got %+v", back)
	}
	s.is(created.PaymentID, wire.ReadingCaptured)

	request.OrderID = "P-2"
	created = checked(s, s.merchant.MobileCreate, request)
	payer.open(created.RedirectURL).press("answer", "+77047777777").press("answer", "1").press("answer", "2").press("answer", "3")
	if back := s.cameBack("/failed"); back.PaymentID != created.PaymentID {
		t.Errorf("got %+v", back)
	}
	s.is(created.PaymentID, wire.ReadingFailed)
}

// Which of the two ways a payment is made is said by pg_payment_method, under
// either path.
func TestMethodOfPayment(t *testing.T) {
	s := openShop(t)
	noMethod := mobilePayment("W-1")
	noMethod.PaymentMethod = ""
	_, err := s.merchant.MobileCreate(t.Context(), noMethod)
	if err == nil {
		t.Error("the client sends it without pg_payment_method")
	}
	var meta wire.Meta
	created, err := s.merchant.MobileCreate(t.Context(), noMethod, wire.WithoutValidation(), wire.WithMeta(&meta))
	must(t, err)
	s.visitor().open(created.RedirectURL).press("card", cardFull, "action", "pay")
	s.is(created.PaymentID, wire.ReadingHeld)

	byPhone := checked(s, s.merchant.PaymentCreate, &merchant.PaymentCreateRequest{
		OrderID: "W-2", Amount: wire.MustDecimal("1"), Description: "d", AutoClearing: merchant.AutoClearingHold,
		PaymentMethod: merchant.PaymentMethodMobileCommerce,
	})
	checked(s, s.merchant.MobilePay, phone(byPhone.PaymentID, "+77017777777", ""))
	checked(s, s.merchant.MobileApprove, approval(byPhone.PaymentID, testcards.Code))
	s.is(byPhone.PaymentID, wire.ReadingCaptured)
}
