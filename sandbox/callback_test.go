package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// page makes a payment that is paid on the payment page.
func (t *till) page(change func(r *gateway.PageCreateRequest)) *gateway.PageCreateAnswer {
	t.t.Helper()
	r := &gateway.PageCreateRequest{
		OrderID: "A-1", Amount: wire.MustDecimal("1500"), Description: "two books", SuccessURL: t.url + "/paid?lang=kk", FailureURL: t.url + "/failed?lang=kk",
	}
	if change != nil {
		change(r)
	}
	return checked(t.shop, t.gateway.PageCreate, r)
}

// pays opens a payment page and pays with a card.
func (t *till) pays(page, card string) *visitor {
	t.t.Helper()
	return t.visitor().open(page).press("card", card, "action", "pay")
}

func (t *till) checkAt(path string) func(r *gateway.PageCreateRequest) {
	return func(r *gateway.PageCreateRequest) { r.CheckURL = t.addr + path }
}

// The check is asked first, the result told before the payer is back, and both know
// the payment.
func TestCheckAndResult(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	created := s.page(func(r *gateway.PageCreateRequest) {
		r.CheckURL = s.addr + "/shop/check"
		r.UserPhone, r.UserContactEmail, r.UserID = wire.NewSecret("77077777777"), wire.NewSecret("mail@customer.kz"), "Anna"
		r.Extra().AddText("basket", "Ünïcode & more\nlines")
	})
	if got := s.came("/shop/check"); len(got) > 0 {
		t.Fatal("asked before anybody pays")
	}
	payer := s.pays(created.RedirectURL, cardPlain)
	s.mu.Lock()
	told := len(s.all)
	s.mu.Unlock()
	if told != 2 || !strings.HasPrefix(payer.at, s.url+"/paid?lang=kk&") {
		t.Errorf("%d callbacks, the payer is at %s", told, payer.at)
	}
	check := s.one("/shop/check")
	if check.method != http.MethodPost || !strings.HasPrefix(check.contentType, "multipart/form-data") || check.secret != "secret" {
		t.Errorf("%s %s, signed with %q", check.method, check.contentType, check.secret)
	}
	if want := "pg_order_id pg_payment_id pg_amount pg_currency pg_ps_amount pg_ps_currency pg_ps_full_amount basket pg_salt pg_sig"; check.names() != want {
		t.Errorf("got %s\nwant %s", check.names(), want)
	}
	check.wants(map[string]string{
		"pg_order_id": "A-1", "pg_payment_id": created.PaymentID, "pg_amount": "1500.00", "pg_currency": "KZT",
		"pg_ps_full_amount": "1500.00", "basket": "Ünïcode & more\nlines",
	})
	result := s.one("/result")
	if want := "pg_order_id pg_payment_id pg_amount pg_currency pg_net_amount pg_ps_amount pg_ps_full_amount pg_ps_currency pg_description " +
		"pg_result pg_payment_date pg_can_reject pg_user_phone pg_user_contact_email pg_testing_mode pg_captured pg_card_pan pg_payment_method " +
		"pg_card_exp pg_card_owner pg_card_brand pg_reference pg_auth_code pg_user_id basket pg_salt pg_sig"; result.names() != want {
		t.Errorf("got %s\nwant %s", result.names(), want)
	}
	result.wants(map[string]string{
		"pg_order_id": "A-1", "pg_payment_id": created.PaymentID, "pg_amount": "1500.00", "pg_currency": "KZT", "pg_description": "two books",
		"pg_result": "1", "pg_can_reject": "1", "pg_captured": "1", "pg_testing_mode": "1", "pg_payment_method": "bankcard",
		"pg_payment_date": "2026-01-22 12:00:00", "pg_card_pan": "4400-44XX-XXXX-4440", "pg_card_exp": "12/30", "pg_card_brand": "VI",
		"pg_user_phone": "77077777777", "pg_user_contact_email": "mail@customer.kz", "pg_user_id": "Anna", "basket": "Ünïcode & more\nlines",
	})
	s.is(created.PaymentID, wire.ReadingCaptured)
	// Whoever opens the page again is sent back, and nobody is told again.
	payer.open(created.RedirectURL)
	s.one("/result")
}

