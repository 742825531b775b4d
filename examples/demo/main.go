// Command demo shows what goes over the wire: it starts a sandbox in this
// process, calls every operation through its generated client and prints what
// was sent and what came back.
//
// Clock, request ids and credentials are fixed, so the output is the same every
// time. It prints whole requests, which a program with real credentials and
// card tokens must not do; everything here is an example of the documentation.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes the calls and prints them to w.
func run(ctx context.Context, w io.Writer) error {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{
		Credentials: credentials,
		Now:         func() time.Time { return time.Date(2026, 1, 22, 16, 0, 0, 0, time.FixedZone("", 5*60*60)) },
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	wiretap := &recorder{next: http.DefaultTransport}
	var calls int
	opts := []middleware.Option{
		middleware.WithTransport(wiretap),
		middleware.WithRandom(zeros{}), // for pg_salt; never outside a demonstration
		middleware.WithRequestIDSource(func() (string, error) {
			calls++
			return fmt.Sprintf("019d0652-4e2f-7f54-a179-%012d", calls), nil
		}),
	}
	env := wire.Environment(server.URL)

	partners, err := partner.New(env, credentials, opts...)
	if err != nil {
		return err
	}
	merchants, err := merchant.New(env, credentials, opts...)
	if err != nil {
		return err
	}
	cards, err := card.New(env, credentials, opts...)
	if err != nil {
		return err
	}
	gateways, err := gateway.New(env, credentials, opts...)
	if err != nil {
		return err
	}

	for _, call := range []struct {
		name string
		do   func() (any, error)
	}{
		{"Partner API: an invoice, for the payer", func() (any, error) {
			return partners.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice})
		}},
		{"Partner API: a payment", func() (any, error) {
			return partners.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: sandbox.ExamplePayment})
		}},
		{"Merchant API: pay an invoice with a saved card", func() (any, error) {
			return merchants.InvoicePay(ctx, &merchant.InvoicePayRequest{
				InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer),
				UserID:        "No65GFR755789T25642588",
				CardToken:     wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
			})
		}},
		{"Partner API: connect a company", func() (any, error) {
			return partners.ClientAdd(ctx, &partner.ClientAddRequest{
				RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
				Company: partner.Company{
					CompanyID: "b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b",
					Name:      "Название юридического лица",
					BIN:       "123456789012",
					Address:   partner.CompanyAddress{Country: "KAZ", AddressLine1: "Almaty"},
				},
			})
		}},
		{"Card API: state of a request", func() (any, error) {
			return cards.RequestStatus(ctx, &card.RequestStatusRequest{RequestID: sandbox.ExampleCardRequest})
		}},
		{"Gateway API: hold money on a card, a signed form", func() (any, error) {
			return gateways.CardPay(ctx, &gateway.CardPayRequest{
				OrderID:      "8841",
				Amount:       wire.MustDecimal("500.00"),
				Description:  "Заказ 8841",
				CardPAN:      wire.NewSecret("4716047261941981"), // a documented test card
				CardCVC:      wire.NewSecret("123"),
				CardYear:     wire.NewSecret("30"),
				CardMonth:    wire.NewSecret("12"),
				CardName:     wire.NewSecret("JOHN DOE"),
				AutoClearing: gateway.AutoClearingHold,
				ReceiptPositions: []gateway.ReceiptPosition{
					{Count: new(int64(2)), Name: "Хлеб", Price: wire.MustDecimal("250.00"), TaxType: gateway.TaxTypeNone},
				},
			})
		}},
		{"Gateway API: held is not paid", func() (any, error) {
			answer, err := gateway.Reconcile(ctx, gateways, "8841")
			if err != nil {
				return nil, err
			}
			return fmt.Sprintf("%v\nreading     %v", answer, answer.Reading()), nil
		}},
	} {
		answer, err := call.do()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "== %s\n", call.name)
		wiretap.last.print(w)
		fmt.Fprintf(w, "answer      %v\n\n", answer)
	}
	_, err = fmt.Fprintf(w, "%d calls, each signed by its client and verified by the sandbox\n", calls)
	return err
}

// recorder is a transport that keeps the last request as it was sent.
type recorder struct {
	next http.RoundTripper
	last sent
}

type sent struct {
	method, path, query, contentType, signature string
	body                                        []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.last = sent{
		method:      req.Method,
		path:        req.URL.EscapedPath(),
		query:       req.URL.RawQuery,
		contentType: req.Header.Get("Content-Type"),
		signature:   req.Header.Get(middleware.SignatureHeader),
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.last.body = body
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r.next.RoundTrip(req)
}

// zeros is a source of randomness that is none, so that the output is the same
// every time.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (s sent) print(w io.Writer) {
	if s.signature == "" {
		s.printForm(w)
		return
	}
	header, mac, _ := strings.Cut(s.signature, "..")
	protected, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		protected = []byte("unreadable")
	}
	fmt.Fprintf(w, "method      %s\n", s.method)
	fmt.Fprintf(w, "path        %s\n", s.path)
	if s.query != "" {
		fmt.Fprintf(w, "query       %s (not signed)\n", s.query)
	}
	fmt.Fprintf(w, "protected   %s\n", protected)
	fmt.Fprintf(w, "payload     %d bytes", len(s.body))
	if s.contentType != "" {
		fmt.Fprintf(w, " of %s", s.contentType)
	}
	fmt.Fprintln(w)
	for line := range strings.Lines(string(s.body)) {
		fmt.Fprintf(w, "            %q\n", line)
	}
	fmt.Fprintf(w, "signature   %s..\n            %s\n", header, mac)
}

// printForm prints a request that is signed with the field pg_sig, the last of
// the form.
func (s sent) printForm(w io.Writer) {
	fmt.Fprintf(w, "method      %s\n", s.method)
	fmt.Fprintf(w, "path        %s\n", s.path)
	fmt.Fprintf(w, "form        %d bytes of %s\n", len(s.body), s.contentType)
	for line := range strings.Lines(string(s.body)) {
		fmt.Fprintf(w, "            %q\n", line)
	}
}
