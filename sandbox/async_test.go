package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

func asyncPayment(order, amount, number string, now bool) *gateway.AsyncPaymentCreateRequest {
	return &gateway.AsyncPaymentCreateRequest{
		Amount: wire.MustDecimal(amount), Currency: "KZT", Description: "two books", OrderID: order, AutoClearing: &now,
		From: gateway.AsyncSource{Type: gateway.AsyncSourceTypeCard, Card: asyncCard(number)},
	}
}

func asyncCard(number string) *gateway.AsyncSourceCard {
	return &gateway.AsyncSourceCard{
		Name: wire.NewSecret("TEST CARD"), PAN: wire.NewSecret(number), CVC: wire.NewSecret("123"),
		Year: wire.NewSecret("30"), Month: wire.NewSecret("12"),
	}
}

func withUser(r *gateway.AsyncPaymentCreateRequest, user string) *gateway.AsyncPaymentCreateRequest {
	r.UserID = user
	return r
}

// asked makes a call of the asynchronous API that must succeed, with an answer that
// leaves the documentation nowhere, and returns the id that it was sent with.
func asked[R, A any](s *shop, call func(ctx context.Context, r R, o ...wire.CallOption) (A, error), request R, more ...wire.CallOption) (A, string) {
	s.t.Helper()
	var meta wire.Meta
	answer, err := call(s.t.Context(), request, append(more, wire.WithMeta(&meta))...)
	if err != nil {
		s.t.Fatalf("%s: %v", meta.Operation, err)
	}
	if len(meta.Deviations) > 0 {
		s.t.Errorf("%s leaves the documentation: %v", meta.Operation, meta.Deviations)
	}
	if got := meta.Header.Get("X-Request-Status"); got != "success" {
		s.t.Errorf("%s: X-Request-Status is %q", meta.Operation, got)
	}
	return answer, meta.RequestID
}

func (s *shop) asyncRead(id string) *gateway.AsyncPaymentReadAnswer {
	s.t.Helper()
	a, _ := asked(s, s.gateway.AsyncPaymentRead, &gateway.AsyncPaymentReadRequest{ID: id})
	return a
}

func (s *shop) asyncRequest(id string) *gateway.AsyncRequestReadAnswer {
	s.t.Helper()
	a, _ := asked(s, s.gateway.AsyncRequestRead, &gateway.AsyncRequestReadRequest{ID: id})
	return a
}

// findsNothing reads a payment that there is not: the answer is an object without
// members, of which a client may make an error.
func (s *shop) findsNothing(request *gateway.AsyncPaymentReadRequest, o ...wire.CallOption) (requestID string) {
	s.t.Helper()
	var meta wire.Meta
	_, err := s.gateway.AsyncPaymentRead(s.t.Context(), request, append(o, wire.WithMeta(&meta))...)
	if e := (*wire.Error)(nil); errors.As(err, &e) {
		meta = e.Meta
	}
	if body := string(meta.Body.Reveal()); meta.Status != http.StatusOK || body != "{}" || meta.Header.Get("X-Request-Status") != "success" {
		s.t.Errorf("HTTP %d: %s", meta.Status, body)
	}
	return meta.RequestID
}

// becomes reads a payment that is in process, and then as it is.
func (s *shop) becomes(id string, before, after gateway.AsyncPaymentStatus) *gateway.AsyncPaymentReadAnswer {
	s.t.Helper()
	if a := s.asyncRead(id); a.Status != before {
		s.t.Fatalf("first read: %v, want %s", a, before)
	}
	a := s.asyncRead(id)
	if a.Status != after {
		s.t.Fatalf("second read: %v, want %s", a, after)
	}
	return a
}

const (
	asyncProcess  = gateway.AsyncPaymentStatusProcess
	asyncWaiting  = gateway.AsyncPaymentStatusWaitingThreeDS
	asyncApproved = gateway.AsyncPaymentStatusApproved
	asyncClearing = gateway.AsyncPaymentStatusProcessClearing
	asyncSuccess  = gateway.AsyncPaymentStatusSuccess
	asyncReversed = gateway.AsyncPaymentStatusReversed
	asyncFailed   = gateway.AsyncPaymentStatusError
)

