package callback

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/browser"
	gen "github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

const (
	testSecret = "payment secret"
	testPayout = "payout secret"
)

var testCredentials = wire.Credentials{ID: "123456", Secret: wire.NewSecret(testSecret), PayoutSecret: wire.NewSecret(testPayout)}

func receiver(t testing.TB, opts ...Option) *Receiver {
	t.Helper()
	r, err := New(Static(testCredentials), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fields are those of a flat form.
type fields map[string]string

// sign signs by hand: script, values sorted by name, secret.
func (f fields) sign(script, secret string) fields {
	f = f.with("pg_salt", "some random string")
	delete(f, "pg_sig")
	parts := []string{script}
	for _, name := range sortedNames(f) {
		parts = append(parts, f[name])
	}
	sum := md5.Sum([]byte(strings.Join(append(parts, secret), ";")))
	f["pg_sig"] = hex.EncodeToString(sum[:])
	return f
}

func (f fields) with(name, value string) fields {
	g := fields{}
	for n, v := range f {
		g[n] = v
	}
	g[name] = value
	return g
}

func (f fields) without(name string) fields {
	g := f.with(name, "")
	delete(g, name)
	return g
}

func sortedNames(f fields) []string {
	var names []string
	for name := range f {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (f fields) values() url.Values {
	v := url.Values{}
	for name, value := range f {
		v.Set(name, value)
	}
	return v
}

// ways are the ways in which Freedom Pay brings a form.
var ways = map[string]func(target string, f fields) *http.Request{
	"GET": func(target string, f fields) *http.Request {
		return httptest.NewRequest(http.MethodGet, target+"?"+f.values().Encode(), nil)
	},
	"POST": func(target string, f fields) *http.Request {
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(f.values().Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	},
	"multipart": func(target string, f fields) *http.Request {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, name := range sortedNames(f) {
			_ = w.WriteField(name, f[name])
		}
		_ = w.Close()
		r := httptest.NewRequest(http.MethodPost, target, &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return r
	},
	"XML": func(target string, f fields) *http.Request {
		var x bytes.Buffer
		x.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<request>\n")
		for _, name := range sortedNames(f) {
			x.WriteString("  <" + name + ">")
			_ = xml.EscapeText(&x, []byte(f[name]))
			x.WriteString("</" + name + ">\n")
		}
		x.WriteString("</request>")
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(url.Values{"pg_xml": {x.String()}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	},
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(h http.Handler, target string, f fields) *httptest.ResponseRecorder {
	return do(h, ways["POST"](target, f))
}

// The fields of the documented tables, with their examples.
var (
	checkFields = fields{
		"pg_order_id": "123456789", "pg_payment_id": "12345", "pg_amount": "10", "pg_currency": "KZT",
		"pg_ps_amount": "5", "pg_ps_currency": "KZT", "pg_ps_full_amount": "5", "colour": "blue",
	}
	resultFields = fields{
		"pg_order_id": "123456789", "pg_payment_id": "12345", "pg_amount": "500", "pg_currency": "KZT",
		"pg_net_amount": "482.5", "pg_ps_amount": "500", "pg_ps_full_amount": "500", "pg_ps_currency": "KZT",
		"pg_description": "Purchase in the online store Site.kz", "pg_result": "1", "pg_payment_date": "2019-01-01 12:00:00",
		"pg_can_reject": "1", "pg_user_phone": "7077777777777", "pg_user_contact_email": "mail@customer.kz",
		"pg_testing_mode": "1", "pg_captured": "0", "pg_card_id": "1234", "pg_card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182",
		"pg_card_pan": "5483-18XX-XXXX-0293", "pg_discount_percent": "1.0", "pg_discount_amount": "5",
		"pg_payment_method": "bankcard", "pg_card_exp": "03/23", "pg_card_owner": "Ivan Ivanov", "pg_card_brand": "VI",
		"colour": "жасыл; blue",
	}
	payoutFields = fields{
		"pg_payment_id": "12345", "pg_order_id": "order-1", "pg_card_hash": "5483-18XX-XXXX-0293", "pg_status": "ok",
		"pg_balance": "1000.50", "pg_payment_amount": "500", "pg_to_pay": "510", "pg_merchant_id": "123456",
		"pg_payment_date": "2019-01-01 12:00:00",
	}
	savedFields = fields{
		"pg_type": "approve", "pg_payment_id": "152673", "pg_order_id": "12346578", "pg_card_3ds": "", "pg_card_hash": "",
		"pg_card_id": "431231", "pg_user_id": "431231", "pg_status": "success", "pg_card_month": "12", "pg_card_year": "25",
	}
)

// kinds are the four that come as forms from Freedom Pay's own servers, each with a
// handler whose function counts.
type kindCase struct {
	kind    Kind
	path    string
	secret  string
	fields  fields
	serving func(r *Receiver, f func(ctx context.Context) (Answer, error)) http.Handler
}

var kinds = []kindCase{
	{KindCheck, "/shop/check", testSecret, checkFields, func(r *Receiver, f func(context.Context) (Answer, error)) http.Handler {
		return r.Check(func(ctx context.Context, _ *CheckRequest) (Answer, error) { return f(ctx) })
	}},
	{KindResult, "/shop/result", testSecret, resultFields, func(r *Receiver, f func(context.Context) (Answer, error)) http.Handler {
		return r.Result(func(ctx context.Context, _ *ResultRequest) (Answer, error) { return f(ctx) })
	}},
	{KindPayout, "/shop/payout", testPayout, payoutFields, func(r *Receiver, f func(context.Context) (Answer, error)) http.Handler {
		return r.Payout(func(ctx context.Context, _ *PayoutRequest) error { _, err := f(ctx); return err })
	}},
	{KindCardSaved, "/shop/card", testSecret, savedFields, func(r *Receiver, f func(context.Context) (Answer, error)) http.Handler {
		return r.CardSaved(func(ctx context.Context, _ *CardSavedRequest) error { _, err := f(ctx); return err })
	}},
}

func (k kindCase) script() string { return k.path[strings.LastIndexByte(k.path, '/')+1:] }

func (k kindCase) signed() fields { return k.fields.sign(k.script(), k.secret) }

// answered reads the elements of an answer in their order.
func answered(t testing.TB, body string) (names []string, values fields) {
	t.Helper()
	values = fields{}
	d := xml.NewDecoder(strings.NewReader(body))
	name := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return names, values
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, body)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name = token.Name.Local
			names = append(names, name)
		case xml.CharData:
			if text := string(token); strings.TrimSpace(text) != "" {
				values[name] += text
			}
		}
	}
}

// holdsSeal holds an answer to its signature.
func holdsSeal(t testing.TB, body, script, secret string) fields {
	t.Helper()
	_, got := answered(t, body)
	want := fields{}
	for name, value := range got {
		want[name] = value
	}
	parts := []string{script}
	delete(want, "pg_sig")
	for _, name := range sortedNames(want) {
		parts = append(parts, want[name])
	}
	sum := md5.Sum([]byte(strings.Join(append(parts, secret), ";")))
	if got["pg_sig"] != hex.EncodeToString(sum[:]) {
		t.Errorf("wrongly signed:\n%s", body)
	}
	return got
}

func accept(context.Context) (Answer, error) { return Accept("Order paid"), nil }

// Every way of bringing a form reaches the function with everything in it.
func TestFunctionGetsWhatIsTold(t *testing.T) {
	for way, request := range ways {
		t.Run(way, func(t *testing.T) {
			r := receiver(t)
			var check *CheckRequest
			w := do(r.Check(func(_ context.Context, c *CheckRequest) (Answer, error) {
				check = c
				return Accept("Платеж разрешен").WithTimeout(90 * time.Second), nil
			}), request("/shop/check", checkFields.sign("check", testSecret)))
			if w.Code != 200 || check == nil {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if check.OrderID != "123456789" || check.PaymentID != "12345" || check.Amount.String() != "10" || check.PSFullAmount.String() != "5" {
				t.Errorf("%v", check)
			}
			if own, ok := own(check.Extra(), "colour"); !ok || own != "blue" {
				t.Errorf("own parameter %q", own)
			}
			if err := check.Validate(); err != nil {
				t.Error(err)
			}
			got := holdsSeal(t, w.Body.String(), "check", testSecret)
			if got["pg_status"] != "ok" || got["pg_description"] != "Платеж разрешен" || got["pg_timeout"] != "90" {
				t.Errorf("%v", got)
			}

			var result *ResultRequest
			w = do(r.Result(func(_ context.Context, c *ResultRequest) (Answer, error) {
				result = c
				return Accept("Order paid"), nil
			}), request("/shop/result", resultFields.sign("result", testSecret)))
			if w.Code != 200 || result == nil {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if !result.Reading().Held() || !result.MayReject() || result.NetAmount.String() != "482.5" || result.CardToken.Reveal() != "ef741cfc-f85e-41a0-84e6-2ba964912182" {
				t.Errorf("%v", result)
			}
			if own, ok := own(result.Extra(), "colour"); !ok || own != "жасыл; blue" {
				t.Errorf("own parameter %q", own)
			}
			holdsSeal(t, w.Body.String(), "result", testSecret)

			var payout *PayoutRequest
			w = do(r.Payout(func(_ context.Context, c *PayoutRequest) error { payout = c; return nil }),
				request("/shop/payout", payoutFields.sign("payout", testPayout)))
			if w.Code != 200 || payout == nil || !payout.Reading().Captured() || payout.TotalAmount.String() != "510" {
				t.Errorf("%d %s %v", w.Code, w.Body, payout)
			}

			var saved *CardSavedRequest
			w = do(r.CardSaved(func(_ context.Context, c *CardSavedRequest) error { saved = c; return nil }),
				request("/shop/card", savedFields.sign("card", testSecret)))
			if w.Code != 200 || saved == nil || saved.CardID != "431231" || saved.Status != "success" {
				t.Errorf("%d %s %v", w.Code, w.Body, saved)
			}
			holdsSeal(t, w.Body.String(), "card", testSecret)
		})
	}
}

// own returns the text of a parameter of the merchant's own.
func own(e *wire.Extra, name string) (string, bool) { return e.Text(name) }

// pg_timeout is whole seconds, and none where none was given.
func TestTimeoutOfAnAnswer(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "", -time.Second: "", time.Millisecond: "1", 1500 * time.Millisecond: "2", time.Hour: "3600"} {
		h := kinds[0].serving(receiver(t), func(context.Context) (Answer, error) { return Accept("").WithTimeout(d), nil })
		if got := holdsSeal(t, post(h, "/check", kinds[0].signed()).Body.String(), "check", testSecret); got["pg_timeout"] != want {
			t.Errorf("%v: %q, want %q", d, got["pg_timeout"], want)
		}
	}
}

// The answers are what the pages print, to the byte, but for salt and signature.
func TestAnswersAreTheDocumentedOnes(t *testing.T) {
	const head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n    <pg_status>"
	for _, c := range []struct {
		kind   kindCase
		answer Answer
		want   string
	}{
		{kinds[0], Accept("Платеж разрешен"), head + "ok</pg_status>\n    <pg_description>Платеж разрешен</pg_description>\n    <pg_salt>SALT</pg_salt>\n    <pg_sig>SIG</pg_sig>\n</response>\n"},
		{kinds[0], Reject("a < b & c > d"), head + "rejected</pg_status>\n    <pg_description>a &lt; b &amp; c &gt; d</pg_description>\n    <pg_salt>SALT</pg_salt>\n    <pg_sig>SIG</pg_sig>\n</response>\n"},
		{kinds[1], Accept("Order paid"), head + "ok</pg_status>\n    <pg_description>Order paid</pg_description>\n    <pg_salt>SALT</pg_salt>\n    <pg_sig>SIG</pg_sig>\n</response>\n"},
		{kinds[1], Accept(""), head + "ok</pg_status>\n    <pg_salt>SALT</pg_salt>\n    <pg_sig>SIG</pg_sig>\n</response>\n"},
		{kinds[2], Accept(""), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pg_status>ok</pg_status>\n"},
		{kinds[3], Accept(""), head + "ok</pg_status>\n    <pg_salt>SALT</pg_salt>\n    <pg_sig>SIG</pg_sig>\n</response>\n"},
	} {
		h := c.kind.serving(receiver(t), func(context.Context) (Answer, error) { return c.answer, nil })
		w := post(h, c.kind.path, c.kind.signed())
		_, values := answered(t, w.Body.String())
		got := w.Body.String()
		if values["pg_salt"] != "" {
			got = strings.Replace(got, values["pg_salt"], "SALT", 1)
			got = strings.Replace(got, values["pg_sig"], "SIG", 1)
			holdsSeal(t, w.Body.String(), c.kind.script(), c.kind.secret)
		}
		if got != c.want || w.Code != 200 || w.Header().Get("Content-Type") != "application/xml" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v\n%s\nwant\n%s", c.kind.kind, w.Code, w.Header(), got, c.want)
		}
	}
}

// Whatever is wrong with a signature: no function runs, and the answer is one and
// the same.
func TestForgeriesAreRefusedAlike(t *testing.T) {
	for _, k := range kinds {
		for way, request := range ways {
			t.Run(string(k.kind)+"/"+way, func(t *testing.T) {
				runs := 0
				h := k.serving(receiver(t), func(context.Context) (Answer, error) { runs++; return Accept(""), nil })
				other := testPayout
				if k.secret == testPayout {
					other = testSecret
				}
				var first string
				for name, f := range map[string]fields{
					"no signature":            k.signed().without("pg_sig"),
					"an empty signature":      k.signed().with("pg_sig", ""),
					"no salt":                 k.signed().without("pg_salt"),
					"another salt":            k.signed().with("pg_salt", "another"),
					"a changed amount":        k.signed().with("pg_amount", "1"),
					"a changed order":         k.signed().with("pg_order_id", "2"),
					"a changed payment":       k.signed().with("pg_payment_id", "2"),
					"a field more":            k.signed().with("zzz", "1"),
					"an own parameter more":   k.signed().with("aaa", ""),
					"the other secret":        k.fields.sign(k.script(), other),
					"a stranger's secret":     k.fields.sign(k.script(), "stranger"),
					"no secret":               k.fields.sign(k.script(), ""),
					"another script name":     k.fields.sign("other", k.secret),
					"no script name":          k.fields.sign("", k.secret),
					"the whole path":          k.fields.sign(k.path, k.secret),
					"upper case":              k.signed().with("pg_sig", strings.ToUpper(k.signed()["pg_sig"])),
					"half a signature":        k.signed().with("pg_sig", k.signed()["pg_sig"][:16]),
					"space after a signature": k.signed().with("pg_sig", k.signed()["pg_sig"]+" "),
				} {
					w := do(h, request(k.path, f))
					answer := fmt.Sprint(w.Code, w.Header(), w.Body)
					if first == "" {
						first = answer
					}
					if w.Code != http.StatusUnauthorized || answer != first {
						t.Errorf("%s: %s, others %s", name, answer, first)
					}
				}
				if w := do(h, request(k.path+"x", k.signed())); w.Code != http.StatusUnauthorized {
					t.Errorf("at another address: %d", w.Code)
				}
				if runs != 0 {
					t.Errorf("the function ran %d times", runs)
				}
				if w := do(h, request(k.path, k.signed())); w.Code != 200 || runs != 1 {
					t.Errorf("the right one: %d, %d runs", w.Code, runs)
				}
			})
		}
	}
}

// Other methods bring no form.
func TestOtherMethods(t *testing.T) {
	for _, k := range kinds {
		h := k.serving(receiver(t), accept)
		for _, method := range []string{http.MethodPut, http.MethodHead, http.MethodDelete, http.MethodOptions, http.MethodPatch} {
			r := ways["POST"](k.path, k.signed())
			r.Method = method
			if w := do(h, r); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, POST" {
				t.Errorf("%s %s: %d", k.kind, method, w.Code)
			}
		}
	}
}

// What is signed and says too little, or what cannot be, is no callback that could
// be lost without a trace: the answer says so, and Freedom Pay comes again.
func TestNotUnderstood(t *testing.T) {
	for _, k := range kinds {
		wrong := map[string]fields{
			"no payment":    k.fields.without("pg_payment_id"),
			"empty payment": k.fields.with("pg_payment_id", ""),
		}
		switch k.kind {
		case KindResult:
			wrong["no result"] = k.fields.without("pg_result")
			wrong["empty result"] = k.fields.with("pg_result", "")
			wrong["result in words"] = k.fields.with("pg_result", "ok")
			wrong["amount in words"] = k.fields.with("pg_amount", "five")
			wrong["no amount"] = k.fields.without("pg_amount")
			wrong["no currency"] = k.fields.without("pg_currency")
		case KindCheck:
			wrong["no amount"] = k.fields.without("pg_amount")
			wrong["nested amount"] = k.fields.without("pg_amount").with("pg_amount[0]", "1")
		}
		runs := 0
		h := k.serving(receiver(t), func(context.Context) (Answer, error) { runs++; return Accept(""), nil })
		for name, f := range wrong {
			w := post(h, k.path, f.sign(k.script(), k.secret))
			if _, values := answered(t, w.Body.String()); w.Code != http.StatusBadRequest || values["pg_status"] != "error" {
				t.Errorf("%s, %s: %d %s", k.kind, name, w.Code, w.Body)
			} else if k.kind != KindPayout {
				holdsSeal(t, w.Body.String(), k.script(), k.secret)
			}
		}
		if runs > 0 {
			t.Errorf("%s: %d runs", k.kind, runs)
		}
	}
}

// A member that says nothing about what is told cannot hide it: a paid order would
// never ship.
func TestOddMembers(t *testing.T) {
	for name, change := range map[string]func(fields) fields{
		"a discount with a sign":  func(f fields) fields { return f.with("pg_discount_percent", "10%") },
		"no net amount, in words": func(f fields) fields { return f.with("pg_net_amount", "n/a") },
		"a flag in words":         func(f fields) fields { return f.with("pg_testing_mode", "yes") },
		"a third kind of capture": func(f fields) fields { return f.with("pg_captured", "2") },
		"a list of phones":        func(f fields) fields { return f.without("pg_user_phone").with("pg_user_phone[]", "7") },
		"an own list":             func(f fields) fields { return f.with("own[x]", "1").with("own[]", "2") },
	} {
		for way, request := range ways {
			f := change(resultFields)
			if way == "XML" {
				if name == "an own list" || name == "a list of phones" {
					continue // names that XML does not have
				}
			}
			var log bytes.Buffer
			var seen *ResultRequest
			h := receiver(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil)))).Result(func(_ context.Context, r *ResultRequest) (Answer, error) {
				seen = r
				return Accept(""), nil
			})
			w := do(h, request("/result", signNested(t, f, "result", testSecret)))
			if w.Code != 200 || seen == nil || seen.PaymentID != "12345" || seen.OrderID != "123456789" || seen.Description == "" {
				t.Errorf("%s, %s: %d %s, %v", name, way, w.Code, w.Body, seen)
				continue
			}
			if name == "a third kind of capture" && seen.Reading() != wire.ReadingUnknown {
				t.Errorf("%s: %v", name, seen.Reading())
			}
			if !strings.Contains(log.String(), "taken for missing") {
				t.Errorf("%s: the log says nothing: %s", name, log.String())
			}
		}
	}
	// Own parameters beside the odd one arrive.
	var seen *ResultRequest
	h := receiver(t).Result(func(_ context.Context, r *ResultRequest) (Answer, error) { seen = r; return Accept(""), nil })
	post(h, "/result", resultFields.with("pg_net_amount", "n/a").sign("result", testSecret))
	if got, ok := own(seen.Extra(), "colour"); !ok || got != "жасыл; blue" {
		t.Errorf("%q", got)
	}
}

// signNested signs fields with brackets in their names.
func signNested(t *testing.T, f fields, script, secret string) fields {
	t.Helper()
	f = f.with("pg_salt", "salt")
	var pairs []pgsig.Pair
	for _, name := range sortedNames(f) {
		pairs = append(pairs, pgsig.Pair{Name: name, Value: f[name]})
	}
	signed, err := pgsig.Fields(pairs)
	if err != nil {
		t.Fatal(err)
	}
	return f.with("pg_sig", pgsig.Sign(script, signed, secret))
}

// After a failure Freedom Pay has to come again, and the function runs again.
func TestFailures(t *testing.T) {
	for _, k := range kinds {
		for name, fail := range map[string]func(context.Context) (Answer, error){
			"error":  func(context.Context) (Answer, error) { return Accept(""), errors.New("no") },
			"panic":  func(context.Context) (Answer, error) { panic(testSecret) },
			"nil":    func(context.Context) (Answer, error) { panic(nil) },
			"goexit": func(context.Context) (Answer, error) { exit(); return Answer{}, nil },
			"late":   func(ctx context.Context) (Answer, error) { <-ctx.Done(); return Accept(""), ctx.Err() },
			"no answer": func(context.Context) (Answer, error) {
				if k.kind == KindPayout || k.kind == KindCardSaved {
					return Answer{}, errors.New("these have no answers")
				}
				return Answer{}, nil
			},
		} {
			t.Run(string(k.kind)+"/"+name, func(t *testing.T) {
				var log bytes.Buffer
				store := repeat.NewMemory()
				r := receiver(t, WithTimeout(50*time.Millisecond), WithStore(store), WithLogger(slog.New(slog.NewTextHandler(&lockedWriter{w: &log}, nil))))
				w := post(k.serving(r, fail), k.path, k.signed())
				if k.kind == KindCheck {
					got := holdsSeal(t, w.Body.String(), "check", testSecret)
					if w.Code != 200 || got["pg_status"] != "rejected" || got["pg_description"] != DefaultRefusalText {
						t.Errorf("%d %s", w.Code, w.Body)
					}
				} else if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				deadline := time.Now().Add(10 * time.Second)
				for store.Len() > 0 && time.Now().Before(deadline) {
					time.Sleep(time.Millisecond) // of one that was late, the claim is released after the answer
				}
				w = post(k.serving(r, accept), k.path, k.signed())
				if _, values := answered(t, w.Body.String()); w.Code != 200 || values["pg_status"] != "ok" {
					t.Errorf("again: %d %s", w.Code, w.Body)
				}
				if strings.Contains(log.String(), testSecret) {
					t.Error("the log holds what the function panicked with")
				}
				want := "not handled"
				if name == "panic" || name == "nil" {
					want = errPanic.Error()
				}
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log does not say %q:\n%s", want, log.String())
				}
			})
		}
	}
}

func exit() { runtime.Goexit() }

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

// A hundred copies at once, of another signature and form each, and later ones:
// the function runs once and all get the same bytes.
func TestCopies(t *testing.T) {
	for _, k := range kinds {
		t.Run(string(k.kind), func(t *testing.T) {
			var runs atomic.Int32
			h := k.serving(receiver(t), func(context.Context) (Answer, error) {
				runs.Add(1)
				time.Sleep(20 * time.Millisecond)
				return Accept("once"), nil
			})
			server := httptest.NewServer(h)
			defer server.Close()
			var wg sync.WaitGroup
			bodies := make([]string, 100)
			for i := range bodies {
				wg.Go(func() {
					f := k.fields.with("pg_salt", fmt.Sprint("salt", i))
					f = signWithSalt(f, k.script(), k.secret)
					resp, err := http.PostForm(server.URL+k.path, f.values())
					if err != nil {
						t.Error(err)
						return
					}
					defer resp.Body.Close()
					body, _ := io.ReadAll(resp.Body)
					bodies[i] = fmt.Sprint(resp.StatusCode, " ", string(body))
				})
			}
			wg.Wait()
			for _, body := range bodies {
				if body != bodies[0] || !strings.HasPrefix(body, "200 ") {
					t.Fatalf("%s\nand\n%s", bodies[0], body)
				}
			}
			for way, request := range ways {
				if w := do(h, request(k.path, k.signed())); fmt.Sprint(w.Code, " ", w.Body) != bodies[0] {
					t.Errorf("%s: %d %s", way, w.Code, w.Body)
				}
			}
			if runs.Load() != 1 {
				t.Errorf("%d runs", runs.Load())
			}
		})
	}
}

func signWithSalt(f fields, script, secret string) fields {
	salt := f["pg_salt"]
	parts := []string{script}
	for _, name := range sortedNames(f.without("pg_sig")) {
		parts = append(parts, f[name])
	}
	sum := md5.Sum([]byte(strings.Join(append(parts, secret), ";")))
	return f.with("pg_sig", hex.EncodeToString(sum[:])).with("pg_salt", salt)
}

// What announces something else is no copy.
func TestNews(t *testing.T) {
	for _, c := range []struct {
		kind  kindCase
		name  string
		value string
		news  bool
	}{
		{kinds[0], "pg_payment_id", "2", true},
		{kinds[0], "pg_amount", "11", true},
		{kinds[0], "pg_amount", "10.00", false},
		{kinds[0], "pg_order_id", "2", true},
		{kinds[0], "colour", "red", false},
		{kinds[1], "pg_payment_id", "2", true},
		{kinds[1], "pg_result", "0", true},
		{kinds[1], "pg_captured", "1", true},
		{kinds[1], "pg_amount", "500.00", false},
		{kinds[1], "pg_amount", "5000", true},
		{kinds[1], "pg_currency", "USD", true},
		{kinds[1], "pg_can_reject", "0", false},
		{kinds[1], "pg_payment_date", "2020-01-01 12:00:00", false},
		{kinds[2], "pg_payment_id", "2", true},
		{kinds[2], "pg_status", "error", true},
		{kinds[2], "pg_balance", "7", false},
		{kinds[3], "pg_payment_id", "2", true},
		{kinds[3], "pg_card_id", "2", true},
		{kinds[3], "pg_status", "error", true},
	} {
		runs := 0
		h := c.kind.serving(receiver(t), func(context.Context) (Answer, error) { runs++; return Accept(""), nil })
		post(h, c.kind.path, c.kind.signed())
		post(h, c.kind.path, c.kind.fields.with(c.name, c.value).sign(c.kind.script(), c.kind.secret))
		if news := runs == 2; news != c.news {
			t.Errorf("%s with %s=%s: %d runs", c.kind.kind, c.name, c.value, runs)
		}
	}
}

// A payment that was made can be refused while pg_can_reject says so.
func TestRejection(t *testing.T) {
	runs := 0
	h := receiver(t).Result(func(_ context.Context, r *ResultRequest) (Answer, error) {
		runs++
		if r.MayReject() {
			return Reject("sold out"), nil
		}
		return Accept("will be refunded"), nil
	})
	first := post(h, "/result", resultFields.sign("result", testSecret)).Body.String()
	if got := holdsSeal(t, first, "result", testSecret); got["pg_status"] != "rejected" || got["pg_description"] != "sold out" {
		t.Error(got)
	}
	if again := post(h, "/result", resultFields.sign("result", testSecret)).Body.String(); again != first || runs != 1 {
		t.Errorf("%s, %d runs", again, runs)
	}
	// That answer was lost, and now the payment counts as made: the function has to
	// know.
	final := resultFields.with("pg_can_reject", "0").sign("result", testSecret)
	second := post(h, "/result", final).Body.String()
	if got := holdsSeal(t, second, "result", testSecret); got["pg_status"] != "ok" || runs != 2 {
		t.Errorf("%v, %d runs", got, runs)
	}
	if again := post(h, "/result", final).Body.String(); again != second || runs != 2 {
		t.Errorf("%s, %d runs", again, runs)
	}
	for _, f := range []fields{resultFields.with("pg_can_reject", "0"), resultFields.without("pg_can_reject"), resultFields.with("pg_can_reject", "")} {
		h := receiver(t).Result(func(context.Context, *ResultRequest) (Answer, error) { return Reject("no"), nil })
		if w := post(h, "/result", f.sign("result", testSecret)); w.Code != http.StatusServiceUnavailable {
			t.Errorf("a rejection without effect: %d %s", w.Code, w.Body)
		}
	}
}

// stores that are down, at one of their methods.
type brokenStore struct {
	repeat.Store
	claim, finish, release bool
}

var errDown = errors.New("down")

func (s brokenStore) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	if s.claim {
		return repeat.Claim{State: repeat.Granted, Token: "t"}, errDown
	}
	return s.Store.Claim(ctx, key, lease)
}

func (s brokenStore) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	if s.finish {
		return errDown
	}
	return s.Store.Finish(ctx, key, token, outcome, keep)
}

