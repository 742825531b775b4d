package sandbox_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// issuer is a partner that issues cards, with a sandbox of its own.
type issuer struct {
	t      *testing.T
	card   *card.Client
	box    *sandbox.Sandbox
	clock  *fakeClock
	called map[string]bool // the operations that were called
}

func openIssuer(t *testing.T, o sandbox.Options) *issuer {
	t.Helper()
	i := &issuer{t: t, clock: &fakeClock{now: noon}, called: map[string]bool{}}
	o.Now = i.clock.Now
	c, s := startWith(t, o)
	i.card, i.box = c.card, s
	return i
}

// own are the members of the Card API's answers that are the sandbox's own.
var own = []string{"sandbox_reason", "sandbox_card", "sandbox_limits"}

// calls makes a call that must succeed and leave the documentation nowhere but in
// the sandbox's own members.
func calls[R, A any](i *issuer, call func(context.Context, R, ...wire.CallOption) (A, error), request R) A {
	i.t.Helper()
	var meta wire.Meta
	answer, err := call(i.t.Context(), request, wire.WithMeta(&meta))
	i.called[meta.Operation] = true
	if err != nil {
		i.t.Fatalf("%s: %v", meta.Operation, err)
	}
	for _, v := range meta.Deviations {
		if v.Rule != "unknown" || !slices.Contains(own, strings.TrimPrefix(v.Path, "$.")) {
			i.t.Errorf("%s leaves the documentation: %v", meta.Operation, v)
		}
	}
	return answer
}

// fails makes a call that must be refused for the given reason.
func fails[R, A any](i *issuer, reason string, call func(context.Context, R, ...wire.CallOption) (A, error), request R) {
	i.t.Helper()
	_, err := call(i.t.Context(), request)
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) || e.Kind != wire.ErrRejected || e.OutcomeUnknown || e.Meta.Status != http.StatusOK {
		i.t.Errorf("got %v, want a refusal: %s", err, reason)
		return
	}
	i.called[e.Meta.Operation] = true
	if got := reasonIn(e.Meta.Body.Reveal()); got != reason {
		i.t.Errorf("%s is refused: %s\nwant: %s", e.Meta.Operation, got, reason)
	}
}

func reasonIn(body []byte) string {
	var said struct {
		Reason string `json:"sandbox_reason"`
	}
	_ = json.Unmarshal(body, &said) // then there is no reason
	return said.Reason
}

// status asks what became of a request.
func (i *issuer) status(requestID string) *card.RequestStatusAnswer {
	i.t.Helper()
	return calls(i, i.card.RequestStatus, &card.RequestStatusRequest{RequestID: requestID})
}

// done asks for a request until it is done: it is in process at first.
func (i *issuer) done(requestID string) *card.RequestStatusAnswer {
	i.t.Helper()
	if first := i.status(requestID); first.RequestStatus != card.RequestStateProcess || first.ClientID != "" || first.Cards != nil {
		i.t.Errorf("asked for the first time, got %v", first)
	}
	a := i.status(requestID)
	if a.RequestStatus != card.RequestStateSuccess {
		i.t.Errorf("asked for the second time, got %v", a)
	}
	return a
}

// fresh is a request id that nobody has used.
func fresh() string { return uuid.NewString() }

func newClient(requestID string) *card.ClientAddRequest {
	return &card.ClientAddRequest{
		RequestID: requestID, ProductID: card.ProductIDFreedomWallet,
		Client: card.ClientData{
			Phone: wire.NewSecret("77011234567"), Type: card.ClientTypeIndividual, Resident: card.ResidencyResident,
			FirstName: wire.NewSecret("Aigerim"), LastName: wire.NewSecret("Seitkali"),
			Country: "KAZ", PersonID: wire.NewSecret("900228300123"), Language: "kk", Document: pdf(100),
			RegistrationAddress: &card.RegistrationAddress{
				Country: "KAZ", PostalCode: wire.NewSecret("050000"), AddressLine1: wire.NewSecret("Almaty"),
				AddressLine2: wire.NewSecret("Zheltoksan"), AddressLine3: wire.NewSecret("115"),
			},
			ResidenceAddress: &card.ResidenceAddress{Country: "KAZ", PostalCode: wire.NewSecret("050000")},
		},
	}
}

// pdf is a document of the given size, before base64.
func pdf(size int) wire.Secret {
	const head = "%PDF-1.7\n"
	return wire.NewSecret(base64.StdEncoding.EncodeToString([]byte(head + strings.Repeat("x", size-len(head)))))
}

func newCard(requestID string) *card.CardIssueRequest {
	return &card.CardIssueRequest{
		RequestID: requestID, ProductID: card.ProductIDInstant,
		Cardholder: card.Cardholder{
			FirstName: wire.NewSecret("Aigerim"), LastName: wire.NewSecret("Seitkali"), Phone: wire.NewSecret("77011234567"),
			Country: "KAZ", PersonID: wire.NewSecret("900228300123"),
		},
	}
}

// client makes a client, and issue a card.
func (i *issuer) client() (id string) {
	i.t.Helper()
	r := newClient(fresh())
	calls(i, i.card.ClientAdd, r)
	return i.done(r.RequestID).ClientID
}

