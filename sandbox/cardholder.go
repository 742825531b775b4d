package sandbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// CardholderValidate compares a person's data with those of a card's holder. Where
// the token comes from is not documented: here it is that of a saved card of the
// Merchant and Gateway APIs, whose holder has no phone, or the id of a card of this
// API. What is compared, and how, is not either: here the share of the letters and
// digits that need no change. There is no fishy, which has no meaning.
func (s cardService) CardholderValidate(_ context.Context, r *card.CardholderValidateRequest) (*card.CardholderValidateAnswer, error) {
	holder, err := s.holderBy(r)
	a := &card.CardholderValidateAnswer{Status: card.CallStatusOK, DateTime: s.dt()}
	if err != nil {
		a.Status = card.CallStatusError
		a.Extra().SetForm("score", wire.FormAbsent) // any number would say that somebody was compared
		s.tellReason(a.Extra(), err)
		return a, nil
	}
	score := holder.likeness(r.FirstName.Reveal(), r.LastName.Reveal(), r.UserPhone.Reveal())
	a.Score = fmt.Sprintf("%d.%02d%%", score/100, score%100)
	return a, nil
}

// holderBy finds the holder of the card that a request names.
func (s cardService) holderBy(r *card.CardholderValidateRequest) (holder cardHolder, err error) {
	defer s.begin()()
	err = s.look(r.RequestID, func() error {
		if c := s.issuing.cards[r.CardToken.Reveal()]; c != nil {
			holder = c.person()
			return nil
		}
		saved, _, err := s.byToken("", r.CardToken.Reveal())
		if err != nil {
			return errNoCard
		}
		holder.name = wire.NewSecret(saved.holder)
		return nil
	})
	return holder, err
}

// likeness is how well a person's data fit the holder's, in hundredths of a
// percent. Names count in either order, twice as much as the phone, of which the
// last ten digits count: the example has no code of a country.
func (h cardHolder) likeness(first, last, phone string) int {
	name := max(alike(first+" "+last, h.name.Reveal()), alike(last+" "+first, h.name.Reveal()))
	if !h.phone.IsSet() {
		return name
	}
	return (2*name + alike(lastDigits(phone), lastDigits(h.phone.Reveal()))) / 3
}

func lastDigits(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	return digits[max(0, len(digits)-10):]
}

// mostCompared is how much of a text is compared.
const mostCompared = 64

// alike is how much of the longer of two texts need not be changed to get the
// other, in hundredths of a percent.
func alike(left, right string) int {
	a, b := folded(left), folded(right)
	longer := max(len(a), len(b))
	if longer == 0 {
		return 0 // nothing was compared
	}
	// The distance of Levenshtein, by rows.
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, before+1, row[j]+1)
		}
	}
	return (longer - row[len(b)]) * 10_000 / longer
}

func folded(text string) []rune {
	runes := []rune(strings.ToLower(strings.TrimSpace(text)))
	return runes[:min(len(runes), mostCompared)]
}
