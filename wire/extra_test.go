package wire_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestExtraForms(t *testing.T) {
	var e wire.Extra
	if e.Form("a") != wire.FormDocumented || e.IsNull("a") || e.Missing() != nil || !e.IsZero() {
		t.Error("the zero value holds something")
	}
	forms := map[string]wire.Form{
		"d": wire.FormNull, "b": wire.FormAbsent, "c": wire.FormString, "a": wire.FormAbsent, "": wire.FormEmptyList,
	}
	for name, form := range forms {
		e.SetForm(name, wire.FormNumber)
		e.SetForm(name, form)
	}
	for name, form := range forms {
		if got := e.Form(name); got != form {
			t.Errorf("%q: %s, want %s", name, got, form)
		}
	}
	if !e.IsNull("d") || e.IsNull("c") || e.IsNull("aa") || e.IsZero() {
		t.Errorf("null: %t %t %t, zero: %t", e.IsNull("d"), e.IsNull("c"), e.IsNull("aa"), e.IsZero())
	}
	if got := e.Missing(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("missing %q", got)
	}
}

// What holds the same is deeply equal, whatever the way there.
func TestExtraIsCanonical(t *testing.T) {
	var a, b wire.Extra
	a.SetForm("x", wire.FormDocumented)
	a.SetForm("x", wire.FormNull)
	a.SetForm("x", wire.FormDocumented)
	if a != (wire.Extra{}) {
		t.Error("an Extra left with nothing is not the zero value")
	}

	a.SetForm("x", wire.FormNull)
	a.SetForm("y", wire.FormEmpty)
	b.SetForm("y", wire.FormEmpty)
	b.SetForm("z", wire.FormNull)
	b.SetForm("x", wire.FormNull)
	b.SetForm("z", wire.FormDocumented)
	if !reflect.DeepEqual(a, b) {
		t.Error("the order of SetForm shows")
	}

	a.SetForm("x", wire.FormDocumented)
	a.SetForm("y", wire.FormDocumented)
	a.Add(wire.Member{Name: "m"})
	a.SetForm("x", wire.FormNull)
	a.SetForm("x", wire.FormDocumented)
	b = wire.Extra{}
	b.Add(wire.Member{Name: "m"})
	if !reflect.DeepEqual(a, b) {
		t.Error("a form that was undone shows")
	}
}

