package sandbox

import (
	"errors"

	"github.com/freedompay-go/freedompay/wire"
)

// balances is the money for payouts, in hundredths, by currency. It never goes
// below zero: the state's lock is held wherever it is looked at.
type balances map[string]int64

// startBalance is what there is in KZT to begin with, unless the options say
// otherwise.
var startBalance = wire.MustDecimal("1000000.00")

func newBalances(given map[string]wire.Decimal) (balances, error) {
	if given == nil {
		given = map[string]wire.Decimal{"KZT": startBalance}
	}
	b := balances{}
	for currency, amount := range given {
		n, err := amount.Minor(2)
		if err != nil || n < 0 || !isCurrency(currency) {
			return nil, errors.New("sandbox: a balance for payouts must be of a currency's code of three letters, not negative, and with at most two decimals")
		}
		b[currency] = n
	}
	return b, nil
}

// take takes an amount from a balance that has it.
//
// No page has a code for a balance that is too small. It must not be 9999, the
// code of the pages' examples: of payouts that means that their outcome is
// unknown.
func (b balances) take(currency string, amount int64) *fault {
	if amount > b[currency] {
		return wrong("the balance for payouts is %s %s", units(b[currency]), currency)
	}
	b[currency] -= amount
	return nil
}

// give puts back what was taken.
func (b balances) give(currency string, amount int64) { b[currency] += amount }

// in tells a balance. In a currency without one it is zero.
func (b balances) in(currency string) wire.Decimal { return units(b[currency]) }

// balance is the answer to a request for a balance: without a currency that in
// KZT, of which no page says so.
func (s *state) balance(currency string) (wire.Decimal, error) {
	if currency == "" {
		currency = "KZT"
	}
	if !isCurrency(currency) {
		return wire.Decimal{}, wrong("pg_currency is not a currency's code of three letters")
	}
	return s.out.balances.in(currency), nil
}
