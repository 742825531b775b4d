package codec

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
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
	Paid    bool   // required, 1 or 0
	Retry   bool   // optional, 1 or 0, without a pointer
	Auto    *bool  // optional, 1 or 0
	Mode    string // explicit
	Due     wire.Time
	Marks   []string // marks[]=a&marks[]=b
	Memo    string   // nullable, as are all below but sig
	Parent  *card
	Links   []string // <links/><links/>
	Groups  []string // <groups><group/></groups>
	sig     string   // supplied
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
	Labels []string // labels[]=a&labels[]=b
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
	{Name: "paid", Required: true, Number: true},
	{Name: "retry", Number: true},
	{Name: "auto", Number: true},
	{Name: "mode", Explicit: true},
	{Name: "due", Zone: "+05:00"},
	{Name: "marks", Unnumbered: true},
	{Name: "memo", Nullable: true},
	{Name: "parent", Nullable: true},
	{Name: "links", Nullable: true},
	{Name: "groups", Nullable: true, XMLItem: "group"},
	{Name: "sig", Supplied: true},
}}

var companyType = &Type{Name: "Company", Fields: []Field{
	{Name: "bin", Required: true},
	{Name: "city"},
}}

var cardType = &Type{Name: "Card", Fields: []Field{
	{Name: "pan", Required: true},
	{Name: "holder", Sensitive: true},
	{Name: "labels", Unnumbered: true},
}}

func (o *order) WireFields() Fields {
	return Fields{Type: orderType, Extra: &o.Extra, Refs: []any{
		&o.Name, &o.Note, &o.Count, &o.Tries, &o.Limit, &o.Live, &o.Test, &o.Flag,
		&o.Amount, &o.Fee, &o.At, &o.Token, &o.CVC, &o.Code, &o.Tags, &o.Lines,
		&o.Company, Optional(&o.Payer), Repeated(&o.Cards), Repeated(&o.Items),
		&o.Paid, &o.Retry, &o.Auto, &o.Mode, &o.Due, &o.Marks, &o.Memo, Optional(&o.Parent), &o.Links, &o.Groups, &o.sig,
	}}
}

func (c *company) WireFields() Fields {
	return Fields{Type: companyType, Extra: &c.Extra, Refs: []any{&c.BIN, &c.City}}
}

func (c *card) WireFields() Fields {
	return Fields{Type: cardType, Extra: &c.Extra, Refs: []any{&c.PAN, &c.Holder, &c.Labels}}
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
		Items:   []card{{PAN: wire.NewSecret("3"), Labels: []string{"a", "", "b"}}},
		Paid:    true, Retry: true, Auto: ptr(false), Mode: "fast", Due: wire.TimeLiteralIn("2023-09-20 12:00:00", "+05:00"),
		Marks: []string{"m", "", "n"}, Memo: "m", Parent: &card{PAN: wire.NewSecret("4")}, Links: []string{"x"}, Groups: []string{"y"}, sig: "5",
	}
}

// jsonValue is the oracle for JSON: what encoding/json reads, with numbers as
// literals, and objects as lists of their members.
func jsonValue(t testing.TB, data []byte) any {
	t.Helper()
	if !json.Valid(data) {
		t.Fatalf("encoding/json refuses %q", data)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return jsonTree(t, d)
}

type object []property

type property struct {
	name  string
	value any
}

// get returns the value of a member.
func (o object) get(name string) any {
	for _, p := range o {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

func jsonTree(t testing.TB, d *json.Decoder) any {
	next := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("encoding/json: %v", err)
		}
		return token
	}
	token := next()
	switch token {
	case json.Delim('['):
		items := []any{}
		for d.More() {
			items = append(items, jsonTree(t, d))
		}
		next()
		return items
	case json.Delim('{'):
		members := object{}
		for d.More() {
			name := next().(string)
			members = append(members, property{name, jsonTree(t, d)})
		}
		next()
		return members
	}
	return token
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
	members := object{}
	for c := i + 1; c < n.next; c = d.nodes[c].next {
		members = append(members, property{string(d.name(c)), d.value(c)})
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
