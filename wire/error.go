package wire

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says what sort of failure an [Error] is. Kinds are the targets of
// [errors.Is]:
//
//	if errors.Is(err, wire.ErrUnknownOutcome) { … ask before paying again … }
type Kind uint8

// The kinds of failure. Each call that fails returns an *[Error] with exactly
// one of them in Kind; errors.Is also answers true for [ErrUnknownOutcome]
// when Error.OutcomeUnknown is set, and for [ErrCanceled] when Error.Canceled
// is, whatever the Kind.
const (
	// ErrUnexpectedAnswer: something answered, but not what the API's
	// documentation describes: another status, content type or form.
	ErrUnexpectedAnswer Kind = iota + 1
	// ErrRejected: the API understood the request and refused it.
	ErrRejected
	// ErrUnauthorized: the API refused the identity or the signature.
	ErrUnauthorized
	// ErrDuplicate: the API has seen this request before.
	ErrDuplicate
	// ErrNotFound: what the request names does not exist.
	ErrNotFound
	// ErrRateLimited: too many requests; nothing was done.
	ErrRateLimited
	// ErrTemporary: nothing was done, and the same call may succeed later.
	ErrTemporary
	// ErrUnknownOutcome: a call that changes something was sent and its fate
	// is not known. Ask before doing it again.
	ErrUnknownOutcome
	// ErrBadSignature: the answer's signature is missing or wrong.
	ErrBadSignature
	// ErrInvalidRequest: the request was not sent because it cannot be right.
	ErrInvalidRequest
	// ErrCanceled: the caller's context ended the call.
	ErrCanceled
)

var kindTexts = [...]string{
	ErrUnexpectedAnswer: "unexpected answer",
	ErrRejected:         "rejected",
	ErrUnauthorized:     "unauthorized",
	ErrDuplicate:        "duplicate",
	ErrNotFound:         "not found",
	ErrRateLimited:      "rate limited",
	ErrTemporary:        "temporary",
	ErrUnknownOutcome:   "unknown outcome",
	ErrBadSignature:     "bad signature",
	ErrInvalidRequest:   "invalid request",
	ErrCanceled:         "canceled",
}

// Error returns the kind in words.
func (k Kind) Error() string {
	if int(k) < len(kindTexts) && kindTexts[k] != "" {
		return kindTexts[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Error is the one error type of this SDK. It is safe to log: its text holds
// no member of a request or an answer other than the API's own error code and
// error text, and long digit runs of the latter are masked.
type Error struct {
	// Kind is the target for errors.Is.
	Kind Kind
	// Operation is the id of the operation, "partner.invoicesInfo".
	Operation string
	// Code is the API's own error code, where it gave one.
	Code string
	// Text is the API's own error text, at most 512 bytes, with digit runs
	// that may be card numbers masked. Meta.Body holds the original.
	Text string
	// OutcomeUnknown reports that the call may have changed something. It is
	// set when a call that writes was sent and no answer says what became of it.
	OutcomeUnknown bool
	// Inquiry is what to ask to learn the outcome, when that is unknown and an
	// operation is documented that tells it.
	Inquiry *Inquiry
	// Canceled reports that the caller's context ended the call.
	Canceled bool
	// Meta describes the exchange as far as it went.
	Meta Meta

	cause error
}

// NewError returns an Error of the given kind with the cause behind Unwrap.
func NewError(kind Kind, operation string, cause error) *Error {
	return &Error{Kind: kind, Operation: operation, cause: cause}
}

// Said sets what the API itself gave as its error code and text, made safe to
// log, and returns e.
func (e *Error) Said(code, text string) *Error {
	// Masked before it is clipped: a number that is cut off would be too short to mask.
	e.Code, e.Text = clip(MaskDigits(oneLine(code)), 64), clip(MaskDigits(oneLine(text)), 512)
	return e
}

// oneLine replaces what would forge a line of a log, or turn the text around it
// about: whoever answers writes this text.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// Error returns operation, kind, the API's code and text, the cause, HTTP
// status and request id, as far as each is known.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		b.WriteString(e.Operation + ": ")
	}
	b.WriteString(e.Kind.Error())
	if e.OutcomeUnknown && e.Kind != ErrUnknownOutcome {
		b.WriteString(" (unknown outcome)")
	}
	for _, s := range []string{e.Code, e.Text} {
		if s != "" {
			b.WriteString(": " + s)
		}
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	var about []string
	if e.Meta.Status != 0 {
		about = append(about, "HTTP "+strconv.Itoa(e.Meta.Status))
	}
	if e.Meta.RequestID != "" {
		about = append(about, "request id "+e.Meta.RequestID)
	}
	if len(about) > 0 {
		b.WriteString(" (" + strings.Join(about, ", ") + ")")
	}
	return b.String()
}

// Unresolved is the error of asking by inquiry what became of a call, when that
// failed with err: the fate of that call stays unknown, whatever went wrong with
// asking, and can be asked for again.
func Unresolved(err error, inquiry *Inquiry) error {
	e := (*Error)(nil)
	if !errors.As(err, &e) {
		e = NewError(ErrUnknownOutcome, inquiry.Operation, err)
	}
	open := *e
	open.OutcomeUnknown, open.Inquiry = true, inquiry
	return &open
}

// Unwrap returns the cause, if any.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a [Kind] that describes e.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	if !ok {
		return false
	}
	switch {
	case e.Kind == kind:
		return true
	case kind == ErrUnknownOutcome:
		return e.OutcomeUnknown
	case kind == ErrCanceled:
		return e.Canceled
	}
	return false
}

// Format prints Error's text for every verb, so that %+v and %#v show no
// more than %v does.
func (e *Error) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, e.Error()) }

// clip shortens s to at most n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
