package middleware

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"
)

// RequestIDHeader is the header field with the id of a request.
const RequestIDHeader = "X-Request-Id"

// RequestEditorFn changes a request before it is sent. It is an alias, so its
// values are assignable to the RequestEditorFn of every client that
// oapi-codegen generates.
type RequestEditorFn = func(ctx context.Context, req *http.Request) error

// NewRequestID returns a new request id, a UUID of version 7. Its random part
// comes from the system's cryptographic source.
func NewRequestID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("middleware: no request id: %w", err)
	}
	return id.String(), nil
}

// RequestID sets X-Request-Id to a new id from source, or from [NewRequestID]
// when source is nil. An id that is already set stays, so a repeated request
// keeps its own.
func RequestID(source func() (string, error)) RequestEditorFn {
	if source == nil {
		source = NewRequestID
	}
	return func(_ context.Context, req *http.Request) error {
		if req.Header.Get(RequestIDHeader) != "" {
			return nil
		}
		id, err := source()
		if err != nil {
			return err
		}
		req.Header.Set(RequestIDHeader, id)
		return nil
	}
}

// maxRequestBody caps what is read of a request's body in order to sign it.
const maxRequestBody = 16 << 20

// takeBody reads the whole body of req and puts it back in a form that can be
// sent and sent again: Body, GetBody and ContentLength agree afterwards.
//
// Body itself is read, not GetBody: an editor that replaced Body may have left
// the GetBody of the old one behind. GetBody serves only where a body was
// announced and nothing of it is left to read, because an editor read it or
// because it was sent before. An editor that takes the body away says so with
// http.NoBody.
func takeBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		setBody(req, nil)
		return nil, nil
	}
	body, err := readAndClose(req.Body)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 && req.ContentLength > 0 {
		if req.GetBody == nil {
			return nil, errors.New("middleware: the request's body was read before and cannot be read again")
		}
		again, err := req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("middleware: the request's body cannot be read again: %w", err)
		}
		if body, err = readAndClose(again); err != nil {
			return nil, err
		}
	}
	setBody(req, body)
	return body, nil
}

func readAndClose(r io.ReadCloser) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxRequestBody+1))
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("middleware: reading the request's body: %w", err)
	case len(body) > maxRequestBody:
		return nil, fmt.Errorf("middleware: the request's body is larger than %d bytes", maxRequestBody)
	}
	return body, nil
}

func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.TransferEncoding = nil
	if len(body) == 0 {
		req.Body, req.GetBody = http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }
		return
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body = io.NopCloser(bytes.NewReader(body))
}
