package gateway

import (
	"context"

	"github.com/freedompay-go/freedompay/wire"
)

// Reading says what became of the payment's money. A payment whose status is
// success is not always paid: where Captured is false, it is a hold.
func (v *PaymentStatusAnswer) Reading() wire.Reading {
	canceled := false
	for _, r := range v.RevokedPayments {
		canceled = canceled || r.PaymentStatus == PaymentStatusSuccess
	}
	return wire.ReadingOf(string(v.PaymentStatus), v.Captured, canceled)
}

// Reading says what became of the payout. The money of a payout that succeeded
// is with the recipient.
func (v *PayoutStatusAnswer) Reading() wire.Reading {
	return wire.ReadingOf(string(v.PaymentStatus), new(true), false)
}

// Reading says what became of the transfer. The money of a transfer that
// succeeded is with the recipient.
func (v *TransferStatusAnswer) Reading() wire.Reading {
	return wire.ReadingOf(string(v.PaymentStatus), new(true), false)
}

// Reading says what became of the payment, the payout or the transfer as far as the
// status that was asked for says it. The status of a payment tells of that payment:
// whether a refund of it was made, its list of refunds tells.
func (r *Resolution) Reading() wire.Reading {
	switch {
	case r.PaymentStatus != nil:
		return r.PaymentStatus.Reading()
	case r.PayoutStatus != nil:
		return r.PayoutStatus.Reading()
	case r.TransferStatus != nil:
		return r.TransferStatus.Reading()
	case r.AsyncPaymentRead != nil:
		return r.AsyncPaymentRead.Reading()
	}
	return wire.ReadingUnknown
}

// Reconcile asks by the merchant's own order id what became of a payment. It is
// what is left to do after a call whose outcome is unknown
// (wire.ErrUnknownOutcome): the payment's id came with the answer that was lost.
//
// That the payment is not found (wire.ErrNotFound) does not say that it was not
// made: such answers come unsigned, and a payment may take a minute to be found.
// The error is one of an unknown outcome too, so that nobody charges again
// because of it alone; ask again.
//
// Several payments of one order are not told apart by it. Use an order id, or an
// idempotency key, of its own for each attempt.
func Reconcile(ctx context.Context, api API, orderID string, opts ...wire.CallOption) (*PaymentStatusAnswer, error) {
	answer, err := api.PaymentStatus(ctx, &PaymentStatusRequest{OrderID: orderID}, opts...)
	if err != nil {
		return nil, wire.Unresolved(err, byOrder(paymentStatus.ID, orderID))
	}
	return answer, nil
}

// ReconcilePayout asks by the merchant's own order id what became of a payout, as
// [Reconcile] does of a payment, and with the same caution.
func ReconcilePayout(ctx context.Context, api API, orderID string, opts ...wire.CallOption) (*PayoutStatusAnswer, error) {
	answer, err := api.PayoutStatus(ctx, &PayoutStatusRequest{OrderID: orderID}, opts...)
	if err != nil {
		return nil, wire.Unresolved(err, byOrder(payoutStatus.ID, orderID))
	}
	return answer, nil
}

// ReconcileTransfer asks by the merchant's own order id what became of a transfer
// from card to card, as [Reconcile] does of a payment, and with the same caution.
func ReconcileTransfer(ctx context.Context, api API, orderID string, opts ...wire.CallOption) (*TransferStatusAnswer, error) {
	answer, err := api.TransferStatus(ctx, &TransferStatusRequest{OrderID: orderID}, opts...)
	if err != nil {
		return nil, wire.Unresolved(err, byOrder(transferStatus.ID, orderID))
	}
	return answer, nil
}

// byOrder is what a function above asked, so that it can be asked again.
func byOrder(operation, orderID string) *wire.Inquiry {
	return &wire.Inquiry{Operation: operation, Arguments: []wire.Argument{{Name: "pg_order_id", Value: orderID}}}
}
