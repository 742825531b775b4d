package sandbox

import (
	"context"
	"errors"
	"slices"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// limited is what limits are for.
type limited struct {
	kind card.LimitObjectType
	id   string
}

// exists tells whether there is what limits are for. An account is named by its
// number, that of a card's account: which id is meant is not documented.
func (i *issuing) exists(o limited, find func(id string) (*issuedCard, error)) error {
	switch o.kind {
	case card.LimitObjectTypeCard:
		_, err := find(o.id)
		return err
	case card.LimitObjectTypeClient:
		_, err := i.client(o.id)
		return err
	case card.LimitObjectTypeAccount:
		for _, c := range i.cards {
			if c.iban.Reveal() == o.id {
				_, err := find(c.id)
				return err
			}
		}
		return errors.New("no such account")
	}
	return errors.New("the sandbox knows limits of cards, accounts and clients")
}

// LimitsSet sets limits. What becomes of those that a request does not name is not
// documented: here they stay, and one for the same kind of transaction, region and
// period is replaced. What a limit without a period or an amount is, is not either,
// and it is kept as it is. Nothing is held to the limits, since no documented call
// spends money of a card.
func (s cardService) LimitsSet(_ context.Context, r *card.LimitsSetRequest) (*card.LimitsSetAnswer, error) {
	o, limits := limited{r.Object.Type, r.Object.Value.Reveal()}, r.Limits
	return (*card.LimitsSetAnswer)(s.take(r.RequestID, wrongLimits(limits), func() (func(*cardRequest), error) {
		return func(*cardRequest) {
			all := slices.DeleteFunc(s.issuing.limits[o], func(old card.Limit) bool {
				return slices.ContainsFunc(limits, func(l card.Limit) bool { return sameLimit(&l, &old) })
			})
			s.issuing.limits[o] = append(all, limits...)
		}, s.issuing.exists(o, s.issuing.open)
	})), nil
}

// LimitsList tells whether limits can be listed of something, of what is closed
// too. The members for the limits themselves are not documented.
func (s cardService) LimitsList(_ context.Context, r *card.LimitsListRequest) (*card.LimitsListAnswer, error) {
	o := limited{r.Object.Type, r.Object.Value.Reveal()}
	defer s.begin()()
	a := &card.LimitsListAnswer{Status: card.CallStatusOK, DateTime: s.dt()}
	if err := s.look(r.RequestID, func() error { return s.issuing.exists(o, s.issuing.card) }); err != nil {
		a.Status = card.CallStatusError
		s.tellReason(a.Extra(), err)
		return a, nil
	}
	s.tell(a.Extra(), "sandbox_limits", append([]card.Limit{}, s.issuing.limits[o]...))
	return a, nil
}

// sameLimit reports whether one limit takes the place of the other.
func sameLimit(a, b *card.Limit) bool {
	return a.TransactionType == b.TransactionType && a.Region == b.Region && a.Period == b.Period
}

// wrongLimits says what is wrong with limits, if anything. Kinds of transactions,
// regions, periods and kinds of amounts are taken as they are: no page lists all.
func wrongLimits(limits []card.Limit) error {
	if len(limits) == 0 {
		return errors.New("there are no limits to set")
	}
	for n := range limits {
		if slices.ContainsFunc(limits[:n], func(l card.Limit) bool { return sameLimit(&l, &limits[n]) }) {
			return errors.New("two limits are for the same")
		}
		for _, a := range limits[n].Amounts {
			value, err := wire.ParseDecimal(a.Value)
			if err == nil {
				_, err = value.Minor(2)
			}
			switch {
			case err != nil || value.Sign() < 0:
				return errors.New("the value of an amount is not a number of at most two decimals")
			case a.Currency != "" && !isCurrency(a.Currency):
				return errors.New("the currency is not a code of three letters")
			}
		}
	}
	return nil
}
