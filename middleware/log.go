package middleware

import (
	"context"
	"errors"
	"log/slog"

	"github.com/freedompay-go/freedompay/wire"
)

// WithLogger writes one record to l for each time that a request was sent, with
// the message "freedompay" and these attributes, as far as they are known:
//
//	operation   "gateway.cardPay"
//	method      the HTTP method
//	path        the path as the operation has it, with names where ids stand
//	status      the HTTP status of the answer
//	duration    from sending to the last byte of the answer
//	request_id  X-Request-Id
//	attempt     1 for the first time
//	error       the kind of failure, "rejected"
//	code        the API's own error code
//	unknown     true, when the call may have changed something and it is not known
//
// What went well is of level Info, a failure of level Warn, and one that leaves
// the outcome of the call unknown of level Error. No record holds a body, a
// query, a header field other than X-Request-Id, or an identity.
func WithLogger(l *slog.Logger) Option {
	return func(c *Caller) error {
		if l == nil {
			return errors.New("middleware: nil logger")
		}
		return WithTrace(Trace{Attempt: func(ctx context.Context, a Attempt) { logAttempt(ctx, l, a) }})(c)
	}
}

func logAttempt(ctx context.Context, l *slog.Logger, a Attempt) {
	level := slog.LevelInfo
	failure := (*wire.Error)(nil)
	if errors.As(a.Err, &failure) {
		level = slog.LevelWarn
		if failure.OutcomeUnknown {
			level = slog.LevelError
		}
	}
	if !l.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", a.Operation.ID),
		slog.String("method", a.Operation.Method),
		slog.String("path", a.Operation.Path),
	}
	if a.Status != 0 {
		attrs = append(attrs, slog.Int("status", a.Status))
	}
	attrs = append(attrs,
		slog.Duration("duration", a.Duration),
		slog.String("request_id", a.RequestID),
		slog.Int("attempt", a.Number),
	)
	if failure != nil {
		attrs = append(attrs, slog.String("error", failure.Kind.Error()))
		if failure.Code != "" {
			attrs = append(attrs, slog.String("code", failure.Code))
		}
		if failure.OutcomeUnknown {
			attrs = append(attrs, slog.Bool("unknown", true))
		}
	}
	l.LogAttrs(ctx, level, "freedompay", attrs...)
}
