package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// raw is a request that was signed once and is sent as often as one likes, which no
// client does: each of its calls has a new salt and a new id.
type raw struct {
	name, path, contentType, body string
	header                        http.Header
}

func rawJSON(t testing.TB, name, path, body string, header ...string) raw {
	t.Helper()
	return rawJWS(t, jws.HS256, name, path, body, header...)
}

func rawCard(t testing.TB, path, body string) raw {
	t.Helper()
	return rawJWS(t, jws.HS512, "", path, body)
}

func rawJWS(t testing.TB, algorithm jws.Algorithm, name, path, body string, header ...string) raw {
	t.Helper()
	signer, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(jws.Header{Algorithm: algorithm, URI: path, Identity: "123456", Method: "POST"}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := raw{name, path, "application/json", body, http.Header{}}
	r.header.Set(jws.SignatureHeader, signature)
	r.header.Set("X-Request-Id", uuid.NewString())
	for i := 0; i < len(header); i += 2 {
		r.header.Set(header[i], header[i+1])
	}
	return r
}

func rawForm(t testing.TB, name, path string, pairs ...string) raw {
	t.Helper()
	values := url.Values{"pg_merchant_id": {"123456"}, "pg_salt": {"a salt"}}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	var all []pgsig.Pair
	for name, texts := range values {
		all = append(all, pgsig.Pair{Name: name, Value: texts[0]})
	}
	fields, err := pgsig.Fields(all)
	if err != nil {
		t.Fatal(err)
	}
	script, err := pgsig.ScriptName(path)
	if err != nil {
		t.Fatal(err)
	}
	values.Set("pg_sig", pgsig.Sign(script, fields, "secret"))
	return raw{name, path, "application/x-www-form-urlencoded", values.Encode(), nil}
}

// send has a sandbox answer the request. It may be called outside of the test's
// goroutine.
func (r raw) send(to http.Handler) (code int, body string) {
	req := httptest.NewRequest("POST", r.path, strings.NewReader(r.body))
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", r.contentType)
	w := httptest.NewRecorder()
	to.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

// The kinds of requests that are made once: by a member of JSON, by a field of a form,
// and with an error for the repeat.
var onceKinds = []struct {
	make, ask func(t testing.TB, name string) raw
	done      string // what the answer to the first has
	repeat    string // what that to a repeat has, if it is another
	found     string // what the answer to ask has if it was made
}{
	{
		make: func(t testing.TB, name string) raw {
			return rawJSON(t, name, "/v5/g2g/create", `{"amount":10,"currency":"KZT","description":"a book","order_id":"`+name+
				`","auto_clearing":true,"from":{"type":"card","card":{"name":"TEST CARD","pan":"`+cardPlain+`","cvc":"123","year":"30","month":"12"}}}`,
				"X-Action", "gateway.payment.create")
		},
		ask: func(t testing.TB, name string) raw {
			return rawJSON(t, name, "/v5/g2g/read", `{"order_id":"`+name+`"}`, "X-Action", "gateway.payment.status")
		},
		done: `"status":"process"`, found: `"order_id":"`,
	},
	{
		make: func(t testing.TB, name string) raw {
			return rawForm(t, name, "/init_payment", "pg_order_id", name, "pg_amount", "10.00", "pg_description", "a book", "pg_idempotency_key", "of "+name)
		},
		ask: func(t testing.TB, name string) raw {
			return rawForm(t, name, "/get_status3.php", "pg_order_id", name)
		},
		done: "<pg_status>ok</pg_status>", found: "<pg_payment_id>",
	},
	{
		make: func(t testing.TB, name string) raw {
			return rawJSON(t, name, "/v5/partner/wallet/add", `{"request_id":"`+name+`","identifier":"`+name+
				`","birthday":"1990-01-01","country":"KAZ","currency":"KZT","first_name":"A","last_name":"B"}`)
		},
		ask: func(t testing.TB, name string) raw {
			return rawJSON(t, name, "/v5/partner/wallet/statement", `{"identifier":"`+name+`"}`)
		},
		done: `"status":"ok"`, repeat: `"1002"`, found: `"status":"ok"`,
	},
}

// twoSandboxes share a store, and nothing else: what is carried out at both is twice.
func twoSandboxes(t testing.TB, store repeat.Store) []*sandbox.Sandbox {
	t.Helper()
	var both []*sandbox.Sandbox
	for range 2 {
		s, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret"), Repeats: store})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		both = append(both, s)
	}
	return both
}

// 10000 requests, of which each tenth is another one, at once at two sandboxes: each is
// carried out once, at one of them, all copies get their answer, and what is
// remembered is forgotten in the end.
func TestAcceptance10000InMemory(t *testing.T) {
	const distinct, copies, atOnce = 1000, 10, 200
	var clock fakeClock
	clock.move(day)
	store := repeat.NewMemory(repeat.WithClock(clock.Now), repeat.WithMaxBytes(16<<20))
	both := twoSandboxes(t, store)
	requests, answers := make([]raw, distinct), make([][copies]string, distinct)
	for i := range requests {
		requests[i] = onceKinds[i%len(onceKinds)].make(t, fmt.Sprint("order-", i))
	}
	queue := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for n := range queue {
				// Copies come close to each other, and in turn to both.
				i, c := n/copies, n%copies
				code, body := requests[i].send(both[c%2])
				if code != http.StatusOK {
					t.Errorf("%s: got %d %s", requests[i].name, code, body)
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
	for i, all := range answers {
		kind := onceKinds[i%len(onceKinds)]
		done, repeats, others := 0, 0, map[string]bool{}
		for _, answer := range all {
			switch {
			case strings.Contains(answer, kind.done):
				done++
				others[answer] = true
			case kind.repeat != "" && strings.Contains(answer, kind.repeat):
				repeats++
			}
		}
		if kind.repeat == "" && (done != copies || len(others) != 1) || kind.repeat != "" && (done != 1 || repeats != copies-1) {
			t.Errorf("%s: %d done, %d refused as repeats, answers %v", requests[i].name, done, repeats, all)
		}
		made := 0
		for _, s := range both {
			if _, body := kind.ask(t, requests[i].name).send(s); strings.Contains(body, kind.found) {
				made++
			}
		}
		if made != 1 {
			t.Errorf("%s: carried out %d times", requests[i].name, made)
		}
	}
	// Reads by X-Request-Id are known too.
	if most := 2*distinct + distinct; store.Len() < distinct || store.Len() > most {
		t.Errorf("%d keys are held for %d requests", store.Len(), distinct)
	}
	clock.move(4 * day)
	if store.Len() != 0 {
		t.Errorf("%d keys are held for ever", store.Len())
	}
}

// With a store, everything that is done is as without one, but for what Options.Repeats
// says of it.
func TestRepeatsWithAStoreAnswerAsTheStateDoes(t *testing.T) {
	now := func() time.Time { return noon }
	own, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret"), Now: now})
	must(t, err)
	t.Cleanup(own.Close)
	with, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret"), Now: now, Repeats: repeat.NewMemory()})
	must(t, err)
	t.Cleanup(with.Close)
	id := uuid.NewString()
	taken := onceKinds[2].make(t, "taken")
	for _, test := range []struct {
		name  string
		calls []raw
	}{
		{"a wallet", []raw{onceKinds[2].make(t, "a"), onceKinds[2].make(t, "a")}},
		{"a wallet that is refused and leaves its number free", []raw{
			taken, rawJSON(t, "", taken.path, strings.Replace(taken.body, `"request_id":"taken"`, `"request_id":"b"`, 1)), onceKinds[2].make(t, "b"),
		}},
		{"a form that is refused and leaves its key free", []raw{
			rawForm(t, "", "/revoke", "pg_payment_id", "7", "pg_idempotency_key", "k"),
			rawForm(t, "", "/init_payment", "pg_order_id", "k", "pg_description", "d", "pg_idempotency_key", "k"),
			rawForm(t, "", "/init_payment", "pg_order_id", "k", "pg_description", "d", "pg_idempotency_key", "k"),
		}},
		{"an X-Request-Id of another method", []raw{
			rawJSON(t, "", "/v5/g2g/read", `{"order_id":"n"}`, "X-Action", "gateway.payment.status", "X-Request-Id", id),
			rawJSON(t, "", "/v5/g2g/read", `{"id":"`+id+`"}`, "X-Action", "gateway.request.status", "X-Request-Id", id),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, call := range test.calls {
				ownCode, ownBody := call.send(own)
				code, body := call.send(with)
				// Salts are random, and so is what is signed over them.
				if code != ownCode || withoutSalt(body) != withoutSalt(ownBody) {
					t.Errorf("call %d: got %d %s\nwithout a store %d %s", i, code, body, ownCode, ownBody)
				}
			}
		})
	}
}

// withoutSalt is an answer but for pg_salt, pg_sig and the handle of a page.
func withoutSalt(body string) string {
	for _, name := range []string{"pg_salt", "pg_sig", "pg_redirect_url", "description"} {
		before, rest, found := strings.Cut(body, "<"+name+">")
		if _, after, closed := strings.Cut(rest, "</"+name+">"); found && closed {
			body = before + after
		}
	}
	before, _, _ := strings.Cut(body, `"description":`) // words of the sandbox's own
	return before
}

// What was done before a restart is known after it, though the state is a new one.
func TestRepeatsWithAStoreOutliveASandbox(t *testing.T) {
	store := repeat.NewMemory()
	both := twoSandboxes(t, store)
	for _, kind := range onceKinds {
		request := kind.make(t, "1")
		_, first := request.send(both[0])
		if !strings.Contains(first, kind.done) {
			t.Fatalf("got %s", first)
		}
		_, again := request.send(both[1])
		if kind.repeat == "" && again != first || kind.repeat != "" && !strings.Contains(again, kind.repeat) {
			t.Errorf("got %s, then %s", first, again)
		}
	}
	// The Card API's error is the one of its own state.
	for i, want := range []string{`"status":"ok"`, `"status":"error"`, `"status":"error"`} {
		_, body := rawCard(t, "/v5/card-api/card/close", `{"request_id":"01978c2b-f191-7b56-92f8-20c7c401d1fc","card_id":"`+sandbox.ExampleCard+`","description":"d"}`).send(both[min(i, 1)])
		if !strings.Contains(body, want) {
			t.Errorf("request %d: got %s", i, body)
		}
	}
}

// Which of several operations on one path a request means only its body may tell, and
// serve.Options.Find takes the first: their keys are the same.
func TestRepeatsOfOperationsOnOnePath(t *testing.T) {
	first, shared := map[string]wire.Operation{}, 0
	for _, known := range catalog.All() {
		op := known.Operation
		on := op.Method + " " + op.Path + " " + op.Select.Header + op.Select.Value
		if other, ok := first[on]; ok {
			shared++
			if other.Repeat != op.Repeat || other.Effect != op.Effect {
				t.Errorf("%s: %+v, and %s: %+v", other.ID, other.Repeat, op.ID, op.Repeat)
			}
			continue
		}
		first[on] = op
	}
	if shared == 0 {
		t.Error("no operations share a path")
	}
}

// Another request with a key is refused, in the form of its API.
func TestRepeatsWithAStoreRefuseAnotherRequest(t *testing.T) {
	s := openShopWith(t, sandbox.Options{Repeats: repeat.NewMemory()})
	request := merchantPayment("K-1")
	request.IdempotencyKey = "one"
	first := checked(s, s.merchant.PaymentCreate, request)
	if again := checked(s, s.merchant.PaymentCreate, request); again.PaymentID != first.PaymentID {
		t.Errorf("got %v, then %v", first, again)
	}
	request.Amount = wire.MustDecimal("7")
	refused(s, "9403", s.merchant.PaymentCreate, request)
	refused(s, "9403", s.merchant.PaymentRefund, &merchant.PaymentRefundRequest{PaymentID: first.PaymentID, IdempotencyKey: "one"})

	asked(s, s.gateway.AsyncPaymentCreate, asyncPayment("G-1", "100", cardFull, true))
	e := refusedUnsigned(s, "9403", s.gateway.AsyncPaymentCreate, asyncPayment("G-1", "200", cardFull, true))
	if e.Meta.Status != http.StatusUnprocessableEntity {
		t.Errorf("got %v", e)
	}
}
