package middleware_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// What to ask by is what the request itself held of the documented members: those
// without a value say nothing, and others are not asked by.
func TestInquiry(t *testing.T) {
	full := ask(firstBody)
	full.Extra().AddText("empty", "")
	for _, test := range []struct {
		name string
		with string
		by   []string
		in   codec.Message
		want *wire.Inquiry
	}{
		{"nothing documented to ask", "", []string{"order"}, full, nil},
		{"by what the request holds", "test.fate", []string{"order", "empty", "absent", "user_id"}, full,
			&wire.Inquiry{Operation: "test.fate", Arguments: []wire.Argument{{Name: "user_id", Value: "No65"}, {Name: "order", Value: "7"}}}},
		{"by nothing that it holds", "test.fate", []string{"absent"}, full, &wire.Inquiry{Operation: "test.fate"}},
		{"of a call without a request", "test.fate", []string{"order"}, nil, &wire.Inquiry{Operation: "test.fate"}},
	} {
		p := newPeer(t, lost)
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithoutRetries())
		if err != nil {
			t.Fatal(err)
		}
		op := operation(wire.Write, firstBody, wire.JSON, wire.JWSHS256)
		op.ResolveWith, op.ResolveBy = test.with, test.by
		e := (*wire.Error)(nil)
		if err := c.Do(t.Context(), op, test.in, nil); !errors.As(err, &e) || !e.OutcomeUnknown || !reflect.DeepEqual(e.Inquiry, test.want) {
			t.Errorf("%s: %+v, want %+v: %v", test.name, e.Inquiry, test.want, err)
		}
	}
}
