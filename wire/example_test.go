package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

func ExampleDecimal() {
	var payment struct {
		Amount wire.Decimal `json:"amount"`
	}
	if err := json.Unmarshal([]byte(`{"amount":500.00}`), &payment); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(payment.Amount, payment.Amount.Equal(wire.MustDecimal("500")))

	body, _ := json.Marshal(payment)
	fmt.Println(string(body))
	// Output:
	// 500.00 true
	// {"amount":500.00}
}

func ExampleDecimal_Minor() {
	tiyn, err := wire.MustDecimal("1499.90").Minor(2)
	fmt.Println(tiyn, err)

	_, err = wire.MustDecimal("1499.905").Minor(2)
	fmt.Println(err)
	// Output:
	// 149990 <nil>
	// wire: decimal: not a whole number of minor units
}

func ExampleDecimalFromMinor() {
	fmt.Println(wire.DecimalFromMinor(149990, 2))
	// Output: 1499.90
}

func ExampleTime_In() {
	start := wire.TimeLiteral("2023-09-20 12:00:00")
	if _, err := start.Instant(); errors.Is(err, wire.ErrNoZone) {
		fmt.Println(err)
	}
	at, err := start.In(time.FixedZone("UTC+5", 5*60*60))
	fmt.Println(at.UTC(), err)
	// Output:
	// wire: time: without a zone
	// 2023-09-20 07:00:00 +0000 UTC <nil>
}

func ExampleTimeOf() {
	fmt.Println(wire.TimeOf(time.Date(2026, 3, 23, 19, 2, 52, 500_000_000, time.UTC)))
	// Output: 2026-03-23T19:02:52.5Z
}

func ExampleSecret() {
	card := struct {
		PAN    wire.Secret
		Expiry string
	}{wire.NewSecret("4111111111111111"), "12/30"}

	fmt.Printf("%+v\n", card)
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})).Info("paid", "card", card)
	fmt.Println(card.PAN.Reveal())
	// Output:
	// {PAN:*** Expiry:12/30}
	// {"level":"INFO","msg":"paid","card":{"PAN":"***","Expiry":"12/30"}}
	// 4111111111111111
}

func ExampleExtra() {
	var extra wire.Extra
	extra.SetForm("description", wire.FormNull) // send null, not nothing
	if err := extra.SetJSON("loyalty", []byte(`{"points": 12}`)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(extra)
	for _, m := range extra.Unknown() {
		fmt.Printf("%s: %s\n", m.Name, m.Value.Reveal())
	}
	// Output:
	// [1 forms, 1 unknown]
	// loyalty: {"points":12}
}

func ExampleUnknown_Lookup() {
	answer := wire.NewUnknown("application/json", []byte(`{"status":"ok","payments":[{"amount":500.00}]}`))
	amount, ok := answer.Lookup("payments", "0", "amount")
	fmt.Println(amount, ok)
	fmt.Println(answer)
	// Output:
	// 500.00 true
	// [46 bytes]
}

func ExampleViolations() {
	violations := wire.Violations{
		{Path: "$.amount", Rule: "maximum", Limit: "9999999999", Value: "10000000000"},
		{Path: "$.company.bin", Rule: "required"},
	}
	fmt.Println(violations.Err())
	// Output: $.amount: maximum 9999999999, got 10000000000; $.company.bin: required
}
