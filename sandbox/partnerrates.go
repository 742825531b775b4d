package sandbox

import (
	"context"
	"slices"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// loadedRate is an exchange rate that the partner has loaded.
type loadedRate struct {
	partner.Rate
	from time.Time
	to   time.Time // zero until the next load
}

func newLoadedRate(r partner.Rate, now time.Time) (l loadedRate, problem string) {
	l = loadedRate{Rate: r, from: now}
	var err error
	switch {
	case !isCurrency(string(r.CurrencyFrom)) || !isCurrency(string(r.CurrencyTo)):
		return l, "a currency is not a code of three letters"
	case r.CurrencyFrom == r.CurrencyTo:
		return l, "a rate is from a currency to itself"
	case r.Value.Sign() <= 0:
		return l, "a rate is not positive"
	}
	begin := now
	if r.StartDate.IsSet() {
		if begin, err = r.StartDate.In(almaty); err != nil {
			return l, "start_date is not in a form that is read here"
		}
	}
	if r.EndDate.IsSet() {
		if l.to, err = r.EndDate.In(almaty); err != nil {
			return l, "end_date is not in a form that is read here"
		}
		if r.StartDate.IsSet() && l.to.Before(begin) {
			return l, "end_date is before start_date"
		}
	}
	if begin.After(now) {
		l.from = begin
	}
	return l, ""
}

// rateUse is what a rate is for: only one for the same use can be valid.
type rateUse struct {
	from, to  partner.RateCurrency
	kind      partner.RateType
	operation partner.RateOperation
}

func (l loadedRate) use() rateUse {
	return rateUse{l.CurrencyFrom, l.CurrencyTo, l.RateType, l.Operation}
}

// ended reports whether a rate is not valid at a time, nor at any after it.
func (l loadedRate) ended(now time.Time) bool { return !l.to.IsZero() && !now.Before(l.to) }

// RatesAdd loads rates, all of them or none. A load ends the rates of earlier ones
// that have no end, as the page says, and those for the same use; what becomes of
// the latter is not documented, nor is the zone of the times, here that of Almaty.
//
// The rates of transfers are the bank's and others: that these would have to do with
// them, no page says.
func (s partnerService) RatesAdd(_ context.Context, r *partner.RatesAddRequest) (*partner.RatesAddAnswer, error) {
	now := s.now()
	loaded, err := readRates(r.Rates, now)
	if err != nil {
		return nil, err
	}
	replaced := map[rateUse]bool{}
	for _, l := range loaded {
		replaced[l.use()] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.partners.rates = slices.DeleteFunc(s.partners.rates, func(earlier loadedRate) bool {
		return earlier.to.IsZero() || earlier.ended(now) || replaced[earlier.use()]
	})
	s.partners.rates = append(s.partners.rates, loaded...)
	return &partner.RatesAddAnswer{Status: partner.CallStatusOK, DateTime: s.dt()}, nil
}

// readRates reads the rates of a load, without those that are over.
func readRates(rates []partner.Rate, now time.Time) ([]loadedRate, error) {
	if len(rates) == 0 {
		return nil, &failure{"there are no rates"}
	}
	var loaded []loadedRate
	uses := map[rateUse][]loadedRate{}
	for _, r := range rates {
		l, problem := newLoadedRate(r, now)
		if problem != "" {
			return nil, &failure{problem}
		}
		if !l.ended(l.from) {
			loaded = append(loaded, l)
			uses[l.use()] = append(uses[l.use()], l)
		}
	}
	for _, same := range uses {
		slices.SortFunc(same, func(a, b loadedRate) int { return a.from.Compare(b.from) })
		for i, next := range same[1:] {
			if !same[i].ended(next.from) {
				return nil, &failure{"two rates for the same use are valid at the same time"}
			}
		}
	}
	return loaded, nil
}

// LoadedRates are the rates loaded by Partner > Rates that are valid now, in the
// order in which they were loaded: no call of the API tells.
func (s *Sandbox) LoadedRates() []partner.Rate {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var valid []partner.Rate
	for _, l := range s.partners.rates {
		if !now.Before(l.from) && !l.ended(now) {
			valid = append(valid, l.Rate)
		}
	}
	return valid
}
