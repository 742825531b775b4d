package sandbox

import (
	"context"
	"strconv"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
)

// partnerService is the Partner API.
type partnerService struct{ *state }

// InvoicesInfo shows an invoice. Of its states only "new" is documented here; the others
// are those of the merchant's calls. For an unknown invoice nothing is documented: the
// common form of an error is given.
func (s partnerService) InvoicesInfo(ctx context.Context, r *partner.InvoicesInfoRequest) (*partner.InvoicesInfoAnswer, error) {
	var i *invoice
	status, refunds := "", []partner.Refund{}
	s.alone(func() {
		if i = s.invoice(r.InvoiceID); i == nil {
			return
		}
		status = string(s.stateOf(i))
		for _, back := range i.payment.refunds {
			refunds = append(refunds, partner.Refund{ID: back.id})
		}
	}).after(ctx)
	if i == nil {
		return nil, &failure{"no such invoice"}
	}
	return &partner.InvoicesInfoAnswer{
		Status:       status,
		Amount:       i.Amount,
		Currency:     i.Currency,
		MerchantID:   new(s.merchantID),
		MerchantName: i.MerchantName,
		Description:  i.Description,
		ExpiresAt:    instant(i.expires),
		BackURL:      i.BackURL,
		Refunds:      refunds,
		Positions:    i.Tax,
		Device:       i.Device,
		CreatedAt:    instant(i.created),
	}, nil
}

// InvoiceInfo shows a payment. The documentation lists the words for its state
// without explaining them; these are our reading.
func (s partnerService) InvoiceInfo(ctx context.Context, r *partner.InvoiceInfoRequest) (*partner.InvoiceInfoAnswer, error) {
	var i *invoice
	status := partner.PaymentStatusWaiting
	s.alone(func() {
		if i = s.find(func(i *invoice) bool { return i.PaymentID == r.PaymentID }); i == nil {
			return
		}
		switch s.stateOf(i) {
		case merchant.InvoiceStatusSuccess:
			status = partner.PaymentStatusSuccess
		case merchant.InvoiceStatusProcess:
			status = partner.PaymentStatusProcess
		case merchant.InvoiceStatus(merchant.InvoiceInitStatusIncomplete):
			status = partner.PaymentStatusIncomplete
		case merchant.InvoiceStatusNew:
		default:
			status = partner.PaymentStatusError
		}
	}).after(ctx)
	if i == nil {
		return nil, &failure{"no such payment"}
	}
	return &partner.InvoiceInfoAnswer{
		PaymentStatus:   status,
		Amount:          i.Amount,
		Currency:        i.Currency,
		OrderID:         i.OrderID,
		MerchantID:      strconv.FormatInt(s.merchantID, 10),
		MerchantName:    i.MerchantName,
		Description:     i.Description,
		Lifetime:        instant(i.expires.UTC()),
		FacilitatorIBAN: "KZ505518729251417KZT", // the documented example
		DateTime:        s.dt(),
	}, nil
}
