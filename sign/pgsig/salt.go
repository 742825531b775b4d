package pgsig

import (
	"errors"
	"fmt"
	"io"
)

// SaltName is the field that makes two signatures of one message differ.
const SaltName = "pg_salt"

// SaltLength is the length of what [NewSalt] returns. Sixteen letters and digits
// hold 95 bits.
const SaltLength = 16

// NewSalt returns a value for pg_salt, letters and digits as documented, from
// random bytes such as those of crypto/rand.Reader. It is safe for concurrent
// use if r is.
func NewSalt(r io.Reader) (string, error) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// The largest multiple of the alphabet that fits a byte: the rest would make
	// some characters likelier than others.
	const usable = 256 / len(alphabet) * len(alphabet)
	salt := make([]byte, 0, SaltLength)
	var random [2 * SaltLength]byte
	// One round is nearly always enough. A source that never yields a usable byte
	// must not hang a payment.
	for range 8 {
		if _, err := io.ReadFull(r, random[:]); err != nil {
			return "", fmt.Errorf("pgsig: salt: %w", err)
		}
		for _, b := range random {
			if int(b) >= usable {
				continue
			}
			salt = append(salt, alphabet[int(b)%len(alphabet)])
			if len(salt) == SaltLength {
				return string(salt), nil
			}
		}
	}
	return "", errors.New("pgsig: salt: source is not random")
}
