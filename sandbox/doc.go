// Package sandbox is a Freedom Pay that runs on your own machine: an
// http.Handler that verifies every request's signature as the documentation
// prescribes and answers in the documented forms from a small state in memory.
//
// It knows the five operations that this module has specs for. What it answers
// follows from its state and from the request, never from a list of canned
// answers; where no page says what the real Freedom Pay would answer, the
// comment on the operation says so.
package sandbox
