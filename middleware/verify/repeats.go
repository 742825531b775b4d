package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
)

// storeTimeout is how long the store may take for one answer.
const storeTimeout = 5 * time.Second

// The causes of a refusal of a repeat.
var (
	errUnverified = errors.New("the request has not passed JWS or PgSig")
	errStore      = errors.New("the store failed")
	errBusy       = errors.New("the first request has no outcome yet")
	errLate       = errors.New("the handler takes too long")
	errConflict   = errors.New("the key was used for another request")
	errRepeated   = errors.New("the key was used before")
	errTooLong    = errors.New("the first answer was too long to be kept")
)

// Repeats returns middleware that knows a request that was made before, by the key
// that its operation documents (wire.Operation.Repeat), and does not carry it out
// again. It goes behind [JWS] or [PgSig], which alone say who calls: a request that
// was not verified claims nobody's key. The error says what is wrong with opts.
//
// What the package promises of it:
//
//   - While its key is known, a request is carried out at most once: not by many
//     copies at once, not on two servers that share a store, and not again after a
//     server or the store has died in the middle. That is the other way round than
//     package callback has it, for here money moves: where nobody knows what became
//     of a request, nobody tries again, and the caller has to ask.
//   - A repeat gets what is documented: the first answer once more, status, header
//     fields and body, or what Options.Repeated writes. Where that is not documented
//     it is the first answer. One that was signed is the same to the byte; when the
//     secret was replaced in the meantime, it is signed with the old one.
//   - Another request with a key that was used gets what Options.Conflict writes, or
//     where a repeat gets an error that, and nothing of the first answer. A key is of one identity and of one API, all forms
//     that are signed with pg_sig counting as one, and never serves two operations.
//     The same request is one with the same operation, method, path, query and body;
//     of forms the same fields, but for pg_salt and pg_sig.
//   - A repeat during the first request waits for that, and is answered 503 with
//     Retry-After when it waits too long. So is every request with a key while the
//     store is down.
//
// The answer goes out when it is whole and stored, without trailers. What becomes of a
// key:
//
//   - An answer says that nothing was done ([RepeatsOptions]): the key is free.
//   - Any other answer, whatever its status: it is kept.
//   - A panic: answered with 500, which is kept. Somebody has to look at it.
//   - The handler takes too long: answered 503. Its answer is kept when it comes.
//   - The client hangs up: the handler goes on, and its answer is kept.
//   - The answer is too long to be kept: repeats are refused with 409.
//   - The server dies, the answer cannot be stored, or that of the store to a claim gets
//     lost: nobody can use the key, and repeats get 503, or the documented error.
//
// A read that has a documented key is free again after a panic, a status from 500 on
// or too long an answer: nothing was done.
//
// Requests without a key pass, as do those of operations that document none: see
// ByRequestID. Many keys are X-Request-Id, which no signature covers: whoever has
// captured such a request can have it carried out again under a new one.
func Repeats(opts RepeatsOptions) (func(http.Handler) http.Handler, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &repeats{
		opts:       opts,
		unreadable: answer(http.StatusBadRequest, `{"error":"the request cannot be read"}`),
		busy:       later(answer(http.StatusServiceUnavailable, `{"error":"unavailable"}`)),
		notKept:    answer(http.StatusConflict, `{"error":"carried out before, and the answer was not kept"}`),
		failed:     answer(http.StatusInternalServerError, `{"error":"internal error"}`),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, next) })
	}, nil
}

// later is an answer to a request that may be made again.
func later(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		next.ServeHTTP(w, r)
	})
}

type repeats struct {
	opts                              RepeatsOptions
	unreadable, busy, notKept, failed http.Handler
}

func (p *repeats) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	op, ok := p.opts.Find(r)
	if !ok || !op.Repeat.IsKnown() && (!p.opts.ByRequestID || op.Effect != wire.Write) {
		next.ServeHTTP(w, r)
		return
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			p.refuse(w, r, op, errBody, p.unreadable)
			return
		}
	}
	r = withBody(r.WithContext(r.Context()), body)
	identity, verified := IdentityFrom(r.Context())
	t, hasKey, err := p.tell(op, r, body, identity)
	switch {
	case err != nil:
		p.refuse(w, r, op, err, p.unreadable)
	case !hasKey:
		next.ServeHTTP(w, r)
	case !verified:
		p.refuse(w, r, op, errUnverified, p.failed)
	default:
		p.once(w, r, t, next)
	}
}

// once carries a request out, or answers its repeat.
func (p *repeats) once(w http.ResponseWriter, r *http.Request, t told, next http.Handler) {
	claim, err := p.claim(r.Context(), t)
	switch {
	case err != nil:
		p.refuse(w, r, t.op, fmt.Errorf("%w: %w", errStore, err), p.busy)
	case claim.State == repeat.Granted:
		p.first(w, r, t, claim.Token, next)
	case t.repeat.Answer == wire.RepeatError:
		p.refuse(w, r, t.op, errRepeated, p.by(p.opts.Repeated, t.op))
	case claim.State == repeat.Finished:
		p.again(w, r, t, claim.Outcome)
	default:
		p.refuse(w, r, t.op, errBusy, p.busy)
	}
}

