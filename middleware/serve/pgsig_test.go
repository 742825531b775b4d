package serve_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/gateway"
	gatewayserver "github.com/freedompay-go/freedompay/gen/gateway/server"
	"github.com/freedompay-go/freedompay/gen/merchant"
	merchantserver "github.com/freedompay-go/freedompay/gen/merchant/server"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// cards answers what the tests ask and notes who asked.
type cards struct {
	gatewayserver.Service // what is not asked for here

	who   string
	paid  *gateway.SavedCardPayRequest
	fresh *gateway.CardPayRequest
	page  *gateway.PageCreateRequest
}

func (c *cards) SavedCardPay(ctx context.Context, r *gateway.SavedCardPayRequest) (*gateway.SavedCardPayAnswer, error) {
	c.who, _ = verify.IdentityFrom(ctx)
	c.paid = r
	return &gateway.SavedCardPayAnswer{
		Status: "ok", PaymentID: "42", MerchantID: c.who, OrderID: r.OrderID, DateTime: wire.TimeLiteral("2026-01-22T11:00:00Z"),
		ErrorDescription: "нет; & <ok>",
	}, nil
}

func (c *cards) CardPay(_ context.Context, r *gateway.CardPayRequest) (*gateway.CardPayAnswer, error) {
	c.fresh = r
	return nil, errors.New("not here")
}

func (c *cards) PageCreate(_ context.Context, r *gateway.PageCreateRequest) (*gateway.PageCreateAnswer, error) {
	c.page = r
	return &gateway.PageCreateAnswer{}, nil
}

// adder is the other API.
type adder struct {
	merchantserver.Service // what is not asked for here

	added *merchant.CardAddRequest
}

func (a *adder) CardAdd(_ context.Context, r *merchant.CardAddRequest) (*merchant.CardAddAnswer, error) {
	a.added = r
	return &merchant.CardAddAnswer{Status: "ok", RedirectURL: "https://pay.example/?a=1&b=2"}, nil
}

