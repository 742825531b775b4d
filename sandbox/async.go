package sandbox

import (
	"context"
	"strings"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/testcards"
)

// The asynchronous API does what it is asked for at once, and tells so late: whoever
// asks for the first time afterwards is told that it is in process. Its payments are
// those of the synchronous one too, which tells how things are.

// AsyncPaymentCreate pays with what the request names. What is to be found out
// before a bank is asked is in the answer: a card that the sandbox does not know.
// What a test card's table says is told later.
//
// The repeat of an order gets the first answer, unless that was HTTP 422, which made
// nothing. Orders of the synchronous API are not among those.
func (s gatewayService) AsyncPaymentCreate(ctx context.Context, r *gateway.AsyncPaymentCreateRequest) (*gateway.AsyncPaymentCreateAnswer, error) {
	return asyncCall(ctx, s.state, "create", func(o *asyncOutcome) (*gateway.AsyncPaymentCreateAnswer, error) {
		if first := s.async.orders[r.OrderID]; first != nil {
			*o = *first
			answer, _ := first.answer.(*gateway.AsyncPaymentCreateAnswer)
			return answer, nil
		}
		p, err := s.chargeSource(r)
		if p == nil {
			return nil, err
		}
		f, refused := asFault(err)
		if err != nil && !refused {
			return nil, err
		}
		a := &gateway.AsyncPaymentCreateAnswer{ID: p.uuid, Amount: units(p.amount), CreatedAt: asyncTime(p.created)}
		if _, known := testcards.Find(p.card.number); refused && !known {
			a.Error, o.failed = f.object(), true
		} else {
			p.late = gateway.AsyncPaymentStatusProcess
		}
		a.Status = p.asyncStatus()
		o.payment = p
		s.async.orders[r.OrderID] = o
		return a, nil
	})
}

// AsyncPaymentRead tells about a payment, also about one of the synchronous API.
func (s gatewayService) AsyncPaymentRead(ctx context.Context, r *gateway.AsyncPaymentReadRequest) (*gateway.AsyncPaymentReadAnswer, error) {
	return asyncCall(ctx, s.state, "status", func(o *asyncOutcome) (*gateway.AsyncPaymentReadAnswer, error) {
		if r.ID == "" && r.OrderID == "" {
			return nil, wrong("id or order_id is needed")
		}
		o.payment = s.asyncPaymentOf(r.ID, r.OrderID)
		if o.payment == nil {
			return &gateway.AsyncPaymentReadAnswer{}, nil
		}
		a := o.payment.asyncView(baseURL(ctx))
		o.payment.late = ""
		for _, back := range o.payment.refunds {
			back.late = false
		}
		return a, nil
	})
}

// AsyncRequestRead tells what came of an earlier request: of the payment that it
// made, changed or asked about, as it is by now. What it tells of a request that made
// none is documented for one that was refused; a read that found no payment is taken
// for one. What the real service answers about a request that there was not is not
// documented; here the id is wrong.
func (s gatewayService) AsyncRequestRead(ctx context.Context, r *gateway.AsyncRequestReadRequest) (*gateway.AsyncRequestReadAnswer, error) {
	return asyncCall(ctx, s.state, "request", func(o *asyncOutcome) (*gateway.AsyncRequestReadAnswer, error) {
		id := strings.ToLower(r.ID)
		of := s.async.requests[id]
		if of == nil {
			return nil, wrong("there was no request with this id")
		}
		a := &gateway.AsyncRequestReadAnswer{ID: r.ID, Status: gateway.AsyncRequestStatusSuccess}
		if of.failed || of.payment == nil {
			a.Status = gateway.AsyncRequestStatusError
		}
		o.payment = of.payment
		switch p := of.payment; {
		case of.refusal != nil:
			a.Response = asyncFailure(id, of.refusal)
		case p == nil:
			a.Response = asyncFailure(id, noAsyncPayment())
		default:
			s.settle(p)
			a.Response = gateway.AsyncRequestResult{
				ID: p.uuid, Status: p.asyncStatus(), Amount: units(p.amount), CreatedAt: asyncTime(p.created), Error: p.asyncError(),
			}
			p.late = ""
		}
		return a, nil
	})
}

