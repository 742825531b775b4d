package verify_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

func ExampleJWS() {
	middleware, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Keys: func(_ context.Context, identity string) ([]wire.Secret, error) {
			if identity != "123456" {
				return nil, nil
			}
			// The old secret stays until every client has the new one.
			return []wire.Secret{wire.NewSecret("new secret"), wire.NewSecret("old secret")}, nil
		},
	})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		identity, _ := verify.IdentityFrom(r.Context())
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s sent %s", identity, body)
	})))
	defer server.Close()

	post := func(signed, sent string) {
		signer, err := jws.NewSigner([]byte("old secret"))
		if err != nil {
			panic(err)
		}
		signature, err := signer.Sign(jws.Header{
			Algorithm: jws.HS256, URI: "/v5/partner/rates/add", Identity: "123456", Method: "POST",
		}, []byte(signed))
		if err != nil {
			panic(err)
		}
		request, err := http.NewRequest("POST", server.URL+"/v5/partner/rates/add", strings.NewReader(sent))
		if err != nil {
			panic(err)
		}
		request.Header.Set(verify.SignatureHeader, signature)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		fmt.Println(answer.StatusCode, string(body))
	}
	post(`{"rate":441.507}`, `{"rate":441.507}`)
	post(`{"rate":441.507}`, `{"rate":1}`)
	// Output:
	// 200 123456 sent {"rate":441.507}
	// 401 {"error":"unauthorized"}
}
