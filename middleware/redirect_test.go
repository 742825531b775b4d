package middleware_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	partnerraw "github.com/freedompay-go/freedompay/gen/partner/raw"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

var redirects = []int{301, 302, 303, 307, 308}

// redirecting returns a peer that answers with a redirect to other, or, when
// other is nil, to another path of its own.
func redirecting(t *testing.T, status int, other *peer) *peer {
	return newPeer(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case other != nil:
			http.Redirect(w, r, other.base()+"/elsewhere", status)
		case r.URL.Path != basePath+"/elsewhere":
			http.Redirect(w, r, basePath+"/elsewhere", status)
		default:
			answerJSON(`{"status":"new"}`)(w, r)
		}
	})
}

// Clients of which no signed request may follow a redirect.
func TestRedirectIsNotFollowed(t *testing.T) {
	// A user's client that follows redirects unless it is kept from it.
	users := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	for _, client := range []struct {
		name string
		opts []middleware.Option
	}{
		{"of its own", nil},
		{"the user's", []middleware.Option{middleware.WithHTTPClient(users)}},
		{"http.DefaultClient", []middleware.Option{middleware.WithHTTPClient(http.DefaultClient)}},
		{"the user's transport", []middleware.Option{middleware.WithTransport(http.DefaultTransport)}},
	} {
		t.Run(client.name, func(t *testing.T) {
			for _, status := range redirects {
				for _, elsewhere := range []bool{false, true} {
					for _, c := range []call{invoicesInfo, invoiceInfo, invoicePay} {
						var other *peer
						if elsewhere {
							other = newPeer(t, answerJSON(`{"status":"new"}`))
						}
						p := redirecting(t, status, other)
						var meta wire.Meta
						answered, err := c.do(t.Context(), p.base(), client.opts, wire.WithMeta(&meta))
						e := mustFail(t, c, answered, err)
						if e.Kind != wire.ErrUnexpectedAnswer || e.OutcomeUnknown != (c.effect == wire.Write) {
							t.Errorf("%d, %s: %v", status, c, err)
						}
						contains(t, err.Error(), "a redirect, which a signed request does not follow")
						if meta.Status != status || meta.Header.Get("Location") == "" {
							t.Errorf("%d, %s: meta has status %d, location %q", status, c, meta.Status, meta.Header.Get("Location"))
						}
						if n := len(p.arrived()); n != 1 {
							t.Errorf("%d, %s: %d requests arrived", status, c, n)
						}
						if other != nil && len(other.arrived()) != 0 {
							t.Errorf("%d, %s: the signed request went to the other host", status, c)
						}
					}
				}
			}
		})
	}
	if err := users.CheckRedirect(nil, nil); err != nil {
		t.Error("the user's own client was changed")
	}
}

func TestRedirectIsNotFollowedByRawClient(t *testing.T) {
	for _, status := range redirects {
		other := newPeer(t, answerJSON(`{"status":"new"}`))
		for _, target := range []*peer{nil, other} {
			p := redirecting(t, status, target)
			c, err := partnerraw.NewClientWithResponses(p.base(),
				partnerraw.WithRequestEditorFn(signHS256),
				partnerraw.WithHTTPClient(middleware.NewHTTPClient(0, nil)))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := c.InvoicesInfoWithResponse(t.Context(), partnerraw.InvoicesInfoRequest{InvoiceID: "1"})
			if err != nil || answer.StatusCode() != status || answer.JSON200 != nil {
				t.Errorf("%d: %v, %v", status, answer, err)
			}
			if n := len(p.arrived()); n != 1 {
				t.Errorf("%d: %d requests arrived", status, n)
			}
		}
		if n := len(other.arrived()); n != 0 {
			t.Errorf("%d: the signed request went to the other host", status)
		}
	}
}

