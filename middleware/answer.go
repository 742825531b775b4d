package middleware

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// answer judges the body of an answer with status 200 and decodes it into out.
func (x *exchange) answer(media wire.Media, body []byte, out any) *wire.Error {
	_, unknown := out.(*wire.Unknown)
	if !slices.Contains(x.op.Answer, media) && !(unknown && len(x.op.Answer) == 0) {
		return x.unexpected(x.undocumentedMedia(media))
	}
	doc, err := parse(media, body)
	if err != nil {
		return x.unexpected(err)
	}
	// Before it is asked what it reports: a refusal is believed only in the
	// documented form.
	if media == wire.XML && !isRoot(x.op.Root, doc.Root()) {
		return x.unexpected(fmt.Errorf("the answer's root element is not <%s>", x.op.Root))
	}
	x.meta.Signature = x.verdict(doc)
	// Of two members that tell of a failure, one may say that it went well. In JSON
	// that was refused before.
	if member := x.op.Failure.Member; x.meta.Signature != wire.AnswerForged && member != "" && doc.Count(member) > 1 {
		return x.unexpected(fmt.Errorf("the answer says %s more than once", member))
	}
	if e := x.trust(x.reported(doc)); e != nil {
		return e
	}
	switch out := out.(type) {
	case *wire.Unknown:
		*out = *wire.NewUnknown(string(media), body)
	case codec.Message:
		if err := x.decode(doc, out); err != nil {
			return x.unexpected(err)
		}
		if x.opts.Meta != nil { // nobody else sees them, and there may be many
			x.meta.Deviations = x.deviations(out)
		}
	}
	if err := x.undocumented(doc); err != nil {
		return x.unexpected(err)
	}
	return nil
}

// undocumentedMedia says that an answer is in a form that no page has.
func (x *exchange) undocumentedMedia(media wire.Media) error {
	return fmt.Errorf("content type %q, documented: %s", clipMedia(media), accept(x.op.Answer))
}

// undocumented says why an answer that reports no failure is no documented
// success either. A word that no page has may be one for a failure.
func (x *exchange) undocumented(doc *codec.Document) error {
	f := x.op.Failure
	if len(f.Others) == 0 {
		return nil
	}
	value, ok := doc.Lookup(f.Member)
	switch {
	case !ok && f.Always:
		return fmt.Errorf("the answer does not say %s", f.Member)
	case ok && !slices.Contains(f.Others, value):
		return fmt.Errorf("the answer's %s is not one that is documented", f.Member)
	}
	return nil
}

// deviations is where an answer leaves the documentation. A signature that was
// verified does not, also where the page shows none.
func (x *exchange) deviations(out codec.Message) wire.Violations {
	found := codec.Report(out)
	if x.meta.Signature != wire.AnswerVerified {
		return found
	}
	return slices.DeleteFunc(found, func(v wire.Violation) bool {
		return v.Path == "$."+pgsig.SignatureName || v.Path == "$."+pgsig.SaltName
	})
}

// isRoot reports whether got is a root element that an operation's answer may
// have. The pages print <response> or <root>, whichever tool made the example,
// and some both, so the one is as good as the other.
func isRoot(documented, got string) bool {
	either := func(name string) bool { return name == "response" || name == "root" }
	return documented == "" || got == documented || either(documented) && either(got)
}

// mediaOf splits a Content-Type field. XML goes by two names that mean the
// same; the documentation uses the first.
func mediaOf(field string) (media wire.Media, charsetOK bool) {
	name, params, err := mime.ParseMediaType(field)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", true
	}
	if name == "text/xml" {
		name = string(wire.XML)
	}
	charset := params["charset"]
	return wire.Media(name), charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
}

// clipMedia keeps a hostile content type from filling a log.
func clipMedia(m wire.Media) string {
	if len(m) > 64 {
		return string(m[:64]) + "…"
	}
	return string(m)
}

func parse(media wire.Media, body []byte) (*codec.Document, error) {
	switch media {
	case wire.JSON:
		return codec.ParseJSON(body, codec.Limits{})
	case wire.XML:
		return codec.ParseXML(body, codec.Limits{})
	}
	return nil, fmt.Errorf("content type %q cannot be read", clipMedia(media))
}

func (x *exchange) decode(doc *codec.Document, out codec.Message) error {
	if !doc.IsObject() {
		return errors.New("the answer is not an object")
	}
	t := out.WireFields().Type
	switch {
	case len(t.Fields) == 0: // of some answers no page shows a member
	case !doc.Knows(t):
		return errors.New("the answer holds no documented member")
	case x.op.Effect == wire.Write && !doc.Tells(t):
		return errors.New("the answer says nothing of what was done")
	}
	return doc.Decode(out)
}

// isAccepted reports whether an answer says in so many words that the call went
// well.
func (x *exchange) isAccepted(doc *codec.Document) bool {
	value, ok := doc.Lookup(x.op.Failure.Member)
	return ok && slices.Contains(x.op.Failure.Others, value)
}

// reported returns the error that the answer itself reports, if it does.
func (x *exchange) reported(doc *codec.Document) *wire.Error {
	f := x.op.Failure
	if f.Member == "" {
		return nil
	}
	value, ok := doc.Lookup(f.Member)
	failed := slices.Contains(f.Values, value) || f.Any && value != "" && !slices.Contains(f.Except, value)
	if !ok {
		failed = f.Any && doc.Has(f.Member) // an object
	}
	if !failed || f.Unless != "" && doc.Has(f.Unless) {
		return nil
	}
	return x.refusal(wire.ErrRejected, nil, doc)
}