// verified puts the verification in front of both APIs, as a server does.
func verified(t *testing.T, c *cards, a *adder, o serve.Options) *httptest.Server {
	t.Helper()
	all := slices.Concat(gateway.Operations(), merchant.Operations())
	o.Seal = verify.SealAnswer
	find := o.Find(all)
	check, err := verify.PgSig(verify.PgSigOptions{
		Keys: func(_ context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
			if identity != "123456" || scheme != wire.PgSigPayment {
				return nil, nil
			}
			return []wire.Secret{wire.NewSecret("new"), wire.NewSecret("payments")}, nil
		},
		Scheme: func(r *http.Request) wire.Scheme {
			op, _ := find(r)
			return op.Security
		},
		Script: func(r *http.Request) (string, error) {
			op, _ := find(r)
			if script := op.ScriptAt(strings.TrimPrefix(r.URL.Path, o.BaseURL)); script != "" {
				return script, nil
			}
			return pgsig.ScriptName(r.URL.EscapedPath())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(o.BaseURL+"/g2g/", check(gatewayserver.NewHandler(c, o)))
	mux.Handle(o.BaseURL+"/v1/", check(merchantserver.NewHandler(a, o)))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

var payment = gateway.SavedCardPayRequest{
	OrderID: "№ 7", Amount: wire.MustDecimal("10.50"), Description: "кофе & <чай>;\n", UserID: "u", CardToken: wire.NewSecret("t;o=k&e"),
}

// Client and server of the same spec understand each other in every form, and
// each verifies what the other has signed.
func TestClientsAgainstServers(t *testing.T) {
	credentials := wire.NewCredentials("123456", "payments")
	for name, opts := range map[string][]wire.CallOption{
		"multipart":       nil,
		"urlencoded":      {wire.WithURLEncodedBody()},
		"XML":             {wire.WithPgXML()},
		"XML, urlencoded": {wire.WithPgXML(), wire.WithURLEncodedBody()},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := new(cards), new(adder)
			server := verified(t, c, a, serve.Options{BaseURL: "/mount"})
			client, err := gateway.New(wire.Environment(server.URL+"/mount"), credentials)
			if err != nil {
				t.Fatal(err)
			}
			request := payment
			meta := new(wire.Meta)
			answer, err := client.SavedCardPay(t.Context(), &request, append(opts, wire.WithMeta(meta))...)
			if err != nil {
				t.Fatal(err)
			}
			if meta.Signature != wire.AnswerVerified || answer.PaymentID != "42" || answer.ErrorDescription != "нет; & <ok>" || answer.OrderID != payment.OrderID {
				t.Errorf("%v: %v", meta.Signature, answer)
			}
			if c.who != "123456" || c.paid.Description != payment.Description || c.paid.CardToken.Reveal() != "t;o=k&e" || c.paid.Amount.String() != "10.50" {
				t.Errorf("%s sent %v", c.who, c.paid)
			}
			if _, err := client.PageCreate(t.Context(), &gateway.PageCreateRequest{}, append(opts, wire.WithoutValidation())...); err == nil {
				t.Error("an empty request is taken")
			} else if c.page != nil {
				t.Errorf("%v arrived", c.page)
			}

			merchants, err := merchant.New(wire.Environment(server.URL+"/mount"), credentials)
			if err != nil {
				t.Fatal(err)
			}
			add := &merchant.CardAddRequest{UserID: "1", BackLink: "https://shop.example/?a=1&b=2"}
			for _, more := range []wire.CallOption{wire.WithMeta(meta), wire.WithPath("/v1/merchant/123456/cardstorage/add")} {
				got, err := merchants.CardAdd(t.Context(), add, append(opts, more)...)
				if err != nil {
					t.Fatal(err)
				}
				if got.RedirectURL != "https://pay.example/?a=1&b=2" || meta.Signature != wire.AnswerVerified || a.added.BackLink != add.BackLink {
					t.Errorf("%v: %v, from %v", meta.Signature, got, a.added)
				}
			}
			if wrong, err := gateway.New(wire.Environment(server.URL+"/mount"), wire.NewCredentials("123456", "payment")); err != nil {
				t.Error(err)
			} else if _, err := wrong.SavedCardPay(t.Context(), &request, opts...); !errors.Is(err, wire.ErrUnauthorized) {
				t.Errorf("with a wrong key: %v", err)
			}
		})
	}
}

// signedForm signs by hand what a browser sends: values sorted by name.
func signedForm(script string, fields map[string]string) url.Values {
	var names, parts []string
	form := url.Values{}
	for name, value := range fields {
		names = append(names, name)
		form.Set(name, value)
	}
	slices.Sort(names)
	parts = append(parts, script)
	for _, name := range names {
		parts = append(parts, fields[name])
	}
	sum := md5.Sum([]byte(strings.Join(append(parts, "payments"), ";")))
	form.Set("pg_sig", hex.EncodeToString(sum[:]))
	return form
}

// The page of a payment is called at a path that ends in a slash, and by GET. The
// answer is signed with the same script and secret.
func TestPageByGet(t *testing.T) {
	fields := map[string]string{"pg_merchant_id": "123456", "pg_order_id": "7", "pg_amount": "10", "pg_description": "кофе", "pg_salt": "s", "mine": "1"}
	for _, path := range []string{"/g2g/payment_page/", "/g2g/payment_page"} {
		c := new(cards)
		server := verified(t, c, new(adder), serve.Options{})
		answer, err := http.Get(server.URL + path + "?" + signedForm("payment_page", fields).Encode())
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			XMLName xml.Name `xml:"response"`
			Members []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		}
		err = xml.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != 200 || c.page == nil || c.page.OrderID != "7" || c.page.Description != "кофе" {
			t.Fatalf("%s: %d %v, arrived %v", path, answer.StatusCode, err, c.page)
		}
		values := map[string]string{}
		sig := ""
		for _, m := range page.Members {
			if m.XMLName.Local == "pg_sig" {
				sig = m.Text
				continue
			}
			values[m.XMLName.Local] = m.Text
		}
		if want := signedForm("payment_page", values).Get("pg_sig"); sig != want || values["pg_salt"] == "" {
			t.Errorf("%s: answered %v, %s, want %s", path, values, sig, want)
		}
	}
}

// What no operation fits is refused by the validation of the first, and what is
// not documented to be required may be missing.
func TestValidationSaysWhatIsMissing(t *testing.T) {
	fields := map[string]string{"pg_merchant_id": "123456", "pg_salt": "s", "pg_order_id": "7"}
	card := map[string]string{
		"pg_amount": "10", "pg_description": "d", "pg_card_pan": "4400444400004440", "pg_card_cvc": "123", "pg_card_year": "30", "pg_card_month": "12", "pg_card_name": "n",
	}
	c := new(cards)
	server := verified(t, c, new(adder), serve.Options{})
	answer, err := http.PostForm(server.URL+"/g2g/payment", signedForm("payment", fields))
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 1000)
	n, _ := answer.Body.Read(text)
	_ = answer.Body.Close()
	if got := string(text[:n]); answer.StatusCode != 400 || !strings.Contains(got, "$.pg_card_pan: required") || c.fresh != nil {
		t.Errorf("got %d %s", answer.StatusCode, got)
	}
	for name, value := range card {
		fields[name] = value
	}
	if answer, err = http.PostForm(server.URL+"/g2g/payment", signedForm("payment", fields)); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	// The client would demand pg_auto_clearing; the service was reached all the same.
	if answer.StatusCode != 500 || c.fresh == nil || c.fresh.CardPAN.Reveal() != card["pg_card_pan"] {
		t.Errorf("got %d, %v", answer.StatusCode, c.fresh)
	}
	if err := codec.Validate(c.fresh).Err(); err == nil || !strings.Contains(err.Error(), "pg_auto_clearing: explicit") {
		t.Errorf("the client demands %v", err)
	}
}

