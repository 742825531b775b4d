package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// refs makes a fresh reference of each kind of scalar.
var refs = map[string]func() any{
	"string":  func() any { return new(string) },
	"int":     func() any { return new(int64) },
	"*int":    func() any { return new(*int64) },
	"bool":    func() any { return new(bool) },
	"*bool":   func() any { return new(*bool) },
	"decimal": func() any { return new(wire.Decimal) },
	"time":    func() any { return new(wire.Time) },
	"secret":  func() any { return new(wire.Secret) },
	"strings": func() any { return new([]string) },
	"pointer": func() any { return Optional(new(*card)) },
	"list":    func() any { return Repeated(new([]card)) },
	"message": func() any { return new(card) },
}

// shown is a field's value for comparison: a text, or "unset".
func shown(ref any) string {
	switch ref := ref.(type) {
	case *wire.Secret:
		if ref.IsSet() {
			return ref.Reveal()
		}
	case *[]string:
		if *ref != nil {
			return fmt.Sprintf("%q", *ref)
		}
	case List:
		if ref.Present() {
			return fmt.Sprintf("%d items", ref.Len())
		}
	case Pointer:
		if ref.Get() != nil {
			return "a message"
		}
	case Message:
		if !isZero(ref) {
			return "a message"
		}
	case *string:
		return *ref
	case *int64:
		return fmt.Sprint(*ref)
	case *bool:
		return fmt.Sprint(*ref)
	default:
		if isSet(&Field{}, ref) {
			text, _ := scalarText(&Field{}, ref, wire.FormDocumented)
			return text
		}
	}
	return "unset"
}

