package codec

import (
	"bytes"
	"encoding/xml"
)

// innerXML is an element whose content is taken and given as it is written.
type innerXML struct {
	Content []byte `xml:",innerxml"`
}

// DecodeXMLElement decodes the element that start opens into m, which must be
// fresh: the way in for encoding/xml, behind a type's UnmarshalXML. Any name of
// the element will do. The decoder has read the document by then, so its own
// tolerance holds; the content is read as strictly as by [ParseXML]. Prefixes that
// the elements around it declare are not known in it.
func DecodeXMLElement(d *xml.Decoder, start xml.StartElement, m Message) error {
	var content innerXML
	if err := d.DecodeElement(&content, &start); err != nil {
		return err
	}
	// The content is held to the rules within a root of its own.
	const open, closing = "<e>", "</e>"
	return UnmarshalXML(bytes.Join([][]byte{[]byte(open), content.Content, []byte(closing)}, nil), m)
}

// EncodeXMLElement writes m as the element that start opens: the way out for
// encoding/xml, behind a type's MarshalXML.
func EncodeXMLElement(e *xml.Encoder, start xml.StartElement, m Message) error {
	return e.EncodeElement(innerXML{appendContent(nil, m)}, start)
}
