package middleware

import (
	"context"
	"errors"
	"fmt"

	"github.com/freedompay-go/freedompay/wire"
)

var errNoCredentials = errors.New("middleware: no credentials")

// isMissing reports whether there is nobody to ask for credentials: a nil
// provider, or a nil function in a provider's clothes.
func isMissing(p wire.CredentialsProvider) bool {
	f, ok := p.(wire.CredentialsFunc)
	return p == nil || ok && f == nil
}

// provide asks p for the credentials of one call.
func provide(ctx context.Context, p wire.CredentialsProvider) (wire.Credentials, error) {
	if isMissing(p) {
		return wire.Credentials{}, errNoCredentials
	}
	cred, err := p.Provide(ctx)
	if err != nil {
		return wire.Credentials{}, fmt.Errorf("middleware: credentials: %w", err)
	}
	return cred, nil
}
