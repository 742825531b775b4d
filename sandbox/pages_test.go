package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func TestAnyAmount(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreateAnyAmount, &gateway.PageCreateAnyAmountRequest{
		OrderID: "1", Description: "a gift", Amount: wire.MustDecimal("100"),
		AmountIntervalFrom: wire.MustDecimal("50"), AmountIntervalTo: wire.MustDecimal("200"),
	})
	payer := s.visitor().open(created.RedirectURL)
	for _, amount := range []string{"", "much", "0", "-60", "49.99", "200.01", "60.001"} {
		payer.press("card", cardPlain, "amount", amount, "action", "pay")
		if payer.status != http.StatusBadRequest || !strings.Contains(payer.body, `role="alert"`) {
			t.Errorf("%q: %d", amount, payer.status)
		}
	}
	s.is(created.PaymentID, wire.ReadingNew)
	payer.press("card", cardPlain, "amount", "60.5", "action", "pay")
	if got := s.status(created.PaymentID); got.Amount.String() != "60.50" || got.Reading() != wire.ReadingCaptured {
		t.Errorf("got %v", got)
	}
	// There is nowhere to go.
	if payer.status != http.StatusOK || !strings.Contains(payer.body, "The payment is captured.") {
		t.Errorf("%d: %s", payer.status, payer.body)
	}
}

func TestReturns(t *testing.T) {
	for name, test := range map[string]struct {
		path   string
		method gateway.RedirectMethod
		at     string
	}{
		"GET":             {"/shop/paid", "", "/shop/paid"},
		"POST":            {"/shop/paid", gateway.RedirectMethodPost, "/shop/paid"},
		"POST with query": {"/shop/paid?a=1&b=%26", gateway.RedirectMethodPost, "/shop/paid"},
		"GET with query":  {"/shop/paid?a=1&b=%26", gateway.RedirectMethodGet, "/shop/paid"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			r := &gateway.PageCreateRequest{
				OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", SuccessURL: s.url + test.path, SuccessURLMethod: test.method,
			}
			r.Extra().AddText("mine", "two\nlines; <and> \"more\"")
			r.Extra().AddText("pg_not_mine", "x")
			created := checked(s, s.gateway.PageCreate, r)
			payer := s.visitor().open(created.RedirectURL).press("card", cardPlain, "action", "pay")
			if test.method == gateway.RedirectMethodPost {
				payer.press()
			}
			back := s.cameBack(test.at)
			last := back.Parameters[len(back.Parameters)-1]
			if !back.Verified || back.PaymentID != created.PaymentID || len(back.Undocumented) > 0 || last.Name != "mine" ||
				!strings.HasPrefix(last.Value.Reveal(), "two") {
				t.Errorf("got %+v", back)
			}
		})
	}
}

// An address without a last part is signed with the empty script name.
func TestReturnToTheRoot(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
		OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", SuccessURL: s.url,
	})
	if payer := s.visitor().open(created.RedirectURL).press("card", cardPlain, "action", "pay"); payer.body != "welcome back to /" {
		t.Errorf("the payer is at %s", payer.at)
	}
}

func TestNoReturn(t *testing.T) {
	s := openShop(t)
	for _, address := range []string{"javascript:alert(1)", "//shop.example/paid", "shop", "https:///paid", "ftp://shop.example/"} {
		created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
			OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", SuccessURL: address,
		})
		payer := s.visitor().open(created.RedirectURL).press("card", cardPlain, "action", "pay")
		if payer.status != http.StatusOK || strings.Contains(payer.body, address) {
			t.Errorf("%s: %d, %s", address, payer.status, payer.body)
		}
	}
}

func TestFailureInAFrame(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
		OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", FailureURL: s.url + "/failed", PaymentRoute: gateway.PaymentRouteFrame,
	})
	s.visitor().open(created.RedirectURL).press("card", cardPoor, "action", "pay")
	back := s.cameBack("/failed")
	if back.Verified || back.ErrorCode != "10009" || back.OrderID != "1" || back.PaymentID != "" || back.Status != "error" {
		t.Errorf("got %+v", back)
	}
}

func TestPaymentPageRefuses(t *testing.T) {
	s := openShop(t)
	created := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d"})
	base := string(s.env) + "/_sandbox/"
	if got := s.visitor().open(base + "pay?customer=x").status; got != http.StatusNotFound {
		t.Errorf("an unknown payment: %d", got)
	}
	payer := s.visitor().open(created.RedirectURL)
	page := payer.body
	for what, filled := range map[string]struct {
		fields []string
		status int
	}{
		"no action":        {[]string{"card", cardPlain}, http.StatusBadRequest},
		"no such action":   {[]string{"card", cardPlain, "action", "steal"}, http.StatusBadRequest},
		"no such card":     {[]string{"card", "4111111111111111", "action", "pay"}, http.StatusBadRequest},
		"no such customer": {[]string{"card", cardPlain, "action", "pay", "customer", "x"}, http.StatusNotFound},
	} {
		payer.body = page
		if payer.press(filled.fields...); payer.status != filled.status {
			t.Errorf("%s: %d", what, payer.status)
		}
	}
	s.is(created.PaymentID, wire.ReadingNew)

	// What is said to come from the 3DS page, and does not.
	payer.body = page
	payer.press("card", card3DS, "action", "pay")
	handle := created.RedirectURL[strings.Index(created.RedirectURL, "?"):]
	for what, test := range map[string]struct {
		at     string
		fields url.Values
		status int
	}{
		"no fields":  {"3ds" + handle, url.Values{}, http.StatusBadRequest},
		"made up":    {"3ds" + handle, url.Values{"MD": {"1"}, "PaRes": {"2"}}, http.StatusBadRequest},
		"no payment": {"3ds?customer=x", url.Values{"MD": {"1"}, "PaRes": {"2"}}, http.StatusNotFound},
	} {
		answer, err := http.PostForm(base+test.at, test.fields)
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("%s: %d", what, answer.StatusCode)
		}
	}
	s.is(created.PaymentID, wire.ReadingProcess)
}