// A hold with 3DS that is taken in part, read by payment and by request at each step.
func TestScenarioAsync3DS(t *testing.T) {
	s := openShop(t)
	created, request := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("A-1", "1000", card3DS, false))
	if created.Status != asyncProcess || created.Amount.String() != "1000.00" || created.CreatedAt.String() != "2026-01-22T07:00:00Z" || created.Error != nil {
		t.Errorf("got %v", created)
	}
	if id, err := uuid.Parse(created.ID); err != nil || id.Version() != 7 {
		t.Errorf("the id is %s", created.ID)
	}

	first := s.asyncRequest(request)
	if first.ID != request || first.Status != gateway.AsyncRequestStatusSuccess || first.Response.Status != asyncProcess || first.Response.ID != created.ID {
		t.Errorf("got %v", first)
	}
	waiting := s.asyncRead(created.ID)
	if waiting.Status != asyncWaiting || waiting.OrderID != "A-1" || waiting.ThreeDS.FlowType != gateway.AsyncThreeDSFlowChallenge ||
		waiting.ThreeDS.ACSURL == "" || waiting.Clearing != nil || waiting.Additional != nil {
		t.Fatalf("got %v", waiting)
	}
	if got := s.asyncRequest(request).Response.Status; got != asyncWaiting {
		t.Errorf("got %s", got)
	}
	e := refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, &gateway.AsyncPaymentClearRequest{ID: created.ID, Amount: wire.MustDecimal("1")})
	if e.Kind != wire.ErrRejected || e.OutcomeUnknown {
		t.Errorf("got %v", e)
	}

	// Nobody completes it: what the cardholder says is enough.
	s.pass3DS(waiting.ThreeDS.ACSURL, wire.Secret{}, wire.Secret{}, "confirm")
	held := s.asyncRead(created.ID)
	if held.Status != asyncApproved || *held.Clearing.Cleared || held.Clearing.Amount.Sign() != 0 || held.ThreeDS.ACSURL != "" ||
		held.Additional.Reference == "" || len(held.Additional.ApprovalCode) != 6 || len(held.Additional.IntReference) != 16 {
		t.Fatalf("got %v", held)
	}
	if got := s.asyncRequest(request); got.Response.Status != asyncApproved || got.Response.Amount.String() != "1000.00" {
		t.Errorf("got %v", got)
	}

	cleared, clearing := asked(s, s.gateway.AsyncPaymentClear, &gateway.AsyncPaymentClearRequest{ID: created.ID, Amount: wire.MustDecimal("600.5")})
	if cleared.Status != asyncClearing || cleared.Amount.String() != "1000.00" || cleared.Clearing.Amount.Sign() != 0 || cleared.Clearing.Cleared != nil {
		t.Errorf("got %v", cleared)
	}
	if got := s.asyncRequest(clearing); got.Response.Status != asyncClearing {
		t.Errorf("got %v", got)
	}
	taken := s.asyncRead(created.ID)
	if taken.Status != asyncSuccess || !*taken.Clearing.Cleared || taken.Clearing.Amount.String() != "600.50" {
		t.Errorf("got %v", taken)
	}
	if got := s.asyncRequest(clearing); got.Response.Status != asyncSuccess {
		t.Errorf("got %v", got)
	}
	// By this card's table it cannot be refunded.
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, &gateway.AsyncPaymentRefundRequest{ID: created.ID, Amount: wire.MustDecimal("1")})

	// And one that the payer refuses.
	second, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("A-2", "5", card3DS, true))
	waiting = s.becomes(second.ID, asyncProcess, asyncWaiting)
	s.pass3DS(waiting.ThreeDS.ACSURL, wire.Secret{}, wire.Secret{}, "refuse")
	failed := s.asyncRead(second.ID)
	if failed.Status != asyncFailed || failed.Error.Code != "10004" || failed.ThreeDS != nil || failed.OrderID != "" {
		t.Errorf("got %v", failed)
	}
}

// A hold that is taken in part, of which a part is given back.
func TestScenarioAsyncRefund(t *testing.T) {
	s := openShop(t)
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("B-1", "1000", cardFull, false))
	clearing := &gateway.AsyncPaymentClearRequest{ID: created.ID, Amount: wire.MustDecimal("600.50")}
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, clearing) // it is still in process
	s.becomes(created.ID, asyncProcess, asyncApproved)
	refund := func(amount string) *gateway.AsyncPaymentRefundRequest {
		return &gateway.AsyncPaymentRefundRequest{ID: created.ID, Amount: wire.MustDecimal(amount)}
	}
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, refund("1"))
	tooMuch := *clearing
	tooMuch.Amount = wire.MustDecimal("1000.01")
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, &tooMuch)
	asked(s, s.gateway.AsyncPaymentClear, clearing)
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, refund("1")) // that is still in process
	s.becomes(created.ID, asyncClearing, asyncSuccess)
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, clearing)
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentReverse, &gateway.AsyncPaymentReverseRequest{ID: created.ID})

	back, request := asked(s, s.gateway.AsyncPaymentRefund, refund("100.5"))
	if back.ID != created.ID || back.Amount.String() != "1000.00" || back.RefundPayment.Amount.String() != "-100.50" ||
		back.RefundPayment.Status != gateway.AsyncRefundStatusProcess || back.RefundPayment.ID == created.ID {
		t.Errorf("got %v", back)
	}
	if got := s.asyncRequest(request); got.Status != gateway.AsyncRequestStatusSuccess || got.Response.ID != created.ID || got.Response.Status != asyncSuccess {
		t.Errorf("got %v", got)
	}
	// A second one, while the first is in process.
	asked(s, s.gateway.AsyncPaymentRefund, refund("200"))
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, refund("300.01"))
	for _, want := range []gateway.AsyncRefundStatus{gateway.AsyncRefundStatusProcess, gateway.AsyncRefundStatusSuccess} {
		a := s.asyncRead(created.ID)
		if a.Status != asyncSuccess || len(a.RefundPayments) != 2 || a.RefundPayments[0].Status != want || a.RefundPayments[1].Status != want ||
			a.RefundPayments[0].ID != back.RefundPayment.ID || a.RefundPayments[1].Amount.String() != "-200.00" || a.Clearing.Amount.String() != "600.50" {
			t.Errorf("got %v, want %s", a, want)
		}
	}
	asked(s, s.gateway.AsyncPaymentRefund, refund("300"))
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, refund("0.01"))

	// The synchronous API knows the payment too.
	status := checked(s, s.gateway.PaymentStatus, &gateway.PaymentStatusRequest{OrderID: "B-1"})
	if status.RefundAmount.String() != "-600.50" || status.ClearingAmount.String() != "600.50" || len(status.RefundPayments) != 3 {
		t.Errorf("got %v", status)
	}
}

