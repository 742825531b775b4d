package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// PaymentStatus tells about a payment. pg_clearing_amount is there once money was
// taken, also by a payment in one step, as in the page's example. pg_can_reject is 1
// until the merchant has answered to the first notification of a success.
func (s merchantService) PaymentStatus(ctx context.Context, r *merchant.PaymentStatusRequest) (*merchant.PaymentStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PaymentStatusAnswer, error) {
		if r.PaymentID == "" && r.OrderID == "" {
			return nil, wrong("pg_payment_id or pg_order_id is needed")
		}
		p, err := s.paymentOf(r.PaymentID, r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &merchant.PaymentStatusAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, OrderID: p.order.id, CanReject: new(p.canReject),
			PaymentMethod: s.method(p), PaymentStatus: merchant.PaymentStatus(p.status()), Captured: p.captured(),
			Currency: p.currency, Amount: units(p.amount), RefundAmount: units(-p.given()),
			UserEmail: wire.NewSecret(p.email), UserPhone: wire.NewSecret(p.phone),
			CreateDate: local(p.created), PaymentDate: local(p.date()),
			Reference: p.reference, AuthCode: p.authCode, CardToken: p.token(),
		}
		if p.taken > 0 {
			a.ClearingAmount = units(p.taken)
		}
		if c := p.card; c != nil {
			a.CardName, a.CardMask = wire.NewSecret(c.holder), c.mask()
		}
		if p.failure != nil {
			a.FailureCode, a.FailureDescription = p.failure.code, p.failure.text
		}
		for _, back := range p.refunds {
			a.RefundPayments = append(a.RefundPayments, merchant.RefundPayment{
				PaymentID: back.id, PaymentStatus: merchant.PaymentStatusSuccess, Amount: units(-back.amount),
				PaymentDate: local(back.at), Reference: back.reference,
			})
		}
		if p.revocationID != "" {
			a.RevokeAmount = units(p.amount)
			a.RevokedPayments = []merchant.RevokedPayment{{PaymentID: p.revocationID, PaymentStatus: merchant.PaymentStatusSuccess}}
		}
		return a, nil
	})
}

// token is that of the saved card that a payment was made with, or that it saved.
func (p *payment) token() wire.Secret {
	if p.saved == nil {
		return wire.Secret{}
	}
	return wire.NewSecret(p.saved.token)
}
