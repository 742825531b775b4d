package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// SavedCardPayout pays out to a saved card. A payout that is in process is
// pending: the page shows ok only. The error code 0 in a success is by its table
// and its example.
func (s gatewayService) SavedCardPayout(ctx context.Context, r *gateway.SavedCardPayoutRequest) (*gateway.SavedCardPayoutAnswer, error) {
	o := payoutOrder{id: r.OrderID, amount: r.Amount, limit: r.OrderTimeLimit, post: addressesOf(r).post}
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardPayoutAnswer, error) {
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		a := &gateway.SavedCardPayoutAnswer{PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID}
		if err := s.payOut(p, s.toSaved(r.UserID, r.CardTokenTo.Reveal())); err != nil {
			return a, err
		}
		a.Status, a.Balance = p.call(), s.out.balances.in(p.currency)
		a.CardHash, a.CardToken = p.to.mask, wire.NewSecret(p.to.saved.token)
		a.PaymentAmount, a.PaymentDate = units(p.amount), instant(p.created.UTC())
		a.ErrorCode = "0"
		return a, nil
	})
}

// call is the pg_status of the call that made a payout.
func (p *payout) call() gateway.Status {
	if p.state == wire.ReadingProcess && p.to.mask.IsSet() {
		return gateway.StatusPending
	}
	return gateway.StatusOK
}

// PayoutCard pays out to a card.
func (s gatewayService) PayoutCard(ctx context.Context, r *gateway.PayoutCardRequest) (*gateway.PayoutCardAnswer, error) {
	o := payoutOrder{id: r.OrderID, amount: r.Amount, currency: r.Currency, post: addressesOf(r).post}
	return call(ctx, s.state, once{}, func() (*gateway.PayoutCardAnswer, error) {
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		a := &gateway.PayoutCardAnswer{PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID}
		if err := s.payOut(p, toCard(r.CardRecipientPAN.Reveal(), r.CardName.Reveal())); err != nil {
			return a, err
		}
		a.Status, a.Balance, a.PaymentAmount = p.call(), s.out.balances.in(p.currency), units(p.amount)
		a.PaymentDate, a.Reference, a.DateTime = instant(p.created.UTC()), p.reference, s.datetime()
		return a, nil
	})
}

// PayoutIBAN pays out to a bank account.
func (s gatewayService) PayoutIBAN(ctx context.Context, r *gateway.PayoutIBANRequest) (*gateway.PayoutIBANAnswer, error) {
	o := payoutOrder{id: r.OrderID, amount: r.Amount, post: addressesOf(r).post}
	return call(ctx, s.state, once{}, func() (*gateway.PayoutIBANAnswer, error) {
		if err := checkIBAN(r.RecipientIBAN.Reveal()); err != nil {
			return nil, err
		}
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		a := &gateway.PayoutIBANAnswer{PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID}
		if err := s.payOut(p, toAccount(r.RecipientName.Reveal())); err != nil {
			return a, err
		}
		a.Status, a.PaymentAmount = p.call(), units(p.amount)
		a.PaymentDate, a.DateTime = instant(p.created.UTC()), s.datetime()
		return a, nil
	})
}

// PayoutBalance tells the balance for payouts.
func (s gatewayService) PayoutBalance(ctx context.Context, r *gateway.PayoutBalanceRequest) (*gateway.PayoutBalanceAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PayoutBalanceAnswer, error) {
		balance, err := s.balance(r.Currency)
		if err != nil {
			return nil, err
		}
		return &gateway.PayoutBalanceAnswer{Balance: balance, Status: gateway.StatusOK, Currency: r.Currency}, nil
	})
}

// PayoutStatus tells about a payout. pg_net_amount is not there: what it leaves
// out of the amount is not documented.
func (s gatewayService) PayoutStatus(ctx context.Context, r *gateway.PayoutStatusRequest) (*gateway.PayoutStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PayoutStatusAnswer, error) {
		p, err := s.payoutOf(r.PaymentID, r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &gateway.PayoutStatusAnswer{
			PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID,
			Status: gateway.StatusOK, PaymentStatus: gateway.PaymentStatus(p.status()),
			Amount: units(p.amount), DateTime: s.datetime(),
		}
		a.ErrorCode, a.ErrorDescription = p.why()
		return a, nil
	})
}
