package redisstore

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// These tests are of two sandboxes that share one Redis and no state: what is carried
// out at both of them was done twice.

const (
	sandboxID     = "123456"
	sandboxSecret = "a secret for tests"
)

// order is a request that makes a payment, signed once, and what asks for it.
type order struct {
	make, ask func(to http.Handler) (code int, body string)
	name      string
	done      string // what the answer has that makes it
	found     string // what the answer has that finds it
}

// newOrder is one in JSON, whose key is order_id, or a form with pg_idempotency_key.
func newOrder(t testing.TB, name string, form bool) order {
	t.Helper()
	if form {
		return order{
			name: name, done: "<pg_status>ok</pg_status>", found: "<pg_payment_id>",
			make: signedForm(t, "init_payment", "pg_order_id", name, "pg_amount", "10.00", "pg_description", "a book", "pg_idempotency_key", "of "+name),
			ask:  signedForm(t, "get_status3.php", "pg_order_id", name),
		}
	}
	return order{
		name: name, done: `"status":"process"`, found: `"order_id":"`,
		make: signedJSON(t, "/v5/g2g/create", "gateway.payment.create", `{"amount":10,"currency":"KZT","description":"a book","order_id":"`+name+
			`","auto_clearing":true,"from":{"type":"card","card":{"name":"TEST CARD","pan":"4400444400004440","cvc":"123","year":"30","month":"12"}}}`),
		ask: signedJSON(t, "/v5/g2g/read", "gateway.payment.status", `{"order_id":"`+name+`"}`),
	}
}

var lastID atomic.Int64

func signedJSON(t testing.TB, path, action, body string) func(http.Handler) (int, string) {
	t.Helper()
	signer, err := jws.NewSigner([]byte(sandboxSecret))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(jws.Header{Algorithm: jws.HS256, URI: path, Identity: sandboxID, Method: "POST"}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return func(to http.Handler) (int, string) {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(jws.SignatureHeader, signature)
		r.Header.Set("X-Action", action)
		r.Header.Set("X-Request-Id", fmt.Sprintf("01978c2b-f191-7b56-92f8-%012x", lastID.Add(1)))
		return served(to, r)
	}
}

func signedForm(t testing.TB, script string, pairs ...string) func(http.Handler) (int, string) {
	t.Helper()
	all := []pgsig.Pair{{Name: "pg_merchant_id", Value: sandboxID}, {Name: "pg_salt", Value: "a salt"}}
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pgsig.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	fields, err := pgsig.Fields(all)
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{"pg_sig": {pgsig.Sign(script, fields, sandboxSecret)}}
	for _, p := range all {
		values.Set(p.Name, p.Value)
	}
	body := values.Encode()
	return func(to http.Handler) (int, string) {
		r := httptest.NewRequest("POST", "/"+script, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return served(to, r)
	}
}

func served(to http.Handler, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// twoSandboxes each have a client of Redis of their own, as two machines would.
func twoSandboxes(t testing.TB, server *redisServer) (both [2]*sandbox.Sandbox, clients [2]*redis.Client) {
	t.Helper()
	for i := range both {
		options := clientOptions(server.addr)
		options.ContextTimeoutEnabled = true
		clients[i] = redis.NewClient(options)
		t.Cleanup(func() { _ = clients[i].Close() })
		s, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials(sandboxID, sandboxSecret), Repeats: New(clients[i])})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		both[i] = s
	}
	return both, clients
}

// made returns at how many of the sandboxes an order was carried out.
func (o order) made(both [2]*sandbox.Sandbox) (n int) {
	for _, s := range both {
		if _, body := o.ask(s); strings.Contains(body, o.found) {
			n++
		}
	}
	return n
}

// 10000 requests, of which each tenth is another one, at once at two sandboxes: each is
// carried out once, at one of them, and all copies get its answer.
func TestAcceptance10000OnRedis(t *testing.T) {
	const distinct, copies, atOnce = 1000, 10, 100
	server := startRedis(t)
	both, _ := twoSandboxes(t, server)
	orders, answers := make([]order, distinct), make([][copies]string, distinct)
	for i := range orders {
		orders[i] = newOrder(t, fmt.Sprint("order-", i), i%2 == 1)
	}
	queue := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for n := range queue {
				i, c := n/copies, n%copies
				code, body := orders[i].make(both[c%2])
				if code != http.StatusOK || !strings.Contains(body, orders[i].done) {
					t.Errorf("%s: got %d %s", orders[i].name, code, body)
				}
				answers[i][c] = body
			}
		})
	}
	for n := range distinct * copies {
		queue <- n
	}
	close(queue)
	wg.Wait()
	for i, o := range orders {
		for _, answer := range answers[i] {
			if answer != answers[i][0] {
				t.Errorf("%s: got %s and %s", o.name, answers[i][0], answer)
			}
		}
		if n := o.made(both); n != 1 {
			t.Errorf("%s: carried out %d times", o.name, n)
		}
	}
	// A key for each payment that was made, and for each question, whose X-Request-Id is
	// one: nothing for copies.
	keys, err := server.client(t).DBSize(t.Context()).Result()
	if err != nil || keys < distinct || keys > 3*distinct {
		t.Errorf("%d keys in Redis for %d requests (%v)", keys, distinct, err)
	}
}

