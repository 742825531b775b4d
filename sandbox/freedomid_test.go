package sandbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/freedomid"
	api "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// service is a shop whose customers log in with Freedom ID.
type service struct {
	*shop
	passport *api.Client
	login    *freedomid.Login
}

func openService(t *testing.T) *service {
	t.Helper()
	s := &service{shop: openShop(t)}
	client, err := api.New(s.env, s.credentials)
	must(t, err)
	s.passport, s.login = client, freedomid.New(client, freedomid.WithClock(s.clock.Now))
	return s
}

// code has somebody log in at the page and gives the code that the browser brings.
func (s *service) code(grants ...string) wire.Secret {
	s.t.Helper()
	answer, err := s.passport.AuthorizationCreate(s.t.Context(), &api.AuthorizationCreateRequest{RedirectURI: s.url + "/in?session=7", Grants: grants})
	must(s.t, err)
	s.visitor().open(answer.RedirectURI).press("action", "login")
	back := s.back()
	if back.Get("session") != "7" || back.Get("error_code") != "" {
		s.t.Errorf("the browser brings %v", back)
	}
	return wire.NewSecret(back.Get("authorization_code"))
}

// back is the query that the browser came back with.
func (s *service) back() url.Values {
	s.t.Helper()
	r, _ := s.visits.last(s.t)
	if r.URL.Path != "/in" {
		s.t.Fatalf("the browser came to %s", r.URL.Path)
	}
	return r.URL.Query()
}

func (s *service) token(grants ...string) freedomid.Token {
	s.t.Helper()
	token, err := s.login.Exchange(s.t.Context(), s.code(grants...))
	must(s.t, err)
	return token
}

// tokenStore is a store that keeps the last token.
type tokenStore struct {
	mu    sync.Mutex
	token freedomid.Token
	n     int
}

func (m *tokenStore) Save(_ context.Context, token freedomid.Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token, m.n = token, m.n+1
	return nil
}

func refusedAs(t *testing.T, err error, kind wire.Kind, code string) {
	t.Helper()
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) || !errors.Is(err, kind) || e.Code != code {
		t.Errorf("got %v, want %v %s", err, kind, code)
	}
}

// A person logs in, stays logged in, and has the profile read.
func TestScenarioFreedomID(t *testing.T) {
	s := openService(t)
	token := s.token("read.phone", "read.profile")
	if got := token.AccessExpires.Sub(s.clock.Now()); got != 7*24*time.Hour {
		t.Errorf("the access token lives for %v", got)
	}
	if got := token.RefreshExpires.Sub(s.clock.Now()); got != 28*24*time.Hour {
		t.Errorf("the refresh token lives for %v", got)
	}
	store := new(tokenStore)
	source := s.login.Source(token, store)

	// Two at once share a refresh.
	s.clock.move(7 * 24 * time.Hour)
	_, err := s.passport.ProfileStatus(t.Context(), &api.ProfileStatusRequest{RequestID: "1"}, wire.WithBearer(token.Access))
	refusedAs(t, err, wire.ErrUnauthorized, "")
	var together sync.WaitGroup
	tokens := make([]freedomid.Token, 2)
	for i := range tokens {
		together.Go(func() {
			token, err := source.Get(t.Context())
			if err != nil {
				t.Error(err)
			}
			tokens[i] = token
		})
	}
	together.Wait()
	if !tokens[0].Access.Equal(tokens[1].Access) || !tokens[0].Access.Equal(store.token.Access) || store.n != 1 || tokens[0].ID == "" {
		t.Errorf("%v, saved %d times", tokens, store.n)
	}

	// The profile: asked for, in work, done, forgotten.
	bearer := wire.WithBearer(tokens[0].Access)
	id := uuid.NewString()
	for _, want := range []api.ProfilePrepareState{api.ProfilePrepareStateAccepted, api.ProfilePrepareStatePending} {
		var meta wire.Meta
		answer, err := s.passport.ProfilePrepare(t.Context(), &api.ProfilePrepareRequest{RequestID: id}, bearer, wire.WithMeta(&meta))
		must(t, err)
		if answer.Status != want || answer.RequestID != id || answer.FreedomID != sandbox.ExampleFreedomID || len(meta.Deviations) > 0 {
			t.Errorf("%v, deviations: %v", answer, meta.Deviations)
		}
	}
	status := func() *api.ProfileStatusAnswer {
		var meta wire.Meta
		answer, err := s.passport.ProfileStatus(t.Context(), &api.ProfileStatusRequest{RequestID: id}, bearer, wire.WithMeta(&meta))
		must(t, err)
		if len(meta.Deviations) > 0 {
			t.Errorf("deviations: %v", meta.Deviations)
		}
		return answer
	}
	if got := status(); got.Status != api.ProfileStatePending || got.Profile != nil {
		t.Errorf("%v", got)
	}
	if got := status(); got.Status != api.ProfileStateCompleted || got.Profile.Payload.Reveal() == "" {
		t.Errorf("%v", got)
	}
	s.clock.move(time.Hour)
	if got := status(); got.Status != api.ProfileStateNotFound || got.Profile != nil {
		t.Errorf("%v", got)
	}
	id = uuid.NewString()
	_, err = s.passport.ProfilePrepare(t.Context(), &api.ProfilePrepareRequest{RequestID: id}, bearer)
	must(t, err)
	s.clock.move(24 * time.Hour)
	if got := status(); got.Status != api.ProfileStateNotFound {
		t.Errorf("%v", got)
	}
}

