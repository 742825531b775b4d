package verify

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// These tests are the rows of the threat table in SECURITY.md that concern the
// JWS. Wherever it can be, the MAC of what is refused is right, made by another
// library with the right key, so that the one thing that a name says is all that
// is wrong.

// attempt is one request of an attacker.
type attempt struct {
	name      string
	signature string
	reason    string // in the log, of the refusal
}

// refusesAll sends attempts at a path that a valid signature was made for, and
// wants each refused, for its reason, with the one answer that there is.
func refusesAll(t *testing.T, attempts []attempt) {
	t.Helper()
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			log := new(buffer)
			opts := options()
			opts.Logger = slog.New(slog.NewJSONHandler(log, nil))
			middleware, err := JWS(opts)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
			r.Header[http.CanonicalHeaderKey(SignatureHeader)] = []string{a.signature}
			w := httptest.NewRecorder()
			middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the handler was called")
			})).ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || w.Body.String() != `{"error":"unauthorized"}` {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			var record struct{ Reason string }
			if err := json.Unmarshal([]byte(log.String()), &record); err != nil {
				t.Fatalf("%v in %s", err, log)
			}
			if !strings.Contains(record.Reason, a.reason) {
				t.Errorf("refused for %q, want %q", record.Reason, a.reason)
			}
		})
	}
}

// rightMAC signs a header with the right key, by the algorithm that is configured.
func rightMAC(t *testing.T, header string) string {
	t.Helper()
	return sign(t, jwt.SigningMethodHS256, testKey, header, testBody)
}

// withMembers returns the documented header with more members in front.
func withMembers(members string) string {
	return "{" + members + "," + header(testPath, testIdentity, "POST")[1:]
}

