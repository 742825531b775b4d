package pgsig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of [Fields]. The longest documented form has about thirty fields, and
// three brackets in one name.
const (
	// MaxPairs is the largest number of pairs.
	MaxPairs = 1000
	// MaxDepth is the largest number of brackets in one name.
	MaxDepth = 16
)

// The classes of errors of [Fields], for [errors.Is].
var (
	// ErrName says that a name is empty, that its brackets are malformed, or that
	// it holds a value in one pair and children in another.
	ErrName = errors.New("pgsig: malformed field name")
	// ErrLimit says that there are more than [MaxPairs] pairs or more than
	// [MaxDepth] brackets.
	ErrLimit = errors.New("pgsig: limit exceeded")
)

// Pair is a field of a form, with its name in bracket notation.
type Pair struct {
	// Name may have brackets, as in pg_receipt_positions[0][price].
	Name string
	// Value is what is sent under it, before any escaping.
	Value string
}

// Fields builds the tree of fields that the bracket notation of form names
// describes: a[b][0][c] is a leaf c in a parent 0 in a parent b in a parent a.
// Parents of one name are one parent; leaves of one name stay several, in the
// order of pairs. Empty brackets, as in a[], name nothing, and each of them is a
// field of its own.
//
// A list index is a name like any other and reserves nothing: a[30000000] costs
// what a[0] does. Errors name the index of the pair and quote nothing.
func Fields(pairs []Pair) ([]Field, error) {
	if len(pairs) > MaxPairs {
		return nil, fmt.Errorf("%w: more than %d pairs", ErrLimit, MaxPairs)
	}
	var fields []Field
	var path []string
	for i, p := range pairs {
		var err error
		path, err = splitName(path[:0], p.Name)
		if err == nil {
			err = insert(&fields, path, p.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("%w (pair %d)", err, i)
		}
	}
	return fields, nil
}

// splitName appends the segments of name to path: a[b][] is a, b and "".
func splitName(path []string, name string) ([]string, error) {
	base, rest := name, ""
	if i := strings.IndexAny(name, "[]"); i >= 0 {
		base, rest = name[:i], name[i:]
	}
	if base == "" {
		return path, fmt.Errorf("%w: empty", ErrName)
	}
	path = append(path, base)
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.IndexByte(rest[1:end], '[') >= 0 {
			return path, fmt.Errorf("%w: brackets", ErrName)
		}
		if len(path) > MaxDepth {
			return path, fmt.Errorf("%w: more than %d brackets", ErrLimit, MaxDepth)
		}
		path = append(path, rest[1:end])
		rest = rest[end+1:]
	}
	return path, nil
}

// insert adds a leaf at path, which is not empty, below fields.
func insert(fields *[]Field, path []string, value string) error {
	for ; ; path = path[1:] {
		name, leaf := path[0], len(path) == 1
		i := -1
		if name != "" { // what empty brackets name is always new
			i = slices.IndexFunc(*fields, func(f Field) bool { return f.Name == name })
		}
		// Fields of one name are all leaves or one parent, so the first decides.
		if i >= 0 && leaf != (len((*fields)[i].Children) == 0) {
			return fmt.Errorf("%w: both a value and a parent", ErrName)
		}
		if leaf {
			*fields = append(*fields, Field{Name: name, Value: value})
			return nil
		}
		if i < 0 {
			*fields = append(*fields, Field{Name: name})
			i = len(*fields) - 1
		}
		fields = &(*fields)[i].Children
	}
}
