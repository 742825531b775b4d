package jws

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// vector is a signature printed in the documentation. Those with Verifies false
// do not verify with the stated key, as their notes say, and are kept as examples
// of the form.
type vector struct {
	Name, Source, Form, Key, Header, Payload, Value, Note string
	Verifies                                              bool
}

// want returns the vector's header, read by encoding/json and not by this
// package.
func (v vector) want(t testing.TB) Header {
	t.Helper()
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(v.Header))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		t.Fatal(err)
	}
	h := Header{Method: members["method"].(string), Params: members["params"].(string)}
	switch v.Form {
	case "uri":
		h.Form, h.URI, h.Identity = FormURI, members["uri"].(string), members["auth_id"].(string)
	case "path":
		h.Form, h.URI, h.Identity = FormPath, members["path"].(string), members["merchant_id"].(json.Number).String()
	default:
		t.Fatal("form of a vector")
	}
	var err error
	if h.Algorithm, err = ParseAlgorithm(members["alg"].(string)); err != nil {
		t.Fatal(err)
	}
	return h
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(data, &vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

func newSigner(t testing.TB, key string) *Signer {
	t.Helper()
	s, err := NewSigner([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVectorsVerify(t *testing.T) {
	verifying := 0
	for _, v := range vectors(t) {
		if v.Verifies {
			verifying++
		}
		t.Run(v.Name, func(t *testing.T) {
			s, h := newSigner(t, v.Key), v.want(t)
			err := s.Verify(v.Value, h, []byte(v.Payload))
			if !v.Verifies {
				if !errors.Is(err, ErrMAC) {
					t.Fatalf("Verify: got %v, want %v (%s)", err, ErrMAC, v.Note)
				}
				return
			}
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			header, err := h.AppendJSON(nil)
			if err != nil || string(header) != v.Header {
				t.Errorf("AppendJSON:\n got %s (%v)\nwant %s", header, err, v.Header)
			}
			value, err := s.Sign(h, []byte(v.Payload))
			if err != nil || value != v.Value {
				t.Errorf("Sign:\n got %s (%v)\nwant %s", value, err, v.Value)
			}
		})
	}
	if verifying != 4 { // three printed ones and one made by another program
		t.Errorf("%d vectors are said to verify, want 4", verifying)
	}
}

func TestVectorsParse(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			d, err := Parse(v.Value)
			if err != nil {
				t.Fatal(err)
			}
			if want := v.want(t); d.Header != want {
				t.Errorf("Header: got %+v, want %+v", d.Header, want)
			}
			if string(d.HeaderJSON) != v.Header {
				t.Errorf("HeaderJSON: got %s, want %s", d.HeaderJSON, v.Header)
			}
			if got := d.EncodedHeader + ".." + base64.RawURLEncoding.EncodeToString(d.MAC); got != v.Value {
				t.Errorf("parts: got %s, want %s", got, v.Value)
			}
		})
	}
}
