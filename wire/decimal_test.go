package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestParseDecimal(t *testing.T) {
	for _, s := range []string{
		"0", "-0", "500", "500.00", "-0.50", "007", "00.10", "1e3", "1.5E-3", "1e+64", "-1e-64", "1e+00064",
		"12345678901234567890.123456789", strings.Repeat("9", 128),
	} {
		d, err := wire.ParseDecimal(s)
		if err != nil || d.String() != s || !d.IsSet() {
			t.Errorf("ParseDecimal(%q) = %q, %v", s, d, err)
		}
	}
	for s, want := range map[string]string{
		"":                       "offset 0: digit expected",
		"-":                      "offset 1: digit expected",
		"--1":                    "offset 1: digit expected",
		"+1":                     "offset 0: digit expected",
		".5":                     "offset 0: digit expected",
		"1.":                     "offset 2: digit expected",
		"1.e5":                   "offset 2: digit expected",
		"1e":                     "offset 2: digit expected",
		"1e+":                    "offset 3: digit expected",
		"1e-x":                   "offset 3: digit expected",
		" 1":                     "offset 0: digit expected",
		"1 ":                     "offset 1: end expected",
		"1,5":                    "offset 1: end expected",
		"1.5.0":                  "offset 3: end expected",
		"1_000":                  "offset 1: end expected",
		"0x10":                   "offset 1: end expected",
		"1e5e5":                  "offset 3: end expected",
		"NaN":                    "offset 0: digit expected",
		"Infinity":               "offset 0: digit expected",
		"١":                      "offset 0: digit expected",
		"1e65":                   "offset 2: exponent not within ±64",
		"1e-65":                  "offset 2: exponent not within ±64",
		"1e99999999999999999999": "offset 2: exponent not within ±64",

		strings.Repeat("9", 129): "longer than 128 bytes",
	} {
		d, err := wire.ParseDecimal(s)
		if err == nil || err.Error() != "wire: decimal: "+want || d.IsSet() {
			t.Errorf("ParseDecimal(%q) = %q, %v; want %s", s, d, err, want)
		}
	}
}

func TestMustDecimal(t *testing.T) {
	if got := wire.MustDecimal("1.50").String(); got != "1.50" {
		t.Errorf("got %s", got)
	}
	mustPanic(t, func() { wire.MustDecimal("1,50") })
}

func TestDecimalCmp(t *testing.T) {
	// In ascending order; what stands on one line is equal.
	lines := [][]string{
		{""},
		{"-1e64", "-10e63"},
		{"-1000", "-1e3", "-1000.000"},
		{"-999.99"},
		{"-0.1"},
		{"-0.01", "-1e-2"},
		{"0", "-0", "0.00", "0e64", "-00.0e-64"},
		{"1e-64"},
		{"0.09"},
		{"0.1", "00.10", "1e-1", "10e-2"},
		{"1", "1.0", "0.1e1"},
		{"1.01"},
		{"1.1"},
		{"2"},
		{"10", "1e1", "0010"},
		{"123456789012345678901234567890"},
		{"123456789012345678901234567890.1"},
		{"1e64", "10000000000000000000000000000000000000000000000000000000000000000"},
	}
	for i, line := range lines {
		for j, other := range lines {
			for _, a := range line {
				for _, b := range other {
					want := min(max(i-j, -1), 1)
					if got := decimal(a).Cmp(decimal(b)); got != want {
						t.Errorf("%q.Cmp(%q) = %d, want %d", a, b, got, want)
					}
					if got := decimal(a).Equal(decimal(b)); got != (want == 0) {
						t.Errorf("%q.Equal(%q) = %t", a, b, got)
					}
				}
			}
		}
	}
	if a, b := decimal("1.0"), decimal("1.0"); a != b || a == decimal("1") {
		t.Error("== does not compare literals")
	}
}

func TestDecimalSign(t *testing.T) {
	for s, want := range map[string]int{"": 0, "0": 0, "-0.00": 0, "-0.01": -1, "1e-64": 1, "-5": -1, "007": 1} {
		if got := decimal(s).Sign(); got != want {
			t.Errorf("%q.Sign() = %d, want %d", s, got, want)
		}
	}
}

