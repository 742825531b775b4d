package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Unknown is the answer of an operation whose answer no page shows: its bytes,
// and a look into them. It prints as their number.
type Unknown struct {
	contentType string
	body        Raw
}

// NewUnknown returns the answer with the given Content-Type and body, which it
// keeps without copying.
func NewUnknown(contentType string, body []byte) *Unknown {
	return &Unknown{contentType, NewRaw(body)}
}

// ContentType returns the answer's Content-Type field as it came.
func (u Unknown) ContentType() string { return u.contentType }

// Body returns the answer's body as it came.
func (u Unknown) Body() Raw { return u.body }

// Lookup returns the text of the string, number, bool or element at path: the
// names of object members, or of elements below the root, and from 0 on the
// index in an array, or among elements of the same name.
//
//	status, ok := answer.Lookup("status")
//	second, ok := answer.Lookup("payments", "1", "amount")
//
// Numbers are returned as their literals. It is false where there is nothing,
// null, an object, an array or an element that holds others, where path names
// several things, and in a body that is neither JSON nor XML as a whole. Each
// call reads the body anew.
func (u Unknown) Lookup(path ...string) (string, bool) {
	body := u.body.Reveal()
	if !utf8.Valid(body) {
		return "", false
	}
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("<")) {
		return lookupXML(body, path)
	}
	return lookupJSON(body, path)
}

func lookupJSON(value []byte, path []string) (string, bool) {
	if !json.Valid(value) {
		return "", false
	}
	for _, step := range path {
		found, ok := memberJSON(value, step)
		if !ok {
			return "", false
		}
		value = found
	}
	switch value = bytes.TrimSpace(value); value[0] {
	case '{', '[', 'n':
		return "", false
	case 't', 'f':
		return string(value), true
	}
	text, _, err := jsonText(value)
	return text, err == nil
}

// memberJSON returns the only member of an object with the given name, or the
// element of an array with the given index.
func memberJSON(value []byte, step string) (found json.RawMessage, ok bool) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	open, err := d.Token()
	if err != nil || (open != json.Delim('{') && open != json.Delim('[')) {
		return nil, false
	}
	for i := 0; d.More(); i++ {
		name := any(strconv.Itoa(i))
		if open == json.Delim('{') {
			if name, err = d.Token(); err != nil {
				return nil, false
			}
		}
		var v json.RawMessage
		if d.Decode(&v) != nil || (name == step && ok) {
			return nil, false
		}
		if name == step {
			found, ok = v, true
		}
	}
	return found, ok
}

// element is an XML element without its attributes.
type element struct {
	name     string
	text     strings.Builder
	children []*element
}

func (e *element) named(name string) (children []*element) {
	for _, child := range e.children {
		if child.name == name {
			children = append(children, child)
		}
	}
	return children
}

func lookupXML(body []byte, path []string) (string, bool) {
	root, ok := parseXML(body)
	if !ok {
		return "", false
	}
	at, indexed := []*element{root}, true
	for _, step := range path {
		// No element's name is a number, so an index is never taken for one.
		if i, err := strconv.Atoi(step); err == nil && strconv.Itoa(i) == step {
			if indexed || i < 0 || i >= len(at) {
				return "", false
			}
			at, indexed = at[i:i+1], true
			continue
		}
		if len(at) != 1 {
			return "", false
		}
		at, indexed = at[0].named(step), false
	}
	if len(at) != 1 || len(at[0].children) > 0 {
		return "", false
	}
	return at[0].text.String(), true
}

// parseXML returns the root of a document. It refuses what an answer has no use
// for and an attacker has: document types, other processing instructions than
// the declaration, deep nesting and very many tokens.
func parseXML(body []byte) (*element, bool) {
	d := xml.NewDecoder(bytes.NewReader(body))
	document := new(element)
	open := []*element{document}
	for tokens := 0; ; tokens++ {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil || tokens == MaxTokens {
			return nil, false
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > MaxDepth {
				return nil, false
			}
			child := &element{name: token.Name.Local}
			top.children = append(top.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text.Write(token)
		case xml.ProcInst:
			if token.Target != "xml" {
				return nil, false
			}
		case xml.Directive:
			return nil, false
		}
	}
	if len(open) != 1 || len(document.children) != 1 || strings.TrimSpace(document.text.String()) != "" {
		return nil, false
	}
	return document.children[0], true
}

// Format prints the number of bytes for every verb.
func (u Unknown) Format(f fmt.State, verb rune) { u.body.Format(f, verb) }

// LogValue returns the number of bytes.
func (u Unknown) LogValue() slog.Value { return u.body.LogValue() }

// MarshalJSON returns the number of bytes: encoding/json is a way of printing.
func (u Unknown) MarshalJSON() ([]byte, error) { return u.body.MarshalJSON() }

// MarshalText returns the number of bytes.
func (u Unknown) MarshalText() ([]byte, error) { return u.body.MarshalText() }
