package verify

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// through serves a request and reports whether it got to the handler, whose body has
// to be the one that was sent. A refusal has to be the one that there is.
func through(t *testing.T, middleware func(http.Handler) http.Handler, r *http.Request, body string) (through bool) {
	t.Helper()
	w := httptest.NewRecorder()
	middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		through = true
		got, err := io.ReadAll(r.Body)
		if identity, ok := IdentityFrom(r.Context()); err != nil || string(got) != body || identity != testIdentity || !ok {
			t.Errorf("the handler got %q of %s, %v", got, identity, err)
		}
	})).ServeHTTP(w, r)
	if !through && (w.Code != http.StatusUnauthorized || w.Body.String() != `{"error":"unauthorized"}`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	return through
}

// headerSays reports whether a header says what has to be said, by encoding/json
// and the words of the documentation.
func headerSays(data []byte, path, method string) bool {
	if !utf8.Valid(data) || !json.Valid(data) {
		return false
	}
	// One member at a time: encoding/json keeps the last of several.
	want := map[string]string{"uri": path, "auth_id": testIdentity, "method": method, "params": "", "alg": "HS256"}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	hasType := false
	for decoder.More() {
		name, _ := decoder.Token()
		value, err := decoder.Token()
		if err != nil {
			return false
		}
		text, isText := value.(string)
		wanted, known := want[name.(string)]
		switch {
		case name == "typ" && text == "JWT" && !hasType:
			hasType = true
		case !isText || !known || text != wanted:
			return false
		default:
			delete(want, name.(string))
		}
	}
	return len(want) == 0
}

// FuzzJWSRequest: what gets through is signed, and what is signed gets through. What is
// signed is found out by the standard library. Half of what is tried has the right
// MAC over any header: a MAC cannot be guessed, and behind it is where a mistake
// would be.
func FuzzJWSRequest(f *testing.F) {
	documented := header(testPath, testIdentity, "POST")
	protected := base64.RawURLEncoding.EncodeToString([]byte(documented))
	mac, err := jwt.SigningMethodHS256.Sign(protected+"."+base64.RawURLEncoding.EncodeToString([]byte(testBody)), []byte(testKey))
	if err != nil {
		f.Fatal(err)
	}
	valid := protected + ".." + base64.RawURLEncoding.EncodeToString(mac)
	for _, signature := range []string{valid, "", "..", valid + ".", valid + "=", protected + "." + "e30." + "AA", strings.Repeat(".", 100)} {
		f.Add("POST", testPath, signature, testBody, false)
	}
	for _, header := range []string{
		documented,
		`{"alg":"HS256","typ":"JWT","auth_id":"123456","uri":"\/v5\/partner\/rates\/add","method":"POST","params":""}`,
		" {\n\"\\u0075ri\" : \"/v5/partner/r\\u0061tes/add\",\t\"auth_id\":\"123456\",\"method\":\"POST\",\"params\":\"\",\"alg\":\"HS256\"}\r\n",
		withMembers(`"alg":"none"`), withMembers(`"crit":["b64"]`), withMembers(`"Alg":"HS256"`),
		strings.Replace(documented, `"HS256"`, `["HS256"]`, 1), strings.Replace(documented, testPath, `/\ud83d`, 1),
		`{"path":"/v5/partner/rates/add","merchant_id":123456,"method":"POST","params":"","alg":"HS256"}`,
		"{}", "[]", "{", documented + documented,
	} {
		f.Add("POST", testPath, header, testBody, true)
	}
	f.Add("GET", "/v5/a%2Fb", header("/v5/a%2Fb", testIdentity, "GET"), "", true)
	f.Add("GET", "/v5//a/./b/?x=1", header("/v5//a/./b/", testIdentity, "GET"), "", true)

	middleware, err := JWS(options())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, signature, body string, rightMAC bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil || method == "" || len(body) > DefaultMaxBody {
			return
		}
		hash := hmac.New(sha256.New, []byte(testKey))
		encode := base64.RawURLEncoding.EncodeToString
		if rightMAC {
			protected := encode([]byte(signature))
			hash.Write([]byte(protected + "." + encode([]byte(body))))
			signature = protected + ".." + encode(hash.Sum(nil))
		}
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header[http.CanonicalHeaderKey(SignatureHeader)] = []string{signature}
		got := through(t, middleware, r, body)

		// From scratch.
		want := false
		protected, mac, isDetached := strings.Cut(signature, "..")
		hash.Reset()
		hash.Write([]byte(protected + "." + encode([]byte(body))))
		headerJSON, err := base64.RawURLEncoding.Strict().DecodeString(protected)
		if isDetached && err == nil && encode(headerJSON) == protected && mac == encode(hash.Sum(nil)) && len(signature) <= jws.MaxSize {
			want = headerSays(headerJSON, u.EscapedPath(), method)
		}
		if got != want {
			t.Fatalf("%s %s, %s: through is %t, want %t", method, target, headerJSON, got, want)
		}
		if got {
			// By another library.
			if err := jwt.SigningMethodHS256.Verify(protected+"."+encode([]byte(body)), hash.Sum(nil), []byte(testKey)); err != nil {
				t.Fatalf("golang-jwt: %v", err)
			}
		}
	})
}

