package redisstore

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// These tests are of a merchant's servers and their Redis, all of them processes
// that are killed. The test is Freedom Pay, which tells and tells again.

const (
	paymentSecret = "a payment secret for tests"
	payoutSecret  = "a payout secret for tests"
)

// What a merchant's server is told by its environment.
const (
	effectsVariable = "REDISSTORE_TEST_EFFECTS" // the file that functions write to
	timeoutVariable = "REDISSTORE_TEST_TIMEOUT" // of a function
	stopVariable    = "REDISSTORE_TEST_STOP"    // the point at which to wait, if any
	moodyVariable   = "REDISSTORE_TEST_MOODY"   // whether functions fail now and then
)

// The points at which a server can wait for the test, in their order.
const (
	pointClaimed  = "claimed"  // Redis granted the claim
	pointBegin    = "begin"    // the function was called
	pointEnd      = "end"      // it had its effect, but did not return
	pointFinish   = "finish"   // it succeeded, which is not stored
	pointFinished = "finished" // that is stored, and not answered
)

// What functions write to the file, before the name of what they were told.
const (
	wroteBegin   = "begin"
	wroteEffect  = "effect"
	wroteSuccess = "success" // the last thing before it returns without an error
)

// shop is the merchant's side in the server's process.
type shop struct {
	effects *os.File
	moody   bool
	timeout time.Duration
	stop    string
	opened  chan struct{}
	once    sync.Once
	waiting atomic.Int64 // requests that are being handled
}

// newShop returns what a server's process is told to be, and its store.
func newShop() (*shop, stoppingStore, error) {
	timeout, err := time.ParseDuration(os.Getenv(timeoutVariable))
	if err != nil {
		return nil, stoppingStore{}, err
	}
	effects, err := os.OpenFile(os.Getenv(effectsVariable), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, stoppingStore{}, err
	}
	s := &shop{
		effects: effects,
		moody:   os.Getenv(moodyVariable) != "",
		timeout: timeout,
		stop:    os.Getenv(stopVariable),
		opened:  make(chan struct{}),
	}
	options := clientOptions(os.Getenv(addrVariable))
	options.ContextTimeoutEnabled = true
	return s, stoppingStore{New(redis.NewClient(options)), s}, nil
}

// serveShop is a child: a merchant's server, until it is killed. It says its
// address, and then the point at which it waits.
func serveShop() error {
	s, store, err := newShop()
	if err != nil {
		return err
	}
	receiver, err := callback.New(
		callback.Static(wire.Credentials{
			ID: "123456", Secret: wire.NewSecret(paymentSecret), PayoutSecret: wire.NewSecret(payoutSecret),
		}),
		callback.WithStore(store),
		callback.WithTimeout(s.timeout),
	)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/shop/check", receiver.Check(func(ctx context.Context, c *callback.CheckRequest) (callback.Answer, error) {
		return callback.Accept(""), s.work(ctx, "check/"+c.PaymentID)
	}))
	mux.Handle("/shop/result", receiver.Result(func(ctx context.Context, c *callback.ResultRequest) (callback.Answer, error) {
		return callback.Accept("thanks"), s.work(ctx, "result/"+c.PaymentID)
	}))
	mux.Handle("/shop/payout", receiver.Payout(func(ctx context.Context, c *callback.PayoutRequest) error {
		return s.work(ctx, "payout/"+c.PaymentID)
	}))
	mux.Handle("/shop/card", receiver.CardSaved(func(ctx context.Context, c *callback.CardSavedRequest) error {
		return s.work(ctx, "card/"+c.PaymentID)
	}))
	return s.listen(mux)
}

// listen serves until the process is killed.
func (s *shop) listen(mux *http.ServeMux) error {
	mux.HandleFunc("/waiting", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s.waiting.Load()) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		in := bufio.NewReader(os.Stdin)
		for {
			if _, err := in.ReadString('\n'); err != nil {
				os.Exit(1) // the test is gone
			}
			close(s.opened)
		}
	}()
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/shop/") {
			s.waiting.Add(1)
			defer s.waiting.Add(-1)
		}
		mux.ServeHTTP(w, r)
	}))
}

