package jws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// documented reports whether a value is a detached JWS of a documented form, by
// the standard library and the words of [Parse].
func documented(value string) bool {
	parts := strings.Split(value, ".")
	if len(value) > MaxSize || len(parts) != 3 || parts[1] != "" || strings.ContainsAny(value, "\r\n") {
		return false
	}
	header, err := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	if err != nil || !utf8.Valid(header) || !json.Valid(header) {
		return false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return false
	}
	// Token by token: encoding/json keeps the last of two members of one name.
	decoder := json.NewDecoder(bytes.NewReader(header))
	decoder.UseNumber()
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	texts, numbers := map[string]string{}, map[string]string{}
	for decoder.More() {
		token, _ := decoder.Token()
		name := token.(string)
		_, twice := texts[name]
		if _, again := numbers[name]; twice || again {
			return false
		}
		token, _ = decoder.Token()
		switch value := token.(type) {
		case string:
			texts[name] = value
		case json.Number:
			numbers[name] = value.String()
		default:
			return false
		}
	}
	typ, typed := texts["typ"]
	delete(texts, "typ")
	if typed && typ != "JWT" || texts["method"] == "" {
		return false
	}
	for _, name := range []string{"method", "params", "alg"} {
		if _, ok := texts[name]; !ok {
			return false
		}
	}
	size := map[string]int{"HS256": 32, "HS512": 64}[texts["alg"]]
	switch {
	case size == 0 || len(mac) != size:
		return false
	case len(texts) == 5 && len(numbers) == 0:
		return texts["uri"] != "" && texts["auth_id"] != ""
	case len(texts) == 4 && len(numbers) == 1:
		return texts["path"] != "" && numbers["merchant_id"] != "" && strings.Trim(numbers["merchant_id"], "0123456789") == ""
	}
	return false
}

// FuzzParse checks what Parse accepts, and that it accepts all that it should,
// against the standard library.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Value)
	}
	for _, header := range []string{
		testHeader,
		`{"\u0075ri":"\/v5\/\ud83d\ude00","auth_id":"7","method":"POST","params":"","alg":"HS256","typ":"JWT"}`,
		`{"path":"/v5/a","merchant_id":7,"method":"POST","params":"","alg":"HS256"}`,
		`{"uri":"/v5/a","uri":"/v5/b","auth_id":"7","method":"POST","params":"","alg":"none"}`,
	} {
		f.Add(header)
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(header)) + ".." + strings.Repeat("A", 43))
	}
	f.Add("..")
	f.Add("e30.e30.e30")
	f.Fuzz(func(t *testing.T, value string) {
		// A fuzzer finds its way through base64 badly: what looks like a header
		// becomes one.
		if strings.HasPrefix(value, "{") {
			size := 32
			if strings.Contains(value, "HS512") {
				size = 64
			}
			value = base64.RawURLEncoding.EncodeToString([]byte(value)) + ".." + base64.RawURLEncoding.EncodeToString(make([]byte, size))
		}
		d, err := Parse(value)
		if want := documented(value); (err == nil) != want && !hasReplacement(value) {
			t.Fatalf("%q is documented: %t, and was read with %v", value, want, err)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v is no %v", err, ErrMalformed)
			}
			return
		}
		if got := base64.RawURLEncoding.EncodeToString(d.HeaderJSON) + ".." + base64.RawURLEncoding.EncodeToString(d.MAC); got != value {
			t.Fatalf("%q has another encoding, %q", value, got)
		}
		var members map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(d.HeaderJSON)))
		decoder.UseNumber()
		if err := decoder.Decode(&members); err != nil || !json.Valid(d.HeaderJSON) {
			t.Fatalf("not JSON: %s", d.HeaderJSON)
		}
		if members["typ"] == "JWT" {
			delete(members, "typ")
		}
		// What was read, written and read by encoding/json, is what was sent.
		written, err := d.Header.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		var again map[string]any
		decoder = json.NewDecoder(strings.NewReader(string(written)))
		decoder.UseNumber()
		if err := decoder.Decode(&again); err != nil {
			t.Fatal(err)
		}
		if len(again) != len(members) {
			t.Fatalf("%s was read as %s", d.HeaderJSON, written)
		}
		for name, value := range members {
			if again[name] != value {
				t.Fatalf("%s was read as %s", d.HeaderJSON, written)
			}
		}
	})
}

// hasReplacement reports whether a header holds what encoding/json may have put in
// the place of half a surrogate, which Parse refuses.
func hasReplacement(value string) bool {
	protected, _, _ := strings.Cut(value, ".")
	header, _ := base64.RawURLEncoding.DecodeString(protected)
	var members map[string]any
	_ = json.Unmarshal(header, &members)
	return strings.ContainsRune(fmt.Sprint(members), utf8.RuneError)
}

// FuzzVerify checks that what verifies also verifies with golang-jwt, and that
// what is signed verifies.
func FuzzVerify(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Value, []byte(v.Payload), v.Key)
	}
	f.Add("e30..AA", []byte{}, "k")
	f.Fuzz(func(t *testing.T, value string, payload []byte, key string) {
		s, err := NewSigner([]byte(key))
		if err != nil {
			return
		}
		want := Header{Algorithm: HS256, URI: "/v5/g2g/create", Identity: "123456", Method: "POST"}
		d, parseErr := Parse(value)
		if parseErr == nil {
			want = d.Header
		}
		if err := s.Verify(value, want, payload); err == nil {
			if parseErr != nil {
				t.Fatalf("verifies and does not parse: %v", parseErr)
			}
			signed := d.EncodedHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
			if err := jwt.GetSigningMethod(want.Algorithm.String()).Verify(signed, d.MAC, []byte(key)); err != nil {
				t.Fatalf("verifies, and not with golang-jwt: %v", err)
			}
		}
		signed, err := s.Sign(want, payload)
		if err != nil {
			if !errors.Is(err, ErrHeader) {
				t.Fatal(err)
			}
			return
		}
		if err := s.Verify(signed, want, payload); err != nil {
			t.Fatalf("signed and does not verify: %v", err)
		}
		if err := s.Verify(signed, want, append(payload[:len(payload):len(payload)], 0)); !errors.Is(err, ErrMAC) {
			t.Fatalf("a longer payload: got %v, want %v", err, ErrMAC)
		}
	})
}
