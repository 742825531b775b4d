package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// A server of its own that takes payments, each once. With gateway.Operations() it
// knows the documented ones.
func ExampleRepeats() {
	operations := []wire.Operation{{
		ID: "my.pay", Method: http.MethodPost, Path: "/pay", Security: wire.JWSHS256, Request: []wire.Media{wire.JSON},
		Repeat: wire.Repeat{Key: "order_id", Answer: wire.RepeatFirst},
	}}
	verified, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Keys: func(context.Context, string) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret("secret")}, nil
		},
	})
	if err != nil {
		panic(err)
	}
	once, err := verify.Repeats(verify.RepeatsOptions{
		Find: serve.Options{}.Find(operations),
		// For several servers, or one that restarts: Store: redisstore.New(client), Secret: ...
	})
	if err != nil {
		panic(err)
	}
	payments := 0
	handler := verified(once(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		payments++
		fmt.Fprintf(w, "payment %d", payments)
	})))

	pay := func(body string) {
		signer, err := jws.NewSigner([]byte("secret"))
		if err != nil {
			panic(err)
		}
		signature, err := signer.Sign(jws.Header{Algorithm: jws.HS256, URI: "/pay", Identity: "123456", Method: "POST"}, []byte(body))
		if err != nil {
			panic(err)
		}
		r := httptest.NewRequest("POST", "/pay", strings.NewReader(body))
		r.Header.Set(verify.SignatureHeader, signature)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	pay(`{"order_id":"1","amount":500.00}`)
	pay(`{"order_id":"1","amount":500.00}`) // the answer was lost, say
	pay(`{"order_id":"1","amount":900.00}`)
	pay(`{"order_id":"2","amount":500.00}`)
	// Output:
	// 200 payment 1
	// 200 payment 1
	// 409 {"error":"the key was used for another request"}
	// 200 payment 2
}
