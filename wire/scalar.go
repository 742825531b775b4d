package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var errNotScalar = errors.New("string, number or null expected")

// jsonText returns the text of a JSON string or the literal of a JSON number.
// Unlike those of encoding/json its error quotes nothing.
func jsonText(data []byte) (text string, null bool, err error) {
	data = bytes.Trim(data, " \t\r\n")
	if !utf8.Valid(data) { // encoding/json would put U+FFFD in its place
		return "", false, errNotScalar
	}
	var v any
	var number json.Number
	switch {
	case string(data) == "null":
		return "", true, nil
	case len(data) > 0 && data[0] == '"':
		v = &text
	default:
		v = &number
	}
	if json.Unmarshal(data, v) != nil {
		return "", false, errNotScalar
	}
	return text + string(number), false, nil
}
