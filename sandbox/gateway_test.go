package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

const day = 24 * time.Hour

// Every test card does what its tables say.
func TestTestCards(t *testing.T) {
	s := openShop(t)
	for _, c := range testcards.Payments() {
		t.Run(c.Number, func(t *testing.T) {
			s := s.in(t)
			if c.Outcome == testcards.Failure {
				refused(s, c.ErrorCode, s.gateway.CardPay, cardPayment("of "+c.Number, "100", c.Number))
				return
			}
			hold := func() string {
				a := checked(s, s.gateway.CardPay, held("of "+c.Number, "100", c.Number))
				if *a.ThreeDS != (c.ThreeDS == testcards.Available) {
					t.Errorf("3DS: %v", *a.ThreeDS)
				}
				if *a.ThreeDS {
					back := s.pass3DS(a.ThreeDSACSURL, a.ThreeDSMD, a.ThreeDSPaReq, "confirm")
					checked(s, s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: a.PaymentID, MD: back.MD, PaRes: back.PaRes})
				}
				return a.PaymentID
			}
			works := func(a testcards.Ability) bool { return a == testcards.Available || a == testcards.Unknown }
			clear := &gateway.PaymentClearRequest{PaymentID: hold()}
			refund := &gateway.PaymentRefundRequest{PaymentID: clear.PaymentID}
			if works(c.Clearing) {
				checked(s, s.gateway.PaymentClear, clear)
				if works(c.Refund) {
					checked(s, s.gateway.PaymentRefund, refund)
				} else {
					refused(s, "9999", s.gateway.PaymentRefund, refund)
				}
			} else {
				refused(s, "9999", s.gateway.PaymentClear, clear)
			}
			cancel := &gateway.PaymentCancelRequest{PaymentID: hold()}
			if works(c.Reverse) {
				checked(s, s.gateway.PaymentCancel, cancel)
			} else {
				refused(s, "9999", s.gateway.PaymentCancel, cancel)
				s.is(cancel.PaymentID, wire.ReadingHeld)
			}
		})
	}
}

