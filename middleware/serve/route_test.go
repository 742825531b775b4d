package serve_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	formType  = "application/x-www-form-urlencoded"
	multiType = "multipart/form-data; boundary=b"
	jsonType  = "application/json"
)

var forms = []wire.Media{wire.Multipart, wire.URLEncoded}

// operations are of every kind that there is.
var operations = []wire.Operation{
	{ID: "card", Method: "POST", Path: "/g2g/payment", Variant: "card", Security: wire.PgSigPayment, Identity: "pg_merchant_id", Request: forms,
		Select: wire.Select{Present: []string{"pan"}, Absent: []string{"token"}}},
	{ID: "token", Method: "POST", Path: "/g2g/payment", Variant: "token", Security: wire.PgSigPayment, Identity: "pg_merchant_id", Request: forms,
		Select: wire.Select{Present: []string{"token", "user"}, Absent: []string{"pan"}}},
	{ID: "page", Method: "POST", Path: "/g2g/payment_page/", Aliases: []string{"/g2g/payment_page", "/page.php"}, Security: wire.PgSigPayment, Request: forms},
	{ID: "hidden", Method: "POST", Path: "/v1/merchant/{merchant_id}/card/init", Variant: "hidden", Security: wire.PgSigPayment, Identity: "pg_merchant_id", Request: forms,
		Select: wire.Select{SameAs: "init"}},
	{ID: "init", Method: "POST", Path: "/v1/merchant/{merchant_id}/card/init", Variant: "init", Security: wire.PgSigPayment, Identity: "pg_merchant_id", Request: forms,
		Select: wire.Select{Present: []string{"pg_merchant_id"}}},
	{ID: "add", Method: "POST", Path: "/v1/merchant/{merchant_id}/cardstorage/add2", Aliases: []string{"/v1/merchant/{merchant_id}/cardstorage/add", "/add"},
		Security: wire.PgSigPayout, Identity: "pg_merchant_id", Request: forms},
	{ID: "list", Method: "POST", Path: "/v1/merchant/{merchant_id}/{kind}/list", Security: wire.PgSigPayment, Request: forms},
	{ID: "cards", Method: "POST", Path: "/v1/merchant/{merchant_id}/cards/list", Security: wire.PgSigPayment, Request: forms},
	{ID: "cancel", Method: "POST", Path: "/cancel", Aliases: []string{"/revoke.php"}, Security: wire.PgSigPayment, Request: forms},
	{ID: "revoke", Method: "POST", Path: "/revoke.php", Security: wire.PgSigPayment, Request: forms},
	{ID: "create", Method: "POST", Path: "/v5/g2g/create", Variant: "create", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "create_payment"}},
	{ID: "payout", Method: "POST", Path: "/v5/g2g/create", Variant: "payout", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "create_payout", Present: []string{"iban"}}},
	{ID: "transfer", Method: "POST", Path: "/v5/g2g/create", Variant: "transfer", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "create_payout", Absent: []string{"iban"}}},
	{ID: "clear", Method: "POST", Path: "/v5/g2g/edit", Variant: "clear", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "edit_clear"}},
	{ID: "refund", Method: "POST", Path: "/v5/g2g/edit", Variant: "refund", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "edit_refund", Present: []string{"id"}}},
	{ID: "read", Method: "POST", Path: "/v5/g2g/read", Variant: "read", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "read_payment"}},
	{ID: "invoice", Method: "POST", Path: "/v5/merchant/invoice/pay", Security: wire.JWSMerchant2025, Request: []wire.Media{wire.Multipart, wire.JSON}},
	{ID: "plain", Method: "POST", Path: "/plain", Security: wire.JWSHS256, Request: []wire.Media{wire.URLEncoded, wire.Multipart}},
	{ID: "info", Method: "GET", Path: "/v5/info", Security: wire.JWSHS256, Query: true},
	{ID: "health", Method: "GET", Path: "/status/health", Security: wire.Unsigned},
}

// arrival is what a handler behind router and Body sees.
type arrival struct {
	ID, Method, URI, Pattern, Merchant string
	Media                              string
	Fields                             []string // of a form
	Body                               string   // of anything else
}

