package callback

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire"
)

// Check returns the handler for pg_check_url, which asks whether a payment may be
// made. decide compares the payment with the order that it is for: that there is
// such an order, that it is not paid, and that amount and currency are its own.
//
// An error, a panic or too long a time is a signed refusal with
// [WithRefusalText]: the payer may try again. No retries are documented. Copies of
// one question within a minute get one answer.
func (r *Receiver) Check(decide func(ctx context.Context, check *CheckRequest) (Answer, error)) http.Handler {
	return serve(r, form[CheckRequest]{
		manner: manner{kind: KindCheck, refuses: true, write: func(out *reply) error {
			o := out.outcome
			return out.sealed("response", &callback.CheckAnswer{
				Status: o.Decision, Description: o.Description, Timeout: o.Timeout,
			})
		}},
		needs: []string{"pg_payment_id", "pg_amount", "pg_currency"},
		told: func(c *CheckRequest) []string {
			return []string{
				c.PaymentID, c.OrderID, digits(c.Amount), c.Currency,
				digits(c.PSAmount), c.PSCurrency, digits(c.PSFullAmount),
			}
		},
		keep:   keepCheck,
		handle: decide,
	})
}

// Result returns the handler for pg_result_url, which tells what became of a
// payment. Ship on Reading().Captured() of what handle gets, and on nothing else,
// after comparing amount and currency with those of the order.
//
// After an error, a panic or too long a time Freedom Pay is answered 503, and comes
// again: every 30 minutes for two hours. After that nobody tells any more, so what
// is still open has to be asked for (merchant.Reconcile, gateway.Reconcile).
func (r *Receiver) Result(handle func(ctx context.Context, result *ResultRequest) (Answer, error)) http.Handler {
	return serve(r, form[ResultRequest]{
		manner: manner{kind: KindResult, write: func(out *reply) error {
			o := out.outcome
			return out.sealed("response", &callback.ResultAnswer{Status: o.Decision, Description: o.Description})
		}},
		needs: []string{"pg_payment_id", "pg_result", "pg_amount", "pg_currency"},
		told: func(c *ResultRequest) []string {
			captured := "unknown"
			if c.Captured != nil {
				captured = strconv.FormatBool(*c.Captured)
			}
			return []string{
				c.PaymentID, strconv.FormatInt(int64(c.Result), 10), captured,
				c.OrderID, digits(c.Amount), c.Currency,
			}
		},
		final: func(c *ResultRequest) bool { return !c.MayReject() },
		keep:  r.keep,
		handle: func(ctx context.Context, c *ResultRequest) (Answer, error) {
			a, err := handle(ctx, c)
			if err == nil && a.decision == callback.DecisionRejected && !c.MayReject() {
				err = errTooLate
			}
			return a, err
		},
	})
}

// digits is an amount without what says nothing: 500.00 is 500.
func digits(d wire.Decimal) string {
	text := d.String()
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