// FuzzPgSigRequest: of forms without nesting, what gets through is signed, and what is
// signed gets through, as net/url reads the form and the words of docs/signing.md
// have it. Nested forms and XML are tried too; package pgform and sign/pgsig have
// fuzz targets for what is signed there.
func FuzzPgSigRequest(f *testing.F) {
	form, signature := refund()
	form = strings.TrimSuffix(form, "&pg_sig=")
	for _, right := range []bool{true, false} {
		for _, form := range []string{
			form, "", "&", "pg_merchant_id=123456&pg_salt=s", "z=1&a=2&pg_merchant_id=123456&a=1&pg_salt=s", "a=%D1%87+%26&pg_merchant_id=123456&pg_salt=s",
			"a=1%3B2&b=3&pg_merchant_id=123456&pg_salt=s", "pg_merchant_id=123456&pg_merchant_id=123456&pg_salt=s", "pg_merchant_id=1&pg_salt=s",
			"pg_merchant_id=123456&pg_salt=&a", "a[0]=1&pg_merchant_id=123456&pg_salt=s", "pg_xml=<request/>", "a=%FF", "a%00=1", "=1",
			"a%D1=%87&pg_merchant_id=123456&pg_salt=s",
			"pg_sig=1&pg_merchant_id=123456&pg_salt=s", "PG_SIG=1&pg_merchant_id=123456&pg_salt=s",
		} {
			for _, inQuery := range []bool{true, false} {
				f.Add("revoke", form, signature, right, inQuery)
			}
		}
	}
	middleware, err := PgSig(formOptions())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, script, form, signature string, right, inQuery bool) {
		// As the standard library reads it.
		values, err := url.ParseQuery(form)
		isFlat := err == nil && utf8.ValidString(form) && strings.Count(form, "&") < 900
		var signed []string
		names := []string{}
		for name := range values {
			names = append(names, name)
			isFlat = isFlat && name != "" && name != "pg_xml" && name != "pg_sig" && !strings.ContainsAny(name, "[]") && !strings.ContainsFunc(name, unicode.IsControl)
		}
		slices.Sort(names)
		for _, name := range names {
			for _, value := range values[name] {
				// Each for itself: the halves of one letter are valid together.
				isFlat = isFlat && utf8.ValidString(name) && utf8.ValidString(value)
				signed = append(signed, value)
			}
		}
		u, err := url.ParseRequestURI("/g2g/" + script)
		if err != nil || len(form) > 1<<16 {
			return
		}
		sent := u.EscapedPath()
		sent = sent[strings.LastIndexByte(sent, '/')+1:]
		rightOne := md5of(append(append([]string{sent}, signed...), testKey)...)
		if right {
			signature = rightOne
		}
		body := form + "&pg_sig=" + url.QueryEscape(signature)
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		if inQuery {
			r = httptest.NewRequest("GET", "/", nil)
		}
		r.URL = u
		u.RawQuery = "" // the script decides on the path alone
		if inQuery {
			u.RawQuery = body
			body = ""
		} else {
			r.Header.Set("Content-Type", formType)
		}
		got := through(t, middleware, r, body)
		if !isFlat {
			return
		}
		want := signature == rightOne && sent != "" &&
			slices.Equal(values["pg_merchant_id"], []string{testIdentity}) && len(values["pg_salt"]) == 1 && values["pg_salt"][0] != ""
		if got != want {
			t.Fatalf("%s %q %s: through is %t, want %t", sent, form, signature, got, want)
		}
	})
}