func (s brokenStore) Release(ctx context.Context, key, token string) error {
	if s.release {
		return errDown
	}
	return s.Store.Release(ctx, key, token)
}

func TestStoreDown(t *testing.T) {
	for _, k := range kinds {
		runs := 0
		count := func(context.Context) (Answer, error) { runs++; return Accept(""), nil }
		h := k.serving(receiver(t, WithStore(brokenStore{Store: repeat.NewMemory(), claim: true})), count)
		if w := post(h, k.path, k.signed()); w.Code != http.StatusServiceUnavailable || runs != 0 {
			t.Errorf("%s, claim: %d %s, %d runs", k.kind, w.Code, w.Body, runs)
		}
		h = k.serving(receiver(t, WithStore(brokenStore{Store: repeat.NewMemory(), finish: true})), count)
		if w := post(h, k.path, k.signed()); w.Code != http.StatusServiceUnavailable || runs != 1 {
			t.Errorf("%s, finish: %d %s, %d runs", k.kind, w.Code, w.Body, runs)
		}
		h = k.serving(receiver(t, WithStore(brokenStore{Store: repeat.NewMemory(), release: true})), func(context.Context) (Answer, error) {
			return Answer{}, errors.New("no")
		})
		if w := post(h, k.path, k.signed()); w.Code == 200 && k.kind != KindCheck {
			t.Errorf("%s, release: %d %s", k.kind, w.Code, w.Body)
		}
		strange := repeat.NewMemory()
		c, err := strange.Claim(t.Context(), keyFor(k), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := strange.Finish(t.Context(), keyFor(k), c.Token, []byte(`{"decision":"ok"}`), time.Minute); err != nil {
			t.Fatal(err)
		}
		if w := post(k.serving(receiver(t, WithStore(strange)), count), k.path, k.signed()); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s, an outcome that is none: %d %s", k.kind, w.Code, w.Body)
		}
	}
}

