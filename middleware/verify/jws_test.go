package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	testIdentity = "123456"
	testKey      = "a key for tests"
	testPath     = "/v5/partner/rates/add"
	testBody     = `{"pan":"4400444400004440"}`
)

// keys are those of one identity.
func keys(identity string, secrets ...string) func(context.Context, string) ([]wire.Secret, error) {
	return func(_ context.Context, asked string) ([]wire.Secret, error) {
		if asked != identity {
			return nil, nil
		}
		var list []wire.Secret
		for _, s := range secrets {
			list = append(list, wire.NewSecret(s))
		}
		return list, nil
	}
}

func options() Options {
	return Options{Algorithm: jws.HS256, Keys: keys(testIdentity, testKey)}
}

// echo answers with what a handler behind the middleware sees.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	identity, ok := IdentityFrom(r.Context())
	fmt.Fprintf(w, "%s %t %v %d %s", identity, ok, err, r.ContentLength, body)
})

func serve(t *testing.T, opts Options, next http.Handler) *httptest.Server {
	t.Helper()
	middleware, err := JWS(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(middleware(next))
	t.Cleanup(server.Close)
	return server
}

// sign signs with golang-jwt, so that the middleware is not tested with its own
// mistakes.
func sign(t testing.TB, method *jwt.SigningMethodHMAC, key, header, body string) string {
	t.Helper()
	protected := base64.RawURLEncoding.EncodeToString([]byte(header))
	mac, err := method.Sign(protected+"."+base64.RawURLEncoding.EncodeToString([]byte(body)), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return protected + ".." + base64.RawURLEncoding.EncodeToString(mac)
}

func header(path, identity, method string) string {
	return fmt.Sprintf(`{"uri":%q,"auth_id":%q,"method":%q,"params":"","alg":"HS256"}`, path, identity, method)
}

func validSignature(t *testing.T) string {
	t.Helper()
	return sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), testBody)
}

type response struct {
	Status int
	Header http.Header
	Body   string
}

func send(t *testing.T, method, url string, body io.Reader, signatures ...string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signatures {
		r.Header.Add(SignatureHeader, s)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Header.Del("Date")
	return response{answer.StatusCode, answer.Header, string(data)}
}

func passed(identity, body string) string {
	return fmt.Sprintf("%s true <nil> %d %s", identity, len(body), body)
}

func TestJWSPasses(t *testing.T) {
	server := serve(t, options(), echo)
	reordered := `{"alg":"HS256","typ":"JWT","auth_id":"123456","uri":"\/v5\/partner\/rates\/add","method":"POST","params":""}`
	tests := []struct {
		name, method, path, header, body string
		reader                           io.Reader
	}{
		{"documented header", "POST", testPath, header(testPath, testIdentity, "POST"), testBody, strings.NewReader(testBody)},
		{"header in another order", "POST", testPath, reordered, testBody, strings.NewReader(testBody)},
		{"body of unknown length", "POST", testPath, header(testPath, testIdentity, "POST"), testBody, io.MultiReader(strings.NewReader(testBody))},
		{"GET without a body", "GET", "/v5/a", header("/v5/a", testIdentity, "GET"), "", nil},
		{"escaped path", "POST", "/v5/a%2Fb%20c", header("/v5/a%2Fb%20c", testIdentity, "POST"), testBody, strings.NewReader(testBody)},
		{"body of the largest size", "POST", testPath, header(testPath, testIdentity, "POST"), strings.Repeat("x", DefaultMaxBody), strings.NewReader(strings.Repeat("x", DefaultMaxBody))},
		// What the protocol cannot give: the query is not signed.
		{"any query", "GET", "/v5/a?amount=1000000", header("/v5/a", testIdentity, "GET"), "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := send(t, test.method, server.URL+test.path, test.reader, sign(t, jwt.SigningMethodHS256, testKey, test.header, test.body))
			if want := passed(testIdentity, test.body); got.Status != http.StatusOK || got.Body != want {
				t.Errorf("got %d %.200s, want %.200s", got.Status, got.Body, want)
			}
		})
	}
}

