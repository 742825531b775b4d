package main

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// asJSON writes a document as JSON, which is read many times faster than YAML.
// Where it says not ok, it cannot be sure that both would be read alike, or the
// document is wrong: who has to tell that reads the YAML.
func asJSON(doc *yaml.Node) (data []byte, ok bool) { return appendJSON(nil, doc) }

func appendJSON(b []byte, n *yaml.Node) (_ []byte, ok bool) {
	switch n.Kind {
	case yaml.MappingNode:
		seen := make(map[string]bool, len(n.Content)/2)
		b = append(b, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" || seen[key.Value] {
				return nil, false
			}
			seen[key.Value] = true
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, key.Value), ':')
			if b, ok = appendJSON(b, n.Content[i+1]); !ok {
				return nil, false
			}
		}
		return append(b, '}'), true
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			if b, ok = appendJSON(b, item); !ok {
				return nil, false
			}
		}
		return append(b, ']'), true
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return append(b, "null"...), true
		case "!!bool", "!!int", "!!float":
			return append(b, n.Value...), json.Valid([]byte(n.Value))
		case "!!str", "!!timestamp": // kin-openapi takes what looks like a time for a text
			return appendString(b, n.Value), true
		}
	}
	return nil, false
}

func appendString(b []byte, s string) []byte {
	plain := func(r rune) bool { return r >= ' ' && r < 0x7f && r != '"' && r != '\\' }
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return append(append(append(b, '"'), s...), '"')
	}
	quoted, _ := json.Marshal(s) // of a string, it cannot fail
	return append(b, quoted...)
}
