package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// record is what is logged of a refusal.
type record struct{ Reason, Method, Identity string }

// refusal has a request refused once, and returns the status and what was logged.
func refusal(t *testing.T, change func(*Options), r *http.Request) (int, record) {
	t.Helper()
	log := new(buffer)
	opts := options()
	opts.Logger = slog.New(slog.NewJSONHandler(log, nil))
	change(&opts)
	middleware, err := JWS(opts)
	if err != nil {
		t.Fatal(err)
	}
	return refusedBy(t, middleware, log, r)
}

func formRefusal(t *testing.T, change func(*PgSigOptions), r *http.Request) (int, record) {
	t.Helper()
	log := new(buffer)
	opts := formOptions()
	opts.Logger = slog.New(slog.NewJSONHandler(log, nil))
	change(&opts)
	middleware, err := PgSig(opts)
	if err != nil {
		t.Fatal(err)
	}
	return refusedBy(t, middleware, log, r)
}

func refusedBy(t *testing.T, middleware func(http.Handler) http.Handler, log *buffer, r *http.Request) (int, record) {
	t.Helper()
	w := httptest.NewRecorder()
	middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler was called")
	})).ServeHTTP(w, r)
	var logged record
	if err := json.Unmarshal([]byte(log.String()), &logged); err != nil { // one line
		t.Errorf("%v in %s", err, log)
	}
	if !json.Valid(w.Body.Bytes()) { // one answer
		t.Errorf("answered %s", w.Body)
	}
	return w.Code, logged
}

// The log says who is said to have sent what is refused, as soon as that is known,
// and no more of it than a line holds.
func TestRefusalsAreLogged(t *testing.T) {
	claimed := func(identity, key string) func() *http.Request {
		return func() *http.Request {
			r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
			r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, key, header(testPath, identity, "POST"), testBody))
			return r
		}
	}
	unsigned := func(signature ...string) func() *http.Request {
		return func() *http.Request {
			r := httptest.NewRequest("PUT", testPath, strings.NewReader(testBody))
			for _, s := range signature {
				r.Header.Add(SignatureHeader, s)
			}
			return r
		}
	}
	nothing := func(*Options) {}
	is64, is65 := strings.Repeat("6", 64), strings.Repeat("6", 65)
	for _, test := range []struct {
		name    string
		change  func(*Options)
		request func() *http.Request
		status  int
		want    record
	}{
		{"no signature", nothing, unsigned(), 401, record{errHeaderCount.Error(), "PUT", ""}},
		{"too long", nothing, unsigned(strings.Repeat("e", 1<<14)), 401, record{errHeaderSize.Error(), "PUT", ""}},
		{"malformed", nothing, unsigned("e30..AA"), 401, record{"jws: malformed signature: header: member name expected", "PUT", ""}},
		{"a long method", nothing, func() *http.Request { return httptest.NewRequest(strings.Repeat("M", 1<<20), testPath, nil) },
			401, record{errHeaderCount.Error(), strings.Repeat("M", 64) + "…", ""}},
		{"too large", func(o *Options) { o.MaxBody = 1 }, claimed(testIdentity, testKey), 413, record{errTooLarge.Error(), "POST", ""}},
		{"another key", nothing, claimed(testIdentity, "other"), 401, record{"jws: MAC does not match", "POST", testIdentity}},
		{"nobody", nothing, claimed("7", testKey), 401, record{errIdentity.Error(), "POST", "7"}},
		{"a secret that is not set", func(o *Options) { o.Keys = keys(testIdentity, "") }, claimed(testIdentity, ""), 401, record{errIdentity.Error(), "POST", testIdentity}},
		{"the store is down", func(o *Options) {
			o.Keys = func(context.Context, string) ([]wire.Secret, error) { return nil, errors.New("down") }
		}, claimed(testIdentity, testKey), 503, record{errLookup.Error() + ": down", "POST", testIdentity}},
		{"a long name", nothing, claimed(is64, testKey), 401, record{errIdentity.Error(), "POST", is64}},
		{"a longer name", nothing, claimed(is65, testKey), 401, record{errIdentity.Error(), "POST", is64 + "…"}},
	} {
		if status, got := refusal(t, test.change, test.request()); status != test.status || got != test.want {
			t.Errorf("%s: got %d %+v, want %d %+v", test.name, status, got, test.status, test.want)
		}
	}
}