func TestReply(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name    string
		media   wire.Media
		missing bool
		err     error
		seal    error
		want    string
		sealed  bool
	}{
		{"XML", wire.XML, false, nil, nil, "", true},
		{"JSON", wire.JSON, false, nil, nil, "", false},
		{"an error", wire.XML, false, broken, nil, "broken", false},
		{"nothing", wire.XML, true, nil, nil, "no answer and no error", false},
		{"a seal that fails", wire.XML, false, nil, broken, "broken", true},
	} {
		sealed := false
		message := new(gateway.SavedCardPayAnswer)
		ctx := t.Context()
		o := serve.Options{Seal: func(c context.Context, root string, m codec.Message) error {
			sealed = c == ctx && root == "response" && m == codec.Message(message)
			return test.seal
		}}
		got, err := o.Reply(ctx, message, test.missing, test.err, test.media, "response")
		if fmt.Sprint(err) != "<nil>" && !strings.Contains(err.Error(), test.want) || (err == nil) != (test.want == "") || sealed != test.sealed {
			t.Errorf("%s: got %v, sealed %t", test.name, err, sealed)
		}
		if err == nil && (got.Message != codec.Message(message) || got.Media != test.media || got.Root != "response") || err != nil && got != nil {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
	if got, err := (serve.Options{}).Reply(t.Context(), new(gateway.SavedCardPayAnswer), false, nil, wire.XML, "root"); err != nil || got.Root != "root" {
		t.Errorf("without a seal: %v", err)
	}
}

func TestNotSelected(t *testing.T) {
	w := httptest.NewRecorder()
	serve.WriteError(w, nil, fmt.Errorf("adapter: %w", serve.ErrNotSelected))
	if w.Code != 500 || w.Body.String() != `{"error":"internal error"}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