// What the merchant answers to a check decides, and only if it is rightly signed.
func TestCheckAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(n notice) (int, string)
		problem string
		text    string // of the failure; empty: the payment is made
	}{
		"ok":       {func(n notice) (int, string) { return n.says("ok", "") }, "", ""},
		"rejected": {func(n notice) (int, string) { return n.says("rejected", "sold <out> & gone") }, "", "sold <out> & gone"},
		"error":    {func(n notice) (int, string) { return n.says("error", "what?") }, "", "could not read"},
		"unsigned": {
			func(notice) (int, string) { return 200, "<response><pg_status>ok</pg_status></response>" },
			"the answer has no pg_sig", "has not said",
		},
		"another secret": {func(n notice) (int, string) { n.secret = "x"; return n.says("ok", "") }, "the signature of the answer is wrong", "has not said"},
		"another script": {func(n notice) (int, string) { n.path = "/chekc"; return n.says("ok", "") }, "the signature of the answer is wrong", "has not said"},
		"a forged rejection": {
			func(n notice) (int, string) { n.secret = "x"; return n.says("rejected", "sold out") },
			"the signature of the answer is wrong", "has not said",
		},
		"500":        {func(notice) (int, string) { return 500, "" }, "the HTTP status is 500, not 200", "has not said"},
		"a redirect": {func(notice) (int, string) { return 302, "" }, "the HTTP status is 302, not 200", "has not said"},
		"204":        {func(notice) (int, string) { return 204, "" }, "the HTTP status is 204, not 200", "has not said"},
		"no XML":     {func(notice) (int, string) { return 200, "ok" }, "the answer is not XML that can be read", "has not said"},
		"another word": {
			func(n notice) (int, string) { return n.says("fine", "") },
			"pg_status of the answer is neither ok nor rejected nor error", "has not said",
		},
		"another root": {
			func(n notice) (int, string) {
				status, body := n.says("ok", "")
				return status, strings.NewReplacer("response>", "request>").Replace(body)
			},
			"the root element of the answer is not <response>", "has not said",
		},
		"too long": {
			func(n notice) (int, string) { return n.says("ok", strings.Repeat("x", 64<<10)) },
			"the answer is longer than 64 KiB", "has not said",
		},
		"two words": {
			func(n notice) (int, string) {
				status, body := n.says("ok", "")
				return status, strings.Replace(body, "<pg_status>", "<pg_status>rejected</pg_status><pg_status>", 1)
			},
			"the answer has more than one pg_status", "has not said",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTill(t, sandbox.Options{})
			s.answering(func(n notice) (int, string) {
				if strings.HasPrefix(n.path, "/check") {
					return test.answer(n)
				}
				return n.says("ok", "")
			})
			created := s.page(s.checkAt("/check"))
			payer := s.pays(created.RedirectURL, cardPlain)
			if len(s.came("/elsewhere")) > 0 {
				t.Error("a redirect was followed")
			}
			log := s.sandbox.Deliveries()
			if len(log) != 2 || log[0].Kind != sandbox.CallbackCheck || log[0].Attempts[0].Problem != test.problem || !log[0].Next.IsZero() {
				t.Errorf("got %+v", log)
			}
			status := s.status(created.PaymentID)
			if test.text == "" {
				if status.Reading() != wire.ReadingCaptured || !strings.HasPrefix(payer.at, s.url+"/paid") {
					t.Errorf("got %v, the payer is at %s", status, payer.at)
				}
				return
			}
			if status.Reading() != wire.ReadingFailed || !strings.Contains(status.FailureDescription, test.text) || status.AuthCode != "" {
				t.Errorf("got %v", status)
			}
			if name == "rejected" {
				if !strings.Contains(payer.body, `<p role="alert">sold &lt;out&gt; &amp; gone</p>`) {
					t.Errorf("the payer sees %s", payer.body)
				}
				payer.press()
			}
			if !strings.HasPrefix(payer.at, s.url+"/failed?lang=kk&") || !s.cameBack("/failed").Verified {
				t.Errorf("the payer is at %s", payer.at)
			}
			s.one("/result").wants(map[string]string{
				"pg_result": "0", "pg_can_reject": "0", "pg_captured": "0", "pg_card_pan": "-",
				"pg_failure_code": status.FailureCode, "pg_failure_description": status.FailureDescription,
			})
		})
	}
}

