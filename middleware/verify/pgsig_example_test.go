package verify_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/wire"
)

func ExamplePgSig() {
	check, err := verify.PgSig(verify.PgSigOptions{
		// A callback comes to a URL of the shop's own: it says whose it is.
		Identify: func(_ context.Context, r *http.Request) (string, error) {
			return r.PathValue("shop"), nil
		},
		Keys: func(_ context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
			if identity != "123456" || scheme != wire.PgSigPayment {
				return nil, nil
			}
			return []wire.Secret{wire.NewSecret("secret")}, nil
		},
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /shops/{shop}/result", check(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		identity, _ := verify.IdentityFrom(r.Context())
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s was paid: %t", identity, strings.Contains(string(body), "pg_result=1"))
	})))

	post := func(path, secret string) {
		r := httptest.NewRequest("POST", path, strings.NewReader("pg_order_id=7&pg_result=1"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		sign := middleware.PgSig(middleware.PgSigOptions{
			Scheme: wire.PgSigPayment, Credentials: wire.NewCredentials("123456", secret),
		})
		if err := sign(context.Background(), r); err != nil {
			panic(err)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	post("/shops/123456/result", "secret")
	post("/shops/123456/result", "guess")
	// Output:
	// 200 123456 was paid: true
	// 401 {"error":"unauthorized"}
}
