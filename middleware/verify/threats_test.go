package verify

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// These tests are rows of a table of threats, named so. Those at the end show what the
// protocol itself cannot stop.

// served has a real server in front of a handler, which drops what it logs.
func served(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// While the keys change, the old and the new one are good, in whatever order and
// company, and afterwards the old one is not.
func TestThreatKeyRotationInFlight(t *testing.T) {
	const senders, each = 100, 20
	states := [][]wire.Secret{
		{wire.NewSecret("old"), wire.NewSecret("new")},
		{wire.NewSecret("new"), wire.NewSecret("old")},
		{wire.NewSecret("third"), wire.NewSecret("new"), {}, wire.NewSecret("old")},
	}
	for _, test := range []struct {
		name    string
		handler func(keys func() []wire.Secret) http.Handler
		send    func(t *testing.T, handler http.Handler, key string) int
	}{
		{
			"JWS",
			func(keys func() []wire.Secret) http.Handler {
				opts := options()
				opts.Keys = func(context.Context, string) ([]wire.Secret, error) { return keys(), nil }
				middleware, err := JWS(opts)
				if err != nil {
					t.Fatal(err)
				}
				return middleware(echo)
			},
			func(t *testing.T, handler http.Handler, key string) int {
				r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
				r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, key, header(testPath, testIdentity, "POST"), testBody))
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				return w.Code
			},
		},
		{
			"pg_sig",
			func(keys func() []wire.Secret) http.Handler {
				opts := formOptions()
				opts.Keys = func(context.Context, string, wire.Scheme) ([]wire.Secret, error) { return keys(), nil }
				return guard(t, opts, seen)
			},
			func(t *testing.T, handler http.Handler, key string) int {
				form := "pg_merchant_id=123456&pg_salt=s&pg_sig=" + md5of("pay", testIdentity, "s", key)
				return ask(handler, "POST", "/g2g/pay", formType, form).Code
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var state atomic.Int64
			retired := atomic.Bool{}
			handler := test.handler(func() []wire.Secret {
				if retired.Load() {
					return []wire.Secret{wire.NewSecret("new")}
				}
				return states[state.Load()%int64(len(states))]
			})
			var wg sync.WaitGroup
			for sender := range senders {
				wg.Go(func() {
					for i := range each {
						state.Add(1)
						key := []string{"old", "new"}[(sender+i)%2]
						if got := test.send(t, handler, key); got != http.StatusOK {
							t.Errorf("the %s key: got %d", key, got)
						}
					}
				})
			}
			wg.Wait()
			retired.Store(true)
			for key, want := range map[string]int{"old": http.StatusUnauthorized, "new": http.StatusOK} {
				if got := test.send(t, handler, key); got != want {
					t.Errorf("afterwards, the %s key: got %d", key, got)
				}
			}
		})
	}
}

// A client that never sends the rest of its body is refused at the deadline that the
// server sets, by either of the two ways to set one, and no handler runs.
func TestThreatSlowBody(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]struct {
		config func(*http.Server)
		around func(http.Handler) http.Handler
	}{
		"ReadTimeout": {config: func(s *http.Server) { s.ReadTimeout = 3 * time.Second }},
		"ResponseController": {around: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
					t.Error(err)
				}
				next.ServeHTTP(w, r)
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handler counting
			middleware, err := JWS(options())
			if err != nil {
				t.Fatal(err)
			}
			inFront := middleware(&handler)
			if set.around != nil {
				inFront = set.around(inFront)
			}
			server := httptest.NewUnstartedServer(inFront)
			if set.config != nil {
				set.config(server.Config)
			}
			server.Start()
			t.Cleanup(server.Close)
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			// One byte is missing, for ever.
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\n%s: %s\r\nContent-Length: %d\r\n\r\n%s",
				testPath, SignatureHeader, validSignature(t), len(testBody), testBody[:len(testBody)-1])
			if err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
				t.Errorf("got %q (%v)", answer, err)
			}
			handler.want(t, 0)
		})
	}
}

// zeros is a body without an end.
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.read += len(p)
	return len(p), nil
}