// fake is a handler as oapi-codegen generates it: a router with patterns from the
// keys of a spec, and in it the middleware.
func fake(t *testing.T, o serve.Options) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for _, op := range operations {
		pattern := op.Method + " " + o.BaseURL + op.Path
		if op.Variant != "" {
			pattern += "#" + op.Variant
		}
		if strings.HasSuffix(pattern, "/") {
			pattern += "{$}"
		}
		mux.Handle(pattern, o.Body(operations)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := arrival{ID: op.ID, Method: r.Method, URI: r.URL.RequestURI(), Pattern: r.Pattern, Merchant: r.PathValue("merchant_id")}
			body, err := io.ReadAll(r.Body)
			if err != nil || r.ContentLength >= 0 && r.ContentLength != int64(len(body)) {
				t.Errorf("%v: %d bytes, said to be %d", err, len(body), r.ContentLength)
			}
			media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
			if a.Media = media; media != "multipart/form-data" {
				a.Body = string(body)
				_ = json.NewEncoder(w).Encode(a)
				return
			}
			for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
				part, err := parts.NextPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				value, _ := io.ReadAll(part)
				a.Fields = append(a.Fields, part.FormName()+"="+string(value))
			}
			_ = json.NewEncoder(w).Encode(a)
		})))
	}
	return o.Route(operations)(mux)
}

// called returns what arrived of a request, or the status and text of a refusal.
func called(handler http.Handler, r *http.Request) (a arrival, status int, text string) {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != 200 {
		return a, w.Code, w.Body.String()
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		return a, 0, err.Error()
	}
	return a, 200, ""
}

