package wire

// Repeat is how the API knows that it has been told something before: by a key
// that the request carries. The zero value says that no page documents one.
type Repeat struct {
	// Key is the member of the body, or the header field, that is the key.
	Key string
	// InHeader says that it is a header field.
	InHeader bool
	// Unsigned says that the signature does not cover the key: whoever captured a
	// request can send it under another one.
	Unsigned bool
	// Answer is what a repeat gets.
	Answer RepeatAnswer
	// Inferred says that no page states all of this.
	Inferred bool
}

// IsKnown reports whether a key is documented.
func (r Repeat) IsKnown() bool { return r.Key != "" }

// RepeatAnswer is what a repeat of a request gets.
type RepeatAnswer uint8

// The answers to a repeat. Under none of them is anything done twice.
const (
	// RepeatUndocumented: no page says what a repeat gets.
	RepeatUndocumented RepeatAnswer = iota
	// RepeatFirst: the answer that the first request got.
	RepeatFirst
	// RepeatError: an error, which says that there was a first.
	RepeatError
)

// String returns the answer in words.
func (a RepeatAnswer) String() string {
	switch a {
	case RepeatUndocumented:
		return "not documented"
	case RepeatFirst:
		return "the first answer"
	case RepeatError:
		return "an error"
	}
	return "unknown answer"
}
