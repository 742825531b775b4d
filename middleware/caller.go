package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Caller carries out operations: it checks, encodes, signs and sends a
// request and checks and decodes the answer. The generated clients are a
// typed layer above it. Safe for concurrent use.
type Caller struct {
	base        *url.URL
	env         wire.Environment // base as it was given
	credentials wire.CredentialsProvider
	doer        Doer
	newID       func() (string, error)
	random      io.Reader
	editors     []RequestEditorFn
	algorithm   jws.Algorithm
	order       pgsig.Order
	stripPrefix string
	jsonBodies  bool
	retries     RetryPolicy
	pacer       *Pacer
	traces      []Trace
	now         func() time.Time
	sleep       func(context.Context, time.Duration) error

	// Only until NewCaller is done.
	rawBase   string
	plainHTTP bool
	transport http.RoundTripper
	timeout   time.Duration
}

// NewCaller returns a Caller for env that signs with what credentials
// provide.
func NewCaller(env wire.Environment, credentials wire.CredentialsProvider, opts ...Option) (*Caller, error) {
	c := &Caller{
		rawBase: string(env), credentials: credentials, newID: NewRequestID,
		retries: RetryPolicy{}.withDefaults(), now: time.Now, sleep: sleep,
	}
	if isMissing(credentials) {
		return nil, errNoCredentials
	}
	for _, opt := range opts {
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	var err error
	if c.base, err = parseBase(c.rawBase, c.plainHTTP); err != nil {
		return nil, err
	}
	c.env = wire.Environment(c.rawBase)
	switch {
	case c.doer == nil:
		c.doer = NewHTTPClient(c.timeout, c.transport)
	case c.transport != nil:
		return nil, errors.New("middleware: WithTransport beside WithHTTPClient")
	}
	return c, nil
}

// String names the base URL and nothing else.
func (c *Caller) String() string { return "client of " + c.base.String() }

// Format prints String's text for every verb.
func (c *Caller) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// Do carries out op with the request in and decodes the answer into out. A nil
// in sends no members. out is a pointer to a generated answer or a
// *wire.Unknown; nil discards a documented answer after checking it.
//
// The error is a *wire.Error, always: when it is nil, the answer had a
// documented status and content type, did not report a failure and is whole.
//
// What the call does when it fails on the way is up to the client's
// [RetryPolicy].
func (c *Caller) Do(ctx context.Context, op *wire.Operation, in codec.Message, out any, opts ...wire.CallOption) error {
	x := &exchange{
		caller: c, op: op, opts: wire.NewCallOptions(opts...),
		meta:   wire.Meta{Operation: op.ID},
		scheme: op.Security,
		by:     c.credentials,
		out:    new(departure),
	}
	err := x.traced(ctx, in, out)
	if x.opts.Meta != nil {
		*x.opts.Meta = x.meta
	}
	if err != nil {
		return err // a typed nil must not become a non-nil error
	}
	return nil
}

// exchange is one call in progress.
type exchange struct {
	caller *Caller
	op     *wire.Operation
	in     codec.Message
	opts   *wire.CallOptions
	meta   wire.Meta
	out    *departure  // of the last attempt
	scheme wire.Scheme // the operation's, or the call's own
	by     wire.CredentialsProvider
	seal   *seal // of a request with pg_sig

	isAnswered bool              // the last attempt got an answer that counts, if only by its status
	open       bool              // an attempt before it may have had an effect
	last       *wire.Error       // of the attempt before
	who        string            // the identity, of a call that is paced
	contexts   []context.Context // that the client's traces made
}

func (x *exchange) run(ctx context.Context, in codec.Message, out any) *wire.Error {
	x.in = in
	switch out.(type) {
	case nil, *wire.Unknown, codec.Message:
	default:
		return x.invalid(fmt.Errorf("an answer cannot be decoded into %T", out))
	}
	req, failure := x.request(ctx, in)
	if failure == nil {
		failure = x.sign(req)
	}
	if failure == nil {
		failure = x.attempts(ctx, req, out)
	}
	x.addInquiry(failure)
	return failure
}

// once sends req once and judges the answer.
func (x *exchange) once(ctx context.Context, req *http.Request, out any) *wire.Error {
	resp, err := x.send(req)
	if err != nil {
		return x.transportError(ctx, err)
	}
	body, err := readAnswer(resp)
	x.meta.Body = wire.NewRaw(body)
	if err != nil {
		err = fmt.Errorf("reading the answer: %w", err)
	}
	media, charsetOK := mediaOf(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode != http.StatusOK:
		x.isAnswered = true
		return x.statusError(ctx, media, body, err)
	case errors.Is(err, errAnswerTooLarge):
		return x.unexpected(err)
	case err != nil:
		return x.transportError(ctx, err)
	case !charsetOK:
		return x.unexpected(errors.New("the answer is in another charset than UTF-8"))
	}
	x.isAnswered = true
	return x.answer(media, body, out)
}

// fail makes the error of this call.
func (x *exchange) fail(kind wire.Kind, cause error) *wire.Error {
	e := wire.NewError(kind, x.op.ID, cause)
	e.Meta = x.meta
	return e
}

// invalid is the error of a call that was not sent.
func (x *exchange) invalid(cause error) *wire.Error { return x.fail(wire.ErrInvalidRequest, cause) }

// request makes the signed-to-be request: everything but the signature.
func (x *exchange) request(ctx context.Context, in codec.Message) (*http.Request, *wire.Error) {
	if in != nil && !x.opts.SkipValidation {
		if err := codec.Validate(in).Err(); err != nil {
			return nil, x.invalid(err)
		}
	}
	if err := x.signature(); err != nil {
		return nil, x.invalid(err)
	}
	id, err := x.requestID()
	if err != nil {
		return nil, x.invalid(err)
	}
	x.meta.RequestID = id

	identity, failure := x.identity(ctx)
	if failure != nil {
		return nil, failure
	}
	inPath, others, err := x.members(in)
	if err != nil {
		return nil, x.invalid(err)
	}
	target, err := x.target(identity, inPath)
	if err != nil {
		return nil, x.invalid(err)
	}
	target.RawQuery = string(codec.AppendURLEncoded(nil, others))
	body, contentType, err := x.encode(in, identity, id)
	if err != nil {
		return nil, x.invalid(err)
	}
	req, err := http.NewRequestWithContext(ctx, x.op.Method, target.String(), nil)
	if err != nil {
		return nil, x.invalid(errors.New("the operation's method or path is not valid"))
	}
	setBody(req, body)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", accept(x.op.Answer))
	req.Header.Set(RequestIDHeader, id)
	if s := x.op.Select; s.Header != "" {
		req.Header.Set(s.Header, s.Value)
	}
	for _, edit := range slices.Concat(x.caller.editors, x.opts.Editors) {
		if edit == nil {
			return nil, x.invalid(errors.New("nil editor"))
		}
		if err := edit(ctx, req); err != nil {
			return nil, x.editorError(ctx, err)
		}
	}
	x.meta.RequestID = req.Header.Get(RequestIDHeader) // an editor may have set its own
	return req, nil
}

// signature settles by what scheme and whose credentials the call is signed.
func (x *exchange) signature() error {
	if s := x.opts.Scheme; s != "" {
		if !s.IsPgSig() || !x.op.Security.IsPgSig() {
			return errors.New("WithScheme chooses between the two secrets of pg_sig, and only for an operation that is signed with it")
		}
		x.scheme = s
	}
	if x.opts.Script != "" && !x.scheme.IsPgSig() {
		return errors.New("WithScript is for operations that are signed with pg_sig")
	}
	if x.opts.InXML && !x.scheme.IsPgSig() {
		return errors.New("WithPgXML is for operations that are signed with pg_sig")
	}
	if x.opts.Credentials != nil {
		x.by = x.opts.Credentials
	}
	if x.opts.Bearer.IsSet() && x.op.Security != wire.Bearer {
		return errors.New("WithBearer is for operations that take a token")
	}
	return nil
}

// path is where the operation is called, below the base URL.
func (x *exchange) path() string { return cmp.Or(x.opts.Path, x.op.Path) }

// members returns what of a request stands in the path, as a name in braces and
// the text for it in turn, and what goes into the query. Of a request with a body
// neither does.
func (x *exchange) members(in codec.Message) (inPath []string, others []codec.Pair, err error) {
	var pairs []codec.Pair
	if x.op.Query && in != nil {
		pairs = codec.Pairs(in)
	}
	for _, p := range pairs {
		if !slices.Contains(x.op.InPath, p.Name) {
			others = append(others, p)
			continue
		}
		if p.Value == "" || p.Value == "." || p.Value == ".." {
			return nil, nil, fmt.Errorf("%s stands in the path, and cannot be %q", p.Name, p.Value)
		}
		inPath = append(inPath, "{"+p.Name+"}", p.Value)
	}
	if len(inPath) != 2*len(x.op.InPath) {
		return nil, nil, errors.New("a member of the request that stands in the path is missing")
	}
	return inPath, others, nil
}

// target is the URL of the call, without a query.
func (x *exchange) target(identity string, inPath []string) (*url.URL, error) {
	path := x.path()
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("the operation's path does not start with a slash")
	}
	texts := append([]string{identityInPath, identity}, inPath...)
	escapes := slices.Clone(texts)
	for i := 1; i < len(escapes); i += 2 {
		escapes[i] = url.PathEscape(texts[i])
	}
	base := x.caller.base
	if other := x.op.Elsewhere[x.caller.env]; other != "" {
		var err error
		if base, err = parseBase(string(other), false); err != nil {
			return nil, err
		}
	}
	target := *base
	escaped := target.EscapedPath() + strings.NewReplacer(escapes...).Replace(path)
	target.Path += strings.NewReplacer(texts...).Replace(path)
	if target.RawPath != "" || strings.Contains(path, "{") {
		target.RawPath = escaped
	}
	return &target, nil
}