func TestScenarioAsyncReverse(t *testing.T) {
	s := openShop(t)
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("C-1", "40", cardReverse, false))
	reverse := &gateway.AsyncPaymentReverseRequest{ID: strings.ToUpper(created.ID)}
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentReverse, reverse)
	s.becomes(created.ID, asyncProcess, asyncApproved)
	back, request := asked(s, s.gateway.AsyncPaymentReverse, reverse)
	if back.ID != created.ID || back.Amount.String() != "40.00" || back.ReversePayment.Status != gateway.AsyncRefundStatusProcess || back.ReversePayment.Amount.IsSet() {
		t.Errorf("got %v", back)
	}
	if a := s.asyncRead(created.ID); a.Status != asyncApproved || len(a.ReversePayments) != 1 || a.ReversePayments[0].Status != gateway.AsyncRefundStatusProcess {
		t.Errorf("got %v", a)
	}
	a := s.asyncRead(created.ID)
	if a.Status != asyncReversed || *a.Clearing.Cleared || len(a.ReversePayments) != 1 || a.ReversePayments[0].ID != back.ReversePayment.ID ||
		a.ReversePayments[0].Status != gateway.AsyncRefundStatusSuccess || a.ReversePayments[0].Amount.String() != "-40.00" {
		t.Errorf("got %v", a)
	}
	if got := s.asyncRequest(request); got.Response.Status != asyncReversed || got.Response.ID != created.ID {
		t.Errorf("got %v", got)
	}
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentReverse, reverse)
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, &gateway.AsyncPaymentClearRequest{ID: created.ID, Amount: wire.MustDecimal("1")})
}

// What a card's table says is found out by the bank, that there is no such card before.
func TestScenarioAsyncDeclined(t *testing.T) {
	s := openShop(t)
	created, request := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("D-1", "40", cardPoor, true))
	if created.Status != asyncProcess {
		t.Errorf("got %v", created)
	}
	failed := s.becomes(created.ID, asyncProcess, asyncFailed)
	if failed.Error.Code != "10009" || failed.Error.Description == "" || failed.Amount.String() != "40.00" || failed.From != nil || failed.Clearing != nil {
		t.Errorf("got %v", failed)
	}
	got := s.asyncRequest(request)
	if got.Status != gateway.AsyncRequestStatusSuccess || got.Response.Status != asyncFailed || got.Response.Error.Code != "10009" || got.Response.ID != created.ID {
		t.Errorf("got %v", got)
	}
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentRefund, &gateway.AsyncPaymentRefundRequest{ID: created.ID, Amount: wire.MustDecimal("1")})

	e := refusedUnsigned(s, "10005", s.gateway.AsyncPaymentCreate, asyncPayment("D-2", "40", "4111111111111111", true))
	if e.Kind != wire.ErrRejected || e.OutcomeUnknown || e.Meta.Status != http.StatusOK || e.Meta.Header.Get("X-Request-Status") != "error" {
		t.Errorf("got %v with %v", e, e.Meta.Header)
	}
	byOrder, _ := asked(s, s.gateway.AsyncPaymentRead, &gateway.AsyncPaymentReadRequest{OrderID: "D-2"})
	got = s.asyncRequest(e.Meta.RequestID)
	if byOrder.Status != asyncFailed || byOrder.Error.Code != "10005" || got.Status != gateway.AsyncRequestStatusError || got.Response.ID != byOrder.ID || got.Response.Error.Code != "10005" {
		t.Errorf("got %v and %v", byOrder, got)
	}
	// The order's first answer stays its answer.
	refusedUnsigned(s, "10005", s.gateway.AsyncPaymentCreate, asyncPayment("D-2", "40", cardPlain, true))
}

// Every test card does what its tables say.
func TestAsyncTestCards(t *testing.T) {
	s := openShop(t)
	for _, c := range testcards.Payments() {
		created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("of "+c.Number, "100", c.Number, true))
		s.asyncRead(created.ID)
		want := asyncSuccess
		switch {
		case c.Outcome == testcards.Failure:
			want = asyncFailed
		case c.ThreeDS == testcards.Available:
			want = asyncWaiting
		}
		if a := s.asyncRead(created.ID); a.Status != want || want == asyncFailed && string(a.Error.Code) != c.ErrorCode {
			t.Errorf("%s: %v, want %s", c.Number, a, want)
		}
	}
}