func TestACS(t *testing.T) {
	s := openShop(t)
	started := checked(s, s.gateway.CardPay, cardPayment("<1>", "1", card3DS))
	md, paReq := started.ThreeDSMD.Reveal(), started.ThreeDSPaReq.Reveal()
	post := func(address string, fields ...string) *visitor {
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		v := s.visitor()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return v.send(r)
	}
	acs := started.ThreeDSACSURL
	for what, test := range map[string]struct {
		got    *visitor
		status int
	}{
		"unknown":               {post(string(s.env)+"/_sandbox/acs/x", "MD", md), http.StatusNotFound},
		"unknown answer":        {post(string(s.env)+"/_sandbox/acs/x/answer", "answer", "confirm"), http.StatusNotFound},
		"another MD":            {post(acs, "MD", "x", "PaReq", paReq, "TermUrl", s.url), http.StatusBadRequest},
		"no PaReq":              {post(acs, "MD", md, "TermUrl", s.url), http.StatusBadRequest},
		"a script":              {post(acs, "MD", md, "PaReq", paReq, "TermUrl", "javascript:alert(1)"), http.StatusBadRequest},
		"neither":               {post(acs + "/answer"), http.StatusBadRequest},
		"as it should be":       {post(acs, "MD", md, "PaReq", paReq, "TermUrl", s.url), http.StatusOK},
		"TermUrl alone":         {post(acs, "TermUrl", s.url), http.StatusOK},
		"an address alone, GET": {s.visitor().open(acs), http.StatusOK},
	} {
		if test.got.status != test.status {
			t.Errorf("%s: %d", what, test.got.status)
		}
		if test.status == http.StatusOK && !strings.Contains(test.got.body, "order &lt;1&gt;?") {
			t.Errorf("%s: %s", what, test.got.body)
		}
	}
	// Without a TermUrl the cardholder stays. What was said first counts.
	stays := s.visitor().open(acs).press("answer", "refuse")
	if stays.status != http.StatusOK || strings.Contains(stays.body, "<form") {
		t.Errorf("%d: %s", stays.status, stays.body)
	}
	back := s.pass3DS(acs, started.ThreeDSMD, started.ThreeDSPaReq, "confirm")
	refused(s, "10004", s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	s.is(started.PaymentID, wire.ReadingFailed)
}

// Behind a proxy the pages are where the proxy is.
func TestURL(t *testing.T) {
	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret"), URL: "https://sandbox.example/fp/"})
	must(t, err)
	s := openShop(t)
	client, err := gateway.New("https://api.example", wire.NewCredentials("123456", "secret"), inProcess(handler))
	must(t, err)
	created := checked(s, client.PageCreate, &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d"})
	if !strings.HasPrefix(created.RedirectURL, "https://sandbox.example/fp/_sandbox/pay?customer=") {
		t.Errorf("got %s", created.RedirectURL)
	}
}

// The payer's browser can bring the request itself.
func TestPaymentPHP(t *testing.T) {
	s := openShop(t)
	request := &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("12.50"), Description: "d", SuccessURL: s.url + "/paid"}
	form, err := browser.PaymentForm(s.env, s.credentials, request, browser.WithField("mine", "x"), browser.WithField("pg_auto_clearing", "1"))
	must(t, err)
	address, err := form.URL()
	must(t, err)
	page, err := form.HTML()
	must(t, err)
	for way, payer := range map[string]*visitor{
		"GET":  s.visitor().open(address),
		"POST": (&visitor{t: t, body: string(page)}).press(),
	} {
		if !strings.Contains(payer.body, "12.50 KZT") {
			t.Fatalf("%s: the payer is at %s: %s", way, payer.at, payer.body)
		}
		payer.press("card", cardPlain, "action", "pay")
		back := s.cameBack("/paid")
		if !back.Verified || len(back.Parameters) != 1 {
			t.Errorf("%s: got %+v", way, back)
		}
		s.is(back.PaymentID, wire.ReadingCaptured)
	}
	payer := s.visitor().open(strings.Replace(address, "12.50", "1.25", 1))
	if payer.status != http.StatusUnauthorized || !strings.Contains(payer.body, "1100") {
		t.Errorf("a form that was changed: %d, %s", payer.status, payer.body)
	}
}
