package codec

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

// order has a field of every kind that a table can have.
type order struct {
	Name    string       // required
	Note    string       // optional
	Count   int64        // required
	Tries   int64        // optional, without a pointer
	Limit   *int64       // optional
	Live    bool         // required
	Test    bool         // optional, without a pointer
	Flag    *bool        // optional
	Amount  wire.Decimal // required
	Fee     wire.Decimal // optional, nullable
	At      wire.Time
	Token   wire.Secret
	CVC     wire.Secret // a number in JSON
	Code    string      // a number in JSON
	Tags    []string    // <tags><tag/></tags>
	Lines   []string    // <lines/><lines/>
	Company company     // required, by value
	Payer   *card
	Cards   []card // <cards><card/></cards>
	Items   []card // <items/><items/>
	Extra   wire.Extra
}

type company struct {
	BIN   string // required
	City  string
	Extra wire.Extra
}

type card struct {
	PAN    wire.Secret // required
	Holder string
	Extra  wire.Extra
}

var orderType = &Type{Name: "Order", Fields: []Field{
	{Name: "name", Required: true},
	{Name: "note"},
	{Name: "count", Required: true},
	{Name: "tries"},
	{Name: "limit"},
	{Name: "live", Required: true},
	{Name: "test"},
	{Name: "flag"},
	{Name: "amount", Required: true},
	{Name: "fee", Nullable: true},
	{Name: "at"},
	{Name: "token"},
	{Name: "cvc", Number: true},
	{Name: "code", Number: true},
	{Name: "tags", XMLItem: "tag"},
	{Name: "lines"},
	{Name: "company", Required: true},
	{Name: "payer"},
	{Name: "cards", XMLItem: "card"},
	{Name: "items"},
}}

var companyType = &Type{Name: "Company", Fields: []Field{
	{Name: "bin", Required: true},
	{Name: "city"},
}}

var cardType = &Type{Name: "Card", Fields: []Field{
	{Name: "pan", Required: true},
	{Name: "holder", Sensitive: true},
}}

func (o *order) WireFields() Fields {
	return Fields{Type: orderType, Extra: &o.Extra, Refs: []any{
		&o.Name, &o.Note, &o.Count, &o.Tries, &o.Limit, &o.Live, &o.Test, &o.Flag,
		&o.Amount, &o.Fee, &o.At, &o.Token, &o.CVC, &o.Code, &o.Tags, &o.Lines,
		&o.Company, Optional(&o.Payer), Repeated(&o.Cards), Repeated(&o.Items),
	}}
}

func (c *company) WireFields() Fields {
	return Fields{Type: companyType, Extra: &c.Extra, Refs: []any{&c.BIN, &c.City}}
}

func (c *card) WireFields() Fields {
	return Fields{Type: cardType, Extra: &c.Extra, Refs: []any{&c.PAN, &c.Holder}}
}

// one is a message of one field, "v", for tables of what a field can be.
type one struct {
	t     *Type
	ref   any
	extra wire.Extra
}

func (o *one) WireFields() Fields { return Fields{Type: o.t, Extra: &o.extra, Refs: []any{o.ref}} }

func oneOf(f Field, ref any) *one {
	f.Name = "v"
	return &one{t: &Type{Name: "One", Fields: []Field{f}}, ref: ref}
}

func ptr[T any](v T) *T { return &v }

// fullOrder is an order with everything set, in values that survive every format.
func fullOrder() *order {
	return &order{
		Name: "Käse & <Brot> \"x\"\\\n\tзаказ", Note: "a,b", Count: -7, Tries: 3, Limit: ptr(int64(0)),
		Live: true, Test: true, Flag: ptr(false),
		Amount: wire.MustDecimal("9999999999.99"), Fee: wire.MustDecimal("0.01"),
		At: wire.TimeLiteral("2023-09-20 12:00:00"), Token: wire.NewSecret("s3cr3t"), CVC: wire.NewSecret("123"), Code: "500.00",
		Tags: []string{"x", "", "y=&"}, Lines: []string{"l1", "l2"},
		Company: company{BIN: "060140008000", City: "Алматы"},
		Payer:   &card{PAN: wire.NewSecret("4111111111111111"), Holder: "A B"},
		Cards:   []card{{PAN: wire.NewSecret("1")}, {PAN: wire.NewSecret("2"), Holder: "C"}},
		Items:   []card{{PAN: wire.NewSecret("3")}},
	}
}

