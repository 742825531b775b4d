package codec

import (
	"strconv"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// AppendJSON appends m as one JSON object: without white space, in documented
// order, unknown members last and as they were read, or in the order that its
// Extra holds. Decoded and encoded again, a message is the same JSON value, with
// its members in the same order. XML members become strings of their text; of
// several unknown ones with one name, which JSON does not allow, only the first
// is written.
//
// Only what RFC 8259 demands is escaped: quotes, backslashes and control
// characters. Everything else stands for itself, < and > and & included, for
// the bytes are what is signed. What is no UTF-8 in a Go string becomes U+FFFD.
func AppendJSON(b []byte, m Message) []byte {
	if b == nil {
		b = make([]byte, 0, 256) // most messages fit, which saves growing step by step
	}
	var all members
	all.of(m)
	var written map[string]bool
	if len(all.unknown) > 0 {
		written = make(map[string]bool, len(all.unknown))
	}
	b = append(b, '{')
	empty := len(b)
	for i := range all.len() {
		at, u := all.at(i)
		if u != nil {
			if !written[u.Name] {
				written[u.Name] = true
				b = appendUnknownJSON(b, empty, u)
			}
			continue
		}
		f, ref := &all.Type.Fields[at], all.Refs[at]
		p := presenceOf(f, ref, all.Extra)
		if p == leftOut {
			continue
		}
		b = appendName(b, empty, f.Name)
		switch p {
		case asNull:
			b = append(b, "null"...)
		case asEmpty:
			b = append(b, `""`...)
		case asNoItems:
			b = append(b, "[]"...)
		default:
			b = appendJSONValue(b, f, ref, formOf(all.Extra, f.Name))
		}
	}
	return append(b, '}')
}

func appendJSONValue(b []byte, f *Field, ref any, form wire.Form) []byte {
	switch ref := ref.(type) {
	case *[]string:
		b = append(b, '[')
		for i, s := range *ref {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuoted(b, s)
		}
		return append(b, ']')
	case List:
		b = append(b, '[')
		for i := range ref.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, ref.At(i))
		}
		return append(b, ']')
	case Pointer:
		return AppendJSON(b, ref.Get())
	case Message:
		return AppendJSON(b, ref)
	}
	text, documented := scalarText(f, ref, form)
	if bareJSON(text, documented, form) {
		return append(b, text...)
	}
	return appendQuoted(b, text)
}

// bareJSON decides whether a scalar is written without quotes: whether it is
// documented so or was read so, and is valid so.
func bareJSON(text string, documented kind, form wire.Form) bool {
	k := documented
	switch form {
	case wire.FormString:
		k = kindString
	case wire.FormNumber:
		k = kindNumber
	case wire.FormBool:
		k = kindBool
	}
	switch k {
	case kindNumber:
		return isJSONNumber(text)
	case kindBool:
		return text == "true" || text == "false"
	}
	return false
}

// scalarText returns a scalar's text, and what it is documented to be in JSON.
func scalarText(f *Field, ref any, form wire.Form) (string, kind) {
	switch ref := ref.(type) {
	case *string:
		return *ref, textKind(f)
	case *wire.Secret:
		return ref.Reveal(), textKind(f)
	case *int64:
		return strconv.FormatInt(*ref, 10), kindNumber
	case **int64:
		return strconv.FormatInt(**ref, 10), kindNumber
	case *bool:
		return boolText(*ref, f, form), boolKind(f)
	case **bool:
		return boolText(**ref, f, form), boolKind(f)
	case *wire.Decimal:
		return ref.String(), kindNumber
	case *wire.Time:
		return ref.String(), kindString
	}
	panic(unsupported(f, ref))
}

func textKind(f *Field) kind {
	if f.Number {
		return kindNumber
	}
	return kindString
}

func boolKind(f *Field) kind {
	if f.Number {
		return kindNumber
	}
	return kindBool
}

func boolText(v bool, f *Field, form wire.Form) string {
	isNumber := form == wire.FormNumber || f.Number && form != wire.FormBool
	switch {
	case isNumber && v:
		return "1"
	case isNumber:
		return "0"
	case v:
		return "true"
	}
	return "false"
}

func appendUnknownJSON(b []byte, empty int, m *wire.Member) []byte {
	b = appendName(b, empty, m.Name)
	if m.Format == wire.FormatXML {
		return appendQuoted(b, elementText(m.Value.Reveal()))
	}
	return append(b, m.Value.Reveal()...)
}

// appendName appends a member name, and a comma before it unless it is the
// first in its object, whose content starts at index empty.
func appendName(b []byte, empty int, name string) []byte {
	if len(b) > empty {
		b = append(b, ',')
	}
	return append(appendQuoted(b, name), ':')
}

func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[done:i]...), "\uFFFD"...)
				done = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		done = i
	}
	return append(append(b, s[done:]...), '"')
}
