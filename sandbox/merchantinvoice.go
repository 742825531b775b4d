package sandbox

import (
	"context"
	"strconv"
	"strings"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// InvoiceInit makes an invoice, which InvoicePay pays by its handle, and which
// the Partner API shows. Nothing in the request is known to be required; what an
// invoice cannot be without is.
func (s merchantService) InvoiceInit(_ context.Context, r *merchant.InvoiceInitRequest) (*merchant.InvoiceInitAnswer, error) {
	if id := textIn(r, "merchant_id"); id != "" && id != s.merchant() {
		return s.refuseInvoice("merchant_id is not the merchant who signed"), nil
	}
	if r.InvoiceMethod != "" && !strings.Contains(","+string(r.InvoiceMethod)+",", ","+string(merchant.InvoiceMethodQR)+",") {
		return s.refuseInvoice("the sandbox knows no invoice_method but qr"), nil
	}
	if r.Currency != "" && !isCurrency(r.Currency) {
		return s.refuseInvoice("the currency is not a code of three letters"), nil
	}
	i, err := s.add(Invoice{OrderID: r.OrderID, Amount: r.Amount, Currency: r.Currency, Description: r.Description}, addresses{
		check: r.CheckURL, result: r.ResultURL, method: r.RequestMethod,
	})
	if err != nil {
		return s.refuseInvoice(strings.TrimPrefix(err.Error(), "sandbox: ")), nil
	}
	number := (&invoice{Invoice: i}).number()
	return &merchant.InvoiceInitAnswer{
		Status: merchant.CallStatusOK, InvoiceStatus: merchant.InvoiceInitStatusProcess, InvoiceID: &number,
		InvoiceMethods: &merchant.InvoiceMethods{QR: wire.NewSecret(i.Customer)}, DateTime: s.dt(),
	}, nil
}

// refuseInvoice is an error in the form of the page, of which no code is
// documented.
func (s merchantService) refuseInvoice(text string) *merchant.InvoiceInitAnswer {
	return &merchant.InvoiceInitAnswer{
		Status: merchant.CallStatusError, InvoiceStatus: merchant.InvoiceInitStatusFailed,
		ErrorDescription: text, DateTime: s.dt(),
	}
}

// textIn is the value of a message's field that holds a text.
func textIn(m codec.Message, name string) string {
	fields := m.WireFields()
	for i, f := range fields.Type.Fields {
		if text, ok := fields.Refs[i].(*string); ok && f.Name == name {
			return *text
		}
	}
	return ""
}

// number is the fault's code as a number, as the invoices have it.
func (f *fault) number() *int64 {
	n, err := strconv.ParseInt(f.code, 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
