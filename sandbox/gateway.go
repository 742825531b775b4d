package sandbox

import (
	"context"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// gatewayService is the Gateway API.
type gatewayService struct{ *state }

// defaultLifetime is how long a payment page can be paid on that nothing is said
// of.
const defaultLifetime = 24 * time.Hour

// PageCreate makes a payment that is paid on a page of the sandbox. The request
// cannot say whether the money is only held, and no page says what is done: it is
// taken at once, unless the request has the pg_auto_clearing of other calls.
func (s gatewayService) PageCreate(ctx context.Context, r *gateway.PageCreateRequest) (*gateway.PageCreateAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold: said(r.Extra(), "pg_auto_clearing") == "0", lifetime: lifetime(r.Lifetime),
		userID: r.UserID, email: r.UserContactEmail.Reveal(), phone: r.UserPhone.Reveal(),
		returns: returns{
			success: target{r.SuccessURL, string(r.SuccessURLMethod)},
			failure: target{r.FailureURL, string(r.FailureURLMethod)},
			frame:   r.PaymentRoute == gateway.PaymentRouteFrame,
		},
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{"gateway.pageCreate", r.IdempotencyKey}, func() (*gateway.PageCreateAnswer, error) {
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		a := &gateway.PageCreateAnswer{
			Status: gateway.StatusOK, PaymentID: p.id,
			RedirectURL: p.page(ctx), RedirectURLType: needData,
		}
		if r.GenerateQR != nil && *r.GenerateQR {
			a.RedirectQR, err = qrImage(a.RedirectURL)
		}
		return a, err
	})
}

// PageCreateAnyAmount is PageCreate for an amount that the payer types. An amount
// that the request has all the same is what the page proposes.
func (s gatewayService) PageCreateAnyAmount(ctx context.Context, r *gateway.PageCreateAnyAmountRequest) (*gateway.PageCreateAnyAmountAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, currency: r.Currency,
		amount: r.Amount, least: r.AmountIntervalFrom, most: r.AmountIntervalTo, typed: true,
		hold: said(r.Extra(), "pg_auto_clearing") == "0", lifetime: lifetime(r.Lifetime),
		userID: r.UserID, email: r.UserContactEmail.Reveal(), phone: r.UserPhone.Reveal(),
		returns: returns{
			success: target{r.SuccessURL, string(r.SuccessURLMethod)},
			failure: target{r.FailureURL, string(r.FailureURLMethod)},
		},
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{"gateway.pageCreateAnyAmount", r.IdempotencyKey}, func() (*gateway.PageCreateAnyAmountAnswer, error) {
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		a := &gateway.PageCreateAnyAmountAnswer{
			Status: gateway.StatusOK, PaymentID: p.id,
			RedirectURL: p.page(ctx), RedirectURLType: needData,
		}
		if r.GenerateQR != nil && *r.GenerateQR {
			a.RedirectQR, err = qrImage(a.RedirectURL)
		}
		return a, err
	})
}

// lifetime is pg_lifetime. A page without it is said to live a day.
func lifetime(seconds *int64) time.Duration {
	if seconds == nil {
		return defaultLifetime
	}
	const most = 365 * 24 * 60 * 60 // the page for any amount documents no limit
	return time.Duration(min(max(*seconds, 1), most)) * time.Second
}

// PaymentClear takes the money of a hold.
func (s gatewayService) PaymentClear(ctx context.Context, r *gateway.PaymentClearRequest) (*gateway.PaymentClearAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PaymentClearAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if err := s.clear(p, r.ClearingAmount); err != nil {
			return nil, err
		}
		return &gateway.PaymentClearAnswer{
			PaymentID: p.id, Amount: units(p.amount), ClearingAmount: units(p.taken),
			Status: gateway.StatusOK, Cleared: new(true),
		}, nil
	})
}

// PaymentCancel lets a hold go.
func (s gatewayService) PaymentCancel(ctx context.Context, r *gateway.PaymentCancelRequest) (*gateway.PaymentCancelAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PaymentCancelAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if err := s.cancel(p); err != nil {
			return nil, err
		}
		return &gateway.PaymentCancelAnswer{
			PaymentID: p.id, PaymentRevokeID: p.revocationID,
			Status: gateway.StatusOK, RevokeStatus: gateway.RevokeStatusSuccess,
		}, nil
	})
}

// PaymentRefund gives money back.
func (s gatewayService) PaymentRefund(ctx context.Context, r *gateway.PaymentRefundRequest) (*gateway.PaymentRefundAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PaymentRefundAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if r.Currency != "" && r.Currency != p.currency {
			return nil, wrong("the payment's currency is %s", p.currency)
		}
		back, err := s.refund(p, r.Amount)
		if err != nil {
			return nil, err
		}
		return &gateway.PaymentRefundAnswer{
			PaymentID: p.id, PaymentRefundID: back.id,
			Status: gateway.StatusOK, RefundStatus: gateway.RefundStatusSuccess,
		}, nil
	})
}

// Health says that the sandbox works, to anybody.
func (s gatewayService) Health(context.Context) (*gateway.HealthAnswer, error) {
	return &gateway.HealthAnswer{Status: gateway.HealthStatusOK, Time: s.datetime()}, nil
}

// needData is the only documented pg_redirect_url_type: the page asks for data.
const needData = "need data"

// PaymentStatus tells about a payment. pg_clearing_amount is there once money was
// taken, also by a payment in one step, of which no page shows it. pg_net_amount
// is not there: what it leaves out is not documented.
func (s gatewayService) PaymentStatus(ctx context.Context, r *gateway.PaymentStatusRequest) (*gateway.PaymentStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PaymentStatusAnswer, error) {
		p, err := s.paymentOf(r.PaymentID, r.OrderID)
		if err != nil {
			return nil, err
		}
		a := &gateway.PaymentStatusAnswer{
			PaymentID: p.id, OrderID: p.order.id, Currency: p.currency,
			Status: gateway.StatusOK, PaymentStatus: gateway.PaymentStatus(p.status()),
			Amount: units(p.amount), ClearingAmount: units(p.taken), RefundAmount: units(-p.given()),
			UserEmail: wire.NewSecret(p.email), UserPhone: wire.NewSecret(p.phone),
			PaymentDate: local(p.date()), Captured: p.captured(),
			Reference: p.reference, AuthCode: p.authCode, DateTime: s.datetime(),
		}
		if c := p.card; c != nil {
			a.CardName, a.CardMask, a.CardExp, a.CardBrand = wire.NewSecret(c.holder), c.mask(), c.expiry(), c.brand()
		}
		if p.saved != nil {
			a.CardID, a.CardToken = p.saved.id, wire.NewSecret(p.saved.token)
		}
		if p.failure != nil {
			a.FailureCode, a.FailureDescription = p.failure.code, p.failure.text
		}
		for _, back := range p.refunds {
			a.RefundPayments = append(a.RefundPayments, gateway.RefundPayment{
				PaymentID: back.id, PaymentStatus: gateway.PaymentStatusSuccess, Amount: units(-back.amount),
				PaymentDate: local(back.at), Reference: back.reference,
			})
		}
		if p.revocationID != "" {
			a.RevokedPayments = []gateway.RevokedPayment{{PaymentID: p.revocationID, PaymentStatus: gateway.PaymentStatusSuccess}}
		}
		return a, nil
	})
}
