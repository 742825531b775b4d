package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/gen/card"
)

// cardService is the Card API.
type cardService struct{ *state }

// RequestStatus tells the state of an earlier request. What is answered for an
// unknown one is documented nowhere; status error is.
func (s cardService) RequestStatus(_ context.Context, r *card.RequestStatusRequest) (*card.RequestStatusAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.cards[r.RequestID]
	if !ok {
		return nil, &failure{"no such request"}
	}
	answer := &card.RequestStatusAnswer{
		Status:        card.CallStatusOK,
		RequestStatus: card.RequestStateSuccess,
		ClientID:      request.clientID,
		DT:            s.dt(),
	}
	for _, id := range request.cardIDs {
		answer.Cards = append(answer.Cards, card.IssuedCard{CardID: id})
	}
	return answer, nil
}
