package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
)

// The operations of these tests, each with another kind of key.
var (
	byOrder = wire.Operation{
		ID: "test.create", Method: "POST", Path: "/v5/test/create", Security: wire.JWSHS256,
		Repeat: wire.Repeat{Key: "order_id", Answer: wire.RepeatFirst},
	}
	byOrderElsewhere = wire.Operation{
		ID: "other.create", Method: "POST", Path: "/v5/other/create", Security: wire.JWSHS256,
		Repeat: wire.Repeat{Key: "order_id", Answer: wire.RepeatFirst},
	}
	byOrderToo = wire.Operation{
		ID: "test.change", Method: "POST", Path: "/v5/test/change", Security: wire.JWSHS256,
		Repeat: wire.Repeat{Key: "order_id", Answer: wire.RepeatFirst},
	}
	byHeader = wire.Operation{
		ID: "test.edit", Method: "POST", Path: "/v5/test/edit", Security: wire.JWSHS256,
		Repeat: wire.Repeat{Key: "X-Request-Id", InHeader: true, Unsigned: true, Answer: wire.RepeatFirst},
	}
	readByHeader = wire.Operation{
		ID: "test.read", Method: "POST", Path: "/v5/test/read", Security: wire.JWSHS256, Effect: wire.Read,
		Repeat: wire.Repeat{Key: "X-Request-Id", InHeader: true, Unsigned: true, Answer: wire.RepeatFirst},
	}
	withError = wire.Operation{
		ID: "test.issue", Method: "POST", Path: "/v5/test/issue", Security: wire.JWSHS256,
		Repeat: wire.Repeat{Key: "request_id", Answer: wire.RepeatError},
	}
	withoutKey     = wire.Operation{ID: "test.pay", Method: "POST", Path: "/v5/test/pay", Security: wire.JWSHS256}
	readWithoutKey = wire.Operation{ID: "test.list", Method: "GET", Path: "/v5/test/list", Security: wire.JWSHS256, Effect: wire.Read}
	asForm         = wire.Operation{
		ID: "test.page", Method: "POST", Path: "/g2g/page", Security: wire.PgSigPayment,
		Repeat: wire.Repeat{Key: "pg_idempotency_key"},
	}
	asFormToo = wire.Operation{
		ID: "other.cancel", Method: "POST", Path: "/cancel", Security: wire.PgSigPayment,
		Repeat: wire.Repeat{Key: "pg_idempotency_key"},
	}
	readWithError = wire.Operation{
		ID: "test.info", Method: "POST", Path: "/v5/test/info", Security: wire.JWSHS256, Effect: wire.Read,
		Repeat: wire.Repeat{Key: "request_id", Answer: wire.RepeatError},
	}
	testOperations = []wire.Operation{
		readWithError, byOrder, byOrderElsewhere, byOrderToo, byHeader, readByHeader, withError, withoutKey, readWithoutKey, asForm, asFormToo,
	}
)

// find finds by the path, under which an operation may have an alias with .php.
func find(r *http.Request) (wire.Operation, bool) {
	for _, op := range testOperations {
		if strings.TrimSuffix(r.URL.Path, ".php") == op.Path {
			return op, true
		}
	}
	return wire.Operation{}, false
}

// twoIdentities have the same key.
func twoIdentities(_ context.Context, identity string) ([]wire.Secret, error) {
	if identity != testIdentity && identity != "654321" {
		return nil, nil
	}
	return []wire.Secret{wire.NewSecret(testKey)}, nil
}

// behind returns what stands in front of next: the verification of both kinds of
// signatures, and then Repeats.
func behind(t testing.TB, opts RepeatsOptions, next http.Handler) http.Handler {
	t.Helper()
	next = repeatsOnly(t, opts, next)
	inJSON := options()
	inJSON.Keys = twoIdentities
	verified, err := JWS(inJSON)
	if err != nil {
		t.Fatal(err)
	}
	byJWS, byForm := verified(next), guard(t, formOptions(), next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v5/") {
			byJWS.ServeHTTP(w, r)
			return
		}
		byForm.ServeHTTP(w, r)
	})
}

// call is a request that is signed when it is sent.
type call struct {
	method, target, contentType, body string
	identity                          string // testIdentity if empty
	ids                               []string
}

// to is a call of an operation in JSON.
func to(op wire.Operation, body string, ids ...string) call {
	return call{method: op.Method, target: op.Path, contentType: "application/json", body: body, ids: ids}
}

// request is the signed request.
func (c call) request(t testing.TB) *http.Request {
	t.Helper()
	r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	for _, id := range c.ids {
		r.Header.Add("X-Request-Id", id)
	}
	if strings.HasPrefix(r.URL.Path, "/v5/") {
		identity := c.identity
		if identity == "" {
			identity = testIdentity
		}
		r.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, testKey, header(r.URL.EscapedPath(), identity, c.method), c.body))
	}
	return r
}

func (c call) send(t testing.TB, handler http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, c.request(t))
	return w
}

// counting is a handler that counts how often it runs.
type counting struct {
	runs   atomic.Int64
	answer http.HandlerFunc
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := c.runs.Add(1)
	if c.answer != nil {
		c.answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "run %d", n)
}

func (c *counting) want(t testing.TB, runs int64) {
	t.Helper()
	if n := c.runs.Load(); n != runs {
		t.Errorf("carried out %d times, want %d", n, runs)
	}
}

// form signs a form with a salt, in the given order of its fields.
func form(t testing.TB, script, salt string, pairs ...string) url.Values {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	values.Set("pg_merchant_id", testIdentity)
	values.Set("pg_salt", salt)
	var parts []string
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	}) {
		parts = append(parts, values[name]...)
	}
	values.Set("pg_sig", md5of(append(append([]string{script}, parts...), testKey)...))
	return values
}

