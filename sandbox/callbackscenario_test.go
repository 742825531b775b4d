package sandbox_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// Every way to pay ends in one result, at the address of its request.
func TestEveryWayToPayIsTold(t *testing.T) {
	amount := wire.MustDecimal("500")
	for name, pay := range map[string]func(s *till, to string) (paymentID string){
		"merchant page": func(s *till, to string) string {
			a := checked(s.shop, s.merchant.PaymentCreate, &merchant.PaymentCreateRequest{
				OrderID: "1", Amount: amount, Description: "d", AutoClearing: merchant.AutoClearingChargeNow, ResultURL: to, CheckURL: s.addr + "/check",
			})
			s.pays(a.RedirectURL, cardPlain)
			return a.PaymentID
		},
		"merchant page for any amount": func(s *till, to string) string {
			a := checked(s.shop, s.merchant.PaymentCreateAnyAmount, &merchant.PaymentCreateAnyAmountRequest{
				OrderID: "1", Description: "d", Amount: amount, ResultURL: to, CheckURL: s.addr + "/check",
			})
			s.visitor().open(a.RedirectURL).press("card", cardPlain, "amount", "500", "action", "pay")
			return a.PaymentID
		},
		"gateway page for any amount": func(s *till, to string) string {
			a := checked(s.shop, s.gateway.PageCreateAnyAmount, &gateway.PageCreateAnyAmountRequest{
				OrderID: "1", Description: "d", ResultURL: to, CheckURL: s.addr + "/check",
			})
			s.visitor().open(a.RedirectURL).press("card", cardPlain, "amount", "500", "action", "pay")
			return a.PaymentID
		},
		"recurring": func(s *till, to string) string {
			r := &merchant.RecurringPayRequest{RecurringProfile: s.profile(), OrderID: "1", Amount: amount, Description: "d", ResultURL: to}
			r.Extra().AddText("pg_check_url", s.addr+"/check")
			return checked(s.shop, s.merchant.RecurringPay, r).PaymentID
		},
		"saved card": func(s *till, to string) string {
			r := cardPaymentWith("1", s.saves(cardPlain))
			r.Amount, r.ResultURL = amount, to
			r.Extra().AddText("pg_check_url", s.addr+"/check")
			id := checked(s.shop, s.merchant.CardPaymentCreate, r).PaymentID
			checked(s.shop, s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: id})
			return id
		},
		"saved card with CVC": func(s *till, to string) string {
			r := &merchant.CardPaymentCreateCVCRequest{
				OrderID: "1", Amount: amount, Description: "d", UserID: user, CardToken: wire.NewSecret(s.saves(cardPlain)), ResultURL: to,
			}
			r.Extra().AddText("pg_check_url", s.addr+"/check")
			id := checked(s.shop, s.merchant.CardPaymentCreateCVC, r).PaymentID
			var meta wire.Meta
			_, err := s.merchant.CardPaymentConfirmCVC(s.t.Context(), &merchant.CardPaymentConfirmCVCRequest{PaymentID: id}, wire.WithMeta(&meta))
			must(s.t, err)
			s.visitor().open(meta.Header.Get(sandbox.PageHeader)).press("answer", "123")
			return id
		},
		"phone": func(s *till, to string) string {
			r := mobilePayment("1")
			r.ResultURL, r.CheckURL = to, s.addr+"/check"
			id := checked(s.shop, s.merchant.MobileCreate, r).PaymentID
			checked(s.shop, s.merchant.MobilePay, phone(id, "+77017777777", ""))
			s.one("/check") // before the first code, and not again
			if len(s.came("/told")) > 0 {
				s.t.Error("told before it is paid")
			}
			checked(s.shop, s.merchant.MobilePay, phone(id, "+77017777777", ""))
			checked(s.shop, s.merchant.MobileApprove, approval(id, testcards.Code))
			return id
		},
		"page for a phone": func(s *till, to string) string {
			r := mobilePayment("1")
			r.ResultURL, r.CheckURL = to, s.addr+"/check"
			a := checked(s.shop, s.merchant.MobileCreate, r)
			s.visitor().open(a.RedirectURL).press("answer", "+77017777777").press("answer", testcards.Code)
			return a.PaymentID
		},
		"gateway card": func(s *till, to string) string {
			r := cardPayment("1", "500", cardPlain)
			r.Extra().AddText("pg_result_url", to)
			r.Extra().AddText("pg_check_url", s.addr+"/check")
			return checked(s.shop, s.gateway.CardPay, r).PaymentID
		},
		"3DS": func(s *till, to string) string {
			r := cardPayment("1", "500", card3DS)
			r.Extra().AddText("pg_result_url", to)
			r.Extra().AddText("pg_check_url", s.addr+"/check")
			a := checked(s.shop, s.gateway.CardPay, r)
			back := s.pass3DS(a.ThreeDSACSURL, a.ThreeDSMD, a.ThreeDSPaReq, "confirm")
			s.one("/check")
			if len(s.came("/told")) > 0 {
				s.t.Error("told before it is paid")
			}
			checked(s.shop, s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: a.PaymentID, MD: back.MD, PaRes: back.PaRes})
			return a.PaymentID
		},
		"3DS on the page": func(s *till, to string) string {
			a := s.page(func(r *gateway.PageCreateRequest) {
				r.OrderID, r.Amount, r.ResultURL, r.CheckURL = "1", amount, to, s.addr+"/check"
			})
			s.pays(a.RedirectURL, card3DS).press().press("answer", "confirm").press()
			return a.PaymentID
		},
		"invoice of 2025": func(s *till, to string) string {
			made := s.invoice(to)
			_, err := s.pay(made)
			must(s.t, err)
			return wireNumber(made)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTill(t, sandbox.Options{})
			id := pay(s, s.addr+"/told")
			result := s.one("/told")
			result.wants(map[string]string{"pg_payment_id": id, "pg_order_id": "1", "pg_amount": "500.00", "pg_result": "1", "pg_captured": "1"})
			method := "bankcard"
			if strings.Contains(name, "phone") {
				method = "mobile_commerce"
			}
			result.wants(map[string]string{"pg_payment_method": method})
			s.one("/check").wants(map[string]string{"pg_payment_id": id, "pg_order_id": "1", "pg_amount": "500.00"})
			if got := s.came("/result"); name != "recurring" && len(got) > 0 {
				t.Errorf("the shop's settings count beside the request: %v", got)
			}
		})
	}
}

