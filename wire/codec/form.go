package codec

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// Pair is one field of a form. Its name may hold brackets: cards[0][pan].
type Pair struct {
	// Name is what the field is called, as in pg_amount or cards[0][pan].
	Name string
	// Value is what is sent under it, before any escaping.
	Value string
}

// Pairs returns m as the pairs of a form: in documented order, unknown members
// last, or in the order that its Extra holds; nested names in brackets, the items
// of lists numbered from 0 unless they are documented to have empty brackets. The
// items of an unknown list of texts have empty brackets. What a form cannot say is
// left out: nulls, and lists and objects without content, an item without content
// included, after which the numbers have a gap.
func Pairs(m Message) []Pair { return appendPairs(nil, "", m) }

func appendPairs(pairs []Pair, prefix string, m Message) []Pair {
	var all members
	all.of(m)
	for i := range all.len() {
		at, u := all.at(i)
		if u != nil {
			pairs = appendUnknownPairs(pairs, inBrackets(prefix, u.Name), u)
			continue
		}
		f, ref := &all.Type.Fields[at], all.Refs[at]
		name := inBrackets(prefix, f.Name)
		switch presenceOf(f, ref, all.Extra) {
		case asEmpty:
			pairs = append(pairs, Pair{Name: name})
		case asValue:
			pairs = appendPairsOf(pairs, name, f, ref, formOf(all.Extra, f.Name))
		}
	}
	return pairs
}

func appendPairsOf(pairs []Pair, name string, f *Field, ref any, form wire.Form) []Pair {
	switch ref := ref.(type) {
	case *[]string:
		for i, s := range *ref {
			brackets := emptyBrackets
			if !f.Unnumbered {
				brackets = index(i)
			}
			pairs = append(pairs, Pair{name + brackets, s})
		}
		return pairs
	case List:
		for i := range ref.Len() {
			pairs = appendPairs(pairs, name+index(i), ref.At(i))
		}
		return pairs
	case Pointer:
		return appendPairs(pairs, name, ref.Get())
	case Message:
		return appendPairs(pairs, name, ref)
	}
	text, _ := scalarText(f, ref, form)
	return append(pairs, Pair{name, text})
}

// emptyBrackets stand for the number after the last: PHP counts for itself.
const emptyBrackets = "[]"

func inBrackets(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "[" + name + "]"
}

// appendUnknownPairs appends a member that has no field: a scalar as a pair,
// the content of an object or array in brackets.
func appendUnknownPairs(pairs []Pair, name string, m *wire.Member) []Pair {
	parse := parseJSON
	if m.Format == wire.FormatXML {
		parse = parseXML
	}
	d, err := parse(m.Value.Reveal(), unlimited)
	if err != nil {
		return pairs
	}
	return d.appendPairs(pairs, name, 0)
}

func (d *document) appendPairs(pairs []Pair, name string, i uint32) []Pair {
	n := &d.nodes[i]
	switch {
	case n.kind == kindNull:
		return pairs
	case d.isScalar(i):
		return append(pairs, Pair{name, string(d.text(i))})
	}
	unnumbered := n.kind == kindArray && d.hasTexts(i)
	at := 0
	for c := i + 1; c < n.next; c = d.nodes[c].next {
		step := index(at)
		switch {
		case unnumbered:
			step = emptyBrackets
		case n.kind != kindArray:
			step = "[" + string(d.name(c)) + "]"
		}
		pairs = d.appendPairs(pairs, name+step, c)
		at++
	}
	return pairs
}

// hasTexts reports whether all items of an array are scalars. Others need
// numbers, for a[][x]=1&a[][y]=2 is two items.
func (d *document) hasTexts(i uint32) bool {
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		if !d.isScalar(c) {
			return false
		}
	}
	return true
}

// BindPairs decodes the pairs of a form into m, which must be fresh, as
// [Document.Decode] does. The pairs may come in any order, the items of a list
// too, but a name may occur once only and a list must have all its items from
// 0 on. Whatever index a name asks for, no memory is set aside for it.
//
// The items of any list may have empty brackets instead, all of them: they are
// then in the order of the pairs, and a name may be repeated. In PHP each of them
// is an item of its own, so there cannot be brackets after them: a[][x] is refused.
// How the items of a documented list came is not kept.
//
// In errors, offsets are the numbers of the pairs.
func BindPairs(pairs []Pair, m Message, l Limits) error {
	d, err := parsePairs(pairs, l)
	if err != nil {
		return err
	}
	return d.decode(m)
}

// formTree is a form on its way to a document.
type formTree struct {
	name     string
	pair     int // the first pair that names it
	isValue  bool
	value    string
	children []*formTree
}

// parsePairs turns pairs into a document: the nodes as if the form had been
// written as nested objects, the data all names and values in a row.
func parsePairs(pairs []Pair, l Limits) (*document, error) {
	c := newPairCounter(l)
	size := 0
	root := &formTree{}
	nodes := 1
	for i, p := range pairs {
		if err := c.count(i, p); err != nil {
			return nil, err
		}
		size += len(p.Name) + len(p.Value)
		if err := root.add(i, p, min(c.limits.Depth, maxBrackets), &nodes); err != nil {
			return nil, err
		}
	}
	d := &document{format: formatForm, data: make([]byte, 0, size), nodes: make([]node, 0, nodes)}
	d.addTree(root)
	return d, nil
}