// What the attacks start from gets through: none of them is refused for
// something else.
func TestThreatsStartFromAValidRequest(t *testing.T) {
	for name, header := range map[string]string{
		"as documented": header(testPath, testIdentity, "POST"),
		"another order": withMembers(`"typ":"JWT"`),
	} {
		middleware, err := JWS(options())
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
		r.Header.Set(SignatureHeader, rightMAC(t, header))
		w := httptest.NewRecorder()
		middleware(echo).ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.String() != passed(testIdentity, testBody) {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}

func TestThreatForgedSignature(t *testing.T) {
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil {
		t.Fatal(err)
	}
	documented := header(testPath, testIdentity, "POST")
	attempts := []attempt{
		{"zeros", protected + ".." + base64.RawURLEncoding.EncodeToString(make([]byte, len(raw))), "MAC does not match"},
		{"another key", sign(t, jwt.SigningMethodHS256, "guessed", documented, testBody), "MAC does not match"},
		{"no key", sign(t, jwt.SigningMethodHS256, "", documented, testBody), "MAC does not match"},
		{"the header as the key", sign(t, jwt.SigningMethodHS256, documented, documented, testBody), "MAC does not match"},
		{"over the header alone", sign(t, jwt.SigningMethodHS256, testKey, documented, ""), "MAC does not match"},
	}
	for bit := range 8 * len(raw) {
		changed := bytes.Clone(raw)
		changed[bit/8] ^= 1 << (bit % 8)
		attempts = append(attempts, attempt{
			fmt.Sprintf("bit %d", bit), protected + ".." + base64.RawURLEncoding.EncodeToString(changed), "MAC does not match",
		})
	}
	refusesAll(t, attempts)
}

func TestThreatTruncatedSignature(t *testing.T) {
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil {
		t.Fatal(err)
	}
	var attempts []attempt
	// Of every length: RFC 7518, 3.2 lets no MAC be shorter than its hash.
	for n := range raw {
		attempts = append(attempts, attempt{
			fmt.Sprintf("MAC of %d bytes", n), protected + ".." + base64.RawURLEncoding.EncodeToString(raw[:n]), "malformed",
		})
	}
	for n := range valid {
		attempts = append(attempts, attempt{fmt.Sprintf("%d letters", n), valid[:n], "malformed"})
	}
	refusesAll(t, attempts)
}

func TestThreatExtendedSignature(t *testing.T) {
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil {
		t.Fatal(err)
	}
	refusesAll(t, []attempt{
		{"a byte more", protected + ".." + base64.RawURLEncoding.EncodeToString(append(raw[:len(raw):len(raw)], 0)), "length"},
		{"a byte before", protected + ".." + base64.RawURLEncoding.EncodeToString(append([]byte{0}, raw...)), "length"},
		{"the MAC twice", protected + ".." + mac + mac, "length"},
		{"a letter more", valid + "A", "length"},
		{"a part more", valid + "." + mac, "three parts"},
		{"an empty part more", valid + ".", "three parts"},
		{"a part before", "." + valid, "three parts"},
		{"two signatures in one", valid + "," + valid, "three parts"},
		{"a MAC of 512 bits under HS256", sign(t, jwt.SigningMethodHS512, testKey, header(testPath, testIdentity, "POST"), testBody), "length"},
		{"a header with a byte more", protected + "A.." + mac, "malformed"},
	})
}

// One MAC has one encoding, and one header too.
func TestThreatReencodedSignature(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	headerJSON := header(testPath, testIdentity, "POST")
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	if len(headerJSON)%3 == 0 {
		t.Fatal("this header has no trailing bits")
	}
	// The last letter of 32 bytes holds two bits that mean nothing.
	var attempts []attempt
	last := strings.IndexByte(alphabet, mac[len(mac)-1])
	for bits := 1; bits < 4; bits++ {
		attempts = append(attempts, attempt{
			fmt.Sprintf("trailing bits %02b of the MAC", bits), protected + ".." + mac[:len(mac)-1] + alphabet[last|bits:last|bits+1], "base64url",
		})
	}
	last = strings.IndexByte(alphabet, protected[len(protected)-1])
	attempts = append(attempts,
		attempt{"trailing bits of the header", protected[:len(protected)-1] + alphabet[last|1:last|1+1] + ".." + mac, "base64url"},
		attempt{"MAC padded", valid + "=", "length"},
		attempt{"header padded", protected + "=.." + mac, "base64url"},
		attempt{"header padded twice", protected + "==.." + mac, "base64url"},
		attempt{"MAC in hexadecimal", protected + ".." + fmt.Sprintf("%x", mac), "length"},
		attempt{"MAC in capitals", protected + ".." + strings.ToUpper(mac), "MAC does not match"},
		attempt{"header in capitals", strings.ToUpper(protected) + ".." + mac, "malformed"},
		attempt{"percent-encoded", strings.ReplaceAll(valid, ".", "%2E"), "three parts"},
		attempt{"in quotes", `"` + valid + `"`, "malformed"},
	)
	for name, space := range map[string]string{"space": " ", "tab": "\t", "line feed": "\n", "carriage return": "\r", "NUL": "\x00", "no-break space": "\u00a0"} {
		attempts = append(attempts,
			attempt{name + " before", space + valid, "malformed"},
			attempt{name + " after", valid + space, "malformed"},
			attempt{name + " in the header", protected[:9] + space + protected[9:] + ".." + mac, "malformed"},
			attempt{name + " in the MAC", protected + ".." + mac[:9] + space + mac[9:], "malformed"},
			attempt{name + " between the dots", protected + "." + space + "." + mac, "malformed"},
		)
	}
	refusesAll(t, attempts)

	// The standard alphabet, of the first MAC that holds a letter in which the two
	// differ.
	for i := range 64 {
		body := fmt.Sprintf(`{"n":%d}`, i)
		signature := sign(t, jwt.SigningMethodHS256, testKey, headerJSON, body)
		_, mac, _ := strings.Cut(signature, "..")
		standard := strings.NewReplacer("-", "+", "_", "/").Replace(mac)
		if standard == mac {
			continue
		}
		middleware, err := JWS(options())
		if err != nil {
			t.Fatal(err)
		}
		for value, want := range map[string]int{signature: http.StatusOK, protected + ".." + standard: http.StatusUnauthorized} {
			r := httptest.NewRequest("POST", testPath, strings.NewReader(body))
			r.Header.Set(SignatureHeader, value)
			w := httptest.NewRecorder()
			middleware(echo).ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s: got %d, want %d", value, w.Code, want)
			}
		}
		return
	}
	t.Error("no MAC with a letter in which the alphabets differ")
}

// The algorithm is the configured one. What the header says of it is compared and
// never followed, and none is no algorithm.
func TestThreatAlgorithmConfusion(t *testing.T) {
	documented := header(testPath, testIdentity, "POST")
	with := func(alg string) string { return strings.Replace(documented, `"HS256"`, alg, 1) }
	var attempts []attempt
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "HS384", "RS256", "ES256", "PS256", "EdDSA", "hs256", "HS256 ", "HS256\\u0000", "A256KW", "dir"} {
		header := with(`"` + alg + `"`)
		protected := base64.RawURLEncoding.EncodeToString([]byte(header))
		attempts = append(attempts,
			attempt{"alg " + alg + " with a right MAC", rightMAC(t, header), "alg"},
			attempt{"alg " + alg + " without a MAC", protected + "..", "malformed"},
		)
	}
	for name, alg := range map[string]string{
		"a number": "256", "an array": `["HS256"]`, "an object": `{"HS256":1}`, "null": "null", "true": "true",
	} {
		attempts = append(attempts, attempt{"alg as " + name, rightMAC(t, with(alg)), "type"})
	}
	attempts = append(attempts,
		attempt{"two algs, the first is none", rightMAC(t, withMembers(`"alg":"none"`)), "alg"},
		attempt{"two algs, the last is none", rightMAC(t, strings.Replace(documented, "}", `,"alg":"none"}`, 1)), "alg"},
		attempt{"two algs, both right", rightMAC(t, withMembers(`"alg":"HS256"`)), "duplicate"},
		attempt{"two algs, one of HS512", rightMAC(t, withMembers(`"alg":"HS512"`)), "duplicate"},
		attempt{"no alg", rightMAC(t, strings.Replace(documented, `,"alg":"HS256"`, "", 1)), "members"},
		attempt{"HS512 where HS256 is configured", sign(t, jwt.SigningMethodHS512, testKey, with(`"HS512"`), testBody), "algorithm is not the configured one"},
		attempt{"HS512 named over a MAC of HS256", rightMAC(t, with(`"HS512"`)), "length"},
		attempt{"HS256 named over a MAC of HS384", sign(t, jwt.SigningMethodHS384, testKey, documented, testBody), "length"},
	)
	refusesAll(t, attempts)
}

