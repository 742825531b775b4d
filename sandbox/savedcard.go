package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/testcards"
)

// savedCard is a card that a user has saved.
type savedCard struct {
	token     string
	id        string // pg_card_id, which the pages call deprecated
	userID    string
	card      bankCard
	createdAt time.Time
}

// save saves a card for a user. The same card again keeps its token: what the
// real service does is not documented.
func (s *state) save(userID string, c *bankCard) *savedCard {
	for _, saved := range s.cardsOf(userID) {
		if saved.card.number == c.number {
			saved.card = *c
			return saved
		}
	}
	saved := &savedCard{token: uuid.NewString(), id: s.number(), userID: userID, card: *c, createdAt: s.now()}
	s.saved = append(s.saved, saved)
	return saved
}

// cardsOf returns the cards of a user, oldest first.
func (s *state) cardsOf(userID string) (found []*savedCard) {
	for _, saved := range s.saved {
		if saved.userID == userID {
			found = append(found, saved)
		}
	}
	return found
}

// savedBy finds a card by its token, which is worth nothing to another user.
func (s *state) savedBy(userID, token string) (*savedCard, error) {
	for _, saved := range s.cardsOf(userID) {
		if saved.token == token {
			return saved, nil
		}
	}
	return nil, &fault{codeCard, "the user has no card with this token"}
}

// forget removes a card.
func (s *state) forget(saved *savedCard) {
	s.saved = slices.DeleteFunc(s.saved, func(c *savedCard) bool { return c == saved })
}

// savable returns why a card cannot be saved, or nil. A card to pay out to can
// be: that it is one is all that a table says of it. Of a card to pay with that
// the Gateway's table does not have, nothing says that it cannot be, even if
// paying with it fails: so a failing payment with a saved card can be tried.
func (c *bankCard) savable() *fault {
	if _, ok := testcards.FindPayout(c.number); ok {
		return nil
	}
	known, ok := testcards.Find(c.number)
	switch {
	case !ok:
		return c.declined()
	case known.CardAdd == testcards.Unknown || known.CardAdd == testcards.Available:
		return nil
	}
	if f := c.declined(); f != nil {
		return f
	}
	return impossible("this test card cannot be saved")
}
