package codec

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON parses one JSON text by RFC 8259 to the letter: UTF-8 only, no
// repeated member names, no half of a surrogate pair, nothing after the value.
// A UTF-8 byte order mark at the start is skipped.
func ParseJSON(data []byte, l Limits) (*Document, error) {
	d, err := parseJSON(data, l)
	return newDocument(d, err)
}

func parseJSON(data []byte, l Limits) (*document, error) {
	base, err := newScanner(formatJSON, data, l)
	if err != nil {
		return nil, err
	}
	s := jsonScanner{scanner: base}
	if err := s.document(); err != nil {
		return nil, err
	}
	return s.parsed(), nil
}

type jsonScanner struct {
	scanner
	// name is the name of the member whose value comes next.
	name, nameEnd uint32
	nameFlags     flags
}

func (s *jsonScanner) document() error {
	if i := invalidUTF8(s.data); i >= 0 {
		return s.fail(i, "invalid UTF-8")
	}
	for {
		// At a value. An object or array that is not empty is entered, which
		// leads to the next value.
		entered, err := s.value()
		if err != nil {
			return err
		}
		if entered {
			continue
		}
		// After a value. Close what ends here, until another value follows.
		more, err := s.afterValue()
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
}

// value scans a scalar, an empty object, or an empty array; of others it scans
// the start up to the first value in it and reports entered.
func (s *jsonScanner) value() (entered bool, err error) {
	s.space()
	if err := s.token(); err != nil {
		return false, err
	}
	start := s.pos
	n := node{
		name: s.name, nameEnd: s.nameEnd, flags: s.nameFlags,
		start: uint32(start), next: uint32(len(s.nodes) + 1),
	}
	s.name, s.nameEnd, s.nameFlags = 0, 0, 0
	if s.pos == len(s.data) {
		return false, s.fail(s.pos, "expected a value, found the end")
	}
	switch c := s.data[s.pos]; {
	case c == '{' || c == '[':
		return s.enter(n, c)
	case c == '"':
		escaped, err := s.str()
		if err != nil {
			return false, err
		}
		n.kind = kindString
		if escaped {
			n.flags |= textEscaped
		}
		n.inner, n.innerEnd = uint32(start+1), uint32(s.pos-1)
	case c == '-' || isDigit(c):
		if err := s.number(); err != nil {
			return false, err
		}
		n.kind = kindNumber
		n.inner, n.innerEnd = uint32(start), uint32(s.pos)
	default:
		switch {
		case s.literal("true"), s.literal("false"):
			n.kind = kindBool
		case s.literal("null"):
			n.kind = kindNull
		default:
			return false, s.fail(s.pos, "expected a value")
		}
		n.inner, n.innerEnd = uint32(start), uint32(s.pos)
	}
	n.end = uint32(s.pos)
	s.nodes = appendNode(s.nodes, n, s.limits.Tokens)
	return false, nil
}

func (s *jsonScanner) enter(n node, bracket byte) (entered bool, err error) {
	if len(s.open) == s.limits.Depth {
		return false, &LimitError{Limit: "depth", Max: s.limits.Depth}
	}
	s.pos++
	s.space()
	n.kind = kindArray
	closing := byte(']')
	if bracket == '{' {
		n.kind = kindObject
		closing = '}'
	}
	empty := s.take(closing)
	if empty {
		n.end = uint32(s.pos)
	} else {
		s.open = append(s.open, uint32(len(s.nodes)))
	}
	s.nodes = appendNode(s.nodes, n, s.limits.Tokens)
	if !empty && bracket == '{' {
		return true, s.memberName()
	}
	return !empty, nil
}

func (s *jsonScanner) afterValue() (more bool, err error) {
	for {
		s.space()
		if len(s.open) == 0 {
			if s.pos < len(s.data) {
				return false, s.fail(s.pos, "expected the end")
			}
			return false, nil
		}
		top := s.open[len(s.open)-1]
		n := &s.nodes[top]
		isObject := n.kind == kindObject
		if s.take(',') {
			if isObject {
				s.space()
				return true, s.memberName()
			}
			return true, nil
		}
		if isObject && !s.take('}') {
			return false, s.fail(s.pos, "expected a comma or a closing brace")
		}
		if !isObject && !s.take(']') {
			return false, s.fail(s.pos, "expected a comma or a closing bracket")
		}
		n.end = uint32(s.pos)
		n.next = uint32(len(s.nodes))
		s.open = s.open[:len(s.open)-1]
		if isObject {
			if err := s.checkNames(top); err != nil {
				return false, err
			}
		}
	}
}

// memberName scans a name and the colon after it.
func (s *jsonScanner) memberName() error {
	if err := s.token(); err != nil {
		return err
	}
	if s.pos == len(s.data) || s.data[s.pos] != '"' {
		return s.fail(s.pos, "expected a member name")
	}
	start := s.pos
	escaped, err := s.str()
	if err != nil {
		return err
	}
	s.name, s.nameEnd = uint32(start+1), uint32(s.pos-1)
	if escaped {
		s.nameFlags = nameEscaped
	}
	s.space()
	if !s.take(':') {
		return s.fail(s.pos, "expected a colon")
	}
	return nil
}

// str scans a string with its quotes and reports whether it holds escapes.
func (s *jsonScanner) str() (escaped bool, err error) {
	start := s.pos
	for i := start + 1; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return escaped, nil
		case c < ' ':
			return false, s.fail(i, "control character in a string")
		case c == '\\':
			escaped = true
			n, ok := escapeLength(s.data[i:])
			if !ok {
				return false, s.fail(i, "invalid escape in a string")
			}
			i += n - 1
		}
	}
	return false, s.fail(start, "string without an end")
}

