package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/middleware/repeat/repeattest"
)

func TestStore(t *testing.T) {
	server := startRedis(t)
	t.Run("client", func(t *testing.T) {
		repeattest.Run(t, New(server.client(t)))
	})
	t.Run("client with timeouts of contexts", func(t *testing.T) {
		options := clientOptions(server.addr)
		options.ContextTimeoutEnabled = true
		client := redis.NewClient(options)
		defer client.Close()
		repeattest.Run(t, New(client))
	})
	t.Run("older protocol", func(t *testing.T) {
		options := clientOptions(server.addr)
		options.Protocol = 2
		client := redis.NewClient(options)
		defer client.Close()
		repeattest.Run(t, New(client))
	})
	t.Run("ring", func(t *testing.T) {
		other := startRedis(t)
		ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": server.addr, "b": other.addr}})
		defer ring.Close()
		repeattest.Run(t, New(ring))
	})
}

func TestCluster(t *testing.T) {
	server := startRedis(t, "--cluster-enabled", "yes")
	client := server.client(t)
	if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		info, err := client.ClusterInfo(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info, "cluster_state:ok") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the cluster does not come up")
		}
	}
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.addr}})
	defer cluster.Close()
	repeattest.Run(t, New(cluster))
}

func TestPrefix(t *testing.T) {
	client := startRedis(t).client(t)
	a, b, none := New(client, WithPrefix("a:")), New(client, WithPrefix("b:")), New(client, WithPrefix(""))
	standard := New(client)
	claims := map[*Store]string{}
	for _, s := range []*Store{a, b, none, standard} {
		claims[s] = mustClaim(t, s, "key", repeat.Granted).Token
	}
	if err := b.Release(t.Context(), "key", claims[a]); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("release with the token of another prefix: %v", err)
	}
	if err := a.Finish(t.Context(), "key", claims[a], []byte("done"), time.Minute); err != nil {
		t.Fatal(err)
	}
	mustClaim(t, a, "key", repeat.Finished)
	for _, s := range []*Store{b, none, standard} {
		mustClaim(t, s, "key", repeat.Busy)
	}
	for _, key := range []string{"a:key", "b:key", "key", DefaultPrefix + "key"} {
		if n, err := client.Exists(t.Context(), key).Result(); n != 1 || err != nil {
			t.Errorf("%s: %d, %v", key, n, err)
		}
	}
}

func mustClaim(t *testing.T, s repeat.Store, key string, want repeat.State) repeat.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), key, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != want {
		t.Fatalf("claim: %v, want %v", c.State, want)
	}
	return c
}

// Whatever else is under the key, it is an error, and stays what it is.
func TestForeignValues(t *testing.T) {
	client := startRedis(t).client(t)
	store := New(client, WithPrefix(""))
	for name, put := range map[string]func(key string) error{
		"empty":         func(key string) error { return client.Set(t.Context(), key, "", 0).Err() },
		"other string":  func(key string) error { return client.Set(t.Context(), key, "x", 0).Err() },
		"no token":      func(key string) error { return client.Set(t.Context(), key, claimed, 0).Err() },
		"number":        func(key string) error { return client.Incr(t.Context(), key).Err() },
		"list":          func(key string) error { return client.RPush(t.Context(), key, "x").Err() },
		"hash":          func(key string) error { return client.HSet(t.Context(), key, "c", "o").Err() },
		"set of values": func(key string) error { return client.SAdd(t.Context(), key, "c").Err() },
	} {
		t.Run(name, func(t *testing.T) {
			key := "foreign/" + strings.ReplaceAll(name, " ", "-")
			if err := put(key); err != nil {
				t.Fatal(err)
			}
			before := client.Dump(t.Context(), key).Val()
			for range 2 {
				c, err := store.Claim(t.Context(), key, time.Minute)
				if err == nil || c.State != 0 || c.Token != "" {
					t.Errorf("claim: %v, %v", c.State, err)
				}
				saysNothing(t, err, key)
			}
			err := store.Finish(t.Context(), key, "a-token", []byte("an-outcome"), time.Minute)
			if err == nil {
				t.Error("finish without an error")
			}
			saysNothing(t, err, key)
			err = store.Release(t.Context(), key, "a-token")
			if err == nil {
				t.Error("release without an error")
			}
			saysNothing(t, err, key)
			if after := client.Dump(t.Context(), key).Val(); after != before {
				t.Errorf("changed from %q to %q", before, after)
			}
		})
	}
}

// saysNothing checks that the text of an error holds nothing of what was sent.
func saysNothing(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range []string{key, "a-token", "an-outcome"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error says %q: %v", secret, err)
		}
	}
	if !strings.HasPrefix(err.Error(), "redisstore: ") {
		t.Errorf("%v: says not whose error it is", err)
	}
}