// A merchant that does not answer in time has not said that a payment may be made.
func TestCheckTooLate(t *testing.T) {
	s := openTill(t, sandbox.Options{CallTimeout: 50 * time.Millisecond})
	release := make(chan struct{})
	s.answering(func(n notice) (int, string) {
		if n.script() == "check" {
			<-release
		}
		return n.says("ok", "")
	})
	created := s.page(s.checkAt("/check"))
	s.pays(created.RedirectURL, cardPlain)
	close(release)
	s.is(created.PaymentID, wire.ReadingFailed)
	if got := s.sandbox.Deliveries()[0].Attempts[0]; got.Problem != "no answer in time" || got.Status != 0 {
		t.Errorf("got %+v", got)
	}
}

// The check comes before 3DS, and the shop's settings have it for API calls too.
func TestCheckBefore3DS(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	again := openShopWith(t, sandbox.Options{CheckURL: s.addr + "/check", ResultURL: s.addr + "/result"})
	s.saying("rejected", "not you")
	e := refused(again, "9999", again.gateway.CardPay, cardPayment("B-1", "10", card3DS))
	if e.Text != "not you" {
		t.Errorf("got %v", e)
	}
	must(t, again.sandbox.Settle(t.Context()))
	s.one("/check")
	s.one("/result").wants(map[string]string{"pg_result": "0", "pg_failure_description": "not you"})

	s.saying("ok", "")
	started := checked(again, again.gateway.CardPay, cardPayment("B-2", "10", card3DS))
	if !*started.ThreeDS {
		t.Errorf("got %v", started)
	}
	must(t, again.sandbox.Settle(t.Context()))
	if len(s.came("/check")) != 2 || len(s.came("/result")) != 1 {
		t.Error("the check is not there, or the result is")
	}
	back := again.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "refuse")
	refused(again, "10004", again.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	must(t, again.sandbox.Settle(t.Context()))
	results := s.came("/result")
	if len(s.came("/check")) != 2 || len(results) != 2 {
		t.Fatal("the check is asked again, or the result is not there")
	}
	results[1].wants(map[string]string{"pg_result": "0", "pg_failure_code": "10004", "pg_order_id": "B-2"})
}

// While the server is not there or says anything but HTTP 200, it is told again, four
// times.
func TestResultRepeated(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return http.StatusServiceUnavailable, "" })
	id := checked(s.shop, s.gateway.CardPay, cardPayment("C-1", "99.90", cardPlain)).PaymentID
	first := s.one("/result")
	for i := 2; i <= 5; i++ {
		s.sandbox.Advance(29 * time.Minute)
		if got := len(s.came("/result")); got != i-1 {
			t.Fatalf("%d attempts too early", got)
		}
		s.sandbox.Advance(time.Minute)
		if got := len(s.came("/result")); got != i {
			t.Fatalf("%d attempts, want %d", got, i)
		}
	}
	d := s.sandbox.Deliveries()[0]
	if !d.Next.IsZero() || len(d.Attempts) != 5 || d.Attempts[4].At.Sub(d.Attempts[0].At) != 2*time.Hour || d.PaymentID != id || d.Result != "1" || d.OrderID != "C-1" {
		t.Errorf("got %+v", d)
	}
	s.sandbox.Advance(24 * time.Hour)
	all := s.came("/result")
	if len(all) != 5 {
		t.Fatalf("%d attempts", len(all))
	}
	first.wants(map[string]string{"pg_can_reject": "1", "pg_result": "1"})
	for _, n := range all[1:] {
		n.wants(map[string]string{"pg_can_reject": "0", "pg_salt": first.get("pg_salt"), "pg_result": "1"})
		if n.raw != all[1].raw {
			t.Error("a repeat differs")
		}
	}
	s.is(id, wire.ReadingCaptured)
}

