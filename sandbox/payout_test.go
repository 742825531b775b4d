package sandbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

func payoutTo(order, amount, token string) *merchant.PayoutCardRequest {
	return &merchant.PayoutCardRequest{
		OrderID: order, Amount: wire.MustDecimal(amount), Description: "a prize",
		OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), UserID: user,
		PostLink: "https://site.com/post", CardTokenTo: wire.NewSecret(token),
	}
}

func payoutToCard(order, amount, number string) *gateway.PayoutCardRequest {
	return &gateway.PayoutCardRequest{
		OrderID: order, Amount: wire.MustDecimal(amount), Description: "a prize",
		CardRecipientPAN: wire.NewSecret(number), CardName: wire.NewSecret("John Doe"), PostLink: "https://site.com/post",
	}
}

func payoutToAccount(order, amount, iban string) *gateway.PayoutIBANRequest {
	return &gateway.PayoutIBANRequest{
		OrderID: order, Amount: wire.MustDecimal(amount), RecipientIBAN: wire.NewSecret(iban),
		RecipientIIN: wire.NewSecret("761223455678"), RecipientName: wire.NewSecret("IVANOV IVAN"),
		RecipientKBe: new(int64(19)), KNP: new(int64(119)), BankBIK: "KZZSAE", PostLink: "https://site.com/post",
	}
}

// payout asks for a payout by its order.
func (s *shop) payout(order string) *merchant.PayoutStatusAnswer {
	s.t.Helper()
	return checked(s, s.merchant.PayoutStatus, &merchant.PayoutStatusRequest{OrderID: order})
}

// Each test card to pay out to does what its table says, and the balance goes down
// by what arrived.
func TestPayoutTestCards(t *testing.T) {
	for _, c := range testcards.Payouts() {
		t.Run(c.Number, func(t *testing.T) {
			s := openShop(t).in(t)
			order := "card-" + c.Number
			if c.Outcome == testcards.Failure && !c.InProcess {
				e := refused(s, c.ErrorCode, s.gateway.PayoutCard, payoutToCard(order, "100", c.Number))
				if e.OutcomeUnknown {
					t.Error("the outcome is not known")
				}
			} else {
				paid := checked(s, s.gateway.PayoutCard, payoutToCard(order, "100", c.Number))
				if paid.Balance.String() != "999900.00" || paid.PaymentDate.String() != "2026-01-22T07:00:00+00:00" ||
					(paid.Status == gateway.StatusPending) != c.InProcess || paid.Reference == "" {
					t.Errorf("got %v", paid)
				}
				s.hasBalance("999900.00")
			}
			ask := func() *gateway.PayoutStatusAnswer {
				return checked(s, s.gateway.PayoutStatus, &gateway.PayoutStatusRequest{OrderID: order})
			}
			if c.InProcess {
				if status := ask(); status.PaymentStatus != gateway.PaymentStatusProcess || status.ErrorCode != "" {
					t.Errorf("got %v", status)
				}
			}
			want, left := gateway.PaymentStatusSuccess, "999900.00"
			if c.Outcome == testcards.Failure {
				want, left = gateway.PaymentStatusError, "1000000.00"
			}
			for range 2 { // the end stays the end
				if status := ask(); status.PaymentStatus != want || status.ErrorCode != c.ErrorCode || status.Amount.String() != "100.00" {
					t.Errorf("got %v", status)
				}
				s.hasBalance(left)
			}
		})
	}
}

// However many are paid out at once, no more goes out than there is.
func TestConcurrentPayouts(t *testing.T) {
	s := shopWith(t, sandbox.Options{PayoutBalances: map[string]wire.Decimal{"KZT": wire.MustDecimal("1000.50")}})
	token := s.savesToPayOut(payoutPlain)
	var next atomicCounter
	succeeded := inParallel(100, func() error {
		i := next.add()
		order := fmt.Sprintf("order-%d", i)
		var err error
		switch i % 3 {
		case 0:
			_, err = s.merchant.PayoutCard(t.Context(), payoutTo(order, "70", token))
		case 1:
			_, err = s.gateway.PayoutCard(t.Context(), payoutToCard(order, "70", payoutSlow))
		default:
			_, err = s.gateway.PayoutIBAN(t.Context(), payoutToAccount(order, "70", "KZ123412341234123412"))
		}
		if left, asked := s.gateway.PayoutBalance(t.Context(), &gateway.PayoutBalanceRequest{Currency: "KZT"}); asked != nil || left.Balance.Sign() < 0 {
			t.Errorf("the balance is %v, %v", left, asked)
		}
		return err
	})
	if succeeded != 14 {
		t.Errorf("%d payouts of 70.00 went out, of 1000.50", succeeded)
	}
	s.hasBalance("20.50")
}