func TestScenarioAsyncSavedCardAndProfile(t *testing.T) {
	s := openShop(t)
	first := withUser(asyncPayment("E-1", "100", cardFull, true), "Anna")
	first.From.Save, first.From.Recurrent = new(true), &gateway.AsyncSourceProfile{Lifetime: new(int64(2))}
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, first)
	paid := s.becomes(created.ID, asyncProcess, asyncSuccess)
	if paid.From == nil || !paid.From.Card.Token.IsSet() || paid.From.Recurrent.ProfileExpiryDate != "2026-03-22T12:00:00+05:00" ||
		paid.ThreeDS.FlowType != gateway.AsyncThreeDSFlowFrictionless {
		t.Fatalf("got %v", paid)
	}
	token, profile := paid.From.Card.Token, paid.From.Recurrent.ProfileID
	if cards := checked(s, s.gateway.SavedCardList, &gateway.SavedCardListRequest{UserID: "Anna"}).Cards; len(cards) != 1 || cards[0].CardToken.Reveal() != token.Reveal() {
		t.Errorf("got %v", cards)
	}

	saved := func(order, user string, card gateway.AsyncSourceCard) *gateway.AsyncPaymentCreateRequest {
		r := withUser(asyncPayment(order, "10", "", false), user)
		r.From = gateway.AsyncSource{Type: gateway.AsyncSourceTypeSaved, Card: &card}
		return r
	}
	byToken, _ := asked(s, s.gateway.AsyncPaymentCreate, saved("E-2", "Anna", gateway.AsyncSourceCard{Token: token}))
	if a := s.becomes(byToken.ID, asyncProcess, asyncApproved); a.From.Card.Token.Reveal() != token.Reveal() || a.From.Recurrent != nil {
		t.Errorf("got %v", a)
	}
	byUUID, _ := asked(s, s.gateway.AsyncPaymentCreate, saved("E-3", "Anna", gateway.AsyncSourceCard{UUID: token}))
	s.becomes(byUUID.ID, asyncProcess, asyncApproved)
	for name, r := range map[string]*gateway.AsyncPaymentCreateRequest{
		"another user": saved("E-4", "Boris", gateway.AsyncSourceCard{Token: token}),
		"no user":      saved("E-4", "", gateway.AsyncSourceCard{Token: token}),
		"two cards":    saved("E-4", "Anna", gateway.AsyncSourceCard{Token: token, UUID: wire.NewSecret("other")}),
		"no card":      saved("E-4", "Anna", gateway.AsyncSourceCard{}),
	} {
		if e := refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, r); e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", name, e)
		}
	}

	again := func(order string) *gateway.AsyncPaymentCreateRequest {
		r := asyncPayment(order, "100", "", true)
		r.From = gateway.AsyncSource{Type: gateway.AsyncSourceTypeRecurrent, Recurrent: &gateway.AsyncSourceProfile{ProfileID: profile}}
		return r
	}
	s.clock.move(31 * day)
	charged, _ := asked(s, s.gateway.AsyncPaymentCreate, again("E-5"))
	if a := s.becomes(charged.ID, asyncProcess, asyncSuccess); a.From.Recurrent.ProfileID != profile {
		t.Errorf("got %v", a)
	}
	hold := again("E-6")
	hold.AutoClearing = new(false)
	charged, _ = asked(s, s.gateway.AsyncPaymentCreate, hold)
	s.becomes(charged.ID, asyncProcess, asyncApproved)
	// By the synchronous API too.
	checked(s, s.gateway.RecurringPay, &gateway.RecurringPayRequest{OrderID: "E-7", Amount: wire.MustDecimal("1"), Description: "d", RecurringProfile: profile})
	dollars := again("E-8")
	dollars.Currency = "USD"
	refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, dollars)
	refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, withUser(again("E-8"), "Boris"))
	saving := withUser(again("E-8"), "Anna")
	saving.From.Save = new(true)
	refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, saving)
	s.clock.move(31 * day)
	refusedUnsigned(s, "9999", s.gateway.AsyncPaymentCreate, again("E-9")) // it has expired

	// A profile is none before its payment is made.
	waiting := asyncPayment("E-10", "100", card3DS, true)
	waiting.From.Recurrent = &gateway.AsyncSourceProfile{Lifetime: new(int64(156))}
	created, _ = asked(s, s.gateway.AsyncPaymentCreate, waiting)
	if a := s.becomes(created.ID, asyncProcess, asyncWaiting); a.From != nil {
		t.Errorf("got %v", a)
	}
}

