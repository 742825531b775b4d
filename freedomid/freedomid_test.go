package freedomid_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/freedomid"
	api "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/wire"
)

var start = time.Date(2026, 1, 22, 11, 0, 0, 0, time.UTC)

// passport is a Freedom ID of which a test says what it answers. Each refresh token
// names the next one: r1, r2, …
type passport struct {
	mu      sync.Mutex
	asked   []string
	created []string
	answer  func(n int) error // of the nth refresh, from 1
	hold    chan struct{}     // what a refresh waits for, if anything
	blank   func(*api.TokenRefreshAnswer)
}

func (p *passport) TokenCreate(_ context.Context, r *api.TokenCreateRequest, _ ...wire.CallOption) (*api.TokenCreateAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := r.AuthorizationCode.Reveal()
	p.created = append(p.created, code)
	switch code {
	case "bad":
		return nil, wire.NewError(wire.ErrRejected, "freedomid.tokenCreate", nil).Said("100101", "Invalid authorization_code.")
	case "empty":
		return &api.TokenCreateAnswer{AccessToken: wire.NewSecret("a")}, nil
	}
	return &api.TokenCreateAnswer{
		AccessToken: wire.NewSecret("a1"), RefreshToken: wire.NewSecret("r1"),
		AccessExpiresAt: wire.TimeLiteral("2026-01-29T11:00:00.000000Z"), RefreshExpiresAt: wire.TimeLiteral("2026-02-19T11:00:00.000000Z"),
	}, nil
}

func (p *passport) TokenRefresh(ctx context.Context, opts ...wire.CallOption) (*api.TokenRefreshAnswer, error) {
	if p.hold != nil {
		<-p.hold
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, wire.NewCallOptions(opts...).Bearer.Reveal())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := len(p.asked)
	if p.answer != nil {
		if err := p.answer(n); err != nil {
			return nil, err
		}
	}
	at := start.AddDate(0, 0, 7*(n+1))
	answer := &api.TokenRefreshAnswer{
		ID: "01953bd1-a6d3-739e-8aa3-83e881f09055", AccessToken: wire.NewSecret(fmt.Sprintf("a%d", n+1)), RefreshToken: wire.NewSecret(fmt.Sprintf("r%d", n+1)),
		AccessExpiresAt:  wire.TimeLiteral(at.Format("2006-01-02T15:04:05.000000Z")),
		RefreshExpiresAt: wire.TimeLiteral(at.AddDate(0, 0, 21).Format("2006-01-02T15:04:05.000000Z")),
	}
	if p.blank != nil {
		p.blank(answer)
	}
	return answer, nil
}

func (p *passport) refreshes() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, " ")
}

// shelf keeps what is saved, and fails when it is told to.
type shelf struct {
	mu    sync.Mutex
	saved []string
	err   error
}

func (s *shelf) Save(_ context.Context, token freedomid.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.saved = append(s.saved, token.Access.Reveal()+"/"+token.Refresh.Reveal())
	return nil
}

func (s *shelf) content() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.saved, " ")
}

// clock is a clock that a test turns.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// loggedIn returns a source of a person who has just logged in.
func loggedIn(t *testing.T, p *passport, store freedomid.Store) (*freedomid.Source, *clock) {
	t.Helper()
	c := &clock{now: start}
	login := freedomid.New(p, freedomid.WithClock(c.Now), freedomid.WithClock(nil))
	token, err := login.Exchange(t.Context(), wire.NewSecret("code"))
	if err != nil {
		t.Fatal(err)
	}
	return login.Source(token, store), c
}

func TestExchange(t *testing.T) {
	p := new(passport)
	login := freedomid.New(p)
	token, err := login.Exchange(t.Context(), wire.NewSecret("code"))
	if err != nil {
		t.Fatal(err)
	}
	if token.Access.Reveal() != "a1" || token.Refresh.Reveal() != "r1" || token.ID != "" ||
		!token.AccessExpires.Equal(start.AddDate(0, 0, 7)) || !token.RefreshExpires.Equal(start.AddDate(0, 0, 28)) {
		t.Errorf("%v", token)
	}
	e := (*wire.Error)(nil)
	if _, err := login.Exchange(t.Context(), wire.NewSecret("bad")); !errors.As(err, &e) || e.Code != "100101" {
		t.Errorf("a code that is not valid: %v", err)
	}
	if _, err := login.Exchange(t.Context(), wire.NewSecret("empty")); err == nil {
		t.Error("an answer without a refresh token is taken for a login")
	}
}

