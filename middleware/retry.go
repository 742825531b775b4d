package middleware

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What holds of repeating a call when [RetryPolicy] does not say otherwise.
const (
	// DefaultAttempts is how often a call is sent at most.
	DefaultAttempts = 3
	// DefaultFirstPause is the longest pause before the second attempt.
	DefaultFirstPause = 500 * time.Millisecond
	// DefaultLongestPause is the longest pause that no answer asked for.
	DefaultLongestPause = 8 * time.Second
	// DefaultLongestRetryAfter is the longest pause that an answer can ask for.
	DefaultLongestRetryAfter = 30 * time.Second
)

// RetryPolicy is how often a call is sent, and with what pauses. Zero fields
// stand for the defaults, so the zero value is what every client does that is not
// told otherwise.
//
// A call is sent again only when that cannot do anything twice:
//
//   - when certainly nothing of it was sent: the name did not resolve, the
//     connection was refused, a TLS handshake broke off. A certificate that is
//     not trusted, or any other word of TLS that stays the same, ends the call;
//   - when an answer says that nothing was done: status 429 or 425, unless its
//     body says that it went well, or an error code that is documented so;
//   - when it reads, after a lost connection, a timeout, or a status of 408 or
//     from 500 on. Reads of which the API refuses a repeat (Operation.Repeat
//     has [wire.RepeatError]) are the exception: their answer would be lost
//     for good;
//   - when it writes, after the same, only with a key by which the API is
//     documented to know a repeat (Operation.Repeat, not Inferred), and only if
//     this very request carries the key.
//
// Everything else is returned at once: refusals, answers that are not as
// documented, signatures that are missing or wrong, redirects.
//
// Each attempt sends the same bytes: signature, pg_salt, boundary and
// X-Request-Id are made once. Editors run once.
//
// The error is that of the last attempt, as is all of its Meta but the count. But
// once an attempt of a call that writes may have had an effect, the outcome stays
// unknown until an answer tells it: a success does; a refusal does only where the
// API answers a repeat as it did the first ([wire.RepeatFirst]). A repeat that is
// refused as a repeat says that there was a first, not what became of it.
//
// A timeout bounds one attempt; the context alone bounds all of them together.
type RetryPolicy struct {
	// Attempts is how often the call is sent at most, the first time included.
	Attempts int
	// FirstPause is the longest pause before the second attempt. It doubles with
	// every further one, up to LongestPause. Each pause is shorter by chance, by
	// at most half, so that many who failed at once do not return at once.
	FirstPause, LongestPause time.Duration
	// LongestRetryAfter is how long a Retry-After of an answer may be. A shorter
	// one is obeyed where it is longer than the pause; a longer one ends the call,
	// and stands in Meta.Header.
	//
	// A pause that would outlast the context's deadline ends the call, too.
	LongestRetryAfter time.Duration
	// Jitter shortens a pause; what it returns is held to [0, longest]. Nil takes
	// half of it or more, by chance.
	Jitter func(longest time.Duration) time.Duration
}

// WithRetries sends calls again by p instead of the defaults.
func WithRetries(p RetryPolicy) Option {
	return func(c *Caller) error {
		if p.Attempts < 0 || p.FirstPause < 0 || p.LongestPause < 0 || p.LongestRetryAfter < 0 {
			return errors.New("middleware: a number of a RetryPolicy is negative")
		}
		p = p.withDefaults()
		if p.LongestPause < p.FirstPause {
			return fmt.Errorf("middleware: pauses from %v to %v", p.FirstPause, p.LongestPause)
		}
		c.retries = p
		return nil
	}
}

// WithoutRetries sends each call once.
func WithoutRetries() Option { return WithRetries(RetryPolicy{Attempts: 1}) }

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Attempts == 0 {
		p.Attempts = DefaultAttempts
	}
	if p.FirstPause == 0 {
		p.FirstPause = DefaultFirstPause
		if p.LongestPause > 0 {
			p.FirstPause = min(p.FirstPause, p.LongestPause)
		}
	}
	if p.LongestPause == 0 {
		p.LongestPause = max(DefaultLongestPause, p.FirstPause)
	}
	if p.LongestRetryAfter == 0 {
		p.LongestRetryAfter = DefaultLongestRetryAfter
	}
	if p.Jitter == nil {
		p.Jitter = func(longest time.Duration) time.Duration { return longest - rand.N(longest/2+1) }
	}
	return p
}

// pause returns how long to wait after the given number of attempts, of which the
// last got an answer with header h, or none. It reports false where the answer
// asks for a longer pause than it may.
func (p RetryPolicy) pause(attempts int, h http.Header, now time.Time) (time.Duration, bool) {
	longest, doublings := p.LongestPause, uint(attempts-1)
	if p.FirstPause <= p.LongestPause>>doublings { // asked so, it cannot overflow
		longest = p.FirstPause << doublings
	}
	pause := min(p.Jitter(longest), longest)
	asked := retryAfter(h, now)
	return max(pause, asked), asked <= p.LongestRetryAfter
}

// retryAfter returns how long an answer asks to wait: never less than 0, which it
// is too when the field is missing or is neither a number of seconds nor a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = time.Duration(1<<63 - 1)
	field := h.Get("Retry-After")
	if strings.Trim(field, "0123456789") == "" {
		// Of no digits it makes 0, of too many the largest number there is.
		seconds, _ := strconv.ParseInt(field, 10, 64)
		if seconds > int64(most/time.Second) {
			return most
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(field)
	if err != nil {
		return 0
	}
	return max(date.Sub(now), 0)
}
