package serve_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	merchantserver "github.com/freedompay-go/freedompay/gen/merchant/server"
	"github.com/freedompay-go/freedompay/gen/partner"
	partnerserver "github.com/freedompay-go/freedompay/gen/partner/server"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// service answers whatever is asked of it and notes what it was asked.
type service struct {
	merchantserver.Service // what is not asked for here

	paid  *merchant.InvoicePayRequest
	shown *partner.InvoiceInfoRequest
	added *partner.ClientAddRequest
	err   error
}

func (s *service) InvoicePay(_ context.Context, r *merchant.InvoicePayRequest) (*merchant.InvoicePayAnswer, error) {
	s.paid = r
	if s.err != nil {
		return nil, s.err
	}
	return &merchant.InvoicePayAnswer{Status: merchant.CallStatusOK, Amount: wire.MustDecimal("500.00")}, nil
}

// partnerSide is the same as the other API sees it: some calls have one name.
type partnerSide struct {
	partnerserver.Service
	*service
}

func (s partnerSide) InvoicesInfo(context.Context, *partner.InvoicesInfoRequest) (*partner.InvoicesInfoAnswer, error) {
	return nil, nil // neither an answer nor an error
}

func (s partnerSide) InvoiceInfo(_ context.Context, r *partner.InvoiceInfoRequest) (*partner.InvoiceInfoAnswer, error) {
	s.shown = r
	return &partner.InvoiceInfoAnswer{}, nil
}

func (s partnerSide) ClientAdd(_ context.Context, r *partner.ClientAddRequest) (*partner.ClientAddAnswer, error) {
	s.added = r
	return &partner.ClientAddAnswer{}, nil
}

func (s *service) called() bool { return s.paid != nil || s.shown != nil || s.added != nil }

func newHandler(s *service, o serve.Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(o.BaseURL+"/v5/merchant/", merchantserver.NewHandler(s, o))
	mux.Handle(o.BaseURL+"/v5/partner/", partnerserver.NewHandler(partnerSide{service: s}, o))
	return mux
}

const (
	pay  = "/v5/merchant/invoice/pay"
	info = "/v5/partner/invoice/info"
	add  = "/v5/partner/client/add"

	payJSON = `{"customer":"c","user_id":"1","card_token":"t"}`
	addJSON = `{"request_id":"1","company":{"company_id":"1","name":"n","bin":"1","address":{}}}`
)

