package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// office is a partner with a sandbox of its own.
type office struct {
	*partner.Client
	t       *testing.T
	clock   *fakeClock
	sandbox *sandbox.Sandbox
	last    int // the last number that was given to a request
}

func openOffice(t *testing.T) *office {
	o := &office{t: t, clock: &fakeClock{now: noon}}
	c, s := startWith(t, sandbox.Options{Now: o.clock.Now})
	o.Client, o.sandbox = c.partner, s
	return o
}

// number is a new number for a request.
func (o *office) number() string {
	o.last++
	return fmt.Sprintf("828cf71d-a447-4a67-a149-%012d", o.last)
}

// partnerTold makes a call that must succeed, with an answer that leaves the documentation
// nowhere.
func partnerTold[R, A any](o *office, call func(ctx context.Context, r R, opts ...wire.CallOption) (A, error), request R) A {
	o.t.Helper()
	var meta wire.Meta
	answer, err := call(o.t.Context(), request, wire.WithMeta(&meta))
	if err != nil {
		o.t.Fatalf("%s: %v", meta.Operation, err)
	}
	if len(meta.Deviations) > 0 {
		o.t.Errorf("%s: deviations: %v", meta.Operation, meta.Deviations)
	}
	return answer
}

// partnerTurnedDown makes a call that must fail for certain, with the given code and text.
func partnerTurnedDown[R, A any](o *office, code, text string, call func(ctx context.Context, r R, opts ...wire.CallOption) (A, error), request R) *wire.Error {
	o.t.Helper()
	_, err := call(o.t.Context(), request)
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) || e.OutcomeUnknown || e.Code != code || e.Text != text {
		o.t.Fatalf("got %v, want error %q %q", err, code, text)
	}
	return e
}

func ecom() *partner.Product {
	return &partner.Product{
		ProductID: partner.ProductIDFreedomEcom, MCC: "5599", Currency: "KZT", Name: "SHOP NAME", Descriptor: "SHOP NAME",
		Address: partner.OutletAddress{
			Country: "KAZ", PostalCode: "050000", AddressLine1: "Almaty", AddressLine2: "Zheltoksan", AddressLine3: "115",
		},
		MerchantURL: "https://shop.example", MerchantIP: "203.0.113.10",
		Limits: []partner.TerminalLimit{{Type: partner.LimitTypeDaily, Value: partner.LimitValueCode1MLN}},
	}
}

func box(kind partner.PackageName) *partner.Product {
	p := ecom()
	p.ProductID, p.PackageName, p.MerchantURL, p.MerchantIP = partner.ProductIDFreedomBox, kind, "", ""
	p.Limits = []partner.TerminalLimit{{Type: partner.LimitTypeBoxDaily, Value: partner.LimitValueCode1MLNKZT}}
	return p
}

func softPOS() *partner.Product {
	p := ecom()
	p.ProductID, p.PackageName, p.MerchantURL, p.MerchantIP = partner.ProductIDFreedomPOS, "my app", "", ""
	p.Limits = []partner.TerminalLimit{{Type: partner.LimitTypeSoftPOSDaily, Value: partner.LimitValueGroup1}}
	p.Cashier = &partner.Cashier{Name: wire.NewSecret("Anna"), Email: wire.NewSecret("anna@shop.example"), Phone: wire.NewSecret("77017777777")}
	return p
}

func companyWith(requestID, companyID string, p *partner.Product) *partner.ClientAddRequest {
	r := company(requestID)
	r.Company.CompanyID, r.Product = companyID, p
	return r
}

func (o *office) status(requestID string) *partner.ClientRequestStatusAnswer {
	o.t.Helper()
	return partnerTold(o, o.ClientRequestStatus, &partner.ClientRequestStatusRequest{RequestID: requestID})
}

