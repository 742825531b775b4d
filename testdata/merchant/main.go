// A small merchant's server, for the programs in testdata/independent that call it as Freedom Pay would. It prints where it
// listens, and then, for each run of one of its functions, a line of JSON with what that function got. What a function does
// goes by the beginning of the order's id: see act.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	timeout := flag.Duration("timeout", time.Second, "how long a function may take")
	verbose := flag.Bool("verbose", false, "say on standard error why something was refused or failed")
	flag.Parse()
	if err := run(*addr, *timeout, *verbose); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, timeout time.Duration, verbose bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	shop := &shop{timeout: timeout, runs: map[string]int{}}
	handler, err := shop.handler(verbose)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + listener.Addr().String())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(os.Stderr, "", 0)}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ---------------------------------------------------------------- the addresses

// credentials returns those of the environment variables with a prefix.
func credentials(prefix string) wire.Credentials {
	c := wire.NewCredentials(os.Getenv(prefix+"_AUTH_ID"), os.Getenv(prefix+"_SECRET"))
	c.PayoutSecret = wire.NewSecret(os.Getenv(prefix + "_PAYOUT_SECRET"))
	return c
}

// keys returns the merchants: two of them, one that has the secrets of both because it is changing them, one that pays
// nothing out, and one whose secrets cannot be looked up.
func keys() callback.Keys {
	shop, other := credentials("FREEDOMPAY"), credentials("OTHER")
	poor := shop
	poor.PayoutSecret = wire.Secret{}
	return func(_ context.Context, merchant string) ([]wire.Credentials, error) {
		switch merchant {
		case "shop":
			return []wire.Credentials{shop}, nil
		case "other":
			return []wire.Credentials{other}, nil
		case "both":
			return []wire.Credentials{other, shop}, nil
		case "poor":
			return []wire.Credentials{poor}, nil
		case "lost":
			return nil, errors.New("the secrets are lost")
		}
		return nil, nil
	}
}

// handler mounts each kind under /{merchant}/, and some again: with stores that are broken, and without the kinds of which
// no page says how they are authenticated.
func (s *shop) handler(verbose bool) (http.Handler, error) {
	options := []callback.Option{
		callback.WithMerchant(func(r *http.Request) string { return r.PathValue("merchant") }),
		callback.WithTimeout(s.timeout),
		callback.WithRefusalText("Попробуйте позже & снова"),
	}
	if verbose {
		options = append(options, callback.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))
	}
	mux := http.NewServeMux()
	for prefix, more := range map[string][]callback.Option{
		"": {callback.WithUnauthenticated(
			callback.KindFrameFailure, callback.KindRecurringProfile, callback.KindApplication, callback.KindInvoice)},
		"/off":      {},
		"/noclaim":  {callback.WithStore(&broken{Store: repeat.NewMemory(), claim: true})},
		"/nofinish": {callback.WithStore(&broken{Store: repeat.NewMemory()})},
	} {
		receiver, err := callback.New(keys(), append(options[:len(options):len(options)], more...)...)
		if err != nil {
			return nil, err
		}
		for path, handler := range map[string]http.Handler{
			"check":       receiver.Check(s.check),
			"result":      receiver.Result(s.result),
			"payout":      receiver.Payout(s.payout),
			"card":        receiver.CardSaved(s.card),
			"back":        receiver.Redirect(s.back),
			"profile":     receiver.RecurringProfile(s.told("profile")),
			"application": receiver.Application(s.told("application")),
			"invoice":     receiver.Invoice(s.told("invoice")),
		} {
			mux.Handle(prefix+"/{merchant}/"+path, handler)
		}
	}
	return mux, nil
}

// broken is a store that cannot be reached when something is claimed, or finished.
type broken struct {
	repeat.Store
	claim bool
}

func (b *broken) Claim(ctx context.Context, key string, lease time.Duration) (repeat.Claim, error) {
	if b.claim {
		return repeat.Claim{}, errors.New("the store is down")
	}
	return b.Store.Claim(ctx, key, lease)
}

func (b *broken) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	if !b.claim {
		return errors.New("the store is down")
	}
	return b.Store.Finish(ctx, key, token, outcome, keep)
}

// ---------------------------------------------------------------- the functions

type shop struct {
	timeout time.Duration
	mutex   sync.Mutex
	runs    map[string]int // of what was announced
}