// TestDecodeJSON decodes a value into a field of each kind and encodes it
// again, which must give the value back.
func TestDecodeJSON(t *testing.T) {
	const (
		asDocumented = wire.FormDocumented
		fail         = "fail"
	)
	required := Field{Required: true}
	number := Field{Number: true}
	numberRequired := Field{Number: true, Required: true}
	tests := []struct {
		kind  string
		field Field
		in    string
		want  string
		form  wire.Form
	}{
		{"string", Field{}, `"a\u0062\n"`, "ab\n", asDocumented},
		{"string", Field{}, `500.00`, "500.00", wire.FormNumber},
		{"string", Field{}, `-1E+5`, "-1E+5", wire.FormNumber},
		{"string", Field{}, `true`, "true", wire.FormBool},
		{"string", Field{}, `false`, "false", wire.FormBool},
		{"string", Field{}, `null`, "", wire.FormNull},
		{"string", Field{Nullable: true, Required: true}, `null`, "", wire.FormNull},
		{"string", Field{}, `""`, "", wire.FormEmpty},
		{"string", required, `""`, "", asDocumented},
		{"string", required, `null`, "", wire.FormNull},
		{"string", required, `0`, "0", wire.FormNumber},
		{"string", number, `9999999999.99`, "9999999999.99", asDocumented},
		{"string", number, `"0.01"`, "0.01", wire.FormString},
		{"string", number, `"x"`, "x", wire.FormString},
		{"string", number, `""`, "", wire.FormEmpty},
		{"string", Field{}, `{}`, fail, 0},
		{"string", Field{}, `[]`, fail, 0},

		{"int", required, `-9223372036854775808`, "-9223372036854775808", asDocumented},
		{"int", required, `0`, "0", asDocumented},
		{"int", Field{}, `0`, "0", wire.FormNumber}, // remembered, or it would be unset
		{"int", Field{}, `7`, "7", asDocumented},
		{"int", required, `"7"`, "7", wire.FormString},
		{"int", required, `"0"`, "0", wire.FormString},
		{"int", required, `""`, "0", wire.FormEmpty},
		{"int", required, `null`, "0", wire.FormNull},
		{"int", required, `1.0`, fail, 0},
		{"int", required, `1e3`, fail, 0},
		{"int", required, `9223372036854775808`, fail, 0},
		{"int", required, `"x"`, fail, 0},
		{"int", required, `"+1"`, fail, 0},
		{"int", required, `" 1"`, fail, 0},
		{"int", required, `"0x1"`, fail, 0},
		{"int", required, `"1_000"`, fail, 0},
		{"int", required, `true`, fail, 0},
		{"int", required, `[]`, fail, 0},
		{"*int", Field{}, `0`, "0", asDocumented},
		{"*int", Field{}, `"12"`, "12", wire.FormString},
		{"*int", Field{}, `""`, "unset", wire.FormEmpty},
		{"*int", Field{}, `null`, "unset", wire.FormNull},
		{"*int", Field{}, `{}`, fail, 0},

		{"bool", required, `true`, "true", asDocumented},
		{"bool", required, `false`, "false", asDocumented},
		{"bool", Field{}, `false`, "false", wire.FormBool},
		{"bool", required, `"true"`, "true", wire.FormString},
		{"bool", required, `"false"`, "false", wire.FormString},
		{"bool", required, `1`, "true", wire.FormNumber},
		{"bool", required, `0`, "false", wire.FormNumber},
		{"bool", required, `""`, "false", wire.FormEmpty},
		{"bool", required, `null`, "false", wire.FormNull},
		{"bool", required, `2`, fail, 0},
		{"bool", required, `"1"`, fail, 0},
		{"bool", required, `"TRUE"`, fail, 0},
		{"*bool", Field{}, `false`, "false", asDocumented},
		{"*bool", Field{}, `"true"`, "true", wire.FormString},
		{"*bool", Field{}, `1`, "true", wire.FormNumber},
		{"*bool", Field{}, `null`, "unset", wire.FormNull},
		{"*bool", Field{}, `""`, "unset", wire.FormEmpty},
		{"*bool", Field{}, `[]`, fail, 0},

		{"bool", numberRequired, `1`, "true", asDocumented},
		{"bool", numberRequired, `0`, "false", asDocumented},
		{"bool", number, `1`, "true", asDocumented},
		{"bool", number, `0`, "false", wire.FormNumber}, // remembered, or it would be unset
		{"bool", numberRequired, `true`, "true", wire.FormBool},
		{"bool", numberRequired, `false`, "false", wire.FormBool},
		{"bool", number, `false`, "false", wire.FormBool},
		{"bool", numberRequired, `"1"`, "true", wire.FormString},
		{"bool", number, `"0"`, "false", wire.FormString},
		{"bool", numberRequired, `""`, "false", wire.FormEmpty},
		{"bool", numberRequired, `null`, "false", wire.FormNull},
		{"bool", number, `"true"`, fail, 0},
		{"bool", number, `"false"`, fail, 0},
		{"bool", number, `2`, fail, 0},
		{"bool", number, `1.0`, fail, 0},
		{"bool", number, `"01"`, fail, 0},
		{"bool", number, `{}`, fail, 0},
		{"*bool", number, `1`, "true", asDocumented},
		{"*bool", number, `0`, "false", asDocumented},
		{"*bool", number, `false`, "false", wire.FormBool},
		{"*bool", number, `"1"`, "true", wire.FormString},
		{"*bool", number, `"0"`, "false", wire.FormString},
		{"*bool", number, `null`, "unset", wire.FormNull},
		{"*bool", number, `""`, "unset", wire.FormEmpty},
		{"*bool", number, `"true"`, fail, 0},

		{"decimal", Field{}, `500.00`, "500.00", asDocumented},
		{"decimal", Field{}, `9999999999.99`, "9999999999.99", asDocumented},
		{"decimal", Field{}, `0.01`, "0.01", asDocumented},
		{"decimal", Field{}, `-0.0`, "-0.0", asDocumented},
		{"decimal", Field{}, `1E+2`, "1E+2", asDocumented},
		{"decimal", Field{}, `"500.00"`, "500.00", wire.FormString},
		{"decimal", Field{}, `"007.50"`, "007.50", wire.FormString},
		{"decimal", Field{}, `""`, "unset", wire.FormEmpty},
		{"decimal", Field{}, `null`, "unset", wire.FormNull},
		{"decimal", Field{Required: true, Nullable: true}, `null`, "unset", wire.FormNull},
		{"decimal", Field{}, `"1,5"`, fail, 0},
		{"decimal", Field{}, `1e100`, fail, 0},
		{"decimal", Field{}, strings.Repeat("9", 129), fail, 0},
		{"decimal", Field{}, `true`, fail, 0},
		{"decimal", Field{}, `{}`, fail, 0},

		{"time", Field{}, `"2019-08-24 14:15:22"`, "2019-08-24 14:15:22", asDocumented},
		{"time", Field{}, `"tomorrow"`, "tomorrow", asDocumented},
		{"time", Field{}, `86400`, "86400", wire.FormNumber},
		{"time", Field{}, `""`, "unset", wire.FormEmpty},
		{"time", required, `""`, "unset", wire.FormEmpty},
		{"time", Field{}, `null`, "unset", wire.FormNull},
		{"time", Field{}, `true`, fail, 0},
		{"time", Field{}, `[]`, fail, 0},

		{"secret", Field{}, `"4111"`, "4111", asDocumented},
		{"secret", Field{}, `4111`, "4111", wire.FormNumber},
		{"secret", Field{}, `false`, "false", wire.FormBool},
		{"secret", number, `4111`, "4111", asDocumented},
		{"secret", number, `"4111"`, "4111", wire.FormString},
		{"secret", number, `"041"`, "041", wire.FormString},
		{"secret", Field{}, `""`, "unset", wire.FormEmpty},
		{"secret", required, `""`, "", asDocumented},
		{"secret", Field{}, `null`, "unset", wire.FormNull},
		{"secret", Field{}, `{}`, fail, 0},

		{"strings", Field{}, `["a",""]`, `["a" ""]`, asDocumented},
		{"strings", Field{}, `[]`, `[]`, asDocumented},
		{"strings", Field{}, `null`, "unset", wire.FormNull},
		{"strings", required, `null`, "unset", wire.FormNull},
		{"strings", Field{}, `""`, "unset", wire.FormEmpty},
		{"strings", Field{}, `"a"`, fail, 0},
		{"strings", Field{}, `{}`, fail, 0},
		{"strings", Field{}, `[null]`, fail, 0},
		{"strings", Field{}, `[{}]`, fail, 0},

		{"list", Field{}, `[{"pan":"1"},{"pan":2}]`, "2 items", asDocumented},
		{"list", Field{}, `[]`, "0 items", asDocumented},
		{"list", Field{}, `null`, "unset", wire.FormNull},
		{"list", Field{}, `""`, "unset", wire.FormEmpty},
		{"list", Field{}, `{"pan":"1"}`, fail, 0},
		{"list", Field{}, `[null]`, fail, 0},
		{"list", Field{}, `[""]`, fail, 0},
		{"list", Field{}, `[1]`, fail, 0},
		{"list", Field{}, `1`, fail, 0},

		{"pointer", Field{}, `{"pan":"1"}`, "a message", asDocumented},
		{"pointer", Field{}, `{}`, "a message", asDocumented},
		{"pointer", Field{}, `null`, "unset", wire.FormNull},
		{"pointer", Field{}, `[]`, "unset", wire.FormEmptyList},
		{"pointer", Field{}, `""`, "unset", wire.FormEmpty},
		{"pointer", Field{}, `[1]`, fail, 0},
		{"pointer", Field{}, `"x"`, fail, 0},
		{"pointer", Field{}, `1`, fail, 0},
		{"message", required, `{"pan":"1","holder":null}`, "a message", asDocumented},
		{"message", required, `{}`, "a message", asDocumented},
		{"message", required, `null`, "unset", wire.FormNull},
		{"message", required, `[]`, "unset", wire.FormEmptyList},
		{"message", required, `""`, "unset", wire.FormEmpty},
		{"message", required, `true`, fail, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s required=%v %s", tt.kind, tt.field.Required, tt.in), func(t *testing.T) {
			m := oneOf(tt.field, refs[tt.kind]())
			in := `{"v":` + tt.in + `}`
			err := UnmarshalJSON([]byte(in), m)
			if tt.want == fail {
				path := "$.v"
				if strings.HasPrefix(tt.in, "[") && tt.in != "[]" && (tt.kind == "strings" || tt.kind == "list") {
					path = "$.v[0]"
				}
				wantSyntaxError(t, err, "JSON", path, "expected ")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(m.ref); got != tt.want {
				t.Errorf("value %q, want %q", got, tt.want)
			}
			if got := m.extra.Form("v"); got != tt.form {
				t.Errorf("form %v, want %v", got, tt.form)
			}
			if tt.form == wire.FormDocumented && !m.extra.IsZero() {
				t.Errorf("as documented, and still %v", m.extra)
			}
			if got := string(AppendJSON(nil, m)); !reflect.DeepEqual(jsonValue(t, []byte(got)), jsonValue(t, []byte(in))) {
				t.Errorf("encoded again: %s", got)
			}
		})
	}
}

