package diagnose

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// examine says what is wrong with the decoded header; the cause is CauseMAC if
// nothing is.
func examine(members []member, want jws.Header, m mask) Diagnosis {
	if problem := checkNames(members, want.Form, m); problem != "" {
		return Diagnosis{Cause: CauseMalformed, Detail: problem}
	}
	h := map[string]member{}
	for _, mem := range members {
		h[mem.name] = mem
	}
	uri, identity := names(want.Form)
	if _, ok := h[uri]; !ok {
		gotURI, gotIdentity := names(otherForm(want.Form))
		return Diagnosis{Cause: CauseForm, Detail: gotURI + " and " + gotIdentity + " were signed, " + uri + " and " + identity + " are wanted"}
	}

	wanted := map[string]string{
		uri: want.URI, identity: want.Identity, "method": want.Method, "params": want.Params,
		"alg": want.Algorithm.String(), "typ": "JWT",
	}
	for _, mem := range members {
		kind := "string"
		if mem.name == "merchant_id" {
			kind = "number"
		}
		if mem.kind != kind {
			return Diagnosis{
				Cause: CauseMalformed, Member: mem.name,
				Got: m.text(mem.text), Want: m.text(wanted[mem.name]),
				Detail: "the header member " + mem.name + " is of JSON's type " + mem.kind + ", " + kind + " is documented",
			}
		}
	}
	if typ, ok := h["typ"]; ok && typ.text != wanted["typ"] {
		return Diagnosis{Cause: CauseMalformed, Detail: "the header member typ is " + m.quote(typ.text) + `, "JWT" or no such member is expected`}
	}

	var differ []string
	for _, name := range []string{"alg", uri, identity, "method", "params"} {
		if h[name].text != wanted[name] {
			differ = append(differ, name)
		}
	}
	if differ == nil {
		return Diagnosis{Cause: CauseMAC}
	}
	name := differ[0]
	d := Diagnosis{Cause: CauseMember, Member: name, Got: m.text(h[name].text), Want: m.text(wanted[name])}
	details := []string{memberDetail(name, h[name].text, wanted[name])}
	if d.Got == masked || d.Want == masked {
		details[0] = "a secret stands in it"
	}
	switch rest := differ[1:]; len(rest) {
	case 0:
	case 1:
		details = append(details, rest[0]+" differs too")
	default:
		details = append(details, list(rest)+" differ too")
	}
	if details[0] == "" {
		details = details[1:]
	}
	d.Detail = strings.Join(details, "; ")
	return d
}

// checkNames says what is wrong with the names of the members, if they are not
// those of one documented form. Where it cannot be known, wanted is that form.
func checkNames(members []member, wanted jws.Form, m mask) (problem string) {
	has := map[string]bool{}
	for _, mem := range members {
		if has[mem.name] {
			return "the header has the member " + m.quote(mem.name) + " twice"
		}
		has[mem.name] = true
	}
	for _, mem := range members {
		switch mem.name {
		case "uri", "auth_id", "path", "merchant_id", "method", "params", "alg", "typ":
		default:
			return "the header has the member " + m.quote(mem.name) + ", which is not documented: " + documented(wanted) + " are expected"
		}
	}
	form := wanted
	switch {
	case (has["uri"] || has["auth_id"]) && (has["path"] || has["merchant_id"]):
		return "the header mixes the members of two forms: " + documented(wanted) + " are expected"
	case has["uri"] || has["auth_id"]:
		form = jws.FormURI
	case has["path"] || has["merchant_id"]:
		form = jws.FormPath
	}
	uri, identity := names(form)
	var missing []string
	for _, name := range []string{uri, identity, "method", "params", "alg"} {
		if !has[name] {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return "the header lacks " + list(missing)
	}
	return ""
}

// member is one of a header.
type member struct {
	name string
	kind string // of JSON: string, number, boolean, null, object or array
	text string // a string's content, the JSON of anything else
}

// readHeader reads a flat JSON object, duplicates and all.
func readHeader(data []byte) (members []member, problem string) {
	switch {
	case bytes.HasPrefix(data, []byte(byteOrderMark)):
		return nil, "the header begins with a byte order mark"
	case !utf8.Valid(data):
		return nil, "the header is not UTF-8"
	case bytes.HasPrefix(data, []byte("eyJ")): // the base64url of {"
		return nil, "the header is encoded in base64url twice"
	case !json.Valid(data):
		return nil, "the header is no JSON"
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, "the header is JSON, but no object"
	}
	for dec.More() {
		var mem member
		var value json.RawMessage
		// The data is valid, so neither fails; if it did, the strict reader would
		// still have refused.
		name, _ := dec.Token()
		mem.name, _ = name.(string)
		if err := dec.Decode(&value); err != nil {
			return nil, "the header is no JSON"
		}
		mem.kind, mem.text = kindOf(value), string(value)
		if mem.kind == "string" {
			_ = json.Unmarshal(value, &mem.text)
		}
		members = append(members, mem)
	}
	return members, ""
}

func kindOf(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}

func otherForm(f jws.Form) jws.Form {
	if f == jws.FormPath {
		return jws.FormURI
	}
	return jws.FormPath
}

// names returns the members that the documented form calls uri and auth_id.
func names(f jws.Form) (uri, identity string) {
	if f == jws.FormPath {
		return "path", "merchant_id"
	}
	return "uri", "auth_id"
}

func documented(f jws.Form) string {
	uri, identity := names(f)
	return list([]string{uri, identity, "method", "params", "alg"})
}

// list joins words with commas and an and.
func list(words []string) string {
	n := len(words) - 1
	if n == 0 {
		return words[0]
	}
	return strings.Join(words[:n], ", ") + " and " + words[n]
}
