package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// partnerService is the Partner API.
type partnerService struct{ *state }

// InvoicesInfo shows an invoice of the state. What is answered for an unknown
// one is documented nowhere; the common form of a Partner API error is given.
func (s partnerService) InvoicesInfo(_ context.Context, r *partner.InvoicesInfoRequest) (*partner.InvoicesInfoAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, ok := s.invoices[r.InvoiceID]
	if !ok {
		return nil, &failure{"no such invoice"}
	}
	return &invoice, nil
}

// InvoiceInfo shows a payment of the state; an unknown one as in InvoicesInfo.
func (s partnerService) InvoiceInfo(_ context.Context, r *partner.InvoiceInfoRequest) (*partner.InvoiceInfoAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	payment, ok := s.payments[r.PaymentID]
	if !ok {
		return nil, &failure{"no such payment"}
	}
	return &payment, nil
}

// ClientAdd takes a request number once: the documentation calls it unique.
func (s partnerService) ClientAdd(_ context.Context, r *partner.ClientAddRequest) (*partner.ClientAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[r.RequestID] {
		return nil, &failure{"request_id is not unique"}
	}
	s.clients[r.RequestID] = true
	return &partner.ClientAddAnswer{
		Status:        partner.CallStatusOK,
		RequestStatus: partner.RequestStateProcess,
		DT:            s.dt(),
	}, nil
}
