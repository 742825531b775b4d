package sandbox

import (
	"context"
	"errors"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// CardStatement lists the operations of a card, a closed one too: there are none,
// since of the calls that move money of a card nothing but the names is known. So
// which period is meant where a date is missing does not matter.
func (s cardService) CardStatement(_ context.Context, r *card.CardStatementRequest) (*card.CardStatementAnswer, error) {
	wrong := wrongPeriod(r.StartDate, r.EndDate)
	defer s.begin()()
	a := &card.CardStatementAnswer{Status: card.CallStatusOK, RequestStatus: card.RequestStateSuccess, DateTime: s.dt()}
	if _, err := s.stated(r.CardID, wrong); err != nil {
		a.Status, a.RequestStatus = card.CallStatusError, card.RequestStateError
		s.tellReason(a.Extra(), err)
	}
	return a, nil
}

// CardStatementExtended is CardStatement with the card's account, on which there is
// nothing, in the currency of the pages' examples. A card without a client has its
// account too, and no client_id.
func (s cardService) CardStatementExtended(_ context.Context, r *card.CardStatementExtendedRequest) (*card.CardStatementExtendedAnswer, error) {
	wrong := wrongPeriod(r.StartDate, r.EndDate)
	defer s.begin()()
	c, err := s.stated(r.CardID, wrong)
	if err != nil {
		a := &card.CardStatementExtendedAnswer{Status: card.CallStatusError, RequestStatus: card.RequestStateError}
		s.tellReason(a.Extra(), err)
		return a, nil
	}
	a := &card.CardStatementExtendedAnswer{
		Status: card.CallStatusOK, RequestStatus: card.RequestStateSuccess,
		Card: &card.StatementCard{CardID: c.id, CardMask: c.mask},
		Balances: &card.Balances{Accounts: []card.Account{{
			IBAN: c.iban, Currency: "KZT", Debit: wholeUnits(0), Credit: wholeUnits(0), Amount: wholeUnits(0), BlockedAmount: wholeUnits(0),
		}}},
		Authorizations: []card.Authorization{},
	}
	if c.client != nil {
		a.ClientID = c.client.id
	}
	return a, nil
}

// stated finds the card of a statement.
func (s cardService) stated(id string, wrong error) (*issuedCard, error) {
	c, err := s.issuing.card(id)
	if err == nil {
		err = wrong
	}
	if err != nil {
		s.refuseCard(err)
	}
	return c, err
}

// wrongPeriod says what is wrong with a period, whose ends may be missing. Whether
// they belong to it is not documented, so it may begin when it ends.
func wrongPeriod(from, to wire.Time) error {
	start, startErr := from.Instant()
	end, endErr := to.Instant()
	switch {
	case from.IsSet() && startErr != nil || to.IsSet() && endErr != nil:
		return errors.New("a date is not one with a time and its offset from UTC")
	case from.IsSet() && to.IsSet() && end.Before(start):
		return errors.New("the period ends before it begins")
	}
	return nil
}

// wholeUnits writes an amount, without decimals if it needs none: the field tables
// have integers for some.
func wholeUnits(n int64) wire.Decimal {
	if n%100 == 0 {
		return wire.DecimalFromMinor(n/100, 0)
	}
	return units(n)
}
