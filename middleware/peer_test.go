package middleware_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	identity = "123456"
	secret   = "a secret of the tests"
	// basePath is where the API of the tests is mounted, so that a path that is
	// put together wrongly cannot work.
	basePath = "/mount/point"
)

var credentials = wire.NewCredentials(identity, secret)

// arrived is a request as the other side saw it.
type arrived struct {
	method, uri, path string
	header            http.Header
	body              string
}

// peer is the other side: it keeps what arrives and answers as it is told.
type peer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []arrived
}

func newPeer(t testing.TB, answer http.HandlerFunc) *peer {
	t.Helper()
	p := newUnstartedPeer(t, answer)
	p.Start()
	return p
}

func newUnstartedPeer(t testing.TB, answer http.HandlerFunc) *peer {
	t.Helper()
	p := new(peer)
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading the request: %v", err)
		}
		p.mu.Lock()
		p.requests = append(p.requests, arrived{r.Method, r.RequestURI, r.URL.EscapedPath(), r.Header.Clone(), string(body)})
		p.mu.Unlock()
		answer(w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0) // of TLS handshakes that are meant to fail
	t.Cleanup(p.Close)
	return p
}

// base is the base URL for a client.
func (p *peer) base() string { return p.URL + basePath }

func (p *peer) arrived() []arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// only returns the request that arrived, which must be the only one.
func (p *peer) only(t testing.TB) arrived {
	t.Helper()
	requests := p.arrived()
	if len(requests) != 1 {
		t.Fatalf("%d requests arrived, want one", len(requests))
	}
	return requests[0]
}

// scheme is a way of signing, spelled out by hand: nothing of package jws is in
// here.
type scheme struct {
	alg    string
	hash   func() hash.Hash
	header string // with verbs for path and method
}

var (
	hs256        = scheme{"HS256", sha256.New, `{"uri":"%s","auth_id":"` + identity + `","method":"%s","params":"","alg":"HS256"}`}
	hs512        = scheme{"HS512", sha512.New, `{"uri":"%s","auth_id":"` + identity + `","method":"%s","params":"","alg":"HS512"}`}
	merchant2025 = scheme{"HS512", sha512.New, `{"path":"%s","merchant_id":` + identity + `,"method":"%s","params":"","alg":"HS512"}`}
)

// sign returns the X-JWS-Signature of a request.
func (s scheme) sign(path, method, body, key string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	header := b64(fmt.Appendf(nil, s.header, path, method))
	mac := hmac.New(s.hash, []byte(key))
	mac.Write([]byte(header + "." + b64([]byte(body))))
	return header + ".." + b64(mac.Sum(nil))
}

// check fails the test unless the signature of a is that of the bytes that
// arrived.
func (s scheme) check(t testing.TB, a arrived) {
	t.Helper()
	s.checkPath(t, a, a.path, secret)
}

func (s scheme) checkPath(t testing.TB, a arrived, path, key string) {
	t.Helper()
	got := a.header.Values("X-Jws-Signature")
	if want := s.sign(path, a.method, a.body, key); len(got) != 1 || got[0] != want {
		t.Errorf("signature of %s %s, %d bytes:\n got %q\nwant %q", a.method, path, len(a.body), got, want)
	}
}

// call is one of the five operations with a request that is all right.
type call struct {
	id     string
	path   string
	scheme scheme
	effect wire.Effect
	ok     string // an answer, in JSON
	// do reports whether it returned an answer.
	do func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (answered bool, err error)
}

func (c call) String() string { return c.id }

var (
	invoicesInfo = call{
		"partner.invoicesInfo", "/v5/partner/invoices/info", hs256, wire.Read, `{"status":"new","amount":500.00}`,
		func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (bool, error) {
			c, err := partner.New(wire.Environment(base), credentials, client...)
			if err != nil {
				return false, err
			}
			answer, err := c.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: "019d0652"}, opts...)
			return answer != nil, err
		},
	}
	invoiceInfo = call{
		"partner.invoiceInfo", "/v5/partner/invoice/info", hs256, wire.Read, `{"paymentStatus":"success"}`,
		func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (bool, error) {
			c, err := partner.New(wire.Environment(base), credentials, client...)
			if err != nil {
				return false, err
			}
			answer, err := c.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: "1234567890"}, opts...)
			return answer != nil, err
		},
	}
	clientAdd = call{
		"partner.clientAdd", "/v5/partner/client/add", hs256, wire.Write, `{"status":"ok"}`,
		func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (bool, error) {
			c, err := partner.New(wire.Environment(base), credentials, client...)
			if err != nil {
				return false, err
			}
			answer, err := c.ClientAdd(ctx, &partner.ClientAddRequest{
				RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
				Company:   clientAddCompany(),
			}, opts...)
			return answer != nil, err
		},
	}
	requestStatus = call{
		"card.requestStatus", "/v5/card-api/request/status", hs512, wire.Read, `{"status":"ok","request_status":"process"}`,
		func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (bool, error) {
			c, err := card.New(wire.Environment(base), credentials, client...)
			if err != nil {
				return false, err
			}
			answer, err := c.RequestStatus(ctx, &card.RequestStatusRequest{RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca"}, opts...)
			return answer != nil, err
		},
	}
	invoicePay = call{
		"merchant.invoicePay", "/v5/merchant/invoice/pay", merchant2025, wire.Write, `{"status":"ok","order_id":"1"}`,
		func(ctx context.Context, base string, client []middleware.Option, opts ...wire.CallOption) (bool, error) {
			c, err := merchant.New(wire.Environment(base), credentials, client...)
			if err != nil {
				return false, err
			}
			answer, err := c.InvoicePay(ctx, payRequest(), opts...)
			return answer != nil, err
		},
	}
	allCalls = []call{invoicesInfo, invoiceInfo, clientAdd, requestStatus, invoicePay}
)

func clientAddCompany() partner.Company {
	return partner.Company{CompanyID: "1", Name: "Название", BIN: "123456789012"}
}

func payRequest() *merchant.InvoicePayRequest {
	return &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret("kzobd2vgp17214143761774775392946"), UserID: "No65", CardToken: wire.NewSecret("ef741cfc-f85e"),
	}
}

// answerJSON answers with a JSON body.
func answerJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// answerAll answers every one of the five operations well.
func answerAll(w http.ResponseWriter, r *http.Request) {
	for _, c := range allCalls {
		if r.URL.Path == basePath+c.path {
			answerJSON(c.ok)(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}
