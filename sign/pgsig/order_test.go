package pgsig

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var orders = []Order{OrderSample, OrderName, OrderNumber}

// form builds fields from names and values.
func form(t testing.TB, pairs ...string) []Field {
	t.Helper()
	var all []Pair
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, Pair{pairs[i], pairs[i+1]})
	}
	fields, err := Fields(all)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// phpArray is an array of PHP: keys and values in order, where a value is a
// string or a *phpArray.
type phpArray struct {
	keys []string
	vals map[string]any
	next int
}

// set is $array[$key] = $val, and $array[] = $val without a key.
func (a *phpArray) set(key string, val any) {
	if key == "" {
		key = strconv.Itoa(a.next)
	}
	if n, err := strconv.Atoi(key); err == nil && n >= a.next {
		a.next = n + 1
	}
	if a.vals == nil {
		a.vals = map[string]any{}
	}
	if _, ok := a.vals[key]; !ok {
		a.keys = append(a.keys, key)
	}
	a.vals[key] = val
}

func toPHP(fields []Field) *phpArray {
	a := new(phpArray)
	for _, f := range fields {
		if len(f.Children) > 0 {
			a.set(f.Name, toPHP(f.Children))
		} else {
			a.set(f.Name, f.Value)
		}
	}
	return a
}

// flattened is what makeFlatParamsArray does, the function of the vendor's PHP
// sample: an array without arrays in it, in which the key of each value is the
// keys above it and its own, each followed by which one it is of its array, from
// 1, in at least three digits. array_merge takes the later of two values with one
// key, += the earlier.
func (a *phpArray) flattened(parent string) map[string]string {
	flat := map[string]string{}
	i := 0
	for _, key := range a.keys {
		i++
		name := parent + key + fmt.Sprintf("%03d", i)
		switch val := a.vals[key].(type) {
		case *phpArray:
			maps.Copy(flat, val.flattened(name))
		case string:
			if _, ok := flat[name]; !ok {
				flat[name] = val
			}
		}
	}
	return flat
}

// sampleBase is the rest of the sample: ksort, array_unshift, array_push and
// implode. Fields must have names that are no numbers on the top level, or PHP
// would sort those by number.
func sampleBase(script string, fields []Field, secret string) string {
	a := toPHP(fields)
	a.keys = slices.DeleteFunc(a.keys, func(key string) bool { return key == SignatureName })
	flat := a.flattened("")
	parts := []string{script}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		parts = append(parts, flat[name])
	}
	return strings.Join(append(parts, secret), ";")
}

// listOf returns the values of a list p[i][name] whose positions have these
// numbers, in the order in which they are signed.
func listOf(t *testing.T, o Order, format string, numbers ...int) string {
	t.Helper()
	var pairs []string
	for _, n := range numbers {
		pairs = append(pairs, fmt.Sprintf(format, n), strconv.Itoa(n))
	}
	return values(o.Sorted(form(t, pairs...)))
}

// values returns the values in fields as they stand.
func values(fields []Field) string {
	var all []string
	var walk func(fields []Field)
	walk = func(fields []Field) {
		for _, f := range fields {
			if len(f.Children) == 0 {
				all = append(all, f.Value)
			}
			walk(f.Children)
		}
	}
	walk(fields)
	return strings.Join(all, " ")
}