// The wallets of the page's examples, and what is not to be understood.
func TestAsyncSources(t *testing.T) {
	s := openShop(t)
	tokenized := func(kind gateway.AsyncTokenType) *gateway.AsyncPaymentCreateRequest {
		r := asyncPayment("F-"+string(kind), "10", "", false)
		r.From = gateway.AsyncSource{
			Type:  gateway.AsyncSourceTypeTokenized,
			Token: &gateway.AsyncSourceToken{Type: kind, ECI: "05", OnlinePaymentCryptogram: wire.NewSecret("/wAAAAoAeZvCDJkAAAAAgL1gE4A=")},
			Card:  &gateway.AsyncSourceCard{PAN: wire.NewSecret(cardPlain), Month: wire.NewSecret("12"), Year: wire.NewSecret("30")},
		}
		return r
	}
	for _, kind := range []gateway.AsyncTokenType{
		gateway.AsyncTokenTypeApplePay, gateway.AsyncTokenTypeGooglePay, gateway.AsyncTokenTypeVTS, gateway.AsyncTokenTypeMSCOF,
	} {
		created, _ := asked(s, s.gateway.AsyncPaymentCreate, tokenized(kind))
		s.becomes(created.ID, asyncProcess, asyncApproved)
	}
	noCVC := asyncPayment("F-1", "10", cardPlain, true)
	noCVC.From.Card.CVC = wire.Secret{}
	asked(s, s.gateway.AsyncPaymentCreate, noCVC)

	for name, change := range map[string]func(*gateway.AsyncPaymentCreateRequest){
		"no amount":      func(r *gateway.AsyncPaymentCreateRequest) { r.Amount = wire.MustDecimal("0") },
		"three decimals": func(r *gateway.AsyncPaymentCreateRequest) { r.Amount = wire.MustDecimal("0.001") },
		"no currency":    func(r *gateway.AsyncPaymentCreateRequest) { r.Currency = "tenge" },
		"no order":       func(r *gateway.AsyncPaymentCreateRequest) { r.OrderID = "" },
		"another kind":   func(r *gateway.AsyncPaymentCreateRequest) { r.From.Type = "cash" },
		"no card":        func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card = nil },
		"no name":        func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.Name = wire.Secret{} },
		"no number":      func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.PAN = wire.Secret{} },
		"wrong CVC":      func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.CVC = wire.NewSecret("12") },
		"wrong month":    func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.Month = wire.NewSecret("13") },
		"wrong year":     func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.Year = wire.NewSecret("2030") },
		"another expiry": func(r *gateway.AsyncPaymentCreateRequest) { r.From.Card.Month = wire.NewSecret("1") },
		"saved for whom": func(r *gateway.AsyncPaymentCreateRequest) { r.From.Save = new(true) },
		"no lifetime":    func(r *gateway.AsyncPaymentCreateRequest) { r.From.Recurrent = &gateway.AsyncSourceProfile{} },
		"157 months": func(r *gateway.AsyncPaymentCreateRequest) {
			r.From.Recurrent = &gateway.AsyncSourceProfile{Lifetime: new(int64(157))}
		},
		"no token":   func(r *gateway.AsyncPaymentCreateRequest) { r.From.Type = gateway.AsyncSourceTypeTokenized },
		"no profile": func(r *gateway.AsyncPaymentCreateRequest) { r.From.Type = gateway.AsyncSourceTypeRecurrent },
		"unknown profile": func(r *gateway.AsyncPaymentCreateRequest) {
			r.From = gateway.AsyncSource{Type: gateway.AsyncSourceTypeRecurrent, Recurrent: &gateway.AsyncSourceProfile{ProfileID: uuid.NewString()}}
		},
	} {
		r := asyncPayment("F-2", "10", cardPlain, true)
		change(r)
		e := refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, r)
		if body := string(e.Meta.Body.Reveal()); e.Meta.Status != http.StatusUnprocessableEntity || e.Kind != wire.ErrRejected ||
			!strings.HasPrefix(body, `{"error":{"code":"9403","description":"`) || e.Meta.Header.Get("X-Request-Status") != "error" {
			t.Errorf("%s: %v: %s", name, e, body)
		}
	}
	// None of that has made a payment, or used the order up.
	s.findsNothing(&gateway.AsyncPaymentReadRequest{OrderID: "F-2"})
	asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("F-2", "10", cardPlain, true))
}