// invoice makes an invoice of 2025.
func (t *till) invoice(result string) *merchant.InvoiceInitAnswer {
	t.t.Helper()
	made, err := t.merchant.InvoiceInit(t.t.Context(), &merchant.InvoiceInitRequest{
		OrderID: "1", Amount: wire.MustDecimal("500"), Description: "Ticket", InvoiceMethod: merchant.InvoiceMethodQR, Currency: "KZT",
		CheckURL: t.addr + "/check", ResultURL: result,
	})
	must(t.t, err)
	return made
}

func (t *till) pay(made *merchant.InvoiceInitAnswer) (*merchant.InvoicePayAnswer, error) {
	return t.merchant.InvoicePay(t.t.Context(), &merchant.InvoicePayRequest{
		InvoiceHandle: made.InvoiceMethods.QR, UserID: user, CardToken: wire.NewSecret(t.saves(cardPlain)),
	})
}

func wireNumber(made *merchant.InvoiceInitAnswer) string {
	return wire.DecimalFromMinor(*made.InvoiceID, 0).String()
}

// An invoice that the merchant refuses is not paid, before or after.
func TestInvoiceRefused(t *testing.T) {
	for path, paid := range map[string]bool{"/check": false, "/told": true} {
		s := openTill(t, sandbox.Options{})
		s.answering(func(n notice) (int, string) {
			if n.path == path {
				return n.says("rejected", "sold out")
			}
			return n.says("ok", "")
		})
		made := s.invoice(s.addr + "/told")
		if _, err := s.pay(made); (err == nil) != paid {
			t.Errorf("%s: %v", path, err)
		}
		s.one("/told")
		_, err := s.pay(made)
		if err == nil || !strings.Contains(err.Error(), "sold out") {
			t.Errorf("%s: %v", path, err)
		}
		if s.one("/check"); len(s.came("/told")) != 1 {
			t.Error("told or asked again")
		}
	}
}

// A hold is told as one, with the profile and the card that were made with it.
func TestResultOfAHold(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	r := held("H-1", "100", cardFull)
	r.UserID, r.RecurringStart = "Anna", new(true)
	r.Extra().AddText("pg_save_card", "1")
	paid := checked(s.shop, s.gateway.CardPay, r)
	n := s.one("/result")
	n.wants(map[string]string{
		"pg_result": "1", "pg_captured": "0", "pg_recurring_profile_id": paid.RecurringProfile, "pg_recurring_profile_expiry_date": "2031-01-01 00:00:00",
		"pg_card_id": paid.CardID, "pg_card_token": paid.CardToken.Reveal(), "pg_user_id": "Anna", "pg_auth_code": paid.AuthCode, "pg_reference": paid.Reference,
	})
	// That it is cleared, by whomever, is not told.
	s.sandbox.Advance(6 * day)
	s.is(paid.PaymentID, wire.ReadingCaptured)
	s.one("/result")
}

