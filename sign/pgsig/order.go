package pgsig

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Order is how the positions of a list in a form are sorted. A list is what
// stands under one name in brackets that hold digits or nothing:
// pg_receipt_positions[0][name], pg_receipt_positions[1][name], mark_list[].
// What is no list is sorted by name, byte by byte, in every order, and so is the
// top level of a message. The documentation says nothing of lists.
//
// Positions that are written as 0 to 9 stand in the same place in every order.
type Order uint8

// The orders.
const (
	// OrderSample is the order of the vendor's PHP sample, the zero value. The
	// sample appends to each name which of its siblings it is, in at least three
	// digits, and sorts as text: 0 to 11 become 0001, 1002, …, 10011 and 11012, and
	// stand as 0, 10, 1, 11, 2 and so on. Which it is counts in the message's order,
	// so the order of positions in the message matters here, and only here. Empty
	// brackets hold the number that PHP gives them.
	//
	// The names of a position's own fields follow its own, and letters sort after
	// digits. So 1 to 10 stand as 10, 1, 2 and so on if they have fields (10010name
	// before 1001name), and as 1, 10, 2 if they are values (1001 before 10010). The
	// fields of a position stay together, at the place of the first of them.
	OrderSample Order = iota
	// OrderName sorts positions as text, 0, 1, 10, 11, 2, like other names. Empty
	// brackets keep the order of the message.
	OrderName
	// OrderNumber sorts positions by number. Empty brackets hold the number that
	// PHP gives them: by themselves they keep the order of the message.
	OrderNumber
)

// Sign is the package's [Sign] with the positions of lists in order o. An order
// that is none yields "".
func (o Order) Sign(script string, fields []Field, secret string) string {
	if o > OrderNumber {
		return ""
	}
	return sign(script, o.Sorted(fields), secret)
}

// Verify is the package's [Verify] with the positions of lists in order o.
func (o Order) Verify(script string, fields []Field, secret, sig string) bool {
	return verify(o.Sign(script, fields, secret), sig)
}

// Sorted returns a copy of fields, a whole message, in the order in which their
// values are signed, without pg_sig.
func (o Order) Sorted(fields []Field) []Field {
	fields = slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return f.Name == SignatureName })
	byName(fields)
	for i := range fields {
		fields[i].Children = slices.Clone(fields[i].Children)
		o.arrange(fields[i].Children, false)
	}
	return fields
}

// String returns "sample", "name" or "number", or "invalid".
func (o Order) String() string {
	switch o {
	case OrderSample:
		return "sample"
	case OrderName:
		return "name"
	case OrderNumber:
		return "number"
	default:
		return "invalid"
	}
}

// arrange sorts the children of one parent, which are the caller's own copy, and
// all below them. In a list in [OrderSample] it returns the first of the names
// under which the sample sorts them, from their own keys on.
func (o Order) arrange(fields []Field, inList bool) (first string) {
	list := o != OrderName && isList(fields)
	inList = o == OrderSample && (list || inList)
	var all []position
	if list || inList {
		all = positions(fields)
	}
	for i := range fields {
		children := slices.Clone(fields[i].Children)
		below := o.arrange(children, inList)
		fields[i].Children = children
		if inList {
			all[i].flat += below
			if i == 0 || all[i].flat < first {
				first = all[i].flat
			}
		}
	}
	if !list {
		byName(fields)
		return first
	}
	for i := range all {
		all[i].Field = fields[i]
		all[i].flat = all[all[i].same].flat
	}
	slices.SortStableFunc(all, func(a, b position) int {
		if o == OrderSample {
			return strings.Compare(a.flat, b.flat)
		}
		return compareNumbers(a.name, b.name)
	})
	for i, p := range all {
		fields[i] = p.Field
	}
	return first
}

func byName(fields []Field) {
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
}

func isList(fields []Field) bool {
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f Field) bool { return strings.Trim(f.Name, "0123456789") != "" })
}

// compareNumbers compares digits of any length. Those that mean one number are
// compared as text, so that only equal ones keep the order of the message.
func compareNumbers(a, b string) int {
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y), strings.Compare(a, b))
}

// position is a field as a PHP array holds it.
type position struct {
	Field
	name string // with what PHP puts between empty brackets
	same int    // the index of the first field of this name
	flat string // what the sample makes of the name; arrange adds what is below
}

// positions returns what PHP makes of fields, which are in the order of the
// message, without the fields. Those of one name are one position in PHP: what
// the second is called does not count.
func positions(fields []Field) []position {
	all := make([]position, len(fields))
	seen := make(map[string]int, len(fields))
	next := 0 // empty brackets: one more than the highest number yet
	for i, f := range fields {
		name := f.Name
		if name == "" {
			name = strconv.Itoa(next)
		}
		if n, err := strconv.Atoi(name); err == nil && n >= next && n < math.MaxInt && strconv.Itoa(n) == name {
			next = n + 1
		}
		if _, again := seen[name]; !again {
			seen[name] = i
		}
		all[i] = position{name: name, same: seen[name], flat: fmt.Sprintf("%s%03d", name, len(seen))}
	}
	return all
}
