// Package serve is the way in behind a verified signature: it holds a request
// to what its operation documents before user code sees it, and writes answers
// in their documented form. The generated server packages are a typed layer
// above it.
//
// oapi-codegen's strict server accepts any content type, data after the JSON
// value, missing members and undocumented enum values. What passes through
// this package has been checked for all of that.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// DefaultMaxBody is the largest request body that is read, in bytes. The longest
// documented request makes a client of the Card API, with the scan of a document of
// 2 MB in base64.
const DefaultMaxBody = 3 << 20

// Options configure a generated handler.
type Options struct {
	// BaseURL is the path under which the API is mounted, "" or "/prefix".
	BaseURL string
	// MaxBody caps request bodies; 0 means [DefaultMaxBody].
	MaxBody int64
	// SkipValidation hands requests over even where they break a documented
	// limit.
	SkipValidation bool
	// Error answers a request that failed. The default is [WriteError].
	Error func(w http.ResponseWriter, r *http.Request, err error)
	// Seal puts a signature into an answer that goes out as XML with the given
	// root element: verify.SealAnswer does, for requests that were signed with
	// pg_sig. nil: answers are not signed.
	Seal func(ctx context.Context, root string, answer codec.Message) error
}

// Refusal is a request that was refused before user code saw it. Its text
// quotes nothing sensitive.
type Refusal struct {
	// Status is the HTTP status that says why.
	Status int
	cause  error
}

// Error returns why the request was refused.
func (r *Refusal) Error() string { return r.cause.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.cause }

func refuse(status int, format string, args ...any) error {
	return &Refusal{status, fmt.Errorf(format, args...)}
}

// Refuse marks err as the client's fault.
func Refuse(err error) error { return &Refusal{http.StatusBadRequest, err} }

// WriteError answers a [Refusal] with its status and text and anything else
// with an opaque 500. No page documents such answers; they are JSON.
func WriteError(w http.ResponseWriter, _ *http.Request, err error) {
	status, text := http.StatusInternalServerError, "internal error"
	if r := (*Refusal)(nil); errors.As(err, &r) {
		status, text = r.Status, r.Error()
	}
	body, _ := json.Marshal(map[string]string{"error": text}) // a map of strings always encodes
	w.Header().Set("Content-Type", string(wire.JSON))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// ErrorHandler returns the handler of errors that the options name. It is given
// the request with the method and the URL that it came with.
func (o Options) ErrorHandler() func(http.ResponseWriter, *http.Request, error) {
	handle := o.Error
	if handle == nil {
		handle = WriteError
	}
	return func(w http.ResponseWriter, r *http.Request, err error) { handle(w, original(r), err) }
}

// maxBody is the cap on request bodies.
func (o Options) maxBody() int64 {
	if o.MaxBody == 0 {
		return DefaultMaxBody
	}
	return o.MaxBody
}

// Check validates a request unless the options say otherwise. It takes one that
// leaves out what [wire.RuleExplicit] asks for: the documentation lets it.
func (o Options) Check(request codec.Message) error {
	if o.SkipValidation {
		return nil
	}
	if err := codec.Validate(request).Without(wire.RuleExplicit).Err(); err != nil {
		return Refuse(err)
	}
	return nil
}
