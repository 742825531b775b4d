package wire

import (
	"context"
	"errors"
	"net/http"
)

// CallOption changes a single call.
type CallOption func(*CallOptions)

// CallOptions is what the call options of one call add up to. It is for the
// code that carries out calls; integrators use the With… functions.
type CallOptions struct {
	RequestID      string
	Meta           *Meta
	SkipValidation bool
	Credentials    CredentialsProvider
	Editors        []func(context.Context, *http.Request) error
	Media          Media
}

// NewCallOptions adds up opts.
func NewCallOptions(opts ...CallOption) *CallOptions {
	o := new(CallOptions)
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithRequestID sends the call under the given X-Request-Id, a UUID. Store the
// id before the call and use it again after a crash: the repeat then carries
// the same id, boundary and body.
func WithRequestID(id string) CallOption { return func(o *CallOptions) { o.RequestID = id } }

// WithMeta fills m when the call ends, whether or not it failed.
func WithMeta(m *Meta) CallOption { return func(o *CallOptions) { o.Meta = m } }

// WithoutValidation sends the request as it is, even where it breaks a
// documented limit.
func WithoutValidation() CallOption { return func(o *CallOptions) { o.SkipValidation = true } }

// WithCredentials signs this call with other credentials than the client's.
// Given nil, the call fails: it must not go out under the client's own.
func WithCredentials(c CredentialsProvider) CallOption {
	if c == nil {
		c = CredentialsFunc(func(context.Context) (Credentials, error) {
			return Credentials{}, errors.New("wire: WithCredentials was given nil")
		})
	}
	return func(o *CallOptions) { o.Credentials = c }
}

// WithEditor lets edit change the request of this call. It runs before the
// request is signed, so whatever it changes is signed.
func WithEditor(edit func(context.Context, *http.Request) error) CallOption {
	return func(o *CallOptions) { o.Editors = append(o.Editors, edit) }
}

// WithJSONBody sends and signs the body as JSON where the operation documents
// JSON beside a form. Where it does not, the call fails with
// [ErrInvalidRequest].
func WithJSONBody() CallOption { return func(o *CallOptions) { o.Media = JSON } }