func newRequest(method, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestRoute(t *testing.T) {
	const multipartMedia = "multipart/form-data"
	inXML := func(xml string) string { return "pg_xml=" + url.QueryEscape(xml) }
	const cardXML = "<request><pan>4</pan></request>"
	for _, test := range []struct {
		name, method, target string
		contentType, body    string
		want                 arrival // without Method and URI, which are the request's own
	}{
		{"first of two", "POST", "/g2g/payment", formType, "pan=4&user=1",
			arrival{ID: "card", Pattern: "POST /g2g/payment#card", Media: multipartMedia, Fields: []string{"pan=4", "user=1"}}},
		{"second of two", "POST", "/g2g/payment", multiType, form("user", "1", "token", "t"),
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"user=1", "token=t"}}},
		{"none of two", "POST", "/g2g/payment", formType, "token=t",
			arrival{ID: "card", Pattern: "POST /g2g/payment#card", Media: multipartMedia, Fields: []string{"token=t"}}},
		{"nothing said", "POST", "/g2g/payment", formType, "",
			arrival{ID: "card", Pattern: "POST /g2g/payment#card", Media: multipartMedia}},
		{"an empty field", "POST", "/g2g/payment", formType, "pan=&token=t&user=1",
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"pan=", "token=t", "user=1"}}},
		{"a field with brackets", "POST", "/g2g/payment", formType, "token[a]=t&user[]=1",
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"token[a]=t", "user[]=1"}}},
		{"by the query", "GET", "/g2g/payment?token=t&user=%D0%B6", "", "",
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"token=t", "user=ж"}}},
		{"by XML", "POST", "/g2g/payment", formType, inXML("<request><token>t</token><user>1</user></request>"),
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"pg_xml=<request><token>t</token><user>1</user></request>"}}},
		{"by XML in multipart", "POST", "/g2g/payment", multiType, form("pg_xml", cardXML),
			arrival{ID: "card", Pattern: "POST /g2g/payment#card", Media: multipartMedia, Fields: []string{"pg_xml=" + cardXML}}},
		{"by XML in the query", "GET", "/g2g/payment?" + inXML(cardXML), "", "",
			arrival{ID: "card", Pattern: "POST /g2g/payment#card", Media: multipartMedia, Fields: []string{"pg_xml=" + cardXML}}},
		{"the form of a GET", "GET", "/g2g/payment?pan=4", formType, "token=t&user=1",
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"token=t", "user=1"}}},
		{"a query that is no form", "POST", "/g2g/payment?pan=4", formType, "token=t&user=1",
			arrival{ID: "token", Pattern: "POST /g2g/payment#token", Media: multipartMedia, Fields: []string{"token=t", "user=1"}}},

		{"a slash at the end", "POST", "/g2g/payment_page/", formType, "a=1",
			arrival{ID: "page", Pattern: "POST /g2g/payment_page/{$}", Media: multipartMedia, Fields: []string{"a=1"}}},
		{"an alias without it", "POST", "/g2g/payment_page", formType, "a=1",
			arrival{ID: "page", Pattern: "POST /g2g/payment_page/{$}", Media: multipartMedia, Fields: []string{"a=1"}}},
		{"another alias", "GET", "/page.php?a=1", "", "",
			arrival{ID: "page", Pattern: "POST /g2g/payment_page/{$}", Media: multipartMedia, Fields: []string{"a=1"}}},
		{"an alias that is another's path", "POST", "/revoke.php", formType, "",
			arrival{ID: "revoke", Pattern: "POST /revoke.php", Media: multipartMedia}},
		{"escaped letters", "POST", "/c%61ncel", formType, "",
			arrival{ID: "cancel", Pattern: "POST /cancel", Media: multipartMedia}},

		{"one that is never seen", "POST", "/v1/merchant/123/card/init", formType, "pg_merchant_id=123",
			arrival{ID: "init", Pattern: "POST /v1/merchant/{merchant_id}/card/init#init", Merchant: "123", Media: multipartMedia, Fields: []string{"pg_merchant_id=123"}}},
		{"one that is never seen, with nothing said", "POST", "/v1/merchant/123/card/init", formType, "",
			arrival{ID: "init", Pattern: "POST /v1/merchant/{merchant_id}/card/init#init", Merchant: "123", Media: multipartMedia}},
		{"a parameter with escapes", "POST", "/v1/merchant/1%2F%23%25%3F%20/cardstorage/add2", formType, "",
			arrival{ID: "add", Pattern: "POST /v1/merchant/{merchant_id}/cardstorage/add2", Merchant: "1/#%? ", Media: multipartMedia}},
		{"an alias with a parameter", "POST", "/v1/merchant/%D0%B6;/cardstorage/add", formType, "",
			arrival{ID: "add", Pattern: "POST /v1/merchant/{merchant_id}/cardstorage/add2", Merchant: "ж;", Media: multipartMedia}},
		{"of two paths the one that says more", "POST", "/v1/merchant/1/cards/list", formType, "",
			arrival{ID: "cards", Pattern: "POST /v1/merchant/{merchant_id}/cards/list", Merchant: "1", Media: multipartMedia}},
		{"of two paths the one that fits", "POST", "/v1/merchant/1/card/list", formType, "",
			arrival{ID: "list", Pattern: "POST /v1/merchant/{merchant_id}/{kind}/list", Merchant: "1", Media: multipartMedia}},

		{"another media type", "POST", "/v5/merchant/invoice/pay", jsonType + "; charset=utf-8", `{"a":1}`,
			arrival{ID: "invoice", Pattern: "POST /v5/merchant/invoice/pay", Media: jsonType, Body: `{"a":1}`}},
		{"a form with a JWS", "POST", "/v5/merchant/invoice/pay", multiType, form("a", "1"),
			arrival{ID: "invoice", Pattern: "POST /v5/merchant/invoice/pay", Media: multipartMedia, Fields: []string{"a=1"}}},
		{"an urlencoded form with a JWS", "POST", "/plain", formType, "a=1",
			arrival{ID: "plain", Pattern: "POST /plain", Media: multipartMedia, Fields: []string{"a=1"}}},
		{"a query", "GET", "/v5/info?a=1", "", "", arrival{ID: "info", Pattern: "GET /v5/info"}},
		{"a HEAD", "HEAD", "/status/health", "", "", arrival{ID: "health", Pattern: "GET /status/health"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, base := range []string{"", "/mount", "/a/{tenant}"} {
				r := newRequest(test.method, strings.ReplaceAll(base, "{tenant}", "7%2f")+test.target, test.contentType, test.body)
				before, header := *r.URL, r.Header.Clone()
				test.want.Method, test.want.URI = r.Method, r.URL.RequestURI()
				want := test.want
				want.Pattern = strings.Replace(want.Pattern, " ", " "+base, 1)
				got, status, text := called(fake(t, serve.Options{BaseURL: base}), r)
				if status != 200 || !reflect.DeepEqual(got, want) {
					t.Errorf("%d %s\ngot  %+v\nwant %+v", status, text, got, want)
				}
				if r.Method != test.method || *r.URL != before || !reflect.DeepEqual(r.Header, header) || r.Pattern != "" {
					t.Errorf("the request of whoever is in front was changed: %s %s %v", r.Method, r.URL, r.Header)
				}
			}
		})
	}
}

