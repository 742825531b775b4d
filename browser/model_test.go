package browser

import (
	"crypto/md5"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

const (
	testID     = "123456"
	testSecret = "canary-Qz8vT2kWmN"
)

var testCredentials = wire.NewCredentials(testID, testSecret)

// zeros is a source of a pg_salt that is always the same.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

const zeroSalt = "0000000000000000"

// payment stands for a generated request.
type payment struct {
	OrderID     string
	Amount      wire.Decimal
	Description string
	Positions   []position
	MerchantID  string
	Salt        string
	Sig         string
	Extra       wire.Extra
}

type position struct{ Name string }

var paymentType = &codec.Type{Name: "Payment", Fields: []codec.Field{
	{Name: "pg_order_id", MaxLength: 50},
	{Name: "pg_amount", Required: true, Min: "0.01"},
	{Name: "pg_description", Required: true},
	{Name: "pg_receipt_positions"},
	{Name: "pg_merchant_id"},
	{Name: "pg_salt"},
	{Name: "pg_sig"},
}}

var positionType = &codec.Type{Name: "Position", Fields: []codec.Field{{Name: "name"}}}

func (p *payment) WireFields() codec.Fields {
	return codec.Fields{Type: paymentType, Extra: &p.Extra, Refs: []any{
		&p.OrderID, &p.Amount, &p.Description, codec.Repeated[position, *position](&p.Positions), &p.MerchantID, &p.Salt, &p.Sig,
	}}
}

func (p *position) WireFields() codec.Fields {
	return codec.Fields{Type: positionType, Refs: []any{&p.Name}}
}

func newPayment() *payment {
	return &payment{OrderID: "23", Amount: wire.MustDecimal("25.00"), Description: "Order description"}
}

// sign joins what it is given and is no code of package pgsig.
func sign(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ";")))
	return hex.EncodeToString(sum[:])
}

// shape returns what prints of fields as the browser would send them.
func shape(fields []Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.Name + "=" + f.Value.Reveal() + "\n")
	}
	return b.String()
}

var (
	formTag  = regexp.MustCompile(`<form method="([^"]*)" action="([^"]*)"`)
	inputTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// open reads a page as a browser does and returns what it would send.
func open(t testing.TB, page []byte) (method, action string, fields []Field) {
	t.Helper()
	// A browser turns line breaks into LF when it reads and, in what it sends of a
	// form, into CR LF.
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(page))
	form := formTag.FindStringSubmatch(text)
	if form == nil {
		t.Fatalf("no form in\n%s", text)
	}
	for _, m := range inputTag.FindAllStringSubmatch(text, -1) {
		value := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(html.UnescapeString(m[2]))
		fields = append(fields, Field{html.UnescapeString(m[1]), wire.NewSecret(value)})
	}
	return form[1], html.UnescapeString(form[2]), fields
}

// values returns the fields of a query or body in their order, by no code of
// package codec.
func values(t testing.TB, encoded string) (fields []Field) {
	t.Helper()
	for part := range strings.SplitSeq(encoded, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		if value, err = url.QueryUnescape(value); err != nil {
			t.Fatal(err)
		}
		fields = append(fields, Field{name, wire.NewSecret(value)})
	}
	return fields
}

func same(a, b []Field) bool {
	return slices.EqualFunc(a, b, func(a, b Field) bool { return a.Name == b.Name && a.Value.Equal(b.Value) })
}
