package jws

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// FuzzParse checks what Parse accepts against encoding/json.
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
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(header)) + ".." + strings.Repeat("A", 43))
	}
	f.Add("..")
	f.Add("e30.e30.e30")
	f.Fuzz(func(t *testing.T, value string) {
		d, err := Parse(value)
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
