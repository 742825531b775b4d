package browser

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// merchantName is the field with the identity of the credentials.
const merchantName = "pg_merchant_id"

// Option changes how [PaymentForm] and [ConfirmCVC] make a form.
type Option func(*options)

type options struct {
	random         io.Reader
	order          pgsig.Order
	skipValidation bool
	extra          []codec.Pair
}

func newOptions(opts []Option) *options {
	o := &options{random: rand.Reader}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithRandom takes pg_salt from r instead of the system's cryptographic source.
func WithRandom(r io.Reader) Option {
	return func(o *options) {
		if r != nil {
			o.random = r
		}
	}
}

// WithPgSigOrder signs the positions of lists in another order than the
// default, as middleware.WithPgSigOrder does for calls.
func WithPgSigOrder(order pgsig.Order) Option { return func(o *options) { o.order = order } }

// WithoutValidation makes a form of a request that breaks a documented limit.
func WithoutValidation() Option { return func(o *options) { o.skipValidation = true } }

// WithField adds a field: a parameter of the merchant's own, or one that no page
// documents. Fields take part in the signature whatever their name.
func WithField(name, value string) Option {
	return func(o *options) { o.extra = append(o.extra, codec.Pair{Name: name, Value: value}) }
}

// PaymentForm returns the form that takes a payer to the payment page without a
// call before: the payer's browser brings the request of init_payment to
// payment.php, which the documentation names as the other way of creating a
// payment. It takes all fields of request, which is that of the creating call;
// pg_merchant_id, pg_salt and pg_sig are added, the last with the script name
// payment.php and the secret for taking payments. A pg_salt that the request
// holds is kept.
//
// The payer can read the form, and send it twice or not at all. It can go by
// POST, as its page does, or by GET ([Form.URL]): the overview allows both for
// all messages, and both are seen in modules for web shops, signed so.
func PaymentForm(env wire.Environment, credentials wire.Credentials, request codec.Message, opts ...Option) (*Form, error) {
	o := newOptions(opts)
	if request == nil {
		return nil, fmt.Errorf("%w: no request", ErrForm)
	}
	if !o.skipValidation {
		if err := codec.Validate(request).Err(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
	}
	return o.form(http.MethodPost, env, credentials, "/payment.php", codec.Pairs(request))
}

// ConfirmCVC returns the form that takes a payer to the page that asks for the
// CVC of a saved card, /v1/merchant/{merchant_id}/card/pay, for a payment that
// card/init has created. It goes by GET: redirect to its [Form.URL].
//
// The documentation lists the call as a POST, describes the answer as an HTML
// form for the payer, prints another call's XML for it and hides the fields.
// That a browser opens the address is what the official SDK for Android does
// (payByCard of PayBox/kotlin-paybox-sdk): in a web view, by GET, with
// pg_merchant_id, pg_payment_id, pg_salt and pg_sig in the query, signed with the
// script name pay. It also sends pg_testing_mode and pg_payment_system, which are
// not known to be needed ([WithField] adds them); the official SDK for PHP
// (PayBox/PayboxCardStorage) posts the four alone.
func ConfirmCVC(env wire.Environment, credentials wire.Credentials, paymentID string, opts ...Option) (*Form, error) {
	o := newOptions(opts)
	if paymentID == "" {
		return nil, fmt.Errorf("%w: no payment id", ErrForm)
	}
	path := "/v1/merchant/" + url.PathEscape(credentials.ID) + "/card/pay"
	return o.form(http.MethodGet, env, credentials, path, []codec.Pair{{Name: "pg_payment_id", Value: paymentID}})
}

// form makes the signed form.
func (o *options) form(method string, env wire.Environment, credentials wire.Credentials, path string, pairs []codec.Pair) (*Form, error) {
	base, err := address("the environment", string(env))
	switch {
	case err != nil:
		return nil, err
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, fmt.Errorf("%w: the environment must have no query and no fragment", ErrAddress)
	case credentials.ID == "":
		return nil, fmt.Errorf("%w: no identity", ErrCredentials)
	case credentials.Secret.Reveal() == "":
		return nil, fmt.Errorf("%w: no secret for taking payments", ErrCredentials)
	}
	pairs, err = o.sign(path, credentials, pairs)
	if err != nil {
		return nil, err
	}
	f := &Form{Method: method, Action: strings.TrimRight(base.String(), "/") + path, Fields: make([]Field, len(pairs))}
	for i, p := range pairs {
		f.Fields[i] = Field{p.Name, wire.NewSecret(p.Value)}
	}
	return f, nil
}

// sign completes pairs and returns them as a browser sends them.
func (o *options) sign(path string, credentials wire.Credentials, pairs []codec.Pair) ([]codec.Pair, error) {
	script, err := pgsig.ScriptName(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	complete := []codec.Pair{{Name: merchantName, Value: credentials.ID}}
	salted := false
	for i, p := range slices.Concat(pairs, o.extra) {
		switch {
		case p.Name == pgsig.SignatureName || p.Name == pgsig.SaltName && p.Value == "":
			continue // of an earlier attempt
		case p.Name == merchantName && p.Value == credentials.ID:
			continue // it is in front already
		case p.Name == merchantName:
			return nil, fmt.Errorf("%w: %s is not that of the credentials", ErrForm, merchantName)
		}
		salted = salted || p.Name == pgsig.SaltName
		sent, err := asSent(p)
		if err != nil {
			return nil, fmt.Errorf("%w: field %d: %w", ErrForm, i, err)
		}
		complete = append(complete, sent)
	}
	if !salted {
		salt, err := pgsig.NewSalt(o.random)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		complete = append(complete, codec.Pair{Name: pgsig.SaltName, Value: salt})
	}
	fields, err := pgform.FieldsOfPairs(complete)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	sig := o.order.Sign(script, fields, credentials.Secret.Reveal())
	if sig == "" {
		return nil, fmt.Errorf("%w: no such order of lists", ErrForm)
	}
	return append(complete, codec.Pair{Name: pgsig.SignatureName, Value: sig}), nil
}

// asSent returns a field as a browser sends it that finds it in a page, by the
// rules of HTML: a line break of any kind becomes CR LF. What HTML cannot hold,
// and the one name whose value a browser fills in, are errors.
func asSent(p codec.Pair) (codec.Pair, error) {
	switch {
	case p.Name == "":
		return p, errors.New("no name")
	case strings.EqualFold(p.Name, "_charset_"):
		return p, errors.New("a name that browsers give a value of their own")
	case strings.ContainsAny(p.Name, "\r\n\x00") || strings.Contains(p.Value, "\x00"):
		return p, errors.New("a NUL, or a line break in the name, which no page can hold")
	case !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value):
		return p, errors.New("no UTF-8")
	}
	p.Value = strings.ReplaceAll(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(p.Value), "\n", "\r\n")
	return p, nil
}
