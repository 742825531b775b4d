package callback

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// storeTimeout is how long the store may take for one answer.
const storeTimeout = 5 * time.Second

// Why a callback was not handled.
var (
	errStore  = errors.New("the store failed")
	errFailed = errors.New("the function failed")
	errBusy   = errors.New("a copy is still being handled")
	errLate   = errors.New("the function takes too long")
)

// outcome is what a claim is finished with: all that the answer is made of but its
// signature, which is made anew, for the secret may have been replaced.
type outcome struct {
	Decision    callback.Decision `json:"decision"`
	Description string            `json:"description,omitempty"`
	Timeout     *int64            `json:"timeout,omitempty"`
	Salt        string            `json:"salt"`
}

// newOutcome returns what an answer comes to. Its salt is drawn once, so that who
// asks again gets the same bytes.
func (r *Receiver) newOutcome(a Answer) (outcome, error) {
	random := r.random
	if random == nil {
		random = rand.Reader
	}
	salt, err := pgsig.NewSalt(random)
	return outcome{a.decision, a.description, a.seconds(), salt}, err
}

func parseOutcome(stored []byte) (o outcome, err error) {
	err = json.Unmarshal(stored, &o)
	if err == nil && (o.Salt == "" || o.Decision != callback.DecisionOK && o.Decision != callback.DecisionRejected) {
		err = errors.New("an outcome is in the store that is none")
	}
	return o, err
}

// keyOf is the key under which a store knows what is told: of a fixed length,
// whatever a message says, and without its contents.
func keyOf(kind Kind, told []string) string {
	h := sha256.New()
	var length [8]byte
	for _, s := range told {
		binary.BigEndian.PutUint64(length[:], uint64(len(s)))
		h.Write(length[:])
		h.Write([]byte(s))
	}
	return "callback:" + string(kind) + ":" + hex.EncodeToString(h.Sum(nil))
}

// job is a callback that has to be handled once.
type job struct {
	kind   Kind
	key    string
	keep   time.Duration
	handle func(context.Context) (Answer, error)
}

// once returns the outcome of a job: of the function, which it runs, or of the run
// that there was before. If another run is under way it waits for that.
func (r *Receiver) once(ctx context.Context, j job) (outcome, error) {
	ctx = context.WithoutCancel(ctx)
	waiting, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		claim, err := r.claim(ctx, j.key)
		switch {
		case err != nil:
			return outcome{}, fmt.Errorf("%w: claim: %w", errStore, err)
		case claim.State == repeat.Granted:
			return within(ctx, r.timeout, func(ctx context.Context) (outcome, error) { return r.work(ctx, j, claim.Token) })
		case claim.State == repeat.Finished:
			o, err := parseOutcome(claim.Outcome)
			if err != nil {
				err = fmt.Errorf("%w: %w", errStore, err)
			}
			return o, err
		case claim.State != repeat.Busy:
			return outcome{}, fmt.Errorf("%w: it knows a claim that is in %v", errStore, claim.State)
		}
		select {
		case <-waiting.Done():
			return outcome{}, errBusy
		case <-time.After(pause):
		}
	}
}

// claim asks the store, which has a time of its own for that: when it does not
// answer in time it is down, whatever else is over.
func (r *Receiver) claim(ctx context.Context, key string) (repeat.Claim, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return r.store.Claim(ctx, key, 2*r.timeout)
}

// within runs a function and waits for it as long as it may take. What it comes to
// later than that, it has to see to itself.
func within[T any](ctx context.Context, limit time.Duration, do func(context.Context) (T, error)) (T, error) {
	type end struct {
		value T
		err   error
	}
	ended := make(chan end, 1)
	working, cancel := context.WithTimeout(ctx, limit)
	go func() {
		defer cancel()
		value, err := do(working)
		ended <- end{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case e := <-ended:
		return e.value, e.err
	case <-timer.C:
	}
	select {
	case e := <-ended: // both at once
		return e.value, e.err
	default:
		var none T
		return none, fmt.Errorf("%w: %w", errFailed, errLate)
	}
}

// work runs the function of a job and tells the store: of a function that returns
// late, too.
func (r *Receiver) work(ctx context.Context, j job, token string) (o outcome, err error) {
	answer, err := r.guarded(ctx, j.kind, j.handle)
	if err == nil {
		o, err = r.newOutcome(answer)
	}
	var stored []byte
	if err == nil {
		stored, err = json.Marshal(o)
	}
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err != nil {
		if released := r.store.Release(storing, j.key, token); released != nil {
			r.log(j.kind).ErrorContext(ctx, "claim not released; it ends by itself", "error", released)
		}
		return outcome{}, fmt.Errorf("%w: %w", errFailed, err)
	}
	if err := r.store.Finish(storing, j.key, token, stored, j.keep); err != nil {
		return outcome{}, fmt.Errorf("%w: the function succeeded, and that is not stored: %w", errStore, err)
	}
	if ctx.Err() != nil {
		r.log(j.kind).LogAttrs(ctx, slog.LevelWarn, "function succeeded late: who comes again is told")
	}
	return o, nil
}

var (
	errPanic    = errors.New("it panicked")
	errNoAnswer = errors.New("it ended with neither an answer nor an error")
	errTooLate  = errors.New("it rejected a payment that counts as made (pg_can_reject is not 1): accept it, and refund it")
)

// guarded runs a function, in a goroutine that it may end: t.Fatal does that. What
// it panics with is not logged, for that may be anything; where it did is.
func (r *Receiver) guarded(ctx context.Context, kind Kind, handle func(context.Context) (Answer, error)) (a Answer, err error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if recovered := recover(); recovered != nil {
				r.log(kind).ErrorContext(ctx, "function panicked", "with", fmt.Sprintf("%T", recovered), "stack", string(debug.Stack()))
				err = errPanic
			}
		}()
		a, err = handle(ctx)
	}()
	<-ended
	if err == nil && a.decision == "" {
		err = errNoAnswer
	}
	return a, err
}
