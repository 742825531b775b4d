package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// Settlement is a message with payments that the sandbox has taken.
type Settlement struct {
	// MsgID is the message's own id, by which its payments are asked about together.
	MsgID string `json:"message_id"`
	// InstrIDs are the ids that its payments got, in the message's order.
	InstrIDs []string `json:"instruction_ids"`
}

// settlement is a message in the state.
type settlement struct {
	id, kind string
	payments []*instruction
}

// instruction is a payment of a message.
type instruction struct {
	*settlement
	id                string // the platform's
	batch, endToEndID string
	rejection         rejection // empty where it was not rejected
	// asked says that its state was asked for; until then it is pending, unless it
	// was rejected.
	asked     bool
	reference string // the bank's, once it is accepted
}

// The states of ISO 20022 that the pages name.
const (
	stateAccepted = "ACCP"
	stateRejected = "RJCT"
	statePartial  = "PART"
	statePending  = "PDNG"
)

func (i *instruction) state() string {
	switch {
	case i.rejection.code != "":
		return stateRejected
	case i.asked:
		return stateAccepted
	}
	return statePending
}

// state is that of all payments, and partial where they differ.
func (m *settlement) state() string {
	first := m.payments[0].state()
	for _, i := range m.payments[1:] {
		if i.state() != first {
			return statePartial
		}
	}
	return first
}

// CreateSettlement takes the payments in a message of ISO 20022: pain.001 in XML,
// as the real service does by a call of which only the name is known. Each is held
// to the rules that the documentation lists, and rejected with the code of the first
// that it breaks. The others are pending when they are asked about for the first
// time, and accepted from then on.
//
// It is an error if the document is no such message, if it has no payments or more
// than 500, or if its id is missing, wrong or taken: nobody could ask about it.
func (s *Sandbox) CreateSettlement(document string) (Settlement, error) {
	message, err := readPain001(document)
	if err != nil {
		return Settlement{}, err
	}
	m := message.settlement()
	made := Settlement{MsgID: m.id}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.partners.settlements[m.id] != nil {
		return Settlement{}, errors.New("sandbox: MsgId is not unique")
	}
	s.partners.settlements[m.id] = m
	for _, i := range m.payments {
		i.id = s.number()
		s.partners.instructions[i.id] = i
		made.InstrIDs = append(made.InstrIDs, i.id)
	}
	return made, nil
}

// settlement is what the state keeps of a message: no names, accounts or amounts.
func (m *pain001) settlement() *settlement {
	kept := &settlement{id: m.Header.MsgID, kind: m.kind()}
	header := m.Header.check()
	used := map[string]bool{}
	for _, b := range m.Batches {
		for _, p := range b.Payments {
			i := &instruction{settlement: kept, batch: b.ID, endToEndID: p.EndToEndID}
			i.rejection = cmp.Or(header, b.check(&p), p.check())
			if i.rejection.code == "" && used[p.EndToEndID] {
				i.rejection = rejection{reasonIdentity, "EndToEndId is not unique"}
			}
			used[p.EndToEndID] = true
			kept.payments = append(kept.payments, i)
		}
	}
	return kept
}

// absent is an error that goes out as HTTP 404 with error_description: what was asked
// about is not there, and the section documents no code for that.
type absent struct{ text string }

func (a *absent) Error() string { return a.text }

// SettlementPaymentStatus reports one payment, and the state of its message.
func (s partnerService) SettlementPaymentStatus(_ context.Context, r *partner.SettlementPaymentStatusRequest) (*partner.SettlementPaymentStatusAnswer, error) {
	document, err := s.reported(func() []*instruction {
		if i := s.partners.instructions[r.OriginalInstructionID]; i != nil {
			return []*instruction{i}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a := &partner.SettlementPaymentStatusAnswer{
		Status: partner.SettlementStatusSuccess, ErrorCode: new(int64(0)),
		DocumentType: partner.DocumentTypeISO20022, DocumentBody: document,
	}
	a.Extra().SetForm("error_description", wire.FormEmpty) // there is a text in the examples, with nothing in it
	return a, nil
}

// SettlementBatchStatuses reports all payments of a message, with the ids that they
// got. The page's example leaves these empty, and no other tells them.
func (s partnerService) SettlementBatchStatuses(_ context.Context, r *partner.SettlementBatchStatusesRequest) (*partner.SettlementBatchStatusesAnswer, error) {
	document, err := s.reported(func() []*instruction {
		if m := s.partners.settlements[r.OriginalMessageID]; m != nil {
			return m.payments
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a := &partner.SettlementBatchStatusesAnswer{
		Status: partner.SettlementStatusSuccess, ErrorCode: new(int64(0)),
		DocumentType: partner.DocumentTypeISO20022, DocumentBody: document,
	}
	a.Extra().SetForm("error_description", wire.FormEmpty) // there is a text in the examples, with nothing in it
	return a, nil
}

// reported finds payments and reports them as they are now; those that are pending
// will be accepted.
func (s *state) reported(find func() []*instruction) (document string, err error) {
	s.mu.Lock()
	found := find()
	if len(found) == 0 {
		s.mu.Unlock()
		return "", &absent{"no such payment"}
	}
	report := s.report(found)
	for _, i := range found {
		if i.state() == statePending {
			i.asked, i.reference = true, s.reference()
		}
	}
	s.mu.Unlock()
	return report.document()
}

// createSettlement is how a program that is not written in Go hands in payments:
// POST /_sandbox/settlements, in the JSON that the real call's description names,
// not signed. It is no part of Freedom Pay.
func (s *Sandbox) createSettlement(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<22))
	decoder.DisallowUnknownFields()
	var request struct {
		Type string `json:"document_type"`
		Body string `json:"document_body"`
	}
	err := decoder.Decode(&request)
	if err == nil && request.Type != string(partner.DocumentTypeISO20022) {
		err = errors.New("document_type is not " + string(partner.DocumentTypeISO20022))
	}
	var made Settlement
	if err == nil {
		made, err = s.CreateSettlement(request.Body)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": strings.TrimPrefix(err.Error(), "sandbox: ")})
		return
	}
	writeJSON(w, http.StatusCreated, made)
}
