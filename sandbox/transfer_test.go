package sandbox_test

import (
	"testing"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// halfToken is the documented token that switches off one half of a transfer.
const halfToken = "2d0b504c-b95d-4cf6-b782-5a7d13ab2c85"

func transferOf(order, sender, recipient string) *gateway.TransferCardRequest {
	return &gateway.TransferCardRequest{
		OrderID: order, Amount: wire.MustDecimal("1000.00"), CurrencyFrom: "KZT", CurrencyTo: "KZT", Description: "Transfer 12345",
		UserID: user, CardPAN: wire.NewSecret(sender), CardCVC: wire.NewSecret("653"),
		CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("TEST TESTOV"),
		CardRecipientPAN: wire.NewSecret(recipient), CardRecipientName: wire.NewSecret("John Doe"),
	}
}

// transfer asks for a transfer by its order.
func (s *shop) transfer(order string) *gateway.TransferStatusAnswer {
	s.t.Helper()
	return checked(s, s.gateway.TransferStatus, &gateway.TransferStatusRequest{OrderID: order})
}

func TestTransferWithout3DS(t *testing.T) {
	s := openShop(t)
	done := checked(s, s.gateway.TransferCard, transferOf("A-1", cardPlain, payoutPlain))
	if done.Status != gateway.StatusOK || done.PaymentStatus != gateway.PaymentStatusSuccess || *done.ThreeDS || done.ThreeDSACSURL != "" ||
		done.PaymentAmount.String() != "1000.00" || done.PayoutAmount.String() != "1000.00" || done.CurrencyTo != "KZT" ||
		done.CardMask.Reveal() != "4400-44XX-XXXX-4440" || done.CardRecipientMask.Reveal() != "4671-59XX-XXXX-8252" ||
		done.CardToken.IsSet() || done.CardRecipientToken.IsSet() {
		t.Errorf("got %v", done)
	}
	byID := checked(s, s.gateway.TransferStatus, &gateway.TransferStatusRequest{PaymentID: done.PaymentID, OrderID: "another"})
	if byID.OrderID != "A-1" || byID.Reading() != wire.ReadingCaptured {
		t.Errorf("got %v", byID)
	}
	s.hasBalance("1000000.00")
}

// Where the money fails to leave or to arrive, the transfer has failed, and the
// answer says of it what it can.
func TestTransfersThatFail(t *testing.T) {
	s := openShop(t)
	for order, test := range map[string]struct{ sender, recipient, code string }{
		"poor":      {cardPoor, payoutPlain, "10009"},
		"refused":   {cardPlain, payoutPoor, "10000"},
		"no sender": {"4111111111111111", payoutPlain, "10005"},
		"no other":  {cardPlain, "4111111111111111", "10005"},
	} {
		refused(s, test.code, s.gateway.TransferCard, transferOf(order, test.sender, test.recipient))
		status := s.transfer(order)
		if status.Reading() != wire.ReadingFailed || status.ErrorCode != test.code || status.PaymentDate.IsSet() || status.PayoutAmount.IsSet() {
			t.Errorf("%s: %v", order, status)
		}
	}
	started := checked(s, s.gateway.TransferCard, transferOf("slow", cardPlain, payoutLost))
	if started.Status != gateway.StatusPending || *started.ThreeDS {
		t.Errorf("got %v", started)
	}
	refused(s, "9999", s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: started.PaymentID})
	if status := s.transfer("slow"); status.PaymentStatus != gateway.PaymentStatusProcess {
		t.Errorf("got %v", status)
	}
	if status := s.transfer("slow"); status.Reading() != wire.ReadingFailed || status.ErrorCode != "10001" {
		t.Errorf("got %v", status)
	}
	checked(s, s.gateway.TransferCard, transferOf("slow and good", cardPlain, payoutSlow))
	s.transfer("slow and good")
	if status := s.transfer("slow and good"); status.Reading() != wire.ReadingCaptured || !status.PaymentDate.IsSet() || status.PayoutAmount.String() != "1000.00" {
		t.Errorf("got %v", status)
	}
	s.hasBalance("1000000.00")
}