// The printed signatures that verify pass a server, the others do not.
func TestJWSVectors(t *testing.T) {
	data, err := os.ReadFile("../../sign/jws/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name, Form, Key, Header, Payload, Value string
		Verifies                                bool
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			var h struct{ URI, Path, Method, Alg string }
			if err := json.Unmarshal([]byte(v.Header), &h); err != nil {
				t.Fatal(err)
			}
			opts := Options{Keys: func(context.Context, string) ([]wire.Secret, error) {
				return []wire.Secret{wire.NewSecret(v.Key)}, nil
			}}
			if v.Form == "path" {
				opts.Form = jws.FormPath
			}
			if opts.Algorithm, err = jws.ParseAlgorithm(h.Alg); err != nil {
				t.Fatal(err)
			}
			got := send(t, h.Method, serve(t, opts, echo).URL+h.URI+h.Path, strings.NewReader(v.Payload), v.Value)
			want := response{Status: http.StatusUnauthorized, Body: `{"error":"unauthorized"}`}
			if v.Verifies {
				want = response{Status: http.StatusOK, Body: passed("123456", v.Payload)}
			}
			if got.Status != want.Status || got.Body != want.Body {
				t.Errorf("got %d %s, want %d %s", got.Status, got.Body, want.Status, want.Body)
			}
		})
	}
}

// Every cause gets one answer. The log tells them apart, and holds nothing that
// must not be seen.
func TestJWSRefuses(t *testing.T) {
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	documented := header(testPath, testIdentity, "POST")
	hs256 := func(header, body string) []string {
		return []string{sign(t, jwt.SigningMethodHS256, testKey, header, body)}
	}
	tests := []struct {
		name       string
		signatures []string
		reason     string
	}{
		{"no header", nil, "not exactly one"},
		{"empty header", []string{""}, "malformed"},
		{"two headers", []string{valid, valid}, "not exactly one"},
		{"two values", []string{valid + ", " + valid}, "malformed"},
		{"header too long", []string{strings.Repeat("A", jws.MaxSize) + valid}, "too long"},
		{"dots", []string{strings.Repeat(".", jws.MaxSize)}, "malformed"},
		{"payload in the middle", []string{protected + "." + base64.RawURLEncoding.EncodeToString([]byte(testBody)) + "." + mac}, "malformed"},
		{"truncated", []string{valid[:len(valid)-1]}, "malformed"},
		{"padded", []string{valid + "="}, "malformed"},
		{"alg none", hs256(strings.Replace(documented, "HS256", "none", 1), testBody), "alg"},
		{"crit", hs256(strings.Replace(documented, "}", `,"crit":["b64"]}`, 1), testBody), "malformed"},
		{"duplicate member", hs256(strings.Replace(documented, "}", `,"auth_id":"1"}`, 1), testBody), "duplicate"},
		{"case variant", hs256(strings.Replace(documented, "auth_id", "Auth_id", 1), testBody), "malformed"},
		{"other algorithm", []string{sign(t, jwt.SigningMethodHS512, testKey, strings.Replace(documented, "HS256", "HS512", 1), testBody)}, "algorithm is not"},
		{"other form", hs256(`{"path":"`+testPath+`","merchant_id":123456,"method":"POST","params":"","alg":"HS256"}`, testBody), "form of the header"},
		{"unknown identity", hs256(header(testPath, "654321", "POST"), testBody), "no keys"},
		{"identity in other letters", hs256(header(testPath, "0123456", "POST"), testBody), "no keys"},
		{"other path", hs256(header(testPath+"/", testIdentity, "POST"), testBody), "uri"},
		{"path with query", hs256(header(testPath+"?a=b", testIdentity, "POST"), testBody), "uri"},
		{"path with host", hs256(header("https://api.freedompay.kz"+testPath, testIdentity, "POST"), testBody), "uri"},
		{"other method", hs256(header(testPath, testIdentity, "PUT"), testBody), "method"},
		{"params", hs256(strings.Replace(documented, `"params":""`, `"params":"x"`, 1), testBody), "params"},
		{"other key", []string{sign(t, jwt.SigningMethodHS256, testKey+"\n", documented, testBody)}, "MAC"},
		{"empty key", []string{sign(t, jwt.SigningMethodHS256, "", documented, testBody)}, "MAC"},
		{"other body", hs256(documented, testBody+"\n"), "MAC"},
		{"no body signed", hs256(documented, ""), "MAC"},
		{"MAC of zeros", []string{protected + ".." + strings.Repeat("A", 43)}, "MAC"},
	}
	want := response{
		Status: http.StatusUnauthorized,
		Header: http.Header{
			"Content-Type":   {"application/json"},
			"Content-Length": {"24"},
			"Cache-Control":  {"no-store"},
		},
		Body: `{"error":"unauthorized"}`,
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := new(buffer)
			opts := options()
			opts.Logger = slog.New(slog.NewJSONHandler(log, nil))
			server := serve(t, opts, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the handler was called")
			}))
			got := send(t, "POST", server.URL+testPath, strings.NewReader(testBody), test.signatures...)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			var record struct{ Level, Reason string }
			if err := json.Unmarshal([]byte(log.String()), &record); err != nil {
				t.Fatalf("%v in %s", err, log)
			}
			if record.Level != "WARN" || !strings.Contains(record.Reason, test.reason) {
				t.Errorf("logged %+v, want a warning with %q", record, test.reason)
			}
			for _, secret := range []string{testKey, "4400444400004440", mac, protected} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%s shows in %s", secret, log)
				}
			}
		})
	}
}

