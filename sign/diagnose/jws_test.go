package diagnose

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
)

const (
	testKey     = "c2VjcmV0LWtleS0x" // base64 of secret-key-1
	testHeader  = `{"uri":"/v5/g2g/create","auth_id":"123456","method":"POST","params":"","alg":"HS256"}`
	testBody    = `{"order":"Счёт 😀","url":"https://shop.kz/?a=1&b=2","amount":500.00,"items":[{"z":1.50,"a":[]}]}`
	testPath    = `{"path":"/v5/merchant/invoice/init","merchant_id":123456,"method":"POST","params":"","alg":"HS512"}`
	pathBody    = `{"amount":100}`
	otherSecret = "another-secret-of-the-merchant"
)

var (
	testWant = jws.Header{Algorithm: jws.HS256, URI: "/v5/g2g/create", Identity: "123456", Method: "POST"}
	pathWant = jws.Header{Form: jws.FormPath, Algorithm: jws.HS512, URI: "/v5/merchant/invoice/init", Identity: "123456", Method: "POST"}
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// mac is golang-jwt's MAC of what is signed.
func mac(t testing.TB, method *jwt.SigningMethodHMAC, key, signed string) string {
	t.Helper()
	sum, err := method.Sign(signed, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// signed is a signature over header and body as they stand.
func signed(t testing.TB, header, key, body string) string {
	t.Helper()
	method := jwt.SigningMethodHS256
	if strings.Contains(header, "HS512") {
		method = jwt.SigningMethodHS512
	}
	return b64(header) + ".." + mac(t, method, key, b64(header)+"."+b64(body))
}

func TestJWSValid(t *testing.T) {
	for _, header := range []string{
		testHeader,
		`{ "alg": "HS256", "typ": "JWT", "params": "", "method": "POST", "auth_id": "123456", "uri": "\/v5\/g2g\/create" }`,
	} {
		got := JWS(signed(t, header, testKey, testBody), testWant, []byte(testBody), []byte(testKey))
		if want := (Diagnosis{Valid: true, Cause: CauseValid, MACFits: true}); got != want {
			t.Errorf("%s: got %+v, want %+v", header, got, want)
		}
		if got.String() != "the signature is valid" {
			t.Errorf("got %s", got)
		}
	}
	got := JWS(signed(t, testPath, testKey, ""), pathWant, nil, []byte(testKey))
	if !got.Valid || got.Cause != CauseValid {
		t.Errorf("path: got %+v", got)
	}
}

func TestJWSUnusable(t *testing.T) {
	value := signed(t, testHeader, testKey, testBody)
	got := JWS(value, testWant, []byte(testBody), nil)
	if got.Cause != CauseUnusable || got.String() != "nothing to check with: the key is empty" {
		t.Errorf("no key: got %+v", got)
	}
	want := testWant
	want.Method = ""
	got = JWS(value, want, []byte(testBody), []byte(testKey))
	if got.Cause != CauseUnusable || !strings.Contains(got.Detail, "method: empty") {
		t.Errorf("no method: got %+v", got)
	}
}

func TestJWSMalformed(t *testing.T) {
	good := signed(t, testHeader, testKey, testBody)
	head, sum, _ := strings.Cut(good, "..")
	std := func(s string) string {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	rawSum, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	longHeader := strings.Replace(testHeader, "create", strings.Repeat("a", jws.MaxSize), 1)
	tests := []struct {
		name, value, detail string
		macFits             bool
	}{
		{"empty", "", "it is empty: there is no X-JWS-Signature, or it has no value", false},
		{"white space alone", " \n", "it is empty: there is no X-JWS-Signature, or it has no value", false},
		{"too long", signed(t, longHeader, testKey, ""), "bytes, 8192 are allowed", false},
		{"trailing LF", good + "\n", "there is a line end in it", true},
		{"folded", head + "..\r\n " + sum, "there is a line end in it; there is white space in it", true},
		{"leading space", " " + good, "there is white space in it", true},
		{"name of the header", "X-JWS-Signature: " + good, "there is white space in it; it begins with the name of the HTTP header", true},
		{"quotes", `"` + good + `"`, "there are quotes around it", true},
		{"not encoded", testHeader + ".." + sum, "the header is not encoded in base64url", false},
		{"no dot", head, "there is no dot in it: header..mac is expected, with two dots", false},
		{"one dot", head + "." + sum, "there is one dot in it: header..mac is expected, with two dots", true},
		{"three dots", head + "..." + sum, "there are 3 dots in it: header..mac is expected, with two dots", false},
		{"whole JWT", head + "." + b64(testBody) + "." + sum, "it is a whole JWS (JWT) with the payload as its middle part: cut that out, so that header..mac is left", true},
		{"whole JWT of another body", signedWhole(t, testHeader, testKey, "{}"), "cut that out, so that header..mac is left; besides, that part is not the body", false},
		{"no header", ".." + sum, "the header is empty", false},
		{"no MAC", head + "..", "the MAC is empty", false},
		{"header no base64", "!" + head + ".." + sum, "the header is no base64url", false},
		{"header with padding", resigned(t, base64.URLEncoding.EncodeToString([]byte(testHeader))), "the header has padding", true},
		{"header in standard base64", resigned(t, base64.RawStdEncoding.EncodeToString([]byte(strings.Replace(testHeader, "create", "~~~???", 1)))), "the header is in the alphabet of standard base64, with + and /", true},
		{"header in base64url twice", resigned(t, b64(b64(testHeader))), "the header is encoded in base64url twice", true},
		{"header no JSON", resigned(t, b64("{'uri':1}")), "the header is no JSON", true},
		{"header no object", resigned(t, b64(`["a"]`)), "the header is JSON, but no object", true},
		{"header with byte order mark", resigned(t, b64("\ufeff"+testHeader)), "the header begins with a byte order mark", true},
		{"header not UTF-8", resigned(t, b64("{\"uri\":\"\xff\"}")), "the header is not UTF-8", true},
		{"MAC in standard base64", head + ".." + std(sum), "the MAC has padding; the MAC is in the alphabet of standard base64, with + and /", true},
		{"MAC in hexadecimal", head + ".." + hex.EncodeToString(rawSum), "the MAC is in hexadecimal, base64url of its bytes is expected", true},
		{"MAC in capital hexadecimal", head + ".." + strings.ToUpper(hex.EncodeToString(rawSum)), "the MAC is in hexadecimal, base64url of its bytes is expected", true},
		{"MAC in base64url of hexadecimal", head + ".." + b64(hex.EncodeToString(rawSum)), "the MAC is the base64url of hexadecimal text, that of its bytes is expected", true},
		{"MAC no base64", head + "..*" + sum[1:], "the MAC is no base64url", false},
		{"MAC too short", head + ".." + sum[:20], "the MAC has 15 bytes, that of HS256 has 32", false},
		{"MAC with trailing bits", head + ".." + sum[:42] + trailing(sum[42]), "the MAC has trailing bits that are not zero", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := JWS(test.value, testWant, []byte(testBody), []byte(testKey))
			if got.Cause != CauseMalformed || !strings.HasSuffix(got.Detail, test.detail) || got.MACFits != test.macFits || got.Valid {
				t.Errorf("got %+v, want %q, MAC fits: %t", got, test.detail, test.macFits)
			}
			if !strings.HasPrefix(got.String(), "the signature is malformed: ") || strings.HasSuffix(got.String(), "\nBody and key fit.") != test.macFits {
				t.Errorf("got %s", got)
			}
		})
	}
}

// signedWhole is a JWS with its payload.
func signedWhole(t testing.TB, header, key, body string) string {
	return strings.Replace(signed(t, header, key, body), "..", "."+b64(body)+".", 1)
}

// resigned has a right MAC over an encoded header.
func resigned(t testing.TB, protected string) string {
	return protected + ".." + mac(t, jwt.SigningMethodHS256, testKey, protected+"."+b64(testBody))
}

// trailing returns the base64url character after c, the last one of 32 bytes.
func trailing(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)+1:][:1]
}

func TestJWSHeader(t *testing.T) {
	replace := func(old, new string) string {
		t.Helper()
		if !strings.Contains(testHeader, old) {
			t.Fatalf("%s is not in the header", old)
		}
		return strings.Replace(testHeader, old, new, 1)
	}
	tests := []struct {
		name, header string
		want         Diagnosis // but for MACFits
	}{
		{"duplicate", replace(`"method"`, `"uri":"/v5/g2g/create","method"`), Diagnosis{Cause: CauseMalformed, Detail: `the header has the member "uri" twice`}},
		{"crit", replace(`"method"`, `"crit":["b64"],"method"`), Diagnosis{Cause: CauseMalformed, Detail: `the header has the member "crit", which is not documented: uri, auth_id, method, params and alg are expected`}},
		{"name in other letters", replace(`"auth_id"`, `"authId"`), Diagnosis{Cause: CauseMalformed, Detail: `the header has the member "authId", which is not documented: uri, auth_id, method, params and alg are expected`}},
		{"mixed forms", replace(`"auth_id":"123456"`, `"merchant_id":123456`), Diagnosis{Cause: CauseMalformed, Detail: "the header mixes the members of two forms: uri, auth_id, method, params and alg are expected"}},
		{"one missing", replace(`"params":"",`, ``), Diagnosis{Cause: CauseMalformed, Detail: "the header lacks params"}},
		{"two missing", replace(`"method":"POST","params":"",`, ``), Diagnosis{Cause: CauseMalformed, Detail: "the header lacks method and params"}},
		{"JWT's own", `{"alg":"HS256","typ":"JWT"}`, Diagnosis{Cause: CauseMalformed, Detail: "the header lacks uri, auth_id, method and params"}},
		{"auth_id as number", replace(`"123456"`, `123456`), Diagnosis{Cause: CauseMalformed, Member: "auth_id", Got: "123456", Want: "123456", Detail: "the header member auth_id is of JSON's type number, string is documented"}},
		{"params as object", replace(`"params":""`, `"params":{}`), Diagnosis{Cause: CauseMalformed, Member: "params", Got: "{}", Detail: "the header member params is of JSON's type object, string is documented"}},
		{"params as array", replace(`"params":""`, `"params":[]`), Diagnosis{Cause: CauseMalformed, Member: "params", Got: "[]", Detail: "the header member params is of JSON's type array, string is documented"}},
		{"params null", replace(`"params":""`, `"params":null`), Diagnosis{Cause: CauseMalformed, Member: "params", Got: "null", Detail: "the header member params is of JSON's type null, string is documented"}},
		{"params boolean", replace(`"params":""`, `"params":true`), Diagnosis{Cause: CauseMalformed, Member: "params", Got: "true", Detail: "the header member params is of JSON's type boolean, string is documented"}},
		{"typ", replace(`"alg"`, `"typ":"JOSE","alg"`), Diagnosis{Cause: CauseMalformed, Detail: `the header member typ is "JOSE", "JWT" or no such member is expected`}},
		{"surrogate alone", replace(`"/v5/g2g/create"`, `"\ud800"`), Diagnosis{Cause: CauseMember, Member: "uri", Got: "\ufffd", Want: "/v5/g2g/create"}},
		{"form", strings.Replace(testPath, "HS512", "HS256", 1), Diagnosis{Cause: CauseForm, Detail: "path and merchant_id were signed, uri and auth_id are wanted"}},

		{"alg none", replace("HS256", "none"), Diagnosis{Cause: CauseMember, Member: "alg", Got: "none", Want: "HS256", Detail: "a signature without a MAC proves nothing"}},
		{"alg in other letters", replace("HS256", "hs256"), Diagnosis{Cause: CauseMember, Member: "alg", Got: "hs256", Want: "HS256", Detail: "they differ only in case"}},
		{"alg documented", replace("HS256", "HS512"), Diagnosis{Cause: CauseMember, Member: "alg", Got: "HS512", Want: "HS256", Detail: "the algorithm is that of another section of the documentation"}},
		{"alg not documented", replace("HS256", "HS384"), Diagnosis{Cause: CauseMember, Member: "alg", Got: "HS384", Want: "HS256", Detail: "the documentation knows HS256 and HS512 only"}},
		{"identity", replace("123456", "654321"), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "654321", Want: "123456"}},
		{"identity with white space", replace("123456", "123456 "), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "123456 ", Want: "123456", Detail: "they differ only by white space"}},
		{"identity with zeros", replace("123456", "0123456"), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "0123456", Want: "123456", Detail: "they differ only by leading zeros"}},
		{"identity in quotes", replace("123456", "'123456'"), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "'123456'", Want: "123456", Detail: "there are quotes in it"}},
		{"identity empty", replace("123456", ""), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "", Want: "123456", Detail: "it is empty"}},
		{"identity a secret", replace("123456", otherSecret), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "***", Want: "123456", Detail: "a secret stands in it"}},
		{"identity an encoded secret", replace("123456", hex.EncodeToString([]byte(testKey))), Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "***", Want: "123456", Detail: "a secret stands in it"}},
		{"method", replace("POST", "PUT"), Diagnosis{Cause: CauseMember, Member: "method", Got: "PUT", Want: "POST"}},
		{"method in other letters", replace("POST", "Post"), Diagnosis{Cause: CauseMember, Member: "method", Got: "Post", Want: "POST", Detail: "they differ only in case"}},
		{"params", replace(`"params":""`, `"params":"a=1"`), Diagnosis{Cause: CauseMember, Member: "params", Got: "a=1", Want: "", Detail: "the documentation reserves it, as an empty string"}},
		{"two differ", `{"uri":"/v5/g2g/create","auth_id":"1","method":"GET","params":"","alg":"HS256"}`, Diagnosis{Cause: CauseMember, Member: "auth_id", Got: "1", Want: "123456", Detail: "method differs too"}},
		{"three differ", `{"uri":"/v5/g2g/create?a","auth_id":"1","method":"GET","params":"","alg":"HS256"}`, Diagnosis{Cause: CauseMember, Member: "uri", Got: "/v5/g2g/create?a", Want: "/v5/g2g/create", Detail: "they differ only by the query (it is not signed); auth_id and method differ too"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value := signed(t, test.header, testKey, testBody)
			other := WithOtherSecret("the other secret", []byte(otherSecret))
			got := JWS(value, testWant, []byte(testBody), []byte(testKey), other)
			test.want.MACFits = true
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if !strings.HasSuffix(got.String(), "Body and key fit.") {
				t.Errorf("got %s", got)
			}
			if got := JWS(value, testWant, []byte(testBody+" "), []byte("x")); got.MACFits || got.Fit != "" || !strings.HasSuffix(got.String(), "The MAC differs too: body or key.") {
				t.Errorf("another body and key: got %#v", got)
			}
		})
	}

	t.Run("merchant_id as string", func(t *testing.T) {
		got := JWS(signed(t, strings.Replace(testPath, "123456", `"123456"`, 1), testKey, pathBody), pathWant, []byte(pathBody), []byte(testKey))
		want := Diagnosis{Cause: CauseMalformed, Member: "merchant_id", Got: "123456", Want: "123456", MACFits: true,
			Detail: "the header member merchant_id is of JSON's type string, number is documented"}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("merchant_id no integer", func(t *testing.T) {
		for _, id := range []string{"123456.0", "-123456"} {
			got := JWS(signed(t, strings.Replace(testPath, "123456", id, 1), testKey, pathBody), pathWant, []byte(pathBody), []byte(testKey))
			if got.Cause != CauseMember || got.Member != "merchant_id" || got.Got != id {
				t.Errorf("%s: got %+v", id, got)
			}
		}
	})
	t.Run("uri form", func(t *testing.T) {
		got := JWS(signed(t, testHeader, testKey, pathBody), pathWant, []byte(pathBody), []byte(testKey))
		if want := (Diagnosis{Cause: CauseForm, MACFits: true, Detail: "uri and auth_id were signed, path and merchant_id are wanted"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	// Two findings, both said: the header, and what is signed.
	t.Run("header and key", func(t *testing.T) {
		got := JWS(signed(t, replace("POST", "PUT"), testKey, testBody), testWant, []byte(testBody), []byte(testKey+"\n"))
		const want = "the header member method differs: \"PUT\" was signed, \"POST\" is wanted\n" +
			"The MAC differs too. It fits with the key without its trailing newline."
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("none without a MAC", func(t *testing.T) {
		got := JWS(b64(replace("HS256", "none"))+"..", testWant, []byte(testBody), []byte(testKey))
		if got.Cause != CauseMember || got.Member != "alg" || strings.Contains(got.String(), "key") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestURIDetail(t *testing.T) {
	tests := []struct{ got, want, detail string }{
		{"/v5/a?x=1", "/v5/a", "they differ only by the query (it is not signed)"},
		{"https://api.freedompay.kz/v5/a", "/v5/a", "they differ only by scheme and host (they are not signed)"},
		{"api.freedompay.kz/v5/a", "/v5/a", "they differ only by scheme and host (they are not signed)"},
		{"https://api.freedompay.kz/v5/a?x=1", "/v5/a", "they differ only by the query (it is not signed) and scheme and host (they are not signed)"},
		{"/v5/a/", "/v5/a", "they differ only by a trailing slash"},
		{"/v5/a", "/v5/a/", "they differ only by a trailing slash"},
		{"v5/a", "/v5/a", "they differ only by a leading slash"},
		{"/v5/a b", "/v5/a%20b", "they differ only by percent escapes (they are signed as they are sent)"},
		{"/v5/a%2fb", "/v5/a%2Fb", "they differ only by percent escapes (they are signed as they are sent)"},
		{"/V5/a", "/v5/a", "they differ only by case"},
		{"/v5/a ", "/v5/a", "they differ only by white space"},
		{"/proxy/v5/a", "/v5/a", `they differ only by the base path "/proxy" that was signed`},
		{"/a", "/v5/a", `they differ only by the base path "/v5" that was not signed`},
		{"/proxy/v5/a?b", "/v5/a", `they differ only by the query (it is not signed) and the base path "/proxy" that was signed`},
		{"a", "/v5/a", "only the end of the path was signed"},
		{"", "/v5/a", "it is empty"},
		{"/v5/b", "/v5/a", ""},
		{"/v5/ba", "/v5/a", ""},
		{"/", "/v5/a", ""},
		{"https://x", "/v5/a", ""},
	}
	for _, test := range tests {
		if got := uriDetail(test.got, test.want); got != test.detail {
			t.Errorf("%q for %q: got %q, want %q", test.got, test.want, got, test.detail)
		}
	}
}

func TestJWSString(t *testing.T) {
	value := signed(t, strings.Replace(testHeader, "create", "create?x=1", 1), testKey, testBody)
	got := JWS(value, testWant, []byte(testBody), []byte(testKey)).String()
	const want = `the header member uri differs: "/v5/g2g/create?x=1" was signed, "/v5/g2g/create" is called` +
		"\nThey differ only by the query (it is not signed). Body and key fit."
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (Diagnosis{}).String(); got != "no diagnosis" {
		t.Errorf("zero value: got %s", got)
	}
}

// A terminal gets neither control characters nor kilobytes.
func TestJWSStringIsShort(t *testing.T) {
	base := "/" + strings.Repeat("я", 500)
	want := testWant
	want.URI = base + "/a" + strings.Repeat("z", 500)
	header := strings.Replace(testHeader, "/v5/g2g/create", base+"/b\\u001b[31m"+strings.Repeat("y", 500), 1)
	got := JWS(signed(t, header, testKey, testBody), want, []byte(testBody), []byte(testKey)).String()
	if len(got) > 500 || strings.ContainsAny(got, "\x1b\ufffd") || !strings.Contains(got, `яя/b\x1b[31myy`) || !strings.Contains(got, `яя/azz`) {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
}

func TestShorten(t *testing.T) {
	ya, z := strings.Repeat("я", 100), strings.Repeat("z", 100)
	for _, test := range []struct{ a, b, wantA, wantB string }{
		{"a\n", "", `"a\n"`, `""`},
		{ya, "x", `"` + ya[:96] + `"…`, `"x"`},
		{"x" + ya, "", `"x` + ya[:94] + `"…`, `""`},
		{z + "a", z + "b", `…"` + z[:24] + `a"`, `…"` + z[:24] + `b"`},
		{ya + "xa", ya + "xb", `…"` + ya[:24] + `xa"`, `…"` + ya[:24] + `xb"`},
		{z, z + "b", `…"` + z[:24] + `"`, `…"` + z[:24] + `b"`},
	} {
		if gotA, gotB := shorten(test.a, test.b); gotA != test.wantA || gotB != test.wantB {
			t.Errorf("got  %s, %s\nwant %s, %s", gotA, gotB, test.wantA, test.wantB)
		}
	}
}

// What only the strict reader refuses is said in its words.
func TestJWSStricterVerifier(t *testing.T) {
	want := testWant
	want.URI = "/\ufffd"
	header := strings.Replace(testHeader, "/v5/g2g/create", `/\ud800`, 1)
	got := JWS(signed(t, header, testKey, testBody), want, []byte(testBody), []byte(testKey))
	if want := (Diagnosis{Cause: CauseMalformed, Detail: "header: member of an undocumented name or type", MACFits: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestJWSUsualCauses(t *testing.T) {
	reKeyed := func(header, key string) func(testing.TB) string {
		return func(t testing.TB) string { return signed(t, header, key, testBody) }
	}
	reBodied := func(body string) func(testing.TB) string {
		return func(t testing.TB) string { return signed(t, testHeader, testKey, body) }
	}
	over := func(input string) func(testing.TB) string {
		return func(t testing.TB) string {
			return b64(testHeader) + ".." + mac(t, jwt.SigningMethodHS256, testKey, input)
		}
	}
	head := b64(testHeader)
	tests := []struct {
		name  string
		value func(testing.TB) string
		body  string // as received; "" is testBody, "-" none
		key   string // of the verifier; "" is testKey
		fit   string
	}{
		// The key: the sender's is the first, the verifier's the last.
		{"key file with LF", reKeyed(testHeader, testKey), "", testKey + "\n", "the key without its trailing newline"},
		{"key file with CRLF", reKeyed(testHeader, testKey), "", testKey + "\r\n", "the key without its trailing newline"},
		{"key with white space", reKeyed(testHeader, testKey), "", "\t" + testKey + " ", "the key without the white space around it"},
		{"key with a byte order mark", reKeyed(testHeader, testKey), "", "\ufeff" + testKey, "the key without its byte order mark"},
		{"key in quotes", reKeyed(testHeader, testKey), "", `"` + testKey + `"`, "the key without the quotes around it"},
		{"sender's key with LF", reKeyed(testHeader, testKey+"\n"), "", "", "the key with a trailing newline"},
		{"sender's key with CRLF", reKeyed(testHeader, testKey+"\r\n"), "", "", "the key with a trailing CRLF"},
		{"sender's key with a space", reKeyed(testHeader, testKey+" "), "", "", "the key with a trailing space"},
		{"sender's key after a space", reKeyed(testHeader, " "+testKey), "", "", "the key with a leading space"},
		{"sender's key in quotes", reKeyed(testHeader, `"`+testKey+`"`), "", "", "the key in quotes"},
		{"sender decoded base64", reKeyed(testHeader, "secret-key-1"), "", "", "the key decoded from base64"},
		{"sender decoded base64url", reKeyed(testHeader, "\xfb\xff\xfe???"), "", "-__-Pz8_", "the key decoded from base64"},
		{"sender decoded padded base64 of a file", reKeyed(testHeader, "secret-key-10"), "", "c2VjcmV0LWtleS0xMA==\n", "the key decoded from base64"},
		{"sender decoded hexadecimal", reKeyed(testHeader, "\x00\xffkey"), "", "00FF6b6579", "the key decoded from hexadecimal"},
		{"verifier decoded hexadecimal", reKeyed(testHeader, "00ff6b6579"), "", "\x00\xffkey", "the key encoded in hexadecimal"},
		{"verifier decoded capital hexadecimal", reKeyed(testHeader, "00FF6B6579"), "", "\x00\xffkey", "the key encoded in hexadecimal, in capitals"},
		{"verifier decoded base64", reKeyed(testHeader, "c2VjcmV0LWtleS0xMA=="), "", "secret-key-10", "the key encoded in base64"},
		{"verifier decoded unpadded base64", reKeyed(testHeader, "+//+Pz8/MA"), "", "\xfb\xff\xfe???0", "the key encoded in base64 without padding"},
		{"verifier decoded base64url", reKeyed(testHeader, "-__-Pz8_MA"), "", "\xfb\xff\xfe???0", "the key encoded in base64url"},
		{"verifier decoded padded base64url", reKeyed(testHeader, "-__-Pz8_MA=="), "", "\xfb\xff\xfe???0", "the key encoded in base64url with padding"},
		{"sender without a key", reKeyed(testHeader, ""), "", "", "an empty key"},
		{"other secret", reKeyed(testHeader, otherSecret), "", "", "the payout secret"},
		{"other secret of a file", reKeyed(testHeader, otherSecret+"\n"), "", "", "the payout secret with a trailing newline"},

		// The body: the sender signed the first, and the last arrived.
		{"body lost", reBodied(""), "", "", "an empty body"},
		{"newline added", reBodied(testBody), testBody + "\n", "", "the body without its trailing newline"},
		{"CRLF added", reBodied(testBody), testBody + "\r\n", "", "the body without its trailing newline"},
		{"white space added", reBodied("no JSON"), "  no JSON\n ", "", "the body without the white space around it"},
		{"newline lost", reBodied(testBody + "\n"), "", "", "the body with a trailing newline"},
		{"CRLF lost", reBodied(testBody + "\r\n"), "", "", "the body with a trailing CRLF"},
		{"CRLF for LF", reBodied("a\nb"), "a\r\nb", "", "the body with LF for its CRLF"},
		{"LF for CRLF", reBodied("a\r\nb"), "a\nb", "", "the body with CRLF for its LF"},
		{"byte order mark added", reBodied(testBody), "\ufeff" + testBody, "", "the body without its byte order mark"},
		{"byte order mark lost", reBodied("\ufeff" + testBody), "", "", "the body with a byte order mark"},
		{"{} for none", reBodied("{}"), "-", "", "the body {}, where there is none"},
		{"[] for none", reBodied("[]"), "-", "", "the body [], where there is none"},
		{"null for none", reBodied("null"), "-", "", "the body null, where there is none"},
		{`"" for none`, reBodied(`""`), "-", "", `the body "", where there is none`},
		{"spaces added", reBodied(`{"a":"\/","b":[1,2]}`), `{ "a": "\/", "b": [ 1, 2 ] }`, "", "the body with its JSON compacted"},
		{"escapes added", reBodied(`{"a":"/я","b":1}`), `{"a":"\/\u044f","b":1}`, "", "the body with its JSON compacted, without needless escapes"},
		{"control characters", reBodied(`{"a":"\b\f\n\r\t\u0001\"\\"}`), `{"a":"\u0008\u000c\u000a\u000D\u0009\u0001\u0022\u005c"}`, "", "the body with its JSON compacted, without needless escapes"},
		{"slashes", reBodied(strings.ReplaceAll(testBody, "/", `\/`)), "", "", `the body with its JSON compacted, / escaped as \/`},
		{"not ASCII", reBodied(`{"a":"/\u044f\ud83d\ude00\u00e9\t"}`), `{"a":"/я😀é\t"}`, "", `the body with its JSON compacted, \uXXXX for what is not ASCII`},
		{"PHP", reBodied(`{"a":"\/\u044f"}`), `{"a":"/я"}`, "", `the body with its JSON as PHP writes it (\/, and \uXXXX for what is not ASCII)`},
		{"Go", reBodied(marshal(t, "/<&>\u2028я")), "{\"a\":\"/<&>\u2028я\"}", "", "the body with its JSON as Go writes it (<, > and & escaped)"},
		{"Python", reBodied(`{"a": "/\u044f", "b": [1, 2]}`), `{"a":"/я","b":[1,2]}`, "", `the body with its JSON as Python writes it (spaces, and \uXXXX for what is not ASCII)`},
		{"spaces", reBodied(`{"a": "/я", "b": [1, 2]}`), `{"a":"/я","b":[1,2]}`, "", "the body with its JSON with a space after each comma and colon"},
		{"two spaces", reBodied(indent(t, testBody, "  ")), "", "", "the body with its JSON indented by two spaces"},
		{"four spaces", reBodied(indent(t, testBody, "    ")), "", "", "the body with its JSON indented by four spaces"},
		{"PHP, indented", reBodied(indent(t, `{"a":"\/\u044f","b":[],"c":{}}`, "    ")), `{"a":"/я","b":[],"c":{}}`, "", `the body with its JSON indented by four spaces, as PHP writes it (\/, and \uXXXX for what is not ASCII)`},
		{"keys sorted", reBodied(`{"a":{"c":1,"d":2},"b":3.10}`), `{"b":3.10,"a":{"d":2,"c":1}}`, "", "the body with its JSON compacted and its keys sorted"},
		{"keys sorted by PHP", reBodied(`{"a":"\/","b":3}`), `{"b":3,"a":"/"}`, "", `the body with its JSON compacted, / escaped as \/ and its keys sorted`},
		{"decimals", reBodied(`{"a":500,"b":1.5,"c":1000,"d":1.0e5}`), `{"a":500.00,"b":1.50,"c":1000,"d":1.0e5}`, "", "the body with its JSON compacted and zeros at the end of its decimals left out"},
		{"decimals and keys", reBodied(`{"a":500,"b":1.5}`), `{"b":1.50,"a":500.00}`, "", "the body with its JSON compacted and its keys sorted and zeros at the end of its decimals left out"},

		// What is signed, and how.
		{"payload padded", over(head + "." + base64.URLEncoding.EncodeToString([]byte("a?>"+"b"))), "a?>b", "", "the payload in base64url with padding, in what is signed"},
		{"payload in standard base64", over(head + "." + base64.StdEncoding.EncodeToString([]byte("????b"))), "????b", "", "the payload in standard base64, in what is signed"},
		{"payload in unpadded standard base64", over(head + "." + base64.RawStdEncoding.EncodeToString([]byte("????b"))), "????b", "", "the payload in standard base64 without padding, in what is signed"},
		{"payload not encoded", over(head + "." + testBody), "", "", "the payload as it stands, not in base64url, in what is signed"},
		{"payload encoded twice", over(head + "." + b64(b64(testBody))), "", "", "the payload in base64url twice, in what is signed"},
		{"payload alone", over(b64(testBody)), "", "", "the payload alone, in base64url, as what is signed"},
		{"raw payload alone", over(testBody), "", "", "the payload alone, as it stands, as what is signed"},
		{"header alone", over(head), "", "", "the header alone, in base64url, as what is signed"},
		{"raw header alone", over(testHeader), "", "", "the header alone, as it stands, as what is signed"},
		{"two dots", over(head + ".." + b64(testBody)), "", "", "the two dots of header..mac in what is signed"},
		{"no dot", over(head + b64(testBody)), "", "", "no dot between header and payload in what is signed"},
		{"nothing encoded", over(testHeader + "." + testBody), "", "", "header and payload as they stand, not in base64url, as what is signed"},
		{"header padded", over(base64.URLEncoding.EncodeToString([]byte(testHeader)) + "." + b64(testBody)), "", "", "the header in standard base64, in what is signed"},
		{"documented header", func(t testing.TB) string {
			return b64(strings.Replace(testHeader, ",", ", ", 1)) + ".." + mac(t, jwt.SigningMethodHS256, testKey, head+"."+b64(testBody))
		}, "", "", "the documented spelling of the header, which is not the one that was sent"},
		{"header by PHP", over(b64(strings.ReplaceAll(testHeader, "/", `\/`)) + "." + b64(testBody)), "", "", `another header than the one that was sent, with its JSON compacted, / escaped as \/`},
		{"header sorted", over(b64(`{"alg":"HS256","auth_id":"123456","method":"POST","params":"","uri":"/v5/g2g/create"}`) + "." + b64(testBody)), "", "", "another header than the one that was sent, with its JSON compacted and its keys sorted"},
		{"other algorithm", func(t testing.TB) string {
			return head + ".." + mac(t, jwt.SigningMethodHS512, testKey, head+"."+b64(testBody))
		}, "", "", "HS512 as the algorithm"},
		{"other algorithm and other secret", func(t testing.TB) string {
			return head + ".." + mac(t, jwt.SigningMethodHS512, otherSecret, head+"."+b64(testBody))
		}, "", "", "HS512 as the algorithm and the payout secret"},

		// Pairs.
		{"key and body", reKeyed(testHeader, testKey), testBody + "\n", testKey + "\n", "the key without its trailing newline and the body without its trailing newline"},
		{"other secret and PHP", func(t testing.TB) string { return signed(t, testHeader, otherSecret, `{"a":"\/я"}`) }, `{ "a": "/я" }`, "", `the payout secret and the body with its JSON compacted, / escaped as \/`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body, key := []byte(testBody), testKey
			if test.body != "" {
				body = []byte(test.body)
			}
			if test.body == "-" {
				body = nil
			}
			if test.key != "" {
				key = test.key
			}
			value := test.value(t)
			before := bytes.Clone(body)
			other := WithOtherSecret("the payout secret", []byte(otherSecret))
			got := JWS(value, testWant, body, []byte(key), other)
			cause := CauseMAC
			if strings.HasPrefix(test.fit, "HS512") {
				cause = CauseMalformed // its length is not that of the algorithm
			}
			if got.Cause != cause || got.Fit != test.fit || got.MACFits || got.Valid {
				t.Errorf("got %+v, want %s", got, test.fit)
			}
			if cause == CauseMAC && got.String() != "the MAC differs: body or key. It fits with "+test.fit {
				t.Errorf("got %s", got)
			}
			if strings.Contains(fmt.Sprintf("%+v%#v", got, got), otherSecret) || len(key) > 8 && strings.Contains(fmt.Sprintf("%+v%#v", got, got), key) {
				t.Errorf("a secret shows in %#v", got)
			}
			if !bytes.Equal(body, before) {
				t.Error("the body was changed")
			}
			if s, err := jws.NewSigner([]byte(key)); err != nil || s.Verify(value, testWant, body) == nil {
				t.Errorf("the case is not wrong (%v)", err)
			}
		})
	}
}

func marshal(t testing.TB, s string) string {
	b, err := json.Marshal(map[string]string{"a": s})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func indent(t testing.TB, s, by string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(s), "", by); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A wrong key and a wrong body look alike, and nothing else is claimed.
func TestJWSBodyOrKey(t *testing.T) {
	value := signed(t, testHeader, testKey, testBody)
	for name, test := range map[string]struct{ body, key string }{
		"key":  {testBody, "another key"},
		"body": {strings.Replace(testBody, "500.00", "501.00", 1), testKey},
		"both": {"", "another key"},
	} {
		got := JWS(value, testWant, []byte(test.body), []byte(test.key), WithOtherSecret("another", []byte(otherSecret)))
		if got != (Diagnosis{Cause: CauseMAC}) || got.String() != "the MAC differs: body or key" {
			t.Errorf("%s: got %#v", name, got)
		}
	}
}

// The names of a MAC of 64 bytes under HS512 and of one in hexadecimal under
// HS256 are not mixed up.
func TestJWSHS512(t *testing.T) {
	got := JWS(signed(t, testPath, testKey, pathBody+"\n"), pathWant, []byte(pathBody), []byte(testKey))
	if want := (Diagnosis{Cause: CauseMAC, Fit: "the body with a trailing newline"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	head := b64(testPath)
	got = JWS(head+".."+mac(t, jwt.SigningMethodHS256, testKey, head+"."+b64(pathBody)), pathWant, []byte(pathBody), []byte(testKey))
	if want := (Diagnosis{Cause: CauseMalformed, Detail: "the MAC has 32 bytes, that of HS512 has 64", Fit: "HS256 as the algorithm"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	const wantText = "the signature is malformed: the MAC has 32 bytes, that of HS512 has 64\nThe MAC differs too. It fits with HS256 as the algorithm."
	if got.String() != wantText {
		t.Errorf("got %s", got)
	}
	h := hmac.New(sha256.New, []byte(testKey))
	h.Write([]byte(b64(testHeader) + "." + b64(testBody+"\n")))
	got = JWS(b64(testHeader)+".."+b64(hex.EncodeToString(h.Sum(nil))), testWant, []byte(testBody), []byte(testKey))
	if got.Cause != CauseMalformed || got.Fit != "the body with a trailing newline" {
		t.Errorf("got %+v", got)
	}
}

// The verdict is the verifier's, and so is the class of its refusal where only the
// MAC differs.
func TestJWSAgreesWithVerify(t *testing.T) {
	s, err := jws.NewSigner([]byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"", "..", "e30..AA", signed(t, testHeader, testKey, testBody), signed(t, testPath, testKey, testBody)} {
		err := s.Verify(value, testWant, []byte(testBody))
		got := JWS(value, testWant, []byte(testBody), []byte(testKey))
		if got.Valid != (err == nil) || (got.Cause == CauseMAC) != errors.Is(err, jws.ErrMAC) {
			t.Errorf("%q: got %+v, the verifier says %v", value, got, err)
		}
	}
}
