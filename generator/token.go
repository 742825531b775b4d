package main

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha256" // linked for crypto.SHA256
	_ "crypto/sha512" // linked for crypto.SHA512
	"encoding/base64"
	"fmt"
	"strings"
)

// tokenDeviations verifies a printed JWS with the key and the algorithm that
// its page states, over the payload that it prints or carries. It shares no
// code with the SDK's own signer, which it would otherwise only agree with.
func tokenDeviations(e tree) ([]deviation, error) {
	parts := strings.Split(e.get("text").str(), ".")
	if len(parts) != 3 {
		return []deviation{{"", "syntax"}}, nil
	}
	hash, ok := map[string]crypto.Hash{"HS256": crypto.SHA256, "HS512": crypto.SHA512}[e.get("alg").str()]
	if !ok {
		return nil, fmt.Errorf("alg %q of the token is not known", e.get("alg").str())
	}
	payload := parts[1]
	if stated := e.get("payload"); stated.ok() {
		payload = base64.RawURLEncoding.EncodeToString([]byte(stated.str()))
	}
	mac, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return []deviation{{"", "syntax"}}, nil
	}
	h := hmac.New(hash.New, []byte(e.get("key").str()))
	h.Write([]byte(parts[0] + "." + payload))
	if !hmac.Equal(h.Sum(nil), mac) {
		return []deviation{{"", "signature"}}, nil
	}
	return nil, nil
}