func TestExtraUnknown(t *testing.T) {
	var e wire.Extra
	value := []byte(" { \"pan\" : [ 1.00 , \"<a & b>\" ] }\n")
	if err := e.SetJSON("json", value); err != nil {
		t.Fatal(err)
	}
	clear(value) // the caller's to use again
	for _, xml := range []string{"<x>1</x>", "<x>2</x>"} {
		e.Add(wire.Member{Name: "x", Value: wire.NewRaw([]byte(xml)), Format: wire.FormatXML})
	}
	e.Add(wire.Member{Name: "last", Value: wire.NewRaw([]byte("1"))})
	check := func(want string) {
		t.Helper()
		var got []string
		for _, m := range e.Unknown() {
			got = append(got, m.Name+" "+m.Format.String()+" "+string(m.Value.Reveal()))
		}
		if got := strings.Join(got, "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	check(`json JSON {"pan":[1.00,"<a & b>"]}; x XML <x>1</x>; x XML <x>2</x>; last JSON 1`)

	e.Unknown()[0].Name = "changed"
	check(`json JSON {"pan":[1.00,"<a & b>"]}; x XML <x>1</x>; x XML <x>2</x>; last JSON 1`)

	if err := e.SetJSON("x", []byte("null")); err != nil {
		t.Fatal(err)
	}
	check(`json JSON {"pan":[1.00,"<a & b>"]}; x JSON null; last JSON 1`)

	for _, bad := range []string{"", " ", card + "x", "{", `{"a":}`, "01", "1 2", `"` + card, "\"\xff\"", "NaN", "<x/>", "'a'"} {
		err := e.SetJSON("x", []byte(bad))
		if err == nil || strings.Contains(err.Error(), card) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	check(`json JSON {"pan":[1.00,"<a & b>"]}; x JSON null; last JSON 1`)
	var none wire.Extra
	if err := none.SetJSON("x", []byte("{")); err == nil || !none.IsZero() || none.Unknown() != nil {
		t.Errorf("a failed SetJSON left %v", none)
	}
}

func TestExtraAddText(t *testing.T) {
	var e wire.Extra
	for _, text := range []string{"a", "", `"<&>\`, "ж\u2028\n", "\xff"} {
		e.AddText("x", text)
	}
	var got []string
	for _, m := range e.Unknown() {
		if m.Name != "x" || m.Format != wire.FormatJSON {
			t.Errorf("got %v", m)
		}
		var text string
		if err := json.Unmarshal(m.Value.Reveal(), &text); err != nil {
			t.Error(err)
		}
		got = append(got, text)
	}
	if want := []string{"a", "", `"<&>\`, "ж\u2028\n", "\ufffd"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if value := string(e.Unknown()[2].Value.Reveal()); value != `"\"<&>\\"` {
		t.Errorf("more is escaped than has to be: %s", value)
	}
}

func TestExtraOrder(t *testing.T) {
	var e wire.Extra
	if e.Order() != nil {
		t.Error("the zero value has an order")
	}
	e.SetOrder(nil)
	e.SetOrder([]string{})
	if e != (wire.Extra{}) || !e.IsZero() {
		t.Error("no order is something")
	}
	e.SetOrder([]string{"b", "", "a"})
	if e.IsZero() || !slices.Equal(e.Order(), []string{"b", "", "a"}) {
		t.Errorf("got %q", e.Order())
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, e); got != "[0 forms, 0 unknown, own order]" {
			t.Errorf("%s prints %s", format, got)
		}
	}
	if text, err := e.MarshalText(); err != nil || string(text) != e.LogValue().String() || string(text) != fmt.Sprint(e) {
		t.Errorf("text %s, %v, log %s", text, err, e.LogValue())
	}
	e.Order()[0] = "changed"
	clone := e.Clone()
	if !reflect.DeepEqual(e, clone) || !slices.Equal(e.Order(), []string{"b", "", "a"}) {
		t.Errorf("got %q, the clone %q", e.Order(), clone.Order())
	}
	for i, name := range []string{"c", "d"} {
		clone.SetOrder(append(clone.Order(), name))
		if len(e.Order()) != 3 || len(clone.Order()) != 4+i {
			t.Errorf("got %q, the clone %q", e.Order(), clone.Order())
		}
	}
	if reflect.DeepEqual(e, clone) {
		t.Error("an order does not tell apart")
	}
	e.SetForm("a", wire.FormNull)
	e.SetOrder(nil)
	var other wire.Extra
	other.SetForm("a", wire.FormNull)
	if !reflect.DeepEqual(e, other) {
		t.Error("an order that was undone shows")
	}
	e.SetForm("a", wire.FormDocumented)
	if e != (wire.Extra{}) {
		t.Error("an Extra left with nothing is not the zero value")
	}
}

func TestExtraClone(t *testing.T) {
	var e wire.Extra
	if e.Clone() != (wire.Extra{}) {
		t.Error("the clone of nothing is something")
	}
	e.SetForm("a", wire.FormNull)
	e.Add(wire.Member{Name: "m"})
	clone := e.Clone()
	if !reflect.DeepEqual(e, clone) {
		t.Error("the clone differs")
	}
	clone.SetForm("a", wire.FormEmpty)
	clone.SetForm("b", wire.FormNull)
	clone.Add(wire.Member{Name: "n"})
	if err := clone.SetJSON("m", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if e.Form("a") != wire.FormNull || e.Form("b") != wire.FormDocumented || len(e.Unknown()) != 1 || e.Unknown()[0].Value.Len() != 0 {
		t.Errorf("a change of the clone shows: %v", e)
	}
}

func TestFormTexts(t *testing.T) {
	seen := make(map[string]bool)
	for f := wire.FormDocumented; f <= wire.FormEmptyList+1; f++ {
		if text := f.String(); text == "" || seen[text] || (text == "unknown form") != (f > wire.FormEmptyList) {
			t.Errorf("form %d is %q", f, text)
		} else {
			seen[text] = true
		}
	}
	if got := wire.Format(2).String(); got != "unknown format" {
		t.Errorf("got %q", got)
	}
}

// FuzzExtra holds what SetJSON takes against encoding/json.
func FuzzExtra(f *testing.F) {
	for _, seed := range []string{`{"a": 1.00}`, `[]`, `"x"`, `null`, ` 1 `, `{`, "\"\xff\"", ``, `{"a":1}{"a":1}`} {
		f.Add("name", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		var e wire.Extra
		if e.SetJSON(name, value) != nil {
			if !e.IsZero() {
				t.Fatal("a failed SetJSON left something")
			}
			return
		}
		members := e.Unknown()
		if len(members) != 1 || members[0].Name != name {
			t.Fatalf("got %v", members)
		}
		got := members[0].Value.Reveal()
		if !reflect.DeepEqual(decodeJSON(t, got), decodeJSON(t, value)) {
			t.Fatalf("%q became %q", value, got)
		}
	})
}

func TestExtraText(t *testing.T) {
	var e wire.Extra
	e.AddText("text", "a < b; \"жол\"")
	e.AddText("empty", "")
	e.AddText("twice", "1")
	e.AddText("twice", "2")
	for name, value := range map[string]string{"number": "12.50", "flag": "true", "null": "null", "object": `{"a":1}`, "list": `["a"]`} {
		if err := e.SetJSON(name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	element := func(name, text string) {
		e.Add(wire.Member{Name: name, Value: wire.NewRaw([]byte(text)), Format: wire.FormatXML})
	}
	element("element", "<element>a &lt; b<![CDATA[ & c]]></element>")
	element("hollow", "<hollow/>")
	element("deep", "<deep><a>1</a></deep>")
	for name, want := range map[string]string{
		"text": "a < b; \"жол\"", "empty": "", "number": "12.50", "flag": "true", "element": "a < b & c", "hollow": "",
	} {
		if got, ok := e.Text(name); got != want || !ok {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	for _, name := range []string{"none", "twice", "null", "object", "list", "deep"} {
		if got, ok := e.Text(name); got != "" || ok {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
}
