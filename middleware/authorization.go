package middleware

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
)

// authorizationHeader is the header field with the secret or the token itself.
const authorizationHeader = "Authorization"

// Basic sets Authorization to the identity and the secret of credentials, as HTTP
// has it for user and password. What is said of redirects at [JWS] holds for it
// all the more: who reads the field can do everything that you can.
func Basic(credentials wire.CredentialsProvider) RequestEditorFn {
	return func(ctx context.Context, req *http.Request) error {
		cred, err := provide(ctx, credentials)
		switch {
		case err != nil:
			return err
		case cred.ID == "" || strings.Contains(cred.ID, ":"):
			return errors.New("middleware: the id of the credentials is empty or holds a colon")
		case cred.Secret.Reveal() == "":
			return errors.New("middleware: the credentials hold no secret")
		}
		req.SetBasicAuth(cred.ID, cred.Secret.Reveal())
		return nil
	}
}

// Bearer sets Authorization to token. What is said at [Basic] holds for it too.
func Bearer(token wire.Secret) RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		text := token.Reveal()
		if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return errors.New("middleware: no token, or one that cannot be sent: give one with wire.WithBearer")
		}
		req.Header.Set(authorizationHeader, "Bearer "+text)
		return nil
	}
}
