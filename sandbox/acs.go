package sandbox

import (
	"net/http"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/wire"
)

// acsView is what the ACS page shows.
type acsView struct{ About, Action, TermURL string }

// showChallenge is the ACS page, the 3DS page of a card's issuer: it asks the
// cardholder. It takes what package browser sends there: MD, PaReq and TermUrl,
// or TermUrl alone where the API gives no more than an address, or nothing by
// GET. What there is has to be right.
func (s *Sandbox) showChallenge(r *http.Request) func() http.Handler {
	id, md, paReq, term := r.PathValue("id"), r.PostFormValue("MD"), r.PostFormValue("PaReq"), r.PostFormValue("TermUrl")
	return func() http.Handler {
		c, ok := s.challenges[id]
		switch {
		case !ok:
			return say(http.StatusNotFound, "There is nothing to confirm here.")
		case (md != "" || paReq != "") && (md != c.md || paReq != c.paReq):
			return say(http.StatusBadRequest, "MD and PaReq are not those that belong to this address.")
		case term != "" && !isAddress(term):
			return say(http.StatusBadRequest, "TermUrl is not an address.")
		}
		return pageHandler(http.StatusOK, acsPage, acsView{c.about, c.address(baseURL(r.Context())) + "/answer", term})
	}
}

func isAddress(raw string) bool {
	_, ok := absolute(raw)
	return ok
}

// answerChallenge takes what the cardholder says, once, and posts MD and PaRes to
// TermUrl. Without a TermUrl the cardholder stays here.
func (s *Sandbox) answerChallenge(r *http.Request) func() http.Handler {
	id, answer, term := r.PathValue("id"), r.PostFormValue("answer"), r.PostFormValue("TermUrl")
	return func() http.Handler {
		c, ok := s.challenges[id]
		switch {
		case !ok:
			return say(http.StatusNotFound, "There is nothing to confirm here.")
		case answer != "confirm" && answer != "refuse":
			return say(http.StatusBadRequest, "Confirm or refuse.")
		}
		c.decide(answer == "confirm")
		if !isAddress(term) {
			return say(http.StatusOK, "Your bank knows your answer. You can go back to the shop.")
		}
		return &browser.Form{
			Method: http.MethodPost, Action: term,
			Fields: []browser.Field{
				{Name: "MD", Value: wire.NewSecret(c.md)},
				{Name: "PaRes", Value: wire.NewSecret(c.paRes)},
			},
		}
	}
}
