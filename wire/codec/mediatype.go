package codec

import (
	"errors"
	"mime"
)

// maxParameters is the largest number of parameters of a media type or a
// disposition. The documented ones have two.
const maxParameters = 8

var errParameters = errors.New("codec: too many parameters of a media type")

// ParseMediaType is [mime.ParseMediaType] for what strangers send: it takes a
// Content-Type, or a Content-Disposition, of at most 8 parameters. The standard
// library's takes any number of them, and memory of many times their size.
func ParseMediaType(field string) (media string, params map[string]string, err error) {
	if countParameters(field) > maxParameters {
		return "", nil, errParameters
	}
	return mime.ParseMediaType(field)
}

// countParameters counts the semicolons outside quotes. What mime.ParseMediaType
// takes for a quote is one here too; any other ends its reading.
func countParameters(field string) (n int) {
	quoted := false
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ';' && !quoted:
			n++
		}
	}
	return n
}