// Of a body of 10 MB nothing is read when it says its length, and no more than the cap
// when it does not.
func TestThreatBodyOf10MB(t *testing.T) {
	const size = 10 << 20
	for name, length := range map[string]int64{"of a known length": size, "of an unknown length": -1} {
		t.Run(name, func(t *testing.T) {
			var handler counting
			for signed, inFront := range map[string]http.Handler{
				"JWS":    behind(t, RepeatsOptions{}, &handler),
				"pg_sig": guard(t, formOptions(), &handler),
			} {
				body := &zeros{}
				r := httptest.NewRequest("POST", byOrder.Path, io.LimitReader(body, size))
				r.ContentLength = length
				r.Header.Set("Content-Type", formType)
				r.Header.Set(SignatureHeader, validSignature(t))
				w := httptest.NewRecorder()
				inFront.ServeHTTP(w, r)
				most := 0
				if length < 0 {
					most = 2 * DefaultMaxBody // what is read ahead of the limit is of one buffer
				}
				if w.Code != http.StatusRequestEntityTooLarge || body.read > most {
					t.Errorf("%s: got %d after %d bytes", signed, w.Code, body.read)
				}
			}
			handler.want(t, 0)
		})
	}
}

// What is compressed stays so: signed over the compressed bytes it is handed on as it
// came, and nobody expands it on the way.
func TestThreatGzipBomb(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, io.LimitReader(&zeros{}, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []byte
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = io.ReadAll(r.Body) })
	server := behind(t, RepeatsOptions{}, handler)
	send := func(c call) int {
		r := c.request(t)
		r.Header.Set("Content-Encoding", "gzip")
		w := httptest.NewRecorder()
		allocated := allocatedBy(func() { server.ServeHTTP(w, r) })
		if allocated > 1<<20 {
			t.Errorf("%d bytes were allocated for %d", allocated, bomb.Len())
		}
		return w.Code
	}
	if code := send(call{method: "POST", target: withoutKey.Path, contentType: "application/json", body: bomb.String()}); code != http.StatusOK || !bytes.Equal(got, bomb.Bytes()) {
		t.Errorf("got %d, and the handler %d bytes of %d", code, len(got), bomb.Len())
	}
	got = nil
	if code := send(to(byOrder, bomb.String())); code != http.StatusBadRequest || got != nil {
		t.Errorf("with a key to be read: got %d, and the handler %d bytes", code, len(got))
	}
	if code := send(call{method: "POST", target: "/g2g/page", contentType: formType, body: bomb.String()}); code != http.StatusUnauthorized || got != nil {
		t.Errorf("for a form: got %d, and the handler %d bytes", code, len(got))
	}
}

// allocatedBy returns how many bytes f allocates.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// However long a signature is, refusing it takes next to no memory.
func TestThreatHeaderMakesNobodyAllocate(t *testing.T) {
	const size, times, most = 1 << 20, 20, 8 << 10 // bytes for one refusal
	for name, signature := range map[string]string{
		"1 MB":                  strings.Repeat("A", size),
		"a million dots":        strings.Repeat(".", size),
		"a million parts":       strings.Repeat("A.", size/2),
		"a long header":         strings.Repeat("A", size) + "..AAAA",
		"a long MAC":            "AAAA.." + strings.Repeat("A", size),
		"dots up to the limit":  strings.Repeat(".", jws.MaxSize),
		"parts up to the limit": strings.Repeat("A.", jws.MaxSize/2),
	} {
		t.Run(name, func(t *testing.T) {
			middleware, err := JWS(options())
			if err != nil {
				t.Fatal(err)
			}
			var handler counting
			inFront := middleware(&handler)
			r := httptest.NewRequest("POST", testPath, http.NoBody)
			r.Header.Set(SignatureHeader, signature)
			// The runtime allocates too, now and then: it is the least of several.
			least := uint64(1 << 62)
			for range times {
				w := httptest.NewRecorder()
				least = min(least, allocatedBy(func() { inFront.ServeHTTP(w, r) }))
				if w.Code != http.StatusUnauthorized {
					t.Fatalf("got %d", w.Code)
				}
			}
			if least > most {
				t.Errorf("refusing it takes %d bytes, want at most %d", least, most)
			}
			least = min(1<<62, allocatedBy(func() { _, err = jws.Parse(signature) }))
			if err == nil || least > most {
				t.Errorf("parsing it takes %d bytes (%v)", least, err)
			}
			handler.want(t, 0)
		})
	}
}