func TestTransferRefusals(t *testing.T) {
	s := openShop(t)
	for name, change := range map[string]func(*gateway.TransferCardRequest){
		"amount":          func(r *gateway.TransferCardRequest) { r.Amount = wire.MustDecimal("0.001") },
		"nothing":         func(r *gateway.TransferCardRequest) { r.Amount = wire.MustDecimal("0") },
		"currency":        func(r *gateway.TransferCardRequest) { r.CurrencyTo = "tenge" },
		"no rate":         func(r *gateway.TransferCardRequest) { r.CurrencyTo = "CNY" },
		"next to nothing": func(r *gateway.TransferCardRequest) { r.Amount, r.CurrencyTo = wire.MustDecimal("0.01"), "USD" },
		"amount to":       func(r *gateway.TransferCardRequest) { r.AmountTo = wire.MustDecimal("1000.01") },
		"amount to, fine": func(r *gateway.TransferCardRequest) { r.AmountTo = wire.MustDecimal("1.001") },
		"fee":             func(r *gateway.TransferCardRequest) { r.CommissionAmount = wire.MustDecimal("-1") },
		"no sender":       func(r *gateway.TransferCardRequest) { r.CardPAN = wire.Secret{} },
		"two senders":     func(r *gateway.TransferCardRequest) { r.CardToken = wire.NewSecret("token") },
		"no name":         func(r *gateway.TransferCardRequest) { r.CardName = wire.Secret{} },
		"no recipient":    func(r *gateway.TransferCardRequest) { r.CardRecipientPAN = wire.Secret{} },
		"two recipients":  func(r *gateway.TransferCardRequest) { r.CardRecipientToken = wire.NewSecret("token") },
		"neither half": func(r *gateway.TransferCardRequest) {
			r.CardPAN, r.CardRecipientPAN = wire.Secret{}, wire.Secret{}
			r.CardToken, r.CardRecipientToken = wire.NewSecret(halfToken), wire.NewSecret(halfToken)
		},
		"a payout for nobody": func(r *gateway.TransferCardRequest) {
			r.CardPAN, r.CardName, r.CardRecipientName = wire.Secret{}, wire.Secret{}, wire.Secret{}
			r.CardToken = wire.NewSecret(halfToken)
		},
	} {
		r := transferOf("R", cardPlain, payoutPlain)
		change(r)
		if e := refused(s, "9403", s.gateway.TransferCard, r); e.OutcomeUnknown {
			t.Errorf("%s: the outcome is not known", name)
		}
	}
	for _, change := range []func(*gateway.TransferCardRequest){
		func(r *gateway.TransferCardRequest) { r.CardCVC = wire.NewSecret("1") },
		func(r *gateway.TransferCardRequest) { r.CardYear = wire.NewSecret("2030") },
		func(r *gateway.TransferCardRequest) { r.CardRecipientPAN = wire.NewSecret("1") },
		func(r *gateway.TransferCardRequest) {
			r.CardPAN, r.CardToken = wire.Secret{}, wire.NewSecret("none")
		},
		func(r *gateway.TransferCardRequest) {
			r.CardRecipientPAN, r.CardRecipientToken = wire.Secret{}, wire.NewSecret("none")
		},
	} {
		r := transferOf("R", cardPlain, payoutPlain)
		change(r)
		refused(s, "10005", s.gateway.TransferCard, r)
	}
	refusedUnsigned(s, "11068", s.gateway.TransferStatus, &gateway.TransferStatusRequest{OrderID: "R"})
	refusedUnsigned(s, "11068", s.gateway.TransferStatus, &gateway.TransferStatusRequest{})
	refused(s, "11068", s.gateway.TransferComplete3DS, &gateway.TransferComplete3DSRequest{PaymentID: "1"})
	refused(s, "9403", s.gateway.TransferRates, &gateway.TransferRatesRequest{CurrencyFrom: "usd"})
}

// Both cards can be saved ones, of two users, and be saved by the transfer.
func TestTransferWithSavedCards(t *testing.T) {
	s := openShop(t)
	first := transferOf("S-1", cardPlain, payoutPlain)
	first.SaveSenderCard, first.SaveRecipientCard = "1", "1"
	done := checked(s, s.gateway.TransferCard, first)
	if done.CardToken.Reveal() != s.token(cardPlain) || done.CardRecipientToken.Reveal() != s.token(payoutPlain) {
		t.Errorf("got %v", done)
	}
	second := transferOf("S-2", "", "")
	second.CardPAN, second.CardRecipientPAN = wire.Secret{}, wire.Secret{}
	second.CardToken, second.CardRecipientToken = done.CardToken, done.CardRecipientToken
	again := checked(s, s.gateway.TransferCard, second)
	if again.CardToken.Reveal() != done.CardToken.Reveal() ||
		again.CardRecipientToken.Reveal() != done.CardRecipientToken.Reveal() || again.CardMask.Reveal() != done.CardMask.Reveal() {
		t.Errorf("got %v", again)
	}
	second.UserID = "somebody"
	refused(s, "10005", s.gateway.TransferCard, second)
	second.UserID = ""
	checked(s, s.gateway.TransferCard, second)
	if cards := checked(s, s.merchant.CardList, &merchant.CardListRequest{UserID: user}).Cards; len(cards) != 2 {
		t.Errorf("got %v", cards)
	}
}