// A refresh token is good for one refresh, and for 28 days.
func TestFreedomIDRefreshes(t *testing.T) {
	s := openService(t)
	token := s.token("read.phone")
	var meta wire.Meta
	next, err := s.passport.TokenRefresh(t.Context(), wire.WithBearer(token.Refresh), wire.WithMeta(&meta))
	must(t, err)
	if next.AccessToken.Equal(token.Access) || next.RefreshToken.Equal(token.Refresh) || len(meta.Deviations) > 0 {
		t.Errorf("%v, deviations: %v", next, meta.Deviations)
	}
	for name, wrong := range map[string]wire.Secret{
		"a spent token": token.Refresh, "an access token": next.AccessToken, "no token of ours": wire.NewSecret("x"),
	} {
		_, err := s.passport.TokenRefresh(t.Context(), wire.WithBearer(wrong))
		if refusedAs(t, err, wire.ErrUnauthorized, ""); errors.Is(err, wire.ErrUnknownOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The token that was given out before stays good.
	request := &api.ProfilePrepareRequest{RequestID: uuid.NewString()}
	answer, err := s.passport.ProfilePrepare(t.Context(), request, wire.WithBearer(token.Access))
	must(t, err)
	if answer.Status != api.ProfilePrepareStateRejected {
		t.Errorf("without the grant: %v", answer)
	}
	_, err = s.passport.ProfilePrepare(t.Context(), request, wire.WithBearer(next.RefreshToken))
	refusedAs(t, err, wire.ErrUnauthorized, "")
	s.clock.move(28 * 24 * time.Hour)
	_, err = s.passport.TokenRefresh(t.Context(), wire.WithBearer(next.RefreshToken))
	refusedAs(t, err, wire.ErrUnauthorized, "")
	if _, err := s.login.Source(token, new(tokenStore)).Get(t.Context()); !errors.Is(err, freedomid.ErrLoginRequired) {
		t.Errorf("after 28 days: %v", err)
	}
}

// A refresh whose answer is lost on its way is not repeated.
func TestFreedomIDLostAnswer(t *testing.T) {
	s := openService(t)
	token := s.token("read.phone")
	to, err := url.Parse(string(s.env))
	must(t, err)
	var refreshes atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(*http.Response) error {
		refreshes.Add(1)
		panic(http.ErrAbortHandler) // the connection breaks
	}
	server := httptest.NewServer(proxy)
	defer server.Close()
	client, err := api.New(wire.Environment(server.URL), s.credentials)
	must(t, err)
	store := new(tokenStore)
	source := freedomid.New(client, freedomid.WithClock(s.clock.Now)).Source(token, store)
	s.clock.move(7 * 24 * time.Hour)
	for range 3 {
		if _, err := source.Get(t.Context()); !errors.Is(err, freedomid.ErrRefreshLost) || !errors.Is(err, wire.ErrUnknownOutcome) {
			t.Errorf("%v", err)
		}
	}
	if refreshes.Load() != 1 || store.n != 0 {
		t.Errorf("%d refreshes, saved %d times", refreshes.Load(), store.n)
	}
	// The token was spent indeed: the person logs in again.
	if _, err := s.login.Source(token, store).Get(t.Context()); !errors.Is(err, freedomid.ErrLoginRequired) || errors.Is(err, freedomid.ErrRefreshLost) {
		t.Errorf("%v", err)
	}
	s.token("read.phone")
}

func TestFreedomIDCodes(t *testing.T) {
	s := openService(t)
	code := s.code("read.phone")
	wrong, err := api.New(s.env, wire.NewCredentials(s.credentials.ID, "wrong"))
	must(t, err)
	other, err := api.New(s.env, wire.NewCredentials("654321", s.credentials.Secret.Reveal()))
	must(t, err)
	for _, stranger := range []*api.Client{wrong, other} {
		_, err := freedomid.New(stranger).Exchange(t.Context(), code)
		refusedAs(t, err, wire.ErrUnauthorized, "")
	}
	_, err = s.login.Exchange(t.Context(), code)
	must(t, err)
	_, err = s.login.Exchange(t.Context(), code)
	refusedAs(t, err, wire.ErrRejected, "100101")
	_, err = s.login.Exchange(t.Context(), wire.NewSecret("x"))
	refusedAs(t, err, wire.ErrRejected, "100101")
	late := s.code("read.phone")
	s.clock.move(10 * time.Minute)
	_, err = s.login.Exchange(t.Context(), late)
	refusedAs(t, err, wire.ErrRejected, "100101")

	// Who leaves, or comes too late, has not logged in.
	answer, err := s.passport.AuthorizationCreate(t.Context(), &api.AuthorizationCreateRequest{RedirectURI: s.url + "/in", Grants: []string{"openid"}})
	must(t, err)
	page := s.visitor().open(answer.RedirectURI)
	if !strings.Contains(page.body, "John Doe") || !strings.Contains(answer.RedirectURI, "&expire_at=") {
		t.Errorf("%s: %s", answer.RedirectURI, page.body)
	}
	again := *page
	if page.press("action", "leave"); s.back().Get("error_code") != "100102" || s.back().Has("authorization_code") {
		t.Errorf("the browser brings %v", s.back())
	}
	if again.press("action", "login"); again.status != http.StatusNotFound {
		t.Errorf("a login that is over: %d", again.status)
	}
	answer, err = s.passport.AuthorizationCreate(t.Context(), &api.AuthorizationCreateRequest{RedirectURI: s.url + "/in", Grants: []string{"openid"}})
	must(t, err)
	page = s.visitor().open(answer.RedirectURI)
	if page.press("action", "login", "user", "nobody"); page.status != http.StatusBadRequest {
		t.Errorf("nobody: %d", page.status)
	}
	s.clock.move(10 * time.Minute)
	if page.open(answer.RedirectURI); page.status != http.StatusNotFound {
		t.Errorf("a login that has ended: %d", page.status)
	}
}

func TestFreedomIDRefusals(t *testing.T) {
	s := openService(t)
	for text, r := range map[string]*api.AuthorizationCreateRequest{
		"grants: The Grants field is required.":             {RedirectURI: s.url, Grants: []string{}},
		"grants.1: The selected grants.1 is invalid.":       {RedirectURI: s.url, Grants: []string{"read.phone", "read.all"}},
		"grants.0: The selected grants.0 is invalid.":       {RedirectURI: s.url, Grants: []string{"read.openid"}},
		"redirect_uri: The redirect uri is not an address.": {RedirectURI: "javascript:alert(1)", Grants: []string{"openid"}},
		"redirect_uri: The redirect_uri breaks a limit":     {Grants: []string{"openid"}},
	} {
		_, err := s.passport.AuthorizationCreate(t.Context(), r, wire.WithoutValidation())
		if refusedAs(t, err, wire.ErrRejected, ""); !strings.Contains(err.Error(), "Error validating transmitted data. "+text) {
			t.Errorf("%v, want %s", err, text)
		}
	}
	answer, err := http.Get(string(s.env) + "/api/v1/oauth/get-profile/status")
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %d", answer.StatusCode)
	}
	answer, err = http.Get(string(s.env) + "/api/v1/oauth/nothing")
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("no operation: %d", answer.StatusCode)
	}
}

