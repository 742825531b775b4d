package codec

import "strconv"

// SyntaxError says that an input could not be read. It never quotes the input.
type SyntaxError struct {
	// Format is "JSON", "XML" or "form".
	Format string
	// Offset counts bytes from the start of the input. For the pairs of a form
	// that is already taken apart it is the number of the pair, from 0.
	Offset int
	// Path is where the problem is, such as "$.company.bin", when the input is
	// well-formed but does not fit a message. It holds documented names only.
	Path string
	// Problem is what is wrong, or what was expected.
	Problem string

	cause error
}

// Error returns format, offset, path and problem.
func (e *SyntaxError) Error() string {
	b := make([]byte, 0, 96)
	b = append(b, "codec: "...)
	b = append(b, e.Format...)
	b = append(b, " at offset "...)
	b = strconv.AppendInt(b, int64(e.Offset), 10)
	if e.Path != "" {
		b = append(append(b, ", "...), e.Path...)
	}
	b = append(append(b, ": "...), e.Problem...)
	return string(b)
}

// Unwrap returns the error of the reader that the input came from, if that is
// what failed.
func (e *SyntaxError) Unwrap() error { return e.cause }

// LimitError says that an input is over one of the [Limits].
type LimitError struct {
	// Limit is "bytes", "depth", "tokens", "attributes", "prefixes", "pairs",
	// "brackets" or "list index".
	Limit string
	// Max is what would have been allowed: at most so many, or, for a list
	// index, less than that.
	Max int
}

// Error returns the limit and its maximum.
func (e *LimitError) Error() string {
	return "codec: input over the limit of " + strconv.Itoa(e.Max) + " (" + e.Limit + ")"
}

// under puts the name of a member, or the index of an item, in front of the
// path of a [SyntaxError] on its way out of the decoder. So a path costs
// nothing as long as nothing fails.
func under(step string, err error) error {
	if e, ok := err.(*SyntaxError); ok {
		e.Path = step + e.Path
	}
	return err
}
