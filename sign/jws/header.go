package jws

import (
	"unicode/utf8"
)

// SignatureHeader is the HTTP header field that holds a signature.
const SignatureHeader = "X-JWS-Signature"

// Form is a documented set of header members.
type Form uint8

// The documented forms.
const (
	// FormURI is uri, auth_id, method, params, alg, with auth_id as a string:
	// every section of the documentation but one. It is the zero value.
	FormURI Form = iota
	// FormPath is path, merchant_id, method, params, alg, with merchant_id as a
	// number: the merchant invoices of 2025.
	FormPath
)

// String returns "uri" or "path", the member that tells the forms apart, or
// "invalid".
func (f Form) String() string {
	switch f {
	case FormURI:
		return "uri"
	case FormPath:
		return "path"
	default:
		return "invalid"
	}
}

// members returns the names of the members that hold Header.URI and
// Header.Identity.
func (f Form) members() (uri, identity string) {
	if f == FormPath {
		return "path", "merchant_id"
	}
	return "uri", "auth_id"
}

// Header is the protected header of a signature. It is a value: copy and compare
// it freely.
type Header struct {
	// Form says which members are written, and how.
	Form Form
	// Algorithm says which HMAC the signature is: the member alg.
	Algorithm Algorithm
	// URI is the escaped path as it is sent, without host and query: the member
	// uri or path.
	URI string
	// Identity is the member auth_id or merchant_id. In [FormPath] it is a
	// decimal integer without sign and leading zeros.
	Identity string
	// Method is the HTTP method, in capitals.
	Method string
	// Params is the member params, reserved by the documentation and empty.
	Params string
}

// AppendJSON appends the header as compact JSON with the members in documented
// order. It escapes only what RFC 8259 demands. A header that cannot be signed
// is an [ErrHeader]: an invalid form or algorithm, an empty URI, Identity or
// Method, an Identity that is no number where a number is documented, or text
// that is not UTF-8.
func (h Header) AppendJSON(b []byte) ([]byte, error) {
	if err := h.check(); err != nil {
		return b, err
	}
	uri, identity := h.Form.members()
	b = append(b, '{', '"')
	b = append(b, uri...)
	b = append(b, `":`...)
	b = appendString(b, h.URI)
	b = append(b, `,"`...)
	b = append(b, identity...)
	b = append(b, `":`...)
	if h.Form == FormPath {
		b = append(b, h.Identity...)
	} else {
		b = appendString(b, h.Identity)
	}
	b = append(b, `,"method":`...)
	b = appendString(b, h.Method)
	b = append(b, `,"params":`...)
	b = appendString(b, h.Params)
	b = append(b, `,"alg":"`...)
	b = append(b, h.Algorithm.String()...)
	return append(b, `"}`...), nil
}

// check returns an error for a header that cannot be signed.
func (h Header) check() error {
	if h.Form > FormPath {
		return &headerError{"form", "FormURI or FormPath expected"}
	}
	if h.Algorithm.method() == nil {
		return errAlgorithm
	}
	uri, identity := h.Form.members()
	for _, m := range [...]struct {
		name, value string
		required    bool
	}{
		{uri, h.URI, true},
		{identity, h.Identity, true},
		{"method", h.Method, true},
		{"params", h.Params, false},
	} {
		if m.required && m.value == "" {
			return &headerError{m.name, "empty"}
		}
		if !utf8.ValidString(m.value) {
			return &headerError{m.name, "not UTF-8"}
		}
	}
	if h.Form == FormPath && !isInteger(h.Identity) {
		return &headerError{identity, "decimal integer expected"}
	}
	return nil
}

// match returns an error that names the first member in which h differs from
// want.
func (h Header) match(want Header) error {
	uri, identity := want.Form.members()
	switch {
	case h.Form != want.Form:
		return &headerError{"form", "differs"}
	case h.Algorithm != want.Algorithm:
		return &headerError{"alg", "differs"}
	case h.URI != want.URI:
		return &headerError{uri, "differs"}
	case h.Identity != want.Identity:
		return &headerError{identity, "differs"}
	case h.Method != want.Method:
		return &headerError{"method", "differs"}
	case h.Params != want.Params:
		return &headerError{"params", "differs"}
	}
	return nil
}

// isInteger reports whether s is a JSON number without sign, fraction and
// exponent.
func isInteger(s string) bool {
	if s == "" || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// appendString appends s, which is valid UTF-8, as a JSON string.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