// claim claims the key. While another request has it, it waits for that to end,
// unless that makes no difference.
func (p *repeats) claim(ctx context.Context, t told) (repeat.Claim, error) {
	waited := time.Duration(0)
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		claim, err := p.ask(ctx, t)
		if err != nil || claim.State != repeat.Busy || t.repeat.Answer == wire.RepeatError || waited >= p.opts.Wait {
			return claim, err
		}
		pause = min(pause, p.opts.Wait-waited)
		if p.opts.Sleep(ctx, pause) != nil {
			return claim, nil
		}
		waited += pause
	}
}

// ask asks the store, which has a time of its own for that. A claim of a write does
// not end by itself while its key is known: nobody could tell what its holder did
// before dying.
func (p *repeats) ask(ctx context.Context, t told) (repeat.Claim, error) {
	// Whoever has hung up must not leave a claim behind that the store granted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	lease := p.opts.Keep
	if t.op.Effect == wire.Read {
		lease = 2 * p.opts.Timeout
	}
	claim, err := p.opts.Store.Claim(ctx, t.key, lease)
	if err == nil && claim.State != repeat.Granted && claim.State != repeat.Busy && claim.State != repeat.Finished {
		err = fmt.Errorf("it knows a claim that is in %v", claim.State)
	}
	return claim, err
}

// again answers the repeat of a request that has an outcome.
func (p *repeats) again(w http.ResponseWriter, r *http.Request, t told, stored []byte) {
	o, err := parseOutcome(stored)
	switch {
	case err != nil:
		p.refuse(w, r, t.op, fmt.Errorf("%w: %w", errStore, err), p.busy)
	case !hmac.Equal(o.Content, t.content):
		p.refuse(w, r, t.op, errConflict, p.by(p.opts.Conflict, t.op))
	case o.Status == 0:
		p.refuse(w, r, t.op, errTooLong, p.notKept)
	default:
		o.repeatTo(w, r)
	}
}

// first carries out a request that is the first with its key.
func (p *repeats) first(w http.ResponseWriter, r *http.Request, t told, token string, next http.Handler) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), p.opts.Timeout)
	ended := make(chan outcome, 1)
	go func() {
		defer cancel()
		ended <- p.work(r.WithContext(ctx), t, token, next)
	}()
	select {
	case o := <-ended:
		o.writeTo(w)
		return
	case <-time.After(p.opts.Timeout):
	}
	select {
	case o := <-ended: // both at once
		o.writeTo(w)
	default:
		p.refuse(w, r, t.op, errLate, p.busy)
	}
}

// work runs the handler and tells the store what came of it, late too.
func (p *repeats) work(r *http.Request, t told, token string, next http.Handler) outcome {
	o, ended := p.run(r, t, next)
	err := p.settle(r, t, token, o, ended)
	switch {
	case err != nil:
		p.log(r, t.op, slog.LevelError, "the outcome of a request is not stored; nobody can use its key", err)
	case r.Context().Err() != nil:
		p.log(r, t.op, slog.LevelWarn, "the handler ended late; who comes again is told", errLate)
	}
	return o
}

// settle frees the key or stores the answer under it. A function or a store of the
// caller's own that panics leaves the key claimed, and the process alive.
func (p *repeats) settle(r *http.Request, t told, token string, o outcome, ended bool) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("%w: a panic with %T", errStore, recovered)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	stored, whole := o.toKeep().encode(p.opts.MaxAnswer)
	failed := o.Status >= http.StatusInternalServerError || !whole // a panic is answered so too
	if failed && t.op.Effect == wire.Read || ended && p.opts.saysNothingDone(t.op, o.Status, o.body) {
		return p.opts.Store.Release(ctx, t.key, token)
	}
	return p.opts.Store.Finish(ctx, t.key, token, stored, p.opts.Keep)
}

// run runs the handler, in a goroutine that it may end, as runtime.Goexit does. What
// it panics with is not logged, for that may be anything; where it did is.
func (p *repeats) run(r *http.Request, t told, next http.Handler) (o outcome, ended bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			recovered := recover()
			if ended {
				return
			}
			p.log(r, t.op, slog.LevelError, "the handler did not return", nil,
				slog.String("panicked with", fmt.Sprintf("%T", recovered)), slog.String("stack", string(debug.Stack())))
			failure := newRecorder()
			p.failed.ServeHTTP(failure, r)
			o = failure.outcome(t.content)
		}()
		answer := newRecorder()
		next.ServeHTTP(answer, r)
		o, ended = answer.outcome(t.content), true
	}()
	<-done
	return o, ended
}

// by is a handler for one operation.
func (p *repeats) by(handle func(http.ResponseWriter, *http.Request, wire.Operation), op wire.Operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, op) })
}

// refuse logs why a request is not carried out, and answers it.
func (p *repeats) refuse(w http.ResponseWriter, r *http.Request, op wire.Operation, cause error, handler http.Handler) {
	level := slog.LevelWarn
	if errors.Is(cause, errStore) || errors.Is(cause, errUnverified) || errors.Is(cause, errLate) {
		level = slog.LevelError
	}
	p.log(r, op, level, "request not carried out", cause)
	handler.ServeHTTP(w, r)
}

func (p *repeats) log(r *http.Request, op wire.Operation, level slog.Level, text string, cause error, more ...slog.Attr) {
	identity, _ := IdentityFrom(r.Context())
	attrs := []slog.Attr{
		slog.String("operation", op.ID), slog.String("method", r.Method), slog.String("identity", shorten(identity)),
	}
	if cause != nil {
		attrs = append(attrs, slog.String("reason", cause.Error()))
	}
	p.opts.Logger.LogAttrs(r.Context(), level, text, append(attrs, more...)...)
}
