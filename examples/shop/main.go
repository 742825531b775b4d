// Command shop is a merchant's server in one file. It takes a payment on Freedom
// Pay's page from the order to the shipped parcel, and back.
//
//	go run ./examples/shop
//
// sells tea at http://localhost:8090, with a sandbox in its own process. With
// FREEDOMPAY_URL, FREEDOMPAY_AUTH_ID and FREEDOMPAY_SECRET set it sells by another
// Freedom Pay, which has to reach it at SHOP_URL. A refund takes the token that it
// prints:
//
//	curl -X POST -H "Authorization: Bearer $TOKEN" http://localhost:8090/orders/ORDER/refund
//
// Its orders are in memory, as are its repeats. A real shop has both in a store
// that outlives it: its database, and callback.WithStore.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func main() {
	addr := flag.String("addr", "localhost:8090", "where to listen")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	credentials := wire.NewCredentials(cmp.Or(os.Getenv("FREEDOMPAY_AUTH_ID"), "123456"), cmp.Or(os.Getenv("FREEDOMPAY_SECRET"), rand.Text()))
	freedomPay := os.Getenv("FREEDOMPAY_URL")
	if freedomPay == "" {
		address, err := startSandbox(credentials)
		if err != nil {
			return err
		}
		freedomPay = address
		fmt.Println("Freedom Pay is a sandbox at", freedomPay)
	}
	token := cmp.Or(os.Getenv("SHOP_TOKEN"), rand.Text())
	handler, err := newShop(freedomPay, cmp.Or(os.Getenv("SHOP_URL"), "http://"+addr), credentials, token)
	if err != nil {
		return err
	}
	fmt.Printf("the shop is at http://%s; refunds take the token %s\n", addr, token)
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

// startSandbox serves a sandbox on a free port.
func startSandbox(credentials wire.Credentials) (address string, err error) {
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { log.Fatal(server.Serve(listener)) }()
	return "http://" + listener.Addr().String(), nil
}

// shop sells one thing.
type shop struct {
	client merchant.API
	url    string // where Freedom Pay and payers reach the shop
	token  string // of whoever may give money back
	parcel func(ctx context.Context, orderID string) error

	mu     sync.Mutex
	orders map[string]*order
}

// order is an order, from the payment page to the parcel.
type order struct {
	ID        string
	Amount    wire.Decimal
	Currency  string
	State     state
	PaymentID string // of the payment that was taken for it
}

type state string

const (
	placed    state = "waiting for the payment"
	held      state = "paid, but the money is only held"
	paid      state = "paid"
	shipped   state = "shipped"
	refunding state = "being refunded"
	refunded  state = "refunded"
)

const currency = "KZT"

var price = wire.MustDecimal("1500.00")

// newShop returns the shop's server.
func newShop(freedomPay, url string, credentials wire.Credentials, token string) (http.Handler, error) {
	client, err := merchant.New(wire.Environment(freedomPay), credentials)
	if err != nil {
		return nil, err
	}
	receiver, err := callback.New(callback.Static(credentials), callback.WithLogger(slog.Default()))
	if err != nil {
		return nil, err
	}
	s := &shop{client: client, url: url, token: token, orders: map[string]*order{}, parcel: func(_ context.Context, orderID string) error {
		fmt.Println("a parcel leaves for order", orderID)
		return nil
	}}
	return s.routes(receiver), nil
}

// routes are the shop's pages, and what Freedom Pay calls. Of the latter each has a
// last segment of its own: a signature holds for that, and for nothing else of the
// address.
func (s *shop) routes(receiver *callback.Receiver) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.shelf)
	mux.HandleFunc("POST /orders", s.place)
	mux.HandleFunc("GET /orders/{id}", s.show)
	mux.HandleFunc("POST /orders/{id}/refund", s.refund)

	mux.Handle("/freedompay/check", receiver.Check(s.check))
	mux.Handle("/freedompay/result", receiver.Result(s.result))
	mux.Handle("/freedompay/paid", receiver.Redirect(s.back))
	mux.Handle("/freedompay/unpaid", receiver.Redirect(s.back))
	return mux
}

