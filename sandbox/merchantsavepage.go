package sandbox

import (
	"context"
	"net/http"

	"github.com/freedompay-go/freedompay/testcards"
)

// savePage is the page on which a card is saved, one to pay with or one to pay out
// to. In the end the browser goes to pg_back_link with the fields that a payer
// brings from a payment page: what comes there is not documented.
type savePage struct {
	*Sandbox
	path    string
	choices func() []cardView
	pick    func(number string) (*bankCard, bool)
}

func (s *Sandbox) savePages() (toPay, toPayOut savePage) {
	return savePage{s, savePath, payChoices, pickCard}, savePage{s, savePayoutPath, payoutChoices, pickPayoutCard}
}

// fits reports whether it is the page that was given out for an attempt.
func (s savePage) fits(p *payment) bool {
	return p.saving && s.out.savings[p] == (s.path == savePayoutPath)
}

func (s savePage) show(ctx context.Context, customer, problem string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	return showAsk(ctx, s.path, askView{
		Title: "Save a card", About: "For the user " + p.userID + ".", Problem: problem,
		Customer: customer, Label: "Card", Button: "Save", Choices: s.choices(),
	})
}

func (s savePage) take(ctx context.Context, customer, number string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	c, ok := s.pick(number)
	if !ok {
		return s.show(ctx, customer, "Pick one of the cards.")
	}
	s.saveWith(p, c)
	return s.next(ctx, p)
}

// payChoices are the test cards to pay with.
func payChoices() (choices []cardView) {
	for _, c := range testcards.Payments() {
		about := "saving " + c.CardAdd.String()
		if c.ThreeDS == testcards.Available {
			about += ", 3DS"
		}
		choices = append(choices, cardView{c.Number, about})
	}
	return choices
}

// payoutChoices are the test cards to pay out to.
func payoutChoices() (choices []cardView) {
	for _, c := range testcards.Payouts() {
		about := c.Outcome.String()
		if c.ErrorCode != "" {
			about += " " + c.ErrorCode
		}
		if c.InProcess {
			about = "in process, then " + about
		}
		choices = append(choices, cardView{c.Number, about})
	}
	return choices
}

// pickPayoutCard is a test card to pay out to as its holder types it. No expiry is
// printed with them.
func pickPayoutCard(number string) (*bankCard, bool) {
	known, ok := testcards.FindPayout(number)
	if !ok {
		return nil, false
	}
	return &bankCard{number: known.Number, month: "12", year: "30", holder: "TEST CARD"}, true
}