func (i *issuer) issue() (id string) {
	i.t.Helper()
	r := newCard(fresh())
	calls(i, i.card.CardIssue, r)
	cards := i.done(r.RequestID).Cards
	if len(cards) != 1 {
		i.t.Fatalf("got the cards %v", cards)
	}
	return cards[0].CardID
}

func link(clientID, cardID string) *card.CardLinkRequest {
	return &card.CardLinkRequest{RequestID: fresh(), ClientID: clientID, CardID: cardID}
}

func closing(cardID string) *card.CardCloseRequest {
	return &card.CardCloseRequest{RequestID: fresh(), CardID: cardID, Description: "no longer needed"}
}

func unblocking(cardID string) *card.CardUnblockRequest {
	return &card.CardUnblockRequest{RequestID: fresh(), CardID: cardID, Description: "found again"}
}

func object(kind card.LimitObjectType, id string) card.LimitObject {
	return card.LimitObject{Type: kind, Value: wire.NewSecret(id)}
}

func newLimits(o card.LimitObject, limits ...card.Limit) *card.LimitsSetRequest {
	return &card.LimitsSetRequest{RequestID: fresh(), Object: o, Limits: limits}
}

func limit(kind card.LimitTransactionType, value string) card.Limit {
	return card.Limit{TransactionType: kind, Period: card.LimitPeriodMonth, Amounts: []card.LimitAmount{{
		Type: card.LimitAmountTypeMax, Value: value, Currency: "USD",
	}}}
}

// ownMember is what the sandbox says of its own in an answer.
func ownMember(extra *wire.Extra, name string) string {
	for _, m := range extra.Unknown() {
		if m.Name == name {
			return string(m.Value.Reveal())
		}
	}
	return ""
}

// shown is what the sandbox says of a card.
func (i *issuer) shown(cardID string) string {
	i.t.Helper()
	return ownMember(calls(i, i.card.CardInfo, &card.CardInfoRequest{RequestID: fresh(), CardID: cardID}).Extra(), "sandbox_card")
}

// limits are those that the sandbox says are set.
func (i *issuer) limits(o card.LimitObject) string {
	i.t.Helper()
	return ownMember(calls(i, i.card.LimitsList, &card.LimitsListRequest{RequestID: fresh(), Object: o}).Extra(), "sandbox_limits")
}

func (i *issuer) is(cardID, want string) {
	i.t.Helper()
	if got := i.shown(cardID); got != want {
		i.t.Errorf("the card is %s\nwant %s", got, want)
	}
}

func TestScenarioIssuedCard(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	clientID, cardID := i.client(), i.issue()
	i.is(cardID, `{"state":"active","product_id":2000,"has_pin":false}`)

	r := link(clientID, cardID)
	if a := calls(i, i.card.CardLink, r); a.Status != card.CallStatusOK || a.RequestStatus != card.RequestStateProcess || a.DateTime.String() != dt {
		t.Errorf("got %v", a)
	}
	if a := i.done(r.RequestID); a.ClientID != "" || a.Cards != nil {
		t.Errorf("a link made %v", a)
	}
	calls(i, i.card.CardPINSet, &card.CardPINSetRequest{CardID: cardID, PIN: wire.NewSecret("Zm91cnRlZW4gYnl0ZXMhIQ==")})
	i.is(cardID, `{"state":"active","product_id":2000,"client_id":"`+clientID+`","has_pin":true}`)
	counter := &card.CardPINCounterResetRequest{RequestID: fresh(), CardID: cardID}
	calls(i, i.card.CardPINCounterReset, counter)
	i.done(counter.RequestID)

	limits := newLimits(object(card.LimitObjectTypeCard, cardID), limit(card.LimitTransactionTypeWithdrawalATM, "5000"), limit(card.LimitTransactionTypePay, "100.50"))
	calls(i, i.card.LimitsSet, limits)
	if got := i.limits(limits.Object); got != "[]" {
		t.Errorf("before they are set, the limits are %s", got)
	}
	i.done(limits.RequestID)
	again := newLimits(limits.Object, limit(card.LimitTransactionTypePay, "200"))
	calls(i, i.card.LimitsSet, again)
	i.done(again.RequestID)
	want := `[{"transaction_type":"withdrawal_atm","period":"month","amount":[{"type":"max","value":"5000","currency":"USD"}]},` +
		`{"transaction_type":"pay","period":"month","amount":[{"type":"max","value":"200","currency":"USD"}]}]`
	if got := i.limits(limits.Object); got != want {
		t.Errorf("the limits are %s\nwant %s", got, want)
	}

	from, to := wire.TimeOf(noon.Add(-24*time.Hour)), wire.TimeOf(noon)
	statement := calls(i, i.card.CardStatement, &card.CardStatementRequest{CardID: cardID, StartDate: from, EndDate: to})
	if len(statement.Operations) != 0 || statement.RequestStatus != card.RequestStateSuccess {
		t.Errorf("got %v", statement)
	}
	extended := calls(i, i.card.CardStatementExtended, &card.CardStatementExtendedRequest{CardID: cardID, StartDate: from, EndDate: to})
	account := extended.Balances.Accounts[0]
	if extended.ClientID != clientID || extended.Card.CardID != cardID || len(extended.Card.CardMask.Reveal()) != 16 ||
		len(account.IBAN.Reveal()) != 20 || account.Amount.String() != "0" || len(extended.Authorizations) != 0 {
		t.Errorf("got %v", extended)
	}

	must(t, i.box.BlockCard(cardID))
	i.is(cardID, `{"state":"blocked","product_id":2000,"client_id":"`+clientID+`","has_pin":true}`)
	free := unblocking(cardID)
	calls(i, i.card.CardUnblock, free)
	i.done(free.RequestID)
	end := closing(cardID)
	calls(i, i.card.CardClose, end)
	i.is(cardID, `{"state":"active","product_id":2000,"client_id":"`+clientID+`","has_pin":true}`) // as long as it is in process
	i.done(end.RequestID)
	i.is(cardID, `{"state":"closed","product_id":2000,"client_id":"`+clientID+`","has_pin":true}`)

	const closed = "the card is closed"
	fails(i, closed, i.card.CardClose, closing(cardID))
	fails(i, closed, i.card.CardUnblock, unblocking(cardID))
	fails(i, closed, i.card.CardLink, link(clientID, cardID))
	fails(i, closed, i.card.CardPINSet, &card.CardPINSetRequest{CardID: cardID})
	fails(i, closed, i.card.CardPINCounterReset, &card.CardPINCounterResetRequest{RequestID: fresh(), CardID: cardID})
	fails(i, closed, i.card.LimitsSet, newLimits(limits.Object, limit(card.LimitTransactionTypePay, "1")))
	fails(i, closed, i.card.LimitsSet, newLimits(object(card.LimitObjectTypeAccount, account.IBAN.Reveal()), limit(card.LimitTransactionTypePay, "1")))
	if err := i.box.BlockCard(cardID); err == nil {
		t.Error("a closed card can be blocked")
	}
	// It can be looked at.
	calls(i, i.card.CardStatement, &card.CardStatementRequest{CardID: cardID})
	if got := i.limits(limits.Object); got != want {
		t.Errorf("the limits are %s\nwant %s", got, want)
	}
}

