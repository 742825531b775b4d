package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Header fields that tell the owner of a sandbox what was expected to be signed
// with pg_sig, besides [DiagnosisHeader]. The whole text that is signed is in
// none of them: it holds the secret.
const (
	// ScriptHeader is the script name.
	ScriptHeader = "X-Sandbox-Script"
	// FieldsHeader are the names of the fields in the order in which their values
	// are signed.
	FieldsHeader = "X-Sandbox-Fields"
)

// formAttempt is a request with a form whose signature is being verified.
type formAttempt struct {
	recorded
	op     wire.Operation
	script string
	query  string
	header http.Header
	method string
}

type formAttemptKey struct{}

type operationKey struct{}

// formAPI is an API whose requests are signed with pg_sig.
type formAPI struct {
	operations []wire.Operation
	// status is that of the answer to a wrong signature: 200 by the Gateway's
	// overview, and 401 for the Merchant's, as a run of a public client saw.
	status  int
	handler http.Handler
}

// mount serves the operations of an API that are signed with pg_sig, and those
// that are not signed at all.
func (s *Sandbox) mount(api formAPI) error {
	find := serve.Options{}.Find(api.operations)
	signed, err := s.signed(api, func(r *http.Request) wire.Operation {
		op, _ := find(r)
		return op
	}, api.handler)
	if err != nil {
		return err
	}
	patterns := map[string]http.Handler{}
	for _, op := range api.operations {
		handler := signed
		switch {
		case op.Security == wire.Unsigned:
			handler = api.handler
		case !op.Security.IsPgSig():
			continue
		}
		for _, path := range slices.Concat([]string{op.Path}, op.Aliases) {
			if strings.HasSuffix(path, "/") {
				path += "{$}"
			}
			patterns[path] = handler
		}
	}
	for pattern, handler := range patterns {
		s.mux.Handle(pattern, handler)
	}
	return nil
}

// signed lets only requests through to next whose pg_sig is right. find tells
// which operation a request is for.
func (s *Sandbox) signed(api formAPI, find func(*http.Request) wire.Operation, next http.Handler) (http.Handler, error) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.refuseForm(w, r, api) })
	verified, err := verify.PgSig(verify.PgSigOptions{
		Keys:   s.formKeys,
		Scheme: func(r *http.Request) wire.Scheme { return find(r).Security },
		Script: func(r *http.Request) (string, error) { return scriptOf(find(r), r.URL.EscapedPath()) },
		Refuse: refuse,
	})
	if err != nil {
		return nil, err
	}
	return formAttempts(find, verified(s.ownPath(refuse, next))), nil
}

// scriptOf is the script name that a request is signed with.
func scriptOf(op wire.Operation, path string) (string, error) {
	if script := op.ScriptAt(path); script != "" {
		return script, nil
	}
	return pgsig.ScriptName(path)
}

// formKeys finds the secret of an identity. Without a secret for payouts that
// for payments serves for them too.
func (s *Sandbox) formKeys(_ context.Context, identity string, scheme wire.Scheme) ([]wire.Secret, error) {
	if identity != s.opts.Credentials.ID {
		return nil, nil
	}
	return []wire.Secret{s.secret(scheme)}, nil
}

func (s *Sandbox) secret(scheme wire.Scheme) wire.Secret {
	if c := s.opts.Credentials; scheme == wire.PgSigPayout && c.PayoutSecret.Reveal() != "" {
		return c.PayoutSecret
	}
	return s.opts.Credentials.Secret
}

// formAttempts keeps of each request what explains a refusal.
func formAttempts(find func(*http.Request) wire.Operation, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op := find(r)
		a := &formAttempt{op: op, query: r.URL.RawQuery, header: r.Header, method: r.Method}
		a.script, _ = scriptOf(op, r.URL.EscapedPath())
		ctx := context.WithValue(r.Context(), formAttemptKey{}, a)
		r = r.WithContext(context.WithValue(ctx, operationKey{}, op))
		a.record(r)
		next.ServeHTTP(w, r)
	})
}

