package browser

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Field is one field of a form or of a redirect. Its value prints as ***.
type Field struct {
	// Name is what the field is called in the form, as in pg_amount.
	Name string
	// Value is what is sent under it, before any escaping.
	Value wire.Secret
}

// Form is what a browser is to send: as a page ([Form.WriteTo], [Form.HTML],
// [Form.ServeHTTP]) or as an address ([Form.URL]). What a form was signed with
// is in its fields: a field that is changed or added later breaks the signature.
//
// It prints its method, its address without the query and how many fields it
// has.
type Form struct {
	// Method is how the page sends the form: POST or GET.
	Method string
	// Action is where it goes.
	Action string
	// Fields are in the order in which they are sent.
	Fields []Field
	// Page is how the page looks.
	Page Page

	onlyPost bool
}

// Page is what a payer sees of the page of a form, most often for a moment, and
// what its script may need to run. The zero value is a page in English.
type Page struct {
	// Language is the page's language, "kk"; by default "en".
	Language string
	// Title is the page's title; by default "Payment".
	Title string
	// Button is the text of the button that sends the form where JavaScript does
	// not; by default "Continue".
	Button string
	// Nonce is that of the response's Content-Security-Policy, without which a
	// policy may keep the script from running. A policy that has form-action must
	// name the hosts that the form's address redirects to as well: some browsers
	// hold them to it.
	Nonce string
}

// A field named submit hides the form's own method, hence the prototype's. The
// form holds no names of its own, so that nothing of it is sent. Firefox would
// put values of an earlier visit into the fields, were it not for autocomplete.
var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="{{.Page.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Page.Title}}</title>
</head>
<body>
<form method="{{.Method}}" action="{{.Action}}" accept-charset="utf-8" autocomplete="off">
{{range .Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value.Reveal}}">
{{end}}<button type="submit">{{.Page.Button}}</button>
</form>
<script{{if .Page.Nonce}} nonce="{{.Page.Nonce}}"{{end}}>HTMLFormElement.prototype.submit.call(document.forms[0])</script>
</body>
</html>
`))

// HTML returns a page that sends the form by itself, and by a button where
// there is no JavaScript. It is for one payer and one time: answer with
// Cache-Control: no-store, as [Form.ServeHTTP] does.
func (f *Form) HTML() ([]byte, error) {
	filled := *f
	for text, byDefault := range map[*string]string{
		&filled.Page.Language: "en",
		&filled.Page.Title:    "Payment",
		&filled.Page.Button:   "Continue",
	} {
		if *text == "" {
			*text = byDefault
		}
	}
	var b bytes.Buffer
	if err := page.Execute(&b, &filled); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return b.Bytes(), nil
}

// WriteTo writes the page of [Form.HTML] to w.
func (f *Form) WriteTo(w io.Writer) (int64, error) {
	html, err := f.HTML()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(html)
	return int64(n), err
}

// ServeHTTP answers with the page, which no cache keeps. The header fields of a
// Content-Security-Policy are up to the caller.
func (f *Form) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	html, err := f.HTML()
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(html) // the payer went away
}

// URL returns the address that sends the form by GET, for a redirect. A form of
// [ThreeDSForm] has none: the 3DS page expects a POST.
//
// The address holds the signature. Whoever has it can do what the payer can, so
// it belongs in no log.
func (f *Form) URL() (string, error) {
	if f.onlyPost {
		return "", fmt.Errorf("%w: it can be sent by POST only", ErrForm)
	}
	pairs := make([]codec.Pair, len(f.Fields))
	for i, field := range f.Fields {
		pairs[i] = codec.Pair{Name: field.Name, Value: field.Value.Reveal()}
	}
	before := "?"
	switch {
	case len(pairs) == 0:
		return f.Action, nil
	case strings.Contains(f.Action, "?"):
		before = "&"
	}
	return f.Action + before + string(codec.AppendURLEncoded(nil, pairs)), nil
}

// Format prints what [Form] says, for every verb.
func (f Form) Format(s fmt.State, _ rune) {
	action, _, _ := strings.Cut(f.Action, "?")
	_, _ = fmt.Fprintf(s, "%s form to %s with %d fields", f.Method, action, len(f.Fields))
}
