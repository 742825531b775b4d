package freedompay_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// What someone reads whose request breaks documented limits: all of it at once,
// in the order of the documentation, and nothing that must not be seen.
func TestWhatViolationsLookLike(t *testing.T) {
	for _, test := range []struct {
		name    string
		request interface{ Validate() error }
		want    []string // in one error, separated by "; "
	}{
		{
			"nothing is wrong", &merchant.PayoutStatusRequest{OrderID: "8841"}, nil,
		}, {
			"an empty request", &gateway.PaymentRefundRequest{}, []string{
				"$.pg_payment_id: required",
			},
		}, {
			"several limits, in the order of the documentation, whatever the order in Go",
			&merchant.PaymentCreateRequest{
				UserID:            "shop user",
				AutoClearing:      merchant.AutoClearingHold,
				RecurringLifetime: new(int64(157)),
				Amount:            wire.MustDecimal("100000000"),
				OrderID:           strings.Repeat("order ", 9) + "order",
			}, []string{
				"$.pg_order_id: maxLength 50, got order order order order order order order order order order",
				"$.pg_amount: maximum 99999999, got 100000000",
				"$.pg_description: required",
				"$.pg_recurring_lifetime: maximum 156, got 157",
				"$.pg_user_id: pattern ^[a-zA-Z0-9_-]+$, got shop user",
			},
		}, {
			"a card number, where it belongs",
			&gateway.CardPayRequest{
				OrderID: "8841", Amount: wire.MustDecimal("500.00"), Description: "Order 8841", AutoClearing: gateway.AutoClearingChargeNow,
				CardPAN: wire.NewSecret("4405 6397"), CardCVC: wire.NewSecret("123"), CardYear: wire.NewSecret("30"),
				CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("NAME SURNAME"),
			}, []string{
				"$.pg_card_pan: minLength 13, got ***",
			},
		}, {
			"a card number, where it does not belong",
			&merchant.PaymentCreateRequest{
				OrderID: "8841", Amount: wire.MustDecimal("500"), Description: "Order 8841", AutoClearing: merchant.AutoClearingChargeNow,
				UserID: "card 4405 6397 0401 5096",
			}, []string{
				"$.pg_user_id: pattern ^[a-zA-Z0-9_-]+$, got card **** **** **** 5096",
			},
		}, {
			"what is none of the documented values",
			&merchant.PaymentCreateRequest{OrderID: "8841", Amount: wire.MustDecimal("500.00"), Description: "Order 8841", AutoClearing: "yes"}, []string{
				"$.pg_auto_clearing: enum 1, 0, got yes",
			},
		}, {
			"what must be said although the API lets one leave it out",
			&merchant.PaymentCreateRequest{OrderID: "8841", Amount: wire.MustDecimal("500.00"), Description: "Order 8841"}, []string{
				"$.pg_auto_clearing: explicit, must be set: what leaving it out means is not documented",
			},
		}, {
			"a decimal, as it was written",
			&merchant.PaymentCreateRequest{
				OrderID: "8841", Amount: wire.MustDecimal("0.0099"), Description: "Order 8841", AutoClearing: merchant.AutoClearingChargeNow,
			}, []string{
				"$.pg_amount: minimum 0.01, got 0.0099", "$.pg_amount: maxDecimals 2, got 0.0099",
			},
		}, {
			"a decimal with an exponent",
			&merchant.PaymentCreateRequest{
				OrderID: "8841", Amount: wire.MustDecimal("1e3"), Description: "Order 8841", AutoClearing: merchant.AutoClearingChargeNow,
			}, []string{
				"$.pg_amount: format decimal, got 1e3",
			},
		}, {
			"a nested object",
			&partner.ClientAddRequest{
				RequestID: "1", Company: partner.Company{CompanyID: "1", Name: "LLP Shop"},
				Product: &partner.Product{
					ProductID: 30000, MCC: "5411", Currency: "KZT", Name: "Shop", Descriptor: "SHOP ALMATY ABAY AVENUE 52",
					Address: partner.OutletAddress{Country: "KAZ", PostalCode: "050000", AddressLine1: "Almaty", AddressLine2: "Abay"},
					Cashier: &partner.Cashier{Name: wire.NewSecret("Name Surname")},
				},
			}, []string{
				"$.company.bin: required",
				"$.product.product_id: enum 10001, 11001, 20000, got 30000",
				"$.product.descriptor: maxLength 24, got SHOP ALMATY ABAY AVENUE 52",
				"$.product.address.address_line3: required",
				"$.product.user.email: required",
				"$.product.user.phone: required",
			},
		}, {
			"an item of a list",
			&gateway.CardPayRequest{
				OrderID: "8841", Amount: wire.MustDecimal("500.00"), Description: "Order 8841", AutoClearing: gateway.AutoClearingHold,
				CardPAN: wire.NewSecret("4405639704015096"), CardCVC: wire.NewSecret("123"), CardYear: wire.NewSecret("30"),
				CardMonth: wire.NewSecret("12"), CardName: wire.NewSecret("NAME SURNAME"),
				ReceiptPositions: []gateway.ReceiptPosition{
					{Name: "Bread", Price: wire.MustDecimal("250")},
					{Name: "Milk", Price: wire.MustDecimal("0.00"), Count: new(int64(0))},
				},
			}, []string{
				"$.pg_receipt_positions[1].count: minimum 1, got 0",
				"$.pg_receipt_positions[1].price: minimum 0.01, got 0.00",
			},
		}, {
			"personal data", &freedomid.UserCreateRequest{
				Phone: wire.NewSecret("87017777777"), Email: wire.NewSecret("nobody"), Country: "kz",
			}, []string{
				`$.phone: pattern ^\+\d{10,15}$, got ***`,
				"$.email: format email, got ***",
				"$.country: minLength 3, got kz",
				"$.country: pattern ^[A-Z]{3}$, got kz",
			},
		}, {
			"formats", &installment.ApplicationCreateRequest{CallbackURL: "shop.kz/done"}, []string{
				"$.callback_url: format uri, got shop.kz/done",
			},
		}, {
			"a long value", &merchant.PayoutCreateRequest{
				OrderID: strings.Repeat("заказ ", 20), Amount: wire.MustDecimal("1"), Description: "Prize",
				OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), BackLink: "https://shop.kz/", PostLink: "https://shop.kz/paid",
			}, []string{
				"$.pg_order_id: maxLength 50, got заказ заказ заказ заказ заказ зак…",
			},
		}, {
			"a value that would break the line", &merchant.PayoutCreateRequest{
				OrderID: strings.Repeat("order\n", 11), Amount: wire.MustDecimal("1"), Description: "Prize",
				OrderTimeLimit: wire.TimeLiteral("2026-12-31 12:00:00"), BackLink: "https://shop.kz/", PostLink: "https://shop.kz/paid",
			}, []string{
				`$.pg_order_id: maxLength 50, got "order\norder\norder\norder\norder\norder\norder\norder\norder\norder\no…"`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := ""
			if err := test.request.Validate(); err != nil {
				text = err.Error()
			}
			if want := strings.Join(test.want, "; "); text != want {
				t.Errorf("got\n%s\nwant\n%s", strings.ReplaceAll(text, "; ", "\n"), strings.ReplaceAll(want, "; ", "\n"))
			}
		})
	}
}

