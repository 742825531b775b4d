package middleware_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// element is XML as encoding/xml reads it.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// signed returns the values of a message in the order in which they are signed,
// as the documentation says: of children sorted by name, one after the other.
func (e element) signed() (values []string) {
	children := slices.Clone(e.Children)
	slices.SortStableFunc(children, func(a, b element) int { return strings.Compare(a.XMLName.Local, b.XMLName.Local) })
	for _, c := range children {
		if len(c.Children) > 0 {
			values = append(values, c.signed()...)
		} else {
			values = append(values, c.Text)
		}
	}
	return values
}

// take returns the text of an element and removes it.
func (e *element) take(t *testing.T, name string) string {
	t.Helper()
	i := slices.IndexFunc(e.Children, func(c element) bool { return c.XMLName.Local == name })
	if i < 0 {
		t.Fatalf("no %s", name)
	}
	text := e.Children[i].Text
	e.Children = slices.Delete(e.Children, i, i+1)
	return text
}

// parseXML reads the XML of a form with one field.
func parseXML(t *testing.T, f form) (root element) {
	t.Helper()
	if len(f) != 1 || f[0].name != "pg_xml" {
		t.Fatalf("the form holds %d fields: %s", len(f), f)
	}
	if err := xml.Unmarshal([]byte(f[0].value), &root); err != nil || root.XMLName.Local != "request" {
		t.Fatalf("%v: %s", err, f[0].value)
	}
	return root
}

const positions = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
	"<request>\n <pg_amount>10.00</pg_amount>\n <pg_description>Счёт &lt;7&gt;&#13;\n<![CDATA[&]]></pg_description>\n" +
	" <pg_receipt_positions><name>b</name><count>1</count></pg_receipt_positions>\n" +
	" <pg_receipt_positions><name>a</name><count>2</count></pg_receipt_positions>\n <empty/>\n</request>\n"

func TestPgSigXML(t *testing.T) {
	const urlencoded, multi = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	for _, scheme := range []wire.Scheme{wire.PgSigPayment, wire.PgSigPayout} {
		for _, document := range []string{
			positions, "<request/>", `<request a="/>"></request>`, "<request><pg_sig>old</pg_sig><b>1</b><pg_salt>mine</pg_salt></request>",
		} {
			for _, transport := range []struct{ method, query, contentType, body string }{
				{"POST", "", urlencoded, "pg_xml=" + url.QueryEscape(document)},
				{"POST", "", multi, multipartBody("pg_xml", document)},
				{"GET", "?pg_xml=" + url.QueryEscape(document), "", ""},
			} {
				req, err := http.NewRequest(transport.method, "https://pay.example/g2g/payment"+transport.query, strings.NewReader(transport.body))
				if err != nil {
					t.Fatal(err)
				}
				if transport.contentType != "" {
					req.Header.Set("Content-Type", transport.contentType)
				}
				o := middleware.PgSigOptions{Scheme: scheme, Credentials: shop, Random: saltOf(1)}
				if err := middleware.PgSig(o)(t.Context(), req); err != nil {
					t.Fatal(err)
				}
				if got := req.Header.Get("Content-Type"); got != transport.contentType {
					t.Errorf("content type %s, was %s", got, transport.contentType)
				}
				f := parse(t, req)
				root := parseXML(t, f)
				sig := root.take(t, "pg_sig")
				secret := "payments"
				if scheme == wire.PgSigPayout {
					secret = "payouts"
				}
				if want := md5of(slices.Concat([]string{"payment"}, root.signed(), []string{secret})...); sig != want {
					t.Errorf("pg_sig %s, want %s: %s", sig, want, f)
				}
				if salt := root.take(t, "pg_salt"); salt != salt1 && !strings.Contains(document, salt) {
					t.Errorf("pg_salt %s", salt)
				}
				// What is added is at the end; all other bytes are as they were.
				rest, _, _ := strings.Cut(f[0].value, "<pg_salt>"+salt1)
				if document == positions && rest != strings.TrimSuffix(positions, "</request>\n") {
					t.Errorf("became %s", f[0].value)
				}
			}
		}
	}
}