func TestResultArrivesLater(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(notice) (int, string) { return http.StatusServiceUnavailable, "" })
	id := checked(s.shop, s.gateway.CardPay, cardPayment("C-1", "99.90", cardPlain)).PaymentID
	s.one("/result")
	// By now it cannot be refused any more.
	s.saying("rejected", "no")
	s.sandbox.Advance(30 * time.Minute)
	if got := len(s.came("/result")); got != 2 {
		t.Fatalf("%d attempts", got)
	}
	s.is(id, wire.ReadingCaptured)
	s.sandbox.Advance(24 * time.Hour)
	if got := s.came("/result"); len(got) != 2 || s.sandbox.Deliveries()[0].Attempts[1].Answer != "rejected" {
		t.Errorf("%d attempts", len(got))
	}
}

// The answer to the first call can refuse a payment, if it is signed.
func TestResultRejected(t *testing.T) {
	for name, test := range map[string]struct {
		card, hold string
		forged     bool
		want       wire.Reading
	}{
		"taken":   {cardPlain, "1", false, wire.ReadingFailed},
		"held":    {cardPlain, "0", false, wire.ReadingFailed},
		"forged":  {cardPlain, "1", true, wire.ReadingCaptured},
		"failure": {cardPoor, "1", false, wire.ReadingFailed},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTill(t, sandbox.Options{})
			s.answering(func(n notice) (int, string) {
				if test.forged {
					n.secret = "x"
				}
				return n.says("rejected", "sold out")
			})
			created := s.page(func(r *gateway.PageCreateRequest) { r.Extra().AddText("pg_auto_clearing", test.hold) })
			payer := s.pays(created.RedirectURL, test.card)
			s.is(created.PaymentID, test.want)
			status := s.status(created.PaymentID)
			switch name {
			case "forged":
				if !strings.HasPrefix(payer.at, s.url+"/paid") {
					t.Errorf("the payer is at %s", payer.at)
				}
				return
			case "failure":
				if status.FailureCode != "10009" || !strings.HasPrefix(payer.at, s.url+"/failed") {
					t.Errorf("got %v, the payer is at %s", status, payer.at)
				}
				return
			}
			if status.FailureDescription != "sold out" || status.ClearingAmount.Sign() != 0 || *status.Captured {
				t.Errorf("got %v", status)
			}
			if !strings.Contains(payer.body, "sold out") {
				t.Errorf("the payer sees %s", payer.body)
			}
			payer.press()
			if !strings.HasPrefix(payer.at, s.url+"/failed?lang=kk&") || !s.cameBack("/failed").Verified {
				t.Errorf("the payer is at %s", payer.at)
			}
			s.one("/result") // about the end that the merchant itself has made nobody is told
			if d := s.sandbox.Deliveries()[0]; d.Attempts[0].Answer != "rejected" || d.Attempts[0].Problem != "" {
				t.Errorf("got %+v", d)
			}
			refused(s.shop, "9999", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: created.PaymentID})
		})
	}
}

// An answer of HTTP 200 ends the matter, whatever it says.
func TestResultAnswersThatChangeNothing(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(n notice) (int, string)
		word    string
		problem string
	}{
		"error":    {func(n notice) (int, string) { return n.says("error", "") }, "error", ""},
		"nothing":  {func(notice) (int, string) { return 200, "" }, "", "the answer is not XML that can be read"},
		"a secret": {func(n notice) (int, string) { return n.says("4400444400004440", "") }, "other", "pg_status of the answer is neither ok nor rejected nor error"},
	} {
		s := openTill(t, sandbox.Options{})
		s.answering(test.answer)
		id := checked(s.shop, s.gateway.CardPay, cardPayment("C-1", "99.90", cardPlain)).PaymentID
		s.one("/result")
		got := s.sandbox.Deliveries()[0]
		if a := got.Attempts[0]; !got.Next.IsZero() || a.Status != 200 || a.Answer != test.word || a.Problem != test.problem {
			t.Errorf("%s: got %+v", name, got)
		}
		s.is(id, wire.ReadingCaptured)
	}
}