func TestRouteByHeader(t *testing.T) {
	// What names no operation is not taken for the first: nobody would notice that
	// a request was given another meaning.
	for _, test := range []struct{ path, action, body, want string }{
		{"create", "create_payment", `{"iban":1}`, "create"},
		{"create", "create_payout", `{"iban":null}`, "payout"},
		{"create", "create_payout", `{"a":{"iban":1}}`, "transfer"},
		{"create", "create_payout", `{}`, "transfer"},
		{"create", "Create_payout", `{"iban":1}`, ""},
		{"create", "", `{"iban":1}`, ""},
		{"read", "read_payment", `{}`, "read"},
		{"read", "create_payment", `{}`, ""},
		{"read", "", `{}`, ""},
		{"edit", "edit_refund", `{"id":1}`, "refund"},
		{"edit", "edit_refund", `{}`, "refund"}, // not whole, but no other
		{"edit", "edit_clear", `{}`, "clear"},
	} {
		r := newRequest("POST", "/v5/g2g/"+test.path, jsonType, test.body)
		if test.action != "" {
			r.Header.Set("x-action", test.action)
		}
		got, status, text := called(fake(t, serve.Options{}), r)
		if test.want == "" {
			if status != http.StatusBadRequest || !strings.Contains(text, "X-Action") {
				t.Errorf("%s, %q: got %s %d %s", test.path, test.action, got.ID, status, text)
			}
			continue
		}
		if got.ID != test.want || got.Body != test.body {
			t.Errorf("%s %s: got %s %d %s", test.action, test.body, got.ID, status, text)
		}
	}
}