// keyFor finds the key that a kind's fields have.
func keyFor(k kindCase) string {
	var key string
	spy := spyStore{func(claimed string) { key = claimed }}
	r, _ := New(Static(testCredentials), WithStore(spy))
	post(k.serving(r, accept), k.path, k.signed())
	return key
}

type spyStore struct{ claimed func(string) }

func (s spyStore) Claim(_ context.Context, key string, _ time.Duration) (repeat.Claim, error) {
	s.claimed(key)
	return repeat.Claim{}, errDown
}

func (spyStore) Finish(context.Context, string, string, []byte, time.Duration) error { return errDown }
func (spyStore) Release(context.Context, string, string) error                       { return errDown }

// A function that does not heed its context keeps its claim, and its success
// counts.
func TestLateSuccess(t *testing.T) {
	var runs atomic.Int32
	release := make(chan struct{})
	store := repeat.NewMemory()
	h := receiver(t, WithTimeout(50*time.Millisecond), WithStore(heldStore{store})).Result(func(context.Context, *ResultRequest) (Answer, error) {
		runs.Add(1)
		<-release
		return Accept("late"), nil
	})
	f := resultFields.sign("result", testSecret)
	for range 2 { // the second waits for the first
		if w := post(h, "/result", f); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	close(release)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		w := post(h, "/result", f)
		if w.Code == 200 {
			if got := holdsSeal(t, w.Body.String(), "result", testSecret); got["pg_description"] != "late" {
				t.Error(got)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the late success was forgotten")
		}
	}
	if runs.Load() != 1 {
		t.Errorf("%d runs", runs.Load())
	}
}

// heldStore has leases that do not end during a test.
type heldStore struct{ repeat.Store }

func (s heldStore) Claim(ctx context.Context, key string, _ time.Duration) (repeat.Claim, error) {
	return s.Store.Claim(ctx, key, time.Hour)
}

// Whoever hangs up does not stop the function, and its outcome is kept.
func TestSenderHangsUp(t *testing.T) {
	began, end := make(chan struct{}), make(chan struct{})
	var runs atomic.Int32
	h := receiver(t).Result(func(ctx context.Context, _ *ResultRequest) (Answer, error) {
		if runs.Add(1) == 1 {
			close(began)
			<-end
		}
		return Accept("done"), ctx.Err()
	})
	f := resultFields.sign("result", testSecret)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(h, ways["POST"]("/result", f).WithContext(ctx))
	}()
	<-began
	cancel()
	close(end)
	<-done
	if w := post(h, "/result", f); w.Code != 200 || runs.Load() != 1 {
		t.Errorf("%d, %d runs", w.Code, runs.Load())
	}
}