// backwards turns the order of the fields around.
func backwards(form string) string {
	fields := strings.Split(form, "&")
	slices.Reverse(fields)
	return strings.Join(fields, "&")
}

func inXML(values url.Values) string {
	var b strings.Builder
	b.WriteString("<request>")
	for name, texts := range values {
		for _, text := range texts {
			fmt.Fprintf(&b, "<%s>%s</%s>", name, text, name)
		}
	}
	return b.String() + "</request>"
}

func inParts(t testing.TB, values url.Values) string {
	var pairs []string
	for name, texts := range values {
		for _, text := range texts {
			pairs = append(pairs, name, text)
		}
	}
	return parts(t, pairs...)
}

func TestRepeatsGiveTheFirstAnswer(t *testing.T) {
	paid := []string{"pg_amount", "10.00", "pg_idempotency_key", "k"}
	first, again := form(t, "page", "salt", paid...), form(t, "page", "another salt", paid...)
	for _, test := range []struct {
		name   string
		first  call
		repeat call
	}{
		{"by a member of the body", to(byOrder, `{"order_id":"1"}`), to(byOrder, `{"order_id":"1"}`)},
		{"by a number", to(byOrder, `{"order_id":1}`), to(byOrder, `{"order_id":1}`)},
		{"under another X-Request-Id", to(byOrder, `{"order_id":"1"}`, "a"), to(byOrder, `{"order_id":"1"}`, "b")},
		{"by X-Request-Id", to(byHeader, `{"id":"1"}`, "a"), to(byHeader, `{"id":"1"}`, "a")},
		{"a read", to(readByHeader, `{"id":"1"}`, "a"), to(readByHeader, `{"id":"1"}`, "a")},
		{
			"a form with another salt",
			call{method: "POST", target: "/g2g/page", contentType: formType, body: first.Encode()},
			call{method: "POST", target: "/g2g/page", contentType: formType, body: again.Encode()},
		},
		{
			"a form as multipart",
			call{method: "POST", target: "/g2g/page", contentType: formType, body: first.Encode()},
			call{method: "POST", target: "/g2g/page", contentType: multiType, body: inParts(t, again)},
		},
		{
			"multipart as XML",
			call{method: "POST", target: "/g2g/page", contentType: multiType, body: inParts(t, first)},
			call{method: "POST", target: "/g2g/page", contentType: formType, body: url.Values{"pg_xml": {inXML(again)}}.Encode()},
		},
		{
			"a form in another order",
			call{method: "POST", target: "/g2g/page", contentType: formType, body: first.Encode()},
			call{method: "POST", target: "/g2g/page", contentType: formType, body: backwards(first.Encode())},
		},
		{
			"a form in the query",
			call{method: "GET", target: "/g2g/page?" + first.Encode()},
			call{method: "GET", target: "/g2g/page?" + again.Encode()},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var handler counting
			server := behind(t, RepeatsOptions{}, &handler)
			for i, c := range []call{test.first, test.repeat, test.repeat, test.first} {
				got := c.send(t, server)
				if got.Code != http.StatusOK || got.Body.String() != "run 1" || got.Header().Get("X-Request-Id") != "" {
					t.Errorf("request %d: got %d %v %s", i, got.Code, got.Header(), got.Body)
				}
			}
			handler.want(t, 1)
		})
	}
}

// Status, header and body are those of the first answer, but for what is of one
// connection, one client or one request.
func TestRepeatsGiveTheFirstAnswerToTheByte(t *testing.T) {
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/xml")
		h.Add("X-Two", "a")
		h.Add("X-Two", "b")
		h.Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		h.Set("Set-Cookie", "a=b")
		h.Set("Date", "yesterday")
		w.WriteHeader(http.StatusProcessing) // comes before the answer
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot)
		h.Set("X-Late", "not sent")
		_, _ = w.Write(body[:100])
		_, _ = w.Write(body[100:])
	}}
	server := behind(t, RepeatsOptions{}, &handler)
	first := to(byOrder, `{"order_id":"1"}`, "a").send(t, server).Result()
	again := to(byOrder, `{"order_id":"1"}`, "b").send(t, server).Result()
	handler.want(t, 1)
	if first.Header.Get("Set-Cookie") == "" || first.Header.Get("X-Request-Id") != "a" || first.Header.Get("X-Late") != "" {
		t.Errorf("the first answer has the header %v", first.Header)
	}
	first.Header.Del("Set-Cookie")
	first.Header.Del("Date")
	first.Header.Set("X-Request-Id", "b")
	if first.StatusCode != http.StatusCreated || again.StatusCode != first.StatusCode || !reflect.DeepEqual(again.Header, first.Header) {
		t.Errorf("first %d %v, then %d %v", first.StatusCode, first.Header, again.StatusCode, again.Header)
	}
	for _, answer := range []*http.Response{first, again} {
		got, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("got %q (%v)", got, err)
		}
	}
}

// The answer to a form is sealed once.
func TestRepeatsKeepTheSeal(t *testing.T) {
	handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
		seal, ok := SealFrom(r.Context())
		if !ok {
			t.Error("no seal")
			return
		}
		salt := make([]byte, 8)
		_, _ = seal.random.Read(salt)
		fmt.Fprintf(w, "%s %x", seal.script, salt)
	}}
	opts := formOptions()
	opts.Random = rolling{new(atomic.Int64)}
	middleware, err := Repeats(RepeatsOptions{Find: find})
	if err != nil {
		t.Fatal(err)
	}
	server := guard(t, opts, middleware(&handler))
	body := form(t, "page", "salt", "pg_idempotency_key", "k").Encode()
	first, again := ask(server, "POST", "/g2g/page", formType, body), ask(server, "POST", "/g2g/page", formType, body)
	if first.Code != http.StatusOK || first.Body.String() != again.Body.String() {
		t.Errorf("first %d %s, then %s", first.Code, first.Body, again.Body)
	}
	handler.want(t, 1)
}