// A repeat gets the first answer, by X-Request-Id and by order, and does nothing.
func TestAsyncRepeats(t *testing.T) {
	s := openShop(t)
	request := asyncPayment("G-1", "100", cardFull, true)
	created, first := asked(s, s.gateway.AsyncPaymentCreate, request)
	s.becomes(created.ID, asyncProcess, asyncSuccess)
	s.clock.move(day)
	byID, _ := asked(s, s.gateway.AsyncPaymentCreate, request, wire.WithRequestID(strings.ToUpper(first)))
	other := asyncPayment("G-1", "200", cardReverse, false)
	byOrder, second := asked(s, s.gateway.AsyncPaymentCreate, other)
	if byID.String() != created.String() || byOrder.String() != created.String() {
		t.Errorf("got %v and %v, want %v", byID, byOrder, created)
	}
	if got := s.asyncRequest(second); got.Response.ID != created.ID || got.Response.Status != asyncSuccess {
		t.Errorf("got %v", got)
	}

	refund := &gateway.AsyncPaymentRefundRequest{ID: created.ID, Amount: wire.MustDecimal("60")}
	back, id := asked(s, s.gateway.AsyncPaymentRefund, refund)
	var meta wire.Meta
	again, _ := asked(s, s.gateway.AsyncPaymentRefund, refund, wire.WithRequestID(id))
	if again.String() != back.String() {
		t.Errorf("got %v, want %v", again, back)
	}
	// A read too, so who wants to know the state of now asks with a new id.
	read := &gateway.AsyncPaymentReadRequest{ID: created.ID}
	now, id := asked(s, s.gateway.AsyncPaymentRead, read)
	s.clock.move(day)
	then, err := s.gateway.AsyncPaymentRead(t.Context(), read, wire.WithRequestID(id), wire.WithMeta(&meta))
	must(t, err)
	if then.String() != now.String() || now.RefundPayments[0].Status != gateway.AsyncRefundStatusProcess || meta.Header.Get("X-DateTime") != "2026-01-23T07:00:00Z" {
		t.Errorf("got %v at %s, want %v", then, meta.Header.Get("X-DateTime"), now)
	}
	if a := s.asyncRead(created.ID); len(a.RefundPayments) != 1 || a.RefundPayments[0].Status != gateway.AsyncRefundStatusSuccess {
		t.Errorf("got %v", a)
	}

	// So does what was refused, also when it could be done by now, and a read of nothing.
	hold, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("G-2", "100", cardFull, false))
	clearing := &gateway.AsyncPaymentClearRequest{ID: hold.ID, Amount: wire.MustDecimal("100")}
	e := refusedUnsigned(s, "9999", s.gateway.AsyncPaymentClear, clearing)
	s.becomes(hold.ID, asyncProcess, asyncApproved)
	same := (*wire.Error)(nil)
	_, err = s.gateway.AsyncPaymentClear(t.Context(), clearing, wire.WithRequestID(e.Meta.RequestID))
	if !errors.As(err, &same) || same.Text != e.Text {
		t.Errorf("got %v, want %v", err, e)
	}
	asked(s, s.gateway.AsyncPaymentClear, clearing)
	id = s.findsNothing(&gateway.AsyncPaymentReadRequest{OrderID: "G-3"})
	asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("G-3", "100", cardFull, false))
	s.findsNothing(&gateway.AsyncPaymentReadRequest{OrderID: "G-3"}, wire.WithRequestID(id))

	// An id is for one method.
	_, err = s.gateway.AsyncPaymentReverse(t.Context(), &gateway.AsyncPaymentReverseRequest{ID: hold.ID}, wire.WithRequestID(first))
	if !errors.As(err, &same) || same.Code != "9403" || same.Meta.Status != http.StatusUnprocessableEntity {
		t.Errorf("got %v", err)
	}
}

// However many send the same at once, one is carried out.
func TestAsyncRepeatsAtOnce(t *testing.T) {
	s := openShop(t)
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("H-1", "100", cardFull, true))
	s.becomes(created.ID, asyncProcess, asyncSuccess)
	refund, id := &gateway.AsyncPaymentRefundRequest{ID: created.ID, Amount: wire.MustDecimal("1")}, uuid.NewString()
	var mu sync.Mutex
	var all sync.WaitGroup
	refunds, payments := map[string]int{}, map[string]int{}
	for range 50 {
		all.Go(func() {
			back, err := s.gateway.AsyncPaymentRefund(t.Context(), refund, wire.WithRequestID(id))
			payment, problem := s.gateway.AsyncPaymentCreate(t.Context(), asyncPayment("H-2", "1", cardFull, true))
			if err != nil || problem != nil {
				t.Error(err, problem)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			refunds[back.RefundPayment.ID]++
			payments[payment.ID]++
		})
	}
	all.Wait()
	if a := s.asyncRead(created.ID); len(refunds) != 1 || len(payments) != 1 || len(a.RefundPayments) != 1 {
		t.Errorf("%d refunds, %d payments, and %v", len(refunds), len(payments), a)
	}
}

