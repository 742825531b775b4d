package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// merchantService is the Merchant API.
type merchantService struct{ *state }

// InvoicePay pays an invoice, once. Of a refusal only the form is documented,
// no code and no text. The masked card number is the documented example: the
// sandbox has no cards.
func (s merchantService) InvoicePay(_ context.Context, r *merchant.InvoicePayRequest) (*merchant.InvoicePayAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[r.Customer.Reveal()]
	answer := &merchant.InvoicePayAnswer{Status: merchant.CallStatusError, DT: s.dt()}
	if !ok {
		answer.ErrorDescription = "no such invoice"
		return answer, nil
	}
	answer.OrderID, answer.Amount, answer.Currency = o.id, o.amount, o.currency
	if o.status != merchant.InvoiceStatusNew {
		answer.InvoiceStatus = o.status
		answer.ErrorDescription = "the invoice is not new"
		return answer, nil
	}
	o.status = merchant.InvoiceStatusOK
	answer.Status = merchant.CallStatusOK
	answer.InvoiceStatus = o.status
	answer.InvoiceID = new(o.invoiceID)
	answer.CardPAN = wire.NewSecret("5483-18XX-XXXX-0293")
	return answer, nil
}