// rolling is random enough: it never gives the same twice.
type rolling struct{ n *atomic.Int64 }

func (r rolling) Read(p []byte) (int, error) {
	n := r.n.Add(1)
	for i := range p {
		p[i] = byte(n)
	}
	return len(p), nil
}

func TestRepeatsRefuseAnotherRequestWithTheKey(t *testing.T) {
	paid := form(t, "page", "salt", "pg_amount", "10.00", "pg_idempotency_key", "k")
	asked := call{method: "POST", target: "/g2g/page", contentType: formType, body: paid.Encode()}
	for _, test := range []struct {
		name         string
		first, other call
	}{
		{"another body", to(byOrder, `{"order_id":"1","amount":1}`), to(byOrder, `{"order_id":"1","amount":2}`)},
		{"a body with a space", to(byOrder, `{"order_id":"1"}`), to(byOrder, `{"order_id": "1"}`)},
		{"a number for a text", to(byOrder, `{"order_id":"1"}`), to(byOrder, `{"order_id":1}`)},
		{"another body under X-Request-Id", to(byHeader, `{"id":"1"}`, "a"), to(byHeader, `{"id":"2"}`, "a")},
		{"another operation", to(byOrder, `{"order_id":"1"}`), to(byOrderToo, `{"order_id":"1"}`)},
		{"a read under the X-Request-Id of a write", to(byHeader, `{"id":"1"}`, "a"), to(readByHeader, `{"id":"1"}`, "a")},
		{
			"another query",
			to(byOrder, `{"order_id":"1"}`),
			call{method: "POST", target: byOrder.Path + "?amount=2", contentType: "application/json", body: `{"order_id":"1"}`},
		},
		{
			"another path",
			to(byOrder, `{"order_id":"1"}`),
			call{method: "POST", target: byOrder.Path + ".php", contentType: "application/json", body: `{"order_id":"1"}`},
		},
		{"another method", asked, call{method: "GET", target: "/g2g/page?" + paid.Encode()}},
		{
			"another method of a query",
			call{method: "POST", target: "/g2g/page?" + paid.Encode()},
			call{method: "GET", target: "/g2g/page?" + paid.Encode()},
		},
		{
			"a field under another name, which is not signed", asked,
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: strings.Replace(paid.Encode(), "pg_amount", "pg_amounu", 1),
			},
		},
		{
			"fields in another field",
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_p[a]", "1", "pg_idempotency_key", "k").Encode(),
			},
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_q[a]", "1", "pg_idempotency_key", "k").Encode(),
			},
		},
		{
			"a salt that is not the form's",
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_p[pg_salt]", "1", "pg_idempotency_key", "k").Encode(),
			},
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_p[pg_salt]", "2", "pg_idempotency_key", "k").Encode(),
			},
		},
		{
			"another value in a form", asked,
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_amount", "20.00", "pg_idempotency_key", "k").Encode(),
			},
		},
		{
			"a field more in a form", asked,
			call{
				method: "POST", target: "/g2g/page", contentType: formType,
				body: form(t, "page", "salt", "pg_amount", "10.00", "pg_idempotency_key", "k", "pg_z", "").Encode(),
			},
		},
		{
			"a query beside a form", asked,
			call{method: "POST", target: "/g2g/page?pg_amount=20.00", contentType: formType, body: paid.Encode()},
		},
		{
			"another operation of the merchant's", asked,
			call{
				method: "POST", target: "/cancel", contentType: formType,
				body: form(t, "cancel", "salt", "pg_amount", "10.00", "pg_idempotency_key", "k").Encode(),
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := new(buffer)
			handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the first answer") }}
			server := behind(t, RepeatsOptions{Logger: slog.New(slog.NewTextHandler(log, nil))}, &handler)
			if got := test.first.send(t, server); got.Code != http.StatusOK {
				t.Fatalf("got %d %s", got.Code, got.Body)
			}
			got := test.other.send(t, server)
			if got.Code != http.StatusConflict || got.Body.String() != `{"error":"the key was used for another request"}` {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
			if !strings.Contains(log.String(), "the key was used for another request") {
				t.Errorf("logged %s", log)
			}
			if got := test.first.send(t, server); got.Body.String() != "the first answer" {
				t.Errorf("the first got %d %s afterwards", got.Code, got.Body)
			}
			handler.want(t, 1)
		})
	}
}

// Operations on one path that a header field tells apart, a refund and a clearing, say,
// are different ones, though path and body are the same.
func TestRepeatsTellOperationsOnOnePathApart(t *testing.T) {
	byAction := func(r *http.Request) (wire.Operation, bool) {
		op := byHeader
		op.ID = "test." + r.Header.Get("X-Action")
		return op, true
	}
	var handler counting
	server := behind(t, RepeatsOptions{Find: byAction}, &handler)
	for _, test := range []struct {
		action string
		want   int
	}{{"refund", http.StatusOK}, {"clearing", http.StatusConflict}, {"refund", http.StatusOK}} {
		r := to(byHeader, `{"id":"1"}`, "a").request(t)
		r.Header.Set("X-Action", test.action)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: got %d %s", test.action, w.Code, w.Body)
		}
	}
	handler.want(t, 1)
}

// Texts that are hashed do not run into each other.
func TestRepeatsHashWhereTextsEnd(t *testing.T) {
	p := &repeats{opts: RepeatsOptions{Secret: wire.NewSecret("s")}}
	zeros := strings.Repeat("\x00", 8)
	for _, texts := range [][2][]string{
		{{"a", "bc"}, {"ab", "c"}},
		{{"a"}, {"a", ""}},
		{{"a" + zeros + "b"}, {"a", "b"}},
		{{zeros}, {"", ""}},
	} {
		if bytes.Equal(p.sum(texts[0]...), p.sum(texts[1]...)) {
			t.Errorf("%q and %q have the same hash", texts[0], texts[1])
		}
	}
}

