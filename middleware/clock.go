package middleware

import (
	"context"
	"errors"
	"time"
)

// WithClock replaces the clock and the sleep of the client's pauses between
// attempts. sleep returns the context's error when that ends first. A [Pacer]
// has its own, see [PacerOptions], and so have the timeouts of net/http.
func WithClock(now func() time.Time, sleep func(context.Context, time.Duration) error) Option {
	return func(c *Caller) error {
		if now == nil || sleep == nil {
			return errors.New("middleware: WithClock without a clock or a sleep")
		}
		c.now, c.sleep = now, sleep
		return nil
	}
}

// sleep sleeps unless ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
