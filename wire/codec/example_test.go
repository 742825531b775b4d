package codec_test

import (
	"fmt"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Refund is what the generator writes for an object of the API.
type Refund struct {
	ID     int64
	Amount wire.Decimal
	Reason string
	PAN    wire.Secret
	Extra  wire.Extra
}

var refundType = &codec.Type{Name: "Refund", Fields: []codec.Field{
	{Name: "id", Required: true},
	{Name: "amount", Required: true, Min: "0.01", Max: "9999999999"},
	{Name: "reason", MaxLength: 255},
	{Name: "pan"},
}}

// WireFields implements codec.Message.
func (r *Refund) WireFields() codec.Fields {
	return codec.Fields{Type: refundType, Extra: &r.Extra, Refs: []any{&r.ID, &r.Amount, &r.Reason, &r.PAN}}
}

func ExampleUnmarshalJSON() {
	var r Refund
	err := codec.UnmarshalJSON([]byte(`{"id":"17","amount":500.00,"reason":null,"pan":"4111111111111111","new":1}`), &r)
	fmt.Println(err, r.Amount, r.Extra.IsNull("reason"))
	fmt.Println(codec.String(&r))
	for _, v := range codec.Report(&r) {
		fmt.Println(v)
	}
	fmt.Println(string(codec.AppendJSON(nil, &r)))
	// Output:
	// <nil> 500.00 true
	// Refund{id: 17, amount: 500.00, pan: ***, unknown members: 1}
	// $.id: type integer, got string
	// $.reason: nullable false, got null
	// $.new: unknown
	// {"id":"17","amount":500.00,"reason":null,"pan":"4111111111111111","new":1}
}

func ExampleAppendXML() {
	r := Refund{ID: 17, Amount: wire.MustDecimal("500.00"), Reason: "a < b"}
	fmt.Println(string(codec.AppendXML(nil, "request", &r)))
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <request><id>17</id><amount>500.00</amount><reason>a &lt; b</reason></request>
}

func ExamplePairs() {
	r := Refund{ID: 17, Amount: wire.MustDecimal("500.00")}
	fmt.Println(string(codec.AppendURLEncoded(nil, codec.Pairs(&r))))
	// Output: id=17&amount=500.00
}

func ExamplePairs_own() {
	r := Refund{ID: 17, Amount: wire.MustDecimal("500.00")}
	r.Extra.AddText("cart", "42")
	r.Extra.AddText("items[]", "a")
	r.Extra.AddText("items[]", "b")
	for _, p := range codec.Pairs(&r) {
		fmt.Println(p.Name, p.Value)
	}
	// Output:
	// id 17
	// amount 500.00
	// cart 42
	// items[] a
	// items[] b
}

func ExampleValidate() {
	r := Refund{ID: 17, Amount: wire.MustDecimal("0.001")}
	fmt.Println(codec.Validate(&r).Err())
	// Output: $.amount: minimum 0.01, got 0.001
}

func ExampleParseXML() {
	_, err := codec.ParseXML([]byte(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>`), codec.Limits{})
	fmt.Println(err)
	// Output: codec: XML at offset 0: document type or other declaration, which is not allowed
}
