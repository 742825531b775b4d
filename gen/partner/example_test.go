package partner_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// local starts a Freedom Pay on this machine. A program that is not an example
// takes wire.KZ or wire.KZTest, and its credentials from where it keeps secrets.
func local(credentials wire.Credentials) (wire.Environment, func()) {
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	return wire.Environment(server.URL), server.Close
}

// An application that pays invoices shows one to the payer.
func ExampleClient_InvoicesInfo() {
	credentials := wire.NewCredentials("123456", "secret")
	env, stop := local(credentials)
	defer stop()
	client, err := partner.New(env, credentials)
	if err != nil {
		panic(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	invoice, err := client.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{
		InvoiceID: "019d0652-4e2f-7f54-a179-007c80c48adu",
	})
	if err != nil {
		panic(err)
	}
	tiyn, err := invoice.Amount.Minor(2)
	if err != nil {
		panic(err)
	}
	fmt.Println(invoice.MerchantName, invoice.Amount, invoice.Currency, tiyn)
	fmt.Println(invoice.Device)
	// Output:
	// SHOP NAME 500.00 KZT 50000
	// Device{id: ***, browser_version: Chrome/121.0.0.0, ip: ***}
}

// A partner connects a company. The request is checked before it is sent.
func ExampleClient_ClientAdd() {
	credentials := wire.NewCredentials("123456", "secret")
	env, stop := local(credentials)
	defer stop()
	client, err := partner.New(env, credentials)
	if err != nil {
		panic(err)
	}

	request := &partner.ClientAddRequest{
		RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
		Company: partner.Company{
			CompanyID: "7cebad9e-dd7a-49c9-afe6-d880d58c999a",
			Name:      "Название юридического лица",
			Address:   partner.CompanyAddress{Country: "KAZ", AddressLine1: "Almaty"},
		},
	}
	_, err = client.ClientAdd(context.Background(), request)
	fmt.Println(err)

	request.Company.BIN = "123456789012"
	answer, err := client.ClientAdd(context.Background(), request)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Status, answer.RequestStatus)
	// Output:
	// partner.clientAdd: invalid request: $.company.bin: required
	// ok process
}
