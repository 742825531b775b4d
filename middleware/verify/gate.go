package verify

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
)

// gate is what stands before every verification: the cap on bodies, and the
// answers to what does not come through.
type gate struct {
	maxBody                        int64
	logger                         *slog.Logger
	refused, tooLarge, unavailable http.Handler
}

func newGate(maxBody int64, logger *slog.Logger, refused http.Handler) gate {
	return gate{
		maxBody:     maxBody,
		logger:      logger,
		refused:     refused,
		tooLarge:    answer(http.StatusRequestEntityTooLarge, `{"error":"request too large"}`),
		unavailable: answer(http.StatusServiceUnavailable, `{"error":"unavailable"}`),
	}
}

// readBody reads the body up to the limit.
func (g *gate) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil { // a client's request, handed to the handler itself
		return nil, nil
	}
	if r.ContentLength > g.maxBody {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errBody
	}
	return body, nil
}

// refuse logs the cause and answers without it.
func (g *gate) refuse(w http.ResponseWriter, r *http.Request, identity string, cause error) {
	level, handler := slog.LevelWarn, g.refused
	switch {
	case errors.Is(cause, errTooLarge):
		handler = g.tooLarge
	case errors.Is(cause, errLookup):
		level, handler = slog.LevelError, g.unavailable
	}
	g.logger.LogAttrs(r.Context(), level, "request refused",
		slog.String("reason", cause.Error()),
		slog.String("method", shorten(r.Method)),
		slog.String("identity", shorten(identity)),
	)
	handler.ServeHTTP(w, withBody(r.WithContext(r.Context()), nil))
}

// shorten keeps what a request says of itself from filling the log.
func shorten(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// withBody replaces the body of r, which is the caller's own copy.
func withBody(r *http.Request, body []byte) *http.Request {
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	return r
}
