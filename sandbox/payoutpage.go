package sandbox

import (
	"context"
	"net/http"
	"slices"

	"github.com/freedompay-go/freedompay/wire"
)

// payoutPage is the page on which the recipient of a payout picks the card. One
// that is refused ends the payout. The way back has nothing to bring along: no
// page says that anything comes with it.
type payoutPage struct{ *Sandbox }

// open finds a payout while a card can be picked, or what takes the browser away.
func (s payoutPage) open(customer string) (*payout, http.Handler) {
	i := slices.IndexFunc(s.out.payouts, func(p *payout) bool { return p.handle == customer })
	if i < 0 {
		return nil, nothingHere()
	}
	p := s.out.payouts[i]
	if s.settlePayout(p); p.state != wire.ReadingNew {
		return nil, s.leave(p)
	}
	return p, nil
}

// leave sends the recipient's browser back to the merchant, who is told of the payout
// before.
func (s payoutPage) leave(p *payout) http.Handler {
	s.tellPayout(p)
	if isAddress(p.back) {
		return seeOther(p.back)
	}
	text := "The money was paid out."
	switch {
	case p.failure != nil:
		text = "The payout has failed. Error " + p.failure.Error() + "."
	case p.state == wire.ReadingProcess:
		text = "The payout is in process."
	}
	return say(http.StatusOK, text)
}

func (s payoutPage) show(ctx context.Context, customer, problem string) http.Handler {
	p, away := s.open(customer)
	if away != nil {
		return away
	}
	return showAsk(ctx, payoutPath, askView{
		Title: units(p.amount).String() + " " + p.currency, About: p.description, Problem: problem,
		Customer: customer, Label: "To which card?", Button: "Get the money", Choices: payoutChoices(),
	})
}

func (s payoutPage) take(ctx context.Context, customer, number string) http.Handler {
	p, away := s.open(customer)
	if away != nil {
		return away
	}
	c, ok := pickPayoutCard(number)
	if !ok {
		return s.show(ctx, customer, "Pick one of the cards.")
	}
	_ = s.payOut(p, toCard(c.number, c.holder)) // the fault is the payout's now
	return s.leave(p)
}
