package sandbox_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func (o *office) addWallet(requestID, identifier string) *partner.WalletAddRequest {
	r := &partner.WalletAddRequest{RequestID: requestID, Country: "KAZ", Currency: "KZT"}
	if identifier != "" {
		r.Extra().AddText("identifier", identifier)
	}
	return r
}

func (o *office) statement(identifier, from, to string) []partner.WalletOperation {
	o.t.Helper()
	return partnerTold(o, o.WalletStatement, &partner.WalletStatementRequest{
		Identifier: identifier, StartDate: wire.TimeLiteral(from), EndDate: wire.TimeLiteral(to),
	}).Operations
}

func TestScenarioWallet(t *testing.T) {
	o := openOffice(t)
	made := partnerTold(o, o.WalletAdd, o.addWallet("1", "77017777777"))
	if made.RequestStatus != partner.WalletRequestStateSuccess {
		t.Errorf("got %v", made)
	}
	partnerTurnedDown(o, "1002", "request_id is not unique", o.WalletAdd, o.addWallet("1", "another"))
	partnerTurnedDown(o, "1003", "there is a wallet with this identifier already", o.WalletAdd, o.addWallet("2", "77017777777"))
	partnerTold(o, o.WalletAdd, o.addWallet("2", "")) // whose identifier is its request's number

	if got := o.statement("77017777777", "", ""); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	record := func(identifier string, op partner.WalletOperation) partner.WalletOperation {
		t.Helper()
		recorded, err := o.sandbox.RecordWalletOperation(identifier, op)
		must(t, err)
		return recorded
	}
	sold := record("77017777777", partner.WalletOperation{Type: partner.WalletOperationTypeSale, Amount: wire.MustDecimal("9999999999.99")})
	o.clock.move(day)
	sent := record("77017777777", partner.WalletOperation{
		Type: partner.WalletOperationTypeTransfer, Amount: wire.MustDecimal("0.01"), Commission: wire.MustDecimal("50"), Currency: "KZT",
		RRN: "502012345678", Correspondent: partner.WalletCorrespondent{Name: wire.NewSecret("Anna"), AccountNumber: wire.NewSecret("9876543210")},
	})
	early := record("77017777777", partner.WalletOperation{
		Type: partner.WalletOperationTypeEmission, Amount: wire.MustDecimal("1"), DateTime: wire.TimeLiteral("2025-12-31T23:59:59+05:00"),
	})
	record("2", partner.WalletOperation{Type: partner.WalletOperationTypePay, Amount: wire.MustDecimal("3")})

	all := o.statement("77017777777", "", "")
	if len(all) != 3 || all[0].String() != early.String() || all[1].String() != sold.String() || all[2].String() != sent.String() {
		t.Fatalf("got %v", all)
	}
	if all[1].Amount.String() != "9999999999.99" || all[1].Commission.String() != "0.00" || all[1].Currency != "KZT" ||
		all[1].DateTime.String() != dt || all[1].RRN == "" || all[1].RRN == all[0].RRN {
		t.Errorf("got %v", all[1])
	}
	if all[2].Amount.String() != "0.01" || all[2].Commission.String() != "50.00" || all[2].RRN != "502012345678" ||
		all[2].Correspondent.Name.Reveal() != "Anna" || all[2].Correspondent.AccountNumber.Reveal() != "9876543210" {
		t.Errorf("got %v", all[2])
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"2026-01-01T00:00:00+05:00", "", 2},
		{"", "2026-01-01T00:00:00+05:00", 1},
		{dt, dt, 1}, // both ends belong to it
		{"2026-01-22T07:00:00Z", "2026-01-22T07:00:00Z", 1},
		{"2026-01-22 12:00:01", "2026-01-23 11:59:59", 0},
	} {
		if got := o.statement("77017777777", c.from, c.to); len(got) != c.want {
			t.Errorf("from %s to %s: %v, want %d", c.from, c.to, got, c.want)
		}
	}
	ask := func(identifier, from, to string) *partner.WalletStatementRequest {
		return &partner.WalletStatementRequest{Identifier: identifier, StartDate: wire.TimeLiteral(from), EndDate: wire.TimeLiteral(to)}
	}
	if e := partnerTurnedDown(o, "1004", "there is no wallet with this identifier", o.WalletStatement, ask("none", "", "")); e.Kind != wire.ErrNotFound {
		t.Errorf("got %v", e)
	}
	partnerTurnedDown(o, "1001", "end_date is before start_date", o.WalletStatement, ask("77017777777", dt, "2026-01-22T11:59:59+05:00"))
	partnerTurnedDown(o, "1001", "a date is not in a form that is read here", o.WalletStatement, ask("77017777777", "1700000000", ""))

	block := func(requestID, identifier string) *partner.WalletBlockRequest {
		return &partner.WalletBlockRequest{RequestID: requestID, Identifier: identifier, Description: "lost phone"}
	}
	request := o.number()
	partnerTurnedDown(o, "1004", "there is no wallet with this identifier", o.WalletBlock, block(request, "none"))
	if blocked := partnerTold(o, o.WalletBlock, block(request, "77017777777")); blocked.RequestStatus != partner.WalletRequestStateSuccess {
		t.Errorf("got %v", blocked)
	}
	partnerTurnedDown(o, "1002", "request_id is not unique", o.WalletBlock, block(request, "77017777777"))
	partnerTurnedDown(o, "1008", "the wallet is blocked already", o.WalletBlock, block(o.number(), "77017777777"))
	partnerTurnedDown(o, "1003", "there is a wallet with this identifier already", o.WalletAdd, o.addWallet("3", "77017777777"))

	// Nothing more is done with it, and what was done is still told.
	if _, err := o.sandbox.RecordWalletOperation("77017777777", sold); err == nil {
		t.Error("a blocked wallet is used")
	}
	if got := o.statement("77017777777", "", ""); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	record("2", partner.WalletOperation{Type: partner.WalletOperationTypePay, Amount: wire.MustDecimal("3")})
}

