package wire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/freedompay-go/freedompay/wire"
)

// card is the content that must not show, in any notation.
const card = "4111111111111111"

// leak returns the way of printing by which v shows card, or "".
func leak(v any) string {
	for how, text := range printed(v) {
		for _, form := range cardForms {
			if strings.Contains(strings.ToLower(text), form) {
				return how + ": " + text
			}
		}
	}
	return ""
}

// cardForms are the notations of card that printing might use, in lower case.
var cardForms = []string{
	card,
	hex.EncodeToString([]byte(card)),
	strings.Trim(fmt.Sprint([]byte(card)), "[]"), // 52 49 49 …
	strings.TrimSpace(fmt.Sprintf("% x", card)),
	strings.Trim(fmt.Sprintf("%#v", []byte(card)), "[]byte{}"), // 0x34, 0x31, …
	"0x34 0x31 0x31",
	strings.Trim(fmt.Sprintf("%o", []byte(card)), "[]"),
	strings.Trim(fmt.Sprintf("%b", []byte(card)), "[]"),
	strings.ToLower(base64.StdEncoding.EncodeToString([]byte(card))[:16]),
}

// printed returns v in every way Go has of printing.
func printed(v any) map[string]string {
	all := make(map[string]string)
	for _, flags := range []string{"", "+", "#", "# ", " ", "0", "-40", "40.30"} {
		for _, verb := range "vTtbcdoOqxXUeEfFgGspw" {
			format := "%" + flags + string(verb)
			all["fmt "+format] = fmt.Sprintf(format, v)
		}
	}
	all["errorf"] = fmt.Errorf("%w: %v", io.EOF, v).Error()
	all["println"] = fmt.Sprintln(v)

	if _, ok := v.(reflect.Value); ok {
		return all // only fmt looks into it; others refuse or panic
	}

	var b bytes.Buffer
	flush := func(how string) {
		all[how] = b.String()
		b.Reset()
	}
	log.New(&b, "", 0).Print(v)
	flush("log")
	for how, handler := range map[string]slog.Handler{
		"slog text": slog.NewTextHandler(&b, nil),
		"slog JSON": slog.NewJSONHandler(&b, nil),
	} {
		logger := slog.New(handler)
		logger.Info("m", "v", v)
		logger.With("v", v).WithGroup("g").Info("m", slog.Group("h", "v", v), slog.Any("list", []any{v}))
		flush(how)
	}
	record := func(how string, err error) {
		if err != nil {
			b.WriteString(err.Error())
		}
		flush(how)
	}
	record("json", json.NewEncoder(&b).Encode(v))
	record("xml", xml.NewEncoder(&b).Encode(v))
	record("gob", gob.NewEncoder(&b).Encode(v))
	record("template", template.Must(template.New("").Parse(`{{.}} {{printf "%s" .}} {{js .}}`)).Execute(&b, v))
	return all
}

// around returns v and v inside what Go has to put things in.
func around[T comparable](v T) map[string]any {
	type exported struct{ V T }
	type unexported struct{ v T }
	type inner struct{ unexported }
	type pointer struct{ v *T }
	type slice struct{ v []T }
	type dict struct{ v map[string]T }
	type anything struct{ v any }
	return map[string]any{
		"itself":                      v,
		"pointer":                     &v,
		"slice":                       []T{v},
		"slice of pointers":           []*T{&v},
		"array":                       [1]T{v},
		"map":                         map[string]T{"k": v},
		"map of slices":               map[string][]T{"k": {v}},
		"map key":                     map[T]string{v: "k"},
		"any":                         []any{v},
		"field":                       exported{v},
		"pointer to field":            &exported{v},
		"unexported field":            unexported{v},
		"pointer to unexported":       &unexported{v},
		"embedded unexported":         inner{unexported{v}},
		"unexported pointer":          pointer{&v},
		"unexported slice":            slice{[]T{v}},
		"pointer to unexported slice": &slice{[]T{v}},
		"unexported map":              dict{map[string]T{"k": v}},
		"unexported any":              anything{v},
		"unexported pointer in any":   anything{&v},
		"slice of unexported":         []unexported{{v}},
		"reflected":                   reflect.ValueOf(v),
		"reflected unexported field":  reflect.ValueOf(unexported{v}).Field(0),
		"closure":                     func() T { return v },
	}
}

