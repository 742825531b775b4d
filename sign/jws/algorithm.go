package jws

import (
	_ "crypto/sha256" // the hash of HS256
	_ "crypto/sha512" // the hash of HS512
	"errors"
	"hash"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithm is a MAC algorithm of RFC 7518. The zero value is none and is
// refused everywhere.
type Algorithm uint8

// The algorithms that Freedom Pay documents.
const (
	// HS256 is HMAC with SHA-256: Partner API, Installment, asynchronous
	// Gateway API and the invoices of 2026.
	HS256 Algorithm = iota + 1
	// HS512 is HMAC with SHA-512: Card API and the invoices of 2025.
	HS512
)

// ParseAlgorithm finds an algorithm by its exact name, "HS256" or "HS512". It is
// meant for configuration: never choose by the name in a message how that
// message is verified.
func ParseAlgorithm(name string) (Algorithm, error) {
	for _, a := range [...]Algorithm{HS256, HS512} {
		if a.String() == name {
			return a, nil
		}
	}
	return 0, errors.New("jws: algorithm: HS256 or HS512 expected")
}

// String returns the name in the header member alg, or "invalid".
func (a Algorithm) String() string {
	if m := a.method(); m != nil {
		return m.Alg()
	}
	return "invalid"
}

// Size returns the length of the MAC in bytes, and 0 for an invalid algorithm.
func (a Algorithm) Size() int {
	if m := a.method(); m != nil {
		return m.Hash.Size()
	}
	return 0
}

func (a Algorithm) newHash() hash.Hash { return a.method().Hash.New() }

// method returns nil for an invalid algorithm.
func (a Algorithm) method() *jwt.SigningMethodHMAC {
	switch a {
	case HS256:
		return jwt.SigningMethodHS256
	case HS512:
		return jwt.SigningMethodHS512
	default:
		return nil
	}
}
