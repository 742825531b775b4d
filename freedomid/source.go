package freedomid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/freedompay-go/freedompay/wire"
)

// ErrLoginRequired says that no token comes any more: the refresh token has ended,
// or was refused, or its refresh was lost. The person has to log in again.
var ErrLoginRequired = errors.New("freedomid: the person has to log in again")

// ErrRefreshLost says that a refresh was sent, and that what came of it is not
// known: the refresh token may be spent, and the new one is lost. Do not use the old
// one again. It is an [ErrLoginRequired] too.
var ErrRefreshLost = fmt.Errorf("freedomid: the answer to a refresh was lost: %w", ErrLoginRequired)

// early is how long before its end an access token is not given out any more, so
// that it does not end on its way.
const early = time.Minute

// Source gives the token of one person: the one that there is while it lasts, and
// then a new one. It is an oauth2.TokenSource, and safe for concurrent use.
type Source struct{ s *source }

var _ oauth2.TokenSource = (*Source)(nil)

// source is a Source behind its pointer, so that nothing prints what is in it.
type source struct {
	login *Login
	store Store

	mu      sync.Mutex
	token   Token    // which is saved
	unsaved *Token   // the one after it, which is not
	over    error    // why no token comes any more
	running *refresh // which is under way
}

// refresh is a refresh, for all who wait for it.
type refresh struct {
	done  chan struct{}
	token Token
	err   error
}

// Source gives the tokens of the person whose token is given, and saves every new
// one in store.
func (l *Login) Source(token Token, store Store) *Source {
	return &Source{&source{login: l, store: store, token: token}}
}

// Format says what it is, whatever the verb.
func (s Source) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "source of a person's Freedom ID tokens")
}

// Token gives what [Source.Get] gives, in the form of package oauth2, which prints
// it: the access token alone.
func (s Source) Token() (*oauth2.Token, error) {
	token, err := s.Get(context.Background())
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: token.Access.Reveal(), TokenType: "Bearer", Expiry: token.AccessExpires}, nil
}

// Get gives a token that lasts, refreshing it where the one that there is does not.
// Who stops waiting, by ctx, does not stop the refresh.
//
// After an [ErrLoginRequired] every call gives that error, and nothing is sent any
// more. After any other the next call tries again.
func (s Source) Get(ctx context.Context) (Token, error) {
	token, r, err := s.s.get(ctx)
	if r == nil {
		return token, err
	}
	select {
	case <-r.done:
		return r.token, r.err
	case <-ctx.Done():
		return Token{}, fmt.Errorf("freedomid: waiting for a refresh: %w", ctx.Err())
	}
}

// get gives the token that there is, or the refresh to wait for.
func (s *source) get(ctx context.Context) (Token, *refresh, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over != nil:
		return Token{}, nil, s.over
	case s.running != nil:
	case s.unsaved == nil && s.login.now().Before(s.token.AccessExpires.Add(-early)):
		return s.token, nil, nil
	default:
		s.running = &refresh{done: make(chan struct{})}
		go s.run(context.WithoutCancel(ctx), s.running)
	}
	return Token{}, s.running, nil
}

// run refreshes once, for all who wait.
func (s *source) run(ctx context.Context, r *refresh) {
	next, err := s.next(ctx)
	if err == nil {
		err = s.save(ctx, next)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.token, s.unsaved, r.token = *next, nil, *next
	case errors.Is(err, ErrLoginRequired):
		s.over = err
	default:
		s.unsaved = next
	}
	r.err, s.running = err, nil
	close(r.done)
}

func (s *source) save(ctx context.Context, token *Token) error {
	if s.store == nil {
		return errors.New("freedomid: there is no store to save the new token in")
	}
	if err := s.store.Save(ctx, *token); err != nil {
		return fmt.Errorf("freedomid: saving the new token: %w", err)
	}
	return nil
}

// next gives the token that comes next: the one that could not be saved, or a new
// one. Only one goroutine is in here at a time, and no other writes what it reads.
func (s *source) next(ctx context.Context) (*Token, error) {
	if s.unsaved != nil {
		return s.unsaved, nil
	}
	if s.token.Refresh.Reveal() == "" {
		return nil, fmt.Errorf("%w: there is no refresh token", ErrLoginRequired)
	}
	if ends := s.token.RefreshExpires; !ends.IsZero() && !s.login.now().Before(ends) {
		return nil, fmt.Errorf("%w: the refresh token has ended", ErrLoginRequired)
	}
	next, err := s.login.refresh(ctx, s.token)
	if err != nil {
		return nil, judged(err)
	}
	return &next, nil
}

// judged says what an error of a refresh means for the refresh token. An error that
// does not say so may mean that it is spent.
func judged(err error) error {
	e := (*wire.Error)(nil)
	switch {
	case !errors.As(err, &e) || errors.Is(err, wire.ErrUnknownOutcome):
		return fmt.Errorf("%w: %w", ErrRefreshLost, err)
	case errors.Is(err, wire.ErrRejected) || errors.Is(err, wire.ErrUnauthorized):
		return fmt.Errorf("%w: %w", ErrLoginRequired, err)
	}
	return err
}
