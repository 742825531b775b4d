package wire

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxDecimalBytes    = 128
	maxDecimalExponent = 64
	maxMinorPlaces     = 18 // the most that leaves an int64 a digit before the point
)

// Decimal is an immutable decimal number that keeps the literal it was made
// from: "500.00" stays "500.00". The zero value is not set.
//
// The operator == compares literals; [Decimal.Equal] and [Decimal.Cmp] compare
// values.
type Decimal struct{ lit string }

// ParseDecimal reads digits with an optional minus sign, fraction and exponent
// ("1500", "-0.50", "1.5e3"); leading zeros are allowed. The literal has at most
// 128 bytes and its exponent lies between -64 and 64.
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > maxDecimalBytes {
		return Decimal{}, fmt.Errorf("wire: decimal: longer than %d bytes", maxDecimalBytes)
	}
	i := 0
	if strings.HasPrefix(s, "-") {
		i = 1
	}
	end := skipDigits(s, i)
	if end > i && end < len(s) && s[end] == '.' {
		i = end + 1
		end = skipDigits(s, i)
	}
	if end > i && end < len(s) && (s[end] == 'e' || s[end] == 'E') {
		start := end + 1
		i = start
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		end = skipDigits(s, i)
		if end > i {
			if exp, err := strconv.Atoi(s[start:end]); err != nil || max(exp, -exp) > maxDecimalExponent {
				return Decimal{}, fmt.Errorf("wire: decimal: offset %d: exponent not within ±%d", start, maxDecimalExponent)
			}
		}
	}
	switch {
	case end == i:
		return Decimal{}, fmt.Errorf("wire: decimal: offset %d: digit expected", i)
	case end < len(s):
		return Decimal{}, fmt.Errorf("wire: decimal: offset %d: end expected", end)
	}
	return Decimal{s}, nil
}

// skipDigits returns the end of the run of digits in s that starts at i.
func skipDigits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}

// MustDecimal is [ParseDecimal] for constants: it panics where that fails.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DecimalFromMinor returns units of the minor currency unit, of which the major
// one has the given number of decimal places: 50000 and 2 give 500.00. It panics
// unless places is between 0 and 18.
func DecimalFromMinor(units int64, places int) Decimal {
	if places < 0 || places > maxMinorPlaces {
		panic(errPlaces)
	}
	digits, minus := strings.CutPrefix(strconv.FormatInt(units, 10), "-")
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if places > 0 {
		point := len(digits) - places
		digits = digits[:point] + "." + digits[point:]
	}
	if minus {
		digits = "-" + digits
	}
	return Decimal{digits}
}

// IsSet reports whether d holds a number.
func (d Decimal) IsSet() bool { return d.lit != "" }

// String returns the literal, empty when d is not set.
func (d Decimal) String() string { return d.lit }

// Cmp compares values: -1 when d is less than e, 0 when they are equal, 1 when
// d is greater. A decimal that is not set comes before all that are and equals
// only another such.
func (d Decimal) Cmp(e Decimal) int {
	if !d.IsSet() || !e.IsSet() { // all that counts is which one is
		return cmp.Compare(min(len(d.lit), 1), min(len(e.lit), 1))
	}
	a, b := d.normal(), e.normal()
	if a.sign != b.sign {
		return cmp.Compare(a.sign, b.sign)
	}
	// Digits without leading and trailing zeros compare as text.
	return a.sign * cmp.Or(cmp.Compare(a.point, b.point), cmp.Compare(a.digits, b.digits))
}

// Equal reports whether d and e have the same value: 500 equals 500.00.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Sign returns -1, 0 or 1 as d is negative, zero (or not set) or positive.
func (d Decimal) Sign() int { return d.normal().sign }

var (
	errPlaces   = fmt.Errorf("wire: decimal: places not between 0 and %d", maxMinorPlaces)
	errInexact  = errors.New("wire: decimal: not a whole number of minor units")
	errOverflow = errors.New("wire: decimal: minor units do not fit 64 bits")
)

// Minor returns d in units of the minor currency unit, of which the major one
// has the given number of decimal places, 0 to 18: 500.00 and 2 give 50000. It
// never rounds: a value that is no whole number of minor units or does not fit
// is an error, and so is one that is not set ([ErrNotSet]).
func (d Decimal) Minor(places int) (int64, error) {
	switch {
	case !d.IsSet():
		return 0, fmt.Errorf("wire: decimal: %w", ErrNotSet)
	case places < 0 || places > maxMinorPlaces:
		return 0, errPlaces
	}
	n := d.normal()
	if n.sign == 0 {
		return 0, nil
	}
	zeros := n.point + places - len(n.digits)
	switch {
	case zeros < 0:
		return 0, errInexact
	case len(n.digits)+zeros > 19: // MaxInt64 has 19 digits
		return 0, errOverflow
	}
	lit := n.digits + strings.Repeat("0", zeros)
	if n.sign < 0 {
		lit = "-" + lit // before parsing: MinInt64 has no positive counterpart
	}
	units, err := strconv.ParseInt(lit, 10, 64)
	if err != nil {
		return 0, errOverflow
	}
	return units, nil
}

// normalized is the number sign × 0.digits × 10^point. The digits begin and end
// with one that is not zero; zero has none. So equal values are equal, and
// nothing grows with the exponent.
type normalized struct {
	sign   int
	digits string
	point  int
}

func (d Decimal) normal() normalized {
	n := normalized{sign: 1}
	lit, minus := strings.CutPrefix(d.lit, "-")
	if minus {
		n.sign = -1
	}
	exp := 0
	if i := strings.IndexAny(lit, "eE"); i >= 0 {
		exp, _ = strconv.Atoi(lit[i+1:]) // checked by ParseDecimal
		lit = lit[:i]
	}
	whole, fraction, _ := strings.Cut(lit, ".")
	digits := whole + fraction
	n.digits = strings.TrimLeft(digits, "0")
	n.point = len(whole) + exp - (len(digits) - len(n.digits))
	n.digits = strings.TrimRight(n.digits, "0")
	if n.digits == "" {
		return normalized{}
	}
	return n
}

// JSONNumber reports whether the literal is a number in JSON too, which knows no
// leading zeros. It is false when d is not set.
func (d Decimal) JSONNumber() bool {
	lit := strings.TrimPrefix(d.lit, "-")
	return lit != "" && (lit[0] != '0' || skipDigits(lit, 0) == 1)
}

// MarshalJSON returns the literal: as a number, or as a string where it is none
// in JSON. Not set is null.
func (d Decimal) MarshalJSON() ([]byte, error) {
	switch {
	case !d.IsSet():
		return []byte("null"), nil
	case !d.JSONNumber():
		return []byte(`"` + d.lit + `"`), nil
	}
	return []byte(d.lit), nil
}

// UnmarshalJSON reads a number, a string that holds one, or null.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	text, null, err := jsonText(data)
	if err != nil {
		return fmt.Errorf("wire: decimal: %w", err)
	}
	if null {
		*d = Decimal{}
		return nil
	}
	parsed, err := ParseDecimal(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalText returns the literal, empty when d is not set.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.lit), nil }

// UnmarshalText reads what [ParseDecimal] reads; an empty text is not set.
func (d *Decimal) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Decimal{}
		return nil
	}
	parsed, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