// at waits at the point where the server is to stop, until the test lets it go on.
func (s *shop) at(point string) {
	if point != s.stop {
		return
	}
	s.once.Do(func() { fmt.Println(point) })
	<-s.opened
}

func (s *shop) wrote(what, name string) error {
	_, err := io.WriteString(s.effects, what+" "+name+"\n")
	return err
}

// work is what every function does.
func (s *shop) work(ctx context.Context, name string) error {
	if err := s.wrote(wroteBegin, name); err != nil {
		return err
	}
	s.at(pointBegin)
	if s.moody {
		if err := s.mood(ctx); err != nil {
			return err
		}
	}
	if err := s.wrote(wroteEffect, name); err != nil {
		return err
	}
	s.at(pointEnd)
	return s.wrote(wroteSuccess, name)
}

// mood is how a function of real life does.
func (s *shop) mood(ctx context.Context) error {
	switch rand.IntN(12) {
	case 0:
		return errors.New("out of stock")
	case 1:
		panic("out of mind")
	case 2:
		<-ctx.Done()
		return ctx.Err()
	case 3: // does not heed its context, and succeeds when it is late
		time.Sleep(s.timeout * 3 / 2)
	case 4: // and when its claim is lost
		time.Sleep(s.timeout * 5 / 2)
	default:
		time.Sleep(rand.N(20 * time.Millisecond))
	}
	return nil
}

// stoppingStore is a store with points around it.
type stoppingStore struct {
	repeat.Store
	shop *shop
}

func (s stoppingStore) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	c, err := s.Store.Claim(ctx, key, lease)
	if c.State == repeat.Granted {
		s.shop.at(pointClaimed)
	}
	return c, err
}

func (s stoppingStore) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	s.shop.at(pointFinish)
	err := s.Store.Finish(ctx, key, token, outcome, keep)
	if err == nil {
		s.shop.at(pointFinished)
	}
	return err
}

// world is the merchant, seen from outside: Redis and the file that functions
// write to. Servers come and go.
type world struct {
	redis   *redisServer
	effects string
	timeout time.Duration
	moody   bool
	role    string // of servers; "shop" if empty
}

