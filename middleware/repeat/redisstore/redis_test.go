package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a test waits for what has to come. No test asks whether
// something comes sooner.
const patience = 30 * time.Second

// redisServer is a real one, that a test may kill and start again.
type redisServer struct {
	addr, dir string
	args      []string

	mu  sync.Mutex
	cmd *exec.Cmd
}

// startRedis starts a server of the test's own, which keeps what it answered as
// the package comment asks for. It skips the test where there is no redis-server.
func startRedis(t *testing.T, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI without redis-server: nothing would be tested")
		}
		t.Skip("no redis-server in PATH")
	}
	s := &redisServer{dir: t.TempDir(), args: args}
	t.Cleanup(s.kill)
	for range 20 {
		s.addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
		if s.start() {
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

// freePort returns one below those that connections get by themselves, so that it
// is still free when a server comes back.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(10000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// start starts the server and waits until it answers. It is false where the server
// ended before that.
func (s *redisServer) start() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, port, _ := net.SplitHostPort(s.addr)
	cmd := exec.Command("redis-server", append([]string{
		"--bind", "127.0.0.1", "--port", port, "--dir", s.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "",
		"--maxmemory-policy", "noeviction",
	}, s.args...)...)
	if err := cmd.Start(); err != nil {
		return false
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	s.cmd = cmd
	client := redis.NewClient(&redis.Options{Addr: s.addr})
	defer client.Close()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-ended:
			return false
		default:
		}
		// Somebody else's server would answer too.
		info, err := client.Info(context.Background(), "server").Result()
		if err == nil && strings.Contains(info, fmt.Sprintf("process_id:%d\r\n", cmd.Process.Pid)) {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// restart starts a server that was killed, with what it had written.
func (s *redisServer) restart(t *testing.T) {
	t.Helper()
	for range 20 {
		if s.start() {
			return
		}
	}
	t.Fatal("redis-server does not start again")
}

// kill ends the server at once, as kill -9 does, and waits until nobody listens.
func (s *redisServer) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	for range 1000 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			break
		}
		_ = c.Close()
		time.Sleep(5 * time.Millisecond)
	}
	s.cmd = nil
}

// clientOptions are those of a client that soon gives up.
func clientOptions(addr string) *redis.Options {
	return &redis.Options{
		Addr:         addr,
		DialTimeout:  time.Second,
		ReadTimeout:  5 * time.Second,
		WriteTimeout: 5 * time.Second,
		PoolSize:     20,
		// Five dials with pauses, for every time a command is sent again, are too many.
		DialerRetries: 1,
	}
}

func (s *redisServer) client(t *testing.T) *redis.Client {
	t.Helper()
	client := redis.NewClient(clientOptions(s.addr))
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// wake waits until the client has found out that the server is back. One that
// failed often dials only once a second.
func wake(t *testing.T, client *redis.Client) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = client.Ping(t.Context()).Err(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// quiet drops what the client logs of servers that are down.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// childRole is the environment variable that makes the test binary a process to
// be killed.
const childRole = "REDISSTORE_TEST_ROLE"

var roles = map[string]func() error{
	"claim all": claimAll,
	"hold":      hold,
	"shop":      serveShop,
	"till":      serveTill,
}

func TestMain(m *testing.M) {
	redis.SetLogger(quiet{})
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	run, ok := roles[role]
	err := errors.New("no such role")
	if ok {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}