// Every operation is answered by a sandbox that has seen nothing but the examples.
func TestExamplesOfTheCardAPI(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	// As printed, down to the request_id of another example.
	calls(i, i.card.CardInfo, &card.CardInfoRequest{RequestID: sandbox.ExampleCardRequest, CardID: sandbox.ExampleCardRequest})
	if a := i.status(sandbox.ExampleCardRequest); a.RequestStatus != card.RequestStateSuccess || a.ClientID == "" || len(a.Cards) != 1 {
		t.Errorf("got %v", a)
	}
	fails(i, "request_id is missing, or was used before", i.card.CardInfo, &card.CardInfoRequest{RequestID: sandbox.ExampleCardRequest, CardID: sandbox.ExampleCard})

	set := newLimits(object(card.LimitObjectTypeCard, sandbox.ExampleCard), limit(card.LimitTransactionTypeWithdrawalATM, "5000"))
	calls(i, i.card.LimitsSet, set)
	calls(i, i.card.LimitsList, &card.LimitsListRequest{RequestID: fresh(), Object: set.Object})
	a := calls(i, i.card.CardholderValidate, &card.CardholderValidateRequest{
		UserPhone: wire.NewSecret("7077070707"), FirstName: wire.NewSecret("Ivan"), LastName: wire.NewSecret("Ivanov"),
		CardToken: wire.NewSecret("00000000-0000-0000-0000-000000000000"), RequestID: fresh(),
	})
	if a.Score != "100.00%" || a.Fishy != nil {
		t.Errorf("got %v", a)
	}
	g := calls(i, i.card.GiftCardConfirm, &card.GiftCardConfirmRequest{OTP: wire.NewSecret(sandbox.ExampleGiftCode), CardID: sandbox.ExampleGiftCard})
	if g.Status != card.GiftRequestStatusSuccess || g.CardStatus != card.GiftCardStatusActivated || g.CardCurrency != "USD" ||
		g.CardBalance.String() != "100" || g.CardMask.Reveal() != "1234********5678" || g.DateTime.String() != "2026-01-22 12:00:00" {
		t.Errorf("got %v", g)
	}

	calls(i, i.card.CardLink, link(i.client(), i.issue()))
	calls(i, i.card.ClientEdit, &card.ClientEditRequest{
		RequestID: fresh(), ClientID: "1", ProductID: card.ProductIDInstant, Client: card.ClientChange{Phone: wire.NewSecret("77077070708")},
	})
	must(t, i.box.BlockCard(sandbox.ExampleCard))
	calls(i, i.card.CardUnblock, unblocking(sandbox.ExampleCard))
	calls(i, i.card.CardClose, closing(sandbox.ExampleCard))
	calls(i, i.card.CardPINSet, &card.CardPINSetRequest{CardID: sandbox.ExampleCard})
	calls(i, i.card.CardPINCounterReset, &card.CardPINCounterResetRequest{RequestID: fresh(), CardID: sandbox.ExampleCard})
	calls(i, i.card.CardStatement, &card.CardStatementRequest{CardID: sandbox.ExampleCard})
	calls(i, i.card.CardStatementExtended, &card.CardStatementExtendedRequest{CardID: sandbox.ExampleCard, StartDate: wire.TimeOf(noon), EndDate: wire.TimeOf(noon)})
	for _, op := range card.Operations() {
		if !i.called[op.ID] {
			t.Errorf("%s was not called", op.ID)
		}
	}
}

