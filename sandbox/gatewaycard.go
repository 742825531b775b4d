package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// CardPay pays with a card. Without pg_auto_clearing the money is held: what
// leaving it out means is not documented, and what is held can be let go.
//
// The card is saved if the request has pg_save_card, which the pages name but do
// not list, and a user. The id of a recurring profile is in the first answer,
// also where 3DS comes in between: nothing later has a place for it.
func (s gatewayService) CardPay(ctx context.Context, r *gateway.CardPayRequest) (*gateway.CardPayAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold:   r.AutoClearing != gateway.AutoClearingChargeNow,
		userID: r.UserID, email: r.UserEmail.Reveal(), phone: r.UserPhone.Reveal(),
		saveCard:  said(r.Extra(), "pg_save_card") == "1",
		recurring: r.RecurringStart != nil && *r.RecurringStart,
		params:    ownParameters(r.Extra()), calls: addressesOf(r),
	}
	if r.RecurringLifetime != nil {
		o.months = *r.RecurringLifetime
	}
	return call(ctx, s.state, once{}, func() (*gateway.CardPayAnswer, error) {
		if r.EncryptedCard.IsSet() {
			return nil, wrong("the sandbox has no key to decrypt pg_encrypted_card with")
		}
		c, err := newCard(r.CardPAN.Reveal(), r.CardYear.Reveal(), r.CardMonth.Reveal(), r.CardCVC.Reveal(), r.CardName.Reveal())
		if err != nil {
			return nil, err
		}
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		if err := s.pay(p, c, true); err != nil {
			return &gateway.CardPayAnswer{PaymentID: p.id}, err
		}
		a := &gateway.CardPayAnswer{
			PaymentID: p.id, Status: gateway.StatusOK, ThreeDS: new(p.waits()),
			AuthCode: p.authCode, Reference: p.reference, DateTime: s.datetime(),
		}
		if p.profile != nil {
			a.RecurringProfile = p.profile.id
		}
		if p.saved != nil {
			a.CardID, a.CardToken = p.saved.id, wire.NewSecret(p.saved.token)
		}
		if p.waits() {
			a.ThreeDSMD, a.ThreeDSPaReq = wire.NewSecret(p.challenge.md), wire.NewSecret(p.challenge.paReq)
			a.ThreeDSACSURL = p.challenge.address(baseURL(ctx))
		}
		return a, nil
	})
}

// waits reports whether the payer has to pass 3DS.
func (p *payment) waits() bool { return p.state == wire.ReadingProcess && p.challenge != nil }

// PaymentComplete3DS goes on with a payment after 3DS.
func (s gatewayService) PaymentComplete3DS(ctx context.Context, r *gateway.PaymentComplete3DSRequest) (*gateway.PaymentComplete3DSAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.PaymentComplete3DSAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		a := &gateway.PaymentComplete3DSAnswer{PaymentID: p.id}
		if p.saving {
			return a, impossible("this is no payment but the saving of a card")
		}
		if err := s.complete(p, r.MD.Reveal(), r.PaRes.Reveal()); err != nil {
			return a, err
		}
		a.Status, a.DateTime = gateway.StatusOK, s.datetime()
		a.AuthCode, a.Reference = p.authCode, p.reference
		if p.saved != nil {
			a.CardID, a.CardToken = p.saved.id, wire.NewSecret(p.saved.token)
		}
		return a, nil
	})
}

// ApplePay pays with a card from Apple Pay. Whether the payer has to pass 3DS
// with it is not documented, other than by an answer that says so; here the test
// card decides, as without a wallet.
func (s gatewayService) ApplePay(ctx context.Context, r *gateway.ApplePayRequest) (*gateway.ApplePayAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold:   r.AutoClearing != gateway.AutoClearingChargeNow,
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{}, func() (*gateway.ApplePayAnswer, error) {
		c, err := newWalletCard(r.CardPAN.Reveal(), r.CardYear.Reveal(), r.CardMonth.Reveal(), r.CardName.Reveal())
		if err != nil {
			return nil, err
		}
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		if err := s.pay(p, c, true); err != nil {
			return &gateway.ApplePayAnswer{PaymentID: p.id}, err
		}
		a := &gateway.ApplePayAnswer{
			PaymentID: p.id, Status: gateway.StatusOK, ThreeDS: p.waits(), AuthCode: p.authCode, DateTime: s.datetime(),
		}
		if p.waits() {
			a.ThreeDSMD, a.ThreeDSPaReq = wire.NewSecret(p.challenge.md), wire.NewSecret(p.challenge.paReq)
			a.ThreeDSACSURL = p.challenge.address(baseURL(ctx))
		}
		return a, nil
	})
}

// GooglePay is ApplePay for a card from Google Pay.
func (s gatewayService) GooglePay(ctx context.Context, r *gateway.GooglePayRequest) (*gateway.GooglePayAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold:   r.AutoClearing != gateway.AutoClearingChargeNow,
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{}, func() (*gateway.GooglePayAnswer, error) {
		c, err := newWalletCard(r.CardPAN.Reveal(), r.CardYear.Reveal(), r.CardMonth.Reveal(), "")
		if err != nil {
			return nil, err
		}
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		if err := s.pay(p, c, true); err != nil {
			return &gateway.GooglePayAnswer{PaymentID: p.id}, err
		}
		a := &gateway.GooglePayAnswer{
			PaymentID: p.id, Status: gateway.StatusOK, ThreeDS: p.waits(), AuthCode: p.authCode, Reference: p.reference,
		}
		if p.waits() {
			a.ThreeDSMD, a.ThreeDSPaReq = wire.NewSecret(p.challenge.md), wire.NewSecret(p.challenge.paReq)
			a.ThreeDSACSURL = p.challenge.address(baseURL(ctx))
		}
		return a, nil
	})
}