// However often they are asked for at once, payouts that fail in the end give
// their money back once.
func TestConcurrentEnds(t *testing.T) {
	s := openShop(t)
	checked(s, s.gateway.PayoutCard, payoutToCard("E-1", "70", payoutLost))
	inParallel(50, func() error {
		_, err := s.gateway.PayoutStatus(t.Context(), &gateway.PayoutStatusRequest{OrderID: "E-1"})
		return err
	})
	s.hasBalance("1000000.00")
}

func TestPayoutRefusals(t *testing.T) {
	s := shopWith(t, sandbox.Options{PayoutBalances: map[string]wire.Decimal{"KZT": wire.MustDecimal("100"), "USD": wire.MustDecimal("5.5")}})
	token := s.savesToPayOut(payoutPlain)

	// What was refused before there was a payout, no status call knows.
	for name, request := range map[string]*merchant.PayoutCardRequest{
		"three decimals": payoutTo("R", "1.001", token),
		"nothing":        payoutTo("R", "0", token),
		"less":           payoutTo("R", "-1", token),
		"too late":       {OrderID: "R", Amount: wire.MustDecimal("1"), OrderTimeLimit: wire.TimeLiteral("2026-01-22 12:00:00"), UserID: user, CardTokenTo: wire.NewSecret(token)},
		"no time":        {OrderID: "R", Amount: wire.MustDecimal("1"), OrderTimeLimit: wire.TimeLiteral("soon"), UserID: user, CardTokenTo: wire.NewSecret(token)},
	} {
		if e := refused(s, "9403", s.merchant.PayoutCard, request); e.OutcomeUnknown {
			t.Errorf("%s: the outcome is not known", name)
		}
	}
	refused(s, "9403", s.gateway.PayoutCard, &gateway.PayoutCardRequest{OrderID: "R", Amount: wire.MustDecimal("1"), Currency: "tenge", CardRecipientPAN: wire.NewSecret(payoutPlain)})
	for _, iban := range []string{"", "KZ12", "1212341234123412341", "KZ1234123412341234é", "KZ123412341234123412123412341234123"} {
		refused(s, "9403", s.gateway.PayoutIBAN, payoutToAccount("R", "1", iban))
	}
	refused(s, "9403", s.merchant.PayoutCardAdd, &merchant.PayoutCardAddRequest{})
	refusedUnsigned(s, "11068", s.merchant.PayoutStatus, &merchant.PayoutStatusRequest{OrderID: "R"})
	refusedUnsigned(s, "11068", s.gateway.PayoutStatus, &gateway.PayoutStatusRequest{OrderID: "R"})
	refusedUnsigned(s, "11068", s.merchant.PayoutStatusByOrder, &merchant.PayoutStatusByOrderRequest{OrderID: "R"})
	refusedUnsigned(s, "11068", s.merchant.PayoutStatusByPayment, &merchant.PayoutStatusByPaymentRequest{OrderID: "R"})
	refused(s, "9403", s.merchant.PayoutStatusByPayment, &merchant.PayoutStatusByPaymentRequest{})

	// What was refused afterwards, they know.
	for order, code := range map[string]string{"too much": "9403", "no such card": "10005"} {
		number := payoutPlain
		if code == "10005" {
			number = cardPlain
		}
		e := refused(s, code, s.gateway.PayoutCard, payoutToCard(order, "100.01", number))
		if e.OutcomeUnknown || errors.Is(e, wire.ErrUnknownOutcome) {
			t.Errorf("%s: the outcome is not known", order)
		}
		if status := s.payout(order); status.Reading() != wire.ReadingFailed || status.ErrorCode != code {
			t.Errorf("got %v", status)
		}
	}
	refused(s, "10005", s.merchant.PayoutCard, payoutTo("R-2", "1", "no such token"))
	somebody := payoutTo("R-3", "1", token)
	somebody.UserID = "somebody"
	refused(s, "10005", s.merchant.PayoutCard, somebody)
	s.hasBalance("100.00")

	// Each currency has a balance of its own.
	dollars := payoutToCard("R-4", "5.50", payoutPlain)
	dollars.Currency = "USD"
	if paid := checked(s, s.gateway.PayoutCard, dollars); paid.Balance.String() != "0.00" {
		t.Errorf("got %v", paid)
	}
	refused(s, "9403", s.gateway.PayoutCard, dollars)
	if left := checked(s, s.gateway.PayoutBalance, &gateway.PayoutBalanceRequest{Currency: "EUR"}); left.Balance.String() != "0.00" || left.Currency != "EUR" {
		t.Errorf("got %v", left)
	}
	refused(s, "9403", s.gateway.PayoutBalance, &gateway.PayoutBalanceRequest{Currency: "eur"})
	refused(s, "9403", s.merchant.PayoutBalance, &merchant.PayoutBalanceRequest{Currency: "eur"})
	if left := checked(s, s.merchant.PayoutBalance, &merchant.PayoutBalanceRequest{Currency: "USD"}); left.Balance.String() != "0.00" {
		t.Errorf("got %v", left)
	}
	s.hasBalance("100.00")
}

