package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

const none = "\x00" // stands for "not found" in the tables

func TestUnknownKeeps(t *testing.T) {
	u := wire.NewUnknown("application/json; charset=utf-8", []byte(`{"a":1}`))
	if u.ContentType() != "application/json; charset=utf-8" || string(u.Body().Reveal()) != `{"a":1}` {
		t.Errorf("got %s and %s", u.ContentType(), u.Body().Reveal())
	}
}

func TestUnknownJSON(t *testing.T) {
	const body = `
{
  "status": "ok", "text": "a\u0022\n\u049A", "amount": 500.00, "big": 12345678901234567890.10, "e": 1E+2,
  "yes": true, "no": false, "null": null, "empty": "", "": "unnamed", "0": "zero",
  "list": [10, "b", {"c": [[1, 2], []]}],
  "object": {"status": "inner", "twice": 1, "twice": 2},
  "\u0061bc": "escaped name"
}
`
	for path, want := range map[string]string{
		"status": "ok", "text": "a\"\nҚ", "amount": "500.00", "big": "12345678901234567890.10", "e": "1E+2",
		"yes": "true", "no": "false", "null": none, "empty": "", "": "unnamed", "0": "zero",
		"list": none, "list/0": "10", "list/1": "b", "list/2": none, "list/2/c/0/1": "2", "list/2/c/1/0": none,
		"list/3": none, "list/-1": none, "list/00": none, "list/+0": none, "list/c": none, "list/0/0": none,
		"object": none, "object/status": "inner", "object/twice": none, "object/0": none, "status/0": none,
		"abc": "escaped name", "Status": none, "missing": none, "null/a": none,
	} {
		lookup(t, body, path, want)
	}
	if got, ok := wire.NewUnknown("", []byte(` 5.0 `)).Lookup(); !ok || got != "5.0" {
		t.Errorf("the body itself: %q, %t", got, ok)
	}
	for _, bad := range []string{
		``, ` `, `{"a":"b"`, `{"a":"b"} x`, `{"a":"b"}{"a":"b"}`, `{"a":"b",}`, `{'a':'b'}`, "{\"a\":\"b\xff\"}",
		"\ufeff" + `{"a":"b"}`, strings.Repeat(`{"a":`, 20000), "a=b", `{"a":"b","a":"b"}`,
	} {
		lookup(t, bad, "a", none)
	}
}

func TestUnknownXML(t *testing.T) {
	const body = `<?xml version="1.0" encoding="utf-8"?>
<!-- pg_status stands below --><response>
  <pg_status kind="x">ok</pg_status>
  <pg_text>a &lt;b&gt; &amp;&#x49A;<![CDATA[<c>]]><!-- d -->e</pg_text>
  <pg_empty/><pg_blank> </pg_blank>
  <list><item>1</item><item><id>2</id></item><item>3</item></list>
  <one><item>only</item></one>
  <twice>1</twice><twice>2</twice>
</response>
`
	for path, want := range map[string]string{
		"pg_status": "ok", "pg_text": "a <b> &Қ<c>e", "pg_empty": "", "pg_blank": " ", "missing": none,
		"pg_status/0": "ok", "pg_status/1": none, "pg_status/0/0": none, "0": none, "0/pg_status": none,
		"list": none, "list/item": none, "list/item/0": "1", "list/item/1": none, "list/item/1/id": "2",
		"list/item/2": "3", "list/item/3": none, "list/item/-1": none, "list/item/00": none, "list/item/id": none,
		"list/0": none, "one/item": "only", "one/item/0": "only", "twice": none, "twice/1": "2",
		"response": none, "response/pg_status": none, "pg_status/kind": none,
	} {
		lookup(t, body, path, want)
	}
	for name, bad := range map[string]string{
		"cut off":        `<r><a>b</a>`,
		"two roots":      `<r><a>b</a></r><r/>`,
		"text after":     `<r><a>b</a></r>x`,
		"mismatch":       `<r><a>b</b></r>`,
		"entity":         `<r><a>&b;</a></r>`,
		"DOCTYPE":        `<!DOCTYPE r [<!ENTITY b "b">]><r><a>b</a></r>`,
		"instruction":    `<?php a?><r><a>b</a></r>`,
		"encoding":       `<?xml version="1.0" encoding="windows-1251"?><r><a>b</a></r>`,
		"not UTF-8":      "<r><a>b</a><c>\xff</c></r>",
		"deep":           `<r><a>b</a>` + strings.Repeat("<d>", 64) + strings.Repeat("</d>", 64) + `</r>`,
		"many tokens":    `<r><a>b</a>` + strings.Repeat("<d/>", wire.MaxTokens/2) + `</r>`,
		"many and a cut": `<r><a>b</a></r>` + strings.Repeat("<!---->", wire.MaxTokens) + `<`,
		"comment only":   `<!-- a -->`,
		"angle only":     `<`,
	} {
		if got, ok := wire.NewUnknown("text/xml", []byte(bad)).Lookup("a"); ok {
			t.Errorf("%s: found %q", name, got)
		}
	}
	lookup(t, `<r>`+strings.Repeat("<d>", 62)+`<a>b</a>`+strings.Repeat("</d>", 62)+`</r>`, strings.Repeat("d/", 62)+"a", "b")
}

func lookup(t *testing.T, body, path, want string) {
	t.Helper()
	got, ok := wire.NewUnknown("", []byte(body)).Lookup(strings.Split(path, "/")...)
	if ok != (want != none) || (ok && got != want) || (!ok && got != "") {
		t.Errorf("%q in %.40q: %q, %t; want %q", path, body, got, ok, want)
	}
}

// FuzzUnknown holds lookups in JSON against encoding/json's own decoding.
func FuzzUnknown(f *testing.F) {
	for _, body := range []string{
		`{"status":"ok","payments":[{"amount":1.00},{"amount":2}]}`, `["a",["b"]]`, `{"a":"1","a":"2"}`, `5`, ``,
		`<response><pg_status>ok</pg_status><item>1</item><item>2</item></response>`, `<r><![CDATA[x]]>&#65;</r>`,
	} {
		f.Add([]byte(body), "status", "0")
		f.Add([]byte(body), "item", "1")
	}
	f.Fuzz(func(t *testing.T, body []byte, first, second string) {
		before := bytes.Clone(body)
		u := wire.NewUnknown("", body)
		for _, path := range [][]string{nil, {first}, {first, second}} {
			text, ok := u.Lookup(path...)
			if !bytes.Equal(body, before) {
				t.Fatal("the body changed")
			}
			if !ok || !json.Valid(body) {
				continue
			}
			v := decodeJSON(t, body)
			for _, step := range path {
				switch at := v.(type) {
				case map[string]any:
					v = at[step]
				case []any:
					var i int
					if json.Unmarshal([]byte(step), &i) != nil || i >= len(at) {
						t.Fatalf("index %q in an array of %d", step, len(at))
					}
					v = at[i]
				default:
					t.Fatalf("%q in a scalar", step)
				}
			}
			want := v
			switch v := v.(type) {
			case json.Number:
				want = v.String()
			case bool:
				want = map[bool]string{true: "true", false: "false"}[v]
			}
			if want != text {
				t.Fatalf("%q: %q, want %v", path, text, want)
			}
		}
	})
}

// decodeJSON decodes with numbers as literals.
func decodeJSON(t *testing.T, data []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
