package sandbox

import (
	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// tellApplication has the partner told that an application has another status. That a
// bank has approved it is not told: the status is the same.
func (s *state) tellApplication(a *application) {
	if a.callback == "" {
		return
	}
	m := &callback.ApplicationRequest{
		ID: a.id, ExternalID: a.externalID, Status: callback.ApplicationStatus(a.status), ApprovedAmount: a.approved(),
		Currency: a.currency, BankCode: a.bank, CreatedAt: withMillis(a.created), UpdatedAt: withMillis(a.modified),
	}
	l := &letter{
		calls: s.calls, kind: CallbackApplication, address: a.callback, method: methodOf(""), plan: webhookPlan,
		pairs: codec.Pairs(m), orderID: a.externalID, paymentID: a.id, result: string(a.status),
	}
	s.put(l.seal())
}
