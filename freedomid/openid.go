package freedomid

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
)

// openIDScope is the scope without which a login is none of OpenID Connect.
const openIDScope = "openid"

// OpenID is a login by OpenID Connect that is to begin.
type OpenID struct {
	// ClientID is the id of the service with Freedom ID.
	ClientID string
	// RedirectURI is where the browser comes back to.
	RedirectURI string
	// Scopes are what the service wants to read, "read.profile" for one. That of
	// OpenID Connect itself is added where it is missing.
	Scopes []string
	// State comes back with the browser: random, and kept with the browser's
	// session, it shows that the login that ends is the one that was begun there.
	State string
	// Nonce comes back in the id_token: random, it shows that the id_token is of
	// this login.
	Nonce string
}

// URL is the address to send the browser to.
func (o OpenID) URL(env wire.Environment) (string, error) {
	u, err := url.Parse(string(env))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("freedomid: the environment is no base URL")
	}
	scopes := o.Scopes
	if !slices.Contains(scopes, openIDScope) {
		scopes = append([]string{openIDScope}, scopes...)
	}
	var query []string
	for _, p := range []struct{ name, value string }{
		{"scope", strings.Join(scopes, " ")},
		{"state", o.State},
		{"response_type", "code"},
		{"client_id", o.ClientID},
		{"redirect_uri", o.RedirectURI},
		{"nonce", o.Nonce},
	} {
		if p.value == "" {
			return "", fmt.Errorf("freedomid: a login by OpenID Connect needs a %s", p.name)
		}
		// A plus for a space is a thing of forms.
		query = append(query, p.name+"="+strings.ReplaceAll(url.QueryEscape(p.value), "+", "%20"))
	}
	return strings.TrimRight(string(env), "/") + "/openid?" + strings.Join(query, "&"), nil
}
