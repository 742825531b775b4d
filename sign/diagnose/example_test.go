package diagnose_test

import (
	"fmt"

	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// The sender signed the URL with its query, and the key file of the owner ends
// in a newline.
func ExampleJWS() {
	sender, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		panic(err)
	}
	header := jws.Header{Algorithm: jws.HS256, URI: "/v5/g2g/read?x=1", Identity: "123456", Method: "POST"}
	body := []byte(`{"payment_id":1}`)
	value, err := sender.Sign(header, body)
	if err != nil {
		panic(err)
	}

	want := header
	want.URI = "/v5/g2g/read"
	fmt.Println(diagnose.JWS(value, want, body, []byte("secret")))
	fmt.Println()
	fmt.Println(diagnose.JWS(value, header, body, []byte("secret\n")))
	fmt.Println()
	fmt.Println(diagnose.JWS(value, header, body, []byte("another")))
	// Output:
	// the header member uri differs: "/v5/g2g/read?x=1" was signed, "/v5/g2g/read" is called
	// They differ only by the query (it is not signed). Body and key fit.
	//
	// the MAC differs: body or key. It fits with the key without its trailing newline
	//
	// the MAC differs: body or key
}

func ExampleForm() {
	fields := []pgsig.Field{
		{Name: "pg_order_id", Value: "23"},
		{Name: "pg_amount", Value: "25"},
		{Name: "pg_salt", Value: "9imM909TH820jwk387"},
	}
	sig := pgsig.Sign("init_payment.php", fields, "payout secret")

	fmt.Println(diagnose.Form("https://api.freedompay.kz/init_payment", fields, "secret", sig,
		diagnose.WithOtherSecret("the payout secret", []byte("payout secret"))))
	// Output:
	// pg_sig differs: script name, fields or secret. It fits with the script name with .php and the payout secret
}
