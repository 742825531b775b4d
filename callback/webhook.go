package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// maxWebhook is the longest body of a notification in JSON, in bytes.
const maxWebhook = 64 << 10

// RecurringProfile returns the handler for the state_callback of recurring
// profiles. Its kind has to be switched on.
//
// After an error, a panic or too long a time Freedom Pay is answered 503, and comes
// again: every 30 seconds, three times.
func (r *Receiver) RecurringProfile(ask func(ctx context.Context, q Question) error) http.Handler {
	return r.webhook(KindRecurringProfile, ask, func(body []byte) (Question, error) {
		var told callback.RecurringProfileRequest
		if err := codec.UnmarshalJSON(body, &told); err != nil {
			return Question{}, err
		}
		q := Question{Operation: recurringProfileInfo, ID: told.ProfileID, ExternalID: told.ExternalID}
		q.Request = &identifiers{t: &profileIdentifiers, id: q.ID, externalID: q.ExternalID}
		return q, q.check()
	})
}

// Application returns the handler for the callback_url of applications for
// installment plans. Its kind has to be switched on. The signature that such a
// notification has is not looked at: no page says what it is made of.
//
// After an error, a panic or too long a time Freedom Pay is answered 503, and comes
// again; how often is not documented.
func (r *Receiver) Application(ask func(ctx context.Context, q Question) error) http.Handler {
	return r.webhook(KindApplication, ask, func(body []byte) (Question, error) {
		var told callback.ApplicationRequest
		if err := codec.UnmarshalJSON(body, &told); err != nil {
			return Question{}, err
		}
		q := Question{Operation: applicationStatus, ID: told.ID, ExternalID: told.ExternalID}
		one := &identifiers{t: &applicationIdentifiers, id: q.ID}
		if q.ID == "" { // exactly one of the two, or it is an error
			one.externalID = q.ExternalID
		}
		q.Request = one
		return q, q.check()
	})
}

// Invoice returns the handler for the state_callback of invoices, of which no page
// shows anything. Its kind has to be switched on. Give each invoice an address of
// its own, with something in it that nobody can guess: that says which invoice is
// meant, and only Freedom Pay knows it.
//
// After an error, a panic or too long a time the answer is 503. Whether Freedom Pay
// comes again is not documented; of recurring profiles it does, three times.
func (r *Receiver) Invoice(ask func(ctx context.Context, q Question) error) http.Handler {
	return r.webhook(KindInvoice, ask, func(body []byte) (Question, error) {
		if _, err := codec.ParseJSON(body, codec.Limits{Bytes: maxWebhook}); err != nil {
			return Question{}, err
		}
		return Question{Operation: invoiceStatus, Payload: wire.NewUnknown(string(wire.JSON), body)}, nil
	})
}

// Question is what a callback that nobody can authenticate is good for: a reason to
// ask. It holds who it claims to be about, and nothing that it claims to be so.
//
//	var answer wire.Unknown
//	err := client.Do(ctx, q.Operation, q.Request, &answer)
type Question struct {
	// Kind says what it claims to tell.
	Kind Kind
	// Merchant is what [WithMerchant] made of the request. Unlike that of other
	// kinds, it is not verified.
	Merchant string
	// Operation tells how it really is, asked with the client's Do.
	Operation wire.Operation
	// Request is what to ask with. It is nil for an invoice.
	Request codec.Message `json:"-"`
	// ID is what Freedom Pay knows it by, and ExternalID what the merchant does, as
	// far as they were told. Anybody can have made them up: ask only for what is
	// your own.
	ID, ExternalID string
	// Payload is the body about an invoice, since no page shows where in it the
	// invoice's id is. Look for that in it and for nothing else.
	Payload *wire.Unknown
}

// check holds that there is something to ask for.
func (q Question) check() error {
	if q.ID == "" && q.ExternalID == "" {
		return errors.New("it does not say what it is about")
	}
	return nil
}

// String returns the kind and the operation.
func (q Question) String() string { return string(q.Kind) + ": ask " + q.Operation.ID }

// The operations that tell how it really is.
var (
	recurringProfileInfo = wire.Operation{
		ID: "merchant.invoiceRecurringInfo", Method: http.MethodPost, Path: "/v5/merchant/invoice/recurring/info",
		Security: wire.JWSHS256, Request: []wire.Media{wire.JSON}, Answer: []wire.Media{wire.JSON}, Effect: wire.Read,
	}
	invoiceStatus = wire.Operation{
		ID: "merchant.invoiceStatus", Method: http.MethodPost, Path: "/v5/merchant/invoice/status",
		Security: wire.JWSHS256, Request: []wire.Media{wire.JSON}, Answer: []wire.Media{wire.JSON}, Effect: wire.Read,
	}
	// What is signed of this one is not stated; the query is not, elsewhere.
	applicationStatus = wire.Operation{
		ID: "installment.applicationStatus", Method: http.MethodGet, Path: "/v5/installment/applications", Query: true,
		Security: wire.JWSHS256, SecurityInferred: true, Answer: []wire.Media{wire.JSON}, Effect: wire.Read,
	}
)

// identifiers is a request that names one thing by its ids.
type identifiers struct {
	t              *codec.Type
	id, externalID string
	extra          wire.Extra
}

var (
	profileIdentifiers     = codec.Type{Name: "ProfileIdentifiers", Fields: []codec.Field{{Name: "profile_id"}, {Name: "external_id"}}}
	applicationIdentifiers = codec.Type{Name: "ApplicationIdentifiers", Fields: []codec.Field{{Name: "id"}, {Name: "external_id"}}}
)

// WireFields implements [codec.Message].
func (m *identifiers) WireFields() codec.Fields {
	return codec.Fields{Type: m.t, Extra: &m.extra, Refs: []any{&m.id, &m.externalID}}
}

// webhook returns the handler of a kind in JSON.
func (r *Receiver) webhook(kind Kind, ask func(context.Context, Question) error, read func([]byte) (Question, error)) http.Handler {
	if !r.unauthenticated[kind] {
		return http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodPost {
			notAllowed(w, http.MethodPost)
			return
		}
		if req.Body == nil { // a client's request, handed to the handler itself
			req = with(req, nil)
		}
		q, err := question(w, req, read)
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			r.log(kind).WarnContext(req.Context(), "callback not understood", "error", err)
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		q.Kind = kind
		if r.merchant != nil {
			q.Merchant = r.merchant(req)
		}
		ctx := context.WithoutCancel(req.Context())
		_, err = within(ctx, r.timeout, func(ctx context.Context) (Answer, error) {
			return r.guarded(ctx, kind, func(ctx context.Context) (Answer, error) { return Accept(""), ask(ctx, q) })
		})
		if err != nil {
			r.log(kind).ErrorContext(ctx, "callback not handled", "error", err)
			comeAgain(w)
			return
		}
		w.Header().Set("Content-Type", string(wire.JSON))
		_, _ = io.WriteString(w, "{}\n") // whoever asked may be gone
	})
}

// question reads what a notification in JSON is about.
func question(w http.ResponseWriter, req *http.Request, read func([]byte) (Question, error)) (Question, error) {
	if media, _, err := codec.ParseMediaType(req.Header.Get("Content-Type")); err != nil || wire.Media(media) != wire.JSON {
		return Question{}, fmt.Errorf("its content type is not %s", wire.JSON)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxWebhook))
	if err != nil {
		return Question{}, err
	}
	return read(body)
}
