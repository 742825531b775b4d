package wire

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const (
	mask  = "***"
	unset = "<unset>"
)

// Secret is text that must not be seen: a key, a card number, a person's name.
// It prints as *** in every way Go has of printing; only [Secret.Reveal] shows
// the text. The zero value is not set, which an empty text is.
//
// The operator == compares identity; use [Secret.Equal].
type Secret struct{ text hidden[string] }

// NewSecret returns a secret that holds s, even when s is empty.
func NewSecret(s string) Secret { return Secret{hide(s)} }

// Reveal returns the text, empty when s is not set.
func (s Secret) Reveal() string { return s.text.get() }

// IsSet reports whether s holds a text.
func (s Secret) IsSet() bool { return s.text.isSet() }

// Equal reports whether both hold the same text, or neither any. The time it
// takes tells nothing of the texts but their lengths.
func (s Secret) Equal(other Secret) bool {
	return s.IsSet() == other.IsSet() &&
		subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

func (s Secret) masked() string {
	if !s.IsSet() {
		return unset
	}
	return mask
}

// Format prints ***, or <unset>, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.masked()) }

// LogValue returns ***, or <unset>.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.masked()) }

// MarshalJSON returns "***", or null: encoding/json is a way of printing.
func (s Secret) MarshalJSON() ([]byte, error) {
	if !s.IsSet() {
		return []byte("null"), nil
	}
	return []byte(`"` + mask + `"`), nil
}

// MarshalText returns ***, or nothing when s is not set.
func (s Secret) MarshalText() ([]byte, error) {
	if !s.IsSet() {
		return nil, nil
	}
	return []byte(mask), nil
}

// UnmarshalJSON reads the text of a string or the literal of a number; null is
// not set.
func (s *Secret) UnmarshalJSON(data []byte) error {
	text, null, err := jsonText(data)
	switch {
	case err != nil:
		return fmt.Errorf("wire: secret: %w", err)
	case null:
		*s = Secret{}
	default:
		*s = NewSecret(text)
	}
	return nil
}

// UnmarshalText reads any text.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