// place makes an order, and sends the payer to Freedom Pay's page for it.
func (s *shop) place(w http.ResponseWriter, r *http.Request) {
	o := &order{ID: rand.Text(), Amount: price, Currency: currency, State: placed}
	s.mu.Lock()
	s.orders[o.ID] = o // before Freedom Pay can ask for it
	s.mu.Unlock()
	payment, err := s.client.PaymentCreate(r.Context(), &merchant.PaymentCreateRequest{
		OrderID: o.ID, Amount: o.Amount, Currency: o.Currency, Description: "Tea",
		AutoClearing: merchant.AutoClearingChargeNow,
		CheckURL:     s.url + "/freedompay/check",
		ResultURL:    s.url + "/freedompay/result",
		SuccessURL:   s.url + "/freedompay/paid",
		FailureURL:   s.url + "/freedompay/unpaid",
	})
	if err != nil {
		// Even if a payment was made: nobody has its page, so nobody pays it.
		log.Print("order ", o.ID, ": ", err)
		http.Error(w, "We cannot take payments now. Please try again later.", http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, payment.RedirectURL, http.StatusSeeOther)
}

// check says whether a payment may be made: for an order of ours, at its price, if
// it is not paid yet.
func (s *shop) check(_ context.Context, c *callback.CheckRequest) (callback.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[c.OrderID]
	switch {
	case o == nil:
		return callback.Reject("There is no such order."), nil
	case !o.costs(c.Amount, c.Currency):
		return callback.Reject("The order has another price."), nil
	case o.State != placed:
		return callback.Reject("The order is paid already."), nil
	}
	return callback.Accept(""), nil
}

// result learns what became of a payment, and ships. It may be told twice, and
// told again after it crashed halfway: what it has done it does not do again.
func (s *shop) result(ctx context.Context, r *callback.ResultRequest) (callback.Answer, error) {
	reading := r.Reading()
	if reading == wire.ReadingUnknown {
		status, err := s.client.PaymentStatus(ctx, &merchant.PaymentStatusRequest{PaymentID: r.PaymentID})
		if err != nil {
			return callback.Answer{}, err // Freedom Pay comes again
		}
		reading = status.Reading()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[r.OrderID]
	switch {
	case reading == wire.ReadingFailed:
		return callback.Accept(""), nil // the payer may try once more
	case o == nil || !o.costs(r.Amount, r.Currency) || o.PaymentID != "" && o.PaymentID != r.PaymentID:
		return s.decline(r)
	case reading == wire.ReadingHeld:
		o.State, o.PaymentID = held, r.PaymentID
		return callback.Accept("held"), nil
	case reading != wire.ReadingCaptured:
		return callback.Answer{}, fmt.Errorf("payment %s is %v", r.PaymentID, reading)
	}
	if o.State == placed || o.State == held {
		o.State, o.PaymentID = paid, r.PaymentID
	}
	if o.State == paid {
		if err := s.parcel(ctx, o.ID); err != nil {
			return callback.Answer{}, err
		}
		o.State = shipped
	}
	return callback.Accept("Order paid"), nil
}

// decline refuses a payment that nothing can be shipped for. Where it counts as
// made, somebody has to give the money back.
func (s *shop) decline(r *callback.ResultRequest) (callback.Answer, error) {
	if r.MayReject() {
		return callback.Reject("We cannot take this payment."), nil
	}
	log.Printf("payment %s of order %q has to be refunded by hand", r.PaymentID, r.OrderID)
	return callback.Accept(""), nil
}

// costs reports whether the order has this price. 1500 is 1500.00.
func (o *order) costs(amount wire.Decimal, in string) bool {
	return amount.IsSet() && o.Amount.Equal(amount) && o.Currency == in
}

// back shows the payer who comes back how the order stands. That is known from
// result: coming back proves nothing.
func (s *shop) back(w http.ResponseWriter, r *http.Request, back *browser.Redirect) {
	http.Redirect(w, r, s.url+"/orders/"+back.OrderID, http.StatusSeeOther)
}

// refund gives the money for an order back, once: with the same key a repeat is no
// second refund, and after an unknown outcome one can simply ask again.
func (s *shop) refund(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.token)) != 1 {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	id := r.PathValue("id")
	s.mu.Lock()
	o := s.orders[id]
	if o == nil || o.State != paid && o.State != shipped && o.State != refunding {
		s.mu.Unlock()
		http.Error(w, "there is nothing to refund", http.StatusConflict)
		return
	}
	o.State = refunding
	paymentID := o.PaymentID
	s.mu.Unlock()
	_, err := s.client.PaymentRefund(r.Context(), &merchant.PaymentRefundRequest{PaymentID: paymentID, IdempotencyKey: "refund " + id})
	if err != nil {
		log.Print("order ", id, ": ", err)
		if errors.Is(err, wire.ErrUnknownOutcome) {
			http.Error(w, "nobody knows yet whether the money was given back: ask again", http.StatusGatewayTimeout)
			return
		}
		http.Error(w, "the money was not given back", http.StatusBadGateway)
		return
	}
	s.mu.Lock()
	o.State = refunded
	s.mu.Unlock()
	fmt.Fprintln(w, "the money goes back")
}

func (s *shop) shelf(w http.ResponseWriter, _ *http.Request) {
	page(w, "shelf", price.String()+" "+currency)
}

func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	o := s.orders[r.PathValue("id")]
	var copied order
	if o != nil {
		copied = *o
	}
	s.mu.Unlock()
	if o == nil {
		http.NotFound(w, r)
		return
	}
	page(w, "order", copied)
}

var pages = template.Must(template.New("").Parse(`
{{define "shelf"}}<!DOCTYPE html>
<title>Tea</title>
<h1>Tea, {{.}}</h1>
<form method="post" action="/orders"><button>Buy</button></form>
{{end}}
{{define "order"}}<!DOCTYPE html>
<title>Order</title>
<h1>Order {{.ID}}</h1>
<p>{{.Amount}} {{.Currency}}: {{.State}}</p>
{{end}}`))

func page(w http.ResponseWriter, name string, view any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = pages.ExecuteTemplate(w, name, view) // the payer may be gone
}
