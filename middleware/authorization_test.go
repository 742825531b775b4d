package middleware_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/freedomid"
	freedomidraw "github.com/freedompay-go/freedompay/gen/freedomid/raw"
	freedomidserver "github.com/freedompay-go/freedompay/gen/freedomid/server"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

const bearerToken = "canary-Qz8vT2kWmN"

var basicHeader = "Basic " + base64.StdEncoding.EncodeToString([]byte(identity+":"+secret))

// logins serve what the tests ask and note who asked for what.
type logins struct {
	freedomidserver.Service // whose other operations nobody calls
	asked                   string
}

func (l *logins) AuthorizationCreate(_ context.Context, r *freedomid.AuthorizationCreateRequest) (*freedomid.AuthorizationCreateAnswer, error) {
	l.asked = r.RedirectURI
	return &freedomid.AuthorizationCreateAnswer{RedirectURI: "https://passport.example/login"}, nil
}

func (l *logins) ProfileStatus(_ context.Context, r *freedomid.ProfileStatusRequest) (*freedomid.ProfileStatusAnswer, error) {
	l.asked = r.RequestID
	return &freedomid.ProfileStatusAnswer{RequestID: r.RequestID, Status: freedomid.ProfileStatePending}, nil
}

func (l *logins) TokenRefresh(context.Context) (*freedomid.TokenRefreshAnswer, error) {
	l.asked = "refresh"
	return &freedomid.TokenRefreshAnswer{AccessToken: wire.NewSecret("a")}, nil
}

// Client and secret, or a token, go over the wire as HTTP has it, from the typed
// client and from oapi-codegen's, and so does a GET with a body.
func TestAuthorization(t *testing.T) {
	service := new(logins)
	handler := freedomidserver.NewHandler(service, serve.Options{})
	var got []string
	var method string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, method = r.Header.Values("Authorization"), r.Method
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := freedomid.New(wire.Environment(server.URL), credentials)
	if err != nil {
		t.Fatal(err)
	}
	basic, err := freedomidraw.NewClientWithResponses(server.URL, freedomidraw.WithRequestEditorFn(middleware.Basic(credentials)))
	if err != nil {
		t.Fatal(err)
	}
	token := wire.NewSecret(bearerToken)
	bearer, err := freedomidraw.NewClientWithResponses(server.URL, freedomidraw.WithRequestEditorFn(middleware.Bearer(token)))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	authorization := freedomid.AuthorizationCreateRequest{RedirectURI: "https://shop.example", Grants: []string{"read.phone"}}
	status := freedomid.ProfileStatusRequest{RequestID: "id"}
	for name, test := range map[string]struct {
		do                    func() (bool, error)
		method, header, asked string
	}{
		"basic, typed": {func() (bool, error) {
			answer, err := client.AuthorizationCreate(ctx, &authorization)
			return answer != nil, err
		}, "POST", basicHeader, "https://shop.example"},
		"basic, raw": {func() (bool, error) {
			answer, err := basic.AuthorizationCreateWithResponse(ctx, authorization)
			return answer.JSON200 != nil, err
		}, "POST", basicHeader, "https://shop.example"},
		"GET with a body, typed": {func() (bool, error) {
			answer, err := client.ProfileStatus(ctx, &status, wire.WithBearer(token))
			return answer != nil, err
		}, "GET", "Bearer " + bearerToken, "id"},
		"GET with a body, raw": {func() (bool, error) {
			answer, err := bearer.ProfileStatusWithResponse(ctx, status)
			return answer.JSON200 != nil, err
		}, "GET", "Bearer " + bearerToken, "id"},
		"no body, typed": {func() (bool, error) {
			answer, err := client.TokenRefresh(ctx, wire.WithBearer(token))
			return answer != nil, err
		}, "PATCH", "Bearer " + bearerToken, "refresh"},
		"no body, raw": {func() (bool, error) {
			answer, err := bearer.TokenRefreshWithResponse(ctx)
			return answer.JSON200 != nil, err
		}, "PATCH", "Bearer " + bearerToken, "refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			service.asked, got = "", nil
			if answered, err := test.do(); err != nil || !answered {
				t.Fatalf("%t, %v", answered, err)
			}
			if service.asked != test.asked || method != test.method {
				t.Errorf("%s, asked for %q", method, service.asked)
			}
			if len(got) != 1 || got[0] != test.header {
				t.Errorf("Authorization is %q", got)
			}
		})
	}
}

