package partner

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/wait"
	"github.com/freedompay-go/freedompay/wire"
)

// scripted answers the question for a request with one state after the other.
type scripted struct {
	API
	states []RequestState
	asked  int
}

func (s *scripted) ClientRequestStatus(context.Context, *ClientRequestStatusRequest, ...wire.CallOption) (*ClientRequestStatusAnswer, error) {
	state := s.states[min(s.asked, len(s.states)-1)]
	s.asked++
	return &ClientRequestStatusAnswer{RequestStatus: state}, nil
}

func TestWait(t *testing.T) {
	fast := []wait.Option{wait.WithPauses(time.Nanosecond, time.Microsecond), wait.WithLimit(50 * time.Millisecond)}
	for _, c := range []struct {
		states []RequestState
		err    error
	}{
		{[]RequestState{"process", "success"}, nil},
		{[]RequestState{"process", "process", "error"}, wire.ErrRejected},
		{[]RequestState{"", "of tomorrow"}, wait.ErrUnfinished},
	} {
		answer, err := Wait(t.Context(), &scripted{states: c.states}, "7", fast...)
		if answer == nil || answer.RequestStatus != c.states[len(c.states)-1] || !errors.Is(err, c.err) {
			t.Errorf("%v: %v, %v", c.states, answer, err)
		}
		if c.err == wire.ErrRejected && !errors.Is(err, wait.ErrFailed) {
			t.Errorf("%v: %v", c.states, err)
		}
	}
}
