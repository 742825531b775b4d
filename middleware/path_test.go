package middleware_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// found is a request two of whose members stand in the path.
type found struct {
	shop, order, page string
	extra             wire.Extra
}

var foundType = codec.Type{Name: "Found", Fields: []codec.Field{{Name: "shop", Required: true}, {Name: "order", Required: true}, {Name: "page"}}}

func (f *found) WireFields() codec.Fields {
	return codec.Fields{Type: &foundType, Extra: &f.extra, Refs: []any{&f.shop, &f.order, &f.page}}
}

// Members that stand in the path are escaped there, signed there, and nowhere else.
func TestMembersInThePath(t *testing.T) {
	op := wire.Operation{
		ID: "test.find", Method: http.MethodGet, Path: "/v1/{shop}/orders/{order}/lines", Security: wire.JWSHS256,
		Query: true, InPath: []string{"shop", "order"}, Answer: []wire.Media{wire.JSON}, Effect: wire.Read,
	}
	var uri, query, signature string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uri, query, signature = r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("X-JWS-Signature")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	}))
	defer server.Close()
	caller, err := middleware.NewCaller(wire.Environment(server.URL), wire.NewCredentials("123456", "secret"), middleware.WithBaseURL(server.URL+"/base path"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in         found
		uri, query string
	}{
		{found{shop: "7", order: "8"}, "/base%20path/v1/7/orders/8/lines", ""},
		{found{shop: "a/b", order: "{shop}?x=ж", page: "2&3"}, "/base%20path/v1/a%2Fb/orders/%7Bshop%7D%3Fx=%D0%B6/lines", "page=2%263"},
	} {
		var answer wire.Unknown
		if err := caller.Do(t.Context(), &op, &c.in, &answer); err != nil {
			t.Errorf("%v: %v", c.in, err)
			continue
		}
		if uri != c.uri || query != c.query {
			t.Errorf("called %s?%s, want %s?%s", uri, query, c.uri, c.query)
		}
		signer, err := jws.NewSigner([]byte("secret"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := signer.Sign(jws.Header{Algorithm: jws.HS256, URI: c.uri, Identity: "123456", Method: http.MethodGet}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if signature != want {
			t.Errorf("%s is signed otherwise", c.uri)
		}
	}
	uri = ""
	for _, in := range []found{{order: "8"}, {shop: "7"}, {shop: ".", order: "8"}, {shop: "7", order: ".."}} {
		for _, opt := range [][]wire.CallOption{nil, {wire.WithoutValidation()}} {
			if err := caller.Do(t.Context(), &op, &in, nil, opt...); !errors.Is(err, wire.ErrInvalidRequest) {
				t.Errorf("%v: %v", in, err)
			}
		}
	}
	if err := caller.Do(t.Context(), &op, nil, nil); !errors.Is(err, wire.ErrInvalidRequest) {
		t.Errorf("without a request: %v", err)
	}
	if uri != "" {
		t.Errorf("%s was called", uri)
	}
}
