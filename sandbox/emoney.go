package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// wallet is a wallet for electronic money. It has no balance: what is known of the
// kinds of operations does not say which way the money goes, and no call that tells
// a balance has a page.
type wallet struct {
	identifier, currency string
	blocked              bool
	operations           []walletOperation // oldest first
}

// walletOperation is what was done with a wallet. Its amounts are in hundredths.
type walletOperation struct {
	kind               partner.WalletOperationType
	amount, commission int64
	at                 time.Time
	reference          string
	correspondent      partner.WalletCorrespondent
}

// WalletAdd makes a wallet, at once: how to ask for work that goes on is not
// documented. Nor is how a wallet gets the identifier that the other calls take. It
// is the member identifier, which the page of this call is not known to have and
// the code for one that exists speaks for, and without it the request's own number.
func (s partnerService) WalletAdd(_ context.Context, r *partner.WalletAddRequest) (*partner.WalletAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identifier, _ := r.Extra().Text("identifier")
	identifier = cmp.Or(identifier, r.RequestID)
	var problem walletProblem
	switch {
	case r.RequestID == "":
		problem = walletProblem{partner.WalletErrorInvalidParameters, "request_id is missing"}
	case s.partners.requests[r.RequestID]:
		problem = requestNotUnique
	case r.Currency != "" && !isCurrency(r.Currency):
		problem = walletProblem{partner.WalletErrorInvalidParameters, "the currency is not a code of three letters"}
	case r.Country != "" && !isCurrency(r.Country): // the form is the same
		problem = walletProblem{partner.WalletErrorInvalidParameters, "the country is not a code of three letters"}
	case s.partners.wallets[identifier] != nil:
		problem = walletProblem{partner.WalletErrorWalletExists, "there is a wallet with this identifier already"}
	default:
		s.partners.use(r.RequestID)
		s.partners.wallets[identifier] = &wallet{identifier: identifier, currency: cmp.Or(r.Currency, "KZT")}
	}
	answer := &partner.WalletAddAnswer{DateTime: s.dt()}
	answer.Status, answer.RequestStatus, answer.ErrorCode, answer.ErrorDescription = s.walletOutcome(problem)
	return answer, nil
}

// WalletBlock blocks a wallet, at once and for good: there is no call that undoes
// it. That a blocked one cannot be blocked again is not documented; the code is the
// one for what could not be blocked.
func (s partnerService) WalletBlock(_ context.Context, r *partner.WalletBlockRequest) (*partner.WalletBlockAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.partners.wallets[r.Identifier]
	var problem walletProblem
	switch {
	case s.partners.requests[r.RequestID]:
		problem = requestNotUnique
	case w == nil:
		problem = noWallet
	case w.blocked:
		problem = walletProblem{partner.WalletErrorNotBlocked, "the wallet is blocked already"}
	default:
		s.partners.use(r.RequestID)
		w.blocked = true
	}
	answer := &partner.WalletBlockAnswer{DateTime: s.dt()}
	answer.Status, answer.RequestStatus, answer.ErrorCode, answer.ErrorDescription = s.walletOutcome(problem)
	return answer, nil
}

// WalletStatement lists the operations of a wallet, blocked or not, oldest first.
// What is not documented: that both ends of the time belong to it, that without one
// it is open there, and that a time without a zone is one of Almaty.
func (s partnerService) WalletStatement(_ context.Context, r *partner.WalletStatementRequest) (*partner.WalletStatementAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.partners.wallets[r.Identifier]
	var from, to time.Time
	var fromErr, toErr error
	if r.StartDate.IsSet() {
		from, fromErr = r.StartDate.In(almaty)
	}
	if r.EndDate.IsSet() {
		to, toErr = r.EndDate.In(almaty)
	}
	answer := &partner.WalletStatementAnswer{DateTime: s.dt(), Operations: []partner.WalletOperation{}}
	var problem walletProblem
	switch {
	case fromErr != nil || toErr != nil:
		problem = walletProblem{partner.WalletErrorInvalidParameters, "a date is not in a form that is read here"}
	case !to.IsZero() && to.Before(from):
		problem = walletProblem{partner.WalletErrorInvalidParameters, "end_date is before start_date"}
	case w == nil:
		problem = noWallet
	default:
		answer.Operations = append(answer.Operations, w.between(from, to)...)
	}
	answer.Status, answer.RequestStatus, answer.ErrorCode, answer.ErrorDescription = s.walletOutcome(problem)
	return answer, nil
}

