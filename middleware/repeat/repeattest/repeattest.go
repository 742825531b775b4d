// Package repeattest checks that a repeat.Store keeps the promises of package
// repeat. Whoever writes a store of their own calls [Run] in its test.
package repeattest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
)

// Run tests a store that is empty and as users get it: by the real clock, and
// with leases of some hundredths of a second.
func Run(t *testing.T, store repeat.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, repeat.Store, string)
	}{
		{"one of many is granted", oneIsGranted},
		{"an outcome is kept", outcomeIsKept},
		{"an outcome is of any bytes", anyOutcome},
		{"a released key is free", releaseFrees},
		{"a lease ends", leaseEnds},
		{"an outcome is forgotten", outcomeEnds},
		{"who lost a claim changes nothing", lostChangesNothing},
		{"a finished claim is not held", finishedIsNotHeld},
		{"keys do not touch", keysDoNotTouch},
		{"a canceled context is an error", canceled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, store, "repeattest/"+c.name[:1]+fmt.Sprint(time.Now().UnixNano())) })
	}
}

// long is a lease that does not end during a test, short one that does.
const (
	long  = time.Minute
	short = 50 * time.Millisecond
)

func claim(t *testing.T, store repeat.Store, key string, lease time.Duration, want repeat.State) repeat.Claim {
	t.Helper()
	c, err := store.Claim(t.Context(), key, lease)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	if c.State != want {
		t.Fatalf("claim: %v, want %v", c.State, want)
	}
	if (c.Token != "") != (want == repeat.Granted) {
		t.Fatalf("a claim that is %v has the token %q", want, c.Token)
	}
	return c
}

func oneIsGranted(t *testing.T, store repeat.Store, key string) {
	const callers = 100
	var wg sync.WaitGroup
	states := make(chan repeat.State, callers)
	start := make(chan struct{})
	for range callers {
		wg.Go(func() {
			<-start
			c, err := store.Claim(t.Context(), key, long)
			if err != nil {
				t.Errorf("claim: %v", err)
				return
			}
			states <- c.State
		})
	}
	close(start)
	wg.Wait()
	close(states)
	count := map[repeat.State]int{}
	for s := range states {
		count[s]++
	}
	if count[repeat.Granted] != 1 || count[repeat.Busy] != callers-1 {
		t.Errorf("%v, want one granted and all others busy", count)
	}
}

func outcomeIsKept(t *testing.T, store repeat.Store, key string) {
	c := claim(t, store, key, long, repeat.Granted)
	if err := store.Finish(t.Context(), key, c.Token, []byte("done"), long); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := claim(t, store, key, long, repeat.Finished)
		if string(got.Outcome) != "done" {
			t.Fatalf("outcome %q", got.Outcome)
		}
		copy(got.Outcome, "gone") // it is the caller's own
	}
}

func anyOutcome(t *testing.T, store repeat.Store, key string) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for i, outcome := range [][]byte{all, {}, bytes.Repeat(all, 256)} {
		key := fmt.Sprint(key, "/", i)
		c := claim(t, store, key, long, repeat.Granted)
		if err := store.Finish(t.Context(), key, c.Token, outcome, long); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, store, key, long, repeat.Finished); !bytes.Equal(got.Outcome, outcome) {
			t.Errorf("outcome %d came back as %q", i, got.Outcome)
		}
	}
}

func releaseFrees(t *testing.T, store repeat.Store, key string) {
	c := claim(t, store, key, long, repeat.Granted)
	claim(t, store, key, long, repeat.Busy)
	if err := store.Release(t.Context(), key, c.Token); err != nil {
		t.Fatal(err)
	}
	claim(t, store, key, long, repeat.Granted)
}

func leaseEnds(t *testing.T, store repeat.Store, key string) {
	first := claim(t, store, key, short, repeat.Granted)
	second := waitFor(t, store, key, repeat.Granted)
	if first.Token == second.Token {
		t.Error("two claims have one token")
	}
}

func outcomeEnds(t *testing.T, store repeat.Store, key string) {
	c := claim(t, store, key, long, repeat.Granted)
	if err := store.Finish(t.Context(), key, c.Token, []byte("done"), short); err != nil {
		t.Fatal(err)
	}
	waitFor(t, store, key, repeat.Granted)
}

// waitFor claims until the answer is the wanted one. How long that takes is no
// part of the promise, only that it ends.
func waitFor(t *testing.T, store repeat.Store, key string, want repeat.State) repeat.Claim {
	t.Helper()
	for deadline := time.Now().Add(long); ; {
		c, err := store.Claim(t.Context(), key, long)
		if err != nil {
			t.Fatal(err)
		}
		if c.State == want {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("still %v", c.State)
		}
		time.Sleep(short / 5)
	}
}

func lostChangesNothing(t *testing.T, store repeat.Store, key string) {
	first := claim(t, store, key, short, repeat.Granted)
	second := waitFor(t, store, key, repeat.Granted)
	for _, token := range []string{first.Token, "", "no token"} {
		if err := store.Finish(t.Context(), key, token, []byte("wrong"), long); !errors.Is(err, repeat.ErrLost) {
			t.Errorf("finish with another token: %v", err)
		}
		if err := store.Release(t.Context(), key, token); !errors.Is(err, repeat.ErrLost) {
			t.Errorf("release with another token: %v", err)
		}
	}
	claim(t, store, key, long, repeat.Busy)
	if err := store.Finish(t.Context(), key, second.Token, []byte("right"), long); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, store, key, long, repeat.Finished); string(got.Outcome) != "right" {
		t.Errorf("outcome %q", got.Outcome)
	}
}

func finishedIsNotHeld(t *testing.T, store repeat.Store, key string) {
	c := claim(t, store, key, long, repeat.Granted)
	if err := store.Finish(t.Context(), key, c.Token, []byte("first"), long); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{c.Token, ""} {
		if err := store.Finish(t.Context(), key, token, []byte("second"), long); !errors.Is(err, repeat.ErrLost) {
			t.Errorf("finish again: %v", err)
		}
		if err := store.Release(t.Context(), key, token); !errors.Is(err, repeat.ErrLost) {
			t.Errorf("release after finish: %v", err)
		}
	}
	if got := claim(t, store, key, long, repeat.Finished); string(got.Outcome) != "first" {
		t.Errorf("outcome %q", got.Outcome)
	}
	if err := store.Release(t.Context(), key+"/never", c.Token); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("release of a free key: %v", err)
	}
}

func keysDoNotTouch(t *testing.T, store repeat.Store, key string) {
	c := claim(t, store, key+"a", long, repeat.Granted)
	claim(t, store, key+"A", long, repeat.Granted)
	claim(t, store, key+"a:", long, repeat.Granted)
	if err := store.Finish(t.Context(), key+"A", c.Token, nil, long); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("finish of one key with the token of another: %v", err)
	}
	if err := store.Finish(t.Context(), key+"a", c.Token, nil, long); err != nil {
		t.Error(err)
	}
	claim(t, store, key+"A", long, repeat.Busy)
}

func canceled(t *testing.T, store repeat.Store, key string) {
	held := claim(t, store, key, long, repeat.Granted)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := store.Claim(ctx, key+"/other", long); err == nil {
		t.Errorf("claim: %v without an error", c.State)
	}
	if err := store.Finish(ctx, key, held.Token, nil, long); err == nil {
		t.Error("finish without an error")
	}
	if err := store.Release(ctx, key, held.Token); err == nil {
		t.Error("release without an error")
	}
	claim(t, store, key, long, repeat.Busy)
	claim(t, store, key+"/other", long, repeat.Granted)
}