func TestDecimalMinor(t *testing.T) {
	const failed = math.MinInt64 + 1
	for _, test := range []struct {
		lit    string
		places int
		want   int64
		err    string
	}{
		{"500.00", 2, 50000, ""},
		{"500", 2, 50000, ""},
		{"500.000", 2, 50000, ""},
		{"5e2", 2, 50000, ""},
		{"50000e-2", 2, 50000, ""},
		{"0.07", 2, 7, ""},
		{"-0.07", 2, -7, ""},
		{"-0", 2, 0, ""},
		{"0e64", 18, 0, ""},
		{"1e-18", 18, 1, ""},
		{"1500", 0, 1500, ""},
		{"92233720368547758.07", 2, math.MaxInt64, ""},
		{"-92233720368547758.08", 2, math.MinInt64, ""},
		{"92233720368547758.08", 2, failed, "wire: decimal: minor units do not fit 64 bits"},
		{"-92233720368547758.09", 2, failed, "wire: decimal: minor units do not fit 64 bits"},
		{"1e64", 2, failed, "wire: decimal: minor units do not fit 64 bits"},
		{"99999999999999999999", 0, failed, "wire: decimal: minor units do not fit 64 bits"},
		{"0.075", 2, failed, "wire: decimal: not a whole number of minor units"},
		{"1e-64", 18, failed, "wire: decimal: not a whole number of minor units"},
		{"0.5", 0, failed, "wire: decimal: not a whole number of minor units"},
		{"", 2, failed, "wire: decimal: not set"},
		{"1", -1, failed, "wire: decimal: places not between 0 and 18"},
		{"1", 19, failed, "wire: decimal: places not between 0 and 18"},
	} {
		got, err := decimal(test.lit).Minor(test.places)
		if test.err == "" {
			if err != nil || got != test.want {
				t.Errorf("%q.Minor(%d) = %d, %v; want %d", test.lit, test.places, got, err, test.want)
			}
		} else if err == nil || err.Error() != test.err || got != 0 {
			t.Errorf("%q.Minor(%d) = %d, %v; want %s", test.lit, test.places, got, err, test.err)
		}
	}
	if _, err := (wire.Decimal{}).Minor(2); !errors.Is(err, wire.ErrNotSet) {
		t.Errorf("got %v, want ErrNotSet", err)
	}
}

func TestDecimalFromMinor(t *testing.T) {
	for _, test := range []struct {
		units  int64
		places int
		want   string
	}{
		{50000, 2, "500.00"},
		{5, 2, "0.05"},
		{-5, 2, "-0.05"},
		{-123, 2, "-1.23"},
		{0, 2, "0.00"},
		{0, 0, "0"},
		{7, 0, "7"},
		{1, 18, "0.000000000000000001"},
		{math.MaxInt64, 3, "9223372036854775.807"},
		{math.MinInt64, 18, "-9.223372036854775808"},
	} {
		d := wire.DecimalFromMinor(test.units, test.places)
		if d.String() != test.want {
			t.Errorf("DecimalFromMinor(%d, %d) = %s, want %s", test.units, test.places, d, test.want)
		}
		if back, err := d.Minor(test.places); err != nil || back != test.units {
			t.Errorf("%s.Minor(%d) = %d, %v; want %d", d, test.places, back, err, test.units)
		}
	}
	mustPanic(t, func() { wire.DecimalFromMinor(1, -1) })
	mustPanic(t, func() { wire.DecimalFromMinor(1, 19) })
}

