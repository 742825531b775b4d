package pgform

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

const (
	urlencoded = "application/x-www-form-urlencoded"
	multi      = "multipart/form-data; boundary=b"
)

// request returns a request whose header and URL are looked at.
func request(method, query, contentType string) *http.Request {
	r := &http.Request{Method: method, URL: &url.URL{Path: "/script", RawQuery: query}, Header: http.Header{}}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// post reads a body.
func post(contentType, body string) (*Message, error) {
	return Read(request("POST", "", contentType), []byte(body), codec.Limits{})
}

// parts writes a multipart form with the standard library.
func parts(t testing.TB, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// shown writes fields as a=1 b={c=2}.
func shown(fields []pgsig.Field) string {
	var texts []string
	for _, f := range fields {
		if len(f.Children) > 0 {
			texts = append(texts, f.Name+"={"+shown(f.Children)+"}")
			continue
		}
		texts = append(texts, f.Name+"="+f.Value)
	}
	return strings.Join(texts, " ")
}

func TestRead(t *testing.T) {
	const xml = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<request><b>1 &amp; 2</b><!-- <c>3</c> --><a><x><![CDATA[<3>]]></x><x/></a><b> ж</b></request>`
	const xmlFields = "b=1 & 2 a={x=<3> x=} b= ж"
	quoted := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n1=3B2\r\n--b--\r\n"
	for _, test := range []struct {
		name, method, query string
		contentType, body   string
		want                string
		isXML               bool
	}{
		{"urlencoded", "POST", "", urlencoded, "b=2&a=1+%26&a=0&&c", "b=2 a=1 & a=0 c=", false},
		{"urlencoded in other letters", "POST", "", "Application/X-WWW-Form-URLEncoded; Charset=UTF-8", "a=1", "a=1", false},
		{"multipart", "POST", "", multi, parts(t, "b", "2\r\n", "a[x][0]", "1", "a[x][1]", ""), "b=2\r\n a={x={0=1 1=}}", false},
		{"multipart with a boundary in quotes", "POST", "", `multipart/form-data; boundary="b"`, parts(t, "a", "1"), "a=1", false},
		{"multipart, encoded", "POST", "", multi, quoted, "a=1;2", false},
		{"multipart of nothing", "POST", "", multi, "--b--\r\n", "", false},
		{"query", "GET", "b=2&a[]=1&a[]=0", "", "", "b=2 a={=1 =0}", false},
		{"query under a content type", "GET", "a=1", "application/json", "", "a=1", false},
		{"query of a POST without a content type", "POST", "a=1", "", "", "a=1", false},
		{"query of a HEAD", "HEAD", "a=1", "", "", "a=1", false},
		{"an empty form beside a query", "POST", "a=1", urlencoded, "", "", false},
		{"a form beside a query", "POST", "a=1", urlencoded, "b=2", "b=2", false},
		{"the form of a GET", "GET", "a=1", urlencoded, "b=2", "b=2", false},
		{"an index that costs nothing", "POST", "", urlencoded, "a[30000000]=1", "a={30000000=1}", false},
		{"names of other letters", "POST", "", urlencoded, "%D1%86=1&PG_SIG=2", "ц=1 PG_SIG=2", false},

		{"XML, urlencoded", "POST", "", urlencoded, "pg_xml=" + url.QueryEscape(xml), xmlFields, true},
		{"XML, multipart", "POST", "", multi, parts(t, "pg_xml", xml), xmlFields, true},
		{"XML in the query", "GET", "pg_xml=" + url.QueryEscape(xml), "", "", xmlFields, true},
		{"XML of nothing", "POST", "", urlencoded, "pg_xml=" + url.QueryEscape("<request/>"), "", true},
		{"XML with attributes", "POST", "", urlencoded, "pg_xml=" + url.QueryEscape(`<request a="1>"><b c='/'/></request>`), "b=", true},
		{"the name of XML with brackets", "POST", "", urlencoded, "pg_xml[]=1&a=2", "pg_xml={=1} a=2", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := Read(request(test.method, test.query, test.contentType), []byte(test.body), codec.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			fields, err := m.Fields()
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(fields); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if m.IsXML() != test.isXML || test.isXML != (len(m.Pairs()) == 1 && m.Pairs()[0].Name == "pg_xml") {
				t.Errorf("XML: %t; pairs %d", m.IsXML(), len(m.Pairs()))
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	const card = "4400430012345678"
	inXML := func(xml string) string { return "pg_xml=" + url.QueryEscape(xml) }
	file := "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"" + card + "\"\r\n\r\n1\r\n--b--\r\n"
	for _, test := range []struct {
		name, contentType, body string
		isForm                  bool
		want                    string
	}{
		{"JSON", "application/json", `{"a":1}`, false, "needs a form"},
		{"text", "text/plain", `a=1`, false, "needs a form"},
		{"no type", "", "a=" + card, false, "unreadable"},
		{"a type that is none", "form/; " + card, "a=1", false, "unreadable"},
		{"another charset", urlencoded + "; charset=windows-1251", "a=%E6", false, "in UTF-8"},
		{"another charset of a multipart form", multi + "; charset=koi8-r", parts(t, "a", "1"), false, "in UTF-8"},
		{"no boundary", "multipart/form-data", parts(t, "a", "1"), true, "without a valid boundary"},
		{"an empty boundary", `multipart/form-data; boundary=""`, parts(t, "a", "1"), true, "without a valid boundary"},
		{"a long boundary", "multipart/form-data; boundary=" + strings.Repeat("b", 71), "", true, "without a valid boundary"},
		{"a boundary of two lines", "multipart/form-data; boundary*=utf-8''b%0D%0Ab", parts(t, "a", "1"), true, "without a valid boundary"},
		{"another boundary", "multipart/form-data; boundary=c", parts(t, "a", "1"), true, "multipart"},
		{"a type of a thousand parameters", multi + strings.Repeat(";"+card+"=1", 1000), parts(t, "a", "1"), false, "unreadable"},
		{"half a form", multi, "--b\r\nContent-Dis", true, "multipart"},
		{"a file", multi, file, true, "no file"},
		{"a nameless part", multi, "--b\r\n\r\n" + card + "\r\n--b--\r\n", true, "a name"},
		{"a name of two lines", multi, "--b\r\nContent-Disposition: form-data; name*=utf-8''a%0D%0A" + card + "\r\n\r\n1\r\n--b--\r\n", true, "control character"},
		{"another charset unsaid", urlencoded, "a=%E6", true, "UTF-8"},
		{"another charset unsaid, multipart", multi, parts(t, "a", "\xe6"), true, "UTF-8"},
		{"a semicolon", urlencoded, "a=1;b=" + card, true, "semicolon"},
		{"a bad escape", urlencoded, "a=" + card + "%zz", true, "escape"},
		{"a nul in a name", urlencoded, "a%00=1", true, "control character"},
		{"a million pairs", urlencoded, strings.Repeat("a&", 1_000_000), true, "limit of 1000 (pairs)"},
		{"a million brackets", urlencoded, "a" + strings.Repeat("[1]", 1_000_000) + "=1", true, "limit exceeded"},
		{"a million bytes in a name", urlencoded, "[" + strings.Repeat("a", 1_000_000) + "=1", true, "malformed field name"},
		{"a value and a parent", urlencoded, "a=1&a[b]=2", true, "both a value and a parent"},
		{"no name", urlencoded, "=1", true, "malformed field name"},
		{"XML beside a field", urlencoded, inXML("<request/>") + "&a=1", true, "beside pg_xml"},
		{"XML twice", urlencoded, inXML("<request/>") + "&" + inXML("<request/>"), true, "beside pg_xml"},
		{"XML that is none", urlencoded, "pg_xml=" + card, true, "XML at offset"},
		{"XML of nothing at all", urlencoded, "pg_xml=", true, "XML at offset"},
		{"half of the XML", urlencoded, inXML("<request><a>1"), true, "XML at offset"},
		{"XML with another root", urlencoded, inXML("<response><a>1</a></response>"), true, "not <request>"},
		{"XML with a prefix", urlencoded, inXML("<x:request xmlns:x='y'><a>1</a></x:request>"), true, "not <request>"},
		{"XML with text for fields", urlencoded, inXML("<request> " + card + " </request>"), true, "should be elements"},
		{"a document type", urlencoded, inXML("<!DOCTYPE request [<!ENTITY a '1'>]><request><a>&a;</a></request>"), true, "document type"},
		{"an entity", urlencoded, inXML("<request><a>&" + "card;</a></request>"), true, "entity"},
		{"another encoding", urlencoded, inXML("<?xml version='1.0' encoding='windows-1251'?><request/>"), true, "encoding other than UTF-8"},
		{"a processing instruction", urlencoded, inXML("<?php 1?><request/>"), true, "processing instruction"},
		{"400,000 elements", urlencoded, inXML("<request>" + strings.Repeat("<a/>", 400_000) + "</request>"), true, "limit of 4000 (tokens)"},
		{"a million elements in each other", urlencoded, inXML("<request>" + strings.Repeat("<a>", 100_000)), true, "limit of 64 (depth)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := post(test.contentType, test.body)
			if err == nil {
				t.Fatalf("got %v", m)
			}
			if !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrNoForm) == test.isForm {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), card) || len(err.Error()) > 200 {
				t.Errorf("the error quotes: %v", err)
			}
		})
	}
}

// Two fields of one name that say who signed are an error where they would be
// signed or verified. Of others there may be several.
func TestFieldsThereOnce(t *testing.T) {
	xml := func(name string) string {
		return "pg_xml=" + url.QueryEscape("<request><"+name+">1</"+name+"><x/><"+name+"/></request>")
	}
	for _, name := range []string{"pg_sig", "pg_salt", "pg_merchant_id", "pg_amount"} {
		for _, body := range []string{name + "=1&x=&" + name + "=1", xml(name)} {
			m, err := post(urlencoded, body)
			if err != nil {
				t.Fatal(err)
			}
			if text, n := m.Value(name); text != "1" || n != 2 {
				t.Errorf("%s: value %q, %d times", body, text, n)
			}
			_, err = m.Fields()
			if want := "more than one " + name; (err == nil) != (name == "pg_amount") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v", body, err)
			}
		}
		// Inside others they are fields like all.
		m, err := post(urlencoded, "a["+name+"]=1&b["+name+"]=2&"+name+"=3")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Fields(); err != nil {
			t.Error(err)
		}
	}
}

func TestValue(t *testing.T) {
	form, err := post(urlencoded, "a=1&b=&c[x]=2&c[y]=3&d=4&d=5")
	if err != nil {
		t.Fatal(err)
	}
	xml, err := post(urlencoded, "pg_xml="+url.QueryEscape("<request><a>1</a><b/><c><x>2</x><y>3</y></c><d>4</d><d>5</d></request>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Message{form, xml} {
		for name, want := range map[string]string{"a": "1 1 true", "b": " 1 false", "c": " 1 true", "d": "4 2 true", "x": " 0 false", "": " 0 false"} {
			text, n := m.Value(name)
			if got := fmt.Sprintf("%s %d %t", text, n, m.Has(name)); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
	}
}

func TestMessagePrintsNothing(t *testing.T) {
	m, err := post(urlencoded, "pan=4400430012345678&b=1")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{m, *m} {
			if got := fmt.Sprintf(format, v); got != "message of 2 fields" {
				t.Errorf("%s: got %s", format, got)
			}
		}
	}
}

// What is read costs a small multiple of its size, and what is refused next to
// nothing, whatever it asks for.
func TestMemoryOfReading(t *testing.T) {
	xml := func(child string, n int) string {
		return "pg_xml=" + url.QueryEscape("<request>"+strings.Repeat(child, n)+"</request>")
	}
	deep := strings.Repeat("[1]", 15)
	for _, test := range []struct {
		name, contentType, body string
	}{
		{"an index", urlencoded, "a[30000000]=1"},
		{"indices", urlencoded, strings.Repeat("a[30000000][4000000000]=1&", 1000)},
		{"a million pairs", urlencoded, strings.Repeat("a=1&", 1_000_000)},
		{"a million lists", urlencoded, strings.Repeat("a[]=&", 1_000_000)},
		{"deep names", urlencoded, strings.Repeat("a"+deep+"=1&", 1000)},
		{"a long name", urlencoded, strings.Repeat("a", 4_000_000) + "=1"},
		{"a long value", urlencoded, "a=" + strings.Repeat("a", 4_000_000)},
		{"many parts", multi, strings.Repeat("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", 100_000)},
		{"many lines of a header", multi, "--b\r\n" + strings.Repeat("A: b\r\n", 500_000)},
		{"elements", urlencoded, xml("<a/>", 400_000)},
		{"as many elements as may be", urlencoded, xml("<a>1</a>", 1_999)},
		{"deep elements", urlencoded, xml(strings.Repeat("<a>", 60)+strings.Repeat("</a>", 60), 30)},
		{"a long text", urlencoded, xml("<a>"+strings.Repeat("a", 4_000_000)+"</a>", 1)},
		{"a long comment", urlencoded, xml("<!--"+strings.Repeat("a", 4_000_000)+"-->", 1)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := post(test.contentType, test.body)
		if err == nil {
			_, err = m.Fields()
		}
		runtime.ReadMemStats(&after)
		got, most := after.TotalAlloc-before.TotalAlloc, uint64(6*len(test.body)+4<<20)
		t.Logf("%s: %d bytes, allocated %d, %v", test.name, len(test.body), got, err)
		if got > most {
			t.Errorf("%s: %d bytes, allocated %d", test.name, len(test.body), got)
		}
	}
}
