package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	partnerraw "github.com/freedompay-go/freedompay/gen/partner/raw"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

var signHS256 = middleware.JWS(middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: credentials})

// newRequest returns a request to p with the given body.
func newRequest(t *testing.T, p *peer, method string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, p.base()+"/v5/partner/invoices/info?payment_id=1", body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// do sends req through d and throws the answer away.
func do(t *testing.T, d middleware.Doer, req *http.Request) {
	t.Helper()
	resp, err := d.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

func TestTypedCallsAreSignedAsSent(t *testing.T) {
	for _, c := range allCalls {
		t.Run(c.id, func(t *testing.T) {
			p := newPeer(t, answerAll)
			answered, err := c.do(t.Context(), p.base(), nil)
			if err != nil || !answered {
				t.Fatalf("answered %v, %v", answered, err)
			}
			a := p.only(t)
			if a.path != basePath+c.path {
				t.Errorf("path %s", a.path)
			}
			if (a.body == "") != (a.method == http.MethodGet) {
				t.Errorf("%s with a body of %d bytes", a.method, len(a.body))
			}
			c.scheme.check(t, a)
		})
	}
}

// The same by a library that has nothing of ours in it.
func TestTypedCallsAreSignedForGolangJWT(t *testing.T) {
	for _, c := range allCalls {
		t.Run(c.id, func(t *testing.T) {
			p := newPeer(t, answerAll)
			if _, err := c.do(t.Context(), p.base(), nil); err != nil {
				t.Fatal(err)
			}
			a := p.only(t)
			header, mac, _ := strings.Cut(a.header.Get("X-JWS-Signature"), "..")
			signature, err := jwt.NewParser().DecodeSegment(mac)
			if err != nil {
				t.Fatal(err)
			}
			payload := (&jwt.Token{}).EncodeSegment([]byte(a.body))
			method := jwt.GetSigningMethod(c.scheme.alg)
			if err := method.Verify(header+"."+payload, signature, []byte(secret)); err != nil {
				t.Error(err)
			}
			if method.Verify(header+"."+payload+"A", signature, []byte(secret)) == nil {
				t.Error("the check takes any body")
			}
		})
	}
}

func TestRawTypedBodyIsSignedAsSent(t *testing.T) {
	p := newPeer(t, answerAll)
	c, err := partnerraw.NewClientWithResponses(p.base(), partnerraw.WithRequestEditorFn(signHS256))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.InvoicesInfoWithResponse(t.Context(), partnerraw.InvoicesInfoRequest{InvoiceID: "<Счёт & 1>"})
	if err != nil || answer.JSON200 == nil {
		t.Fatal(answer, err)
	}
	a := p.only(t)
	// encoding/json compacts what our own MarshalJSON returns and escapes it for
	// HTML: what is signed has to be that.
	if want := `{"invoice_id":"\u003cСчёт \u0026 1\u003e"}`; a.body != want {
		t.Errorf("body %s, want %s", a.body, want)
	}
	hs256.check(t, a)
}

// Whatever is done to a request before it is signed, what is signed is what
// arrives.
func TestSignedIsWhatArrives(t *testing.T) {
	replace := func(body string) middleware.RequestEditorFn {
		return func(_ context.Context, req *http.Request) error {
			// GetBody and ContentLength are left as they were.
			req.Body = io.NopCloser(strings.NewReader(body))
			return nil
		}
	}
	for _, test := range []struct {
		name   string
		method string
		body   func() io.Reader
		edit   middleware.RequestEditorFn
		want   string
	}{
		{"bytes", "POST", func() io.Reader { return bytes.NewReader([]byte(`{"a":1}`)) }, nil, `{"a":1}`},
		{"a reader without GetBody", "POST", func() io.Reader { return io.MultiReader(strings.NewReader(`{"a":`), strings.NewReader(`1}`)) }, nil, `{"a":1}`},
		{"a reader that gives one byte at a time", "POST", func() io.Reader { return oneByte{strings.NewReader(`{"a":1}`)} }, nil, `{"a":1}`},
		{"a long body", "POST", func() io.Reader { return strings.NewReader(strings.Repeat("0123456789", 100_000)) }, nil, strings.Repeat("0123456789", 100_000)},
		{"a longer one put in its place", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, replace(`{"a":1000}`), `{"a":1000}`},
		{"a shorter one put in its place", "POST", func() io.Reader { return strings.NewReader(`{"a":1000}`) }, replace(`{"a":1}`), `{"a":1}`},
		{"a body put where none was", "POST", func() io.Reader { return nil }, replace(`{"a":1}`), `{"a":1}`},
		{"the body taken away", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, func(_ context.Context, req *http.Request) error {
			req.Body = http.NoBody
			return nil
		}, ""},
		{"an editor that read the body and left it at its end", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, func(_ context.Context, req *http.Request) error {
			_, err := io.Copy(io.Discard, req.Body)
			return err
		}, `{"a":1}`},
		{"no body", "POST", func() io.Reader { return nil }, nil, ""},
		{"an empty body", "POST", func() io.Reader { return strings.NewReader("") }, nil, ""},
		{"an empty reader of unknown length", "POST", func() io.Reader { return io.MultiReader() }, nil, ""},
		{"GET", "GET", func() io.Reader { return nil }, nil, ""},
		{"another method and path", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, func(_ context.Context, req *http.Request) error {
			req.Method, req.URL.Path, req.URL.RawPath = "PUT", "/a b/ж/c%2Fd", "/a%20b/%D0%B6/c%252Fd"
			return nil
		}, `{"a":1}`},
		{"no method and no path", "POST", func() io.Reader { return nil }, func(_ context.Context, req *http.Request) error {
			req.Method, req.URL.Path = "", ""
			return nil
		}, ""},
		{"a signature from before", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, func(_ context.Context, req *http.Request) error {
			req.Header.Set("X-JWS-Signature", "old..old")
			return nil
		}, `{"a":1}`},
		{"no header map", "POST", func() io.Reader { return strings.NewReader(`{"a":1}`) }, nil, `{"a":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPeer(t, func(http.ResponseWriter, *http.Request) {})
			var editors []middleware.RequestEditorFn
			if test.edit != nil {
				editors = append(editors, test.edit)
			}
			d := middleware.NewDoer(http.DefaultClient, append(editors, signHS256)...)
			req := newRequest(t, p, test.method, test.body())
			if test.name == "no header map" {
				req.Header = nil
			}
			do(t, d, req)
			a := p.only(t)
			if a.body != test.want {
				t.Errorf("arrived %.40q, want %.40q", a.body, test.want)
			}
			hs256.check(t, a)
		})
	}
}

type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

func TestSameRequestTwice(t *testing.T) {
	for _, test := range []struct {
		name string
		body io.Reader
	}{
		{"with GetBody", strings.NewReader(`{"a":1}`)},
		{"without GetBody", io.MultiReader(strings.NewReader(`{"a":1}`))},
		{"without a body", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPeer(t, func(http.ResponseWriter, *http.Request) {})
			d := middleware.NewDoer(http.DefaultClient, middleware.RequestID(nil), signHS256)
			req := newRequest(t, p, "POST", test.body)
			req.Header.Set("X-Request-Id", "b8f6d3c6-6f5a-7c35-8d2f-000000000001")
			header := req.Header.Clone()
			do(t, d, req)
			do(t, d, req)
			got := p.arrived()
			if len(got) != 2 || !reflect.DeepEqual(got[0], got[1]) {
				t.Fatalf("two sends of one request differ: %v", got)
			}
			if test.body != nil && got[0].body != `{"a":1}` {
				t.Errorf("body %q", got[0].body)
			}
			hs256.check(t, got[0])
			if !reflect.DeepEqual(req.Header, header) {
				t.Errorf("the request that was passed in was changed: %v", req.Header)
			}
		})
	}
}

// One request without a body may be in use by many at a time.
func TestBodilessRequestIsNotTouched(t *testing.T) {
	p := newPeer(t, func(http.ResponseWriter, *http.Request) {})
	d := middleware.NewDoer(http.DefaultClient, signHS256)
	req := newRequest(t, p, "GET", nil)
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			if resp, err := d.Do(req); err != nil {
				t.Error(err)
			} else {
				_ = resp.Body.Close()
			}
		}()
	}
	for range 4 {
		<-done
	}
	for _, a := range p.arrived() {
		hs256.check(t, a)
	}
}

// A call that is made again under its request id sends the same bytes, the
// boundary of a form included, from another client and in another process.
func TestSameCallTwice(t *testing.T) {
	const id = "b8f6d3c6-6f5a-7c35-8d2f-000000000001"
	for _, c := range allCalls {
		for _, opts := range [][]middleware.Option{nil, {middleware.WithJSONBodies()}} {
			p := newPeer(t, answerAll)
			for range 2 {
				if _, err := c.do(t.Context(), p.base(), opts, wire.WithRequestID(id)); err != nil {
					t.Fatal(err)
				}
			}
			got := p.arrived()
			if len(got) != 2 || !reflect.DeepEqual(got[0], got[1]) {
				t.Errorf("%s: a call and its repeat differ:\n%v\n%v", c, got[0], got[1])
			}
			if got[0].header.Get("X-Request-Id") != id {
				t.Errorf("%s: request id %q", c, got[0].header.Get("X-Request-Id"))
			}
			c.scheme.check(t, got[0])
		}
	}
}

func TestStripPrefix(t *testing.T) {
	// A proxy takes basePath away, so Freedom Pay is called, and verifies, without it.
	for _, c := range allCalls {
		p := newPeer(t, answerAll)
		if _, err := c.do(t.Context(), p.base(), []middleware.Option{middleware.WithStripPrefix(basePath)}); err != nil {
			t.Fatal(err)
		}
		c.scheme.checkPath(t, p.only(t), c.path, secret)
	}
	p := newPeer(t, answerAll)
	for _, prefix := range []string{"/other", basePath + "/v5/part", "/mount/poin"} {
		_, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithStripPrefix(prefix)})
		if !errors.Is(err, wire.ErrInvalidRequest) {
			t.Errorf("prefix %s: %v", prefix, err)
		}
	}
	if n := len(p.arrived()); n != 0 {
		t.Errorf("%d requests were sent with another prefix", n)
	}
}

func TestWithAlgorithm(t *testing.T) {
	p := newPeer(t, answerAll)
	if _, err := requestStatus.do(t.Context(), p.base(), []middleware.Option{middleware.WithAlgorithm(jws.HS256)}); err != nil {
		t.Fatal(err)
	}
	hs256.check(t, p.only(t))
	if _, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithAlgorithm(99)}); !errors.Is(err, wire.ErrInvalidRequest) {
		t.Error(err)
	}
}

func TestJWSRefuses(t *testing.T) {
	const maxBody = 16 << 20
	post := func(body io.Reader) *http.Request {
		req, err := http.NewRequest("POST", "https://pay.example/a", body)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	used := post(io.MultiReader(strings.NewReader(`{"a":1}`)))
	used.ContentLength = 7
	_, _ = io.Copy(io.Discard, used.Body)
	broken := errors.New("broken")
	noSecret := credentials
	noSecret.Secret = wire.NewSecret("")
	for _, test := range []struct {
		name string
		o    middleware.JWSOptions
		req  *http.Request
		want string
	}{
		{"no credentials", middleware.JWSOptions{Scheme: wire.JWSHS256}, post(nil), "middleware: no credentials"},
		{"a nil function", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: wire.CredentialsFunc(nil)}, post(nil), "middleware: no credentials"},
		{"no id", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: wire.NewCredentials("", secret)}, post(nil), "middleware: the credentials hold no id"},
		{"no secret", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: wire.Credentials{ID: identity}}, post(nil), "middleware: the credentials hold no secret"},
		{"an empty secret", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: noSecret}, post(nil), "middleware: the credentials hold no secret"},
		{"an id that is no number", middleware.JWSOptions{Scheme: wire.JWSMerchant2025, Credentials: wire.NewCredentials("shop", secret)}, post(nil), "merchant_id: decimal integer expected"},
		{"no scheme", middleware.JWSOptions{Credentials: credentials}, post(nil), "is not a JWS scheme"},
		{"a pg_sig scheme", middleware.JWSOptions{Scheme: wire.PgSigPayment, Credentials: credentials}, post(nil), "is not a JWS scheme"},
		{"a body that was read", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: credentials}, used, "was read before"},
		{"a body that fails", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: credentials}, post(io.MultiReader(strings.NewReader("{"), errReader{broken})), "broken"},
		{"a body over the cap", middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: credentials}, post(strings.NewReader(strings.Repeat("0", maxBody+1))), "larger than 16777216 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := middleware.JWS(test.o)(t.Context(), test.req)
			if err == nil {
				t.Fatal("no error")
			}
			contains(t, err.Error(), test.want)
			if strings.Contains(err.Error(), secret) {
				t.Error("the error holds the secret")
			}
			if test.req.Header.Get("X-JWS-Signature") != "" {
				t.Error("it was signed all the same")
			}
		})
	}
	// Exactly the cap is allowed.
	req := post(strings.NewReader(strings.Repeat("0", maxBody)))
	if err := signHS256(t.Context(), req); err != nil {
		t.Error(err)
	}
}

type errReader struct{ error }

func (r errReader) Read([]byte) (int, error) { return 0, r.error }

// A Doer closes the body even when it sends nothing, as http.Client does.
func TestDoerClosesBodyWhenAnEditorFails(t *testing.T) {
	body := &closeRecorder{Reader: strings.NewReader("x")}
	req, err := http.NewRequest("POST", "https://pay.example/", body)
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	_, err = middleware.NewDoer(doerFunc(func(*http.Request) (*http.Response, error) {
		t.Error("it was sent")
		return nil, io.EOF
	}), func(context.Context, *http.Request) error { return stop }).Do(req)
	if !errors.Is(err, stop) || err.Error() != "stop" {
		t.Errorf("error %v", err)
	}
	if !body.closed {
		t.Error("the body is open")
	}
}

type closeRecorder struct {
	io.Reader
	closed bool
}

func (r *closeRecorder) Close() error { r.closed = true; return nil }

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

// Many calls at once keep apart what is theirs.
func TestConcurrentCalls(t *testing.T) {
	p := newPeer(t, answerAll)
	const n = 16
	failed := make(chan error, n)
	client := []middleware.Option{middleware.WithTimeout(10 * time.Second)}
	for i := range n {
		go func() {
			_, err := allCalls[i%len(allCalls)].do(t.Context(), p.base(), client)
			failed <- err
		}()
	}
	for range n {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	ids := map[string]bool{}
	for _, a := range p.arrived() {
		ids[a.header.Get("X-Request-Id")] = true
		for _, c := range allCalls {
			if a.path == basePath+c.path {
				c.scheme.check(t, a)
			}
		}
	}
	if len(ids) != n {
		t.Errorf("%d calls had %d request ids", n, len(ids))
	}
}
