package wire_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestViolationString(t *testing.T) {
	for _, test := range []struct {
		v    wire.Violation
		want string
	}{
		{wire.Violation{"$.amount", "maximum", "9999999999", "10000000000"}, "$.amount: maximum 9999999999, got 10000000000"},
		{wire.Violation{"$.card.pan", "maxLength", "19", "***"}, "$.card.pan: maxLength 19, got ***"},
		{wire.Violation{"$.company.bin", "required", "", ""}, "$.company.bin: required"},
		{wire.Violation{"$.mode", wire.RuleExplicit, "", ""}, "$.mode: explicit, must be set: what leaving it out means is not documented"},
		{wire.Violation{"$.name", "minLength", "1", ""}, "$.name: minLength 1"},
		{wire.Violation{"$.name", "format", "email", "Қанат@"}, "$.name: format email, got Қанат@"},
		{wire.Violation{"$.a\nb", "enum", "x, y", "z\r\nlevel=INFO"}, `"$.a\nb": enum x, y, got "z\r\nlevel=INFO"`},
		{wire.Violation{"$.a", "enum", "x", "\xff"}, `$.a: enum x, got "\xff"`},
		{wire.Violation{"$.a", "enum", "x", "\x1b[2J\u202e"}, `$.a: enum x, got "\x1b[2J\u202e"`},
	} {
		if got := test.v.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if got := fmt.Sprintf("%v", test.v); got != test.want {
			t.Errorf("fmt prints %s, want %s", got, test.want)
		}
	}
}

func TestViolations(t *testing.T) {
	for _, none := range []wire.Violations{nil, {}} {
		if err := none.Err(); err != nil {
			t.Errorf("no violations are the error %v", err)
		}
	}
	two := wire.Violations{{Path: "$.a", Rule: "required"}, {Path: "$.b", Rule: "maximum", Limit: "1", Value: "2"}}
	err := fmt.Errorf("request: %w", two.Err())
	if got, want := err.Error(), "request: $.a: required; $.b: maximum 1, got 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var got wire.Violations
	if !errors.As(err, &got) || len(got) != 2 {
		t.Errorf("errors.As gives %v", got)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		t.Error("violations are taken for another error")
	}
}

func TestViolationsWithout(t *testing.T) {
	a := wire.Violation{Path: "$.a", Rule: wire.RuleExplicit}
	b := wire.Violation{Path: "$.b", Rule: "required"}
	all := wire.Violations{a, b, a}
	if got := all.Without(wire.RuleExplicit); len(got) != 1 || got[0] != b {
		t.Errorf("got %v", got)
	}
	if got := all.Without("maximum"); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	if len(all) != 3 || all[0] != a || all[1] != b {
		t.Errorf("changed to %v", all)
	}
	for _, none := range []wire.Violations{nil, {}, {a}, {a, a}} {
		if got := none.Without(wire.RuleExplicit); got != nil || got.Err() != nil {
			t.Errorf("%v: got %v", none, got)
		}
	}
}
