package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// PayoutStatus tells about a payout.
func (s merchantService) PayoutStatus(ctx context.Context, r *merchant.PayoutStatusRequest) (*merchant.PayoutStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PayoutStatusAnswer, error) {
		p, err := s.payoutOf(r.PaymentID, r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &merchant.PayoutStatusAnswer{
			PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID,
			Status: merchant.StatusOK, PaymentStatus: merchant.PaymentStatus(p.status()),
			Currency: p.currency, Amount: units(p.amount), CardName: wire.NewSecret(p.to.holder),
		}
		a.ErrorCode, a.ErrorDescription = p.why()
		return a, nil
	})
}

// PayoutStatusByOrder tells about a payout in the older words. What pg_captured
// says of a payout is not documented; here it is whether the money has arrived.
func (s merchantService) PayoutStatusByOrder(ctx context.Context, r *merchant.PayoutStatusByOrderRequest) (*merchant.PayoutStatusByOrderAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PayoutStatusByOrderAnswer, error) {
		p, err := s.payoutOf("", r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &merchant.PayoutStatusByOrderAnswer{
			Status: merchant.StatusOK, PaymentID: p.id,
			TransactionStatus: merchant.TransactionStatus(p.transaction()),
			CanReject:         new(false), TestingMode: new(true),
			Captured:   new(p.state == wire.ReadingCaptured),
			CreateDate: local(p.created),
		}
		a.ErrorCode, a.ErrorDescription = p.why()
		return a, nil
	})
}

// PayoutStatusByPayment tells about a payout in pg_status, in the words for one
// that is found by its order.
func (s merchantService) PayoutStatusByPayment(ctx context.Context, r *merchant.PayoutStatusByPaymentRequest) (*merchant.PayoutStatusByPaymentAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PayoutStatusByPaymentAnswer, error) {
		if r.OrderID == "" {
			return nil, wrong("pg_order_id is needed")
		}
		p, err := s.payoutOf("", r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &merchant.PayoutStatusByPaymentAnswer{Status: merchant.PayoutLegacyStatus(p.transaction())}
		a.ErrorCode, a.ErrorDescription = p.why()
		return a, nil
	})
}
