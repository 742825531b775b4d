package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// TransferCard takes money from a card and pays it to another.
func (s gatewayService) TransferCard(ctx context.Context, r *gateway.TransferCardRequest) (*gateway.TransferCardAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.TransferCardAnswer, error) {
		t, err := s.openTransfer(r)
		if err != nil {
			return nil, err
		}
		err = s.send(t)
		v := t.view(ctx)
		return &gateway.TransferCardAnswer{
			PaymentID: t.id, OrderID: t.orderID, Status: t.call(), PaymentStatus: t.status(),
			ThreeDS: new(t.waits()), ThreeDSACSURL: v.acs,
			PaymentAmount: units(t.amount), PayoutAmount: v.payout, CurrencyFrom: t.from, CurrencyTo: v.to,
			CardToken: v.token, CardRecipientToken: v.otherToken, CardMask: v.mask, CardRecipientMask: v.otherMask,
			PaymentDate: v.date, DateTime: s.datetime(),
		}, err
	})
}

// TransferComplete3DS goes on with a transfer after 3DS. The pages do not say how
// the merchant learns that the sender has passed it: until then the answer is that
// of TransferCard again.
func (s gatewayService) TransferComplete3DS(ctx context.Context, r *gateway.TransferComplete3DSRequest) (*gateway.TransferComplete3DSAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.TransferComplete3DSAnswer, error) {
		t, err := s.transferOf(r.PaymentID, "")
		if err != nil {
			return nil, err
		}
		err = s.confirm(t)
		v := t.view(ctx)
		return &gateway.TransferComplete3DSAnswer{
			PaymentID: t.id, OrderID: t.orderID, Status: t.call(), PaymentStatus: t.status(),
			ThreeDS: new(t.waits()), ThreeDSACSURL: v.acs,
			PaymentAmount: units(t.amount), PayoutAmount: v.payout, CurrencyFrom: t.from, CurrencyTo: v.to,
			CardToken: v.token, CardRecipientToken: v.otherToken, CardMask: v.mask, CardRecipientMask: v.otherMask,
			PaymentDate: v.date, DateTime: s.datetime(),
		}, err
	})
}

// TransferStatus tells about a transfer.
func (s gatewayService) TransferStatus(ctx context.Context, r *gateway.TransferStatusRequest) (*gateway.TransferStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.TransferStatusAnswer, error) {
		t, err := s.transferOf(r.PaymentID, r.OrderID)
		if err != nil {
			return nil, err
		}
		s.ask(t)
		v := t.view(ctx)
		a := &gateway.TransferStatusAnswer{
			PaymentID: t.id, OrderID: t.orderID, Status: gateway.StatusOK, PaymentStatus: t.status(),
			PaymentAmount: units(t.amount), PayoutAmount: v.payout, CurrencyFrom: t.from, CurrencyTo: v.to,
			CardToken: v.token, CardRecipientToken: v.otherToken, CardMask: v.mask, CardRecipientMask: v.otherMask,
			PaymentDate: v.date, DateTime: s.datetime(),
		}
		if t.failure != nil {
			a.ErrorCode, a.ErrorDescription = t.failure.code, t.failure.text
		}
		return a, nil
	})
}

// transferView is what the answers show of a transfer in some states only. Of the
// payout they show nothing before it was made.
type transferView struct {
	acs, to                            string
	payout                             wire.Decimal
	token, otherToken, mask, otherMask wire.Secret
	date                               wire.Time
}

func (t *transfer) view(ctx context.Context) (v transferView) {
	if t.waits() {
		v.acs = t.challenge.address(baseURL(ctx))
	}
	if t.sender != nil {
		v.token, v.mask = wire.NewSecret(t.senderToken), t.sender.mask()
	}
	if t.state != wire.ReadingCaptured {
		return v
	}
	v.date = local(t.doneAt)
	if t.pays {
		v.payout, v.to = units(t.payout), t.to
		v.otherToken, v.otherMask = wire.NewSecret(t.otherToken), t.recipient.mask
	}
	return v
}

// TransferRates tells the rates of transfers: without a currency all that there
// are for the other. Where there are none the list is empty; no page says what is
// answered then.
func (s gatewayService) TransferRates(ctx context.Context, r *gateway.TransferRatesRequest) (*gateway.TransferRatesAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.TransferRatesAnswer, error) {
		for _, currency := range []string{r.CurrencyFrom, r.CurrencyTo} {
			if currency != "" && !isCurrency(currency) {
				return nil, wrong("a currency is not a code of three letters")
			}
		}
		a := &gateway.TransferRatesAnswer{Status: gateway.StatusOK, DateTime: s.datetime()}
		for _, rate := range s.out.rates.between(r.CurrencyFrom, r.CurrencyTo) {
			a.Rates = append(a.Rates, gateway.ExchangeRate{CurrencyFrom: rate.From, CurrencyTo: rate.To, Rate: rate.Rate})
		}
		return a, nil
	})
}