// A function of the user's that panics lets nobody in, and the server goes on.
func TestThreatPanicInUserCode(t *testing.T) {
	var handler counting
	var mood atomic.Value
	mood.Store("Keys")
	say := func(where string) {
		if mood.Load() == where {
			panic("a mistake in " + where)
		}
	}
	opts := options()
	opts.Keys = func(ctx context.Context, identity string) ([]wire.Secret, error) {
		say("Keys")
		return twoIdentities(ctx, identity)
	}
	opts.PublicPath = func(r *http.Request) string { say("PublicPath"); return r.URL.EscapedPath() }
	verified, err := JWS(opts)
	if err != nil {
		t.Fatal(err)
	}
	once, err := Repeats(RepeatsOptions{Find: func(r *http.Request) (wire.Operation, bool) { say("Find"); return find(r) }})
	if err != nil {
		t.Fatal(err)
	}
	server := served(t, verified(once(&handler)))
	c := to(byOrder, `{"order_id":"1"}`)
	for _, where := range []string{"Keys", "PublicPath", "Find"} {
		mood.Store(where)
		r := c.request(t)
		r.RequestURI = ""
		r.URL, _ = url.Parse(server.URL + c.target)
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			t.Errorf("%s: got %d", where, answer.StatusCode)
		}
	}
	handler.want(t, 0)
	mood.Store("")
	got := send(t, "POST", server.URL+c.target, strings.NewReader(c.body), sign(t, jwt.SigningMethodHS256, testKey, header(c.target, testIdentity, "POST"), c.body))
	if got.Status != http.StatusOK {
		t.Errorf("afterwards: got %d %s", got.Status, got.Body)
	}
	handler.want(t, 1)
}

// A signature is good for its path and its method alone, as far as they are signed.
func TestThreatSignatureMoved(t *testing.T) {
	signature := validSignature(t)
	server := serve(t, options(), echo)
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"POST", testPath, http.StatusOK},
		{"POST", "/v5/partner/rates/edit", http.StatusUnauthorized},
		{"POST", testPath + "/", http.StatusUnauthorized},
		{"POST", "/prefix" + testPath, http.StatusUnauthorized},
		{"POST", "/v5/partner/rates/%61dd", http.StatusUnauthorized},
		{"PUT", testPath, http.StatusUnauthorized},
		{"PATCH", testPath, http.StatusUnauthorized},
		{"DELETE", testPath, http.StatusUnauthorized},
	} {
		if got := send(t, test.method, server.URL+test.path, strings.NewReader(testBody), signature); got.Status != test.want {
			t.Errorf("JWS, %s %s: got %d", test.method, test.path, got.Status)
		}
	}
	body := form(t, "page", "salt").Encode()
	forms := guard(t, formOptions(), seen)
	for path, want := range map[string]int{
		"/g2g/page": http.StatusOK, "/g2g/cancel": http.StatusUnauthorized, "/g2g/page.php": http.StatusUnauthorized,
		"/g2g/page/": http.StatusUnauthorized, "/g2g/page/cancel": http.StatusUnauthorized,
	} {
		if got := ask(forms, "POST", path, formType, body); got.Code != want {
			t.Errorf("pg_sig, %s: got %d", path, got.Code)
		}
	}
}

// A proxy that formats the body anew, cuts it off or adds to it has it refused.
func TestThreatBodyChangedByAProxy(t *testing.T) {
	body := `{"order_id":"1","amount":10.00,"a":"Ж"}`
	for name, change := range map[string]func([]byte) []byte{
		"formatted":     func(b []byte) []byte { return indented(t, b) },
		"decoded":       func(b []byte) []byte { return decoded(t, b) },
		"a newline":     func(b []byte) []byte { return append(b, '\n') },
		"cut off":       func(b []byte) []byte { return b[:len(b)-1] },
		"another value": func(b []byte) []byte { return bytes.Replace(b, []byte("10.00"), []byte("99.00"), 1) },
		"dropped":       func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var handler counting
			backend := served(t, behind(t, RepeatsOptions{}, &handler))
			target, err := url.Parse(backend.URL)
			if err != nil {
				t.Fatal(err)
			}
			proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
				p.SetURL(target)
				b, err := io.ReadAll(p.In.Body)
				if err != nil {
					t.Error(err)
				}
				b = change(b)
				p.Out.Body, p.Out.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			}}
			front := served(t, proxy)
			got := send(t, "POST", front.URL+byOrder.Path, strings.NewReader(body), sign(t, jwt.SigningMethodHS256, testKey, header(byOrder.Path, testIdentity, "POST"), body))
			if got.Status != http.StatusUnauthorized {
				t.Errorf("got %d %s", got.Status, got.Body)
			}
			handler.want(t, 0)
		})
	}
}

