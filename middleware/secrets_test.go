package middleware_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// Nothing that a program holds of this package prints a key, in any of the ways
// in which Go prints.
func TestNothingPrintsASecret(t *testing.T) {
	const key, payout = "hunter2", "swordfish"
	cred := wire.Credentials{ID: identity, Secret: wire.NewSecret(key), PayoutSecret: wire.NewSecret(payout)}
	caller, err := middleware.NewCaller(wire.KZTest, cred)
	if err != nil {
		t.Fatal(err)
	}
	partners, err := partner.New(wire.KZTest, cred)
	if err != nil {
		t.Fatal(err)
	}
	merchants, err := merchant.New(wire.KZTest, cred)
	if err != nil {
		t.Fatal(err)
	}
	cards, err := card.New(wire.KZTest, cred)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"Caller":                 caller,
		"Caller by value":        *caller,
		"partner.Client":         partners,
		"partner.Client's value": *partners,
		"merchant.Client":        merchants,
		"card.Client":            cards,
		"struct with a client":   struct{ Client *partner.Client }{partners},
		"struct with one hidden": struct{ client *partner.Client }{partners},
		"JWSOptions":             middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: cred},
		"*JWSOptions":            &middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: cred},
		"PgSigOptions":           middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: cred},
		"CallOptions":            wire.NewCallOptions(wire.WithCredentials(cred)),
		"Credentials":            cred,
		"an editor":              middleware.JWS(middleware.JWSOptions{Scheme: wire.JWSHS256, Credentials: cred}),
		"a Doer":                 middleware.NewDoer(nil, middleware.JWS(middleware.JWSOptions{Credentials: cred})),
	}
	for name, value := range values {
		var all strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&all, verb+"\n", value)
			fmt.Fprintf(&all, verb+"\n", []any{value})
		}
		slog.New(slog.NewTextHandler(&all, nil)).Info("it", "value", value)
		slog.New(slog.NewJSONHandler(&all, nil)).Info("it", "value", value)
		if b, err := json.Marshal(value); err == nil {
			all.Write(b)
		}
		for _, hidden := range []string{key, payout, fmt.Sprintf("%x", key), fmt.Sprintf("%x", payout)} {
			if strings.Contains(all.String(), hidden) {
				t.Errorf("%s prints a secret: %s", name, all.String())
			}
		}
	}
	for _, client := range []any{caller, partners, merchants, cards} {
		contains(t, fmt.Sprintf("%+v", client), "https://test-api.freedompay.kz")
	}
}

// No failure of a call tells what was in the request, though it holds it all.
func TestNoErrorQuotesARequest(t *testing.T) {
	request := payRequest()
	p := newPeer(t, raw(""))
	c, err := merchant.New(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	// What comes back is what was sent, which is no answer.
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, r.Body)
	}))
	defer echo.Close()
	e, err := merchant.New(wire.Environment(echo.URL), credentials)
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []*merchant.Client{c, e} {
		for _, opt := range []wire.CallOption{wire.WithRequestID(""), wire.WithRequestID(request.CardToken.Reveal()), wire.WithJSONBody()} {
			_, err := client.InvoicePay(t.Context(), request, opt)
			if err == nil {
				t.Fatal("no error")
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
				for _, hidden := range []string{request.CardToken.Reveal(), request.InvoiceHandle.Reveal(), secret} {
					if strings.Contains(text, hidden) {
						t.Errorf("%q is in %s", hidden, text)
					}
				}
			}
		}
	}
}