// refusal is the error that an answer tells of: with the code and text that it
// gives, and of the kind that is documented for the code, or else of the given
// kind.
func (x *exchange) refusal(kind wire.Kind, cause error, doc *codec.Document) *wire.Error {
	f := x.op.Failure
	var code, text string
	if f.Code != "" {
		code, _ = doc.Lookup(strings.Split(f.Code, ".")...)
	}
	if f.Text != "" {
		text, _ = doc.Lookup(strings.Split(f.Text, ".")...)
	}
	if f.Details != "" {
		text = strings.Join(append([]string{text}, details(doc.Nodes(), strings.Split(f.Details, "."))...), " ")
	}
	if documented, ok := f.Kinds[code]; ok {
		kind = documented
	}
	if kind == wire.ErrUnauthorized && cause == nil {
		cause = x.doubt()
	}
	e := x.fail(kind, cause).Said(code, text)
	e.OutcomeUnknown = kind == wire.ErrUnknownOutcome
	return e
}

// details are the texts in the object at a path, each with the name of what it is
// about.
func details(nodes []codec.Node, path []string) (texts []string) {
	for _, n := range nodes {
		switch {
		case len(path) == 0 && n.Text != "":
			texts = append(texts, n.Name+": "+n.Text)
		case len(path) > 0 && n.Name == path[0]:
			texts = append(texts, details(n.Children, path[1:])...)
		}
	}
	return texts
}

// doubt says by which of the two secrets a refused request was signed, where no
// page says which one it has to be.
func (x *exchange) doubt() error {
	if !x.op.SecurityInferred || x.scheme != x.op.Security {
		return nil
	}
	switch x.scheme {
	case wire.PgSigPayment:
		return errors.New("it was signed with the payment secret, which no page states for this operation; wire.WithScheme(wire.PgSigPayout) signs with the other")
	case wire.PgSigPayout:
		return errors.New("it was signed with the payout secret, which no page states for this operation; wire.WithScheme(wire.PgSigPayment) signs with the other")
	}
	return nil
}

// statusError is the error for an answer whose status no page documents. What
// the body says, in a form that the section documents, is kept. The status
// counts even where reading the body failed with readErr.
func (x *exchange) statusError(ctx context.Context, media wire.Media, body []byte, readErr error) *wire.Error {
	status := x.meta.Status
	kind := kindOfStatus(status)
	unknown := x.op.Effect == wire.Write && (status >= 500 || status < 400 || status == http.StatusRequestTimeout)
	if unknown && kind == wire.ErrTemporary {
		kind = wire.ErrUnknownOutcome
	}
	cause := readErr
	// Whoever asks and is told that there is no payment may pay again: a proxy's
	// page, or that of a wrong address, does not tell it.
	if kind == wire.ErrNotFound && x.op.Effect == wire.Read && media != "" && !slices.Contains(x.op.Answer, media) && cause == nil {
		kind, cause = wire.ErrUnexpectedAnswer, x.undocumentedMedia(media)
	}
	if status >= 300 && status < 400 && cause == nil {
		cause = errors.New("a redirect, which a signed request does not follow")
	}
	var doc *codec.Document
	if readErr == nil {
		if d, err := parse(media, body); err == nil && d.IsObject() {
			doc = d
			x.meta.Signature = x.verdict(doc)
		}
	}
	e := x.fail(kind, cause)
	if doc != nil && x.meta.Signature != wire.AnswerForged {
		e = x.refusal(kind, cause, doc)
		// A status that refuses, around an answer that does not.
		unknown = unknown || x.op.Effect == wire.Write && x.isAccepted(doc)
	}
	// A refusal that is due a signature and has none may be anybody's.
	e.OutcomeUnknown = e.OutcomeUnknown || unknown || x.seal != nil && x.op.Effect == wire.Write && x.meta.Signature != wire.AnswerVerified
	e.Canceled = readErr != nil && ctx.Err() != nil
	return e
}

func kindOfStatus(status int) wire.Kind {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return wire.ErrUnauthorized
	case status == http.StatusNotFound || status == http.StatusGone:
		return wire.ErrNotFound
	case status == http.StatusTooManyRequests:
		return wire.ErrRateLimited
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status >= 500:
		return wire.ErrTemporary
	case status >= 400:
		return wire.ErrRejected
	}
	return wire.ErrUnexpectedAnswer // a redirect, an undocumented success
}

// unexpected is the error for an answer that cannot be read as documented. A
// call that writes may have taken effect all the same.
func (x *exchange) unexpected(cause error) *wire.Error {
	e := x.fail(wire.ErrUnexpectedAnswer, cause)
	e.OutcomeUnknown = x.op.Effect == wire.Write
	return e
}

// transportError is the error for a call to which no whole answer came.
func (x *exchange) transportError(ctx context.Context, err error) *wire.Error {
	unknown := x.out.mayHaveLeft() && x.op.Effect == wire.Write
	if edit := (editorError{}); errors.As(err, &edit) && !x.out.left.Load() {
		return x.editorError(ctx, edit.error)
	}
	if malformed := (malformedError{}); errors.As(err, &malformed) || errors.Is(err, errRedirected) {
		return x.unexpected(err)
	}
	canceled := ctx.Err() != nil
	if canceled && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	kind := wire.ErrTemporary
	switch {
	case unknown:
		kind = wire.ErrUnknownOutcome
	case canceled:
		kind = wire.ErrCanceled
	}
	e := x.fail(kind, err)
	e.OutcomeUnknown, e.Canceled = unknown, canceled
	return e
}

// editorError is the error for a call that an editor or the signer stopped.
func (x *exchange) editorError(ctx context.Context, err error) *wire.Error {
	if ctx.Err() == nil {
		return x.invalid(err)
	}
	e := x.fail(wire.ErrCanceled, fmt.Errorf("%w: %w", ctx.Err(), err))
	e.Canceled = true
	return e
}