func count(from, to int) (numbers []int) {
	for n := from; n <= to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func TestOrderOfPositions(t *testing.T) {
	reversed := count(0, 11)
	slices.Reverse(reversed)
	tests := []struct {
		name                 string
		format               string
		numbers              []int
		sample, text, number string // the last two: "" is as the one before
	}{
		{"ten", "p[%d][name]", count(0, 9), "0 1 2 3 4 5 6 7 8 9", "", ""},
		{"ten in another order", "p[%d][name]", []int{4, 9, 0, 7, 1, 8, 2, 6, 3, 5}, "0 1 2 3 4 5 6 7 8 9", "", ""},
		{"gaps", "p[%d][name]", []int{0, 2, 5}, "0 2 5", "", ""},
		{"eleven", "p[%d][name]", count(0, 10), "0 10 1 2 3 4 5 6 7 8 9", "0 1 10 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9 10"},
		{"twelve", "p[%d][name]", count(0, 11), "0 10 1 11 2 3 4 5 6 7 8 9", "0 1 10 11 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9 10 11"},
		{"twelve values", "p[%d]", count(0, 11), "0 10 1 11 2 3 4 5 6 7 8 9", "0 1 10 11 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9 10 11"},
		// 11001 10002 9003 … 1011 0012
		{"twelve reversed", "p[%d][name]", reversed, "0 10 1 11 2 3 4 5 6 7 8 9", "0 1 10 11 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9 10 11"},
		// 1001, the first digit of whose child is none, and 10002
		{"gaps in tens", "p[%d][name]", []int{1, 10, 100}, "100 10 1", "1 10 100", ""},
		{"gaps in tens, another order", "p[%d][name]", []int{100, 10, 1}, "100 10 1", "1 10 100", ""},
		// 5001 50002 are 5001 50002, but 2003 stands before 20004
		{"gaps later", "p[%d][name]", []int{0, 7, 1, 3, 10}, "0 10 1 3 7", "0 1 10 3 7", "0 1 3 7 10"},
		// 1001name001 and 10010name001, but 1001 and 10010
		{"from one", "p[%d][name]", count(1, 10), "10 1 2 3 4 5 6 7 8 9", "1 10 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9 10"},
		// 100100001 and 10010001
		{"lists in lists from one", "p[%d][0]", count(1, 10), "10 1 2 3 4 5 6 7 8 9", "1 10 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9 10"},
		{"values from one", "p[%d]", count(1, 10), "1 10 2 3 4 5 6 7 8 9", "", "1 2 3 4 5 6 7 8 9 10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := []string{test.sample, test.text, test.number}
			for i, o := range orders {
				if want[i] == "" {
					want[i] = want[i-1]
				}
				if got := listOf(t, o, test.format, test.numbers...); got != want[i] {
					t.Errorf("%v: got %s, want %s", o, got, want[i])
				}
			}
		})
	}
}

func TestOrderOfFields(t *testing.T) {
	var unnumbered, mixed []string
	for i := range 12 {
		unnumbered = append(unnumbered, "p[]", strconv.Itoa(i))
		mixed = append(mixed, "p["+strconv.Itoa(i)+"]", strconv.Itoa(i))
	}
	mixed = append(mixed, "p[x]", "x")
	tests := []struct {
		name                 string
		pairs                []string
		sample, text, number string // the last two: "" is as the one before
	}{
		// What PHP numbers 0 to 11.
		{"empty brackets", unnumbered, "0 10 1 11 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9 10 11", ""},
		{"empty brackets with fields", []string{"p[][b]", "1", "p[][a]", "2", "p[][b]", "3"}, "1 2 3", "", ""},
		// 3, 4, 10, 11
		{"empty brackets after numbers", []string{"p[3]", "3", "p[]", "4", "p[10]", "10", "p[]", "11"}, "10 11 3 4", "4 11 10 3", "3 4 10 11"},
		// 10 and 9, which PHP would have called 11 had it come after
		{"empty brackets before numbers", []string{"p[]", "0", "p[10]", "10", "p[9]", "9"}, "0 10 9", "", "0 9 10"},
		{"a number and empty brackets that mean it", []string{"p[1]", "a", "p[0]", "b", "p[]", "c", "p[2]", "d"}, "b a c d", "c b a d", "b a c d"},
		{"empty brackets after the highest number, not the last", []string{"p[11]", "11", "p[9]", "9", "p[]", "12"}, "11 12 9", "12 11 9", "9 11 12"},
		// To PHP 01 is a text, and the next number 0.
		{"empty brackets after leading zeros", []string{"p[01]", "01", "p[]", "0"}, "0 01", "", ""},
		{"leading zeros", []string{"p[1]", "1", "p[01]", "01", "p[2]", "2", "p[001]", "001"}, "001 01 1 2", "", ""},
		{"numbers beyond all integers", []string{"p[99999999999999999999]", "b", "p[100000000000000000000]", "c", "p[9223372036854775807]", "a", "p[]", "0"}, "0 c a b", "0 c a b", "0 a b c"},
		// One that is no number, and it is no list.
		{"numbers and names", mixed, "0 1 10 11 2 3 4 5 6 7 8 9 x", "", ""},
		{"signs and other digits are no numbers", []string{"p[-1]", "-1", "p[10]", "10", "p[1]", "1", "p[١]", "١"}, "-1 1 10 ١", "", ""},
		{"no list on the top level", []string{"1", "1", "10", "10", "2", "2", "0", "0"}, "0 1 10 2", "", ""},
		// PHP's a1001, a10002: not what the documentation says.
		{"names with digits at their end", []string{"a1", "1", "a10", "10", "a2", "2"}, "1 10 2", "", ""},
		{"names with digits at their end, below", []string{"p[a1]", "1", "p[a10]", "10", "p[a2]", "2"}, "1 10 2", "", ""},
		{"one name keeps the order", []string{"p[0][a]", "1", "p[0][a]", "3", "p[0][a]", "2"}, "1 3 2", "", ""},
		{"one number keeps the order", []string{"p[1]", "3", "p[10]", "9", "p[1]", "1", "p[1]", "2"}, "9 3 1 2", "3 1 2 9", ""},
		{"lists in lists stay together", []string{"p[1][0]", "a", "p[1][1]", "b", "p[10][0]", "c", "p[10][1]", "d"}, "c d a b", "a b c d", ""},
		{"lists below names", []string{
			"p[10][marks][10]", "f", "p[10][marks][1]", "e", "p[10][count]", "d",
			"p[1][marks][10]", "c", "p[1][marks][1]", "b", "p[1][count]", "a",
		}, "d f e a c b", "a b c d e f", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := []string{test.sample, test.text, test.number}
			for i, o := range orders {
				if want[i] == "" {
					want[i] = want[i-1]
				}
				if got := values(o.Sorted(form(t, test.pairs...))); got != want[i] {
					t.Errorf("%v: got %s, want %s", o, got, want[i])
				}
			}
		})
	}
}

