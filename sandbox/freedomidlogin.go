package sandbox

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/freedomid"
)

// loginPath is the login page. Nobody's password is asked for there.
const loginPath = "/_sandbox/login"

// How long a login may be begun, and its code be used, is not documented.
const (
	loginLifetime = 10 * time.Minute
	codeLifetime  = 10 * time.Minute
)

// leftCode stands in an address that a browser comes back to, on a page that does
// not say what it means. Here it means that the person did not log in.
const leftCode = "100102"

// login is a login that was begun, by either way.
type login struct {
	redirectURI string
	grants      []string
	ends        time.Time // of the login, then of its code
	user        *user     // who logged in

	openID       bool
	state, nonce string
}

// has reports whether the login asked for a grant.
func (l *login) has(grant string) bool {
	for _, g := range l.grants {
		if g == grant {
			return true
		}
	}
	return false
}

// begin keeps a login and gives the address of its page, in the form of the pages.
func (p *passport) begin(ctx context.Context, l *login) string {
	track := uuid.NewString()
	l.ends = p.now().Add(loginLifetime)
	p.logins[track] = l
	return baseURL(ctx) + loginPath + "?track_id=" + track + "&expire_at=" + strconv.FormatInt(l.ends.Unix(), 10)
}

// AuthorizationCreate begins a login. Whether addresses to come back to have to be
// made known before is not documented; here any will do.
func (p *passport) AuthorizationCreate(ctx context.Context, r *freedomid.AuthorizationCreateRequest) (*freedomid.AuthorizationCreateAnswer, error) {
	if !isAddress(r.RedirectURI) {
		return nil, invalid("redirect_uri", "The redirect uri is not an address.")
	}
	for i, grant := range r.Grants {
		if !isGrant(grant) {
			name := "grants." + strconv.Itoa(i)
			return nil, invalid(name, "The selected "+name+" is invalid.")
		}
	}
	if len(r.Grants) == 0 {
		return nil, invalid("grants", "The Grants field is required.")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return &freedomid.AuthorizationCreateAnswer{
		RedirectURI: p.begin(ctx, &login{redirectURI: r.RedirectURI, grants: r.Grants}),
	}, nil
}

// isGrant reports whether a grant is one of the documented ones.
func isGrant(grant string) bool {
	switch name, isRead := strings.CutPrefix(grant, "read."); name {
	case "openid":
		return !isRead
	case "date_of_birth", "firstname", "lastname", "patronymic", "country", "nationality", "gender", "identifier",
		"phone", "email", "phones", "emails", "profile", "cards":
		return isRead
	}
	return false
}

// beginOpenID begins a login by OpenID Connect. What is wrong with the address is
// told to whoever looks at it: no page says what comes back then.
func (p *passport) beginOpenID(r *http.Request) func() http.Handler {
	query := r.URL.Query()
	grants := strings.Fields(query.Get("scope"))
	l := &login{
		redirectURI: query.Get("redirect_uri"), grants: grants, openID: true, state: query.Get("state"), nonce: query.Get("nonce"),
	}
	return func() http.Handler {
		switch {
		case query.Get("client_id") != p.credentials.ID:
			return say(http.StatusBadRequest, "There is no such client_id.")
		case query.Get("response_type") != "code":
			return say(http.StatusBadRequest, "The response_type has to be code.")
		case !isAddress(l.redirectURI):
			return say(http.StatusBadRequest, "The redirect_uri is not an address.")
		case l.state == "" || l.nonce == "":
			return say(http.StatusBadRequest, "A state and a nonce are needed.")
		case !l.has("openid"):
			return say(http.StatusBadRequest, "The scope has to hold openid.")
		}
		for _, grant := range grants {
			if !isGrant(grant) {
				return say(http.StatusBadRequest, "The scope holds what there is not.")
			}
		}
		return http.RedirectHandler(p.begin(r.Context(), l), http.StatusSeeOther)
	}
}

var _ = template.Must(pages.Parse(`
{{define "login"}}{{template "head"}}<h1>Freedom ID</h1>
<p>{{.Host}} wants to read: {{.Grants}}</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="track_id" value="{{.Track}}">
<fieldset><legend>Who are you?</legend>
{{range $i, $u := .Users}}<label><input type="radio" name="user" value="{{$u.ID}}"{{if eq $i 0}} checked{{end}}> {{$u.Name}}</label>
{{end}}</fieldset>
<button type="submit" name="action" value="login">Log in</button>
<button type="submit" name="action" value="leave">Leave</button>
</form>
</body>
</html>
{{end}}
`))

const loginPage = "login"

// loginView is what the login page shows.
type loginView struct {
	Action, Track, Host, Grants string
	Users                       []userView
}

type userView struct{ ID, Name string }

// open finds a login that can still be carried out.
func (p *passport) open(track string) *login {
	l := p.logins[track]
	if l == nil || !p.now().Before(l.ends) {
		return nil
	}
	return l
}

var noLogin = say(http.StatusNotFound, "There is no such login, or its time is over.")

func (p *passport) showLogin(r *http.Request) func() http.Handler {
	track := r.URL.Query().Get("track_id")
	return func() http.Handler {
		l := p.open(track)
		if l == nil {
			return noLogin
		}
		back, _ := absolute(l.redirectURI)
		view := loginView{
			Action: baseURL(r.Context()) + loginPath, Track: track, Host: back.Host, Grants: strings.Join(l.grants, ", "),
		}
		for _, u := range p.users {
			view.Users = append(view.Users, userView{u.id, u.name()})
		}
		return pageHandler(http.StatusOK, loginPage, view)
	}
}

// logIn takes what the person says, once, and sends the browser back.
func (p *passport) logIn(r *http.Request) func() http.Handler {
	track, id, action := r.PostFormValue("track_id"), r.PostFormValue("user"), r.PostFormValue("action")
	return func() http.Handler {
		l := p.open(track)
		u := p.user(id)
		switch {
		case l == nil:
			return noLogin
		case action == "leave":
			delete(p.logins, track)
			return l.back(url.Values{"error_code": {leftCode}})
		case action != "login" || u == nil:
			return say(http.StatusBadRequest, "Say who you are, and log in or leave.")
		}
		delete(p.logins, track)
		code := newToken()
		l.user, l.ends = u, p.now().Add(codeLifetime)
		p.codes[code] = l
		if l.openID {
			return l.back(url.Values{"code": {code}})
		}
		return l.back(url.Values{"authorization_code": {code}})
	}
}

// back sends the browser to the client, with a query beside the one of the client's
// own address.
func (l *login) back(query url.Values) http.Handler {
	to, _ := absolute(l.redirectURI)
	all := to.Query()
	for name, values := range query {
		all[name] = values
	}
	if l.openID {
		all.Set("state", l.state)
	}
	to.RawQuery = all.Encode()
	return http.RedirectHandler(to.String(), http.StatusSeeOther)
}
