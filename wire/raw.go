package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// Raw holds bytes of a message as they came. It prints as their number,
// "[364 bytes]", in every way Go has of printing; only [Raw.Reveal] shows them.
// The zero value holds none.
type Raw struct{ bytes hidden[[]byte] }

// NewRaw returns a Raw that holds b itself, not a copy.
func NewRaw(b []byte) Raw {
	if len(b) == 0 {
		return Raw{}
	}
	return Raw{hide(b)}
}

// Reveal returns the bytes. They are not a copy: do not modify them.
func (r Raw) Reveal() []byte { return r.bytes.get() }

// Len returns the number of bytes.
func (r Raw) Len() int { return len(r.Reveal()) }

func (r Raw) masked() string { return "[" + strconv.Itoa(r.Len()) + " bytes]" }

// Format prints the number of bytes for every verb.
func (r Raw) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.masked()) }

// LogValue returns the number of bytes.
func (r Raw) LogValue() slog.Value { return slog.StringValue(r.masked()) }

// MarshalJSON returns the number of bytes: encoding/json is a way of printing.
func (r Raw) MarshalJSON() ([]byte, error) { return []byte(`"` + r.masked() + `"`), nil }

// MarshalText returns the number of bytes.
func (r Raw) MarshalText() ([]byte, error) { return []byte(r.masked()), nil }
