package middleware_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	cardraw "github.com/freedompay-go/freedompay/gen/card/raw"
	"github.com/freedompay-go/freedompay/gen/merchant"
	merchantraw "github.com/freedompay-go/freedompay/gen/merchant/raw"
	partnerraw "github.com/freedompay-go/freedompay/gen/partner/raw"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// The types of oapi-codegen's clients take our editors as they are.
var (
	_ partnerraw.RequestEditorFn = middleware.RequestID(nil)
	_ partnerraw.HttpRequestDoer = middleware.NewDoer(nil)
	_ partnerraw.HttpRequestDoer = middleware.NewHTTPClient(0, nil)
)

// newSandbox starts a Freedom Pay of our own.
func newSandbox(t *testing.T) string {
	t.Helper()
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// oapi-codegen's clients need our two editors and nothing else.
func TestRawClientsAgainstSandbox(t *testing.T) {
	url := newSandbox(t)
	id := middleware.RequestID(nil)
	sign := func(s wire.Scheme) middleware.RequestEditorFn {
		return middleware.JWS(middleware.JWSOptions{Scheme: s, Credentials: credentials})
	}
	partners, err := partnerraw.NewClientWithResponses(url,
		partnerraw.WithRequestEditorFn(id), partnerraw.WithRequestEditorFn(sign(wire.JWSHS256)))
	if err != nil {
		t.Fatal(err)
	}
	cards, err := cardraw.NewClientWithResponses(url,
		cardraw.WithRequestEditorFn(id), cardraw.WithRequestEditorFn(sign(wire.JWSHS512)))
	if err != nil {
		t.Fatal(err)
	}
	merchants, err := merchantraw.NewClientWithResponses(url,
		merchantraw.WithRequestEditorFn(id), merchantraw.WithRequestEditorFn(sign(wire.JWSMerchant2025)))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()

	invoice, err := partners.InvoicesInfoWithResponse(ctx, partnerraw.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice})
	if err != nil || invoice.JSON200 == nil || invoice.JSON200.Amount.String() != "500.00" {
		t.Errorf("InvoicesInfo: %v, %v", invoice, err)
	}
	if got := invoice.HTTPResponse.Header.Get("X-Request-Id"); got == "" || got != invoice.HTTPResponse.Request.Header.Get("X-Request-Id") {
		t.Errorf("the sandbox saw the request id %q", got)
	}
	payment, err := partners.InvoiceInfoWithResponse(ctx, &partnerraw.InvoiceInfoParams{PaymentID: sandbox.ExamplePayment})
	if err != nil || payment.JSON200 == nil || payment.JSON200.OrderID != "00102" {
		t.Errorf("InvoiceInfo: %v, %v", payment, err)
	}
	added, err := partners.ClientAddWithResponse(ctx, partnerraw.ClientAddRequest{
		RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
		Company:   clientAddCompany(),
	})
	if err != nil || added.JSON200 == nil || added.JSON200.RequestStatus != "process" {
		t.Errorf("ClientAdd: %v, %v", added, err)
	}
	status, err := cards.RequestStatusWithResponse(ctx, cardraw.RequestStatusRequest{RequestID: sandbox.ExampleCardRequest})
	if err != nil || status.JSON200 == nil || status.JSON200.RequestStatus != "success" {
		t.Errorf("RequestStatus: %v, %v", status, err)
	}

	pairs := codec.Pairs(&merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer), UserID: "1", CardToken: wire.NewSecret("ef741cfc"),
	})
	boundary := codec.MultipartBoundary("test", pairs)
	paid, err := merchants.InvoicePayWithBodyWithResponse(ctx, "multipart/form-data; boundary="+boundary,
		bytes.NewReader(codec.AppendMultipart(nil, boundary, pairs)))
	if err != nil || paid.XML200 == nil || paid.XML200.InvoiceStatus != merchant.InvoicePayStatusOK || paid.XML200.Amount.String() != "500.00" {
		t.Errorf("InvoicePay: %v, %v", paid, err)
	}
}

