package conformance

import (
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
)

// vector is a published JWS in its compact serialization, and its key.
type vector struct {
	id      string // "RFC 7515 A.1", "Wycheproof 357"
	comment string
	key     []byte
	jws     string
	valid   bool
	beside  []byte // the payload, of a signature that leaves it out
}

// rfcs are the vectors of RFCs with HMAC. RFC 7520, 4.5 leaves the payload out, as
// this API does: there it stands beside the signature.
func rfcs(t *testing.T) []vector {
	const (
		text7520 = "It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there\u2019s no knowing where you might be swept off to."
		key7520  = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"
		head7520 = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9"
		mac7520  = "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
	)
	detached := head7520 + ".." + mac7520
	attached := strings.Replace(detached, "..", "."+encode([]byte(text7520))+".", 1)
	return []vector{
		{id: "RFC 7515 A.1", comment: "HS256", valid: true, key: decode(t, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
			jws: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
				".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
				".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
		{id: "RFC 7520 4.4", comment: "HMAC-SHA2 integrity protection", valid: true, key: decode(t, key7520), jws: attached},
		{id: "RFC 7520 4.5", comment: "signature with detached content", valid: true, key: decode(t, key7520), jws: detached, beside: []byte(text7520)},
	}
}

// wycheproofs are the vectors of Wycheproof's file for JWS whose key is symmetric:
// all are for HS256.
func wycheproofs(t *testing.T) (vectors []vector) {
	data, err := fs.ReadFile(wycheproof.TestVectors, "json_web_signature_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			Private struct{ Kty, Alg, K string }
			Tests   []struct {
				TcID    json.Number
				Comment string
				JWS     json.RawMessage
				Result  string
			}
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.TestGroups {
		if g.Private.Kty != "oct" {
			continue
		}
		if g.Private.Alg != "HS256" {
			t.Fatalf("a group for %s: this test knows of HS256 only", g.Private.Alg)
		}
		for _, test := range g.Tests {
			v := vector{id: "Wycheproof " + test.TcID.String(), comment: test.Comment, key: decode(t, g.Private.K)}
			// One vector is JSON itself, and not a string in it.
			if err := json.Unmarshal(test.JWS, &v.jws); err != nil {
				v.jws = string(test.JWS)
			}
			switch test.Result {
			case "valid":
				v.valid = true
			case "invalid":
			default:
				t.Fatalf("%s: result %q", v.id, test.Result)
			}
			vectors = append(vectors, v)
		}
	}
	// The file of the pinned version: fewer would mean that some are not seen.
	if len(vectors) != 40 {
		t.Fatalf("%d vectors with a symmetric key, want 40", len(vectors))
	}
	return vectors
}

// all are the vectors of [rfcs] and [wycheproofs].
func all(t *testing.T) []vector { return append(rfcs(t), wycheproofs(t)...) }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