func form(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n" + pairs[i+1] + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

var payForm = form("customer", "c", "user_id", "1", "card_token", "t")

func TestRequests(t *testing.T) {
	const jsonType, multi = "application/json", "multipart/form-data; boundary=b"
	long := `{"customer":"` + strings.Repeat("c", serve.DefaultMaxBody-len(payJSON)+1) + `","user_id":"1","card_token":"t"}`
	for _, test := range []struct {
		name, method, target string
		contentType, body    string
		status               int
		text                 string
	}{
		{"JSON", "POST", pay, jsonType, payJSON, 200, `"amount":500.00`},
		{"JSON in other letters", "POST", pay, "Application/JSON; Charset=UTF-8", payJSON, 200, `"amount":500.00`},
		{"a form", "POST", pay, multi, payForm, 200, "<amount>500.00</amount>"},
		{"a form in other letters", "POST", pay, "Multipart/Form-Data; Boundary=b", payForm, 200, "<amount>500.00</amount>"},
		{"a form with a boundary in quotes", "POST", pay, `multipart/form-data; boundary="b"`, payForm, 200, "<amount>500.00</amount>"},
		{"JSON behind a byte order mark", "POST", pay, jsonType, "\xef\xbb\xbf" + payJSON, 200, `"amount":500.00`},
		{"a query", "GET", info + "?payment_id=1", "", "", 200, "{"},
		{"JSON for the other API", "POST", add, jsonType, addJSON, 200, "{"},
		{"exactly the cap", "POST", pay, jsonType, long, 200, `"amount":500.00`},

		{"no content type", "POST", pay, "", payJSON, 415, "content type is not one of [multipart/form-data application/json]"},
		{"another content type", "POST", pay, "text/plain", payJSON, 415, "content type"},
		{"one that begins like it", "POST", pay, "application/jsonp", payJSON, 415, "content type"},
		{"one that is documented elsewhere", "POST", add, multi, payForm, 415, "content type is not one of [application/json]"},
		{"one that is none", "POST", pay, "application/json; a", payJSON, 415, "content type"},
		{"a form without a boundary", "POST", pay, "multipart/form-data", payForm, 400, "multipart"},
		{"nothing", "POST", pay, jsonType, "", 400, "JSON at offset 0"},
		{"half of it", "POST", pay, jsonType, payJSON[:20], 400, "JSON at offset"},
		{"a text before the form", "POST", pay, multi, "\r\n" + payForm, 400, "does not begin with its boundary"},
		{"another boundary before the form", "POST", pay, multi, "--bb\r\n" + payForm, 400, "does not begin with its boundary"},
		{"one like the last before the form", "POST", pay, multi, "--b--\r\n" + payForm, 400, "does not begin with its boundary"},
		{"a boundary with white space behind it", "POST", pay, multi, "--b \t" + payForm[len("--b"):], 200, "<amount>500.00</amount>"},
		{"a form of nothing", "POST", pay, multi, "--b--\r\n", 400, "required"},
		{"half a form", "POST", pay, multi, payForm[:60], 400, "multipart"},
		{"data after the value", "POST", pay, jsonType, payJSON + payJSON, 400, "JSON at offset"},
		{"text after the value", "POST", add, jsonType, addJSON + "x", 400, "JSON at offset"},
		{"a member twice", "POST", pay, jsonType, `{"user_id":"1",` + payJSON[1:], 400, "JSON at offset"},
		{"a field twice", "POST", pay, multi, form("customer", "c", "customer", "d", "user_id", "1", "card_token", "t"), 400, "form at offset"},
		{"a million brackets", "POST", pay, jsonType, strings.Repeat("[", 1_000_000), 400, "limit of 64 (depth)"},
		{"an array", "POST", pay, jsonType, `[]`, 400, "JSON at offset 0"},
		{"missing members", "POST", pay, jsonType, `{"user_id":"1"}`, 400, "$.customer: required; $.card_token: required"},
		{"missing fields", "POST", pay, multi, form("user_id", "1"), 400, "$.customer: required; $.card_token: required"},
		{"a missing member inside", "POST", add, jsonType, `{"request_id":"1","company":{"company_id":"1"}}`, 400, "$.company.name: required"},
		{"a missing parameter", "GET", info, "", "", 400, "payment_id"},
		{"an empty parameter", "GET", info + "?payment_id=", "", "", 400, "payment_id"},
		{"a body where there is none", "GET", info + "?payment_id=1", jsonType, "{}", 400, "takes no body"},
		{"one over the cap", "POST", pay, jsonType, long + " ", 413, "larger than 3145728 bytes"},
		{"another method", "GET", pay, "", "", 405, ""},
		{"another path", "POST", pay + "/", jsonType, payJSON, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, base := range []string{"", "/mount"} {
				s := new(service)
				r := httptest.NewRequest(test.method, base+test.target, strings.NewReader(test.body))
				if test.contentType != "" {
					r.Header.Set("Content-Type", test.contentType)
				}
				w := httptest.NewRecorder()
				newHandler(s, serve.Options{BaseURL: base}).ServeHTTP(w, r)
				if w.Code != test.status || !strings.Contains(w.Body.String(), test.text) {
					t.Errorf("status %d, want %d: %s", w.Code, test.status, w.Body)
				}
				if s.called() != (test.status == 200) {
					t.Errorf("the service was called: %v", s.called())
				}
				if test.status == 400 || test.status == 413 || test.status == 415 {
					if got := w.Header().Get("Content-Type"); got != "application/json" || !strings.HasPrefix(w.Body.String(), `{"error":"`) {
						t.Errorf("%s: %s", got, w.Body)
					}
				}
				if got := r.Header.Get("Content-Type"); got != test.contentType {
					t.Errorf("the request of whoever is in front was changed: %s", got)
				}
			}
		})
	}
}

func TestFormArrivesWhole(t *testing.T) {
	s := new(service)
	r := httptest.NewRequest("POST", pay, strings.NewReader(form("card_token", "t&1=%20", "user_id", "№ 1", "customer", "c\r\nd")))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	newHandler(s, serve.Options{}).ServeHTTP(httptest.NewRecorder(), r)
	if s.paid == nil || s.paid.CardToken.Reveal() != "t&1=%20" || s.paid.UserID != "№ 1" || s.paid.InvoiceHandle.Reveal() != "c\r\nd" {
		t.Errorf("arrived %v", s.paid)
	}
}

func TestMaxBody(t *testing.T) {
	for n, status := range map[int64]int{int64(len(payJSON)): 200, int64(len(payJSON)) - 1: 413, -1: 413} {
		r := httptest.NewRequest("POST", pay, strings.NewReader(payJSON))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		newHandler(new(service), serve.Options{MaxBody: n}).ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("cap %d: status %d: %s", n, w.Code, w.Body)
		}
	}
}