// Nobody can tell by the work whether there is an identity.
func TestUnknownIdentityIsAsMuchWork(t *testing.T) {
	known := []wire.Secret{wire.NewSecret(testKey)}
	find := func(identity string) []wire.Secret {
		if identity != testIdentity {
			return nil
		}
		return known
	}
	opts, formOpts := options(), formOptions()
	opts.Keys = func(_ context.Context, identity string) ([]wire.Secret, error) { return find(identity), nil }
	formOpts.Keys = func(_ context.Context, identity string, _ wire.Scheme) ([]wire.Secret, error) {
		return find(identity), nil
	}
	byJWS, err := JWS(opts)
	if err != nil {
		t.Fatal(err)
	}
	byForm, err := PgSig(formOpts)
	if err != nil {
		t.Fatal(err)
	}
	work := func(middleware func(http.Handler) http.Handler, identity string) float64 {
		handler := middleware(http.NotFoundHandler())
		signature := sign(t, jwt.SigningMethodHS256, "other", header("/g2g/pay", identity, "POST"), "")
		query := "pg_merchant_id=" + identity + "&pg_salt=s&pg_sig=" + md5of("pay", identity, "s", "other")
		return testing.AllocsPerRun(100, func() {
			r := httptest.NewRequest("POST", "/g2g/pay?"+query, nil)
			r.Header.Set(SignatureHeader, signature)
			handler.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	unknown := strings.Repeat("7", len(testIdentity)) // the same work to parse
	for name, middleware := range map[string]func(http.Handler) http.Handler{"JWS": byJWS, "PgSig": byForm} {
		if got, want := work(middleware, unknown), work(middleware, testIdentity); got != want {
			t.Errorf("%s: %v allocations for one that is unknown, %v for one that is known", name, got, want)
		}
	}
}

// A client's request has no body at all, if it is handed to a handler as it is.
func TestRequestsWithoutABody(t *testing.T) {
	r, err := http.NewRequest("GET", "http://server.example/v5/partner/invoice", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, testKey, header(r.URL.Path, testIdentity, "GET"), ""))
	byJWS, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	byForm, err := PgSig(formOptions())
	if err != nil {
		t.Fatal(err)
	}
	find := func(*http.Request) (wire.Operation, bool) { return byHeader, true }
	repeats, err := Repeats(RepeatsOptions{Find: find})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		middleware func(http.Handler) http.Handler
		status     int
	}{{"JWS", byJWS, 204}, {"PgSig", byForm, 401}, {"Repeats", repeats, 204}} {
		w := httptest.NewRecorder()
		test.middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: got %d, want %d", test.name, w.Code, test.status)
		}
	}
}