func TestJWSRotation(t *testing.T) {
	for name, secrets := range map[string][]string{
		"first of two":   {testKey, "new"},
		"second of two":  {"new", testKey},
		"after an empty": {"", testKey},
	} {
		opts := options()
		opts.Keys = keys(testIdentity, secrets...)
		got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), validSignature(t))
		if got.Status != http.StatusOK {
			t.Errorf("%s: got %d", name, got.Status)
		}
	}
	opts := options()
	opts.Keys = keys(testIdentity, "new", "newer")
	got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), validSignature(t))
	if got.Status != http.StatusUnauthorized {
		t.Errorf("after rotation: got %d", got.Status)
	}
}

// A secret that is not configured must not let in who signs with nothing.
func TestJWSUnsetSecrets(t *testing.T) {
	for name, secrets := range map[string][]wire.Secret{
		"unset": {{}},
		"empty": {wire.NewSecret("")},
		"none":  {},
	} {
		opts := options()
		opts.Keys = func(context.Context, string) ([]wire.Secret, error) { return secrets, nil }
		signature := sign(t, jwt.SigningMethodHS256, "", header(testPath, testIdentity, "POST"), testBody)
		got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), signature)
		if got.Status != http.StatusUnauthorized {
			t.Errorf("%s: got %d", name, got.Status)
		}
	}
}

func TestJWSFailsClosed(t *testing.T) {
	log := new(buffer)
	opts := options()
	opts.Logger = slog.New(slog.NewTextHandler(log, nil))
	opts.Keys = func(context.Context, string) ([]wire.Secret, error) {
		return []wire.Secret{wire.NewSecret(testKey)}, errors.New("store is down")
	}
	opts.Refuse = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("refused") })
	got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), validSignature(t))
	if got.Status != http.StatusServiceUnavailable || got.Body != `{"error":"unavailable"}` {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if !strings.Contains(log.String(), "ERROR") || !strings.Contains(log.String(), "store is down") {
		t.Errorf("logged %s", log)
	}
}

func TestJWSBodyLimit(t *testing.T) {
	opts := options()
	opts.MaxBody = 10
	opts.Keys = func(context.Context, string) ([]wire.Secret, error) {
		t.Error("keys were looked up")
		return nil, nil
	}
	server := serve(t, opts, echo)
	for name, body := range map[string]io.Reader{
		"known length":   strings.NewReader("12345678901"),
		"unknown length": io.MultiReader(strings.NewReader("12345678901")),
	} {
		got := send(t, "POST", server.URL+testPath, body, validSignature(t))
		if got.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d", name, got.Status)
		}
	}
	opts.Keys = keys(testIdentity, testKey)
	signature := sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), "1234567890")
	if got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader("1234567890"), signature); got.Status != http.StatusOK {
		t.Errorf("at the limit: got %d", got.Status)
	}
}

// What the header alone refuses, no byte of the body is read for.
func TestJWSReadsNoBodyForNothing(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	for name, signatures := range map[string][]string{
		"no signature": nil,
		"too long":     {strings.Repeat("A", jws.MaxSize+1)},
	} {
		body := &counter{Reader: strings.NewReader(testBody)}
		r := httptest.NewRequest("POST", testPath, body)
		for _, s := range signatures {
			r.Header.Add(SignatureHeader, s)
		}
		w := httptest.NewRecorder()
		middleware(echo).ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || body.n != 0 {
			t.Errorf("%s: got %d after %d bytes", name, w.Code, body.n)
		}
	}
}

