package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// candidate is something that may have been signed, or with, and its name.
type candidate struct {
	words string
	data  []byte
}

const byteOrderMark = "\ufeff"

// keys returns the keys that are usually taken for key, which is the first of
// them, without words. The noun is "key" or "secret".
func keys(noun string, key []byte, others []candidate) []candidate {
	the := "the " + noun
	all := []candidate{{"", key}}
	seen := map[string]bool{string(key): true}
	add := func(words, key string) {
		if !seen[key] {
			seen[key] = true
			all = append(all, candidate{words, []byte(key)})
		}
	}

	k := string(key)
	trimmed := strings.TrimSpace(k)
	add(the+" without its trailing newline", strings.TrimRight(k, "\r\n"))
	add(the+" without the white space around it", trimmed)
	trimmed = strings.TrimPrefix(trimmed, byteOrderMark)
	add(the+" without its byte order mark", trimmed)
	if n := len(trimmed); n > 2 && (trimmed[0] == '"' || trimmed[0] == '\'') && trimmed[n-1] == trimmed[0] {
		add(the+" without the quotes around it", trimmed[1:n-1])
	}
	add(the+" with a trailing newline", k+"\n")
	add(the+" with a trailing CRLF", k+"\r\n")
	add(the+" with a trailing space", k+" ")
	add(the+" with a leading space", " "+k)
	add(the+" in quotes", `"`+k+`"`)
	for _, o := range others {
		name := string(o.data)
		add(o.words, name)
		add(o.words+" without the white space around it", strings.TrimSpace(name))
		add(o.words+" with a trailing newline", name+"\n")
	}
	if b, err := hex.DecodeString(trimmed); err == nil {
		add(the+" decoded from hexadecimal", string(b))
	}
	if b, _, ok := decode64(trimmed); ok {
		add(the+" decoded from base64", string(b))
	}
	add(the+" encoded in hexadecimal", hex.EncodeToString(key))
	add(the+" encoded in hexadecimal, in capitals", strings.ToUpper(hex.EncodeToString(key)))
	add(the+" encoded in base64", base64.StdEncoding.EncodeToString(key))
	add(the+" encoded in base64 without padding", base64.RawStdEncoding.EncodeToString(key))
	add(the+" encoded in base64url", base64.RawURLEncoding.EncodeToString(key))
	add(the+" encoded in base64url with padding", base64.URLEncoding.EncodeToString(key))
	// What a sender has that read its configuration from the wrong place.
	add("an empty "+noun, "")
	return all
}

// decode64 decodes s in any alphabet of base64, with or without padding, and
// says in how far s is not base64url without padding.
func decode64(s string) (data []byte, problems []string, ok bool) {
	if strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return nil, nil, false
	}
	if t := strings.TrimRight(s, "="); t != s {
		problems = append(problems, "has padding")
		s = t
	}
	if t := strings.NewReplacer("+", "-", "/", "_").Replace(s); t != s {
		problems = append(problems, "is in the alphabet of standard base64, with + and /")
		s = t
	}
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, nil, false
	}
	if base64.RawURLEncoding.EncodeToString(data) != s {
		problems = append(problems, "has trailing bits that are not zero")
	}
	return data, problems, true
}

// isHex reports whether s is the hexadecimal form of a MAC of JWS.
func isHex(s []byte) bool {
	if len(s) != 64 && len(s) != 128 {
		return false
	}
	return len(bytes.Trim(s, "0123456789abcdefABCDEF")) == 0
}