func TestFreedomIDUsers(t *testing.T) {
	s := openService(t)
	bearer := wire.WithBearer(s.token("read.phone").Access)
	create := &api.UserCreateRequest{
		Phone: wire.NewSecret("+77010000001"), Email: wire.NewSecret("anna@example.com"), FirstName: wire.NewSecret("Anna"),
		DateOfBirth: wire.NewSecret("2000-01-01"), Gender: wire.NewSecret("F"), Country: "KAZ",
	}
	_, err := s.passport.UserCreate(t.Context(), create, wire.WithBearer(wire.NewSecret("x")))
	refusedAs(t, err, wire.ErrUnauthorized, "")
	made, err := s.passport.UserCreate(t.Context(), create, bearer)
	must(t, err)
	id, ok := made.Extra().Text("freedom_id")
	if _, err := uuid.Parse(id); !ok || err != nil {
		t.Fatalf("%v", made)
	}
	_, err = s.passport.UserCreate(t.Context(), create, bearer)
	refusedAs(t, err, wire.ErrRejected, "")
	_, err = s.passport.UserUpdate(t.Context(), &api.UserUpdateRequest{FreedomID: id, Email: wire.NewSecret("user@example.com")}, bearer)
	refusedAs(t, err, wire.ErrRejected, "")
	_, err = s.passport.UserUpdate(t.Context(), &api.UserUpdateRequest{FreedomID: uuid.NewString()}, bearer)
	refusedAs(t, err, wire.ErrRejected, "")
	_, err = s.passport.UserUpdate(t.Context(), &api.UserUpdateRequest{FreedomID: id}, wire.WithBearer(wire.NewSecret("x")))
	refusedAs(t, err, wire.ErrUnauthorized, "")
	changed, err := s.passport.UserUpdate(t.Context(), &api.UserUpdateRequest{FreedomID: id, Phone: wire.NewSecret("+77010000001"), LastName: wire.NewSecret("Ivanova")}, bearer)
	must(t, err)
	if got, _ := changed.Extra().Text("freedom_id"); got != id {
		t.Errorf("%v", changed)
	}
	// The new user can log in.
	answer, err := s.passport.AuthorizationCreate(t.Context(), &api.AuthorizationCreateRequest{RedirectURI: s.url + "/in", Grants: []string{"read.profile"}})
	must(t, err)
	page := s.visitor().open(answer.RedirectURI)
	if !strings.Contains(page.body, "Anna Ivanova") {
		t.Errorf("%s", page.body)
	}
	page.press("action", "login", "user", id)
	token, err := s.login.Exchange(t.Context(), wire.NewSecret(s.back().Get("authorization_code")))
	must(t, err)
	asked, err := s.passport.ProfilePrepare(t.Context(), &api.ProfilePrepareRequest{RequestID: uuid.NewString()}, wire.WithBearer(token.Access))
	must(t, err)
	if asked.FreedomID != id {
		t.Errorf("%v", asked)
	}
}

