package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
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
		Customer:  wire.NewSecret(sandbox.ExampleCustomer),
		UserID:    "No65GFR755789T25642588",
		CardToken: wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
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
