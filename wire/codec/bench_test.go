package codec

import (
	"encoding/json"
	"encoding/xml"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

// plain is what a struct for encoding/json and encoding/xml would be.
type plain struct {
	XMLName  struct{}    `json:"-" xml:"response"`
	Status   string      `json:"status" xml:"status"`
	ID       int64       `json:"id" xml:"id"`
	Amount   json.Number `json:"amount" xml:"amount"`
	Currency string      `json:"currency" xml:"currency"`
	Paid     bool        `json:"paid" xml:"paid"`
	At       string      `json:"at" xml:"at"`
	Order    string      `json:"order" xml:"order"`
	Card     *plainCard  `json:"card" xml:"card"`
	Items    []plainCard `json:"items" xml:"items"`
}

type plainCard struct {
	PAN    string `json:"pan" xml:"pan"`
	Holder string `json:"holder" xml:"holder"`
}

type answer struct {
	Status   string
	ID       int64
	Amount   wire.Decimal
	Currency string
	Paid     bool
	At       wire.Time
	Order    string
	Card     *answerCard
	Items    []answerCard
	Extra    wire.Extra
}

// answerCard is what plainCard is, however the cards of other tests grow.
type answerCard struct {
	PAN    wire.Secret
	Holder string
	Extra  wire.Extra
}

var answerCardType = &Type{Name: "Card", Fields: []Field{
	{Name: "pan", Required: true},
	{Name: "holder", Sensitive: true},
}}

func (c *answerCard) WireFields() Fields {
	return Fields{Type: answerCardType, Extra: &c.Extra, Refs: []any{&c.PAN, &c.Holder}}
}

var answerType = &Type{Name: "Answer", Fields: []Field{
	{Name: "status", Required: true, Enum: []string{"success", "failed"}},
	{Name: "id", Required: true, Min: "1"},
	{Name: "amount", Required: true, Min: "0.01", Max: "9999999999"},
	{Name: "currency", Required: true, MinLength: 3, MaxLength: 3},
	{Name: "paid", Required: true},
	{Name: "at"},
	{Name: "order", MaxLength: 64},
	{Name: "card"},
	{Name: "items"},
}}

func (a *answer) WireFields() Fields {
	return Fields{Type: answerType, Extra: &a.Extra, Refs: []any{
		&a.Status, &a.ID, &a.Amount, &a.Currency, &a.Paid, &a.At, &a.Order, Optional(&a.Card), Repeated(&a.Items),
	}}
}

const answerJSON = `{"status":"success","id":1234567890,"amount":9999999999.99,"currency":"KZT","paid":true,"at":"2025-06-20T07:13:31Z",` +
	`"order":"0199a2b4-7c1e-7000-8000-000000000000","card":{"pan":"4111-44XX-XXXX-1111","holder":"CARD HOLDER"},"items":[{"pan":"1","holder":"a"},{"pan":"2","holder":"b"}]}`

func BenchmarkDecodeJSON(b *testing.B) {
	data := []byte(answerJSON)
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := UnmarshalJSON(data, new(answer)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(data, new(plain)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncodeJSON(b *testing.B) {
	var a answer
	var p plain
	if err := UnmarshalJSON([]byte(answerJSON), &a); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(answerJSON), &p); err != nil {
		b.Fatal(err)
	}
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			AppendJSON(make([]byte, 0, 512), &a)
		}
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecodeXML(b *testing.B) {
	var a answer
	if err := UnmarshalJSON([]byte(answerJSON), &a); err != nil {
		b.Fatal(err)
	}
	data := AppendXML(nil, "response", &a)
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := UnmarshalXML(data, new(answer)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := xml.Unmarshal(data, new(plain)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	var a answer
	if err := UnmarshalJSON([]byte(answerJSON), &a); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Validate(&a)
	}
}