// The order of positions in the message counts in OrderSample alone: 1 as the
// first and 10 as the twentieth are 1001 and 10020, otherwise 10001 and 1020.
func TestOrderOfMessage(t *testing.T) {
	others := count(30, 47)
	for _, test := range []struct {
		order       Order
		first, last string
	}{
		{OrderSample, "1 10", "10 1"},
		{OrderName, "1 10", "1 10"},
		{OrderNumber, "1 10", "1 10"},
	} {
		first := listOf(t, test.order, "p[%d][name]", slices.Concat([]int{1}, others, []int{10})...)
		last := listOf(t, test.order, "p[%d][name]", slices.Concat([]int{10}, others, []int{1})...)
		if !strings.HasPrefix(first, test.first+" 30") || !strings.HasPrefix(last, test.last+" 30") {
			t.Errorf("%v: got %s and %s", test.order, first, last)
		}
	}
}

// Positions of one number keep the order of the message, so many that an unstable
// sort would show, and whatever stands below them.
func TestOrderOfOneNumber(t *testing.T) {
	var list []Field
	for i := range 100 {
		list = append(list, leaf(strconv.Itoa(i%2*10), fmt.Sprintf("%d.%02d", i%2, i)))
	}
	list = append(list,
		Field{Name: "20", Children: []Field{leaf("b", "2.01")}},
		Field{Name: "20", Children: []Field{leaf("-", "2.02")}})
	for _, o := range orders {
		got := values(o.Sorted([]Field{{Name: "p", Children: list}}))
		if !slices.IsSorted(strings.Fields(got)) {
			t.Errorf("%v: got %s", o, got)
		}
	}
}

// A position stands where the sample puts the first of its fields: 1001- before
// 10010a, and that before 1001a.
func TestOrderByTheFirstField(t *testing.T) {
	for _, test := range []struct{ names, want string }{
		{"a", "10 1 2 3 4 5 6 7 8 9"},
		{"a -", "1 1 10 10 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9"},
		{"- a", "1 1 10 10 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9"},
	} {
		var pairs []string
		for _, n := range count(1, 10) {
			for _, name := range strings.Fields(test.names) {
				pairs = append(pairs, fmt.Sprintf("p[%d][%s]", n, name), strconv.Itoa(n))
			}
		}
		if got := values(OrderSample.Sorted(form(t, pairs...))); got != test.want {
			t.Errorf("%s: got %s, want %s", test.names, got, test.want)
		}
	}
}

