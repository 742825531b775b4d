package middleware

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/freedompay-go/freedompay/middleware/pgform"
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
	// Order is how the positions of lists are sorted, which matters from the
	// eleventh on.
	Order pgsig.Order
}

// PgSig signs the fields of a form with md5: it adds pg_salt where there is
// none and puts pg_sig in place. It reads multipart and urlencoded bodies, the
// query of a request without a body, and XML in the single field pg_xml of any of
// these, in which pg_salt and pg_sig are then elements. Fields keep their order,
// and XML its bytes; of a part of a multipart body the name and the value are
// kept, and a file is an error.
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
	body, err := takeBody(req)
	if err != nil {
		return nil, err
	}
	message, err := pgform.Read(req, body, codec.Limits{})
	if err != nil {
		return nil, fmt.Errorf("middleware: pg_sig: %w", err)
	}
	script := o.Script
	if script == "" {
		if script, err = pgsig.ScriptName(req.URL.EscapedPath()); err != nil {
			return nil, err
		}
	}
	if err := message.Sign(o.Order, script, secret, o.Random); err != nil {
		return nil, fmt.Errorf("middleware: pg_sig: %w", err)
	}
	signed, query, contentType := message.Encode()
	if contentType == "" {
		req.URL.RawQuery = query
	} else {
		setBody(req, signed)
		req.Header.Set("Content-Type", contentType)
	}
	return &seal{script, secret}, nil
}

func (o PgSigOptions) secret(ctx context.Context) (string, error) {
	cred, err := provide(ctx, o.Credentials)
	if err != nil {
		return "", err
	}
	secret, field := cred.Secret, "Secret"
	switch o.Scheme {
	case wire.PgSigPayment:
	case wire.PgSigPayout:
		secret, field = cred.PayoutSecret, "PayoutSecret"
	default:
		return "", fmt.Errorf("middleware: %q is not a pg_sig scheme", o.Scheme)
	}
	if secret.Reveal() == "" {
		return "", fmt.Errorf("middleware: the credentials hold no secret for %s: %s is not set", o.Scheme, field)
	}
	return secret.Reveal(), nil
}