// A key is of one identity, of one API and of one kind.
func TestRepeatsKeysDoNotTouch(t *testing.T) {
	var handler counting
	server := behind(t, RepeatsOptions{}, &handler)
	other := to(byOrder, `{"order_id":"1"}`)
	other.identity = "654321"
	calls := []call{
		to(byOrder, `{"order_id":"1"}`),
		to(byOrder, `{"order_id":"2"}`),
		other,
		to(byOrderElsewhere, `{"order_id":"1"}`),
		to(byHeader, `{"order_id":"1"}`, "1"),
		to(withError, `{"request_id":"1"}`),
		{method: "POST", target: "/g2g/page", contentType: formType, body: form(t, "page", "s", "pg_idempotency_key", "1").Encode()},
	}
	for i, c := range calls {
		if got, want := c.send(t, server).Body.String(), fmt.Sprint("run ", i+1); got != want {
			t.Errorf("request %d: got %s, want %s", i, got, want)
		}
	}
}

// Where a repeat is documented to get an error it gets one, whatever it says, at once.
func TestRepeatsGetTheDocumentedError(t *testing.T) {
	repeated := func(w http.ResponseWriter, r *http.Request, op wire.Operation) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s has seen %s", op.ID, body)
	}
	for _, test := range []struct {
		name   string
		opts   RepeatsOptions
		code   int
		answer string
	}{
		{"of the caller's", RepeatsOptions{Repeated: repeated}, http.StatusOK, `test.issue has seen {"request_id":"1"}`},
		{"by default", RepeatsOptions{}, http.StatusConflict, `{"error":"repeated request"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.opts.Sleep = func(context.Context, time.Duration) error {
				t.Error("waited")
				return nil
			}
			check := func(when string, got *httptest.ResponseRecorder) {
				t.Helper()
				if got.Code != test.code || got.Body.String() != test.answer {
					t.Errorf("%s: got %d %s", when, got.Code, got.Body)
				}
			}
			var server http.Handler
			c := to(withError, `{"request_id":"1"}`)
			handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
				check("during the first", c.send(t, server))
				w.WriteHeader(http.StatusCreated)
			}}
			server = behind(t, test.opts, &handler)
			if got := c.send(t, server); got.Code != http.StatusCreated {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
			check("afterwards", c.send(t, server))
			if test.opts.Repeated == nil {
				check("another", to(withError, `{"request_id":"1","amount":1}`).send(t, server))
			}
			handler.want(t, 1)
		})
	}
}

// watching tells of each claim what came of it.
type watching struct {
	repeat.Store
	claimed func(repeat.Claim)
}

func (s watching) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	c, err := s.Store.Claim(ctx, key, lease)
	s.claimed(c)
	return c, err
}

func TestRepeatsAtOnceFrom100Goroutines(t *testing.T) {
	const senders = 100
	// The handler goes on when all others have found it at work.
	busy := make(chan struct{}, senders*1000)
	store := watching{repeat.NewMemory(), func(c repeat.Claim) {
		if c.State == repeat.Busy {
			busy <- struct{}{}
		}
	}}
	handler := counting{}
	handler.answer = func(w http.ResponseWriter, _ *http.Request) {
		for range senders - 1 {
			<-busy
		}
		fmt.Fprintf(w, "run %d", handler.runs.Load())
	}
	server := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("s"), Wait: time.Hour, Timeout: time.Hour}, &handler)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			if got := to(byOrder, `{"order_id":"1"}`).send(t, server); got.Code != http.StatusOK || got.Body.String() != "run 1" {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
	wg.Wait()
	handler.want(t, 1)
}

// Whoever waits too long is told to come again, and gets the first answer then.
func TestRepeatsDoNotWaitForEver(t *testing.T) {
	var waited []time.Duration
	var server http.Handler
	c := to(byOrder, `{"order_id":"1"}`)
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		got := c.send(t, server)
		if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") != "1" || got.Body.String() != `{"error":"unavailable"}` {
			t.Errorf("got %d %v %s", got.Code, got.Header(), got.Body)
		}
		_, _ = io.WriteString(w, "done")
	}}
	server = behind(t, RepeatsOptions{Wait: time.Second, Sleep: func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}}, &handler)
	c.send(t, server)
	if got := c.send(t, server).Body.String(); got != "done" {
		t.Errorf("got %s afterwards", got)
	}
	ms := time.Millisecond
	want := []time.Duration{10 * ms, 20 * ms, 40 * ms, 80 * ms, 160 * ms, 250 * ms, 250 * ms, 190 * ms}
	if !slices.Equal(waited, want) {
		t.Errorf("waited %v, want %v", waited, want)
	}
	handler.want(t, 1)
}

// Whoever has hung up waits no longer.
func TestRepeatsStopWaitingForNobody(t *testing.T) {
	var server http.Handler
	c := to(byOrder, `{"order_id":"1"}`)
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got := httptest.NewRecorder()
		server.ServeHTTP(got, c.request(t).WithContext(ctx))
		if got.Code != http.StatusServiceUnavailable {
			t.Errorf("got %d", got.Code)
		}
	}}
	server = behind(t, RepeatsOptions{Wait: 1000 * time.Hour, Timeout: 1000 * time.Hour}, &handler) // by the real clock
	c.send(t, server)
	handler.want(t, 1)
}

// Who is refused for his signature claims nobody's key.
func TestRepeatsClaimOnlyAfterVerification(t *testing.T) {
	store := repeat.NewMemory()
	var handler counting
	server := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("s")}, &handler)
	victim := to(byOrder, `{"order_id":"1"}`)
	forged := victim.request(t)
	forged.Header.Set(SignatureHeader, sign(t, jwt.SigningMethodHS256, "a guess", header(byOrder.Path, testIdentity, "POST"), victim.body))
	w := httptest.NewRecorder()
	server.ServeHTTP(w, forged)
	if w.Code != http.StatusUnauthorized || store.Len() != 0 {
		t.Errorf("got %d, and %d keys are claimed", w.Code, store.Len())
	}
	fields := form(t, "page", "salt", "pg_idempotency_key", "k")
	fields.Set("pg_sig", strings.Repeat("0", 32))
	if got := ask(server, "POST", "/g2g/page", formType, fields.Encode()); got.Code != http.StatusUnauthorized || store.Len() != 0 {
		t.Errorf("got %d, and %d keys are claimed", got.Code, store.Len())
	}
	handler.want(t, 0)
	if got := victim.send(t, server); got.Code != http.StatusOK {
		t.Errorf("the victim got %d %s", got.Code, got.Body)
	}
}

// Without verification in front, nothing with a key is carried out.
func TestRepeatsDemandVerification(t *testing.T) {
	middleware, err := Repeats(RepeatsOptions{Find: find})
	if err != nil {
		t.Fatal(err)
	}
	var handler counting
	server := middleware(&handler)
	if got := to(byOrder, `{"order_id":"1"}`).send(t, server); got.Code != http.StatusInternalServerError {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	handler.want(t, 0)
	if got := to(withoutKey, `{}`).send(t, server); got.Code != http.StatusOK {
		t.Errorf("without a key: got %d %s", got.Code, got.Body)
	}
}

// What becomes of a key, by how the handler ends: a second run only where nothing was
// done.
func TestRepeatsRunOnceHoweverTheHandlerEnds(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "an answer")
		}
	}
	long := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) }
	tests := []struct {
		name        string
		answer      http.HandlerFunc
		first, then int   // statuses
		runs        int64 // of a write
		readRuns    int64
	}{
		{"an answer", status(200), 200, 200, 1, 1},
		{"no answer", func(http.ResponseWriter, *http.Request) {}, 200, 200, 1, 1},
		{"declined", status(402), 402, 402, 1, 1},
		{"in conflict", status(409), 409, 409, 1, 1},
		{"an internal error", status(500), 500, 500, 1, 2},
		{"a gateway's error", status(502), 502, 502, 1, 2},
		{"a panic", func(http.ResponseWriter, *http.Request) { panic("4400444400004440") }, 500, 500, 1, 2},
		{"a panic after an answer", func(w http.ResponseWriter, r *http.Request) { status(200)(w, r); panic(1) }, 500, 500, 1, 2},
		{"an abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 500, 500, 1, 2},
		{"its goroutine ends", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, 500, 500, 1, 2},
		{"too long", long, 200, 409, 1, 2},
		{"the highest status", status(999), 999, 999, 1, 2},
		{"a status that is none", status(1000), 500, 500, 1, 2},
		{"a status below all", status(99), 500, 500, 1, 2},
		{"no status", status(0), 500, 500, 1, 2},
		{"the lowest status, before the answer", status(100), 200, 200, 1, 1},
		{"a status before the answer", status(199), 200, 200, 1, 1},
		{"a status that is none, after the answer", func(w http.ResponseWriter, r *http.Request) {
			status(200)(w, r)
			w.WriteHeader(1000)
		}, 200, 200, 1, 1},
	}
	for _, code := range []int{400, 401, 403, 404, 405, 413, 415, 422, 429, 503} {
		tests = append(tests, struct {
			name        string
			answer      http.HandlerFunc
			first, then int
			runs        int64
			readRuns    int64
		}{fmt.Sprint("nothing done: ", code), status(code), code, code, 2, 2})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for op, runs := range map[*wire.Operation]int64{&byHeader: test.runs, &readByHeader: test.readRuns} {
				log := new(buffer)
				handler := counting{answer: test.answer}
				server := behind(t, RepeatsOptions{MaxAnswer: 500, Logger: slog.New(slog.NewTextHandler(log, nil))}, &handler)
				then := test.then
				if runs == 2 {
					then = test.first
				}
				for i, want := range []int{test.first, then} {
					if got := to(*op, `{}`, "a").send(t, server); got.Code != want {
						t.Errorf("%s, request %d: got %d %s, want %d", op.ID, i, got.Code, got.Body, want)
					}
				}
				handler.want(t, runs)
				if strings.Contains(log.String(), "4400444400004440") {
					t.Errorf("the panic shows in %s", log)
				}
			}
		})
	}
}

// An API that answers 200 to whatever it refuses says itself what was not done.
func TestRepeatsAskWhetherNothingWasDone(t *testing.T) {
	refused := true
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		if refused {
			_, _ = io.WriteString(w, "refused")
			return
		}
		w.WriteHeader(http.StatusPaymentRequired)
	}}
	noSleep := func(context.Context, time.Duration) error { return nil }
	server := behind(t, RepeatsOptions{Sleep: noSleep, NothingDone: func(op wire.Operation, status int, body []byte) bool {
		if string(body) == "panic" {
			panic("a mistake")
		}
		return op.ID == byOrder.ID && status == 200 && string(body) == "refused"
	}}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	c.send(t, server)
	handler.want(t, 1)
	refused = false
	for range 2 {
		if got := c.send(t, server); got.Code != http.StatusPaymentRequired {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	}
	handler.want(t, 2)
	handler.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "panic") }
	c = to(byOrder, `{"order_id":"2"}`)
	if got := c.send(t, server); got.Body.String() != "panic" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	// Nobody knows, so nobody may try again.
	if got := c.send(t, server); got.Code != http.StatusServiceUnavailable {
		t.Errorf("then got %d %s", got.Code, got.Body)
	}
	handler.want(t, 3)
}

// Of a handler that panicked nobody says that it did nothing.
func TestRepeatsDoNotAskAboutAPanic(t *testing.T) {
	handler := counting{answer: func(http.ResponseWriter, *http.Request) { panic("a mistake") }}
	server := behind(t, RepeatsOptions{NothingDone: func(wire.Operation, int, []byte) bool { return true }}, &handler)
	for range 2 {
		if got := to(byOrder, `{"order_id":"1"}`).send(t, server); got.Code != http.StatusInternalServerError {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	}
	handler.want(t, 1)
}

// The handler's context ends in time; the answer of one that does not heed it is kept
// when it comes.
func TestRepeatsOfALateHandler(t *testing.T) {
	goOn := make(chan struct{})
	handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		<-goOn
		_, _ = io.WriteString(w, "late")
	}}
	server := behind(t, RepeatsOptions{Timeout: time.Millisecond, Wait: time.Hour}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	if got := c.send(t, server); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %v", got.Code, got.Header())
	}
	close(goOn)
	if got := c.send(t, server); got.Code != http.StatusOK || got.Body.String() != "late" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	handler.want(t, 1)
}

// hangingUp is a store that the client does not wait for.
type hangingUp struct {
	repeat.Store
	hangUp func()
}

func (s hangingUp) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	s.hangUp()
	return s.Store.Claim(ctx, key, lease)
}

// A client that hangs up during the claim leaves none behind that nobody holds.
func TestRepeatsOfAClientThatHangsUpDuringTheClaim(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var handler counting
	server := behind(t, RepeatsOptions{Store: hangingUp{repeat.NewMemory(), cancel}, Secret: wire.NewSecret("s")}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	server.ServeHTTP(httptest.NewRecorder(), c.request(t).WithContext(ctx))
	handler.want(t, 1)
	if got := c.send(t, server); got.Body.String() != "run 1" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

// A client that hangs up changes nothing.
func TestRepeatsOfAClientThatHangsUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
		cancel()
		if err := r.Context().Err(); err != nil {
			t.Errorf("the handler's context has ended: %v", err)
		}
		_, _ = io.WriteString(w, "done")
	}}
	server := behind(t, RepeatsOptions{}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	server.ServeHTTP(httptest.NewRecorder(), c.request(t).WithContext(ctx))
	if got := c.send(t, server); got.Body.String() != "done" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	handler.want(t, 1)
}

// broke is a store that fails where it is told to.
type broke struct {
	repeat.Store
	claim, finish func() error
	state         repeat.State // in place of what it would say
	outcome       string
}

func (s *broke) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	if s.claim != nil {
		if err := s.claim(); err != nil {
			return repeat.Claim{}, err
		}
		return repeat.Claim{State: s.state, Outcome: []byte(s.outcome)}, nil
	}
	return s.Store.Claim(ctx, key, lease)
}

func (s *broke) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	if s.finish != nil {
		return s.finish()
	}
	return s.Store.Finish(ctx, key, token, outcome, keep)
}

func TestRepeatsFailClosed(t *testing.T) {
	fine := func() error { return nil }
	for name, store := range map[string]*broke{
		"the store is down":        {claim: func() error { return errors.New("connection refused") }},
		"the store is full":        {claim: func() error { return repeat.ErrFull }},
		"a state that is none":     {claim: fine, state: 7},
		"no state":                 {claim: fine},
		"no outcome":               {claim: fine, state: repeat.Finished},
		"another's outcome":        {claim: fine, state: repeat.Finished, outcome: `{"decision":"ok"}`},
		"an outcome of no content": {claim: fine, state: repeat.Finished, outcome: `{"status":200,"length":0}` + "\n"},
		"an outcome of no status":  {claim: fine, state: repeat.Finished, outcome: `{"content":"AAAA","status":7,"length":0}` + "\n"},
		"half an outcome":          {claim: fine, state: repeat.Finished, outcome: `{"content":"AAAA","status":200,"length":9}` + "\nhalf"},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(buffer)
			var handler counting
			server := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("s"), Logger: slog.New(slog.NewTextHandler(log, nil))}, &handler)
			got := to(byOrder, `{"order_id":"1"}`).send(t, server)
			if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
			if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "the store failed") {
				t.Errorf("logged %s", log)
			}
			handler.want(t, 0)
			// What has no key needs no store.
			if got := to(withoutKey, `{}`).send(t, server); got.Code != http.StatusOK {
				t.Errorf("without a key: got %d", got.Code)
			}
		})
	}
}

// What was carried out and could not be stored is answered, and not carried out again.
func TestRepeatsOfWhatCouldNotBeStored(t *testing.T) {
	for name, finish := range map[string]func() error{
		"an error":       func() error { return errors.New("connection refused") },
		"the claim lost": func() error { return repeat.ErrLost },
		"a panic":        func() error { panic("a mistake") },
	} {
		t.Run(name, func(t *testing.T) {
			log := new(buffer)
			store := &broke{Store: repeat.NewMemory(), finish: finish}
			var handler counting
			server := behind(t, RepeatsOptions{
				Store: store, Secret: wire.NewSecret("s"), Logger: slog.New(slog.NewTextHandler(log, nil)),
				Sleep: func(context.Context, time.Duration) error { return nil },
			}, &handler)
			c := to(byOrder, `{"order_id":"1"}`)
			if got := c.send(t, server); got.Code != http.StatusOK || got.Body.String() != "run 1" {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
			if !strings.Contains(log.String(), "is not stored") {
				t.Errorf("logged %s", log)
			}
			store.finish = nil
			if got := c.send(t, server); got.Code != http.StatusServiceUnavailable {
				t.Errorf("then got %d %s", got.Code, got.Body)
			}
			handler.want(t, 1)
		})
	}
}

// A key that cannot be told is not taken for none.
func TestRepeatsRefuseWhatTheyCannotRead(t *testing.T) {
	twice := form(t, "page", "salt", "pg_idempotency_key", "k", "pg_idempotency_key", "l")
	nested := form(t, "page", "salt", "pg_idempotency_key[a]", "k")
	for name, c := range map[string]call{
		"two ids":          to(byHeader, `{}`, "a", "b"),
		"no body":          to(byOrder, ""),
		"no JSON":          to(byOrder, `{"order_id":"1"`),
		"no object":        to(byOrder, `["order_id"]`),
		"the member twice": to(byOrder, `{"order_id":"1","order_id":"2"}`),
		"an object":        to(byOrder, `{"order_id":{"a":1}}`),
		"the field twice":  {method: "POST", target: "/g2g/page", contentType: formType, body: twice.Encode()},
		"a nested field":   {method: "POST", target: "/g2g/page", contentType: formType, body: nested.Encode()},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ids == nil {
				c.ids = []string{"a"} // which takes the place of no key that is there
			}
			for _, byRequestID := range []bool{false, true} {
				var handler counting
				got := c.send(t, behind(t, RepeatsOptions{ByRequestID: byRequestID}, &handler))
				if got.Code != http.StatusBadRequest || got.Body.String() != `{"error":"the request cannot be read"}` {
					t.Errorf("by X-Request-Id %v: got %d %s", byRequestID, got.Code, got.Body)
				}
				handler.want(t, 0)
			}
		})
	}
}

// What has no key is carried out as often as it comes.
func TestRepeatsWithoutAKeyPass(t *testing.T) {
	for name, c := range map[string]call{
		"none documented":       to(withoutKey, `{"order_id":"1"}`, "a"),
		"a read of none":        {method: "GET", target: readWithoutKey.Path, ids: []string{"a"}},
		"of no operation":       {method: "POST", target: "/v5/elsewhere", body: `{"order_id":"1"}`, ids: []string{"a"}},
		"not there":             to(byOrder, `{"id":"1"}`),
		"not there, with an id": to(byOrder, `{"id":"1"}`, "a"),
		"null":                  to(byOrder, `{"order_id":null}`),
		"empty":                 to(byOrder, `{"order_id":""}`),
		"no id":                 to(byHeader, `{"id":"1"}`),
		"an empty id":           to(byHeader, `{"id":"1"}`, ""),
		"a form without a key":  {method: "POST", target: "/g2g/page", contentType: formType, body: form(t, "page", "s", "pg_idempotency_key", "").Encode()},
	} {
		t.Run(name, func(t *testing.T) {
			var handler counting
			handler.answer = func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != c.body || r.ContentLength != int64(len(c.body)) {
					t.Errorf("the handler gets %q of %d (%v)", body, r.ContentLength, err)
				}
			}
			server := behind(t, RepeatsOptions{}, &handler)
			for range 3 {
				if got := c.send(t, server); got.Code != http.StatusOK {
					t.Errorf("got %d %s", got.Code, got.Body)
				}
			}
			handler.want(t, 3)
		})
	}
}

// ByRequestID knows writes by their X-Request-Id, and no reads.
func TestRepeatsByRequestID(t *testing.T) {
	for _, test := range []struct {
		name string
		call call
		runs int64
	}{
		{"none documented", to(withoutKey, `{"order_id":"1"}`, "a"), 1},
		{"none documented, and no JSON", to(withoutKey, "order 1", "a"), 1},
		{"of no operation", call{method: "POST", target: "/v5/elsewhere", body: `{"order_id":"1"}`, ids: []string{"a"}}, 2},
		{"a form without a key", call{
			method: "POST", target: "/g2g/page", contentType: formType, body: form(t, "page", "s").Encode(), ids: []string{"a"},
		}, 1},
		{"a body without a key", to(byOrder, `{}`, "a"), 1},
		{"an error documented", to(withError, `{}`, "a"), 1},
		{"without an id", to(withoutKey, `{}`), 2},
		{"a read", call{method: "GET", target: readWithoutKey.Path, ids: []string{"a"}}, 2},
		{"a read without its key", to(readWithError, `{}`, "a"), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			var handler counting
			server := behind(t, RepeatsOptions{ByRequestID: true}, &handler)
			for range 2 {
				if got := test.call.send(t, server); got.Code != http.StatusOK {
					t.Errorf("got %d %s", got.Code, got.Body)
				}
			}
			handler.want(t, test.runs)
		})
	}
}

// noting writes down what a store is told.
type noting struct {
	repeat.Store
	told  []string
	times []time.Duration
}

func (s *noting) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	s.told, s.times = append(s.told, key), append(s.times, lease)
	return s.Store.Claim(ctx, key, lease)
}

func (s *noting) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	s.told, s.times = append(s.told, string(outcome)), append(s.times, keep)
	return s.Store.Finish(ctx, key, token, outcome, keep)
}

// A store learns nothing of a request, in keys that it can hold, and a claim of a write
// lasts as long as its outcome.
func TestRepeatsTellTheStoreNothing(t *testing.T) {
	store := &noting{Store: repeat.NewMemory()}
	var handler counting
	server := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("s"), Keep: 5 * time.Hour, Timeout: 7 * time.Hour}, &handler)
	const card = "4400444400004440"
	body := form(t, "page", "salt", "pg_idempotency_key", "Ключ "+strings.Repeat("k", 1000), "pg_card_pan", card, "pg_card_cvc", "123")
	ask(server, "POST", "/g2g/page", formType, body.Encode())
	to(byOrder, `{"order_id":"`+card+`"}`).send(t, server)
	to(readByHeader, `{}`, card).send(t, server)
	handler.want(t, 3)
	for i, text := range store.told {
		if strings.Contains(text, card) || strings.Contains(text, "kkkk") || strings.Contains(text, testIdentity) {
			t.Errorf("told the store %s", text)
		}
		if i%2 == 0 && (len(text) > 200 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })) {
			t.Errorf("the key is %q", text)
		}
	}
	h := time.Hour
	if !strings.HasPrefix(store.told[0], "verify:") {
		t.Errorf("the key %s does not say whose it is", store.told[0])
	}
	if want := []time.Duration{5 * h, 5 * h, 5 * h, 5 * h, 14 * h, 5 * h}; !slices.Equal(store.times, want) {
		t.Errorf("kept for %v, want %v", store.times, want)
	}
	// Another secret finds nothing of it.
	other := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("another")}, &handler)
	to(byOrder, `{"order_id":"`+card+`"}`).send(t, other)
	handler.want(t, 4)
}

// asVerified is r as it comes from JWS or PgSig.
func asVerified(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), identityKey{}, testIdentity))
}

// repeatsOnly returns what stands in front of next, without the verification.
func repeatsOnly(t testing.TB, opts RepeatsOptions, next http.Handler) http.Handler {
	t.Helper()
	if opts.Find == nil {
		opts.Find = find
	}
	middleware, err := Repeats(opts)
	if err != nil {
		t.Fatal(err)
	}
	return middleware(next)
}

// What can have no key is left alone, its body unread: that may be long, or come slowly.
// What may have one is not carried out while nobody can tell.
func TestRepeatsReadBodiesOnlyForKeys(t *testing.T) {
	for _, test := range []struct {
		name        string
		op          wire.Operation
		found       bool
		byRequestID bool
		reads       bool
	}{
		{"of no operation", wire.Operation{}, false, false, false},
		{"of no operation, by X-Request-Id", wire.Operation{}, false, true, false},
		{"of no operation, whatever comes with that", byOrder, false, true, false},
		{"a write without a key", withoutKey, true, false, false},
		{"a read without a key", readWithoutKey, true, false, false},
		{"a read without a key, by X-Request-Id", readWithoutKey, true, true, false},
		{"a write without a key, by X-Request-Id", withoutKey, true, true, true},
		{"a write with a key", byOrder, true, false, true},
		{"a write with a key, by X-Request-Id", byOrder, true, true, true},
		{"a read with a key", readByHeader, true, false, true},
		{"a read with a key, by X-Request-Id", readByHeader, true, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := new(buffer)
			gone := io.MultiReader(strings.NewReader(`{"order_id":"1"}`), iotest.ErrReader(errors.New("gone")))
			handler := counting{answer: func(_ http.ResponseWriter, r *http.Request) {
				if body, err := io.ReadAll(r.Body); err == nil || string(body) != `{"order_id":"1"}` {
					t.Errorf("the handler gets %q (%v)", body, err)
				}
			}}
			server := repeatsOnly(t, RepeatsOptions{
				Find:        func(*http.Request) (wire.Operation, bool) { return test.op, test.found },
				ByRequestID: test.byRequestID,
				Logger:      logger(log),
			}, &handler)
			r := httptest.NewRequest("POST", "/", gone)
			r.Header.Set("X-Request-Id", "a")
			w := httptest.NewRecorder()
			server.ServeHTTP(w, asVerified(r))
			if !test.reads {
				handler.want(t, 1)
				return
			}
			handler.want(t, 0)
			if w.Code != http.StatusBadRequest || w.Body.String() != `{"error":"the request cannot be read"}` {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if got := log.lines(t); len(got) != 1 || got[0]["reason"] != errBody.Error() {
				t.Errorf("logged %v", got)
			}
		})
	}
}

// deadlines notes until when a store may take.
type deadlines struct {
	repeat.Store
	t     *testing.T
	calls []string
}

func (s *deadlines) note(ctx context.Context, call string) {
	until, limited := ctx.Deadline()
	if left := time.Until(until); !limited || left > storeTimeout || ctx.Err() != nil {
		s.t.Errorf("%s may take %v (%v)", call, left, ctx.Err())
	}
	s.calls = append(s.calls, call)
}

func (s *deadlines) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	s.note(ctx, "Claim")
	return s.Store.Claim(ctx, key, lease)
}

func (s *deadlines) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	s.note(ctx, "Finish")
	return s.Store.Finish(ctx, key, token, outcome, keep)
}

func (s *deadlines) Release(ctx context.Context, key, token string) error {
	s.note(ctx, "Release")
	return s.Store.Release(ctx, key, token)
}

// A store has a time of its own for each answer, also after that of the handler.
func TestRepeatsLimitTheStore(t *testing.T) {
	for _, test := range []struct {
		status int
		want   []string
	}{{200, []string{"Claim", "Finish"}}, {400, []string{"Claim", "Release"}}} {
		synctest.Test(t, func(t *testing.T) {
			store := &deadlines{Store: repeat.NewMemory(), t: t}
			handler := counting{answer: func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				w.WriteHeader(test.status)
			}}
			server := behind(t, RepeatsOptions{Store: store, Secret: wire.NewSecret("s"), Timeout: time.Second}, &handler)
			to(byOrder, `{"order_id":"1"}`).send(t, server)
			synctest.Wait()
			if !slices.Equal(store.calls, test.want) {
				t.Errorf("%d: got %v", test.status, store.calls)
			}
		})
	}
}

func TestRepeatsOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]RepeatsOptions{
		"Find":      {},
		"Secret":    {Find: find, Store: repeat.NewMemory()},
		"Timeout":   {Find: find, Timeout: -1},
		"Wait":      {Find: find, Wait: -1},
		"Keep":      {Find: find, Keep: -1},
		"MaxAnswer": {Find: find, MaxAnswer: -1},
	} {
		middleware, err := Repeats(opts)
		if middleware != nil || err == nil || !strings.Contains(err.Error(), "RepeatsOptions.") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkRepeats(b *testing.B) {
	var handler counting
	server := behind(b, RepeatsOptions{}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	b.ReportAllocs()
	for b.Loop() {
		c.send(b, server)
	}
}
