package jws

import "errors"

// The classes of errors, for [errors.Is]. They answer the diagnosis of the side
// that owns the key; a server tells a client none of them.
var (
	// ErrMalformed says that a value is no detached JWS of a documented form.
	ErrMalformed = errors.New("jws: malformed signature")
	// ErrHeader says that a header member differs from the wanted one or, when
	// signing, cannot be signed. The error names the member.
	ErrHeader = errors.New("jws: header")
	// ErrMAC says that header and form are as wanted and the MAC is not: the
	// payload was changed, or the key is another one.
	ErrMAC = errors.New("jws: MAC does not match")
	// ErrKey says that there is no key.
	ErrKey = errors.New("jws: empty key")
)

// malformedError is the problem with a value. A constant of it becomes an error
// without an allocation.
type malformedError string

func (e malformedError) Error() string { return ErrMalformed.Error() + ": " + string(e) }
func (e malformedError) Unwrap() error { return ErrMalformed }

// headerError is a problem with one header member. It holds no value.
type headerError struct{ member, problem string }

func (e *headerError) Error() string {
	return ErrHeader.Error() + ": " + e.member + ": " + e.problem
}
func (e *headerError) Unwrap() error { return ErrHeader }

// errAlgorithm is an algorithm that is none.
var errAlgorithm error = &headerError{"alg", "HS256 or HS512 expected"}