func TestDecimalJSON(t *testing.T) {
	for in, want := range map[string]string{
		`500.00`:                   `500.00`,
		`"500.00"`:                 `500.00`,
		`"00500"`:                  `"00500"`,
		`"-007.5"`:                 `"-007.5"`,
		`-0`:                       `-0`,
		`0.5`:                      `0.5`,
		`1E+2`:                     `1E+2`,
		`null`:                     `null`,
		` 1 `:                      `1`,
		`12345678901234567890.123`: `12345678901234567890.123`,
	} {
		var d wire.Decimal
		if err := d.UnmarshalJSON([]byte(in)); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, err := json.Marshal(d)
		if err != nil || string(got) != want {
			t.Errorf("%s came back as %s, %v; want %s", in, got, err, want)
		}
		if isNumber := want != "null" && want[0] != '"'; d.JSONNumber() != isNumber {
			t.Errorf("%s: JSONNumber() = %t", in, d.JSONNumber())
		}
	}
	for _, in := range []string{
		``, `""`, `" 1"`, `true`, `[]`, `{}`, `[1]`, `007`, `1.`, `+1`, `"1`, `1 2`, `"4111x"`, "\"1\xff\"", `1e999`, `NaN`,
	} {
		d := decimal("7")
		err := d.UnmarshalJSON([]byte(in))
		if err == nil || strings.Contains(err.Error(), "4111") {
			t.Errorf("%s: error %v", in, err)
		}
		if d.String() != "7" {
			t.Errorf("%s: a failed read left %q", in, d)
		}
	}

	message := struct{ Amount, Fee, Tip wire.Decimal }{Tip: decimal("9")}
	if err := json.Unmarshal([]byte(`{"Amount":500.10,"Fee":"1.0","Tip":null}`), &message); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(message)
	if want := `{"Amount":500.10,"Fee":1.0,"Tip":null}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestDecimalText(t *testing.T) {
	for _, in := range []string{"", "500.00", "007"} {
		d := decimal("1")
		if err := d.UnmarshalText([]byte(in)); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if got, err := d.MarshalText(); err != nil || string(got) != in {
			t.Errorf("%q came back as %q, %v", in, got, err)
		}
	}
	d := decimal("1")
	if err := d.UnmarshalText([]byte("1,5")); err == nil || d.String() != "1" {
		t.Errorf("got %q, %v", d, err)
	}
}

func TestDecimalCmpCostsNothing(t *testing.T) {
	a, b := decimal("1e64"), decimal("-1e-64")
	if n := testing.AllocsPerRun(100, func() { a.Cmp(b) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDecimal compares with math/big, which shares no code with Decimal.
func FuzzDecimal(f *testing.F) {
	f.Add("500.00", "5e2", 2)
	f.Add("-0", "0.00", 0)
	f.Add("1e64", "-1e-64", 18)
	f.Add("92233720368547758.08", "-92233720368547758.08", 2)
	f.Add("007", "1.", 1)
	f.Fuzz(func(t *testing.T, s, other string, places int) {
		d, err := wire.ParseDecimal(s)
		if err != nil {
			if len(s) <= 128 && json.Valid([]byte(s)) && strings.Trim(s, "-.0123456789") == "" {
				t.Fatalf("refused the JSON number %q: %v", s, err)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("%q became %q", s, d)
		}
		value := rat(t, s)
		if d.Sign() != value.Sign() {
			t.Fatalf("%q.Sign() = %d", s, d.Sign())
		}
		if d.JSONNumber() != json.Valid([]byte(s)) {
			t.Fatalf("%q.JSONNumber() = %t", s, d.JSONNumber())
		}

		encoded, err := json.Marshal(d)
		var back wire.Decimal
		if err != nil || json.Unmarshal(encoded, &back) != nil || back != d {
			t.Fatalf("%q came back from JSON as %q", s, back)
		}

		if e, err := wire.ParseDecimal(other); err == nil {
			if got, want := d.Cmp(e), value.Cmp(rat(t, other)); got != want {
				t.Fatalf("%q.Cmp(%q) = %d, want %d", s, other, got, want)
			}
			if d.Cmp(e) != -e.Cmp(d) {
				t.Fatalf("Cmp of %q and %q depends on the side", s, other)
			}
		}

		if places < 0 || places > 18 {
			return
		}
		minor := new(big.Rat).Mul(value, rat(t, fmt.Sprintf("1e%d", places)))
		units, err := d.Minor(places)
		if exact := minor.IsInt() && minor.Num().IsInt64(); exact != (err == nil) {
			t.Fatalf("%q.Minor(%d) = %d, %v", s, places, units, err)
		}
		if err == nil {
			if minor.Cmp(new(big.Rat).SetInt64(units)) != 0 {
				t.Fatalf("%q.Minor(%d) = %d", s, places, units)
			}
			if !wire.DecimalFromMinor(units, places).Equal(d) {
				t.Fatalf("%q is not %d with %d places", s, units, places)
			}
		}
	})
}

func decimal(s string) wire.Decimal {
	if s == "" {
		return wire.Decimal{}
	}
	return wire.MustDecimal(s)
}

func rat(t *testing.T, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number to math/big", s)
	}
	return r
}

func mustPanic(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	do()
}
