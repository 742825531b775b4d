package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"
)

// Form is how a documented member of a message was written, or is to be, where
// that is not as documented.
type Form uint8

// The forms.
const (
	// FormDocumented: as the documentation says.
	FormDocumented Form = iota
	// FormNull: null; in XML an empty element that says so by xsi:nil.
	FormNull
	// FormEmpty: the empty string or an empty element.
	FormEmpty
	// FormAbsent: required by the documentation and not there.
	FormAbsent
	// FormString: a number, time or bool written as a string.
	FormString
	// FormNumber: a string, or a bool documented as true or false, written as a number.
	FormNumber
	// FormBool: a string, or a bool documented as 1 or 0, written as true or false.
	FormBool
	// FormEmptyList: [] where an object is documented; PHP prints empty objects so.
	FormEmptyList
)

var formTexts = [...]string{
	FormDocumented: "as documented",
	FormNull:       "null",
	FormEmpty:      "empty",
	FormAbsent:     "absent",
	FormString:     "string",
	FormNumber:     "number",
	FormBool:       "bool",
	FormEmptyList:  "empty list",
}

// String returns the form in words.
func (f Form) String() string {
	if int(f) < len(formTexts) {
		return formTexts[f]
	}
	return "unknown form"
}

// Format is the notation of a [Member]'s value.
type Format uint8

// The formats.
const (
	FormatJSON Format = iota // a JSON value
	FormatXML                // a whole element, with its tags
)

// String returns "JSON" or "XML".
func (f Format) String() string {
	switch f {
	case FormatJSON:
		return "JSON"
	case FormatXML:
		return "XML"
	}
	return "unknown format"
}

// Member is a member of a message that no page documents.
type Member struct {
	// Name is the member's or element's name.
	Name string
	// Value is its value in the notation of Format.
	Value Raw
	// Format is FormatJSON or FormatXML.
	Format Format
}

// Extra holds what a message said, or is to say, beyond its typed fields: forms
// other than the documented ones, members that no page documents, and an order
// other than the documented one. The zero value holds nothing.
//
// It prints as counts, since an undocumented member may be anyone's card number.
//
// A copy of an Extra shares its content, like a copy of a map; [Extra.Clone]
// makes one that does not. Extras must not be changed while others read them.
type Extra struct{ content hidden[extra] }

type extra struct {
	forms   []namedForm // sorted by name: the order of setting them means nothing
	unknown []Member
	order   []string // nil: as documented
}

type namedForm struct {
	name string
	form Form
}

func (c *extra) find(name string) (i int, found bool) {
	return slices.BinarySearchFunc(c.forms, name, func(f namedForm, name string) int {
		return strings.Compare(f.name, name)
	})
}

// change lets do change what e holds. An Extra that is left with nothing is the
// zero value, so that messages which say the same are deeply equal.
func (e *Extra) change(do func(*extra)) {
	if !e.content.isSet() {
		e.content = hide(extra{})
	}
	do(*e.content.p)
	if e.IsZero() {
		*e = Extra{}
	}
}

// IsZero reports whether e holds nothing. An order counts: without it the
// message would not be written as it was read.
func (e Extra) IsZero() bool {
	if !e.content.isSet() {
		return true // asked for every member of every message: worth no copy
	}
	c := e.content.get()
	return len(c.forms) == 0 && len(c.unknown) == 0 && len(c.order) == 0
}

// Clone returns an Extra that holds the same and shares nothing that can change.
func (e Extra) Clone() Extra {
	if e.IsZero() {
		return Extra{}
	}
	c := e.content.get()
	return Extra{hide(extra{slices.Clone(c.forms), slices.Clone(c.unknown), slices.Clone(c.order)})}
}

// Form returns the form of the documented member with the given name.
func (e Extra) Form(name string) Form {
	c := e.content.get()
	if i, found := c.find(name); found {
		return c.forms[i].form
	}
	return FormDocumented
}

// IsNull reports whether the documented member with the given name is null.
func (e Extra) IsNull(name string) bool { return e.Form(name) == FormNull }

// Missing returns the names, sorted, of the members that the documentation
// requires and the message does not hold.
func (e Extra) Missing() []string {
	var names []string
	for _, f := range e.content.get().forms {
		if f.form == FormAbsent {
			names = append(names, f.name)
		}
	}
	return names
}

// Unknown returns a copy of the list of members that no page documents, in the
// order of the message.
func (e Extra) Unknown() []Member { return slices.Clone(e.content.get().unknown) }

