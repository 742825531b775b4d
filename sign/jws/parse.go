package jws

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxSize is the longest signature that is read, in bytes. The documented ones
// stay under 300; a path of a few thousand bytes still fits.
const MaxSize = 8 << 10

// strict refuses non-zero trailing bits, of which every MAC would otherwise have
// several encodings.
var strict = base64.RawURLEncoding.Strict()

// Detached is a signature that was read and not verified: everything in it is a
// claim of whoever sent it. Its one use before verification is to find out whose
// key to try.
type Detached struct {
	// Header is what the header says.
	Header Header
	// EncodedHeader is the first part of the value as it was sent. The MAC is
	// over these bytes, whatever the order of the members in them.
	EncodedHeader string
	// HeaderJSON is the same, decoded.
	HeaderJSON []byte
	// MAC has the length that the header's algorithm demands.
	MAC []byte
}

// Parse reads a signature strictly. The value is B64URL(header)..B64URL(mac)
// with at most [MaxSize] bytes, without padding, line ends or non-zero trailing
// bits. The header is a JSON object with exactly the members of one [Form] in
// any order, each once, spelled as documented and of the documented type, and an
// optional "typ":"JWT". Any other member, crit among them, is refused, as is any
// other algorithm, none among them. Every error is an [ErrMalformed] and quotes
// nothing.
func Parse(value string) (Detached, error) {
	protected, mac, err := split(value)
	if err != nil {
		return Detached{}, err
	}
	d := Detached{EncodedHeader: protected}
	d.HeaderJSON, err = strict.AppendDecode(nil, []byte(protected))
	if err != nil {
		return Detached{}, malformedError("header: base64url without padding expected")
	}
	if d.Header, err = parseHeader(d.HeaderJSON); err != nil {
		return Detached{}, err
	}
	if d.MAC, err = decodeMAC(nil, mac, d.Header.Algorithm); err != nil {
		return Detached{}, err
	}
	return d, nil
}

// split returns the outer parts of value, which are not empty and hold no line
// ends (a base64 decoder skips those).
func split(value string) (protected, mac string, err error) {
	if len(value) > MaxSize {
		return "", "", malformedError("longer than 8 KiB")
	}
	protected, rest, _ := strings.Cut(value, ".")
	mac, detached := strings.CutPrefix(rest, ".")
	switch {
	case !detached, strings.Contains(mac, "."):
		return "", "", malformedError("three parts with an empty middle one expected")
	case protected == "", mac == "":
		return "", "", malformedError("empty part")
	case strings.ContainsAny(value, "\r\n"):
		return "", "", malformedError("line end")
	}
	return protected, mac, nil
}

// decodeMAC appends the MAC encoded in s, which is no longer than MaxSize, to b.
func decodeMAC(b []byte, s string, a Algorithm) ([]byte, error) {
	if base64.RawURLEncoding.DecodedLen(len(s)) != a.Size() {
		return b, malformedError("MAC: not of the algorithm's length")
	}
	b, err := strict.AppendDecode(b, []byte(s))
	if err != nil {
		return b, malformedError("MAC: base64url without padding expected")
	}
	return b, nil
}

// The members of a header, as bits.
const (
	memberURI = 1 << iota
	memberAuthID
	memberPath
	memberMerchantID
	memberMethod
	memberParams
	memberAlg
	memberTyp

	membersBoth = memberMethod | memberParams | memberAlg
	membersURI  = membersBoth | memberURI | memberAuthID
	membersPath = membersBoth | memberPath | memberMerchantID
)

