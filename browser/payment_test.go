package browser

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

func TestPaymentForm(t *testing.T) {
	p := newPayment()
	p.Extra.AddText("client", "Ivan")
	form, err := PaymentForm(wire.KZTest, testCredentials, p, WithRandom(zeros{}), WithField("basket", "17"))
	if err != nil {
		t.Fatal(err)
	}
	if form.Method != "POST" || form.Action != "https://test-api.freedompay.kz/payment.php" {
		t.Errorf("%s %s", form.Method, form.Action)
	}
	want := "pg_merchant_id=123456\npg_order_id=23\npg_amount=25.00\npg_description=Order description\nclient=Ivan\nbasket=17\npg_salt=" + zeroSalt +
		"\npg_sig=" + sign("payment.php", "17", "Ivan", "25.00", "Order description", testID, "23", zeroSalt, testSecret) + "\n"
	if got := shape(form.Fields); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The overview's order of values, with the script name of this way.
func TestPaymentFormSignsAsDocumented(t *testing.T) {
	p := &payment{OrderID: "23", Amount: wire.MustDecimal("25"), Description: "Order description", Salt: "some_random_string"}
	form, err := PaymentForm(wire.KZ, wire.NewCredentials(testID, "secret"), p)
	if err != nil {
		t.Fatal(err)
	}
	sig, _, err := only(pairsOf(form), "pg_sig")
	if want := sign("payment.php;25;Order description;123456;23;some_random_string;secret"); sig != want || err != nil {
		t.Errorf("got %s, want %s", sig, want)
	}
}

func TestPaymentFormReplacesWhatItAdds(t *testing.T) {
	p := newPayment()
	p.MerchantID, p.Salt, p.Sig = testID, "abc", "of an earlier attempt"
	form, err := PaymentForm(wire.KZ, testCredentials, p)
	if err != nil {
		t.Fatal(err)
	}
	want := "pg_merchant_id=123456\npg_order_id=23\npg_amount=25.00\npg_description=Order description\npg_salt=abc\npg_sig=" +
		sign("payment.php", "25.00", "Order description", testID, "23", "abc", testSecret) + "\n"
	if got := shape(form.Fields); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p.MerchantID = "654321"
	if _, err := PaymentForm(wire.KZ, testCredentials, p); !errors.Is(err, ErrForm) {
		t.Errorf("of another merchant: got %v", err)
	}
}

func TestPaymentFormHasNewSalts(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		form, err := PaymentForm(wire.KZ, testCredentials, newPayment(), WithRandom(nil))
		if err != nil {
			t.Fatal(err)
		}
		salt, _, err := only(pairsOf(form), "pg_salt")
		if err != nil || len(salt) != pgsig.SaltLength || seen[salt] {
			t.Fatalf("salt %q (%v)", salt, err)
		}
		seen[salt] = true
	}
}

// A browser sends line breaks as CR LF, whatever was in the page.
func TestLineBreaksAreSignedAsTheyArrive(t *testing.T) {
	p := newPayment()
	p.Description = "one\ntwo\rthree\r\nfour\n\r\n"
	form, err := PaymentForm(wire.KZ, testCredentials, p, WithRandom(zeros{}))
	if err != nil {
		t.Fatal(err)
	}
	page, err := form.HTML()
	if err != nil {
		t.Fatal(err)
	}
	_, _, sent := open(t, page)
	if !same(sent, form.Fields) {
		t.Errorf("sent %q, signed %q", shape(sent), shape(form.Fields))
	}
	const arrives = "one\r\ntwo\r\nthree\r\nfour\r\n\r\n"
	if want := sign("payment.php", "25.00", arrives, testID, "23", zeroSalt, testSecret); sent[len(sent)-1].Value.Reveal() != want {
		t.Error("the signature is not that of what arrives")
	}
}

func TestOrderOfLists(t *testing.T) {
	p := newPayment()
	for i := range 11 {
		p.Positions = append(p.Positions, position{fmt.Sprint("p", i)})
	}
	sigs := map[string]pgsig.Order{}
	for _, order := range []pgsig.Order{pgsig.OrderSample, pgsig.OrderNumber} {
		form, err := PaymentForm(wire.KZ, testCredentials, p, WithRandom(zeros{}), WithPgSigOrder(order))
		if err != nil {
			t.Fatal(err)
		}
		sig, _, _ := only(pairsOf(form), "pg_sig")
		sigs[sig] = order
	}
	byNumber := sign("payment.php", "25.00", "Order description", testID, "23",
		"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", zeroSalt, testSecret)
	if len(sigs) != 2 || sigs[byNumber] != pgsig.OrderNumber {
		t.Errorf("got %v, want one %s", sigs, byNumber)
	}
	if _, err := PaymentForm(wire.KZ, testCredentials, p, WithPgSigOrder(99)); !errors.Is(err, ErrForm) {
		t.Errorf("no such order: got %v", err)
	}
}

