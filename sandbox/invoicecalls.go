package sandbox

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// The invoices of 2026. They are kept with those of 2025: the Partner API shows both,
// and the example of an invoice's id is the same in all.

// invoiceTerms are what only an invoice of 2026 is made with.
type invoiceTerms struct {
	kind  merchant.InvoiceType
	payer wire.Secret
	extra *merchant.InvoiceExtra
}

// invoiceCall runs an operation of the JSON part of the Merchant API, alone on the
// state. What it is refused for goes out in the form that is assumed there, with a
// text and without a code: no page has codes.
func invoiceCall[T any, M interface {
	*T
	codec.Message
}](ctx context.Context, s *state, o once, do func() (M, error)) (M, error) {
	return call(ctx, s, o, func() (M, error) {
		answer, err := do()
		if f, ok := asFault(err); ok {
			return nil, &failure{f.text}
		}
		return answer, err
	})
}

// InvoiceCreate makes an invoice, which is paid on the payment page. Nothing in the
// request is known to be required; what an invoice cannot be without is. Any type is
// taken, and all are paid by card: no page lists the types. An external_id may be there
// twice, as nothing says that it may not. The data of the payer are not looked into.
func (s merchantService) InvoiceCreate(ctx context.Context, r *merchant.InvoiceCreateRequest) (*merchant.InvoiceCreateAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceCreate"), func() (*merchant.InvoiceCreateAnswer, error) {
		asked := Invoice{
			OrderID: r.ExternalID, Amount: r.Amount, Currency: r.Currency,
			MerchantName: r.ShopName, Description: r.Description, BackURL: r.BackURL,
			Tax: taxPositions(r.Positions), Device: deviceOf(r.Device),
		}
		if r.ExpiresAt.IsSet() {
			until, err := r.ExpiresAt.Instant()
			if err != nil {
				return nil, wrong("expires_at is no time with a zone")
			}
			if asked.Lifetime = until.Sub(s.now()); asked.Lifetime <= 0 {
				return nil, wrong("expires_at is over")
			}
		}
		i, err := s.issue(asked, invoiceTerms{r.Type, r.Payer, r.ExtraData}, r.StateCallback)
		if err != nil {
			return nil, err
		}
		return &merchant.InvoiceCreateAnswer{
			ID: i.ID, Status: s.stateOf(i), URL: s.onPage(i.payment).page(ctx), CreatedAt: inUTC(i.created),
		}, nil
	})
}

// issue makes an invoice of 2026. The shop's settings say nothing about it: it has a
// callback of its own.
func (s *state) issue(asked Invoice, terms invoiceTerms, callback string) (*invoice, error) {
	amount, err := positive(asked.Amount)
	switch {
	case err != nil:
		return nil, err
	case asked.Currency != "" && !isCurrency(asked.Currency):
		return nil, wrong("the currency is not a code of three letters")
	}
	i, err := s.addAlone(asked, amount, addresses{state: callback, ownOnly: true})
	if err != nil {
		return nil, err
	}
	i.terms = terms
	i.payment.expires = i.expires
	i.payment.returns = plainReturn(asked.BackURL)
	return i, nil
}

// positive reads an amount of money that has to be there.
func positive(d wire.Decimal) (int64, error) {
	amount, err := hundredths("the amount", d)
	if err == nil && amount <= 0 {
		return 0, wrong("the amount must be positive")
	}
	return amount, err
}

// plainReturn is the way back to one address, whatever came of the payment, with
// nothing to bring along: no page says that anything comes with it.
func plainReturn(address string) returns {
	return returns{success: target{url: address}, failure: target{url: address}, plain: true}
}

// onPage gives a payment a payment page. Status calls do not find it.
func (s *state) onPage(p *payment) *payment {
	p.handle = uuid.NewString()
	s.pages[p.handle] = p
	return p
}

// InvoiceInfo shows an invoice, one that a recurring profile was charged with too. A
// refund there is a success, which is the page's example. For an unknown invoice
// nothing is documented: it is HTTP status 404.
func (s merchantService) InvoiceInfo(ctx context.Context, r *merchant.InvoiceInfoRequest) (*merchant.InvoiceInfoAnswer, error) {
	return invoiceCall(ctx, s.state, once{}, func() (*merchant.InvoiceInfoAnswer, error) {
		i, err := s.asked(r.ID)
		if err != nil {
			return nil, err
		}
		answer := &merchant.InvoiceInfoAnswer{
			Status: s.stateOf(i), Type: i.terms.kind, Amount: i.Amount, Currency: i.Currency, ExternalID: i.OrderID,
			ShopName: i.MerchantName, Description: i.Description, ExpiresAt: inUTC(i.expires), BackURL: i.BackURL,
			StateCallback: i.payment.calls.state, Refunds: []merchant.InvoiceRefund{}, Payer: i.terms.payer,
			ExtraData: i.terms.extra,
		}
		for _, back := range i.payment.refunds {
			answer.Refunds = append(answer.Refunds, merchant.InvoiceRefund{
				ID: back.id, Amount: units(back.amount), Status: merchant.InvoiceRefundStatusSuccess, CreatedAt: inUTC(back.at),
			})
		}
		for _, p := range i.Tax {
			answer.Positions = append(answer.Positions, merchant.InvoicePosition{Name: p.Name, Price: p.Price, Count: p.Count, Type: p.Type})
		}
		if d := i.Device; d != nil {
			answer.Device = &merchant.InvoiceDevice{ID: d.ID, BrowserVersion: d.BrowserVersion, IP: d.IP}
		}
		return answer, nil
	})
}

