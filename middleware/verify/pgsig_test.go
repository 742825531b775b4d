package verify

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	formType  = "application/x-www-form-urlencoded"
	multiType = "multipart/form-data; boundary=b"
	testCard  = "4400444400004440"
)

// md5of signs by hand: script, values sorted by field name, secret.
func md5of(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ";")))
	return hex.EncodeToString(sum[:])
}

// formKeys are the secrets of one identity, by scheme.
func formKeys(payment, payout []string) func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
	return func(_ context.Context, identity string, scheme wire.Scheme) (secrets []wire.Secret, err error) {
		texts := map[wire.Scheme][]string{wire.PgSigPayment: payment, wire.PgSigPayout: payout}[scheme]
		for _, s := range texts {
			if identity == testIdentity {
				secrets = append(secrets, wire.NewSecret(s))
			}
		}
		return secrets, nil
	}
}

func formOptions() PgSigOptions {
	return PgSigOptions{Keys: formKeys([]string{testKey}, []string{"a payout key"})}
}

// guard returns what PgSig makes of next.
func guard(t testing.TB, opts PgSigOptions, next http.Handler) http.Handler {
	t.Helper()
	middleware, err := PgSig(opts)
	if err != nil {
		t.Fatal(err)
	}
	return middleware(next)
}

// seen answers with what a handler behind the middleware sees.
var seen = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	identity, _ := IdentityFrom(r.Context())
	_, sealed := SealFrom(r.Context())
	fmt.Fprintf(w, "%s %t %v %s %d %s?%s", identity, sealed, err, r.Method, r.ContentLength, body, r.URL.RawQuery)
})

// ask has a handler serve a request.
func ask(handler http.Handler, method, target, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// parts writes a multipart form.
func parts(t testing.TB, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPgSigPasses(t *testing.T) {
	sig := md5of("pay", "10.00", testIdentity, "salt", "x y", testKey)
	form := "z=x+y&pg_sig=" + sig + "&pg_amount=10.00&pg_merchant_id=123456&pg_salt=salt"
	inXML := "<?xml version='1.0'?>\n<request><z>x y</z><pg_sig>" + sig + "</pg_sig><pg_amount>10.&#48;0</pg_amount>" +
		"<!-- --><pg_salt><![CDATA[salt]]></pg_salt><pg_merchant_id>123456</pg_merchant_id></request>"
	urlencodedXML := "pg_xml=" + url.QueryEscape(inXML)
	nested := "p[1][name]=d&p[0][price]=b&p[0][name]=a&pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", "a", "b", "d", testIdentity, "s", testKey)
	several := "a=2&a=1&a=&pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", "2", "1", "", testIdentity, "s", testKey)
	payout := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("reg2reg", testIdentity, "s", "a payout key")
	page := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("payment_page", testIdentity, "s", testKey)
	for _, test := range []struct{ name, method, target, contentType, body string }{
		{"urlencoded", "POST", "/g2g/pay", formType, form},
		{"urlencoded, with a charset", "POST", "/g2g/pay", formType + "; charset=utf-8", form},
		{"multipart", "POST", "/g2g/pay", multiType, parts(t, "z", "x y", "pg_amount", "10.00", "pg_sig", sig, "pg_merchant_id", testIdentity, "pg_salt", "salt")},
		{"query", "GET", "/g2g/pay?" + form, "", ""},
		{"query of a HEAD", "HEAD", "/g2g/pay?" + form, "", ""},
		{"query of a POST", "POST", "/g2g/pay?" + form, "", ""},
		{"XML, urlencoded", "POST", "/g2g/pay", formType, urlencodedXML},
		{"XML, multipart", "POST", "/g2g/pay", multiType, parts(t, "pg_xml", inXML)},
		{"XML in the query", "GET", "/g2g/pay?" + urlencodedXML, "", ""},
		{"nested", "POST", "/g2g/pay", formType, nested},
		{"several of one name", "POST", "/g2g/pay", formType, several},
		{"payout", "POST", "/api/reg2reg", formType, payout},
		{"a script by another name", "POST", "/g2g/payment_page/", formType, page},
		{"another path to the same script", "POST", "/pay", formType, form},
		// What the protocol cannot give: the query beside a body is not signed.
		{"any query", "POST", "/g2g/pay?pg_amount=1", formType, form},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := formOptions()
			opts.Scheme = func(r *http.Request) wire.Scheme {
				if strings.HasPrefix(r.URL.Path, "/api/") {
					return wire.PgSigPayout
				}
				return wire.PgSigPayment
			}
			opts.Script = func(r *http.Request) (string, error) {
				return pgsig.ScriptName(strings.TrimSuffix(r.URL.EscapedPath(), "/"))
			}
			w := ask(guard(t, opts, seen), test.method, test.target, test.contentType, test.body)
			_, query, _ := strings.Cut(test.target, "?")
			want := fmt.Sprintf("%s true <nil> %s %d %s?%s", testIdentity, test.method, len(test.body), test.body, query)
			if w.Code != 200 || w.Body.String() != want {
				t.Errorf("got %d %s\nwant %s", w.Code, w.Body, want)
			}
		})
	}
}

