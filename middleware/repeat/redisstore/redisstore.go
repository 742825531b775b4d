// Package redisstore is a repeat.Store in Redis, for the processes of a merchant
// that share one. It is a module of its own, so that nobody else needs a client
// of Redis.
//
// What it promises is what package repeat asks of a store:
//
//   - Each call is one script with one key, which Redis runs as a whole: of all
//     processes that claim a free key, one is granted it.
//   - A claim that Redis granted and then sent again, for its answer got lost on
//     the way, is granted and not busy. A Finish or Release that was sent again
//     returns repeat.ErrLost, though it was done: the next claim tells.
//   - Redis that is down, or that holds something else under the key, is an error
//     and never a grant. Callers that answer for it answer 503 and are asked again.
//   - An error names no key, no token and no outcome.
//
// How well it remembers is up to Redis. It needs 6.0 or newer, configured with
//
//	appendonly yes
//	appendfsync always
//	maxmemory-policy noeviction
//
// for the first two keep what was answered over a crash, and the third keeps it
// from being dropped to make room. Whatever forgets a claim or an outcome makes it
// possible that work is done again: Redis that lost its data; a failover, for
// replicas are behind; a clock that is set forward; a [redis.Ring] whose shard is
// down, since it moves the keys to the others. Nothing that is forgotten makes
// work look done that is not.
//
// The client is the caller's, with its address, TLS and timeouts, and theirs to
// close. Its timeouts and retries bound a call; a context that ends during one
// does so only with ContextTimeoutEnabled. A claim whose answer did not come in
// time may be held by nobody until its lease ends. While Redis is down a call
// takes some seconds with the client's defaults, which dial many times; when it is
// back, calls may fail for a second more.
package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/middleware/repeat"
)

// DefaultPrefix is what keys begin with in Redis when no option says.
const DefaultPrefix = "freedompay:"

// What a value in Redis begins with: a claim goes on with its token, an outcome
// with its bytes.
const (
	claimed  = "c"
	finished = "o"
)

// The scripts know nothing of the form of values; they compare whole ones. They
// use what Redis 6 has: SET with both NX and GET came with 7.
var (
	// Returns what is held now. Its own claim is one that was sent again, as the
	// client does when an answer does not come; the lease starts anew.
	claimScript = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then
	return held
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`)

	// Returns whether the claim was held.
	finishScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

	// Returns whether the claim was held.
	releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
redis.call('DEL', KEYS[1])
return 1`)
)

// errForm says that Redis holds, or answered, what this package did not write.
var errForm = errors.New("neither a claim nor an outcome")

// Store is a [repeat.Store] in Redis. It prints nothing of what it holds.
type Store struct {
	client redis.Scripter
	prefix string
}

var _ repeat.Store = (*Store)(nil)

// Option changes a [Store].
type Option func(*Store)

// WithPrefix replaces [DefaultPrefix]. Stores with different prefixes do not see
// each other, unless one prefix goes on where the other ends.
func WithPrefix(prefix string) Option { return func(s *Store) { s.prefix = prefix } }

// New returns a store that asks client: a [redis.Client], a [redis.ClusterClient]
// or, with what the package comment says of it, a [redis.Ring]. It sends nothing.
func New(client redis.Scripter, opts ...Option) *Store {
	s := &Store{client: client, prefix: DefaultPrefix}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Claim implements [repeat.Store].
func (s *Store) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	token := rand.Text()
	answer, err := s.run(ctx, claimScript, key, claimed+token, milliseconds(lease))
	if err != nil {
		return repeat.Claim{}, fmt.Errorf("redisstore: claim: %w", err)
	}
	held, _ := answer.(string)
	switch {
	case held == claimed+token:
		return repeat.Claim{State: repeat.Granted, Token: token}, nil
	case strings.HasPrefix(held, claimed) && len(held) > len(claimed):
		return repeat.Claim{State: repeat.Busy}, nil
	case strings.HasPrefix(held, finished):
		return repeat.Claim{State: repeat.Finished, Outcome: []byte(held[len(finished):])}, nil
	}
	return repeat.Claim{}, fmt.Errorf("redisstore: claim: %w", errForm)
}

// Finish implements [repeat.Store].
func (s *Store) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	answer, err := s.run(ctx, finishScript, key, claimed+token, finished+string(outcome), milliseconds(keep))
	if err == nil {
		err = wasHeld(answer)
	}
	if err != nil {
		return fmt.Errorf("redisstore: finish: %w", err)
	}
	return nil
}

// Release implements [repeat.Store].
func (s *Store) Release(ctx context.Context, key, token string) error {
	answer, err := s.run(ctx, releaseScript, key, claimed+token)
	if err == nil {
		err = wasHeld(answer)
	}
	if err != nil {
		return fmt.Errorf("redisstore: release: %w", err)
	}
	return nil
}

// Format prints what it is, whatever the verb.
func (s *Store) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "store in Redis") }

// run runs a script, by its hash where Redis knows it.
func (s *Store) run(ctx context.Context, script *redis.Script, key string, args ...any) (any, error) {
	// The client may find a context that has ended only after it sent.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key = s.prefix + key
	answer, err := script.Run(ctx, s.client, []string{key}, args...).Result()
	if err != nil {
		return nil, withoutArguments(err, key)
	}
	return answer, nil
}

// wasHeld reads the answer of the scripts that compare a token.
func wasHeld(answer any) error {
	switch answer {
	case int64(1):
		return nil
	case int64(0):
		return repeat.ErrLost
	}
	return errForm
}

// milliseconds rounds up, for what is not over may not be forgotten, and Redis
// takes no 0.
func milliseconds(d time.Duration) int64 {
	ms := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		ms++
	}
	return max(ms, 1)
}

// quoting is how Redis goes on after a command that it does not know, such as one
// that was renamed.
const quoting = "with args beginning with"

// withoutArguments cuts from the text of err where it begins to quote what was
// sent.
func withoutArguments(err error, key string) error {
	text := err.Error()
	for _, quote := range []string{quoting, key} {
		if before, _, found := strings.Cut(text, quote); found {
			text = strings.TrimRight(before, ", ") + " …"
		}
	}
	if text == err.Error() {
		return err
	}
	return &cutError{text: text, err: err}
}

// cutError is an error with less text.
type cutError struct {
	text string
	err  error
}

func (e *cutError) Error() string { return e.text }
func (e *cutError) Unwrap() error { return e.err }
