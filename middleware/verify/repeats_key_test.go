package verify

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// What is in a store outlives the version that wrote it: if the next one hashed in
// another way, all that was done would be forgotten.
func TestRepeatsKeysAreThoseOfOtherVersions(t *testing.T) {
	p := &repeats{opts: RepeatsOptions{Secret: wire.NewSecret("secret")}}
	for _, test := range []struct {
		name         string
		op           wire.Operation
		call         call
		key, content string
	}{
		{
			"JSON", byOrder, to(byOrder, `{"order_id":"1"}`),
			"verify:8b3b3d80703fb7747c46ddf1541006a6e1ecd1e0e3948160c150b010284263bd",
			"6bb58362ba14dc7429d216adc2d39936e5c86192e0ad9b50bd0693301c78565a",
		},
		{
			"a form", asForm,
			call{method: "POST", target: "/g2g/page?x=1", contentType: formType, body: "pg_idempotency_key=k&b[y]=&b[x]=1&a=2&pg_salt=s&pg_sig=t"},
			"verify:03190a67ab00c891ebff980a9d905b4539e960b786d316d33c5094cca763eea8",
			"83b4e9a4ea5fe20259c2154ae6abfd958e1bc629050154b3ddff022599ce2092",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok, err := p.tell(test.op, test.call.request(t), []byte(test.call.body), testIdentity)
			if !ok || err != nil || got.key != test.key || hex.EncodeToString(got.content) != test.content {
				t.Errorf("got %s and %x (%v, %v)", got.key, got.content, ok, err)
			}
		})
	}
}

// Whatever fields a form has, another list of them is another request.
func TestRepeatsTellFieldsApart(t *testing.T) {
	field := func(name, value string) pgsig.Field { return pgsig.Field{Name: name, Value: value} }
	in := func(name string, fields ...pgsig.Field) pgsig.Field { return pgsig.Field{Name: name, Children: fields} }
	p := &repeats{opts: RepeatsOptions{Secret: wire.NewSecret("secret")}}
	known := map[string]int{}
	for i, fields := range [][]pgsig.Field{
		{},
		{field("a", "")},
		{field("a", "b")},
		{field("b", "a")},
		{field("a", "b"), field("c", "d")},
		{field("a", "b"), field("a", "b")},
		{in("a", field("b", "c"))},
		{in("a", field("b", "c")), field("d", "e")},
		{in("a", field("b", "c"), field("d", "e"))},
		{in("a", field("b", "c")), in("a", field("d", "e"))},
		{in("a", in("b", field("c", "d")), field("e", "f"))},
		{in("a", in("b", field("c", "d"), field("e", "f")))},
		{in("a", in("b", field("c", "d"))), field("e", "f")},
		{field("(", "a"), field("=", "b")},
		{field("a", ")"), field("b", "=")},
	} {
		sum := string(p.sum(appendFields(nil, slices.Clone(fields), true)...))
		if other, isKnown := known[sum]; isKnown {
			t.Errorf("lists %d and %d have the same hash", other, i)
		}
		known[sum] = i
	}
}

// The key that is documented counts; X-Request-Id does where it is not there.
func TestRepeatsByRequestIDLeaveADocumentedKeyAlone(t *testing.T) {
	var handler counting
	server := behind(t, RepeatsOptions{ByRequestID: true}, &handler)
	for _, test := range []struct{ body, id, want string }{
		{`{"order_id":"1"}`, "a", "run 1"},
		{`{"order_id":"1"}`, "b", "run 1"},
		{`{"order_id":"2"}`, "a", "run 2"},
		{`{}`, "a", "run 3"},
		{`{}`, "a", "run 3"},
		{`{}`, "b", "run 4"},
	} {
		if got := to(byOrder, test.body, test.id).send(t, server); got.Body.String() != test.want {
			t.Errorf("%s under %s: got %d %s, want %s", test.body, test.id, got.Code, got.Body, test.want)
		}
	}
}

// What should be a form and is none has no key that could be told, whatever else it is.
func TestRepeatsRefuseAFormThatIsNone(t *testing.T) {
	for _, body := range []string{`{}`, `{"pg_idempotency_key":"k"}`, ``, `text`} {
		var handler counting
		r := httptest.NewRequest("POST", asForm.Path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		repeatsOnly(t, RepeatsOptions{}, &handler).ServeHTTP(w, asVerified(r))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%q: got %d %s", body, w.Code, w.Body)
		}
		handler.want(t, 0)
	}
}

// How long a request may be is said in front, and not once more by what reads answers.
func TestRepeatsReadWhatWasLetIn(t *testing.T) {
	long := strings.Repeat("a", wire.MaxAnswerBytes+1)
	for name, c := range map[string]call{
		"JSON":   to(byOrder, `{"order_id":"1","text":"`+long+`"}`),
		"a form": {method: "POST", target: asForm.Path, contentType: formType, body: "pg_idempotency_key=k&text=" + long},
	} {
		t.Run(name, func(t *testing.T) {
			handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
				var body bytes.Buffer
				if n, err := body.ReadFrom(r.Body); err != nil || n != int64(len(c.body)) {
					t.Errorf("the handler gets %d bytes (%v)", n, err)
				}
			}}
			server := repeatsOnly(t, RepeatsOptions{}, &handler)
			for range 2 {
				w := httptest.NewRecorder()
				r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
				r.Header.Set("Content-Type", c.contentType)
				server.ServeHTTP(w, asVerified(r))
				if w.Code != http.StatusOK {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			}
			handler.want(t, 1)
		})
	}
}
