package freedomid

import (
	"context"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// Token is what a person's login gave, or the last refresh. It prints nothing that
// anybody could use.
type Token struct {
	// ID names the token where Freedom ID does so: a refresh gives one, a login
	// none that is documented.
	ID string
	// Access is what calls on behalf of the person are made with, by
	// wire.WithBearer.
	Access wire.Secret
	// Refresh is what the next token is got with. It is good for once.
	Refresh wire.Secret
	// AccessExpires and RefreshExpires say when each of the two ends. An access
	// token without such a time is taken to have ended, a refresh token not.
	AccessExpires, RefreshExpires time.Time
}

// Store keeps the token of one person.
type Store interface {
	// Save puts token in the place of the one that is there. With a nil error it
	// is where the death of this process does not reach it. A [Source] calls it
	// once at a time, and waits for it without a limit.
	Save(ctx context.Context, token Token) error
}

// StoreFunc is a function that keeps the token of one person.
type StoreFunc func(ctx context.Context, token Token) error

// Save calls f.
func (f StoreFunc) Save(ctx context.Context, token Token) error { return f(ctx, token) }

// isWhole reports whether there are both tokens.
func (t Token) isWhole() bool { return t.Access.Reveal() != "" && t.Refresh.Reveal() != "" }