// The key for payouts signs them, and the one for payments the rest, also the page
// on which a card for payouts is saved.
func TestPayoutSecret(t *testing.T) {
	s := openShop(t)
	for _, call := range []func(...wire.CallOption) error{
		func(o ...wire.CallOption) error {
			_, err := s.merchant.PayoutBalance(t.Context(), nil, o...)
			return err
		},
		func(o ...wire.CallOption) error {
			_, err := s.gateway.PayoutBalance(t.Context(), &gateway.PayoutBalanceRequest{Currency: "KZT"}, o...)
			return err
		},
		func(o ...wire.CallOption) error {
			_, err := s.merchant.PayoutIBAN(t.Context(), &merchant.PayoutIBANRequest{}, append(o, wire.WithoutValidation())...)
			if e := (*wire.Error)(nil); errors.As(err, &e) && e.Code == "9403" {
				return nil // read, and refused for what it says
			}
			return err
		},
	} {
		must(t, call())
		if err := call(wire.WithScheme(wire.PgSigPayment)); !errors.Is(err, wire.ErrUnauthorized) {
			t.Errorf("signed with the secret for payments: %v", err)
		}
	}
	if _, err := s.merchant.PayoutCardAdd(t.Context(), &merchant.PayoutCardAddRequest{UserID: user}, wire.WithScheme(wire.PgSigPayout)); !errors.Is(err, wire.ErrUnauthorized) {
		t.Errorf("saving a card, signed with the secret for payouts: %v", err)
	}
}

// A key keeps a payout from being made twice, and nothing else does.
func TestPayoutTwice(t *testing.T) {
	s := openShop(t)
	request := payoutTo("T-1", "100", s.savesToPayOut(payoutPlain))
	request.IdempotencyKey = "key"
	first := checked(s, s.merchant.PayoutCard, request)
	again := checked(s, s.merchant.PayoutCard, request)
	if first.PaymentID != again.PaymentID || again.Balance.String() != "999900.00" {
		t.Errorf("got %v, then %v", first, again)
	}
	s.hasBalance("999900.00")
	other := cardPaymentWith("T-2", request.CardTokenTo.Reveal())
	other.IdempotencyKey = "key"
	refused(s, "9403", s.merchant.CardPaymentCreate, other)

	request.IdempotencyKey = ""
	second := checked(s, s.merchant.PayoutCard, request)
	s.hasBalance("999800.00")
	// Of the two the order's id finds the newer, and both ids the one that they fit.
	if status := s.payout("T-1"); status.PaymentID != second.PaymentID {
		t.Errorf("got %v", status)
	}
	if status := checked(s, s.merchant.PayoutStatus, &merchant.PayoutStatusRequest{OrderID: "T-1", PaymentID: first.PaymentID}); status.PaymentID != first.PaymentID {
		t.Errorf("got %v", status)
	}
	refusedUnsigned(s, "11068", s.merchant.PayoutStatus, &merchant.PayoutStatusRequest{OrderID: "T-2", PaymentID: first.PaymentID})
}

// The older calls say the same in their own words.
func TestOlderPayoutStatuses(t *testing.T) {
	s := openShop(t)
	byOrder := func(order string) string {
		a := checked(s, s.merchant.PayoutStatusByOrder, &merchant.PayoutStatusByOrderRequest{OrderID: order})
		return fmt.Sprint(a.TransactionStatus, *a.Captured, a.ErrorCode)
	}
	byPayment := func(order string) string {
		a := checked(s, s.merchant.PayoutStatusByPayment, &merchant.PayoutStatusByPaymentRequest{OrderID: order})
		return fmt.Sprint(a.Status, a.ErrorCode)
	}
	checked(s, s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
		OrderID: "new", Amount: wire.MustDecimal("1"), Description: "d", OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), BackLink: "b", PostLink: "p",
	})
	checked(s, s.gateway.PayoutCard, payoutToCard("done", "1", payoutPlain))
	checked(s, s.gateway.PayoutCard, payoutToCard("slow", "1", payoutSlow))
	refused(s, "10000", s.gateway.PayoutCard, payoutToCard("failed", "1", payoutPoor))
	for _, test := range []struct{ got, want string }{
		{byOrder("new"), "partialfalse"}, {byPayment("new"), "partial"},
		{byOrder("done"), "oktrue"}, {byPayment("done"), "ok"},
		{byOrder("slow"), "pendingfalse"}, {byPayment("slow"), "ok"},
		{byOrder("failed"), "failedfalse10000"}, {byPayment("failed"), "failed10000"},
	} {
		if strings.ReplaceAll(test.got, " ", "") != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}

