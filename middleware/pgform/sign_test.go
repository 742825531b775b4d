package pgform

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

const salt1 = "1111111111111111" // of ones

// ones is a source of randomness.
func ones() io.Reader { return bytes.NewReader(bytes.Repeat([]byte{1}, 64)) }

// md5of signs by hand: script, values sorted by field name, secret.
func md5of(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ";")))
	return hex.EncodeToString(sum[:])
}

func TestSign(t *testing.T) {
	inXML := func(xml string) string { return "pg_xml=" + url.QueryEscape(xml) }
	added := func(values ...string) string {
		return "<pg_salt>" + salt1 + "</pg_salt><pg_sig>" + md5of(append(append([]string{"pay"}, values...), "secret")...) + "</pg_sig>"
	}
	for _, test := range []struct{ name, body, want string }{
		{"a form", "z=9&b=%26&a[1]=y&a[0]=x", "z=9&b=%26&a%5B1%5D=y&a%5B0%5D=x&pg_salt=" + salt1 + "&pg_sig=" + md5of("pay", "x", "y", "&", salt1, "9", "secret")},
		{"a form of nothing", "", "pg_salt=" + salt1 + "&pg_sig=" + md5of("pay", salt1, "secret")},
		{"a form with a salt", "pg_salt=mine&z=1", "pg_salt=mine&z=1&pg_sig=" + md5of("pay", "mine", "1", "secret")},
		{"a form with an empty salt", "pg_salt=&z=1", "pg_salt=&z=1&pg_sig=" + md5of("pay", "", "1", "secret")},
		{"a form that was signed", "pg_sig=1&pg_salt=mine", "pg_salt=mine&pg_sig=" + md5of("pay", "mine", "secret")},
		{"a form that was signed twice", "pg_sig=1&pg_salt=mine&pg_sig=2", "pg_salt=mine&pg_sig=" + md5of("pay", "mine", "secret")},
		{"a signature with brackets", "pg_sig[a]=1&pg_salt=mine&pg_sig[b][c]=2&pg_sigx=3", "pg_salt=mine&pg_sigx=3&pg_sig=" + md5of("pay", "mine", "3", "secret")},
		{"a signature inside", "a[pg_sig]=1&pg_salt=mine", "a%5Bpg_sig%5D=1&pg_salt=mine&pg_sig=" + md5of("pay", "1", "mine", "secret")},

		{"XML", inXML(`<request><b>&amp;</b><a><y>2</y><x>1</x></a></request>`),
			inXML(`<request><b>&amp;</b><a><y>2</y><x>1</x></a>` + added("1", "2", "&", salt1) + `</request>`)},
		{"XML as people write it", inXML("\ufeff<?xml version='1.0'?>\r\n<!-- <request> -->\n<request\n  a='>' b=\"/\">\n  <b c='/>'> 1 </b>\n  <!-- <pg_sig>x</pg_sig> -->\n  <a><![CDATA[<pg_sig>]]></a>\n</request >\n<!-- </request> -->\n"),
			inXML("\ufeff<?xml version='1.0'?>\r\n<!-- <request> -->\n<request\n  a='>' b=\"/\">\n  <b c='/>'> 1 </b>\n  <!-- <pg_sig>x</pg_sig> -->\n  <a><![CDATA[<pg_sig>]]></a>\n" + added("<pg_sig>", " 1 ", salt1) + "</request >\n<!-- </request> -->\n")},
		{"XML of nothing", inXML(`<request/>`), inXML(`<request>` + added(salt1) + `</request>`)},
		{"XML of nothing, with an attribute", inXML(`<request a="/>" /> `), inXML(`<request a="/>" >` + added(salt1) + `</request> `)},
		{"XML of nothing, with an end", inXML(`<request></request>`), inXML(`<request>` + added(salt1) + `</request>`)},
		{"XML with a salt", inXML(`<request><z>1</z><pg_salt>mi&#110;e</pg_salt> </request>`),
			inXML(`<request><z>1</z><pg_salt>mi&#110;e</pg_salt> <pg_sig>` + md5of("pay", "mine", "1", "secret") + `</pg_sig></request>`)},
		{"XML that was signed", inXML("<request>\n<pg_sig a='>'>old</pg_sig>\n<z>1</z><pg_sig/>\n<a><pg_sig>2</pg_sig></a><pg_sig><x/><pg_sig>3</pg_sig></pg_sig \n><pg_salt>mine</pg_salt><pg_sig /></request>"),
			inXML("<request>\n\n<z>1</z>\n<a><pg_sig>2</pg_sig></a><pg_salt>mine</pg_salt><pg_sig>" + md5of("pay", "2", "mine", "1", "secret") + "</pg_sig></request>")},
		{"XML with names that begin alike", inXML("<request><pg_sigx>1</pg_sigx><pg_sig.>2</pg_sig.><x:pg_sig>3</x:pg_sig></request>"),
			inXML("<request><pg_sigx>1</pg_sigx><pg_sig.>2</pg_sig.><x:pg_sig>3</x:pg_sig>" + added(salt1, "2", "1", "3") + "</request>")},
		{"XML with other letters", inXML("<request><цена валюта='₸'>1</цена></request>"), inXML("<request><цена валюта='₸'>1</цена>" + added(salt1, "1") + "</request>")},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := post(urlencoded, test.body)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Sign(pgsig.OrderSample, "pay", "secret", ones()); err != nil {
				t.Fatal(err)
			}
			body, query, contentType := m.Encode()
			if string(body) != test.want || query != "" || contentType != urlencoded {
				t.Errorf("got %s%s %s\nwant %s", query, contentType, body, test.want)
			}
			// Signed again it is the same.
			if err := m.Sign(pgsig.OrderSample, "pay", "secret", iotest.ErrReader(errors.New("not read"))); err != nil {
				t.Fatal(err)
			}
			if again, _, _ := m.Encode(); !bytes.Equal(again, body) {
				t.Errorf("signed again: %s", again)
			}
		})
	}
}

