package callback

import (
	"context"
	"net/http"

	"github.com/freedompay-go/freedompay/gen/callback"
)

// Payout returns the handler for the pg_post_link of payouts, which tells that a
// payout was made. It is signed with the secret for payouts, as an integrator saw;
// [WithScheme] says otherwise.
//
// After an error, a panic or too long a time Freedom Pay is answered 503. No page
// says that it comes again, so a payout that nothing is heard of has to be asked
// for (merchant.ReconcilePayout).
//
// The answer is what its page prints: one element that nobody signed.
func (r *Receiver) Payout(handle func(ctx context.Context, payout *PayoutRequest) error) http.Handler {
	return serve(r, form[PayoutRequest]{
		manner: manner{kind: KindPayout, write: func(out *reply) error {
			return out.xml([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<pg_status>" + string(out.outcome.Decision) + "</pg_status>\n"))
		}},
		needs:  []string{"pg_payment_id"},
		told:   func(c *PayoutRequest) []string { return []string{c.PaymentID, string(c.Status), c.OrderID} },
		keep:   r.keep,
		handle: accepting(handle),
	})
}

// CardSaved returns the handler for the pg_post_link of the calls that save cards,
// which tells what became of the form on which a card is entered. No page describes
// it: what signs it, and what the answer is, are those of the vendor's library.
//
// After an error, a panic or too long a time Freedom Pay is answered 503. No page
// says that it comes again; merchant.CardList tells which cards there are.
func (r *Receiver) CardSaved(handle func(ctx context.Context, saved *CardSavedRequest) error) http.Handler {
	return serve(r, form[CardSavedRequest]{
		manner: manner{kind: KindCardSaved, write: func(out *reply) error {
			return out.sealed("response", &callback.CardSavedAnswer{Status: string(out.outcome.Decision)})
		}},
		needs: []string{"pg_payment_id"},
		told: func(c *CardSavedRequest) []string {
			return []string{c.PaymentID, c.Status, c.Type, c.CardID, c.OrderID}
		},
		keep:   r.keep,
		handle: accepting(handle),
	})
}

// accepting is for functions that have nothing to say to what they are told.
func accepting[T any](handle func(context.Context, *T) error) func(context.Context, *T) (Answer, error) {
	return func(ctx context.Context, message *T) (Answer, error) {
		if err := handle(ctx, message); err != nil {
			return Answer{}, err
		}
		return Accept(""), nil
	}
}