func TestWalletAddRefuses(t *testing.T) {
	o := openOffice(t)
	for want, r := range map[string]*partner.WalletAddRequest{
		"request_id is missing":                       {Currency: "KZT"},
		"the currency is not a code of three letters": {RequestID: "1", Currency: "tenge"},
		"the country is not a code of three letters":  {RequestID: "1", Country: "KZ"},
	} {
		partnerTurnedDown(o, "1001", want, o.WalletAdd, r)
	}
	partnerTold(o, o.WalletAdd, &partner.WalletAddRequest{RequestID: "1"})
	// The numbers of all requests of a partner are different.
	partnerTurnedDown(o, "", "request_id is not unique", o.ClientAdd, companyWith("1", "first", nil))
	partnerTold(o, o.ClientAdd, companyWith("2", "first", nil))
	partnerTurnedDown(o, "1002", "request_id is not unique", o.WalletAdd, o.addWallet("2", ""))
}

func TestRecordWalletOperationRefuses(t *testing.T) {
	o := openOffice(t)
	partnerTold(o, o.WalletAdd, o.addWallet("w", ""))
	good := partner.WalletOperation{Type: partner.WalletOperationTypePay, Amount: wire.MustDecimal("1")}
	for name, change := range map[string]func(*partner.WalletOperation){
		"no amount":           func(p *partner.WalletOperation) { p.Amount = wire.Decimal{} },
		"nothing":             func(p *partner.WalletOperation) { p.Amount = wire.MustDecimal("0") },
		"three decimals":      func(p *partner.WalletOperation) { p.Amount = wire.MustDecimal("0.001") },
		"negative commission": func(p *partner.WalletOperation) { p.Commission = wire.MustDecimal("-1") },
		"another currency":    func(p *partner.WalletOperation) { p.Currency = "USD" },
		"another kind":        func(p *partner.WalletOperation) { p.Type = "emoney_gift" },
		"no time":             func(p *partner.WalletOperation) { p.DateTime = wire.TimeLiteral("now") },
	} {
		bad := good
		change(&bad)
		if _, err := o.sandbox.RecordWalletOperation("w", bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := o.sandbox.RecordWalletOperation("none", good); err == nil {
		t.Error("no wallet: no error")
	}
	if got := o.statement("w", "", ""); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// Programs that are not written in Go record operations over HTTP.
func TestRecordWalletOperationOverHTTP(t *testing.T) {
	clock := &fakeClock{now: noon}
	c, s := startWith(t, sandbox.Options{Now: clock.Now})
	o := &office{Client: c.partner, t: t, clock: clock, sandbox: s}
	partnerTold(o, o.WalletAdd, o.addWallet("w", ""))
	post := func(body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", "/_sandbox/wallets/operations", strings.NewReader(body)))
		return w
	}
	clock.move(time.Hour)
	w := post(`{"identifier":"w","operation":{"type":"emoney_buy","amount":12.3,"correspondent":{"name":"Anna"}}}`)
	if w.Code != 201 || !strings.Contains(w.Body.String(), `"amount":12.30`) || !strings.Contains(w.Body.String(), `"datetime":"2026-01-22T13:00:00+05:00"`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := o.statement("w", "", ""); len(got) != 1 || got[0].Amount.String() != "12.30" || got[0].Correspondent.Name.Reveal() != "Anna" {
		t.Errorf("got %v", got)
	}
	for _, bad := range []string{"", "{}", "[]", `{"identifier":"w","operation":{}}`, `{"identifier":"x","operation":{"type":"emoney_buy","amount":1}}`, `{"identifier":"w","typo":1}`} {
		if w := post(bad); w.Code != 400 || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}