func TestThreatDuplicateMembers(t *testing.T) {
	documented := header(testPath, testIdentity, "POST")
	var attempts []attempt
	for member, values := range map[string][]string{
		"uri": {testPath, "/v5/other"}, "auth_id": {testIdentity, "654321"}, "method": {"POST", "GET"}, "params": {"", "x"}, "alg": {"HS256", "HS512"},
	} {
		escaped := fmt.Sprintf(`\u%04x%s`, member[0], member[1:])
		for _, value := range values {
			for _, name := range []string{member, escaped} {
				more := fmt.Sprintf(`"%s":%q`, name, value)
				attempts = append(attempts,
					attempt{name + "=" + value + " before", rightMAC(t, withMembers(more)), "duplicate"},
					attempt{name + "=" + value + " after", rightMAC(t, documented[:len(documented)-1]+","+more+"}"), "duplicate"},
				)
			}
		}
	}
	attempts = append(attempts, attempt{"typ twice", rightMAC(t, withMembers(`"typ":"JWT","typ":"JWT"`)), "duplicate"})
	refusesAll(t, attempts)
}

// What encoding/json would take for a member is none in other letters, alone or
// beside the right one.
func TestThreatCaseVariantMembers(t *testing.T) {
	documented := header(testPath, testIdentity, "POST")
	var attempts []attempt
	for _, member := range []string{"uri", "auth_id", "method", "params", "alg"} {
		for _, variant := range []string{
			strings.ToUpper(member), strings.ToUpper(member[:1]) + member[1:], member + " ", " " + member, member + `\u0000`,
			strings.Replace(member, "a", "\u0430", 1), // in Cyrillic
		} {
			if variant == member {
				continue
			}
			attempts = append(attempts,
				attempt{variant + " in its place", rightMAC(t, strings.Replace(documented, `"`+member+`"`, `"`+variant+`"`, 1)), "member of an undocumented name"},
				attempt{variant + " beside it", rightMAC(t, withMembers(`"`+variant+`":"x"`)), "member of an undocumented name"},
			)
		}
	}
	refusesAll(t, attempts)
}