// done waits for work that succeeds.
func (o *office) done(requestID string) *partner.ClientRequestStatusAnswer {
	o.t.Helper()
	if first := o.status(requestID); first.RequestStatus != partner.RequestStateProcess || first.ClientID != "" || first.SecretKey.IsSet() {
		o.t.Errorf("at first: %v", first)
	}
	answer := o.status(requestID)
	if again := o.status(requestID); answer.RequestStatus != partner.RequestStateSuccess || again.String() != answer.String() {
		o.t.Errorf("%v, then %v", answer, again)
	}
	return answer
}

func TestScenarioPartner(t *testing.T) {
	o := openOffice(t)
	partnerTold(o, o.RatesAdd, &partner.RatesAddRequest{Rates: []partner.Rate{
		{CurrencyFrom: partner.RateCurrencyUSD, CurrencyTo: partner.RateCurrencyKZT, Value: wire.MustDecimal("441.507")},
	}})

	// A company with a site.
	request := o.number()
	started := partnerTold(o, o.ClientAdd, companyWith(request, "first", ecom()))
	if started.RequestStatus != partner.RequestStateProcess {
		t.Errorf("got %v", started)
	}
	first := o.done(request)
	if first.ClientID == "" || first.MerchantID == "" || !first.SecretKey.IsSet() || first.UserID != "" ||
		len(first.ExternalID) != 8 || len(first.TerminalNumber) != 8 {
		t.Errorf("got %v", first)
	}

	// Terminals, by either number of the merchant, each with the mask of its kind.
	seen := map[string]bool{first.TerminalNumber: true}
	for _, c := range []struct {
		merchantID string
		product    *partner.Product
		mid, tid   string
	}{
		{first.MerchantID, box(partner.PackageNameBoxNoCredit), "70", "55"},
		{first.ExternalID, box(partner.PackageNameBoxBankPOS), "70", "55"},
		{first.ExternalID, box(partner.PackageNameBoxCredit), "6", "8"},
		{first.MerchantID, box(""), "6", "8"},
		{first.MerchantID, softPOS(), "6", "8"},
		{first.MerchantID, softPOS(), "6", "8"},
	} {
		request := o.number()
		added := partnerTold(o, o.TerminalCreate, &partner.TerminalCreateRequest{
			RequestID: request, Company: &partner.TerminalCompany{CompanyID: "first", MerchantID: c.merchantID}, Product: c.product,
		})
		if added.RequestStatus != partner.RequestStateProcess {
			t.Errorf("got %v", added)
		}
		made := o.done(request)
		if made.ClientID != first.ClientID || made.MerchantID != first.MerchantID || made.SecretKey.IsSet() ||
			!strings.HasPrefix(made.ExternalID, c.mid) || !strings.HasPrefix(made.TerminalNumber, c.tid) ||
			(made.UserID != "") != (c.product.Cashier != nil) || seen[made.TerminalNumber] || seen[made.UserID] {
			t.Errorf("%s: %v", c.product.PackageName, made)
		}
		if c.mid == "6" && made.ExternalID != first.ExternalID {
			t.Errorf("the merchant has the numbers %s and %s", first.ExternalID, made.ExternalID)
		}
		seen[made.TerminalNumber] = true
		if made.UserID != "" {
			seen[made.UserID] = true
		}
	}

	// A second company, without a product at first.
	request = o.number()
	partnerTold(o, o.ClientAdd, companyWith(request, "second", nil))
	second := o.done(request)
	if second.ClientID == first.ClientID || second.MerchantID == first.MerchantID || second.TerminalNumber != "" || second.ExternalID != "" ||
		second.SecretKey.Reveal() == first.SecretKey.Reveal() {
		t.Errorf("got %v after %v", second, first)
	}
	add := func(client string, id partner.ProductID) *partner.ProductAddRequest {
		return &partner.ProductAddRequest{RequestID: o.number(), ClientID: client, Product: partner.ProductChoice{ProductID: id}}
	}
	added := partnerTold(o, o.ProductAdd, add(second.ClientID, partner.ProductIDFreedomEcom))
	if added.Status != partner.ProductAddStatusOK || added.ClientID != second.ClientID || *added.Product.ProductID != 20000 ||
		!*added.Product.Enabled || len(added.Product.ProductUUID) != 36 || seen[added.Product.TerminalID] {
		t.Errorf("got %v", added)
	}
	partnerTurnedDown(o, "", "the product is connected already", o.ProductAdd, add(second.ClientID, partner.ProductIDFreedomEcom))
	partnerTurnedDown(o, "", "the product is connected already", o.ProductAdd, add(first.ClientID, partner.ProductIDFreedomBox))

	user := func(client string) *partner.UserAddRequest {
		return &partner.UserAddRequest{RequestID: o.number(), ClientID: client, UserInfo: partner.UserInfo{
			FirstName: wire.NewSecret("Anna"), LastName: wire.NewSecret("K"), Phone: wire.NewSecret("77017777777"), Email: wire.NewSecret("a@shop.example"),
		}}
	}
	one, two := partnerTold(o, o.UserAdd, user(first.ClientID)), partnerTold(o, o.UserAdd, user(first.ClientID))
	if one.ClientID != first.ClientID || one.UserID == "" || one.UserID == two.UserID {
		t.Errorf("got %v and %v", one, two)
	}

	// Each of these says what is wrong, and uses up no number.
	partnerTurnedDown(o, "", "no such client", o.UserAdd, user("999999"))
	partnerTurnedDown(o, "", "no such client", o.ProductAdd, add("999999", partner.ProductIDFreedomPOS))
	again := add(second.ClientID, partner.ProductIDFreedomPOS)
	again.RequestID = request
	partnerTurnedDown(o, "", "request_id is not unique", o.ProductAdd, again)
	twice := user(first.ClientID)
	twice.RequestID = request
	partnerTurnedDown(o, "", "request_id is not unique", o.UserAdd, twice)
	twice.RequestID = o.number()
	partnerTold(o, o.UserAdd, twice)
	partnerTurnedDown(o, "", "request_id is not unique", o.UserAdd, twice)
	again.RequestID = o.number()
	partnerTold(o, o.ProductAdd, again)
	again.Product.ProductID = partner.ProductIDFreedomBox
	partnerTurnedDown(o, "", "request_id is not unique", o.ProductAdd, again)
}