// parseHeader reads the one kind of JSON that a header may be: a flat object of
// strings and one integer. It cannot nest, so it needs no depth limit.
func parseHeader(data []byte) (Header, error) {
	if !utf8.Valid(data) {
		return Header{}, malformedError("header: not UTF-8")
	}
	var h Header
	p := scanner{data: data}
	seen := 0
	if !p.token('{') {
		return Header{}, malformedError("header: JSON object expected")
	}
	for {
		name, ok := p.string()
		if !ok || !p.token(':') {
			return Header{}, malformedError("header: member name expected")
		}
		bit, err := p.member(name, &h)
		if err != nil {
			return Header{}, err
		}
		if seen&bit != 0 {
			return Header{}, malformedError("header: duplicate member")
		}
		seen |= bit
		if p.token(',') {
			continue
		}
		if p.token('}') {
			break
		}
		return Header{}, malformedError("header: comma or end of object expected")
	}
	if !p.end() {
		return Header{}, malformedError("header: data after the object")
	}
	switch seen &^ memberTyp {
	case membersURI:
		h.Form = FormURI
	case membersPath:
		h.Form = FormPath
	default:
		return Header{}, malformedError("header: not the members of one documented form")
	}
	if h.URI == "" || h.Identity == "" || h.Method == "" {
		return Header{}, malformedError("header: empty member")
	}
	return h, nil
}

// member reads the value of the member called name into h.
func (p *scanner) member(name string, h *Header) (bit int, err error) {
	var s string
	ok := false
	if name == "merchant_id" {
		s, ok = p.integer()
	} else {
		s, ok = p.string()
	}
	if !ok {
		return 0, malformedError("header: member of an undocumented name or type")
	}
	switch name {
	case "uri":
		h.URI = s
		return memberURI, nil
	case "path":
		h.URI = s
		return memberPath, nil
	case "auth_id":
		h.Identity = s
		return memberAuthID, nil
	case "merchant_id":
		h.Identity = s
		return memberMerchantID, nil
	case "method":
		h.Method = s
		return memberMethod, nil
	case "params":
		h.Params = s
		return memberParams, nil
	case "alg":
		if h.Algorithm, err = ParseAlgorithm(s); err != nil {
			return 0, malformedError("header: alg: HS256 or HS512 expected")
		}
		return memberAlg, nil
	case "typ":
		if s != "JWT" {
			return 0, malformedError("header: typ: JWT expected")
		}
		return memberTyp, nil
	default:
		return 0, malformedError("header: member of an undocumented name or type")
	}
}

// scanner reads JSON tokens from data, which is valid UTF-8.
type scanner struct {
	data []byte
	pos  int
}

func (p *scanner) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

// token skips white space and c, if c is next.
func (p *scanner) token(c byte) bool {
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *scanner) end() bool {
	p.space()
	return p.pos == len(p.data)
}

// integer reads an integer without sign and returns its literal.
func (p *scanner) integer() (string, bool) {
	p.space()
	start := p.pos
	for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
		p.pos++
	}
	// A fraction or exponent is left over and fails as a missing comma.
	s := string(p.data[start:p.pos])
	return s, isInteger(s)
}

// string reads a string and undoes its escapes.
func (p *scanner) string() (string, bool) {
	if !p.token('"') {
		return "", false
	}
	start := p.pos
	var unescaped []byte // what was read up to start, once there is an escape
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '"':
			s := p.data[start:p.pos]
			p.pos++
			if unescaped == nil {
				return string(s), true
			}
			return string(append(unescaped, s...)), true
		case c < ' ':
			return "", false
		case c == '\\':
			unescaped = append(unescaped, p.data[start:p.pos]...)
			r, ok := p.escape()
			if !ok {
				return "", false
			}
			unescaped = utf8.AppendRune(unescaped, r)
			start = p.pos
		default:
			p.pos++
		}
	}
	return "", false
}

// escape reads an escape sequence. A surrogate without its other half is
// refused.
func (p *scanner) escape() (rune, bool) {
	rest := p.data[p.pos+1:]
	if len(rest) == 0 {
		return 0, false
	}
	if rest[0] == 'u' {
		r, ok := p.unicode()
		if !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		low, ok := p.unicode()
		r = utf16.DecodeRune(r, low)
		return r, ok && r != utf8.RuneError
	}
	p.pos += 2
	switch c := rest[0]; c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
}

// unicode reads one \uXXXX.
func (p *scanner) unicode() (rune, bool) {
	rest := p.data[p.pos:]
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range rest[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.pos += 6
	return r, true
}