// Without what a call is made with it is not sent, and what is wrong with it is
// not shown.
func TestAuthorizationIsRequired(t *testing.T) {
	p := newPeer(t, answerJSON(`{}`))
	with := func(c wire.Credentials) wire.CallOption { return wire.WithCredentials(c) }
	refused := wire.CredentialsFunc(func(context.Context) (wire.Credentials, error) { return wire.Credentials{}, errors.New("no database") })
	client, err := freedomid.New(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	basic := func(opts ...wire.CallOption) error {
		_, err := client.TokenCreate(ctx, &freedomid.TokenCreateRequest{AuthorizationCode: wire.NewSecret("c")}, opts...)
		return err
	}
	bearer := func(opts ...wire.CallOption) error {
		_, err := client.TokenRefresh(ctx, opts...)
		return err
	}
	other := func(opts ...wire.CallOption) error {
		c, err := partner.New(wire.Environment(p.base()), credentials)
		if err != nil {
			return err
		}
		_, err = c.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: "1"}, opts...)
		return err
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"no token":                 {bearer(), "no token"},
		"an empty token":           {bearer(wire.WithBearer(wire.NewSecret(""))), "no token"},
		"a token with a space":     {bearer(wire.WithBearer(wire.NewSecret(bearerToken + " x"))), "cannot be sent"},
		"a token of two lines":     {bearer(wire.WithBearer(wire.NewSecret(bearerToken + "\r\nX: y"))), "cannot be sent"},
		"a token in Cyrillic":      {bearer(wire.WithBearer(wire.NewSecret(bearerToken + "ж"))), "cannot be sent"},
		"a token for HTTP Basic":   {basic(wire.WithBearer(wire.NewSecret(bearerToken))), "WithBearer"},
		"a token for a signature":  {other(wire.WithBearer(wire.NewSecret(bearerToken))), "WithBearer"},
		"no client id":             {basic(with(wire.NewCredentials("", bearerToken))), "the id"},
		"a client id with a colon": {basic(with(wire.NewCredentials("1:2", bearerToken))), "the id"},
		"no secret":                {basic(with(wire.NewCredentials("1", ""))), "no secret"},
		"no credentials":           {basic(wire.WithCredentials(refused)), "no database"},
	} {
		if !errors.Is(test.err, wire.ErrInvalidRequest) || !strings.Contains(test.err.Error(), test.want) || strings.Contains(test.err.Error(), bearerToken) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if n := len(p.arrived()); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// An object that only failures have is a failure whatever it holds, with the code,
// the text, and what is wrong with members of the request.
func TestErrorObjects(t *testing.T) {
	for body, want := range map[string]struct {
		kind       error
		code, text string
	}{
		`{"error":{"message":"Invalid authorization_code.","code":100101}}`: {wire.ErrRejected, "100101", "Invalid authorization_code."},
		`{"error":{"message":"Error validating transmitted data.","errors":{"grants":["The Grants field is required.","And so on."],"redirect_uri":["No."],"none":[]}}}`: {
			wire.ErrRejected, "", "Error validating transmitted data. grants: The Grants field is required. grants: And so on. redirect_uri: No.",
		},
		`{"error":{"message":"No.","errors":"all"}}`:       {wire.ErrRejected, "", "No."},
		`{"error":{},"access_token":"t"}`:                  {wire.ErrRejected, "", ""},
		`{"error":[],"access_token":"t"}`:                  {wire.ErrRejected, "", ""},
		`{"error":"No.","access_token":"t"}`:               {wire.ErrRejected, "", ""},
		`{"error":null,"access_token":"t"}`:                {nil, "", ""},
		`{"errors":{"error":{}},"access_token":"t"}`:       {nil, "", ""},
		`{"error":null,"message":"nothing else is known"}`: {wire.ErrUnexpectedAnswer, "", ""},
	} {
		p := newPeer(t, answerJSON(body))
		client, err := freedomid.New(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.TokenCreate(t.Context(), &freedomid.TokenCreateRequest{AuthorizationCode: wire.NewSecret("c")})
		if want.kind == nil {
			if err != nil {
				t.Errorf("%s: %v", body, err)
			}
			continue
		}
		e := (*wire.Error)(nil)
		if !errors.As(err, &e) || !errors.Is(err, want.kind) || e.Code != want.code || e.Text != want.text {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Of an answer of which no page shows a member, every member is beyond its fields.
func TestAnswerWithoutFields(t *testing.T) {
	p := newPeer(t, answerJSON(`{"freedom_id":"eeca9287-d824-4f50-928b-450d2e46f874"}`))
	client, err := freedomid.New(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	request := &freedomid.UserCreateRequest{Phone: wire.NewSecret("+1234567890")}
	answer, err := client.UserCreate(t.Context(), request, wire.WithBearer(wire.NewSecret("t")))
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := answer.Extra().Text("freedom_id"); !ok || id != "eeca9287-d824-4f50-928b-450d2e46f874" {
		t.Errorf("the answer holds %v", answer)
	}
}

// An operation of another host is called there by a client of the environment that
// it is documented for, and by no other.
func TestElsewhere(t *testing.T) {
	request := &freedomid.UserCreateRequest{Phone: wire.NewSecret("+1234567890")}
	hosts := map[string]string{}
	for env, opts := range map[wire.Environment][]middleware.Option{
		wire.Passport:              nil,
		"https://sandbox.example":  nil,
		wire.Environment("https:"): {middleware.WithBaseURL("https://proxy.example/mount")},
	} {
		var urls []string
		note := middleware.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			urls = append(urls, r.URL.String())
			return nil, errors.New("no network")
		}))
		client, err := freedomid.New(env, credentials, append(opts, note)...)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.UserCreate(t.Context(), request, wire.WithBearer(wire.NewSecret("t")))
		_, _ = client.TokenRefresh(t.Context(), wire.WithBearer(wire.NewSecret("t")))
		hosts[string(env)] = strings.Join(urls, " ")
	}
	for env, want := range map[string]string{
		string(wire.Passport):     "https://api.freedompay.kz/api/v1/oauth/user https://passport.freedompay.kz/api/v1/oauth/token",
		"https://sandbox.example": "https://sandbox.example/api/v1/oauth/user https://sandbox.example/api/v1/oauth/token",
		"https:":                  "https://proxy.example/mount/api/v1/oauth/user https://proxy.example/mount/api/v1/oauth/token",
	} {
		if hosts[env] != want {
			t.Errorf("%s: %s", env, hosts[env])
		}
	}
	op := wire.Operation{ID: "test.other", Method: "POST", Path: "/", Security: wire.Unsigned, Elsewhere: map[wire.Environment]wire.Environment{wire.KZ: "http://api.example"}}
	c, err := middleware.NewCaller(wire.KZ, credentials)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), &op, nil, new(wire.Unknown)); !errors.Is(err, wire.ErrInvalidRequest) {
		t.Errorf("without TLS: %v", err)
	}
}