// A company is connected once; the work of a second request fails.
func TestCompanyIsConnectedOnce(t *testing.T) {
	o := openOffice(t)
	partnerTold(o, o.ClientAdd, companyWith("a", "first", nil))
	partnerTold(o, o.ClientAdd, companyWith("b", "first", ecom()))
	if got := o.status("b"); got.RequestStatus != partner.RequestStateProcess || got.ErrorDescription != "" {
		t.Errorf("at first: %v", got)
	}
	for range 2 {
		if got := o.status("b"); got.RequestStatus != partner.RequestStateError || got.ErrorDescription != "the company is connected already" || got.ClientID != "" {
			t.Errorf("then: %v", got)
		}
	}
	if got := o.done("a"); got.ClientID == "" {
		t.Errorf("got %v", got)
	}
	partnerTurnedDown(o, "", "request_id is not unique", o.ClientAdd, companyWith("b", "second", nil))
}

func TestPartnerRefusals(t *testing.T) {
	o := openOffice(t)
	partnerTold(o, o.ClientAdd, companyWith("taken", "first", nil))
	made := o.done("taken")
	changed := func(p *partner.Product, change func(*partner.Product)) *partner.Product {
		change(p)
		return p
	}
	for want, p := range map[string]*partner.Product{
		"Freedom Ecom demands merchant_url and merchant_ip":     changed(ecom(), func(p *partner.Product) { p.MerchantIP = "" }),
		"Freedom Pos demands user and package_name":             changed(softPOS(), func(p *partner.Product) { p.Cashier = nil }),
		"package_name is no kind of Freedom Box":                box("freedombox.other"),
		"the descriptor has to be in Latin letters":             changed(ecom(), func(p *partner.Product) { p.Descriptor = "МАГАЗИН" }),
		"the product has no limit DAILY_LIM_POS of 1MLN":        changed(box(""), func(p *partner.Product) { p.Limits[0].Value = partner.LimitValueCode1MLN }),
		"the product has no limit DAILY_LIM of 1MLN":            changed(box(""), func(p *partner.Product) { p.Limits = ecom().Limits }),
		"the product has no limit DAILY_LIM_SPOS of GROUP1_2_3": changed(softPOS(), func(p *partner.Product) { p.Limits[0].Value = partner.LimitValueGroup1To3 }),
	} {
		partnerTurnedDown(o, "", want, o.ClientAdd, companyWith("new", "new", p))
		partnerTurnedDown(o, "", want, o.TerminalCreate, &partner.TerminalCreateRequest{
			RequestID: "new", Company: &partner.TerminalCompany{MerchantID: made.MerchantID}, Product: p,
		})
	}
	for want, r := range map[string]*partner.TerminalCreateRequest{
		"company is missing":       {RequestID: "new", Product: ecom()},
		"product is missing":       {RequestID: "new", Company: &partner.TerminalCompany{MerchantID: made.MerchantID}},
		"request_id is missing":    {Company: &partner.TerminalCompany{MerchantID: made.MerchantID}, Product: ecom()},
		"request_id is not unique": {RequestID: "taken", Company: &partner.TerminalCompany{MerchantID: made.MerchantID}, Product: ecom()},
		"no such company":          {RequestID: "new", Company: &partner.TerminalCompany{MerchantID: "999999"}, Product: ecom()},
	} {
		partnerTurnedDown(o, "", want, o.TerminalCreate, r)
	}
	partnerTurnedDown(o, "", "no such company", o.TerminalCreate, &partner.TerminalCreateRequest{
		RequestID: "new", Company: &partner.TerminalCompany{CompanyID: "other", MerchantID: made.MerchantID}, Product: ecom(),
	})
	partnerTurnedDown(o, "", "no such request", o.ClientRequestStatus, &partner.ClientRequestStatusRequest{RequestID: "new"})
	partnerTold(o, o.ClientAdd, companyWith("new", "new", nil)) // none of that used the number
}