func TestSkipValidation(t *testing.T) {
	s := new(service)
	r := httptest.NewRequest("POST", pay, strings.NewReader(`{"user_id":"1"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	newHandler(s, serve.Options{SkipValidation: true}).ServeHTTP(w, r)
	if w.Code != 200 || s.paid == nil || s.paid.UserID != "1" {
		t.Errorf("status %d, %v", w.Code, s.paid)
	}
}

// What a service fails with is nobody's business outside.
func TestErrorsOfService(t *testing.T) {
	request := func(target, body string) *http.Request {
		r := httptest.NewRequest("POST", target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	s := &service{err: errors.New("password of the database: hunter2")}
	w := httptest.NewRecorder()
	newHandler(s, serve.Options{}).ServeHTTP(w, request(pay, payJSON))
	if w.Code != 500 || w.Body.String() != `{"error":"internal error"}` {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	newHandler(s, serve.Options{}).ServeHTTP(w, request("/v5/partner/invoices/info", `{}`))
	if w.Code != 500 || w.Body.String() != `{"error":"internal error"}` {
		t.Errorf("no answer and no error: status %d: %s", w.Code, w.Body)
	}

	// The options' own handler gets the service's errors and the refusals.
	var got []error
	o := serve.Options{Error: func(w http.ResponseWriter, _ *http.Request, err error) {
		got = append(got, err)
		w.WriteHeader(http.StatusTeapot)
	}}
	for _, r := range []*http.Request{request(pay, payJSON), request(pay, "{"), httptest.NewRequest("GET", info, nil)} {
		w = httptest.NewRecorder()
		newHandler(s, o).ServeHTTP(w, r)
		if w.Code != http.StatusTeapot {
			t.Errorf("status %d", w.Code)
		}
	}
	refusal := (*serve.Refusal)(nil)
	if len(got) != 3 || !errors.Is(got[0], s.err) || !errors.As(got[1], &refusal) || refusal.Status != 400 || !errors.As(got[2], &refusal) {
		t.Errorf("errors %v", got)
	}
}

// The middleware stands alone too, with operations and patterns of anybody.
func TestBody(t *testing.T) {
	operations := []wire.Operation{{Method: "POST", Path: "/a", Request: []wire.Media{wire.JSON}}}
	var reached string
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		reached = string(body)
	})
	broken := io.MultiReader(strings.NewReader("{"), errReader{})
	for _, test := range []struct {
		pattern, target string
		body            io.Reader
		status          int
		text            string
	}{
		{"POST /p/a", "/p/a", strings.NewReader(`{"a":1}`), 200, ""},
		{"POST /a", "/a", strings.NewReader(`{"a":1}`), 404, "no such operation"}, // not under the base path
		{"POST /p/b", "/p/b", strings.NewReader(`{"a":1}`), 404, "no such operation"},
		{"/p/a", "/p/a", strings.NewReader(`{"a":1}`), 404, "no such operation"}, // of any method
		{"POST /p/a", "/p/a", broken, 400, "cannot be read"},
	} {
		reached = ""
		mux := http.NewServeMux()
		mux.Handle(test.pattern, serve.Options{BaseURL: "/p"}.Body(operations)(next))
		r := httptest.NewRequest("POST", test.target, test.body)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.text) || (reached != "") != (test.status == 200) {
			t.Errorf("%s: status %d: %s, reached %q", test.pattern, w.Code, w.Body, reached)
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("reset by peer 10.0.0.1") }

func TestMultipartOfNothing(t *testing.T) {
	refusal := (*serve.Refusal)(nil)
	if err := serve.Multipart(nil, new(merchant.InvoicePayRequest)); !errors.As(err, &refusal) || refusal.Status != 415 {
		t.Error(err)
	}
}

func TestAnswerInUndocumentedMedia(t *testing.T) {
	w := httptest.NewRecorder()
	err := serve.Answer{Message: new(merchant.InvoicePayAnswer), Media: wire.URLEncoded}.Write(w)
	if err == nil || w.Body.Len() != 0 {
		t.Errorf("%v: %s", err, w.Body)
	}
}

func TestRefusal(t *testing.T) {
	cause := errors.New("because")
	err := serve.Refuse(cause)
	if !errors.Is(err, cause) || err.Error() != "because" {
		t.Error(err)
	}
}

func TestAnswerIsLoggedMasked(t *testing.T) {
	answer := serve.Answer{Message: &merchant.InvoicePayAnswer{OrderID: "7", CardPAN: wire.NewSecret("4400430012345678")}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("it", "answer", answer, "none", serve.Answer{})
	if got := log.String(); !strings.Contains(got, "answer.order_id=7") || !strings.Contains(got, `none="no answer"`) || strings.Contains(got, "4400") {
		t.Error(got)
	}
}
