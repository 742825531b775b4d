package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	notThree   = "three parts with an empty middle one expected"
	undecoded  = "header: base64url without padding expected"
	emptyPart  = "empty part"
	undocument = "header: member of an undocumented name or type"
	notOurs    = "header: not the members of one documented form"
	otherAlg   = "header: alg: HS256 or HS512 expected"
)

// reasons say why a vector is refused without its payload, where that is not
// the member kid of its header, which nearly all of them have.
var reasons = map[string]string{
	"RFC 7515 A.1":   notOurs, // typ and alg, and nothing of a request
	"Wycheproof 3":   emptyPart,
	"Wycheproof 4":   notThree,
	"Wycheproof 7":   notThree,
	"Wycheproof 9":   emptyPart,
	"Wycheproof 10":  notThree,
	"Wycheproof 11":  emptyPart,
	"Wycheproof 12":  notThree,
	"Wycheproof 13":  notThree,
	"Wycheproof 14":  notThree,
	"Wycheproof 15":  notThree,
	"Wycheproof 16":  emptyPart, // none, and so no MAC
	"Wycheproof 17":  notThree,
	"Wycheproof 365": undecoded,
	"Wycheproof 366": undecoded,
	"Wycheproof 372": undecoded,
}

// detach leaves the payload of a JWS out and returns it beside what is left, if
// the JWS has three parts.
func detach(v vector) (detached string, payload []byte) {
	parts := strings.Split(v.jws, ".")
	switch {
	case v.beside != nil:
		return v.jws, v.beside
	case len(parts) != 3:
		return v.jws, nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		payload = []byte(parts[1])
	}
	return parts[0] + ".." + parts[2], payload
}

// refused has the verifiers look at a signature, and fails the test if any of
// them takes it, or refuses it for another reason.
func refused(t *testing.T, v vector, signature string, payload []byte, reason string) {
	t.Helper()
	// By the parser.
	if _, err := jws.Parse(signature); !errors.Is(err, jws.ErrMalformed) || !strings.HasSuffix(err.Error(), ": "+reason) {
		t.Errorf("Parse: got %v, want %s", err, reason)
	}
	// By who holds the key.
	signer, err := jws.NewSigner(v.key)
	if err != nil {
		t.Fatal(err)
	}
	want := jws.Header{Algorithm: jws.HS256, URI: "/v5/a", Identity: "123456", Method: "POST"}
	if err := signer.Verify(signature, want, payload); !errors.Is(err, jws.ErrMalformed) || !strings.HasSuffix(err.Error(), ": "+reason) {
		t.Errorf("Verify: got %v, want %s", err, reason)
	}
	// Over HTTP, where everybody has that key.
	var log bytes.Buffer
	middleware, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Keys: func(context.Context, string) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret(string(v.key))}, nil
		},
		Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v5/a", bytes.NewReader(payload))
	r.Header.Set(verify.SignatureHeader, signature)
	w := httptest.NewRecorder()
	middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler was called")
	})).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || w.Body.String() != `{"error":"unauthorized"}` {
		t.Errorf("over HTTP: got %d %s", w.Code, w.Body)
	}
	var record struct{ Reason string }
	if err := json.Unmarshal(log.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(record.Reason, ": "+reason) {
		t.Errorf("over HTTP: logged %q, want %s", record.Reason, reason)
	}
}

// No published vector gets through, valid or not, with the very key that it was
// made with. Without their payload, the valid ones have a MAC that is right, so
// that nothing but the header can be the cause.
func TestPublishedVectorsAreRefused(t *testing.T) {
	for _, v := range all(t) {
		t.Run(v.id+"/"+v.comment, func(t *testing.T) {
			reason, listed := reasons[v.id]
			if !listed {
				reason = undocument
			}
			detached, payload := detach(v)
			refused(t, v, detached, payload, reason)
		})
		// As it was published the payload is in the middle.
		t.Run(v.id+"/"+v.comment+", attached", func(t *testing.T) {
			reason := notThree
			if v.id == "Wycheproof 6" || v.beside != nil { // which have none there
				reason = undocument
			}
			_, payload := detach(v)
			refused(t, v, v.jws, payload, reason)
		})
	}
}

// A header that names no algorithm of this API is refused for that, before any
// key is asked for.
func TestAlgorithmsOfPublishedHeadersAreRefused(t *testing.T) {
	for _, name := range []string{"none", "HS384", "RS256", "ES256", "PS256", "EdDSA"} {
		header := encode([]byte(`{"alg":"` + name + `","typ":"JWT"}`))
		v := rfcs(t)[0]
		refused(t, v, header+".."+encode(make([]byte, 32)), nil, otherAlg)
	}
}
