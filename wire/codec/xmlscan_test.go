package codec

import (
	"bytes"
	"encoding/xml"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestParseXMLValues(t *testing.T) {
	for _, in := range []string{
		`<a/>`, `<a></a>`, `<a >x</a >`, "<a>\n\t<b>1</b>\r\n <b> 2 </b>\n</a>\n",
		`<?xml version="1.0" encoding="UTF-8"?><a>x</a>`,
		`<?xml version='1.0' encoding='utf-8' standalone="yes" ?>` + "\n<!-- c --><a/><!-- d -->\n",
		`<?xml version = "1.0"?><a/>`,
		`<?xml version="1.0" standalone="no"?><a/>`,
		`<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x416;&#x1F600;&#10;&#13;</a>`,
		"<a>x\r\ny\rz\n</a>",
		`<a><![CDATA[<b>&amp;]] >]]>x<![CDATA[]]><!-- & < --> y</a>`,
		"<a><![CDATA[\r\n\r]]></a>",
		"<a><!-->x--></a>", // the comment does not end where it starts
		`<a x="1" y='"' z = "&lt;&#62;>"><b x=""/></a>`,
		`<ns:a xmlns:ns="urn:x"><ns:b/><c.d-e_1/></ns:a>`,
		`<платёж>тест</платёж>`,
		`<a>text<b/>more</a>`, `<a><b/><!-- only --></a>`, `<a><![CDATA[x]]><b>y</b></a>`,
		utf8BOM + `<?xml version="1.0"?><a>1</a>`,
		"<a>\u0085\u2028\u00a0</a>",
	} {
		d, err := parseXML([]byte(in), Limits{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		want, err := xmlValue([]byte(strings.TrimPrefix(in, utf8BOM)))
		if err != nil {
			t.Errorf("%s: oracle: %v", in, err)
			continue
		}
		if got, want := d.element(0), want.unmixed(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", in, got, want)
		}
	}
}

func TestParseXMLRefuses(t *testing.T) {
	tests := []struct {
		in      string
		offset  int
		problem string
	}{
		{``, 0, "root element"},
		{" \n", 2, "root element"},
		{`<!-- c -->`, 10, "root element"},
		{secretWord, 0, "outside the root"},
		{`<a>`, 3, "expected an end tag"},
		{`<a`, 2, "end of the tag"},
		{`<a/`, 3, "end of the tag"},
		{`<`, 1, "expected a name"},
		{`< a/>`, 1, "expected a name"},
		{`<1a/>`, 1, "expected a name"},
		{`<a:b:c/>`, 1, "expected a name"},
		{`<:a/>`, 1, "expected a name"},
		{`<a:/>`, 1, "expected a name"},
		{`<a></b>`, 3, "another element"},
		{`<a></A>`, 3, "another element"},
		{`<a><b></a></b>`, 6, "another element"},
		{`</a>`, 0, "without a start tag"},
		{`<a/></a>`, 4, "without a start tag"},
		{`<a></a x="1">`, 7, "end of the tag"},
		{`<a/><b/>`, 4, "second root"},
		{`<a/>` + secretWord, 4, "outside the root"},
		{`<a/><![CDATA[x]]>`, 4, "outside the root"},
		{`<a/>&#32;`, 4, "outside the root"},
		{`<!DOCTYPE a><a/>`, 0, "document type"},
		{`<!DOCTYPE a [<!ENTITY x "` + secretWord + `">]><a>&x;</a>`, 0, "document type"},
		{`<a><!ELEMENT b ANY></a>`, 3, "document type"},
		{`<a/><!DOCTYPE a>`, 4, "document type"},
		{`<?php x ?><a/>`, 0, "processing instruction"},
		{`<?xml-stylesheet href="x"?><a/>`, 0, "processing instruction"},
		{`<a><?pi?></a>`, 3, "processing instruction"},
		{` <?xml version="1.0"?><a/>`, 1, "processing instruction"},
		{`<a/><?xml version="1.0"?>`, 4, "processing instruction"},
		{`<?xml?><a/>`, 0, "processing instruction"},
		{`<?xml version="1.1"?><a/>`, 13, "version"},
		{`<?xml encoding="UTF-8"?><a/>`, 6, "without a version"},
		{`<?xml version="1.0"encoding="UTF-8"?><a/>`, 19, "white space"},
		{`<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>`, 37, "malformed"},
		{`<?xml version="1.0" standalone="x"?><a/>`, 30, "standalone"},
		{`<?xml version="1.0" encoding="windows-1251"?><a/>`, 28, "encoding other than UTF-8"},
		{"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>\xe0</a>", 28, "encoding other than UTF-8"},
		{`<?xml version="1.0" encoding="utf-16"?><a/>`, 28, "encoding other than UTF-8"},
		{`<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, 28, "encoding other than UTF-8"},
		{`<?xml version="1.0" encoding=""?><a/>`, 28, "encoding other than UTF-8"},
		{`<?xml version="1.0"`, 19, "malformed"},
		{`<?xml version="1.0>`, 14, "closing quote"},
		{`<?xml version=1.0?>`, 14, "expected a quote"},
		{`<?xml version "1.0"?>`, 14, "equals sign"},
		{"\xff\xfe<\x00a\x00/\x00>\x00", 0, "invalid UTF-8"},
		{"\xfe\xff\x00<\x00a", 0, "invalid UTF-8"},
		{"<\x00a\x00/\x00>\x00", 1, "expected a name"},
		{"<a>" + secretWord + "\xe0</a>", 19, "invalid UTF-8"},
		{"<a>\x00</a>", 3, "does not allow"},
		{"<a>\x0b</a>", 3, "does not allow"},
		{"<a>\uffff</a>", 3, "does not allow"},
		{"<a><![CDATA[\x01]]></a>", 12, "does not allow"},
		{"<a><!--\x01--></a>", 7, "does not allow"},
		{"<a x='\x01'/>", 6, "does not allow"},
		{`<a>&nbsp;</a>`, 3, "undefined entity"},
		{`<a>&` + secretWord + `;</a>`, 3, "undefined entity"},
		{`<a>&amp</a>`, 3, "undefined entity"},
		{`<a>& </a>`, 3, "undefined entity"},
		{`<a>&;</a>`, 3, "undefined entity"},
		{`<a>&#;</a>`, 3, "undefined entity"},
		{`<a>&#x;</a>`, 3, "undefined entity"},
		{`<a>&#xZ;</a>`, 3, "undefined entity"},
		{`<a>&#6A;</a>`, 3, "undefined entity"},
		{`<a>&#0;</a>`, 3, "undefined entity"},
		{`<a>&#xD800;</a>`, 3, "undefined entity"},
		{`<a>&#x110000;</a>`, 3, "undefined entity"},
		{`<a>&#99999999999999999999;</a>`, 3, "undefined entity"},
		{`<a>]]></a>`, 3, "CDATA"},
		{`<a><![CDATA[x</a>`, 3, "without an end"},
		{`<a><![cdata[x]]></a>`, 3, "declaration"},
		{`<a><!-- x</a>`, 3, "comment without an end"},
		{`<a><!-- x -- y --></a>`, 10, "two hyphens"},
		{`<a><!-- x ---></a>`, 10, "two hyphens"},
		{`<a x/>`, 4, "equals sign"},
		{`<a x=1/>`, 5, "expected a quote"},
		{`<a x="1/>`, 5, "closing quote"},
		{`<a x="<"/>`, 6, "angle bracket"},
		{`<a x="&x;"/>`, 6, "undefined entity"},
		{`<a x="1"y="2"/>`, 8, "white space"},
		{`<a x="1" x="2"/>`, 9, "duplicate attribute"},
		{`<a / >`, 4, "end of the tag"},
		{`<a "x"/>`, 3, "expected a name"},
		{`{"a":1}`, 0, "outside the root"},
	}
	for _, tt := range tests {
		_, err := parseXML([]byte(tt.in), Limits{})
		t.Run(tt.in, func(t *testing.T) {
			wantSyntaxError(t, err, "XML", "", tt.problem)
			if e := err.(*SyntaxError); e.Offset != tt.offset {
				t.Errorf("offset %d, want %d", e.Offset, tt.offset)
			}
		})
	}
}

func TestParseXMLLimits(t *testing.T) {
	parse := func(in string, l Limits) error {
		_, err := parseXML([]byte(in), l)
		return err
	}
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" a" + strings.Trim(index(i), "[]") + `=""`)
		}
		return "<a" + b.String() + "/>"
	}

	if err := parse(nested(wire.MaxDepth), Limits{}); err != nil {
		t.Error("depth:", err)
	}
	wantLimitError(t, parse(nested(wire.MaxDepth+1), Limits{}), "depth", wire.MaxDepth)
	wantLimitError(t, parse(strings.Repeat("<a>", 1_000_000), Limits{}), "depth", wire.MaxDepth)
	if err := parse(nested(1_000_000), Limits{Bytes: 1 << 30, Depth: 1_000_000, Tokens: 2_000_000}); err != nil {
		t.Error("a million levels, asked for:", err)
	}

	if err := parse("<a>"+strings.Repeat("<b/>", wire.MaxTokens-2)+"</a>", Limits{}); err != nil {
		t.Error("tokens:", err)
	}
	wantLimitError(t, parse("<a>"+strings.Repeat("<b/>", wire.MaxTokens-1)+"</a>", Limits{}), "tokens", wire.MaxTokens)
	wantLimitError(t, parse("<a>"+strings.Repeat("<b/>", 900_000)+"</a>", Limits{}), "tokens", wire.MaxTokens)
	wantLimitError(t, parse("<a></a>", Limits{Tokens: 1}), "tokens", 1)

	if err := parse(attributes(maxAttrs), Limits{}); err != nil {
		t.Error("attributes:", err)
	}
	wantLimitError(t, parse(attributes(400_000), Limits{Bytes: 1 << 30}), "attributes", maxAttrs)
	declaring := func(n int) string { // of two prefixes each, with as many that are over
		return strings.Repeat(`<a xmlns:x="1" xmlns:y="2"><b xmlns:z="3"/>`, n/2) + strings.Repeat(`</a>`, n/2)
	}
	if err := parse("<r>"+strings.Repeat(declaring(100), 100)+"</r>", Limits{}); err != nil {
		t.Error("prefixes:", err)
	}
	wantLimitError(t, parse(declaring(maxPrefixes+2), Limits{Depth: 1000}), "prefixes", maxPrefixes)
	wantLimitError(t, parse("<abc/>", Limits{Bytes: 5}), "bytes", 5)
	wantLimitError(t, parse(strings.Repeat(" ", wire.MaxAnswerBytes+1), Limits{}), "bytes", wire.MaxAnswerBytes)
}

func TestXMLNames(t *testing.T) {
	for _, name := range []string{"a", "_", "Z9", "a-b.c", "a:b", "ж", "a\u00b7", "e\u0301", "\u200c", "\u2070", "\u3001", "\uf900", "\ufdf0", "\U00010000", "a\u203f"} {
		if !isXMLName(name) || !isXMLName([]byte(name)) {
			t.Errorf("%q is a name", name)
		}
	}
	for _, name := range []string{"", "9", "-a", ".", ":a", "a:", "a:b:c", "a b", "a/b", "<", "\u00d7", "\u00f7", "\u0301", "\u037e", "\u2000", "\ud7ff\ufdd0", "\U000f0000", "\u00b7", "a\xff\x00"} {
		if isXMLName(name) || isXMLName([]byte(name)) {
			t.Errorf("%q is no name", name)
		}
	}
}

func TestDocumentXML(t *testing.T) {
	d, err := parseXML([]byte(`<r:x><s>a&amp;b</s><e/><o><p>q</p></o><l>1</l><l>2</l></r:x>`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"s": "a&b", "e": "", "o/p": "q", "l": "1"} {
		if text, ok := d.lookup(strings.Split(path, "/")...); text != want || !ok {
			t.Errorf("%s: got %q, %v", path, text, ok)
		}
	}
	for _, path := range []string{"o", "x", "s/t", "l/1", "r:x"} {
		if text, ok := d.lookup(strings.Split(path, "/")...); ok {
			t.Errorf("%s: got %q", path, text)
		}
	}
	if d.root() != "r:x" || !d.isObject() {
		t.Errorf("root %q, object %v", d.root(), d.isObject())
	}
	if d.knows(orderType) {
		t.Error("knows a type that it has nothing of")
	}
	if d, _ := parseXML([]byte(`<r><x/><name/></r>`), Limits{}); !d.knows(orderType) {
		t.Error("does not know a type that it has an element of")
	}
	for in, want := range map[string]bool{`<r><x/><name/></r>`: false, `<r><name></name></r>`: false, `<r><name>a</name></r>`: true, `<r><name><x/></name></r>`: true} {
		if d, _ := parseXML([]byte(in), Limits{}); d.tells(orderType) != want {
			t.Errorf("%s: tells %v", in, !want)
		}
	}
}

// FuzzParseXML holds the parser against encoding/xml: it must not accept more
// and must read the same elements and texts.
func FuzzParseXML(f *testing.F) {
	for _, seed := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><r x="1"><a>&lt;&#65;</a><b><![CDATA[<]]></b><c/></r>`,
		`<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, `<a><b></a></b>`, `<a x="1" x="2"/>`, `<a>]]></a>`, "<a>\r\n</a>", `<a><!-- -- --></a>`, `<a/><b/>`, `<?xml version="1.0" encoding="utf-16"?><a/>`, utf8BOM + `<a>t<b/>u</a>`,
		string(AppendXML(nil, "response", fullOrder())),
		`<r xmlns:i="` + xsiNamespace + `"><a i:nil="true"/><b xmlns:i="x" i:nil="1"><c xsi:nil="&#49;"/></b><d xmlns:xsi="y" xsi:nil="true"/><e xsi:nil='true'/></r>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseXML(data, Limits{})
		if err != nil {
			return
		}
		for i := range d.nodes {
			// encoding/xml goes by the name tables of an older edition of XML.
			if !ascii(d.name(uint32(i))) {
				return
			}
		}
		want, err := xmlValue([]byte(strings.TrimPrefix(string(data), utf8BOM)))
		if err != nil {
			if !ascii(data) {
				return // an attribute's name, perhaps
			}
			t.Fatalf("accepted what encoding/xml refuses: %q: %v", data, err)
		}
		if got, want := d.element(0), want.unmixed(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v", data, got, want)
		}
		var nils []bool
		for _, n := range d.nodes {
			nils = append(nils, n.flags&saysNil != 0)
		}
		if want := nilElements(data); want != nil && !slices.Equal(nils, want) {
			t.Fatalf("%q: null are %v, want %v", data, nils, want)
		}
	})
}

// nilElements is what encoding/xml takes for null, element by element, or nil
// where that cannot be told: to it an undeclared prefix is its own namespace.
func nilElements(data []byte) (nils []bool) {
	if bytes.Contains(data, []byte(`"xsi"`)) || bytes.Contains(data, []byte(`'xsi'`)) {
		return nil
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte(utf8BOM))))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nils
		}
		if err != nil {
			return nil
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		isNil := func(a xml.Attr) bool {
			return a.Name.Local == "nil" && (a.Name.Space == xsiNamespace || a.Name.Space == "xsi") && (a.Value == "true" || a.Value == "1")
		}
		nils = append(nils, slices.ContainsFunc(start.Attr, isNil))
	}
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
