package sandbox

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// asyncState is what the asynchronous API remembers.
type asyncState struct {
	payments map[string]*payment      // all payments, by the id that they have there
	requests map[string]*asyncOutcome // by X-Request-Id
	orders   map[string]*asyncOutcome // what first made a payment of an order
}

func newAsyncState() asyncState {
	return asyncState{map[string]*payment{}, map[string]*asyncOutcome{}, map[string]*asyncOutcome{}}
}

// newUUID is an id in the asynchronous API. The pages' examples have version 7.
func newUUID() string { return uuid.Must(uuid.NewV7()).String() }

// asyncOutcome is what came of a request to the asynchronous API.
type asyncOutcome struct {
	operation string
	// answer is the first answer, or refusal is.
	answer  codec.Message
	refusal *fault
	// payment is the one that the request made, changed or asked about.
	payment *payment
	// failed says that the answer reported an error.
	failed bool
	at     string // when it was processed
}

// The header fields of requests and answers besides those of other APIs.
const (
	actionHeader   = "X-Action"
	datetimeHeader = "X-DateTime"
)

// asyncRequest is a request to the asynchronous API.
type asyncRequest struct {
	id     string      // its X-Request-Id
	edits  bool        // it is to change a payment
	header http.Header // of its answer
}

type asyncRequestKey struct{}

// asyncEdits is the path of the operations that change a payment.
const asyncEdits = "/v5/g2g/edit"

// asyncRequests gives answers the documented header fields, and lets no request
// through without an X-Action of its path and an X-Request-Id: what is answered to that
// is not documented, and a misspelled clearing must not be taken for a refund.
func (s *Sandbox) asyncRequests(next http.Handler) http.Handler {
	find := serve.Options{}.Find(gateway.Operations())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, known := find(r)
		if !known {
			next.ServeHTTP(w, r)
			return
		}
		q := &asyncRequest{edits: op.Path == asyncEdits, header: w.Header()}
		q.header.Set(datetimeHeader, asyncDatetime(s.now()))
		q.header.Set(requestStatusHeader, "success")
		r = r.WithContext(context.WithValue(r.Context(), asyncRequestKey{}, q))
		if actions := r.Header.Values(actionHeader); len(actions) != 1 || actions[0] != op.Select.Value {
			s.asyncError(w, r, wrong("%s is not the name of a method that there is here", actionHeader))
			return
		}
		q.header.Set(actionHeader, op.Select.Value)
		ids := r.Header.Values(middleware.RequestIDHeader)
		if len(ids) != 1 || !isUUID(ids[0]) {
			s.asyncError(w, r, wrong("%s is not a UUID", middleware.RequestIDHeader))
			return
		}
		q.id = strings.ToLower(ids[0])
		q.header.Set(middleware.RequestIDHeader, ids[0])
		next.ServeHTTP(w, r)
	})
}

func isUUID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }

// asyncDatetime is a time in the form of X-DateTime.
func asyncDatetime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// asyncCall runs one operation, alone on the state.
func asyncCall[T any, M interface {
	*T
	codec.Message
}](ctx context.Context, s *state, operation string, do func(*asyncOutcome) (M, error)) (answer M, err error) {
	q, ok := ctx.Value(asyncRequestKey{}).(*asyncRequest)
	if !ok {
		return nil, errors.New("sandbox: a request that nobody has looked at")
	}
	s.alone(func() { answer, err = asyncAlone(s, q, operation, do) }).after(ctx)
	return answer, err
}

// asyncAlone is asyncCall for who has the state. A request with the X-Request-Id of an
// earlier one gets the first answer, refusals too, whatever else it says: that is not
// documented. One for another operation is refused.
func asyncAlone[T any, M interface {
	*T
	codec.Message
}](s *state, q *asyncRequest, operation string, do func(*asyncOutcome) (M, error)) (M, error) {
	o := s.async.requests[q.id]
	switch {
	case o == nil:
		o = &asyncOutcome{operation: operation, at: asyncDatetime(s.now())}
		answer, err := do(o)
		if f, ok := asFault(err); ok {
			o.refusal, o.failed = f, true
		} else if err != nil {
			return nil, err
		}
		o.answer = answer
		s.async.requests[q.id] = o
	case o.operation != operation:
		return nil, wrong("%s was used for another method", middleware.RequestIDHeader)
	}
	q.header.Set(datetimeHeader, o.at)
	if o.failed {
		q.header.Set(requestStatusHeader, "error")
	}
	if o.refusal != nil {
		return nil, o.refusal
	}
	answer, _ := o.answer.(M) // of the same operation
	return answer, nil
}

// asyncServing are the options of the generated handler.
func (s *Sandbox) asyncServing() serve.Options { return serve.Options{Error: s.asyncError} }

// asyncError answers a request that was refused. What breaks a documented limit is
// HTTP 422 with an error object, as the page of create payment has it, and so is
// whatever made no payment. The pages of the calls that change a payment have no
// such answer: other refusals are told there as read request tells them afterwards.
func (s *Sandbox) asyncError(w http.ResponseWriter, r *http.Request, err error) {
	s.logRefusal(r, err)
	q, ok := r.Context().Value(asyncRequestKey{}).(*asyncRequest)
	if ok {
		q.header.Set(requestStatusHeader, "error")
	}
	f, isFault := asFault(err)
	if refusal := (*serve.Refusal)(nil); errors.As(err, &refusal) && refusal.Status == http.StatusBadRequest {
		f, isFault = wrong("%s", refusal.Error()), true
	}
	switch {
	case !isFault || !ok:
		serve.WriteError(w, r, err)
	case q.edits && f.code != codeInput:
		failed := asyncFailure(q.id, f)
		w.Header().Set("Content-Type", string(wire.JSON))
		_, _ = w.Write(codec.AppendJSON(nil, &failed))
	default:
		type object struct {
			Code        string `json:"code"`
			Description string `json:"description"`
		}
		writeJSON(w, http.StatusUnprocessableEntity, map[string]object{"error": {f.code, f.text}})
	}
}

// asyncFailure is the result of a request that was refused, as the page of read
// request has it: with the request's id for the payment's, no amount, and the first
// day of the year 1.
func asyncFailure(requestID string, f *fault) gateway.AsyncRequestResult {
	return gateway.AsyncRequestResult{
		ID: requestID, Status: gateway.AsyncPaymentStatusError, Amount: wire.MustDecimal("0"),
		CreatedAt: wire.TimeLiteral("0001-01-01T00:00:00Z"), Error: f.object(),
	}
}

// object is the fault as the asynchronous API has it.
func (f *fault) object() *gateway.AsyncError {
	return &gateway.AsyncError{Code: gateway.AsyncErrorCode(f.code), Description: f.text}
}
