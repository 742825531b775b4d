// Command first makes a signed call to a sandbox in its own process. It is the
// program of the README.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func main() {
	credentials := wire.NewCredentials("123456", "secret") // your auth_id and secret_key

	// A Freedom Pay of your own. With a contract, use wire.KZTest or wire.KZ instead of its URL.
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	client, err := partner.New(wire.Environment(server.URL), credentials)
	if err != nil {
		log.Fatal(err)
	}
	invoice, err := client.InvoicesInfo(context.Background(), &partner.InvoicesInfoRequest{
		InvoiceID: sandbox.ExampleInvoice,
	})
	switch {
	case errors.Is(err, wire.ErrUnauthorized):
		log.Fatal("check the credentials: ", err)
	case err != nil:
		log.Fatal(err) // says which operation failed, why, and under which request id
	}
	fmt.Println(invoice.MerchantName, "asks for", invoice.Amount, invoice.Currency)
}
