package codec

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// ParseXML parses one XML document, of the part of XML 1.0 that data is
// written in: one root, elements, text, CDATA, comments, character references
// and the five entities that XML defines. Attributes must be well-formed and
// are dropped, but for xsi:nil. It is UTF-8 or refused, and so is everything that
// makes XML more than data: document types, entities of their own, processing
// instructions. A UTF-8 byte order mark at the start is skipped.
//
// Prefixes of namespaces are part of the names; whether they are declared is
// not checked. The prefix xsi need not be.
func ParseXML(data []byte, l Limits) (*Document, error) {
	d, err := parseXML(data, l)
	return newDocument(d, err)
}

func parseXML(data []byte, l Limits) (*document, error) {
	base, err := newScanner(formatXML, data, l)
	if err != nil {
		return nil, err
	}
	s := xmlScanner{scanner: base}
	if err := s.document(); err != nil {
		return nil, err
	}
	return s.parsed(), nil
}

type xmlScanner struct {
	scanner
	attrs    []attribute // one element's attributes, reused
	prefixes []prefix    // those declared in the open elements
}

type attribute struct{ name, value []byte }

// says reports whether a text is what the attribute's value stands for.
func (a attribute) says(text string) bool {
	if bytes.IndexByte(a.value, '&') < 0 {
		return string(a.value) == text
	}
	return string(appendTextXML(nil, a.value)) == text
}

// prefix is a prefix that an element declares.
type prefix struct {
	name  []byte
	depth int // how many elements are open around that one
	isXSI bool
}

// xsiNamespace is where the attribute is from that makes an element null.
const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"

func (s *xmlScanner) document() error {
	// The declaration comes first: a document that says that it is
	// windows-1251 gets that answer, and not one about its first letter.
	if err := s.declaration(); err != nil {
		return err
	}
	if i := invalidUTF8(s.data); i >= 0 {
		return s.fail(i, "invalid UTF-8")
	}
	for s.pos < len(s.data) {
		var err error
		switch {
		case s.data[s.pos] != '<':
			err = s.text()
		case s.has("</"):
			err = s.endTag()
		case s.has("<!--"):
			err = s.comment()
		case s.has("<![CDATA["):
			err = s.cdata()
		case s.has("<!"):
			err = s.fail(s.pos, "document type or other declaration, which is not allowed")
		case s.has("<?"):
			err = s.fail(s.pos, "processing instruction, which is not allowed")
		default:
			err = s.startTag()
		}
		if err != nil {
			return err
		}
	}
	if len(s.nodes) == 0 {
		return s.fail(s.pos, "expected a root element, found the end")
	}
	if len(s.open) > 0 {
		return s.fail(s.pos, "expected an end tag, found the end")
	}
	return nil
}

// declaration scans <?xml version="1.0" encoding="UTF-8"?>, if there is one.
func (s *xmlScanner) declaration() error {
	const start = "<?xml"
	if !s.has(start) || len(s.data) == s.pos+len(start) || !isSpace(s.data[s.pos+len(start)]) {
		return nil // nothing, or a processing instruction with a name like it
	}
	s.pos += len(start)
	// What it may say, in the only order it may be said in.
	words := []struct {
		name     string
		required bool
		ok       func(value string) bool
		problem  string
	}{
		{"version", true, func(v string) bool { return v == "1.0" }, "XML version other than 1.0"},
		{"encoding", false, func(v string) bool { return strings.EqualFold(v, "utf-8") }, "declared encoding other than UTF-8"},
		{"standalone", false, func(v string) bool { return v == "yes" || v == "no" }, "standalone other than yes or no"},
	}
	for _, w := range words {
		s.space()
		if !s.has(w.name) {
			if w.required {
				return s.fail(s.pos, "XML declaration without a version")
			}
			continue
		}
		if !isSpace(s.data[s.pos-1]) {
			return s.fail(s.pos, "expected white space in the XML declaration")
		}
		s.pos += len(w.name)
		at := s.pos
		value, err := s.assigned()
		if err != nil {
			return err
		}
		if !w.ok(string(value)) {
			return s.fail(at, w.problem)
		}
	}
	s.space()
	if !s.has("?>") {
		return s.fail(s.pos, "malformed XML declaration")
	}
	s.pos += len("?>")
	return nil
}

