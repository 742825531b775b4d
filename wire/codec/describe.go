package codec

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// String describes a message for people: its type and what is set in it, in
// documented order.
//
//	InvoiceInfoAnswer{paymentStatus: success, amount: 5000}
//
// Sensitive fields print as ***, Supplied ones not at all, and of unknown members
// only their number.
func String(m Message) string { return string(appendMessage(nil, m)) }

func appendMessage(b []byte, m Message) []byte {
	fields := m.WireFields()
	b = append(append(b, fields.Type.Name...), '{')
	empty := len(b)
	separate := func() {
		if len(b) > empty {
			b = append(b, ", "...)
		}
	}
	for i := range fields.Type.Fields {
		f, ref := &fields.Type.Fields[i], fields.Refs[i]
		form := formOf(fields.Extra, f.Name)
		if !isDescribed(f, ref, form) {
			continue
		}
		separate()
		b = append(append(b, f.Name...), ": "...)
		b = appendDescription(b, f, ref, form)
	}
	if fields.Extra != nil {
		if n := len(fields.Extra.Unknown()); n > 0 {
			separate()
			b = append(append(b, "unknown members: "...), strconv.Itoa(n)...)
		}
	}
	return append(b, '}')
}

// isDescribed reports whether there is a value to print: something that is set,
// or the zero of a required number or bool.
func isDescribed(f *Field, ref any, form wire.Form) bool {
	if f.Supplied {
		return false
	}
	switch ref := ref.(type) {
	case Message:
		return !isZero(ref)
	case *int64, *bool:
		return presenceOf(f, ref, nil) == asValue || form != wire.FormDocumented && isValue(form)
	}
	return isSet(f, ref)
}

func appendDescription(b []byte, f *Field, ref any, form wire.Form) []byte {
	if isMasked(f, ref) {
		return append(b, mask...)
	}
	switch ref := ref.(type) {
	case *[]string:
		b = append(b, '[')
		for i, s := range *ref {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendPlain(b, s)
		}
		return append(b, ']')
	case List:
		b = append(b, '[')
		for i := range ref.Len() {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendMessage(b, ref.At(i))
		}
		return append(b, ']')
	case Pointer:
		return appendMessage(b, ref.Get())
	case Message:
		return appendMessage(b, ref)
	}
	text, _ := scalarText(f, ref, form)
	return appendPlain(b, text)
}

func isMasked(f *Field, ref any) bool {
	_, secret := ref.(*wire.Secret)
	return secret || f.Sensitive
}

// appendPlain appends a text as it stands, or in quotes if it could be taken
// for something else: a text from outside must not forge lines of a log.
func appendPlain(b []byte, s string) []byte {
	special := func(r rune) bool { return strings.ContainsRune(`"{}[],`, r) || !unicode.IsPrint(r) }
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || !utf8.ValidString(s) || strings.ContainsFunc(s, special) {
		return strconv.AppendQuote(b, s)
	}
	return append(b, s...)
}

// LogValue describes a message for log/slog: a group of what is set in it, in
// documented order. Messages inside are groups, lists are texts. Sensitive
// fields are ***, Supplied ones are left out, and of unknown members there is only
// the number.
func LogValue(m Message) slog.Value {
	fields := m.WireFields()
	attrs := make([]slog.Attr, 0, len(fields.Refs))
	for i := range fields.Type.Fields {
		f, ref := &fields.Type.Fields[i], fields.Refs[i]
		form := formOf(fields.Extra, f.Name)
		if !isDescribed(f, ref, form) {
			continue
		}
		attrs = append(attrs, slog.Attr{Key: f.Name, Value: logValueOf(f, ref, form)})
	}
	if fields.Extra != nil {
		if n := len(fields.Extra.Unknown()); n > 0 {
			attrs = append(attrs, slog.Int("unknown members", n))
		}
	}
	return slog.GroupValue(attrs...)
}

func logValueOf(f *Field, ref any, form wire.Form) slog.Value {
	if isMasked(f, ref) {
		return slog.StringValue(mask)
	}
	switch ref := ref.(type) {
	case *int64:
		return slog.Int64Value(*ref)
	case **int64:
		return slog.Int64Value(**ref)
	case *bool:
		return slog.BoolValue(*ref)
	case **bool:
		return slog.BoolValue(**ref)
	case Pointer:
		return LogValue(ref.Get())
	case Message:
		return LogValue(ref)
	case *[]string, List:
		return slog.StringValue(string(appendDescription(nil, f, ref, form)))
	}
	text, _ := scalarText(f, ref, form)
	return slog.StringValue(text)
}
