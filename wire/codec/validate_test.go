package codec

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func violations(v wire.Violations) []string {
	texts := []string{}
	for _, violation := range v {
		texts = append(texts, violation.String())
	}
	return texts
}

func TestValidateRules(t *testing.T) {
	long := strings.Repeat("ж", 40)
	decimal := func(s string) *wire.Decimal { return ptr(wire.MustDecimal(s)) }
	secret := func(s string) *wire.Secret { return ptr(wire.NewSecret(s)) }
	at := func(s string) *wire.Time { return ptr(wire.TimeLiteral(s)) }
	bounds := Field{Min: "0.01", Max: "9999999999"}
	tests := []struct {
		field Field
		ref   any
		want  string // without the path; "" is no violation
	}{
		{bounds, decimal("0.01"), ""},
		{bounds, decimal("9999999999.00"), ""},
		{bounds, decimal("0.0099"), "minimum 0.01, got 0.0099"},
		{bounds, decimal("9999999999.01"), "maximum 9999999999, got 9999999999.01"},
		{bounds, new(wire.Decimal), ""},
		{bounds, decimal("1e3"), "format decimal, got 1e3"},
		{bounds, decimal("5.0E-1"), "format decimal, got 5.0E-1"},
		{Field{}, decimal("-1.005"), ""},
		{Field{Decimals: 2}, decimal("-1.05"), ""},
		{Field{Decimals: 2}, decimal("1000"), ""},
		{Field{Decimals: 2}, decimal("-1.050"), "maxDecimals 2, got -1.050"},
		{Field{Decimals: 2, Sensitive: true}, decimal("1.050"), "maxDecimals 2, got ***"},
		{bounds, ptr(int64(10_000_000_000)), "maximum 9999999999, got 10000000000"},
		{bounds, ptr(int64(0)), ""}, // not set
		{Field{Min: "1", Required: true}, ptr(int64(0)), "minimum 1, got 0"},
		{Field{Min: "1"}, ptr(ptr(int64(0))), "minimum 1, got 0"},
		{Field{Min: "-5"}, ptr(int64(-6)), "minimum -5, got -6"},
		{Field{Number: true, Max: "5"}, ptr("6"), "maximum 5, got 6"},
		{Field{Number: true, Max: "5"}, ptr("six"), "type number, got six"},
		{Field{Number: true, Max: "5"}, secret("6"), "maximum 5, got ***"},

		{Field{MinLength: 3}, ptr("жж"), "minLength 3, got жж"},
		{Field{MinLength: 3}, ptr("жжж"), ""},
		{Field{MinLength: 3}, ptr(""), ""},
		{Field{MaxLength: 3}, ptr("жжж"), ""},
		{Field{MaxLength: 3}, ptr("жжжж"), "maxLength 3, got жжжж"},
		{Field{MaxLength: 3}, secret("4111"), "maxLength 3, got ***"},
		{Field{MaxLength: 3, Sensitive: true}, ptr("4111"), "maxLength 3, got ***"},
		{Field{MaxLength: 3}, ptr(long), "maxLength 3, got " + strings.Repeat("ж", 30) + "…"},
		{Field{MaxLength: 3}, ptr("x" + long), "maxLength 3, got x" + strings.Repeat("ж", 30) + "…"},

		{Field{Enum: []string{"a", "b"}}, ptr("b"), ""},
		{Field{Enum: []string{"a", "b"}}, ptr("c"), "enum a, b, got c"},
		{Field{Enum: []string{"a", "b"}, Open: true}, ptr("c"), ""},
		{Field{Enum: []string{"1", "2"}}, ptr(int64(3)), "enum 1, 2, got 3"},
		{Field{Enum: []string{"1", "2"}, Required: true}, ptr(int64(0)), "required"},
		{Field{Enum: []string{"1", "2"}, Required: true, Open: true}, ptr(int64(0)), "required"},
		{Field{Enum: []string{"1", "2"}, Required: true, Open: true}, ptr(int64(3)), ""},
		{Field{Enum: []string{"0", "1"}, Required: true}, ptr(int64(0)), ""},
		{Field{Enum: []string{"true"}, Required: true}, ptr(false), "enum true, got false"},

		{Field{Pattern: regexp.MustCompile(`^\d{12}$`)}, ptr("060140008000"), ""},
		{Field{Pattern: regexp.MustCompile(`^\d{12}$`)}, ptr("06014000800"), `pattern ^\d{12}$, got 06014000800`},

		{Field{Format: "uuid"}, ptr("0199A2b4-7c1e-7000-8000-000000000000"), ""},
		{Field{Format: "uuid"}, ptr("0199a2b47c1e70008000000000000000"), "format uuid, got 0199a2b47c1e****************0000"},
		{Field{Format: "uuid"}, ptr("0199a2b4-7c1e-7000-8000-00000000000g"), "format uuid, got 0199a2b4-7c1e-****-****-*******0000g"},
		{Field{Format: "uuid"}, ptr("0199a2b4-7c1e-7000-800000000-0000000"), "format uuid, got 0199a2b4-7c1e-****-*********-***0000"},
		{Field{Format: "date-time"}, at("2025-06-20T07:13:31Z"), ""},
		{Field{Format: "date-time"}, at("2023-09-20 12:00:00"), ""},
		{Field{Format: "date-time"}, at("86400"), ""},
		{Field{Format: "date-time"}, at("tomorrow"), "format date-time, got tomorrow"},
		{Field{Format: "date-time"}, ptr("86400"), "format date-time, got 86400"},
		{Field{Format: "date"}, ptr("2025-06-20"), ""},
		{Field{Format: "date"}, ptr("2025-06-31"), "format date, got 2025-06-31"},
		{Field{Format: "uri"}, ptr("https://example.kz/x?y=z"), ""},
		{Field{Format: "uri"}, ptr("example.kz"), "format uri, got example.kz"},
		{Field{Format: "uri"}, ptr("/x"), "format uri, got /x"},
		{Field{Format: "uri"}, ptr("http://a b"), "format uri, got http://a b"},
		{Field{Format: "uri"}, ptr("https:"), "format uri, got https:"},
		{Field{Format: "ipv4"}, ptr("10.0.0.1"), ""},
		{Field{Format: "ipv4"}, ptr("::1"), "format ipv4, got ::1"},
		{Field{Format: "ipv4"}, ptr("10.0.0.256"), "format ipv4, got 10.0.0.256"},
		{Field{Format: "email"}, ptr("a.b@example.kz"), ""},
		{Field{Format: "email"}, ptr("@example.kz"), "format email, got @example.kz"},
		{Field{Format: "email"}, ptr("a@"), "format email, got a@"},
		{Field{Format: "email"}, ptr("a b@c"), "format email, got a b@c"},
		{Field{Format: "binary"}, ptr("anything"), ""},

		{Field{MinItems: 1}, &[]string{}, "minItems 1, got 0"},
		{Field{MinItems: 1}, new([]string), ""},
		{Field{MaxItems: 1}, &[]string{"a", "b"}, "maxItems 1, got 2"},
		{Field{MaxItems: 1}, Repeated(&[]company{{BIN: "1"}, {BIN: "2"}}), "maxItems 1, got 2"},

		{Field{Required: true}, ptr("x"), ""},
		{Field{Required: true}, ptr(""), "required"},
		{Field{Required: true, Nullable: true}, ptr(""), ""},
		{Field{Required: true}, ptr(int64(0)), ""},
		{Field{Required: true}, ptr(false), ""},
		{Field{Required: true}, new(*int64), "required"},
		{Field{Required: true, Nullable: true}, new(*int64), ""},
		{Field{Required: true}, new(wire.Decimal), "required"},
		{Field{Required: true}, new(wire.Time), "required"},
		{Field{Required: true}, new(wire.Secret), "required"},
		{Field{Required: true}, secret(""), "required"},
		{Field{Required: true}, new([]string), "required"},
		{Field{Required: true}, &[]string{}, ""},
		{Field{Required: true}, Repeated(new([]card)), "required"},
		{Field{Required: true}, Optional(new(*card)), "required"},
		{Field{Required: true, Nullable: true}, Optional(new(*card)), ""},
		{Field{Required: true}, &company{BIN: "1"}, ""},
	}
	for i, tt := range tests {
		got := violations(Validate(oneOf(tt.field, tt.ref)))
		want := []string{}
		if tt.want != "" {
			want = append(want, "$.v: "+tt.want)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
	for _, v := range Validate(oneOf(Field{MaxLength: 3}, ptr(long))) {
		if len(v.Value) > 64 {
			t.Errorf("value of %d bytes", len(v.Value))
		}
	}
}

func TestValidateEverythingAtOnce(t *testing.T) {
	o := &order{Payer: &card{}, Cards: []card{{PAN: wire.NewSecret("1")}, {}}}
	want := []string{
		"$.name: required", "$.amount: required", "$.company.bin: required", "$.payer.pan: required", "$.cards[1].pan: required",
		"$.mode: explicit, must be set: what leaving it out means is not documented",
	}
	if got := violations(Validate(o)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Validate(fullOrder()); got != nil {
		t.Errorf("got %v", got)
	}
	tags := oneOf(Field{MaxLength: 1, Enum: []string{"a", "bb"}}, &[]string{"a", "bb", "c"})
	if got, want := violations(Validate(tags)), []string{"$.v[1]: maxLength 1, got bb", "$.v[2]: enum a, bb, got c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Leaving out is not to happen by accident; saying that there is nothing may.
func TestValidateExplicit(t *testing.T) {
	const want = "$.v: explicit, must be set: what leaving it out means is not documented"
	for kind, ref := range refs {
		for form, missing := range map[wire.Form]bool{
			wire.FormDocumented: true, wire.FormAbsent: true, wire.FormNull: false, wire.FormEmpty: false,
		} {
			m := oneOf(Field{Explicit: true, Nullable: true}, ref())
			m.extra.SetForm("v", form)
			got := Validate(m)
			if (len(got) == 1) != missing || missing && (got[0].String() != want || got[0].Rule != wire.RuleExplicit) {
				t.Errorf("%s, form %v: %v", kind, form, got)
			}
			if got.Without(wire.RuleExplicit) != nil || Report(m).Without("nullable").Without("type").Without("required") != nil {
				t.Errorf("%s, form %v: %v, reported %v", kind, form, got, Report(m))
			}
		}
	}
	for i, set := range []any{ptr("x"), ptr(int64(1)), ptr(ptr(int64(0))), ptr(ptr(false)), ptr(true), ptr(wire.MustDecimal("0")), &[]string{}, Optional(ptr(&company{BIN: "1"}))} {
		if got := Validate(oneOf(Field{Explicit: true, Number: true}, set)); got != nil {
			t.Errorf("%d: %v", i, got)
		}
	}
	// Required says more, and once is enough.
	if got := violations(Validate(oneOf(Field{Explicit: true, Required: true}, new(string)))); !reflect.DeepEqual(got, []string{"$.v: required"}) {
		t.Errorf("got %q", got)
	}
	// Zero, asked for, is a value.
	zero := oneOf(Field{Explicit: true, Number: true}, new(bool))
	zero.extra.SetForm("v", wire.FormNumber)
	if got := Validate(zero); got != nil {
		t.Errorf("got %v", got)
	}
}

// What is supplied is not the message's to get right.
func TestValidateSupplied(t *testing.T) {
	for kind, ref := range refs {
		m := oneOf(Field{Supplied: true, Required: true, Explicit: true, MinItems: 1, MaxLength: 1, Enum: []string{"x"}}, ref())
		if s, ok := m.ref.(*string); ok {
			*s = "too long"
		}
		for _, form := range []wire.Form{wire.FormDocumented, wire.FormNull, wire.FormAbsent} {
			m.extra.SetForm("v", form)
			if Validate(m) != nil || Report(m) != nil {
				t.Errorf("%s: %v, %v", kind, Validate(m), Report(m))
			}
		}
	}
}

// A message that is asked to leave out or null what is required is told so.
func TestValidateForms(t *testing.T) {
	for kind, ref := range refs {
		for _, form := range []wire.Form{wire.FormNull, wire.FormAbsent, wire.FormEmpty} {
			for _, nullable := range []bool{false, true} {
				m := oneOf(Field{Required: true, Nullable: nullable}, ref())
				m.extra.SetForm("v", form)
				want := 1
				if nullable && form != wire.FormAbsent {
					want = 0
				}
				if got := Validate(m); len(got) != want || want == 1 && got[0].Rule != "required" {
					t.Errorf("%s, form %v, nullable %v: %v", kind, form, nullable, got)
				}
			}
		}
	}
}

func TestReport(t *testing.T) {
	tests := []struct {
		kind  string
		field Field
		in    string
		want  []string
	}{
		{"string", Field{Required: true}, `{"v":""}`, nil},
		{"string", Field{Required: true, MinLength: 1}, `{"v":""}`, []string{"$.v: minLength 1"}},
		{"string", Field{Required: true}, `{}`, []string{"$.v: required"}},
		{"string", Field{Required: true}, `{"v":null}`, []string{"$.v: nullable false, got null"}},
		{"string", Field{Required: true, Nullable: true}, `{"v":null}`, nil},
		{"string", Field{}, `{"v":null}`, []string{"$.v: nullable false, got null"}},
		{"string", Field{}, `{"v":""}`, nil},
		{"string", Field{}, `{"v":5}`, []string{"$.v: type string, got number"}},
		{"string", Field{}, `{"v":true}`, []string{"$.v: type string, got boolean"}},
		{"string", Field{Number: true}, `{"v":"5"}`, []string{"$.v: type number, got string"}},
		{"string", Field{Number: true}, `{"v":5}`, nil},
		{"int", Field{}, `{"v":0}`, nil},
		{"int", Field{Required: true}, `{}`, []string{"$.v: required"}},
		{"int", Field{Required: true}, `{"v":"1"}`, []string{"$.v: type integer, got string"}},
		{"int", Field{Required: true, Min: "1"}, `{"v":"0"}`, []string{"$.v: type integer, got string", "$.v: minimum 1, got 0"}},
		{"int", Field{Required: true, Min: "1"}, `{"v":null}`, []string{"$.v: nullable false, got null"}},
		{"int", Field{Required: true, Enum: []string{"1", "2"}}, `{"v":0}`, []string{"$.v: enum 1, 2, got 0"}},
		{"decimal", Field{Decimals: 2}, `{"v":1e3}`, nil},
		{"decimal", Field{Decimals: 2}, `{"v":1.005}`, []string{"$.v: maxDecimals 2, got 1.005"}},
		{"*int", Field{}, `{"v":""}`, []string{"$.v: type integer, got empty"}},
		{"bool", Field{}, `{"v":false}`, nil},
		{"bool", Field{}, `{"v":1}`, []string{"$.v: type boolean, got number"}},
		{"bool", Field{Number: true}, `{"v":0}`, nil},
		{"bool", Field{Number: true}, `{"v":true}`, []string{"$.v: type integer, got boolean"}},
		{"*bool", Field{Number: true}, `{"v":"1"}`, []string{"$.v: type integer, got string"}},
		{"*bool", Field{Number: true}, `{"v":""}`, []string{"$.v: type integer, got empty"}},
		{"*bool", Field{Number: true, Enum: []string{"1"}}, `{"v":0}`, []string{"$.v: enum 1, got 0"}},
		{"string", Field{Explicit: true}, `{}`, nil},
		{"string", Field{Explicit: true}, `{"v":""}`, nil},
		{"string", Field{Supplied: true, Required: true, MaxLength: 1, Enum: []string{"x"}}, `{"v":12}`, nil},
		{"string", Field{Supplied: true}, `{"v":null}`, nil},
		{"*bool", Field{}, `{"v":"true"}`, []string{"$.v: type boolean, got string"}},
		{"decimal", Field{Max: "1"}, `{"v":"2.00"}`, []string{"$.v: type number, got string", "$.v: maximum 1, got 2.00"}},
		{"decimal", Field{Required: true}, `{"v":""}`, []string{"$.v: type number, got empty"}},
		{"decimal", Field{Required: true}, `{}`, []string{"$.v: required"}},
		{"time", Field{}, `{"v":86400}`, []string{"$.v: type string, got number"}},
		{"secret", Field{Required: true}, `{"v":4111}`, []string{"$.v: type string, got number"}},
		{"secret", Field{Required: true}, `{"v":""}`, nil},
		{"strings", Field{Required: true}, `{}`, []string{"$.v: required"}},
		{"strings", Field{Required: true}, `{"v":null}`, []string{"$.v: nullable false, got null"}},
		{"list", Field{}, `{"v":[{"pan":"1"},{"pan":null}]}`, []string{"$.v[1].pan: nullable false, got null"}},
		{"list", Field{}, `{"v":""}`, []string{"$.v: type array, got empty"}},
		{"pointer", Field{}, `{"v":[]}`, []string{"$.v: type object, got array"}},
		{"pointer", Field{}, `{"v":{}}`, []string{"$.v.pan: required"}},
		{"message", Field{Required: true}, `{}`, []string{"$.v: required"}},
		{"message", Field{Required: true}, `{"v":null}`, []string{"$.v: nullable false, got null"}},
		{"message", Field{Required: true}, `{"v":{"pan":"1","new":1}}`, []string{"$.v.new: unknown"}},
		{"string", Field{}, `{"new_field":1,"` + secretWord + `":2,"a b":3,"":4,"` + strings.Repeat("x", 65) + `":5}`,
			[]string{"$.new_field: unknown", "$.*: unknown", "$.*: unknown", "$.*: unknown", "$.*: unknown"}},
	}
	for _, tt := range tests {
		m := oneOf(tt.field, refs[tt.kind]())
		if err := UnmarshalJSON([]byte(tt.in), m); err != nil {
			t.Fatalf("%s: %v", tt.in, err)
		}
		if got := violations(Report(m)); len(got) != len(tt.want) || len(got) > 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %s: got %q, want %q", tt.kind, tt.in, got, tt.want)
		}
	}
}

// Whatever is set after decoding is no longer missing.
func TestReportOfChangedMessage(t *testing.T) {
	var o order
	if err := UnmarshalJSON([]byte(`{}`), &o); err != nil {
		t.Fatal(err)
	}
	want := []string{"$.name: required", "$.count: required", "$.live: required", "$.amount: required", "$.company: required", "$.paid: required"}
	if got := violations(Report(&o)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	o.Name, o.Count, o.Live, o.Amount, o.Company.BIN, o.Paid = "n", 1, true, wire.MustDecimal("1"), "1", true
	if got := Report(&o); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestShorten(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("😀", 20), strings.Repeat("\x80", 100)} {
		got := shorten(s)
		if len(got) > 64 || len(s) <= 64 && got != s || len(s) > 64 && !strings.HasSuffix(got, "…") {
			t.Errorf("%q: got %q", s, got)
		}
	}
	if got := fmt.Sprint(len(shorten(strings.Repeat("x", 65)))); got != "64" {
		t.Errorf("got %s bytes", got)
	}
}

// An answer made of members nobody asked for gets a report, not a book.
func TestReportEnds(t *testing.T) {
	var m order
	body := []byte(`{"name":"1"`)
	for i := range 10 * MaxReported {
		body = fmt.Appendf(body, `,"u%d":1`, i)
	}
	if err := UnmarshalJSON(append(body, '}'), &m); err != nil {
		t.Fatal(err)
	}
	if got := len(Report(&m)); got != MaxReported {
		t.Errorf("%d violations", got)
	}
	if got := len(m.WireFields().Extra.Unknown()); got != 10*MaxReported {
		t.Errorf("%d unknown members are kept", got)
	}
}
