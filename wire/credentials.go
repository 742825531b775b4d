package wire

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Credentials identify a merchant, partner or issuer to Freedom Pay. They
// print their identity only.
type Credentials struct {
	// ID is the auth_id of the Partner and Card APIs, or the merchant id.
	ID string
	// Secret signs requests; in the Merchant API, those for taking payments.
	Secret Secret
	// PayoutSecret signs payouts in the pg_sig half of the API.
	PayoutSecret Secret
}

// NewCredentials returns credentials with the given identity and secret. Who pays out
// sets PayoutSecret besides.
func NewCredentials(id, secret string) Credentials {
	return Credentials{ID: id, Secret: NewSecret(secret)}
}

// CredentialsProvider finds the credentials for a call. [Credentials] provide
// themselves; a platform with many shops looks them up by its context with a
// [CredentialsFunc]. It is called once for each call, from many goroutines.
type CredentialsProvider interface {
	// Provide returns what the call of ctx is signed with. When it fails, nothing is sent.
	Provide(ctx context.Context) (Credentials, error)
}

// CredentialsFunc is a function that finds the credentials for a call.
type CredentialsFunc func(ctx context.Context) (Credentials, error)

// Provide returns c itself.
func (c Credentials) Provide(context.Context) (Credentials, error) { return c, nil }

// Provide calls f.
func (f CredentialsFunc) Provide(ctx context.Context) (Credentials, error) { return f(ctx) }

// Format prints the identity and never a secret, whatever the verb.
func (c Credentials) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "credentials of "+c.ID)
}

// LogValue returns the identity.
func (c Credentials) LogValue() slog.Value { return slog.StringValue("credentials of " + c.ID) }