// AsyncPaymentRefund gives money back. The amount of the answer is the payment's:
// whose it is, is not documented.
func (s gatewayService) AsyncPaymentRefund(ctx context.Context, r *gateway.AsyncPaymentRefundRequest) (*gateway.AsyncPaymentRefundAnswer, error) {
	return asyncCall(ctx, s.state, "refund", func(o *asyncOutcome) (*gateway.AsyncPaymentRefundAnswer, error) {
		p, err := s.toChange(o, r.ID)
		if err != nil {
			return nil, err
		}
		back, err := s.refund(p, r.Amount)
		if err != nil {
			return nil, err
		}
		back.late = true
		return &gateway.AsyncPaymentRefundAnswer{ID: p.uuid, Amount: units(p.amount), RefundPayment: back.asyncView()}, nil
	})
}

// AsyncPaymentReverse lets a hold go.
func (s gatewayService) AsyncPaymentReverse(ctx context.Context, r *gateway.AsyncPaymentReverseRequest) (*gateway.AsyncPaymentReverseAnswer, error) {
	return asyncCall(ctx, s.state, "reverse", func(o *asyncOutcome) (*gateway.AsyncPaymentReverseAnswer, error) {
		p, err := s.toChange(o, r.ID)
		if err != nil {
			return nil, err
		}
		if err := s.cancel(p); err != nil {
			return nil, err
		}
		p.late = gateway.AsyncPaymentStatusApproved
		return &gateway.AsyncPaymentReverseAnswer{
			ID: p.uuid, Amount: units(p.amount),
			ReversePayment: gateway.AsyncReversal{ID: p.revocationUUID, Status: gateway.AsyncRefundStatusProcess},
		}, nil
	})
}

// AsyncPaymentClear takes the money of a hold, or a part of it: what becomes of
// the rest is not documented, here it is let go.
func (s gatewayService) AsyncPaymentClear(ctx context.Context, r *gateway.AsyncPaymentClearRequest) (*gateway.AsyncPaymentClearAnswer, error) {
	return asyncCall(ctx, s.state, "clearing", func(o *asyncOutcome) (*gateway.AsyncPaymentClearAnswer, error) {
		p, err := s.toChange(o, r.ID)
		if err != nil {
			return nil, err
		}
		if err := s.clear(p, r.Amount); err != nil {
			return nil, err
		}
		p.late = gateway.AsyncPaymentStatusProcessClearing
		return &gateway.AsyncPaymentClearAnswer{
			ID: p.uuid, Status: p.asyncStatus(), Amount: units(p.amount), CreatedAt: asyncTime(p.created),
			Clearing: gateway.AsyncClearing{Amount: units(0)},
		}, nil
	})
}

// noAsyncPayment is the fault of a request for a payment that there is not, in the
// words of the page of read request.
func noAsyncPayment() *fault {
	return &fault{string(gateway.AsyncErrorCodeWrongPaymentID), "Incorrect payment id"}
}

// toChange finds the payment that a request is to change: not as long as it is in
// process for those who ask.
func (s *state) toChange(o *asyncOutcome, id string) (*payment, error) {
	p := s.asyncPaymentOf(id, "")
	switch {
	case p == nil:
		return nil, noAsyncPayment()
	case p.late != "":
		return nil, impossible("the payment is in process: read it first")
	}
	o.payment = p
	return p, nil
}

// asyncPaymentOf finds a payment by the id that it has in this API, or by its order.
// The id decides where both are given, and of several payments of one order it is
// the newest: neither is documented.
func (s *state) asyncPaymentOf(id, orderID string) *payment {
	p := s.async.payments[strings.ToLower(id)]
	for i := len(s.ordered) - 1; i >= 0 && id == ""; i-- {
		if o := s.ordered[i]; o.order.id == orderID && !o.saving {
			p = o
			break
		}
	}
	if p != nil {
		s.settle(p)
	}
	return p
}