// A token is used while it lasts, and not to its last minute; then there is a new
// one, which is saved.
func TestTokenLasts(t *testing.T) {
	p, s := new(passport), new(shelf)
	source, c := loggedIn(t, p, s)
	for _, test := range []struct {
		at           time.Time
		token, asked string
	}{
		{start, "a1", ""},
		{start.AddDate(0, 0, 7).Add(-time.Minute - time.Nanosecond), "a1", ""},
		{start.AddDate(0, 0, 7).Add(-time.Minute), "a2", "r1"},
		{start.AddDate(0, 0, 8), "a2", "r1"},
		{start.AddDate(0, 0, 14), "a3", "r1 r2"},
	} {
		c.turn(test.at)
		token, err := source.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if token.Access.Reveal() != test.token || p.refreshes() != test.asked {
			t.Errorf("%v: %s, after %q", test.at, token.Access.Reveal(), p.refreshes())
		}
	}
	if got := s.content(); got != "a2/r2 a3/r3" {
		t.Errorf("saved: %s", got)
	}
	token, err := source.Get(t.Context())
	if err != nil || token.ID == "" || !token.RefreshExpires.Equal(start.AddDate(0, 0, 42)) {
		t.Errorf("%v, %v", token, err)
	}
	plain, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if plain.AccessToken != "a3" || plain.Type() != "Bearer" || plain.RefreshToken != "" || !plain.Expiry.Equal(start.AddDate(0, 0, 21)) {
		t.Errorf("for package oauth2: type %s, expiry %v", plain.Type(), plain.Expiry)
	}
}

// Any number of goroutines share one refresh, and none of them ends it by going
// away.
func TestOneRefreshForAll(t *testing.T) {
	p, s := &passport{hold: make(chan struct{})}, new(shelf)
	source, c := loggedIn(t, p, s)
	c.turn(start.AddDate(0, 0, 7))
	gone, leave := context.WithCancel(t.Context())
	errs := make(chan error)
	go func() {
		_, err := source.Get(gone) // which begins it
		errs <- err
	}()
	leave()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	const n = 50
	for range n {
		go func() {
			token, err := source.Token()
			if err == nil && token.AccessToken != "a2" {
				err = errors.New("another token")
			}
			errs <- err
		}()
	}
	time.Sleep(10 * time.Millisecond) // so that many wait; the result is the same without
	close(p.hold)
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if p.refreshes() != "r1" || s.content() != "a2/r2" {
		t.Errorf("refreshed with %s, saved %s", p.refreshes(), s.content())
	}
}

// Nobody gets a token that is not saved; it is saved later, and not refreshed again.
func TestTokenIsSavedFirst(t *testing.T) {
	p, s := new(passport), &shelf{err: errors.New("disk full")}
	source, c := loggedIn(t, p, s)
	c.turn(start.AddDate(0, 0, 7))
	for range 2 {
		if token, err := source.Get(t.Context()); !errors.Is(err, s.err) || errors.Is(err, freedomid.ErrLoginRequired) || token.Access.IsSet() {
			t.Errorf("%v, %v", token, err)
		}
		if _, err := source.Token(); !errors.Is(err, s.err) {
			t.Errorf("%v", err)
		}
	}
	s.err = nil
	token, err := source.Get(t.Context())
	if err != nil || token.Access.Reveal() != "a2" || p.refreshes() != "r1" || s.content() != "a2/r2" {
		t.Errorf("%v, %v; refreshed with %s, saved %s", token, err, p.refreshes(), s.content())
	}
	lost, c := loggedIn(t, p, nil)
	c.turn(start.AddDate(0, 0, 7))
	if _, err := lost.Get(t.Context()); err == nil {
		t.Error("a token that is saved nowhere is given out")
	}
}

func failed(kind wire.Kind, unknown bool) error {
	e := wire.NewError(kind, "freedomid.tokenRefresh", nil)
	e.OutcomeUnknown = unknown
	return e
}

// What a failed refresh means: lost, refused, or to be tried again.
func TestFailedRefreshes(t *testing.T) {
	for name, test := range map[string]struct {
		err         error
		lost, login bool
	}{
		"a lost answer":           {failed(wire.ErrUnknownOutcome, true), true, true},
		"an unexpected answer":    {failed(wire.ErrUnexpectedAnswer, true), true, true},
		"an error of nobody's":    {errors.New("what is that"), true, true},
		"a refusal":               {failed(wire.ErrRejected, false), false, true},
		"an unauthorized refresh": {failed(wire.ErrUnauthorized, false), false, true},
		"no connection":           {failed(wire.ErrTemporary, false), false, false},
		"too many requests":       {failed(wire.ErrRateLimited, false), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := &passport{}, new(shelf)
			p.answer = func(n int) error {
				if n == 1 {
					return test.err
				}
				return nil
			}
			source, c := loggedIn(t, p, s)
			c.turn(start.AddDate(0, 0, 7))
			_, err := source.Get(t.Context())
			if !errors.Is(err, test.err) || errors.Is(err, freedomid.ErrRefreshLost) != test.lost || errors.Is(err, freedomid.ErrLoginRequired) != test.login {
				t.Errorf("%v", err)
			}
			again, second := source.Get(t.Context())
			if test.login {
				if second == nil || second.Error() != err.Error() || p.refreshes() != "r1" || s.content() != "" {
					t.Errorf("then %v; refreshed with %s, saved %s", second, p.refreshes(), s.content())
				}
			} else if second != nil || again.Access.Reveal() != "a3" || p.refreshes() != "r1 r1" {
				t.Errorf("then %v, %v; refreshed with %s", again, second, p.refreshes())
			}
		})
	}
}

