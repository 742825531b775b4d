package sandbox

import (
	"context"
	"encoding/json"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/wire"
)

// More ids that a new sandbox knows, those of the Card API's examples.
const (
	// ExampleCard is the card of Card API > Limits.
	ExampleCard = "123456789"
	// ExampleGiftCard and ExampleGiftCode are the gift card of Card API > Gift Cards >
	// Confirm, which is not active yet, and its code.
	ExampleGiftCard = "555"
	ExampleGiftCode = "1234"
)

// exampleAccounts is the number of the first card above: more than are issued.
const exampleAccounts = 900_000_000_000_001

// cardService is the Card API.
//
// Its pages have no member for what is wrong, and none for most of what is known
// of a card. So that a sandbox is of use all the same, it says these under names
// that are plainly its own, sandbox_reason, sandbox_card and sandbox_limits: not
// where it is to be like production, and never in the place of what is documented.
type cardService struct {
	*state
	productionLike bool
}

// issuing is what the Card API remembers.
type issuing struct {
	requests map[string]*cardRequest // by request id
	pending  []*cardRequest          // those in process, oldest first
	clients  map[string]*cardClient
	cards    map[string]*issuedCard
	limits   map[limited][]card.Limit
	gifts    []*giftCard
}

// newIssuing returns what a new sandbox knows: the request of the overview, which
// is done, and the cards that the pages' examples name, all of one client, who is
// the person of the examples.
func newIssuing() *issuing {
	client := &cardClient{
		id: "1", product: card.ProductIDInstant,
		holder: cardHolder{name: wire.NewSecret("Ivan Ivanov"), phone: wire.NewSecret("77077070707")},
	}
	i := &issuing{
		requests: map[string]*cardRequest{ExampleCardRequest: {
			state: card.RequestStateSuccess, example: true, clientID: client.id, cardIDs: []string{"1"},
		}},
		clients: map[string]*cardClient{client.id: client},
		cards:   map[string]*issuedCard{},
		limits:  map[limited][]card.Limit{},
		gifts: []*giftCard{{
			id: ExampleGiftCard, otp: wire.NewSecret(ExampleGiftCode), currency: "USD", balance: 100_00,
			mask: wire.NewSecret("1234********5678"), status: card.GiftCardStatusIssued,
		}},
	}
	for n, id := range []string{"1", ExampleCard, ExampleCardRequest, "00000000-0000-0000-0000-000000000000"} {
		c := newIssuedCard(id, exampleAccounts+int64(n), client.product, client.holder)
		c.client = client
		i.cards[id] = c
	}
	return i
}

// begin locks the state, carries out what is due, and returns what unlocks it.
func (s cardService) begin() (end func()) {
	s.mu.Lock()
	s.catchUp()
	return s.mu.Unlock
}

// RequestStatus tells how far a request is: it is in process when it is asked
// about for the first time, and done when it is asked about again. Whether the
// real Freedom Pay knows all requests is not documented; here it does, those that
// were refused and those that only ask for something included.
//
// The requests that can be asked about include those of Partner > Client add; the
// real Freedom Pay has a call of its own for these. Of an unknown request the
// documentation has no more than the two words for an error.
func (s cardService) RequestStatus(_ context.Context, r *card.RequestStatusRequest) (*card.RequestStatusAnswer, error) {
	defer s.begin()()
	a := &card.RequestStatusAnswer{Status: card.CallStatusOK, RequestStatus: card.RequestStateProcess, DateTime: s.dt()}
	if request := s.issuing.requests[r.RequestID]; request != nil {
		s.inquire(request)
		a.RequestStatus, a.ClientID = request.state, request.clientID
		for _, id := range request.cardIDs {
			a.Cards = append(a.Cards, card.IssuedCard{CardID: id})
		}
		s.tellReason(a.Extra(), request.failure)
		return a, nil
	}
	switch request := s.clients[r.RequestID]; {
	case request == nil:
		a.Status, a.RequestStatus = card.CallStatusError, card.RequestStateError
		s.tellReason(a.Extra(), errNoRequest)
	case request.asked > 0:
		a.RequestStatus, a.ClientID = card.RequestStateSuccess, request.clientID
	default:
		request.asked++
	}
	return a, nil
}

// tellReason says why something is refused, if it is.
func (s cardService) tellReason(extra *wire.Extra, reason error) {
	if reason != nil {
		s.tell(extra, "sandbox_reason", reason.Error())
	}
}

// tell adds to an answer what no page has a name for.
func (s cardService) tell(extra *wire.Extra, name string, v any) {
	if s.productionLike {
		return
	}
	if text, err := json.Marshal(v); err == nil {
		_ = extra.SetJSON(name, text) // it is JSON, and the name is no documented one
	}
}