// Every cause gets one answer. The log tells them apart, and holds nothing that
// must not be seen.
func TestPgSigRefuses(t *testing.T) {
	sign := func(values ...string) string {
		return md5of(append(append([]string{"pay"}, values...), testKey)...)
	}
	form := func(pan, sig string) string {
		return "pan=" + pan + "&pg_merchant_id=123456&pg_salt=salt&pg_sig=" + sig
	}
	valid := sign(testCard, testIdentity, "salt")
	inXML := func(xml string) string { return "pg_xml=" + url.QueryEscape(xml) }
	for _, test := range []struct {
		name, contentType, body string
		reason                  string
	}{
		{"no body", "", "", "not exactly one field"},
		{"an empty form", formType, "", "not exactly one field"},
		{"JSON", "application/json", `{"pg_sig":"` + valid + `"}`, "needs a form"},
		{"no type", "", form(testCard, valid), "unreadable"},
		{"another charset", formType + "; charset=windows-1251", form(testCard, valid), "in UTF-8"},
		{"half a form", multiType, "--b\r\n" + testCard, "multipart"},
		{"a semicolon", formType, form(testCard, valid) + ";", "semicolon"},
		{"a million pairs", formType, strings.Repeat("&", 1000) + strings.Repeat("a&", 500_000), "limit"},
		{"a large index", formType, form(testCard, valid) + "&a[30000000][30000000]=1", "is wrong"},
		{"no identity", formType, "pg_salt=salt&pg_sig=" + sign("salt"), "not exactly one field"},
		{"an empty identity", formType, "pg_merchant_id=&pg_salt=salt&pg_sig=" + sign("", "salt"), "not exactly one field"},
		{"two identities", formType, form(testCard, valid) + "&pg_merchant_id=123456", "not exactly one field"},
		{"an identity with brackets", formType, "pg_merchant_id[0]=123456&pg_salt=salt&pg_sig=" + sign(testIdentity, "salt"), "not exactly one field"},
		{"another identity", formType, "pg_merchant_id=654321&pg_salt=salt&pg_sig=" + sign("654321", "salt"), "no keys"},
		{"an identity in other letters", formType, "pg_merchant_id=0123456&pg_salt=salt&pg_sig=" + sign("0123456", "salt"), "no keys"},
		{"no signature", formType, "pg_merchant_id=123456&pg_salt=salt", "no pg_sig"},
		{"an empty signature", formType, form(testCard, ""), "no pg_sig"},
		{"a signature with brackets", formType, "pg_merchant_id=123456&pg_salt=salt&pg_sig[a]=" + sign(testIdentity, "salt"), "no pg_sig"},
		{"two signatures", formType, form(testCard, valid) + "&pg_sig=" + valid, "more than one pg_sig"},
		{"no salt", formType, "pg_merchant_id=123456&pg_sig=" + sign(testIdentity), "no pg_salt"},
		{"an empty salt", formType, "pg_merchant_id=123456&pg_salt=&pg_sig=" + sign(testIdentity, ""), "no pg_salt"},
		{"two salts", formType, "pg_merchant_id=123456&pg_salt=a&pg_salt=b&pg_sig=" + sign(testIdentity, "a", "b"), "more than one pg_salt"},
		{"another value", formType, form(testCard+"0", valid), "is wrong"},
		{"one more field", formType, form(testCard, valid) + "&z=", "is wrong"},
		{"one field less", formType, "pg_merchant_id=123456&pg_salt=salt&pg_sig=" + valid, "is wrong"},
		{"a signature in capitals", formType, form(testCard, strings.ToUpper(valid)), "is wrong"},
		{"a signature with a space", formType, form(testCard, valid+"+"), "is wrong"},
		{"another script", formType, form(testCard, md5of("pay.php", testCard, testIdentity, "salt", testKey)), "is wrong"},
		{"another key", formType, form(testCard, md5of("pay", testCard, testIdentity, "salt", testKey+" ")), "is wrong"},
		{"the other secret", formType, form(testCard, md5of("pay", testCard, testIdentity, "salt", "a payout key")), "is wrong"},
		{"no key", formType, form(testCard, md5of("pay", testCard, testIdentity, "salt", "")), "is wrong"},
		{"XML beside the fields", formType, form(testCard, valid) + "&" + inXML("<request/>"), "beside pg_xml"},
		{"XML of another kind", formType, inXML("<response><pg_sig>" + valid + "</pg_sig></response>"), "root element"},
		{"a document type", formType, inXML("<!DOCTYPE request><request/>"), "document type"},
		{"XML with another value", formType, inXML("<request><pan>1</pan><pg_merchant_id>123456</pg_merchant_id><pg_salt>salt</pg_salt><pg_sig>" + valid + "</pg_sig></request>"), "is wrong"},
		{"XML with two signatures", formType, inXML("<request><pg_merchant_id>123456</pg_merchant_id><pg_salt>salt</pg_salt><pg_sig>1</pg_sig><pg_sig>" + valid + "</pg_sig></request>"), "more than one pg_sig"},
		{"XML with elements in the signature", formType, inXML("<request><pg_merchant_id>123456</pg_merchant_id><pg_salt>salt</pg_salt><pg_sig>" + valid + "<a/></pg_sig></request>"), "no pg_sig"},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := new(buffer)
			opts := formOptions()
			opts.Logger = slog.New(slog.NewJSONHandler(log, nil))
			w := ask(guard(t, opts, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the handler was called")
			})), "POST", "/g2g/pay", test.contentType, test.body)
			want := http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
			if w.Code != 401 || w.Body.String() != `{"error":"unauthorized"}` || !reflect.DeepEqual(w.Header(), want) {
				t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
			}
			var record struct{ Level, Reason string }
			if err := json.Unmarshal([]byte(log.String()), &record); err != nil {
				t.Fatalf("%v in %s", err, log)
			}
			if record.Level != "WARN" || !strings.Contains(record.Reason, test.reason) {
				t.Errorf("logged %+v, want a warning with %q", record, test.reason)
			}
			for _, secret := range []string{testKey, "payout key", testCard, valid} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%s shows in %s", secret, log)
				}
			}
		})
	}
}

