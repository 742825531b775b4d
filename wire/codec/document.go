package codec

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// format is the format that a document was parsed from.
type format uint8

const (
	formatJSON format = iota
	formatXML
	formatForm
)

func (f format) String() string {
	switch f {
	case formatJSON:
		return "JSON"
	case formatXML:
		return "XML"
	default:
		return "form"
	}
}

// A Document is a parsed body. It refers to the bytes that it was parsed from,
// which must not be modified while it is in use.
//
// It prints its length and nothing of its content.
type Document struct {
	// Behind two pointers: fmt would follow one, and an unexported field of
	// this type would then print the body.
	p **document
}

func newDocument(d *document, err error) (*Document, error) {
	if err != nil {
		return nil, err
	}
	return &Document{&d}, nil
}

// Format prints the length, whatever the verb.
func (d *Document) Format(s fmt.State, _ rune) {
	if d == nil || d.p == nil {
		_, _ = io.WriteString(s, "no document")
		return
	}
	_, _ = fmt.Fprintf(s, "document of %d bytes", len((*d.p).data))
}

// document is what was parsed.
type document struct {
	format format
	// data is what was parsed. It is somebody else's when it is borrowed.
	data     []byte
	borrowed bool
	// nodes are in document order: the children of node i start at i+1.
	nodes []node
}

// node is one value of a document: 32 bytes, however long the value is. Text
// is taken out of the data, and its escapes undone, when it is asked for.
type node struct {
	kind  kind
	flags flags
	// name and nameEnd span the member's or element's name, without quotes.
	name, nameEnd uint32
	// start and end span the whole value: with its quotes or brackets in JSON,
	// with its tags in XML. In a form, start is the number of the pair.
	start, end uint32
	// inner and innerEnd span the content: the text between quotes or tags.
	inner, innerEnd uint32
	// next is the node after this one and all it holds.
	next uint32
}

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindObject
	kindArray
	kindElement // an XML element: text or an object, as its flags and the reader's table say
	kindText    // a value of a form
)

type flags uint8

const (
	nameEscaped flags = 1 << iota // the name holds escapes (JSON)
	textEscaped                   // the text holds escapes (JSON), references, CDATA, comments or \r (XML)
	hasElements                   // an element with elements inside
	hasText                       // an element with text other than white space inside
	saysNil                       // an element with the attribute xsi:nil
)

// newNodes returns room for about as many nodes as an input of n bytes is
// likely to have: of a large one, long texts are the greater part.
func newNodes(n, tokens int) []node {
	return make([]node, 0, min(min(n/16, 4096)+n/64+4, tokens))
}

// appendNode grows by doubling, up to the number of tokens there may be:
// append's own steps of a quarter would allocate several times the final size.
func appendNode(nodes []node, n node, tokens int) []node {
	if len(nodes) == cap(nodes) {
		grown := make([]node, len(nodes), max(min(2*cap(nodes), tokens), len(nodes)+1))
		copy(grown, nodes)
		nodes = grown
	}
	return append(nodes, n)
}

// Root returns the name of the root element of an XML document, as written
// with its prefix, and "" for other documents.
func (d *Document) Root() string { return (*d.p).root() }

func (d *document) root() string {
	if d.format != formatXML {
		return ""
	}
	return string(d.name(0))
}

// IsObject reports whether the document can be read into a message: whether
// it is XML, a form, or JSON with an object at the top.
func (d *Document) IsObject() bool { return (*d.p).isObject() }

func (d *document) isObject() bool { return d.format != formatJSON || d.nodes[0].kind == kindObject }

// Lookup returns the text of a scalar: a string, or the literal of a number or
// bool. The path holds the names of members, or of elements below the root, of
// which the first of several with one name is taken; an item of a JSON array
// is named by its index. Anything else, null included, is not ok.
func (d *Document) Lookup(path ...string) (text string, ok bool) { return (*d.p).lookup(path...) }

func (d *document) lookup(path ...string) (text string, ok bool) {
	i, ok := d.at(path)
	if !ok || d.nodes[i].kind == kindNull || !d.isScalar(i) {
		return "", false
	}
	return string(d.text(i)), true
}

// at returns the node at a path.
func (d *document) at(path []string) (i uint32, ok bool) {
	for _, step := range path {
		if i, ok = d.child(i, step); !ok {
			return 0, false
		}
	}
	return i, true
}

