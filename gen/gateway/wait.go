package gateway

import (
	"context"

	"github.com/freedompay-go/freedompay/middleware/wait"
	"github.com/freedompay-go/freedompay/wire"
)

// Reading says what became of the payment's money. In the asynchronous part of the
// API success means that the money was taken, and approved that it is held.
func (v *AsyncPaymentReadAnswer) Reading() wire.Reading {
	switch v.Status {
	case AsyncPaymentStatusProcess, AsyncPaymentStatusWaitingThreeDS:
		return wire.ReadingProcess
	case AsyncPaymentStatusApproved, AsyncPaymentStatusProcessClearing:
		return wire.ReadingHeld
	case AsyncPaymentStatusSuccess:
		return wire.ReadingCaptured
	case AsyncPaymentStatusReversed:
		return wire.ReadingCanceled
	case AsyncPaymentStatusError:
		return wire.ReadingFailed
	}
	return wire.ReadingUnknown
}

// WaitPayment asks AsyncPaymentRead until the payment has come as far as it comes by
// itself: its money is taken, held, let go of, or will never be taken. It waits for
// a payer who has to pass 3DS; the page for that is in ThreeDS.ACSURL of what
// AsyncPaymentRead answers. A payment that failed is a *wire.Error of kind
// wire.ErrRejected, beside the answer that says so. See package wait for how it asks
// and when it gives up.
func WaitPayment(ctx context.Context, api API, paymentID string, opts ...wait.Option) (*AsyncPaymentReadAnswer, error) {
	answer, err := wait.Until(ctx, func(ctx context.Context) (*AsyncPaymentReadAnswer, error) {
		return api.AsyncPaymentRead(ctx, &AsyncPaymentReadRequest{ID: paymentID})
	}, func(a *AsyncPaymentReadAnswer) bool {
		return a.Reading().Settled() || a.Status == AsyncPaymentStatusApproved
	}, opts...)
	if err == nil && answer.Status == AsyncPaymentStatusError {
		e := wire.NewError(wire.ErrRejected, asyncPaymentRead.ID, wait.ErrFailed)
		if answer.Error != nil {
			e = e.Said(string(answer.Error.Code), answer.Error.Description)
		}
		err = e
	}
	return answer, err
}
