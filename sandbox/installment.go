package sandbox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// installmentService is the Installment API. What it is refused for goes out as its
// overview has it: HTTP status 422 for a request that is wrong, and else an error with a
// code.
type installmentService struct{ *state }

// The error codes of the Installment API.
const (
	applicationUnknown   = 1002 // there is no such application
	applicationForbidden = 1003 // the change of status is not allowed
	applicationFailed    = 1004 // the application could not be processed
)

// applicationError is an error that the Installment API has a code for.
type applicationError struct {
	code int64
	text string
}

func (e *applicationError) Error() string { return e.text }

// installmentServing are the options of the generated handler.
func (s *Sandbox) installmentServing() serve.Options {
	o := s.serving()
	other := o.Error
	o.Error = func(w http.ResponseWriter, r *http.Request, err error) {
		if refusal := (*serve.Refusal)(nil); errors.As(err, &refusal) && refusal.Status == http.StatusBadRequest {
			err = unprocessable(refusal.Error())
		}
		e := (*applicationError)(nil)
		if !errors.As(err, &e) {
			other(w, r, err)
			return
		}
		s.logRefusal(r, err)
		w.Header().Set(requestStatusHeader, "error")
		writeJSON(w, http.StatusOK, struct {
			Code        int64  `json:"error_code"`
			Description string `json:"error_description"`
		}{e.code, e.text})
	}
	return o
}

// unprocessable is the error of a request that is wrong.
func unprocessable(text string) error { return refusedWith(http.StatusUnprocessableEntity, text) }

// application is an application for an installment plan or a loan.
type application struct {
	id, externalID    string
	token             string // what its page knows it by
	currency          string
	amount            int64
	callback          string
	status            installment.ApplicationStatus
	bank              string // empty until one has approved it
	created, modified time.Time
}