// An answer without tokens is a lost one; one without times is not.
func TestBlankAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		blank func(*api.TokenRefreshAnswer)
		lost  bool
	}{
		"no access token":  {func(a *api.TokenRefreshAnswer) { a.AccessToken = wire.Secret{} }, true},
		"no refresh token": {func(a *api.TokenRefreshAnswer) { a.RefreshToken = wire.NewSecret("") }, true},
		"no times": {func(a *api.TokenRefreshAnswer) {
			a.AccessExpiresAt, a.RefreshExpiresAt = wire.TimeLiteral("soon"), wire.Time{}
		}, false},
	} {
		p, s := &passport{blank: test.blank}, new(shelf)
		source, c := loggedIn(t, p, s)
		c.turn(start.AddDate(0, 0, 7))
		token, err := source.Get(t.Context())
		if errors.Is(err, freedomid.ErrRefreshLost) != test.lost || (err == nil) == test.lost {
			t.Errorf("%s: %v", name, err)
		}
		if !test.lost && (token.Access.Reveal() != "a2" || s.content() != "a2/r2") {
			t.Errorf("%s: %v", name, token)
		}
	}
}

// A refresh token that has ended is not sent.
func TestRefreshTokenEnds(t *testing.T) {
	p := new(passport)
	source, c := loggedIn(t, p, new(shelf))
	c.turn(start.AddDate(0, 0, 28))
	for range 2 {
		if _, err := source.Get(t.Context()); !errors.Is(err, freedomid.ErrLoginRequired) || errors.Is(err, freedomid.ErrRefreshLost) {
			t.Errorf("%v", err)
		}
	}
	if p.refreshes() != "" {
		t.Errorf("refreshed with %s", p.refreshes())
	}
	// Nor is none.
	bare := freedomid.New(p).Source(freedomid.Token{Access: wire.NewSecret("a")}, new(shelf))
	if _, err := bare.Get(t.Context()); !errors.Is(err, freedomid.ErrLoginRequired) || errors.Is(err, freedomid.ErrRefreshLost) || p.refreshes() != "" {
		t.Errorf("%v, refreshed with %s", err, p.refreshes())
	}
	source, c = loggedIn(t, p, new(shelf))
	c.turn(start.AddDate(0, 0, 28).Add(-time.Nanosecond))
	if _, err := source.Get(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOpenIDURL(t *testing.T) {
	whole := freedomid.OpenID{
		ClientID: "c388f3cd-7722-4040-9bb2-94b0a05093aa", RedirectURI: "https://example.com/login?a=b+c&d", Scopes: []string{"read.profile"},
		State: "PUJNUsZq4YTXLsgNSurd4brpcE3JumGF", Nonce: "LzfMhpRWU5Dzwy7vHvlTHmq5sEiYBXMb",
	}
	got, err := whole.URL(wire.Passport)
	want := "https://passport.freedompay.kz/openid?scope=openid%20read.profile&state=PUJNUsZq4YTXLsgNSurd4brpcE3JumGF&response_type=code" +
		"&client_id=c388f3cd-7722-4040-9bb2-94b0a05093aa&redirect_uri=https%3A%2F%2Fexample.com%2Flogin%3Fa%3Db%2Bc%26d&nonce=LzfMhpRWU5Dzwy7vHvlTHmq5sEiYBXMb"
	if err != nil || got != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	whole.Scopes = []string{"read.phone", "openid"}
	if got, err = whole.URL("http://127.0.0.1:8080/mount/"); err != nil || !strings.HasPrefix(got, "http://127.0.0.1:8080/mount/openid?scope=read.phone%20openid&") {
		t.Errorf("%s, %v", got, err)
	}
	if u, err := url.Parse(got); err != nil || u.Query().Get("redirect_uri") != whole.RedirectURI {
		t.Errorf("%v, %v", u, err)
	}
	for name, spoil := range map[string]func(*freedomid.OpenID){
		"client_id":    func(o *freedomid.OpenID) { o.ClientID = "" },
		"redirect_uri": func(o *freedomid.OpenID) { o.RedirectURI = "" },
		"state":        func(o *freedomid.OpenID) { o.State = "" },
		"nonce":        func(o *freedomid.OpenID) { o.Nonce = "" },
	} {
		o := whole
		spoil(&o)
		if _, err := o.URL(wire.Passport); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
	for _, env := range []wire.Environment{"", "passport.freedompay.kz", "https://user@host", "https://host?a", "https://host#a", ":"} {
		if _, err := whole.URL(env); err == nil {
			t.Errorf("%q is taken for a base URL", env)
		}
	}
}
