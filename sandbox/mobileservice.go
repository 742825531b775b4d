package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
)

// MobileCreate makes a payment from the balance of a phone. Without
// pg_payment_method it makes one that is paid with a card: the page says that the
// field must be sent, and the request is PaymentCreate's then, whose path is this
// one in older versions.
func (s merchantService) MobileCreate(ctx context.Context, r *merchant.MobileCreateRequest) (*merchant.MobileCreateAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold: said(r.Extra(), "pg_auto_clearing") != string(merchant.AutoClearingChargeNow), lifetime: lifetime(r.Lifetime),
		userID: r.UserID, email: r.UserContactEmail.Reveal(), phone: r.UserPhone.Reveal(),
		returns: returns{
			success: target{r.SuccessURL, string(r.SuccessURLMethod)},
			failure: target{r.FailureURL, string(r.FailureURLMethod)},
		},
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{}, func() (*merchant.MobileCreateAnswer, error) {
		p, page, err := s.openBy(ctx, r.PaymentMethod, o)
		if err != nil {
			return nil, err
		}
		return &merchant.MobileCreateAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, RedirectURL: page, RedirectURLType: needData,
		}, nil
	})
}

// openBy makes a payment by the given method, and tells its page. Of methods there
// is but one in the documentation, any other is a card.
func (s *state) openBy(ctx context.Context, method merchant.PaymentMethod, o order) (p *payment, page string, err error) {
	if method == merchant.PaymentMethodMobileCommerce {
		if p, err = s.openMobile(o); err != nil {
			return nil, "", err
		}
		return p, p.address(ctx, phonePath), nil
	}
	if p, err = s.open(o); err != nil {
		return nil, "", err
	}
	return p, p.page(ctx), nil
}

// MobilePay asks for the money. The answer is always that a code is needed:
// whether there are phones that need none is not documented.
func (s merchantService) MobilePay(ctx context.Context, r *merchant.MobilePayRequest) (*merchant.MobilePayAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.MobilePayAnswer, error) {
		p, code, err := s.mobilePayment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		a := &merchant.MobilePayAnswer{PaymentID: p.id}
		if err := s.charge(p, code, r.SubscriberPhone.Reveal(), r.Operator); err != nil {
			return a, err
		}
		a.Status = merchant.MobilePayStatusNeedApprove
		return a, nil
	})
}

// MobileApprove takes the money, if the code is right.
func (s merchantService) MobileApprove(ctx context.Context, r *merchant.MobileApproveRequest) (*merchant.MobileApproveAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.MobileApproveAnswer, error) {
		a := &merchant.MobileApproveAnswer{PaymentID: r.PaymentID}
		p, code, err := s.mobilePayment(r.PaymentID)
		if err != nil {
			return a, err
		}
		if err := s.approve(p, code, r.ApprovalCode.Reveal()); err != nil {
			return a, err
		}
		a.Status = merchant.MobileApproveStatusOK
		return a, nil
	})
}

// MobileResendCode sends the code once more. No page shows how the request names
// the payment; here it is as in the calls beside it.
func (s merchantService) MobileResendCode(ctx context.Context, r *merchant.MobileResendCodeRequest) (*merchant.MobileResendCodeAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.MobileResendCodeAnswer, error) {
		id := said(r.Extra(), "pg_payment_id")
		if id == "" {
			return nil, wrong("pg_payment_id is needed")
		}
		p, code, err := s.mobilePayment(id)
		if err != nil {
			return nil, err
		}
		if err := code.waits(p); err != nil {
			return nil, err
		}
		return &merchant.MobileResendCodeAnswer{Status: merchant.StatusOK}, nil
	})
}

// method is how a payment is made, as far as that is known.
func (s *state) method(p *payment) merchant.PaymentMethod {
	switch {
	case s.phones[p] != nil && p.card == nil:
		return merchant.PaymentMethodMobileCommerce
	case p.card != nil:
		return merchant.PaymentMethodBankCard
	}
	return ""
}