func newWorld(t *testing.T, timeout time.Duration) *world {
	t.Helper()
	w := &world{redis: startRedis(t), effects: filepath.Join(t.TempDir(), "effects"), timeout: timeout}
	if err := os.WriteFile(w.effects, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// server is a merchant's server.
type server struct {
	*child
	url string
}

func (w *world) server(t *testing.T, stop string) *server {
	t.Helper()
	env := []string{
		addrVariable + "=" + w.redis.addr, effectsVariable + "=" + w.effects,
		timeoutVariable + "=" + w.timeout.String(), stopVariable + "=" + stop,
	}
	if w.moody {
		env = append(env, moodyVariable+"=1")
	}
	c := startChild(t, cmp.Or(w.role, "shop"), env...)
	return &server{child: c, url: strings.TrimSpace(string(c.hear(t)))}
}

// stopped waits until the server is at its point.
func (s *server) stopped(t *testing.T, point string) {
	t.Helper()
	if got := strings.TrimSpace(string(s.hear(t))); got != point {
		t.Fatalf("the server is at %q, want %q", got, point)
	}
}

// count returns how often functions wrote that.
func (w *world) count(t *testing.T, what, name string) int {
	t.Helper()
	all, err := os.ReadFile(w.effects)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(append([]byte{'\n'}, all...), []byte("\n"+what+" "+name+"\n"))
}

func (w *world) mustCount(t *testing.T, what, name string, least, most int) {
	t.Helper()
	if n := w.count(t, what, name); n < least || n > most {
		t.Errorf("%s of %s: %d times, want %d to %d", what, name, n, least, most)
	}
}

const many = 1 << 30

// notification is what Freedom Pay tells.
type notification struct {
	script string
	secret string
	body   string
	name   string // what the function writes
}

func newNotification(script, id string) notification {
	n := notification{script: script, secret: paymentSecret, name: script + "/" + id}
	pairs := []pgsig.Pair{{Name: "pg_payment_id", Value: id}, {Name: "pg_order_id", Value: "order " + id}}
	add := func(more ...string) {
		for i := 0; i < len(more); i += 2 {
			pairs = append(pairs, pgsig.Pair{Name: more[i], Value: more[i+1]})
		}
	}
	switch script {
	case "check":
		add("pg_amount", "500.00", "pg_currency", "KZT")
	case "result":
		add("pg_amount", "500.00", "pg_currency", "KZT", "pg_result", "1", "pg_captured", "1", "pg_can_reject", "1")
	case "payout":
		n.secret = payoutSecret
		add("pg_merchant_id", "123456", "pg_status", "ok")
	case "card":
		add("pg_status", "success", "pg_card_id", "7")
	}
	add("pg_salt", "a salt")
	fields, err := pgsig.Fields(pairs)
	if err != nil {
		panic(err)
	}
	add(pgsig.SignatureName, pgsig.Sign(script, fields, n.secret))
	form := url.Values{}
	for _, p := range pairs {
		form.Set(p.Name, p.Value)
	}
	n.body = form.Encode()
	return n
}

// gateway sends each notification once, on a connection of its own.
var gateway = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

// answered is what a server answered. Without an answer, the code is 0.
type answered struct {
	code   int
	status string // pg_status of an answer with code 200
	body   string
}

// tell sends a notification and reads the answer. It may be called outside of the
// test's goroutine.
func (n notification) tell(t *testing.T, to string) answered {
	t.Helper()
	got, err := gateway.Post(to+"/shop/"+n.script, "application/x-www-form-urlencoded", strings.NewReader(n.body))
	if err != nil {
		return answered{}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return answered{}
	}
	a := answered{code: got.StatusCode, body: string(body)}
	switch a.code {
	case http.StatusOK:
		if a.status, err = n.read(body); err != nil {
			t.Errorf("%s: %v in %s", n.name, err, body)
		}
	case http.StatusServiceUnavailable:
	default:
		t.Errorf("%s: status %d, which is neither ok nor to come again: %s", n.name, a.code, body)
	}
	return a
}

// read returns the status of an answer, which is signed but of a payout.
func (n notification) read(body []byte) (string, error) {
	var answer struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
		Fields  []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return "", err
	}
	if n.script == "payout" && answer.XMLName.Local == "pg_status" {
		return answer.Text, nil
	}
	var status, sig string
	var fields []pgsig.Field
	for _, f := range answer.Fields {
		fields = append(fields, pgsig.Field{Name: f.XMLName.Local, Value: f.Text})
		switch f.XMLName.Local {
		case "pg_status":
			status = f.Text
		case pgsig.SignatureName:
			sig = f.Text
		}
	}
	if answer.XMLName.Local != "response" || !pgsig.Verify(n.script, fields, n.secret, sig) {
		return "", errors.New("not a signed response")
	}
	return status, nil
}

// tellUntilOK tells again until the answer is ok, and checks that it is not before
// a function succeeded.
func (w *world) tellUntilOK(t *testing.T, n notification, to *server) answered {
	t.Helper()
	again := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		a := n.tell(t, to.url)
		if a.status == "ok" {
			if w.count(t, wroteSuccess, n.name) == 0 {
				t.Fatalf("%s: ok, and no function succeeded", n.name)
			}
			t.Logf("%s: ok after %d others", n.name, again)
			return a
		}
		again++
	}
	t.Fatalf("%s: never ok", n.name)
	return answered{}
}

