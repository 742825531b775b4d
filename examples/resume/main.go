// Command resume shows how to repeat a payment after a crash.
//
// It pays an invoice with a saved card. Before anything is sent it stores the
// id of the request in a file, safe from a power cut. Whatever happens then, the
// next start finds the file and knows: nothing was begun; or a payment was
// begun and its fate is not known, so the call is made again under the same id,
// with the same bytes and the same signature; or the payment is over, and
// nothing is sent.
//
// What it cannot know: no page documents that Freedom Pay takes a second
// request under the same id for the same, or that an invoice cannot be paid
// twice. Ask Freedom Pay what they do with a repeat before you rely on it.
//
// Usage:
//
//	FREEDOMPAY_SECRET=… FREEDOMPAY_CUSTOMER=… FREEDOMPAY_CARD_TOKEN=… \
//		resume -url https://test-api.freedompay.kz -merchant 123456 -user 42 -journal order-17.json
//
// One file belongs to one payment, and to one process at a time.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

func main() {
	var (
		url        = flag.String("url", "", "base `URL` of Freedom Pay")
		merchantID = flag.String("merchant", "", "`id` of the merchant")
		user       = flag.String("user", "", "`id` of the user with the merchant")
		path       = flag.String("journal", "", "`file` that belongs to this payment")
	)
	flag.Parse()
	// What is secret comes by the environment: everybody sees a command line.
	request := &merchant.InvoicePayRequest{
		InvoiceHandle: wire.NewSecret(os.Getenv("FREEDOMPAY_CUSTOMER")),
		UserID:        *user,
		CardToken:     wire.NewSecret(os.Getenv("FREEDOMPAY_CARD_TOKEN")),
	}
	client, err := merchant.New(wire.Environment(*url), wire.NewCredentials(*merchantID, os.Getenv("FREEDOMPAY_SECRET")))
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		err = pay(ctx, client, *path, request)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pay pays once, in as many starts as it takes.
func pay(ctx context.Context, client merchant.API, path string, request *merchant.InvoicePayRequest) error {
	// Before an id is spent on it.
	if err := request.Validate(); err != nil {
		return err
	}
	e, repeat, err := begin(path, request)
	if err != nil {
		return err
	}
	if e.Outcome != "" {
		fmt.Println("it is over:", e.Outcome)
		return nil
	}
	answer, err := client.InvoicePay(ctx, request, wire.WithRequestID(e.RequestID))
	switch {
	case err == nil:
		e.Outcome = "invoice " + string(answer.InvoiceStatus)
	case errors.Is(err, wire.ErrRejected) && !errors.Is(err, wire.ErrUnknownOutcome):
		e.Outcome = "rejected"
		if repeat {
			e.Outcome = "not known: a repeat was rejected, perhaps because the invoice is paid; ask Freedom Pay"
		}
	default:
		// Not sent, or sent and its fate unknown: in both cases the entry stays as
		// it is, and the next start makes the same call again.
		return fmt.Errorf("start again to repeat it: %w", err)
	}
	fmt.Println(e.Outcome)
	return errors.Join(err, e.store(path))
}

// entry is what the file remembers of a payment. It holds nothing secret.
type entry struct {
	// RequestID is the id under which the call is made, however often.
	RequestID string `json:"request_id"`
	// Request is a hash of the request, so that the file of one payment is not
	// taken for that of another.
	Request string `json:"request"`
	// Outcome is empty until it is known.
	Outcome string `json:"outcome,omitempty"`
}

// begin returns the entry of a payment that was begun before, or stores a new
// one.
func begin(path string, request *merchant.InvoicePayRequest) (e *entry, before bool, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, false, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])

	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		id, err := middleware.NewRequestID()
		if err != nil {
			return nil, false, err
		}
		e = &entry{RequestID: id, Request: hash}
		return e, false, e.store(path)
	}
	if err != nil {
		return nil, false, err
	}
	e = new(entry)
	if err := json.Unmarshal(data, e); err != nil {
		return nil, false, fmt.Errorf("%s is not a journal of a payment: %w", path, err)
	}
	if e.Request != hash {
		return nil, false, fmt.Errorf("%s belongs to another payment", path)
	}
	return e, true, nil
}

// store writes the entry so that after a crash, of the machine too, the file
// holds either the old entry or the new one, and the new one if store returned.
func (e *entry) store(path string) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if runtime.GOOS == "windows" {
		return nil // has no way to sync a directory
	}
	// The name is in the directory, which has to reach the disk as well.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
