package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	partnerraw "github.com/freedompay-go/freedompay/gen/partner/raw"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// startSandbox starts a Freedom Pay for an example.
func startSandbox(credentials wire.Credentials) *httptest.Server {
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(handler)
}

// A client that oapi-codegen generated needs two editors, and an HTTP client
// that follows no redirect.
func ExampleJWS() {
	credentials := wire.NewCredentials("123456", "secret")
	server := startSandbox(credentials)
	defer server.Close()

	client, err := partnerraw.NewClientWithResponses(server.URL,
		partnerraw.WithHTTPClient(middleware.NewHTTPClient(0, nil)),
		partnerraw.WithRequestEditorFn(middleware.RequestID(nil)),
		partnerraw.WithRequestEditorFn(middleware.JWS(middleware.JWSOptions{
			Scheme:      wire.JWSHS256,
			Credentials: credentials,
		})),
	)
	if err != nil {
		panic(err)
	}
	answer, err := client.InvoicesInfoWithResponse(context.Background(), partnerraw.InvoicesInfoRequest{
		InvoiceID: sandbox.ExampleInvoice,
	})
	if err != nil {
		panic(err)
	}
	if answer.JSON200 == nil { // oapi-codegen's clients give no error for an answer that no page documents
		panic(answer.Status())
	}
	fmt.Println(answer.JSON200.Amount, answer.JSON200.Currency)
	// Output: 500.00 KZT
}

// Signing last of all: what an editor of a single call changes is signed too.
func ExampleNewDoer() {
	credentials := wire.NewCredentials("123456", "secret")
	server := startSandbox(credentials)
	defer server.Close()

	client, err := partnerraw.NewClientWithResponses(server.URL,
		partnerraw.WithHTTPClient(middleware.NewDoer(
			middleware.NewHTTPClient(0, nil),
			middleware.RequestID(nil),
			middleware.JWS(middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: credentials}),
		)),
	)
	if err != nil {
		panic(err)
	}
	anotherBody := func(_ context.Context, req *http.Request) error {
		req.Body = io.NopCloser(bytes.NewBufferString(`{"invoice_id": "` + sandbox.ExampleInvoice + `"}`))
		return nil
	}
	answer, err := client.InvoicesInfoWithResponse(context.Background(), partnerraw.InvoicesInfoRequest{}, anotherBody)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Status())
	// Output: 200 OK
}

// A redirect is an answer: a signed request goes to no other host than the one
// it was made for.
func ExampleNewHTTPClient() {
	server := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/", http.StatusTemporaryRedirect))
	defer server.Close()

	resp, err := middleware.NewHTTPClient(middleware.DefaultTimeout, nil).Get(server.URL)
	if err != nil {
		panic(err)
	}
	_ = resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 307 Temporary Redirect
}

// A typed client, what it tells about a call, and what to do about an error.
func ExampleNewCaller() {
	credentials := wire.NewCredentials("123456", "secret")
	server := startSandbox(credentials)
	defer server.Close()
	ctx := context.Background()

	// New of the generated packages is NewCaller with the operations of an API.
	client, err := partner.New(wire.Environment(server.URL), credentials, middleware.WithTimeout(middleware.DefaultTimeout))
	if err != nil {
		panic(err)
	}
	var meta wire.Meta
	invoice, err := client.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice}, wire.WithMeta(&meta))
	if err != nil {
		panic(err)
	}
	fmt.Println(invoice.MerchantName, "asks for", invoice.Amount, invoice.Currency)
	fmt.Println(meta.Operation, meta.Status, "under a request id of", len(meta.RequestID), "characters")

	_, err = client.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: "no such"})
	switch {
	case errors.Is(err, wire.ErrUnknownOutcome):
		fmt.Println("ask before doing it again")
	case errors.Is(err, wire.ErrTemporary), errors.Is(err, wire.ErrRateLimited):
		fmt.Println("try later")
	case errors.Is(err, wire.ErrRejected):
		fmt.Println("rejected:", err.(*wire.Error).Text)
	}

	// An operation that no package knows goes through NewCaller itself.
	caller, err := middleware.NewCaller(wire.Environment(server.URL), credentials)
	if err != nil {
		panic(err)
	}
	pay := wire.Operation{
		ID: "my.pay", Method: http.MethodPost, Path: "/v5/merchant/invoice/pay", Security: wire.JWSMerchant2025,
		Request: []wire.Media{wire.Multipart}, Answer: []wire.Media{wire.XML}, Root: "root",
	}
	answer := new(wire.Unknown)
	err = caller.Do(ctx, &pay, &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer),
		UserID:        "1",
		CardToken:     wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
	}, answer)
	if err != nil {
		panic(err)
	}
	status, _ := answer.Lookup("invoice_status")
	fmt.Println("invoice", status)
	// Output:
	// SHOP NAME asks for 500.00 KZT
	// partner.invoicesInfo 200 under a request id of 36 characters
	// rejected: no such invoice
	// invoice ok
}

// Calls go out again by themselves where that cannot do anything twice. This shop
// would rather wait longer, keeps the documented pause between payments, in all
// its clients, and logs each attempt.
func ExampleWithRetries() {
	credentials := wire.NewCredentials("123456", "secret")
	answers := []int{http.StatusServiceUnavailable, http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answers[0])
		answers = answers[1:]
		_, _ = io.WriteString(w, `{"status":"new"}`)
	}))
	defer server.Close()

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	pacer := middleware.NewPacer(middleware.PacerOptions{})
	client, err := partner.New(wire.Environment(server.URL), credentials,
		middleware.WithRetries(middleware.RetryPolicy{Attempts: 5, FirstPause: time.Millisecond}),
		middleware.WithPacer(pacer),
		middleware.WithLogger(logger),
	)
	if err != nil {
		panic(err)
	}
	const id = "019d0652-4e2f-7f54-a179-007c80c48ad0" // one's own, or leave it out
	_, err = client.InvoicesInfo(context.Background(), &partner.InvoicesInfoRequest{InvoiceID: "1"}, wire.WithRequestID(id))
	fmt.Println(err)
	// Output:
	// level=WARN msg=freedompay operation=partner.invoicesInfo method=POST path=/v5/partner/invoices/info status=503 request_id=019d0652-4e2f-7f54-a179-007c80c48ad0 attempt=1 error=temporary
	// level=INFO msg=freedompay operation=partner.invoicesInfo method=POST path=/v5/partner/invoices/info status=200 request_id=019d0652-4e2f-7f54-a179-007c80c48ad0 attempt=2
	// <nil>
}

// withoutTime leaves out what differs from run to run.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "duration" {
		return slog.Attr{}
	}
	return a
}

// A hook around every call: here it counts what failed, by kind.
func ExampleWithTrace() {
	failures := map[string]int{}
	var mu sync.Mutex
	client, err := partner.New(wire.KZTest, wire.NewCredentials("123456", "secret"), middleware.WithTrace(middleware.Trace{
		End: func(_ context.Context, _ wire.Meta, err error) {
			if failure := (*wire.Error)(nil); errors.As(err, &failure) {
				mu.Lock()
				defer mu.Unlock()
				failures[failure.Operation+": "+failure.Kind.Error()]++
			}
		},
	}))
	if err != nil {
		panic(err)
	}
	_, _ = client.InvoicesInfo(context.Background(), &partner.InvoicesInfoRequest{InvoiceID: "1"}, wire.WithRequestID("not a UUID"))
	fmt.Println(failures)
	// Output: map[partner.invoicesInfo: invalid request:1]
}
