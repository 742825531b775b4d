package browser

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// MaxRedirect is the largest query or body that [ParseRedirect] reads, in bytes.
const MaxRedirect = 64 << 10

// RedirectOptions say how a redirect is verified.
type RedirectOptions struct {
	// Credentials hold the secret for taking payments.
	Credentials wire.Credentials
	// URL is the pg_success_url or pg_failure_url that the payment was created
	// with, whole or its path alone. The signature's script name is the last
	// segment of its path. Empty: the path of the request, which is another one
	// behind a proxy that rewrites paths.
	//
	// Where the URL has a query, this is the place to name it; see
	// [ParseRedirect].
	URL string
	// Script overrides the script name: what it is for a URL that ends in a slash,
	// or has no path, is not documented.
	Script string
}

// Redirect is what a payer's browser brought to pg_success_url or
// pg_failure_url. It is no proof of a payment, not even verified: which of the
// two addresses a browser opens is up to whoever sits in front of it.
type Redirect struct {
	// Verified says that Freedom Pay made this redirect, at some time, for a URL
	// with this last segment. It is false for a failure inside a frame only.
	Verified bool
	// OrderID is pg_order_id, the payment's id with the merchant, where it has one.
	OrderID string
	// PaymentID is pg_payment_id, its id with Freedom Pay. A failure inside a frame
	// has none.
	PaymentID string
	// Status is pg_status of a failure inside a frame. Its values are not
	// documented.
	Status string
	// ErrorCode and ErrorText are pg_error_code and pg_error_description of a
	// failure inside a frame. They are not signed, so anybody can have written
	// them. Digit runs that may be card numbers are masked.
	ErrorCode, ErrorText string
	// Parameters are the merchant's own, in the order in which they came: all whose
	// names do not begin with pg_, without those of RedirectOptions.URL.
	Parameters []Field
	// Undocumented are all others, in the order in which they came.
	Undocumented []Field
}

// ParseRedirect reads the query of a GET or the form of a POST to pg_success_url
// or pg_failure_url and verifies its pg_sig with the secret for taking payments.
// It reads the body of a POST; of a request whose form was parsed before, it
// takes that, and Parameters are then sorted by name.
//
// A redirect without a signature is an [ErrSignature], but for one that has
// pg_error_code: the failure of a payment inside a frame
// (pg_payment_route=frame) is documented without. It comes back with Verified
// false. A pg_sig that does not fit is always an error.
//
// What a verified redirect does not say:
//
//   - That anything was paid. See the package comment.
//   - Success or failure. No field tells one from the other, the URL does, and of
//     that only the last segment is signed. Where it is the same for both,
//     /success/back and /failure/back, a payer can open one with the parameters of
//     the other and they verify.
//
// Whether a query that the merchant's own URL has takes part in the signature is
// not documented; by GET, the parameters are said to be added at its end. So two
// readings are tried: the message with the pairs of RedirectOptions.URL's query
// and the message without. Only pairs that are equal to those are ever left out,
// so a payer gains nothing by it, but the query of a URL that is not given there
// counts as signed. Without a query in the URL there is no question.
func ParseRedirect(r *http.Request, o RedirectOptions) (*Redirect, error) {
	if o.Credentials.Secret.Reveal() == "" {
		return nil, fmt.Errorf("%w: no secret for taking payments", ErrCredentials)
	}
	script, own, err := o.ours(r)
	if err != nil {
		return nil, err
	}
	var sent []codec.Pair
	readings := make([][]codec.Pair, 0, 2)
	switch r.Method {
	case http.MethodGet, "":
		if sent, err = parse(r.URL.RawQuery, MaxRedirect); err != nil {
			return nil, err
		}
		readings = append(readings, sent)
		if len(own) > 0 {
			sent = without(sent, own)
			readings = append(readings, sent)
		}
	case http.MethodPost:
		if sent, err = posted(r, MaxRedirect); err != nil {
			return nil, err
		}
		readings = append(readings, sent)
		if len(own) > 0 {
			readings = append(readings, slices.Concat(own, sent))
		}
	default:
		return nil, fmt.Errorf("%w: neither a GET nor a POST", ErrReturn)
	}
	back, err := newRedirect(sent)
	if err != nil {
		return nil, err
	}
	sig, signed, err := only(sent, pgsig.SignatureName)
	switch {
	case err != nil:
		return nil, err
	case !signed && back.ErrorCode != "":
		return back, nil
	case !signed:
		return nil, fmt.Errorf("%w: none", ErrSignature)
	}
	for _, pairs := range readings {
		fields, err := pgform.FieldsOfPairs(pairs)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrReturn, err)
		}
		if pgsig.Verify(script, fields, o.Credentials.Secret.Reveal(), sig) {
			back.Verified = true
			return back, nil
		}
	}
	return nil, fmt.Errorf("%w: it does not fit", ErrSignature)
}

