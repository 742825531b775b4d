package sandbox_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// inProcess calls a handler without a network.
func inProcess(handler http.Handler) middleware.Option {
	return middleware.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return answer.Result(), nil
	}))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFormsAreRead(t *testing.T) {
	s := openShop(t)
	for name, options := range map[string][]wire.CallOption{
		"multipart":         nil,
		"urlencoded":        {wire.WithURLEncodedBody()},
		"pg_xml":            {wire.WithPgXML()},
		"without the slash": {wire.WithPath("/g2g/payment_page")},
	} {
		r := &gateway.PageCreateRequest{
			OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", SuccessURL: s.url + "/paid",
			ReceiptPositions: []gateway.ReceiptPosition{{Name: "tea", Count: new(int64(2)), MarkList: []string{"a", "b"}}},
		}
		r.Extra().AddText("mine", "Ü")
		a, err := s.gateway.PageCreate(t.Context(), r, options...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.visitor().open(a.RedirectURL).press("card", cardPlain, "action", "pay")
		if back := s.cameBack("/paid"); len(back.Parameters) != 1 || back.Parameters[0].Value.Reveal() != "Ü" {
			t.Errorf("%s: got %+v", name, back)
		}
	}
}

func TestRefusedPgSigIsExplained(t *testing.T) {
	var log bytes.Buffer
	credentials := wire.Credentials{ID: "123456", Secret: wire.NewSecret("the-secret"), PayoutSecret: wire.NewSecret("the-payout-secret")}
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	request := &gateway.PaymentStatusRequest{OrderID: "order-77", PaymentID: "1"}
	for name, test := range map[string]struct {
		id, secret, code, diagnosis string
		option                      wire.CallOption
	}{
		"wrong secret":   {"123456", "guess", "1100", "pg_sig differs: script name, fields or secret", nil},
		"newline":        {"123456", "the-secret\n", "1100", "It fits with", nil},
		"other secret":   {"123456", "the-payout-secret", "1100", "the payout secret", nil},
		"wrong script":   {"123456", "the-secret", "1100", "script name", wire.WithScript("status_v2.php")},
		"other merchant": {"654321", "the-secret", "9998", "pg_merchant_id is not the merchant of this sandbox, 123456", nil},
	} {
		client, err := gateway.New("https://api.example", wire.NewCredentials(test.id, test.secret), inProcess(handler))
		must(t, err)
		var options []wire.CallOption
		if test.option != nil {
			options = append(options, test.option)
		}
		_, err = client.PaymentStatus(t.Context(), request, options...)
		e, ok := err.(*wire.Error)
		if !ok || e.Code != test.code || e.Kind != wire.ErrUnauthorized || e.Meta.Status != http.StatusOK || e.Meta.Signature != wire.AnswerUnsigned {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		h := e.Meta.Header
		if got := h.Get(sandbox.DiagnosisHeader); !strings.Contains(got, test.diagnosis) {
			t.Errorf("%s: %s", name, got)
		}
		if got := h.Get(sandbox.ScriptHeader); got != "status_v2" {
			t.Errorf("%s: script name %s", name, got)
		}
		if got := h.Get(sandbox.FieldsHeader); got != "pg_merchant_id pg_order_id pg_payment_id pg_salt" {
			t.Errorf("%s: fields %s", name, got)
		}
		for _, secret := range []string{"the-secret", "the-payout-secret", "order-77"} {
			if strings.Contains(log.String(), secret) || strings.Contains(strings.Join(h.Values(sandbox.DiagnosisHeader), ""), secret) {
				t.Errorf("%s: %s was shown", name, secret)
			}
		}
	}
}

func TestPgSigRefusals(t *testing.T) {
	for _, production := range []bool{false, true} {
		handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret"), ProductionLike: production})
		must(t, err)
		send := func(method, target, contentType, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, target, strings.NewReader(body))
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w
		}
		const form = "application/x-www-form-urlencoded"
		for name, test := range map[string]struct {
			got    *httptest.ResponseRecorder
			status int
			code   string
		}{
			"nothing":               {send("POST", "/g2g/payment", form, ""), 200, "9998"},
			"no form":               {send("POST", "/g2g/payment", "application/json", `{"pg_merchant_id":"123456"}`), 200, "9998"},
			"no signature":          {send("POST", "/g2g/status_v2", form, "pg_merchant_id=123456&pg_salt=a"), 200, "1100"},
			"no salt":               {send("POST", "/g2g/status_v2", form, "pg_merchant_id=123456&pg_sig=00000000000000000000000000000000"), 200, "1100"},
			"two signatures":        {send("POST", "/g2g/status_v2", form, "pg_merchant_id=123456&pg_sig=a&pg_sig=b&pg_salt=c"), 200, "1100"},
			"the slash, unsigned":   {send("POST", "/g2g/payment_page/", form, "pg_merchant_id=123456"), 200, "1100"},
			"by GET":                {send("GET", "/g2g/status_v2?pg_merchant_id=123456&pg_salt=a&pg_sig=b", "", ""), 200, "1100"},
			"merchant":              {send("POST", "/get_status3.php", form, "pg_merchant_id=123456&pg_salt=a&pg_sig=b"), 401, "1100"},
			"merchant, other":       {send("POST", "/get_status3.php", form, "pg_merchant_id=1&pg_salt=a&pg_sig=b"), 401, "9998"},
			"another's path":        {send("POST", "/v1/merchant/77/cardstorage/list", form, "pg_merchant_id=123456&pg_salt=a&pg_sig=b"), 401, "9998"},
			"payment.php, unsigned": {send("GET", "/payment.php?pg_merchant_id=123456", "", ""), 401, "1100"},
		} {
			body := test.got.Body.String()
			if test.got.Code != test.status || !strings.Contains(body, "<pg_error_code>"+test.code+"</pg_error_code>") ||
				!strings.Contains(body, "<pg_status>error</pg_status>") || strings.Contains(body, "pg_sig>") {
				t.Errorf("%s: %d %s", name, test.got.Code, body)
			}
			if got := test.got.Header().Get(sandbox.DiagnosisHeader) == ""; got != production {
				t.Errorf("%s: production %v, diagnosis %q", name, production, test.got.Header().Get(sandbox.DiagnosisHeader))
			}
		}
		for _, path := range []string{"/g2g/unknown", "/init_payment/", "/status", "/_sandbox/", "/v1/merchant//cardstorage/list"} {
			if got := send("POST", path, form, "pg_merchant_id=123456").Code; got != http.StatusNotFound {
				t.Errorf("%s: %d", path, got)
			}
		}
	}
}

// A merchant that signs rightly, under another's path.
func TestPathOfAnotherMerchant(t *testing.T) {
	s := openShop(t)
	_, err := s.merchant.CardList(t.Context(), &merchant.CardListRequest{UserID: "u"}, wire.WithPath("/v1/merchant/77/cardstorage/list"))
	if e, ok := err.(*wire.Error); !ok || e.Code != "9998" || e.Meta.Signature != wire.AnswerUnsigned {
		t.Errorf("got %v", err)
	}
}

// No method is covered by pg_sig, and any may be tried on the path of a form.
func TestFormsByAnotherMethod(t *testing.T) {
	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	signed := rawForm(t, "", "/init_payment", "pg_order_id", "1", "pg_amount", "10", "pg_description", "d")
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS"} {
		unsigned := httptest.NewRequest(method, "/init_payment", nil)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, unsigned)
		if got := w.Body.String(); w.Code != http.StatusUnauthorized || !strings.Contains(got, "<pg_status>error</pg_status>") {
			t.Errorf("%s, unsigned: got %d %s", method, w.Code, got)
		}
		r := httptest.NewRequest(method, signed.path, strings.NewReader(signed.body))
		r.Header.Set("Content-Type", signed.contentType)
		w = httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Body.String(); w.Header().Get("Allow") != "GET, POST" || !strings.Contains(got, "no such method of this operation") {
			t.Errorf("%s: got %d %v %s", method, w.Code, w.Header(), got)
		}
	}
}

// A client's request has no body at all, if it is handed to a handler as it is.
func TestRequestsWithoutABody(t *testing.T) {
	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/init_payment", "/v5/partner/invoices/info"} {
		r, err := http.NewRequest("POST", "http://sandbox.example"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
}

// Nobody is sent elsewhere whose signature was not looked at.
func TestUnsignedIsNotRedirected(t *testing.T) {
	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v5/partner", "/v5/card-api", "/v5/merchant", "/v5/g2g", "/v5/partner/none"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader("{}")))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d %v", path, w.Code, w.Header())
		}
	}
}