func TestCallbackTwoServers(t *testing.T) {
	const senders = 100
	w := newWorld(t, patience)
	servers := []*server{w.server(t, pointBegin), w.server(t, pointBegin)}
	n := newNotification("result", "1")
	answers := make([]answered, senders)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = n.tell(t, servers[i%2].url) })
	}
	// All are told before the function goes on.
	deadline := time.Now().Add(patience)
	for waiting := 0; waiting < senders; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d senders wait", waiting, senders)
		}
		waiting = 0
		for _, s := range servers {
			waiting += s.waiting(t)
		}
	}
	for _, s := range servers {
		s.tell(t, "go on")
	}
	wg.Wait()
	for i, a := range answers {
		if a.code != http.StatusOK || a.status != "ok" {
			t.Errorf("sender %d: %d %q", i, a.code, a.body)
		}
		if a.body != answers[0].body {
			t.Errorf("sender %d got %q, sender 0 %q", i, a.body, answers[0].body)
		}
	}
	for _, what := range []string{wroteBegin, wroteEffect, wroteSuccess} {
		w.mustCount(t, what, n.name, 1, 1)
	}
	// A server that comes later knows, too.
	if a := n.tell(t, w.server(t, "").url); a != answers[0] {
		t.Errorf("later: %+v, want %+v", a, answers[0])
	}
	w.mustCount(t, wroteBegin, n.name, 1, 1)
}

// waiting asks how many requests the server is handling.
func (s *server) waiting(t *testing.T) int {
	t.Helper()
	got, err := gateway.Get(s.url + "/waiting")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(body))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// shortly is the time for a function where a test waits for the lease to end.
const shortly = 300 * time.Millisecond

func TestCallbackServerKilled(t *testing.T) {
	for _, c := range []struct {
		point            string
		effects, success int // when it is killed
		least, most      int // successes in the end
	}{
		{pointClaimed, 0, 0, 1, many},
		{pointBegin, 0, 0, 1, many},
		{pointEnd, 1, 0, 1, many},
		{pointFinish, 1, 1, 2, many}, // nobody knows any more that it succeeded
		{pointFinished, 1, 1, 1, 1},
	} {
		t.Run(c.point, func(t *testing.T) {
			w := newWorld(t, shortly)
			first := w.server(t, c.point)
			n := newNotification("result", "1")
			answer := make(chan answered, 1)
			go func() { answer <- n.tell(t, first.url) }()
			first.stopped(t, c.point)
			first.kill()
			if a := <-answer; a.code == http.StatusOK {
				t.Errorf("answered %s by a server that did not come that far", a.body)
			}
			w.mustCount(t, wroteEffect, n.name, c.effects, c.effects)
			w.mustCount(t, wroteSuccess, n.name, c.success, c.success)

			second := w.server(t, "")
			a := w.tellUntilOK(t, n, second)
			w.mustCount(t, wroteSuccess, n.name, c.least, c.most)
			runs := w.count(t, wroteBegin, n.name)
			if b := n.tell(t, second.url); b != a {
				t.Errorf("told again: %+v, want %+v", b, a)
			}
			w.mustCount(t, wroteBegin, n.name, runs, runs)
		})
	}
}

func TestCallbackRedisKilled(t *testing.T) {
	for _, point := range []string{pointClaimed, pointBegin, pointEnd, pointFinish} {
		t.Run(point, func(t *testing.T) {
			w := newWorld(t, 500*time.Millisecond)
			s := w.server(t, point)
			n := newNotification("result", "1")
			answer := make(chan answered, 1)
			go func() { answer <- n.tell(t, s.url) }()
			s.stopped(t, point)
			w.redis.kill()
			s.tell(t, "go on")
			if a := <-answer; a.code != http.StatusServiceUnavailable {
				t.Errorf("answered %d %s, and Redis is down", a.code, a.body)
			}
			if a := n.tell(t, s.url); a.code != http.StatusServiceUnavailable {
				t.Errorf("answered %d %s, and Redis is down", a.code, a.body)
			}
			w.redis.restart(t)
			a := w.tellUntilOK(t, n, s)
			w.mustCount(t, wroteSuccess, n.name, 1, many)
			if b := n.tell(t, s.url); b != a {
				t.Errorf("told again: %+v, want %+v", b, a)
			}
		})
	}
}