// A member that says how to verify is refused, and so is every other one that no
// page has: RFC 7515, 4.1.11 has crit refused where it is not understood.
func TestThreatUnknownMembers(t *testing.T) {
	var attempts []attempt
	for name, value := range map[string]string{
		"crit": `["b64"]`, "b64": "false", "kid": `"../../dev/null"`, "jku": `"https://attacker.example/keys"`,
		"jwk": `{"kty":"oct","k":"AA"}`, "x5u": `"https://attacker.example/cert"`, "x5c": `["MIIB"]`, "x5t": `"AA"`,
		"cty": `"JWT"`, "zip": `"DEF"`, "exp": "1", "nonce": `"1"`, "": `""`, "__proto__": `"x"`,
	} {
		attempts = append(attempts, attempt{"member " + name, rightMAC(t, withMembers(fmt.Sprintf("%q:%s", name, value))), "member of an undocumented name"})
	}
	// As texts, so that not their type but their name is refused.
	for _, name := range []string{"crit", "b64", "kid", "jku", "jwk", "x5u"} {
		attempts = append(attempts, attempt{"member " + name + ", a text", rightMAC(t, withMembers(`"`+name+`":"HS256"`)), "member of an undocumented name"})
	}
	attempts = append(attempts,
		attempt{"crit and b64", rightMAC(t, withMembers(`"b64":false,"crit":["b64"]`)), "member of an undocumented name"},
		attempt{"typ of another kind", rightMAC(t, withMembers(`"typ":"JOSE"`)), "typ"},
	)
	refusesAll(t, attempts)
}