func TestCardsThatCanBeSaved(t *testing.T) {
	s := openShop(t)
	for number, code := range map[string]string{
		cardPlain: "", cardFull: "", cardReverse: "", cardPoor: "", "4671593866478252": "",
		"5475102935853613": "10038", "5335215945367703": "9999", "4111111111111111": "10005",
	} {
		request := &gateway.SavedCardAddRequest{
			UserID: "u", CardPAN: wire.NewSecret(number), CardCVC: wire.NewSecret("123"),
			CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("A"),
		}
		if code != "" {
			refused(s, code, s.gateway.SavedCardAdd, request)
			continue
		}
		first := checked(s, s.gateway.SavedCardAdd, request)
		again := checked(s, s.gateway.SavedCardAdd, request)
		byToken := *request
		byToken.CardPAN, byToken.CardToken = wire.Secret{}, first.CardToken
		third := checked(s, s.gateway.SavedCardAdd, &byToken)
		if again.CardToken.Reveal() != first.CardToken.Reveal() || third.CardToken.Reveal() != first.CardToken.Reveal() {
			t.Errorf("%s: one card has several tokens", number)
		}
	}
	// A card that fails can be saved, and fails.
	cards := checked(s, s.gateway.SavedCardList, &gateway.SavedCardListRequest{UserID: "u"}).Cards
	for _, c := range cards {
		pay := &gateway.SavedCardPayRequest{OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", UserID: "u", CardToken: c.CardToken}
		switch c.CardMask.Reveal() {
		case "4400-44XX-XXXX-4443":
			if e := refused(s, "10009", s.gateway.SavedCardPay, pay); !bytes.Contains(e.Meta.Body.Reveal(), []byte("<pg_payment_id>")) {
				t.Errorf("%s", e.Meta.Body.Reveal())
			}
		case "4671-59XX-XXXX-8252": // to be paid out to
			refused(s, "10005", s.gateway.SavedCardPay, pay)
		default:
			checked(s, s.gateway.SavedCardPay, pay)
		}
	}
	if len(cards) != 5 {
		t.Errorf("%d cards", len(cards))
	}
}

func TestGatewayRefusals(t *testing.T) {
	s := openShop(t)
	card := func(change func(*gateway.CardPayRequest)) *gateway.CardPayRequest {
		r := cardPayment("1", "10", cardPlain)
		change(r)
		return r
	}
	for code, requests := range map[string][]*gateway.CardPayRequest{
		"10005": {
			card(func(r *gateway.CardPayRequest) { r.CardPAN = wire.NewSecret("4111111111111111") }),
			card(func(r *gateway.CardPayRequest) { r.CardPAN = wire.NewSecret("44004444000044AA") }),
			card(func(r *gateway.CardPayRequest) { r.CardMonth, r.CardYear = r.CardYear, r.CardMonth }),
			card(func(r *gateway.CardPayRequest) { r.CardYear = wire.NewSecret("31") }),
			card(func(r *gateway.CardPayRequest) { r.CardMonth = wire.NewSecret("1") }),
			card(func(r *gateway.CardPayRequest) { r.CardCVC = wire.NewSecret("12") }),
		},
		"9403": {
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.MustDecimal("0") }),
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.MustDecimal("-1") }),
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.MustDecimal("1.001") }),
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.MustDecimal("1e30") }),
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.MustDecimal("1e3") }),
			card(func(r *gateway.CardPayRequest) { r.Amount = wire.Decimal{} }),
			card(func(r *gateway.CardPayRequest) { r.Currency = "tenge" }),
			card(func(r *gateway.CardPayRequest) { r.OrderID = "" }),
			card(func(r *gateway.CardPayRequest) { r.RecurringLifetime = new(int64(157)) }),
			card(func(r *gateway.CardPayRequest) { r.EncryptedCard = wire.NewSecret("a.b.c.d.e") }),
		},
	} {
		for i, r := range requests {
			if e := refused(s, code, s.gateway.CardPay, r); e.OutcomeUnknown || strings.Contains(e.Error(), "4111111111111111") {
				t.Errorf("%s, %d: %v", code, i, e)
			}
		}
	}
	refused(s, "9403", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{
		PaymentID: checked(s, s.gateway.CardPay, cardPayment("2", "10", cardPlain)).PaymentID, Currency: "USD",
	})
	refused(s, "9403", s.gateway.PageCreateAnyAmount, &gateway.PageCreateAnyAmountRequest{
		OrderID: "3", Description: "d", AmountIntervalFrom: wire.MustDecimal("10"), AmountIntervalTo: wire.MustDecimal("9"),
	})
	refused(s, "9403", s.gateway.PageCreate, &gateway.PageCreateRequest{
		OrderID: "3", Description: "d", Amount: wire.MustDecimal("10"), Lifetime: new(int64(299)),
	})

	add := &gateway.SavedCardAddRequest{
		UserID: "u", CardCVC: wire.NewSecret("123"), CardYear: wire.NewSecret("30"), CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("A"),
	}
	refused(s, "9403", s.gateway.SavedCardAdd, add)
	add.CardToken = wire.NewSecret("no token")
	refused(s, "10005", s.gateway.SavedCardAdd, add)

	// A payment is not the saving of a card, nor the other way around.
	add.CardToken, add.CardPAN = wire.Secret{}, wire.NewSecret(card3DS)
	saving := checked(s, s.gateway.SavedCardAdd, add).PaymentID
	paying := checked(s, s.gateway.CardPay, cardPayment("4", "10", card3DS)).PaymentID
	some := wire.NewSecret("x")
	refused(s, "9999", s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: saving, MD: some, PaRes: some})
	refused(s, "9999", s.gateway.SavedCardComplete3DS, &gateway.SavedCardComplete3DSRequest{PaymentID: paying, MD: some, PaRes: some})
	refused(s, "10004", s.gateway.SavedCardComplete3DS, &gateway.SavedCardComplete3DSRequest{PaymentID: saving, MD: some, PaRes: some})
	refused(s, "11068", s.gateway.SavedCardComplete3DS, &gateway.SavedCardComplete3DSRequest{PaymentID: "77", MD: some, PaRes: some})

	// The form of an error is that of the operation's own answer.
	e := refused(s, "9403", s.gateway.GooglePay, &gateway.GooglePayRequest{OrderID: "1", PaymentMethod: gateway.PaymentMethodGooglePay})
	if bytes.Contains(e.Meta.Body.Reveal(), []byte("pg_datetime")) {
		t.Errorf("got %s", e.Meta.Body.Reveal())
	}

	// Payments that there are not: signed, but for the status calls.
	for _, id := range []string{"77", "", "0"} {
		if id != "" {
			refused(s, "11068", s.gateway.PaymentClear, &gateway.PaymentClearRequest{PaymentID: id})
			refused(s, "11068", s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: id})
			refused(s, "11068", s.gateway.PaymentRefund, &gateway.PaymentRefundRequest{PaymentID: id})
			refused(s, "11068", s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{
				PaymentID: id, MD: wire.NewSecret("1"), PaRes: wire.NewSecret("2"),
			})
		}
		e := refusedUnsigned(s, "11068", s.gateway.PaymentStatus, &gateway.PaymentStatusRequest{PaymentID: id, OrderID: "none"})
		if e.Meta.Signature != wire.AnswerUnsigned {
			t.Errorf("the status is %s", e.Meta.Signature)
		}
	}
}

