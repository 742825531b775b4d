package sandbox

import (
	"context"
	"net/http"

	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// phonePage is the page of a payment from the balance of a phone. It asks for the
// phone, and then for the code.
type phonePage struct{ *Sandbox }

func (s phonePage) fits(p *payment) bool { return s.phones[p] != nil }

func (s phonePage) show(ctx context.Context, customer, problem string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	view := askView{
		Title: units(p.amount).String() + " " + p.currency, About: p.description, Problem: problem,
		Customer: customer, Label: "Phone", Button: "Get a code",
	}
	for _, phone := range testcards.Phones() {
		view.Choices = append(view.Choices, cardView{phone.Number, phone.Operator + ", code " + phone.Code})
	}
	if p.state == wire.ReadingProcess {
		view.Label, view.Button, view.Choices = "Code", "Pay", nil
	}
	return showAsk(ctx, phonePath, view)
}

func (s phonePage) take(ctx context.Context, customer, answer string) http.Handler {
	p, away := s.toAsk(ctx, customer, s.fits)
	if away != nil {
		return away
	}
	var err error
	if p.state == wire.ReadingNew {
		err = s.charge(p, s.phones[p], answer, "")
	} else {
		err = s.approve(p, s.phones[p], answer)
	}
	problem := ""
	if f, ok := asFault(err); ok {
		problem = f.text
	}
	return s.show(ctx, customer, problem) // or, when it is over, the way back
}
