package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/wire"
)

// bankPath is the page on which a customer chooses a bank and a product.
const bankPath = "/_sandbox/installment"

// banks are those that give installment plans and loans: the one of the page's example,
// with its two products.
func banks() []installment.Bank {
	product := func(months int64, kind installment.ProductType) installment.BankProduct {
		return installment.BankProduct{
			TermMonths: new(months), CalculationRate: wire.MustDecimal("0.095"), Type: kind,
			AmountLimits: &installment.AmountLimits{
				Currency: "UZS", Min: wire.MustDecimal("100000"), Max: wire.MustDecimal("30000000"),
			},
		}
	}
	return []installment.Bank{{
		Code: "anorbank", Name: "Anorbank", Logo: "https://cdn.freedompay.kz/logos/anorbank.png",
		Products: []installment.BankProduct{product(12, installment.ProductTypeInstallment), product(6, installment.ProductTypeCredit)},
	}}
}

// offer is a product of a bank that an amount is within the limits of.
type offer struct{ key, bank, about string }

func offers(amount int64, currency string) (found []offer) {
	for _, b := range banks() {
		for _, p := range b.Products {
			l, asked := p.AmountLimits, units(amount)
			if l.Currency == currency && asked.Cmp(l.Min) >= 0 && asked.Cmp(l.Max) <= 0 {
				key := fmt.Sprintf("%s %s %d", b.Code, p.Type, *p.TermMonths)
				found = append(found, offer{key, b.Code, fmt.Sprintf("%s, %s for %d months", b.Name, p.Type, *p.TermMonths)})
			}
		}
	}
	return found
}

// bankPage is the page on which a customer chooses a bank and a product. The bank then
// approves the whole amount; the status stays what it is, for no page has a word for
// that, nor for a refusal.
type bankPage struct{ *Sandbox }

// open finds an application while there is something to choose, or what is said instead.
func (s bankPage) open(token string) (*application, http.Handler) {
	i := slices.IndexFunc(s.applications, func(a *application) bool { return a.token == token })
	if i < 0 {
		return nil, nothingHere()
	}
	a := s.applications[i]
	if a.status == installment.ApplicationStatusNew && a.bank == "" {
		return a, nil
	}
	return nil, say(http.StatusOK, "There is nothing to choose any more.")
}

func (s bankPage) show(ctx context.Context, token, problem string) http.Handler {
	a, away := s.open(token)
	if away != nil {
		return away
	}
	view := askView{
		Title: units(a.amount).String() + " " + a.currency, About: "An order that is paid later.", Problem: problem,
		Customer: token, Label: "Which product?", Button: "Choose",
	}
	for _, o := range offers(a.amount, a.currency) {
		view.Choices = append(view.Choices, cardView{o.key, o.about})
	}
	return showAsk(ctx, bankPath, view)
}

func (s bankPage) take(ctx context.Context, token, key string) http.Handler {
	a, away := s.open(token)
	if away != nil {
		return away
	}
	all := offers(a.amount, a.currency)
	i := slices.IndexFunc(all, func(o offer) bool { return o.key == key })
	if i < 0 {
		return s.show(ctx, token, "Pick one of the products.")
	}
	a.bank, a.modified = all[i].bank, s.now()
	return say(http.StatusOK, "The bank has approved the application.")
}
