package sandbox

import (
	"context"
	"net/http"
	"slices"

	"github.com/freedompay-go/freedompay/gen/merchant"
)

// agreementPath is the page on which a payer signs.
const agreementPath = "/_sandbox/agreement"

// agreementPage is the page on which a payer signs an agreement, in the place of an
// application. There is no way back: no page shows an address for one.
type agreementPage struct{ *Sandbox }

const saysSign, saysLeave = "sign", "leave"

// open finds a profile while it can be signed, or what is said instead.
func (s agreementPage) open(customer string) (*agreement, http.Handler) {
	i := slices.IndexFunc(s.agreements, func(a *agreement) bool { return a.handle == customer })
	if i < 0 {
		return nil, nothingHere()
	}
	switch a := s.agreements[i]; {
	case a.status == merchant.ProfileStatusCanceled:
		return nil, say(http.StatusOK, "The agreement is canceled.")
	case s.over(a):
		return nil, say(http.StatusOK, "The last day of the agreement is over.")
	case a.status == merchant.ProfileStatusActive:
		return nil, say(http.StatusOK, "You have signed the agreement.")
	default:
		return a, nil
	}
}

func (s agreementPage) show(ctx context.Context, customer, problem string) http.Handler {
	a, away := s.open(customer)
	if away != nil {
		return away
	}
	about := "The merchant wants to charge you"
	if a.amount.IsSet() {
		about += " " + a.amount.String()
	}
	about += " in " + a.currency + ", again and again"
	if a.lastDay.IsSet() {
		about += " until " + a.lastDay.String()
	}
	return showAsk(ctx, agreementPath, askView{
		Title: "Agreement", About: about + ".", Problem: problem, Customer: customer, Label: "Do you agree?", Button: "Go on",
		Choices: []cardView{{saysSign, "sign the agreement"}, {saysLeave, "leave without signing"}},
	})
}

func (s agreementPage) take(ctx context.Context, customer, answer string) http.Handler {
	a, away := s.open(customer)
	switch {
	case away != nil:
		return away
	case answer == saysLeave:
		return say(http.StatusOK, "You left. Nothing was signed, and you can come back.")
	case answer != saysSign:
		return s.show(ctx, customer, "Sign or leave.")
	}
	s.become(a, merchant.ProfileStatusActive)
	return say(http.StatusOK, "You have signed the agreement.")
}
