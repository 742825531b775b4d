package jws

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

const (
	testKey    = "a key for tests"
	testHeader = `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`
	testBody   = `{"amount":100}`
)

var testWant = Header{Algorithm: HS256, URI: "/v5/a", Identity: "7", Method: "POST"}

// A header that says the same verifies however it is written: the MAC is over
// what was sent.
func TestVerifyHeaderAsSent(t *testing.T) {
	s := newSigner(t, testKey)
	for name, header := range map[string]string{
		"documented order": testHeader,
		"another order":    `{"alg":"HS256","params":"","method":"POST","auth_id":"7","uri":"/v5/a"}`,
		"typ":              `{"typ":"JWT","uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`,
		"white space":      "{\r\n\t\"uri\" : \"/v5/a\", \"auth_id\": \"7\",\"method\":\"POST\",\"params\":\"\",\"alg\":\"HS256\" }\n",
		"escaped slashes":  `{"uri":"\/v5\/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`,
		"escaped letters":  `{"\u0075ri":"/v5/\u0061","auth_id":"7","method":"POST","params":"","alg":"HS256"}`,
	} {
		t.Run(name, func(t *testing.T) {
			value := oracle(t, jwt.SigningMethodHS256, testKey, header, []byte(testBody))
			if err := s.Verify(value, testWant, []byte(testBody)); err != nil {
				t.Errorf("Verify: %v", err)
			}
			if err := s.Verify(value, testWant, []byte(testBody+"\n")); !errors.Is(err, ErrMAC) {
				t.Errorf("Verify of another body: got %v, want %v", err, ErrMAC)
			}
		})
	}
}