func TestWallets(t *testing.T) {
	s := openShop(t)
	secret := wire.NewSecret
	apple := &gateway.ApplePayRequest{
		OrderID: "1", Amount: wire.MustDecimal("10"), Description: "d", AutoClearing: gateway.AutoClearingHold,
		PaymentMethod: gateway.PaymentMethodApplePay, CardPAN: secret(cardPlain), CardYear: secret("30"), CardMonth: secret("12"),
		CardName: secret("A"), OnlinePaymentCryptogram: secret("AAAA"), ECI: "05",
	}
	paid := checked(s, s.gateway.ApplePay, apple)
	if paid.ThreeDS || paid.AuthCode == "" {
		t.Errorf("got %v", paid)
	}
	s.is(paid.PaymentID, wire.ReadingHeld)
	apple.CardPAN = secret(card3DS)
	if paid = checked(s, s.gateway.ApplePay, apple); !paid.ThreeDS || !paid.ThreeDSPaReq.IsSet() {
		t.Errorf("got %v", paid)
	}
	apple.CardPAN = secret(cardPoor)
	refused(s, "10009", s.gateway.ApplePay, apple)
	apple.CardPAN = secret("1")
	refused(s, "10005", s.gateway.ApplePay, apple)

	google := &gateway.GooglePayRequest{
		OrderID: "2", Amount: wire.MustDecimal("10"), Description: "d", AutoClearing: gateway.AutoClearingChargeNow,
		PaymentMethod: gateway.PaymentMethodGooglePay, CardPAN: secret(cardPlain), CardYear: secret("30"), CardMonth: secret("12"),
		OnlinePaymentCryptogram: secret("AAAA"), ECI: "05",
	}
	charged := checked(s, s.gateway.GooglePay, google)
	s.is(charged.PaymentID, wire.ReadingCaptured)
	google.CardPAN = secret(card3DS)
	started := checked(s, s.gateway.GooglePay, google)
	back := s.pass3DS(started.ThreeDSACSURL, started.ThreeDSMD, started.ThreeDSPaReq, "confirm")
	checked(s, s.gateway.PaymentComplete3DS, &gateway.PaymentComplete3DSRequest{PaymentID: started.PaymentID, MD: back.MD, PaRes: back.PaRes})
	s.is(started.PaymentID, wire.ReadingCaptured)
	google.CardPAN = secret(cardPoor)
	refused(s, "10009", s.gateway.GooglePay, google)
}

// What a page names and does not list.
func TestSaveWithAPayment(t *testing.T) {
	s := openShop(t)
	r := cardPayment("1", "10", cardPlain)
	r.UserID = "u"
	r.Extra().AddText("pg_save_card", "1")
	token := checked(s, s.gateway.CardPay, r).CardToken
	cards := checked(s, s.gateway.SavedCardList, &gateway.SavedCardListRequest{UserID: "u"}).Cards
	if len(cards) != 1 || !cards[0].CardToken.Equal(token) {
		t.Errorf("got %v", cards)
	}
}

func TestIdempotencyKey(t *testing.T) {
	s := openShop(t)
	r := &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("10"), Description: "d", IdempotencyKey: "k"}
	r.Extra().AddText("pg_unknown", "x")
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Go(func() {
			a, err := s.gateway.PageCreate(t.Context(), r)
			if err == nil {
				ids[i] = a.PaymentID
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("got the payments %q", ids)
		}
	}
	refused(s, "9403", s.gateway.PageCreateAnyAmount, &gateway.PageCreateAnyAmountRequest{OrderID: "1", Description: "d", IdempotencyKey: "k"})

	// What made nothing keeps no key.
	bad := *r
	bad.IdempotencyKey, bad.Amount = "k2", wire.MustDecimal("0.001")
	refused(s, "9403", s.gateway.PageCreate, &bad)
	bad.Amount = wire.MustDecimal("1")
	if a := checked(s, s.gateway.PageCreate, &bad); a.PaymentID == ids[0] {
		t.Error("one payment under two keys")
	}
}