func (x *exchange) requestID() (id string, err error) {
	if id = x.opts.RequestID; id == "" {
		if id, err = x.caller.newID(); err != nil {
			return "", err
		}
	}
	// Parse takes other forms too, all of other lengths.
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return "", errors.New("the request id is not a UUID")
	}
	return id, nil
}

// encode writes in as the body that the operation wants, with its content type.
// The boundary of a multipart body comes from the request id, so a repeat of the
// call sends the same bytes.
func (x *exchange) encode(in codec.Message, identity, id string) ([]byte, string, error) {
	if x.op.Query || len(x.op.Request) == 0 || in == nil && x.op.Identity == "" {
		return nil, "", nil
	}
	media, err := x.media()
	if err != nil {
		return nil, "", err
	}
	whole := identified{in: in, identity: identity, op: x.op}
	if err := whole.check(); err != nil {
		return nil, "", err
	}
	switch media {
	case wire.JSON:
		return whole.json(), string(media), nil
	case wire.URLEncoded:
		return codec.AppendURLEncoded(nil, whole.pairs(x.opts.InXML)), string(media), nil
	case wire.Multipart:
		pairs := whole.pairs(x.opts.InXML)
		boundary := codec.MultipartBoundary(strings.ReplaceAll(id, "-", ""), pairs)
		return codec.AppendMultipart(nil, boundary, pairs), string(media) + "; boundary=" + boundary, nil
	}
	return nil, "", fmt.Errorf("a body of %s cannot be sent", media)
}

// media chooses the body form: the operation's first, unless JSON was asked
// for by the call (then it must exist) or by the client (then where it does).
func (x *exchange) media() (wire.Media, error) {
	for _, m := range x.op.Request {
		if m == x.opts.Media || m == wire.JSON && x.caller.jsonBodies {
			return m, nil
		}
	}
	if x.opts.Media != "" {
		return "", fmt.Errorf("a body of %s is not documented for this operation", x.opts.Media)
	}
	return x.op.Request[0], nil
}

func accept(answers []wire.Media) string {
	if len(answers) == 0 {
		return "*/*"
	}
	names := make([]string, len(answers))
	for i, m := range answers {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