// Has reports whether there is anything at a path, as in Lookup, but null.
func (d *Document) Has(path ...string) bool {
	i, ok := (*d.p).at(path)
	return ok && (*d.p).nodes[i].kind != kindNull
}

// Count returns how many members or elements at the top of the document have the
// given name.
func (d *Document) Count(name string) int { return (*d.p).named(name) }

func (d *document) named(name string) (n int) {
	if !d.isObject() {
		return 0
	}
	for c := uint32(1); c < d.nodes[0].next; c = d.nodes[c].next {
		if string(d.name(c)) == name {
			n++
		}
	}
	return n
}

// Knows reports whether at least one member at the top of the document is a
// field of t. A document that knows none is something else's.
func (d *Document) Knows(t *Type) bool { return (*d.p).knows(t) }

func (d *document) knows(t *Type) bool { return d.any(t, func(uint32) bool { return true }) }

// Tells reports whether at least one of the members that Knows looks for says
// something: it is neither null nor an empty text.
func (d *Document) Tells(t *Type) bool { return (*d.p).tells(t) }

func (d *document) tells(t *Type) bool { return d.any(t, func(i uint32) bool { return !d.isBlank(i) }) }

// any reports whether ok holds for a member at the top of the document that is a
// field of t.
func (d *document) any(t *Type, ok func(i uint32) bool) bool {
	if !d.isObject() {
		return false
	}
	for i := uint32(1); i < d.nodes[0].next; i = d.nodes[i].next {
		if findField(t, d.name(i), 0) >= 0 && ok(i) {
			return true
		}
	}
	return false
}

// isBlank reports whether a node is null or an empty text.
func (d *document) isBlank(i uint32) bool {
	return d.nodes[i].kind == kindNull || d.isScalar(i) && len(d.text(i)) == 0
}

// findField returns the index of the field with the given name, or -1. It
// looks at hint first and goes around from there: members mostly come in
// documented order.
func findField[T string | []byte](t *Type, name T, hint int) int {
	for i := hint; i < len(t.Fields); i++ {
		if t.Fields[i].Name == string(name) {
			return i
		}
	}
	for i := range t.Fields[:min(hint, len(t.Fields))] {
		if t.Fields[i].Name == string(name) {
			return i
		}
	}
	return -1
}

// child finds a child by name, or an item of an array by index.
func (d *document) child(i uint32, name string) (uint32, bool) {
	index := -1
	if d.nodes[i].kind == kindArray {
		var err error
		if index, err = strconv.Atoi(name); err != nil || index < 0 || strconv.Itoa(index) != name {
			return 0, false
		}
	}
	end := d.nodes[i].next
	for j := i + 1; j < end; j = d.nodes[j].next {
		if index == 0 || index < 0 && string(d.name(j)) == name {
			return j, true
		}
		index--
	}
	return 0, false
}

// name returns the name of a node. Only when it holds escapes is it a copy.
func (d *document) name(i uint32) []byte {
	n := &d.nodes[i]
	name := d.data[n.name:n.nameEnd]
	if n.flags&nameEscaped != 0 {
		return appendUnescapedJSON(make([]byte, 0, len(name)), name)
	}
	return name
}

// isScalar reports whether a node can be read as text, which null cannot, but
// it is a scalar all the same.
func (d *document) isScalar(i uint32) bool {
	switch n := &d.nodes[i]; n.kind {
	case kindObject, kindArray:
		return false
	case kindElement:
		return n.flags&hasElements == 0
	default:
		return true
	}
}

// text returns the text of a scalar: the content of a string, an element or a
// form's value, and the literal of a number, bool or null. Only when it holds
// escapes is it a copy.
func (d *document) text(i uint32) []byte {
	n := &d.nodes[i]
	inner := d.data[n.inner:n.innerEnd]
	switch {
	case n.flags&textEscaped == 0:
		return inner
	case d.format == formatJSON:
		return appendUnescapedJSON(make([]byte, 0, len(inner)), inner)
	default:
		return appendTextXML(make([]byte, 0, len(inner)), inner)
	}
}

// raw returns the bytes of a node as they were read.
func (d *document) raw(i uint32) []byte { return d.data[d.nodes[i].start:d.nodes[i].end] }

// trimXML cuts XML's white space off both ends.
func trimXML(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }
