package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// What a call costs that is answered at once, beside the network.
func BenchmarkCall(b *testing.B) {
	for _, c := range []struct {
		name   string
		media  wire.Media
		scheme wire.Scheme
	}{{"JSON", wire.JSON, wire.JWSHS256}, {"form", wire.Multipart, wire.PgSigPayment}} {
		b.Run(c.name, func(b *testing.B) {
			doer := doerFunc(func(req *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: 422, Header: http.Header{"Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(`{"status":"error"}`)), Request: req,
				}, nil
			})
			caller, err := middleware.NewCaller(wire.KZ, credentials, middleware.WithHTTPClient(doer))
			if err != nil {
				b.Fatal(err)
			}
			op := wire.Operation{ID: "test.bench", Method: "POST", Path: "/bench", Security: c.scheme, Request: []wire.Media{c.media}, Answer: []wire.Media{wire.JSON}}
			in := payRequest()
			b.ReportAllocs()
			for b.Loop() {
				if caller.Do(b.Context(), &op, in, nil) == nil {
					b.Fatal("no error")
				}
			}
		})
	}
}
