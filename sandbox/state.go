package sandbox

import (
	"sync"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// The state that a new sandbox starts with: what the documentation's examples
// name, so that they work as they are printed.
const (
	// ExampleInvoice is the invoice of Partner API > Invoices > Info.
	ExampleInvoice = "019d0652-4e2f-7f54-a179-007c80c48adu"
	// ExamplePayment is the payment of Partner API > Invoice.
	ExamplePayment = "1234567890"
	// ExampleCustomer is the handle of an invoice to be paid, of Merchant API
	// > Invoice > Pay.
	ExampleCustomer = "kzobd2vgp17214143761774775392946"
	// ExampleCardRequest is the request of the Card API's overview.
	ExampleCardRequest = "828cf71d-a447-4a67-a149-c1df8bc197ca"
)

// state is all that a sandbox remembers.
type state struct {
	now func() time.Time

	mu       sync.Mutex
	invoices map[string]partner.InvoicesInfoAnswer // by invoice id
	payments map[string]partner.InvoiceInfoAnswer  // by payment id
	orders   map[string]*order                     // by the customer handle
	clients  map[string]bool                       // request ids of Client add
	cards    map[string]cardRequest                // by request id
}

// order is an invoice of the Merchant API of 2025.
type order struct {
	id        string
	invoiceID int64
	amount    wire.Decimal
	currency  string
	status    merchant.InvoiceStatus
}

// cardRequest is an earlier request of the Card API.
type cardRequest struct {
	cardIDs  []string
	clientID string
}

func newState(now func() time.Time) *state {
	return &state{
		now: now,
		invoices: map[string]partner.InvoicesInfoAnswer{ExampleInvoice: {
			Status:       "new",
			Amount:       wire.MustDecimal("500.00"),
			Currency:     "KZT",
			MerchantID:   new(int64(12345)),
			MerchantName: "SHOP NAME",
			Description:  "invoice description",
			ExpiresAt:    wire.TimeLiteral("2026-01-23T11:00:00Z"),
			BackURL:      "https://back.url",
			Refunds:      []partner.Refund{{ID: "019d0652-4e2f-7f54-a179-007c80c48cef"}},
			Tax: []partner.TaxPosition{{
				Name: "Position", Price: wire.MustDecimal("500.00"), Type: "standard", Count: new(int64(1)),
			}},
			Device: &partner.Device{
				ID:             wire.NewSecret("device-abc-123"),
				BrowserVersion: "Chrome/121.0.0.0",
				IP:             wire.NewSecret("85.116.189.120"),
			},
			CreatedAt: wire.TimeLiteral("2026-01-22T11:00:00Z"),
		}},
		payments: map[string]partner.InvoiceInfoAnswer{ExamplePayment: {
			PaymentStatus:   partner.PaymentStatusSuccess,
			Amount:          wire.MustDecimal("5000"),
			Currency:        "KZT",
			FreedomID:       "FID123456987ID",
			OrderID:         "payment_123",
			MerchantID:      "555555",
			MerchantName:    "Merchant name",
			Description:     "Ticket",
			Lifetime:        wire.TimeLiteral("2025-07-12T11:19:49+00:00"),
			FacilitatorIBAN: "KZ505518729251417KZT",
			MCC:             "5599",
			DT:              wire.TimeLiteral("2025-07-11T11:19:49+00:00"),
		}},
		orders: map[string]*order{ExampleCustomer: {
			id: "00102", invoiceID: 1, amount: wire.MustDecimal("100.00"), currency: "KZT",
			status: merchant.InvoiceStatusNew,
		}},
		clients: map[string]bool{},
		cards: map[string]cardRequest{
			ExampleCardRequest: {cardIDs: []string{"1"}, clientID: "1"},
		},
	}
}

// dt is the time of an answer in the documented form, with an offset.
func (s *state) dt() wire.Time {
	return wire.TimeLiteral(s.now().Format("2006-01-02T15:04:05-07:00"))
}