func TestTheClock(t *testing.T) {
	s := openShop(t)
	left := checked(s, s.gateway.CardPay, held("1", "10", cardPlain)).PaymentID
	stays := checked(s, s.gateway.CardPay, held("2", "10", cardReverse)).PaymentID
	page := func(seconds int64) *gateway.PageCreateAnswer {
		return checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{
			OrderID: "3", Amount: wire.MustDecimal("1"), Description: "d", Lifetime: &seconds, FailureURL: s.url + "/failed",
		})
	}
	short, long := page(300), page(604800)
	byDefault := checked(s, s.gateway.PageCreate, &gateway.PageCreateRequest{OrderID: "4", Amount: wire.MustDecimal("1"), Description: "d"})

	s.clock.move(300*time.Second - 1)
	s.is(short.PaymentID, wire.ReadingNew)
	s.clock.move(1)
	s.is(short.PaymentID, wire.ReadingFailed)
	s.visitor().open(short.RedirectURL)
	if back := s.cameBack("/failed"); !back.Verified {
		t.Errorf("got %+v", back)
	}
	s.clock.move(day)
	s.is(byDefault.PaymentID, wire.ReadingFailed)
	s.is(long.PaymentID, wire.ReadingNew)

	s.clock.move(4*day - 300*time.Second - 1)
	s.is(left, wire.ReadingHeld)
	s.clock.move(1)
	s.is(left, wire.ReadingCaptured)
	s.is(stays, wire.ReadingHeld) // the card cannot be cleared
	refused(s, "9999", s.gateway.PaymentCancel, &gateway.PaymentCancelRequest{PaymentID: left})
}

// No more goes back than was taken, however many ask at once.
func TestConcurrentRefunds(t *testing.T) {
	s := openShop(t)
	id := checked(s, s.gateway.CardPay, cardPayment("1", "50.00", cardFull)).PaymentID
	succeeded := inParallel(100, func() error {
		_, err := s.gateway.PaymentRefund(t.Context(), &gateway.PaymentRefundRequest{PaymentID: id, Amount: wire.MustDecimal("0.75")})
		return err
	})
	status := s.status(id)
	if succeeded != 66 || len(status.RefundPayments) != 66 || status.RefundAmount.String() != "-49.50" {
		t.Errorf("%d refunds, %s of 50.00", succeeded, status.RefundAmount)
	}
	if got := inParallel(100, func() error {
		_, err := s.gateway.PaymentRefund(t.Context(), &gateway.PaymentRefundRequest{PaymentID: id})
		return err
	}); got != 1 || s.status(id).RefundAmount.String() != "-50.00" {
		t.Errorf("%d refunds of the rest, %s of 50.00", got, s.status(id).RefundAmount)
	}
}

func TestConcurrentClearAndCancel(t *testing.T) {
	s := openShop(t)
	for range 10 {
		id := checked(s, s.gateway.CardPay, held("1", "50.00", cardFull)).PaymentID
		var wg sync.WaitGroup
		var cleared, canceled int
		wg.Go(func() {
			cleared = inParallel(10, func() error {
				_, err := s.gateway.PaymentClear(t.Context(), &gateway.PaymentClearRequest{PaymentID: id, ClearingAmount: wire.MustDecimal("20")})
				return err
			})
		})
		canceled = inParallel(10, func() error {
			_, err := s.gateway.PaymentCancel(t.Context(), &gateway.PaymentCancelRequest{PaymentID: id})
			return err
		})
		wg.Wait()
		want := map[wire.Reading][2]int{wire.ReadingCaptured: {1, 0}, wire.ReadingCanceled: {0, 1}}[s.reading(id)]
		if got := [2]int{cleared, canceled}; got != want {
			t.Errorf("%d cleared, %d canceled, and it is %s", cleared, canceled, s.reading(id))
		}
	}
}

// inParallel counts the calls that succeed.
func inParallel(n int, call func() error) (succeeded int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range n {
		wg.Go(func() {
			if call() == nil {
				mu.Lock()
				succeeded++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return succeeded
}

func TestHealth(t *testing.T) {
	s := openShop(t)
	var meta wire.Meta
	a, err := s.gateway.Health(t.Context(), wire.WithMeta(&meta))
	must(t, err)
	if a.Status != gateway.HealthStatusOK || a.Time.String() != "2026-01-22T07:00:00+00:00" || len(meta.Deviations) > 0 {
		t.Errorf("got %v, %v", a, meta.Deviations)
	}
}

func TestRedirectQR(t *testing.T) {
	s := openShop(t)
	r := &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("1"), Description: "d", GenerateQR: new(true)}
	image, ok := strings.CutPrefix(checked(s, s.gateway.PageCreate, r).RedirectQR, "data:image/png;base64,")
	if !ok {
		t.Fatal("no image")
	}
	data, err := base64.StdEncoding.DecodeString(image)
	must(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	must(t, err)
	if side := picture.Bounds().Dx(); side != picture.Bounds().Dy() || side%4 != 0 {
		t.Errorf("got %v", picture.Bounds())
	}
	if a := checked(s, s.gateway.PageCreateAnyAmount, &gateway.PageCreateAnyAmountRequest{OrderID: "1", Description: "d"}); a.RedirectQR != "" {
		t.Error("a QR code that nobody asked for")
	}
}
