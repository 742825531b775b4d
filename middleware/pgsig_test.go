package middleware_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

var shop = wire.Credentials{ID: "1", Secret: wire.NewSecret("payments"), PayoutSecret: wire.NewSecret("payouts")}

// sixteen bytes of it are one salt
func saltOf(digit byte) io.Reader { return bytes.NewReader(bytes.Repeat([]byte{digit}, 64)) }

const salt1 = "1111111111111111" // of saltOf(1)

// md5of signs by hand: script, values sorted by field name, secret.
func md5of(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ";")))
	return hex.EncodeToString(sum[:])
}

// form is a form with its order.
type form []struct{ name, value string }

func (f form) String() string {
	var b strings.Builder
	for _, p := range f {
		b.WriteString(p.name + "=" + p.value + "&")
	}
	return b.String()
}

// parse reads a form with net/url and mime/multipart.
func parse(t *testing.T, req *http.Request) form {
	t.Helper()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(body)) != req.ContentLength {
		t.Errorf("%d bytes under Content-Length %d", len(body), req.ContentLength)
	}
	var f form
	media, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if media == "multipart/form-data" {
		r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for {
			part, err := r.NextPart()
			if err == io.EOF {
				return f
			}
			if err != nil {
				t.Fatal(err)
			}
			value, _ := io.ReadAll(part)
			f = append(f, struct{ name, value string }{part.FormName(), string(value)})
		}
	}
	text := string(body)
	if text == "" {
		text = req.URL.RawQuery
	}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		f = append(f, struct{ name, value string }{name, value})
	}
	return f
}