// ApplicationCreate submits an application. The phone has to be in a JWE of the form in
// the example, and is not kept: with what it is encrypted is not documented. An
// external_id works once, since an application is found by it; what the real service does
// with a second one is not documented.
func (s installmentService) ApplicationCreate(ctx context.Context, r *installment.ApplicationCreateRequest) (*installment.ApplicationCreateAnswer, error) {
	return call(ctx, s.state, onceBy(ctx, "installment.applicationCreate"), func() (*installment.ApplicationCreateAnswer, error) {
		amount, err := priceOf(r)
		switch {
		case err != nil:
			return nil, err
		case r.Customer == nil || !isPhoneJWE(r.Customer.Phone.Reveal()):
			return nil, unprocessable("customer.phone is not encrypted as documented")
		case r.CallbackURL != "" && !isAddress(r.CallbackURL):
			return nil, unprocessable("callback_url is not an address with http or https")
		case len(offers(amount, r.Currency)) == 0:
			return nil, unprocessable("the amount is outside the limits of all banks, or they have other currencies")
		case r.ExternalID != "" && s.application("", r.ExternalID) != nil:
			return nil, &applicationError{applicationFailed, "there is an application with this external_id"}
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		now := s.now()
		a := &application{
			id: id.String(), externalID: r.ExternalID, token: uuid.NewString(), currency: r.Currency, amount: amount,
			callback: r.CallbackURL, status: installment.ApplicationStatusNew, created: now, modified: now,
		}
		s.applications = append(s.applications, a)
		return &installment.ApplicationCreateAnswer{
			ID: a.id, Status: a.status, Token: wire.NewSecret(a.token),
			RedirectURL: wire.NewSecret(customerPage(ctx, bankPath, a.token)),
		}, nil
	})
}

// priceOf is the total amount of an order, which has to be the sum of its goods.
func priceOf(r *installment.ApplicationCreateRequest) (int64, error) {
	total, err := r.TotalAmount.Minor(2)
	if err != nil || total <= 0 {
		return 0, unprocessable("total_amount has to be positive, with at most two decimals")
	}
	left := total
	for _, good := range r.Goods {
		price, err := good.Price.Minor(2)
		switch {
		case err != nil || price <= 0:
			return 0, unprocessable("a price has to be positive, with at most two decimals")
		case good.Quantity == nil || *good.Quantity <= 0:
			return 0, unprocessable("there have to be some of each of the goods")
		case *good.Quantity > math.MaxInt64/price || price**good.Quantity > left:
			return 0, unprocessable("total_amount is not the sum of the goods")
		}
		left -= price * *good.Quantity
	}
	if left != 0 {
		return 0, unprocessable("total_amount is not the sum of the goods")
	}
	return total, nil
}

// isPhoneJWE reports whether a text is a compact JWE with the algorithms of the example.
func isPhoneJWE(text string) bool {
	parts := strings.Split(text, ".")
	if len(parts) != 5 {
		return false
	}
	var header struct{ Alg, Enc string }
	data, err := base64.RawURLEncoding.DecodeString(parts[0])
	return err == nil && json.Unmarshal(data, &header) == nil && header.Alg == "PBES2-HS512+A256KW" && header.Enc == "A256GCM"
}

// application finds an application by either id.
func (s *state) application(id, externalID string) *application {
	for _, a := range s.applications {
		if id != "" && a.id == id || id == "" && externalID != "" && a.externalID == externalID {
			return a
		}
	}
	return nil
}

// named finds the application that a request names by exactly one of its ids.
func (s *state) named(id, externalID string) (*application, error) {
	if (id == "") == (externalID == "") {
		return nil, unprocessable("exactly one of id and external_id is needed")
	}
	if a := s.application(id, externalID); a != nil {
		return a, nil
	}
	return nil, &applicationError{applicationUnknown, "there is no such application"}
}

// ApplicationStatus tells the status of an application. Amount and bank are there once
// one has approved it.
func (s installmentService) ApplicationStatus(ctx context.Context, r *installment.ApplicationStatusRequest) (*installment.ApplicationStatusAnswer, error) {
	return call(ctx, s.state, once{}, func() (*installment.ApplicationStatusAnswer, error) {
		a, err := s.named(r.ID, r.ExternalID)
		if err != nil {
			return nil, err
		}
		return &installment.ApplicationStatusAnswer{
			ID: a.id, ExternalID: a.externalID, Status: a.status, ApprovedAmount: a.approved(), Currency: a.currency,
			BankCode: a.bank, CreatedAt: withMillis(a.created), UpdatedAt: withMillis(a.modified),
		}, nil
	})
}

// approved is the amount that a bank has approved, if one has.
func (a *application) approved() wire.Decimal {
	if a.bank == "" {
		return wire.Decimal{}
	}
	return units(a.amount)
}

// withMillis is a time as the pages of the Installment API print it.
func withMillis(t time.Time) wire.Time {
	return wire.TimeLiteral(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// ApplicationChangeStatus gives an application another status. Which changes are allowed
// is not documented. Here one that is new can be canceled and, once a bank has approved
// it, delivered, and what is delivered can be refunded; another one is error 1003 with
// HTTP status 200, as the overview has it, and not status 409 as the page has it.
func (s installmentService) ApplicationChangeStatus(ctx context.Context, r *installment.ApplicationChangeStatusRequest) (*installment.ApplicationChangeStatusAnswer, error) {
	return call(ctx, s.state, onceBy(ctx, "installment.applicationChangeStatus"), func() (*installment.ApplicationChangeStatusAnswer, error) {
		a, err := s.named(r.ID, r.ExternalID)
		if err != nil {
			return nil, err
		}
		isNew := a.status == installment.ApplicationStatusNew
		allowed := false
		switch r.Status {
		case installment.ApplicationTargetStatusCanceled:
			allowed = isNew
		case installment.ApplicationTargetStatusDelivered:
			allowed = isNew && a.bank != ""
		case installment.ApplicationTargetStatusRefund:
			allowed = a.status == installment.ApplicationStatusDelivered
		default:
			return nil, unprocessable("the status is none that can be given")
		}
		if !allowed {
			text := "the application is " + string(a.status)
			if isNew {
				text += ", and no bank has approved it"
			}
			return nil, &applicationError{applicationForbidden, text}
		}
		a.status, a.modified = installment.ApplicationStatus(r.Status), s.now()
		s.tellApplication(a)
		return &installment.ApplicationChangeStatusAnswer{ID: a.id, Status: a.status, UpdatedAt: withMillis(a.modified)}, nil
	})
}

// Partners lists the banks of the sandbox.
func (s installmentService) Partners(context.Context) (*installment.PartnersAnswer, error) {
	return &installment.PartnersAnswer{Partners: banks()}, nil
}