// Some things are read that cannot be written again as they were.
func TestDecodeJSONNormalizes(t *testing.T) {
	tests := []struct{ kind, in, out string }{
		{"int", `"007"`, `"7"`},
		{"int", `"-0"`, `"0"`},
		{"strings", `[1.50,true,"x"]`, `["1.50","true","x"]`},
		{"list", `[[]]`, `[{}]`},
	}
	for _, tt := range tests {
		m := oneOf(Field{Required: true}, refs[tt.kind]())
		if err := UnmarshalJSON([]byte(`{"v":`+tt.in+`}`), m); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
		if got, want := string(AppendJSON(nil, m)), `{"v":`+tt.out+`}`; got != want {
			t.Errorf("%s: got %s, want %s", tt.in, got, want)
		}
	}
}

func TestDecodeAbsentAndUnknown(t *testing.T) {
	for kind, ref := range refs {
		for _, required := range []bool{false, true} {
			m := oneOf(Field{Required: required}, ref())
			if err := UnmarshalJSON([]byte(` {"x" : [1, 2.50] , "y\u0031":"z"} `), m); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if got := m.extra.Form("v") == wire.FormAbsent; got != required {
				t.Errorf("%s, required %v: absent %v", kind, required, got)
			}
			unknown := m.extra.Unknown()
			if len(unknown) != 2 || unknown[0].Name != "x" || string(unknown[0].Value.Reveal()) != "[1, 2.50]" ||
				unknown[1].Name != "y1" || string(unknown[1].Value.Reveal()) != `"z"` || unknown[0].Format != wire.FormatJSON {
				t.Errorf("%s: unknown %v", kind, unknown)
			}
			if got, want := string(AppendJSON(nil, m)), `{"x":[1, 2.50],"y1":"z"}`; got != want {
				t.Errorf("%s: got %s, want %s", kind, got, want)
			}
		}
	}
}

