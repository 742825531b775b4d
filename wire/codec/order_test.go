package codec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

// TestOrder decodes a message and encodes it again, which must give the bytes
// back, and looks at what order is kept for that.
func TestOrder(t *testing.T) {
	tests := []struct {
		in   string
		want []string // nil: the documented order
		out  string   // if it is not in
	}{
		// JSON.
		{`{}`, nil, ""},
		{`{"name":"n","note":"o","count":1}`, nil, ""},
		{`{"name":"n","fee":1,"x":1,"y":2}`, nil, ""},
		{`{"note":"o","name":"n"}`, []string{"note", "name"}, ""},
		{`{"x":1,"name":"n"}`, []string{"", "name"}, ""},
		{`{"name":"n","x":{"b":1,"a":2},"note":"o","y":2,"z":3}`, []string{"name", "", "note", "", ""}, ""},
		{`{"sig":"s","name":null,"tries":0,"limit":"","note":true}`, []string{"sig", "name", "tries", "limit", "note"}, ""},
		{`{"cards":[],"tags":["b","a"],"company":[]}`, []string{"cards", "tags", "company"}, ""},
		// XML. Some members that are absent are required, and stay absent.
		{`<r><note>o</note><name>n</name></r>`, []string{"note", "name"}, ""},
		{`<r><x/><name>n</name><x>2</x></r>`, []string{"", "name", ""}, ""},
		{`<r><lines>1</lines><lines>2</lines><x/></r>`, nil, ""},
		{`<r><lines>1</lines><x/><lines>2</lines></r>`, nil, `<r><lines>1</lines><lines>2</lines><x/></r>`},
		{`<r><lines>1</lines><name>n</name><lines>2</lines></r>`, []string{"lines", "name"}, `<r><lines>1</lines><lines>2</lines><name>n</name></r>`},
		{`<r><items/><lines>1</lines><items/><x/><name/></r>`, []string{"items", "lines", "", "name"}, `<r><items/><items/><lines>1</lines><x/><name/></r>`},
		{`<r><tags><tag>a</tag><x/></tags></r>`, nil, ""},
		{`<r><tags><x/><tag>a</tag><y/><tag/><x>2</x></tags></r>`, []string{"tags", "tags/0", "tags/1", "tags/2"}, ""},
		{`<r><cards><x/><card/></cards><z/><tags><tag/><x/></tags></r>`, []string{"cards", "cards/0", "", "tags", "tags/1"}, ""},
		// Forms.
		{`note=o&name=n`, []string{"note", "name"}, ""},
		{`x=1&name=n&y[b]=2&y[a]=3`, []string{"", "name", ""}, ""},
		{`marks[]=a&name=n&marks[]=b`, []string{"marks", "name"}, `marks[]=a&marks[]=b&name=n`},
		{`tags[1]=b&tags[0]=a&x=1`, nil, `tags[0]=a&tags[1]=b&x=1`},
		{`payer[holder]=h&payer[pan]=1`, nil, ""}, // the order of the message inside is its own
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			var o, again order
			decode, encode := formatOf(tt.in)
			if err := decode(tt.in, &o); err != nil {
				t.Fatal(err)
			}
			if got := o.Extra.Order(); !slices.Equal(got, tt.want) {
				t.Errorf("order %q, want %q", got, tt.want)
			}
			want := tt.out
			if want == "" {
				want = tt.in
			}
			got := encode(&o)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if err := decode(got, &again); err != nil || !reflect.DeepEqual(o, again) {
				t.Errorf("reads as something else, %v", err)
			}
		})
	}
}

// formatOf returns how to read and write what looks like text.
func formatOf(text string) (decode func(string, Message) error, encode func(Message) string) {
	switch text[0] {
	case '{':
		return func(s string, m Message) error { return UnmarshalJSON([]byte(s), m) },
			func(m Message) string { return string(AppendJSON(nil, m)) }
	case '<':
		return func(s string, m Message) error { return UnmarshalXML([]byte(s), m) },
			func(m Message) string { return strings.TrimPrefix(string(AppendXML(nil, "r", m)), xmlHead) }
	}
	pairs := func(s string) (pairs []Pair) {
		for _, p := range strings.Split(s, "&") {
			name, value, _ := strings.Cut(p, "=")
			pairs = append(pairs, Pair{name, value})
		}
		return pairs
	}
	return func(s string, m Message) error { return BindPairs(pairs(s), m, Limits{}) },
		func(m Message) string {
			var parts []string
			for _, p := range Pairs(m) {
				parts = append(parts, p.Name+"="+p.Value)
			}
			return strings.Join(parts, "&")
		}
}