// Redis is killed in the middle, as kill -9 does. While it is down every request with a
// key is refused and none carried out. Afterwards nothing that was claimed before runs
// again, and what was answered is answered the same.
func TestAcceptanceRedisKilled(t *testing.T) {
	redisKilled(t, 400, 1)
}

// TestAcceptanceSoak kills Redis again and again.
func TestAcceptanceSoak(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv("SOAK_SECONDS"))
	if err != nil || seconds <= 0 {
		t.Skip("takes as long as one likes: set SOAK_SECONDS")
	}
	rounds := 0
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end) && !t.Failed(); rounds++ {
		redisKilled(t, 2000, 3)
	}
	t.Logf("%d rounds", rounds)
}

func redisKilled(t *testing.T, distinct, kills int) {
	const senders = 50
	server := startRedis(t)
	both, clients := twoSandboxes(t, server)
	orders := make([]order, distinct)
	for i := range orders {
		orders[i] = newOrder(t, fmt.Sprint("order-", i), i%2 == 1)
	}
	var mu sync.Mutex
	first := map[string]string{} // the first answer that did a thing
	refused, sent := 0, 0
	// tell sends an order and holds what is answered to it against what was before.
	tell := func(o order, to int) (code int) {
		code, body := o.make(both[to])
		mu.Lock()
		defer mu.Unlock()
		sent++
		switch {
		case code == http.StatusServiceUnavailable:
			refused++
		case code != http.StatusOK || !strings.Contains(body, o.done):
			t.Errorf("%s: got %d %s", o.name, code, body)
		case first[o.name] == "":
			first[o.name] = body
		case first[o.name] != body:
			t.Errorf("%s: first %s, then %s", o.name, first[o.name], body)
		}
		return code
	}
	part := distinct / (kills + 1)
	for kill := range kills {
		// The kill comes when half of this part was answered, whatever the rest does.
		half := make(chan struct{})
		var answered atomic.Int64
		queue := make(chan int)
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for i := range queue {
					tell(orders[i], i%2)
					if answered.Add(1) == int64(part/2) {
						close(half)
					}
				}
			})
		}
		wg.Go(func() {
			<-half
			server.kill()
		})
		for i := kill * part; i < (kill+1)*part; i++ {
			queue <- i
		}
		close(queue)
		wg.Wait()

		// Down: refused, what was done before and what was not.
		for _, i := range []int{kill * part, (kill+1)*part - 1, (kill + 1) * part, (kill+1)*part + 1} {
			for to := range both {
				if code := tell(orders[i], to); code != http.StatusServiceUnavailable {
					t.Errorf("%s: got %d while Redis is down", orders[i].name, code)
				}
			}
		}
		server.restart(t)
		for _, c := range clients {
			wake(t, c)
		}
		for _, i := range []int{(kill + 1) * part, (kill+1)*part + 1} {
			if n := orders[i].made(both); n != 0 {
				t.Errorf("%s: carried out %d times while Redis was down", orders[i].name, n)
			}
		}
	}
	// Everything comes again, to the other sandbox, while nobody waits long for what
	// nobody will ever know.
	blocked := 0
	var wg sync.WaitGroup
	queue := make(chan int)
	for range senders {
		wg.Go(func() {
			for i := range queue {
				for to := range both {
					tell(orders[i], (i+1+to)%2)
				}
			}
		})
	}
	for i := range orders {
		queue <- i
	}
	close(queue)
	wg.Wait()
	for _, o := range orders {
		n := o.made(both)
		answered := first[o.name] != ""
		switch {
		case n > 1, answered && n != 1:
			t.Errorf("%s: carried out %d times, answered %t", o.name, n, answered)
		case !answered:
			blocked++ // claimed when Redis died: refused, and carried out once at most
		}
	}
	// At each kill no more than the senders were in the middle of something.
	if blocked > kills*senders {
		t.Errorf("%d of %d orders can never be made", blocked, distinct)
	}
	t.Logf("%d orders, sent %d times, refused %d times; %d claimed when Redis died", distinct, sent, refused, blocked)
}
