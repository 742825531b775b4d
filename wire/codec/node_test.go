package codec

import (
	"reflect"
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