func TestPgSigXMLRefuses(t *testing.T) {
	for document, want := range map[string]string{
		`<!DOCTYPE request SYSTEM "file:///etc/passwd"><request/>`: "document type",
		"<response/>":          "root element",
		"<request>":            "XML at offset",
		"":                     "XML at offset",
		"4400430012345678":     "XML at offset",
		"<request>a</request>": "should be elements",
		"<request><pg_salt>1</pg_salt><pg_salt>2</pg_salt></request>":                                 "more than one pg_salt",
		"<request><pg_merchant_id>1</pg_merchant_id><a/><pg_merchant_id>1</pg_merchant_id></request>": "more than one pg_merchant_id",
	} {
		for _, more := range []string{"", "&a=1"} {
			req, err := http.NewRequest("POST", "https://pay.example/a", strings.NewReader("pg_xml="+url.QueryEscape(document)+more))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			err = middleware.PgSig(middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop})(t.Context(), req)
			if err == nil {
				t.Fatalf("%s is signed", document)
			}
			if more != "" {
				want = "beside pg_xml"
			}
			contains(t, err.Error(), want)
			if strings.Contains(err.Error(), "4400430012345678") {
				t.Errorf("the error quotes: %v", err)
			}
		}
	}
}

// A client sends and signs its typed requests as XML where it is told to.
func TestPgSigCallInXML(t *testing.T) {
	for _, media := range []wire.Media{wire.Multipart, wire.URLEncoded} {
		p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>ok</pg_status><pg_sig>"+
			md5of("script", "ok", "payments")+"</pg_sig></response>"))
		c, err := merchant.New(wire.Environment(p.base()), shop, middleware.WithRandom(saltOf(1)))
		if err != nil {
			t.Fatal(err)
		}
		op := wire.Operation{
			ID: "test.form", Method: "POST", Path: "/g2g/script", Security: wire.PgSigPayment, Identity: "pg_merchant_id",
			Request: []wire.Media{media}, Answer: []wire.Media{wire.XML}, Root: "response",
		}
		if err := c.Do(t.Context(), op, payRequest(), new(wire.Unknown), wire.WithPgXML()); err != nil {
			t.Fatal(err)
		}
		a := p.only(t)
		req, err := http.NewRequest(a.method, "https://pay.example"+a.uri, strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = a.header
		root := parseXML(t, parse(t, req))
		sig := root.take(t, "pg_sig")
		want := []string{"script", "ef741cfc-f85e", "kzobd2vgp17214143761774775392946", "1", salt1, "No65", "payments"}
		if got := slices.Concat([]string{"script"}, root.signed(), []string{"payments"}); !slices.Equal(got, want) || sig != md5of(want...) {
			t.Errorf("%s: signed %q, %s", media, got, sig)
		}
	}
}

// The order of positions is the one that was asked for, and else the sample's.
func TestPgSigOrder(t *testing.T) {
	var fields, byNumber []string
	for n := range 12 {
		fields = append(fields, fmt.Sprintf("p[%d]=v%d", n, n))
		byNumber = append(byNumber, fmt.Sprintf("v%d", n))
	}
	sample := []string{"v0", "v10", "v1", "v11", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"}
	for order, values := range map[pgsig.Order][]string{0: sample, pgsig.OrderNumber: byNumber} {
		req, err := http.NewRequest("GET", "https://pay.example/a?"+strings.Join(fields, "&"), nil)
		if err != nil {
			t.Fatal(err)
		}
		o := middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop, Random: saltOf(1), Order: order}
		if err := middleware.PgSig(o)(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		want := md5of(slices.Concat([]string{"a"}, values, []string{salt1, "payments"})...)
		if got := req.URL.Query().Get("pg_sig"); got != want {
			t.Errorf("%v: %s, want %s", order, got, want)
		}
	}
}

// A part that is encoded may hold what would end it. What goes out is what was
// read, under another boundary.
func TestPgSigOfEncodedPart(t *testing.T) {
	const body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
		"1=0D=0A--b=0D=0AContent-Disposition: form-data; name=3D\"amount\"=0D=0A=0D=0A1\r\n--b--\r\n"
	const value = "1\r\n--b\r\nContent-Disposition: form-data; name=\"amount\"\r\n\r\n1"
	req, err := http.NewRequest("POST", "https://pay.example/a", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	if err := middleware.PgSig(middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop, Random: saltOf(1)})(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	want := "a=" + value + "&pg_salt=" + salt1 + "&pg_sig=" + md5of("a", value, salt1, "payments") + "&"
	if got := parse(t, req).String(); got != want {
		t.Errorf("got %q", got)
	}
}
