package codec

import (
	"bytes"
	"unicode/utf8"
)

// utf8BOM is tolerated at the start of an input, and nothing else before it.
const utf8BOM = "\xef\xbb\xbf"

// scanner is what the scanners of all formats have in common. It goes over the
// input once, and keeps what is open on a stack of its own, so that depth costs
// four bytes a level.
type scanner struct {
	format format
	data   []byte
	pos    int
	limits Limits
	tokens int
	nodes  []node
	open   []uint32
}

// newScanner returns a scanner that stands behind the byte order mark.
func newScanner(f format, data []byte, l Limits) (scanner, error) {
	l = l.withDefaults()
	if len(data) > l.Bytes {
		return scanner{}, &LimitError{Limit: "bytes", Max: l.Bytes}
	}
	s := scanner{format: f, data: data, limits: l, nodes: newNodes(len(data), l.Tokens)}
	if bytes.HasPrefix(data, []byte(utf8BOM)) {
		s.pos = len(utf8BOM)
	}
	return s, nil
}

// parsed is the document that was scanned.
func (s *scanner) parsed() *document {
	return &document{format: s.format, data: s.data, nodes: s.nodes}
}

// token counts a name, a value or a tag.
func (s *scanner) token() error {
	if s.tokens == s.limits.Tokens {
		return &LimitError{Limit: "tokens", Max: s.limits.Tokens}
	}
	s.tokens++
	return nil
}

// has reports whether prefix comes next.
func (s *scanner) has(prefix string) bool {
	return len(s.data)-s.pos >= len(prefix) && string(s.data[s.pos:s.pos+len(prefix)]) == prefix
}

// space skips white space and reports whether there was any.
func (s *scanner) space() bool {
	start := s.pos
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) fail(offset int, problem string) error {
	return &SyntaxError{Format: s.format.String(), Offset: offset, Problem: problem}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// invalidUTF8 returns the offset of the first byte that is no UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}
