package card_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// An issuer asks what became of a request to issue a card.
func ExampleClient_RequestStatus() {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler) // in earnest wire.KZ, and no server
	defer server.Close()
	client, err := card.New(wire.Environment(server.URL), credentials)
	if err != nil {
		panic(err)
	}

	answer, err := client.RequestStatus(context.Background(), &card.RequestStatusRequest{
		RequestID: "828cf71d-a447-4a67-a149-c1df8bc197ca",
	})
	if err != nil {
		panic(err)
	}
	switch answer.RequestStatus {
	case card.RequestStateSuccess:
		for _, c := range answer.Cards {
			fmt.Println("card", c.CardID)
		}
	case card.RequestStateProcess:
		fmt.Println("ask again later")
	default:
		fmt.Println("failed:", answer.RequestStatus)
	}
	// Output:
	// card 1
}
