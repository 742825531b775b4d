package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// merchantService is the Merchant API.
type merchantService struct{ *state }

// InvoicePay pays an invoice, once. Of a refusal only the form is documented,
// no code and no text. The card is the one that the user has saved; any other
// token pays too, with the masked number of the documented example, so that the
// example works as it is printed.
func (s merchantService) InvoicePay(_ context.Context, r *merchant.InvoicePayRequest) (*merchant.InvoicePayAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &merchant.InvoicePayAnswer{Status: merchant.CallStatusError, InvoiceStatus: merchant.InvoiceStatusFailed, DT: s.dt()}
	i := s.find(func(i *invoice) bool { return i.Customer == r.Customer.Reveal() })
	if i == nil {
		answer.ErrorDescription = "no such invoice"
		for _, name := range []string{"order_id", "currency"} {
			answer.Extra().SetForm(name, wire.FormAbsent) // like the amount: there is none to show
		}
		return answer, nil
	}
	answer.OrderID, answer.Amount, answer.Currency = i.OrderID, i.Amount, i.Currency
	switch {
	case i.paid:
		answer.InvoiceStatus = merchant.InvoiceStatusOK
		answer.ErrorDescription = "the invoice is paid"
		return answer, nil
	case s.expired(i):
		answer.ErrorDescription = "the invoice has expired"
		return answer, nil
	}
	answer.CardPAN = wire.NewSecret("5483-18XX-XXXX-0293")
	if saved, err := s.savedBy(r.UserID, r.CardToken.Reveal()); err == nil {
		answer.CardPAN = saved.card.mask()
		if f := saved.card.declined(); f != nil {
			answer.ErrorCode, answer.ErrorDescription = f.number(), f.text
			return answer, nil
		}
	}
	i.paid = true
	answer.Status, answer.InvoiceStatus = merchant.CallStatusOK, merchant.InvoiceStatusOK
	answer.InvoiceID = new(i.number())
	return answer, nil
}