// escapeLength returns the length of the escape that b starts with. A pair of
// surrogates is one escape, and half of one is none.
func escapeLength(b []byte) (int, bool) {
	if len(b) < 2 {
		return 0, false
	}
	if b[1] != 'u' {
		return 2, strings.IndexByte(`"\/bfnrt`, b[1]) >= 0
	}
	r, ok := hexRune(b)
	if !ok || !utf16.IsSurrogate(r) {
		return 6, ok
	}
	low, ok := hexRune(b[6:])
	return 12, ok && utf16.DecodeRune(r, low) != utf8.RuneError
}

// hexRune reads \uXXXX.
func hexRune(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendUnescapedJSON appends the text that a scanned string stands for.
func appendUnescapedJSON(b, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return append(b, text...)
		}
		b = append(b, text[:i]...)
		text = text[i:]
		n, _ := escapeLength(text)
		switch c := text[1]; c {
		case 'u':
			r, _ := hexRune(text)
			if n == 12 {
				low, _ := hexRune(text[6:])
				r = utf16.DecodeRune(r, low)
			}
			b = utf8.AppendRune(b, r)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		default:
			b = append(b, c)
		}
		text = text[n:]
	}
}

func (s *jsonScanner) number() error {
	start := s.pos
	n := numberLength(s.data[start:])
	if n == 0 {
		return s.fail(start, "invalid number")
	}
	s.pos += n
	// 01 and 1.5.2 are two tokens to a scanner and no number to anyone.
	if s.pos < len(s.data) {
		if c := s.data[s.pos]; isDigit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E' {
			return s.fail(start, "invalid number")
		}
	}
	return nil
}

// numberLength returns the length of the JSON number at the start of b, and 0
// if there is none.
func numberLength[T string | []byte](b T) int {
	i := 0
	digits := func() bool {
		start := i
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		return i > start
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if !digits() {
		return 0
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return 0
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}

// isJSONNumber reports whether a text may stand in JSON without quotes.
func isJSONNumber(s string) bool { return s != "" && numberLength(s) == len(s) }

// checkNames refuses an object with two members of one name. Readers disagree
// about which of them counts, so neither may.
func (s *jsonScanner) checkNames(object uint32) error {
	// The names of a small object are compared with each other; those of a
	// large one by their sorted hashes, so that 50,000 members do not take a
	// billion comparisons. The hash is seeded: nobody can prepare collisions.
	const few = 32
	d := document{format: formatJSON, data: s.data, nodes: s.nodes}
	end := s.nodes[object].next
	var small [few]uint32
	members := small[:0]
	for i := object + 1; i < end; i = s.nodes[i].next {
		if len(members) == few {
			return s.checkManyNames(&d, object)
		}
		for _, j := range members {
			if sameName(&d, j, i) {
				return s.duplicate(i)
			}
		}
		members = append(members, i)
	}
	return nil
}

func (s *jsonScanner) checkManyNames(d *document, object uint32) error {
	type hashed struct {
		hash   uint64
		member uint32
	}
	end := d.nodes[object].next
	count := 0
	for i := object + 1; i < end; i = d.nodes[i].next {
		count++
	}
	seed := maphash.MakeSeed()
	members := make([]hashed, 0, count)
	var scratch []byte
	for i := object + 1; i < end; i = d.nodes[i].next {
		n := &d.nodes[i]
		name := d.data[n.name:n.nameEnd]
		if n.flags&nameEscaped != 0 {
			scratch = appendUnescapedJSON(scratch[:0], name)
			name = scratch
		}
		members = append(members, hashed{maphash.Bytes(seed, name), i})
	}
	slices.SortFunc(members, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.member, b.member))
	})
	for k := 1; k < len(members); k++ {
		// Names with one hash are next to each other, and a name that occurs
		// twice has one hash.
		for j := k - 1; j >= 0 && members[j].hash == members[k].hash; j-- {
			if sameName(d, members[j].member, members[k].member) {
				return s.duplicate(members[k].member)
			}
		}
	}
	return nil
}

func sameName(d *document, i, j uint32) bool {
	a, b := &d.nodes[i], &d.nodes[j]
	if (a.flags|b.flags)&nameEscaped == 0 {
		return string(d.data[a.name:a.nameEnd]) == string(d.data[b.name:b.nameEnd])
	}
	return bytes.Equal(d.name(i), d.name(j))
}

func (s *jsonScanner) duplicate(i uint32) error {
	return s.fail(int(s.nodes[i].name)-1, "duplicate member name")
}

// token counts a name or value.
func (s *jsonScanner) take(c byte) bool {
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *jsonScanner) literal(word string) bool {
	if !s.has(word) {
		return false
	}
	s.pos += len(word)
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