func TestRouteRefuses(t *testing.T) {
	inXML := func(xml string) string { return "pg_xml=" + url.QueryEscape(xml) }
	const pan = "4400430012345678"
	million := strings.Repeat("a&", 500_000)
	for _, test := range []struct {
		name, method, target string
		contentType, body    string
		status               int
		text                 string
	}{
		{"another path", "POST", "/g2g/other", formType, "", 404, "no such operation"},
		{"no path", "POST", "/", formType, "", 404, "no such operation"},
		{"a longer path", "POST", "/g2g/payment_page/1", formType, "", 404, "no such operation"},
		{"a slash more", "POST", "/cancel/", formType, "", 404, "no such operation"},
		{"two slashes", "POST", "//cancel", formType, "", 404, "no such operation"},
		{"two slashes inside", "POST", "/g2g//payment", formType, "pan=4", 404, "no such operation"},
		{"dots", "POST", "/x/../cancel", formType, "", 404, "no such operation"},
		{"dots for a parameter", "POST", "/v1/merchant/../cardstorage/add", formType, "", 404, "no such operation"},
		{"escaped dots for a parameter", "POST", "/v1/merchant/%2e%2E/cardstorage/add", formType, "", 404, "no such operation"},
		{"a dot for a parameter", "POST", "/v1/merchant/./cardstorage/add", formType, "", 404, "no such operation"},
		{"nothing for a parameter", "POST", "/v1/merchant//cardstorage/add", formType, "", 404, "no such operation"},
		{"an alias without the parameter", "POST", "/add", formType, "", 404, "no such operation"},
		{"an escaped slash for a slash", "POST", "/g2g%2fpayment", formType, "", 404, "no such operation"},
		{"a variant's own name", "POST", "/g2g/payment%23token", formType, "", 404, "no such operation"},
		{"a pattern's own name", "POST", "/g2g/payment_page/%7B$%7D", formType, "", 404, "no such operation"},
		{"other letters", "POST", "/CANCEL", formType, "", 404, "no such operation"},
		{"another method", "PUT", "/cancel", formType, "", 405, "no such method"},
		{"another method of a query", "POST", "/v5/info", formType, "", 405, "no such method"},
		{"a GET with a JWS", "GET", "/v5/merchant/invoice/pay?a=1", "", "", 405, "no such method"},
		{"a GET of JSON", "GET", "/v5/g2g/create", "", "", 405, "no such method"},
		{"a HEAD of a form", "HEAD", "/cancel?a=1", "", "", 405, ""},

		{"no content type", "POST", "/cancel", "", "a=1", 415, "content type is not one of"},
		{"no content type and no body", "POST", "/cancel?a=1", "", "", 415, "content type is not one of"},
		{"JSON for a form", "POST", "/cancel", jsonType, "{}", 415, "content type is not one of"},
		{"JSON for a form with variants", "POST", "/g2g/payment", jsonType, `{"token":1}`, 415, "content type is not one of"},
		{"JSON of a GET", "GET", "/cancel?a=1", jsonType, "{}", 415, "content type is not one of"},
		{"an urlencoded form that is not documented", "POST", "/v5/merchant/invoice/pay", formType, "a=1", 415, "content type is not one of"},
		{"another charset", "POST", "/cancel", formType + "; charset=windows-1251", "a=%E6", 415, "in UTF-8"},
		{"another charset unsaid", "POST", "/cancel", formType, "a=%E6", 400, "UTF-8"},
		{"a body for a query", "GET", "/v5/info?a=1", formType, "a=2", 400, "takes no body"},
		{"a body for nothing", "GET", "/status/health", jsonType, "{}", 400, "takes no body"},
		{"a file", "POST", "/cancel", multiType, "--b\r\nContent-Disposition: form-data; name=a; filename=" + pan + "\r\n\r\n1\r\n--b--", 400, "no file"},
		{"half a form", "POST", "/g2g/payment", multiType, "--b\r\nConten", 400, "multipart"},
		{"no boundary", "POST", "/g2g/payment", "multipart/form-data", form("pan", pan), 400, "multipart"},
		{"semicolons", "POST", "/g2g/payment", formType, "pan=" + pan + ";token=t", 400, "semicolon"},
		{"semicolons in a query", "GET", "/g2g/payment?pan=" + pan + ";token=t", "", "", 400, "semicolon"},
		{"a bad escape", "GET", "/cancel?a=" + pan + "%zz", "", "", 400, "escape"},
		{"a value and a parent", "POST", "/cancel", formType, "a=1&a[b]=" + pan, 400, "both a value and a parent"},
		{"too many pairs", "POST", "/g2g/payment", formType, million, 400, "limit of 1000 (pairs)"},
		{"too many pairs in a query", "GET", "/g2g/payment?" + million, "", "", 400, "limit of 1000 (pairs)"},
		{"too large", "POST", "/cancel", formType, strings.Repeat("a", serve.DefaultMaxBody+1), 413, "larger than"},
		{"too large with variants", "POST", "/g2g/payment", formType, strings.Repeat("a", serve.DefaultMaxBody+1), 413, "larger than"},
		{"XML that is none", "POST", "/g2g/payment", formType, "pg_xml=" + pan, 400, "XML at offset"},
		{"XML of another kind", "POST", "/cancel", formType, inXML("<response/>"), 400, "root element"},
		{"a document type", "POST", "/cancel", formType, inXML("<!DOCTYPE request><request/>"), 400, "document type"},
		{"XML beside a field", "POST", "/cancel", formType, inXML("<request/>") + "&a=1", 400, "beside pg_xml"},
		{"XML with a JWS", "POST", "/v5/merchant/invoice/pay", multiType, form("pg_xml", "<request/>"), 400, "signed with pg_sig"},
		{"another merchant in the path", "POST", "/v1/merchant/1/cardstorage/add", formType, "pg_merchant_id=2", 400, "not the merchant_id of the path"},
		{"another merchant in the path, by XML", "POST", "/v1/merchant/1/card/init", formType, inXML("<request><pg_merchant_id>2</pg_merchant_id></request>"), 400, "not the merchant_id of the path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest(test.method, "http://host/", test.contentType, test.body)
			u, err := url.Parse("http://host" + test.target)
			if err != nil {
				t.Fatal(err)
			}
			r.URL = u
			got, status, text := called(fake(t, serve.Options{}), r)
			if status != test.status || !strings.Contains(text, test.text) {
				t.Errorf("got %d %s %+v, want %d %s", status, text, got, test.status, test.text)
			}
			if strings.Contains(text, pan) || len(text) > 300 {
				t.Errorf("the answer quotes: %s", text)
			}
		})
	}
}

