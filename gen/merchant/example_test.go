package merchant_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// A shop charges a saved card for an invoice. It stores the id of the call
// first, and takes an error for "not paid" only when it says so.
func ExampleClient_InvoicePay() {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler) // in earnest wire.KZ, and no server
	defer server.Close()
	client, err := merchant.New(wire.Environment(server.URL), credentials)
	if err != nil {
		panic(err)
	}

	id, err := middleware.NewRequestID() // store it with the order
	if err != nil {
		panic(err)
	}
	answer, err := client.InvoicePay(context.Background(), &merchant.InvoicePayRequest{
		Customer:  wire.NewSecret("kzobd2vgp17214143761774775392946"),
		UserID:    "No65GFR755789T25642588",
		CardToken: wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
	}, wire.WithRequestID(id))
	switch {
	case errors.Is(err, wire.ErrUnknownOutcome):
		fmt.Println("perhaps paid: ask before trying again")
	case err != nil:
		fmt.Println("not paid:", err)
	case answer.InvoiceStatus == merchant.InvoiceStatusOK:
		fmt.Println("paid", answer.Amount, answer.Currency, "with card", answer.CardPAN)
	default:
		fmt.Println("the invoice is", answer.InvoiceStatus)
	}
	// Output:
	// paid 500.00 KZT with card ***
}