// InvoiceStatus tells the state of an invoice, and when it was made: that is what
// created_at is by its name.
func (s merchantService) InvoiceStatus(ctx context.Context, r *merchant.InvoiceStatusRequest) (*merchant.InvoiceStatusAnswer, error) {
	return invoiceCall(ctx, s.state, once{}, func() (*merchant.InvoiceStatusAnswer, error) {
		i, err := s.asked(r.ID)
		if err != nil {
			return nil, err
		}
		return &merchant.InvoiceStatusAnswer{Status: s.stateOf(i), CreatedAt: inUTC(i.created)}, nil
	})
}

// InvoiceRefund gives the money of an invoice back, or a part of it, as long as there
// is some. What is given back without an amount is not documented, so there has to be
// one.
func (s merchantService) InvoiceRefund(ctx context.Context, r *merchant.InvoiceRefundRequest) (*merchant.InvoiceRefundAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceRefund"), func() (*merchant.InvoiceRefundAnswer, error) {
		i := s.invoice(r.ID)
		switch {
		case i == nil:
			return nil, &failure{"no such invoice"}
		case !r.Amount.IsSet():
			return nil, &failure{"there is no amount"}
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		back, err := s.refund(i.payment, r.Amount)
		if err != nil {
			return nil, err
		}
		back.id = id.String()
		return &merchant.InvoiceRefundAnswer{
			RefundID: back.id, Status: merchant.InvoiceRefundStatusRefunded, CreatedAt: inUTC(back.at),
		}, nil
	})
}

// InvoiceCancel withdraws an invoice that is not paid. Whoever is paying it at that
// moment pays nothing: what becomes of that payment is not documented.
func (s merchantService) InvoiceCancel(ctx context.Context, r *merchant.InvoiceCancelRequest) (*merchant.InvoiceCancelAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceCancel"), func() (*merchant.InvoiceCancelAnswer, error) {
		i := s.invoice(r.ID)
		if i == nil {
			return nil, &failure{"no such invoice"}
		}
		switch state := s.stateOf(i); {
		case state != merchant.InvoiceStatusNew && state != merchant.InvoiceStatusProcess:
			return nil, &failure{"the invoice is " + string(state) + ", and only a new one or one in process can be canceled"}
		case i.payment.busy:
			return nil, &failure{"the merchant is being asked about the invoice"}
		}
		i.payment.state = wire.ReadingCanceled
		s.ended(i.payment)
		return &merchant.InvoiceCancelAnswer{Status: s.stateOf(i), CreatedAt: inUTC(i.created)}, nil
	})
}

// asked finds the invoice that a call asks about.
func (s *state) asked(id string) (*invoice, error) {
	if id == "" {
		return nil, refusedWith(http.StatusBadRequest, "there is no id")
	}
	if i := s.invoice(id); i != nil {
		return i, nil
	}
	return nil, refusedWith(http.StatusNotFound, "no such invoice")
}

// invoice finds an invoice by its id.
func (s *state) invoice(id string) *invoice {
	return s.find(func(i *invoice) bool { return i.ID == id })
}

// stateOf is the state of an invoice by now. No page of 2026 has a word for one that
// has failed or expired: these are those of the invoices of 2025.
func (s *state) stateOf(i *invoice) merchant.InvoiceStatus {
	p := i.payment
	s.settle(p)
	switch {
	case i.paid():
		return merchant.InvoiceStatusSuccess
	case p.state == wire.ReadingCanceled:
		return merchant.InvoiceStatusCanceled
	case p.expired || i.refused() == nil && s.expired(i):
		return merchant.InvoiceStatus(merchant.InvoiceInitStatusIncomplete)
	case i.refused() != nil:
		return merchant.InvoiceStatus(merchant.InvoiceInitStatusFailed)
	case p.state == wire.ReadingProcess:
		return merchant.InvoiceStatusProcess
	}
	return merchant.InvoiceStatusNew
}

func taxPositions(all []merchant.InvoicePosition) (positions []partner.TaxPosition) {
	for _, p := range all {
		positions = append(positions, partner.TaxPosition{Name: p.Name, Price: p.Price, Type: p.Type, Count: p.Count})
	}
	return positions
}

func deviceOf(d *merchant.InvoiceDevice) *partner.Device {
	if d == nil {
		return nil
	}
	return &partner.Device{ID: d.ID, BrowserVersion: d.BrowserVersion, IP: d.IP}
}