// An index costs nothing, and what it stands for arrives.
func TestRouteOfLargeIndex(t *testing.T) {
	got, status, text := called(fake(t, serve.Options{}), newRequest("POST", "/cancel", formType, "a[30000000]=1&b=2"))
	if status != 200 || !slices.Equal(got.Fields, []string{"a[30000000]=1", "b=2"}) {
		t.Errorf("%d %s %v", status, text, got.Fields)
	}
}

func TestRouteSaysWhichMethodsThereAre(t *testing.T) {
	for path, want := range map[string]string{
		"/cancel": "GET, POST", "/page.php": "GET, POST", "/g2g/payment": "GET, POST", "/v5/info": "GET, HEAD", "/v5/merchant/invoice/pay": "POST", "/other": "",
	} {
		w := httptest.NewRecorder()
		fake(t, serve.Options{}).ServeHTTP(w, httptest.NewRequest("DELETE", path, nil))
		if got := w.Header().Get("Allow"); got != want || w.Code != 404 && w.Code != 405 || (w.Code == 405) != (want != "") {
			t.Errorf("%s: %d, allowed %s, want %s", path, w.Code, got, want)
		}
	}
}

// Whoever answers errors sees the request as it came, wherever it failed.
func TestErrorsSeeTheRequestAsItCame(t *testing.T) {
	for _, test := range []struct{ method, target, contentType, body string }{
		{"POST", "/nothing", formType, ""},
		{"PUT", "/cancel", formType, ""},
		{"POST", "/g2g/payment", formType, strings.Repeat("a", serve.DefaultMaxBody+1)},
		{"POST", "/g2g/payment", formType, "%zz"},
		{"GET", "/page.php?%zz", "", ""},
		{"POST", "/v1/merchant/1%2f2/cardstorage/add", jsonType, "{}"},
	} {
		seen := ""
		o := serve.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
			seen = r.Method + " " + r.URL.RequestURI()
			serve.WriteError(w, r, err)
		}}
		called(fake(t, o), newRequest(test.method, test.target, test.contentType, test.body))
		if want := test.method + " " + test.target; seen != want {
			t.Errorf("saw %q, want %q", seen, want)
		}
	}
	// The router's own failures too: of a parameter, for one.
	var failed error
	seen := ""
	o := serve.Options{Error: func(_ http.ResponseWriter, r *http.Request, err error) {
		seen, failed = r.Method+" "+r.URL.RequestURI(), err
	}}
	broken := errors.New("parameter")
	o.Route(operations)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/g2g/payment_page/" || r.Method != "POST" {
			t.Errorf("the router sees %s %s", r.Method, r.URL)
		}
		o.ErrorHandler()(w, r, broken)
	})).ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/page.php?a=1", "", ""))
	if seen != "GET /page.php?a=1" || failed != broken {
		t.Errorf("saw %q, %v", seen, failed)
	}
}