// One half alone: the payout comes out of the merchant's balance, and what is taken
// and not paid out does not go there.
func TestTransferInHalves(t *testing.T) {
	s := openShop(t)
	payout := func(order, recipient string) *gateway.TransferCardRequest {
		r := transferOf(order, "", recipient)
		r.CardPAN, r.CardName = wire.Secret{}, wire.Secret{}
		r.CardToken = wire.NewSecret(halfToken)
		return r
	}
	done := checked(s, s.gateway.TransferCard, payout("H-1", payoutPlain))
	if done.PaymentStatus != gateway.PaymentStatusSuccess || done.CardMask.IsSet() || done.CardToken.IsSet() || done.PayoutAmount.String() != "1000.00" {
		t.Errorf("got %v", done)
	}
	s.hasBalance("999000.00")
	checked(s, s.gateway.TransferCard, payout("H-2", payoutLost))
	s.hasBalance("998000.00")
	s.transfer("H-2")
	s.transfer("H-2")
	s.hasBalance("999000.00")
	refused(s, "10000", s.gateway.TransferCard, payout("H-3", payoutPoor))
	s.hasBalance("999000.00")
	dear := payout("H-4", payoutPlain)
	dear.Amount = wire.MustDecimal("999000.01")
	refused(s, "9403", s.gateway.TransferCard, dear)
	s.hasBalance("999000.00")

	take := transferOf("H-5", cardPlain, "")
	take.CardRecipientPAN, take.CardRecipientToken = wire.Secret{}, wire.NewSecret(halfToken)
	done = checked(s, s.gateway.TransferCard, take)
	if done.PaymentStatus != gateway.PaymentStatusSuccess || done.PayoutAmount.IsSet() || done.CardRecipientMask.IsSet() || done.CardMask.Reveal() != "4400-44XX-XXXX-4440" {
		t.Errorf("got %v", done)
	}
	s.hasBalance("999000.00")
}

// What arrives is exact to the hundredth, and never more than the rate gives.
func TestExchange(t *testing.T) {
	s := shopWith(t, sandbox.Options{Rates: []sandbox.Rate{
		{From: "KZT", To: "USD", Rate: wire.MustDecimal("0.00191808")},
		{From: "USD", To: "KZT", Rate: wire.MustDecimal("521.35")},
		{From: "RUB", To: "KZT", Rate: wire.MustDecimal("1e13")},
		{From: "EUR", To: "KZT", Rate: wire.MustDecimal("0605.10")},
	}})
	for _, test := range []struct{ amount, from, to, want string }{
		{"1000.00", "KZT", "USD", "1.91"},
		{"5213.60", "KZT", "USD", "10.00"}, // 10.0001
		{"5213.51", "KZT", "USD", "9.99"},  // 9.99992
		{"0.01", "USD", "KZT", "5.21"},
		{"99999999.99", "USD", "KZT", "52134999994.78"},
		{"0.10", "EUR", "KZT", "60.51"},
		{"7.77", "AAA", "AAA", "7.77"},
	} {
		r := transferOf("E", cardPlain, payoutPlain)
		r.Amount, r.CurrencyFrom, r.CurrencyTo, r.AmountTo = wire.MustDecimal(test.amount), test.from, test.to, wire.MustDecimal(test.want)
		if done := checked(s, s.gateway.TransferCard, r); done.PayoutAmount.String() != test.want {
			t.Errorf("%s %s are %s %s, want %s", test.amount, test.from, done.PayoutAmount, test.to, test.want)
		}
	}
	r := transferOf("E", cardPlain, payoutPlain)
	r.CurrencyFrom, r.Amount = "RUB", wire.MustDecimal("9999999999")
	refused(s, "9403", s.gateway.TransferCard, r)
}

func TestRates(t *testing.T) {
	s := openShop(t)
	all := checked(s, s.gateway.TransferRates, &gateway.TransferRatesRequest{}).Rates
	if len(all) != len(sandbox.DefaultRates()) {
		t.Errorf("got %v", all)
	}
	for _, r := range checked(s, s.gateway.TransferRates, &gateway.TransferRatesRequest{CurrencyTo: "KZT"}).Rates {
		if r.CurrencyTo != "KZT" || r.Rate.Sign() <= 0 {
			t.Errorf("got %v", r)
		}
	}
	if none := checked(s, s.gateway.TransferRates, &gateway.TransferRatesRequest{CurrencyFrom: "CNY"}).Rates; len(none) != 0 {
		t.Errorf("got %v", none)
	}
}