// Of a platform's shops each has its own secrets and its own repeats.
func TestMerchants(t *testing.T) {
	keys := func(_ context.Context, merchant string) ([]wire.Credentials, error) {
		switch merchant {
		case "one", "two":
			return []wire.Credentials{
				{ID: merchant, Secret: wire.NewSecret("old of " + merchant)},
				{ID: merchant, Secret: wire.NewSecret("secret of " + merchant)},
			}, nil
		case "down":
			return nil, errDown
		}
		return nil, nil
	}
	r, err := New(keys, WithMerchant(func(r *http.Request) string { return r.PathValue("merchant") }))
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	mux := http.NewServeMux()
	mux.Handle("/{merchant}/result", r.Result(func(ctx context.Context, _ *ResultRequest) (Answer, error) {
		seen = append(seen, Merchant(ctx))
		return Accept(""), nil
	}))
	for _, c := range []struct {
		path, secret string
		want         int
	}{
		{"/one/result", "secret of one", 200},
		{"/two/result", "old of two", 200}, // the same payment id, of another merchant
		{"/one/result", "old of one", 200},
		{"/one/result", "secret of two", 401},
		{"/three/result", "secret of one", 401},
		{"/down/result", "secret of one", 503},
	} {
		if w := post(mux, c.path, resultFields.sign("result", c.secret)); w.Code != c.want {
			t.Errorf("%v: %d", c, w.Code)
		}
	}
	if !slices.Equal(seen, []string{"one", "two"}) {
		t.Errorf("%q", seen)
	}
	nobody, err := New(Static(testCredentials), WithMerchant(func(*http.Request) string { return "" }))
	if err != nil {
		t.Fatal(err)
	}
	if w := post(nobody.Result(func(context.Context, *ResultRequest) (Answer, error) { return Accept(""), nil }), "/result", resultFields.sign("result", testSecret)); w.Code != 401 {
		t.Errorf("of nobody: %d", w.Code)
	}
}

