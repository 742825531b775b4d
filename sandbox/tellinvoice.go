package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// invoiceLetter tells that an invoice of 2026 has another state: that it was paid,
// failed, expired or was canceled. That its payer is passing 3DS is not told. No page
// shows what such a callback holds, so it holds nothing, and whoever is called has to
// ask; the repeats are those of a recurring profile's, whose page speaks of invoices
// there.
func (s *state) invoiceLetter(p *payment) *letter {
	l := &letter{
		calls: s.calls, kind: CallbackInvoice, address: p.calls.state, method: methodOf(""), plan: webhookPlan,
		orderID: p.order.id, paymentID: p.id,
	}
	return l.seal()
}

// agreementLetter tells the status of a recurring profile of invoices.
func (s *state) agreementLetter(a *agreement) *letter {
	m := &callback.RecurringProfileRequest{
		ProfileID: a.id, Status: callback.ProfileStatus(a.status), InvoiceType: string(a.invoiceType), ExternalID: a.externalID,
		AgreementType: string(a.kind), ExpiresAt: a.lastDay, CreatedAt: inUTC(a.created),
	}
	l := &letter{
		calls: s.calls, kind: CallbackRecurringProfile, address: a.callback, method: methodOf(""), plan: webhookPlan,
		pairs: codec.Pairs(m), orderID: a.externalID, paymentID: a.id, result: string(a.status),
	}
	return l.seal()
}
