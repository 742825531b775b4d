package sandbox

import (
	"context"
	"net/http"
)

type baseKey struct{}

// withBase keeps under which address the sandbox was called: its pages are there. The
// request that it returns has a body.
func (s *Sandbox) withBase(r *http.Request) *http.Request {
	base := s.opts.URL
	if base == "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
	}
	r = r.WithContext(context.WithValue(r.Context(), baseKey{}, base))
	if r.Body == nil { // a client's request, handed to the sandbox itself
		r.Body = http.NoBody
	}
	return r
}

// baseURL is the address under which the sandbox was called, without a slash at
// its end.
func baseURL(ctx context.Context) string {
	base, _ := ctx.Value(baseKey{}).(string)
	return base
}