func TestOpenID(t *testing.T) {
	s := openService(t)
	whole := freedomid.OpenID{
		ClientID: s.credentials.ID, RedirectURI: s.url + "/in?a=b", Scopes: []string{"read.profile"}, State: "state & more", Nonce: "a nonce",
	}
	start := func(o freedomid.OpenID) *visitor {
		address, err := o.URL(s.env)
		must(t, err)
		return s.visitor().open(address)
	}
	if start(whole).press("action", "login"); s.back().Get("state") != "state & more" || s.back().Get("a") != "b" {
		t.Errorf("the browser brings %v", s.back())
	}
	request := &api.TokenCreateOIDCRequest{Code: wire.NewSecret(s.back().Get("code")), RedirectURI: whole.RedirectURI, GrantType: "authorization_code"}
	_, err := s.login.Exchange(t.Context(), request.Code)
	refusedAs(t, err, wire.ErrRejected, "100101")
	for _, spoil := range []func(*api.TokenCreateOIDCRequest){
		func(r *api.TokenCreateOIDCRequest) { r.GrantType = "password" },
		func(r *api.TokenCreateOIDCRequest) { r.RedirectURI = s.url },
	} {
		wrong := *request
		spoil(&wrong)
		_, err := s.passport.TokenCreateOIDC(t.Context(), &wrong)
		refusedAs(t, err, wire.ErrRejected, "")
	}
	var meta wire.Meta
	tokens, err := s.passport.TokenCreateOIDC(t.Context(), request, wire.WithMeta(&meta))
	must(t, err)
	if tokens.ExpiresIn != 604800 || tokens.TokenType != "Bearer" || len(meta.Deviations) > 0 {
		t.Errorf("%v, deviations: %v", tokens, meta.Deviations)
	}
	_, err = s.passport.TokenCreateOIDC(t.Context(), request)
	refusedAs(t, err, wire.ErrRejected, "100101")
	_, err = s.passport.TokenRefresh(t.Context(), wire.WithBearer(tokens.RefreshToken))
	refusedAs(t, err, wire.ErrUnauthorized, "")

	parts := strings.Split(tokens.IDToken.Reveal(), ".")
	mac := hmac.New(sha256.New, []byte(s.credentials.Secret.Reveal()))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if parts[2] != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) {
		t.Error("the id_token's signature is wrong")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	if claims["sub"] != sandbox.ExampleFreedomID || claims["nonce"] != "a nonce" || claims["aud"] != s.credentials.ID || claims["iss"] != string(s.env) {
		t.Errorf("%v", claims)
	}
	for name, spoil := range map[string]func(*freedomid.OpenID){
		"client":  func(o *freedomid.OpenID) { o.ClientID = "7" },
		"address": func(o *freedomid.OpenID) { o.RedirectURI = "shop" },
		"scope":   func(o *freedomid.OpenID) { o.Scopes = []string{"all"} },
	} {
		wrong := whole
		spoil(&wrong)
		if page := start(wrong); page.status != http.StatusBadRequest {
			t.Errorf("wrong %s: %d", name, page.status)
		}
	}
	for _, query := range []string{
		"client_id=123456", "client_id=123456&response_type=code&redirect_uri=http://a.example",
		"client_id=123456&response_type=code&redirect_uri=http://a.example&state=s&nonce=n&scope=read.phone",
	} {
		if page := s.visitor().open(string(s.env) + "/openid?" + query); page.status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, page.status)
		}
	}
}
