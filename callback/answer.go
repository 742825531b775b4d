package callback

import (
	"math"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
)

// Answer is what a function says to a payment. The zero Answer says nothing, which
// counts as a failure.
type Answer struct {
	decision    callback.Decision
	description string
	timeout     time.Duration
}

// Accept lets a payment be made, or accepts one that was made. The description may
// be empty.
func Accept(description string) Answer {
	return Answer{decision: callback.DecisionOK, description: description}
}

// Reject refuses a payment. The payer is shown the description. A payment that was
// made can be refused only where MayReject of its [ResultRequest] says so:
// otherwise it counts as made whatever is answered, so that Reject is then a
// failure of the function. Give the money back instead.
func Reject(description string) Answer {
	return Answer{decision: callback.DecisionRejected, description: description}
}

// WithTimeout says for how long the merchant waits for the payment, in whole
// seconds. It is for checks; known from the vendor's library only.
func (a Answer) WithTimeout(d time.Duration) Answer {
	a.timeout = d
	return a
}

// String returns the decision in a word.
func (a Answer) String() string {
	if a.decision == "" {
		return "no answer"
	}
	return string(a.decision)
}

// seconds is pg_timeout, nil where there is none.
func (a Answer) seconds() *int64 {
	if a.timeout <= 0 {
		return nil
	}
	return new(int64(math.Ceil(a.timeout.Seconds())))
}
