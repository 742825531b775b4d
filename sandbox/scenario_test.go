package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// The scenarios of a shop, each step looked at. They are written to be read as
// examples of what the calls do to a payment.

// Cards of the documented tables.
const (
	cardPlain   = "4400444400004440" // success, and nothing else is said of it
	cardFull    = "6224466455690681278"
	card3DS     = "4916307416334310" // 3DS, can be cleared, cannot be canceled or refunded
	cardRefunds = "4716047261941981" // can be refunded, cannot be canceled
	cardReverse = "4939770956154989" // can be canceled, cannot be cleared
	cardPoor    = "4400444400004443" // error 10009
)

func cardPayment(order, amount, number string) *gateway.CardPayRequest {
	return &gateway.CardPayRequest{
		OrderID: order, Amount: wire.MustDecimal(amount), Currency: "KZT", Description: "two books",
		AutoClearing: gateway.AutoClearingChargeNow,
		CardPAN:      wire.NewSecret(number), CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"),
		CardCVC: wire.NewSecret("123"), CardName: wire.NewSecret("TEST CARD"),
	}
}

func held(order, amount, number string) *gateway.CardPayRequest {
	r := cardPayment(order, amount, number)
	r.AutoClearing = gateway.AutoClearingHold
	return r
}

func TestScenarioPaymentPage(t *testing.T) {
	s := openShop(t)
	request := &gateway.PageCreateRequest{
		OrderID: "A-1", Amount: wire.MustDecimal("1500"), Description: "two <books> & a pen",
		SuccessURL: s.url + "/paid?lang=kk", SuccessURLMethod: gateway.RedirectMethodGet,
		FailureURL: s.url + "/failed", FailureURLMethod: gateway.RedirectMethodPost,
	}
	request.Extra().AddText("basket", "Ünïcode & more")
	created := checked(s, s.gateway.PageCreate, request)
	if created.Status != gateway.StatusOK || created.RedirectURLType != "need data" {
		t.Errorf("got %v", created)
	}
	s.is(created.PaymentID, wire.ReadingNew)

	// The payer looks at the page, leaves, and comes back.
	payer := s.visitor().open(created.RedirectURL)
	if payer.status != http.StatusOK || !strings.Contains(payer.body, "1500.00 KZT") || !strings.Contains(payer.body, "two &lt;books&gt; &amp; a pen") {
		t.Fatalf("%d: %s", payer.status, payer.body)
	}
	payer.press("action", "leave")
	s.is(created.PaymentID, wire.ReadingNew)

	payer.open(created.RedirectURL).press("card", cardPlain, "action", "pay")
	if !strings.HasPrefix(payer.at, s.url+"/paid?lang=kk&pg_order_id=A-1&") || payer.body != "welcome back to /paid" {
		t.Errorf("the payer is at %s", payer.at)
	}
	back := s.cameBack("/paid")
	if !back.Verified || back.OrderID != "A-1" || back.PaymentID != created.PaymentID || len(back.Undocumented) > 0 {
		t.Errorf("got %+v", back)
	}
	if own := back.Parameters; len(own) != 2 || own[1].Name != "basket" || own[1].Value.Reveal() != "Ünïcode & more" {
		t.Errorf("got the parameters %v", own)
	}
	s.is(created.PaymentID, wire.ReadingCaptured)

	// Whoever opens the page again is sent back again, and pays nothing.
	payer.open(created.RedirectURL)
	if _, n := s.visits.last(t); n != 2 || s.cameBack("/paid").PaymentID != created.PaymentID {
		t.Error("the second visit did not end at the shop")
	}
}

func TestScenarioFailureOnThePage(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
		OrderID: "A-2", Amount: wire.MustDecimal("1500"), Description: "two books",
		SuccessURL: s.url + "/paid", FailureURL: s.url + "/failed", FailureURLMethod: gateway.RedirectMethodPost,
	})
	payer := s.visitor().open(created.RedirectURL).press("card", cardPoor, "action", "pay")
	payer.press() // the form that posts to the shop
	if r, _ := s.visits.last(t); !s.cameBack("/failed").Verified || r.Method != http.MethodPost {
		t.Errorf("the payer came by %s", r.Method)
	}
	status := s.status(created.PaymentID)
	if status.Reading() != wire.ReadingFailed || status.FailureCode != "10009" || *status.Captured {
		t.Errorf("got %v", status)
	}
}

func TestScenarioCardPayment(t *testing.T) {
	s := openShop(t)
	paid := checked(s, s.gateway.CardPay, cardPayment("B-1", "99.90", cardPlain))
	if *paid.ThreeDS || len(paid.AuthCode) != 6 || paid.Reference == "" || paid.DateTime.String() != "2026-01-22T07:00:00+00:00" {
		t.Errorf("got %v", paid)
	}
	// By the order, as after a lost answer.
	status, err := gateway.Reconcile(t.Context(), s.gateway, "B-1")
	must(t, err)
	if status.PaymentID != paid.PaymentID || status.Reading() != wire.ReadingCaptured ||
		status.ClearingAmount.String() != "99.90" || status.RefundAmount.Sign() != 0 ||
		status.CardMask.Reveal() != "4400-44XX-XXXX-4440" || status.CardExp.Reveal() != "12/30" || status.CardBrand != "VI" ||
		status.PaymentDate.String() != "2026-01-22 12:00:00" || status.AuthCode != paid.AuthCode {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: paid.PaymentID})
	refused(s, "9999", s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: paid.PaymentID})

	refused(s, "10009", s.gateway.CardPay, cardPayment("B-2", "99.90", cardPoor))
	failed, err := gateway.Reconcile(t.Context(), s.gateway, "B-2")
	must(t, err)
	if failed.Reading() != wire.ReadingFailed || failed.FailureCode != "10009" {
		t.Errorf("got %v", failed)
	}
	refused(s, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: failed.PaymentID})
}

func TestScenarioHoldClearRefund(t *testing.T) {
	s := openShop(t)
	id := checked(s, s.gateway.CardPay, held("C-1", "1000", cardFull)).PaymentID
	s.is(id, wire.ReadingHeld)
	refused(s, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id, Amount: wire.MustDecimal("1")})
	refused(s, "9999", s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: id, ClearingAmount: wire.MustDecimal("1000.01")})

	cleared := checked(s, s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: id, ClearingAmount: wire.MustDecimal("600.50")})
	if cleared.Amount.String() != "1000.00" || cleared.ClearingAmount.String() != "600.50" || !*cleared.Cleared {
		t.Errorf("got %v", cleared)
	}
	s.is(id, wire.ReadingCaptured)
	refused(s, "9999", s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: id})
	refused(s, "9999", s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: id})

	back := checked(s, s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id, Amount: wire.MustDecimal("100.50"), Currency: "KZT"})
	if back.RefundStatus != gateway.RefundStatusSuccess || back.PaymentRefundID == id {
		t.Errorf("got %v", back)
	}
	// Not what was held, and not what was taken: what is left of it.
	refused(s, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id, Amount: wire.MustDecimal("600.50")})
	status := s.status(id)
	if status.ClearingAmount.String() != "600.50" || status.RefundAmount.String() != "-100.50" || len(status.RefundPayments) != 1 ||
		status.RefundPayments[0].PaymentID != back.PaymentRefundID || status.RefundPayments[0].Amount.String() != "-100.50" ||
		status.Reading() != wire.ReadingCaptured {
		t.Errorf("got %v", status)
	}

	// Without an amount the rest goes back, and then there is nothing.
	checked(s, s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id})
	if got := s.status(id).RefundAmount.String(); got != "-600.50" {
		t.Errorf("got back %s", got)
	}
	refused(s, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id})
}

func TestScenarioHoldCancel(t *testing.T) {
	s := openShop(t)
	id := checked(s, s.gateway.CardPay, held("D-1", "1000", cardReverse)).PaymentID
	s.is(id, wire.ReadingHeld)
	canceled := checked(s, s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: id})
	if canceled.RevokeStatus != gateway.RevokeStatusSuccess || canceled.PaymentRevokeID == id {
		t.Errorf("got %v", canceled)
	}
	status := s.status(id)
	if status.Reading() != wire.ReadingCanceled || *status.Captured || len(status.RevokedPayments) != 1 ||
		status.RevokedPayments[0].PaymentID != canceled.PaymentRevokeID {
		t.Errorf("got %v", status)
	}
	refused(s, "9999", s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: id})
	refused(s, "9999", s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: id})
}

// pass3DS takes a payer through the 3DS page and returns what the shop gets.
func (s *shop) pass3DS(acs string, md, paReq wire.Secret, answer string) *browser.ThreeDSReturn {
	s.t.Helper()
	form, err := browser.ThreeDSForm(acs, md, paReq, s.url+"/3ds")
	must(s.t, err)
	page := httptest.NewRecorder()
	form.ServeHTTP(page, nil)
	payer := &visitor{t: s.t, at: "the shop", body: page.Body.String()}
	payer.press().press("answer", answer).press()
	if payer.at != s.url+"/3ds" {
		s.t.Fatalf("the payer is at %s", payer.at)
	}
	r, _ := s.visits.last(s.t)
	back, err := browser.ParseThreeDS(r)
	must(s.t, err)
	return back
}

func TestScenario3DS(t *testing.T) {
	s := openShop(t)
	started := checked(s, s.gateway.CardPay, held("E-1", "250", card3DS))
	if !*started.ThreeDS || started.AuthCode != "" {
		t.Fatalf("got %v", started)
	}
	s.is(started.PaymentID, wire.ReadingProcess)
	complete := func(md, paRes string) *gateway.PaymentComplete3DSRequest {
		return &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: wire.NewSecret(md), PaRes: wire.NewSecret(paRes)}
	}
	// What no 3DS page has said decides nothing.
	refused(s, "10004", s.gateway.PaymentComplete3DS, complete(started.ThreeDSMD.Reveal(), started.ThreeDSPaReq.Reveal()))
	s.is(started.PaymentID, wire.ReadingProcess)

	back := s.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "confirm")
	if back.MD.Reveal() != started.ThreeDSMD.Reveal() {
		t.Error("MD has changed")
	}
	s.is(started.PaymentID, wire.ReadingProcess) // until the shop says so
	done := checked(s, s.gateway.PaymentComplete3DS, complete(back.MD.Reveal(), back.PaRes.Reveal()))
	if done.PaymentID != started.PaymentID || len(done.AuthCode) != 6 {
		t.Errorf("got %v", done)
	}
	s.is(started.PaymentID, wire.ReadingHeld)
	refused(s, "9999", s.gateway.PaymentComplete3DS, complete(back.MD.Reveal(), back.PaRes.Reveal()))
	checked(s, s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: started.PaymentID})
	s.is(started.PaymentID, wire.ReadingCaptured)

	// And one that the payer refuses.
	started = checked(s, s.gateway.CardPay, cardPayment("E-2", "250", card3DS))
	back = s.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "refuse")
	refused(s, "10004", s.gateway.PaymentComplete3DS, complete(back.MD.Reveal(), back.PaRes.Reveal()))
	s.is(started.PaymentID, wire.ReadingFailed)
}

func TestScenario3DSOnThePage(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
		OrderID: "E-3", Amount: wire.MustDecimal("250"), Description: "a book", SuccessURL: s.url + "/paid", FailureURL: s.url + "/failed",
	})
	payer := s.visitor().open(created.RedirectURL).press("card", card3DS, "action", "pay")
	payer.press() // to the 3DS page
	if !strings.Contains(payer.body, "250.00 KZT for order E-3") {
		t.Errorf("the bank asks: %s", payer.body)
	}
	s.is(created.PaymentID, wire.ReadingProcess)
	payer.press("answer", "confirm").press() // and back by the sandbox to the shop
	if back := s.cameBack("/paid"); !back.Verified || back.PaymentID != created.PaymentID {
		t.Errorf("got %+v", back)
	}
	s.is(created.PaymentID, wire.ReadingCaptured)
}