func TestPgSigRefusalsAreLogged(t *testing.T) {
	form := func(identity, script, key string) *http.Request {
		body := "pg_merchant_id=" + identity + "&pg_salt=s&pg_sig=" + md5of(script, identity, "s", key)
		r := httptest.NewRequest("POST", "/g2g/pay", strings.NewReader(body))
		r.Header.Set("Content-Type", formType)
		return r
	}
	nothing := func(*PgSigOptions) {}
	for _, test := range []struct {
		name   string
		change func(*PgSigOptions)
		r      *http.Request
		status int
		want   record
	}{
		{"too large", func(o *PgSigOptions) { o.MaxBody = 1 }, form(testIdentity, "pay", testKey), 413, record{errTooLarge.Error(), "POST", ""}},
		{"another key", nothing, form(testIdentity, "pay", "other"), 401, record{errMismatch.Error(), "POST", testIdentity}},
		{"nobody", nothing, form("7", "pay", testKey), 401, record{errIdentity.Error(), "POST", "7"}},
		{"the store is down", func(o *PgSigOptions) {
			o.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) { return nil, errors.New("down") }
		}, form(testIdentity, "pay", testKey), 503, record{errLookup.Error() + ": down", "POST", testIdentity}},
		// What is not told by the message is not asked for.
		{"nobody is told", func(o *PgSigOptions) {
			o.Identify = func(context.Context, *http.Request) (string, error) { return "", nil }
			o.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
				t.Error("keys were looked up")
				return []wire.Secret{wire.NewSecret(testKey)}, nil
			}
		}, form(testIdentity, "pay", testKey), 401, record{errNoIdentity.Error(), "POST", ""}},
		// The script name is not read any more then: a signature over none must not do.
		{"another scheme", func(o *PgSigOptions) {
			o.Scheme = func(*http.Request) wire.Scheme { return wire.JWSHS256 }
			o.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
				return []wire.Secret{wire.NewSecret(testKey)}, nil
			}
		}, form(testIdentity, "", testKey), 401, record{errScheme.Error(), "POST", testIdentity}},
	} {
		if status, got := formRefusal(t, test.change, test.r); status != test.status || got != test.want {
			t.Errorf("%s: got %d %+v, want %d %+v", test.name, status, got, test.status, test.want)
		}
	}
}

// A body that breaks off is not an empty one, which somebody may have signed.
func TestBrokenBodyIsNoEmptyBody(t *testing.T) {
	r := httptest.NewRequest("POST", testPath, broken{})
	r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), ""))
	if status, got := refusal(t, func(*Options) {}, r); status != 401 || got.Reason != errBody.Error() {
		t.Errorf("got %d %+v", status, got)
	}
	r = httptest.NewRequest("GET", "/pay?pg_merchant_id=123456&pg_salt=s&pg_sig="+md5of("pay", testIdentity, "s", testKey), broken{})
	if status, got := formRefusal(t, func(*PgSigOptions) {}, r); status != 401 || got.Reason != errBody.Error() {
		t.Errorf("pg_sig: got %d %+v", status, got)
	}
}

// Of a body that says that it is too large nothing is read.
func TestLargeBodyIsNotRead(t *testing.T) {
	body := &counter{Reader: strings.NewReader(testBody)}
	r := httptest.NewRequest("POST", testPath, body)
	r.ContentLength = int64(len(testBody))
	r.Header.Set(SignatureHeader, validSignature(t))
	if status, _ := refusal(t, func(o *Options) { o.MaxBody = int64(len(testBody)) - 1 }, r); status != 413 || body.n != 0 {
		t.Errorf("got %d after %d bytes", status, body.n)
	}
}

// The handler gets the verified bytes and nothing that says that they came in
// another way.
func TestVerifiedBodyIsWhole(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "1", testBody} {
		r := httptest.NewRequest("POST", testPath, io.MultiReader(strings.NewReader(body)))
		r.TransferEncoding = []string{"chunked"}
		r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), body))
		w := httptest.NewRecorder()
		middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			isNone := r.Body == http.NoBody
			got, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%q %v %d %v %t", got, err, r.ContentLength, r.TransferEncoding, isNone)
		})).ServeHTTP(w, r)
		if want := fmt.Sprintf("%q <nil> %d [] %t", body, len(body), body == ""); w.Body.String() != want {
			t.Errorf("got %s, want %s", w.Body, want)
		}
	}
}

// saltless is an answer that can hold a signature and no salt.
type saltless struct {
	salt int64
	sig  string
}

func (p *saltless) WireFields() codec.Fields {
	return codec.Fields{Type: &codec.Type{Fields: []codec.Field{{Name: "pg_salt"}, {Name: "pg_sig"}}}, Refs: []any{&p.salt, &p.sig}}
}

// An answer without a place for its salt is not signed without one.
func TestSealNeedsAPlaceForTheSalt(t *testing.T) {
	a := new(saltless)
	if err := sealOf(t, testKey, nil).Sign("response", a); !errors.Is(err, errNoPlace) || a.sig != "" {
		t.Errorf("got %v, %q", err, a.sig)
	}
}