// Behind a proxy the public path counts, and where an address has no last segment
// what the merchant says.
func TestPublicPath(t *testing.T) {
	k := kinds[1]
	h := k.serving(receiver(t, WithPublicPath(func(*http.Request) string { return "/public/notify" })), accept)
	if w := post(h, "/internal", k.fields.sign("notify", k.secret)); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	} else {
		holdsSeal(t, w.Body.String(), "notify", k.secret)
	}
	if w := post(h, "/internal", k.fields.sign("internal", k.secret)); w.Code != 401 {
		t.Errorf("%d", w.Code)
	}
	h = k.serving(receiver(t), accept)
	if w := post(h, "/result/", k.fields.sign("result", k.secret)); w.Code != 401 {
		t.Errorf("no last segment: %d", w.Code)
	}
	h = k.serving(receiver(t, WithScript(func(*http.Request) (string, error) { return "result", nil })), accept)
	if w := post(h, "/result/", k.fields.sign("result", k.secret)); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Which values stand where says what is told, not only which there are.
func TestKeys(t *testing.T) {
	keys := map[string][]string{}
	for _, told := range [][]string{{}, {""}, {"", ""}, {"a", "bc"}, {"ab", "c"}, {"abc"}, {"a", "b", "c"}, {"abc", ""}, {"", "abc"}} {
		for _, kind := range []Kind{KindResult, KindPayout} {
			key := keyOf(kind, told)
			if other, taken := keys[key]; taken {
				t.Errorf("%s %q has the key of %q", kind, told, other)
			}
			keys[key] = told
			if strings.ContainsAny(key, " \n") || len(key) > 200 {
				t.Errorf("%q is no key", key)
			}
		}
	}
}

