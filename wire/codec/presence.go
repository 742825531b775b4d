package codec

import "github.com/freedompay-go/freedompay/wire"

// presence says how a field is to be written. It is decided in one place for
// all formats; what a format has no word for, it leaves out.
type presence uint8

const (
	leftOut   presence = iota
	asNull             // null in JSON, an empty element that says so in XML, left out in forms
	asEmpty            // "" in JSON, an empty element, an empty value
	asNoItems          // [] in JSON, an empty element if there is one, left out in forms
	asValue
)

// presenceOf decides how to write the field that ref points to. A value that
// is set is written; one that is not is written as it was read, and if it was
// not read, by what the API documents.
func presenceOf(f *Field, ref any, extra *wire.Extra) presence {
	form := formOf(extra, f.Name)
	if m, ok := ref.(Message); ok {
		if form == wire.FormDocumented && f.Required || !isZero(m) {
			return asValue
		}
	} else if isSet(f, ref) {
		return asValue
	}
	switch form {
	case wire.FormNull:
		return asNull
	case wire.FormEmpty:
		return asEmpty
	case wire.FormEmptyList:
		return asNoItems
	case wire.FormAbsent:
		return leftOut
	case wire.FormString, wire.FormNumber, wire.FormBool:
		// A zero that was written in this form.
		switch ref.(type) {
		case *int64, *bool:
			return asValue
		}
	}
	if !f.Required {
		return leftOut
	}
	switch ref.(type) {
	case *string, *int64, *bool:
		return asValue
	case *[]string, List:
		return asNoItems
	}
	if f.Nullable {
		return asNull
	}
	return leftOut
}

// isSet reports whether the field that ref points to has a value other than
// the zero of its Go type. References to messages held by value are for isZero.
func isSet(f *Field, ref any) bool {
	switch ref := ref.(type) {
	case *string:
		return *ref != ""
	case *int64:
		return *ref != 0
	case **int64:
		return *ref != nil
	case *bool:
		return *ref
	case **bool:
		return *ref != nil
	case *wire.Decimal:
		return ref.IsSet()
	case *wire.Time:
		return ref.IsSet()
	case *wire.Secret:
		return ref.IsSet()
	case *[]string:
		return *ref != nil
	case List:
		return ref.Present()
	case Pointer:
		return ref.Get() != nil
	}
	panic(unsupported(f, ref))
}

// isZero reports whether nothing in a message is set.
func isZero(m Message) bool {
	fields := m.WireFields()
	if fields.Extra != nil && !fields.Extra.IsZero() {
		return false
	}
	for i, ref := range fields.Refs {
		if m, ok := ref.(Message); ok {
			if !isZero(m) {
				return false
			}
		} else if isSet(&fields.Type.Fields[i], ref) {
			return false
		}
	}
	return true
}

func formOf(extra *wire.Extra, name string) wire.Form {
	if extra == nil || extra.IsZero() {
		return wire.FormDocumented
	}
	return extra.Form(name)
}