func TestSignInOrder(t *testing.T) {
	var body []string
	for _, n := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"} {
		body = append(body, "p["+n+"]=v"+n)
	}
	for order, want := range map[pgsig.Order]string{
		pgsig.OrderSample: "v0;v10;v1;v11;v2;v3;v4;v5;v6;v7;v8;v9",
		pgsig.OrderName:   "v0;v1;v10;v11;v2;v3;v4;v5;v6;v7;v8;v9",
		pgsig.OrderNumber: "v0;v1;v2;v3;v4;v5;v6;v7;v8;v9;v10;v11",
	} {
		m, err := post(urlencoded, strings.Join(body, "&"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Sign(order, "pay", "secret", ones()); err != nil {
			t.Fatal(err)
		}
		if got, _ := m.Value("pg_sig"); got != md5of("pay", want, salt1, "secret") {
			t.Errorf("%v: got %s", order, got)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name, body, secret string
		order              pgsig.Order
		random             io.Reader
		want               string
	}{
		{"no secret", "a=1", "", pgsig.OrderSample, ones(), "no secret"},
		{"no order", "a=1", "secret", pgsig.OrderNumber + 1, ones(), "no such order"},
		{"no randomness", "pg_sig=1", "secret", pgsig.OrderSample, iotest.ErrReader(broken), "broken"},
		{"two salts", "pg_sig=1&pg_salt=1&pg_salt=2", "secret", pgsig.OrderSample, nil, "more than one pg_salt"},
		{"two identities", "pg_merchant_id=1&pg_merchant_id=1", "secret", pgsig.OrderSample, nil, "more than one pg_merchant_id"},
		{"no room", strings.Repeat("a=1&", 999), "secret", pgsig.OrderSample, nil, "limit"},
	} {
		m, err := post(urlencoded, test.body)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := m.Encode()
		err = m.Sign(test.order, "pay", test.secret, test.random)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if after, _, _ := m.Encode(); !bytes.Equal(before, after) {
			t.Errorf("%s: the message was changed: %s", test.name, after)
		}
	}
	m, err := post(urlencoded, "a=1")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sign(pgsig.OrderSample, "pay", "secret", nil); err != nil {
		t.Fatal(err)
	}
	if salt, _ := m.Value("pg_salt"); len(salt) != pgsig.SaltLength || salt == salt1 {
		t.Errorf("salt %q", salt)
	}
}

// Each form is written as it came.
func TestEncode(t *testing.T) {
	body := parts(t, "a[b]", "1\r\n2", `"\`, "ж")
	for _, test := range []struct {
		name, method, query       string
		contentType, body         string
		wantBody, wantQuery, want string
	}{
		{"urlencoded", "POST", "q=1", urlencoded + "; charset=UTF-8", "b=+&a=%26&c", "b=+&a=%26&c=", "", urlencoded + "; charset=UTF-8"},
		{"multipart", "POST", "q=1", "Multipart/Form-Data; Boundary=b", body, body, "", "Multipart/Form-Data; Boundary=b"},
		{"query", "GET", "b=%20&a", "", "", "", "b=+&a=", ""},
		{"query under a content type", "GET", "a=1", "text/plain", "", "", "a=1", ""},
	} {
		m, err := Read(request(test.method, test.query, test.contentType), []byte(test.body), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, query, contentType := m.Encode()
		if string(got) != test.wantBody || query != test.wantQuery || contentType != test.want {
			t.Errorf("%s: got %q %q %q", test.name, got, query, contentType)
		}
	}
}

// Where parts are encoded, a value may hold what would end its part. It must not
// become a field that nobody sent.
func TestEncodedPartsStayOne(t *testing.T) {
	const inside = "=0D=0A--b=0D=0AContent-Disposition: form-data; name=3D\"amount\"=0D=0A=0D=0A1=0D=0A"
	for _, value := range []string{"1" + inside, inside[len("=0D=0A"):], "1=0A--b--"} {
		m, err := post(multi, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+value+"\r\n--b--\r\n")
		if err != nil {
			t.Fatal(err)
		}
		encoded, _, contentType := m.Encode()
		asMultipart, itsType := m.Multipart()
		for body, contentType := range map[string]string{string(encoded): contentType, string(asMultipart): itsType} {
			_, params, err := mime.ParseMediaType(contentType)
			if err != nil {
				t.Fatal(err)
			}
			form, err := multipart.NewReader(strings.NewReader(body), params["boundary"]).ReadForm(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			if len(form.Value) != 1 || form.Value["a"][0] != m.Pairs()[0].Value {
				t.Errorf("%q became %q", m.Pairs(), form.Value)
			}
		}
	}
}

func TestMultipart(t *testing.T) {
	for _, m := range []func() (*Message, error){
		func() (*Message, error) { return post(urlencoded, "b=%0D%0A&a[0]=ж&a[1]=form-form") },
		func() (*Message, error) {
			return Read(request("GET", "b=%0D%0A&a[0]=ж&a[1]=form-form", ""), nil, codec.Limits{})
		},
		func() (*Message, error) { return post(multi, parts(t, "b", "\r\n", "a[0]", "ж", "a[1]", "form-form")) },
	} {
		m, err := m()
		if err != nil {
			t.Fatal(err)
		}
		body, contentType := m.Multipart()
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if len(form.Value) != 3 || form.Value["b"][0] != "\r\n" || form.Value["a[0]"][0] != "ж" || form.Value["a[1]"][0] != "form-form" {
			t.Errorf("got %q", form.Value)
		}
	}
}

// What is taken out is gone wherever it stands, and nothing else is.
func TestWithout(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"a form", "a=1&b[x]=2&c=3&b[]=4&bb=5", "a=1&c=3&bb=5"},
		{"XML", "pg_xml=" + url.QueryEscape("<request><a>1</a> <b><x>2</x></b><c>3</c><b/><bb>5</bb></request>"),
			"pg_xml=" + url.QueryEscape("<request><a>1</a> <c>3</c><bb>5</bb></request>")},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m, err := Read(r, []byte(test.body), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		rest, err := m.Without("b", "none")
		if err != nil {
			t.Fatal(err)
		}
		if body, _, _ := rest.Encode(); decoded(t, string(body)) != decoded(t, test.want) {
			t.Errorf("%s: %s, want %s", test.name, body, test.want)
		}
		if body, _, _ := m.Encode(); decoded(t, string(body)) != decoded(t, test.body) {
			t.Errorf("%s: the message itself is %s", test.name, body)
		}
	}
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	d, err := url.QueryUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