// Text returns the text of the member with the given name that no page documents,
// a parameter of the merchant's own above all: a string, the literal of a number or
// bool, or the text of an element. It is false where there is no such member, more
// than one, null, or a value that holds others.
func (e Extra) Text(name string) (string, bool) {
	var found *Member
	unknown := e.content.get().unknown
	for i := range unknown {
		switch {
		case unknown[i].Name != name:
		case found != nil:
			return "", false
		default:
			found = &unknown[i]
		}
	}
	if found == nil {
		return "", false
	}
	return Unknown{body: found.Value}.Lookup()
}

// Order returns the order of the message's members, or nil when that is the
// documented one: the names of documented members, and "" for each of the others,
// which have an order of their own, that of [Extra.Unknown].
//
// Of an element that no page documents, inside a documented list in XML, there is
// the list's name, a slash and the number of items before it: "cards/2".
func (e Extra) Order() []string { return slices.Clone(e.content.get().order) }

// SetOrder sets the order in which the message's members are sent, in the words
// of [Extra.Order]. It keeps names itself, not a copy. Members that names does
// not hold follow after those that it does. Without names the order is the
// documented one.
func (e *Extra) SetOrder(names []string) {
	e.change(func(c *extra) {
		c.order = names
		if len(names) == 0 {
			c.order = nil // an empty slice would not be deeply equal
		}
	})
}

// SetForm sets the form in which the documented member with the given name is
// sent, as far as its value allows: FormNull sends a field that is not set as
// null, FormString a number as a string. FormDocumented undoes it.
func (e *Extra) SetForm(name string, f Form) {
	e.change(func(c *extra) {
		i, found := c.find(name)
		switch {
		case f != FormDocumented && found:
			c.forms[i].form = f
		case f != FormDocumented:
			c.forms = slices.Insert(c.forms, i, namedForm{name, f})
		case found && len(c.forms) == 1:
			c.forms = nil // an empty slice would not be deeply equal
		case found:
			c.forms = slices.Delete(c.forms, i, i+1)
		}
	})
}

var errNotJSON = errors.New("wire: extra member: not a JSON value in UTF-8")

// SetJSON adds a member that no page documents, to be sent after the others, or
// replaces the one of that name. The value must be JSON; it is copied without
// the white space between its tokens. The name must not be a documented one.
func (e *Extra) SetJSON(name string, value []byte) error {
	var compact bytes.Buffer
	if !utf8.Valid(value) || json.Compact(&compact, value) != nil {
		return errNotJSON
	}
	m := Member{Name: name, Value: NewRaw(compact.Bytes()), Format: FormatJSON}
	e.change(func(c *extra) {
		named := func(m Member) bool { return m.Name == name }
		i := slices.IndexFunc(c.unknown, named)
		if i < 0 {
			c.unknown = append(c.unknown, m)
			return
		}
		c.unknown[i] = m
		// XML may have held several elements of that name.
		rest := slices.DeleteFunc(c.unknown[i+1:], named)
		c.unknown = c.unknown[:i+1+len(rest)]
	})
	return nil
}

// Add appends m, unchecked, to the members that no page documents.
func (e *Extra) Add(m Member) {
	e.change(func(c *extra) {
		if len(c.unknown) == cap(c.unknown) {
			// Doubling leaves less behind than append's own steps, which matters
			// when an answer is made of members nobody asked for.
			c.unknown = slices.Grow(c.unknown, max(4, len(c.unknown)))
		}
		c.unknown = append(c.unknown, m)
	})
}

// AddText appends a member with a text for a value to those that no page
// documents: a parameter of one's own in a form, a string in JSON, an element in
// XML. Like [Extra.Add] it replaces nothing; of several members with one name,
// JSON gets the first. The name must not be a documented one. What is no UTF-8
// becomes U+FFFD.
func (e *Extra) AddText(name, text string) {
	var value bytes.Buffer
	encoder := json.NewEncoder(&value)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string and a buffer: neither can fail
	e.Add(Member{Name: name, Value: NewRaw(bytes.TrimSuffix(value.Bytes(), []byte("\n")))})
}

func (e Extra) masked() string {
	c := e.content.get()
	order := ""
	if len(c.order) > 0 {
		order = ", own order"
	}
	return fmt.Sprintf("[%d forms, %d unknown%s]", len(c.forms), len(c.unknown), order)
}

// Format prints how many forms and unknown members e holds and whether it holds
// an order, for every verb.
func (e Extra) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.masked()) }

// LogValue returns what [Extra.Format] prints.
func (e Extra) LogValue() slog.Value { return slog.StringValue(e.masked()) }

// MarshalText returns what [Extra.Format] prints.
func (e Extra) MarshalText() ([]byte, error) { return []byte(e.masked()), nil }
