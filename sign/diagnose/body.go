package diagnose

import (
	"bytes"
	"hash/maphash"
	"iter"
	"strings"
)

// bodies yields what is usually signed in place of payload, each text once and
// payload itself never.
func bodies(payload []byte) iter.Seq[candidate] {
	return distinct(payload, func(add func(words string, body []byte) bool) {
		crlf, lf := []byte("\r\n"), []byte("\n")
		unix := bytes.ReplaceAll(payload, crlf, lf)
		ok := add("an empty body", nil) &&
			add("the body without its trailing newline", bytes.TrimRight(payload, "\r\n")) &&
			add("the body without the white space around it", bytes.TrimSpace(payload)) &&
			add("the body with a trailing newline", with(payload, "\n")) &&
			add("the body with a trailing CRLF", with(payload, "\r\n")) &&
			add("the body with LF for its CRLF", unix) &&
			add("the body with CRLF for its LF", bytes.ReplaceAll(unix, lf, crlf)) &&
			add("the body without its byte order mark", bytes.TrimPrefix(payload, []byte(byteOrderMark))) &&
			add("the body with a byte order mark", append([]byte(byteOrderMark), payload...))
		if len(payload) == 0 {
			// What JSON libraries make of nothing.
			for _, nothing := range []string{"{}", "[]", "null", `""`} {
				ok = ok && add("the body "+nothing+", where there is none", []byte(nothing))
			}
			return
		}
		if !ok {
			return
		}
		for j := range spellings(payload) {
			if !add("the body "+j.words, j.data) {
				return
			}
		}
	})
}

func with(b []byte, end string) []byte { return append(b[:len(b):len(b)], end...) }

// distinct turns generate into a sequence of which each text but original comes
// once. It remembers hashes, not texts: those of a large body would be many.
func distinct(original []byte, generate func(add func(string, []byte) bool)) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		seed := maphash.MakeSeed()
		seen := map[uint64]bool{maphash.Bytes(seed, original): true}
		generate(func(words string, text []byte) bool {
			sum := maphash.Bytes(seed, text)
			if seen[sum] {
				return true
			}
			seen[sum] = true
			return yield(candidate{words, text})
		})
	}
}

// spellings yields the JSON value in text as other programs write it. Numbers
// keep their literals. It yields nothing if text is no JSON, or very large JSON.
func spellings(text []byte) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		v, ok := parseJSON(text)
		if !ok {
			return
		}
		for _, arrangement := range []struct {
			words           string
			sorted, trimmed bool
		}{
			{"", false, false},
			{" and its keys sorted", true, false},
			{" and zeros at the end of its decimals left out", false, true},
			{" and its keys sorted and zeros at the end of its decimals left out", true, true},
		} {
			for _, st := range styles {
				st.sorted, st.trimmed = arrangement.sorted, arrangement.trimmed
				if !yield(candidate{"with " + st.words + arrangement.words, st.append(nil, v, 0)}) {
					return
				}
			}
		}
	}
}

// style is how a program writes JSON.
type style struct {
	words           string
	comma, colon    string
	indent          int  // spaces a level
	slash           bool // \/
	ascii           bool // \uXXXX for what is not ASCII
	html            bool // \u003c for <, as encoding/json does
	raw             bool // strings as they were written
	sorted, trimmed bool
}

var styles = []style{
	{words: "its JSON compacted", comma: ",", colon: ":", raw: true},
	{words: "its JSON compacted, without needless escapes", comma: ",", colon: ":"},
	{words: `its JSON compacted, / escaped as \/`, comma: ",", colon: ":", slash: true},
	{words: `its JSON compacted, \uXXXX for what is not ASCII`, comma: ",", colon: ":", ascii: true},
	{words: `its JSON as PHP writes it (\/, and \uXXXX for what is not ASCII)`, comma: ",", colon: ":", slash: true, ascii: true},
	{words: "its JSON as Go writes it (<, > and & escaped)", comma: ",", colon: ":", html: true},
	{words: `its JSON as Python writes it (spaces, and \uXXXX for what is not ASCII)`, comma: ", ", colon: ": ", ascii: true},
	{words: "its JSON with a space after each comma and colon", comma: ", ", colon: ": "},
	{words: "its JSON indented by two spaces", comma: ",", colon: ": ", indent: 2},
	{words: "its JSON indented by four spaces", comma: ",", colon: ": ", indent: 4},
	{words: `its JSON indented by four spaces, as PHP writes it (\/, and \uXXXX for what is not ASCII)`, comma: ",", colon: ": ", indent: 4, slash: true, ascii: true},
}

// trimDecimal leaves out the zeros at the end of a decimal's fraction.
func trimDecimal(literal string) string {
	if !strings.Contains(literal, ".") || strings.ContainsAny(literal, "eE") {
		return literal
	}
	return strings.TrimSuffix(strings.TrimRight(literal, "0"), ".")
}