// Who has set the one secret only learns from the log that the other is missing.
func TestMissingSecretIsNamed(t *testing.T) {
	var log bytes.Buffer
	r, err := New(Static(wire.NewCredentials("123456", testSecret)), WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	payout := r.Payout(func(context.Context, *PayoutRequest) error { return nil })
	w := post(payout, "/payout", payoutFields.sign("payout", testPayout))
	if w.Code != 401 || !strings.Contains(log.String(), "hold no secret") || !strings.Contains(log.String(), "scheme=pgSigPayout") {
		t.Errorf("%d, %s", w.Code, &log)
	}
	log.Reset()
	result := r.Result(func(context.Context, *ResultRequest) (Answer, error) { return Accept(""), nil })
	if post(result, "/result", resultFields.sign("result", "another")); strings.Contains(log.String(), "hold no secret") {
		t.Errorf("of a secret that there is: %s", &log)
	}
}

// How long the store is told to keep what.
func TestTimes(t *testing.T) {
	for _, k := range kinds {
		store := &timeStore{Store: repeat.NewMemory()}
		post(k.serving(receiver(t, WithStore(store), WithTimeout(time.Minute), WithKeep(time.Hour)), accept), k.path, k.signed())
		keep := time.Hour
		if k.kind == KindCheck {
			keep = time.Minute
		}
		if store.lease != 2*time.Minute || store.keep != keep {
			t.Errorf("%s: claimed for %v, kept for %v", k.kind, store.lease, store.keep)
		}
	}
}

type timeStore struct {
	repeat.Store
	lease, keep time.Duration
}

func (s *timeStore) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	s.lease = lease
	if _, bounded := ctx.Deadline(); !bounded {
		return repeat.Claim{}, errors.New("the store may take for ever")
	}
	return s.Store.Claim(ctx, key, lease)
}

func (s *timeStore) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	s.keep = keep
	return s.Store.Finish(ctx, key, token, outcome, keep)
}

// What else the options change.
func TestRefusalAndRandom(t *testing.T) {
	for _, k := range kinds {
		gone := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusGone)
			_, _ = w.Write(body) // of which it gets nothing
		})
		if w := post(k.serving(receiver(t, WithRefusal(gone)), accept), k.path, k.fields); w.Code != http.StatusGone || w.Body.Len() > 0 {
			t.Errorf("%s: %d %s", k.kind, w.Code, w.Body)
		}
		if k.kind == KindPayout {
			continue
		}
		same := func() string {
			w := post(k.serving(receiver(t, WithRandom(strings.NewReader(strings.Repeat("1234567", 100)))), accept), k.path, k.signed())
			return w.Body.String()
		}
		if first := same(); first != same() || !strings.Contains(first, "<pg_salt>") {
			t.Errorf("%s: the salt does not come from the source", k.kind)
		}
		broken := k.serving(receiver(t, WithRandom(strings.NewReader("short"))), accept)
		if w := post(broken, k.path, k.signed()); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s, without a salt: %d %s", k.kind, w.Code, w.Body)
		}
	}
	h := kinds[0].serving(receiver(t, WithRefusalText("Кейінірек")), func(context.Context) (Answer, error) { return Answer{}, errDown })
	if got := holdsSeal(t, post(h, "/check", kinds[0].signed()).Body.String(), "check", testSecret); got["pg_description"] != "Кейінірек" {
		t.Error(got)
	}
}