// assigned scans an equals sign and a value in quotes.
func (s *xmlScanner) assigned() (value []byte, err error) {
	s.space()
	if !s.has("=") {
		return nil, s.fail(s.pos, "expected an equals sign")
	}
	s.pos++
	s.space()
	if !s.has(`"`) && !s.has(`'`) {
		return nil, s.fail(s.pos, "expected a quote")
	}
	n := bytes.IndexByte(s.data[s.pos+1:], s.data[s.pos])
	if n < 0 {
		return nil, s.fail(s.pos, "value without a closing quote")
	}
	value = s.data[s.pos+1 : s.pos+1+n]
	s.pos += n + 2
	return value, nil
}

func (s *xmlScanner) startTag() error {
	if len(s.open) == 0 && len(s.nodes) > 0 {
		return s.fail(s.pos, "expected the end, found a second root element")
	}
	if len(s.open) == s.limits.Depth {
		return &LimitError{Limit: "depth", Max: s.limits.Depth}
	}
	if err := s.token(); err != nil {
		return err
	}
	start := s.pos
	s.pos++
	name, err := s.elementName()
	if err != nil {
		return err
	}
	if err := s.attributes(); err != nil {
		return err
	}
	var flags flags
	if len(s.attrs) > 0 { // next to no element has any
		if err := s.declare(); err != nil {
			return err
		}
		if s.isNil() {
			flags = saysNil
		}
	}
	empty := s.has("/")
	if empty {
		s.pos++
	}
	if !s.has(">") {
		return s.fail(s.pos, "expected the end of the tag")
	}
	s.pos++
	if len(s.open) > 0 {
		s.nodes[s.open[len(s.open)-1]].flags |= hasElements
	}
	if empty {
		s.forget()
	} else {
		s.open = append(s.open, uint32(len(s.nodes)))
	}
	s.nodes = appendNode(s.nodes, node{
		kind: kindElement, flags: flags,
		name: uint32(start + 1), nameEnd: uint32(start + 1 + len(name)),
		start: uint32(start), end: uint32(s.pos),
		inner: uint32(s.pos), innerEnd: uint32(s.pos),
		next: uint32(len(s.nodes) + 1),
	}, s.limits.Tokens)
	return nil
}

func (s *xmlScanner) endTag() error {
	if err := s.token(); err != nil {
		return err
	}
	start := s.pos
	s.pos += len("</")
	name, err := s.elementName()
	if err != nil {
		return err
	}
	s.space()
	if !s.has(">") {
		return s.fail(s.pos, "expected the end of the tag")
	}
	s.pos++
	if len(s.open) == 0 {
		return s.fail(start, "end tag without a start tag")
	}
	n := &s.nodes[s.open[len(s.open)-1]]
	if !bytes.Equal(name, s.data[n.name:n.nameEnd]) {
		return s.fail(start, "end tag of another element than the open one")
	}
	n.innerEnd = uint32(start)
	n.end = uint32(s.pos)
	n.next = uint32(len(s.nodes))
	s.open = s.open[:len(s.open)-1]
	s.forget()
	return nil
}

// declare notes the prefixes that the attributes at hand declare, for the
// element that they belong to and those inside.
func (s *xmlScanner) declare() error {
	for _, a := range s.attrs {
		name, ok := bytes.CutPrefix(a.name, []byte("xmlns:"))
		if !ok {
			continue
		}
		if len(s.prefixes) == maxPrefixes {
			return &LimitError{Limit: "prefixes", Max: maxPrefixes}
		}
		s.prefixes = append(s.prefixes, prefix{name, len(s.open), a.says(xsiNamespace)})
	}
	return nil
}

// forget drops the prefixes that an element has declared that ends here.
func (s *xmlScanner) forget() {
	for n := len(s.prefixes); n > 0 && s.prefixes[n-1].depth >= len(s.open); n-- {
		s.prefixes = s.prefixes[:n-1]
	}
}

// isNil reports whether the attributes at hand make an element null.
func (s *xmlScanner) isNil() bool {
	for _, a := range s.attrs {
		name, isNil := bytes.CutSuffix(a.name, []byte(":nil"))
		if isNil && (a.says("true") || a.says("1")) && s.isXSI(name) {
			return true
		}
	}
	return false
}

// isXSI reports whether a prefix stands for XML Schema's instance namespace.
func (s *xmlScanner) isXSI(name []byte) bool {
	for i := len(s.prefixes) - 1; i >= 0; i-- {
		if bytes.Equal(s.prefixes[i].name, name) {
			return s.prefixes[i].isXSI
		}
	}
	return string(name) == "xsi" // as everyone writes it, declared or not
}