// The addresses are called by the method of the request, with their own queries.
func TestRequestMethods(t *testing.T) {
	for _, test := range []struct{ said, method, path, more string }{
		{"GET", "GET", "/check.php", "?shop=1&a=%26&"},
		{"GET", "GET", "/", "?shop=1&a=%26&"},
		{"POST", "POST", "/a/check", ""},
		{"POST", "POST", "/a/check", "?shop=1"},
		{"XML", "POST", "/check", ""},
		{"", "POST", "/", ""},
	} {
		t.Run(test.said+test.path+test.more, func(t *testing.T) {
			s := openTill(t, sandbox.Options{})
			created := s.page(func(r *gateway.PageCreateRequest) {
				r.RequestMethod = test.said
				r.CheckURL = s.addr + test.path + strings.TrimSuffix(test.more, "&")
				r.ResultURL = r.CheckURL
				r.Extra().AddText("mine", "<a> & \"b\"\r\nc")
			})
			s.pays(created.RedirectURL, cardPlain)
			s.is(created.PaymentID, wire.ReadingCaptured)
			all := s.came(test.path)
			if len(all) != 2 {
				t.Fatalf("%d callbacks", len(all))
			}
			for _, n := range all {
				if n.method != test.method || !strings.HasPrefix(n.path, test.path+test.more) || strings.Contains(n.raw, "pg_xml") != (test.said == "XML") {
					t.Errorf("%s %s %s", n.method, n.path, n.raw)
				}
				n.wants(map[string]string{"pg_payment_id": created.PaymentID, "mine": "<a> & \"b\"\r\nc"})
				if test.method == "GET" {
					n.wants(map[string]string{"shop": "1", "a": "&"})
				}
			}
		})
	}
}

// The merchant may ask and act in between: nobody waits for anybody.
func TestMerchantCallsBack(t *testing.T) {
	s := openTill(t, sandbox.Options{CheckURL: "http://127.0.0.1:1/", CallTimeout: 10 * time.Second})
	var seen []wire.Reading
	s.answering(func(n notice) (int, string) {
		seen = append(seen, s.reading(n.get("pg_payment_id")))
		if n.script() == "result" && n.get("pg_captured") == "0" {
			checked(s.shop, s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: n.get("pg_payment_id"), ClearingAmount: wire.MustDecimal("10")})
		}
		return n.says("ok", "")
	})
	created := s.page(func(r *gateway.PageCreateRequest) {
		r.CheckURL = s.addr + "/check"
		r.Extra().AddText("pg_auto_clearing", "0")
	})
	s.pays(created.RedirectURL, cardPlain)
	s.is(created.PaymentID, wire.ReadingCaptured)
	if len(seen) != 2 || seen[0] != wire.ReadingNew || seen[1] != wire.ReadingHeld {
		t.Errorf("seen %v", seen)
	}
}

// However often the page is submitted, one payment is made and told once, and everybody
// is sent back in the end.
func TestSubmittedTwiceAtOnce(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(n notice) (int, string) {
		time.Sleep(20 * time.Millisecond)
		return n.says("ok", "")
	})
	created := s.page(s.checkAt("/check"))
	page := *s.visitor().open(created.RedirectURL)
	done := make(chan string)
	for range 4 {
		go func() {
			payer := page
			done <- payer.press("card", cardPlain, "action", "pay").at
		}()
	}
	for range 4 {
		if at := <-done; !strings.HasPrefix(at, s.url+"/paid") {
			t.Errorf("a payer is at %s", at)
		}
	}
	s.one("/check")
	s.one("/result")
	if got := s.status(created.PaymentID); got.ClearingAmount.String() != "1500.00" {
		t.Errorf("got %v", got)
	}
}