// replaceBody is an editor of a single call that changes the body.
func replaceBody(body string) func(context.Context, *http.Request) error {
	return func(_ context.Context, req *http.Request) error {
		req.Body = io.NopCloser(strings.NewReader(body))
		req.GetBody = nil
		req.ContentLength = int64(len(body))
		return nil
	}
}

// An editor of a single call runs after those of the client. Behind NewDoer the
// signature comes after both; as an editor of the client it comes between them
// and no longer fits.
func TestEditorOfSingleCallRunsLast(t *testing.T) {
	const changed = `{"invoice_id":"` + sandbox.ExampleInvoice + `"}`
	url := newSandbox(t)
	fresh := partnerraw.InvoicesInfoRequest{InvoiceID: "another"}
	for _, test := range []struct {
		name string
		opts []partnerraw.ClientOption
		edit func(context.Context, *http.Request) error
		want int
	}{
		{"NewDoer, body", []partnerraw.ClientOption{
			partnerraw.WithHTTPClient(middleware.NewDoer(middleware.NewHTTPClient(0, nil), signHS256)),
		}, replaceBody(changed), 200},
		{"NewDoer, path", []partnerraw.ClientOption{
			partnerraw.WithHTTPClient(middleware.NewDoer(middleware.NewHTTPClient(0, nil), signHS256)),
		}, func(_ context.Context, req *http.Request) error {
			req.Method, req.URL.Path, req.URL.RawQuery = http.MethodGet, "/v5/partner/invoice/info", "payment_id="+sandbox.ExamplePayment
			req.Body = http.NoBody
			return nil
		}, 200},
		{"editor of the client, body", []partnerraw.ClientOption{
			partnerraw.WithRequestEditorFn(signHS256),
		}, replaceBody(changed), 401},
		{"editor of the client, nothing changed", []partnerraw.ClientOption{
			partnerraw.WithRequestEditorFn(signHS256),
		}, func(context.Context, *http.Request) error { return nil }, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := partnerraw.NewClientWithResponses(url, test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := c.InvoicesInfoWithResponse(t.Context(), fresh, test.edit)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode() != test.want {
				t.Errorf("status %d, want %d: %s", answer.StatusCode(), test.want, answer.Body)
			}
		})
	}
}

// Of a typed client every editor runs before the signature, the client's first.
func TestEditorsOfTypedClient(t *testing.T) {
	for _, c := range allCalls {
		p := newPeer(t, answerAll)
		var order []string
		note := func(name string) middleware.RequestEditorFn {
			return func(_ context.Context, req *http.Request) error {
				order = append(order, name)
				if req.Header.Get("X-JWS-Signature") != "" {
					t.Errorf("%s: editor %s runs after the signature", c, name)
				}
				req.Header.Set("X-Note", name)
				return nil
			}
		}
		_, err := c.do(t.Context(), p.base(),
			[]middleware.Option{middleware.WithEditor(note("1")), middleware.WithEditor(note("2"))},
			wire.WithEditor(note("3")), wire.WithEditor(replaceBody(`{"x":1}`)))
		if err != nil {
			t.Fatal(err)
		}
		a := p.only(t)
		if strings.Join(order, "") != "123" || a.header.Get("X-Note") != "3" || a.body != `{"x":1}` {
			t.Errorf("%s: order %v, body %q", c, order, a.body)
		}
		c.scheme.check(t, a)
	}
}

func TestNilEditorOfSingleCall(t *testing.T) {
	answered, err := invoicesInfo.do(t.Context(), "https://pay.example", nil, wire.WithEditor(nil))
	if e := mustFail(t, invoicesInfo, answered, err); e.Kind != wire.ErrInvalidRequest {
		t.Error(err)
	}
}

// setHeader is an editor that sets a header field.
func setHeader(name, value string) middleware.RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set(name, value)
		return nil
	}
}
