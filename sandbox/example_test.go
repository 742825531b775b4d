package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// A test of a shop: it pays an invoice, and does so once.
func ExampleNew() {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	client, err := merchant.New(wire.Environment(server.URL), credentials)
	if err != nil {
		panic(err)
	}
	request := &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(sandbox.ExampleCustomer),
		UserID:        "No65GFR755789T25642588",
		CardToken:     wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
	}
	answer, err := client.InvoicePay(context.Background(), request)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.InvoiceStatus, answer.Amount, answer.Currency)

	_, err = client.InvoicePay(context.Background(), request)
	fmt.Println(errors.Is(err, wire.ErrRejected))
	// Output:
	// ok 500.00 KZT
	// true
}

// A card payment in two steps: held, and taken when the goods are sent.
func Example_cardPayment() {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	client, err := gateway.New(wire.Environment(server.URL), credentials)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	card, _ := testcards.Find("6224466455690681278")
	payment, err := client.CardPay(ctx, &gateway.CardPayRequest{
		OrderID: "A-1", Amount: wire.MustDecimal("1500.00"), Currency: "KZT", Description: "two books",
		AutoClearing: gateway.AutoClearingHold,
		CardPAN:      wire.NewSecret(card.Number), CardCVC: wire.NewSecret("123"), CardName: wire.NewSecret("ANNA"),
		CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"),
	})
	if err != nil {
		panic(err)
	}
	tell := func() {
		status, err := client.PaymentStatus(ctx, &gateway.PaymentStatusRequest{PaymentID: payment.PaymentID, OrderID: "A-1"})
		if err != nil {
			panic(err)
		}
		fmt.Println(status.PaymentStatus, "means", status.Reading())
	}
	tell()
	if _, err := client.PaymentClear(ctx, &gateway.PaymentClearRequest{PaymentID: payment.PaymentID}); err != nil {
		panic(err)
	}
	tell()
	// Output:
	// success means held
	// success means captured
}