func TestNothingPrints(t *testing.T) {
	extra := new(wire.Extra)
	extra.SetForm(card, wire.FormNull)
	if err := extra.SetJSON(card, []byte(`"`+card+`"`)); err != nil {
		t.Fatal(err)
	}
	member := wire.Member{Name: "pan", Value: wire.NewRaw([]byte(card)), Format: wire.FormatXML}
	for kind, values := range map[string]map[string]any{
		"Secret":  around(wire.NewSecret(card)),
		"Raw":     around(wire.NewRaw([]byte(card))),
		"Extra":   around(*extra),
		"Member":  around(member),
		"Unknown": around(*wire.NewUnknown("text/plain", []byte(card))),
	} {
		for where, v := range values {
			if how := leak(v); how != "" {
				t.Errorf("%s, %s, leaks by %s", kind, where, how)
			}
		}
	}
}

// The test above is worth nothing if it does not see what does print.
func TestLeaksAreSeen(t *testing.T) {
	type open struct{ v string }
	type bytes struct{ v []byte }
	for _, v := range []any{card, []byte(card), open{card}, bytes{[]byte(card)}, errors.New(card), json.RawMessage(`"` + card + `"`)} {
		if leak(v) == "" {
			t.Errorf("%T: leak not seen", v)
		}
	}
	for _, format := range []string{"%v", "%x", "%X", "% x", "%#x", "%# x", "%d", "%q", "%#v", "%o", "%b"} {
		text := strings.ToLower(fmt.Sprintf(format, []byte(card)))
		seen := false
		for _, form := range cardForms {
			seen = seen || strings.Contains(text, form)
		}
		if !seen {
			t.Errorf("%s: leak not seen in %s", format, text)
		}
	}
}

func TestMasks(t *testing.T) {
	var extra wire.Extra
	extra.SetForm("a", wire.FormNull)
	extra.SetForm("b", wire.FormEmpty)
	extra.Add(wire.Member{Name: "c"})
	for _, test := range []struct {
		v                any
		text, json, slog string
	}{
		{wire.NewSecret(card), "***", `"***"`, "v=***"},
		{wire.NewSecret(""), "***", `"***"`, "v=***"},
		{wire.Secret{}, "<unset>", `null`, "v=<unset>"},
		{wire.NewRaw([]byte(card)), "[16 bytes]", `"[16 bytes]"`, `v="[16 bytes]"`},
		{wire.Raw{}, "[0 bytes]", `"[0 bytes]"`, `v="[0 bytes]"`},
		{extra, "[2 forms, 1 unknown]", `"[2 forms, 1 unknown]"`, `v="[2 forms, 1 unknown]"`},
		{wire.Extra{}, "[0 forms, 0 unknown]", `"[0 forms, 0 unknown]"`, `v="[0 forms, 0 unknown]"`},
		{wire.NewUnknown("text/plain", []byte(card)), "[16 bytes]", `"[16 bytes]"`, `v="[16 bytes]"`},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%8.3f"} {
			if got := fmt.Sprintf(format, test.v); got != test.text {
				t.Errorf("%T by %s: %s, want %s", test.v, format, got, test.text)
			}
		}
		if got, err := json.Marshal(test.v); err != nil || string(got) != test.json {
			t.Errorf("%T in JSON: %s, %v; want %s", test.v, got, err, test.json)
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", test.v)
		if !strings.HasSuffix(b.String(), " "+test.slog+"\n") {
			t.Errorf("%T in slog: %s, want %s", test.v, b.String(), test.slog)
		}
		b.Reset()
		if err := xml.NewEncoder(&b).EncodeElement(test.v, xml.StartElement{Name: xml.Name{Local: "v"}}); err != nil {
			t.Errorf("%T in XML: %v", test.v, err)
		}
	}
}
