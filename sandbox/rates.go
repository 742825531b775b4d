package sandbox

import (
	"errors"
	"math/big"
	"slices"

	"github.com/freedompay-go/freedompay/wire"
)

// Rate is the exchange rate of transfers from one currency to another.
type Rate struct {
	// From and To are codes of currencies.
	From, To string
	// Rate is how much of To one unit of From gives: the pages do not say so, but
	// their example, USD to KZT, would be odd otherwise.
	Rate wire.Decimal
}

// DefaultRates are the rates of a sandbox that is told none. They are the
// sandbox's own, but for that of USD to KZT, which is a page's example. The two
// ways between two currencies are not each other's inverse, as with a bank.
func DefaultRates() []Rate {
	return []Rate{
		{"USD", "KZT", wire.MustDecimal("521.35")},
		{"KZT", "USD", wire.MustDecimal("0.0019")},
		{"EUR", "KZT", wire.MustDecimal("605.10")},
		{"KZT", "EUR", wire.MustDecimal("0.0016")},
		{"RUB", "KZT", wire.MustDecimal("6.45")},
		{"KZT", "RUB", wire.MustDecimal("0.15")},
		{"USD", "EUR", wire.MustDecimal("0.85")},
		{"EUR", "USD", wire.MustDecimal("1.15")},
	}
}

// rates are what is exchanged, and how.
type rates []Rate

func newRates(given []Rate) (rates, error) {
	if given == nil {
		return DefaultRates(), nil
	}
	for i, r := range given {
		twice := slices.ContainsFunc(given[:i], func(o Rate) bool { return o.From == r.From && o.To == r.To })
		if !isCurrency(r.From) || !isCurrency(r.To) || r.From == r.To || r.Rate.Sign() <= 0 || twice {
			return nil, errors.New("sandbox: a rate must be positive, between two currencies' codes of three letters, and stand once")
		}
	}
	return slices.Clone(given), nil
}

// between are the rates from one currency to another; an empty code is any.
func (all rates) between(from, to string) (found []Rate) {
	for _, r := range all {
		if (from == "" || r.From == from) && (to == "" || r.To == to) {
			found = append(found, r)
		}
	}
	return found
}

// exchange is what an amount in hundredths of one currency is in another,
// without what is less than a hundredth. It is exact until then.
func (all rates) exchange(amount int64, from, to string) (int64, error) {
	if from == to {
		return amount, nil
	}
	found := all.between(from, to)
	if len(found) == 0 {
		return 0, wrong("there is no rate from %s to %s", from, to)
	}
	rate, ok := new(big.Rat).SetString(found[0].Rate.String())
	if !ok {
		return 0, wrong("the rate from %s to %s is no number", from, to)
	}
	product := rate.Mul(rate, new(big.Rat).SetInt64(amount))
	whole := new(big.Int).Quo(product.Num(), product.Denom())
	if !whole.IsInt64() || whole.Sign() <= 0 {
		return 0, wrong("the amount is nothing that can be paid out in %s", to)
	}
	return whole.Int64(), nil
}
