package callback

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/wire"
)

// Redirect returns the handler for pg_success_url and pg_failure_url, which the
// payer's browser opens. show writes the page for the payer. What it gets is no
// proof of a payment, though it is verified: see browser.ParseRedirect. Show what
// the order says, which Result has seen to, or ask.
//
// A failure inside a frame is not signed, so that it is refused unless
// [KindFrameFailure] is switched on. Verified says then which it is.
func (r *Receiver) Redirect(show func(w http.ResponseWriter, req *http.Request, back *browser.Redirect)) http.Handler {
	return onlyForms(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, browser.MaxRedirect))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			return
		}
		var back *browser.Redirect
		if err == nil {
			back, err = r.parse(req, body)
		}
		switch {
		case errors.Is(err, errLookup):
			r.log(KindRedirect).ErrorContext(req.Context(), "request refused", "reason", err.Error())
			comeAgain(w)
		case err != nil:
			r.log(KindRedirect).WarnContext(req.Context(), "request refused", "reason", err.Error())
			r.refusal.ServeHTTP(w, with(req, nil))
		default:
			w.Header().Set("Cache-Control", "no-store")
			show(w, with(req, body), back)
		}
	}))
}

var (
	errLookup   = errors.New("the credentials could not be looked up")
	errMerchant = errors.New("no such merchant, or one without a secret")
	errUnsigned = errors.New("an unsigned failure inside a frame, which is not switched on")
)

// parse reads what the browser brought, with each of the merchant's secrets.
func (r *Receiver) parse(req *http.Request, body []byte) (*browser.Redirect, error) {
	options := browser.RedirectOptions{}
	if r.publicPath != nil {
		options.URL = r.publicPath(req)
	}
	if r.script != nil {
		script, err := r.script(with(req, body))
		if err != nil {
			return nil, err
		}
		options.Script = script
	}
	merchant := ""
	if r.merchant != nil {
		if merchant = r.merchant(with(req, body)); merchant == "" {
			return nil, errMerchant
		}
	}
	found, err := r.keys(req.Context(), merchant)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLookup, err)
	}
	err = errMerchant
	for _, c := range found {
		if c.Secret.Reveal() == "" {
			continue
		}
		options.Credentials = wire.Credentials{ID: c.ID, Secret: c.Secret}
		var back *browser.Redirect
		back, err = browser.ParseRedirect(with(req, body), options)
		switch {
		case err == nil && !back.Verified && !r.unauthenticated[KindFrameFailure]:
			return nil, errUnsigned
		case err == nil:
			return back, nil
		case !errors.Is(err, browser.ErrSignature):
			return nil, err
		}
	}
	return nil, err
}

// with returns a copy of a request, with a body that can be read.
func with(req *http.Request, body []byte) *http.Request {
	req = req.WithContext(req.Context())
	req.Body, req.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return req
}