// The MACs of all these are right, by golang-jwt, so that only the header can be
// the cause.
func TestVerifyRefusesHeader(t *testing.T) {
	tests := []struct {
		name, header string
		want         error
		text         string
	}{
		{"uri", `{"uri":"/v5/b","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrHeader, "uri: differs"},
		{"uri with query", `{"uri":"/v5/a?x=1","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrHeader, "uri: differs"},
		{"identity", `{"uri":"/v5/a","auth_id":"8","method":"POST","params":"","alg":"HS256"}`, ErrHeader, "auth_id: differs"},
		{"method", `{"uri":"/v5/a","auth_id":"7","method":"GET","params":"","alg":"HS256"}`, ErrHeader, "method: differs"},
		{"method in small letters", `{"uri":"/v5/a","auth_id":"7","method":"post","params":"","alg":"HS256"}`, ErrHeader, "method: differs"},
		{"params", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"x","alg":"HS256"}`, ErrHeader, "params: differs"},
		{"form", `{"path":"/v5/a","merchant_id":7,"method":"POST","params":"","alg":"HS256"}`, ErrHeader, "form: differs"},
		{"alg none", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"none"}`, ErrMalformed, "alg"},
		{"alg empty", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":""}`, ErrMalformed, "alg"},
		{"alg HS384", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS384"}`, ErrMalformed, "alg"},
		{"alg RS256", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"RS256"}`, ErrMalformed, "alg"},
		{"alg in small letters", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"hs256"}`, ErrMalformed, "alg"},
		{"crit", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256","crit":["b64"]}`, ErrMalformed, "member"},
		{"crit as text", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256","crit":""}`, ErrMalformed, "member"},
		{"kid", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256","kid":"1"}`, ErrMalformed, "member"},
		{"typ of another kind", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256","typ":"JWE"}`, ErrMalformed, "typ"},
		{"duplicate", `{"uri":"/v5/a","uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "duplicate"},
		{"duplicate by escape", `{"uri":"/v5/a","\u0075ri":"/v5/b","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "duplicate"},
		{"duplicate typ", `{"typ":"JWT","typ":"JWT","uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "duplicate"},
		{"case variant", `{"URI":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "member"},
		{"case variant besides", `{"uri":"/v5/a","Uri":"/v5/b","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "member"},
		{"missing params", `{"uri":"/v5/a","auth_id":"7","method":"POST","alg":"HS256"}`, ErrMalformed, "form"},
		{"missing alg", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":""}`, ErrMalformed, "form"},
		{"both forms", `{"uri":"/v5/a","auth_id":"7","path":"/v5/a","merchant_id":7,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "form"},
		{"forms mixed", `{"uri":"/v5/a","merchant_id":7,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "form"},
		{"identity as number", `{"uri":"/v5/a","auth_id":7,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "type"},
		{"identity null", `{"uri":"/v5/a","auth_id":null,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "type"},
		{"identity empty", `{"uri":"/v5/a","auth_id":"","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "empty"},
		{"params as object", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":{},"alg":"HS256"}`, ErrMalformed, "type"},
		{"merchant_id as text", `{"path":"/v5/a","merchant_id":"7","method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "type"},
		{"merchant_id with fraction", `{"path":"/v5/a","merchant_id":7.0,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "comma"},
		{"merchant_id with exponent", `{"path":"/v5/a","merchant_id":7e0,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "comma"},
		{"merchant_id with leading zero", `{"path":"/v5/a","merchant_id":07,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "type"},
		{"merchant_id negative", `{"path":"/v5/a","merchant_id":-7,"method":"POST","params":"","alg":"HS256"}`, ErrMalformed, "type"},
		{"empty object", `{}`, ErrMalformed, "member name"},
		{"array", `[]`, ErrMalformed, "object"},
		{"text", `"uri"`, ErrMalformed, "object"},
		{"nothing but space", ` `, ErrMalformed, "object"},
		{"cut off", testHeader[:len(testHeader)-1], ErrMalformed, "end of object"},
		{"cut off in a string", `{"uri":"/v5`, ErrMalformed, "type"},
		{"cut off in an escape", `{"uri":"/v5\`, ErrMalformed, "type"},
		{"cut off in a unicode escape", `{"uri":"/v5\u00`, ErrMalformed, "type"},
		{"data after it", testHeader + `{}`, ErrMalformed, "after the object"},
		{"trailing comma", `{"uri":"/v5/a","auth_id":"7","method":"POST","params":"","alg":"HS256",}`, ErrMalformed, "member name"},
		{"byte order mark", "\ufeff" + testHeader, ErrMalformed, "object"},
		{"not UTF-8", strings.Replace(testHeader, "/v5/a", "/v5/\xff", 1), ErrMalformed, "UTF-8"},
		{"control character", strings.Replace(testHeader, "/v5/a", "/v5/\n", 1), ErrMalformed, "type"},
		{"half a surrogate", strings.Replace(testHeader, "/v5/a", `/v5/\ud83d`, 1), ErrMalformed, "type"},
		{"surrogates the wrong way", strings.Replace(testHeader, "/v5/a", `/v5/\ude00\ud83d`, 1), ErrMalformed, "type"},
		{"unknown escape", strings.Replace(testHeader, "/v5/a", `/v5/\x61`, 1), ErrMalformed, "type"},
	}
	s := newSigner(t, testKey)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value := oracle(t, jwt.SigningMethodHS256, testKey, test.header, []byte(testBody))
			err := s.Verify(value, testWant, []byte(testBody))
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %v with %q", err, test.want, test.text)
			}
			_, err = Parse(value)
			if wantErr := test.want == ErrMalformed; (err != nil) != wantErr {
				t.Errorf("Parse: got %v, want an error: %t", err, wantErr)
			}
		})
	}
}

// The algorithm is pinned: a message whose MAC is right by the algorithm that it
// names is refused all the same.
func TestVerifyPinsAlgorithm(t *testing.T) {
	s := newSigner(t, testKey)
	hs512 := strings.Replace(testHeader, "HS256", "HS512", 1)
	value := oracle(t, jwt.SigningMethodHS512, testKey, hs512, []byte(testBody))
	if err := s.Verify(value, testWant, []byte(testBody)); !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), "alg") {
		t.Errorf("HS512 for HS256: got %v, want %v", err, ErrHeader)
	}
	want := testWant
	want.Algorithm = HS512
	if err := s.Verify(value, want, []byte(testBody)); err != nil {
		t.Errorf("HS512 for HS512: %v", err)
	}
	for _, a := range []Algorithm{0, HS512 + 1, 255} {
		want.Algorithm = a
		if err := s.Verify(value, want, []byte(testBody)); !errors.Is(err, ErrHeader) {
			t.Errorf("algorithm %d: got %v, want %v", a, err, ErrHeader)
		}
	}
}

func TestVerifyRefusesValue(t *testing.T) {
	valid := oracle(t, jwt.SigningMethodHS256, testKey, testHeader, []byte(testBody))
	protected, mac, _ := strings.Cut(valid, "..")
	payload := base64.RawURLEncoding.EncodeToString([]byte(testBody))
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	flipped := append([]byte{raw[0] ^ 1}, raw[1:]...)
	tests := []struct {
		name, value string
		want        error
	}{
		{"MAC with a flipped bit", protected + ".." + encode(flipped), ErrMAC},
		{"MAC of zeros", protected + ".." + encode(make([]byte, 32)), ErrMAC},
		{"MAC of another key", oracle(t, jwt.SigningMethodHS256, testKey+" ", testHeader, []byte(testBody)), ErrMAC},
		{"MAC over no payload", oracle(t, jwt.SigningMethodHS256, testKey, testHeader, nil), ErrMAC},
		{"MAC by HS512 under HS256", oracle(t, jwt.SigningMethodHS512, testKey, testHeader, []byte(testBody)), ErrMalformed},
		{"MAC truncated by a byte", protected + ".." + encode(raw[:31]), ErrMalformed},
		{"MAC truncated to a byte", protected + ".." + encode(raw[:1]), ErrMalformed},
		{"MAC truncated by a letter", valid[:len(valid)-1], ErrMalformed},
		{"MAC extended by a byte", protected + ".." + encode(append(raw[:32:32], 0)), ErrMalformed},
		{"MAC extended by a letter", valid + "A", ErrMalformed},
		{"MAC twice", valid + mac, ErrMalformed},
		{"MAC empty", protected + "..", ErrMalformed},
		{"MAC padded", valid + "=", ErrMalformed},
		{"MAC in the standard alphabet", protected + ".." + strings.Repeat("+", 43), ErrMalformed},
		{"MAC with trailing bits", protected + ".." + trailingBits(mac), ErrMalformed},
		{"header padded", protected + "=.." + mac, ErrMalformed},
		{"header extended by a letter", protected + "A.." + mac, ErrMalformed},
		{"header empty", ".." + mac, ErrMalformed},
		{"payload in the middle", protected + "." + payload + "." + mac, ErrMalformed},
		{"space in the middle", protected + ". ." + mac, ErrMalformed},
		{"one dot", protected + "." + mac, ErrMalformed},
		{"no dot", protected + mac, ErrMalformed},
		{"three dots", protected + "..." + mac, ErrMalformed},
		{"dot at the end", valid + ".", ErrMalformed},
		{"dot at the start", "." + valid, ErrMalformed},
		{"empty", "", ErrMalformed},
		{"only dots", "..", ErrMalformed},
		{"space before", " " + valid, ErrMalformed},
		{"space after", valid + " ", ErrMalformed},
		{"line end after", valid + "\n", ErrMalformed},
		{"carriage return in the header", protected[:10] + "\r" + protected[10:] + ".." + mac, ErrMalformed},
		{"line end in the MAC", protected + ".." + mac[:10] + "\n" + mac[10:], ErrMalformed},
		{"two values", valid + "," + valid, ErrMalformed},
		{"header of 1 MB", strings.Repeat("A", 1<<20) + ".." + mac, ErrMalformed},
		{"a million dots", strings.Repeat(".", 1_000_000), ErrMalformed},
	}
	s := newSigner(t, testKey)
	if err := s.Verify(valid, testWant, []byte(testBody)); err != nil {
		t.Fatalf("the valid one: %v", err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := s.Verify(test.value, testWant, []byte(testBody)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// Trailing bits in the header part, too, so that one header has one encoding.
func TestParseTrailingBitsOfHeader(t *testing.T) {
	header := testHeader
	for len(header)%3 == 0 {
		header += " "
	}
	value := oracle(t, jwt.SigningMethodHS256, testKey, header, []byte(testBody))
	protected, mac, _ := strings.Cut(value, "..")
	if _, err := Parse(value); err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if _, err := Parse(trailingBits(protected) + ".." + mac); !errors.Is(err, ErrMalformed) {
		t.Errorf("Parse with trailing bits: got %v, want %v", err, ErrMalformed)
	}
}

// trailingBits sets a bit of the last letter that carries no data.
func trailingBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + alphabet[last|1:last|1+1]
}

// A wanted header that differs from the signed one in one member, on the fast
// path and on the other.
func TestVerifyWant(t *testing.T) {
	s := newSigner(t, testKey)
	reordered := `{"alg":"HS256","params":"","method":"POST","auth_id":"7","uri":"/v5/a"}`
	for _, header := range []string{testHeader, reordered} {
		value := oracle(t, jwt.SigningMethodHS256, testKey, header, []byte(testBody))
		for member, change := range map[string]func(*Header){
			"uri":     func(h *Header) { h.URI += "/" },
			"auth_id": func(h *Header) { h.Identity = "70" },
			"method":  func(h *Header) { h.Method = "PUT" },
			"params":  func(h *Header) { h.Params = "x" },
			"form":    func(h *Header) { h.Form = FormPath },
			"alg":     func(h *Header) { h.Algorithm = HS512 },
		} {
			want := testWant
			change(&want)
			err := s.Verify(value, want, []byte(testBody))
			if !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), member+":") {
				t.Errorf("%s: got %v, want %v that names it", member, err, ErrHeader)
			}
		}
	}
}

func TestVerifyConcurrently(t *testing.T) {
	s := newSigner(t, testKey)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			body := []byte(strings.Repeat(string(rune('a'+i)), 1+i*999))
			h := testWant
			h.Algorithm = HS256 + Algorithm(i%2)
			for range 50 {
				value, err := s.Sign(h, body)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Verify(value, h, body); err != nil {
					t.Error(err)
				}
				if err := s.Verify(value, h, body[1:]); !errors.Is(err, ErrMAC) {
					t.Errorf("another body: got %v, want %v", err, ErrMAC)
				}
			}
		})
	}
	wg.Wait()
}

// One captured request stays valid: nothing in the header says when it was made.
// SECURITY.md says so.
func TestSignatureHoldsNoTime(t *testing.T) {
	s := newSigner(t, testKey)
	first, err := s.Sign(testWant, []byte(testBody))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Sign(testWant, []byte(testBody))
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("two signatures of one request differ: %s and %s", first, second)
	}
}