func TestSavedCardPayout(t *testing.T) {
	s := openShop(t)
	for number, want := range map[string]gateway.Status{payoutPlain: gateway.StatusOK, payoutSlow: gateway.StatusPending} {
		token := s.savesToPayOut(number)
		paid := checked(s, s.gateway.SavedCardPayout, &gateway.SavedCardPayoutRequest{
			OrderID: "G-" + number, Amount: wire.MustDecimal("1000.00"), Description: "Payout 12345",
			OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), UserID: user, PostLink: "https://site.com/post", CardTokenTo: wire.NewSecret(token),
		})
		if paid.Status != want || paid.CardToken.Reveal() != token || paid.PaymentAmount.String() != "1000.00" || paid.ErrorCode != "0" {
			t.Errorf("got %v", paid)
		}
	}
	s.hasBalance("998000.00")
	refused(s, "10005", s.gateway.SavedCardPayout, &gateway.SavedCardPayoutRequest{
		OrderID: "G-3", Amount: wire.MustDecimal("1"), Description: "d", OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"),
		UserID: user, PostLink: "p", CardTokenTo: wire.NewSecret("none"),
	})
}

// What the options say has to be what a balance or a rate can be.
func TestOptionsOfMoneyThatGoesOut(t *testing.T) {
	rate := func(from, to, rate string) sandbox.Rate {
		return sandbox.Rate{From: from, To: to, Rate: wire.MustDecimal(rate)}
	}
	for name, o := range map[string]sandbox.Options{
		"less than nothing": {PayoutBalances: map[string]wire.Decimal{"KZT": wire.MustDecimal("-0.01")}},
		"three decimals":    {PayoutBalances: map[string]wire.Decimal{"KZT": wire.MustDecimal("0.001")}},
		"not set":           {PayoutBalances: map[string]wire.Decimal{"KZT": {}}},
		"no currency":       {PayoutBalances: map[string]wire.Decimal{"": wire.MustDecimal("1")}},
		"rate of nothing":   {Rates: []sandbox.Rate{rate("KZT", "USD", "0")}},
		"rate not set":      {Rates: []sandbox.Rate{{From: "KZT", To: "USD"}}},
		"rate to itself":    {Rates: []sandbox.Rate{rate("KZT", "KZT", "1")}},
		"rate from nowhere": {Rates: []sandbox.Rate{rate("", "KZT", "1")}},
		"rate twice":        {Rates: []sandbox.Rate{rate("USD", "KZT", "1"), rate("USD", "KZT", "2")}},
	} {
		o.Credentials = wire.NewCredentials("123456", "secret")
		if _, err := sandbox.New(o); err == nil || !strings.HasPrefix(err.Error(), "sandbox: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// No balance at all can be said too.
	s := shopWith(t, sandbox.Options{PayoutBalances: map[string]wire.Decimal{}, Rates: []sandbox.Rate{}})
	s.hasBalance("0.00")
	refused(s, "9403", s.gateway.PayoutCard, payoutToCard("O-1", "0.01", payoutPlain))
	if rates := checked(s, s.gateway.TransferRates, &gateway.TransferRatesRequest{}); len(rates.Rates) != 0 {
		t.Errorf("got %v", rates)
	}
}

// A recipient whose merchant has named no address to go back to is told the end.
func TestPayoutPageWithoutAWayBack(t *testing.T) {
	s := openShop(t)
	for number, text := range map[string]string{
		payoutPlain: "The money was paid out.", payoutSlow: "The payout is in process.",
		payoutPoor: "The payout has failed. Error 10000: the outcome of this test card.",
	} {
		created := checked(s, s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
			OrderID: "B-" + number, Amount: wire.MustDecimal("1"), Description: "d",
			OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), BackLink: "javascript:alert(1)", PostLink: "p",
		})
		if v := s.visitor().open(created.RedirectURL).press("answer", number); v.status != http.StatusOK || !strings.Contains(v.body, text) {
			t.Errorf("%d: %s", v.status, v.body)
		}
	}
	refused(s, "9403", s.merchant.PayoutCreate, &merchant.PayoutCreateRequest{
		OrderID: "B", Amount: wire.MustDecimal("1"), Description: "d", OrderTimeLimit: wire.TimeLiteral("2020-12-31 12:00:00"), BackLink: "b", PostLink: "p",
	})
	s.hasBalance("999998.00")
}

// The time limit is that of Almaty.
func TestPayoutTimeLimit(t *testing.T) {
	s := openShop(t)
	request := payoutTo("L-1", "1", s.savesToPayOut(payoutPlain))
	request.OrderTimeLimit = wire.TimeLiteral("2026-01-22 12:00:01")
	checked(s, s.merchant.PayoutCard, request)
	s.clock.move(time.Second)
	refused(s, "9403", s.merchant.PayoutCard, request)
}
