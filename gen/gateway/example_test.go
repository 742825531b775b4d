package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// newClient returns a client of a sandbox, which plays Freedom Pay.
func newClient(opts ...middleware.Option) (client *gateway.Client, stop func()) {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	client, err = gateway.New(wire.Environment(server.URL), credentials, opts...)
	if err != nil {
		panic(err)
	}
	return client, server.Close
}

// hold is a payment in two steps, with a documented test card.
func hold(orderID string) *gateway.CardPayRequest {
	return &gateway.CardPayRequest{
		OrderID:      orderID,
		Amount:       wire.MustDecimal("500.00"),
		Description:  "Order " + orderID,
		CardPAN:      wire.NewSecret("4716047261941981"),
		CardCVC:      wire.NewSecret("123"),
		CardYear:     wire.NewSecret("30"),
		CardMonth:    wire.NewSecret("12"),
		CardName:     wire.NewSecret("JOHN DOE"),
		AutoClearing: gateway.AutoClearingHold,
	}
}

// A payment in two steps: hold the money, take part of it, give some back.
func Example_twoSteps() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()

	paid, err := client.CardPay(ctx, hold("8841"))
	if err != nil {
		panic(err)
	}
	show := func() {
		status, err := client.PaymentStatus(ctx, &gateway.PaymentStatusRequest{PaymentID: paid.PaymentID, OrderID: "8841"})
		if err != nil {
			panic(err)
		}
		// The status is success all along; what counts is the reading.
		fmt.Println(status.PaymentStatus, status.Reading(), status.ClearingAmount, status.RefundAmount)
	}
	show()
	if _, err := client.PaymentClear(ctx, &gateway.PaymentClearRequest{PaymentID: paid.PaymentID, ClearingAmount: wire.MustDecimal("300.00")}); err != nil {
		panic(err)
	}
	show()
	if _, err := client.PaymentRefund(ctx, &gateway.PaymentRefundRequest{PaymentID: paid.PaymentID, Amount: wire.MustDecimal("50.00")}); err != nil {
		panic(err)
	}
	show()
	// Output:
	// success held 0.00 0.00
	// success captured 300.00 0.00
	// success captured 300.00 -50.00
}

// losing loses the first answer: it came, and the connection broke.
type losing struct{ lost bool }

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && !l.lost {
		l.lost = true
		return nil, errors.Join(io.ErrUnexpectedEOF, answer.Body.Close())
	}
	return answer, err
}

// The answer to a payment was lost. The error knows what to ask.
func ExampleResolve() {
	client, stop := newClient(middleware.WithTransport(new(losing)))
	defer stop()
	ctx := context.Background()

	_, err := client.CardPay(ctx, hold("8844"))
	if !errors.Is(err, wire.ErrUnknownOutcome) {
		panic(err)
	}
	fate, err := gateway.Resolve(ctx, client, err)
	if err != nil {
		panic(err) // of an unknown outcome too: ask again, do not pay again
	}
	fmt.Println(fate.Reading())
	// Output:
	// held
}

// The program was restarted, and the error is gone with it: ask by the order before
// paying again.
func ExampleReconcile() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()
	if _, err := client.CardPay(ctx, hold("8842")); err != nil {
		panic(err)
	}

	status, err := gateway.Reconcile(ctx, client, "8842")
	if err != nil {
		panic(err)
	}
	fmt.Println(status.Reading())

	// That nothing is found is no promise: such an answer is not signed.
	_, err = gateway.Reconcile(ctx, client, "8843")
	fmt.Println(errors.Is(err, wire.ErrNotFound), errors.Is(err, wire.ErrUnknownOutcome))
	// Output:
	// held
	// true true
}

// The merchant's own parameters come back to its addresses, and are signed.
func ExampleClient_PageCreate() {
	client, stop := newClient()
	defer stop()

	request := &gateway.PageCreateRequest{
		OrderID: "8844", Amount: wire.MustDecimal("25"), Description: "Bread",
		ReceiptPositions: []gateway.ReceiptPosition{
			{Count: new(int64(1)), Name: "Bread", Price: wire.MustDecimal("25"), TaxType: gateway.TaxTypeNone},
		},
	}
	request.Extra().AddText("basket", "17")
	page, err := client.PageCreate(context.Background(), request)
	if err != nil {
		panic(err)
	}
	fmt.Println(page.Status, page.RedirectURL != "")
	// Output: ok true
}