// What says how a request is signed may refuse it.
func TestPgSigRefusesByConfiguration(t *testing.T) {
	valid := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", testKey)
	for name, change := range map[string]func(*PgSigOptions){
		"scheme":       func(o *PgSigOptions) { o.Scheme = func(*http.Request) wire.Scheme { return wire.JWSHS256 } },
		"no scheme":    func(o *PgSigOptions) { o.Scheme = func(*http.Request) wire.Scheme { return "" } },
		"unsigned":     func(o *PgSigOptions) { o.Scheme = func(*http.Request) wire.Scheme { return wire.Unsigned } },
		"other scheme": func(o *PgSigOptions) { o.Scheme = func(*http.Request) wire.Scheme { return wire.PgSigPayout } },
		"script": func(o *PgSigOptions) {
			o.Script = func(*http.Request) (string, error) { return "", errors.New("none") }
		},
		"other script": func(o *PgSigOptions) { o.Script = func(*http.Request) (string, error) { return "payment", nil } },
		"public path":  func(o *PgSigOptions) { o.PublicPath = func(*http.Request) string { return "/pay/" } },
		"other member": func(o *PgSigOptions) { o.Identity = "merchant" },
		"nobody": func(o *PgSigOptions) {
			o.Identify = func(context.Context, *http.Request) (string, error) { return "", nil }
		},
		"somebody else": func(o *PgSigOptions) {
			o.Identify = func(context.Context, *http.Request) (string, error) { return "2", nil }
		},
		"unset secret": func(o *PgSigOptions) { o.Keys = formKeys(nil, nil) },
		"empty secret": func(o *PgSigOptions) { o.Keys = formKeys([]string{""}, nil) },
		"old secrets":  func(o *PgSigOptions) { o.Keys = formKeys([]string{"new", "newer"}, []string{testKey}) },
	} {
		opts := formOptions()
		change(&opts)
		if w := ask(guard(t, opts, seen), "POST", "/g2g/pay", formType, valid); w.Code != 401 || w.Body.String() != `{"error":"unauthorized"}` {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	if w := ask(guard(t, formOptions(), seen), "POST", "/g2g/pay", formType, valid); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	// Signed with nothing, where there is no secret.
	for _, secrets := range [][]string{{""}, nil} {
		log := new(buffer)
		opts := formOptions()
		opts.Keys, opts.Logger = formKeys(secrets, nil), slog.New(slog.NewTextHandler(log, nil))
		body := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", "")
		if w := ask(guard(t, opts, seen), "POST", "/g2g/pay", formType, body); w.Code != 401 || !strings.Contains(log.String(), "no keys") {
			t.Errorf("got %d %s, logged %s", w.Code, w.Body, log)
		}
	}
	// Keys that are the same for everything.
	for _, scheme := range []wire.Scheme{"", wire.JWSHS256, wire.Unsigned} {
		opts := formOptions()
		opts.Scheme = func(*http.Request) wire.Scheme { return scheme }
		opts.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret(testKey)}, nil
		}
		if w := ask(guard(t, opts, seen), "POST", "/g2g/pay", formType, valid); w.Code != 401 {
			t.Errorf("%q: got %d %s", scheme, w.Code, w.Body)
		}
	}
}

