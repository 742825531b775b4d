package pgsig

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	parent := func(name string, children ...Field) Field { return Field{Name: name, Children: children} }
	tests := []struct {
		name  string
		pairs []Pair
		want  []Field
	}{
		{"none", nil, nil},
		{"flat", []Pair{{"b", "1"}, {"a", ""}}, []Field{leaf("b", "1"), leaf("a", "")}},
		{"same name", []Pair{{"a", "1"}, {"a", "2"}}, []Field{leaf("a", "1"), leaf("a", "2")}},
		{"nested", []Pair{{"a[b][0][c]", "1"}}, []Field{parent("a", parent("b", parent("0", leaf("c", "1"))))}},
		{"apart", []Pair{{"a[x]", "1"}, {"b", "2"}, {"a[y]", "3"}}, []Field{parent("a", leaf("x", "1"), leaf("y", "3")), leaf("b", "2")}},
		{"list", []Pair{{"a[1][x]", "1"}, {"a[0][x]", "2"}, {"a[1][y]", "3"}},
			[]Field{parent("a", parent("1", leaf("x", "1"), leaf("y", "3")), parent("0", leaf("x", "2")))}},
		{"without numbers", []Pair{{"a[]", "1"}, {"a[]", "2"}}, []Field{parent("a", leaf("", "1"), leaf("", "2"))}},
		{"parents without numbers", []Pair{{"a[][x]", "1"}, {"a[][x]", "2"}},
			[]Field{parent("a", parent("", leaf("x", "1")), parent("", leaf("x", "2")))}},
		{"documented", []Pair{{"pg_receipt_positions[0][mark_list][]", "1"}, {"pg_receipt_positions[0][mark_list][]", "2"}},
			[]Field{parent("pg_receipt_positions", parent("0", parent("mark_list", leaf("", "1"), leaf("", "2"))))}},
		{"large index", []Pair{{"a[30000000]", "1"}}, []Field{parent("a", leaf("30000000", "1"))}},
		{"any text as name", []Pair{{"a.b c=[d&]", "1"}}, []Field{parent("a.b c=", leaf("d&", "1"))}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Fields(test.pairs)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v (%v), want %+v", got, err, test.want)
			}
		})
	}
}

func TestFieldsRefuses(t *testing.T) {
	for _, name := range []string{"", "[", "]", "[]", "[a]", "a[", "a]", "a[b", "a[b]c", "a[b]]", "a[[b]]", "a[[b]", "a[[]", "a[b[]", "a[b[c]", "a[b[c]]", "a[b][", "a[b]c[d]", "a]b[", "a[b]["} {
		_, err := Fields([]Pair{{"ok", ""}, {name, ""}})
		if !errors.Is(err, ErrName) || !strings.Contains(err.Error(), "pair 1") {
			t.Errorf("%q: got %v, want %v at pair 1", name, err, ErrName)
		}
	}
	for _, names := range [][2]string{{"a", "a[b]"}, {"a[b]", "a"}, {"a[b]", "a[b][c]"}, {"a[b][c]", "a[b]"}} {
		if _, err := Fields([]Pair{{names[0], ""}, {names[1], ""}}); !errors.Is(err, ErrName) {
			t.Errorf("%s: got %v, want %v", names, err, ErrName)
		}
	}
}

func TestFieldsLimits(t *testing.T) {
	name := func(brackets int) string { return "a" + strings.Repeat("[b]", brackets) }
	if _, err := Fields([]Pair{{name(MaxDepth), ""}}); err != nil {
		t.Errorf("%d brackets: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth + 1, 1_000_000} {
		if _, err := Fields([]Pair{{name(n), ""}}); !errors.Is(err, ErrLimit) {
			t.Errorf("%d brackets: got %v, want %v", n, err, ErrLimit)
		}
	}
	pairs := slices.Repeat([]Pair{{"a", ""}}, MaxPairs)
	if _, err := Fields(pairs); err != nil {
		t.Errorf("%d pairs: %v", MaxPairs, err)
	}
	if _, err := Fields(append(pairs, Pair{"a", ""})); !errors.Is(err, ErrLimit) {
		t.Errorf("%d pairs: got %v, want %v", MaxPairs+1, err, ErrLimit)
	}
}

func TestFieldsQuotesNothing(t *testing.T) {
	const marker = "4400444400004440"
	for _, pairs := range [][]Pair{
		{{marker + "[", marker}},
		{{marker, marker}, {marker + "[" + marker + "]", marker}},
		{{marker + strings.Repeat("["+marker+"]", MaxDepth+1), marker}},
	} {
		if _, err := Fields(pairs); err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("got %v", err)
		}
	}
}

// FuzzFields checks the tree against the names that it was built from.
func FuzzFields(f *testing.F) {
	for _, names := range []string{
		"a", "a\nb[c]\nb[d]", "a[b][0][c]", "a[]\na[]", "a[][x]\na[][y]", "a\na[b]",
		"a[", "a]", "a[[b]]", "a" + strings.Repeat("[b]", MaxDepth), "a" + strings.Repeat("[b]", MaxDepth+1), "pg_receipt_positions[10][name]",
	} {
		f.Add(names)
	}
	f.Fuzz(func(t *testing.T, names string) {
		var pairs []Pair
		for i, name := range strings.Split(names, "\n") {
			pairs = append(pairs, Pair{name, fmt.Sprint(i)})
		}
		fields, err := Fields(pairs)
		if err != nil {
			if !errors.Is(err, ErrName) && !errors.Is(err, ErrLimit) {
				t.Fatalf("%v is of no class", err)
			}
			return
		}
		// Every pair is one leaf, under its name.
		var leaves []Pair
		var walk func(prefix string, fields []Field, depth int)
		walk = func(prefix string, fields []Field, depth int) {
			if depth > MaxDepth && len(fields) > 0 {
				t.Fatalf("deeper than %d", MaxDepth)
			}
			for _, f := range fields {
				name := prefix + f.Name
				if depth > 0 {
					name = prefix + "[" + f.Name + "]"
				}
				if len(f.Children) == 0 {
					leaves = append(leaves, Pair{name, f.Value})
				}
				walk(name, f.Children, depth+1)
			}
		}
		walk("", fields, 0)
		key := func(p Pair) string { return p.Value + " " + p.Name }
		compare := func(a, b Pair) int { return strings.Compare(key(a), key(b)) }
		slices.SortFunc(leaves, compare)
		slices.SortFunc(pairs, compare)
		if !slices.Equal(leaves, pairs) {
			t.Fatalf("got %q, want %q", leaves, pairs)
		}
		sig := Sign("s", fields, "k")
		if !Verify("s", fields, "k", sig) || Verify("s", fields, "l", sig) {
			t.Fatal("signature")
		}
	})
}
