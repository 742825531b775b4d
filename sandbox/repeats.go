package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// longest is more than any call takes: the merchant's own server has its time too.
const longest = time.Hour

// repeats puts what Options.Repeats asks for before the handler of an API, behind the
// verification of signatures.
func (s *Sandbox) repeats(operations []wire.Operation, next http.Handler) (http.Handler, error) {
	if s.opts.Repeats == nil {
		return next, nil
	}
	once, err := verify.Repeats(verify.RepeatsOptions{
		Find:        serve.Options{}.Find(operations),
		Store:       s.opts.Repeats,
		Secret:      s.opts.Credentials.Secret,
		Timeout:     longest,
		NothingDone: nothingMade,
		Repeated:    s.repeated,
		Conflict:    s.conflict,
		Logger:      s.opts.Logger,
	})
	if err != nil {
		return nil, err
	}
	return once(next), nil
}

// nothingMade reports whether an answer says that nothing was made, so that its key
// is free as it is in the state: not of the Card API, where a refused request uses its
// id up, nor of the asynchronous Gateway API, where it is an answer like others.
func nothingMade(op wire.Operation, _ int, body []byte) bool {
	var doc *codec.Document
	var err error
	switch api, _, _ := strings.Cut(op.ID, "."); {
	case op.Security.IsPgSig():
		doc, err = codec.ParseXML(body, codec.Limits{})
	case api == "card" || api == "gateway":
		return false
	default:
		doc, err = codec.ParseJSON(body, codec.Limits{})
	}
	if err != nil || op.Failure.Member == "" || doc.Has("pg_payment_id") {
		return false
	}
	said, ok := doc.Lookup(op.Failure.Member)
	return ok && slices.Contains(op.Failure.Values, said)
}

// conflict answers another request with a key that was used. No page documents that: a
// form gets what a key of another operation gets from the state, and so does the
// asynchronous API.
func (s *Sandbox) conflict(w http.ResponseWriter, r *http.Request, op wire.Operation) {
	const text = "the key was used for another request"
	api, _, _ := strings.Cut(op.ID, ".")
	switch {
	case op.Security.IsPgSig():
		s.formError(w, r, serve.Refuse(wrong(text)))
	case api == "gateway":
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": wrong(text).object()})
	default:
		writeJSON(w, http.StatusConflict, map[string]string{"error": text})
	}
}

// repeated answers as the state does where a request_id was used before: of two
// sandboxes that share a store only one has it in its state.
func (s *Sandbox) repeated(w http.ResponseWriter, _ *http.Request, op wire.Operation) {
	var answer codec.Message
	if api, _, _ := strings.Cut(op.ID, "."); api == "partner" {
		a := &partner.WalletAddAnswer{DateTime: s.dt()} // all of the section have these members
		a.Status, a.RequestStatus, a.ErrorCode, a.ErrorDescription = s.walletOutcome(requestNotUnique)
		answer = a
	} else {
		a := &card.CardIssueAnswer{Status: card.CallStatusError, RequestStatus: card.RequestStateError, DateTime: s.dt()}
		cardService{s.state, s.opts.ProductionLike}.tellReason(a.Extra(), errUsed)
		answer = a
	}
	w.Header().Set("Content-Type", string(wire.JSON))
	_, _ = w.Write(codec.AppendJSON(nil, answer))
}
