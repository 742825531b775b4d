package merchant_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// Payouts are signed with a secret of their own. A payout that was accepted is
// made when its status says so.
func ExampleClient_PayoutIBAN() {
	credentials := wire.Credentials{ID: "123456", Secret: wire.NewSecret("secret"), PayoutSecret: wire.NewSecret("payout secret")}
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
	ctx := context.Background()

	if _, err := client.PayoutIBAN(ctx, &merchant.PayoutIBANRequest{
		OrderID: "1234", Amount: wire.MustDecimal("10.00"), Description: "Payment description",
		RecipientIBAN: wire.NewSecret("KZ123412341234123412"), RecipientIIN: wire.NewSecret("761223455678"),
		RecipientName: wire.NewSecret("IVANOV IVAN"), RecipientKBe: new(int64(19)), KNP: new(int64(119)), BankBIK: "KZZSAE",
		PostLink: "http://site.kz/post",
	}); err != nil {
		panic(err)
	}
	for { // with a pause, and not for ever
		status, err := merchant.ReconcilePayout(ctx, client, "1234")
		if err != nil {
			panic(err)
		}
		fmt.Println(status.PaymentStatus, status.Amount)
		if status.Reading().Settled() {
			break
		}
	}
	// Output:
	// process 10.00
	// success 10.00
}
