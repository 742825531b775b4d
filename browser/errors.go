package browser

import "errors"

// The classes of errors, for [errors.Is].
var (
	// ErrAddress says that an address is not an absolute https one, or one of the
	// local host, or that it holds a user or password.
	ErrAddress = errors.New("browser: address")
	// ErrCredentials says that the credentials hold no identity, or no secret for
	// taking payments.
	ErrCredentials = errors.New("browser: credentials")
	// ErrForm says that a form cannot be made of what was given.
	ErrForm = errors.New("browser: form")
	// ErrReturn says that a request is not what a browser brings back: another
	// method or content type, malformed, a field missing or there twice.
	ErrReturn = errors.New("browser: return")
	// ErrTooLarge says that a request is larger than [MaxThreeDS] or
	// [MaxRedirect].
	ErrTooLarge = errors.New("browser: too large")
	// ErrSignature says that the signature of a redirect is missing or wrong. See
	// [ParseRedirect] for the one redirect that may come without.
	ErrSignature = errors.New("browser: signature missing or wrong")
)