// What the Card API tells of the same work does not contradict.
func TestWorkHasOneState(t *testing.T) {
	const id = "b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b"
	c := start(t)
	_, err := c.partner.ClientAdd(t.Context(), company(id))
	must(t, err)
	asked, err := c.partner.ClientRequestStatus(t.Context(), &partner.ClientRequestStatusRequest{RequestID: id})
	must(t, err)
	got, err := c.card.RequestStatus(t.Context(), &card.RequestStatusRequest{RequestID: id})
	must(t, err)
	if asked.RequestStatus != partner.RequestStateProcess || got.RequestStatus != card.RequestStateSuccess || got.ClientID == "" {
		t.Errorf("%v, then %v", asked, got)
	}
}

func usd(rate, from, to string) partner.Rate {
	return partner.Rate{
		CurrencyFrom: partner.RateCurrencyUSD, CurrencyTo: partner.RateCurrencyKZT, Value: wire.MustDecimal(rate),
		StartDate: wire.TimeLiteral(from), EndDate: wire.TimeLiteral(to),
	}
}

func TestScenarioRates(t *testing.T) {
	o := openOffice(t)
	load := func(rates ...partner.Rate) {
		o.t.Helper()
		partnerTold(o, o.RatesAdd, &partner.RatesAddRequest{Rates: rates})
	}
	valid := func(want ...string) {
		o.t.Helper()
		var got []string
		for _, r := range o.sandbox.LoadedRates() {
			got = append(got, r.Value.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %v: %v, want %v", o.clock.Now(), got, want)
		}
	}
	valid()
	eur := partner.Rate{CurrencyFrom: partner.RateCurrencyEUR, CurrencyTo: partner.RateCurrencyKZT, Value: wire.MustDecimal("123.123456")}
	// One until tomorrow, one from then on, one that is over, one without a word.
	past := usd("1", "2023-09-20 12:00:00", "2023-09-20 12:00:00")
	past.RateType = partner.RateTypeP2P
	load(usd("500.5", "2023-01-01 00:00:00", "2026-01-23 12:00:00"), usd("510", "2026-01-23 12:00:00", ""), past, eur)
	valid("500.5", "123.123456")
	o.clock.move(day - time.Second)
	valid("500.5", "123.123456")
	o.clock.move(time.Second)
	valid("510", "123.123456")

	// In any order, and what is over does no harm.
	load(usd("510", "2026-01-24 12:00:00", ""), usd("1", "2023-01-01 00:00:00", "2023-03-01 00:00:00"), eur,
		usd("509", "", "2026-01-24 12:00:00"), usd("2", "2023-02-01 00:00:00", "2023-04-01 00:00:00"), usd("3", "", "2023-04-01 00:00:00"))
	valid("123.123456", "509")
	o.clock.move(day)
	valid("510", "123.123456")

	// The next load ends what has no end, and what it replaces.
	retail := usd("505", "", "2026-02-01 00:00:00")
	retail.RateType = partner.RateTypeRetail
	load(retail)
	valid("505")
	sell := retail
	sell.Operation, sell.Value = partner.RateOperationSell, wire.MustDecimal("506")
	load(sell)
	valid("505", "506")
	retail.Value = wire.MustDecimal("504")
	load(retail, eur)
	valid("506", "504", "123.123456")

	// What is wrong loads nothing.
	refuse := func(text string, rates ...partner.Rate) {
		o.t.Helper()
		partnerTurnedDown(o, "", text, o.RatesAdd, &partner.RatesAddRequest{Rates: rates})
	}
	itself := eur
	itself.CurrencyTo = itself.CurrencyFrom
	nowhere := eur
	nowhere.CurrencyTo = "tenge"
	const overlap = "two rates for the same use are valid at the same time"
	refuse("there are no rates", []partner.Rate{}...)
	refuse("a rate is not positive", eur, usd("0", "", ""))
	refuse("a rate is from a currency to itself", itself)
	refuse("a currency is not a code of three letters", nowhere)
	refuse("start_date is not in a form that is read here", usd("1", "1700000000", ""))
	refuse("end_date is not in a form that is read here", usd("1", "", "1700000000"))
	refuse("end_date is before start_date", usd("1", "2026-03-02 00:00:00", "2026-03-01 00:00:00"))
	refuse(overlap, usd("1", "", ""), usd("2", "2026-03-01 00:00:00", ""))
	refuse(overlap, usd("1", "2026-03-01 00:00:00", "2026-03-03 00:00:00"), usd("2", "2026-03-02 00:00:00", "2026-03-04 00:00:00"))
	valid("506", "504", "123.123456")
	load(eur)
	valid("506", "504", "123.123456")
	o.clock.move(30 * day)
	valid("123.123456")
}

// Every operation of the API is answered, none with something that is not there.
func TestEveryPartnerOperationIsAnswered(t *testing.T) {
	o := openOffice(t)
	payments, err := o.sandbox.CreateSettlement(pain(goodPayment))
	must(t, err)
	partnerTold(o, o.ClientAdd, companyWith("1", "first", nil))
	made := o.done("1")
	partnerTold(o, o.WalletAdd, &partner.WalletAddRequest{RequestID: "wallet"})
	ctx := t.Context()
	answered := map[string]func(wire.CallOption) error{
		"partner.invoicesInfo": func(opt wire.CallOption) error {
			_, err := o.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice}, opt)
			return err
		},
		"partner.invoiceInfo": func(opt wire.CallOption) error {
			_, err := o.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: sandbox.ExamplePayment}, opt)
			return err
		},
		"partner.clientAdd": func(opt wire.CallOption) error {
			_, err := o.ClientAdd(ctx, companyWith("2", "second", nil), opt)
			return err
		},
		"partner.clientRequestStatus": func(opt wire.CallOption) error {
			_, err := o.ClientRequestStatus(ctx, &partner.ClientRequestStatusRequest{RequestID: "1"}, opt)
			return err
		},
		"partner.terminalCreate": func(opt wire.CallOption) error {
			_, err := o.TerminalCreate(ctx, &partner.TerminalCreateRequest{
				RequestID: "3", Company: &partner.TerminalCompany{MerchantID: made.MerchantID}, Product: ecom(),
			}, opt)
			return err
		},
		"partner.userAdd": func(opt wire.CallOption) error {
			_, err := o.UserAdd(ctx, &partner.UserAddRequest{RequestID: "4", ClientID: made.ClientID, UserInfo: partner.UserInfo{
				FirstName: wire.NewSecret("A"), LastName: wire.NewSecret("B"), Phone: wire.NewSecret("7"), Email: wire.NewSecret("a@b.example"),
			}}, opt)
			return err
		},
		"partner.productAdd": func(opt wire.CallOption) error {
			_, err := o.ProductAdd(ctx, &partner.ProductAddRequest{
				RequestID: "5", ClientID: made.ClientID, Product: partner.ProductChoice{ProductID: partner.ProductIDFreedomPOS},
			}, opt)
			return err
		},
		"partner.ratesAdd": func(opt wire.CallOption) error {
			_, err := o.RatesAdd(ctx, &partner.RatesAddRequest{Rates: []partner.Rate{usd("1", "", "")}}, opt)
			return err
		},
		"partner.walletAdd": func(opt wire.CallOption) error {
			_, err := o.WalletAdd(ctx, &partner.WalletAddRequest{RequestID: "6"}, opt)
			return err
		},
		"partner.walletStatement": func(opt wire.CallOption) error {
			_, err := o.WalletStatement(ctx, &partner.WalletStatementRequest{Identifier: "wallet"}, opt)
			return err
		},
		"partner.walletBlock": func(opt wire.CallOption) error {
			_, err := o.WalletBlock(ctx, &partner.WalletBlockRequest{RequestID: o.number(), Identifier: "wallet", Description: "lost"}, opt)
			return err
		},
		"partner.settlementPaymentStatus": func(opt wire.CallOption) error {
			_, err := o.SettlementPaymentStatus(ctx, &partner.SettlementPaymentStatusRequest{OriginalInstructionID: payments.InstrIDs[0]}, opt)
			return err
		},
		"partner.settlementBatchStatuses": func(opt wire.CallOption) error {
			_, err := o.SettlementBatchStatuses(ctx, &partner.SettlementBatchStatusesRequest{OriginalMessageID: payments.MsgID}, opt)
			return err
		},
	}
	for _, op := range partner.Operations() {
		var meta wire.Meta
		call, ok := answered[op.ID]
		if !ok {
			t.Errorf("%s is not tried", op.ID)
			continue
		}
		if err := call(wire.WithMeta(&meta)); err != nil || meta.Operation != op.ID || len(meta.Deviations) > 0 {
			t.Errorf("%s: %s: %v, deviations %v", op.ID, meta.Operation, err, meta.Deviations)
		}
	}
}

// What is personal or secret is in no log, whatever a request is refused for.
func TestPartnerLogsNothingPersonal(t *testing.T) {
	var log bytes.Buffer
	c, _ := startWith(t, sandbox.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	o := &office{Client: c.partner, t: t}
	p := softPOS()
	p.Limits[0].Value = "none"
	partnerTurnedDown(o, "", "the product has no limit DAILY_LIM_SPOS of none", o.ClientAdd, companyWith("1", "first", p))
	partnerTurnedDown(o, "", "no such client", o.UserAdd, &partner.UserAddRequest{RequestID: "1", ClientID: "1", UserInfo: partner.UserInfo{
		FirstName: wire.NewSecret("Zhanna"), LastName: wire.NewSecret("Bekova"), Phone: wire.NewSecret("77017777777"), Email: wire.NewSecret("zh@shop.example"),
	}})
	if !strings.Contains(log.String(), "no such client") {
		t.Error("the refusal is not in the log")
	}
	for _, personal := range []string{"Anna", "Zhanna", "Bekova", "77017777777", "shop.example"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("%s is in the log: %s", personal, &log)
		}
	}
}