func TestDecodeDoesNotKeepInput(t *testing.T) {
	in := []byte(`{"name":"abc","x":"def"}`)
	var o order
	if err := UnmarshalJSON(in, &o); err != nil {
		t.Fatal(err)
	}
	for i := range in {
		in[i] = '!'
	}
	if o.Name != "abc" || string(o.Extra.Unknown()[0].Value.Reveal()) != `"def"` {
		t.Error("the message changed with the input")
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ in, path, problem string }{
		{`[]`, "$", "an object"},
		{`null`, "$", "an object"},
		{`"` + secretWord + `"`, "$", "an object"},
		{`{"count":"` + secretWord + `x"}`, "$.count", "whole number"},
		{`{"company":{"bin":{"` + secretWord + `":1}}}`, "$.company.bin", "a string"},
		{`{"payer":{"pan":[]}}`, "$.payer.pan", "a string"},
		{`{"cards":[{"pan":"1"},{"holder":{}}]}`, "$.cards[1].holder", "a string"},
		{`{"cards":[{},"` + secretWord + `"]}`, "$.cards[1]", "an object"},
		{`{"tags":["a",["b"]]}`, "$.tags[1]", "a string"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			wantSyntaxError(t, UnmarshalJSON([]byte(tt.in), new(order)), "JSON", tt.path, tt.problem)
		})
	}
	err := UnmarshalJSON([]byte(`{"cards":[{"pan":[]}]}`), new(order))
	if got, want := err.Error(), "codec: JSON at offset 17, $.cards[0].pan: expected a string"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDecodeXML(t *testing.T) {
	const (
		declared = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
		null     = `<v xsi:nil="true"` + declared + `/>`
	)
	number := Field{Number: true}
	nullable := Field{Nullable: true}
	tests := []struct {
		kind  string
		field Field
		in    string // the content of the root element
		want  string
		form  wire.Form
		out   string // if it is not in
	}{
		{"string", Field{}, `<v>a&amp;b &#13;</v>`, "a&b \r", 0, ""},
		{"string", Field{}, `<v> </v>`, " ", 0, ""},
		{"string", Field{}, `<v/>`, "", wire.FormEmpty, ""},
		{"string", Field{}, `<v></v>`, "", wire.FormEmpty, `<v/>`},
		{"string", Field{}, `<v><!-- --></v>`, "", wire.FormEmpty, `<v/>`},
		{"string", Field{Required: true}, `<v/>`, "", 0, ""},
		{"string", Field{Number: true}, `<v>0.01</v>`, "0.01", 0, ""},
		{"string", Field{}, `<v x="1"><![CDATA[<]]></v>`, "<", 0, `<v>&lt;</v>`},
		{"string", Field{}, `<v><w/></v>`, "fail", 0, ""},

		{"int", Field{Required: true}, `<v>12</v>`, "12", 0, ""},
		{"int", Field{Required: true}, "<v>\n 012\t</v>", "12", 0, `<v>12</v>`},
		{"int", Field{}, `<v>0</v>`, "0", wire.FormNumber, ""},
		{"int", Field{Required: true}, `<v/>`, "0", wire.FormEmpty, ""},
		{"int", Field{Required: true}, `<v> </v>`, "0", wire.FormEmpty, `<v/>`},
		{"int", Field{}, `<v>x</v>`, "fail", 0, ""},
		{"*int", Field{}, `<v>0</v>`, "0", 0, ""},
		{"*int", Field{}, `<v/>`, "unset", wire.FormEmpty, ""},
		{"bool", Field{Required: true}, `<v>true</v>`, "true", 0, ""},
		{"bool", Field{Required: true}, `<v>0</v>`, "false", wire.FormNumber, ""},
		{"*bool", Field{}, `<v>1</v>`, "true", wire.FormNumber, ""},
		{"*bool", Field{}, `<v/>`, "unset", wire.FormEmpty, ""},
		{"bool", number, `<v>1</v>`, "true", 0, ""},
		{"bool", number, `<v>0</v>`, "false", wire.FormNumber, ""},
		{"bool", Field{Number: true, Required: true}, "<v> 0\n</v>", "false", 0, `<v>0</v>`},
		{"bool", number, `<v>true</v>`, "true", wire.FormBool, ""},
		{"*bool", number, `<v>0</v>`, "false", 0, ""},
		{"*bool", number, `<v>false</v>`, "false", wire.FormBool, ""},
		{"*bool", number, `<v/>`, "unset", wire.FormEmpty, ""},
		{"*bool", number, `<v>yes</v>`, "fail", 0, ""},
		{"decimal", Field{}, `<v>9999999999.99</v>`, "9999999999.99", 0, ""},
		{"decimal", Field{}, `<v> 500.00 </v>`, "500.00", 0, `<v>500.00</v>`},
		{"decimal", Field{}, `<v>0100.50</v>`, "0100.50", 0, ""},
		{"decimal", Field{}, `<v/>`, "unset", wire.FormEmpty, ""},
		{"decimal", Field{}, `<v>1 000</v>`, "fail", 0, ""},
		{"time", Field{}, `<v>2019-08-24 14:15:22</v>`, "2019-08-24 14:15:22", 0, ""},
		{"time", Field{}, `<v/>`, "unset", wire.FormEmpty, ""},
		{"secret", Field{}, `<v>4111</v>`, "4111", 0, ""},
		{"secret", Field{Number: true}, `<v>4111</v>`, "4111", 0, ""},
		{"secret", Field{}, `<v/>`, "unset", wire.FormEmpty, ""},

		{"strings", Field{}, `<v>a</v><v/><v>b</v>`, `["a" "" "b"]`, 0, ""},
		{"strings", Field{}, `<v>a</v><x/><v>b</v>`, `["a" "b"]`, 0, `<v>a</v><v>b</v><x/>`},
		{"strings", Field{XMLItem: "i"}, `<v><i>a</i><i/></v>`, `["a" ""]`, 0, ""},
		{"strings", Field{XMLItem: "i"}, "<v>\n</v>", `[]`, 0, `<v/>`},
		{"strings", Field{XMLItem: "i"}, `<v><i>a</i><x y="1">b</x></v>`, `["a"]`, 0, ""},
		{"strings", Field{XMLItem: "i"}, `<v>a</v>`, "fail", 0, ""},
		{"strings", Field{XMLItem: "i"}, `<v/><v/>`, "fail", 0, ""},
		{"list", Field{}, `<v><pan>1</pan></v><v><pan>2</pan></v>`, "2 items", 0, ""},
		{"list", Field{XMLItem: "i"}, `<v><i><pan>1</pan></i></v>`, "1 items", 0, ""},
		{"list", Field{XMLItem: "i"}, `<v/>`, "0 items", 0, ""},
		{"list", Field{}, `<v>x</v>`, "fail", 0, ""},
		{"pointer", Field{}, `<v><pan>1</pan><x z="1"/></v>`, "a message", 0, ""},
		{"pointer", Field{}, `<v/>`, "a message", 0, ""},
		{"pointer", Field{}, `<v>x<pan/></v>`, "fail", 0, ""},
		{"message", Field{Required: true}, `<v><pan>1</pan></v>`, "a message", 0, ""},
		{"string", Field{}, `<v>a</v><v>b</v>`, "fail", 0, ""},
		{"string", Field{}, `stray`, "fail", 0, ""},

		// Null is said by an attribute.
		{"string", nullable, null, "", wire.FormNull, ""},
		{"string", Field{Nullable: true, Required: true}, null, "", wire.FormNull, ""},
		{"string", nullable, `<v xsi:nil="true"/>`, "", wire.FormNull, null},
		{"string", nullable, `<v xsi:nil='1' other="x"></v>`, "", wire.FormNull, null},
		{"string", nullable, `<v xsi:nil="&#116;rue"><!-- nothing --></v>`, "", wire.FormNull, null},
		{"string", nullable, `<v i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/>`, "", wire.FormNull, null},
		{"string", nullable, `<v xmlns:i="http://www.w3.org/2001/XMLSchema&#45;instance" i:nil = "true"/>`, "", wire.FormNull, null},
		{"int", nullable, null, "0", wire.FormNull, ""},
		{"*int", nullable, null, "unset", wire.FormNull, ""},
		{"bool", nullable, null, "false", wire.FormNull, ""},
		{"*bool", Field{Nullable: true, Number: true}, null, "unset", wire.FormNull, ""},
		{"decimal", nullable, null, "unset", wire.FormNull, ""},
		{"time", nullable, null, "unset", wire.FormNull, ""},
		{"secret", nullable, null, "unset", wire.FormNull, ""},
		{"pointer", nullable, null, "unset", wire.FormNull, ""},
		{"message", nullable, null, "unset", wire.FormNull, ""},
		{"strings", nullable, null, "unset", wire.FormNull, ""},
		{"list", nullable, null, "unset", wire.FormNull, ""},
		{"strings", Field{Nullable: true, XMLItem: "i"}, null, "unset", wire.FormNull, ""},
		{"list", Field{Nullable: true, XMLItem: "i"}, null, "unset", wire.FormNull, ""},
		// And not by these.
		{"string", Field{}, null, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v/>`, "", wire.FormEmpty, ""},
		{"string", nullable, `<v xsi:nil="false"/>`, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v xsi:nil="TRUE"/>`, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v nil="true"/>`, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v i:nil="true"/>`, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v xsi:nil="true" xmlns:xsi="urn:other"/>`, "", wire.FormEmpty, `<v/>`},
		{"string", nullable, `<v xsi:nil="true"` + declared + `>x</v>`, "x", 0, `<v>x</v>`},
		{"string", nullable, `<v xsi:nil="true"> </v>`, " ", 0, `<v> </v>`},
		{"pointer", nullable, `<v xsi:nil="true"><pan>1</pan></v>`, "a message", 0, `<v><pan>1</pan></v>`},
		{"strings", nullable, `<v xsi:nil="true"/><v>a</v>`, `["" "a"]`, 0, `<v/><v>a</v>`},
		{"strings", nullable, `<v>a</v><v xsi:nil="true"/>`, `["a" ""]`, 0, `<v>a</v><v/>`},
		{"strings", Field{Nullable: true, XMLItem: "i"}, `<v><i xsi:nil="true"/></v>`, `[""]`, 0, `<v><i/></v>`},
		{"string", nullable, `<v xsi:nil="true"/><v xsi:nil="true"/>`, "fail", 0, ""},

		// What is no item stands where it stood.
		{"strings", Field{XMLItem: "i"}, `<v><x>1</x><i>a</i><y/><i/><x/><x>2</x></v>`, `["a" ""]`, 0, ""},
		{"list", Field{XMLItem: "i"}, `<v><x/><i><holder>h</holder><pan>1</pan></i></v>`, "1 items", 0, ""},
		{"strings", Field{XMLItem: "i"}, `<v><x/></v>`, `[]`, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.kind+" "+tt.in, func(t *testing.T) {
			m := oneOf(tt.field, refs[tt.kind]())
			err := UnmarshalXML([]byte("<r>"+tt.in+"</r>"), m, "other", "r")
			if tt.want == "fail" {
				if e, ok := err.(*SyntaxError); !ok || e.Format != "XML" || !strings.HasPrefix(e.Path, "$") {
					t.Errorf("got error %#v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(m.ref); got != tt.want {
				t.Errorf("value %q, want %q", got, tt.want)
			}
			if got := m.extra.Form("v"); got != tt.form {
				t.Errorf("form %v, want %v", got, tt.form)
			}
			want := tt.out
			if want == "" {
				want = tt.in
			}
			want = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<r>" + want + "</r>"
			if got := string(AppendXML(nil, "r", m)); got != want {
				t.Errorf("encoded again: %s, want %s", got, want)
			}
		})
	}
}

func TestUnmarshalXMLRoots(t *testing.T) {
	in := []byte(`<` + secretWordName + `><name>x</name></` + secretWordName + `>`)
	if err := UnmarshalXML(in, new(order)); err != nil {
		t.Error("any root:", err)
	}
	if err := UnmarshalXML(in, new(order), "a", secretWordName); err != nil {
		t.Error("one of two roots:", err)
	}
	err := UnmarshalXML(in, new(order), "a", "b")
	wantSyntaxError(t, err, "XML", "$", "unexpected root")
	if strings.Contains(err.Error(), secretWordName) {
		t.Errorf("error quotes its input: %v", err)
	}
	wantSyntaxError(t, UnmarshalXML([]byte("x"), new(order)), "XML", "", "outside")
	wantSyntaxError(t, UnmarshalJSON([]byte("x"), new(order)), "JSON", "", "expected a value")
}

const secretWordName = "Zq4111"

func TestDecodeXMLItemPath(t *testing.T) {
	err := UnmarshalXML([]byte(`<r><items><pan>1</pan></items><items><pan><x/></pan></items></r>`), new(order))
	wantSyntaxError(t, err, "XML", "$.items[1].pan", "a string")
	err = UnmarshalXML([]byte(`<r><cards><card/><card><pan><x/></pan></card></cards></r>`), new(order))
	wantSyntaxError(t, err, "XML", "$.cards[1].pan", "a string")
}

// A time whose zone is documented is an instant, and stays the text it was.
func TestDecodeZone(t *testing.T) {
	for _, in := range []string{
		`{"due":"2023-09-20 12:00:00"}`, `<r><due>2023-09-20 12:00:00</due></r>`, `due=2023-09-20 12:00:00`,
		`{"due":"2023-09-20T07:00:00Z"}`, `{"due":"2023-09-20T13:00:00+06:00"}`,
	} {
		var o order
		decode, encode := formatOf(in)
		if err := decode(in, &o); err != nil {
			t.Fatal(err)
		}
		at, err := o.Due.Instant()
		if want := time.Date(2023, 9, 20, 7, 0, 0, 0, time.UTC); err != nil || !at.Equal(want) {
			t.Errorf("%s: %s, %v", in, at, err)
		}
		if got := encode(&o); got != in {
			t.Errorf("%s became %s", in, got)
		}
	}
	var o order
	if err := UnmarshalJSON([]byte(`{"at":"2023-09-20 12:00:00","due":86400}`), &o); err != nil {
		t.Fatal(err)
	}
	if _, err := o.At.Instant(); !errors.Is(err, wire.ErrNoZone) {
		t.Errorf("a zone that nobody documents: %v", err)
	}
	if seconds, err := o.Due.Seconds(); err != nil || seconds != 86400 {
		t.Errorf("%d, %v", seconds, err)
	}
}

// What credentials or a signer fill in comes and goes like everything else.
func TestSuppliedIsEncoded(t *testing.T) {
	for _, in := range []string{
		`{"sig":"abc"}`, `<r><sig>abc</sig></r>`, `sig=abc`, `{"sig":""}`, `{"sig":null}`, `{"sig":5}`, `<r><sig/></r>`, `sig=`,
	} {
		var o order
		decode, encode := formatOf(in)
		if err := decode(in, &o); err != nil {
			t.Fatal(err)
		}
		if got := encode(&o); got != in || o.Extra.Unknown() != nil {
			t.Errorf("%s became %s", in, got)
		}
	}
	set := oneOf(Field{Supplied: true}, ptr("abc"))
	if got, want := string(AppendJSON(nil, set)), `{"v":"abc"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(AppendJSON(nil, oneOf(Field{Supplied: true}, new(string)))), `{}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A parameter of one's own goes everywhere.
func TestAddText(t *testing.T) {
	m := oneOf(Field{}, ptr("x"))
	m.extra.AddText("user", "a<&>\"ж")
	m.extra.AddText("user", "again")
	if got, want := string(AppendJSON(nil, m)), `{"v":"x","user":"a<&>\"ж"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(AppendXML(nil, "r", m)), xmlHead+`<r><v>x</v><user>a&lt;&amp;&gt;"ж</user><user>again</user></r>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := Pairs(m), []Pair{{"v", "x"}, {"user", "a<&>\"ж"}, {"user", "again"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	list := oneOf(Field{}, ptr("x"))
	list.extra.AddText("l[]", "a")
	list.extra.AddText("l[]", "b")
	again := oneOf(Field{}, new(string))
	if err := BindPairs(Pairs(list), again, Limits{}); err != nil {
		t.Fatal(err)
	}
	if got, want := string(AppendJSON(nil, again)), `{"v":"x","l":["a","b"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A prefix means what the nearest element around it says.
func TestNilNamespaces(t *testing.T) {
	const xsi = `"` + xsiNamespace + `"`
	for in, null := range map[string]bool{
		`<r xmlns:i=` + xsi + `><memo i:nil="true"/></r>`:                                              true,
		`<r xmlns:i=` + xsi + `><x/><x xmlns:i="urn:x"/><memo i:nil="true"/></r>`:                      true,
		`<r xmlns:i="urn:x"><memo xmlns:i=` + xsi + ` i:nil="true"/></r>`:                              true,
		`<r xmlns:i=` + xsi + `><memo xmlns:i="urn:x" i:nil="true"/></r>`:                              false,
		`<r><x xmlns:i=` + xsi + `/><memo i:nil="true"/></r>`:                                          false,
		`<r><x xmlns:i=` + xsi + `><y/></x><memo i:nil="true"/></r>`:                                   false,
		`<r xmlns:xsi="urn:x"><memo xsi:nil="true"/></r>`:                                              false,
		`<r xmlns:xsi="urn:x"><memo xsi:nil="true" xmlns:xsi=` + xsi + `/></r>`:                        true,
		`<r xmlns:xsi="urn:x"><x xmlns:i="urn:y" xmlns:j="urn:z"/><memo xsi:nil="true"/></r>`:          false,
		`<r xmlns=` + xsi + `><memo nil="true"/></r>`:                                                  false,
		`<r xmlns:a="urn:x" xmlns:i=` + xsi + ` xmlns:b="urn:y"><memo a:nil="true" b:nil="true"/></r>`: false,
		`<r xmlns:a="urn:x" xmlns:i=` + xsi + `><memo a:nil="false" i:type="t" i:nil="true"/></r>`:     true,
		`<r><memo xsi:nil="true"/></r>`:                                                                true,
		`<r><x xmlns:xsi="urn:x"/><memo xsi:nil="true"/></r>`:                                          true,
		`<r xmlns:i=` + xsi + `><payer xmlns:i="urn:x"><x/></payer><memo i:nil="true"/></r>`:           true,
	} {
		var o order
		if err := UnmarshalXML([]byte(in), &o); err != nil {
			t.Fatal(err)
		}
		if o.Extra.IsNull("memo") != null {
			t.Errorf("%s: null is %v", in, !null)
		}
	}
}

// A table with more fields than are tracked without allocating.
func TestDecodeWideType(t *testing.T) {
	const n = 100
	values := make([]string, n)
	wide := &Type{Name: "Wide"}
	var refs []any
	var in strings.Builder
	for i := range n {
		wide.Fields = append(wide.Fields, Field{Name: fmt.Sprint("f", i), Required: i%2 == 0})
		refs = append(refs, &values[i])
		if i%3 == 0 {
			fmt.Fprintf(&in, `,"f%d":"v%d"`, n-1-i, n-1-i) // backwards
		}
	}
	m := &wideMessage{Fields{Type: wide, Refs: refs, Extra: new(wire.Extra)}}
	if err := UnmarshalJSON([]byte("{"+in.String()[1:]+"}"), m); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		present := (n-1-i)%3 == 0
		if want := fmt.Sprint("v", i); (values[i] == want) != present {
			t.Errorf("field %d is %q", i, values[i])
		}
		if absent := m.Extra.Form(fmt.Sprint("f", i)) == wire.FormAbsent; absent != (!present && i%2 == 0) {
			t.Errorf("field %d: absent %v", i, absent)
		}
	}
}

type wideMessage struct{ Fields }

func (w *wideMessage) WireFields() Fields { return w.Fields }

func TestMessageWithoutExtra(t *testing.T) {
	var s string
	m := &wideMessage{Fields{Type: &Type{Name: "Bare", Fields: []Field{{Name: "s", Required: true}, {Name: "t", Required: true}}}, Refs: []any{&s, new(string)}}}
	if err := UnmarshalJSON([]byte(`{"s":5,"x":1}`), m); err != nil {
		t.Fatal(err)
	}
	if got, want := string(AppendJSON(nil, m)), `{"s":"5","t":""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := String(m); got != "Bare{s: 5}" {
		t.Errorf("got %s", got)
	}
	if got := len(Report(m)); got != 0 {
		t.Errorf("%d violations in a message that forgets forms", got)
	}
	if LogValue(m).String() != "[s=5]" {
		t.Errorf("got %s", LogValue(m))
	}
}

func TestUnsupportedReferencePanics(t *testing.T) {
	for name, use := range map[string]func(Message){
		"decode":   func(m Message) { _ = UnmarshalJSON([]byte(`{"v":1}`), m) },
		"encode":   func(m Message) { AppendJSON(nil, m) },
		"describe": func(m Message) { _ = String(m) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); got != "codec: field v has a reference of type *float64" {
					t.Errorf("got panic %s", got)
				}
			}()
			use(oneOf(Field{}, new(float64)))
		})
	}
}
