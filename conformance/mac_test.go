package conformance

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// wrong are the vectors that say what is not so, by id. The others hold.
var wrong = map[string]string{
	"Wycheproof 367": "said to be invalid for its padding, and has none: it is vector 357, which is valid, letter for letter",
	"Wycheproof 370": "the same: the padding that its comment names is not there",
	"Wycheproof 372": "said to be valid, with a question mark in its header: RFC 7515, sections 2 and 5.2, allows no other characters than those of base64url",
	"Wycheproof 373": "the same, with a question mark in its payload",
}

var (
	errParts    = errors.New("not three parts")
	errEncoding = errors.New("not base64url without padding")
	errMAC      = errors.New("another MAC")
)

// check verifies the compact serialization of a JWS as RFC 7515, 5.2 has it, but
// for its header, of which only the encoding is looked at. The MAC is the SDK's.
func check(v vector) error {
	parts := strings.Split(v.jws, ".")
	if len(parts) != 3 {
		return errParts
	}
	var decoded [3][]byte
	for i, part := range parts {
		if strings.ContainsAny(part, "\r\n") {
			return errEncoding
		}
		b, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return errEncoding
		}
		decoded[i] = b
	}
	if v.beside != nil {
		decoded[1] = v.beside
	}
	signer, err := jws.NewSigner(v.key)
	if err != nil {
		return err
	}
	mac, err := signer.MAC(jws.HS256, parts[0], decoded[1])
	if err != nil {
		return err
	}
	if encode(mac) != parts[2] {
		return errMAC
	}
	return nil
}

// The SDK's MAC is the printed one of every valid vector, and of no invalid one
// that can be decoded.
func TestMACOfPublishedVectors(t *testing.T) {
	valid := 0
	for _, v := range all(t) {
		if v.valid {
			valid++
		}
		err := check(v)
		if reason, isWrong := wrong[v.id]; isWrong {
			if (err == nil) == v.valid {
				t.Errorf("%s (%s) holds: it is listed as wrong, %s", v.id, v.comment, reason)
			}
			continue
		}
		if (err == nil) != v.valid {
			t.Errorf("%s (%s): got %v, valid is %t", v.id, v.comment, err, v.valid)
		}
	}
	if valid != 3+10 {
		t.Errorf("%d vectors are said to be valid, want 13", valid)
	}
}

// What is said of the wrong vectors is so.
func TestWrongVectors(t *testing.T) {
	byID := map[string]vector{}
	for _, v := range all(t) {
		byID[v.id] = v
	}
	for _, id := range []string{"Wycheproof 367", "Wycheproof 370"} {
		if other := byID["Wycheproof 357"]; byID[id].jws != other.jws || byID[id].valid || !other.valid {
			t.Errorf("%s is no longer vector 357", id)
		}
	}
	for _, id := range []string{"Wycheproof 372", "Wycheproof 373"} {
		v := byID[id]
		if !v.valid || !errors.Is(check(v), errEncoding) {
			t.Errorf("%s: valid %t, %v", id, v.valid, check(v))
		}
		v.jws = strings.ReplaceAll(v.jws, "?", "")
		if err := check(v); err != nil {
			t.Errorf("%s without its question mark: %v", id, err)
		}
	}
	for id := range wrong {
		if _, known := byID[id]; !known {
			t.Errorf("%s is no vector", id)
		}
	}
}

// Header, payload and MAC of the published vectors all count.
func TestMACOfPublishedVectorsChanged(t *testing.T) {
	for _, v := range rfcs(t) {
		protected, rest, _ := strings.Cut(v.jws, ".")
		payload, mac, _ := strings.Cut(rest, ".")
		for name, jws := range map[string]string{
			"header":  protected[:len(protected)-4] + "." + payload + "." + mac,
			"payload": protected + "." + payload + "AAAA." + mac,
			"MAC":     protected + "." + payload + ".A" + mac[1:], // none begins with an A
		} {
			changed := v
			changed.jws = jws
			if name == "payload" && v.beside != nil {
				changed.jws, changed.beside = v.jws, v.beside[1:]
			}
			if err := check(changed); !errors.Is(err, errMAC) {
				t.Errorf("%s with another %s: %v", v.id, name, err)
			}
		}
		changed := v
		changed.key = append([]byte{0}, v.key...)
		if err := check(changed); !errors.Is(err, errMAC) {
			t.Errorf("%s with another key: %v", v.id, err)
		}
	}
}
