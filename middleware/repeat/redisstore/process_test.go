package redisstore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/middleware/repeat"
)

// addrVariable tells a child where Redis is.
const addrVariable = "REDISSTORE_TEST_ADDR"

// child is another process of this test binary. It says lines and is told lines.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	once sync.Once
}

func startChild(t *testing.T, role string, env ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe)}
	c.cmd.Env = append(append(os.Environ(), childRole+"="+role), env...)
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	return c
}

// kill ends the process at once, as kill -9 does, and waits until it is gone.
func (c *child) kill() {
	c.once.Do(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

// tell writes a line to the child.
func (c *child) tell(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// hear reads a line from the child.
func (c *child) hear(t *testing.T) []byte {
	t.Helper()
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the child said %q: %v", line, err)
	}
	return line
}

// What both processes claim.
const (
	claimers = 50
	keys     = 200
)

func keyOf(i int) string { return fmt.Sprint("both/", i) }

// claims are what one child was told, by the index of the key.
type claims struct {
	Granted  [keys]int
	Outcomes [keys][]string // one of each kind
}

// claimAll is a child that claims every key from many goroutines until each has
// seen its outcome.
func claimAll() error {
	client := redis.NewClient(clientOptions(os.Getenv(addrVariable)))
	defer client.Close()
	store := New(client)
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	var (
		mu  sync.Mutex
		all claims
		bad error
		wg  sync.WaitGroup
	)
	for range claimers {
		wg.Go(func() {
			for i := range keys {
				granted, outcome, err := workOn(store, i)
				mu.Lock()
				all.Granted[i] += granted
				if !slices.Contains(all.Outcomes[i], outcome) {
					all.Outcomes[i] = append(all.Outcomes[i], outcome)
				}
				bad = errors.Join(bad, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if bad != nil {
		return bad
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

// workOn claims a key until its outcome is known, and finishes it when granted. It
// returns how often that was.
func workOn(store repeat.Store, i int) (granted int, outcome string, err error) {
	ctx := context.Background()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		c, err := store.Claim(ctx, keyOf(i), time.Minute)
		if err != nil {
			return granted, "", err
		}
		switch c.State {
		case repeat.Finished:
			return granted, string(c.Outcome), nil
		case repeat.Granted:
			granted++
			done := fmt.Sprintf("%d by %d", i, os.Getpid())
			if err := store.Finish(ctx, keyOf(i), c.Token, []byte(done), time.Minute); err != nil {
				return granted, "", err
			}
		}
	}
	return granted, "", errors.New("never finished")
}

func TestTwoProcesses(t *testing.T) {
	server := startRedis(t)
	children := []*child{
		startChild(t, "claim all", addrVariable+"="+server.addr),
		startChild(t, "claim all", addrVariable+"="+server.addr),
	}
	for _, c := range children {
		c.hear(t)
	}
	for _, c := range children {
		c.tell(t, "go")
	}
	var all [2]claims
	for i, c := range children {
		if err := json.Unmarshal(c.hear(t), &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	var shared [2]int
	for i := range keys {
		if n := all[0].Granted[i] + all[1].Granted[i]; n != 1 {
			t.Errorf("key %d was granted %d times", i, n)
		}
		for j := range all {
			shared[j] += all[j].Granted[i]
		}
		a, b := all[0].Outcomes[i], all[1].Outcomes[i]
		if len(a) != 1 || len(b) != 1 || a[0] != b[0] || a[0] == "" {
			t.Errorf("key %d: outcomes %q and %q, want one and the same", i, a, b)
		}
	}
	t.Logf("the processes were granted %d and %d of %d keys", shared[0], shared[1], keys)
}

// hold is a child that claims a key and does nothing.
func hold() error {
	client := redis.NewClient(clientOptions(os.Getenv(addrVariable)))
	fmt.Println("ready")
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	c, err := New(client).Claim(context.Background(), "held", holdLease)
	if err != nil {
		return err
	}
	fmt.Println(c.State)
	_, err = in.ReadString('\n') // until killed
	return err
}

const holdLease = time.Second

func TestHolderKilled(t *testing.T) {
	server := startRedis(t)
	store := New(server.client(t))
	holder := startChild(t, "hold", addrVariable+"="+server.addr)
	holder.hear(t)
	before := time.Now()
	holder.tell(t, "go")
	if got := string(holder.hear(t)); got != "granted\n" {
		t.Fatalf("the holder's claim: %q", got)
	}
	holder.kill()
	busy := 0
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := store.Claim(t.Context(), "held", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		// Redis counts milliseconds, from when it last looked at its clock.
		early := time.Since(before) < holdLease-50*time.Millisecond
		if c.State == repeat.Granted {
			if early {
				t.Error("granted while the lease lasts")
			}
			break
		}
		if c.State != repeat.Busy {
			t.Fatalf("%v, but nobody finished", c.State)
		}
		busy++
		if time.Now().After(deadline) {
			t.Fatal("still busy")
		}
	}
	t.Logf("busy %d times, then granted", busy)
}
