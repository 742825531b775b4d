package middleware

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// attempts sends req, which is signed, until an answer ends the call or the
// policy does.
func (x *exchange) attempts(ctx context.Context, req *http.Request, out any) *wire.Error {
	c := x.caller
	for {
		if err := x.pace(ctx); err != nil {
			return x.cutShort(ctx, err)
		}
		failure, again := x.observed(ctx, req, out)
		if !again {
			return failure
		}
		pause, ok := c.retries.pause(x.meta.Attempts, x.meta.Header, c.now())
		if !ok || x.outlasts(ctx, pause) {
			return failure
		}
		// Once it is unknown it stays so: attempt sees to that.
		x.last, x.open = failure, failure.OutcomeUnknown
		err := c.sleep(ctx, pause)
		if err == nil {
			err = ctx.Err() // not every sleep asks
		}
		if err != nil {
			return x.cutShort(ctx, err)
		}
	}
}

// outlasts reports whether the pause would be over only after ctx.
func (x *exchange) outlasts(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && !x.caller.now().Add(pause).Before(deadline)
}

// cutShort is the error for a call that ended in a pause: that of the attempt
// before, if there was one.
func (x *exchange) cutShort(ctx context.Context, err error) *wire.Error {
	last := x.last
	switch {
	case last == nil:
		return x.transportError(ctx, err)
	case ctx.Err() == nil:
		return last
	}
	cause := fmt.Errorf("%w, in the pause after an attempt", ctx.Err())
	if before := last.Unwrap(); before != nil {
		cause = fmt.Errorf("%w: %w", cause, before)
	}
	e := wire.NewError(last.Kind, last.Operation, cause)
	e.Code, e.Text, e.OutcomeUnknown, e.Canceled, e.Meta = last.Code, last.Text, last.OutcomeUnknown, true, last.Meta
	return e
}

// attempt sends req once, judges the answer, and says whether the call may be
// sent again.
func (x *exchange) attempt(ctx context.Context, req *http.Request, out any) (failure *wire.Error, again bool) {
	x.meta.Status, x.meta.Header, x.meta.Signature = 0, nil, 0
	x.meta.Body, x.meta.Deviations, x.isAnswered = wire.Raw{}, nil, false
	if failure = x.once(ctx, req, out); failure == nil {
		return nil, false
	}
	again = x.isRepeatable(req, failure)
	if !x.open || x.isFirstAnswer(failure) {
		return failure, again
	}
	// Whatever became of this attempt, an earlier one may have had its effect.
	failure.OutcomeUnknown = true
	switch failure.Kind {
	case wire.ErrTemporary, wire.ErrRateLimited, wire.ErrCanceled, wire.ErrInvalidRequest:
		failure.Kind = wire.ErrUnknownOutcome // these say that nothing was done
	}
	return failure, again
}

// isFirstAnswer reports whether failure, of a repeat, is what the first attempt
// was answered with or would have been. Only a refusal in the documented form
// is: anybody on the way can answer with a status.
func (x *exchange) isFirstAnswer(failure *wire.Error) bool {
	if x.op.Repeat.Answer != wire.RepeatFirst || x.meta.Status != http.StatusOK {
		return false
	}
	return failure.Kind == wire.ErrRejected || failure.Kind == wire.ErrNotFound
}

// isRepeatable reports whether the call may be sent again after failure. What
// that promises is said at [RetryPolicy].
func (x *exchange) isRepeatable(req *http.Request, failure *wire.Error) bool {
	if x.meta.Attempts >= x.caller.retries.Attempts || failure.Canceled || x.meta.Signature == wire.AnswerForged {
		return false
	}
	switch {
	case x.op.Failure.Kinds[failure.Code] == wire.ErrUnknownOutcome:
		return false // the API's own word; a repeat would not change it
	case failure.Kind != wire.ErrTemporary && failure.Kind != wire.ErrRateLimited && failure.Kind != wire.ErrUnknownOutcome:
		return false
	case !isPassing(failure, x.out.mayHaveLeft()):
		return false
	case !x.out.mayHaveLeft() || x.isUndone(failure):
		return true
	case x.op.Effect == wire.Read:
		return x.op.Repeat.Answer != wire.RepeatError
	}
	return x.isKeyed(req)
}

// isUndone reports whether failure, which may pass, is an answer that says of itself
// that nothing was done.
func (x *exchange) isUndone(failure *wire.Error) bool {
	status := x.meta.Status
	return x.isAnswered && !failure.OutcomeUnknown && status < 500 && status != http.StatusRequestTimeout
}

// isPassing reports whether a failure of the way there may be over the next time.
// Of what has not left only a network's failure is taken for one: what TLS says of
// the other side stays true.
func isPassing(err error, mayHaveLeft bool) bool {
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return false
	}
	if mayHaveLeft {
		return true
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return false // an alert of TLS
	}
	return isBroken(err)
}

// isKeyed reports whether req carries the key by which the API is documented to
// know a repeat of it. It looks at what is sent: an editor may have changed it.
func (x *exchange) isKeyed(req *http.Request) bool {
	key := x.op.Repeat
	switch {
	case !key.IsKnown() || key.Inferred:
		return false
	case key.InHeader:
		return req.Header.Get(key.Key) != ""
	}
	body, err := bodyOf(req)
	if err != nil {
		return false
	}
	if media, _ := mediaOf(req.Header.Get("Content-Type")); media == wire.JSON {
		doc, err := codec.ParseJSON(body, codec.Limits{})
		if err != nil {
			return false
		}
		value, _ := doc.Lookup(key.Key)
		return value != ""
	}
	message, err := pgform.Read(req, body, codec.Limits{})
	if err != nil {
		return false
	}
	value, n := message.Value(key.Key)
	return n == 1 && value != ""
}

// bodyOf returns the bytes of the body of req, which can be read again.
func bodyOf(req *http.Request) ([]byte, error) {
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	return readAndClose(body)
}