// walletProblem is an error of the section, with its documented code.
type walletProblem struct {
	code partner.WalletError
	text string
}

var (
	requestNotUnique = walletProblem{partner.WalletErrorDuplicateRequest, "request_id is not unique"}
	noWallet         = walletProblem{partner.WalletErrorNoWallet, "there is no wallet with this identifier"}
)

// walletOutcome is what all answers of the section have in common.
func (s *state) walletOutcome(p walletProblem) (partner.CallStatus, partner.WalletRequestState, partner.WalletError, string) {
	if p.code == "" {
		return partner.CallStatusOK, partner.WalletRequestStateSuccess, "", ""
	}
	return partner.CallStatusError, partner.WalletRequestStateError, p.code, s.refusing(p.text)
}

// between are the wallet's operations from one time to another; a zero time is none.
func (w *wallet) between(from, to time.Time) (found []partner.WalletOperation) {
	for _, o := range w.operations {
		if o.at.Before(from) || !to.IsZero() && o.at.After(to) {
			continue
		}
		found = append(found, w.shown(o))
	}
	return found
}

func (w *wallet) shown(o walletOperation) partner.WalletOperation {
	return partner.WalletOperation{
		Type: o.kind, Amount: units(o.amount), Commission: units(o.commission), Currency: w.currency,
		DateTime: instant(o.at), RRN: o.reference, Correspondent: o.correspondent,
	}
}

var walletOperationTypes = []partner.WalletOperationType{
	partner.WalletOperationTypeSale, partner.WalletOperationTypeBuy, partner.WalletOperationTypeEmission,
	partner.WalletOperationTypeTransfer, partner.WalletOperationTypePay, partner.WalletOperationTypeServicePay,
}

// RecordWalletOperation adds what an owner does with a wallet, for which the
// Partner API has no call, to its statement. It returns the operation with what was
// made up: where they are missing, the currency, which has to be the wallet's, the
// time, which is now, and the reference. It is an error if there is no such wallet,
// if it is blocked, or if the operation cannot be one.
func (s *Sandbox) RecordWalletOperation(identifier string, o partner.WalletOperation) (partner.WalletOperation, error) {
	amount, amountErr := hundredths("the amount", o.Amount)
	commission, commissionErr := hundredths("the commission", o.Commission)
	s.mu.Lock()
	defer s.mu.Unlock()
	at, atErr := s.now(), error(nil)
	if o.DateTime.IsSet() {
		at, atErr = o.DateTime.In(almaty)
	}
	w := s.partners.wallets[identifier]
	switch {
	case w == nil:
		return o, errors.New("sandbox: there is no such wallet")
	case w.blocked:
		return o, errors.New("sandbox: the wallet is blocked")
	case !slices.Contains(walletOperationTypes, o.Type):
		return o, errors.New("sandbox: there is no such type of operation")
	case amountErr != nil || amount <= 0 || commissionErr != nil || commission < 0:
		return o, errors.New("sandbox: the amount has to be positive and the commission not negative, with at most two decimals")
	case o.Currency != "" && o.Currency != w.currency:
		return o, errors.New("sandbox: the wallet has another currency")
	case atErr != nil:
		return o, errors.New("sandbox: the time is not in a form that is read here")
	}
	made := walletOperation{
		kind: o.Type, amount: amount, commission: commission, at: at,
		reference: o.RRN, correspondent: o.Correspondent,
	}
	if made.reference == "" {
		made.reference = s.reference()
	}
	place := len(w.operations)
	for place > 0 && w.operations[place-1].at.After(at) {
		place--
	}
	w.operations = slices.Insert(w.operations, place, made)
	return w.shown(made), nil
}

// recordWalletOperation is RecordWalletOperation for a program that is not written
// in Go: POST /_sandbox/wallets/operations, JSON, not signed. It is no part of
// Freedom Pay.
func (s *Sandbox) recordWalletOperation(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	var request struct {
		Identifier string                  `json:"identifier"`
		Operation  partner.WalletOperation `json:"operation"`
	}
	err := decoder.Decode(&request)
	if err == nil {
		request.Operation, err = s.RecordWalletOperation(request.Identifier, request.Operation)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": strings.TrimPrefix(err.Error(), "sandbox: ")})
		return
	}
	writeJSON(w, http.StatusCreated, &request.Operation)
}
