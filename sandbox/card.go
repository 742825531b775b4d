package sandbox

import (
	"cmp"
	"context"

	"github.com/freedompay-go/freedompay/gen/card"
)

// cardService is the Card API.
type cardService struct{ *state }

// RequestStatus tells how far a request is: it is in process when it is asked
// about for the first time, and done from then on. The requests that can be
// asked about include those of Partner > Client add; the real Freedom Pay has
// a call of its own for these. Of an unknown request the documentation has no
// more than the two words for an error.
func (s cardService) RequestStatus(_ context.Context, r *card.RequestStatusRequest) (*card.RequestStatusAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &card.RequestStatusAnswer{
		Status:        card.CallStatusOK,
		RequestStatus: card.RequestStateProcess,
		DT:            s.dt(),
	}
	request := cmp.Or(s.cards[r.RequestID], s.clients[r.RequestID])
	switch {
	case request == nil:
		answer.Status, answer.RequestStatus = card.CallStatusError, card.RequestStateError
	case request.asked > 0:
		answer.RequestStatus = card.RequestStateSuccess
		answer.ClientID = request.clientID
		for _, id := range request.cardIDs {
			answer.Cards = append(answer.Cards, card.IssuedCard{CardID: id})
		}
	default:
		request.asked++
	}
	return answer, nil
}