func TestThreatPayloadInTheDetachedPart(t *testing.T) {
	valid := validSignature(t)
	protected, mac, _ := strings.Cut(valid, "..")
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"pan":"1"}`))
	_, otherMAC, _ := strings.Cut(sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), `{"pan":"1"}`), "..")
	refusesAll(t, []attempt{
		{"the body", protected + "." + base64.RawURLEncoding.EncodeToString([]byte(testBody)) + "." + mac, "three parts"},
		{"another payload, under its own right MAC", protected + "." + other + "." + otherMAC, "three parts"},
		{"another payload, under the body's", protected + "." + other + "." + mac, "three parts"},
		{"a space", protected + ". ." + mac, "three parts"},
		{"padding", protected + ".=." + mac, "three parts"},
	})
}

// What a stranger sends in the header costs next to nothing, whatever its size:
// neither the header is decoded nor the body read.
func TestThreatHugeHeader(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	handler := middleware(echo)
	mac := strings.Repeat("A", 43)
	for name, value := range map[string]string{
		"1 MB in the header":       strings.Repeat("e", 1<<20) + ".." + mac,
		"1 MB in the MAC":          "e30.." + strings.Repeat("A", 1<<20),
		"a million dots":           strings.Repeat(".", 1_000_000),
		"a million dots apart":     strings.Repeat("e.", 1_000_000),
		"dots up to the limit":     strings.Repeat(".", jws.MaxSize),
		"brackets up to the limit": base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte(`[`), 6000)) + ".." + mac,
		"members up to the limit":  base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte(`{"uri":"","uri":`), 375)) + ".." + mac,
	} {
		w := &discard{header: http.Header{}}
		r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
		r.Header.Set(SignatureHeader, value)
		ask := func() {
			r.Body = http.NoBody
			handler.ServeHTTP(w, r)
			if w.status != http.StatusUnauthorized {
				t.Errorf("%s: got %d", name, w.status)
			}
		}
		if n := testing.AllocsPerRun(50, ask); n > 40 {
			t.Errorf("%s: %v allocations, want at most 40", name, n)
		}
		if n := bytesOf(50, ask); n > 16<<10 {
			t.Errorf("%s: %d bytes allocated, want at most 16 KiB", name, n)
		}
	}
	// A server refuses most of it before that.
	server := serve(t, options(), echo)
	for _, value := range []string{strings.Repeat("e", 1<<20) + ".." + mac, strings.Repeat(".", 1_000_000)} {
		got := send(t, "POST", server.URL+testPath, strings.NewReader(testBody), value)
		if got.Status != http.StatusUnauthorized && got.Status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("got %d", got.Status)
		}
	}
}

// discard is a response that costs nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// bytesOf returns how many bytes f allocates, of the cheapest of some runs: other
// goroutines allocate too.
func bytesOf(runs int, f func()) uint64 {
	var before, after runtime.MemStats
	least := ^uint64(0)
	for range runs {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// A signature is for one path, letter for letter as it was sent: what a proxy or a
// mux would take for the same path is another one.
func TestThreatMovedToAnotherPath(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/v5/a/b", "/v5/a%2Fb", "/v5/a%2fb", "/v5/a//b", "//v5/a/b", "/v5/./a/b", "/v5/x/../a/b", "/v5/%2E/a/b", "/v5/x/%2e%2e/a/b",
		"/v5/a/b/", "/v5/a/b//", "/v5/A/b", "/v5/%61/b", "/v5/a/%62", "/v5/a/b%00", "/v5/a/b%20", "/v5/a/b%3Fx", "/v5/a/b%23", "/v5/a/b;x", "/v5/a", "/",
	}
	for _, signed := range paths {
		signature := sign(t, jwt.SigningMethodHS256, testKey, header(signed, testIdentity, "POST"), testBody)
		for _, called := range paths {
			r := httptest.NewRequest("POST", called, strings.NewReader(testBody))
			r.Header.Set(SignatureHeader, signature)
			w := httptest.NewRecorder()
			middleware(echo).ServeHTTP(w, r)
			want := http.StatusUnauthorized
			if signed == called {
				want = http.StatusOK
			}
			if w.Code != want {
				t.Errorf("signed for %s, called %s: got %d, want %d", signed, called, w.Code, want)
			}
		}
	}
}

func TestThreatMovedToAnotherMethod(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "Post"}
	for _, signed := range methods {
		signature := sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, signed), testBody)
		for _, called := range methods {
			r := httptest.NewRequest(called, testPath, strings.NewReader(testBody))
			r.Header.Set(SignatureHeader, signature)
			r.Header.Set("X-HTTP-Method-Override", signed)
			w := httptest.NewRecorder()
			middleware(echo).ServeHTTP(w, r)
			if (w.Code == http.StatusOK) != (signed == called) || w.Code != http.StatusOK && w.Code != http.StatusUnauthorized {
				t.Errorf("signed for %s, called by %s: got %d", signed, called, w.Code)
			}
		}
	}
}

// What means the same in JSON is another body.
func TestThreatBodyInOtherBytes(t *testing.T) {
	const sent = `{"amount": 1.00, "text": "\u0447\u0430\u0439/чай"}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(sent))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	signature := sign(t, jwt.SigningMethodHS256, testKey, header(testPath, testIdentity, "POST"), sent)
	for name, arrived := range map[string]string{
		"as it was sent":      sent,
		"compacted":           `{"amount":1.00,"text":"\u0447\u0430\u0439/чай"}`,
		"indented":            "{\n  \"amount\": 1.00,\n  \"text\": \"\\u0447\\u0430\\u0439/чай\"\n}",
		"sorted":              `{"text": "\u0447\u0430\u0439/чай", "amount": 1.00}`,
		"number rewritten":    `{"amount": 1, "text": "\u0447\u0430\u0439/чай"}`,
		"unescaped":           `{"amount": 1.00, "text": "чай/чай"}`,
		"slash escaped":       `{"amount": 1.00, "text": "\u0447\u0430\u0439\/чай"}`,
		"newline at the end":  sent + "\n",
		"byte order mark":     "\ufeff" + sent,
		"compressed":          zipped.String(),
		"cut off":             sent[:len(sent)-1],
		"empty":               "",
		"twice":               sent + sent,
		"NUL at the end":      sent + "\x00",
		"a bit of it flipped": strings.Replace(sent, "1.00", "1.01", 1),
	} {
		r := httptest.NewRequest("POST", testPath, strings.NewReader(arrived))
		r.Header.Set(SignatureHeader, signature)
		if name == "compressed" {
			r.Header.Set("Content-Encoding", "gzip")
		}
		w := httptest.NewRecorder()
		middleware(echo).ServeHTTP(w, r)
		want := http.StatusUnauthorized
		if arrived == sent {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", name, w.Code, want)
		}
	}
}

// What a JWS of this API cannot give: host, query, every other header, the time
// and the request id are not signed. Who wants a query to count must look at it
// after verification as at something that anybody may have written.
func TestLimitJWSCoversNoHostQueryOrHeader(t *testing.T) {
	middleware, err := JWS(options())
	if err != nil {
		t.Fatal(err)
	}
	signature := validSignature(t)
	for name, change := range map[string]func(*http.Request){
		"another host":         func(r *http.Request) { r.Host = "attacker.example" },
		"a query":              func(r *http.Request) { r.URL.RawQuery = "amount=1" },
		"another request id":   func(r *http.Request) { r.Header.Set("X-Request-Id", "another") },
		"another type":         func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"once more, unchanged": func(*http.Request) {},
	} {
		r := httptest.NewRequest("POST", testPath, strings.NewReader(testBody))
		r.Header.Set(SignatureHeader, signature)
		r.Header.Set("X-Request-Id", "019d0652-4e2f-7f54-a179-007c80c48ad0")
		change(r)
		w := httptest.NewRecorder()
		middleware(echo).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d; correct SECURITY.md", name, w.Code)
		}
	}
}