// A server that does not know a command answers with its arguments.
func TestUnknownCommand(t *testing.T) {
	server := startRedis(t, "--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "")
	store := New(server.client(t), WithPrefix("p:"))
	c, err := store.Claim(t.Context(), "k", time.Minute)
	if err == nil || c.State != 0 {
		t.Fatalf("claim: %v, %v", c.State, err)
	}
	saysNothing(t, err, "p:k")
	if !strings.Contains(err.Error(), "unknown command") {
		t.Errorf("%v: says not what is wrong", err)
	}
	if answer := redis.Error(nil); !errors.As(err, &answer) {
		t.Errorf("%v: not an error of the server", err)
	}
	err = store.Finish(t.Context(), "k", "a-token", []byte("an-outcome"), time.Minute)
	saysNothing(t, err, "p:k")
}

// A pipeline queues commands, and answers before Redis does.
func TestNoAnswer(t *testing.T) {
	store := New(startRedis(t).client(t).Pipeline())
	if c, err := store.Claim(t.Context(), "key", time.Minute); err == nil || c.State != 0 {
		t.Errorf("claim: %v, %v", c.State, err)
	}
	if err := store.Finish(t.Context(), "key", "token", nil, time.Minute); err == nil || errors.Is(err, repeat.ErrLost) {
		t.Errorf("finish: %v", err)
	}
	if err := store.Release(t.Context(), "key", "token"); err == nil || errors.Is(err, repeat.ErrLost) {
		t.Errorf("release: %v", err)
	}
}

// Redis forgets scripts whenever it starts.
func TestScriptsForgotten(t *testing.T) {
	client := startRedis(t).client(t)
	store := New(client)
	flush := func() {
		t.Helper()
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"a", "b"} {
		flush()
		c := mustClaim(t, store, key, repeat.Granted)
		flush()
		if err := store.Finish(t.Context(), key, c.Token, nil, time.Minute); err != nil {
			t.Fatal(err)
		}
		flush()
		mustClaim(t, store, key, repeat.Finished)
		c = mustClaim(t, store, key+"/2", repeat.Granted)
		flush()
		if err := store.Release(t.Context(), key+"/2", c.Token); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServerDown(t *testing.T) {
	server := startRedis(t)
	client := server.client(t)
	store := New(client)
	c := mustClaim(t, store, "key", repeat.Granted)
	server.kill()
	fails(t, store, "key", c.Token)
	fails(t, store, "other", c.Token)
	server.restart(t)
	wake(t, client)
	mustClaim(t, store, "key", repeat.Busy)
	if err := store.Finish(t.Context(), "key", c.Token, []byte("done"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := mustClaim(t, store, "key", repeat.Finished); string(got.Outcome) != "done" {
		t.Errorf("outcome %q", got.Outcome)
	}
	mustClaim(t, store, "other", repeat.Granted)
}

// fails checks every call to a server that is down.
func fails(t *testing.T, store repeat.Store, key, token string) {
	t.Helper()
	c, err := store.Claim(t.Context(), key, time.Minute)
	if err == nil || c.State != 0 || c.Token != "" {
		t.Errorf("claim: %v, %v", c.State, err)
	}
	saysNothing(t, err, key)
	err = store.Finish(t.Context(), key, token, []byte("an-outcome"), time.Minute)
	if err == nil || errors.Is(err, repeat.ErrLost) {
		t.Errorf("finish: %v", err)
	}
	saysNothing(t, err, key)
	err = store.Release(t.Context(), key, token)
	if err == nil || errors.Is(err, repeat.ErrLost) {
		t.Errorf("release: %v", err)
	}
	saysNothing(t, err, key)
}

// A server that takes what it is sent and says nothing is as good as down.
func TestServerSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	options := clientOptions(l.Addr().String())
	options.ReadTimeout, options.MaxRetries = 50*time.Millisecond, 1
	client := redis.NewClient(options)
	defer client.Close()
	fails(t, New(client), "key", "a-token")
}

// losing is a connection that loses the next answer to a script, after Redis gave
// it.
type losing struct {
	net.Conn
	armed *atomic.Bool
	lose  bool
}

func (c *losing) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("evalsha")) && c.armed.CompareAndSwap(true, false) {
		c.lose = true
	}
	return c.Conn.Write(b)
}

func (c *losing) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.lose {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

// The client sends again what it got no answer to.
func TestAnswerLost(t *testing.T) {
	server := startRedis(t)
	var armed atomic.Bool
	options := clientOptions(server.addr)
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &losing{Conn: c, armed: &armed}, err
	}
	client := redis.NewClient(options)
	defer client.Close()
	store := New(client)
	for _, s := range []*redis.Script{claimScript, finishScript, releaseScript} {
		if err := s.Load(t.Context(), client).Err(); err != nil {
			t.Fatal(err)
		}
	}
	lost := func() {
		t.Helper()
		if armed.Load() {
			t.Fatal("no answer was lost")
		}
	}

	armed.Store(true)
	c := mustClaim(t, store, "key", repeat.Granted)
	lost()
	mustClaim(t, store, "key", repeat.Busy)

	armed.Store(true)
	if err := store.Finish(t.Context(), "key", c.Token, []byte("done"), time.Minute); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("finish: %v", err)
	}
	lost()
	if got := mustClaim(t, store, "key", repeat.Finished); string(got.Outcome) != "done" {
		t.Errorf("outcome %q", got.Outcome)
	}

	c = mustClaim(t, store, "other", repeat.Granted)
	armed.Store(true)
	if err := store.Release(t.Context(), "other", c.Token); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("release: %v", err)
	}
	lost()
	mustClaim(t, store, "other", repeat.Granted)
}

