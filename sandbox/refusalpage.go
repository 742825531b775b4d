package sandbox

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

const refusalPage = "refusal"

var _ = template.Must(pages.Parse(`
{{define "refusal"}}{{template "head"}}<p role="alert">{{.Text}}</p>
<form method="{{.Form.Method}}" action="{{.Form.Action}}" accept-charset="utf-8" autocomplete="off">
{{range .Form.Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value.Reveal}}">
{{end}}<button type="submit">Back to the shop</button>
</form>
</body>
</html>
{{end}}
`))

// showRefusal shows the payer why the merchant has refused the payment, which is
// documented, and the way back: a redirect would show nothing. How the real page goes
// on from there is not documented.
func showRefusal(text string, form *browser.Form) http.Handler {
	return pageHandler(http.StatusOK, refusalPage, struct {
		Text string
		Form *browser.Form
	}{text, queryInFields(form)})
}

// queryInFields is a form whose address has no query of its own if it is sent by GET:
// a browser would leave that out.
func queryInFields(form *browser.Form) *browser.Form {
	u, err := url.Parse(form.Action)
	if err != nil || form.Method != http.MethodGet || u.RawQuery == "" {
		return form
	}
	pairs, err := codec.ParseURLEncoded(u.RawQuery, codec.Limits{})
	if err != nil {
		return form // it could not be signed either
	}
	u.RawQuery = ""
	all := &browser.Form{Method: form.Method, Action: u.String()}
	for _, p := range pairs {
		all.Fields = append(all.Fields, browser.Field{Name: p.Name, Value: wire.NewSecret(p.Value)})
	}
	all.Fields = append(all.Fields, form.Fields...)
	return all
}
