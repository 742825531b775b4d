package sandbox_test

import (
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func tipsTo(token, amount string) *merchant.TipsCreateRequest {
	return &merchant.TipsCreateRequest{
		Amount: wire.MustDecimal(amount), Currency: "KZT", ExternalID: "TIP-001",
		MainOrder: &merchant.TipsOrder{ExternalID: "ORDER-123", Amount: wire.MustDecimal("5000")},
		Recipient: &merchant.TipsRecipient{UserID: user, CardToken: wire.NewSecret(token)},
		Sender:    &merchant.TipsSender{UserID: "customer-777", Phone: wire.NewSecret("77001234567")},
	}
}

// A customer gives tips to a courier whose card is saved.
func TestScenarioTips(t *testing.T) {
	s := openTill(t, sandbox.Options{})
	asked := tipsTo(s.saves(cardPlain), "500")
	asked.BackURL, asked.PostLink = s.url+"/thanks", s.addr+"/tips"
	same := wire.WithRequestID("019d0652-4e2f-7f54-a179-000000000003")
	made := answeredJSON(s.shop, s.merchant.TipsCreate, asked, same)
	if made.Status != merchant.TipsStatusNew || len(made.ID) != 36 || made.CreatedAt.String() != "2026-01-22T07:00:00Z" {
		t.Errorf("got %v", made)
	}
	if again := answeredJSON(s.shop, s.merchant.TipsCreate, asked, same); again.ID != made.ID || again.RedirectURL.Reveal() != made.RedirectURL.Reveal() {
		t.Errorf("got %v, and first %v", again, made)
	}
	payer := s.visitor().open(made.RedirectURL.Reveal())
	if !strings.Contains(payer.body, "500.00 KZT") || strings.Contains(payer.body, "77001234567") {
		t.Error(payer.body)
	}
	if payer.press("card", cardPlain, "action", "pay"); payer.at != s.url+"/thanks" {
		t.Errorf("the sender is at %s", payer.at)
	}
	if payer.open(made.RedirectURL.Reveal()); payer.at != s.url+"/thanks" {
		t.Errorf("the sender can pay twice: %s", payer.body)
	}
	if len(s.came("/tips")) != 0 || len(s.came("/result")) != 0 {
		t.Error("something is told that no page shows")
	}
}

func TestTipsRefusals(t *testing.T) {
	s := openShop(t)
	token := s.saves(cardPlain)
	for text, change := range map[string]func(r *merchant.TipsCreateRequest){
		"no card with this token":     func(r *merchant.TipsCreateRequest) { r.Recipient.CardToken = wire.NewSecret("none") },
		"no card with this token ":    func(r *merchant.TipsCreateRequest) { r.Recipient.UserID = "another" },
		"there is no recipient":       func(r *merchant.TipsCreateRequest) { r.Recipient = nil },
		"the amount must be positive": func(r *merchant.TipsCreateRequest) { r.Amount = wire.Decimal{} },
		"more than two decimals":      func(r *merchant.TipsCreateRequest) { r.Amount = wire.MustDecimal("1.234") },
		"not a code of three letters": func(r *merchant.TipsCreateRequest) { r.Currency = "KZ" },
	} {
		r := tipsTo(token, "500")
		change(r)
		refusedJSON(s, strings.TrimSpace(text), s.merchant.TipsCreate, r)
	}
}
