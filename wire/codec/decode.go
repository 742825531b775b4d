package codec

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/freedompay-go/freedompay/wire"
)

// UnmarshalJSON parses JSON within the default limits and decodes it into m,
// which must be fresh and keeps nothing of data.
func UnmarshalJSON(data []byte, m Message) error {
	d, err := parseJSON(data, Limits{})
	if err != nil {
		return err
	}
	d.borrowed = true
	return d.decode(m)
}

// UnmarshalXML parses XML within the default limits and decodes it into m,
// which must be fresh and keeps nothing of data. A root element whose name is
// not among roots is an error; without roots, any will do.
func UnmarshalXML(data []byte, m Message, roots ...string) error {
	d, err := parseXML(data, Limits{})
	if err != nil {
		return err
	}
	d.borrowed = true
	if len(roots) > 0 && !slices.Contains(roots, d.root()) {
		return &SyntaxError{Format: "XML", Offset: int(d.nodes[0].start), Path: "$", Problem: "unexpected root element"}
	}
	return d.decode(m)
}

// Decode reads the document into m, which must be fresh: nothing is reset.
//
// What does not fit the documentation and can still be read is recorded in
// the Extra of the message it belongs to, except for the items of lists of
// strings. In JSON that is null, an empty string for anything but a required
// string, a string for a number or bool and the other way round, [] for an
// object, a required member that is absent, and an unknown member. In XML and
// forms, where all scalars are text, it is the empty, the absent and the
// unknown, and in XML null, which is an element without content of which the
// attribute xsi:nil says so; unless its field is Nullable it is empty.
//
// Whole numbers may have leading zeros, which are not kept. A bool may be the
// number 1 or 0, and one that is documented as a number may be true or false; in
// XML and forms, numbers and bools may have white space around them, which is
// not kept either.
//
// Members may come in any order. If it is not the documented one, with unknown
// members last, it is recorded too, but only of messages of at most 256 members;
// a repeated element counts once, where it is met first.
//
// What m keeps of unknown members are the bytes that the document was parsed
// from: they must not be modified afterwards.
//
// Any other misfit is a [SyntaxError] with its path, and m is then partly
// filled.
func (d *Document) Decode(m Message) error { return (*d.p).decode(m) }

func (d *document) decode(m Message) error {
	if !d.isObject() {
		return under("$", d.expected(0, "an object"))
	}
	return under("$", d.object(0, m))
}

// object decodes the members of node i.
func (d *document) object(i uint32, m Message) error {
	if d.nodes[i].flags&hasText != 0 {
		return d.expected(i, "elements, found text")
	}
	fields := m.WireFields()
	t := fields.Type
	var met sightings
	var few [64]bool
	seen := few[:]
	if len(t.Fields) > len(few) {
		seen = make([]bool, len(t.Fields))
	}
	next := 0
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		at := findField(t, d.name(c), next)
		if at < 0 {
			met.unknown()
			d.addUnknown(fields.Extra, string(d.name(c)), c)
			continue
		}
		f, ref := &t.Fields[at], fields.Refs[at]
		again := seen[at]
		seen[at] = true
		next = at
		if !again {
			met.field(at)
		}
		var err error
		switch {
		case !again && d.isNull(c, f) && d.isOnly(c, i):
			setForm(fields.Extra, f.Name, wire.FormNull)
		case d.format == formatXML && f.XMLItem == "" && isList(ref):
			// Each element is an item.
			if err = d.item(c, ref); err != nil {
				err = under(index(max(listLen(ref)-1, 0)), err)
			}
		case again:
			err = d.fail(c, "duplicate element")
		default:
			next = at + 1
			err = d.field(c, f, ref, fields.Extra, &met)
		}
		if err != nil {
			return under("."+f.Name, err)
		}
	}
	for at := range t.Fields {
		if t.Fields[at].Required && !seen[at] {
			setForm(fields.Extra, t.Fields[at].Name, wire.FormAbsent)
		}
	}
	if met.differs {
		d.recordOrder(i, fields, seen)
	}
	return nil
}

// isNull reports whether an XML element stands for a null in a field.
func (d *document) isNull(i uint32, f *Field) bool {
	return f.Nullable && d.nodes[i].flags&saysNil != 0 && d.isScalar(i) && len(d.text(i)) == 0
}

