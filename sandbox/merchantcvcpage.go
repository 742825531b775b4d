package sandbox

import (
	"context"
	"net/http"
)

// cvcPage is the page that asks the payer for the CVC of a saved card. Any of the
// right length will do: none is documented for the test cards.
type cvcPage struct{ *Sandbox }

func (s cvcPage) fits(p *payment) bool { return p.saved != nil && !p.saving }

func (s cvcPage) show(ctx context.Context, customer, problem string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	return showAsk(ctx, cvcPath, askView{
		Title: units(p.amount).String() + " " + p.currency, About: p.description, Problem: problem, Customer: customer,
		Label: "CVC of the card " + p.saved.card.mask().Reveal(), Button: "Pay",
	})
}

func (s cvcPage) take(ctx context.Context, customer, cvc string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	if _, err := s.ofSavedCard(p.id); err != nil {
		s.fail(p, &fault{codeCard, "the card was removed"})
		return s.next(ctx, p)
	}
	card := p.saved.card
	c, err := newCard(card.number, card.year, card.month, cvc, card.holder)
	if f, ok := asFault(err); ok {
		return s.show(ctx, customer, f.text)
	}
	_ = s.pay(p, c, true) // the fault is the payment's now
	return s.next(ctx, p)
}