func TestJWSBrokenBody(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	// All of the body comes, and then an error instead of its end.
	r := httptest.NewRequest("POST", testPath, io.MultiReader(strings.NewReader(testBody), broken{}))
	r.Header.Set(SignatureHeader, validSignature(t))
	w := httptest.NewRecorder()
	middleware(echo).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A proxy strips /pay: the client signed the path that it called.
func TestJWSPublicPath(t *testing.T) {
	signature := sign(t, jwt.SigningMethodHS256, testKey, header("/pay"+testPath, testIdentity, "POST"), testBody)
	opts := options()
	if got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), signature); got.Status != http.StatusUnauthorized {
		t.Errorf("without PublicPath: got %d", got.Status)
	}
	opts.PublicPath = func(r *http.Request) string { return "/pay" + r.URL.EscapedPath() }
	if got := send(t, "POST", serve(t, opts, echo).URL+testPath, strings.NewReader(testBody), signature); got.Status != http.StatusOK {
		t.Errorf("with PublicPath: got %d", got.Status)
	}
}

// A handler of the caller's own answers every refusal, and cannot tell them
// apart by the body.
func TestJWSRefuseHandler(t *testing.T) {
	opts := options()
	opts.Refuse = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		_, ok := IdentityFrom(r.Context())
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "%d %v %t", len(body), err, ok)
	})
	server := serve(t, opts, echo)
	for _, signatures := range [][]string{nil, {"x"}, {sign(t, jwt.SigningMethodHS256, "other", header(testPath, testIdentity, "POST"), testBody)}} {
		got := send(t, "POST", server.URL+testPath, strings.NewReader(testBody), signatures...)
		if got.Status != http.StatusForbidden || got.Body != "0 <nil> false" {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
}

func TestJWSConcurrently(t *testing.T) {
	server := serve(t, options(), echo)
	var wg sync.WaitGroup
	for i := range 8 {
		body := strings.Repeat(string(rune('a'+i)), 1000*i)
		signature := sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), body)
		wg.Go(func() {
			for range 10 {
				r, err := http.NewRequest("POST", server.URL+testPath, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set(SignatureHeader, signature)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || string(data) != passed(testIdentity, body) {
					t.Errorf("body of %c: got %.100s (%v)", 'a'+i, data, err)
				}
			}
		})
	}
	wg.Wait()
}

// An unknown identity costs as much as a known one, so that the time of an answer
// does not tell which exist: the two lines of this benchmark are to be alike. The
// body is large, so that the MAC is what takes the time.
func BenchmarkRefusal(b *testing.B) {
	opts := options()
	middleware, err := JWS(opts)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, DefaultMaxBody)
	for name, identity := range map[string]string{"known": testIdentity, "unknown": "654321"} {
		signature := sign(b, jwt.SigningMethodHS256, "other", header(testPath, identity, "POST"), string(body))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("POST", testPath, bytes.NewReader(body))
				r.Header.Set(SignatureHeader, signature)
				w := httptest.NewRecorder()
				middleware(echo).ServeHTTP(w, r)
				if w.Code != http.StatusUnauthorized {
					b.Fatalf("got %d", w.Code)
				}
			}
		})
	}
}

func TestJWSOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"Algorithm": func(o *Options) { o.Algorithm = 0 },
		"Form":      func(o *Options) { o.Form = 7 },
		"Keys":      func(o *Options) { o.Keys = nil },
		"MaxBody":   func(o *Options) { o.MaxBody = -1 },
	} {
		opts := options()
		change(&opts)
		if middleware, err := JWS(opts); middleware != nil || err == nil || !strings.Contains(err.Error(), "Options."+name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestIdentityFrom(t *testing.T) {
	if identity, ok := IdentityFrom(t.Context()); ok || identity != "" {
		t.Errorf("without the middleware: got %q, %t", identity, ok)
	}
}

// buffer is a log that a server's goroutines write to.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// counter counts the bytes read.
type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// broken is the end of a connection that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