func multipartBody(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\nContent-Type: text/plain\r\n\r\n" + pairs[i+1] + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

func TestPgSig(t *testing.T) {
	const urlencoded, multi = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	for _, test := range []struct {
		name               string
		scheme             wire.Scheme
		method, target     string
		contentType, body  string
		script, salt, want string
	}{
		{
			"urlencoded", wire.PgSigPayment, "POST", "https://pay.example/g2g/init_payment", urlencoded, "pg_order_id=7&pg_amount=500.00", "", "",
			"pg_order_id=7&pg_amount=500.00&pg_salt=" + salt1 + "&pg_sig=" + md5of("init_payment", "500.00", "7", salt1, "payments") + "&",
		}, {
			"urlencoded, with what has to be escaped", wire.PgSigPayment, "POST", "https://pay.example/init_payment.php?x=1", urlencoded, "b=%26+%D0%B6&a=%3D", "", "",
			"b=& ж&a==&pg_salt=" + salt1 + "&pg_sig=" + md5of("init_payment.php", "=", "& ж", salt1, "payments") + "&",
		}, {
			"payout", wire.PgSigPayout, "POST", "https://pay.example/api/reg2reg", urlencoded, "a=1", "", "",
			"a=1&pg_salt=" + salt1 + "&pg_sig=" + md5of("reg2reg", "1", salt1, "payouts") + "&",
		}, {
			"multipart, nested", wire.PgSigPayment, "POST", "https://pay.example/g2g/payment", multi, multipartBody("z", "9", "a[b][1]", "y", "a[b][0]", "x"), "", "",
			"z=9&a[b][1]=y&a[b][0]=x&pg_salt=" + salt1 + "&pg_sig=" + md5of("payment", "x", "y", salt1, "9", "payments") + "&",
		}, {
			"query", wire.PgSigPayment, "GET", "https://pay.example/payment.php?b=2&a=1", "", "", "", "",
			"b=2&a=1&pg_salt=" + salt1 + "&pg_sig=" + md5of("payment.php", "1", "2", salt1, "payments") + "&",
		}, {
			"query, with a content type for nothing", wire.PgSigPayment, "GET", "https://pay.example/payment.php?a=1", "application/json", "", "", "",
			"a=1&pg_salt=" + salt1 + "&pg_sig=" + md5of("payment.php", "1", salt1, "payments") + "&",
		}, {
			"an empty query", wire.PgSigPayment, "GET", "https://pay.example/payment.php", "", "", "", "",
			"pg_salt=" + salt1 + "&pg_sig=" + md5of("payment.php", salt1, "payments") + "&",
		}, {
			"an empty form is a form", wire.PgSigPayment, "POST", "https://pay.example/a?q=1", urlencoded, "", "", "",
			"pg_salt=" + salt1 + "&pg_sig=" + md5of("a", salt1, "payments") + "&",
		}, {
			"a salt that is there", wire.PgSigPayment, "POST", "https://pay.example/a", urlencoded, "pg_salt=mine&b=1", "", "",
			"pg_salt=mine&b=1&pg_sig=" + md5of("a", "1", "mine", "payments") + "&",
		}, {
			"a signature from before", wire.PgSigPayment, "POST", "https://pay.example/a", multi, multipartBody("pg_sig", "old", "pg_salt", "mine", "pg_sig", "older"), "", "",
			"pg_salt=mine&pg_sig=" + md5of("a", "mine", "payments") + "&",
		}, {
			"a script by another name", wire.PgSigPayment, "POST", "https://pay.example/a/", urlencoded, "b=1", "payment_page", "",
			"b=1&pg_salt=" + salt1 + "&pg_sig=" + md5of("payment_page", "1", salt1, "payments") + "&",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequest(test.method, test.target, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if test.contentType != "" {
				req.Header.Set("Content-Type", test.contentType)
			}
			o := middleware.PgSigOptions{Scheme: test.scheme, Credentials: shop, Random: saltOf(1), Script: test.script}
			if err := middleware.PgSig(o)(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if req.GetBody == nil {
				t.Error("the signed request cannot be sent again")
			}
			if got := parse(t, req).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestPgSigSaltIsRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 8 {
		req, err := http.NewRequest("GET", "https://pay.example/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := middleware.PgSig(middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop})(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		salt := req.URL.Query().Get("pg_salt")
		if len(salt) != 16 || seen[salt] {
			t.Errorf("salt %q", salt)
		}
		seen[salt] = true
	}
}

func TestPgSigRefuses(t *testing.T) {
	const urlencoded = "application/x-www-form-urlencoded"
	broken := errors.New("broken")
	for _, test := range []struct {
		name              string
		o                 middleware.PgSigOptions
		target            string
		contentType, body string
		want              string
	}{
		{"no credentials", middleware.PgSigOptions{Scheme: wire.PgSigPayment}, "/a", urlencoded, "a=1", "no credentials"},
		{"no secret", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: wire.Credentials{PayoutSecret: shop.PayoutSecret}}, "/a", urlencoded, "a=1", "no secret for pgSigPayment: Secret is not set"},
		{"no secret for payouts", middleware.PgSigOptions{Scheme: wire.PgSigPayout, Credentials: wire.NewCredentials("1", "payments")}, "/a", urlencoded, "a=1", "no secret for pgSigPayout: PayoutSecret is not set"},
		{"an empty secret", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: wire.NewCredentials("1", "")}, "/a", urlencoded, "a=1", "no secret for pgSigPayment: Secret is not set"},
		{"credentials that fail", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: failing{broken}}, "/a", urlencoded, "a=1", "credentials: broken"},
		{"another scheme", middleware.PgSigOptions{Scheme: wire.JWSHS256, Credentials: shop}, "/a", urlencoded, "a=1", "not a pg_sig scheme"},
		{"JSON", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", "application/json", `{"a":1}`, "needs a form"},
		{"a body of no type", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", "", `a=1`, "content type is unreadable"},
		{"a content type that is none", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", "form/; 4400430012345678", `a=1`, "content type is unreadable"},
		{"a form without a boundary", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", "multipart/form-data", multipartBody("a", "1"), "multipart"},
		{"half a form", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", "multipart/form-data; boundary=b", "--b\r\nContent-Dis", "multipart"},
		{"a form with bad escapes", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", urlencoded, "a=4400430012345678%zz", "escape"},
		{"no script", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a/", urlencoded, "a=1", "script"},
		{"no randomness", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop, Random: errReader{broken}}, "/a", urlencoded, "a=1", "broken"},
		{"fields of one name and two kinds", middleware.PgSigOptions{Scheme: wire.PgSigPayment, Credentials: shop}, "/a", urlencoded, "a=1&a[b]=2", "pgsig"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequest("POST", "https://pay.example"+test.target, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if test.contentType != "" {
				req.Header.Set("Content-Type", test.contentType)
			}
			err = middleware.PgSig(test.o)(t.Context(), req)
			if err == nil {
				t.Fatal("no error")
			}
			contains(t, err.Error(), test.want)
			if text := err.Error(); strings.Contains(text, "4400430012345678") || strings.Contains(text, "payments;") {
				t.Errorf("the error quotes: %s", text)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Provide(context.Context) (wire.Credentials, error) {
	return shop, f.err
}

// A client signs an operation of that half of the API, with the salt from its
// own source.
func TestPgSigCall(t *testing.T) {
	for _, media := range []wire.Media{wire.Multipart, wire.URLEncoded, ""} {
		p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>ok</pg_status><pg_sig>"+
			md5of("script", "ok", "payouts")+"</pg_sig></response>"))
		c, err := merchant.New(wire.Environment(p.base()), shop, middleware.WithRandom(saltOf(1)))
		if err != nil {
			t.Fatal(err)
		}
		op := wire.Operation{
			ID: "test.form", Method: "POST", Path: "/g2g/script", Security: wire.PgSigPayout,
			Request: []wire.Media{media}, Answer: []wire.Media{wire.XML}, Root: "response",
		}
		if media == "" {
			op.Method, op.Request, op.Query = "GET", nil, true
		}
		answer := new(wire.Unknown)
		if err := c.Do(t.Context(), op, payRequest(), answer); err != nil {
			t.Fatal(err)
		}
		a := p.only(t)
		req, err := http.NewRequest(a.method, "https://pay.example"+a.uri, strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = a.header
		want := "customer=kzobd2vgp17214143761774775392946&user_id=No65&card_token=ef741cfc-f85e&pg_salt=" + salt1 +
			"&pg_sig=" + md5of("script", "ef741cfc-f85e", "kzobd2vgp17214143761774775392946", salt1, "No65", "payouts") + "&"
		if got := parse(t, req).String(); got != want {
			t.Errorf("%s: got  %s\nwant %s", media, got, want)
		}
		if a.header.Get("X-Jws-Signature") != "" {
			t.Errorf("%s: a JWS too", media)
		}
	}
}
