package callback

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

func FuzzCheck(f *testing.F)     { fuzzForms(f, kinds[0]) }
func FuzzResult(f *testing.F)    { fuzzForms(f, kinds[1]) }
func FuzzPayout(f *testing.F)    { fuzzForms(f, kinds[2]) }
func FuzzCardSaved(f *testing.F) { fuzzForms(f, kinds[3]) }

// fuzzForms sends whatever comes, twice: as it is, where nobody knows the secret,
// so that no function may run; and signed, so that it must be handled or be said
// not to be understood.
func fuzzForms(f *testing.F, k kindCase) {
	for way, request := range ways {
		r := request(k.path, k.fields.sign(k.script(), "nobody's secret"))
		body, err := io.ReadAll(r.Body)
		if err != nil {
			f.Fatal(way, err)
		}
		f.Add(r.Method, r.URL.RawQuery, r.Header.Get("Content-Type"), body)
	}
	f.Add("POST", "", "application/x-www-form-urlencoded", []byte("pg_payment_id=1&pg_result=1&pg_amount=1e5&pg_currency=&a[]=1&a[]=2&pg_salt=&pg_sig[]="))
	f.Fuzz(func(t *testing.T, method, query, contentType string, body []byte) {
		request := func(body []byte, query, contentType string) *http.Request {
			r := httptest.NewRequest(http.MethodPost, k.path, bytes.NewReader(body))
			r.Method, r.URL.RawQuery = method, query
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
			return r
		}
		runs := 0
		h := k.serving(receiver(t), func(context.Context) (Answer, error) { runs++; return Accept(""), nil })
		switch w := do(h, request(body, query, contentType)); w.Code {
		case http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge:
		default:
			t.Fatalf("what nobody signed is answered %d %s", w.Code, w.Body)
		}
		if runs > 0 {
			t.Fatal("a function ran for what nobody signed")
		}
		message, err := pgform.Read(request(nil, query, contentType), body, codec.Limits{Bytes: MaxBody})
		if err != nil || method != http.MethodGet && method != http.MethodPost ||
			message.Sign(pgsig.OrderSample, k.script(), k.secret, nil) != nil {
			return
		}
		signed, signedQuery, signedType := message.Encode()
		if salt, _ := message.Value(pgsig.SaltName); salt == "" || len(signed)+len(signedQuery) > MaxBody {
			return
		}
		w := do(h, request(signed, signedQuery, signedType))
		switch {
		case w.Code == http.StatusOK && runs == 1:
			if k.kind != KindPayout {
				holdsSeal(t, w.Body.String(), k.script(), k.secret)
			}
			again := do(h, request(signed, signedQuery, signedType))
			if runs != 1 || again.Code != w.Code || again.Body.String() != w.Body.String() {
				t.Fatalf("again: %d %s, %d runs", again.Code, again.Body, runs)
			}
		case w.Code == http.StatusBadRequest && runs == 0:
			if _, values := answered(t, w.Body.String()); values["pg_status"] != "error" {
				t.Fatalf("not understood: %s", w.Body)
			}
		default:
			t.Fatalf("what was signed is answered %d %s, %d runs:\n%q\n%q", w.Code, w.Body, runs, signedQuery, signed)
		}
	})
}

func FuzzRedirect(f *testing.F) {
	back := fields{"pg_order_id": "1", "pg_payment_id": "2", "own": "жол"}
	f.Add(false, back.sign("success", "nobody's secret").values().Encode())
	f.Add(true, back.sign("success", "nobody's secret").values().Encode())
	f.Add(false, "pg_order_id=1&pg_status=error&pg_error_code=1&pg_error_description=no")
	f.Fuzz(func(t *testing.T, posted bool, form string) {
		request := func(form string) *http.Request {
			if posted {
				r := httptest.NewRequest(http.MethodPost, "/success", strings.NewReader(form))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				return r
			}
			r := httptest.NewRequest(http.MethodGet, "/success", nil)
			r.URL.RawQuery = form
			return r
		}
		var seen *browser.Redirect
		h := receiver(t).Redirect(func(_ http.ResponseWriter, _ *http.Request, b *browser.Redirect) { seen = b })
		if w := do(h, request(form)); seen != nil || w.Code != http.StatusUnauthorized && w.Code != http.StatusRequestEntityTooLarge {
			t.Fatalf("what nobody signed is answered %d %s", w.Code, w.Body)
		}
		pairs, err := codec.ParseURLEncoded(form, codec.Limits{Bytes: 1 << 14})
		if err != nil {
			return
		}
		pairs = slices.DeleteFunc(pairs, func(p codec.Pair) bool { return strings.HasPrefix(p.Name, pgsig.SignatureName) })
		signed, err := pgform.FieldsOfPairs(pairs)
		if err != nil {
			return
		}
		pairs = append(pairs, codec.Pair{Name: pgsig.SignatureName, Value: pgsig.Sign("success", signed, testSecret)})
		w := do(h, request(string(codec.AppendURLEncoded(nil, pairs))))
		switch {
		case w.Code == http.StatusUnauthorized && seen == nil: // a field twice
		case w.Code == http.StatusOK && seen != nil && seen.Verified:
		default:
			t.Fatalf("%d %s, %v", w.Code, w.Body, seen)
		}
	})
}

func FuzzRecurringProfile(f *testing.F) { fuzzWebhook(f, 0) }
func FuzzApplication(f *testing.F)      { fuzzWebhook(f, 1) }
func FuzzInvoice(f *testing.F)          { fuzzWebhook(f, 2) }

// fuzzWebhook sends whatever comes: the function is asked or the answer says that
// nobody understood. Ids are what encoding/json reads.
func fuzzWebhook(f *testing.F, i int) {
	k := jsonKinds[i]
	f.Add("application/json", []byte(k.body))
	f.Add("application/json; charset=utf-8", []byte(`{"profile_id":1,"id":null,"external_id":"\u0436"}`))
	f.Add("text/json", []byte(`[]`))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		var seen []Question
		h := k.serving(receiver(t, WithUnauthenticated(k.kind), WithStore(repeat.NewMemory())), func(_ context.Context, q Question) error {
			seen = append(seen, q)
			return nil
		})
		w := postJSON(h, contentType, string(body))
		switch {
		case w.Code == http.StatusOK && len(seen) == 1:
		case (w.Code == http.StatusBadRequest || w.Code == http.StatusRequestEntityTooLarge) && len(seen) == 0:
			return
		default:
			t.Fatalf("%d %s, asked %d times", w.Code, w.Body, len(seen))
		}
		if !json.Valid(body) {
			t.Fatalf("what is no JSON is a question: %q", body)
		}
		var members struct {
			ProfileID  *string `json:"profile_id"`
			ID         *string `json:"id"`
			ExternalID *string `json:"external_id"`
		}
		if json.Unmarshal(body, &members) != nil || bytes.Contains(bytes.ToLower(body), []byte(`\u`)) {
			return
		}
		id := members.ID
		if k.kind == KindRecurringProfile {
			id = members.ProfileID
		}
		q := seen[0]
		// encoding/json also takes members in other cases, so only what it found
		// nowhere has to be empty.
		if k.documented && id == nil && q.ID != "" && !strings.Contains(string(body), `_id"`) && !strings.Contains(string(body), `"id"`) {
			t.Fatalf("an id out of nowhere: %q", q.ID)
		}
		if q.Operation.Path != k.path {
			t.Fatal(q.Operation.Path)
		}
	})
}
