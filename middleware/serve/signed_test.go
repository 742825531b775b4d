package serve_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// once puts verify.Repeats, with what Find finds of operations, before a handler of
// any method, which says how often it ran and for which operation.
func once(t *testing.T, operations []wire.Operation) http.Handler {
	t.Helper()
	find := serve.Options{}.Find(operations)
	repeats, err := verify.Repeats(verify.RepeatsOptions{Find: find})
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	return repeats(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		runs++
		op, _ := find(r)
		fmt.Fprintf(w, "run %d, %s", runs, op.ID)
	}))
}

func answered(handler http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return fmt.Sprint(w.Code, " ", w.Body)
}

// pg_sig covers no method, and a handler may take any: a captured form is carried out
// once all the same.
func TestFormIsCarriedOutOnceByAnyMethod(t *testing.T) {
	verified, err := verify.PgSig(verify.PgSigOptions{
		Keys: func(context.Context, string, wire.Scheme) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret("secret")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := verified(once(t, merchant.Operations()))
	form := "pg_idempotency_key=k&pg_merchant_id=1&pg_salt=s"
	signature := pgsig.Sign("init_payment", []pgsig.Field{
		{Name: "pg_idempotency_key", Value: "k"}, {Name: "pg_merchant_id", Value: "1"}, {Name: "pg_salt", Value: "s"},
	}, "secret")
	for _, test := range []struct{ method, want string }{
		{"POST", "200 run 1, merchant.paymentCreate"},
		{"POST", "200 run 1, merchant.paymentCreate"},
		{"PUT", `409 {"error":"the key was used for another request"}`},
		{"PATCH", `409 {"error":"the key was used for another request"}`},
		{"GET", `409 {"error":"the key was used for another request"}`},
		{"HEAD", `409 {"error":"the key was used for another request"}`},
	} {
		r := httptest.NewRequest(test.method, "/init_payment", strings.NewReader(form+"&pg_sig="+signature))
		r.Header.Set("Content-Type", formType)
		if got := answered(handler, r); got != test.want {
			t.Errorf("%s: got %s, want %s", test.method, got, test.want)
		}
	}
}

// byJWS signs a POST, and returns what verifies it.
func byJWS(t *testing.T, path, body string) (verified func(http.Handler) http.Handler, signature string) {
	t.Helper()
	verified, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Keys: func(context.Context, string) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret("secret")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err = signer.Sign(jws.Header{Algorithm: jws.HS256, URI: path, Identity: "1", Method: "POST"}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return verified, signature
}

// What the protocol cannot stop: X-Action is not signed, and nothing else tells a
// clearing from a refund.
func TestCannotStopAnotherAction(t *testing.T) {
	const path, body = "/v5/g2g/edit", `{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","amount":500.00}`
	verified, captured := byJWS(t, path, body)
	handler := verified(once(t, gateway.Operations()))
	for _, test := range []struct{ action, id, want string }{
		{"gateway.payment.clearing", "a", "200 run 1, gateway.asyncPaymentClear"},
		{"gateway.payment.refund", "a", `409 {"error":"the key was used for another request"}`},
		{"gateway.payment.refund", "b", "200 run 2, gateway.asyncPaymentRefund"},
	} {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set(verify.SignatureHeader, captured)
		r.Header.Set("X-Action", test.action)
		r.Header.Set("X-Request-Id", test.id)
		if got := answered(handler, r); got != test.want {
			t.Errorf("%s under the id %s: got %s, want %s", test.action, test.id, got, test.want)
		}
	}
}

// A JWS does not cover the boundary of a multipart form. So another one, that stands
// in a text of the payer's, must not make another form of what was signed.
func TestSignedFormHasOneBoundary(t *testing.T) {
	text := form("customer", "c", "user_id", "2", "card_token", "another")
	body := strings.NewReplacer(text, text, "--b", "--a").Replace(form("customer", "c", "user_id", "1\r\n"+text, "card_token", "t"))
	verified, signature := byJWS(t, pay, body)
	for boundary, status := range map[string]int{"a": http.StatusOK, "b": http.StatusBadRequest} {
		s := new(service)
		r := httptest.NewRequest("POST", pay, strings.NewReader(body))
		r.Header.Set(verify.SignatureHeader, signature)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		w := httptest.NewRecorder()
		verified(newHandler(s, serve.Options{})).ServeHTTP(w, r)
		if w.Code != status || s.called() != (status == http.StatusOK) {
			t.Errorf("%s: got %d %s, and the service was called with %v", boundary, w.Code, w.Body, s.paid)
		}
		if s.paid != nil && s.paid.CardToken.Reveal() != "t" {
			t.Errorf("%s: another form was read", boundary)
		}
	}
}
