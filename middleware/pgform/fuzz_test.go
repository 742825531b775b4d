package pgform

import (
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// FuzzRead: what is read, signed and encoded again reads as the same fields and
// two more, and verifies; in multipart, whatever it came in, too. What is read
// costs little.
func FuzzRead(f *testing.F) {
	const xml = `<?xml version="1.0"?><request a=">"><!-- <a> --><b>1 &amp; 2<![CDATA[<]]></b><pg_sig>x</pg_sig><c><d/></c></request>`
	for _, form := range []string{
		"", "b=2&a=1+%26&a=0&&c", "a[x][0]=1&a[x][1]=&b[]=2&b[]=3", "a[30000000]=1", "pg_sig=1&pg_salt=2&pg_merchant_id=3", "pg_sig[x]=1",
		"pg_xml=" + url.QueryEscape(xml), "pg_xml=" + url.QueryEscape("\ufeff<request x='/' />\n"), "pg_xml=<request><a>", "a%0D%0A=1", "a;b=c",
	} {
		f.Add("POST", form, urlencoded, form)
		f.Add("GET", form, "", "")
	}
	for _, pairs := range [][]string{{"a", "1\r\n", "b[c][]", ""}, {"pg_xml", xml}, {`"\`, "--b"}, {"pg_xml", "<request/>", "a", "1"}} {
		f.Add("POST", "", multi, parts(f, pairs...))
	}
	f.Add("POST", "", multi, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=0D=0A--b--\r\n--b--")
	f.Add("POST", "", multi, "--b\nContent-Disposition: form-data; name*=utf-8''a%5Bb%5D\n\n1\r\n--b--\n")
	f.Add("POST", "", `multipart/form-data; boundary="a b'()+_,-./:=?"; charset=utf-8`, "--a b'()+_,-./:=?--")

	f.Fuzz(func(t *testing.T, method, query, contentType, body string) {
		req := request(method, query, contentType)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Read(req, []byte(body), codec.Limits{})
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(6*(len(body)+len(query))+4<<20) {
			t.Fatalf("%d bytes allocated", got)
		}
		if err != nil {
			if m != nil {
				t.Fatal("a message beside an error")
			}
			return
		}
		unsigned := withoutSignature(m.fields)
		_, salts := m.Value("pg_salt")
		if m.xml != nil {
			o := outline(m.xml.data)
			if len(o.children) != len(m.xml.nodes) {
				t.Fatalf("%d elements, and %d nodes", len(o.children), len(m.xml.nodes))
			}
			for i, c := range o.children {
				if c.name != m.xml.nodes[i].Name || !strings.HasPrefix(string(m.xml.data[c.start:c.end]), "<"+c.name) {
					t.Fatalf("element %d: %+v", i, c)
				}
			}
		}
		if err := m.Sign(pgsig.OrderSample, "script", "secret", nil); err != nil {
			if _, err2 := m.Fields(); err2 == nil && len(m.pairs) < pgsig.MaxPairs-2 && m.xml == nil {
				t.Fatalf("cannot be signed: %v", err)
			}
			return
		}
		salt, n := m.Value("pg_salt")
		if n != 1 {
			t.Fatalf("%d salts", n)
		}
		if salts == 0 {
			unsigned = append(unsigned, pgsig.Field{Name: "pg_salt", Value: salt})
		}
		encoded, itsQuery, itsType := m.Encode()
		multi, multiType := m.Multipart()
		for _, sent := range []struct {
			*http.Request
			body []byte
		}{
			{request(method, itsQuery, itsType), encoded},
			{request("POST", "", multiType), multi},
		} {
			if itsType == "" && len(sent.body) == 0 {
				sent.Request.Header = req.Header // an editor leaves it as it is
			}
			again, err := Read(sent.Request, sent.body, codec.Limits{})
			if err != nil {
				t.Fatalf("%s %q %q: %v", sent.Header.Get("Content-Type"), sent.URL.RawQuery, sent.body, err)
			}
			fields, err := again.Fields()
			if err != nil {
				t.Fatal(err)
			}
			if got := withoutSignature(fields); !reflect.DeepEqual(got, unsigned) {
				t.Fatalf("got  %+v\nwant %+v", got, unsigned)
			}
			if sig, n := again.Value("pg_sig"); n != 1 || !pgsig.Verify("script", fields, "secret", sig) {
				t.Fatalf("%d signatures, %q, for %+v", n, sig, fields)
			}
		}
	})
}

func withoutSignature(fields []pgsig.Field) []pgsig.Field {
	others := []pgsig.Field{}
	for _, f := range fields {
		if f.Name != "pg_sig" {
			others = append(others, f)
		}
	}
	return others
}