func TestPgSigPublicPath(t *testing.T) {
	opts := formOptions()
	opts.PublicPath = func(r *http.Request) string { return r.Header.Get("X-Path") + "?a/b" }
	r := httptest.NewRequest("POST", "/", strings.NewReader("pg_merchant_id=123456&pg_salt=s&pg_sig="+md5of("p%61y", testIdentity, "s", testKey)))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("X-Path", "/g2g/p%61y")
	w := httptest.NewRecorder()
	guard(t, opts, seen).ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("got %d", w.Code)
	}
}

func TestPgSigOrder(t *testing.T) {
	var fields, values []string
	for n := range 12 {
		fields, values = append(fields, fmt.Sprintf("p[%d]=v%d", n, n)), append(values, fmt.Sprintf("v%d", n))
	}
	body := strings.Join(fields, "&") + "&pg_merchant_id=123456&pg_salt=s&pg_sig=" +
		md5of("pay", strings.Join(values, ";"), testIdentity, "s", testKey)
	for order, want := range map[pgsig.Order]int{pgsig.OrderSample: 401, pgsig.OrderName: 401, pgsig.OrderNumber: 200} {
		opts := formOptions()
		opts.Order = order
		if w := ask(guard(t, opts, seen), "POST", "/pay", formType, body); w.Code != want {
			t.Errorf("%v: got %d, want %d", order, w.Code, want)
		}
	}
}

// Every key is tried, so that one can be replaced.
func TestPgSigRotation(t *testing.T) {
	body := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", testKey)
	for _, secrets := range [][]string{{testKey, "new"}, {"new", testKey}, {"", "new", testKey, "newer"}} {
		opts := formOptions()
		opts.Keys = formKeys(secrets, nil)
		if w := ask(guard(t, opts, seen), "POST", "/pay", formType, body); w.Code != 200 {
			t.Errorf("%q: got %d", secrets, w.Code)
		}
	}
}

// What the functions of the options read of a body is theirs.
func TestPgSigFunctionsGetTheBody(t *testing.T) {
	const body = "order=7&pg_salt=s&pg_sig="
	sent := body + md5of("pay", "7", "s", testKey)
	var read []string
	note := func(r *http.Request) {
		b, err := io.ReadAll(r.Body)
		read = append(read, string(b))
		if err != nil || r.ContentLength != int64(len(sent)) {
			t.Errorf("%v, %d bytes", err, r.ContentLength)
		}
	}
	opts := formOptions()
	opts.Identify = func(ctx context.Context, r *http.Request) (string, error) {
		if ctx != r.Context() {
			t.Error("another context")
		}
		note(r)
		return testIdentity, nil
	}
	opts.Scheme = func(r *http.Request) wire.Scheme { note(r); return wire.PgSigPayment }
	opts.Script = func(r *http.Request) (string, error) { note(r); return "pay", nil }
	w := ask(guard(t, opts, seen), "POST", "/", formType, sent)
	if want := fmt.Sprintf("%s true <nil> POST %d %s?", testIdentity, len(sent), sent); w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
	if !reflect.DeepEqual(read, []string{sent, sent, sent}) {
		t.Errorf("read %q", read)
	}
}

