package pgsig

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"testing"
)

func TestNewSalt(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-Za-z]{16}$`)
	seen := map[string]bool{}
	counts := map[rune]int{}
	for range 2000 {
		salt, err := NewSalt(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !form.MatchString(salt) || seen[salt] {
			t.Fatalf("got %q (again: %t)", salt, seen[salt])
		}
		seen[salt] = true
		for _, c := range salt {
			counts[c]++
		}
	}
	// 32,000 characters, 516 of each expected; the bounds are seven standard
	// deviations away. Taking bytes modulo 62 without more gives each of the first
	// eight characters 625.
	if len(counts) != 62 {
		t.Errorf("%d characters occur, want 62", len(counts))
	}
	first := 0
	for _, c := range "01234567" {
		first += counts[c]
	}
	if first > 4129+450 || first < 4129-450 {
		t.Errorf("the first eight characters occur %d times, want about 4129", first)
	}
}

func TestNewSaltGolden(t *testing.T) {
	random := make([]byte, 32)
	for i := range random {
		random[i] = byte(i * 13)
	}
	random[0] = 248 // the first byte that would be unfair
	if got, err := NewSalt(bytes.NewReader(random)); err != nil || got != "DQdq3GTgt6JWjw9M" {
		t.Errorf("got %q (%v)", got, err)
	}
}

func TestNewSaltErrors(t *testing.T) {
	if salt, err := NewSalt(bytes.NewReader(make([]byte, 5))); salt != "" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short source: got %q, %v", salt, err)
	}
	if salt, err := NewSalt(stuck{}); salt != "" || err == nil {
		t.Errorf("source that is stuck: got %q, %v", salt, err)
	}
}

// stuck is a source that yields no usable byte.
type stuck struct{}

func (stuck) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 255
	}
	return len(b), nil
}

// The names of the fields are the documented ones.
func TestNames(t *testing.T) {
	if SaltName != "pg_salt" || SignatureName != "pg_sig" {
		t.Errorf("got %s and %s", SaltName, SignatureName)
	}
}
