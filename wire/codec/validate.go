package codec

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// Validate returns every documented limit that a message to be sent breaks, or
// nil. Required means set, which a string is when it is not empty and a list
// when it is not nil; whole numbers and bools that are no pointers always are, but
// for a 0 where the documented values are others. A decimal has no exponent, which
// no page shows.
// Members that are not set, and empty optional strings, break nothing else,
// unless they are Explicit: leaving one of those out is a violation of
// [wire.RuleExplicit], and asking its Extra for a null or an empty text is not. A
// receiver of requests drops these, see [wire.Violations.Without].
//
// Supplied members are not looked at.
func Validate(m Message) wire.Violations { return check(m, false) }

// Report returns how a message that was received departs from the
// documentation, or nil: what [Validate] finds, but for [wire.RuleExplicit], and
// the forms and unknown members that its Extra holds. A required string that is
// there and empty is there. The rules it adds are
//
//   - "required" for what is absent
//   - "nullable" for a null where none is documented
//   - "type" for what was written as another type, with the documented type as
//     the limit and the other as the value
//   - "unknown" for a member that is not documented. Its name is part of the
//     path if it looks like one, for it comes from outside; else there is a *.
//
// It is for reports to people: an API may add members at any time. It ends
// after [MaxReported] findings.
func Report(m Message) wire.Violations { return check(m, true) }

// MaxReported is the largest number of violations that [Report] returns.
const MaxReported = 100

func check(m Message, received bool) wire.Violations {
	c := checker{received: received, path: make([]byte, 0, 64)}
	c.path = append(c.path, '$')
	c.message(m)
	return c.found
}

type checker struct {
	received bool
	path     []byte
	found    wire.Violations
}

// in runs check with one more step on the path.
func (c *checker) in(step string, check func()) {
	n := len(c.path)
	c.path = append(c.path, step...)
	check()
	c.path = c.path[:n]
}

func (c *checker) add(rule, limit, value string) {
	if c.received && len(c.found) == MaxReported {
		return
	}
	c.found = append(c.found, wire.Violation{Path: string(c.path), Rule: rule, Limit: limit, Value: value})
}

func (c *checker) message(m Message) {
	fields := m.WireFields()
	for i := range fields.Type.Fields {
		f, ref := &fields.Type.Fields[i], fields.Refs[i]
		if f.Supplied {
			continue
		}
		c.in("."+f.Name, func() { c.field(f, ref, formOf(fields.Extra, f.Name)) })
	}
	if !c.received || fields.Extra == nil || fields.Extra.IsZero() {
		return
	}
	for _, u := range fields.Extra.Unknown() {
		if len(c.found) == MaxReported {
			return
		}
		c.in("."+shownName(u.Name), func() { c.add("unknown", "", "") })
	}
}

func (c *checker) field(f *Field, ref any, form wire.Form) {
	if c.received {
		c.form(f, ref, form)
	}
	if !c.present(f, ref, form) {
		c.missing(f, form)
		return
	}
	switch ref := ref.(type) {
	case *[]string:
		c.items(f, len(*ref))
		for i, s := range *ref {
			c.in(index(i), func() { c.text(f, ref, s) })
		}
	case List:
		c.items(f, ref.Len())
		for i := range ref.Len() {
			c.in(index(i), func() { c.message(ref.At(i)) })
		}
	case Pointer:
		c.message(ref.Get())
	case Message:
		c.message(ref)
	default:
		text, _ := scalarText(f, ref, wire.FormDocumented)
		c.text(f, ref, text)
	}
}

// missing reports that there is no value where there should be one.
func (c *checker) missing(f *Field, form wire.Form) {
	// In what was received, the form has said so already.
	unset := form == wire.FormDocumented || !c.received
	leftOut := form == wire.FormDocumented || form == wire.FormAbsent
	switch {
	case f.Required && unset && (!f.Nullable || form == wire.FormAbsent):
		c.add("required", "", "")
	case f.Explicit && !f.Required && leftOut && !c.received:
		c.add(wire.RuleExplicit, "", "")
	}
}

// present reports whether there is a value to hold to the limits.
func (c *checker) present(f *Field, ref any, form wire.Form) bool {
	switch ref := ref.(type) {
	case Message:
		return f.Required && form == wire.FormDocumented || !isZero(ref)
	case *int64, *bool:
		if n, isInt := ref.(*int64); isInt && *n == 0 && len(f.Enum) > 0 && !slices.Contains(f.Enum, "0") && !c.received {
			return false
		}
		// Zero is a value where nothing else says otherwise.
		return isSet(f, ref) || isValue(form) && (f.Required || form != wire.FormDocumented)
	case *string:
		return *ref != "" || c.received && f.Required && form == wire.FormDocumented
	case *wire.Secret:
		return ref.Reveal() != "" || c.received && ref.IsSet() && f.Required
	}
	return isSet(f, ref)
}

