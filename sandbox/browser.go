package sandbox

import (
	"context"
	"net/http"
	"net/url"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// The sandbox's own pages for a payer's browser.
const (
	payPath  = "/_sandbox/pay"
	termPath = "/_sandbox/3ds"
	acsPath  = "/_sandbox/acs/"
)

func (s *Sandbox) payerPages() {
	s.mux.HandleFunc("GET "+payPath, s.browsed(s.showPayment))
	s.mux.HandleFunc("POST "+payPath, s.browsed(s.payOnPage))
	s.mux.HandleFunc("POST "+termPath, s.browsed(s.after3DS))
	s.mux.HandleFunc("GET "+acsPath+"{id}", s.browsed(s.showChallenge))
	s.mux.HandleFunc("POST "+acsPath+"{id}", s.browsed(s.showChallenge))
	s.mux.HandleFunc("POST "+acsPath+"{id}/answer", s.browsed(s.answerChallenge))
}

// page is the address of the payment page, which is pg_redirect_url. Only a
// payment that was sent there can be paid there.
func (p *payment) page(ctx context.Context) string {
	p.hosted = true
	return p.address(ctx, payPath)
}

// hostedOn finds the payment of a payment page.
func (s *state) hostedOn(handle string) (*payment, bool) {
	p, ok := s.paymentOn(handle)
	return p, ok && p.hosted
}

func (p *payment) address(ctx context.Context, path string) string {
	return baseURL(ctx) + path + "?customer=" + url.QueryEscape(p.handle)
}

// payView is what the payment page shows.
type payView struct {
	Action, Customer, Description, Currency, Problem string
	Amount                                           wire.Decimal
	Typed                                            bool
	Cards                                            []cardView
}

type cardView struct{ Number, About string }

// showPayment shows the page of a payment, or, once it was paid or failed, sends
// the payer back to the merchant: that is what reloading the page does.
func (s *Sandbox) showPayment(r *http.Request) func() http.Handler {
	customer := r.URL.Query().Get("customer")
	return func() http.Handler {
		p, ok := s.hostedOn(customer)
		switch {
		case !ok:
			return say(http.StatusNotFound, "There is no such payment.")
		case p.state != wire.ReadingNew:
			return s.next(r.Context(), p)
		}
		return askForCard(r.Context(), p, "")
	}
}

// askForCard is the payment page, with a problem if there was one.
func askForCard(ctx context.Context, p *payment, problem string) http.Handler {
	view := payView{
		Action: baseURL(ctx) + payPath, Customer: p.handle,
		Description: p.description, Currency: p.currency, Problem: problem,
		Amount: units(p.amount), Typed: p.typed,
	}
	for _, c := range testcards.Payments() {
		about := c.Outcome.String()
		switch {
		case c.Outcome == testcards.NotPrinted:
			about = "authorization " + c.Auth.String()
		case c.ErrorCode != "":
			about += " " + c.ErrorCode
		}
		if c.ThreeDS == testcards.Available {
			about += ", 3DS"
		}
		view.Cards = append(view.Cards, cardView{c.Number, about})
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusBadRequest
	}
	return pageHandler(status, payPage, view)
}

// payOnPage pays with the card that was picked, or lets the payer go: then the
// payment stays new, and can be paid later. A card that is refused ends the
// payment; whether the real page lets the payer try another one is not
// documented.
func (s *Sandbox) payOnPage(r *http.Request) func() http.Handler {
	customer, action := r.PostFormValue("customer"), r.PostFormValue("action")
	number, amount := r.PostFormValue("card"), r.PostFormValue("amount")
	return func() http.Handler {
		p, ok := s.hostedOn(customer)
		switch {
		case !ok:
			return say(http.StatusNotFound, "There is no such payment.")
		case p.state != wire.ReadingNew:
			return s.next(r.Context(), p)
		case action == "leave":
			return say(http.StatusOK, "You left. Nothing was paid, and you can come back.")
		case action != "pay":
			return askForCard(r.Context(), p, "Pay or leave.")
		}
		c, ok := pickCard(number)
		if !ok {
			return askForCard(r.Context(), p, "Pick one of the cards.")
		}
		if p.typed {
			if problem := p.typeAmount(amount); problem != "" {
				return askForCard(r.Context(), p, problem)
			}
		}
		_ = s.pay(p, c, true) // the fault is the payment's now
		return s.next(r.Context(), p)
	}
}

// pickCard is a test card as a payer types it. Those without a printed expiry
// get that of the others.
func pickCard(number string) (*bankCard, bool) {
	known, ok := testcards.Find(number)
	if !ok {
		return nil, false
	}
	c := &bankCard{number: known.Number, month: known.ExpiryMonth, year: known.ExpiryYear, holder: "TEST CARD"}
	if c.month == "" {
		c.month, c.year = "12", "30"
	}
	return c, true
}

// next sends the browser where it has to go after the payment page: to the 3DS
// page, or back to the merchant.
func (s *Sandbox) next(ctx context.Context, p *payment) http.Handler {
	if !p.waits() {
		return s.sendBack(p)
	}
	return &browser.Form{
		Method: http.MethodPost, Action: p.challenge.address(baseURL(ctx)),
		Fields: []browser.Field{
			{Name: "MD", Value: wire.NewSecret(p.challenge.md)},
			{Name: "PaReq", Value: wire.NewSecret(p.challenge.paReq)},
			{Name: "TermUrl", Value: wire.NewSecret(p.address(ctx, termPath))},
		},
	}
}

// after3DS is where the 3DS page posts its answer for the payment page.
func (s *Sandbox) after3DS(r *http.Request) func() http.Handler {
	customer := r.URL.Query().Get("customer")
	answer, err := browser.ParseThreeDS(r)
	return func() http.Handler {
		p, ok := s.paymentOn(customer)
		switch {
		case err != nil:
			return say(http.StatusBadRequest, "This is not what a 3DS page posts.")
		case !ok:
			return say(http.StatusNotFound, "There is no such payment.")
		case p.waits():
			_ = s.complete(p, answer.MD.Reveal(), answer.PaRes.Reveal()) // the fault is the payment's now
		}
		if p.waits() {
			return say(http.StatusBadRequest, "The 3DS page did not say this.")
		}
		return s.sendBack(p)
	}
}
