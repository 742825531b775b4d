package diagnose

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// maxFields is the number of fields above which no usual cause is tried.
const maxFields = 10_000

// fits reports whether fields are few and small enough to try usual causes.
func fits(fields []pgsig.Field) bool {
	count, size := 0, 0
	var walk func(fields []pgsig.Field, depth, above int) bool
	walk = func(fields []pgsig.Field, depth, above int) bool {
		for _, f := range fields {
			count++
			name := above + len(f.Name) // of the whole name, which each leaf gets
			size += name + len(f.Value)
			if count > maxFields || size > MaxMessage || depth > maxDepth || !walk(f.Children, depth+1, name) {
				return false
			}
		}
		return true
	}
	return walk(fields, 0, 0)
}

// leaf is a value that is signed.
type leaf struct {
	path    []string // names from the top
	ordinal string   // the names as the PHP sample has them
	value   string
}

// layout is a way to make leaves of fields. The zero value is what pgsig.Sign
// does, but for the order, which is that of the message.
type layout struct {
	sort      func([]pgsig.Field) []pgsig.Field // a whole message; returns a copy
	keep      func(f pgsig.Field, depth int) bool
	value     func(string) string
	parent    []string // what each parent signs besides its children
	childless bool     // the children are not signed
}

// asUsual is how a layout sorts unless that is what differs.
var asUsual = pgsig.OrderSample.Sorted

func (l layout) leaves(fields []pgsig.Field) []leaf {
	fields = l.filter(fields, 0)
	if l.sort != nil {
		fields = l.sort(fields)
	}
	return l.append(nil, fields, leaf{})
}

// filter returns a copy of what is kept.
func (l layout) filter(fields []pgsig.Field, depth int) []pgsig.Field {
	kept := make([]pgsig.Field, 0, len(fields))
	for _, f := range fields {
		if depth == 0 && f.Name == pgsig.SignatureName || l.keep != nil && !l.keep(f, depth) {
			continue
		}
		if len(f.Children) > 0 {
			f.Children = l.filter(f.Children, depth+1)
			if len(f.Children) == 0 {
				continue // a parent signs nothing, and must not become a leaf
			}
		}
		kept = append(kept, f)
	}
	return kept
}

func (l layout) append(leaves []leaf, fields []pgsig.Field, above leaf) []leaf {
	depth := len(above.path)
	for i, f := range fields {
		name := f.Name
		if name == "" { // empty brackets: PHP numbers them
			name = strconv.Itoa(i)
		}
		lf := leaf{
			path:    append(above.path[:depth:depth], name),
			ordinal: above.ordinal + fmt.Sprintf("%s%03d", name, i+1),
			value:   f.Value,
		}
		if len(f.Children) == 0 {
			if l.value != nil {
				lf.value = l.value(lf.value)
			}
			leaves = append(leaves, lf)
			continue
		}
		for _, v := range l.parent {
			lf.value = v
			leaves = append(leaves, lf)
		}
		if !l.childless {
			leaves = l.append(leaves, f.Children, lf)
		}
	}
	return leaves
}

