package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// manner is how a kind is answered.
type manner struct {
	kind Kind
	// refuses says that a failure is answered with a rejection, instead of by asking
	// to come again.
	refuses bool
	write   func(*reply) error
}

// form is a kind of callback that comes as a form, signed with pg_sig.
type form[T any] struct {
	manner
	needs []string          // members without which nobody knows what is told
	told  func(*T) []string // what tells one callback from another
	final func(*T) bool     // whether a rejection has no effect any more; nil: never
	keep  time.Duration     // how long the outcome is kept
	// handle is the user's function.
	handle func(context.Context, *T) (Answer, error)
}

// serve returns the handler of a kind.
func serve[T any, M interface {
	*T
	codec.Message
}](r *Receiver, f form[T]) http.Handler {
	return r.verified(f.kind, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		out := &reply{w: w, ctx: req.Context(), status: http.StatusOK}
		decoded, dropped, err := read(req, func() M { return new(T) }, f.needs)
		if len(dropped) > 0 {
			r.log(f.kind).WarnContext(out.ctx, "members of a callback not understood, and taken for missing", "members", masked(dropped))
		}
		if err != nil {
			r.log(f.kind).ErrorContext(out.ctx, "callback not understood", "error", err)
			out.status = http.StatusBadRequest
			r.answer(f.manner, out, Answer{decision: callback.DecisionError})
			return
		}
		message := (*T)(decoded)
		told := append([]string{Merchant(out.ctx)}, f.told(message)...)
		j := job{kind: f.kind, key: keyOf(f.kind, told), keep: f.keep, handle: func(ctx context.Context) (Answer, error) {
			return f.handle(ctx, message)
		}}
		o, err := r.once(out.ctx, j)
		if err == nil && o.Decision == callback.DecisionRejected && f.final != nil && f.final(message) {
			// The answer that refused the payment did not arrive, and now the payment
			// counts as made. So this is news.
			j.key = keyOf(f.kind, append(told, "final"))
			o, err = r.once(out.ctx, j)
		}
		if err != nil {
			r.fail(f.manner, out, err)
			return
		}
		out.outcome = o
		r.written(f.manner, out, f.write(out))
	}))
}

// fail answers where nothing was handled.
func (r *Receiver) fail(m manner, out *reply, err error) {
	r.log(m.kind).ErrorContext(out.ctx, "callback not handled", "error", err)
	if m.refuses && !errors.Is(err, errStore) {
		r.answer(m, out, Reject(r.refusalText))
		return
	}
	comeAgain(out.w)
}

// answer writes an answer that no function gave.
func (r *Receiver) answer(m manner, out *reply, a Answer) {
	o, err := r.newOutcome(a)
	if err == nil {
		out.outcome = o
		err = m.write(out)
	}
	r.written(m, out, err)
}

// written looks at what came of writing an answer.
func (r *Receiver) written(m manner, out *reply, err error) {
	if err == nil {
		return
	}
	r.log(m.kind).ErrorContext(out.ctx, "answer not written", "error", err)
	if !out.begun {
		comeAgain(out.w)
	}
}

// comeAgain asks to be told once more.
func comeAgain(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "unavailable", http.StatusServiceUnavailable)
}

// masked is names for a log: of the merchant's own parameters they are whatever was
// sent, and may be a number in the wrong place.
func masked(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = wire.MaskDigits(name)
	}
	return all
}

var errMissing = errors.New("a member is missing")

// read reads a verified form into a message. A member that nobody needs to know
// what is told may not hide that: where it cannot be read, it is taken for missing,
// and named.
func read[M codec.Message](req *http.Request, fresh func() M, needs []string) (m M, dropped []string, err error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return m, nil, err
	}
	message, err := pgform.Read(req, body, codec.Limits{Bytes: MaxBody})
	if err != nil {
		return m, nil, err
	}
	for _, name := range needs {
		if !message.Has(name) {
			return m, nil, fmt.Errorf("%w: %s", errMissing, name)
		}
	}
	m = fresh()
	if err = bind(message, m); err == nil {
		return m, nil, nil
	}
	dropped = unreadable(message, fresh)
	if slices.ContainsFunc(dropped, func(name string) bool { return slices.Contains(needs, name) }) {
		return m, nil, err
	}
	rest, without := message.Without(dropped...)
	if m = fresh(); without != nil || bind(rest, m) != nil {
		return m, nil, err // of the whole
	}
	return m, dropped, nil
}

// bind decodes a message in the form that it has.
func bind(message *pgform.Message, m codec.Message) error {
	if message.IsXML() {
		return codec.UnmarshalXML([]byte(message.Pairs()[0].Value), m, pgform.XMLRoot)
	}
	return codec.BindPairs(message.Pairs(), m, codec.Limits{Bytes: MaxBody})
}

// unreadable returns the names at the top of a message that cannot be read by
// themselves.
func unreadable[M codec.Message](message *pgform.Message, fresh func() M) (names []string) {
	fields, err := message.Fields()
	if err != nil {
		return nil
	}
	of := map[string][]codec.Pair{} // the pairs of a form, by the name at the top
	order := []string{}
	add := func(name string, pairs ...codec.Pair) {
		if _, seen := of[name]; !seen {
			order = append(order, name)
		}
		of[name] = append(of[name], pairs...)
	}
	if message.IsXML() {
		documented := fresh().WireFields().Type.Fields
		for _, f := range fields {
			add(f.Name)
			// No documented field holds others; of the merchant's own any may.
			if slices.ContainsFunc(documented, func(d codec.Field) bool { return d.Name == f.Name }) {
				text := codec.Pair{Name: f.Name, Value: f.Value}
				if len(f.Children) > 0 {
					text.Name += "[]"
				}
				add(f.Name, text)
			}
		}
	} else {
		for _, p := range message.Pairs() {
			top, _, _ := strings.Cut(p.Name, "[")
			add(top, p)
		}
	}
	for _, name := range order {
		if codec.BindPairs(of[name], fresh(), codec.Limits{}) != nil {
			names = append(names, name)
		}
	}
	return names
}

// reply is an answer on its way out.
type reply struct {
	w       http.ResponseWriter
	ctx     context.Context
	status  int
	begun   bool
	outcome outcome
}

// sealed writes a message as XML, signed.
func (out *reply) sealed(root string, m codec.Message) error {
	seal, ok := verify.SealFrom(out.ctx)
	if !ok {
		return errors.New("a request that nobody verified")
	}
	if err := seal.SignSalted(root, m, out.outcome.Salt); err != nil {
		return err
	}
	return out.xml(layout(codec.AppendXML(nil, root, m)))
}

func (out *reply) xml(body []byte) error {
	out.w.Header().Set("Content-Type", string(wire.XML))
	out.w.Header().Set("Cache-Control", "no-store") // a GET is answered too
	out.begun = true
	out.w.WriteHeader(out.status)
	_, err := out.w.Write(body)
	return err
}

// layout lays XML out as the pages print it: each element on a line of its own.
// The elements inside the root hold text and nothing else.
func layout(xml []byte) []byte {
	declaration, root, _ := bytes.Cut(xml, []byte("\n"))
	var b bytes.Buffer
	b.WriteString(strings.Replace(string(declaration), "UTF-8", "utf-8", 1) + "\n")
	for i, c := range root {
		if c == '<' && i > 0 {
			switch last := bytes.LastIndexByte(root, '<') == i; {
			case last:
				b.WriteString("\n")
			case root[i+1] != '/':
				b.WriteString("\n    ")
			}
		}
		b.WriteByte(c)
	}
	b.WriteByte('\n')
	return b.Bytes()
}
