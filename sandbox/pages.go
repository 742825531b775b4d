package sandbox

import (
	"html/template"
	"net/http"
)

// Nothing here is Freedom Pay's: what its pages look like is not documented, and
// these are to be read by people and driven by programs. They need no JavaScript.
var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox</title>
<style>body{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em}label{display:block;margin:.3em 0}</style>
</head>
<body>
{{end}}

{{define "outcome"}}{{template "head"}}<p>{{.Text}}</p>
</body>
</html>
{{end}}

{{define "pay"}}{{template "head"}}<h1>{{.Amount}} {{.Currency}}</h1>
<p>{{.Description}}</p>
{{with .Problem}}<p role="alert">{{.}}</p>
{{end}}<form method="post" action="{{.Action}}" autocomplete="off">
<input type="hidden" name="customer" value="{{.Customer}}">
{{if .Typed}}<label>Amount <input name="amount" value="{{.Amount}}" inputmode="decimal"></label>
{{end}}<fieldset><legend>Card</legend>
{{range $i, $c := .Cards}}<label><input type="radio" name="card" value="{{$c.Number}}"{{if eq $i 0}} checked{{end}}> {{$c.Number}}: {{$c.About}}</label>
{{end}}</fieldset>
<button type="submit" name="action" value="pay">Pay</button>
<button type="submit" name="action" value="leave">Leave without paying</button>
</form>
</body>
</html>
{{end}}

{{define "acs"}}{{template "head"}}<h1>3DS</h1>
<p>Your bank asks: {{.About}}?</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="TermUrl" value="{{.TermURL}}">
<button type="submit" name="answer" value="confirm">Confirm</button>
<button type="submit" name="answer" value="refuse">Refuse</button>
</form>
</body>
</html>
{{end}}
`))

const (
	outcomePage = "outcome"
	payPage     = "pay"
	acsPage     = "acs"
)

// pageHandler answers with a page, which no cache keeps.
func pageHandler(status int, name string, view any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_ = pages.ExecuteTemplate(w, name, view) // the payer went away
	})
}

// say answers with a page of one sentence or two.
func say(status int, text string) http.Handler {
	return pageHandler(status, outcomePage, struct{ Text string }{text})
}

// browsed is a page of the sandbox: it decides, alone on the state, what is
// answered. What it reads of the request it has read before, and it writes
// nothing itself: a slow browser holds up nobody.
func (s *Sandbox) browsed(read func(r *http.Request) (decide func() http.Handler)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<18)
		decide, answer := read(r), http.Handler(nil)
		after := s.alone(func() { answer = decide() })
		defer after.start()
		answer.ServeHTTP(w, r)
	}
}
