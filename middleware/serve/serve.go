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
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// DefaultMaxBody is the largest request body that is read, in bytes.
const DefaultMaxBody = 1 << 20

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

// ErrorHandler returns the handler of errors that the options name.
func (o Options) ErrorHandler() func(http.ResponseWriter, *http.Request, error) {
	if o.Error != nil {
		return o.Error
	}
	return WriteError
}

// Body returns a middleware that reads the body of a request to one of
// operations, up to the cap, and refuses one in a form that the operation does
// not document. It goes inside the router, which knows the operation.
func (o Options) Body(operations []wire.Operation) func(http.Handler) http.Handler {
	limit := o.MaxBody
	if limit == 0 {
		limit = DefaultMaxBody
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			op := find(operations, r.Pattern, o.BaseURL)
			r = r.WithContext(r.Context()) // what is in front keeps its own
			if err := checkBody(op, r, limit); err != nil {
				o.ErrorHandler()(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// find returns the operation that a pattern of the router belongs to, or nil.
func find(operations []wire.Operation, pattern, base string) *wire.Operation {
	method, path, _ := strings.Cut(pattern, " ")
	path, mounted := strings.CutPrefix(path, base)
	for i, op := range operations {
		if mounted && op.Method == method && op.Path == path {
			return &operations[i]
		}
	}
	return nil
}

// checkBody reads and checks the body of r, which is the middleware's own copy.
func checkBody(op *wire.Operation, r *http.Request, limit int64) error {
	if op == nil {
		return refuse(http.StatusNotFound, "no such operation")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
	} else if err != nil {
		return refuse(http.StatusBadRequest, "the body cannot be read")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(op.Request) == 0 {
		if len(body) > 0 {
			return refuse(http.StatusBadRequest, "the operation takes no body")
		}
		return nil
	}
	name, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	media := wire.Media(name)
	if err != nil || !slices.Contains(op.Request, media) {
		return refuse(http.StatusUnsupportedMediaType, "the content type is not one of %v", op.Request)
	}
	// The strict server compares letter by letter, and would take a form by the
	// name of Multipart/Form-Data for no form at all.
	r.Header = r.Header.Clone()
	r.Header.Set("Content-Type", mime.FormatMediaType(name, params))
	if media == wire.JSON {
		// The strict server would stop reading after the first value.
		if _, err := codec.ParseJSON(body, codec.Limits{}); err != nil {
			return Refuse(err)
		}
	}
	return nil
}

// Check validates a request unless the options say otherwise.
func (o Options) Check(request codec.Message) error {
	if o.SkipValidation {
		return nil
	}
	if err := codec.Validate(request).Err(); err != nil {
		return Refuse(err)
	}
	return nil
}

// Multipart reads a multipart form into request. A nil r is a request without
// one.
func Multipart(r *multipart.Reader, request codec.Message) error {
	if r == nil {
		return refuse(http.StatusUnsupportedMediaType, "expected a multipart form")
	}
	pairs, err := codec.ReadMultipart(r, codec.Limits{})
	if err == nil {
		err = codec.BindPairs(pairs, request, codec.Limits{})
	}
	if err != nil {
		return Refuse(err)
	}
	return nil
}

// Answer is an answer on its way out.
type Answer struct {
	// Message is the answer.
	Message codec.Message
	// Media is the form it takes.
	Media wire.Media
	// Root is its root element in XML.
	Root string
}

// LogValue describes the message, masked.
func (a Answer) LogValue() slog.Value {
	if a.Message == nil {
		return slog.StringValue("no answer")
	}
	return codec.LogValue(a.Message)
}

// Write writes the answer with status 200.
func (a Answer) Write(w http.ResponseWriter) error {
	var body []byte
	switch a.Media {
	case wire.JSON:
		body = codec.AppendJSON(nil, a.Message)
	case wire.XML:
		body = codec.AppendXML(nil, a.Root, a.Message)
	default:
		return fmt.Errorf("serve: an answer in %s cannot be written", a.Media)
	}
	w.Header().Set("Content-Type", string(a.Media))
	_, err := w.Write(body)
	return err
}
