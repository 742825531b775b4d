package diagnose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of the JSON that is written anew.
const (
	maxDepth  = 32
	maxValues = 20_000
)

// value is a JSON value. It keeps the order of members and the literals of
// numbers and strings.
type value struct {
	literal string // of a scalar
	text    string // what a string says
	open    byte   // { or [, or 0 for a scalar
	names   []value
	values  []value
}

func parseJSON(data []byte) (value, bool) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return value{}, false
	}
	p := jsonParser{data: data}
	v := p.value(0)
	return v, !p.exceeded
}

// jsonParser reads valid JSON.
type jsonParser struct {
	data     []byte
	pos      int
	values   int
	exceeded bool
}

// next skips white space and returns the byte that follows.
func (p *jsonParser) next() byte {
	for {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return c
		}
	}
}

func (p *jsonParser) value(depth int) (v value) {
	p.values++
	if depth > maxDepth || p.values > maxValues {
		p.exceeded = true
		return v
	}
	switch c := p.next(); c {
	case '{', '[':
		v.open = c
		p.pos++
		for end := c + 2; ; { // both brackets close two code points further
			switch next := p.next(); next {
			case end:
				p.pos++
				return v
			case ',':
				p.pos++
			}
			if c == '{' {
				p.next()
				v.names = append(v.names, p.string())
				p.next()
				p.pos++ // the colon
			}
			v.values = append(v.values, p.value(depth+1))
			if p.exceeded {
				return v
			}
		}
	case '"':
		return p.string()
	default:
		n := bytes.IndexAny(p.data[p.pos:], ",]} \t\r\n")
		if n < 0 {
			n = len(p.data) - p.pos
		}
		v.literal = string(p.data[p.pos : p.pos+n])
		p.pos += n
		return v
	}
}

// string reads a string; its opening quotation mark is next.
func (p *jsonParser) string() (v value) {
	end, escaped := p.pos+1, false
	for ; p.data[end] != '"'; end++ {
		if p.data[end] == '\\' {
			escaped = true
			end++
		}
	}
	end++
	v.literal = string(p.data[p.pos:end])
	v.text = v.literal[1 : len(v.literal)-1]
	if escaped {
		_ = json.Unmarshal(p.data[p.pos:end], &v.text) // valid
	}
	p.pos = end
	return v
}

func (s *style) append(b []byte, v value, depth int) []byte {
	switch {
	case v.open == 0 && len(v.literal) > 0 && v.literal[0] == '"':
		return s.appendString(b, v)
	case v.open == 0 && s.trimmed:
		return append(b, trimDecimal(v.literal)...)
	case v.open == 0:
		return append(b, v.literal...)
	}
	order := make([]int, len(v.values))
	for i := range order {
		order[i] = i
	}
	if s.sorted && v.open == '{' {
		slices.SortStableFunc(order, func(i, j int) int { return strings.Compare(v.names[i].text, v.names[j].text) })
	}
	b = append(b, v.open)
	for n, i := range order {
		if n > 0 {
			b = append(b, s.comma...)
		}
		b = s.appendBreak(b, depth+1)
		if v.open == '{' {
			b = s.appendString(b, v.names[i])
			b = append(b, s.colon...)
		}
		b = s.append(b, v.values[i], depth+1)
	}
	if len(order) > 0 {
		b = s.appendBreak(b, depth)
	}
	return append(b, v.open+2)
}

func (s *style) appendBreak(b []byte, depth int) []byte {
	if s.indent == 0 {
		return b
	}
	b = append(b, '\n')
	for range s.indent * depth {
		b = append(b, ' ')
	}
	return b
}

func (s *style) appendString(b []byte, v value) []byte {
	if s.raw {
		return append(b, v.literal...)
	}
	b = append(b, '"')
	for _, r := range v.text {
		switch {
		case r == '"', r == '\\', r == '/' && s.slash:
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ',
			s.ascii && r >= utf8.RuneSelf && r <= 0xffff,
			s.html && (r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029'):
			b = fmt.Appendf(b, `\u%04x`, r)
		case s.ascii && r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