// jsonValue is the oracle for JSON: what encoding/json reads, with numbers as
// literals.
func jsonValue(t testing.TB, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", data, err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one value in %q", data)
	}
	return v
}

// element is the oracle for XML: the infoset that encoding/xml reads, without
// attributes and comments, and without white space between elements.
type element struct {
	Name     string
	Text     string
	Children []element
}

func xmlValue(data []byte) (element, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("charset") }
	var stack []element
	root := element{}
	stack = append(stack, element{})
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return root, err
		}
		top := &stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			stack = append(stack, element{Name: rawName(token.Name)})
		case xml.EndElement:
			if len(stack) == 1 || top.Name != rawName(token.Name) {
				return root, errors.New("unbalanced")
			}
			done := *top
			if len(done.Children) > 0 && strings.Trim(done.Text, " \t\r\n") == "" {
				done.Text = ""
			}
			stack = stack[:len(stack)-1]
			parent := &stack[len(stack)-1]
			parent.Children = append(parent.Children, done)
		case xml.CharData:
			top.Text += string(token)
		}
	}
	if len(stack) != 1 || len(stack[0].Children) != 1 {
		return root, errors.New("not one root")
	}
	return stack[0].Children[0], nil
}

func rawName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// sorted orders the children by name and leaves those of one name in order:
// members have no order, items have.
func (e element) sorted() element {
	e.Children = slices.Clone(e.Children)
	for i, c := range e.Children {
		e.Children[i] = c.sorted()
	}
	slices.SortStableFunc(e.Children, func(a, b element) int { return strings.Compare(a.Name, b.Name) })
	return e
}

// value returns a JSON document as encoding/json would.
func (d *document) value(i uint32) any {
	n := &d.nodes[i]
	switch n.kind {
	case kindNull:
		return nil
	case kindBool:
		return string(d.text(i)) == "true"
	case kindNumber:
		return json.Number(d.text(i))
	case kindString:
		return string(d.text(i))
	case kindArray:
		items := []any{}
		for c := i + 1; c < n.next; c = d.nodes[c].next {
			items = append(items, d.value(c))
		}
		return items
	}
	members := map[string]any{}
	for c := i + 1; c < n.next; c = d.nodes[c].next {
		members[string(d.name(c))] = d.value(c)
	}
	return members
}

// element returns an XML document as the oracle does.
func (d *document) element(i uint32) element {
	n := &d.nodes[i]
	e := element{Name: string(d.name(i))}
	for c := i + 1; c < n.next; c = d.nodes[c].next {
		e.Children = append(e.Children, d.element(c))
	}
	if len(e.Children) == 0 || n.flags&hasText != 0 {
		e.Text = "mixed"
		if len(e.Children) == 0 {
			e.Text = string(d.text(i))
		}
	}
	return e
}

// unmixed replaces the text of elements that also hold elements, of which a
// document only knows that it is there.
func (e element) unmixed() element {
	for i, c := range e.Children {
		e.Children[i] = c.unmixed()
	}
	if len(e.Children) > 0 && e.Text != "" {
		e.Text = "mixed"
	}
	return e
}

// secretWord stands in hostile inputs where a card number may stand.
const secretWord = "4111111111111111"

func wantSyntaxError(t *testing.T, err error, format, path, problem string) {
	t.Helper()
	var e *SyntaxError
	if !errors.As(err, &e) {
		t.Fatalf("got error %v (%T), want a SyntaxError", err, err)
	}
	if strings.Contains(err.Error(), secretWord[:6]) {
		t.Errorf("error quotes its input: %v", err)
	}
	if e.Format != format || e.Path != path || !strings.Contains(e.Problem, problem) {
		t.Errorf("got %#v\nwant format %q, path %q, problem with %q", e, format, path, problem)
	}
}

func wantLimitError(t *testing.T, err error, limit string, maximum int) {
	t.Helper()
	var e *LimitError
	if !errors.As(err, &e) {
		t.Fatalf("got error %v (%T), want a LimitError", err, err)
	}
	if e.Limit != limit || e.Max != maximum {
		t.Errorf("got %#v, want limit %q, max %d", e, limit, maximum)
	}
}
