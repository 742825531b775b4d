package sandbox

import (
	"log/slog"
	"sync"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// The ids that a new sandbox knows: those of the documentation's examples, so
// that these work as they are printed.
const (
	// ExampleInvoice is the invoice of Partner API > Invoices > Info.
	ExampleInvoice = "019d0652-4e2f-7f54-a179-007c80c48adu"
	// ExamplePayment is the payment of Partner API > Invoice, here of the same invoice.
	ExamplePayment = "1234567890"
	// ExampleCustomer is the handle of Merchant API > Invoice > Pay, here of the same invoice.
	ExampleCustomer = "kzobd2vgp17214143761774775392946"
	// ExampleCardRequest is the request of the Card API's overview. It is done.
	ExampleCardRequest = "828cf71d-a447-4a67-a149-c1df8bc197ca"
)

// state is all that a sandbox remembers.
type state struct {
	clock      *clock
	calls      *calls
	logger     *slog.Logger
	merchantID int64

	mu       sync.Mutex
	idle     *sync.Cond // on mu: something that was busy is not any more
	ready    later      // callbacks that follow from what was done since mu was locked
	last     int64      // the last number that was given to anything
	invoices []*invoice
	clients  map[string]*request // of Partner > Client add, by request id
	issuing  *issuing            // of the Card API

	payments   map[string]*payment // by pg_payment_id
	ordered    []*payment          // the same, oldest first
	async      asyncState          // the same, as the asynchronous Gateway API has them
	pages      map[string]*payment // the same, by the handle of their page
	challenges map[string]*challenge
	saved      []*savedCard
	profiles   map[string]*profile
	agreements []*agreement       // oldest first
	outcomes   map[string]outcome // by idempotency key

	applications []*application // oldest first

	out    outgoing
	phones map[*payment]*phoneCode // payments from the balance of a phone

	partners partners
}

// request is a piece of work that goes on after its call was answered.
type request struct {
	asked    int // how often its state was asked for
	clientID string
}

func newState(c *clock, logger *slog.Logger, merchantID int64) *state {
	s := &state{
		clock: c, logger: logger, merchantID: merchantID,
		clients: map[string]*request{},
		issuing: newIssuing(),

		payments:   map[string]*payment{},
		async:      newAsyncState(),
		pages:      map[string]*payment{},
		challenges: map[string]*challenge{},
		profiles:   map[string]*profile{},
		outcomes:   map[string]outcome{},
		phones:     map[*payment]*phoneCode{},

		partners: newPartners(),
	}
	s.idle = sync.NewCond(&s.mu)
	_, err := s.add(Invoice{
		ID: ExampleInvoice, PaymentID: ExamplePayment, Customer: ExampleCustomer, OrderID: "00102",
		Amount: wire.MustDecimal("500.00"), Currency: "KZT",
		MerchantName: "SHOP NAME", Description: "invoice description", BackURL: "https://back.url",
		Tax: []partner.TaxPosition{{
			Name: "Position", Price: wire.MustDecimal("500.00"), Type: "standard", Count: new(int64(1)),
		}},
		Device: &partner.Device{
			ID: wire.NewSecret("device-abc-123"), BrowserVersion: "Chrome/121.0.0.0", IP: wire.NewSecret("85.116.189.120"),
		},
	}, addresses{})
	if err != nil {
		panic(err) // the first invoice of an empty state collides with nothing
	}
	return s
}

// now is the sandbox's time.
func (s *state) now() time.Time { return s.clock.now() }

// dt is the time of an answer in the documented form, with an offset.
func (s *state) dt() wire.Time { return instant(s.now()) }

// inUTC is a time as the calls in JSON of the Merchant API print it.
func inUTC(t time.Time) wire.Time { return wire.TimeLiteral(t.UTC().Format(time.RFC3339)) }

func instant(t time.Time) wire.Time { return wire.TimeLiteral(t.Format("2006-01-02T15:04:05-07:00")) }
