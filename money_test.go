package freedompay_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// An amount is the same to the last digit wherever it is read and written.
func TestAmountsKeepTheirDigits(t *testing.T) {
	for amount, tiyn := range map[string]int64{
		"9999999999.99": 999999999999,
		"500.00":        50000,
		"0.01":          1,
		"0.1":           10,
		"5000":          500000,
	} {
		sent := merchant.InvoicePayAnswer{Amount: wire.MustDecimal(amount)}
		holds := func(in string, text []byte, want string) {
			t.Helper()
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s in %s: %s does not hold %s", amount, in, text, want)
			}
		}
		same := func(in string, got wire.Decimal) {
			t.Helper()
			units, err := got.Minor(2)
			if got.String() != amount || units != tiyn || err != nil {
				t.Errorf("%s in %s is read as %v, in minor units %d, %v", amount, in, got, units, err)
			}
		}

		text := codec.AppendJSON(nil, &sent)
		holds("JSON", text, `"amount":`+amount+`,`)
		var fromJSON merchant.InvoicePayAnswer
		must(t, fromJSON.UnmarshalJSON(text))
		same("JSON", fromJSON.Amount)

		text = codec.AppendXML(nil, "root", &sent)
		holds("XML", text, `<amount>`+amount+`</amount>`)
		var fromXML merchant.InvoicePayAnswer
		must(t, codec.UnmarshalXML(text, &fromXML, "root"))
		same("XML", fromXML.Amount)

		text = codec.AppendURLEncoded(nil, codec.Pairs(&sent))
		holds("a form", text, "amount="+amount)
		pairs, err := codec.ParseURLEncoded(string(text), codec.Limits{})
		must(t, err)
		var fromForm merchant.InvoicePayAnswer
		must(t, codec.BindPairs(pairs, &fromForm, codec.Limits{}))
		same("a form", fromForm.Amount)

		text = codec.AppendMultipart(nil, "b", codec.Pairs(&sent))
		holds("a multipart form", text, "\r\n\r\n"+amount+"\r\n")
		pairs, err = codec.ReadMultipart(multipart.NewReader(bytes.NewReader(text), "b"), codec.Limits{})
		must(t, err)
		var fromMultipart merchant.InvoicePayAnswer
		must(t, codec.BindPairs(pairs, &fromMultipart, codec.Limits{}))
		same("a multipart form", fromMultipart.Amount)

		// In a message with amounts in lists, too.
		var invoice partner.InvoicesInfoAnswer
		must(t, invoice.UnmarshalJSON([]byte(strings.ReplaceAll(`{"amount":A,"tax":[{"price":A},{"price":"A"}]}`, "A", amount))))
		same("an invoice", invoice.Amount)
		same("a position", invoice.Positions[0].Price)
		same("a position as a string", invoice.Positions[1].Price)
	}
}

// What is not exactly an amount is never rounded into one.
func TestAmountsAreNotRounded(t *testing.T) {
	var answer merchant.InvoicePayAnswer
	must(t, answer.UnmarshalJSON([]byte(`{"amount":0.005}`)))
	if units, err := answer.Amount.Minor(2); err == nil {
		t.Errorf("0.005 is %d minor units", units)
	}
	for _, text := range []string{`{"amount":"1 000.00"}`, `{"amount":"1,5"}`, `{"amount":true}`, `{"amount":"NaN"}`, `{"amount":[1]}`} {
		if err := new(merchant.InvoicePayAnswer).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// A time without its zone is five hours wrong for somebody, so it is none until
// somebody says the zone.
func TestTimesWithoutAZoneAreNoInstants(t *testing.T) {
	const literal = "2023-09-20 12:00:00"
	var answer merchant.InvoicePayAnswer
	must(t, codec.UnmarshalXML([]byte("<root><dt>"+literal+"</dt></root>"), &answer, "root"))
	if answer.DateTime.String() != literal {
		t.Errorf("%s is read as %s", literal, answer.DateTime)
	}
	if instant, err := answer.DateTime.Instant(); !errors.Is(err, wire.ErrNoZone) {
		t.Errorf("%s is %v, %v", literal, instant, err)
	}
	almaty := time.FixedZone("", 5*60*60)
	instant, err := answer.DateTime.In(almaty)
	if want := time.Date(2023, 9, 20, 7, 0, 0, 0, time.UTC); err != nil || !instant.Equal(want) {
		t.Errorf("%s in a zone of five hours is %v, %v; want %v", literal, instant, err, want)
	}
	must(t, codec.UnmarshalXML([]byte("<root><dt>2019-08-24T14:15:22+05:00</dt></root>"), &answer, "root"))
	if instant, err := answer.DateTime.Instant(); err != nil || instant.Unix() != 1566638122 {
		t.Errorf("a time with a zone is %v, %v", instant, err)
	}
}