// A request that breaks off is refused before the router sees it.
func TestRouteOfBrokenBody(t *testing.T) {
	for _, path := range []string{"/g2g/payment", "/cancel"} {
		r := httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader("pan=4"), errReader{}))
		r.Header.Set("Content-Type", formType)
		if _, status, text := called(fake(t, serve.Options{}), r); status != 400 || !strings.Contains(text, "cannot be read") {
			t.Errorf("%s: got %d %s", path, status, text)
		}
		r = httptest.NewRequest("POST", path, nil)
		r.Body = nil // as nobody but a test makes it
		r.Header.Set("Content-Type", formType)
		if _, status, text := called(fake(t, serve.Options{}), r); status != 200 {
			t.Errorf("%s: got %d %s", path, status, text)
		}
	}
}

// No request is redirected, over a real connection either.
func TestRouteNeverRedirects(t *testing.T) {
	server := httptest.NewServer(fake(t, serve.Options{BaseURL: "/mount"}))
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]int{
		"/mount/g2g/payment_page/": 200, "/mount/g2g/payment_page": 200, "/mount/page.php": 200, "/mount/g2g/payment_page//": 404,
		"/mount//page.php": 404, "/mount/./page.php": 404, "/mount/x/../page.php": 404, "/mount/page.php/": 404, "/mount": 404, "/mount/": 404,
		"/page.php": 404, "/mount/v1/merchant/1/cardstorage/add": 200, "/mount/v1/merchant/%2e%2e/cardstorage/add": 404,
	} {
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.Opaque = "//" + u.Host + path // as it is written
		r := &http.Request{Method: "POST", URL: u, Header: http.Header{"Content-Type": {formType}}, Body: io.NopCloser(strings.NewReader("a=1")), ContentLength: 3}
		answer, err := client.Do(r.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, answer.StatusCode, want)
		}
	}
}

func TestFind(t *testing.T) {
	find := serve.Options{BaseURL: "/m"}.Find(operations)
	for _, test := range []struct{ method, target, action, want string }{
		{"POST", "/m/g2g/payment", "", "card"},
		{"GET", "/m/g2g/payment?token=1", "", "card"},
		{"POST", "/m/page.php", "", "page"},
		{"POST", "/m/v1/merchant/1/card/init", "", "init"},
		{"POST", "/m/v5/g2g/create", "create_payout", "payout"},
		{"POST", "/m/v5/g2g/create", "other", "create"},
		{"HEAD", "/m/v5/info", "", "info"},
		{"POST", "/m/v1/merchant/1/cards/list", "", "cards"},
		{"POST", "/m/v1/merchant/1/other/list", "", "list"},
		{"POST", "/m/revoke.php", "", "revoke"},
		{"PUT", "/m/cancel", "", "cancel"}, // pg_sig does not cover the method
		{"HEAD", "/m/revoke.php", "", "revoke"},
		{"PUT", "/m/v1/merchant/1/cards/list", "", "cards"},
		{"PUT", "/m/v5/info", "", ""},
		{"PUT", "/m/v5/g2g/create", "create_payout", ""},
		{"POST", "/cancel", "", ""},
		{"PUT", "/cancel", "", ""},
	} {
		r := httptest.NewRequest(test.method, test.target, strings.NewReader("token=1"))
		r.Header.Set("X-Action", test.action)
		op, ok := find(r)
		if op.ID != test.want || ok != (test.want != "") {
			t.Errorf("%s %s: got %s %t", test.method, test.target, op.ID, ok)
		}
	}
}

// Requests do not get in each other's way.
func TestRouteConcurrently(t *testing.T) {
	handler := fake(t, serve.Options{})
	done := make(chan string)
	for n := range 32 {
		go func() {
			id := fmt.Sprint(n)
			got, status, text := called(handler, newRequest("POST", "/v1/merchant/"+id+"/card/init", formType, "pg_merchant_id="+id))
			if status != 200 || got.Merchant != id || !slices.Equal(got.Fields, []string{"pg_merchant_id=" + id}) {
				done <- fmt.Sprintf("%d %s %+v", status, text, got)
				return
			}
			done <- ""
		}()
	}
	for range 32 {
		if problem := <-done; problem != "" {
			t.Error(problem)
		}
	}
}
