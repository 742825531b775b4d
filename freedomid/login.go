package freedomid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	api "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/wire"
)

// API is what a [Login] calls. The Client of package gen/freedomid does it.
type API interface {
	// TokenCreate gives the tokens of a user for the code that a login ended with.
	TokenCreate(ctx context.Context, request *api.TokenCreateRequest, opts ...wire.CallOption) (*api.TokenCreateAnswer, error)
	// TokenRefresh gives new tokens for a refresh token, that of [wire.WithBearer].
	TokenRefresh(ctx context.Context, opts ...wire.CallOption) (*api.TokenRefreshAnswer, error)
}

// Option changes a [Login].
type Option func(*Login)

// WithClock tells the time by now instead of the system's clock. It must be safe
// for concurrent use.
func WithClock(now func() time.Time) Option {
	return func(l *Login) {
		if now != nil {
			l.now = now
		}
	}
}

// Login logs people in. It is safe for concurrent use, and one is enough for all of
// them.
type Login struct {
	api API
	now func() time.Time
}

// New returns a Login that calls client.
func New(client API, opts ...Option) *Login {
	l := &Login{api: client, now: time.Now}
	for _, opt := range opts {
		opt(l)
	}
	return l
}

// Format says what it is, whatever the verb.
func (l Login) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "login with Freedom ID") }

var errNoTokens = errors.New("freedomid: the answer holds no tokens")

// Exchange gets the tokens of the person whose browser brought back code. Save them
// before you use them. When the error is wire.ErrUnknownOutcome the code may be
// spent: let the person log in again.
func (l *Login) Exchange(ctx context.Context, code wire.Secret) (Token, error) {
	a, err := l.api.TokenCreate(ctx, &api.TokenCreateRequest{AuthorizationCode: code})
	if err != nil {
		return Token{}, err
	}
	token := Token{
		Access: a.AccessToken, Refresh: a.RefreshToken,
		AccessExpires: timeOf(a.AccessExpiresAt), RefreshExpires: timeOf(a.RefreshExpiresAt),
	}
	if !token.isWhole() {
		return Token{}, errNoTokens
	}
	return token, nil
}

// refresh gets the token after the given one.
func (l *Login) refresh(ctx context.Context, token Token) (Token, error) {
	a, err := l.api.TokenRefresh(ctx, wire.WithBearer(token.Refresh))
	if err != nil {
		return Token{}, err
	}
	next := Token{
		ID: a.ID, Access: a.AccessToken, Refresh: a.RefreshToken,
		AccessExpires: timeOf(a.AccessExpiresAt), RefreshExpires: timeOf(a.RefreshExpiresAt),
	}
	if !next.isWhole() {
		return Token{}, errNoTokens
	}
	return next, nil
}

// timeOf is the time that an answer gives, or none: a token without a time is worth
// more than none.
func timeOf(t wire.Time) time.Time {
	at, err := t.Instant()
	if err != nil {
		return time.Time{}
	}
	return at
}