// isOnly reports whether no other child of the parent has the name of child i.
// One of several is an item of a list that is there.
func (d *document) isOnly(i, parent uint32) bool {
	for c := parent + 1; c < d.nodes[parent].next; c = d.nodes[c].next {
		if c != i && string(d.name(c)) == string(d.name(i)) {
			return false
		}
	}
	return true
}

// field decodes node i into the field that ref points to.
func (d *document) field(i uint32, f *Field, ref any, extra *wire.Extra, met *sightings) error {
	var form wire.Form
	var err error
	switch ref := ref.(type) {
	case *string:
		*ref, form, err = d.textOf(i, f)
	case *int64:
		*ref, form, err = d.intOf(i)
		if form == wire.FormDocumented && *ref == 0 && !f.Required {
			form = wire.FormNumber // or it would be taken for unset
		}
	case **int64:
		var v int64
		if v, form, err = d.intOf(i); err == nil && isValue(form) {
			*ref = &v
		}
	case *bool:
		*ref, form, err = d.boolOf(i, f)
		if form == wire.FormDocumented && !*ref && !f.Required {
			form = documentedBool(f)
		}
	case **bool:
		var v bool
		if v, form, err = d.boolOf(i, f); err == nil && isValue(form) {
			*ref = &v
		}
	case *wire.Decimal:
		*ref, form, err = d.decimalOf(i)
	case *wire.Time:
		*ref, form, err = d.timeOf(i, f)
	case *wire.Secret:
		var s string
		if s, form, err = d.textOf(i, f); err == nil && isValue(form) {
			*ref = wire.NewSecret(s)
		}
	case *[]string, List:
		form, err = d.list(i, f, ref, extra, met)
	case Pointer:
		if form, err = d.formOfObject(i); err == nil && isValue(form) {
			err = d.object(i, ref.New())
		}
	case Message:
		if form, err = d.formOfObject(i); err == nil && isValue(form) {
			err = d.object(i, ref)
		}
	default:
		panic(unsupported(f, ref))
	}
	if err != nil {
		return err
	}
	if form != wire.FormDocumented {
		setForm(extra, f.Name, form)
	}
	return nil
}

// isValue tells the forms that stand for a value from those that stand for
// none.
func isValue(f wire.Form) bool {
	switch f {
	case wire.FormNull, wire.FormEmpty, wire.FormAbsent, wire.FormEmptyList:
		return false
	}
	return true
}

// textOf reads the text of a string or secret.
func (d *document) textOf(i uint32, f *Field) (string, wire.Form, error) {
	if !d.isScalar(i) {
		return "", 0, d.expected(i, "a string")
	}
	form := wire.FormDocumented
	switch d.nodes[i].kind {
	case kindNull:
		return "", wire.FormNull, nil
	case kindBool:
		form = wire.FormBool
	case kindNumber:
		if !f.Number {
			form = wire.FormNumber
		}
	case kindString:
		if f.Number {
			form = wire.FormString
		}
	}
	text := d.text(i)
	if len(text) == 0 {
		if f.Required {
			return "", wire.FormDocumented, nil
		}
		return "", wire.FormEmpty, nil
	}
	return string(text), form, nil
}

// word returns the literal of a number or bool. A form other than that of a
// string says that the field is empty.
func (d *document) word(i uint32, expected string) ([]byte, wire.Form, error) {
	if !d.isScalar(i) {
		return nil, 0, d.expected(i, expected)
	}
	form := wire.FormDocumented
	switch d.nodes[i].kind {
	case kindNull:
		return nil, wire.FormNull, nil
	case kindString:
		form = wire.FormString
	}
	text := d.text(i)
	if d.format != formatJSON {
		text = trimXML(text)
	}
	if len(text) == 0 {
		return nil, wire.FormEmpty, nil
	}
	return text, form, nil
}

func (d *document) intOf(i uint32) (int64, wire.Form, error) {
	const expected = "a whole number of at most 64 bits"
	word, form, err := d.word(i, expected)
	if err != nil || !isValue(form) {
		return 0, form, err
	}
	// Only ParseInt's leading plus is not a way to write a number here.
	v, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil || word[0] == '+' {
		return 0, 0, d.expected(i, expected)
	}
	return v, form, nil
}

