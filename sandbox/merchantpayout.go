package sandbox

import (
	"context"
	"strings"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// PayoutCard pays out to a saved card. A repeat of pg_idempotency_key, which the
// page does not list, gets the first answer again. Of pg_balance the page does not
// say when it was: it is what is left after the payout, as in the notification
// about one.
func (s merchantService) PayoutCard(ctx context.Context, r *merchant.PayoutCardRequest) (*merchant.PayoutCardAnswer, error) {
	o := payoutOrder{id: r.OrderID, amount: r.Amount, limit: r.OrderTimeLimit, post: addressesOf(r).post}
	return call(ctx, s.state, once{"merchant.payoutCard", r.IdempotencyKey}, func() (*merchant.PayoutCardAnswer, error) {
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		a := &merchant.PayoutCardAnswer{PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID}
		if err := s.payOut(p, s.toSaved(r.UserID, r.CardTokenTo.Reveal())); err != nil {
			return a, err
		}
		a.Status = merchant.PayoutCallStatusOK
		if p.state == wire.ReadingProcess {
			a.Status = merchant.PayoutCallStatusProcess
		}
		a.Balance, a.CardMask, a.CardID = s.out.balances.in(p.currency), p.to.mask, p.to.saved.id
		a.PaymentAmount, a.PaymentDate = units(p.amount), local(p.created)
		return a, nil
	})
}

// PayoutCreate makes a payout whose recipient picks the card on a page of the
// sandbox. The money leaves the balance when he does: that there is enough by
// then is not promised, and no page says when the real service looks.
func (s merchantService) PayoutCreate(ctx context.Context, r *merchant.PayoutCreateRequest) (*merchant.PayoutCreateAnswer, error) {
	o := payoutOrder{id: r.OrderID, description: r.Description, amount: r.Amount, limit: r.OrderTimeLimit, back: r.BackLink, post: addressesOf(r).post}
	return call(ctx, s.state, once{}, func() (*merchant.PayoutCreateAnswer, error) {
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		return &merchant.PayoutCreateAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, MerchantID: s.merchant(),
			RedirectURL: customerPage(ctx, payoutPath, p.handle),
		}, nil
	})
}

// PayoutIBAN pays out to a bank account.
func (s merchantService) PayoutIBAN(ctx context.Context, r *merchant.PayoutIBANRequest) (*merchant.PayoutIBANAnswer, error) {
	o := payoutOrder{id: r.OrderID, amount: r.Amount, post: addressesOf(r).post}
	return call(ctx, s.state, once{}, func() (*merchant.PayoutIBANAnswer, error) {
		if err := checkIBAN(r.RecipientIBAN.Reveal()); err != nil {
			return nil, err
		}
		p, err := s.openPayout(o)
		if err != nil {
			return nil, err
		}
		a := &merchant.PayoutIBANAnswer{PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID}
		if err := s.payOut(p, toAccount(r.RecipientName.Reveal())); err != nil {
			return a, err
		}
		a.Status = merchant.PayoutCallStatusOK
		a.PaymentAmount, a.PaymentDate = units(p.amount), local(p.created)
		return a, nil
	})
}

// checkIBAN refuses what can be no IBAN: two letters, two digits, and up to 30
// letters and digits. Its check digits are not looked at, for those of the pages'
// example are wrong.
func checkIBAN(iban string) error {
	const letters, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	if len(iban) < 15 || len(iban) > 34 || strings.Trim(iban[:2], letters) != "" ||
		strings.Trim(iban[2:4], digits) != "" || strings.Trim(iban[4:], letters+digits) != "" {
		return wrong("pg_recipient_iban is no IBAN")
	}
	return nil
}

// PayoutBalance tells the balance for payouts.
func (s merchantService) PayoutBalance(ctx context.Context, r *merchant.PayoutBalanceRequest) (*merchant.PayoutBalanceAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PayoutBalanceAnswer, error) {
		balance, err := s.balance(r.Currency)
		if err != nil {
			return nil, err
		}
		return &merchant.PayoutBalanceAnswer{Balance: balance, Status: merchant.StatusOK}, nil
	})
}