// A repeated key waits for the first request, and gets its answer.
func TestKeyRepeatedDuringTheCheck(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	profile := s.profile()
	s.answering(func(n notice) (int, string) {
		time.Sleep(20 * time.Millisecond)
		return n.says("ok", "")
	})
	r := &merchant.RecurringPayRequest{RecurringProfile: profile, OrderID: "R-2", Amount: wire.MustDecimal("5"), Description: "d", IdempotencyKey: "key"}
	r.Extra().AddText("pg_check_url", s.addr+"/check")
	ids := make(chan string)
	for range 3 {
		go func() {
			again := *r
			a, err := s.merchant.RecurringPay(t.Context(), &again)
			if err != nil {
				t.Error(err)
				ids <- ""
				return
			}
			ids <- a.PaymentID
		}()
	}
	first := <-ids
	for range 2 {
		if id := <-ids; id != first {
			t.Errorf("payments %s and %s", first, id)
		}
	}
	s.one("/check")
}

// profile makes a recurring profile and returns its id, as the result tells it.
func (t *till) profile() string {
	t.t.Helper()
	first := cardPayment("R-1", "500", cardPlain)
	first.RecurringStart, first.RecurringLifetime = new(true), new(int64(2))
	checked(t.shop, t.gateway.CardPay, first)
	all := t.came("/result")
	last := all[len(all)-1]
	last.wants(map[string]string{"pg_recurring_profile_expiry_date": "2026-03-22 12:00:00"})
	return last.get("pg_recurring_profile_id")
}

// A lifetime that ends while the merchant is asked ends the payment.
func TestLifetimeEndsDuringTheCheck(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	s.answering(func(n notice) (int, string) {
		if n.script() == "check" {
			s.clock.move(time.Hour)
		}
		return n.says("ok", "")
	})
	created := s.page(func(r *gateway.PageCreateRequest) {
		r.CheckURL, r.Lifetime = s.addr+"/check", new(int64(3600))
	})
	s.pays(created.RedirectURL, cardPlain)
	if status := s.status(created.PaymentID); status.Reading() != wire.ReadingFailed || !strings.Contains(status.FailureDescription, "lifetime") {
		t.Errorf("got %v", status)
	}
	s.one("/result").wants(map[string]string{"pg_result": "0"})
}

// Whoever pays once more while the merchant is asked is refused, and does not wait.
func TestPaidAgainDuringTheCheck(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	r := cardPaymentWith("1", s.saves(cardPlain))
	r.Extra().AddText("pg_check_url", s.addr+"/check")
	id := checked(s.shop, s.merchant.CardPaymentCreate, r).PaymentID
	s.answering(func(n notice) (int, string) {
		if n.script() == "check" {
			refused(s.shop, "9999", s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: id})
		}
		return n.says("ok", "")
	})
	checked(s.shop, s.merchant.CardPaymentConfirm, &merchant.CardPaymentConfirmRequest{PaymentID: id})
	s.one("/check")
	s.one("/result")
	s.is(id, wire.ReadingCaptured)
}

// A request that made nothing leaves its key free.
func TestKeyOfARequestThatMadeNothing(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	profile := s.profile()
	r := &merchant.RecurringPayRequest{RecurringProfile: "1", OrderID: "R-2", Amount: wire.MustDecimal("5"), Description: "d", IdempotencyKey: "key"}
	refused(s.shop, "9403", s.merchant.RecurringPay, r)
	r.RecurringProfile = profile
	checked(s.shop, s.merchant.RecurringPay, r)
}

// What XML cannot say is not sent in it, and what it can is not changed.
func TestOwnParametersInXML(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	created := s.page(func(r *gateway.PageCreateRequest) {
		r.RequestMethod = "XML"
		r.Extra().AddText("mine", "a\x01b]]>\t'\u20ac")
		r.Extra().AddText("1st", "x")
	})
	s.pays(created.RedirectURL, cardPlain)
	s.one("/result").wants(map[string]string{"mine": "ab]]>\t'\u20ac", "1st": "-"})
}
