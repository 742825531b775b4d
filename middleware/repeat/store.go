package repeat

import (
	"context"
	"errors"
	"time"
)

// Errors that stores return, wrapped in what they know more.
var (
	// ErrLost: the claim is no longer held by whoever finishes or releases it. Its
	// lease is over, and somebody else may hold it.
	ErrLost = errors.New("repeat: the claim is no longer held")
	// ErrFull: the store holds as many keys as it may, and forgets none before its
	// time.
	ErrFull = errors.New("repeat: the store is full")
)

// State is what a store knows of a key.
type State uint8

// The states. The zero value is none of them.
const (
	// Granted: the key was free, and is now the caller's for the lease.
	Granted State = iota + 1
	// Busy: somebody else holds the key.
	Busy
	// Finished: the work was done, with an outcome.
	Finished
)

var stateTexts = [...]string{Granted: "granted", Busy: "busy", Finished: "finished"}

// String returns the state in a word.
func (s State) String() string {
	if s == 0 || int(s) >= len(stateTexts) {
		return "no state"
	}
	return stateTexts[s]
}

// Claim is what a store answers to a claim.
type Claim struct {
	// State says whether the work may be done, is being done, or is done.
	State State
	// Token tells Finish and Release whose claim it is. Only a granted claim has one.
	Token string
	// Outcome is what the work was finished with. It is the caller's own.
	Outcome []byte
}

// Store remembers claims and outcomes. Its methods are called from many
// goroutines. See the package comment for what it has to promise.
//
// A key is printable ASCII without spaces, of at most 200 bytes. An outcome is of
// any bytes: a few hundred of them for a callback, and for a request its answer, up
// to 64 KiB unless the options of verify.Repeats say otherwise.
type Store interface {
	// Claim takes a free key for at most the lease, which is positive, or says what
	// is known of one that is not free.
	Claim(ctx context.Context, key string, lease time.Duration) (Claim, error)
	// Finish puts an outcome in the place of a claim that is still held, and keeps
	// it for the given time, which is positive. Else it changes nothing and returns
	// ErrLost.
	Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error
	// Release frees a key that is still held. Else it changes nothing and returns
	// ErrLost.
	Release(ctx context.Context, key, token string) error
}