// ownPath refuses a request that was signed by one merchant and called under the
// path of another. No page says what is answered; here it is what an unknown
// merchant gets.
func (s *Sandbox) ownPath(refuse, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := r.PathValue("merchant_id"); id != "" && id != s.opts.Credentials.ID {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseForm is the answer to a request whose pg_sig is not right, and to one of
// a merchant that there is not. Neither is signed: the one as the payment page
// shows it, the other as the overviews say.
func (s *Sandbox) refuseForm(w http.ResponseWriter, r *http.Request, api formAPI) {
	f := &fault{codeSignature, "Некорректная подпись запроса"}
	op := wire.Operation{}
	if a, ok := r.Context().Value(formAttemptKey{}).(*formAttempt); ok {
		op = a.op
		if identified := s.explainForm(w, r, a); !identified {
			f = &fault{codeShop, "Merchant not identified."}
		}
	}
	s.writeFault(w, op, api.status, f)
}

// explainForm tells the owner of the sandbox what is wrong with a signature, and
// reports whether the request is by its merchant at all.
func (s *Sandbox) explainForm(w http.ResponseWriter, r *http.Request, a *formAttempt) (identified bool) {
	a.finish()
	diagnosis, names := "", []string(nil)
	message, fields, err := a.fields(r)
	if message != nil {
		id, n := message.Value(pgform.IdentityName)
		inPath := r.PathValue("merchant_id")
		identified = n == 1 && id == s.opts.Credentials.ID && (inPath == "" || inPath == id)
	}
	if err != nil {
		diagnosis = "the request is no form that can be read: " + err.Error()
	} else {
		salt, _ := message.Value(pgsig.SaltName)
		sig, _ := message.Value(pgsig.SignatureName)
		for _, f := range pgsig.OrderSample.Sorted(fields) {
			names = append(names, f.Name)
		}
		switch {
		case !identified:
			diagnosis = pgform.IdentityName + " is not the merchant of this sandbox, " + s.opts.Credentials.ID
		case sig == "":
			diagnosis = "there is no " + pgsig.SignatureName
		case salt == "":
			diagnosis = "there is no " + pgsig.SaltName
		default:
			diagnosis = s.diagnoseForm(a, r.URL.EscapedPath(), fields, sig)
		}
	}
	// Names are whatever was sent, and may be a number in the wrong place.
	list := wire.MaskDigits(strings.Join(names, " "))
	s.opts.Logger.LogAttrs(r.Context(), slog.LevelWarn, "signature refused",
		slog.String("diagnosis", diagnosis),
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.String("expected script name", a.script),
		slog.String("signed fields", list),
	)
	if s.opts.ProductionLike {
		return identified
	}
	w.Header().Set(DiagnosisHeader, ascii(diagnosis))
	w.Header().Set(ScriptHeader, ascii(a.script))
	if len(list) <= maxShown {
		w.Header().Set(FieldsHeader, ascii(list))
	}
	return identified
}

// fields reads the form of the request.
func (a *formAttempt) fields(r *http.Request) (*pgform.Message, []pgsig.Field, error) {
	again := r.Clone(r.Context())
	again.Header, again.Method, again.URL.RawQuery = a.header, a.method, a.query
	message, err := pgform.Read(again, a.body.Bytes(), codec.Limits{})
	if err != nil {
		return nil, nil, err
	}
	fields, err := message.Fields()
	return message, fields, err
}

// diagnoseForm says what is wrong with a pg_sig. The other secret and the other
// spellings of the script name are among the causes that are tried.
func (s *Sandbox) diagnoseForm(a *formAttempt, path string, fields []pgsig.Field, sig string) string {
	var others []diagnose.Option
	for scheme, name := range map[wire.Scheme]string{wire.PgSigPayment: "the payment secret", wire.PgSigPayout: "the payout secret"} {
		if scheme != a.op.Security {
			others = append(others, diagnose.WithOtherSecret(name, []byte(s.secret(scheme).Reveal())))
		}
	}
	script := path
	if a.op.Script != "" {
		script = a.script
	}
	d := diagnose.Form(script, fields, s.secret(a.op.Security).Reveal(), sig, others...)
	return strings.ReplaceAll(d.String(), "\n", ". ")
}

// formServing are the options of the generated handlers of an API with pg_sig.
func (s *Sandbox) formServing() serve.Options {
	return serve.Options{Seal: s.seal, Error: s.formError}
}

// seal signs an answer, but for that of a status call to which there is no
// payment: the pages show it without a signature.
func (s *Sandbox) seal(ctx context.Context, root string, m codec.Message) error {
	op, _ := ctx.Value(operationKey{}).(wire.Operation)
	if op.Effect == wire.Read && codeIn(m) == codeNotFound {
		return nil
	}
	return verify.SealAnswer(ctx, root, m)
}

// codeIn is the error code in an answer.
func codeIn(m codec.Message) string {
	fields := m.WireFields()
	for i, f := range fields.Type.Fields {
		if code, ok := fields.Refs[i].(*string); ok && f.Name == "pg_error_code" {
			return *code
		}
	}
	return ""
}

// formError answers a request that the service did not see, or that failed: one
// that breaks a documented limit is told which.
func (s *Sandbox) formError(w http.ResponseWriter, r *http.Request, err error) {
	s.logRefusal(r, err)
	op, ok := r.Context().Value(operationKey{}).(wire.Operation)
	refusal := (*serve.Refusal)(nil)
	if !ok || !op.Security.IsPgSig() || !errors.As(err, &refusal) {
		serve.WriteError(w, r, err)
		return
	}
	f := wrong("%s", refusal.Error())
	m := s.faultAnswer(variantOf(op, r), f)
	if err := verify.SealAnswer(r.Context(), op.Root, m); err != nil {
		serve.WriteError(w, r, err)
		return
	}
	writeXML(w, op.Root, http.StatusOK, m)
}

// writeFault answers with a fault, unsigned.
func (s *Sandbox) writeFault(w http.ResponseWriter, op wire.Operation, status int, f *fault) {
	w.Header().Set("Cache-Control", "no-store")
	writeXML(w, op.Root, status, s.faultAnswer(op, f))
}

// variantOf is the one of several operations on a path that the router has
// chosen, by its pattern. Before that it is the first of them.
func variantOf(op wire.Operation, r *http.Request) wire.Operation {
	api, _, _ := strings.Cut(op.ID, ".")
	_, variant, _ := strings.Cut(r.Pattern, "#")
	if chosen, _, ok := catalog.Find(api + "." + variant); ok {
		return chosen.Operation
	}
	return op
}

// faultAnswer is the answer of an operation that reports f.
func (s *Sandbox) faultAnswer(op wire.Operation, f *fault) codec.Message {
	known, _, _ := catalog.Find(op.ID)
	m := known.NewAnswer()
	fill(m, f, s.datetime())
	return m
}

func writeXML(w http.ResponseWriter, root string, status int, m codec.Message) {
	w.Header().Set("Content-Type", string(wire.XML))
	w.WriteHeader(status)
	_, _ = w.Write(codec.AppendXML(nil, root, m))
}
