package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
)

// PaymentCreate makes a payment that is paid on a page of the sandbox. Without
// pg_auto_clearing the money is held: what leaving it out means is not documented,
// and what is held can be let go.
func (s merchantService) PaymentCreate(ctx context.Context, r *merchant.PaymentCreateRequest) (*merchant.PaymentCreateAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold: r.AutoClearing != merchant.AutoClearingChargeNow, lifetime: lifetime(r.Lifetime),
		userID: r.UserID, email: r.UserContactEmail.Reveal(), phone: r.UserPhone.Reveal(),
		recurring: r.RecurringStart != nil && *r.RecurringStart,
		returns: returns{
			success: target{r.SuccessURL, string(r.SuccessURLMethod)},
			failure: target{r.FailureURL, string(r.FailureURLMethod)},
			frame:   r.PaymentRoute == merchant.PaymentRouteFrame,
		},
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	if r.RecurringLifetime != nil {
		o.months = *r.RecurringLifetime
	}
	return call(ctx, s.state, once{"merchant.paymentCreate", r.IdempotencyKey}, func() (*merchant.PaymentCreateAnswer, error) {
		p, page, err := s.openBy(ctx, r.PaymentMethod, o)
		if err != nil {
			return nil, err
		}
		a := &merchant.PaymentCreateAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, RedirectURL: page, RedirectURLType: needData,
		}
		if r.GenerateQR != nil && *r.GenerateQR {
			a.RedirectQR, err = qrImage(page)
		}
		return a, err
	})
}

// PaymentCreateAnyAmount is PaymentCreate for an amount that the payer types. An
// amount that the request has all the same is what the page proposes. The page has
// no pg_redirect_qr, so pg_generate_qr does nothing. The money is taken at once,
// unless the request has the pg_auto_clearing of other calls.
func (s merchantService) PaymentCreateAnyAmount(ctx context.Context, r *merchant.PaymentCreateAnyAmountRequest) (*merchant.PaymentCreateAnyAmountAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, currency: r.Currency,
		amount: r.Amount, least: r.AmountIntervalFrom, most: r.AmountIntervalTo, typed: true,
		hold: said(r.Extra(), "pg_auto_clearing") == string(merchant.AutoClearingHold), lifetime: lifetime(r.Lifetime),
		userID: r.UserID, email: r.UserContactEmail.Reveal(), phone: r.UserPhone.Reveal(),
		returns: returns{
			success: target{r.SuccessURL, string(r.SuccessURLMethod)},
			failure: target{r.FailureURL, string(r.FailureURLMethod)},
		},
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{"merchant.paymentCreateAnyAmount", r.IdempotencyKey}, func() (*merchant.PaymentCreateAnyAmountAnswer, error) {
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		return &merchant.PaymentCreateAnyAmountAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, RedirectURL: p.page(ctx), RedirectURLType: needData,
		}, nil
	})
}

// RecurringPay charges a recurring profile, at once and in the profile's currency.
// Whether ok means that the money was taken is not documented; here it was.
func (s merchantService) RecurringPay(ctx context.Context, r *merchant.RecurringPayRequest) (*merchant.RecurringPayAnswer, error) {
	o := order{id: r.OrderID, description: r.Description, amount: r.Amount, params: ownParameters(r.Extra()), calls: addressesOf(r)}
	return call(ctx, s.state, once{"merchant.recurringPay", r.IdempotencyKey}, func() (*merchant.RecurringPayAnswer, error) {
		p, profile, err := s.recur(r.RecurringProfile, o)
		if p == nil {
			return nil, err
		}
		return &merchant.RecurringPayAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, Amount: units(p.amount), Currency: p.currency,
			RecurringProfile: profile.id, RecurringProfileExpiryDate: instant(profile.ends),
		}, err
	})
}

// PaymentCancel lets a hold go.
func (s merchantService) PaymentCancel(ctx context.Context, r *merchant.PaymentCancelRequest) (*merchant.PaymentCancelAnswer, error) {
	return call(ctx, s.state, once{"merchant.paymentCancel", r.IdempotencyKey}, func() (*merchant.PaymentCancelAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if err := s.cancel(p); err != nil {
			return nil, err
		}
		return &merchant.PaymentCancelAnswer{Status: merchant.StatusOK}, nil
	})
}

// PaymentClear takes the money of a hold. paymentStatus shows it at once; the real
// one is documented to lag by some seconds.
func (s merchantService) PaymentClear(ctx context.Context, r *merchant.PaymentClearRequest) (*merchant.PaymentClearAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PaymentClearAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if err := s.clear(p, r.ClearingAmount); err != nil {
			return nil, err
		}
		return &merchant.PaymentClearAnswer{
			Status: merchant.StatusOK, Amount: units(p.amount), ClearingAmount: units(p.taken),
		}, nil
	})
}

// PaymentRefund gives money back.
func (s merchantService) PaymentRefund(ctx context.Context, r *merchant.PaymentRefundRequest) (*merchant.PaymentRefundAnswer, error) {
	return call(ctx, s.state, once{"merchant.paymentRefund", r.IdempotencyKey}, func() (*merchant.PaymentRefundAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if _, err := s.refund(p, r.RefundAmount); err != nil {
			return nil, err
		}
		return &merchant.PaymentRefundAnswer{Status: merchant.StatusOK}, nil
	})
}
