package middleware

import (
	"net/http"
)

// Doer sends a request. *http.Client is one.
type Doer interface {
	// Do sends req and returns the answer with its body still to be read and closed.
	Do(req *http.Request) (*http.Response, error)
}

// NewDoer returns a Doer that runs editors on a copy of each request directly
// before next sends it. Given [JWS] or [PgSig] as the last editor, nothing is
// left that could change a request after it was signed: not an editor that an
// oapi-codegen client was given for a single call either, which runs after the
// client's own.
//
// The body of the request that is passed in is read, at most 16 MiB of it, and
// put back, so that the same request can be passed in again; nothing else of
// it is changed. When an editor fails, nothing is sent. Safe for concurrent use
// if next and the editors are.
//
// next decides about redirects: use [NewHTTPClient], which follows none.
func NewDoer(next Doer, editors ...RequestEditorFn) Doer {
	return &editingDoer{next: next, editors: editors}
}

type editingDoer struct {
	next    Doer
	editors []RequestEditorFn
}

func (d *editingDoer) Do(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	clone := req.Clone(ctx)
	if clone.Header == nil {
		clone.Header = make(http.Header)
	}
	if req.Body != nil && req.Body != http.NoBody {
		// Put back into req too: a body of unknown length that was sent before
		// would look like an empty one, and be signed as such.
		body, err := takeBody(req)
		if err != nil {
			return nil, editorError{err}
		}
		setBody(clone, body)
	}
	for _, edit := range d.editors {
		if err := edit(ctx, clone); err != nil {
			return nil, editorError{err}
		}
	}
	return d.next.Do(clone)
}

// editorError marks what went wrong in an editor, so before anything was sent.
type editorError struct{ error }

func (e editorError) Unwrap() error { return e.error }
