package wire

import "net/http"

// Meta describes one call: what was sent under which id and what came back.
// Ask for it with [WithMeta]; every [Error] carries it too.
type Meta struct {
	// Operation is the id of the operation, "partner.invoicesInfo".
	Operation string
	// RequestID is the X-Request-Id of the call, the same on every attempt.
	RequestID string
	// Attempts counts how often the request was sent.
	Attempts int
	// Status is the HTTP status of the answer; 0 when none came.
	Status int
	// Header holds the answer's header fields.
	Header http.Header
	// Signature is the verdict on the answer's own signature.
	Signature Verdict
	// Body is the answer's body as it came, masked when printed.
	Body Raw
	// Deviations lists where the answer leaves the documented limits and
	// forms. They are reported, never an error.
	Deviations Violations
}

// Verdict is what became of verifying an answer's signature.
type Verdict uint8

// The verdicts. Answers in JSON are not signed by this API: what vouches for
// them is TLS alone.
const (
	// AnswerNotSigned: this part of the API does not sign its answers.
	AnswerNotSigned Verdict = iota
	// AnswerVerified: the answer's signature is right.
	AnswerVerified
	// AnswerUnsigned: a signature was due and none came.
	AnswerUnsigned
	// AnswerForged: the answer's signature is wrong.
	AnswerForged
)

// String returns the verdict in words.
func (v Verdict) String() string {
	switch v {
	case AnswerNotSigned:
		return "not signed by this API"
	case AnswerVerified:
		return "verified"
	case AnswerUnsigned:
		return "unsigned"
	case AnswerForged:
		return "forged"
	}
	return "unknown verdict"
}
