package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

const (
	// defaultCallTimeout is how long the merchant has to answer. How long the real
	// service waits is not documented.
	defaultCallTimeout = 30 * time.Second
	// maxReply is the longest answer that is read.
	maxReply = 64 << 10
)

// calls is what the sandbox calls the merchant with.
type calls struct {
	client              *http.Client
	timeout             time.Duration
	secret              func(wire.Scheme) wire.Secret
	identity            string
	checkURL, resultURL string
	logger              *slog.Logger
	box                 *outbox.Outbox
}

func newCalls(o Options, c *clock, secret func(wire.Scheme) wire.Secret) *calls {
	transport := o.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.Proxy = nil
		// A connection of an earlier call may be dead, and the transport would try
		// again by itself, or fail.
		own.DisableKeepAlives = true
		transport = own
	}
	timeout := o.CallTimeout
	if timeout <= 0 {
		timeout = defaultCallTimeout
	}
	return &calls{
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: timeout, secret: secret, identity: o.Credentials.ID, checkURL: o.CheckURL, resultURL: o.ResultURL, logger: o.Logger,
		box: outbox.New(outbox.Options{Now: c.now, Real: c.real}),
	}
}

// deliver makes one attempt to deliver a callback, and reads the answer.
func (c *calls) deliver(ctx context.Context, kind CallbackKind, e *envelope) (r reply) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, e.method, e.url, bytes.NewReader(e.body))
	if err != nil {
		return reply{problem: errAddress.Error()}
	}
	if e.contentType != "" {
		req.Header.Set("Content-Type", e.contentType)
	}
	if e.signature != "" {
		req.Header.Set(jws.SignatureHeader, e.signature)
	}
	answer, err := c.client.Do(req)
	if err != nil {
		return reply{problem: unreachable(err)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxReply+1))
	if err != nil {
		return reply{problem: unreachable(err)}
	}
	r.status, r.arrived = answer.StatusCode, kind.confirms(answer.StatusCode)
	if len(body) > maxReply {
		r.problem = "the answer is longer than 64 KiB"
		return r
	}
	r.read(kind, e, body)
	return r
}

// unreachable says why there is no answer. The errors of net/http quote what was
// called, and what was answered.
func unreachable(err error) string {
	timeout, op := net.Error(nil), (*net.OpError)(nil)
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "given up before there was an answer"
	case errors.As(err, &op) && op.Op == "dial":
		return wire.MaskDigits("not reachable: " + op.Err.Error())
	}
	return "not reachable: the connection failed, or the answer was no HTTP"
}
