package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Announcement is a callback that is sent by hand. It is about nothing that the
// sandbox knows, and nothing follows from the answer; one that fails is repeated like
// any other of its kind.
type Announcement struct {
	// Kind is which of the callbacks is sent.
	Kind CallbackKind `json:"kind"`
	// URL is the merchant's address.
	URL string `json:"url"`
	// Method is GET, POST or XML, for a check and a result; POST when empty. The
	// others are sent by POST.
	Method string `json:"method"`
	// Members are those that differ from the documented example, by their names; one
	// with an empty text is left out. A signature among them is sent as it is, so that
	// a wrong one can be tried.
	Members map[string]string `json:"members"`
}

// webhookPlan is when what is told in JSON is told again: every 30 seconds, at most three
// times. That is documented of recurring profiles only. Of applications the page says
// that they are told again, and not when.
var webhookPlan = outbox.Plan{Every: 30 * time.Second, Times: 3}

// Announce sends a callback by hand, and returns when its first attempt was made. An
// answer that says no, or none at all, is no error; see the [Delivery].
func (s *Sandbox) Announce(ctx context.Context, a Announcement) (Delivery, error) {
	l, err := s.announced(a)
	if err != nil {
		return Delivery{}, err
	}
	if err := ctx.Err(); err != nil {
		return Delivery{}, err
	}
	e := s.calls.box.Put(l)
	e.Send()
	d := newDelivery(e.Delivery())
	if len(d.Attempts) == 0 {
		return Delivery{}, ErrClosed
	}
	return d, nil
}

func (s *Sandbox) announced(a Announcement) (*letter, error) {
	m, ok := s.example(a.Kind)
	if !ok {
		return nil, fmt.Errorf("sandbox: there is no callback of the kind %q: the kinds are %q", a.Kind, callbackKinds)
	}
	method := cmp.Or(a.Method, http.MethodPost)
	asked := a.Kind == CallbackCheck || a.Kind == CallbackResult
	if method != methodOf(method) || method != http.MethodPost && !asked {
		return nil, fmt.Errorf("sandbox: a callback of the kind %q is not sent by %q", a.Kind, a.Method)
	}
	if !isAddress(a.URL) {
		return nil, errors.New("sandbox: the address must be absolute, with http or https")
	}
	l := &letter{
		calls: s.calls, kind: a.Kind, address: a.URL, method: method, pairs: withMembers(codec.Pairs(m), a.Members),
	}
	switch a.Kind {
	case CallbackResult:
		l.plan = resultPlan
	case CallbackRecurringProfile, CallbackInvoice, CallbackApplication:
		l.plan = webhookPlan
	}
	l.orderID, l.paymentID = valueIn(l.pairs, "pg_order_id"), valueIn(l.pairs, "pg_payment_id")
	l.result = cmp.Or(valueIn(l.pairs, "pg_result"), valueIn(l.pairs, "pg_status"), valueIn(l.pairs, "status"))
	if l.seal(); l.first == nil {
		return nil, errors.New("sandbox: " + l.problem)
	}
	return l, nil
}

// withMembers puts members in the place of those of a message, and new ones after
// them.
func withMembers(pairs []codec.Pair, members map[string]string) (all []codec.Pair) {
	rest := maps.Clone(members)
	for _, p := range pairs {
		if text, ok := members[p.Name]; ok {
			p.Value = text
			delete(rest, p.Name)
		}
		all = append(all, p)
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		all = append(all, codec.Pair{Name: name, Value: rest[name]})
	}
	return slices.DeleteFunc(all, func(p codec.Pair) bool {
		text, given := members[p.Name]
		return given && text == ""
	})
}

// example is the documented example of a kind, of the merchant of this sandbox where
// it names one.
func (s *state) example(kind CallbackKind) (m codec.Message, ok bool) {
	switch kind {
	case CallbackCheck:
		return &callback.CheckRequest{
			OrderID: "123456789", PaymentID: "12345", Amount: wire.MustDecimal("10"), Currency: "KZT",
			PSAmount: wire.MustDecimal("5"), PSCurrency: "KZT", PSFullAmount: wire.MustDecimal("5"),
		}, true
	case CallbackResult:
		return &callback.ResultRequest{
			OrderID: "123456789", PaymentID: "12345", Amount: wire.MustDecimal("500"), Currency: "KZT",
			NetAmount: wire.MustDecimal("482.5"), PSAmount: wire.MustDecimal("500"), PSFullAmount: wire.MustDecimal("500"),
			PSCurrency: "KZT", Description: "Purchase in the online store Site.kz", Result: callback.PaymentResultSucceeded,
			PaymentDate: wire.TimeLiteral("2019-01-01 12:00:00"), CanReject: new(true),
			UserPhone: wire.NewSecret("7077777777777"), UserContactEmail: wire.NewSecret("mail@customer.kz"),
			TestingMode: new(true), Captured: new(false),
			CardID: "1234", CardToken: wire.NewSecret("ef741cfc-f85e-41a0-84e6-2ba964912182"), CardMask: wire.NewSecret("5483-18XX-XXXX-0293"),
			DiscountPercent: wire.MustDecimal("1.0"), DiscountAmount: wire.MustDecimal("5"), PaymentMethod: callback.PaymentMethodBankCard,
			CardExp: wire.NewSecret("03/23"), CardOwner: wire.NewSecret("Ivan Ivanov"), CardBrand: "VI",
		}, true
	case CallbackPayout:
		return &callback.PayoutRequest{
			PaymentID: "12345", OrderID: "123456789", CardMask: wire.NewSecret("5483-18XX-XXXX-0293"), Status: callback.PayoutResultOK,
			Balance: wire.MustDecimal("999490"), PaymentAmount: wire.MustDecimal("500"), TotalAmount: wire.MustDecimal("510"),
			MerchantID: s.merchant(), PaymentDate: wire.TimeLiteral("2019-01-01 12:00:00"),
		}, true
	case CallbackCardSaved:
		return &callback.CardSavedRequest{
			Type: "approve", PaymentID: "152673", OrderID: "12346578", CardID: "431231", UserID: "431231", Status: "success",
			CardMonth: wire.NewSecret("12"), CardYear: wire.NewSecret("25"),
		}, true
	case CallbackRecurringProfile:
		return &callback.RecurringProfileRequest{
			ProfileID: "123456789", Status: callback.ProfileStatusActive, InvoiceType: "binance", ExternalID: "SUBSCRIPTION-001",
			AgreementType: "on-demand", ExpiresAt: wire.TimeLiteral("2026-06-30"), CreatedAt: wire.TimeLiteral("2026-06-30T13:09:39Z"),
		}, true
	case CallbackInvoice:
		return &callback.RecurringProfileAnswer{}, true // nothing is known of it, and this is nothing
	case CallbackApplication:
		return &callback.ApplicationRequest{
			ID: "497f6eca-6276-4993-bfeb-53cbbbba6f08", ExternalID: "string", Status: callback.ApplicationStatusNew,
			ApprovedAmount: wire.MustDecimal("1500000"), Currency: "UZS", BankCode: "anorbank",
			CreatedAt: wire.TimeLiteral("2019-08-24T14:15:22.123Z"), UpdatedAt: wire.TimeLiteral("2019-08-24T14:15:22.123Z"),
		}, true
	}
	return nil, false
}
