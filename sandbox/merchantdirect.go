package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
)

// CardPaymentCreate makes a payment with a saved card, whichever of the two calls
// then confirms it. The money is taken at once, as the example of the answer to the
// second step shows it, unless the request has the pg_auto_clearing of other calls.
func (s merchantService) CardPaymentCreate(ctx context.Context, r *merchant.CardPaymentCreateRequest) (*merchant.CardPaymentCreateAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount,
		hold:   said(r.Extra(), "pg_auto_clearing") == string(merchant.AutoClearingHold),
		userID: r.UserID, email: r.UserEmail.Reveal(), phone: r.UserPhone.Reveal(),
		returns: returns{success: target{url: r.SuccessURL}, failure: target{url: r.FailureURL}},
		params:  ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{"merchant.cardPaymentCreate", r.IdempotencyKey}, func() (*merchant.CardPaymentCreateAnswer, error) {
		saved, err := s.savedBy(r.UserID, r.CardToken.Reveal())
		if err != nil {
			return nil, err
		}
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		p.saved = saved
		return &merchant.CardPaymentCreateAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID,
		}, nil
	})
}

// CardPaymentConfirm charges the saved card of a payment, without the payer and
// without 3DS, and once: whether a repeat charges it again is not documented.
func (s merchantService) CardPaymentConfirm(ctx context.Context, r *merchant.CardPaymentConfirmRequest) (*merchant.CardPaymentConfirmAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.CardPaymentConfirmAnswer, error) {
		p, err := s.ofSavedCard(r.PaymentID)
		if err != nil {
			return nil, err
		}
		a := &merchant.CardPaymentConfirmAnswer{PaymentID: p.id, CardToken: p.token(), CardID: p.saved.id, CardMask: p.saved.card.mask()}
		err = s.pay(p, &p.saved.card, false)
		a.Status, a.TransactionStatus = merchant.StatusOK, merchant.TransactionStatus(p.transaction())
		a.CanReject, a.PaymentMethod = new(p.canReject), merchant.PaymentMethodBankCard
		a.Amount, a.Currency, a.Captured = units(p.amount), p.currency, p.captured()
		a.AuthCode, a.CreateDate = p.authCode, local(p.created)
		return a, err
	})
}

// ofSavedCard finds a payment with a saved card that was not removed since.
func (s *state) ofSavedCard(id string) (*payment, error) {
	p, err := s.payment(id)
	if err != nil {
		return nil, err
	}
	if p.saved == nil || p.saving {
		return nil, impossible("the payment is not one with a saved card")
	}
	if _, err := s.savedBy(p.userID, p.saved.token); err != nil {
		return nil, err
	}
	return p, nil
}