func TestPgSigFailsClosed(t *testing.T) {
	valid := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", testKey)
	down := errors.New("store is down")
	for name, change := range map[string]func(*PgSigOptions){
		"keys": func(o *PgSigOptions) {
			o.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
				return []wire.Secret{wire.NewSecret(testKey)}, down
			}
		},
		"identity": func(o *PgSigOptions) {
			o.Identify = func(context.Context, *http.Request) (string, error) { return testIdentity, down }
		},
	} {
		log := new(buffer)
		opts := formOptions()
		opts.Logger = slog.New(slog.NewTextHandler(log, nil))
		opts.Refuse = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("refused") })
		change(&opts)
		if w := ask(guard(t, opts, seen), "POST", "/pay", formType, valid); w.Code != 503 || w.Body.String() != `{"error":"unavailable"}` {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if !strings.Contains(log.String(), "ERROR") || !strings.Contains(log.String(), "store is down") {
			t.Errorf("%s: logged %s", name, log)
		}
	}
}

func TestPgSigBodyLimit(t *testing.T) {
	valid := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", testKey)
	for n, want := range map[int64]int{int64(len(valid)): 200, int64(len(valid)) - 1: 413, 1: 413} {
		opts := formOptions()
		opts.MaxBody = n
		handler := guard(t, opts, seen)
		if w := ask(handler, "POST", "/pay", formType, valid); w.Code != want {
			t.Errorf("cap %d: got %d %s", n, w.Code, w.Body)
		}
		// Of unknown length.
		r := httptest.NewRequest("POST", "/pay", io.MultiReader(strings.NewReader(valid)))
		r.Header.Set("Content-Type", formType)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("cap %d, length unknown: got %d %s", n, w.Code, w.Body)
		}
		// A long query is a form that is too long.
		if want == 413 {
			want = 401
		}
		if w := ask(handler, "GET", "/pay?"+valid, "", ""); w.Code != want {
			t.Errorf("cap %d, query: got %d %s", n, w.Code, w.Body)
		}
	}
}

// The refusing handler is told nothing that it could answer differently by.
func TestPgSigRefuseHandler(t *testing.T) {
	opts := formOptions()
	opts.Refuse = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %d", body, r.ContentLength)
	})
	if w := ask(guard(t, opts, seen), "POST", "/pay", formType, "pg_sig=1"); w.Code != http.StatusTeapot || w.Body.String() != " 0" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestPgSigKeysAreAskedForTheClaim(t *testing.T) {
	type claim struct {
		identity string
		scheme   wire.Scheme
	}
	var asked []claim
	opts := formOptions()
	opts.Scheme = func(*http.Request) wire.Scheme { return wire.PgSigPayout }
	opts.Keys = func(_ context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
		asked = append(asked, claim{identity, scheme})
		return nil, nil
	}
	handler := guard(t, opts, seen)
	for _, body := range []string{"pg_merchant_id=7&pg_salt=s&pg_sig=1", "pg_merchant_id=8", "pg_salt=s&pg_sig=1"} {
		ask(handler, "POST", "/pay", formType, body)
	}
	if !reflect.DeepEqual(asked, []claim{{"7", wire.PgSigPayout}}) {
		t.Errorf("asked for %v", asked)
	}
}

func TestPgSigOptionsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*PgSigOptions){
		"Keys: required":    func(o *PgSigOptions) { o.Keys = nil },
		"MaxBody: negative": func(o *PgSigOptions) { o.MaxBody = -1 },
		"Order: no such":    func(o *PgSigOptions) { o.Order = pgsig.OrderNumber + 1 },
		"Identity beside Identify": func(o *PgSigOptions) {
			o.Identity = "x"
			o.Identify = func(context.Context, *http.Request) (string, error) { return "", nil }
		},
	} {
		opts := formOptions()
		change(&opts)
		if middleware, err := PgSig(opts); middleware != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPgSigConcurrently(t *testing.T) {
	handler := guard(t, formOptions(), seen)
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for i := range 20 {
				id := fmt.Sprintf("%d-%d", n, i)
				body := "a=" + id + "&pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", id, testIdentity, "s", testKey)
				if w := ask(handler, "POST", "/pay", formType, body); w.Code != 200 || !strings.Contains(w.Body.String(), "a="+id+"&") {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			}
		})
	}
	wg.Wait()
}