// A store that does not answer is down, for copies too.
func TestStoreHangs(t *testing.T) {
	h := kinds[0].serving(receiver(t, WithStore(busyThenDown{new(atomic.Int32)}), WithTimeout(time.Hour)), accept)
	if w := post(h, kinds[0].path, kinds[0].signed()); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// busyThenDown knows a copy, and then does not answer any more.
type busyThenDown struct{ asked *atomic.Int32 }

func (s busyThenDown) Claim(context.Context, string, time.Duration) (repeat.Claim, error) {
	if s.asked.Add(1) == 1 {
		return repeat.Claim{State: repeat.Busy}, nil
	}
	return repeat.Claim{}, context.DeadlineExceeded
}

func (busyThenDown) Finish(context.Context, string, string, []byte, time.Duration) error {
	return errDown
}
func (busyThenDown) Release(context.Context, string, string) error { return errDown }

func TestSchemes(t *testing.T) {
	h := kinds[2].serving(receiver(t, WithScheme(KindPayout, wire.PgSigPayment)), accept)
	if w := post(h, "/payout", payoutFields.sign("payout", testSecret)); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	if w := post(h, "/payout", payoutFields.sign("payout", testPayout)); w.Code != 401 {
		t.Errorf("%d", w.Code)
	}
	r, err := New(Static(wire.NewCredentials("1", testSecret)))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", testSecret} {
		if w := post(kinds[2].serving(r, accept), "/payout", payoutFields.sign("payout", secret)); w.Code != 401 {
			t.Errorf("without a secret for payouts, signed with %q: %d", secret, w.Code)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opt := range map[string]Option{
		"keep":            WithKeep(0),
		"timeout":         WithTimeout(-1),
		"scheme":          WithScheme(KindResult, wire.JWSHS256),
		"scheme of JSON":  WithScheme(KindInvoice, wire.PgSigPayment),
		"authenticated":   WithUnauthenticated(KindResult),
		"unauthenticated": WithUnauthenticated(KindInvoice, "no such kind"),
	} {
		if _, err := New(Static(testCredentials), opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(nil); err == nil {
		t.Error("no keys: no error")
	}
}

func TestBodiesAreCapped(t *testing.T) {
	for _, k := range kinds {
		h := k.serving(receiver(t), accept)
		f := k.fields.with("own", strings.Repeat("x", MaxBody)).sign(k.script(), k.secret)
		if w := post(h, k.path, f); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", k.kind, w.Code)
		}
	}
}

func TestRedirect(t *testing.T) {
	back := fields{"pg_order_id": "1", "pg_payment_id": "2", "own": "жол"}
	for _, way := range []string{"GET", "POST"} {
		var seen *browser.Redirect
		h := receiver(t).Redirect(func(w http.ResponseWriter, _ *http.Request, b *browser.Redirect) {
			seen = b
			w.WriteHeader(http.StatusTeapot)
		})
		if w := do(h, ways[way]("/shop/success", back.sign("success", testSecret))); w.Code != http.StatusTeapot || seen == nil ||
			seen.OrderID != "1" || seen.PaymentID != "2" || !seen.Verified || len(seen.Parameters) != 1 {
			t.Errorf("%s: %d %v", way, w.Code, seen)
		}
		seen = nil
		for name, f := range map[string]fields{
			"unsigned":         back,
			"another order":    back.sign("success", testSecret).with("pg_order_id", "3"),
			"another secret":   back.sign("success", testPayout),
			"another script":   back.sign("failure", testSecret),
			"frame, unsigned":  {"pg_order_id": "1", "pg_status": "error", "pg_error_code": "1", "pg_error_description": "no"},
			"an empty message": {},
		} {
			if w := do(h, ways[way]("/shop/success", f)); w.Code != 401 || w.Body.String() != `{"error":"unauthorized"}` || seen != nil {
				t.Errorf("%s, %s: %d %s", way, name, w.Code, w.Body)
			}
		}
	}
	frame := fields{"pg_order_id": "1", "pg_status": "error", "pg_error_code": "1", "pg_error_description": "no"}
	var seen *browser.Redirect
	h := receiver(t, WithUnauthenticated(KindFrameFailure)).Redirect(func(_ http.ResponseWriter, _ *http.Request, b *browser.Redirect) { seen = b })
	if w := do(h, ways["GET"]("/failure", frame)); w.Code != 200 || seen == nil || seen.Verified || seen.ErrorCode != "1" {
		t.Errorf("%d %v", w.Code, seen)
	}
	if w := do(h, httptest.NewRequest(http.MethodPut, "/failure", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d", w.Code)
	}
	large := back.with("own", strings.Repeat("x", browser.MaxRedirect)).sign("failure", testSecret)
	if w := do(h, ways["POST"]("/failure", large)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", w.Code)
	}
	path := receiver(t, WithPublicPath(func(*http.Request) string { return "/public/paid" })).Redirect(func(http.ResponseWriter, *http.Request, *browser.Redirect) {})
	script := receiver(t, WithScript(func(*http.Request) (string, error) { return "paid", nil })).Redirect(func(http.ResponseWriter, *http.Request, *browser.Redirect) {})
	noScript := receiver(t, WithScript(func(*http.Request) (string, error) { return "", errDown })).Redirect(func(http.ResponseWriter, *http.Request, *browser.Redirect) {})
	for _, c := range []struct {
		name    string
		handler http.Handler
		target  string
		want    int
	}{
		{"public path", path, "/internal", 200},
		{"script", script, "/paid/", 200},
		{"no script", noScript, "/paid", 401},
		{"no last segment", h, "/paid/", 401},
	} {
		if w := do(c.handler, ways["GET"](c.target, back.sign("paid", testSecret))); w.Code != c.want {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
	for name, want := range map[string]int{"": 401, "down": 503, "unknown": 401, "known": 200} {
		shops, err := New(func(_ context.Context, merchant string) ([]wire.Credentials, error) {
			switch merchant {
			case "down":
				return nil, errDown
			case "unknown":
				return nil, nil
			}
			return []wire.Credentials{testCredentials}, nil
		}, WithMerchant(func(*http.Request) string { return name }))
		if err != nil {
			t.Fatal(err)
		}
		h := shops.Redirect(func(http.ResponseWriter, *http.Request, *browser.Redirect) {})
		if w := do(h, ways["POST"]("/paid", back.sign("paid", testSecret))); w.Code != want {
			t.Errorf("merchant %q: %d", name, w.Code)
		}
	}
	rotating, err := New(Static(wire.NewCredentials("1", ""), wire.NewCredentials("1", "old"), testCredentials), WithRefusal(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
	})))
	if err != nil {
		t.Fatal(err)
	}
	h = rotating.Redirect(func(http.ResponseWriter, *http.Request, *browser.Redirect) {})
	for _, secret := range []string{"old", testSecret} {
		if w := do(h, ways["POST"]("/success", back.sign("success", secret))); w.Code != 200 {
			t.Errorf("signed with %q: %d", secret, w.Code)
		}
	}
	for _, secret := range []string{"", "none"} {
		if w := do(h, ways["POST"]("/success", back.sign("success", secret))); w.Code != http.StatusGone {
			t.Errorf("signed with %q: %d", secret, w.Code)
		}
	}
}

// jsonKinds are what nobody can authenticate.
var jsonKinds = []struct {
	kind       Kind
	body       string
	id, other  string
	path       string
	serving    func(*Receiver, func(context.Context, Question) error) http.Handler
	documented bool
}{
	{
		KindRecurringProfile, `{"profile_id":"123456789","status":"active","invoice_type":"binance","external_id":"SUBSCRIPTION-001","agreement_type":"on-demand","expires_at":"2026-06-30","created_at":"2026-06-30T13:09:39Z"}`,
		"123456789", "SUBSCRIPTION-001", "/v5/merchant/invoice/recurring/info", (*Receiver).RecurringProfile, true,
	},
	{
		KindApplication, `{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","external_id":"string","status":"new","approved_amount":1500000}`,
		"497f6eca-6276-4993-bfeb-53cbbbba6f08", "string", "/v5/installment/applications", (*Receiver).Application, true,
	},
	{KindInvoice, `{"anything":{"id":"x"}}`, "", "", "/v5/merchant/invoice/status", (*Receiver).Invoice, false},
}

func postJSON(h http.Handler, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return do(h, r)
}

func TestWebhooks(t *testing.T) {
	for _, k := range jsonKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			runs := 0
			off := k.serving(receiver(t), func(context.Context, Question) error { runs++; return nil })
			for _, body := range []string{k.body, "", "nonsense"} {
				if w := postJSON(off, "application/json", body); w.Code != http.StatusNotFound || runs != 0 {
					t.Errorf("off: %d", w.Code)
				}
			}
			var seen Question
			r := receiver(t, WithUnauthenticated(k.kind), WithTimeout(50*time.Millisecond))
			on := k.serving(r, func(_ context.Context, q Question) error { seen = q; return nil })
			w := postJSON(on, "application/json; charset=utf-8", k.body)
			if w.Code != 200 || strings.TrimSpace(w.Body.String()) != "{}" || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if seen.Kind != k.kind || seen.ID != k.id || seen.ExternalID != k.other || seen.Operation.Path != k.path || (seen.Request != nil) != k.documented {
				t.Errorf("%v", seen)
			}
			for name, fail := range map[string]func(context.Context, Question) error{
				"error": func(context.Context, Question) error { return errDown },
				"late":  func(ctx context.Context, _ Question) error { <-ctx.Done(); return ctx.Err() },
				"panic": func(context.Context, Question) error { panic("no") },
			} {
				if w := postJSON(k.serving(r, fail), "application/json", k.body); w.Code != http.StatusServiceUnavailable {
					t.Errorf("%s: %d", name, w.Code)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			hangsUp := k.serving(r, func(ctx context.Context, _ Question) error { cancel(); return ctx.Err() })
			request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/hook", strings.NewReader(k.body))
			request.Header.Set("Content-Type", "application/json")
			if w := do(hangsUp, request); w.Code != 200 {
				t.Errorf("who hangs up: %d", w.Code)
			}
			for _, c := range []struct {
				contentType, body string
				want              int
			}{
				{"text/plain", k.body, 400},
				{"", k.body, 400},
				{"application/json", "", 400},
				{"application/json", k.body + "x", 400},
				{"application/json", `{"profile_id":1,"profile_id":2,"id":1,"id":2,`, 400},
				{"application/json", `{}`, map[bool]int{true: 400, false: 200}[k.documented]},
				{"application/json", `{"x":"` + strings.Repeat("x", maxWebhook) + `"}`, 413},
			} {
				seen = Question{}
				if w := postJSON(on, c.contentType, c.body); w.Code != c.want || seen.Kind != "" && c.want != 200 {
					t.Errorf("%s %.40q: %d", c.contentType, c.body, w.Code)
				}
			}
			if w := do(on, httptest.NewRequest(http.MethodGet, "/hook", nil)); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("GET: %d", w.Code)
			}
		})
	}
}

// The operations to ask with are the generated ones, which this package does without.
func TestQuestionsAreGeneratedOperations(t *testing.T) {
	for _, op := range []wire.Operation{recurringProfileInfo, invoiceStatus, applicationStatus} {
		generated, _, ok := catalog.Find(op.ID)
		if !ok || generated.Method != op.Method || generated.Path != op.Path || generated.Security != op.Security ||
			generated.Query != op.Query || generated.Effect != op.Effect || !slices.Equal(generated.Request, op.Request) {
			t.Errorf("%+v\nis generated as\n%+v", op, generated.Operation)
		}
	}
}

// What to ask with is what the operation's page shows.
func TestQuestions(t *testing.T) {
	shops, err := New(Static(testCredentials), WithUnauthenticated(KindRecurringProfile, KindApplication, KindInvoice),
		WithMerchant(func(*http.Request) string { return "shop" }))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ body, want string }{
		{`{"profile_id":"1","external_id":"2"}`, `{"profile_id":"1","external_id":"2"}`},
		{`{"id":"1","external_id":"2"}`, `{"id":"1"}`},
		{`{"external_id":"2"}`, `{"external_id":"2"}`},
	} {
		serving := jsonKinds[min(i, 1)].serving
		var got Question
		postJSON(serving(shops, func(_ context.Context, q Question) error { got = q; return nil }), "application/json", c.body)
		if got.Request == nil || string(codec.AppendJSON(nil, got.Request)) != c.want || got.Merchant != "shop" {
			t.Errorf("%s: asks with %v of %q", c.body, got.Request, got.Merchant)
		}
	}
	var got Question
	postJSON(shops.Invoice(func(_ context.Context, q Question) error { got = q; return nil }), "application/json", `{"invoice":{"id":"7"}}`)
	if id, ok := got.Payload.Lookup("invoice", "id"); !ok || id != "7" || got.String() != "invoice: ask merchant.invoiceStatus" {
		t.Errorf("%v %q", got, id)
	}
}

func TestReadings(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		result   gen.PaymentResult
		captured *bool
		want     wire.Reading
	}{
		{gen.PaymentResultSucceeded, &yes, wire.ReadingCaptured},
		{gen.PaymentResultSucceeded, &no, wire.ReadingHeld},
		{gen.PaymentResultSucceeded, nil, wire.ReadingUnknown},
		{gen.PaymentResultFailed, &yes, wire.ReadingFailed},
		{gen.PaymentResultUnfinished, nil, wire.ReadingProcess},
		{7, &yes, wire.ReadingUnknown},
	} {
		if got := (&ResultRequest{Result: c.result, Captured: c.captured}).Reading(); got != c.want {
			t.Errorf("%v: %v, want %v", c, got, c.want)
		}
	}
	for status, want := range map[gen.PayoutResult]wire.Reading{"ok": wire.ReadingCaptured, "error": wire.ReadingFailed, "": wire.ReadingUnknown} {
		if got := (&PayoutRequest{Status: status}).Reading(); got != want {
			t.Errorf("%q: %v, want %v", status, got, want)
		}
	}
}

