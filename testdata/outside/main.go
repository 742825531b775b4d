// A program of somebody else: it makes one call with each of the clients.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

func main() {
	if err := run(context.Background(), wire.Environment(os.Args[1])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, env wire.Environment) error {
	credentials := wire.NewCredentials("123456", "secret")

	partners, err := partner.New(env, credentials)
	if err != nil {
		return err
	}
	payment, err := partners.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: "1234567890"})
	if err != nil {
		return err
	}
	fmt.Println("partner:", payment.PaymentStatus, payment.Amount, payment.Currency)

	merchants, err := merchant.New(env, credentials)
	if err != nil {
		return err
	}
	paid, err := merchants.InvoicePay(ctx, &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret("kzobd2vgp17214143761774775392946"),
		UserID:        "No65GFR755789T25642588",
		CardToken:     wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"),
	})
	if err != nil {
		return err
	}
	fmt.Println("merchant:", paid.InvoiceStatus, paid.Amount, paid.Currency)

	cards, err := card.New(env, credentials)
	if err != nil {
		return err
	}
	state, err := cards.RequestStatus(ctx, &card.RequestStatusRequest{
		RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
	})
	if err != nil {
		return err
	}
	fmt.Println("card:", state.RequestStatus, state.ClientID)
	return nil
}
