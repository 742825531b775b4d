package browser_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Payment is what the generator writes for the request of a payment.
type Payment struct {
	OrderID     string
	Amount      wire.Decimal
	Description string
	Extra       wire.Extra
}

var paymentType = &codec.Type{Name: "Payment", Fields: []codec.Field{
	{Name: "pg_order_id"}, {Name: "pg_amount", Required: true, Min: "0.01"}, {Name: "pg_description", Required: true},
}}

// WireFields implements codec.Message.
func (p *Payment) WireFields() codec.Fields {
	return codec.Fields{Type: paymentType, Extra: &p.Extra, Refs: []any{&p.OrderID, &p.Amount, &p.Description}}
}

var credentials = wire.NewCredentials("123456", "secret")

// The payer's browser creates the payment.
func ExamplePaymentForm() {
	pay := func(w http.ResponseWriter, r *http.Request) {
		form, err := browser.PaymentForm(wire.KZ, credentials, &Payment{
			OrderID: "23", Amount: wire.MustDecimal("25.00"), Description: "Order description",
		})
		if err != nil {
			http.Error(w, "try again later", http.StatusInternalServerError)
			return
		}
		form.ServeHTTP(w, r) // or redirect to form.URL()
	}

	answer := httptest.NewRecorder()
	pay(answer, httptest.NewRequest("GET", "/pay", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "<form") || strings.Contains(line, `"pg_amount"`) || strings.HasPrefix(line, "<button") {
			fmt.Print(line)
		}
	}
	// Output:
	// <form method="POST" action="https://api.freedompay.kz/payment.php" accept-charset="utf-8" autocomplete="off">
	// <input type="hidden" name="pg_amount" value="25.00">
	// <button type="submit">Continue</button>
}

func ExampleForm() {
	form, err := browser.PaymentForm(wire.KZ, credentials, &Payment{
		OrderID: "23", Amount: wire.MustDecimal("25.00"), Description: "Order description",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(form)
	fmt.Println(form.Fields[1])
	form.Page = browser.Page{Language: "ru", Title: "Оплата", Button: "Продолжить", Nonce: "bm9uY2U"}
	page, err := form.HTML()
	fmt.Println(strings.Contains(string(page), `<script nonce="bm9uY2U">`), err)
	// Output:
	// POST form to https://api.freedompay.kz/payment.php with 6 fields
	// {pg_order_id ***}
	// true <nil>
}

// The payer types the CVC of a saved card.
func ExampleConfirmCVC() {
	salt := strings.NewReader(strings.Repeat("\x00", 64)) // for the output; leave the option out
	form, err := browser.ConfirmCVC(wire.KZ, credentials, "7999007876", browser.WithRandom(salt))
	if err != nil {
		panic(err)
	}
	address, err := form.URL()
	if err != nil {
		panic(err)
	}
	path, query, _ := strings.Cut(address, "?")
	fmt.Println(path)
	for pair := range strings.SplitSeq(query, "&") {
		fmt.Println(pair)
	}
	// Output:
	// https://api.freedompay.kz/v1/merchant/123456/card/pay
	// pg_merchant_id=123456
	// pg_payment_id=7999007876
	// pg_salt=0000000000000000
	// pg_sig=31d97241c5cf228cea201d4744cad0c7
}

// There and back: the 3DS page of the card's issuer.
func ExampleThreeDSForm() {
	// From the answer of the payment: pg_3d_acsurl, pg_3d_md and pg_3d_pareq.
	form, err := browser.ThreeDSForm("https://bank.example/3ds", wire.NewSecret("abc123456"), wire.NewSecret("eJxVUu1u"),
		"https://shop.example/3ds-back")
	if err != nil {
		panic(err)
	}
	fmt.Println(form)

	back := func(w http.ResponseWriter, r *http.Request) {
		answer, err := browser.ParseThreeDS(r)
		if err != nil {
			http.Error(w, "the bank's answer is incomplete", http.StatusBadRequest)
			return
		}
		// They go into the call that completes the payment, which tells the result.
		fmt.Println(answer.MD, len(answer.PaRes.Reveal()))
	}
	r := httptest.NewRequest("POST", "/3ds-back", strings.NewReader("MD=abc123456&PaRes=eJxVkmFv"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	back(httptest.NewRecorder(), r)
	// Output:
	// POST form to https://bank.example/3ds with 3 fields
	// *** 8
}

func ExampleParseRedirect() {
	success := func(w http.ResponseWriter, r *http.Request) {
		back, err := browser.ParseRedirect(r, browser.RedirectOptions{
			Credentials: credentials,
			URL:         "https://shop.example/pay/success", // the pg_success_url
		})
		switch {
		case errors.Is(err, browser.ErrSignature):
			fmt.Println("somebody typed this:", err)
		case err != nil:
			fmt.Println(err)
		default:
			// Thank the payer; whether anything was paid, the status call says.
			fmt.Println("back from payment", back.PaymentID, "of order", back.OrderID, back.Parameters)
		}
	}

	sig := pgsig.Sign("success", []pgsig.Field{
		{Name: "pg_order_id", Value: "23"}, {Name: "pg_payment_id", Value: "4567788"}, {Name: "basket", Value: "17"}, {Name: "pg_salt", Value: "bdwLavL9"},
	}, "secret")
	success(nil, httptest.NewRequest("GET", "/pay/success?pg_order_id=23&pg_payment_id=4567788&basket=17&pg_salt=bdwLavL9&pg_sig="+sig, nil))
	success(nil, httptest.NewRequest("GET", "/pay/success?pg_order_id=24&pg_payment_id=4567788&basket=17&pg_salt=bdwLavL9&pg_sig="+sig, nil))
	success(nil, httptest.NewRequest("GET", "/pay/success?pg_order_id=23&pg_payment_id=4567788", nil))
	// Output:
	// back from payment 4567788 of order 23 [{basket ***}]
	// somebody typed this: browser: signature missing or wrong: it does not fit
	// somebody typed this: browser: signature missing or wrong: none
}
