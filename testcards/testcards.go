package testcards

import (
	"slices"
	"strings"
)

// Ability is what a table says of one thing that can be done with a card. The
// words are the icons' names; what they mean is read off where they stand.
type Ability uint8

// The abilities.
const (
	// Unknown: no table that was seen says.
	Unknown Ability = iota
	// Available: it works.
	Available
	// NotAvailable: it does not work, or, of 3DS, there is none.
	NotAvailable
	// Impossible: something else fails first. A refund, say, where there is no
	// clearing.
	Impossible
)

// String returns "available", "not available", "impossible" or "unknown".
func (a Ability) String() string {
	switch a {
	case Available:
		return "available"
	case NotAvailable:
		return "not available"
	case Impossible:
		return "impossible"
	default:
		return "unknown"
	}
}

// Outcome is how a payment or payout with a card ends.
type Outcome uint8

// The outcomes.
const (
	// NotPrinted: the table has none for the card.
	NotPrinted Outcome = iota
	// Success: it is made.
	Success
	// Failure: it ends with the card's error code.
	Failure
)

// String returns "success", "failure" or "not printed".
func (o Outcome) String() string {
	switch o {
	case Success:
		return "success"
	case Failure:
		return "failure"
	default:
		return "not printed"
	}
}

// Card is a card to pay with.
type Card struct {
	// Number is the PAN of the card, digits only.
	Number string
	// ExpiryMonth and ExpiryYear are those printed, "12" and "30", or empty where
	// none is.
	ExpiryMonth, ExpiryYear string
	// Outcome is that of a payment, by the Merchant API's overview.
	Outcome Outcome
	// ErrorCode is that of a [Failure].
	ErrorCode string
	// What can be done with the card, by the Gateway API's overview: 3DS,
	// authorization, clearing, cancelling a hold (reverse), refund, and saving the
	// card.
	ThreeDS, Auth, Clearing, Reverse, Refund, CardAdd Ability
}

// PayoutCard is a card to pay out to.
type PayoutCard struct {
	// Number is the PAN of the card, digits only.
	Number string
	// InProcess says that the payout is in process at first, and that Outcome
	// comes later.
	InProcess bool
	// Outcome says how a payout to the card ends.
	Outcome Outcome
	// ErrorCode is that of a [Failure].
	ErrorCode string
}

// Phone is a phone whose balance can be paid with.
type Phone struct {
	// Number is in international form, with a plus.
	Number string
	// Operator is the operator's name.
	Operator string
	// Code is the one-time code that confirms a payment.
	Code string
}

// Code is the one-time code of all phones.
const Code = "111111"

// Payments returns the cards to pay with, in the order of the Merchant API's
// overview. The slice is the caller's own.
func Payments() []Card { return slices.Clone(payments) }

// Payouts returns the cards to pay out to, in documented order. The slice is the
// caller's own.
func Payouts() []PayoutCard { return slices.Clone(payouts) }

// Phones returns the phones, in documented order. The slice is the caller's own.
func Phones() []Phone { return slices.Clone(phones) }

// Find returns the card to pay with that has the given number, digits only.
func Find(number string) (Card, bool) {
	return find(payments, func(c Card) bool { return c.Number == number })
}

// FindPayout returns the card to pay out to that has the given number, digits
// only.
func FindPayout(number string) (PayoutCard, bool) {
	return find(payouts, func(c PayoutCard) bool { return c.Number == number })
}

// FindPhone returns the phone with the given number, with or without the plus.
func FindPhone(number string) (Phone, bool) {
	number = "+" + strings.TrimPrefix(number, "+")
	return find(phones, func(p Phone) bool { return p.Number == number })
}

func find[T any](all []T, fits func(T) bool) (found T, ok bool) {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i], true
	}
	return found, false
}
