package codec

import (
	"encoding/xml"
	"strings"
	"testing"
)

// stdOrder is an order that encoding/xml reads and writes, as generated types are.
type stdOrder struct{ order }

func (o *stdOrder) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	return DecodeXMLElement(d, start, &o.order)
}

func (o stdOrder) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return EncodeXMLElement(e, start, &o.order)
}

// What encoding/xml reads through us is what we read, and what it writes is
// what we write.
func TestEncodingXML(t *testing.T) {
	in := string(AppendXML(nil, "root", fullOrder()))
	var got stdOrder
	if err := xml.Unmarshal([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	out, err := xml.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(in, "<root>")
	if want := "<stdOrder>" + strings.Replace(body, "</root>", "</stdOrder>", 1); string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// The decoder's tolerance ends at the element: in it our rules hold.
func TestEncodingXMLIsStrictInside(t *testing.T) {
	for name, in := range map[string]string{
		"a processing instruction": `<root><?php ?></root>`,
		"too deep":                 "<root>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</root>",
		"text":                     "<root>text</root>",
	} {
		var o stdOrder
		if err := xml.Unmarshal([]byte(in), &o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
