package callback

import "github.com/freedompay-go/freedompay/wire"

// Reading says what became of the payment's money. A payment that succeeded is
// not always paid: where Captured is false, it is a hold, and where it is nil nobody
// can tell.
func (v *ResultRequest) Reading() wire.Reading {
	switch v.Result {
	case PaymentResultFailed:
		return wire.ReadingFailed
	case PaymentResultUnfinished:
		return wire.ReadingProcess
	case PaymentResultSucceeded:
		return wire.ReadingOf("success", v.Captured, false)
	}
	return wire.ReadingUnknown
}

// MayReject reports whether the merchant can still refuse the payment, by answering
// rejected. Where CanReject is not there it cannot.
func (v *ResultRequest) MayReject() bool { return v.CanReject != nil && *v.CanReject }

// Reading says what became of the payout. The money of a payout that succeeded
// is with the recipient. Without a status nobody can tell: ask.
func (v *PayoutRequest) Reading() wire.Reading {
	return wire.ReadingOf(string(v.Status), new(true), false)
}