// Every operation answers, and finds nothing where there is nothing.
func TestAsyncUnknown(t *testing.T) {
	s := openShop(t)
	none := uuid.NewString()
	amount := wire.MustDecimal("1")
	found := map[string]func(id string, o wire.CallOption) error{
		"gateway.asyncPaymentCreate": func(string, wire.CallOption) error {
			_, err := s.gateway.AsyncPaymentCreate(t.Context(), &gateway.AsyncPaymentCreateRequest{}, wire.WithoutValidation())
			if e := (*wire.Error)(nil); !errors.As(err, &e) || e.Code != "9403" {
				t.Errorf("got %v", err)
			}
			return nil
		},
		"gateway.asyncPaymentRead": func(id string, o wire.CallOption) error {
			s.findsNothing(&gateway.AsyncPaymentReadRequest{ID: id}, o)
			return nil
		},
		"gateway.asyncRequestRead": func(id string, o wire.CallOption) error {
			_, err := s.gateway.AsyncRequestRead(t.Context(), &gateway.AsyncRequestReadRequest{ID: id}, o)
			if e := (*wire.Error)(nil); !errors.As(err, &e) || e.Kind != wire.ErrRejected || e.Meta.Status != http.StatusUnprocessableEntity {
				t.Errorf("got %v", err)
			}
			return nil
		},
		"gateway.asyncPaymentRefund": func(id string, o wire.CallOption) error {
			_, err := s.gateway.AsyncPaymentRefund(t.Context(), &gateway.AsyncPaymentRefundRequest{ID: id, Amount: amount}, o)
			return err
		},
		"gateway.asyncPaymentReverse": func(id string, o wire.CallOption) error {
			_, err := s.gateway.AsyncPaymentReverse(t.Context(), &gateway.AsyncPaymentReverseRequest{ID: id}, o)
			return err
		},
		"gateway.asyncPaymentClear": func(id string, o wire.CallOption) error {
			_, err := s.gateway.AsyncPaymentClear(t.Context(), &gateway.AsyncPaymentClearRequest{ID: id, Amount: amount}, o)
			return err
		},
	}
	for _, op := range gateway.Operations() {
		if op.Security != wire.JWSHS256 {
			continue
		}
		call := found[op.ID]
		if call == nil {
			t.Errorf("%s is not called", op.ID)
			continue
		}
		request := uuid.NewString()
		err := call(none, wire.WithRequestID(request))
		if op.Path != "/v5/g2g/edit" {
			if err != nil {
				t.Errorf("%s: %v", op.ID, err)
			}
			continue
		}
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) || e.Kind != wire.ErrNotFound || e.Code != "1202" || e.OutcomeUnknown || e.Meta.Header.Get("X-Request-Status") != "error" {
			t.Errorf("%s: %v", op.ID, err)
		}
		got := s.asyncRequest(request)
		if got.ID != request || got.Status != gateway.AsyncRequestStatusError || got.Response.ID != request || got.Response.Status != asyncFailed ||
			got.Response.Amount.String() != "0" || got.Response.CreatedAt.String() != "0001-01-01T00:00:00Z" || got.Response.Error.Code != gateway.AsyncErrorCodeWrongPaymentID {
			t.Errorf("%s: %v", op.ID, got)
		}
		if err := call("no-uuid", wire.WithoutValidation()); !errors.As(err, &e) || e.Code != "9403" || e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", op.ID, err)
		}
	}
	// A read that found nothing is told as a wrong id.
	request := s.findsNothing(&gateway.AsyncPaymentReadRequest{OrderID: "none"})
	if got := s.asyncRequest(request); got.Status != gateway.AsyncRequestStatusError || got.Response.Error.Code != gateway.AsyncErrorCodeWrongPaymentID {
		t.Errorf("got %v", got)
	}
	e := (*wire.Error)(nil)
	if _, err := s.gateway.AsyncPaymentRead(t.Context(), &gateway.AsyncPaymentReadRequest{}); !errors.As(err, &e) || e.Meta.Status != http.StatusUnprocessableEntity {
		t.Errorf("got %v", err)
	}
}