// What the documentation of JWS and NewHTTPClient warns of: the client that
// oapi-codegen's takes by default hands the signature to another host, and the
// body too where the status says so.
func TestDefaultClientFollowsRedirect(t *testing.T) {
	for _, status := range redirects {
		other := newPeer(t, answerJSON(`{"status":"new"}`))
		p := redirecting(t, status, other)
		c, err := partnerraw.NewClientWithResponses(p.base(),
			partnerraw.WithRequestEditorFn(signHS256), partnerraw.WithHTTPClient(http.DefaultClient))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.InvoicesInfoWithResponse(t.Context(), partnerraw.InvoicesInfoRequest{InvoiceID: "1"})
		if err != nil || answer.JSON200 == nil {
			t.Fatalf("%d: %v, %v", status, answer, err)
		}
		first, second := p.only(t), other.only(t)
		if got := second.header.Get("X-JWS-Signature"); got == "" || got != first.header.Get("X-JWS-Signature") {
			t.Errorf("%d: the other host got the signature %q", status, got)
		}
		body := ""
		if status >= 307 {
			body = first.body
		}
		if second.body != body {
			t.Errorf("%d: the other host got the body %q", status, second.body)
		}
	}
}

// A Doer that is not ours may follow a redirect all the same. It cannot be kept
// from it, but what it brings back is not taken for an answer.
func TestForeignDoerThatFollowsIsFoundOut(t *testing.T) {
	foreign := doerFunc(new(http.Client).Do)
	for _, status := range redirects {
		for _, elsewhere := range []bool{false, true} {
			for _, c := range []call{invoicesInfo, clientAdd} {
				var other *peer
				if elsewhere {
					other = newPeer(t, answerJSON(`{"status":"new"}`))
				}
				p := redirecting(t, status, other)
				answered, err := c.do(t.Context(), p.base(), []middleware.Option{middleware.WithHTTPClient(foreign)})
				e := mustFail(t, c, answered, err)
				if e.Kind != wire.ErrUnexpectedAnswer || e.OutcomeUnknown != (c.effect == wire.Write) {
					t.Errorf("%d, %s: %v", status, c, err)
				}
				contains(t, err.Error(), "followed a redirect")
			}
		}
	}
}

func TestForeignDoer(t *testing.T) {
	answer := func(change func(*http.Request) *http.Request) middleware.Option {
		return middleware.WithHTTPClient(doerFunc(func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode:    200,
				Header:        http.Header{"Content-Type": {"application/json"}},
				ContentLength: -1,
				Body:          io.NopCloser(strings.NewReader(clientAdd.ok)),
				Request:       change(req),
			}, nil
		}))
	}
	clone := func(change func(*http.Request)) func(*http.Request) *http.Request {
		return func(req *http.Request) *http.Request {
			req = req.Clone(req.Context())
			change(req)
			return req
		}
	}
	for _, test := range []struct {
		name  string
		opt   middleware.Option
		fails bool
	}{
		{"that does not name its request", answer(func(*http.Request) *http.Request { return nil }), false},
		{"that names the request", answer(func(req *http.Request) *http.Request { return req }), false},
		{"that names a copy", answer(clone(func(*http.Request) {})), false},
		{"that names no URL", answer(clone(func(req *http.Request) { req.URL = nil })), false},
		{"that went to another host", answer(clone(func(req *http.Request) { req.URL.Host = "other.example" })), true},
		{"that went without TLS", answer(clone(func(req *http.Request) { req.URL.Scheme = "http" })), true},
		{"that went to another path", answer(clone(func(req *http.Request) { req.URL.Path = "/" })), true},
		{"that went round in a circle", answer(clone(func(req *http.Request) { req.Response = new(http.Response) })), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			answered, err := clientAdd.do(t.Context(), "https://pay.example", []middleware.Option{test.opt})
			if !test.fails {
				if err != nil || !answered {
					t.Errorf("answered %v, %v", answered, err)
				}
				return
			}
			if e := mustFail(t, clientAdd, answered, err); !errors.Is(e, wire.ErrUnknownOutcome) || e.Kind != wire.ErrUnexpectedAnswer {
				t.Error(err)
			}
		})
	}
}

// A Location that cannot be parsed is none of net/http's business either, and
// is not quoted.
func TestMalformedLocation(t *testing.T) {
	p := newPeer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://[4400430012345678")
		w.WriteHeader(http.StatusFound)
	})
	answered, err := clientAdd.do(t.Context(), p.base(), nil)
	e := mustFail(t, clientAdd, answered, err)
	if e.Kind != wire.ErrUnexpectedAnswer || !e.OutcomeUnknown || strings.Contains(err.Error(), "4400") {
		t.Error(err)
	}
}