// Where Sign and the sample part: two names of which one is the other with a
// zero and more, or with a character below the digits, after it. The
// documentation says by name.
func TestNotAsTheSample(t *testing.T) {
	for _, names := range [][2]string{{"a1", "a10"}, {"a", "a0"}, {"a", "a-b"}, {"p[a1]", "p[a10]"}, {"p[0][a1]", "p[0][a10]"}} {
		fields := form(t, names[0], "1", names[1], "2")
		if got, want := sampleBase("s", fields, "k"), "s;2;1;k"; got != want {
			t.Errorf("%s: the sample signs %s, want %s", names, got, want)
		}
		for _, o := range orders {
			if !o.Verify("s", fields, "k", sum("s;1;2;k")) {
				t.Errorf("%s: %v does not sort by name", names, o)
			}
		}
	}
	// a_b and a1 come after a in both.
	for _, names := range [][2]string{{"a", "a_b"}, {"a", "aB"}, {"a", "a1"}, {"a", "aю"}, {"pg_param", "pg_param1"}} {
		if got, want := sampleBase("s", form(t, names[1], "2", names[0], "1"), "k"), "s;1;2;k"; got != want {
			t.Errorf("%s: the sample signs %s, want %s", names, got, want)
		}
	}
}

// From the thousandth position on the ordinal has four digits: 999 is 9991000.
// (Two positions may then get one name, 1111 as the 123rd and 111 as the 1123rd,
// and the sample loses a value. Here none is lost.)
func TestSampleBeyondThousand(t *testing.T) {
	for _, n := range []int{999, 1000, 1001, 1234} {
		for _, from := range []int{0, 1} {
			var plain, nested []Field
			for i := range n {
				name := strconv.Itoa(i + from)
				plain = append(plain, leaf(name, name))
				nested = append(nested, Field{Name: name, Children: []Field{leaf("name", name)}})
			}
			if n < 1000 {
				slices.Reverse(nested)
			}
			fields := []Field{{Name: "p", Children: plain}, {Name: "q", Children: nested}}
			if !Verify("s", fields, "k", sum(sampleBase("s", fields, "k"))) {
				t.Errorf("%d positions from %d on: not as the sample", n, from)
			}
		}
	}
}

func TestDefaultOrder(t *testing.T) {
	fields := form(t, "p[0]", "0", "p[1]", "1", "p[10]", "10", "p[2]", "2")
	for _, o := range orders {
		sig := o.Sign("s", fields, "k")
		if !o.Verify("s", fields, "k", sig) {
			t.Errorf("%v does not verify", o)
		}
		if isDefault := o == OrderSample; isDefault != (sig == Sign("s", fields, "k")) || isDefault != Verify("s", fields, "k", sig) {
			t.Errorf("%v: is it the default?", o)
		}
	}
	if o := *new(Order); o != OrderSample {
		t.Errorf("the zero value is %v", o)
	}
}

func TestOrderString(t *testing.T) {
	for o, want := range map[Order]string{OrderSample: "sample", OrderName: "name", OrderNumber: "number", OrderNumber + 1: "invalid", 255: "invalid"} {
		if o.String() != want {
			t.Errorf("%d: got %s, want %s", uint8(o), o, want)
		}
	}
}

// An order that is none must not be taken for one.
func TestInvalidOrder(t *testing.T) {
	o, fields := OrderNumber+1, form(t, "a", "1")
	if sig := o.Sign("s", fields, "k"); sig != "" || o.Verify("s", fields, "k", sig) || o.Verify("s", fields, "k", Sign("s", fields, "k")) {
		t.Errorf("signs %q", sig)
	}
}

func TestSortedChangesNothing(t *testing.T) {
	fields := form(t, "z", "1", "pg_sig", "x", "p[10][b]", "3", "p[10][a]", "2", "p[1]", "4", "a", "5")
	before := values(fields)
	for _, o := range orders {
		sorted := o.Sorted(fields)
		if got, want := values(sorted), map[Order]string{OrderSample: "5 2 3 4 1", OrderName: "5 4 2 3 1", OrderNumber: "5 4 2 3 1"}[o]; got != want {
			t.Errorf("%v: got %s, want %s", o, got, want)
		}
		sorted[1].Children[0] = leaf("changed", "changed")
		if values(fields) != before {
			t.Fatalf("%v: fields were changed", o)
		}
	}
}
