package callback

import "github.com/freedompay-go/freedompay/wire"

// Kind is a kind of callback.
type Kind string

// The kinds.
const (
	// KindCheck asks before a payment (pg_check_url).
	KindCheck Kind = "check"
	// KindResult tells what became of a payment (pg_result_url).
	KindResult Kind = "result"
	// KindPayout tells what became of a payout (pg_post_link).
	KindPayout Kind = "payout"
	// KindCardSaved tells that a card was saved (pg_post_link).
	KindCardSaved Kind = "card_saved"
	// KindRedirect is the payer's way back (pg_success_url, pg_failure_url).
	KindRedirect Kind = "redirect"

	// KindFrameFailure is the way back from a payment inside a frame that failed.
	// Its page shows it without a signature.
	KindFrameFailure Kind = "frame_failure"
	// KindRecurringProfile tells that an invoice's recurring profile changed
	// (state_callback). No page says how it is authenticated.
	KindRecurringProfile Kind = "recurring_profile"
	// KindApplication tells that an application for an installment plan changed
	// (callback_url). It has a signature, of which no page says what signs it.
	KindApplication Kind = "application"
	// KindInvoice tells that an invoice changed (state_callback). No page shows it.
	KindInvoice Kind = "invoice"
)

// schemes says what signs the kinds that Freedom Pay's own servers sign with pg_sig.
var schemes = map[Kind]wire.Scheme{
	KindCheck:     wire.PgSigPayment,
	KindResult:    wire.PgSigPayment,
	KindPayout:    wire.PgSigPayout,  // seen by an integrator
	KindCardSaved: wire.PgSigPayment, // it signs the call that it belongs to
}

// unauthenticated are the kinds of which no page says how they are authenticated.
var unauthenticated = map[Kind]bool{
	KindFrameFailure:     true,
	KindRecurringProfile: true,
	KindApplication:      true,
	KindInvoice:          true,
}
