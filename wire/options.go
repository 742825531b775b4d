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
	// RequestID is the X-Request-Id to send: [WithRequestID]. Empty: a new one.
	RequestID string
	// Meta is what to fill when the call ends: [WithMeta].
	Meta *Meta
	// SkipValidation sends the request as it is: [WithoutValidation].
	SkipValidation bool
	// Credentials sign in place of the client's: [WithCredentials].
	Credentials CredentialsProvider
	// Editors change the request before it is signed, in their order: [WithEditor].
	Editors []func(context.Context, *http.Request) error
	// Media is the form of the body, in place of the first that the operation
	// documents: [WithJSONBody], [WithURLEncodedBody].
	Media Media
	// InXML puts a form into its one field pg_xml: [WithPgXML].
	InXML bool
	// Scheme names another secret of pg_sig: [WithScheme].
	Scheme Scheme
	// Script is another script name of pg_sig: [WithScript].
	Script string
	// Path is called in place of the documented one: [WithPath].
	Path string
	// UnsignedAnswer lets a success without a signature pass: [WithUnsignedAnswer].
	UnsignedAnswer bool
	// Bearer is the token of the call: [WithBearer].
	Bearer Secret
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
// the same id, boundary and body. Given none, the call fails: under a new id it
// would be no repeat.
func WithRequestID(id string) CallOption {
	if id == "" {
		return WithEditor(func(context.Context, *http.Request) error {
			return errors.New("wire: WithRequestID was given no id")
		})
	}
	return func(o *CallOptions) { o.RequestID = id }
}

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

// WithURLEncodedBody sends a form as application/x-www-form-urlencoded where the
// operation documents that beside multipart/form-data.
func WithURLEncodedBody() CallOption { return func(o *CallOptions) { o.Media = URLEncoded } }

// WithPgXML sends a form's fields as XML in one field pg_xml, the third way that
// the overviews of the Gateway and Merchant APIs describe for requests with
// pg_sig. For others the call fails with [ErrInvalidRequest].
func WithPgXML() CallOption { return func(o *CallOptions) { o.InXML = true } }

// WithScheme signs this call with pg_sig and the secret that s names, instead
// of the one that the specs name: where that is an inference
// (Operation.SecurityInferred), your manager may know better. It changes the
// secret, not the form of the signature: s and the operation's own scheme must
// both be pg_sig.
func WithScheme(s Scheme) CallOption { return func(o *CallOptions) { o.Scheme = s } }

// WithScript signs this call with another script name of pg_sig than the one
// that follows from the path.
func WithScript(name string) CallOption { return func(o *CallOptions) { o.Script = name } }

// WithPath calls the operation under another path than the documented one: an
// older spelling such as "/cancel.php", or one that a contract names. The
// signature follows it.
func WithPath(path string) CallOption { return func(o *CallOptions) { o.Path = path } }

// WithUnsignedAnswer takes a success without a signature for one, where the
// operation's page shows the answer so (Operation.ShownUnsigned): TLS is then
// all that vouches for it, and Meta.Signature says so. A wrong signature is
// refused all the same.
func WithUnsignedAnswer() CallOption { return func(o *CallOptions) { o.UnsignedAnswer = true } }

// WithBearer makes the call with token, which operations of the scheme [Bearer]
// need and no other takes.
func WithBearer(token Secret) CallOption { return func(o *CallOptions) { o.Bearer = token } }
