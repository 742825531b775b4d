package callback_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// A shop is asked before a payment, told after it, and told again.
func Example() {
	credentials := wire.NewCredentials("123456", "secret") // merchant id and secret_key
	receiver, err := callback.New(callback.Static(credentials))
	if err != nil {
		fmt.Println(err)
		return
	}
	price := map[string]wire.Decimal{"8841": wire.MustDecimal("500.00")}
	mux := http.NewServeMux()
	mux.Handle("/freedompay/check", receiver.Check(func(_ context.Context, c *callback.CheckRequest) (callback.Answer, error) {
		if want, ok := price[c.OrderID]; !ok || !want.Equal(c.Amount) || c.Currency != "KZT" {
			return callback.Reject("There is no such order."), nil
		}
		return callback.Accept(""), nil
	}))
	mux.Handle("/freedompay/result", receiver.Result(func(_ context.Context, r *callback.ResultRequest) (callback.Answer, error) {
		if r.Reading().Captured() { // and not merely held
			fmt.Println("ship order", r.OrderID)
		}
		return callback.Accept("Order paid"), nil
	}))

	fmt.Println(told(mux, "/freedompay/check", "pg_payment_id=1&pg_order_id=8841&pg_amount=500&pg_currency=KZT"))
	fmt.Println(told(mux, "/freedompay/check", "pg_payment_id=1&pg_order_id=8841&pg_amount=5&pg_currency=KZT"))
	for range 2 {
		fmt.Println(told(mux, "/freedompay/result", "pg_payment_id=1&pg_order_id=8841&pg_amount=500&pg_currency=KZT&pg_result=1&pg_captured=1"))
	}
	// Output:
	// 200 ok
	// 200 rejected
	// ship order 8841
	// 200 ok
	// 200 ok
}

// An error makes Freedom Pay come again, and the function runs again.
func ExampleReceiver_Result() {
	receiver, err := callback.New(callback.Static(wire.NewCredentials("123456", "secret")))
	if err != nil {
		fmt.Println(err)
		return
	}
	isDown := true
	handler := receiver.Result(func(_ context.Context, r *callback.ResultRequest) (callback.Answer, error) {
		if isDown {
			return callback.Answer{}, errors.New("the database is down")
		}
		return callback.Accept(""), nil
	})
	const result = "pg_payment_id=1&pg_order_id=8841&pg_amount=500&pg_currency=KZT&pg_result=1&pg_captured=1"
	fmt.Println(told(handler, "/result", result))
	isDown = false // half an hour later
	fmt.Println(told(handler, "/result", result))
	// Output:
	// 503
	// 200 ok
}

func ExampleReceiver_Payout() {
	credentials := wire.Credentials{ID: "123456", Secret: wire.NewSecret("payments"), PayoutSecret: wire.NewSecret("secret")}
	receiver, err := callback.New(callback.Static(credentials))
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := receiver.Payout(func(_ context.Context, p *callback.PayoutRequest) error {
		fmt.Println("payout", p.OrderID, "is", p.Reading())
		return nil
	})
	fmt.Println(told(handler, "/payout", "pg_payment_id=7&pg_order_id=12&pg_status=ok&pg_payment_amount=500.00&pg_merchant_id=123456"))
	// Output:
	// payout 12 is captured
	// 200 ok
}

func ExampleReceiver_CardSaved() {
	receiver, err := callback.New(callback.Static(wire.NewCredentials("123456", "secret")))
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := receiver.CardSaved(func(_ context.Context, c *callback.CardSavedRequest) error {
		fmt.Println("card", c.CardID, "of user", c.UserID, c.Status)
		return nil
	})
	fmt.Println(told(handler, "/card", "pg_payment_id=7&pg_card_id=56&pg_user_id=42&pg_status=success"))
	// Output:
	// card 56 of user 42 success
	// 200 ok
}

func ExampleReceiver_Redirect() {
	receiver, err := callback.New(callback.Static(wire.NewCredentials("123456", "secret")))
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := receiver.Redirect(func(w http.ResponseWriter, _ *http.Request, back *browser.Redirect) {
		// Whether it is paid is known from the result, not from this.
		fmt.Println("show how order", back.OrderID, "stands")
	})
	told(handler, "/paid", "pg_payment_id=1&pg_order_id=8841")
	// Output: show how order 8841 stands
}

// A platform finds the shop by the address, and its secrets by the shop.
func ExampleWithMerchant() {
	secrets := map[string]string{"101": "secret of 101", "102": "secret"}
	receiver, err := callback.New(func(_ context.Context, merchant string) ([]wire.Credentials, error) {
		secret, ok := secrets[merchant]
		if !ok {
			return nil, nil
		}
		return []wire.Credentials{wire.NewCredentials(merchant, secret)}, nil
	}, callback.WithMerchant(func(r *http.Request) string { return r.PathValue("merchant") }))
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/{merchant}/result", receiver.Result(func(ctx context.Context, r *callback.ResultRequest) (callback.Answer, error) {
		fmt.Println("payment", r.PaymentID, "of shop", callback.Merchant(ctx))
		return callback.Accept(""), nil
	}))
	const result = "pg_payment_id=1&pg_amount=500&pg_currency=KZT&pg_result=1"
	fmt.Println(told(mux, "/102/result", result))
	fmt.Println(told(mux, "/101/result", result))
	// Output:
	// payment 1 of shop 102
	// 200 ok
	// 401
}

// What nobody can authenticate is a reason to ask, and nothing else.
func ExampleReceiver_RecurringProfile() {
	freedomPay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"status":"canceled"}`)
	}))
	defer freedomPay.Close()
	credentials := wire.NewCredentials("123456", "secret")
	client, err := merchant.New(wire.Environment(freedomPay.URL), credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver, err := callback.New(callback.Static(credentials), callback.WithUnauthenticated(callback.KindRecurringProfile))
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := receiver.RecurringProfile(func(ctx context.Context, q callback.Question) error {
		var answer wire.Unknown
		if err := client.Do(ctx, q.Operation, q.Request, &answer); err != nil {
			return err
		}
		status, _ := answer.Lookup("status")
		fmt.Println("profile", q.ID, "is", status)
		return nil
	})
	r := httptest.NewRequest(http.MethodPost, "/profile", strings.NewReader(`{"profile_id":"9","status":"active"}`))
	r.Header.Set("Content-Type", "application/json")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output: profile 9 is canceled
}

// told is Freedom Pay, as far as these examples need it: it signs the fields for the
// address and posts them, and returns the status and what the answer says.
func told(handler http.Handler, address, fields string) string {
	form, _ := url.ParseQuery(fields + "&pg_salt=salt")
	pairs := []pgsig.Pair{}
	for name := range form {
		pairs = append(pairs, pgsig.Pair{Name: name, Value: form.Get(name)})
	}
	signed, _ := pgsig.Fields(pairs)
	script, _ := pgsig.ScriptName(address)
	form.Set("pg_sig", pgsig.Sign(script, signed, "secret"))
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	_, status, _ := strings.Cut(w.Body.String(), "<pg_status>")
	status, _, _ = strings.Cut(status, "<")
	return strings.TrimSpace(fmt.Sprint(w.Code, " ", status))
}
