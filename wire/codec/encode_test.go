package codec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// TestEncodeUnset encodes fields that are not set, in every format.
func TestEncodeUnset(t *testing.T) {
	const (
		out  = "" // left out
		null = `<v xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>`
	)
	tests := []struct {
		kind     string
		required bool
		nullable bool
		form     wire.Form
		json     string // of the value
		xml      string // of the element
		pairs    string
	}{
		// By the documentation.
		{"string", false, false, 0, out, out, out},
		{"string", true, false, 0, `""`, `<v/>`, "v="},
		{"string", true, true, 0, `""`, `<v/>`, "v="},
		{"int", false, false, 0, out, out, out},
		{"int", true, false, 0, `0`, `<v>0</v>`, "v=0"},
		{"bool", false, false, 0, out, out, out},
		{"bool", true, false, 0, `false`, `<v>false</v>`, "v=false"},
		{"*int", false, true, 0, out, out, out},
		{"*int", true, false, 0, out, out, out},
		{"*int", true, true, 0, `null`, null, out},
		{"*bool", true, false, 0, out, out, out},
		{"*bool", true, true, 0, `null`, null, out},
		{"decimal", false, true, 0, out, out, out},
		{"decimal", true, false, 0, out, out, out},
		{"decimal", true, true, 0, `null`, null, out},
		{"time", true, false, 0, out, out, out},
		{"time", true, true, 0, `null`, null, out},
		{"secret", true, false, 0, out, out, out},
		{"secret", true, true, 0, `null`, null, out},
		{"strings", false, false, 0, out, out, out},
		{"strings", true, false, 0, `[]`, out, out},
		{"list", true, true, 0, `[]`, out, out},
		{"pointer", false, false, 0, out, out, out},
		{"pointer", true, false, 0, out, out, out},
		{"pointer", true, true, 0, `null`, null, out},
		{"message", true, false, 0, `{}`, `<v/>`, out},
		{"message", false, false, 0, out, out, out},

		// By the form that was read or asked for.
		{"string", false, false, wire.FormNull, `null`, out, out},
		{"string", true, false, wire.FormNull, `null`, out, out},
		{"string", false, false, wire.FormEmpty, `""`, `<v/>`, "v="},
		{"string", true, false, wire.FormAbsent, out, out, out},
		{"string", true, false, wire.FormEmptyList, `[]`, `<v/>`, out},
		{"string", true, false, wire.FormNumber, `""`, `<v/>`, "v="},
		{"int", true, false, wire.FormNull, `null`, out, out},
		{"int", true, false, wire.FormEmpty, `""`, `<v/>`, "v="},
		{"int", true, false, wire.FormAbsent, out, out, out},
		{"int", true, false, wire.FormString, `"0"`, `<v>0</v>`, "v=0"},
		{"int", false, false, wire.FormNumber, `0`, `<v>0</v>`, "v=0"},
		{"bool", false, false, wire.FormBool, `false`, `<v>false</v>`, "v=false"},
		{"bool", true, false, wire.FormNumber, `0`, `<v>0</v>`, "v=0"},
		{"bool", true, false, wire.FormString, `"false"`, `<v>false</v>`, "v=false"},
		{"*int", false, false, wire.FormNull, `null`, out, out},
		{"string", false, true, wire.FormNull, `null`, null, out},
		{"int", true, true, wire.FormNull, `null`, null, out},
		{"strings", false, true, wire.FormNull, `null`, null, out},
		{"list", false, true, wire.FormNull, `null`, null, out},
		{"message", false, true, wire.FormNull, `null`, null, out},
		{"*int", false, false, wire.FormString, out, out, out},
		{"decimal", false, false, wire.FormEmpty, `""`, `<v/>`, "v="},
		{"decimal", true, true, wire.FormAbsent, out, out, out},
		{"time", false, false, wire.FormNull, `null`, out, out},
		{"secret", true, true, wire.FormAbsent, out, out, out},
		{"strings", true, false, wire.FormNull, `null`, out, out},
		{"strings", true, false, wire.FormAbsent, out, out, out},
		{"list", false, false, wire.FormNull, `null`, out, out},
		{"pointer", false, false, wire.FormEmptyList, `[]`, `<v/>`, out},
		{"pointer", true, true, wire.FormAbsent, out, out, out},
		{"message", true, false, wire.FormNull, `null`, out, out},
		{"message", true, false, wire.FormEmptyList, `[]`, `<v/>`, out},
		{"message", true, false, wire.FormAbsent, out, out, out},
	}
	for _, tt := range tests {
		m := oneOf(Field{Required: tt.required, Nullable: tt.nullable}, refs[tt.kind]())
		m.extra.SetForm("v", tt.form)
		wantJSON := "{}"
		if tt.json != out {
			wantJSON = `{"v":` + tt.json + `}`
		}
		if got := string(AppendJSON(nil, m)); got != wantJSON {
			t.Errorf("%+v: JSON %s", tt, got)
		}
		wantXML := xmlHead + "<r/>"
		if tt.xml != out {
			wantXML = xmlHead + "<r>" + tt.xml + "</r>"
		}
		if got := string(AppendXML(nil, "r", m)); got != wantXML {
			t.Errorf("%+v: XML %s", tt, got)
		}
		if got := string(AppendURLEncoded(nil, Pairs(m))); got != tt.pairs {
			t.Errorf("%+v: form %s", tt, got)
		}
	}
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// TestEncodeSet encodes values that are set, in forms that may be left from
// other values.
func TestEncodeSet(t *testing.T) {
	decimal := func(s string) *wire.Decimal { return ptr(wire.MustDecimal(s)) }
	secret := func(s string) *wire.Secret { return ptr(wire.NewSecret(s)) }
	number := Field{Number: true}
	tests := []struct {
		field Field
		ref   any
		form  wire.Form
		want  string
	}{
		{Field{}, ptr("x"), 0, `"x"`},
		{Field{}, ptr("x"), wire.FormNull, `"x"`},
		{Field{}, ptr("x"), wire.FormAbsent, `"x"`},
		{Field{}, ptr("x"), wire.FormEmpty, `"x"`},
		{Field{}, ptr("5.00"), wire.FormNumber, `5.00`},
		{Field{}, ptr("05"), wire.FormNumber, `"05"`},
		{Field{}, ptr("5,1"), wire.FormNumber, `"5,1"`},
		{Field{}, ptr("true"), wire.FormBool, `true`},
		{Field{}, ptr("yes"), wire.FormBool, `"yes"`},
		{Field{}, ptr("5"), wire.FormString, `"5"`},
		{number, ptr("5.00"), 0, `5.00`},
		{number, ptr("5.00"), wire.FormString, `"5.00"`},
		{number, ptr("1 000"), 0, `"1 000"`},
		{number, ptr("NaN"), 0, `"NaN"`},
		{number, secret("4111"), 0, `4111`},
		{number, secret("0411"), 0, `"0411"`},
		{Field{}, secret("4111"), 0, `"4111"`},
		{Field{}, secret("4111"), wire.FormNumber, `4111`},
		{Field{}, secret(""), 0, `""`},
		{Field{}, ptr(int64(-5)), 0, `-5`},
		{Field{}, ptr(int64(-5)), wire.FormString, `"-5"`},
		{Field{}, ptr(int64(5)), wire.FormNull, `5`},
		{Field{}, ptr(ptr(int64(0))), 0, `0`},
		{Field{}, ptr(ptr(int64(0))), wire.FormString, `"0"`},
		{Field{}, ptr(true), 0, `true`},
		{Field{}, ptr(true), wire.FormNumber, `1`},
		{Field{}, ptr(true), wire.FormString, `"true"`},
		{Field{}, ptr(ptr(false)), 0, `false`},
		{Field{}, ptr(ptr(false)), wire.FormNumber, `0`},
		{number, ptr(true), 0, `1`},
		{number, ptr(true), wire.FormBool, `true`},
		{number, ptr(true), wire.FormString, `"1"`},
		{number, ptr(true), wire.FormNull, `1`},
		{number, ptr(ptr(false)), 0, `0`},
		{number, ptr(ptr(false)), wire.FormBool, `false`},
		{number, ptr(ptr(true)), wire.FormString, `"1"`},
		{Field{}, decimal("500.00"), 0, `500.00`},
		{Field{}, decimal("500.00"), wire.FormString, `"500.00"`},
		{Field{}, decimal("500.00"), wire.FormNull, `500.00`},
		{Field{}, decimal("0500.00"), 0, `"0500.00"`},
		{Field{}, decimal("-1.5E+3"), 0, `-1.5E+3`},
		{Field{}, ptr(wire.TimeLiteral("86400")), 0, `"86400"`},
		{Field{}, ptr(wire.TimeLiteral("86400")), wire.FormNumber, `86400`},
		{Field{}, ptr(wire.TimeLiteral("2020-01-01")), wire.FormNumber, `"2020-01-01"`},
		{Field{}, &[]string{"a"}, wire.FormNull, `["a"]`},
		{Field{}, &[]string{}, wire.FormNull, `[]`},
		{Field{XMLItem: "i"}, &[]string{"a", "b"}, 0, `["a","b"]`},
		{Field{}, Repeated(&[]card{{}, {Holder: "x"}}), 0, `[{},{"holder":"x"}]`},
		{Field{}, Optional(ptr(&card{})), wire.FormNull, `{}`},
		{Field{Required: true}, &card{Holder: "x"}, wire.FormNull, `{"holder":"x"}`},
		{Field{}, &card{Holder: "x"}, 0, `{"holder":"x"}`},
	}
	for _, tt := range tests {
		m := oneOf(tt.field, tt.ref)
		m.extra.SetForm("v", tt.form)
		if got, want := string(AppendJSON(nil, m)), `{"v":`+tt.want+`}`; got != want {
			t.Errorf("form %v: got %s, want %s", tt.form, got, want)
		}
	}
}

func TestEncodeOrderAndPrefix(t *testing.T) {
	o := &order{Name: "n", Note: "o", Count: 1, Amount: wire.MustDecimal("0.01"), Tags: []string{"t"}, Lines: []string{"l", "m"},
		Payer: &card{}, Cards: []card{{Holder: "h"}}, Items: []card{{}}}
	if err := o.Extra.SetJSON("z", []byte(`{"y": [1.50]}`)); err != nil {
		t.Fatal(err)
	}
	const json = `{"name":"n","note":"o","count":1,"live":false,"amount":0.01,"tags":["t"],"lines":["l","m"],"company":{"bin":""},"payer":{},"cards":[{"holder":"h"}],"items":[{}],"paid":0,"z":{"y":[1.50]}}`
	if got, want := string(AppendJSON([]byte("kept "), o)), "kept "+json; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const xml = `<name>n</name><note>o</note><count>1</count><live>false</live><amount>0.01</amount><tags><tag>t</tag></tags><lines>l</lines><lines>m</lines>` +
		`<company><bin/></company><payer/><cards><card><holder>h</holder></card></cards><items/><paid>0</paid><z>{"y":[1.50]}</z>`
	if got, want := string(AppendXML([]byte("kept "), "root", o)), "kept "+xmlHead+"<root>"+xml+"</root>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := []Pair{{"name", "n"}, {"note", "o"}, {"count", "1"}, {"live", "false"}, {"amount", "0.01"}, {"tags[0]", "t"}, {"lines[0]", "l"}, {"lines[1]", "m"},
		{"company[bin]", ""}, {"cards[0][holder]", "h"}, {"paid", "0"}, {"z[y][]", "1.50"}}
	if got := Pairs(o); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestEncodeUnknown(t *testing.T) {
	m := oneOf(Field{}, ptr("x"))
	for _, u := range []struct{ name, value string }{
		{"s", `"a<\u0062"`}, {"n", `1.50`}, {"b", `true`}, {"z", `null`}, {"o", `{"k":["<"]}`}, {"e", `[]`}, {"not a name", `1`},
		{"v", `"` + secretWord + `"`}, // has a field: never written twice
	} {
		if err := m.extra.SetJSON(u.name, []byte(u.value)); err != nil {
			t.Fatal(err)
		}
	}
	m.extra.Add(wire.Member{Name: "xs", Format: wire.FormatXML, Value: wire.NewRaw([]byte(`<xs a=">">t&amp;<y z="&lt;>"/><!-- c --><u>v</u></xs>`))})
	m.extra.Add(wire.Member{Name: "xs", Format: wire.FormatXML, Value: wire.NewRaw([]byte(`<xs>again</xs>`))})

	const wantJSON = `{"v":"x","s":"a<\u0062","n":1.50,"b":true,"z":null,"o":{"k":["<"]},"e":[],"not a name":1,"xs":"t&v"}`
	if got := string(AppendJSON(nil, m)); got != wantJSON {
		t.Errorf("got  %s\nwant %s", got, wantJSON)
	}
	const wantXML = xmlHead + `<r><v>x</v><s>a&lt;b</s><n>1.50</n><b>true</b><o>{"k":["&lt;"]}</o><e>[]</e>` +
		`<xs a=">">t&amp;<y z="&lt;>"/><!-- c --><u>v</u></xs><xs>again</xs></r>`
	if got := string(AppendXML(nil, "r", m)); got != wantXML {
		t.Errorf("got  %s\nwant %s", got, wantXML)
	}
}

func TestPairsOfUnknownXML(t *testing.T) {
	m := oneOf(Field{}, new(string))
	if err := UnmarshalXML([]byte(`<r><x>a&amp;b</x><y><z>1</z><u><w>2</w></u></y></r>`), m); err != nil {
		t.Fatal(err)
	}
	m.extra.Add(wire.Member{Name: "broken", Format: wire.FormatXML, Value: wire.NewRaw([]byte(`<`))})
	if got, want := Pairs(m), []Pair{{"x", "a&b"}, {"y[z]", "1"}, {"y[u][w]", "2"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := string(AppendJSON(nil, m)), `{"x":"a&b","y":"12","broken":""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An optional message that is held by value is there if anything in it is.
func TestEncodeOptionalByValue(t *testing.T) {
	if got, want := string(AppendJSON(nil, oneOf(Field{}, new(order)))), `{}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	deep := &order{Company: company{City: "x"}}
	if got, want := string(AppendJSON(nil, oneOf(Field{}, deep))), `{"v":{"name":"","count":0,"live":false,"company":{"bin":"","city":"x"},"paid":0}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendQuoted(t *testing.T) {
	tests := []struct{ in, want string }{
		{``, `""`},
		{`a"b\c/d`, `"a\"b\\c/d"`},
		{"\b\f\n\r\t\x00\x1f\x7f", `"\b\f\n\r\t\u0000\u001f` + "\x7f" + `"`},
		{"<>&'\u2028\u2029é😀", "\"<>&'\u2028\u2029é😀\""},
		{"a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
		{"\uFFFD", "\"\uFFFD\""},
	}
	for _, tt := range tests {
		got := string(appendQuoted(nil, tt.in))
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
		if v, want := jsonValue(t, []byte(got)), strings.ToValidUTF8(tt.in, "\uFFFD"); utf8.ValidString(tt.in) && v != want {
			t.Errorf("%q: reads as %q", tt.in, v)
		}
	}
}

func TestAppendXMLText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a<b>&\"'", `a&lt;b&gt;&amp;"'`},
		{"\r\n\t]]>", "&#13;\n\t]]&gt;"},
		{"a\x00b\x0b\ufffe", "a\uFFFDb\uFFFD\uFFFD"},
		{"a\xffb\xc3", "a\uFFFDb\uFFFD"},
		{"жé😀\uFFFD", "жé😀\uFFFD"},
	}
	for _, tt := range tests {
		if got := string(appendEscapedXML(nil, tt.in)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestRoundTrip encodes and decodes a message in every format.
func TestRoundTrip(t *testing.T) {
	for name, o := range map[string]*order{
		"full": fullOrder(),
		"set zeros": {Name: "n", Company: company{BIN: "1"}, Amount: wire.MustDecimal("0"), Limit: ptr(int64(0)), Flag: ptr(false),
			Payer: &card{PAN: wire.NewSecret("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			var fromJSON, fromXML, fromForm order
			if err := UnmarshalJSON(AppendJSON(nil, o), &fromJSON); err != nil || !reflect.DeepEqual(&fromJSON, o) {
				t.Errorf("JSON: %v\ngot  %v\nwant %v", err, String(&fromJSON), String(o))
			}
			if err := UnmarshalXML(AppendXML(nil, "r", o), &fromXML, "r"); err != nil || !reflect.DeepEqual(&fromXML, o) {
				t.Errorf("XML: %v\ngot  %v\nwant %v", err, String(&fromXML), String(o))
			}
			pairs, err := ParseURLEncoded(string(AppendURLEncoded(nil, Pairs(o))), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if err := BindPairs(pairs, &fromForm, Limits{}); err != nil || !reflect.DeepEqual(&fromForm, o) {
				t.Errorf("form: %v\ngot  %v\nwant %v", err, String(&fromForm), String(o))
			}
		})
	}
}

// The oracles must read what is written.
func TestEncodedIsReadByOthers(t *testing.T) {
	o := fullOrder()
	data := AppendJSON(nil, o)
	members := jsonValue(t, data).(object)
	if members.get("name") != o.Name || members.get("amount") != json.Number("9999999999.99") || members.get("code") != json.Number("500.00") || len(members) != len(orderType.Fields) {
		t.Errorf("encoding/json reads %v", members)
	}
	root, err := xmlValue(AppendXML(nil, "response", o))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, c := range root.Children {
		texts[c.Name] += c.Text
	}
	for name, want := range map[string]string{"name": o.Name, "amount": "9999999999.99", "fee": "0.01", "code": "500.00", "lines": "l1l2"} {
		if texts[name] != want {
			t.Errorf("encoding/xml reads %s as %q", name, texts[name])
		}
	}
}

func TestMoneySurvives(t *testing.T) {
	for _, lit := range []string{"9999999999.99", "500.00", "0.01", "0", "-1.10", "1000000000000000000000.000000000000000001"} {
		for _, ref := range []any{ptr(wire.MustDecimal(lit)), ptr(lit), ptr(wire.NewSecret(lit))} {
			// JSON → message → XML → message → form → message → JSON.
			number := Field{Number: true}
			in := `{"v":` + lit + `}`
			kind := map[string]string{"*wire.Decimal": "decimal", "*string": "string", "*wire.Secret": "secret"}[reflect.TypeOf(ref).String()]
			a, b, c := oneOf(number, refs[kind]()), oneOf(number, refs[kind]()), oneOf(number, refs[kind]())
			if err := UnmarshalJSON([]byte(in), a); err != nil {
				t.Fatal(err)
			}
			if err := UnmarshalXML(AppendXML(nil, "r", a), b); err != nil {
				t.Fatal(err)
			}
			if err := BindPairs(Pairs(b), c, Limits{}); err != nil {
				t.Fatal(err)
			}
			if got := string(AppendJSON(nil, c)); got != in {
				t.Errorf("%s: got %s, want %s", kind, got, in)
			}
			if !strings.Contains(string(AppendXML(nil, "r", a)), ">"+lit+"<") || Pairs(b)[0].Value != lit {
				t.Errorf("%s: %s changed on the way", kind, lit)
			}
		}
	}
}

// TestRoundTripDocuments decodes documents that stray from the documentation
// and encodes them again, which must give the same value.
func TestRoundTripDocuments(t *testing.T) {
	for _, in := range []string{
		`{}`,
		`{"name":null,"note":null,"count":null,"tries":null,"limit":null,"live":null,"test":null,"flag":null,"amount":null,"fee":null,"at":null,"token":null,"cvc":null,"code":null,"tags":null,"lines":null,"company":null,"payer":null,"cards":null,"items":null}`,
		`{"name":"","note":"","count":"","tries":"","limit":"","live":"","test":"","flag":"","amount":"","fee":"","at":"","token":"","cvc":"","code":"","tags":"","lines":"","company":"","payer":"","cards":"","items":""}`,
		`{"name":1.0,"note":true,"count":"1","tries":0,"limit":"0","live":0,"test":false,"flag":"false","amount":"500.00","fee":"0.01","at":1e5,"token":4111111111111111,"cvc":"012","code":"1,5"}`,
		`{"count":0,"live":false,"company":[],"payer":[],"cards":[],"tags":[],"lines":[],"items":[]}`,
		`{"company":{"bin":5,"x":[[{"y":1e400}]]},"payer":{"holder":false},"cards":[{"pan":"","q":null},{}],"zz":123456789012345678901234567890.123456789,"Ω":"ж"}`,
	} {
		var o order
		if err := UnmarshalJSON([]byte(in), &o); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if out := AppendJSON(nil, &o); !reflect.DeepEqual(jsonValue(t, out), jsonValue(t, []byte(in))) {
			t.Errorf("got  %s\nwant %s", out, in)
		}
	}
	for _, in := range []string{
		`<r/>`,
		`<r><name/><note/><count/><tries/><limit/><live/><flag/><amount/><fee/><at/><token/><cvc/><code/><tags/><company/><cards/></r>`,
		"<r>\n  <note>x\r\ny</note>\n  <zz a='1'><b/>mixed<c>&#13;</c></zz><zz/>\n  <count>0</count><tries>0</tries><test>0</test><flag>1</flag><amount>0.010</amount></r>",
		`<r><tags><tag>a</tag><other>b</other><tag/></tags><lines/><lines>x</lines><company><bin>1</bin><new>&lt;</new></company><items><pan>1</pan></items><items/><payer/></r>`,
	} {
		var o order
		if err := UnmarshalXML([]byte(in), &o); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		out := AppendXML(nil, "r", &o)
		got, err := xmlValue(out)
		want, err2 := xmlValue([]byte(in))
		if err != nil || err2 != nil || !reflect.DeepEqual(got, want.kept(new(order))) {
			t.Errorf("got  %s\nwant %s", out, in)
		}
	}
}
