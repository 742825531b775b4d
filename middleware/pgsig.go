package middleware

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// PgSigOptions configure [PgSig].
type PgSigOptions struct {
	// Scheme is wire.PgSigPayment or wire.PgSigPayout; it chooses the secret.
	Scheme wire.Scheme
	// Credentials give the secrets.
	Credentials wire.CredentialsProvider
	// Random is the source of pg_salt; nil is the system's cryptographic one.
	Random io.Reader
	// Script overrides the script name, by default the last segment of the
	// called path.
	Script string
}

// PgSig signs the fields of a form with md5: it adds pg_salt where there is
// none and puts pg_sig in place. It reads multipart and urlencoded bodies, and
// the query of a request without a body. Fields keep their order; of a part of
// a multipart body the name and the value are kept, and a file is an error.
//
// Like every editor it must run after whatever else changes the fields; run
// it from [NewDoer] to be sure.
func PgSig(o PgSigOptions) RequestEditorFn {
	return func(ctx context.Context, req *http.Request) error {
		_, err := o.sign(ctx, req)
		return err
	}
}

// seal is what the signature of a request was made with. The answer's is made
// with the same.
type seal struct{ script, secret string }

func (o PgSigOptions) sign(ctx context.Context, req *http.Request) (*seal, error) {
	secret, err := o.secret(ctx)
	if err != nil {
		return nil, err
	}
	form, err := readForm(req)
	if err != nil {
		return nil, err
	}
	script := o.Script
	if script == "" {
		if script, err = pgsig.ScriptName(req.URL.EscapedPath()); err != nil {
			return nil, err
		}
	}
	if err := form.sign(script, secret, o.Random); err != nil {
		return nil, err
	}
	form.write(req)
	return &seal{script, secret}, nil
}

func (o PgSigOptions) secret(ctx context.Context) (string, error) {
	cred, err := provide(ctx, o.Credentials)
	if err != nil {
		return "", err
	}
	secret := cred.Secret
	switch o.Scheme {
	case wire.PgSigPayment:
	case wire.PgSigPayout:
		secret = cred.PayoutSecret
	default:
		return "", fmt.Errorf("middleware: %q is not a pg_sig scheme", o.Scheme)
	}
	if secret.Reveal() == "" {
		return "", fmt.Errorf("middleware: the credentials hold no secret for %s", o.Scheme)
	}
	return secret.Reveal(), nil
}

// signedForm is a form together with the place in the request it came from.
type signedForm struct {
	pairs    []codec.Pair
	media    wire.Media // empty: the query
	boundary string
}

func readForm(req *http.Request) (*signedForm, error) {
	body, err := takeBody(req)
	if err != nil {
		return nil, err
	}
	f := new(signedForm)
	field := req.Header.Get("Content-Type")
	if len(body) == 0 && (field == "" || isBodiless(req.Method)) {
		f.pairs, err = codec.ParseURLEncoded(req.URL.RawQuery, codec.Limits{})
		return f, err
	}
	contentType, params, err := mime.ParseMediaType(field)
	if err != nil {
		return nil, errors.New("middleware: pg_sig needs a form, and the request's content type is unreadable")
	}
	f.media = wire.Media(contentType)
	switch f.media {
	case wire.URLEncoded:
		f.pairs, err = codec.ParseURLEncoded(string(body), codec.Limits{})
	case wire.Multipart:
		f.boundary = params["boundary"]
		f.pairs, err = codec.ReadMultipart(multipart.NewReader(bytes.NewReader(body), f.boundary), codec.Limits{})
	default:
		return nil, fmt.Errorf("middleware: pg_sig needs a form, %s or %s", wire.URLEncoded, wire.Multipart)
	}
	return f, err
}

// isBodiless reports whether requests of method have their fields in the query.
// Another method's empty form is a form all the same.
func isBodiless(method string) bool {
	return method == "" || method == http.MethodGet || method == http.MethodHead
}

func (f *signedForm) sign(script, secret string, random io.Reader) error {
	pairs := make([]codec.Pair, 0, len(f.pairs)+2)
	salted := false
	for _, p := range f.pairs {
		if p.Name == pgsig.SignatureName {
			continue // of an earlier attempt
		}
		salted = salted || p.Name == pgsig.SaltName
		pairs = append(pairs, p)
	}
	if !salted {
		if random == nil {
			random = rand.Reader
		}
		salt, err := pgsig.NewSalt(random)
		if err != nil {
			return err
		}
		pairs = append(pairs, codec.Pair{Name: pgsig.SaltName, Value: salt})
	}
	named := make([]pgsig.Pair, len(pairs))
	for i, p := range pairs {
		named[i] = pgsig.Pair(p)
	}
	fields, err := pgsig.Fields(named)
	if err != nil {
		return err
	}
	f.pairs = append(pairs, codec.Pair{Name: pgsig.SignatureName, Value: pgsig.Sign(script, fields, secret)})
	return nil
}

func (f *signedForm) write(req *http.Request) {
	switch f.media {
	case wire.URLEncoded:
		setBody(req, codec.AppendURLEncoded(nil, f.pairs))
	case wire.Multipart:
		setBody(req, codec.AppendMultipart(nil, f.boundary, f.pairs))
	default:
		req.URL.RawQuery = string(codec.AppendURLEncoded(nil, f.pairs))
	}
}