func (d *document) boolOf(i uint32, f *Field) (bool, wire.Form, error) {
	expected := "true or false"
	if f.Number {
		expected = "1 or 0"
	}
	word, form, err := d.word(i, expected)
	if err != nil || !isValue(form) {
		return false, form, err
	}
	var v bool
	written := wire.FormBool
	switch string(word) {
	case "true":
		v = true
	case "false":
	case "1":
		v, written = true, wire.FormNumber
	case "0":
		written = wire.FormNumber
	default:
		return false, 0, d.expected(i, expected)
	}
	switch {
	case written == documentedBool(f):
		return v, form, nil
	case form == wire.FormDocumented:
		return v, written, nil
	}
	// In quotes and of another type as well: no form says both.
	return false, 0, d.expected(i, expected)
}

// documentedBool returns how a bool is documented to be written.
func documentedBool(f *Field) wire.Form {
	if f.Number {
		return wire.FormNumber
	}
	return wire.FormBool
}

func (d *document) decimalOf(i uint32) (wire.Decimal, wire.Form, error) {
	const expected = "a decimal number of at most 128 bytes, with an exponent within 64"
	word, form, err := d.word(i, expected)
	if err != nil || !isValue(form) {
		return wire.Decimal{}, form, err
	}
	v, err := wire.ParseDecimal(string(word))
	if err != nil {
		return wire.Decimal{}, 0, d.expected(i, expected)
	}
	return v, form, nil
}

func (d *document) timeOf(i uint32, f *Field) (wire.Time, wire.Form, error) {
	if !d.isScalar(i) || d.nodes[i].kind == kindBool {
		return wire.Time{}, 0, d.expected(i, "a time")
	}
	form := wire.FormDocumented
	switch d.nodes[i].kind {
	case kindNull:
		return wire.Time{}, wire.FormNull, nil
	case kindNumber:
		form = wire.FormNumber
	}
	text := d.text(i)
	if len(text) == 0 {
		return wire.Time{}, wire.FormEmpty, nil
	}
	if f.Zone != "" {
		return wire.TimeLiteralIn(string(text), f.Zone), form, nil
	}
	return wire.TimeLiteral(string(text)), form, nil
}

// formOfObject tells an object from what stands for none.
func (d *document) formOfObject(i uint32) (wire.Form, error) {
	switch n := &d.nodes[i]; {
	case n.kind == kindObject, n.kind == kindElement:
		return wire.FormDocumented, nil
	case n.kind == kindNull:
		return wire.FormNull, nil
	case n.kind == kindArray && n.next == i+1:
		return wire.FormEmptyList, nil
	case d.isEmptyText(i):
		return wire.FormEmpty, nil
	}
	return 0, d.expected(i, "an object")
}

// isEmptyText reports whether a node is an empty string or form value.
func (d *document) isEmptyText(i uint32) bool {
	n := &d.nodes[i]
	return (n.kind == kindString || n.kind == kindText) && n.inner == n.innerEnd
}

func isList(ref any) bool {
	switch ref.(type) {
	case *[]string, List:
		return true
	}
	return false
}

func listLen(ref any) int {
	switch ref := ref.(type) {
	case *[]string:
		return len(*ref)
	case List:
		return ref.Len()
	}
	return 0
}

// list decodes a whole list: an array, an element around items, or brackets
// with indices or without. What stands between the items of an element is kept
// in extra, and met learns of it.
func (d *document) list(i uint32, f *Field, ref any, extra *wire.Extra, met *sightings) (wire.Form, error) {
	n := &d.nodes[i]
	switch {
	case n.kind == kindNull:
		return wire.FormNull, nil
	case d.isEmptyText(i):
		return wire.FormEmpty, nil
	case n.flags&hasText != 0:
		return 0, d.expected(i, "elements, found text")
	case n.kind != kindArray && n.kind != kindElement && d.format != formatForm, n.kind == kindText:
		return 0, d.expected(i, "a list")
	}
	// Lists that grow step by step would leave several times their size behind.
	items := d.count(i)
	switch ref := ref.(type) {
	case *[]string:
		*ref = make([]string, 0, items)
	case List:
		ref.Make()
		ref.Grow(items)
	}
	if d.format == formatForm && n.kind != kindArray {
		return 0, d.indexed(i, ref)
	}
	at, strays := 0, false
	for c := i + 1; c < n.next; c = d.nodes[c].next {
		if d.format == formatXML && string(d.name(c)) != f.XMLItem {
			strays = true
			d.addUnknown(extra, strayName(f.Name, string(d.name(c))), c)
			continue
		}
		if strays {
			met.differs = true
		}
		if err := d.item(c, ref); err != nil {
			return 0, under(index(at), err)
		}
		at++
	}
	return 0, nil
}

