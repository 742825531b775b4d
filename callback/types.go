package callback

import "github.com/freedompay-go/freedompay/gen/callback"

// What handlers get. They are generated from the specs: see package gen/callback
// for the documented values of their fields.
type (
	// CheckRequest is a payment that is about to be made.
	CheckRequest = callback.CheckRequest
	// ResultRequest is what became of a payment. Its Reading says what of it
	// counts.
	ResultRequest = callback.ResultRequest
	// PayoutRequest is what became of a payout.
	PayoutRequest = callback.PayoutRequest
	// CardSavedRequest is what became of a form on which a card is entered.
	CardSavedRequest = callback.CardSavedRequest
)