func TestPaymentFormRefuses(t *testing.T) {
	const marker = "4405639704015096"
	long := newPayment()
	long.OrderID = strings.Repeat(marker, 4)
	failing := iotest.ErrReader(errors.New("no random bytes"))
	tests := []struct {
		name        string
		env         wire.Environment
		credentials wire.Credentials
		request     *payment
		opt         Option
		want        error
	}{
		{"no environment", "", testCredentials, newPayment(), nil, ErrAddress},
		{"no scheme", "api.freedompay.kz", testCredentials, newPayment(), nil, ErrAddress},
		{"no TLS", "http://api.freedompay.kz", testCredentials, newPayment(), nil, ErrAddress},
		{"a password", wire.Environment("https://user:" + marker + "@api.freedompay.kz"), testCredentials, newPayment(), nil, ErrAddress},
		{"a query", wire.Environment("https://api.freedompay.kz?" + marker), testCredentials, newPayment(), nil, ErrAddress},
		{"a fragment", wire.Environment("https://api.freedompay.kz#" + marker), testCredentials, newPayment(), nil, ErrAddress},
		{"unparsable", wire.Environment("https://" + marker + "%zz"), testCredentials, newPayment(), nil, ErrAddress},
		{"no identity", wire.KZ, wire.NewCredentials("", testSecret), newPayment(), nil, ErrCredentials},
		{"no secret", wire.KZ, wire.Credentials{ID: testID, PayoutSecret: wire.NewSecret(testSecret)}, newPayment(), nil, ErrCredentials},
		{"a broken limit", wire.KZ, testCredentials, long, nil, ErrForm},
		{"a missing member", wire.KZ, testCredentials, &payment{Description: "x"}, nil, ErrForm},
		{"no random bytes", wire.KZ, testCredentials, newPayment(), WithRandom(failing), ErrForm},
		{"no name", wire.KZ, testCredentials, newPayment(), WithField("", marker), ErrForm},
		{"a name of the browser's", wire.KZ, testCredentials, newPayment(), WithField("_Charset_", marker), ErrForm},
		{"a line break in a name", wire.KZ, testCredentials, newPayment(), WithField(marker+"\n", ""), ErrForm},
		{"NUL in a value", wire.KZ, testCredentials, newPayment(), WithField("a", marker+"\x00"), ErrForm},
		{"no UTF-8", wire.KZ, testCredentials, newPayment(), WithField("a", marker+"\xff"), ErrForm},
		{"brackets", wire.KZ, testCredentials, newPayment(), WithField("a["+marker, ""), ErrForm},
	}
	for _, test := range tests {
		var opts []Option
		if test.opt != nil {
			opts = append(opts, test.opt)
		}
		form, err := PaymentForm(test.env, test.credentials, test.request, opts...)
		if form != nil || !errors.Is(err, test.want) || strings.Contains(err.Error(), marker) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	if _, err := PaymentForm(wire.KZ, testCredentials, nil); !errors.Is(err, ErrForm) {
		t.Errorf("no request: got %v", err)
	}
	if _, err := PaymentForm(wire.KZ, testCredentials, long, WithoutValidation()); err != nil {
		t.Errorf("without validation: %v", err)
	}
	for _, env := range []wire.Environment{"http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080", "https://proxy.example/freedompay/"} {
		form, err := PaymentForm(env, testCredentials, newPayment())
		if err != nil || form.Action != strings.TrimRight(string(env), "/")+"/payment.php" {
			t.Errorf("%s: got %v (%v)", env, form, err)
		}
	}
}

func TestConfirmCVC(t *testing.T) {
	form, err := ConfirmCVC(wire.KZ, testCredentials, "7999007876", WithRandom(zeros{}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := form.URL()
	want := "https://api.freedompay.kz/v1/merchant/123456/card/pay?pg_merchant_id=123456&pg_payment_id=7999007876&pg_salt=" + zeroSalt +
		"&pg_sig=" + sign("pay", testID, "7999007876", zeroSalt, testSecret)
	if got != want || err != nil || form.Method != "GET" {
		t.Errorf("got %s %s (%v)\nwant %s", form.Method, got, err, want)
	}
	form, err = ConfirmCVC(wire.KZ, testCredentials, "7999007876", WithRandom(zeros{}), WithField("pg_testing_mode", "1"))
	if err != nil {
		t.Fatal(err)
	}
	sig, _, _ := only(pairsOf(form), "pg_sig")
	if want := sign("pay", testID, "7999007876", zeroSalt, "1", testSecret); sig != want {
		t.Errorf("got %s, want %s", sig, want)
	}
	if _, err := ConfirmCVC(wire.KZ, testCredentials, ""); !errors.Is(err, ErrForm) {
		t.Errorf("no payment id: got %v", err)
	}
	form, err = ConfirmCVC(wire.KZ, wire.NewCredentials("a/../?b", testSecret), "1")
	if err != nil || form.Action != "https://api.freedompay.kz/v1/merchant/a%2F..%2F%3Fb/card/pay" {
		t.Errorf("got %v (%v)", form, err)
	}
}
