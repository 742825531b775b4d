package testcards_test

import (
	"fmt"

	"github.com/freedompay-go/freedompay/testcards"
)

func ExampleFind() {
	card, ok := testcards.Find("5548398681700148")
	fmt.Println(ok, card.Outcome, card.ErrorCode, card.ExpiryMonth+"/"+card.ExpiryYear)
	fmt.Println("authorization:", card.Auth)
	// Output:
	// true failure 10009 12/30
	// authorization: not available
}

// The cards that can be held, and the hold cancelled.
func ExamplePayments() {
	for _, card := range testcards.Payments() {
		if card.Auth == testcards.Available && card.Reverse == testcards.Available {
			fmt.Println(card.Number, card.ThreeDS)
		}
	}
	// Output:
	// 4939770956154989 not available
	// 5367654276102126 available
	// 6224466455690681278 not available
	// 623275279933273424 not available
	// 62528733472390953 not available
}

func ExamplePayouts() {
	for _, card := range testcards.Payouts() {
		if card.InProcess {
			fmt.Printf("%s %v %q\n", card.Number, card.Outcome, card.ErrorCode)
		}
	}
	// Output:
	// 5507841999732294 success ""
	// 4532676596620704 failure "10001"
}

func ExampleFindPhone() {
	phone, _ := testcards.FindPhone("77037777777")
	fmt.Println(phone.Operator, phone.Code)
	// Output: Tele2 111111
}