// A claim that was sent again lasts as long as a new one.
func TestSentAgain(t *testing.T) {
	client := startRedis(t).client(t)
	for _, lease := range []int64{1000, time.Hour.Milliseconds()} {
		if err := claimScript.Run(t.Context(), client, []string{"key"}, claimed+"token", lease).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if left := client.PTTL(t.Context(), "key").Val(); left < time.Minute {
		t.Errorf("%v of an hour left", left)
	}
}

// known is what a client was told of a key.
type known struct {
	token    string
	finished bool
}

// Redis is killed and comes back while claims run. What it answered before, it
// holds after.
func TestServerKilled(t *testing.T) {
	const (
		workers = 16
		rounds  = 4
		each    = 150 // claims of all workers before a kill
	)
	server := startRedis(t)
	client := server.client(t)
	store := New(client)
	var (
		mu   sync.Mutex
		told = map[string]known{}
	)
	for round := range rounds {
		var (
			wg      sync.WaitGroup
			granted atomic.Int64
			stop    = make(chan struct{})
			ready   = make(chan struct{})
		)
		for worker := range workers {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					key := fmt.Sprintf("%d/%d/%d", round, worker, i)
					c, err := store.Claim(t.Context(), key, time.Hour)
					if err != nil {
						continue // nothing is known of it
					}
					if c.State != repeat.Granted {
						t.Errorf("a new key: %v", c.State)
						return
					}
					mu.Lock()
					told[key] = known{token: c.Token}
					mu.Unlock()
					if granted.Add(1) == each {
						close(ready)
					}
					if i%2 == 0 {
						continue // stays claimed
					}
					err = store.Finish(t.Context(), key, c.Token, []byte(key), time.Hour)
					if err == nil {
						mu.Lock()
						told[key] = known{token: c.Token, finished: true}
						mu.Unlock()
					}
				}
			})
		}
		<-ready
		server.kill()
		fails(t, store, "while-down", "a-token")
		close(stop)
		wg.Wait()
		fails(t, store, "while-down", "a-token")
		server.restart(t)
		wake(t, client)

		held, done := 0, 0
		for key, k := range told {
			c, err := store.Claim(t.Context(), key, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.State == repeat.Finished && string(c.Outcome) == key:
				done++ // perhaps without an answer to who finished it
			case c.State == repeat.Busy && !k.finished:
				held++
			default:
				t.Errorf("%v with %q, but it was granted before, and finished: %t", c.State, c.Outcome, k.finished)
			}
		}
		t.Logf("round %d: %d keys held, %d finished", round, held, done)
	}
	// Who held a claim before all that still does.
	for key, k := range told {
		err := store.Finish(t.Context(), key, k.token, []byte(key), time.Hour)
		if c := mustClaim(t, store, key, repeat.Finished); string(c.Outcome) != key {
			t.Errorf("outcome %q", c.Outcome)
		}
		if err != nil && !errors.Is(err, repeat.ErrLost) {
			t.Error(err)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		math.MinInt64:                      1,
		-time.Second:                       1,
		0:                                  1,
		1:                                  1,
		time.Millisecond:                   1,
		time.Millisecond + 1:               2,
		2*time.Millisecond - 1:             2,
		time.Second:                        1000,
		math.MaxInt64:                      math.MaxInt64/1_000_000 + 1,
		72*time.Hour + 30*time.Microsecond: 72*60*60*1000 + 1,
		1500*time.Millisecond - 1:          1500,
	} {
		if got := milliseconds(d); got != want {
			t.Errorf("%d ns: %d ms, want %d", d, got, want)
		}
	}
}

// Redis takes every time that there is.
func TestLongest(t *testing.T) {
	store := New(startRedis(t).client(t))
	c, err := store.Claim(t.Context(), "key", math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Finish(t.Context(), "key", c.Token, nil, math.MaxInt64); err != nil {
		t.Fatal(err)
	}
	mustClaim(t, store, "key", repeat.Finished)
}

func TestPrints(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", Password: "a password"})
	defer client.Close()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, New(client)); got != "store in Redis" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}
