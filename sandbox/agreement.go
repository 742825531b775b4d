package sandbox

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// agreement is a recurring profile of invoices: what a payer has agreed to be charged
// for. Those of cards are of the type profile.
type agreement struct {
	id, externalID string
	handle         string // what its page knows it by
	invoiceType    merchant.InvoiceType
	kind           merchant.AgreementType
	amount         wire.Decimal // of a charge that names none; may be missing
	currency       string
	callback       string
	lastDay        wire.Time // not set for ever
	ends           time.Time // with that day
	created        time.Time
	// status is empty until the payer has signed: no page has a word for that.
	status merchant.ProfileStatus
}

// InvoiceRecurringCreate makes a profile, which can be charged once the payer has signed
// on the page at url. Nothing in the request is known to be required; what is said has to
// make sense. The last day is taken to belong to the profile, by the time of Almaty.
func (s merchantService) InvoiceRecurringCreate(ctx context.Context, r *merchant.InvoiceRecurringCreateRequest) (*merchant.InvoiceRecurringCreateAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceRecurringCreate"), func() (*merchant.InvoiceRecurringCreateAnswer, error) {
		a := &agreement{
			externalID: r.ExternalID, handle: uuid.NewString(), invoiceType: r.InvoiceType, kind: r.AgreementType,
			amount: r.Amount, currency: r.Currency, callback: r.StateCallback, lastDay: r.ExpiresAt, created: s.now(),
		}
		if a.currency == "" {
			a.currency = "KZT"
		}
		if !isCurrency(a.currency) {
			return nil, wrong("the currency is not a code of three letters")
		}
		if a.amount.IsSet() {
			if _, err := positive(a.amount); err != nil {
				return nil, err
			}
		}
		if a.lastDay.IsSet() {
			day, err := a.lastDay.In(almaty)
			if err != nil {
				return nil, wrong("expires_at is no day")
			}
			a.ends = day.AddDate(0, 0, 1)
		}
		if s.over(a) {
			return nil, wrong("expires_at is over")
		}
		a.id = s.number()
		s.agreements = append(s.agreements, a)
		return &merchant.InvoiceRecurringCreateAnswer{
			ProfileID: a.id, URL: customerPage(ctx, agreementPath, a.handle), CreatedAt: inUTC(a.created),
		}, nil
	})
}

// over reports whether the last day of a profile is over.
func (s *state) over(a *agreement) bool { return !a.ends.IsZero() && !s.now().Before(a.ends) }

// agreement finds a profile by either id; where both are given they have to be of one.
// Of several with one external_id it is the newest. Whether one is enough is not
// documented.
func (s *state) agreement(id, externalID string) *agreement {
	for i := len(s.agreements) - 1; i >= 0; i-- {
		a := s.agreements[i]
		if (id != "" || externalID != "") && (id == "" || a.id == id) && (externalID == "" || a.externalID == externalID) {
			return a
		}
	}
	return nil
}

// InvoiceRecurringInfo shows a profile. The status of one that is not signed yet is left
// out, and one whose last day is over keeps its status: no page has words for these. For
// an unknown profile nothing is documented, and no form of an error is known: it is HTTP
// status 404.
func (s merchantService) InvoiceRecurringInfo(ctx context.Context, r *merchant.InvoiceRecurringInfoRequest) (*merchant.InvoiceRecurringInfoAnswer, error) {
	return invoiceCall(ctx, s.state, once{}, func() (*merchant.InvoiceRecurringInfoAnswer, error) {
		if r.ProfileID == "" && r.ExternalID == "" {
			return nil, refusedWith(http.StatusBadRequest, "there is neither profile_id nor external_id")
		}
		a := s.agreement(r.ProfileID, r.ExternalID)
		if a == nil {
			return nil, refusedWith(http.StatusNotFound, "no such recurring profile")
		}
		return &merchant.InvoiceRecurringInfoAnswer{
			Status: a.status, InvoiceType: a.invoiceType, ProfileID: a.id, ExternalID: a.externalID,
			AgreementType: a.kind, ExpiresAt: a.lastDay, CreatedAt: inUTC(a.created),
		}, nil
	})
}

// InvoiceRecurringCancel ends a profile, signed or not.
func (s merchantService) InvoiceRecurringCancel(ctx context.Context, r *merchant.InvoiceRecurringCancelRequest) (*merchant.InvoiceRecurringCancelAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceRecurringCancel"), func() (*merchant.InvoiceRecurringCancelAnswer, error) {
		a := s.agreement(r.ProfileID, r.ExternalID)
		switch {
		case a == nil:
			return nil, &failure{"no such recurring profile"}
		case a.status == merchant.ProfileStatusCanceled:
			return nil, &failure{"the recurring profile is canceled"}
		}
		s.become(a, merchant.ProfileStatusCanceled)
		return &merchant.InvoiceRecurringCancelAnswer{Status: a.status, CreatedAt: inUTC(a.created)}, nil
	})
}

// become gives a profile another status, of which the merchant is told.
func (s *state) become(a *agreement, status merchant.ProfileStatus) {
	a.status = status
	if a.callback != "" {
		s.put(s.agreementLetter(a))
	}
}

// InvoiceExecute charges a profile, at once and always with success. Without an amount it
// charges that of the profile, and in the profile's currency only. Whether the type has
// to be that of the profile is not documented; here it has. A second charge with the same
// external_id is one more charge, as nothing says that it is not.
func (s merchantService) InvoiceExecute(ctx context.Context, r *merchant.InvoiceExecuteRequest) (*merchant.InvoiceExecuteAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.invoiceExecute"), func() (*merchant.InvoiceExecuteAnswer, error) {
		a := s.agreement(r.ProfileID, "")
		switch {
		case a == nil:
			return nil, &failure{"no such recurring profile"}
		case a.status == "":
			return nil, &failure{"the payer has not signed the agreement"}
		case a.status != merchant.ProfileStatusActive:
			return nil, &failure{"the recurring profile is " + string(a.status)}
		case s.over(a):
			return nil, &failure{"the recurring profile has expired"}
		case r.Type != "" && r.Type != a.invoiceType:
			return nil, &failure{"the type is not the invoice_type of the recurring profile"}
		case r.Currency != "" && r.Currency != a.currency:
			return nil, &failure{"the currency is not that of the recurring profile"}
		}
		amount := r.Amount
		if !amount.IsSet() {
			amount = a.amount
		}
		i, err := s.issue(Invoice{OrderID: r.ExternalID, Amount: amount, Currency: a.currency}, invoiceTerms{kind: a.invoiceType}, "")
		if err != nil {
			return nil, err
		}
		if err := s.capture(i.payment, nil); err != nil {
			return nil, err
		}
		return &merchant.InvoiceExecuteAnswer{InvoiceID: i.ID, Status: s.stateOf(i), CreatedAt: inUTC(i.created)}, nil
	})
}