// ours returns what the merchant's own URL adds: the script name, and the pairs
// of its query.
func (o RedirectOptions) ours(r *http.Request) (script string, own []codec.Pair, err error) {
	known, _, _ := strings.Cut(o.URL, "#")
	if known == "" {
		known = r.URL.EscapedPath()
	}
	if _, query, found := strings.Cut(known, "?"); found {
		if own, err = parse(query, MaxRedirect); err != nil {
			return "", nil, fmt.Errorf("the query of RedirectOptions.URL: %w", err)
		}
	}
	if o.Script != "" {
		return o.Script, own, nil
	}
	if script, err = pgsig.ScriptName(known); err != nil {
		return "", nil, fmt.Errorf("browser: redirect: %w", err)
	}
	return script, own, nil
}

// newRedirect sorts out the fields of a redirect.
func newRedirect(pairs []codec.Pair) (*Redirect, error) {
	back := new(Redirect)
	documented := map[string]*string{
		"pg_order_id": &back.OrderID, "pg_payment_id": &back.PaymentID, "pg_status": &back.Status,
		"pg_error_code": &back.ErrorCode, "pg_error_description": &back.ErrorText,
		pgsig.SaltName: new(string), pgsig.SignatureName: new(string),
	}
	for _, p := range pairs {
		field := Field{p.Name, wire.NewSecret(p.Value)}
		text, ok := documented[p.Name]
		switch {
		case ok:
			_, _, err := only(pairs, p.Name)
			if err != nil {
				return nil, err
			}
			*text = p.Value
		case strings.HasPrefix(p.Name, "pg_"):
			back.Undocumented = append(back.Undocumented, field)
		default:
			back.Parameters = append(back.Parameters, field)
		}
	}
	back.ErrorCode, back.ErrorText = wire.MaskDigits(back.ErrorCode), wire.MaskDigits(back.ErrorText)
	return back, nil
}

// without returns pairs less those of own, each as often as it is in own.
func without(pairs, own []codec.Pair) []codec.Pair {
	own = slices.Clone(own)
	return slices.DeleteFunc(slices.Clone(pairs), func(p codec.Pair) bool {
		i := slices.Index(own, p)
		if i < 0 {
			return false
		}
		own = slices.Delete(own, i, i+1)
		return true
	})
}

// only returns the value of the field called name, which may be there once.
func only(pairs []codec.Pair, name string) (value string, found bool, err error) {
	for _, p := range pairs {
		switch {
		case p.Name != name:
		case found:
			return "", false, fmt.Errorf("%w: more than one %s", ErrReturn, name)
		default:
			value, found = p.Value, true
		}
	}
	return value, found, nil
}

// posted returns the fields of the form that a browser posted.
func posted(r *http.Request, most int) ([]codec.Pair, error) {
	media, _, err := codec.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || wire.Media(media) != wire.URLEncoded {
		return nil, fmt.Errorf("%w: not %s", ErrReturn, wire.URLEncoded)
	}
	if r.PostForm != nil {
		var pairs []codec.Pair
		for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
			for _, value := range r.PostForm[name] {
				pairs = append(pairs, codec.Pair{Name: name, Value: value})
			}
		}
		return pairs, nil
	}
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(most)+1))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the body could not be read: %w", ErrReturn, err)
	}
	return parse(string(body), most)
}

func parse(s string, most int) ([]codec.Pair, error) {
	if len(s) > most {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, most)
	}
	pairs, err := codec.ParseURLEncoded(s, codec.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReturn, err)
	}
	return pairs, nil
}
