package sandbox

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"github.com/freedompay-go/freedompay/wire"
)

// The pages of the Merchant API besides the payment page. Those on which a card is
// saved end as the real ones were seen to.
const (
	savePath       = "/_sandbox/cardstorage/view"
	savePayoutPath = "/_sandbox/cardstoragepayout/view"
	cvcPath        = "/_sandbox/cvc"
	payoutPath     = "/_sandbox/payout"
	phonePath      = "/_sandbox/phone"
)

func (s *Sandbox) merchantPages() {
	s.mux.HandleFunc("GET "+profilePath, s.showProfile)
	toPay, toPayOut := s.savePages()
	for path, page := range map[string]askPage{
		savePath:       toPay,
		savePayoutPath: toPayOut,
		cvcPath:        cvcPage{s},
		payoutPath:     payoutPage{s},
		phonePath:      phonePage{s},
		agreementPath:  agreementPage{s},
		bankPath:       bankPage{s},
	} {
		s.mux.HandleFunc("GET "+path, s.browsed(func(r *http.Request) func() http.Handler {
			customer := r.URL.Query().Get("customer")
			return func() http.Handler { return page.show(r.Context(), customer, "") }
		}))
		s.mux.HandleFunc("POST "+path, s.browsed(func(r *http.Request) func() http.Handler {
			customer, answer := r.PostFormValue("customer"), r.PostFormValue("answer")
			return func() http.Handler { return page.take(r.Context(), customer, answer) }
		}))
	}
}

// askPage is a page that asks one thing. Its functions are called alone on the
// state.
type askPage interface {
	// show asks, and says what was wrong with the last answer.
	show(ctx context.Context, customer, problem string) http.Handler
	// take takes what was answered.
	take(ctx context.Context, customer, answer string) http.Handler
}

// askView is what such a page shows: what can be picked, or else one field to type
// into.
type askView struct {
	Title, About, Problem, Action, Customer, Label, Button string
	Choices                                                []cardView
}

const ask = "ask"

var _ = template.Must(pages.Parse(`
{{define "ask"}}{{template "head"}}<h1>{{.Title}}</h1>
<p>{{.About}}</p>
{{with .Problem}}<p role="alert">{{.}}</p>
{{end}}<form method="post" action="{{.Action}}" autocomplete="off">
<input type="hidden" name="customer" value="{{.Customer}}">
{{if .Choices}}<fieldset><legend>{{.Label}}</legend>
{{range $i, $c := .Choices}}<label><input type="radio" name="answer" value="{{$c.Number}}"{{if eq $i 0}} checked{{end}}> {{$c.Number}}: {{$c.About}}</label>
{{end}}</fieldset>
{{else}}<label>{{.Label}} <input name="answer" inputmode="numeric"></label>
{{end}}<button type="submit">{{.Button}}</button>
</form>
</body>
</html>
{{end}}
`))

// showAsk is a page that asks, with status 400 after a wrong answer.
func showAsk(ctx context.Context, path string, view askView) http.Handler {
	status := http.StatusOK
	if view.Problem != "" {
		status = http.StatusBadRequest
	}
	view.Action = baseURL(ctx) + path
	return pageHandler(status, ask, view)
}

// nothingHere answers to a handle that is none.
func nothingHere() http.Handler {
	return say(http.StatusNotFound, "There is nothing under this address.")
}

// customerPage is the address of a page for a handle.
func customerPage(ctx context.Context, path, handle string) string {
	return baseURL(ctx) + path + "?customer=" + url.QueryEscape(handle)
}

// toAsk finds the payment of a page while there is something to ask about it. For
// one that is over, or that waits for 3DS, and for a handle of another page, it
// returns what takes the browser where it has to go.
func (s *Sandbox) toAsk(ctx context.Context, customer string, fits func(*payment) bool) (*payment, http.Handler) {
	p, ok := s.paymentOn(customer)
	switch {
	case !ok || !fits(p):
		return nil, nothingHere()
	case p.state == wire.ReadingNew || p.state == wire.ReadingProcess && p.challenge == nil:
		return p, nil
	}
	return nil, s.next(ctx, p)
}