// form reports a form that is not as documented.
func (c *checker) form(f *Field, ref any, form wire.Form) {
	documented := documentedType(f, ref)
	switch form {
	case wire.FormAbsent:
		// Whatever was set since then is there.
		if m, ok := ref.(Message); ok && isZero(m) || !ok && !isSet(f, ref) {
			c.add("required", "", "")
		}
	case wire.FormNull:
		if !f.Nullable {
			c.add("nullable", "false", "null")
		}
	case wire.FormEmpty:
		if documented != "string" {
			c.add("type", documented, "empty")
		}
	case wire.FormEmptyList:
		if documented != "array" {
			c.add("type", documented, "array")
		}
	case wire.FormString:
		if documented != "string" {
			c.add("type", documented, "string")
		}
	case wire.FormNumber:
		if documented != "integer" && documented != "number" {
			c.add("type", documented, "number")
		}
	case wire.FormBool:
		if documented != "boolean" {
			c.add("type", documented, "boolean")
		}
	}
}

// documentedType returns OpenAPI's word for the type of a field.
func documentedType(f *Field, ref any) string {
	switch ref.(type) {
	case *string, *wire.Secret:
		if f.Number {
			return "number"
		}
		return "string"
	case *int64, **int64:
		return "integer"
	case *bool, **bool:
		if f.Number {
			return "integer"
		}
		return "boolean"
	case *wire.Decimal:
		return "number"
	case *wire.Time:
		return "string"
	case *[]string, List:
		return "array"
	}
	return "object"
}

func (c *checker) items(f *Field, n int) {
	if f.MinItems > 0 && n < f.MinItems {
		c.add("minItems", strconv.Itoa(f.MinItems), strconv.Itoa(n))
	}
	if f.MaxItems > 0 && n > f.MaxItems {
		c.add("maxItems", strconv.Itoa(f.MaxItems), strconv.Itoa(n))
	}
}

// text holds the text of a scalar, or of an item, to the limits of its field.
func (c *checker) text(f *Field, ref any, text string) {
	value := func() string {
		if isMasked(f, ref) {
			return mask
		}
		return shorten(wire.MaskDigits(text)) // a card number in the wrong field is still one
	}
	if f.Min != "" || f.Max != "" {
		c.bounds(f, text, value)
	}
	if f.MinLength > 0 || f.MaxLength > 0 {
		n := utf8.RuneCountInString(text)
		if n < f.MinLength {
			c.add("minLength", strconv.Itoa(f.MinLength), value())
		}
		if f.MaxLength > 0 && n > f.MaxLength {
			c.add("maxLength", strconv.Itoa(f.MaxLength), value())
		}
	}
	if len(f.Enum) > 0 && !f.Open && !slices.Contains(f.Enum, text) {
		c.add("enum", strings.Join(f.Enum, ", "), value())
	}
	if f.Pattern != nil && !f.Pattern.MatchString(text) {
		c.add("pattern", f.Pattern.String(), value())
	}
	if _, isDecimal := ref.(*wire.Decimal); isDecimal {
		c.decimal(f, text, value)
	}
	if f.Format != "" {
		if _, isTime := ref.(*wire.Time); !hasFormat(f.Format, text, isTime) {
			c.add("format", f.Format, value())
		}
	}
}

func (c *checker) bounds(f *Field, text string, value func() string) {
	d, err := wire.ParseDecimal(text)
	if err != nil {
		c.add("type", "number", value())
		return
	}
	if f.Min != "" && d.Cmp(wire.MustDecimal(f.Min)) < 0 {
		c.add("minimum", f.Min, value())
	}
	if f.Max != "" && d.Cmp(wire.MustDecimal(f.Max)) > 0 {
		c.add("maximum", f.Max, value())
	}
}

// decimal holds how a decimal is written to what is documented.
func (c *checker) decimal(f *Field, text string, value func() string) {
	if strings.ContainsAny(text, "eE") {
		if !c.received {
			c.add("format", "decimal", value())
		}
		return
	}
	if _, digits, _ := strings.Cut(text, "."); f.Decimals > 0 && len(digits) > f.Decimals {
		c.add(wire.RuleDecimals, strconv.Itoa(f.Decimals), value())
	}
}

// hasFormat reports whether a text has a well-known format; one that is not
// known here, it has.
func hasFormat(format, text string, isTime bool) bool {
	switch format {
	case "uuid":
		return isUUID(text)
	case "date-time":
		t := wire.TimeLiteral(text)
		// Times without a zone, dates alone and, in fields of type Time,
		// lifetimes in seconds are what the documentation itself prints.
		_, err := t.In(time.UTC)
		if err != nil && isTime {
			_, err = t.Seconds()
		}
		return err == nil
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
	case "ipv4":
		a, err := netip.ParseAddr(text)
		return err == nil && a.Is4()
	case "email":
		at := strings.LastIndexByte(text, '@')
		return at > 0 && at < len(text)-1 && !strings.ContainsAny(text, " \t\r\n<>,;")
	}
	return true
}

func isUUID(s string) bool {
	if len(s) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'):
			return false
		}
	}
	return true
}

// mask stands for what must not be seen.
const mask = "***"

// shorten cuts a text to 64 bytes, between characters.
func shorten(s string) string {
	const most, ellipsis = 64, "…"
	if len(s) <= most {
		return s
	}
	end := most - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// shownName returns the name of an unknown member if it looks like a name: one
// that someone has put a card number in does not.
func shownName(name string) string {
	digits := 0
	for _, r := range name {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_', r == '-', r == '.', r == ':', r == '/':
		default:
			return "*"
		}
	}
	if name == "" || len(name) > 64 || digits > 6 {
		return "*"
	}
	return name
}