// attributes scans what is between an element's name and the end of its tag.
func (s *xmlScanner) attributes() error {
	s.attrs = s.attrs[:0]
	for {
		spaced := s.space()
		if s.pos == len(s.data) || s.data[s.pos] == '>' || s.data[s.pos] == '/' {
			return nil
		}
		at := s.pos
		if !spaced {
			return s.fail(at, "expected white space before an attribute")
		}
		name, err := s.elementName()
		if err != nil {
			return err
		}
		if len(s.attrs) == maxAttrs {
			return &LimitError{Limit: "attributes", Max: maxAttrs}
		}
		for _, other := range s.attrs {
			if bytes.Equal(name, other.name) {
				return s.fail(at, "duplicate attribute")
			}
		}
		value, err := s.assigned()
		if err != nil {
			return err
		}
		s.attrs = append(s.attrs, attribute{name, value})
		start := s.pos - 1 - len(value)
		if i := bytes.IndexByte(value, '<'); i >= 0 {
			return s.fail(start+i, "angle bracket in the value of an attribute")
		}
		if _, err := s.characters(start, value); err != nil {
			return err
		}
	}
}

// text scans what is between two tags.
func (s *xmlScanner) text() error {
	n := bytes.IndexByte(s.data[s.pos:], '<')
	if n < 0 {
		n = len(s.data) - s.pos
	}
	start, text := s.pos, s.data[s.pos:s.pos+n]
	s.pos += n
	blank := len(trimXML(text)) == 0
	if len(s.open) == 0 {
		if !blank {
			return s.fail(start, "text outside the root element")
		}
		return nil
	}
	if i := bytes.Index(text, []byte("]]>")); i >= 0 {
		return s.fail(start+i, "end of a CDATA section without its start")
	}
	escaped, err := s.characters(start, text)
	if err != nil {
		return err
	}
	s.found(blank, escaped)
	return nil
}

func (s *xmlScanner) cdata() error {
	start := s.pos + len("<![CDATA[")
	n := bytes.Index(s.data[start:], []byte("]]>"))
	if n < 0 {
		return s.fail(s.pos, "CDATA section without an end")
	}
	if len(s.open) == 0 {
		return s.fail(s.pos, "text outside the root element")
	}
	text := s.data[start : start+n]
	if i := invalidXML(text); i >= 0 {
		return s.fail(start+i, "character that XML does not allow")
	}
	s.pos = start + n + len("]]>")
	s.found(len(trimXML(text)) == 0, true)
	return nil
}

func (s *xmlScanner) comment() error {
	start := s.pos + len("<!--")
	n := bytes.Index(s.data[start:], []byte("--"))
	if n < 0 {
		return s.fail(s.pos, "comment without an end")
	}
	if i := invalidXML(s.data[start : start+n]); i >= 0 {
		return s.fail(start+i, "character that XML does not allow")
	}
	s.pos = start + n
	if !s.has("-->") {
		return s.fail(s.pos, "two hyphens in a comment")
	}
	s.pos += len("-->")
	if len(s.open) > 0 {
		s.found(true, true)
	}
	return nil
}

// found notes in the open element that there is text in it.
func (s *xmlScanner) found(blank, escaped bool) {
	n := &s.nodes[s.open[len(s.open)-1]]
	if !blank {
		n.flags |= hasText
	}
	if escaped {
		n.flags |= textEscaped
	}
}

// characters checks the characters and references of a text, and reports
// whether it says something else than its bytes.
func (s *xmlScanner) characters(start int, text []byte) (escaped bool, err error) {
	if i := invalidXML(text); i >= 0 {
		return false, s.fail(start+i, "character that XML does not allow")
	}
	escaped = bytes.IndexByte(text, '\r') >= 0
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '&')
		if n < 0 {
			return escaped, nil
		}
		i += n
		_, length := reference(text[i:])
		if length == 0 {
			return false, s.fail(start+i, "undefined entity or malformed reference")
		}
		escaped = true
		i += length
	}
}

