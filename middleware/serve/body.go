package serve

import (
	"bytes"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Body returns a middleware that reads the body of a request to one of
// operations, up to the cap, and refuses one in a form that the operation does
// not document. It goes inside the router, which knows the operation.
//
// A form arrives behind it as multipart/form-data, in whichever of the documented
// forms it came. An operation that is signed with pg_sig takes the query of a GET
// for a form too, and XML in its single field pg_xml; see [Multipart].
func (o Options) Body(operations []wire.Operation) func(http.Handler) http.Handler {
	patterns := make(map[string]*wire.Operation, len(operations))
	for i, op := range operations {
		path := op.Path
		if op.Variant != "" {
			path += "#" + op.Variant
		}
		patterns[op.Method+" "+anonymous(o.BaseURL+path)] = &operations[i]
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = original(r.WithContext(r.Context())) // what is in front keeps its own
			if err := checkBody(patterns[anonymous(r.Pattern)], r, o.maxBody()); err != nil {
				o.ErrorHandler()(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

var wildcards = regexp.MustCompile(`\{[^}]*\}`)

// anonymous returns a path, or the router's pattern for it, without the names of
// its parameters: the router needs names that Go has for them. A pattern that ends
// in a slash has {$} after it, lest it stands for all paths below.
func anonymous(pattern string) string {
	return wildcards.ReplaceAllString(strings.TrimSuffix(pattern, "{$}"), "{}")
}

// takesForms reports whether an operation has a form for a body.
func takesForms(op *wire.Operation) bool {
	return slices.Contains(op.Request, wire.Multipart) || slices.Contains(op.Request, wire.URLEncoded)
}

// checkBody reads and checks the body of r, which is the middleware's own copy.
func checkBody(op *wire.Operation, r *http.Request, limit int64) error {
	if op == nil {
		return refuse(http.StatusNotFound, "no such operation")
	}
	body, err := readBody(r, limit)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(op.Request) == 0 {
		if len(body) > 0 {
			return refuse(http.StatusBadRequest, "the operation takes no body")
		}
		return nil
	}
	if r.Method == http.MethodGet && r.Method != op.Method && len(body) == 0 {
		return checkForm(op, r, body, limit) // in the query
	}
	name, params, err := codec.ParseMediaType(r.Header.Get("Content-Type"))
	media := wire.Media(name)
	if err != nil || !slices.Contains(op.Request, media) {
		return refuse(http.StatusUnsupportedMediaType, "the content type is not one of %v", op.Request)
	}
	if media == wire.Multipart && !op.Security.IsPgSig() && !begins(body, params["boundary"]) {
		// What a JWS covers are the bytes, and not the header field with the boundary. To
		// name another one, such as there may be in a text of the payer's, would be to
		// make another form of them. pg_sig covers what is read.
		return refuse(http.StatusBadRequest, "the %s does not begin with its boundary", media)
	}
	if media == wire.Multipart || media == wire.URLEncoded {
		return checkForm(op, r, body, limit)
	}
	// The strict server compares letter by letter.
	r.Header = r.Header.Clone()
	r.Header.Set("Content-Type", mime.FormatMediaType(name, params))
	if media == wire.JSON {
		// The strict server would stop reading after the first value.
		if _, err := codec.ParseJSON(body, codec.Limits{}); err != nil {
			return Refuse(err)
		}
		// Nor does it skip a byte order mark.
		r.Body = io.NopCloser(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	}
	return nil
}

// begins reports whether the first line of a body is its boundary, and not one that
// only begins like it. The last boundary may come first where nothing follows.
func begins(body []byte, boundary string) bool {
	line, following, _ := bytes.Cut(body, []byte("\n"))
	rest, found := bytes.CutPrefix(line, []byte("--"+boundary))
	if len(bytes.TrimSpace(following)) == 0 {
		rest = bytes.TrimPrefix(rest, []byte("--"))
	}
	return found && len(bytes.TrimRight(rest, " \t\r")) == 0
}

// checkForm gives r, whose body was read, its form as multipart: the one form that
// is decoded by [Multipart]. The strict server would decode an urlencoded form
// itself, and allocate whatever an index in a name asks for.
func checkForm(op *wire.Operation, r *http.Request, body []byte, limit int64) error {
	form, err := pgform.Read(r, body, codec.Limits{Bytes: int(min(max(limit, 1), math.MaxInt32))})
	switch {
	case errors.Is(err, pgform.ErrNoForm):
		return &Refusal{http.StatusUnsupportedMediaType, err}
	case err != nil:
		return Refuse(err)
	case form.IsXML() && !op.Security.IsPgSig():
		return refuse(http.StatusBadRequest, "%s is for operations that are signed with pg_sig", pgform.XMLName)
	}
	// The path is not signed, and whoever reads it must not find somebody else.
	if inPath := r.PathValue(identityInPath); inPath != "" && op.Identity != "" {
		if text, n := form.Value(op.Identity); n > 0 && text != inPath {
			return refuse(http.StatusBadRequest, "%s is not the %s of the path", op.Identity, identityInPath)
		}
	}
	multi, contentType := form.Multipart()
	r.Header = r.Header.Clone()
	r.Header.Set("Content-Type", contentType)
	r.Header.Del("Content-Length")
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(multi)), int64(len(multi)), nil
	return nil
}

// identityInPath is the parameter of paths that holds the same as the form's
// field with the identity.
const identityInPath = "merchant_id"

// readBody reads the body of r up to the limit.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
	} else if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body cannot be read")
	}
	return body, nil
}

// Multipart reads a multipart form into request: its fields, or the XML in its
// single field pg_xml. A nil r is a request without one.
func Multipart(r *multipart.Reader, request codec.Message) error {
	if r == nil {
		return refuse(http.StatusUnsupportedMediaType, "expected a multipart form")
	}
	pairs, err := codec.ReadMultipart(r, codec.Limits{})
	switch {
	case err != nil:
	case len(pairs) == 1 && pairs[0].Name == pgform.XMLName:
		err = codec.UnmarshalXML([]byte(pairs[0].Value), request, pgform.XMLRoot)
	default:
		err = codec.BindPairs(pairs, request, codec.Limits{})
	}
	if err != nil {
		return Refuse(err)
	}
	return nil
}
