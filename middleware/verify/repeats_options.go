package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
)

// What holds when [RepeatsOptions] do not say otherwise.
const (
	// DefaultTimeout is how long a handler may take.
	DefaultTimeout = 30 * time.Second
	// DefaultWait is how long a repeat waits for the first request.
	DefaultWait = 5 * time.Second
	// DefaultKeep is how long a key is known. How long Freedom Pay knows one is not
	// documented.
	DefaultKeep = 72 * time.Hour
	// DefaultMaxAnswer is the longest answer that is kept, in bytes, its header
	// fields included.
	DefaultMaxAnswer = 64 << 10
)

// RepeatsOptions configure [Repeats]. The functions are called from many
// goroutines.
type RepeatsOptions struct {
	// Find tells which operation a request is for, as serve.Options{}.Find(operations)
	// does of those of an API. Required. Of several on one path that only the body
	// tells apart it may be any, for their keys are the same. A request of none passes:
	// so what no signature covers, such as the method of a form, must not make one of
	// none out of it.
	Find func(r *http.Request) (wire.Operation, bool)

	// Store keeps keys and answers, for all servers that share it. nil is the memory
	// of this process. Answers are in it as they went out, with whatever they hold.
	Store repeat.Store

	// Secret hashes keys and requests for the store, and is the same on all servers
	// that share one. Required with a Store: requests hold card numbers, which are
	// soon guessed from a hash that anybody can compute. Who changes it forgets all
	// that was done.
	Secret wire.Secret

	// ByRequestID knows writes without a documented key, and those that carry none,
	// by their X-Request-Id, which no signature covers. What a repeat of one gets is
	// the first answer.
	ByRequestID bool

	// Timeout is how long a handler may take; its context ends then. 0 means
	// [DefaultTimeout].
	Timeout time.Duration

	// Wait is how long a repeat waits for the first request before it is refused,
	// which it may repeat; 0 means [DefaultWait].
	Wait time.Duration

	// Keep is how long a key is known; 0 means [DefaultKeep]. Under one that is
	// forgotten a request is carried out again.
	Keep time.Duration

	// MaxAnswer is the longest answer that is kept, in bytes, its header fields
	// included; 0 means [DefaultMaxAnswer]. The repeat of a request with a longer one
	// is refused.
	MaxAnswer int

	// NothingDone reports whether an answer says that nothing was done, so that the
	// same key may serve again. The statuses 400, 401, 403, 404, 405, 413, 415, 422,
	// 429 and 503 say so without it: a handler that has done something must not answer
	// one of these. nil means that no other answer does.
	NothingDone func(op wire.Operation, status int, body []byte) bool

	// Repeated answers a repeat of an operation whose repeats are documented to get an
	// error, in the form of its section. nil means status 409 and {"error":"repeated
	// request"}.
	Repeated func(w http.ResponseWriter, r *http.Request, op wire.Operation)

	// Conflict answers a request with a key that served for another one, unless a
	// repeat is documented to get an error: then Repeated does. nil means
	// status 409 and {"error":"the key was used for another request"}.
	Conflict func(w http.ResponseWriter, r *http.Request, op wire.Operation)

	// Sleep waits; nil is one by the real clock. An error ends the wait.
	Sleep func(ctx context.Context, d time.Duration) error

	// Logger receives what was refused and why, and what went wrong. nil means
	// nobody learns.
	Logger *slog.Logger
}

// withDefaults returns o complete, or an error that says what is missing.
func (o RepeatsOptions) withDefaults() (RepeatsOptions, error) {
	switch {
	case o.Find == nil:
		return o, errors.New("verify: RepeatsOptions.Find: required")
	case o.Store != nil && o.Secret.Reveal() == "":
		return o, errors.New("verify: RepeatsOptions.Secret: required with a Store")
	case o.Timeout < 0, o.Wait < 0, o.Keep < 0:
		return o, errors.New("verify: RepeatsOptions.Timeout, Wait, Keep: negative")
	case o.MaxAnswer < 0:
		return o, errors.New("verify: RepeatsOptions.MaxAnswer: negative")
	}
	if o.Store == nil {
		o.Store, o.Secret = repeat.NewMemory(), wire.NewSecret(rand.Text())
	}
	for d, byDefault := range map[*time.Duration]time.Duration{
		&o.Timeout: DefaultTimeout, &o.Wait: DefaultWait, &o.Keep: DefaultKeep,
	} {
		if *d == 0 {
			*d = byDefault
		}
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = DefaultMaxAnswer
	}
	if o.Repeated == nil {
		o.Repeated = answerAll(http.StatusConflict, `{"error":"repeated request"}`)
	}
	if o.Conflict == nil {
		o.Conflict = answerAll(http.StatusConflict, `{"error":"the key was used for another request"}`)
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// nothingDone are the statuses that say that nothing was done. Others of 4xx may
// follow an attempt: 402 after a bank was asked, say.
var nothingDone = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable,
}

// saysNothingDone reports whether an answer says so.
func (o RepeatsOptions) saysNothingDone(op wire.Operation, status int, body []byte) bool {
	return slices.Contains(nothingDone, status) || o.NothingDone != nil && o.NothingDone(op, status, body)
}

// answerAll answers the requests of all operations alike.
func answerAll(status int, body string) func(http.ResponseWriter, *http.Request, wire.Operation) {
	handler := answer(status, body)
	return func(w http.ResponseWriter, r *http.Request, _ wire.Operation) { handler.ServeHTTP(w, r) }
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