// Nothing is guessed: not the method, and not the id of a request.
func TestAsyncHeaders(t *testing.T) {
	s := openShop(t)
	set := func(name string, values ...string) wire.CallOption {
		return wire.WithEditor(func(_ context.Context, r *http.Request) error {
			r.Header[name] = values
			return nil
		})
	}
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("I-1", "100", cardFull, false))
	s.becomes(created.ID, asyncProcess, asyncApproved)
	clearing := &gateway.AsyncPaymentClearRequest{ID: created.ID, Amount: wire.MustDecimal("100")}
	for name, o := range map[string]wire.CallOption{
		"misspelled":        set("X-Action", "gateway.payment.clear"),
		"of another path":   set("X-Action", "gateway.payment.create"),
		"two":               set("X-Action", "gateway.payment.clearing", "gateway.payment.refund"),
		"none":              set("X-Action"),
		"an id that is not": set(middleware.RequestIDHeader, "7"),
		"no id":             set(middleware.RequestIDHeader),
	} {
		e := (*wire.Error)(nil)
		if _, err := s.gateway.AsyncPaymentClear(t.Context(), clearing, o); !errors.As(err, &e) || e.Code != "9403" || e.Meta.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a := s.asyncRead(created.ID); a.Status != asyncApproved {
		t.Errorf("got %v", a)
	}
	var meta wire.Meta
	_, err := s.gateway.AsyncPaymentClear(t.Context(), clearing, wire.WithMeta(&meta))
	must(t, err)
	for name, want := range map[string]string{
		"X-Action": "gateway.payment.clearing", middleware.RequestIDHeader: meta.RequestID, "X-DateTime": "2026-01-22T07:00:00Z", "X-Request-Status": "success",
	} {
		if got := meta.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for path, status := range map[string]int{"/v5/g2g/none": http.StatusNotFound, "/v5/g2g/create/": http.StatusNotFound} {
		e := (*wire.Error)(nil)
		err := s.gateway.Do(t.Context(), wire.Operation{ID: "gateway.none", Method: "POST", Path: path, Security: wire.JWSHS256}, nil, new(wire.Unknown))
		if !errors.As(err, &e) || e.Meta.Status != status {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Payments are those of the synchronous API too.
func TestAsyncAndSynchronous(t *testing.T) {
	s := openShop(t)
	started := checked(s, s.gateway.CardPay, held("J-1", "250", card3DS))
	a, _ := asked(s, s.gateway.AsyncPaymentRead, &gateway.AsyncPaymentReadRequest{OrderID: "J-1"})
	if a.Status != asyncWaiting || a.ThreeDS.ACSURL != started.ThreeDSACSURL {
		t.Fatalf("got %v", a)
	}
	// Its 3DS step has to be completed.
	back := s.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "confirm")
	if got := s.asyncRead(a.ID); got.Status != asyncWaiting {
		t.Errorf("got %v", got)
	}
	checked(s, s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	if got := s.asyncRead(a.ID); got.Status != asyncApproved {
		t.Errorf("got %v", got)
	}
	asked(s, s.gateway.AsyncPaymentClear, &gateway.AsyncPaymentClearRequest{ID: a.ID, Amount: wire.MustDecimal("250")})
	s.is(started.PaymentID, wire.ReadingCaptured) // the synchronous API tells at once

	page := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{OrderID: "J-2", Amount: wire.MustDecimal("1"), Description: "d"})
	if a, _ = asked(s, s.gateway.AsyncPaymentRead, &gateway.AsyncPaymentReadRequest{OrderID: "J-2"}); a.Status != asyncProcess || a.ThreeDS != nil {
		t.Errorf("got %v", a)
	}
	s.visitor().open(page.RedirectURL).press("card", cardPlain, "action", "pay")
	if got := s.asyncRead(a.ID); got.Status != asyncSuccess || got.From != nil {
		t.Errorf("got %v", got)
	}
	// The saving of a card is none.
	checked(s, s.gateway.SavedCardAdd, &gateway.SavedCardAddRequest{
		OrderID: "J-3", UserID: "Anna", CardPAN: wire.NewSecret(cardPlain), CardCVC: wire.NewSecret("123"),
		CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("ANNA"),
	})
	s.findsNothing(&gateway.AsyncPaymentReadRequest{OrderID: "J-3"})

	// A hold that is left alone is cleared, and a 3DS step that is over is known to both.
	created, _ := asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("J-4", "5", card3DS, false))
	waiting := s.becomes(created.ID, asyncProcess, asyncWaiting)
	s.pass3DS(waiting.ThreeDS.ACSURL, wire.Secret{}, wire.Secret{}, "confirm")
	status := checked(s, s.gateway.PaymentStatus, &gateway.PaymentStatusRequest{OrderID: "J-4"})
	if status.Reading() != wire.ReadingHeld {
		t.Errorf("got %v", status)
	}
	s.clock.move(5 * day)
	if got := s.asyncRead(created.ID); got.Status != asyncSuccess || got.Clearing.Amount.String() != "5.00" {
		t.Errorf("got %v", got)
	}
}

// No page says that the merchant is called about these payments, so nobody is.
func TestAsyncCallsNobody(t *testing.T) {
	till := openTill(t, sandbox.Options{})
	r := asyncPayment("K-1", "10", cardFull, true)
	r.URLs = &gateway.AsyncAddresses{CheckURL: till.addr + "/check", ResultURL: till.addr + "/result"}
	created, _ := asked(till.shop, till.gateway.AsyncPaymentCreate, r)
	till.becomes(created.ID, asyncProcess, asyncSuccess)
	failed, _ := asked(till.shop, till.gateway.AsyncPaymentCreate, asyncPayment("K-2", "10", cardPoor, true))
	till.becomes(failed.ID, asyncProcess, asyncFailed)
	till.sandbox.Settle(t.Context())
	till.mu.Lock()
	defer till.mu.Unlock()
	if len(till.all) > 0 || len(till.sandbox.Deliveries()) > 0 {
		t.Errorf("%d calls", len(till.all))
	}
}

// What is refused does not leave card data in the log.
func TestAsyncLog(t *testing.T) {
	for name, call := range map[string]func(*gateway.Client) error{
		"signature": func(c *gateway.Client) error {
			_, err := c.AsyncPaymentCreate(t.Context(), asyncPayment("L-1", "10", cardPlain, true), wire.WithCredentials(wire.NewCredentials("123456", "other")))
			return err
		},
		"limit": func(c *gateway.Client) error {
			r := asyncPayment("", "10", cardPlain, true)
			_, err := c.AsyncPaymentCreate(t.Context(), r, wire.WithoutValidation())
			return err
		},
		"expiry": func(c *gateway.Client) error {
			r := asyncPayment("L-1", "10", cardPlain, true)
			r.From.Card.Month = wire.NewSecret("11")
			_, err := c.AsyncPaymentCreate(t.Context(), r)
			return err
		},
		"no form of the request": func(c *gateway.Client) error {
			r := asyncPayment("L-1", "10", cardPlain, true)
			_, err := c.AsyncPaymentCreate(t.Context(), r, wire.WithEditor(func(_ context.Context, r *http.Request) error {
				r.Header.Set("X-Jws-Signature", "x")
				r.Header.Set("X-Action", "none")
				return nil
			}))
			return err
		},
	} {
		var log bytes.Buffer
		credentials := wire.NewCredentials("123456", "secret")
		handler, err := sandbox.New(sandbox.Options{Credentials: credentials, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		must(t, err)
		server := httptest.NewServer(handler)
		client, err := gateway.New(wire.Environment(server.URL), credentials)
		must(t, err)
		if err := call(client); err == nil {
			t.Errorf("%s: not refused", name)
		}
		server.Close()
		handler.Close()
		for _, secret := range []string{cardPlain, "TEST CARD", `"123"`, ":123", "=123"} {
			if strings.Contains(strings.ReplaceAll(log.String(), "123456", "the merchant"), secret) {
				t.Errorf("%s: %s is in the log: %s", name, secret, &log)
			}
		}
		if log.Len() == 0 {
			t.Errorf("%s: the log is empty", name)
		}
	}
}
