package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// ErrNotSelected is for an operation that nothing on the wire tells from another:
// a server sees the other one in its place.
var ErrNotSelected = errors.New("serve: the operation cannot be told from another, which is served in its place")

// Route returns a middleware that goes in front of the router. The router knows
// each operation by a pattern of its own: its path, with a fragment where
// operations share one. Route finds the operation that a request means, of several
// on one path by what the operations are selected by, and sends the request on
// under that pattern. If it fits none of them, it means the first, whose
// validation says what is missing; but where a header field names the operation,
// a request that names none of them is refused: no validation sees that field.
//
// So an operation is found under its aliases too, one that is signed with pg_sig
// by GET as well, and the router never redirects: what no operation answers to is
// refused here. Behind [Options.Body] the request has the method and the URL again
// that it came with.
func (o Options) Route(operations []wire.Operation) func(http.Handler) http.Handler {
	routes := o.routes(operations)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			found, methods := match(routes, r)
			if len(found) == 0 {
				if len(methods) == 0 {
					o.ErrorHandler()(w, r, refuse(http.StatusNotFound, "no such operation"))
					return
				}
				w.Header().Set("Allow", strings.Join(methods, ", "))
				o.ErrorHandler()(w, r, refuse(http.StatusMethodNotAllowed, "no such method of this operation"))
				return
			}
			routed := r.WithContext(context.WithValue(r.Context(), calledKey{}, called{r.Method, r.URL}))
			chosen, err := o.choose(found, routed)
			if err != nil {
				o.ErrorHandler()(w, r, err)
				return
			}
			chosen.direct(routed)
			next.ServeHTTP(w, routed)
		})
	}
}

// Find returns a function that finds the operation that a request means by its
// method, path and header; of several that the body would tell apart, which are
// signed alike, the first. It is for what has to be known before the request is
// verified: how it is signed. The function may be called concurrently.
//
// pg_sig does not cover the method. So whoever changes that of a captured form must
// not get past what goes by the operation, such as verify.Repeats: one that is signed
// with pg_sig is found by any method, though Route lets those through only that it has.
func (o Options) Find(operations []wire.Operation) func(r *http.Request) (wire.Operation, bool) {
	routes := o.routes(operations)
	return func(r *http.Request) (wire.Operation, bool) {
		found, _ := match(routes, r)
		if len(found) == 0 {
			found, _ = matchBy(routes, r, func(op *wire.Operation, _ []string) bool { return op.Security.IsPgSig() })
		}
		for _, f := range found {
			if hasHeader(r, f.op.Select) {
				return *f.op, true
			}
		}
		if len(found) == 0 {
			return wire.Operation{}, false
		}
		return *found[0].op, true
	}
}

// choose returns the route of the operation that a request means, of which some
// are found. The request is the middleware's own copy and keeps its body.
func (o Options) choose(found []matched, r *http.Request) (matched, error) {
	header := found[0].op.Select.Header
	found = slices.DeleteFunc(found, func(f matched) bool { return !hasHeader(r, f.op.Select) })
	switch len(found) {
	case 0:
		return matched{}, refuse(http.StatusBadRequest, "the header field %s names no operation on this path", header)
	case 1:
		return found[0], nil
	}
	has := func(string) bool { return false }
	needsBody := func(f matched) bool { return len(f.op.Select.Present)+len(f.op.Select.Absent) > 0 }
	if slices.ContainsFunc(found, needsBody) {
		body, err := readBody(r, o.maxBody())
		if err != nil {
			return matched{}, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		has = members(r, body)
	}
	lacks := func(member string) bool { return !has(member) }
	for _, f := range found {
		s := f.op.Select
		if !slices.ContainsFunc(s.Present, lacks) && !slices.ContainsFunc(s.Absent, has) {
			return f, nil
		}
	}
	return found[0], nil
}

func hasHeader(r *http.Request, s wire.Select) bool {
	return s.Header == "" || r.Header.Get(s.Header) == s.Value
}

// members tells what members the body of a request has, or its query. What cannot
// be read has none: it is not refused here but by [Options.Body].
func members(r *http.Request, body []byte) func(name string) bool {
	limits := codec.Limits{Bytes: max(len(body), len(r.URL.RawQuery), 1)}
	if media, _, _ := codec.ParseMediaType(r.Header.Get("Content-Type")); wire.Media(media) == wire.JSON {
		doc, err := codec.ParseJSON(body, limits)
		return func(name string) bool {
			return err == nil && doc.Knows(&codec.Type{Fields: []codec.Field{{Name: name}}})
		}
	}
	form, err := pgform.Read(r, body, limits)
	return func(name string) bool { return err == nil && form.Has(name) }
}

// calledKey is the key of a context for how a request came.
type calledKey struct{}

// called is how a request came, before it was routed.
type called struct {
	method string
	url    *url.URL
}

// original returns r, if it was routed, as it came; else r itself.
func original(r *http.Request) *http.Request {
	c, ok := r.Context().Value(calledKey{}).(called)
	if !ok {
		return r
	}
	r = r.WithContext(r.Context())
	r.Method, r.URL = c.method, c.url
	return r
}
