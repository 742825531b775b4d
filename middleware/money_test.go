package middleware_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// payment is a message with money in it; none of the five requests has any.
type payment struct {
	Amount wire.Decimal
	extra  wire.Extra
}

var paymentType = codec.Type{Name: "payment", Fields: []codec.Field{{Name: "amount", Required: true}}}

func (p *payment) WireFields() codec.Fields {
	return codec.Fields{Type: &paymentType, Extra: &p.extra, Refs: []any{&p.Amount}}
}

var amounts = []string{"9999999999.99", "500.00", "0.01"}

// Money goes out and comes back digit for digit, whatever the form. What
// arrives is read by hand.
func TestMoney(t *testing.T) {
	for _, form := range []struct {
		name string
		op   wire.Operation
		// read takes the amount out of a request.
		read func(t *testing.T, a arrived) string
		// print writes an answer with the amount.
		contentType, answer string
	}{
		{"JSON", wire.Operation{Request: []wire.Media{wire.JSON}, Answer: []wire.Media{wire.JSON}}, func(_ *testing.T, a arrived) string {
			return strings.TrimSuffix(strings.TrimPrefix(a.body, `{"amount":`), `}`)
		}, "application/json", `{"amount":%s}`},
		{"JSON, quoted in the answer", wire.Operation{Request: []wire.Media{wire.JSON}, Answer: []wire.Media{wire.JSON}}, func(_ *testing.T, a arrived) string {
			return strings.TrimSuffix(strings.TrimPrefix(a.body, `{"amount":`), `}`)
		}, "application/json", `{"amount":"%s"}`},
		{"urlencoded and XML", wire.Operation{Request: []wire.Media{wire.URLEncoded}, Answer: []wire.Media{wire.XML}, Root: "root"}, func(_ *testing.T, a arrived) string {
			return strings.TrimPrefix(a.body, "amount=")
		}, "application/xml", `<root><amount>%s</amount></root>`},
		{"query and XML", wire.Operation{Query: true, Answer: []wire.Media{wire.XML}, Root: "root"}, func(_ *testing.T, a arrived) string {
			return strings.TrimPrefix(a.uri, basePath+"/pay?amount=")
		}, "application/xml", `<root><amount> %s </amount></root>`},
		{"multipart and XML", wire.Operation{Request: []wire.Media{wire.Multipart}, Answer: []wire.Media{wire.XML}, Root: "root"}, func(t *testing.T, a arrived) string {
			_, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
			if err != nil {
				t.Fatal(err)
			}
			part, err := multipart.NewReader(strings.NewReader(a.body), params["boundary"]).NextPart()
			if err != nil || part.FormName() != "amount" {
				t.Fatal(part, err)
			}
			value, _ := io.ReadAll(part)
			return string(value)
		}, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><root><amount>%s</amount></root>`},
	} {
		form.op.ID, form.op.Method, form.op.Path, form.op.Security = "test.pay", "POST", "/pay", wire.JWSHS256
		for _, amount := range amounts {
			t.Run(form.name+"/"+amount, func(t *testing.T) {
				p := newPeer(t, answerWith(http.StatusOK, form.contentType, fmt.Sprintf(form.answer, amount)))
				c, err := middleware.NewCaller(wire.Environment(p.base()), credentials)
				if err != nil {
					t.Fatal(err)
				}
				answer := new(payment)
				if err := c.Do(t.Context(), &form.op, &payment{Amount: wire.MustDecimal(amount)}, answer); err != nil {
					t.Fatal(err)
				}
				a := p.only(t)
				hs256.check(t, a)
				if got := form.read(t, a); got != amount {
					t.Errorf("sent %s, arrived %s", amount, got)
				}
				if got := answer.Amount.String(); got != amount {
					t.Errorf("came back as %s", got)
				}
			})
		}
	}
}

func TestMoneyInGeneratedAnswers(t *testing.T) {
	for _, amount := range amounts {
		p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/pay") {
				answerWith(200, "application/xml", "<root><status>ok</status><amount>"+amount+"</amount></root>")(w, r)
				return
			}
			answerJSON(`{"status":"new","amount":`+amount+`,"tax":[{"price":`+amount+`}]}`)(w, r)
		})
		partners, err := partner.New(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		merchants, err := merchant.New(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		invoice, err := partners.InvoicesInfo(t.Context(), &partner.InvoicesInfoRequest{InvoiceID: "1"})
		if err != nil {
			t.Fatal(err)
		}
		paid, err := merchants.InvoicePay(t.Context(), payRequest())
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []wire.Decimal{invoice.Amount, invoice.Positions[0].Price, paid.Amount} {
			if got.String() != amount {
				t.Errorf("%s came as %s", amount, got)
			}
		}
	}
}
