package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/wire"
)

// tokens are what a login or a refresh gave.
type tokens struct {
	id                         string
	login                      *login
	access, refresh            string
	accessExpires, refreshEnds time.Time
}

// issue makes new tokens for a login.
func (p *passport) issue(l *login) *tokens {
	now := p.now()
	t := &tokens{
		id: uuid.NewString(), login: l, access: newToken(), refresh: newToken(),
		accessExpires: now.Add(accessLifetime), refreshEnds: now.Add(refreshLifetime),
	}
	p.tokens[t.access], p.refresh[t.refresh] = t, t
	return t
}

// spend finds the login of a code, which is good for once. Whether it is is not
// documented; so is one that fails.
func (p *passport) spend(code string, openID bool) (*login, error) {
	l := p.codes[code]
	if l == nil || l.openID != openID || !p.now().Before(l.ends) {
		return nil, errCode
	}
	delete(p.codes, code)
	return l, nil
}

// zulu is a time as the tokens' pages print it.
func zulu(t time.Time) wire.Time {
	return wire.TimeLiteral(t.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

// TokenCreate gives tokens for a code.
func (p *passport) TokenCreate(_ context.Context, r *freedomid.TokenCreateRequest) (*freedomid.TokenCreateAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.spend(r.AuthorizationCode.Reveal(), false)
	if err != nil {
		return nil, err
	}
	t := p.issue(l)
	return &freedomid.TokenCreateAnswer{
		AccessToken: wire.NewSecret(t.access), RefreshToken: wire.NewSecret(t.refresh),
		AccessExpiresAt: zulu(t.accessExpires), RefreshExpiresAt: zulu(t.refreshEnds),
	}, nil
}

// TokenRefresh gives new tokens for a refresh token, once. The access token that it
// came with stays good until its end. Neither is documented.
func (p *passport) TokenRefresh(ctx context.Context) (*freedomid.TokenRefreshAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.refresh[bearer(ctx)]
	// How the tokens of OpenID Connect are refreshed is not documented.
	if old == nil || old.login.openID || !p.now().Before(old.refreshEnds) {
		return nil, errNotAuthorized
	}
	delete(p.refresh, old.refresh)
	t := p.issue(old.login)
	return &freedomid.TokenRefreshAnswer{
		ID:          t.id,
		AccessToken: wire.NewSecret(t.access), RefreshToken: wire.NewSecret(t.refresh),
		AccessExpiresAt: zulu(t.accessExpires), RefreshExpiresAt: zulu(t.refreshEnds),
	}, nil
}

// whose finds the login of the access token that a call was made with.
func (p *passport) whose(ctx context.Context) (*login, error) {
	t := p.tokens[bearer(ctx)]
	if t == nil || !p.now().Before(t.accessExpires) {
		return nil, errNotAuthorized
	}
	return t.login, nil
}

// TokenCreateOIDC gives tokens for a code of OpenID Connect. The only grant_type
// is that of the standard, for no page has one.
func (p *passport) TokenCreateOIDC(ctx context.Context, r *freedomid.TokenCreateOIDCRequest) (*freedomid.TokenCreateOIDCAnswer, error) {
	if r.GrantType != "authorization_code" {
		return nil, invalid("grant_type", "The selected grant type is invalid.")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.codes[r.Code.Reveal()]; l != nil && l.redirectURI != r.RedirectURI {
		return nil, invalid("redirect_uri", "The redirect uri is not that of the login.")
	}
	l, err := p.spend(r.Code.Reveal(), true)
	if err != nil {
		return nil, err
	}
	t := p.issue(l)
	return &freedomid.TokenCreateOIDCAnswer{
		AccessToken: wire.NewSecret(t.access), ExpiresIn: int64(accessLifetime / time.Second),
		RefreshToken: wire.NewSecret(t.refresh), TokenType: "Bearer",
		IDToken: wire.NewSecret(p.idToken(baseURL(ctx), l)),
	}, nil
}

// idToken is who has logged in. By which algorithm and key it is signed is not
// documented; this is HMAC with the client's secret, which OpenID Connect has for
// clients that have one.
func (p *passport) idToken(issuer string, l *login) string {
	now := p.now()
	claims, _ := json.Marshal(struct { // texts and numbers always encode
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Issued   int64  `json:"iat"`
		Nonce    string `json:"nonce"`
	}{issuer, l.user.id, p.credentials.ID, now.Add(accessLifetime).Unix(), now.Unix(), l.nonce})
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64(claims)
	mac := hmac.New(sha256.New, []byte(p.credentials.Secret.Reveal()))
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}
