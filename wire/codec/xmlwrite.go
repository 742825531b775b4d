package codec

import (
	"strings"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// AppendXML appends m as an XML document: the declaration, a line end, and one
// element named root, without indentation, in documented order, unknown
// elements last and as they were read.
//
// XML has no null, so nulls are left out. Unknown JSON members become elements:
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
	fields := m.WireFields()
	unknown := unknownOf(fields)
	for i := range fields.Type.Fields {
		f, ref := &fields.Type.Fields[i], fields.Refs[i]
		switch presenceOf(f, ref, fields.Extra) {
		case asEmpty:
			b = appendEmptyTag(b, f.Name)
		case asNoItems:
			if !isList(ref) || f.XMLItem != "" {
				b = appendEmptyTag(b, f.Name)
			}
		case asValue:
			b = appendXMLValue(b, f, ref, formOf(fields.Extra, f.Name), unknown)
		}
	}
	for _, u := range unknown {
		b = appendUnknownXML(b, u)
	}
	return b
}

func appendXMLValue(b []byte, f *Field, ref any, form wire.Form, unknown []wire.Member) []byte {
	switch ref := ref.(type) {
	case *[]string, List:
		return appendItems(b, f, ref, unknown)
	case Pointer:
		return appendElement(b, f.Name, ref.Get())
	case Message:
		return appendElement(b, f.Name, ref)
	}
	text, _ := scalarText(f, ref, form)
	return appendTextElement(b, f.Name, text)
}

// appendItems appends a list: its items, inside an element if there is one
// documented around them.
func appendItems(b []byte, f *Field, ref any, unknown []wire.Member) []byte {
	name := f.Name
	empty := 0
	if f.XMLItem != "" {
		b = appendTag(b, f.Name)
		empty = len(b)
		name = f.XMLItem
	}
	switch ref := ref.(type) {
	case *[]string:
		for _, s := range *ref {
			b = appendTextElement(b, name, s)
		}
	case List:
		for i := range ref.Len() {
			b = appendElement(b, name, ref.At(i))
		}
	}
	if f.XMLItem == "" {
		return b
	}
	// What was between the items and is none.
	for _, u := range unknown {
		if rest, ok := strings.CutPrefix(u.Name, f.Name+"/"); ok && u.Format == wire.FormatXML && isXMLName(rest) {
			b = append(b, u.Value.Reveal()...)
		}
	}
	return closeTag(b, empty, f.Name)
}

func appendUnknownXML(b []byte, m wire.Member) []byte {
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
