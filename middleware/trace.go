package middleware

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Trace is told what happens to the calls of a client; what is nil in it is not
// called. Its functions run on the goroutine of the call, which waits for them,
// and must be safe for concurrent use.
//
// A span of OpenTelemetry for each call, in ten lines; examples/tracing has the
// attempts, the status and the header field for the other side too.
//
//	middleware.WithTrace(middleware.Trace{
//		Start: func(ctx context.Context, op wire.Operation) context.Context {
//			ctx, _ = tracer.Start(ctx, op.ID, trace.WithSpanKind(trace.SpanKindClient))
//			return ctx
//		},
//		End: func(ctx context.Context, _ wire.Meta, err error) {
//			trace.SpanFromContext(ctx).RecordError(err) // nothing, for nil
//			trace.SpanFromContext(ctx).End()
//		},
//	})
type Trace struct {
	// Start is told of a call before anything of it happens. The context that it
	// returns is that of the call from then on, down to editors, credentials and the
	// transport, and what Attempt and End are given.
	Start func(ctx context.Context, op wire.Operation) context.Context
	// Attempt is told of each time that the request was sent, when its answer was
	// judged. A call that fails before it is sent has no attempts.
	Attempt func(ctx context.Context, a Attempt)
	// End is told how the call ended. It is called once for each Start, also when
	// code of the user's panics on the way: err is then no *wire.Error.
	End func(ctx context.Context, meta wire.Meta, err error)
}

// Attempt is one time that a call was sent, and what came of it. All of it is fit
// for a log.
type Attempt struct {
	// Operation is what was called. Its Path has names in braces where an id
	// stands in the real one.
	Operation wire.Operation
	// Number counts the attempts of the call from 1.
	Number int
	// RequestID is the X-Request-Id of the call.
	RequestID string
	// Duration is how long the attempt took, to the last byte of the answer.
	Duration time.Duration
	// Status is the HTTP status of the answer; 0 when none came.
	Status int
	// Err is what went wrong, a *wire.Error, or nil.
	Err error
}

// WithTrace tells t of every call. Given more than once, all are told, the first
// one first at the start and last at the end.
func WithTrace(t Trace) Option {
	return func(c *Caller) error {
		c.traces = append(c.traces, t)
		return nil
	}
}

var errPanicked = errors.New("middleware: the call ended in a panic")

// traced is run, told to the client's traces.
func (x *exchange) traced(ctx context.Context, in codec.Message, out any) (failure *wire.Error) {
	traces := x.caller.traces
	if len(traces) == 0 {
		return x.run(ctx, in, out)
	}
	ended := false
	defer func() {
		err := error(failure)
		switch {
		case !ended:
			err = errPanicked
		case failure == nil:
			err = nil // and not a typed one
		}
		for i := len(x.contexts) - 1; i >= 0; i-- {
			if end := traces[i].End; end != nil {
				end(x.contexts[i], x.meta, err)
			}
		}
	}()
	for _, t := range traces {
		if t.Start != nil {
			ctx = t.Start(ctx, *x.op)
		}
		x.contexts = append(x.contexts, ctx)
	}
	failure = x.run(ctx, in, out)
	ended = true
	return failure
}

// observed is attempt, told to the client's traces.
func (x *exchange) observed(ctx context.Context, req *http.Request, out any) (failure *wire.Error, again bool) {
	if len(x.contexts) == 0 {
		return x.attempt(ctx, req, out)
	}
	began, before := x.caller.now(), x.meta.Attempts
	failure, again = x.attempt(ctx, req, out)
	if x.meta.Attempts == before {
		return failure, again // the context had ended
	}
	a := Attempt{
		Operation: *x.op, Number: x.meta.Attempts, RequestID: x.meta.RequestID,
		Duration: x.caller.now().Sub(began), Status: x.meta.Status,
	}
	if failure != nil {
		x.addInquiry(failure) // before others have it
		a.Err = failure
	}
	for i, t := range x.caller.traces {
		if t.Attempt != nil {
			t.Attempt(x.contexts[i], a)
		}
	}
	return failure, again
}
