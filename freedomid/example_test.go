package freedomid_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"github.com/freedompay-go/freedompay/freedomid"
	api "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// A person logs in, and the service reads the profile.
func Example() {
	credentials := wire.NewCredentials("123456", "secret") // client id and secret
	passport, closePassport := startSandbox(credentials)
	defer closePassport()
	ctx := context.Background()

	client, err := api.New(passport, credentials) // wire.Passport, in production
	if err != nil {
		panic(err)
	}
	// The address to send the browser to.
	begun, err := client.AuthorizationCreate(ctx, &api.AuthorizationCreateRequest{
		RedirectURI: "https://shop.example/in?session=7", Grants: []string{"read.profile"},
	})
	if err != nil {
		panic(err)
	}
	// The browser comes back with a code.
	login := freedomid.New(client)
	token, err := login.Exchange(ctx, logInWithBrowser(begun.RedirectURI))
	if err != nil {
		panic(err)
	}
	fmt.Println(token.Access)

	// What a database does in production. A token prints nothing of itself: its
	// texts are token.Access.Reveal() and token.Refresh.Reveal().
	saved := map[string]freedomid.Token{"person 7": token}
	store := freedomid.StoreFunc(func(_ context.Context, token freedomid.Token) error {
		saved["person 7"] = token
		return nil
	})
	source := login.Source(token, store)

	current, err := source.Get(ctx)
	switch {
	case errors.Is(err, freedomid.ErrLoginRequired):
		fmt.Println("log in again, please")
		return
	case err != nil:
		panic(err)
	}
	profile, err := client.ProfilePrepare(ctx, &api.ProfilePrepareRequest{RequestID: uuid.NewString()}, wire.WithBearer(current.Access))
	if err != nil {
		panic(err)
	}
	fmt.Println(profile.Status, profile.FreedomID)
	// Output:
	// ***
	// accepted eeca9287-d824-4f50-928b-450d2e46f874
}

// The address at which a login by OpenID Connect begins.
func ExampleOpenID_URL() {
	address, err := freedomid.OpenID{
		ClientID: "c388f3cd-7722-4040-9bb2-94b0a05093aa", RedirectURI: "https://example.com/login",
		Scopes: []string{"openid", "read.profile"},
		State:  "PUJNUsZq4YTXLsgNSurd4brpcE3JumGF", // random: rand.Text of crypto/rand
		Nonce:  "LzfMhpRWU5Dzwy7vHvlTHmq5sEiYBXMb", // likewise
	}.URL(wire.Passport)
	if err != nil {
		panic(err)
	}
	u, _ := url.Parse(address)
	fmt.Println(u.Host, u.Path, u.Query().Get("scope"))
	// Output:
	// passport.freedompay.kz /openid openid read.profile
}

// With package oauth2, a source makes an HTTP client that sends the token.
func ExampleSource_Token() {
	credentials := wire.NewCredentials("123456", "secret")
	passport, closePassport := startSandbox(credentials)
	defer closePassport()
	ctx := context.Background()
	client, err := api.New(passport, credentials)
	if err != nil {
		panic(err)
	}
	begun, err := client.AuthorizationCreate(ctx, &api.AuthorizationCreateRequest{
		RedirectURI: "https://shop.example/in", Grants: []string{"read.phone"},
	})
	if err != nil {
		panic(err)
	}
	login := freedomid.New(client)
	token, err := login.Exchange(ctx, logInWithBrowser(begun.RedirectURI))
	if err != nil {
		panic(err)
	}
	source := login.Source(token, freedomid.StoreFunc(func(context.Context, freedomid.Token) error { return nil }))

	resource := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Authorization") == "Bearer "+token.Access.Reveal())
	}))
	defer resource.Close()
	answer, err := oauth2.NewClient(ctx, source).Get(resource.URL)
	if err != nil {
		panic(err)
	}
	_ = answer.Body.Close()
	// Output:
	// true
}

func startSandbox(credentials wire.Credentials) (env wire.Environment, stop func()) {
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	return wire.Environment(server.URL), server.Close
}

// logInWithBrowser presses the button of the sandbox's login page and gives the
// code that the browser would bring back.
func logInWithBrowser(address string) wire.Secret {
	page, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.PostForm(address, url.Values{
		"track_id": {page.Query().Get("track_id")}, "user": {sandbox.ExampleFreedomID}, "action": {"login"},
	})
	if err != nil {
		panic(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		panic(err)
	}
	return wire.NewSecret(back.Query().Get("authorization_code"))
}