// An order is kept for the formats that the message did not come in, too, and for
// the messages inside.
func TestOrderInOtherFormats(t *testing.T) {
	var o order
	in := `{"x":"1","payer":{"holder":"h","pan":"p"},"cards":[{"labels":["a"],"y":"2","pan":"q"}],"note":"o","memo":null,"name":"n"}`
	if err := UnmarshalJSON([]byte(in), &o); err != nil {
		t.Fatal(err)
	}
	const xml = `<r><x>1</x><payer><holder>h</holder><pan>p</pan></payer><cards><card><labels>a</labels><y>2</y><pan>q</pan></card></cards>` +
		`<note>o</note><memo xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/><name>n</name></r>`
	if got := string(AppendXML(nil, "r", &o)); got != xmlHead+xml {
		t.Errorf("got  %s\nwant %s", got, xml)
	}
	want := []Pair{{"x", "1"}, {"payer[holder]", "h"}, {"payer[pan]", "p"}, {"cards[0][labels][]", "a"}, {"cards[0][y]", "2"}, {"cards[0][pan]", "q"}, {"note", "o"}, {"name", "n"}}
	if got := Pairs(&o); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	// Elements between items have no place in other formats but one at the end.
	var strays order
	if err := UnmarshalXML([]byte(`<r><tags><x>1</x><tag>t</tag></tags><name>n</name></r>`), &strays); err != nil {
		t.Fatal(err)
	}
	if got, want := string(AppendJSON(nil, &strays)), `{"tags":["t"],"name":"n","tags/x":"1"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What changes after decoding finds a place.
func TestOrderOfChangedMessage(t *testing.T) {
	var o order
	if err := UnmarshalJSON([]byte(`{"x":1,"note":"o","y":2,"name":"n"}`), &o); err != nil {
		t.Fatal(err)
	}
	o.Count, o.sig, o.Tries = 7, "s", 1
	o.Extra.SetForm("at", wire.FormNull)
	o.Extra.AddText("z", "3")
	if err := o.Extra.SetJSON("y", []byte(`4`)); err != nil {
		t.Fatal(err)
	}
	if got, want := string(AppendJSON(nil, &o)), `{"x":1,"note":"o","y":4,"name":"n","count":7,"tries":1,"at":null,"sig":"s","z":"3"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	o.Note, o.Name = "", ""
	if got, want := string(AppendJSON(nil, &o)), `{"x":1,"y":4,"name":"","count":7,"tries":1,"at":null,"sig":"s","z":"3"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	o.Extra.SetOrder(nil)
	if got, want := string(AppendJSON(nil, &o)), `{"name":"","count":7,"tries":1,"at":null,"sig":"s","x":1,"y":4,"z":"3"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever an order says, every member is written once.
func TestOrderIsAnyones(t *testing.T) {
	o := order{Name: "n", Note: "o", Tags: []string{"a", "b"}}
	for _, name := range []string{"count", "live", "amount", "company", "paid"} {
		o.Extra.SetForm(name, wire.FormAbsent)
	}
	o.Extra.AddText("x", "1")
	o.Extra.Add(wire.Member{Name: "tags/y", Format: wire.FormatXML, Value: wire.NewRaw([]byte("<y/>"))})
	o.Extra.AddText("z", "2")
	const documented = `<name>n</name><note>o</note><tags><tag>a</tag><tag>b</tag><y/></tags><x>1</x><z>2</z>`
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{nil, documented},
		{[]string{}, documented},
		{[]string{"z"}, documented}, // a member without a field has no name in an order
		{[]string{"note", "note", "unheard of", "name", "note", "tags/x", "tags/-1x"},
			`<note>o</note><name>n</name><tags><tag>a</tag><tag>b</tag><y/></tags><x>1</x><z>2</z>`},
		{[]string{"", "", "", "", "tags/-1", "tags/0", "tags/7"},
			`<x>1</x><z>2</z><name>n</name><note>o</note><tags><y/><tag>a</tag><tag>b</tag></tags>`},
	} {
		o.Extra.SetOrder(tt.names)
		if got := string(AppendXML(nil, "r", &o)); got != xmlHead+"<r>"+tt.want+"</r>" {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.names, got, tt.want)
		}
	}
}

// The order of a message is kept up to 256 members; of more it is the documented one.
func TestOrderLimit(t *testing.T) {
	const most = 256
	for _, n := range []int{most, most + 1} {
		var unknown strings.Builder
		for i := range n - 2 {
			fmt.Fprintf(&unknown, `,"x%d":%d`, i, i)
		}
		in := `{"note":"o","name":"n"` + unknown.String() + `}`
		want := in
		if n > most {
			want = `{"name":"n","note":"o"` + unknown.String() + `}`
		}
		var o order
		if err := UnmarshalJSON([]byte(in), &o); err != nil {
			t.Fatal(err)
		}
		if got := string(AppendJSON(nil, &o)); got != want {
			t.Errorf("%d members: got %.40s…, want %.40s…", n, got, want)
		}
		if got := o.Extra.Order(); (got != nil) != (n <= most) {
			t.Errorf("%d members: an order of %d", n, len(got))
		}
	}
	// A repeated element counts once, and an item not at all.
	in := `<r><lines/>` + strings.Repeat(`<lines/>`, 1000) + `<tags>` + strings.Repeat(`<tag/>`, 1000) + `</tags><name/></r>`
	var o order
	if err := UnmarshalXML([]byte(in), &o); err != nil {
		t.Fatal(err)
	}
	if got := string(AppendXML(nil, "r", &o)); got != xmlHead+in {
		t.Errorf("got %.60s…", got)
	}
	// What is no item does count.
	for n, kept := range map[int]bool{most - 1: true, most: false, 40_000: false} {
		in = `<r><tags>` + strings.Repeat(`<tag/>`, 40_000) + strings.Repeat(`<x/>`, n) + `<tag/></tags></r>`
		o = order{}
		if err := UnmarshalXML([]byte(in), &o); err != nil {
			t.Fatal(err)
		}
		if got := string(AppendXML(nil, "r", &o)); (got == xmlHead+in) != kept || (o.Extra.Order() != nil) != kept {
			t.Errorf("%d: kept is %v", n, !kept)
		}
	}
}

// An order is all that is kept of a message that has only that to say.
func TestOrderAlone(t *testing.T) {
	var c company
	if err := UnmarshalJSON([]byte(`{"city":"c","bin":"b"}`), &c); err != nil {
		t.Fatal(err)
	}
	if c.Extra.IsZero() || fmt.Sprint(c.Extra) != "[0 forms, 0 unknown, own order]" {
		t.Errorf("got %v", c.Extra)
	}
	if got := Report(&c); got != nil {
		t.Errorf("an order is no violation: %v", got)
	}
	if got, want := String(&c), "Company{bin: b, city: c}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
