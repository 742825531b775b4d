package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// merchantService is the Merchant API.
type merchantService struct{ *state }

// InvoicePay pays an invoice, once. The merchant is asked and told as about a payment,
// which is what integrators report; a refusal ends the invoice. Of a refusal only the
// form is documented, no code and no text. The card is the one that the user has
// saved; any other token pays too, with the masked number of the documented example,
// so that the example works as it is printed.
func (s merchantService) InvoicePay(ctx context.Context, r *merchant.InvoicePayRequest) (answer *merchant.InvoicePayAnswer, err error) {
	s.alone(func() { answer = s.payInvoice(r) }).after(ctx)
	return answer, nil
}

// payInvoice is InvoicePay for who has the state.
func (s merchantService) payInvoice(r *merchant.InvoicePayRequest) *merchant.InvoicePayAnswer {
	answer := &merchant.InvoicePayAnswer{Status: merchant.CallStatusError, InvoiceStatus: merchant.InvoicePayStatusFailed, DateTime: s.dt()}
	i := s.find(func(i *invoice) bool { return i.Customer == r.InvoiceHandle.Reveal() })
	if i == nil {
		answer.ErrorDescription = "no such invoice"
		for _, name := range []string{"order_id", "currency"} {
			answer.Extra().SetForm(name, wire.FormAbsent) // like the amount: there is none to show
		}
		return answer
	}
	answer.OrderID, answer.Amount, answer.Currency = i.OrderID, i.Amount, i.Currency
	switch {
	case i.paid():
		answer.InvoiceStatus = merchant.InvoicePayStatusOK
		answer.ErrorDescription = "the invoice is paid"
		return answer
	case i.refused() != nil:
		answer.ErrorDescription = i.refused().text
		return answer
	case s.expired(i):
		answer.ErrorDescription = "the invoice has expired"
		return answer
	}
	card := (*bankCard)(nil)
	answer.CardPAN = wire.NewSecret("5483-18XX-XXXX-0293")
	if saved, err := s.savedBy(r.UserID, r.CardToken.Reveal()); err == nil {
		answer.CardPAN = saved.card.mask()
		if f := saved.card.declined(); f != nil {
			answer.ErrorCode, answer.ErrorDescription = f.number(), f.text
			return answer
		}
		card = &saved.card
	}
	if err := s.capture(i.payment, card); err != nil {
		answer.ErrorDescription = "the invoice cannot be paid"
		if f, ok := asFault(err); ok {
			answer.ErrorDescription = f.text
		}
		return answer
	}
	answer.Status, answer.InvoiceStatus = merchant.CallStatusOK, merchant.InvoicePayStatusOK
	answer.InvoiceID = new(i.number())
	return answer
}

// capture pays an invoice, if the merchant has nothing against it. The card is nil
// where it is not known. What a bank adds to a payment no page shows of an invoice.
func (s *state) capture(p *payment, card *bankCard) error {
	if err := s.payable(p, wire.ReadingNew); err != nil {
		return err
	}
	if err := s.check(p); err != nil {
		return err
	}
	p.card, p.paidAt = card, s.now()
	p.state, p.taken = wire.ReadingCaptured, p.amount
	s.ended(p)
	return nil
}
