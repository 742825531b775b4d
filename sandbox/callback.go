package sandbox

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/freedompay-go/freedompay/sandbox/outbox"
)

// CallbackKind says what a callback is about.
type CallbackKind string

// callbackKinds are all of them.
var callbackKinds = []CallbackKind{
	CallbackCheck, CallbackResult, CallbackPayout, CallbackCardSaved, CallbackRecurringProfile, CallbackInvoice,
	CallbackApplication,
}

// The callbacks that the sandbox makes.
const (
	// CallbackCheck asks at pg_check_url whether a payment may be made.
	CallbackCheck CallbackKind = "check"
	// CallbackResult tells at pg_result_url what became of a payment.
	CallbackResult CallbackKind = "result"
	// CallbackPayout tells at pg_post_link that a payout was made.
	CallbackPayout CallbackKind = "payout"
	// CallbackCardSaved tells at pg_post_link that a card was saved.
	CallbackCardSaved CallbackKind = "card_saved"
	// CallbackRecurringProfile tells at state_callback what state a recurring profile
	// of invoices has.
	CallbackRecurringProfile CallbackKind = "recurring_profile"
	// CallbackInvoice tells at state_callback that an invoice has another state, and
	// not which: no page shows what it holds.
	CallbackInvoice CallbackKind = "invoice"
	// CallbackApplication tells at callback_url what status an application for an
	// installment plan has.
	CallbackApplication CallbackKind = "application"
)

// inJSON reports whether a callback is JSON. The others are forms with pg_sig.
func (k CallbackKind) inJSON() bool {
	return k == CallbackRecurringProfile || k == CallbackInvoice || k == CallbackApplication
}

// Delivery is a callback in the log. It holds no secret, no token and no card
// number.
type Delivery struct {
	// Number counts the callbacks, from 1 on.
	Number int `json:"number"`
	// Kind says what the merchant is told.
	Kind CallbackKind `json:"kind"`
	// URL is the merchant's address, without its query.
	URL string `json:"url"`
	// Method is how it is called: GET, POST, or XML for a POST of the one field
	// pg_xml.
	Method string `json:"method"`
	// OrderID and PaymentID are pg_order_id and pg_payment_id; of what is told in
	// JSON the merchant's id and that of Freedom Pay.
	OrderID   string `json:"order_id,omitempty"`
	PaymentID string `json:"payment_id,omitempty"`
	// Result is pg_result, pg_status or status: whatever a callback of its kind tells.
	Result string `json:"result,omitempty"`
	// Attempts are those that were made so far, in their order.
	Attempts []DeliveryAttempt `json:"attempts"`
	// Next is when the callback is sent again by itself, by the sandbox's clock; the
	// zero time if it is not, or if it is being sent.
	Next time.Time `json:"next,omitzero"`
}

// DeliveryAttempt is one attempt to deliver a callback.
type DeliveryAttempt struct {
	// At is when it began, by the sandbox's clock.
	At time.Time `json:"at"`
	// Status is the HTTP status of the merchant's answer, 0 if there was none.
	Status int `json:"status,omitempty"`
	// Answer is the pg_status of the answer: ok, rejected, error, or "other".
	Answer string `json:"answer,omitempty"`
	// Problem is what was wrong with the attempt or the answer, in words; empty if
	// nothing was.
	Problem string `json:"problem,omitempty"`
	// Replayed says that somebody asked for it, see [Sandbox.Replay].
	Replayed bool `json:"replayed,omitempty"`
}

// ErrNoDelivery says that the log has no callback with such a number, or that it was
// not sent yet.
var ErrNoDelivery = errors.New("sandbox: there is no such callback, or it was not sent yet")

// ErrClosed says that the sandbox is closed and calls nobody.
var ErrClosed = errors.New("sandbox: closed")

// Deliveries returns the callbacks to the merchant, oldest first: the last thousand.
func (s *Sandbox) Deliveries() []Delivery {
	var all []Delivery
	for _, d := range s.calls.box.Deliveries() {
		all = append(all, newDelivery(d))
	}
	return all
}

// Replay sends a callback once more, now: byte for byte what its last attempt sent, as
// would somebody who has captured it. Nothing follows from the answer, which is in
// the log. An answer that says no is no error.
func (s *Sandbox) Replay(ctx context.Context, number int) (Delivery, error) {
	d, err := s.calls.box.Repeat(ctx, number)
	switch {
	case errors.Is(err, outbox.ErrClosed):
		return Delivery{}, ErrClosed
	case err != nil:
		return Delivery{}, ErrNoDelivery
	}
	return newDelivery(d), nil
}

// Settle waits until no callback is due or under way, those included that follow from
// an answer of the sandbox that a client has by now. It does not wait for those that
// are due later: [Sandbox.Advance] makes them due.
func (s *Sandbox) Settle(ctx context.Context) error { return s.calls.box.Settle(ctx) }

// Close ends what is under way to the merchant, and drops what is due. A sandbox that
// is closed still answers, but calls nobody: a check that it would make fails.
func (s *Sandbox) Close() {
	s.calls.box.Close()
	s.calls.client.CloseIdleConnections()
}

func newDelivery(d outbox.Delivery) Delivery {
	l := d.Message.(*letter) // nothing else is put into it
	all := make([]DeliveryAttempt, len(d.Attempts))
	for i, a := range d.Attempts {
		all[i] = DeliveryAttempt{At: a.At, Status: a.Status, Answer: a.Answer, Problem: a.Problem, Replayed: a.Repeated}
	}
	return Delivery{
		Number: d.Number, Kind: l.kind, URL: bare(l.address), Method: l.method,
		OrderID: l.orderID, PaymentID: l.paymentID, Result: l.result,
		Attempts: all, Next: d.Due,
	}
}

// bare is an address without what may be a secret in it.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}
