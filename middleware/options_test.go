package middleware_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

func TestBaseURL(t *testing.T) {
	const hidden = "hunter2"
	for _, test := range []struct{ base, want string }{
		// want is the URL that is called, or, without a scheme, part of the error.
		{"https://api.freedompay.kz", "https://api.freedompay.kz/a"},
		{"https://api.freedompay.kz/", "https://api.freedompay.kz/a"},
		{"HTTPS://api.freedompay.kz:8443/v1//", "https://api.freedompay.kz:8443/v1/a"},
		{"https://api.freedompay.kz/a%2Fb/", "https://api.freedompay.kz/a%2Fb/a"},
		{"https://api.freedompay.kz/%D1%83", "https://api.freedompay.kz/%D1%83/a"},
		{"http://localhost:8080/", "http://localhost:8080/a"},
		{"http://127.0.0.1", "http://127.0.0.1/a"},
		{"http://[::1]:8080", "http://[::1]:8080/a"},
		{string(wire.KZ), "https://api.freedompay.kz/a"},
		{string(wire.KZTest), "https://test-api.freedompay.kz/a"},
		{"", "no environment"},
		{" ", "not an absolute"},
		{"api.freedompay.kz", "not an absolute"},
		{"//api.freedompay.kz", "not an absolute"},
		{"/v5", "not an absolute"},
		{"https:", "not an absolute"},
		{"https://", "not an absolute"},
		{"https://:8080", "not an absolute"},
		{"https:api.freedompay.kz", "not an absolute"},
		{"ftp://api.freedompay.kz", "not an absolute"},
		{"hunter2:hunter2@api.freedompay.kz", "not an absolute"},
		{"https://hunter2:hunter2@api.freedompay.kz", "no user or password"},
		{"https://hunter2@api.freedompay.kz", "no user or password"},
		{"https://api.freedompay.kz?key=hunter2", "no query and no fragment"},
		{"https://api.freedompay.kz/?", "no query and no fragment"},
		{"https://api.freedompay.kz#hunter2", "no query and no fragment"},
		{"https://api.freedompay.kz:hunter2", "cannot be parsed"},
		{"https://api.freedompay.kz/%zzhunter2", "cannot be parsed"},
		{"https://api.freedompay.kz\n", "cannot be parsed"},
		{"http://api.freedompay.kz", "without TLS"},
		{"http://localhost.example", "without TLS"},
		{"http://10.0.0.1", "without TLS"},
	} {
		for _, way := range []string{"environment", "WithBaseURL"} {
			var called string
			opts := []middleware.Option{middleware.WithHTTPClient(doerFunc(func(req *http.Request) (*http.Response, error) {
				called = req.URL.String()
				return nil, errors.New("that will do")
			}))}
			env := wire.Environment(test.base)
			if way == "WithBaseURL" {
				env, opts = wire.KZ, append(opts, middleware.WithBaseURL(test.base))
			}
			c, err := middleware.NewCaller(env, credentials, opts...)
			if !strings.Contains(test.want, "://") {
				if err == nil {
					t.Errorf("%s %q: no error", way, test.base)
				} else if contains(t, err.Error(), test.want, "middleware: "); strings.Contains(err.Error(), hidden) {
					t.Errorf("%s: the error quotes what may be a password: %v", way, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %q: %v", way, test.base, err)
				continue
			}
			_ = c.Do(t.Context(), &wire.Operation{ID: "a", Method: "GET", Path: "/a", Security: wire.JWSHS256}, nil, nil)
			if called != test.want {
				t.Errorf("%s %q: called %q, want %q", way, test.base, called, test.want)
			}
		}
	}
}

func TestWithPlainHTTP(t *testing.T) {
	for _, opts := range [][]middleware.Option{
		{middleware.WithPlainHTTP(), middleware.WithBaseURL("http://pay.internal")},
		{middleware.WithBaseURL("http://pay.internal"), middleware.WithPlainHTTP()},
	} {
		if _, err := middleware.NewCaller("", credentials, opts...); err != nil {
			t.Error(err)
		}
	}
}

func TestOptionsRefuse(t *testing.T) {
	for _, test := range []struct {
		name        string
		credentials wire.CredentialsProvider
		opts        []middleware.Option
		want        string
	}{
		{"no credentials", nil, nil, "no credentials"},
		{"a nil function for credentials", wire.CredentialsFunc(nil), nil, "no credentials"},
		{"a nil client", credentials, []middleware.Option{middleware.WithHTTPClient(nil)}, "nil HTTP client"},
		{"a nil *http.Client", credentials, []middleware.Option{middleware.WithHTTPClient((*http.Client)(nil))}, "nil HTTP client"},
		{"a nil transport", credentials, []middleware.Option{middleware.WithTransport(nil)}, "nil transport"},
		{"a client and a transport", credentials, []middleware.Option{
			middleware.WithHTTPClient(http.DefaultClient), middleware.WithTransport(http.DefaultTransport),
		}, "WithTransport beside WithHTTPClient"},
		{"no timeout", credentials, []middleware.Option{middleware.WithTimeout(0)}, "timeout 0s is not positive"},
		{"a negative timeout", credentials, []middleware.Option{middleware.WithTimeout(-time.Second)}, "timeout -1s is not positive"},
		{"a nil source of ids", credentials, []middleware.Option{middleware.WithRequestIDSource(nil)}, "nil source"},
		{"a nil editor", credentials, []middleware.Option{middleware.WithEditor(nil)}, "nil editor"},
		{"a prefix without a slash", credentials, []middleware.Option{middleware.WithStripPrefix("v1")}, "must start with a slash"},
		{"a prefix with a slash too many", credentials, []middleware.Option{middleware.WithStripPrefix("/v1/")}, "must start with a slash"},
		{"no prefix", credentials, []middleware.Option{middleware.WithStripPrefix("")}, "must start with a slash"},
	} {
		c, err := middleware.NewCaller(wire.KZ, test.credentials, test.opts...)
		if err == nil || c != nil {
			t.Errorf("%s: %v, %v", test.name, c, err)
			continue
		}
		contains(t, err.Error(), "middleware: ", test.want)
	}
}

// A form goes out as JSON where that is documented and asked for.
func TestJSONBodies(t *testing.T) {
	for _, test := range []struct {
		name   string
		client []middleware.Option
		call   []wire.CallOption
		json   bool
	}{
		{"by default", nil, nil, false},
		{"by the call", nil, []wire.CallOption{wire.WithJSONBody()}, true},
		{"by the client", []middleware.Option{middleware.WithJSONBodies()}, nil, true},
	} {
		p := newPeer(t, answerAll)
		if _, err := invoicePay.do(t.Context(), p.base(), test.client, test.call...); err != nil {
			t.Fatal(err)
		}
		a := p.only(t)
		contentType := a.header.Get("Content-Type")
		if test.json {
			const want = `{"customer":"kzobd2vgp17214143761774775392946","user_id":"No65","card_token":"ef741cfc-f85e"}`
			if contentType != "application/json" || a.body != want {
				t.Errorf("%s: %s %s", test.name, contentType, a.body)
			}
		} else if !strings.HasPrefix(contentType, "multipart/form-data; boundary=freedompay-") {
			t.Errorf("%s: %s", test.name, contentType)
		}
		if got := a.header.Get("Accept"); got != "application/xml, application/json" {
			t.Errorf("%s: Accept: %s", test.name, got)
		}
		merchant2025.check(t, a)
	}
	// Where JSON is not documented, a call cannot ask for it; a client's wish does
	// not reach that far.
	form := wire.Operation{
		ID: "test.form", Method: "POST", Path: "/form", Security: wire.JWSHS256,
		Request: []wire.Media{wire.URLEncoded}, Answer: []wire.Media{wire.JSON},
	}
	p := newPeer(t, answerJSON(`{}`))
	c, err := merchant.New(wire.Environment(p.base()), credentials, middleware.WithJSONBodies())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), form, payRequest(), nil, wire.WithJSONBody()); !errors.Is(err, wire.ErrInvalidRequest) || len(p.arrived()) != 0 {
		t.Error(err)
	}
	if err := c.Do(t.Context(), form, payRequest(), nil); err != nil || p.only(t).header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Error(err)
	}
}

