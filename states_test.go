package freedompay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// The member status of these answers is the state of what was asked about, and in
// the other answers of its section it tells of a failure of the call. A call that
// failed must not be read as an invoice that did, nor the other way round, and a
// state that no page lists is an answer all the same.
func TestAStateIsNoFailureOfTheCall(t *testing.T) {
	calls := map[string]struct {
		with string // what an answer has beside the state
		call func(context.Context, *merchant.Client, *partner.Client) (string, error)
	}{
		"merchant.invoiceInfo": {`"amount":500.00`, func(ctx context.Context, m *merchant.Client, _ *partner.Client) (string, error) {
			answer, err := m.InvoiceInfo(ctx, &merchant.InvoiceInfoRequest{ID: "1"})
			return stateOf(err, func() string { return string(answer.Status) })
		}},
		"merchant.invoiceStatus": {`"created_at":"2026-03-23T08:20:00Z"`, func(ctx context.Context, m *merchant.Client, _ *partner.Client) (string, error) {
			answer, err := m.InvoiceStatus(ctx, &merchant.InvoiceStatusRequest{ID: "1"})
			return stateOf(err, func() string { return string(answer.Status) })
		}},
		"merchant.invoiceRecurringInfo": {`"created_at":"2026-06-30T13:09:39Z"`, func(ctx context.Context, m *merchant.Client, _ *partner.Client) (string, error) {
			answer, err := m.InvoiceRecurringInfo(ctx, &merchant.InvoiceRecurringInfoRequest{ProfileID: "1"})
			return stateOf(err, func() string { return string(answer.Status) })
		}},
		"partner.invoicesInfo": {`"amount":500.00`, func(ctx context.Context, _ *merchant.Client, p *partner.Client) (string, error) {
			answer, err := p.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: "1"})
			return stateOf(err, func() string { return answer.Status })
		}},
	}
	for id, c := range calls {
		for body, want := range map[string]struct {
			state string
			err   error
		}{
			`{"status":"success",` + c.with + `}`:                                      {"success", nil},
			`{"status":"error",` + c.with + `}`:                                        {"error", nil},
			`{"status":"expired",` + c.with + `}`:                                      {"expired", nil},
			`{"status":"error","error_code":1002,"error_description":"no such one"}`:   {"", wire.ErrRejected},
			`{"status":"error","error_description":"no such one","dt":"2026-03-23"}`:   {"", wire.ErrRejected},
			`{"error_code":1002,"error_description":"of the form of another section"}`: {"", wire.ErrUnexpectedAnswer},
		} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, body)
			}))
			credentials := wire.NewCredentials("123456", "secret")
			m, errMerchant := merchant.New(wire.Environment(server.URL), credentials)
			p, errPartner := partner.New(wire.Environment(server.URL), credentials)
			if err := errors.Join(errMerchant, errPartner); err != nil {
				t.Fatal(err)
			}
			if state, err := c.call(t.Context(), m, p); state != want.state || !errors.Is(err, want.err) {
				t.Errorf("%s, %s: got %q, %v", id, body, state, err)
			}
			server.Close()
		}
	}
}

// stateOf is the state of an answer, if there is one.
func stateOf(err error, state func() string) (string, error) {
	if err != nil {
		return "", err
	}
	return state(), nil
}