func TestCallbackRedisDown(t *testing.T) {
	w := newWorld(t, 5*time.Second)
	s := w.server(t, "")
	kinds := []string{"check", "result", "payout", "card"}
	w.redis.kill()
	for _, kind := range kinds {
		n := newNotification(kind, "1")
		if a := n.tell(t, s.url); a.code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s, want 503", kind, a.code, a.body)
		}
		w.mustCount(t, wroteBegin, n.name, 0, 0)
	}
	w.redis.restart(t)
	for _, kind := range kinds {
		n := newNotification(kind, "1")
		w.tellUntilOK(t, n, s)
		w.mustCount(t, wroteSuccess, n.name, 1, many)
	}
}

// TestCallbackSoak kills servers and Redis at random for SOAK_SECONDS, while
// functions fail at random. Every notification is answered ok in the end, and none
// before a function succeeded.
func TestCallbackSoak(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv("SOAK_SECONDS"))
	if err != nil || seconds <= 0 {
		t.Skip("takes as long as one likes: set SOAK_SECONDS")
	}
	w := newWorld(t, shortly)
	w.moody = true
	var (
		mu      sync.Mutex
		servers = []*server{w.server(t, ""), w.server(t, "")}
		gone    = make(chan struct{})
		wg      sync.WaitGroup
		told    atomic.Int64
		sent    atomic.Int64
		kills   [3]int
	)
	either := func() string {
		mu.Lock()
		defer mu.Unlock()
		return servers[rand.IntN(len(servers))].url
	}
	for sender := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-gone:
					return
				default:
				}
				n := newNotification("result", fmt.Sprintf("%d-%d", sender, i))
				first, ok := n.tellSoaking(t, w, either, &sent)
				if !ok {
					return
				}
				told.Add(1)
				// Told again it is the same, unless nobody answers.
				if a := n.tell(t, either()); a.code == http.StatusOK && a != first {
					t.Errorf("%s: first %+v, then %+v", n.name, first, a)
				}
			}
		})
	}
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end) && !t.Failed(); {
		time.Sleep(rand.N(time.Second))
		which := rand.IntN(3)
		kills[which]++
		if which == 2 {
			w.redis.kill()
			time.Sleep(rand.N(300 * time.Millisecond))
			w.redis.restart(t)
			time.Sleep(rand.N(2 * time.Second)) // clients find out after a second
			continue
		}
		mu.Lock()
		old := servers[which]
		mu.Unlock()
		old.kill()
		next := w.server(t, "")
		mu.Lock()
		servers[which] = next
		mu.Unlock()
	}
	close(gone)
	wg.Wait()
	all, err := os.ReadFile(w.effects)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d notifications told %d times and handled; functions ran %d times and succeeded %d times; servers killed %d and %d times, Redis %d times",
		told.Load(), sent.Load(), bytes.Count(all, []byte(wroteBegin+" ")), bytes.Count(all, []byte(wroteSuccess+" ")), kills[0], kills[1], kills[2])
	if told.Load() == 0 {
		t.Error("nothing was handled")
	}
}

// tellSoaking tells again until the answer is ok.
func (n notification) tellSoaking(t *testing.T, w *world, to func() string, sent *atomic.Int64) (answered, bool) {
	for deadline := time.Now().Add(4 * patience); time.Now().Before(deadline); time.Sleep(rand.N(50 * time.Millisecond)) {
		a := n.tell(t, to())
		sent.Add(1)
		if a.status == "ok" {
			if w.count(t, wroteSuccess, n.name) == 0 {
				t.Errorf("%s: ok, and no function succeeded", n.name)
				return a, false
			}
			return a, true
		}
		if a.code == http.StatusOK {
			t.Errorf("%s: %s, which no function said", n.name, a.body)
			return a, false
		}
	}
	t.Errorf("%s: never ok", n.name)
	return answered{}, false
}
