package gateway

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/wait"
	"github.com/freedompay-go/freedompay/wire"
)

// scripted answers asyncPaymentRead with one state after the other.
type scripted struct {
	API
	states []AsyncPaymentStatus
	asked  int
}

func (s *scripted) AsyncPaymentRead(_ context.Context, r *AsyncPaymentReadRequest, _ ...wire.CallOption) (*AsyncPaymentReadAnswer, error) {
	state := s.states[min(s.asked, len(s.states)-1)]
	s.asked++
	answer := &AsyncPaymentReadAnswer{ID: r.ID, Status: state}
	if state == AsyncPaymentStatusError {
		answer.Error = &AsyncError{Code: "10045", Description: "declined"}
	}
	return answer, nil
}

func TestWaitPayment(t *testing.T) {
	fast := []wait.Option{wait.WithPauses(time.Nanosecond, time.Microsecond), wait.WithLimit(50 * time.Millisecond)}
	for _, c := range []struct {
		states  []AsyncPaymentStatus
		reading wire.Reading
		err     error
	}{
		{[]AsyncPaymentStatus{"process", "waiting_3ds", "success"}, wire.ReadingCaptured, nil},
		{[]AsyncPaymentStatus{"process", "approved"}, wire.ReadingHeld, nil},
		{[]AsyncPaymentStatus{"process_clearing", "success"}, wire.ReadingCaptured, nil},
		{[]AsyncPaymentStatus{"reversed"}, wire.ReadingCanceled, nil},
		{[]AsyncPaymentStatus{"process", "error"}, wire.ReadingFailed, wire.ErrRejected},
		{[]AsyncPaymentStatus{"of tomorrow"}, wire.ReadingUnknown, wait.ErrUnfinished},
		{[]AsyncPaymentStatus{"waiting_3ds"}, wire.ReadingProcess, wait.ErrUnfinished},
	} {
		answer, err := WaitPayment(t.Context(), &scripted{states: c.states}, "7", fast...)
		if answer == nil || answer.Reading() != c.reading || !errors.Is(err, c.err) {
			t.Errorf("%v: %v, %v", c.states, answer, err)
		}
		e := (*wire.Error)(nil)
		if c.err == wire.ErrRejected && (!errors.As(err, &e) || e.Code != "10045") {
			t.Errorf("%v: %v", c.states, err)
		}
	}
}
