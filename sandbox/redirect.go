package sandbox

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// returns is where a payer's browser goes after the payment page.
type returns struct {
	success, failure target
	// frame says that the page is inside a frame of the merchant's page.
	frame bool
	// plain says that the browser brings nothing along.
	plain bool
}

// target is an address of the merchant's and how it is called: by GET unless the
// method is POST, which is what an integrator saw.
type target struct{ url, method string }

// back is the form that takes the payer's browser to the merchant, and nil where
// the merchant has named no address that a browser can be sent to.
func (s *Sandbox) back(p *payment) (*browser.Form, error) {
	to, failed := p.returns.success, false
	if p.state == wire.ReadingFailed || p.state == wire.ReadingNew || p.state == wire.ReadingProcess {
		to, failed = p.returns.failure, true
	}
	own, ok := absolute(to.url)
	if !ok {
		return nil, nil
	}
	if p.returns.plain {
		return newForm(target{url: to.url}, nil), nil
	}
	var pairs []codec.Pair
	add := func(name, value string) {
		if value != "" {
			pairs = append(pairs, codec.Pair{Name: name, Value: value})
		}
	}
	add("pg_order_id", p.order.id)
	if failed && p.returns.frame && p.failure != nil {
		// By the table of the pages this one is not signed, and has no payment.
		add("pg_status", "error")
		add("pg_error_code", p.failure.code)
		add("pg_error_description", p.failure.text)
		return newForm(to, pairs), nil
	}
	add("pg_payment_id", p.id)
	pairs = append(pairs, p.params...)
	salt, err := pgsig.NewSalt(rand.Reader)
	if err != nil {
		return nil, err
	}
	add(pgsig.SaltName, salt)
	form := newForm(to, pairs)
	sig, err := s.signBack(form, own)
	if err != nil {
		return nil, err
	}
	form.Fields = append(form.Fields, browser.Field{Name: pgsig.SignatureName, Value: wire.NewSecret(sig)})
	return form, nil
}

// newForm is a form to an address of the merchant's. What is in it is what
// arrives: a browser posts line breaks as CR LF.
func newForm(to target, pairs []codec.Pair) *browser.Form {
	form := &browser.Form{Method: http.MethodGet, Action: to.url}
	if to.method == http.MethodPost {
		form.Method = http.MethodPost
	}
	for _, p := range pairs {
		if form.Method == http.MethodPost {
			p.Value = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(p.Value)
		}
		form.Fields = append(form.Fields, browser.Field{Name: p.Name, Value: wire.NewSecret(p.Value)})
	}
	return form
}

// signBack signs what a browser brings to the merchant.
func (s *Sandbox) signBack(form *browser.Form, own *url.URL) (string, error) {
	var pairs []codec.Pair
	for _, f := range form.Fields {
		pairs = append(pairs, codec.Pair{Name: f.Name, Value: f.Value.Reveal()})
	}
	return signTo(own, form.Method == http.MethodGet, pairs, s.opts.Credentials.Secret.Reveal())
}

// absolute reads an address that a browser can be sent to.
func absolute(raw string) (*url.URL, bool) {
	u, err := url.Parse(raw)
	return u, err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// sendBack sends the payer's browser to the merchant, or shows what became of the
// payment. The merchant is told before; where it has refused the payment the payer is
// shown why, and goes on by himself.
func (s *Sandbox) sendBack(p *payment) http.Handler {
	s.tell(p)
	form, err := s.back(p)
	switch {
	case err != nil:
		return say(http.StatusInternalServerError, "The way back cannot be signed.")
	case form == nil:
		text := "The payment is " + p.state.String() + "."
		if p.failure != nil {
			text += " Error " + p.failure.code + ": " + p.failure.text + "."
		}
		return say(http.StatusOK, text+" The merchant has named no address to go back to.")
	case p.refusal != "":
		return showRefusal(p.refusal, form)
	case form.Method == http.MethodPost:
		return form
	case len(form.Fields) == 0:
		return seeOther(form.Action)
	}
	address, err := form.URL()
	if err != nil {
		return say(http.StatusInternalServerError, "There is no way back.")
	}
	return seeOther(address)
}

// seeOther redirects. No cache keeps the address, which holds a signature.
func seeOther(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, address, http.StatusSeeOther)
	})
}