// reference reads the reference at the start of b and returns its character
// and its length, which is 0 if there is none.
func reference(b []byte) (r rune, length int) {
	const longest = len("&#x0010FFFF;") // zeros may lead, but a reference is no place for thousands
	end := bytes.IndexByte(b[:min(len(b), longest)], ';')
	if end < 0 {
		return 0, 0
	}
	switch name := string(b[1:end]); name {
	case "amp":
		r = '&'
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "quot":
		r = '"'
	case "apos":
		r = '\''
	default:
		var ok bool
		if r, ok = characterReference(name); !ok {
			return 0, 0
		}
	}
	return r, end + 1
}

// characterReference reads #60 or #x3C.
func characterReference(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	base := rune(10)
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	if !ok || digits == "" {
		return 0, false
	}
	r := rune(0)
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		if c >= base {
			return 0, false
		}
		if r = r*base + c; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, isXMLChar(r)
}

// appendTextXML appends the text inside an element: without tags and comments,
// with references and CDATA resolved, and with every line end a \n, as XML
// demands.
func appendTextXML(b, inner []byte) []byte {
	for len(inner) > 0 {
		i := bytes.IndexAny(inner, "<&\r")
		if i < 0 {
			return append(b, inner...)
		}
		b = append(b, inner[:i]...)
		inner = inner[i:]
		switch {
		case inner[0] == '\r':
			b = append(b, '\n')
			inner = bytes.TrimPrefix(inner[1:], []byte("\n"))
		case inner[0] == '&':
			r, n := reference(inner)
			b = utf8.AppendRune(b, r)
			inner = inner[n:]
		case bytes.HasPrefix(inner, []byte("<![CDATA[")):
			text, rest, _ := bytes.Cut(inner[len("<![CDATA["):], []byte("]]>"))
			b = appendLines(b, text)
			inner = rest
		case bytes.HasPrefix(inner, []byte("<!--")):
			_, inner, _ = bytes.Cut(inner[len("<!--"):], []byte("-->"))
		default:
			inner = inner[tagLength(inner):]
		}
	}
	return b
}

// appendLines appends text with every line end a \n.
func appendLines(b, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return append(b, text...)
		}
		b = append(append(b, text[:i]...), '\n')
		text = bytes.TrimPrefix(text[i+1:], []byte("\n"))
	}
}

// tagLength returns the length of the tag at the start of b, in whose
// attributes there may be angle brackets.
func tagLength(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(b)
}

// elementName scans the name of an element or attribute.
func (s *xmlScanner) elementName() ([]byte, error) {
	start := s.pos
	for s.pos < len(s.data) {
		r, n := rune(s.data[s.pos]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s.data[s.pos:])
		}
		if !isNameChar(r) {
			break
		}
		s.pos += n
	}
	name := s.data[start:s.pos]
	if !isXMLName(name) {
		return nil, s.fail(start, "expected a name")
	}
	return name, nil
}

// isXMLName reports whether a name may stand in a tag: XML's rules, and at
// most one colon, inside, by the rules of namespaces.
func isXMLName[T string | []byte](name T) bool {
	colons := 0
	for i, r := range string(name) {
		if !isNameChar(r) || i == 0 && !isNameStart(r) {
			return false
		}
		if r == ':' {
			colons++
		}
	}
	return len(name) > 0 && colons <= 1 && name[0] != ':' && name[len(name)-1] != ':'
}

func isNameStart(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_', r == ':':
		return true
	case r < 0xC0:
		return false
	}
	// XML 1.0, fifth edition, production 4.
	switch {
	case r == 0xD7, r == 0xF7, 0x300 <= r && r <= 0x36F, r == 0x37E:
		return false
	case r <= 0x1FFF, r == 0x200C, r == 0x200D:
		return true
	case 0x2070 <= r && r <= 0x218F, 0x2C00 <= r && r <= 0x2FEF, 0x3001 <= r && r <= 0xD7FF:
		return true
	}
	return 0xF900 <= r && r <= 0xFDCF || 0xFDF0 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0xEFFFF
}

func isNameChar(r rune) bool {
	switch {
	case isNameStart(r), '0' <= r && r <= '9', r == '-', r == '.':
		return true
	}
	return r == 0xB7 || 0x300 <= r && r <= 0x36F || r == 0x203F || r == 0x2040
}

// isXMLChar is production 2 of XML 1.0.
func isXMLChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ', 0xD800 <= r && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return r <= utf8.MaxRune
}

// invalidXML returns the offset of the first character that XML does not
// allow, or -1.
func invalidXML(b []byte) int {
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if !isXMLChar(r) {
			return i
		}
		i += n
	}
	return -1
}
