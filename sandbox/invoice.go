package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// Invoice is a bill of a merchant. It is looked up by its ID (Partner >
// Invoices > Info) and its PaymentID (Partner > Invoice), and paid by its
// Customer handle (Merchant > Invoice > Pay).
type Invoice struct {
	// ID is a UUID; made when empty.
	ID string `json:"invoice_id"`
	// PaymentID is a positive number of at most 18 digits; made when empty.
	PaymentID string `json:"payment_id"`
	// Customer is the handle that a payment names; made when empty.
	Customer string `json:"customer"`
	// OrderID is the order's id with the merchant; made when empty.
	OrderID string `json:"order_id"`
	// Amount is what is to be paid, in units of Currency: positive, with at most
	// two decimals.
	Amount wire.Decimal `json:"amount"`
	// Currency is ISO 4217 alpha-3, KZT when empty.
	Currency string `json:"currency"`
	// MerchantName and Description are for the payer.
	MerchantName string `json:"merchant_name"`
	Description  string `json:"description"`
	// BackURL is where the payer goes afterwards.
	BackURL string `json:"back_url"`
	// Tax and Device are shown to the payer as they are.
	Tax    []partner.TaxPosition `json:"-"`
	Device *partner.Device       `json:"-"`
	// Lifetime is how long it can be paid; a day when 0.
	Lifetime time.Duration `json:"-"`
}

// LogValue names the invoice by its ids: what it shows to the payer may be
// personal.
func (i Invoice) LogValue() slog.Value {
	return slog.GroupValue(slog.String("invoice_id", i.ID), slog.String("payment_id", i.PaymentID), slog.String("order_id", i.OrderID))
}

// invoice is an Invoice in the state.
type invoice struct {
	Invoice
	created, expires time.Time
	// payment is what the merchant is asked and told about: one that no status call
	// knows, and of the invoices of 2025 no page. It is failed once the merchant has
	// refused it.
	payment *payment
	// terms are what only the invoices of 2026 are made with.
	terms invoiceTerms
}

// paid reports whether the invoice is paid.
func (i *invoice) paid() bool { return i.payment.state == wire.ReadingCaptured }

// refused returns why it cannot be paid any more, or nil.
func (i *invoice) refused() *fault { return i.payment.failure }

// number is the payment's id as the Merchant API writes it.
func (i *invoice) number() int64 {
	n, _ := strconv.ParseInt(i.PaymentID, 10, 64) // checked when the invoice was added
	return n
}

var paymentID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// CreateInvoice adds an invoice to the state and returns it with what was made
// up. It is an error if the amount or an id cannot be one, or an id is taken.
func (s *Sandbox) CreateInvoice(i Invoice) (Invoice, error) { return s.add(i, addresses{}) }

func (s *state) add(i Invoice, calls addresses) (Invoice, error) {
	amount, err := i.Amount.Minor(2)
	if err != nil || i.Amount.Sign() <= 0 {
		return i, errors.New("sandbox: the amount of an invoice must be positive, with at most two decimals")
	}
	if i.PaymentID != "" && !paymentID.MatchString(i.PaymentID) {
		return i, errors.New("sandbox: the payment id of an invoice must be a number of at most 18 digits")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.addAlone(i, amount, calls)
	return made.Invoice, err
}

// addAlone is add for who has the state. Amount is that of i in hundredths.
func (s *state) addAlone(i Invoice, amount int64, calls addresses) (*invoice, error) {
	made := &invoice{Invoice: i}
	s.last++
	if i.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return made, fmt.Errorf("sandbox: no invoice id: %w", err)
		}
		i.ID = id.String()
	}
	for _, made := range []struct {
		id     *string
		prefix string
	}{{&i.PaymentID, ""}, {&i.Customer, "customer"}, {&i.OrderID, "order-"}} {
		if *made.id == "" {
			*made.id = made.prefix + strconv.FormatInt(s.last, 10)
		}
	}
	if i.Currency == "" {
		i.Currency = "KZT"
	}
	if i.Lifetime == 0 {
		i.Lifetime = 24 * time.Hour
	}
	for _, other := range s.invoices {
		if other.ID == i.ID || other.PaymentID == i.PaymentID || other.Customer == i.Customer {
			return made, errors.New("sandbox: an invoice with one of these ids exists")
		}
	}
	now := s.now()
	made.Invoice, made.created, made.expires = i, now, now.Add(i.Lifetime)
	made.payment = &payment{
		order: order{id: i.OrderID, description: i.Description, currency: i.Currency, calls: calls},
		id:    i.PaymentID, amount: amount, state: wire.ReadingNew, created: now,
	}
	s.invoices = append(s.invoices, made)
	return made, nil
}

// find returns the first invoice that match accepts. The caller holds the lock.
func (s *state) find(match func(*invoice) bool) *invoice {
	for _, i := range s.invoices {
		if match(i) {
			return i
		}
	}
	return nil
}

// expired reports whether an unpaid invoice can no longer be paid.
func (s *state) expired(i *invoice) bool { return !i.paid() && !s.now().Before(i.expires) }

// createInvoice is how a program that is not written in Go adds an invoice:
// POST /_sandbox/invoices, JSON, not signed. It is no part of Freedom Pay.
func (s *Sandbox) createInvoice(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	var i Invoice
	err := decoder.Decode(&i)
	if err == nil {
		i, err = s.CreateInvoice(i)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": strings.TrimPrefix(err.Error(), "sandbox: ")})
		return
	}
	writeJSON(w, http.StatusCreated, i)
}
