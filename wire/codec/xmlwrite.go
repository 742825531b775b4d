package codec

import (
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// AppendXML appends m as an XML document: the declaration, a line end, and one
// element named root, without indentation, in documented order, unknown
// elements last and as they were read, or in the order that its Extra holds. Of
// elements that are repeated without one around them, all stand where the first
// was.
//
// The null of a Nullable field is an empty element with the attribute xsi:nil,
// other nulls are left out. Unknown JSON members become elements:
// scalars with their text, objects and arrays with their JSON text; one whose
// name cannot be an element's is left out. Characters that XML does not allow,
// and what is no UTF-8, become U+FFFD.
func AppendXML(b []byte, root string, m Message) []byte {
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	return appendElement(b, root, m)
}

func appendElement(b []byte, name string, m Message) []byte {
	b = appendTag(b, name)
	empty := len(b)
	return closeTag(appendContent(b, m), empty, name)
}

// appendContent appends what is inside a message's element.
func appendContent(b []byte, m Message) []byte {
	var all members
	all.of(m)
	for i := range all.len() {
		if at, u := all.at(i); u != nil {
			b = appendUnknownXML(b, u)
		} else {
			b = appendXMLField(b, &all, at)
		}
	}
	return b
}

func appendXMLField(b []byte, all *members, i int) []byte {
	f, ref := &all.Type.Fields[i], all.Refs[i]
	switch presenceOf(f, ref, all.Extra) {
	case asNull:
		if f.Nullable {
			return appendNull(b, f.Name)
		}
	case asEmpty:
		return appendEmptyTag(b, f.Name)
	case asNoItems:
		if !isList(ref) || f.XMLItem != "" {
			return appendEmptyTag(b, f.Name)
		}
	case asValue:
		return appendXMLValue(b, all, f, ref)
	}
	return b
}

func appendXMLValue(b []byte, all *members, f *Field, ref any) []byte {
	switch ref := ref.(type) {
	case *[]string, List:
		return appendItems(b, all, f, ref)
	case Pointer:
		return appendElement(b, f.Name, ref.Get())
	case Message:
		return appendElement(b, f.Name, ref)
	}
	text, _ := scalarText(f, ref, formOf(all.Extra, f.Name))
	return appendTextElement(b, f.Name, text)
}

// appendItems appends a list: its items, inside an element if there is one
// documented around them, with what else was in there.
func appendItems(b []byte, all *members, f *Field, ref any) []byte {
	if f.XMLItem == "" {
		for i := range listLen(ref) {
			b = appendItem(b, f.Name, ref, i)
		}
		return b
	}
	b = appendTag(b, f.Name)
	empty := len(b)
	others := all.straysOf(f.Name)
	for i := range listLen(ref) {
		b = others.appendBefore(b, i)
		b = appendItem(b, f.XMLItem, ref, i)
	}
	return closeTag(others.appendRest(b), empty, f.Name)
}

func appendItem(b []byte, name string, ref any, i int) []byte {
	switch ref := ref.(type) {
	case *[]string:
		return appendTextElement(b, name, (*ref)[i])
	case List:
		return appendElement(b, name, ref.At(i))
	}
	return b
}

func appendUnknownXML(b []byte, m *wire.Member) []byte {
	if !isXMLName(m.Name) {
		return b // also the stray elements of lists, which stand there
	}
	if m.Format == wire.FormatXML {
		return append(b, m.Value.Reveal()...)
	}
	text, ok := jsonText(m.Value.Reveal())
	if !ok {
		return b
	}
	return appendTextElement(b, m.Name, text)
}

// jsonText returns the text of a JSON scalar, and the JSON text of an object
// or array. Null has none.
func jsonText(raw []byte) (string, bool) {
	d, err := parseJSON(raw, unlimited)
	switch {
	case err != nil || d.nodes[0].kind == kindNull:
		return "", false
	case d.isScalar(0):
		return string(d.text(0)), true
	}
	return string(d.raw(0)), true
}

// elementText returns all the text in an XML element, that of the elements
// inside included.
func elementText(raw []byte) string {
	d, err := parseXML(raw, unlimited)
	if err != nil {
		return ""
	}
	n := &d.nodes[0]
	return string(appendTextXML(nil, d.data[n.inner:n.innerEnd]))
}

func appendTag(b []byte, name string) []byte {
	return append(append(append(b, '<'), name...), '>')
}

func appendEmptyTag(b []byte, name string) []byte {
	return append(append(append(b, '<'), name...), '/', '>')
}

// appendNull appends an element that says that it is null. It declares the
// prefix itself, because the elements around it may be written by others.
func appendNull(b []byte, name string) []byte {
	b = append(append(b, '<'), name...)
	return append(b, ` xsi:nil="true" xmlns:xsi="`+xsiNamespace+`"/>`...)
}

// closeTag appends an end tag, or makes the start tag that ends at index empty
// an empty element's if nothing has been written since.
func closeTag(b []byte, empty int, name string) []byte {
	if len(b) == empty {
		return append(b[:empty-1], '/', '>')
	}
	return append(append(append(b, '<', '/'), name...), '>')
}

func appendTextElement(b []byte, name, text string) []byte {
	b = appendTag(b, name)
	empty := len(b)
	return closeTag(appendEscapedXML(b, text), empty, name)
}

func appendEscapedXML(b []byte, s string) []byte {
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		escaped := ""
		switch {
		case r == '&':
			escaped = "&amp;"
		case r == '<':
			escaped = "&lt;"
		case r == '>':
			escaped = "&gt;"
		case r == '\r':
			escaped = "&#13;" // or it would be read as a \n
		case !isXMLChar(r), r == utf8.RuneError && n == 1:
			escaped = "\uFFFD"
		}
		if escaped != "" {
			b = append(append(b, s[done:i]...), escaped...)
			done = i + n
		}
		i += n
	}
	return append(b, s[done:]...)
}