// A refused payment leaves no profile behind.
func TestRefusedProfile(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.saying("rejected", "")
	r := cardPayment("R-1", "500", cardPlain)
	r.RecurringStart = new(true)
	profile := checked(s.shop, s.gateway.CardPay, r).RecurringProfile
	s.one("/result")
	if got := s.status(checkedID(s)).FailureDescription; got != "the merchant has refused the payment" {
		t.Errorf("got %s", got)
	}
	refused(s.shop, "9999", s.gateway.RecurringPay, &gateway.RecurringPayRequest{OrderID: "R-2", Amount: wire.MustDecimal("1"), Description: "d", RecurringProfile: profile})
}

// checkedID is the payment of the first callback.
func checkedID(s *till) string { return s.sandbox.Deliveries()[0].PaymentID }

// A lifetime that is over is told, by whoever is the first to notice.
func TestResultOfALifetimeThatIsOver(t *testing.T) {
	for name, notice := range map[string]func(s *till, a *gateway.PageCreateAnswer){
		"the clock":  func(s *till, _ *gateway.PageCreateAnswer) { s.sandbox.Advance(time.Hour) },
		"the status": func(s *till, a *gateway.PageCreateAnswer) { s.clock.move(time.Hour); s.status(a.PaymentID) },
		"the page":   func(s *till, a *gateway.PageCreateAnswer) { s.clock.move(time.Hour); s.visitor().open(a.RedirectURL) },
		"the profile": func(s *till, a *gateway.PageCreateAnswer) {
			s.clock.move(time.Hour)
			s.sandbox.RecurringProfile(a.PaymentID)
		},
	} {
		s := openTill(t, sandbox.Options{})
		a := s.page(func(r *gateway.PageCreateRequest) { r.Lifetime = new(int64(3600)) })
		notice(s, a)
		n := s.one("/result")
		n.wants(map[string]string{"pg_result": "0", "pg_captured": "0", "pg_payment_method": "-", "pg_card_pan": "-"})
		if text := n.get("pg_failure_description"); !strings.Contains(text, "lifetime") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// Without an address nobody is called, and one that cannot be called is in the log.
func TestAddresses(t *testing.T) {
	s := openShop(t)
	checked(s, s.gateway.CardPay, cardPayment("1", "1", cardPlain))
	must(t, s.sandbox.Settle(t.Context()))
	if got := s.sandbox.Deliveries(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	for address, problem := range map[string]string{
		"shop.example/result":            "the address is not one that can be called",
		"http://127.0.0.1:1/result?a=b":  "not reachable: ",
		"http://127.0.0.1:1/result?a;b%": "the address has a query that cannot be read, and so not be signed",
	} {
		r := cardPayment("1", "1", cardPlain)
		r.Extra().AddText("pg_result_url", address)
		r.Extra().AddText("pg_request_method", "GET")
		id := checked(s, s.gateway.CardPay, r).PaymentID
		must(t, s.sandbox.Settle(t.Context()))
		log := s.sandbox.Deliveries()
		last := log[len(log)-1]
		if !strings.HasPrefix(last.Attempts[0].Problem, problem) || strings.Contains(last.URL, "?") {
			t.Errorf("got %+v", last)
		}
		s.is(id, wire.ReadingCaptured)
		// And a check that cannot be made fails.
		r = cardPayment("2", "1", cardPlain)
		r.Extra().AddText("pg_check_url", address)
		r.Extra().AddText("pg_request_method", "GET")
		refused(s, "9999", s.gateway.CardPay, r)
	}
	for _, o := range []sandbox.Options{{CheckURL: "check"}, {ResultURL: "ftp://shop.example/"}, {URL: "sandbox.example"}, {Speed: -1}, {Speed: 86401}} {
		o.Credentials = s.credentials
		if _, err := sandbox.New(o); err == nil {
			t.Errorf("taken: %+v", o)
		}
	}
}

func TestPayoutIsTold(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	post := s.addr + "/shop/paid_out?a=b"
	pay := func(order, number string) *merchant.PayoutCardAnswer {
		r := payoutTo(order, "1500.50", s.savesToPayOut(number))
		r.PostLink = post
		return checked(s.shop, s.merchant.PayoutCard, r)
	}
	paid := pay("P-1", payoutPlain)
	n := s.one("/shop/paid_out")
	if n.secret != "payout secret" || n.method != http.MethodPost {
		t.Errorf("%s, signed with the %s", n.method, n.secret)
	}
	if want := "pg_payment_id pg_order_id pg_card_hash pg_status pg_balance pg_payment_amount pg_to_pay pg_merchant_id pg_payment_date pg_card_id pg_salt pg_sig"; n.names() != want {
		t.Errorf("got %s\nwant %s", n.names(), want)
	}
	n.wants(map[string]string{
		"pg_payment_id": paid.PaymentID, "pg_order_id": "P-1", "pg_status": "ok", "pg_balance": "998499.50", "pg_payment_amount": "1500.50",
		"pg_merchant_id": "123456", "pg_card_hash": paid.CardMask.Reveal(), "pg_payment_date": "2026-01-22 12:00:00", "pg_card_id": paid.CardID,
	})

	// One that is in process is told at its end, and not sent again whatever comes.
	s.answering(func(notice) (int, string) { return 503, "" })
	pay("P-2", payoutSlow)
	s.payout("P-2")
	s.one("/shop/paid_out")
	s.payout("P-2")
	if got := s.came("/shop/paid_out"); len(got) != 2 || got[1].get("pg_order_id") != "P-2" {
		t.Fatalf("%d callbacks", len(got))
	}
	s.sandbox.Advance(24 * time.Hour)
	// One that fails is not told.
	pay("P-3", payoutLost)
	s.payout("P-3")
	s.payout("P-3")
	if got := s.came("/shop/paid_out"); len(got) != 2 {
		t.Errorf("%d callbacks", len(got))
	}

	// The bare element that the page shows is an answer.
	var told atomic.Int32
	s.answering(func(notice) (int, string) {
		time.Sleep(20 * time.Millisecond)
		told.Add(1)
		return 200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pg_status>ok</pg_status>\n"
	})
	created := checked(s.shop, s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
		OrderID: "P-4", Amount: wire.MustDecimal("10"), Description: "prize", OrderTimeLimit: wire.TimeLiteral("2026-01-24 13:00:00"),
		BackLink: s.url + "/back", PostLink: post,
	})
	recipient := s.visitor().open(created.RedirectURL).press("answer", payoutPlain)
	if told.Load() != 1 || recipient.at != s.url+"/back" {
		t.Errorf("%d callbacks, the recipient is at %s", told.Load(), recipient.at)
	}
	log := s.sandbox.Deliveries()
	if last := log[len(log)-1]; last.Attempts[0].Answer != "ok" || last.Kind != sandbox.CallbackPayout || last.URL != s.addr+"/shop/paid_out" {
		t.Errorf("got %+v", last)
	}

	account := payoutToAccount("P-5", "10", "KZ123412341234123412")
	account.PostLink = post
	checked(s.shop, s.gateway.PayoutIBAN, account)
	s.payout("P-5")
	s.payout("P-5")
	s.came("/shop/paid_out")[3].wants(map[string]string{"pg_order_id": "P-5", "pg_card_hash": "-", "pg_card_id": "-"})
}

func TestCardSavedIsTold(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	add := func(order string) *merchant.CardAddAnswer {
		return checked(s.shop, s.merchant.CardAdd, &merchant.CardAddRequest{UserID: user, BackLink: s.url + "/back", PostLink: s.addr + "/saved", OrderID: order})
	}
	first := add("S-1")
	s.visitor().open(first.RedirectURL).press("answer", cardPlain)
	n := s.one("/saved")
	if want := "pg_type pg_payment_id pg_order_id pg_card_3ds pg_card_hash pg_card_id pg_user_id pg_status pg_card_month pg_card_year pg_card_token pg_salt pg_sig"; n.names() != want || n.secret != "secret" {
		t.Errorf("got %s\nwant %s", n.names(), want)
	}
	n.wants(map[string]string{
		"pg_type": "approve", "pg_payment_id": first.PaymentID, "pg_order_id": "S-1", "pg_card_hash": "4400-44XX-XXXX-4440", "pg_user_id": user,
		"pg_status": "success", "pg_card_month": "12", "pg_card_year": "30", "pg_card_token": s.token(cardPlain), "pg_card_3ds": "0",
	})
	// After 3DS, and not if the user refuses there.
	s.visitor().open(add("S-2").RedirectURL).press("answer", "5367654276102126").press().press("answer", "refuse").press()
	s.one("/saved")
	s.visitor().open(add("S-3").RedirectURL).press("answer", "5367654276102126").press().press("answer", "confirm").press()
	all := s.came("/saved")
	all[len(all)-1].wants(map[string]string{"pg_order_id": "S-3", "pg_card_3ds": "1"})
	// One for payouts.
	out := checked(s.shop, s.merchant.PayoutCardAdd, &merchant.PayoutCardAddRequest{UserID: user, BackLink: s.url + "/back", PostLink: s.addr + "/saved"})
	s.visitor().open(out.RedirectURL).press("answer", payoutPlain)
	all = s.came("/saved")
	if len(all) != 3 {
		t.Fatalf("%d callbacks", len(all))
	}
	all[2].wants(map[string]string{"pg_payment_id": out.PaymentID, "pg_order_id": "-"})
	if len(s.came("/result")) > 0 {
		t.Error("saving a card is told as a payment")
	}
}