// What is not there is refused, and so is what breaks a rule that a page states.
func TestRefusalsOfTheCardAPI(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	const noCard, noClient, used = "no such card", "no such client", "request_id is missing, or was used before"
	cardID := i.issue()

	fails(i, noCard, i.card.CardUnblock, unblocking("none"))
	fails(i, noCard, i.card.CardClose, closing("none"))
	fails(i, noCard, i.card.CardLink, link("1", "none"))
	fails(i, noCard, i.card.CardPINSet, &card.CardPINSetRequest{CardID: "none"})
	fails(i, noCard, i.card.CardPINCounterReset, &card.CardPINCounterResetRequest{RequestID: fresh(), CardID: "none"})
	fails(i, noCard, i.card.CardInfo, &card.CardInfoRequest{CardID: "none"})
	fails(i, noCard, i.card.CardInfo, &card.CardInfoRequest{})
	fails(i, noCard, i.card.CardStatement, &card.CardStatementRequest{CardID: "none"})
	fails(i, noCard, i.card.CardStatementExtended, &card.CardStatementExtendedRequest{CardID: "none", StartDate: wire.TimeOf(noon), EndDate: wire.TimeOf(noon)})
	fails(i, noCard, i.card.CardholderValidate, &card.CardholderValidateRequest{
		UserPhone: wire.NewSecret("1"), FirstName: wire.NewSecret("A"), LastName: wire.NewSecret("B"), CardToken: wire.NewSecret(fresh()), RequestID: fresh(),
	})
	fails(i, noClient, i.card.CardLink, link("none", cardID))
	edit := &card.ClientEditRequest{RequestID: fresh(), ClientID: "none", ProductID: card.ProductIDInstant, Client: card.ClientChange{Phone: wire.NewSecret("77077070708")}}
	fails(i, noClient, i.card.ClientEdit, edit)
	edit.RequestID, edit.ClientID, edit.ProductID = fresh(), "1", card.ProductIDElectron
	fails(i, "product_id is not that of the client", i.card.ClientEdit, edit)
	edit.RequestID, edit.Client.Phone = fresh(), wire.NewSecret("1")
	fails(i, "the phone is not one of 7 to 15 digits, the code of its country among them", i.card.ClientEdit, edit)
	fails(i, "no such request", i.card.RequestStatus, &card.RequestStatusRequest{RequestID: fresh()})
	fails(i, "the card has a client", i.card.CardLink, link("1", sandbox.ExampleCard))
	fails(i, "the card is not blocked", i.card.CardUnblock, unblocking(cardID))
	fails(i, "the PIN is too short for one that is encrypted with AES", i.card.CardPINSet, &card.CardPINSetRequest{CardID: cardID, PIN: wire.NewSecret("1234")})
	fails(i, "the period ends before it begins", i.card.CardStatement, &card.CardStatementRequest{
		CardID: cardID, StartDate: wire.TimeOf(noon), EndDate: wire.TimeOf(noon.Add(-time.Second)),
	})
	fails(i, "a date is not one with a time and its offset from UTC", i.card.CardStatementExtended, &card.CardStatementExtendedRequest{
		CardID: cardID, StartDate: wire.TimeLiteral("2026-01-22 12:00:00"), EndDate: wire.TimeOf(noon),
	})

	// A request_id works once, whatever came of it and whatever it was for.
	taken := closing("none")
	fails(i, noCard, i.card.CardClose, taken)
	fails(i, used, i.card.CardClose, taken)
	fails(i, used, i.card.CardIssue, newCard(taken.RequestID))
	fails(i, used, i.card.LimitsList, &card.LimitsListRequest{RequestID: taken.RequestID, Object: object(card.LimitObjectTypeClient, "1")})
	if a := i.status(taken.RequestID); a.Status != card.CallStatusOK || a.RequestStatus != card.RequestStateError || ownMember(a.Extra(), "sandbox_reason") != `"no such card"` {
		t.Errorf("got %v", a)
	}
	issued := newCard(fresh())
	calls(i, i.card.CardIssue, issued)
	fails(i, used, i.card.CardIssue, issued)
	if a := i.done(issued.RequestID); len(a.Cards) != 1 {
		t.Errorf("got %v", a)
	}
	fails(i, used, i.card.CardIssue, issued)

	// What the documentation's types rule out does not come so far.
	for name, call := range map[string]func() error{
		"no request_id": func() error {
			_, err := i.card.CardClose(t.Context(), &card.CardCloseRequest{CardID: cardID, Description: "d"}, wire.WithoutValidation())
			return err
		},
		"no UUID": func() error {
			_, err := i.card.CardClose(t.Context(), &card.CardCloseRequest{RequestID: "1", CardID: cardID, Description: "d"}, wire.WithoutValidation())
			return err
		},
		"no phone": func() error {
			r := newClient(fresh())
			r.Client.Phone = wire.Secret{}
			_, err := i.card.ClientAdd(t.Context(), r, wire.WithoutValidation())
			return err
		},
	} {
		e := (*wire.Error)(nil)
		if err := call(); !errors.As(err, &e) || e.Meta.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
	i.is(cardID, `{"state":"active","product_id":2000,"has_pin":false}`) // still
}

func TestDataOfClients(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	const phone = "the phone is not one of 7 to 15 digits, the code of its country among them"
	const needs = "the product 1000 needs country, person_id, document, address1 and address2"
	const document = "the document is not a PDF of at most 2 MB in base64"
	for _, refused := range []struct {
		name, reason string
		change       func(*card.ClientAddRequest)
	}{
		{"product", "the sandbox knows only the documented products", func(r *card.ClientAddRequest) { r.ProductID = 4000 }},
		{"type", "the client's type is not a documented one", func(r *card.ClientAddRequest) { r.Client.Type = 4 }},
		{"residency", "resident is not a documented number", func(r *card.ClientAddRequest) { r.Client.Resident = 3 }},
		{"phone", phone, func(r *card.ClientAddRequest) { r.Client.Phone = wire.NewSecret("123456") }},
		{"first name", "a name is not in Latin letters", func(r *card.ClientAddRequest) { r.Client.FirstName = wire.NewSecret("Әйгерім") }},
		{"middle name", "a name is not in Latin letters", func(r *card.ClientAddRequest) { r.Client.MiddleName = wire.NewSecret("1") }},
		{"no last name", "a name is not in Latin letters", func(r *card.ClientAddRequest) { r.Client.LastName = wire.NewSecret(" ") }},
		{"country", "a country is not a code of three letters", func(r *card.ClientAddRequest) { r.Client.Country = "KZ" }},
		{"its country", "a country is not a code of three letters", func(r *card.ClientAddRequest) { r.Client.ResidenceAddress.Country = "kaz" }},
		{"language", "the language is not a code of two letters", func(r *card.ClientAddRequest) { r.Client.Language = "kaz" }},
		{"no base64", document, func(r *card.ClientAddRequest) { r.Client.Document = wire.NewSecret("%PDF-") }},
		{"no PDF", document, func(r *card.ClientAddRequest) { r.Client.Document = wire.NewSecret("R0lGODlh") }},
		{"too large", document, func(r *card.ClientAddRequest) { r.Client.Document = pdf(2<<20 + 1) }},
		{"no document", needs, func(r *card.ClientAddRequest) { r.Client.Document = wire.Secret{} }},
		{"no address", needs, func(r *card.ClientAddRequest) { r.Client.RegistrationAddress = nil }},
	} {
		t.Run(refused.name, func(t *testing.T) {
			i := *i
			i.t = t
			r := newClient(fresh())
			refused.change(r)
			fails(&i, refused.reason, i.card.ClientAdd, r)
		})
	}

	// The largest document, and of another product none.
	r := newClient(fresh())
	r.Client.Document, r.Client.MiddleName = pdf(2<<20), wire.NewSecret("Anna-Maria d'Arc")
	calls(i, i.card.ClientAdd, r)
	r = newClient(fresh())
	r.ProductID, r.Client.Document, r.Client.RegistrationAddress, r.Client.ResidenceAddress, r.Client.Country = card.ProductIDElectron, wire.Secret{}, nil, nil, ""
	calls(i, i.card.ClientAdd, r)

	for reason, change := range map[string]func(*card.CardIssueRequest){
		"the sandbox knows only the documented products": func(r *card.CardIssueRequest) { r.ProductID = 4000 },
		"a country is not a code of three letters":       func(r *card.CardIssueRequest) { r.Cardholder.Country = "KZ" },
		"a name is not in Latin letters":                 func(r *card.CardIssueRequest) { r.Cardholder.LastName = wire.NewSecret("Сейтқали") },
	} {
		r := newCard(fresh())
		change(r)
		fails(i, reason, i.card.CardIssue, r)
	}
}

// A request that nobody asks about is done all the same, and one that cannot be
// done any more fails.
func TestRequestsOfTheCardAPI(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	clientID, cardID := i.client(), i.issue()
	first, second := link(clientID, cardID), link("1", cardID)
	calls(i, i.card.CardLink, first)
	calls(i, i.card.CardLink, second)
	i.clock.move(59 * time.Second)
	i.is(cardID, `{"state":"active","product_id":2000,"has_pin":false}`)
	i.clock.move(time.Second)
	i.is(cardID, `{"state":"active","product_id":2000,"client_id":"`+clientID+`","has_pin":false}`)
	for id, want := range map[string]card.RequestState{first.RequestID: card.RequestStateSuccess, second.RequestID: card.RequestStateError} {
		if a := i.status(id); a.Status != card.CallStatusOK || a.RequestStatus != want {
			t.Errorf("got %v, want %s", a, want)
		}
	}

	// In the order in which they are asked for, not in that of the calls.
	cardID = i.issue()
	first, second = link(clientID, cardID), link("1", cardID)
	calls(i, i.card.CardLink, first)
	calls(i, i.card.CardLink, second)
	i.done(second.RequestID)
	i.status(first.RequestID)
	a := i.status(first.RequestID)
	if a.RequestStatus != card.RequestStateError || ownMember(a.Extra(), "sandbox_reason") != `"the card has a client"` {
		t.Errorf("got %v", a)
	}
	i.clock.move(time.Hour)
	i.is(cardID, `{"state":"active","product_id":2000,"client_id":"1","has_pin":false}`)

	// A call that only asks is done.
	look := &card.CardInfoRequest{RequestID: fresh(), CardID: cardID}
	calls(i, i.card.CardInfo, look)
	if a := i.status(look.RequestID); a.RequestStatus != card.RequestStateSuccess {
		t.Errorf("got %v", a)
	}
}

func TestLimitsOfTheCardAPI(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	extended := calls(i, i.card.CardStatementExtended, &card.CardStatementExtendedRequest{CardID: sandbox.ExampleCard, StartDate: wire.TimeOf(noon), EndDate: wire.TimeOf(noon)})
	iban := extended.Balances.Accounts[0].IBAN.Reveal()
	for _, o := range []card.LimitObject{
		object(card.LimitObjectTypeCard, sandbox.ExampleCard), object(card.LimitObjectTypeClient, "1"), object(card.LimitObjectTypeAccount, iban),
	} {
		r := newLimits(o, card.Limit{TransactionType: "p2p", Region: "abroad"})
		calls(i, i.card.LimitsSet, r)
		i.done(r.RequestID)
		if got := i.limits(o); got != `[{"transaction_type":"p2p","region":"abroad"}]` {
			t.Errorf("of %s, got %s", o.Type, got)
		}
	}
	// Another region and another period are other limits.
	client := object(card.LimitObjectTypeClient, "1")
	r := newLimits(client, card.Limit{TransactionType: "p2p", Region: "home"}, card.Limit{TransactionType: "p2p", Region: "abroad", Period: card.LimitPeriodDay})
	calls(i, i.card.LimitsSet, r)
	i.done(r.RequestID)
	if got := i.limits(client); got != `[{"transaction_type":"p2p","region":"abroad"},{"transaction_type":"p2p","region":"home"},{"transaction_type":"p2p","region":"abroad","period":"day"}]` {
		t.Errorf("got %s", got)
	}

	const value = "the value of an amount is not a number of at most two decimals"
	mine := object(card.LimitObjectTypeCard, sandbox.ExampleCard)
	bad := limit(card.LimitTransactionTypePay, "1")
	bad.Amounts[0].Currency = "dollars"
	for _, refused := range []struct {
		reason string
		r      *card.LimitsSetRequest
	}{
		{"no such card", newLimits(object(card.LimitObjectTypeCard, iban), limit("pay", "1"))},
		{"no such client", newLimits(object(card.LimitObjectTypeClient, sandbox.ExampleCard), limit("pay", "1"))},
		{"no such account", newLimits(object(card.LimitObjectTypeAccount, "1"), limit("pay", "1"))},
		{"the sandbox knows limits of cards, accounts and clients", newLimits(object("product", "1000"), limit("pay", "1"))},
		{"two limits are for the same", newLimits(mine, limit("pay", "1"), limit("withdrawal", "1"), limit("pay", "2"))},
		{value, newLimits(mine, limit("pay", "much"))},
		{value, newLimits(mine, limit("pay", ""))},
		{value, newLimits(mine, limit("pay", "-1"))},
		{value, newLimits(mine, limit("pay", "0.001"))},
		{"the currency is not a code of three letters", newLimits(mine, bad)},
		{"there are no limits to set", newLimits(mine, []card.Limit{}...)},
	} {
		fails(i, refused.reason, i.card.LimitsSet, refused.r)
	}
	fails(i, "no such card", i.card.LimitsList, &card.LimitsListRequest{RequestID: fresh(), Object: object(card.LimitObjectTypeCard, "none")})
}

func TestCardholderValidate(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	cardID := i.issue()
	score := func(token, first, last, phone string) string {
		t.Helper()
		return calls(i, i.card.CardholderValidate, &card.CardholderValidateRequest{
			UserPhone: wire.NewSecret(phone), FirstName: wire.NewSecret(first), LastName: wire.NewSecret(last),
			CardToken: wire.NewSecret(token), RequestID: fresh(),
		}).Score
	}
	for _, compared := range []struct{ first, last, phone, want string }{
		{"Aigerim", "Seitkali", "77011234567", "100.00%"},
		{"AIGERIM", "seitkali", "+7 (701) 123-45-67", "100.00%"},
		{"Seitkali", "Aigerim", "7011234567", "100.00%"},
		{"Aigerym", "Seitkali", "7011234567", "95.83%"},
		{"Aigerim", "Seitkali", "7011234568", "96.66%"},
		{"Xxxxxxx", "Zzzzzzzz", "0000000000", "7.50%"},
		{strings.Repeat("x", 100_000), "y", "9", "0.00%"},
		{"Aigerim", "Seitkali" + strings.Repeat("x", 100_000), "7011234567", "50.00%"}, // 64 of them count
	} {
		if got := score(cardID, compared.first, compared.last, compared.phone); got != compared.want {
			t.Errorf("%.20s %.20s, %s: %s, want %s", compared.first, compared.last, compared.phone, got, compared.want)
		}
	}

	// The client has the card, and the client's phone counts, also a new one.
	r := link("1", cardID)
	calls(i, i.card.CardLink, r)
	i.done(r.RequestID)
	edit := &card.ClientEditRequest{RequestID: fresh(), ClientID: "1", ProductID: card.ProductIDInstant, Client: card.ClientChange{Phone: wire.NewSecret("77770000001")}}
	calls(i, i.card.ClientEdit, edit)
	i.done(edit.RequestID)
	if got := score(cardID, "Ivan", "Ivanov", "7770000001"); got != "100.00%" {
		t.Errorf("got %s", got)
	}
}

// A saved card has a token too, and a holder without a phone.
func TestCardholderOfASavedCard(t *testing.T) {
	s := openShop(t)
	saved := checked(s, s.gateway.SavedCardAdd, &gateway.SavedCardAddRequest{
		OrderID: "1", UserID: "Anna", CardPAN: wire.NewSecret(cardRefunds), CardCVC: wire.NewSecret("123"),
		CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("ANNA KIM"),
	})
	cards, err := card.New(s.env, s.credentials)
	must(t, err)
	a, err := cards.CardholderValidate(t.Context(), &card.CardholderValidateRequest{
		UserPhone: wire.NewSecret("7077070707"), FirstName: wire.NewSecret("Anna"), LastName: wire.NewSecret("Kin"), CardToken: saved.CardToken, RequestID: fresh(),
	})
	must(t, err)
	if a.Score != "87.50%" {
		t.Errorf("got %v", a)
	}
}

func TestGiftCards(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	confirm := func(id, otp string) (*card.GiftCardConfirmAnswer, string) {
		t.Helper()
		a, err := i.card.GiftCardConfirm(t.Context(), &card.GiftCardConfirmRequest{OTP: wire.NewSecret(otp), CardID: id})
		e := (*wire.Error)(nil)
		if errors.As(err, &e) {
			if body := string(e.Meta.Body.Reveal()); strings.Contains(body, "card_") {
				t.Errorf("an error says %s", body)
			}
			if notFound := e.Code == "-7"; notFound != errors.Is(err, wire.ErrNotFound) {
				t.Errorf("got %v", err)
			}
			return nil, e.Code
		}
		must(t, err)
		return a, "0"
	}
	try := func(id, otp, want string) {
		t.Helper()
		if _, got := confirm(id, otp); got != want {
			t.Errorf("card %q with code %q: %s, want %s", id, otp, got, want)
		}
	}
	made, err := i.box.CreateGiftCard(sandbox.GiftCard{OTP: wire.NewSecret("000777"), Balance: wire.MustDecimal("99.90")})
	must(t, err)
	try("", "000777", "-7") // two wait for a code
	try("1", "1234", "-7")
	try(sandbox.ExampleGiftCard, "000777", "-8")
	try(sandbox.ExampleGiftCard, "1234", "0")
	try(sandbox.ExampleGiftCard, "1234", "-10")
	try("", "1234", "-8") // of the other
	a, _ := confirm("", "000777")
	if a == nil || a.CardBalance.String() != "99.90" || a.CardCurrency != "KZT" || len(a.CardMask.Reveal()) != 16 {
		t.Errorf("got %v", a)
	}
	try("", "000777", "-7")
	try(made.ID, "000777", "-10")
	for _, status := range []card.GiftCardStatus{card.GiftCardStatusCanceled, card.GiftCardStatusBlocked, card.GiftCardStatusExpired} {
		g, err := i.box.CreateGiftCard(sandbox.GiftCard{OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("1"), Status: status})
		must(t, err)
		try(g.ID, "1", "-9")
	}

	for name, g := range map[string]sandbox.GiftCard{
		"no balance": {OTP: wire.NewSecret("1")},
		"nothing":    {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("0")},
		"decimals":   {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("0.001")},
		"no code":    {Balance: wire.MustDecimal("1")},
		"letters":    {OTP: wire.NewSecret("code"), Balance: wire.MustDecimal("1")},
		"currency":   {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("1"), Currency: "dollars"},
		"status":     {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("1"), Status: 6},
		"no number":  {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("1"), ID: "x"},
		"a taken id": {OTP: wire.NewSecret("1"), Balance: wire.MustDecimal("1"), ID: made.ID},
	} {
		if _, err := i.box.CreateGiftCard(g); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What a program that is not written in Go does by the methods.
func TestDoorsOfTheCardAPI(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	post := func(path, body string) (int, string) {
		w := httptest.NewRecorder()
		i.box.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	for _, test := range []struct {
		path, body string
		status     int
		answer     string
	}{
		{"/_sandbox/cards/block", `{"card_id":"123456789"}`, 200, `{"card_id":"123456789"}`},
		{"/_sandbox/cards/block", `{"card_id":"123456789"}`, 400, `{"error":"the card is blocked"}`},
		{"/_sandbox/cards/block", `{"card_id":"none"}`, 400, `{"error":"no such card"}`},
		{"/_sandbox/cards/block", `{"card":"none"}`, 400, `{"error":"json: unknown field \"card\""}`},
		{"/_sandbox/gift-cards", `{"card_id":"7","otp":"4321","card_balance":10.50}`, 201, `{"card_id":"7","otp":"***","card_currency":"KZT","card_balance":10.50,"card_status":1}`},
		{"/_sandbox/gift-cards", `{"card_id":"7","otp":"4321","card_balance":10}`, 400, `{"error":"a gift card with this id exists"}`},
	} {
		if status, answer := post(test.path, test.body); status != test.status || answer != test.answer {
			t.Errorf("%s with %s: %d %s", test.path, test.body, status, answer)
		}
	}
	i.is(sandbox.ExampleCard, `{"state":"blocked","product_id":2000,"client_id":"1","has_pin":false}`)
	a := calls(i, i.card.GiftCardConfirm, &card.GiftCardConfirmRequest{OTP: wire.NewSecret("4321"), CardID: "7"})
	if a.CardBalance.String() != "10.50" {
		t.Errorf("got %v", a)
	}
}

// A sandbox that is like production says nothing that the pages do not, and none
// says anything of a person or a PIN in its log.
func TestCardAPISaysNoMore(t *testing.T) {
	var log bytes.Buffer
	i := openIssuer(t, sandbox.Options{ProductionLike: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	r := newClient(fresh())
	r.Client.Country = "Kazakhstan"
	fails(i, "", i.card.ClientAdd, r)
	fails(i, "", i.card.CardPINSet, &card.CardPINSetRequest{CardID: sandbox.ExampleCard, PIN: wire.NewSecret("7391")})
	fails(i, "", i.card.LimitsSet, newLimits(object(card.LimitObjectTypeAccount, "KZ86125KZT5004100100"), limit("pay", "1")))
	if _, err := i.card.GiftCardConfirm(t.Context(), &card.GiftCardConfirmRequest{OTP: wire.NewSecret("4682"), CardID: sandbox.ExampleGiftCard}); err == nil {
		t.Error("a wrong code is taken")
	}
	if got := i.shown(sandbox.ExampleCard) + i.limits(object(card.LimitObjectTypeClient, "1")); got != "" {
		t.Errorf("got %s", got)
	}
	for _, secret := range []string{"77011234567", "Aigerim", "Seitkali", "900228300123", "7391", "4682", "KZ86125KZT5004100100"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, &log)
		}
	}
	for _, reason := range []string{"a country is not a code of three letters", "the PIN is too short", "no such account", "-8"} {
		if !strings.Contains(log.String(), reason) {
			t.Errorf("%q is not in the log: %s", reason, &log)
		}
	}
}

// Requests that come at once are carried out one by one: of those that exclude
// each other one succeeds, and each id works once.
func TestCardAPIAtOnce(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	cardID := i.issue()
	ids := make([]string, 20)
	for n := range ids {
		ids[n] = fresh()
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	taken, linked := map[string]int{}, 0
	for n := range 4 * len(ids) {
		all.Go(func() {
			id := ids[n%len(ids)]
			_, err := i.card.CardLink(context.Background(), &card.CardLinkRequest{RequestID: id, ClientID: "1", CardID: cardID})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken[id]++
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		all.Go(func() {
			for range 2 {
				a, err := i.card.RequestStatus(context.Background(), &card.RequestStatusRequest{RequestID: id})
				mu.Lock()
				if err != nil {
					t.Error(err)
				} else if a.RequestStatus == card.RequestStateSuccess {
					linked++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if linked != 1 {
		t.Errorf("%d requests linked the card", linked)
	}
	for _, id := range ids {
		if taken[id] != 1 {
			t.Errorf("a request was taken %d times", taken[id])
		}
	}
}

// An account's number is one that passes the check of IBANs.
func TestCardIBAN(t *testing.T) {
	i := openIssuer(t, sandbox.Options{})
	for _, id := range []string{sandbox.ExampleCard, i.issue()} {
		a := calls(i, i.card.CardStatementExtended, &card.CardStatementExtendedRequest{CardID: id, StartDate: wire.TimeOf(noon), EndDate: wire.TimeOf(noon)})
		iban := a.Balances.Accounts[0].IBAN.Reveal()
		rest := 0
		for _, r := range iban[4:] + iban[:4] {
			digits := string(r)
			if r >= 'A' {
				digits = fmt.Sprint(r - 'A' + 10)
			}
			for _, d := range digits {
				rest = (10*rest + int(d-'0')) % 97
			}
		}
		if rest != 1 {
			t.Errorf("%s is no IBAN", iban)
		}
	}
}

// The paths below /v5/cards are signed like the others.
func TestGiftCardsAreSigned(t *testing.T) {
	i := openIssuer(t, sandbox.Options{ProductionLike: true})
	w := httptest.NewRecorder()
	i.box.ServeHTTP(w, httptest.NewRequest("POST", "/v5/cards/activate_card", strings.NewReader(`{"otp":"1234","card_id":555}`)))
	if body, _ := io.ReadAll(w.Body); w.Code != http.StatusUnauthorized || string(body) != `{"error":"unauthorized"}` {
		t.Errorf("got %d %s", w.Code, body)
	}
	_, err := i.card.GiftCardConfirm(t.Context(), &card.GiftCardConfirmRequest{OTP: wire.NewSecret("1234")}, wire.WithCredentials(wire.NewCredentials("123456", "other")))
	if !errors.Is(err, wire.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
}
