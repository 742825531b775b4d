package sandbox

import (
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/wire"
)

// asyncTime is a time in the form of created_at.
func asyncTime(t time.Time) wire.Time { return wire.TimeOf(t.UTC()) }

// asyncStatus is the payment's state in the words of the asynchronous API, which has
// none for a payment of the synchronous one that nobody has paid yet.
func (p *payment) asyncStatus() gateway.AsyncPaymentStatus {
	switch {
	case p.late != "":
		return p.late
	case p.waits():
		return gateway.AsyncPaymentStatusWaitingThreeDS
	}
	switch p.state {
	case wire.ReadingHeld:
		return gateway.AsyncPaymentStatusApproved
	case wire.ReadingCaptured:
		return gateway.AsyncPaymentStatusSuccess
	case wire.ReadingCanceled:
		return gateway.AsyncPaymentStatusReversed
	case wire.ReadingFailed:
		return gateway.AsyncPaymentStatusError
	default:
		return gateway.AsyncPaymentStatusProcess
	}
}

// asyncError is why a payment failed, once that is told.
func (p *payment) asyncError() *gateway.AsyncError {
	if p.asyncStatus() != gateway.AsyncPaymentStatusError {
		return nil
	}
	return p.failure.object()
}

// asyncView is what asyncPaymentRead tells. A failed payment has as few members as in
// the page's example, and what is not known yet is left out, as there.
func (p *payment) asyncView(base string) *gateway.AsyncPaymentReadAnswer {
	a := &gateway.AsyncPaymentReadAnswer{
		ID: p.uuid, Status: p.asyncStatus(), Amount: units(p.amount), CreatedAt: asyncTime(p.created), Error: p.asyncError(),
	}
	if a.Error != nil {
		return a
	}
	a.OrderID, a.From = p.order.id, p.asyncFrom()
	if p.card != nil {
		a.ThreeDS = p.async3DS(base)
	}
	switch a.Status {
	case gateway.AsyncPaymentStatusProcess, gateway.AsyncPaymentStatusWaitingThreeDS:
		return a
	case gateway.AsyncPaymentStatusSuccess:
		a.Clearing = &gateway.AsyncClearing{Cleared: new(true), Amount: units(p.taken)}
	default:
		a.Clearing = &gateway.AsyncClearing{Cleared: new(false), Amount: units(0)}
	}
	a.Additional = &gateway.AsyncBankDetails{
		ApprovalCode: p.authCode, Reference: p.reference,
		IntReference: strings.ToUpper(strings.ReplaceAll(p.uuid, "-", "")[16:]),
	}
	for _, back := range p.refunds {
		a.RefundPayments = append(a.RefundPayments, back.asyncView())
	}
	if p.revocationID != "" {
		reversal := gateway.AsyncReversal{ID: p.revocationUUID, Amount: units(-p.amount), Status: gateway.AsyncRefundStatusSuccess}
		if p.late != "" {
			reversal.Status = gateway.AsyncRefundStatusProcess
		}
		a.ReversePayments = []gateway.AsyncReversal{reversal}
	}
	return a
}

// async3DS is what is known of 3DS. While the payment is in process that is nothing,
// and there is an address only while the payer has to go there.
func (p *payment) async3DS(base string) *gateway.AsyncThreeDS {
	a := &gateway.AsyncThreeDS{}
	switch {
	case p.late == gateway.AsyncPaymentStatusProcess:
	case p.challenge == nil:
		a.FlowType = gateway.AsyncThreeDSFlowFrictionless
	default:
		a.FlowType = gateway.AsyncThreeDSFlowChallenge
		if p.waits() {
			a.ACSURL = p.challenge.address(base)
		}
	}
	if a.ACSURL == "" {
		a.Extra().SetForm("acs_url", wire.FormEmpty)
	}
	return a
}

// asyncFrom is what can be used again: a card that is saved, a recurring profile.
// The examples show a card's token whether or not the request asked to save it; a
// token that is worth nothing is not given here. In which form the profile's end is
// written is not documented.
func (p *payment) asyncFrom() *gateway.AsyncPaidFrom {
	a := &gateway.AsyncPaidFrom{}
	if p.saved != nil {
		a.Card = &gateway.AsyncPaidCard{Token: wire.NewSecret(p.saved.token), Brand: p.saved.card.brand()}
	}
	by := p.charged
	if by == nil {
		by = p.profile
	}
	if by != nil && by.card != nil {
		a.Recurrent = &gateway.AsyncProfile{ProfileID: by.id, ProfileExpiryDate: instant(by.ends).String()}
	}
	if a.Card == nil && a.Recurrent == nil {
		return nil
	}
	return a
}

// asyncView is a refund as the asynchronous API has it.
func (r *refund) asyncView() gateway.AsyncRefund {
	a := gateway.AsyncRefund{ID: r.uuid, Amount: units(-r.amount), Status: gateway.AsyncRefundStatusSuccess}
	if r.late {
		a.Status = gateway.AsyncRefundStatusProcess
	}
	return a
}