// A request that breaks a documented limit is not sent, whatever would carry
// it. The error is of a kind of its own, and holds the violations.
func TestInvalidRequestsAreNotSent(t *testing.T) {
	var sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	defer server.Close()
	env, credentials := wire.Environment(server.URL), wire.NewCredentials("123456", "secret")

	hold := func(name string, err error, want []string) {
		t.Helper()
		var e *wire.Error
		var found wire.Violations
		switch {
		case !errors.Is(err, wire.ErrInvalidRequest) || errors.Is(err, wire.ErrUnknownOutcome) || !errors.As(err, &e) || !errors.As(err, &found):
			t.Errorf("%s: %v", name, err)
		case e.Operation != name || e.Meta.Status != 0:
			t.Errorf("%s: the error is of %s: %+v", name, e.Operation, e.Meta)
		case !strings.HasSuffix(err.Error(), found.Error()):
			t.Errorf("%s: %v does not say %v", name, err, found)
		}
		var got []string
		for _, v := range found {
			got = append(got, v.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%q\nwant\n%q", name, got, want)
		}
		if n := sent.Swap(0); n > 0 {
			t.Errorf("%s: %d requests were sent", name, n)
		}
	}

	// Through the client of an API, as a program calls it.
	inForm, err := gateway.New(env, credentials)
	must(t, err)
	_, err = inForm.PaymentRefund(t.Context(), &gateway.PaymentRefundRequest{Amount: wire.MustDecimal("0.00")})
	hold("gateway.paymentRefund", err, []string{"$.pg_payment_id: required", "$.pg_amount: minimum 0.01, got 0.00"})

	inJSON, err := partner.New(env, credentials)
	must(t, err)
	_, err = inJSON.UserAdd(t.Context(), &partner.UserAddRequest{})
	hold("partner.userAdd", err, []string{
		"$.request_id: required", "$.client_id: required", "$.user_info.first_name: required", "$.user_info.last_name: required",
		"$.user_info.phone: required", "$.user_info.email: required",
	})
	_, err = inJSON.SettlementBatchStatuses(t.Context(), &partner.SettlementBatchStatusesRequest{OriginalMessageID: "../x"})
	hold("partner.settlementBatchStatuses", err, []string{"$.OrgnlMsgId: pattern ^[A-Za-z0-9_-]+$, got ../x"}) // in the path

	// Through the catalog, every operation that has a limit.
	tried := 0
	for _, op := range catalog.All() {
		var want wire.Violations
		request, err := op.Decode([]byte("{}"))
		must(t, err)
		if request == nil || !errors.As(request.(interface{ Validate() error }).Validate(), &want) {
			continue // nothing is required of it
		}
		tried++
		texts := make([]string, len(want))
		for i, v := range want {
			texts[i] = v.String()
		}
		_, err = op.Call(t.Context(), env, credentials, request, []middleware.Option{}, wire.WithBearer(wire.NewSecret("token")))
		hold(op.ID, err, texts)
	}
	t.Logf("%d of %d operations require something", tried, len(catalog.All()))
	if tried == 0 {
		t.Error("no operation was tried")
	}
}