// count returns the number of node i's children.
func (d *document) count(i uint32) int {
	n := 0
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		n++
	}
	return n
}

// indexed decodes the items of a form's list, which may come in any order but
// without gaps.
func (d *document) indexed(i uint32, ref any) error {
	var items [maxIndex]uint32 // 0 is the root, which is no item
	count, last := 0, -1
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		name := string(d.name(c))
		if isDigits(name) && len(name) > len("999") {
			return &LimitError{Limit: "list index", Max: maxIndex}
		}
		at, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(at) != name || at < 0 {
			return d.expected(c, "the index of an item in brackets")
		}
		items[at] = c
		count++
		last = max(last, at)
	}
	if count != last+1 {
		return d.expected(i, "items from 0 on without a gap")
	}
	for at, c := range items[:count] {
		if err := d.item(c, ref); err != nil {
			return under(index(at), err)
		}
	}
	return nil
}

// item decodes node i as one more item of a list.
func (d *document) item(i uint32, ref any) error {
	switch ref := ref.(type) {
	case *[]string:
		if !d.isScalar(i) || d.nodes[i].kind == kindNull {
			return d.expected(i, "a string")
		}
		*ref = append(*ref, string(d.text(i)))
	case List:
		form, err := d.formOfObject(i)
		if err != nil || form == wire.FormNull || form == wire.FormEmpty {
			return d.expected(i, "an object")
		}
		return d.object(i, ref.Append())
	}
	return nil
}

// addUnknown keeps node i, which has no field, by the given name. It is copied
// where the document may not keep the bytes it was parsed from.
func (d *document) addUnknown(extra *wire.Extra, name string, i uint32) {
	if extra == nil {
		return
	}
	m := wire.Member{Name: name, Format: wire.FormatJSON}
	if d.format == formatXML {
		m.Format = wire.FormatXML
	}
	switch d.format {
	case formatForm:
		m.Value = wire.NewRaw(d.appendFormAsJSON(nil, i))
	default:
		raw := d.raw(i)
		if d.borrowed {
			raw = slices.Clone(raw)
		}
		m.Value = wire.NewRaw(raw)
	}
	extra.Add(m)
}

// appendFormAsJSON appends a value of a form as a JSON string, what is in empty
// brackets as an array, and what is in other brackets, numbers included, as an
// object. So each can be written again as it was; see appendPairs.
func (d *document) appendFormAsJSON(b []byte, i uint32) []byte {
	kind := d.nodes[i].kind
	opening, closing := byte('{'), byte('}')
	switch kind {
	case kindText:
		return appendQuoted(b, string(d.text(i)))
	case kindArray:
		opening, closing = '[', ']'
	}
	b = append(b, opening)
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		if c > i+1 {
			b = append(b, ',')
		}
		if kind != kindArray {
			b = append(appendQuoted(b, string(d.name(c))), ':')
		}
		b = d.appendFormAsJSON(b, c)
	}
	return append(b, closing)
}

func setForm(extra *wire.Extra, name string, form wire.Form) {
	if extra != nil {
		extra.SetForm(name, form)
	}
}

func (d *document) expected(i uint32, what string) error { return d.fail(i, "expected "+what) }

func (d *document) fail(i uint32, problem string) error {
	return &SyntaxError{Format: d.format.String(), Offset: int(d.nodes[i].start), Problem: problem}
}

// unsupported is what the codec panics with when a table and its references
// do not match: a mistake in the generator, whatever the input.
func unsupported(f *Field, ref any) string {
	return fmt.Sprintf("codec: field %s has a reference of type %T", f.Name, ref)
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
