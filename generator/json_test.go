package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestAsJSON(t *testing.T) {
	for _, test := range []struct {
		in, want string // "": it cannot be sure
	}{
		{"a: 1\nb: [x, 'y', \"z\\n\"]", `{"a":1,"b":["x","y","z\n"]}`},
		{"{b: 1, a: 2}", `{"b":1,"a":2}`}, // in its order
		{"200: {x: true, y: null, z: ~}", `{"200":{"x":true,"y":null,"z":null}}`},
		{"limit: 0.010", `{"limit":0.010}`}, // to its last digit
		{"day: 2026-11-21", `{"day":"2026-11-21"}`},
		{`text: "<&>\"\\ж"`, `{"text":"\u003c\u0026\u003e\"\\ж"}`},
		{"code: '01'", `{"code":"01"}`},
		{"[]", "[]"},
		{"{}", "{}"},
		{"a: 1\na: 2", ""},
		{"a: &x {b: 1}\nc: *x", ""},
		{"a: {<<: {b: 1}}", ""},
		{"[a]: 1", ""},
		{"a: 0x10", ""},
		{"a: .inf", ""},
		{"a: True", ""},
		{"a: !!binary aGk=", ""},
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(test.in), &doc); err != nil {
			t.Fatalf("%s: %v", test.in, err)
		}
		data, ok := asJSON(doc.Content[0])
		if ok != (test.want != "") || ok && string(data) != test.want {
			t.Errorf("%s: got %s, %v; want %s", test.in, data, ok, test.want)
		}
		if !ok {
			continue
		}
		var got, want any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Errorf("%s: %v", test.in, err)
		}
		if err := json.Unmarshal([]byte(test.want), &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: reads as %v, want %v: %v", test.in, got, want, err)
		}
	}
}