// A client's request has no body at all, if it is handed to a handler as it is.
func TestRequestsWithoutABody(t *testing.T) {
	r := receiver(t, WithUnauthenticated(KindInvoice))
	for _, test := range []struct {
		method  string
		handler http.Handler
		status  int
	}{
		{"GET", r.Result(nil), http.StatusUnauthorized},
		{"POST", r.Redirect(nil), http.StatusUnauthorized},
		{"POST", r.Invoice(nil), http.StatusBadRequest},
	} {
		req, err := http.NewRequest(test.method, "http://shop.example/freedompay/result", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if w := do(test.handler, req); w.Code != test.status {
			t.Errorf("%s: got %d, want %d", test.method, w.Code, test.status)
		}
	}
}

// What cannot be read is named in the log, and a name may be a card number.
func TestNamesInTheLogAreMasked(t *testing.T) {
	var log bytes.Buffer
	r := receiver(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	const card = "4400430012345678"
	pairs := []pgsig.Pair{
		{Name: card, Value: "1"}, {Name: card, Value: "2"}, {Name: "pg_amount", Value: "500"}, {Name: "pg_currency", Value: "KZT"},
		{Name: "pg_payment_id", Value: "1"}, {Name: "pg_result", Value: "1"}, {Name: "pg_salt", Value: "s"},
	}
	signed, err := pgsig.Fields(pairs)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"pg_sig": {pgsig.Sign("result", signed, testSecret)}}
	for _, p := range pairs {
		form.Add(p.Name, p.Value)
	}
	req := httptest.NewRequest("POST", "/result", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := do(r.Result(func(ctx context.Context, _ *ResultRequest) (Answer, error) { return accept(ctx) }), req)
	if w.Code != http.StatusOK || !strings.Contains(log.String(), "5678") || strings.Contains(log.String(), card) {
		t.Errorf("got %d, and the log %s", w.Code, &log)
	}
}