func TestWithCredentials(t *testing.T) {
	p := newPeer(t, answerAll)
	_, err := invoicesInfo.do(t.Context(), p.base(), nil, wire.WithCredentials(wire.NewCredentials(identity, "another secret")))
	if err != nil {
		t.Fatal(err)
	}
	a := p.only(t)
	hs256.checkPath(t, a, a.path, "another secret")
}

func TestCredentialsFunc(t *testing.T) {
	type shop struct{}
	down := errors.New("the vault is down")
	p := newPeer(t, answerAll)
	provider := wire.CredentialsFunc(func(ctx context.Context) (wire.Credentials, error) {
		switch ctx.Value(shop{}) {
		case "mine":
			return credentials, nil
		case "nobody's":
			return wire.Credentials{}, nil
		case "without a secret":
			return wire.NewCredentials(identity, ""), nil
		}
		return wire.Credentials{}, down
	})
	c, err := merchant.New(wire.Environment(p.base()), provider)
	if err != nil {
		t.Fatal(err)
	}
	pay := func(name string) error {
		answer, err := c.InvoicePay(context.WithValue(t.Context(), shop{}, name), payRequest())
		if err != nil {
			if e := mustFail(t, invoicePay, answer != nil, err); e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown || e.Meta.Attempts != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		return err
	}
	if err := pay("mine"); err != nil {
		t.Fatal(err)
	}
	merchant2025.check(t, p.only(t))
	if err := pay("another"); !errors.Is(err, down) {
		t.Error(err)
	}
	contains(t, pay("nobody's").Error(), "the credentials hold no id")
	contains(t, pay("without a secret").Error(), "the credentials hold no secret")
	p.only(t) // and no more
}

func TestValidation(t *testing.T) {
	p := newPeer(t, answerAll)
	c, err := merchant.New(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []*merchant.InvoicePayRequest{nil, {}} {
		answer, err := c.InvoicePay(t.Context(), request)
		e := mustFail(t, invoicePay, answer != nil, err)
		if e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown || e.Meta.Attempts != 0 {
			t.Error(err)
		}
		if broken := (wire.Violations)(nil); !errors.As(err, &broken) || len(broken) != 3 {
			t.Errorf("violations %v", broken)
		}
		contains(t, err.Error(), "$.customer: required", "$.user_id: required", "$.card_token: required")
	}
	if n := len(p.arrived()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	if _, err := c.InvoicePay(t.Context(), nil, wire.WithoutValidation()); err != nil {
		t.Error(err)
	}
	merchant2025.check(t, p.only(t))
}

// Do is the door to operations that no package knows; what is wrong with one
// is found before anything is sent.
func TestDo(t *testing.T) {
	p := newPeer(t, answerJSON(`{"a":{"b":[1]}}`))
	c, err := middleware.NewCaller(wire.Environment(p.base()+"/"), credentials)
	if err != nil {
		t.Fatal(err)
	}
	good := wire.Operation{ID: "test.do", Method: "POST", Path: "/do", Security: wire.JWSHS512}
	unknown := new(wire.Unknown)
	if err := c.Do(t.Context(), &good, nil, unknown); err != nil {
		t.Fatal(err)
	}
	if got, ok := unknown.Lookup("a", "b", "0"); !ok || got != "1" {
		t.Errorf("answer %q, %v", got, ok)
	}
	a := p.only(t)
	if a.uri != basePath+"/do" || a.body != "" || a.header.Get("Accept") != "*/*" {
		t.Errorf("arrived %+v", a)
	}
	hs512.check(t, a)

	with := func(change func(*wire.Operation)) *wire.Operation {
		op := good
		change(&op)
		return &op
	}
	for name, test := range map[string]struct {
		op   *wire.Operation
		out  any
		want wire.Kind
	}{
		"an answer of another type": {&good, new(string), wire.ErrInvalidRequest},
		"a value for an answer":     {&good, wire.Unknown{}, wire.ErrInvalidRequest},
		"no scheme":                 {with(func(op *wire.Operation) { op.Security = "" }), unknown, wire.ErrInvalidRequest},
		"no path":                   {with(func(op *wire.Operation) { op.Path = "" }), unknown, wire.ErrInvalidRequest},
		"a path without a slash":    {with(func(op *wire.Operation) { op.Path = "x" }), unknown, wire.ErrInvalidRequest},
		"a method that is none":     {with(func(op *wire.Operation) { op.Method = "P OST" }), unknown, wire.ErrInvalidRequest},
	} {
		err := c.Do(t.Context(), test.op, nil, test.out)
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) || e.Kind != test.want || e.OutcomeUnknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	body := *with(func(op *wire.Operation) { op.Request = []wire.Media{wire.XML} })
	if err := c.Do(t.Context(), &body, payRequest(), unknown); !errors.Is(err, wire.ErrInvalidRequest) {
		t.Errorf("a body in XML: %v", err)
	}
	p.only(t) // and no more

	// Without a type to hold it to, an answer has to be as documented all the same.
	documented := with(func(op *wire.Operation) { op.Answer = []wire.Media{wire.XML} })
	if err := c.Do(t.Context(), documented, nil, unknown); !errors.Is(err, wire.ErrUnexpectedAnswer) {
		t.Error(err)
	}
	for _, other := range []string{"text/html", ""} {
		p := newPeer(t, answerWith(200, other, `{"a":1}`))
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Do(t.Context(), &good, nil, new(wire.Unknown)); !errors.Is(err, wire.ErrUnexpectedAnswer) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

// What the policy of NewHTTPClient says, as far as it can be looked at.
func TestHTTPClientPolicy(t *testing.T) {
	if got := middleware.NewHTTPClient(0, nil).Timeout; got != middleware.DefaultTimeout {
		t.Errorf("timeout %v", got)
	}
	if got := middleware.NewHTTPClient(time.Second, nil).Timeout; got != time.Second {
		t.Errorf("timeout %v", got)
	}
	old := newUnstartedPeer(t, answerAll)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	if _, err := middleware.NewHTTPClient(0, nil).Get(old.base()); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	closed := new(idleCloser)
	middleware.NewHTTPClient(0, closed).CloseIdleConnections()
	if !*closed {
		t.Error("CloseIdleConnections does not reach the transport")
	}
	middleware.NewHTTPClient(0, memory{}).CloseIdleConnections() // has no such method
}

type idleCloser bool

func (c *idleCloser) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no") }
func (c *idleCloser) CloseIdleConnections()                           { *c = true }

// The timeout of a user's client counts, and so does its transport.
func TestUsersClientIsKept(t *testing.T) {
	var used bool
	users := &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		used = true
		deadline, ok := req.Context().Deadline()
		if left := time.Until(deadline); !ok || left > time.Minute || left < 30*time.Second {
			t.Errorf("deadline in %v, %v", left, ok)
		}
		return memory{"application/json", -1, strings.NewReader(clientAdd.ok)}.RoundTrip(req)
	}), Timeout: time.Minute}
	if _, err := clientAdd.do(t.Context(), "https://pay.example", []middleware.Option{middleware.WithHTTPClient(users)}); err != nil || !used {
		t.Error(used, err)
	}
	if users.CheckRedirect != nil || users.Timeout != time.Minute {
		t.Error("the user's own client was changed")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
