package sandbox

import (
	"context"
	"strconv"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// partnerService is the Partner API.
type partnerService struct{ *state }

// InvoicesInfo shows an invoice. Of its states only "new" is documented here;
// "success" is the word of the merchant's invoices of 2026 for a paid one, and
// "incomplete" and "failed" are those of the invoices of 2025, for one that has expired
// and one that the merchant has refused. For an unknown invoice nothing is documented:
// the common form of an error is given.
func (s partnerService) InvoicesInfo(_ context.Context, r *partner.InvoicesInfoRequest) (*partner.InvoicesInfoAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(func(i *invoice) bool { return i.ID == r.InvoiceID })
	if i == nil {
		return nil, &failure{"no such invoice"}
	}
	status := "new"
	switch {
	case i.paid():
		status = "success"
	case i.refused() != nil:
		status = "failed"
	case s.expired(i):
		status = "incomplete"
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
		Refunds:      []partner.Refund{},
		Tax:          i.Tax,
		Device:       i.Device,
		CreatedAt:    instant(i.created),
	}, nil
}

// InvoiceInfo shows a payment. The documentation lists the words for its state
// without explaining them; these are our reading.
func (s partnerService) InvoiceInfo(_ context.Context, r *partner.InvoiceInfoRequest) (*partner.InvoiceInfoAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(func(i *invoice) bool { return i.PaymentID == r.PaymentID })
	if i == nil {
		return nil, &failure{"no such payment"}
	}
	status := partner.PaymentStatusWaiting
	switch {
	case i.paid():
		status = partner.PaymentStatusSuccess
	case i.refused() != nil:
		status = partner.PaymentStatusError
	case s.expired(i):
		status = partner.PaymentStatusIncomplete
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
		DT:              s.dt(),
	}, nil
}

// ClientAdd starts the work of connecting a company. A request number works
// once: the documentation calls it unique, and does not say what a repeat gets.
func (s partnerService) ClientAdd(_ context.Context, r *partner.ClientAddRequest) (*partner.ClientAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[r.RequestID] != nil {
		return nil, &failure{"request_id is not unique"}
	}
	s.last++
	s.clients[r.RequestID] = &request{clientID: strconv.FormatInt(s.last, 10)}
	return &partner.ClientAddAnswer{
		Status:        partner.CallStatusOK,
		RequestStatus: partner.RequestStateProcess,
		DT:            s.dt(),
	}, nil
}
