package sandbox

import (
	"errors"
	"math"
	"net/http"
	"sync"
	"time"
)

// clockPath is where a program that is not written in Go puts the clock forward. It
// is no part of Freedom Pay.
const clockPath = "/_sandbox/clock"

// maxSpeed is the fastest clock: a day in a second.
const maxSpeed = 24 * 60 * 60

// clock is the sandbox's time: that of a source, which it can run ahead of.
type clock struct {
	source func() time.Time
	speed  int64
	start  time.Time // of the source, from which on the speed counts

	mu    sync.Mutex
	ahead time.Duration // by which it was put forward
}

func newClock(o Options) (*clock, error) {
	c := &clock{source: o.Now, speed: o.Speed}
	if c.source == nil {
		c.source = time.Now
	}
	if c.speed == 0 {
		c.speed = 1
	}
	if c.speed < 1 || c.speed > maxSpeed {
		return nil, errors.New("sandbox: the clock's speed must be from 1 to 86400")
	}
	c.start = c.source()
	return c, nil
}

func (c *clock) now() time.Time {
	now := c.source()
	c.mu.Lock()
	defer c.mu.Unlock()
	// What the source has done alone is 1 of the speed, and the rest is added.
	return now.Add(times(now.Sub(c.start), c.speed-1)).Add(c.ahead)
}

// times is d, n times, as far as that can be said.
func times(d time.Duration, n int64) time.Duration {
	if n > 0 && d > math.MaxInt64/time.Duration(n) {
		return math.MaxInt64
	}
	return d * time.Duration(n)
}

// real is the time in which the clock goes on by d, rounded up.
func (c *clock) real(d time.Duration) time.Duration {
	return (d + time.Duration(c.speed-1)) / time.Duration(c.speed)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = min(c.ahead, math.MaxInt64-d) + d
}

// Advance puts the whole clock of the sandbox forward: lifetimes of payments end,
// holds are cleared, and callbacks are due. It waits for none of these; [Sandbox.Settle]
// does. The clock never goes back: a d below zero does nothing.
func (s *Sandbox) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	s.clock.advance(d)
	s.alone(func() {
		for _, p := range s.ordered {
			s.settle(p)
		}
	}).start()
	s.calls.box.Wake()
}

// putForward is Advance as POST /_sandbox/clock with advance=30m.
func (s *Sandbox) putForward(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	d, err := time.ParseDuration(r.FormValue("advance"))
	if err != nil || d < 0 {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "advance has to be a time such as 90s, 30m or 120h"})
		return
	}
	s.Advance(d)
	if wantsPage(r) {
		seeOther(baseURL(r.Context())+callbacksPath).ServeHTTP(w, r)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"now": instant(s.now()).String()})
}