// add puts a pair in its place below the root. Its name may have so many
// brackets; nodes counts what is new.
func (t *formTree) add(i int, p Pair, brackets int, nodes *int) error {
	name, rest := p.Name, ""
	if open := strings.IndexByte(name, '['); open >= 0 {
		name, rest = name[:open], name[open:]
	}
	if name == "" || strings.IndexByte(name, ']') >= 0 {
		return failForm(i, "malformed name")
	}
	for depth := 0; ; depth++ {
		child, isNew, err := t.enter(i, name, rest == "")
		if err != nil {
			return err
		}
		if isNew {
			*nodes++
		}
		t = child
		if rest == "" {
			t.isValue, t.value = true, p.Value
			return nil
		}
		if depth == brackets {
			return &LimitError{Limit: "brackets", Max: brackets}
		}
		end := strings.IndexByte(rest, ']')
		if end < 0 || rest[0] != '[' || strings.IndexByte(rest[1:end], '[') >= 0 {
			return failForm(i, "malformed brackets in a name")
		}
		name, rest = rest[1:end], rest[end+1:]
	}
}

// enter returns the child with the given name, which is "" in empty brackets. It
// is new if there was none, and last if pair i ends there.
func (t *formTree) enter(i int, name string, last bool) (child *formTree, isNew bool, err error) {
	isItem := name == ""
	switch {
	case isItem && !last:
		return nil, false, failForm(i, "brackets after empty ones, which begin an item each: items with members need numbers")
	case len(t.children) > 0 && (t.children[0].name == "") != isItem:
		return nil, false, failForm(i, "empty brackets beside others in one list")
	}
	if !isItem {
		child = t.child(name)
	}
	if child == nil {
		child = &formTree{name: name, pair: i}
		t.children = append(t.children, child)
		return child, true, nil
	}
	if child.isValue || last {
		return nil, false, failForm(i, "name that has a value already, or a value beside its brackets")
	}
	return child, false, nil
}

// child goes through the children one by one: there are at most maxPairs.
func (t *formTree) child(name string) *formTree {
	for _, c := range t.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (d *document) addTree(t *formTree) {
	at := len(d.nodes)
	n := node{kind: kindObject, start: uint32(t.pair), name: uint32(len(d.data))}
	d.data = append(d.data, t.name...)
	n.nameEnd = uint32(len(d.data))
	switch {
	case t.isValue:
		n.kind, n.inner = kindText, n.nameEnd
		d.data = append(d.data, t.value...)
		n.innerEnd = uint32(len(d.data))
	case len(t.children) > 0 && t.children[0].name == "":
		n.kind = kindArray
	}
	d.nodes = append(d.nodes, n)
	for _, c := range t.children {
		d.addTree(c)
	}
	d.nodes[at].next = uint32(len(d.nodes))
}

// AppendURLEncoded appends pairs as application/x-www-form-urlencoded, in
// their order.
func AppendURLEncoded(b []byte, pairs []Pair) []byte {
	for i, p := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, url.QueryEscape(p.Name)...)
		b = append(b, '=')
		b = append(b, url.QueryEscape(p.Value)...)
	}
	return b
}

// ParseURLEncoded parses application/x-www-form-urlencoded. It keeps the order
// of the pairs and every one of several with the same name; a name without an
// equals sign has an empty value. Malformed escapes, text that is no UTF-8, and
// semicolons, about which readers disagree, are refused.
func ParseURLEncoded(s string, l Limits) ([]Pair, error) {
	c := newPairCounter(l)
	if len(s) > c.limits.Bytes {
		return nil, &LimitError{Limit: "bytes", Max: c.limits.Bytes}
	}
	var pairs []Pair
	for start := 0; start < len(s); {
		part := s[start:]
		if end := strings.IndexByte(part, '&'); end >= 0 {
			part = part[:end]
		}
		if part != "" {
			if i := strings.IndexByte(part, ';'); i >= 0 {
				return nil, failForm(start+i, "semicolon outside an escape")
			}
			name, value, _ := strings.Cut(part, "=")
			p := Pair{name, value}
			var err error
			if p.Name, err = url.QueryUnescape(name); err != nil {
				return nil, failForm(start, "malformed escape in a name")
			}
			if p.Value, err = url.QueryUnescape(value); err != nil {
				return nil, failForm(start+len(name)+1, "malformed escape in a value")
			}
			if err := c.count(start, p); err != nil {
				return nil, err
			}
			pairs = append(pairs, p)
		}
		start += len(part) + 1
	}
	return pairs, nil
}

// pairCounter holds the pairs of a form to its limits.
type pairCounter struct {
	limits       Limits
	pairs, bytes int
}

func newPairCounter(l Limits) pairCounter { return pairCounter{limits: l.withDefaults()} }

// count counts a pair and checks its text. In errors it gives the offset.
func (c *pairCounter) count(offset int, p Pair) error {
	most := min(c.limits.Tokens, maxPairs)
	if c.pairs == most {
		return &LimitError{Limit: "pairs", Max: most}
	}
	c.pairs++
	if c.bytes += len(p.Name) + len(p.Value); c.bytes > c.limits.Bytes {
		return &LimitError{Limit: "bytes", Max: c.limits.Bytes}
	}
	if !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value) {
		return failForm(offset, "invalid UTF-8")
	}
	return nil
}

func failForm(offset int, problem string) error {
	return &SyntaxError{Format: "form", Offset: offset, Problem: problem}
}
