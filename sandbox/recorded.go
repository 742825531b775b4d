package sandbox

import (
	"bytes"
	"io"
	"net/http"

	"github.com/freedompay-go/freedompay/middleware/verify"
)

// recorded is the body of a request whose signature is being verified, kept for
// whoever explains a refusal.
type recorded struct {
	body bytes.Buffer // what was read so far
	rest io.Reader    // what is left, which goes into body as it is read
}

// record keeps what is read of r, the caller's own copy, and no more: the verifier
// stops at its cap.
func (b *recorded) record(r *http.Request) {
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, &b.body), r.Body}
	b.rest = r.Body
}

// finish reads what is left: some refusals come before the body is read.
func (b *recorded) finish() {
	_, _ = io.Copy(io.Discard, io.LimitReader(b.rest, verify.DefaultMaxBody))
}
