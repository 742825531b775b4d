package redisstore

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
)

// These tests are of servers that take payments, processes that are killed, behind
// verify.Repeats and one Redis: whatever dies, no payment is made twice.

const (
	tillID     = "123456"
	tillSecret = "a secret for tests"
)

var pay = wire.Operation{
	ID: "till.pay", Method: "POST", Path: "/shop/pay", Security: wire.JWSHS256,
	Repeat: wire.Repeat{Key: "order_id", Answer: wire.RepeatFirst},
}

// serveTill is a child: a server that takes payments, until it is killed.
func serveTill() error {
	s, store, err := newShop()
	if err != nil {
		return err
	}
	verified, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Keys: func(context.Context, string) ([]wire.Secret, error) {
			return []wire.Secret{wire.NewSecret(tillSecret)}, nil
		},
	})
	if err != nil {
		return err
	}
	once, err := verify.Repeats(verify.RepeatsOptions{
		Find:  func(*http.Request) (wire.Operation, bool) { return pay, true },
		Store: store, Secret: wire.NewSecret("a secret of the servers"), Timeout: patience, Wait: s.timeout,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(pay.Path, verified(once(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = s.work(r.Context(), string(body))
		}
		if err != nil {
			http.Error(w, "failed", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "ok by %d", os.Getpid())
	}))))
	return s.listen(mux)
}

func payment(id string) string { return `{"order_id":"` + id + `"}` }

// sendPayment sends a payment once. It may be called outside of the test's goroutine.
func sendPayment(t *testing.T, to, body string) answered {
	t.Helper()
	signer, err := jws.NewSigner([]byte(tillSecret))
	if err != nil {
		t.Error(err)
		return answered{}
	}
	signature, err := signer.Sign(jws.Header{Algorithm: jws.HS256, URI: pay.Path, Identity: tillID, Method: "POST"}, []byte(body))
	if err != nil {
		t.Error(err)
		return answered{}
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", to+pay.Path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return answered{}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(jws.SignatureHeader, signature)
	got, err := gateway.Do(r)
	if err != nil {
		return answered{}
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answered{}
	}
	return answered{code: got.StatusCode, body: string(text)}
}

func newTills(t *testing.T, timeout time.Duration) *world {
	t.Helper()
	w := newWorld(t, timeout)
	w.role = "till"
	return w
}

// 100 copies at once at two servers make one payment, and all get its answer, as does
// whoever comes after both have been restarted.
func TestRepeatsTwoServersAndARestart(t *testing.T) {
	const senders = 100
	w := newTills(t, patience)
	servers := []*server{w.server(t, pointBegin), w.server(t, pointBegin)}
	answers := make([]answered, senders)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = sendPayment(t, servers[i%2].url, payment("1")) })
	}
	deadline := time.Now().Add(patience)
	for waiting := 0; waiting < senders; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d senders wait", waiting, senders)
		}
		waiting = servers[0].waiting(t) + servers[1].waiting(t)
	}
	for _, s := range servers {
		s.tell(t, "go on")
	}
	wg.Wait()
	for i, a := range answers {
		if a.code != http.StatusOK || !strings.HasPrefix(a.body, "ok by ") || a != answers[0] {
			t.Errorf("sender %d: %d %q, sender 0 %q", i, a.code, a.body, answers[0].body)
		}
	}
	for _, s := range servers {
		s.kill()
	}
	restarted := w.server(t, "")
	if a := sendPayment(t, restarted.url, payment("1")); a != answers[0] {
		t.Errorf("after a restart: %+v, want %+v", a, answers[0])
	}
	if a := sendPayment(t, restarted.url, `{"order_id":"1","amount":2}`); a.code != http.StatusConflict {
		t.Errorf("another one with the key: %+v", a)
	}
	for _, what := range []string{wroteBegin, wroteEffect, wroteSuccess} {
		w.mustCount(t, what, payment("1"), 1, 1)
	}
}

// Wherever a server dies, nobody makes the payment again: the repeat gets the answer,
// or is refused, for nobody knows what was done.
func TestRepeatsServerKilled(t *testing.T) {
	for _, c := range []struct {
		point   string
		effects int
		code    int
	}{
		{pointClaimed, 0, http.StatusServiceUnavailable},
		{pointBegin, 0, http.StatusServiceUnavailable},
		{pointEnd, 1, http.StatusServiceUnavailable},
		{pointFinish, 1, http.StatusServiceUnavailable},
		{pointFinished, 1, http.StatusOK},
	} {
		t.Run(c.point, func(t *testing.T) {
			w := newTills(t, shortly)
			first := w.server(t, c.point)
			answer := make(chan answered, 1)
			go func() { answer <- sendPayment(t, first.url, payment("1")) }()
			first.stopped(t, c.point)
			first.kill()
			<-answer
			second := w.server(t, "")
			for range 3 {
				if a := sendPayment(t, second.url, payment("1")); a.code != c.code {
					t.Errorf("got %+v, want %d", a, c.code)
				}
			}
			w.mustCount(t, wroteEffect, payment("1"), c.effects, c.effects)
			if a := sendPayment(t, second.url, payment("2")); a.code != http.StatusOK {
				t.Errorf("another payment: %+v", a)
			}
		})
	}
}

// Wherever Redis dies, nobody makes the payment twice.
func TestRepeatsRedisKilled(t *testing.T) {
	for _, point := range []string{pointClaimed, pointBegin, pointEnd, pointFinish} {
		t.Run(point, func(t *testing.T) {
			w := newTills(t, patience)
			s := w.server(t, point)
			answer := make(chan answered, 1)
			go func() { answer <- sendPayment(t, s.url, payment("1")) }()
			s.stopped(t, point)
			w.redis.kill()
			if a := sendPayment(t, s.url, payment("2")); a.code != http.StatusServiceUnavailable {
				t.Errorf("got %+v, and Redis is down", a)
			}
			s.tell(t, "go on")
			// It was carried out, and whoever asked for it learns so.
			if a := <-answer; a.code != http.StatusOK {
				t.Errorf("got %+v", a)
			}
			w.redis.restart(t)
			w.timeout = shortly
			next := w.server(t, "")
			if a := sendPayment(t, next.url, payment("1")); a.code != http.StatusServiceUnavailable {
				t.Errorf("got %+v, and nobody knows what was done", a)
			}
			w.mustCount(t, wroteEffect, payment("1"), 1, 1)
			w.mustCount(t, wroteEffect, payment("2"), 0, 0)
		})
	}
}
