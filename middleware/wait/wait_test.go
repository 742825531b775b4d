package wait_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/wait"
	"github.com/freedompay-go/freedompay/wire"
)

// clock goes on by what is slept.
type clock struct {
	at     time.Time
	pauses []time.Duration
}

func (c *clock) now() time.Time { return c.at }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.pauses = append(c.pauses, d)
	c.at = c.at.Add(d)
	return nil
}

func (c *clock) option() wait.Option { return wait.WithClock(c.now, c.sleep) }

func failure(kind wire.Kind) error { return wire.NewError(kind, "test.ask", errors.New("no")) }

// script answers one thing after the other.
func script(steps ...any) (ask func(context.Context) (string, error), asked *int) {
	asked = new(int)
	return func(context.Context) (string, error) {
		step := steps[min(*asked, len(steps)-1)]
		*asked++
		if err, ok := step.(error); ok {
			return "", err
		}
		return step.(string), nil
	}, asked
}

func isDone(answer string) bool { return answer == "done" }

func TestUntil(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []any
		want  string
		err   error
		asked int
	}{
		{"at once", []any{"done"}, "done", nil, 1},
		{"after a while", []any{"process", "process", "done"}, "done", nil, 3},
		{"what may be gone the next time", []any{failure(wire.ErrTemporary), "process", failure(wire.ErrRateLimited), "done"}, "done", nil, 4},
		{"what will not", []any{"process", failure(wire.ErrUnauthorized), "done"}, "process", wire.ErrUnauthorized, 2},
		{"an answer that is none", []any{failure(wire.ErrUnexpectedAnswer)}, "", wire.ErrUnexpectedAnswer, 1},
		{"never", []any{"process"}, "process", wait.ErrUnfinished, -1},
		{"never, and then down", []any{"process", failure(wire.ErrTemporary)}, "process", wire.ErrTemporary, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &clock{at: time.Unix(0, 0)}
			ask, asked := script(c.steps...)
			got, err := wait.Until(t.Context(), ask, isDone, clock.option())
			if got != c.want || !errors.Is(err, c.err) || c.asked > 0 && *asked != c.asked {
				t.Errorf("%q, %v, asked %d times", got, err, *asked)
			}
			if c.asked < 0 && (!errors.Is(err, wait.ErrUnfinished) || clock.at.Sub(time.Unix(0, 0)) > wait.DefaultLimit) {
				t.Errorf("%v after %v", err, clock.at.Sub(time.Unix(0, 0)))
			}
		})
	}
}

// Pauses grow, differ by chance, and have a longest.
func TestPauses(t *testing.T) {
	clock := &clock{at: time.Unix(0, 0)}
	ask, asked := script("process")
	_, err := wait.Until(t.Context(), ask, isDone, clock.option(), wait.WithPauses(time.Second, 10*time.Second), wait.WithLimit(2*time.Minute))
	if !errors.Is(err, wait.ErrUnfinished) || *asked < 12 {
		t.Fatalf("%v, asked %d times", err, *asked)
	}
	whole := time.Second
	exact := 0
	for i, p := range clock.pauses {
		if p > whole || p < whole*4/5-1 {
			t.Errorf("pause %d is %v, from a whole of %v", i, p, whole)
		}
		if p == whole {
			exact++
		}
		whole = min(whole*3/2, 10*time.Second)
	}
	if exact == len(clock.pauses) {
		t.Error("nothing is left to chance")
	}
	for _, pauses := range [][2]time.Duration{{0, 1}, {-1, 1}, {2, 1}} {
		if _, err := wait.Until(t.Context(), ask, isDone, wait.WithPauses(pauses[0], pauses[1])); err == nil {
			t.Errorf("pauses %v: no error", pauses)
		}
	}
}

// The context ends it, between two times of asking and within one; without a limit
// nothing else does.
func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	got, err := wait.Until(ctx, func(context.Context) (string, error) {
		if asked++; asked == 3 {
			cancel()
		}
		return "process", nil
	}, isDone, wait.WithPauses(time.Nanosecond, time.Nanosecond), wait.WithLimit(0))
	if !errors.Is(err, context.Canceled) || got != "process" || asked != 3 {
		t.Errorf("%q, %v, asked %d times", got, err, asked)
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, err = wait.Until(ctx, func(context.Context) (string, error) { cancel(); return "", failure(wire.ErrTemporary) }, isDone)
	if !errors.Is(err, wire.ErrTemporary) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = wait.Until(ctx, func(context.Context) (string, error) { return "process", nil }, isDone, wait.WithPauses(time.Hour, time.Hour), wait.WithLimit(0))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func ExampleUntil() {
	steps := []string{"process", "process", "success"}
	answer, err := wait.Until(context.Background(), func(context.Context) (string, error) {
		next := steps[0]
		steps = steps[1:]
		return next, nil
	}, func(answer string) bool { return answer != "process" }, wait.WithPauses(time.Millisecond, time.Second))
	fmt.Println(answer, err)
	// Output: success <nil>
}