func TestScenarioSavedCard(t *testing.T) {
	s := openShop(t)
	add := func(number string) *gateway.SavedCardAddRequest {
		return &gateway.SavedCardAddRequest{
			OrderID: "F-" + number[:4], UserID: "Anna", CardPAN: wire.NewSecret(number), CardCVC: wire.NewSecret("123"),
			CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("ANNA"),
		}
	}
	list := func() []gateway.SavedCard {
		return checked(s, s.gateway.SavedCardList, &gateway.SavedCardListRequest{UserID: "Anna"}).Cards
	}
	if got := list(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	saved := checked(s, s.gateway.SavedCardAdd, add(cardRefunds))
	if *saved.ThreeDS || saved.ThreeDSFlow != gateway.ThreeDSFlowFrictionless || saved.CardMask.Reveal() != "4716-04XX-XXXX-1981" {
		t.Errorf("got %v", saved)
	}

	// The other one has 3DS, of which the API gives an address only.
	started := checked(s, s.gateway.SavedCardAdd, add(card3DS))
	if !*started.ThreeDS || started.CardToken.IsSet() || len(list()) != 1 {
		t.Fatalf("got %v", started)
	}
	s.is(started.PaymentID, wire.ReadingProcess)
	back := s.pass3DS(started.ThreeDSACSURL, wire.Secret{}, wire.Secret{}, "confirm")
	second := checked(s, s.gateway.SavedCardComplete3DS, &gateway.SavedCardComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	cards := list()
	if len(cards) != 2 || cards[1].CardToken.Reveal() != second.CardToken.Reveal() || cards[1].CardMask.Reveal() != "4916-30XX-XXXX-4310" {
		t.Fatalf("got %v", cards)
	}
	// No money moved, and nothing says that any did.
	s.is(started.PaymentID, wire.ReadingUnknown)
	refused(s, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: started.PaymentID})

	pay := func(user, token string) *gateway.SavedCardPayRequest {
		return &gateway.SavedCardPayRequest{
			OrderID: "F-1", Amount: wire.MustDecimal("10"), Description: "tea", UserID: user, CardToken: wire.NewSecret(token),
		}
	}
	paid := checked(s, s.gateway.SavedCardPay, pay("Anna", saved.CardToken.Reveal()))
	if paid.MerchantID != "123456" || paid.OrderID != "F-1" {
		t.Errorf("got %v", paid)
	}
	s.is(paid.PaymentID, wire.ReadingCaptured)
	if got := s.status(paid.PaymentID).CardToken.Reveal(); got != saved.CardToken.Reveal() {
		t.Errorf("got the token %s", got)
	}
	refused(s, "10005", s.gateway.SavedCardPay, pay("Boris", saved.CardToken.Reveal()))

	remove := &gateway.SavedCardRemoveRequest{UserID: "Anna", CardToken: saved.CardToken}
	if removed := checked(s, s.gateway.SavedCardRemove, remove); removed.Status != gateway.StatusSuccess || !removed.DeletedAt.IsSet() {
		t.Errorf("got %v", removed)
	}
	refused(s, "10005", s.gateway.SavedCardRemove, remove)
	refused(s, "10005", s.gateway.SavedCardPay, pay("Anna", saved.CardToken.Reveal()))
	if len(list()) != 1 {
		t.Error("the card is still there")
	}
}

func TestScenarioRecurring(t *testing.T) {
	s := openShop(t)
	first := cardPayment("G-1", "500", cardPlain)
	first.RecurringStart, first.RecurringLifetime = new(true), new(int64(2))
	profile := checked(s, s.gateway.CardPay, first).RecurringProfile
	again := &gateway.RecurringPayRequest{OrderID: "G-2", Amount: wire.MustDecimal("500"), Description: "next month", RecurringProfile: profile}
	s.clock.move(31 * day)
	paid := checked(s, s.gateway.RecurringPay, again)
	if paid.RecurringProfile != profile {
		t.Errorf("got %v", paid)
	}
	s.is(paid.PaymentID, wire.ReadingCaptured)
	s.clock.move(31 * day)
	refused(s, "9999", s.gateway.RecurringPay, again) // it has expired

	// A profile is none before its payment is made.
	first = cardPayment("G-3", "500", card3DS)
	first.RecurringStart = new(true)
	started := checked(s, s.gateway.CardPay, first)
	again.RecurringProfile = started.RecurringProfile
	refused(s, "9999", s.gateway.RecurringPay, again)
	back := s.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "confirm")
	checked(s, s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	s.clock.move(400 * day)
	checked(s, s.gateway.RecurringPay, again)
	again.RecurringProfile = "1"
	refused(s, "9403", s.gateway.RecurringPay, again)
}