func topByName(fields []pgsig.Field) []pgsig.Field {
	fields = slices.Clone(fields)
	slices.SortStableFunc(fields, func(a, b pgsig.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

func byLowerName(fields []pgsig.Field) []pgsig.Field {
	var lower func(fields []pgsig.Field) []pgsig.Field
	lower = func(fields []pgsig.Field) []pgsig.Field {
		fields = slices.Clone(fields)
		for i, f := range fields {
			fields[i].Name, fields[i].Children = strings.ToLower(f.Name), lower(f.Children)
		}
		return fields
	}
	return asUsual(lower(fields))
}

// arrangements returns the values of fields, each after a semicolon, as they are
// usually signed. That of pgsig.Sign is the first, without words.
func arrangements(fields []pgsig.Field) (all []candidate) {
	seen := map[string]bool{}
	add := func(words string, leaves []leaf) {
		var b []byte
		for _, l := range leaves {
			b = append(b, ';')
			b = append(b, l.value...)
		}
		if !seen[string(b)] {
			seen[string(b)] = true
			all = append(all, candidate{words, b})
		}
	}
	sorted := layout{sort: asUsual}
	add("", sorted.leaves(fields))

	// Another text only where a list has positions beyond 9.
	add("list positions sorted as text (pgsig.OrderName)", layout{sort: pgsig.OrderName.Sorted}.leaves(fields))
	add("list positions sorted by number (pgsig.OrderNumber)", layout{sort: pgsig.OrderNumber.Sorted}.leaves(fields))
	add("the values in the order of the message, not sorted by name", layout{}.leaves(fields))
	add("children in the order of the message, not sorted by name", layout{sort: topByName}.leaves(fields))
	add("names sorted without regard to case", layout{sort: byLowerName}.leaves(fields))
	for _, order := range []struct {
		words string
		key   func(leaf) string
	}{
		{"the values sorted by value, not by name", func(l leaf) string { return l.value }},
		{"the values sorted by their whole names in brackets", func(l leaf) string {
			if len(l.path) == 1 {
				return l.path[0]
			}
			return l.path[0] + "[" + strings.Join(l.path[1:], "][") + "]"
		}},
		// makeFlatParamsArray, the sample that circulates, appends to each name the
		// ordinal of its field.
		{"the values sorted as the PHP sample does, with ordinals in all names", func(l leaf) string { return l.ordinal }},
	} {
		leaves := layout{}.leaves(fields)
		slices.SortStableFunc(leaves, func(a, b leaf) int { return strings.Compare(order.key(a), order.key(b)) })
		add(order.words, leaves)
	}

	for _, left := range []struct {
		words string
		keep  func(f pgsig.Field, depth int) bool
	}{
		{"pg_salt left out", func(f pgsig.Field, depth int) bool { return depth > 0 || f.Name != pgsig.SaltName }},
		{"empty values left out", func(f pgsig.Field, _ int) bool { return f.Value != "" || len(f.Children) > 0 }},
		{"fields whose names do not begin with pg_ left out", func(f pgsig.Field, depth int) bool { return depth > 0 || strings.HasPrefix(f.Name, "pg_") }},
		{"fields with children left out", func(f pgsig.Field, _ int) bool { return len(f.Children) == 0 }},
	} {
		add(left.words, layout{sort: asUsual, keep: left.keep}.leaves(fields))
	}
	add("only the last of the fields of one name", sorted.leaves(lastOfName(fields)))
	// Not called pg_sig here, or it would be left out.
	empty := pgsig.Field{Name: pgsig.SignatureName + "\x00"}
	add("an empty pg_sig among the fields", sorted.leaves(append(slices.Clone(fields), empty)))

	add("an empty value for each field with children, before theirs", layout{sort: asUsual, parent: []string{""}}.leaves(fields))
	add("an empty value for each field with children, in place of theirs", layout{sort: asUsual, parent: []string{""}, childless: true}.leaves(fields))
	add("the word Array for each field with children, in place of their values", layout{sort: asUsual, parent: []string{"Array"}, childless: true}.leaves(fields))

	for _, changed := range []struct {
		words string
		value func(string) string
	}{
		{"the values without the white space around them", strings.TrimSpace},
		{"the entities in the values decoded", html.UnescapeString},
		{"the entities in the values not decoded", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace},
		{"the entities in the values, quotation marks too, not decoded", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace},
		{"the entities in the values, quotation marks and apostrophes too, not decoded", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;").Replace},
		{"the URL encoding of the values undone", func(s string) string {
			if t, err := url.QueryUnescape(s); err == nil {
				return t
			}
			return s
		}},
		{"the values in URL encoding (a space is +)", url.QueryEscape},
		{"the values in URL encoding (a space is %20)", func(s string) string {
			return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
		}},
		{"LF for CRLF in the values", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }},
		{"CRLF for LF in the values", func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
		}},
	} {
		add(changed.words, layout{sort: asUsual, value: changed.value}.leaves(fields))
	}
	return all
}

// lastOfName leaves out the leaves after which another of their name comes, as
// PHP does when it reads a form.
func lastOfName(fields []pgsig.Field) []pgsig.Field {
	last := map[string]int{}
	for i, f := range fields {
		last[f.Name] = i
	}
	var kept []pgsig.Field
	for i, f := range fields {
		if len(f.Children) > 0 || f.Name == "" || last[f.Name] == i {
			f.Children = lastOfName(f.Children)
			kept = append(kept, f)
		}
	}
	return kept
}
