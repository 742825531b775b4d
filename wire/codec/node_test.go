package codec

import (
	"reflect"
	"strings"
	"testing"
)

func TestNodes(t *testing.T) {
	want := []Node{
		{Name: "s", Text: "a&b"},
		{Name: "e"},
		{Name: "o", Children: []Node{{Name: "p", Text: "q"}, {Name: "p", Text: "r"}}},
		{Name: "l", Text: "1"},
		{Name: "l", Text: "2.50"},
	}
	for in, parse := range map[string]func([]byte, Limits) (*Document, error){
		`<r><s>a&amp;b</s><e/><o><p>q</p><p>r</p></o><l>1</l><l>2.50</l></r>`: ParseXML,
		`{"s":"a\u0026b","e":null,"o":{"p":["q","r"]},"l":[1,2.50]}`:          ParseJSON,
	} {
		d, err := parse([]byte(in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Nodes(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v\nwant %+v", in, got, want)
		}
	}
	d, err := ParseJSON([]byte(`"text"`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Nodes(); got != nil {
		t.Errorf("a text has the members %+v", got)
	}
}

func TestHas(t *testing.T) {
	d, err := ParseJSON([]byte(`{"error":{"code":1,"none":null},"null":null,"list":[],"text":""}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"error": true, "error.code": true, "error.none": false, "error.text": false, "null": false, "list": true, "list.0": false,
		"text": true, "other": false, "other.code": false, "code": false,
	} {
		if d.Has(strings.Split(path, ".")...) != want {
			t.Errorf("%s: %t", path, !want)
		}
	}
}