// line is what a function got.
type line struct {
	Kind      string      `json:"kind"`
	Merchant  string      `json:"merchant"`
	Run       int         `json:"run"` // the how manyth it is for this order, from 1 on
	PaymentID string      `json:"payment_id"`
	OrderID   string      `json:"order_id"`
	Amount    string      `json:"amount"`
	Result    *int64      `json:"result"`
	CanReject *bool       `json:"can_reject"`
	Captured  *bool       `json:"captured"`
	Verified  *bool       `json:"verified"` // of a way back
	Asks      string      `json:"asks"`     // the operation that tells how it really is
	Fields    [][2]string `json:"fields"`
}

// tell prints a line.
func (s *shop) tell(ctx context.Context, l line, message codec.Message) line {
	if message != nil {
		for _, pair := range codec.Pairs(message) {
			l.Fields = append(l.Fields, [2]string{pair.Name, pair.Value})
		}
	}
	if l.Merchant == "" {
		l.Merchant = callback.Merchant(ctx)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := l.Kind + " " + l.Merchant + " " + l.OrderID
	s.runs[key]++
	l.Run = s.runs[key]
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	// One call, so that lines do not mix.
	fmt.Println(string(text))
	return l
}

// act does what the order's id says. With -once in it, an order is accepted from its second run on.
func (s *shop) act(ctx context.Context, l line) (callback.Answer, error) {
	how, _, _ := strings.Cut(l.OrderID, "-")
	if l.Run > 1 && strings.Contains(l.OrderID, "-once") {
		how = "order"
	}
	yes := callback.Accept("Принято & <" + l.OrderID + ">")
	switch how {
	case "reject":
		return callback.Reject("Отказано; " + l.OrderID), nil
	case "hour":
		return yes.WithTimeout(time.Hour), nil
	case "silent":
		return callback.Accept(""), nil
	case "zero":
		return callback.Answer{}, nil
	case "fail":
		return yes, errors.New("the shop is broken")
	case "panic":
		panic("secret of a panic")
	case "work":
		return yes, wait(ctx, s.timeout/8)
	case "slow":
		return yes, wait(ctx, time.Hour)
	case "late": // does not heed its context, but ends before its claim does
		time.Sleep(s.timeout * 3 / 2)
	case "stuck": // not even that
		time.Sleep(s.timeout * 3)
	}
	return yes, nil
}

// wait waits, but no longer than there is time.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shop) check(ctx context.Context, check *callback.CheckRequest) (callback.Answer, error) {
	return s.act(ctx, s.tell(ctx, line{
		Kind: "check", PaymentID: check.PaymentID, OrderID: check.OrderID, Amount: check.Amount.String(),
	}, check))
}

func (s *shop) result(ctx context.Context, result *callback.ResultRequest) (callback.Answer, error) {
	return s.act(ctx, s.tell(ctx, line{
		Kind: "result", PaymentID: result.PaymentID, OrderID: result.OrderID, Amount: result.Amount.String(),
		Result: new(int64(result.Result)), CanReject: result.CanReject, Captured: result.Captured,
	}, result))
}

func (s *shop) payout(ctx context.Context, payout *callback.PayoutRequest) error {
	_, err := s.act(ctx, s.tell(ctx, line{
		Kind: "payout", PaymentID: payout.PaymentID, OrderID: payout.OrderID, Amount: payout.PaymentAmount.String(),
	}, payout))
	return err
}

func (s *shop) card(ctx context.Context, saved *callback.CardSavedRequest) error {
	_, err := s.act(ctx, s.tell(ctx, line{Kind: "card", PaymentID: saved.PaymentID, OrderID: saved.OrderID}, saved))
	return err
}

// back is the page that a payer comes back to.
func (s *shop) back(w http.ResponseWriter, r *http.Request, back *browser.Redirect) {
	l := line{
		Kind: "back", Merchant: r.PathValue("merchant"), PaymentID: back.PaymentID, OrderID: back.OrderID, Verified: &back.Verified,
	}
	for _, field := range append(back.Parameters, back.Undocumented...) {
		l.Fields = append(l.Fields, [2]string{field.Name, field.Value.Reveal()})
	}
	s.tell(r.Context(), l, nil)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!DOCTYPE html><title>Thank you</title>")
}

// told returns a function that is only told what to ask. Of an invoice that is in the body, wherever its pages will say.
func (s *shop) told(kind string) func(context.Context, callback.Question) error {
	return func(ctx context.Context, q callback.Question) error {
		l := line{Kind: kind, Merchant: q.Merchant, PaymentID: q.ID, OrderID: q.ExternalID, Asks: q.Operation.ID}
		if q.Payload != nil {
			l.OrderID, _ = q.Payload.Lookup("external_id")
		}
		_, err := s.act(ctx, s.tell(ctx, l, q.Request))
		return err
	}
}