func indented(t *testing.T, body []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		t.Error(err)
	}
	return b.Bytes()
}

func decoded(t *testing.T, body []byte) []byte {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Error(err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return again
}

// What the protocol cannot stop: no signature covers X-Request-Id, and a JWS holds no
// time. Whoever has captured a request can have it carried out again under a new id.
func TestCannotStopACapturedJWSUnderANewRequestID(t *testing.T) {
	var handler counting
	server := behind(t, RepeatsOptions{}, &handler)
	captured := to(byHeader, `{"id":"1","amount":10.00}`, "a").request(t)
	signature := captured.Header.Get(SignatureHeader)
	server.ServeHTTP(httptest.NewRecorder(), captured)
	handler.want(t, 1)
	again := to(byHeader, `{"id":"1","amount":10.00}`, "b").request(t)
	again.Header.Set(SignatureHeader, signature)
	got := httptest.NewRecorder()
	server.ServeHTTP(got, again)
	if got.Code != http.StatusOK || got.Body.String() != "run 2" {
		t.Errorf("got %d %s: then the protocol gives more than is said of it", got.Code, got.Body)
	}
	handler.want(t, 2)
}

// What the protocol cannot stop: the query is not signed, and all that a GET says is in
// it.
func TestCannotStopAChangedQueryOfAGET(t *testing.T) {
	server := serve(t, options(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.RawQuery) }))
	signature := sign(t, jwt.SigningMethodHS256, testKey, header("/v5/partner/invoice", testIdentity, "GET"), "")
	for _, query := range []string{"payment_id=1", "payment_id=2", ""} {
		if got := send(t, "GET", server.URL+"/v5/partner/invoice?"+query, nil, signature); got.Status != http.StatusOK || got.Body != query {
			t.Errorf("%s: got %d %s", query, got.Status, got.Body)
		}
	}
}

// What the protocol cannot stop: pg_sig signs values in the order of the names of their
// fields, and no names. A key under another name is no key.
func TestCannotStopRenamedFieldsOfPgSig(t *testing.T) {
	var handler counting
	server := behind(t, RepeatsOptions{}, &handler)
	fields := form(t, "page", "salt", "pg_amount", "10.00", "pg_idempotency_key", "k")
	for i, name := range []string{"pg_idempotency_key", "pg_idempotency_kez", "pg_j"} {
		renamed := url.Values{}
		for n, values := range fields {
			if n == "pg_idempotency_key" {
				n = name
			}
			renamed[n] = values
		}
		got := ask(server, "POST", "/g2g/page", formType, renamed.Encode())
		if want := fmt.Sprint("run ", i+1); got.Code != http.StatusOK || got.Body.String() != want {
			t.Errorf("%s: got %d %s, want %s", name, got.Code, got.Body, want)
		}
	}
}

// What the protocol cannot stop: of the path pg_sig signs the last segment, and of the
// method and the query beside a body nothing.
func TestCannotStopAnotherPathOfPgSig(t *testing.T) {
	server := guard(t, formOptions(), seen)
	body := form(t, "page", "salt").Encode()
	for _, test := range []struct{ method, target string }{
		{"POST", "/g2g/page"}, {"POST", "/elsewhere/page"}, {"PUT", "/g2g/page"}, {"POST", "/g2g/page?pg_amount=1000000"},
	} {
		if got := ask(server, test.method, test.target, formType, body); got.Code != http.StatusOK {
			t.Errorf("%s %s: got %d %s", test.method, test.target, got.Code, got.Body)
		}
	}
}
