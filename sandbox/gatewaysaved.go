package sandbox

import (
	"context"
	"fmt"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// SavedCardAdd saves a card, after 3DS if it has that. With a token the data of
// a saved card are replaced: the pages say no more of it than that they are
// added.
func (s gatewayService) SavedCardAdd(ctx context.Context, r *gateway.SavedCardAddRequest) (*gateway.SavedCardAddAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardAddAnswer, error) {
		number := r.CardPAN.Reveal()
		if token := r.CardToken.Reveal(); token != "" {
			saved, err := s.savedBy(r.UserID, token)
			switch {
			case err != nil:
				return nil, err
			case number != "" && number != saved.card.number:
				return nil, wrong("pg_card_pan is not the number of the card of pg_card_token")
			}
			number = saved.card.number
		}
		if number == "" {
			return nil, wrong("there is neither pg_card_pan nor pg_card_token")
		}
		c, err := newCard(number, r.CardYear.Reveal(), r.CardMonth.Reveal(), r.CardCVC.Reveal(), r.CardName.Reveal())
		if err != nil {
			return nil, err
		}
		p, err := s.attempt(order{id: r.OrderID, description: r.Description, userID: r.UserID}, c)
		if err != nil {
			return &gateway.SavedCardAddAnswer{PaymentID: p.id, OrderID: p.order.id}, err
		}
		a := &gateway.SavedCardAddAnswer{
			PaymentID: p.id, OrderID: p.order.id, Status: gateway.StatusOK, CardMask: c.mask(), ThreeDS: new(p.waits()),
			ThreeDSFlow: gateway.ThreeDSFlowFrictionless, DateTime: s.datetime(), UserID: p.userID,
		}
		if p.waits() {
			a.ThreeDSFlow, a.ThreeDSACSURL = gateway.ThreeDSFlowChallenge, p.challenge.address(baseURL(ctx))
		} else {
			a.CardToken = wire.NewSecret(p.saved.token)
		}
		return a, nil
	})
}

// attempt tries to save a card. The status calls know the attempt like a payment,
// of no amount: what they tell about it is not documented.
func (s *state) attempt(o order, c *bankCard) (*payment, error) {
	o.currency, o.saveCard = "KZT", true
	p := &payment{order: o, saving: true, state: wire.ReadingNew, created: s.now(), paidAt: s.now(), card: c}
	s.keep(p)
	if f := c.savable(); f != nil {
		s.fail(p, f)
		return p, f
	}
	if known, _ := testcards.Find(c.number); known.ThreeDS == testcards.Available {
		p.challenge = s.challenge(fmt.Sprintf("saving the card %s", c.mask().Reveal()))
		p.state = wire.ReadingProcess
		return p, nil
	}
	s.authorized(p)
	return p, nil
}

// SavedCardComplete3DS goes on with the saving of a card after 3DS. The answer
// says that there was 3DS, and where, as the page's example does.
func (s gatewayService) SavedCardComplete3DS(ctx context.Context, r *gateway.SavedCardComplete3DSRequest) (*gateway.SavedCardComplete3DSAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardComplete3DSAnswer, error) {
		p, err := s.payment(r.PaymentID)
		if err != nil {
			return nil, err
		}
		a := &gateway.SavedCardComplete3DSAnswer{PaymentID: p.id, OrderID: p.order.id}
		if !p.saving {
			return a, impossible("this is a payment, and not the saving of a card")
		}
		if err := s.complete(p, r.MD.Reveal(), r.PaRes.Reveal()); err != nil {
			return a, err
		}
		a.Status, a.CardMask, a.ThreeDS = gateway.StatusOK, p.card.mask(), new(true)
		a.ThreeDSACSURL, a.DateTime = p.challenge.address(baseURL(ctx)), s.datetime()
		a.CardToken, a.UserID = wire.NewSecret(p.saved.token), p.userID
		return a, nil
	})
}

// SavedCardList lists the cards of a user, oldest first. A user without any gets
// an empty list: no page says what the real answer to that is. Of created_at the
// page has no example.
func (s gatewayService) SavedCardList(ctx context.Context, r *gateway.SavedCardListRequest) (*gateway.SavedCardListAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardListAnswer, error) {
		a := &gateway.SavedCardListAnswer{Cards: []gateway.SavedCard{}}
		for _, saved := range s.cardsOf(r.UserID) {
			a.Cards = append(a.Cards, gateway.SavedCard{
				Status: gateway.SavedCardStatusApproved, CardToken: wire.NewSecret(saved.token), Filled: true,
				CardMask: saved.card.mask(), CreatedAt: instant(saved.createdAt.UTC()),
			})
		}
		return a, nil
	})
}

// SavedCardRemove removes a card.
func (s gatewayService) SavedCardRemove(ctx context.Context, r *gateway.SavedCardRemoveRequest) (*gateway.SavedCardRemoveAnswer, error) {
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardRemoveAnswer, error) {
		saved, err := s.savedBy(r.UserID, r.CardToken.Reveal())
		if err != nil {
			return nil, err
		}
		s.forget(saved)
		return &gateway.SavedCardRemoveAnswer{Status: gateway.StatusSuccess, DeletedAt: s.datetime()}, nil
	})
}

// SavedCardPay charges a saved card, at once and without 3DS: the answer has no
// place for that.
func (s gatewayService) SavedCardPay(ctx context.Context, r *gateway.SavedCardPayRequest) (*gateway.SavedCardPayAnswer, error) {
	o := order{
		id: r.OrderID, description: r.Description, amount: r.Amount, currency: r.Currency,
		hold: said(r.Extra(), "pg_auto_clearing") == "0", userID: r.UserID,
		params: ownParameters(r.Extra()), calls: addressesOf(r),
	}
	return call(ctx, s.state, once{}, func() (*gateway.SavedCardPayAnswer, error) {
		saved, err := s.savedBy(r.UserID, r.CardToken.Reveal())
		if err != nil {
			return nil, err
		}
		p, err := s.open(o)
		if err != nil {
			return nil, err
		}
		p.saved = saved
		a := &gateway.SavedCardPayAnswer{
			Status: gateway.StatusOK, PaymentID: p.id, MerchantID: s.merchant(), OrderID: p.order.id, DateTime: s.datetime(),
		}
		c := saved.card
		return a, s.pay(p, &c, false)
	})
}

// RecurringPay charges a recurring profile, at once. Whether ok means that the
// money was taken is not documented; here it was.
func (s gatewayService) RecurringPay(ctx context.Context, r *gateway.RecurringPayRequest) (*gateway.RecurringPayAnswer, error) {
	o := order{id: r.OrderID, description: r.Description, amount: r.Amount, params: ownParameters(r.Extra()), calls: addressesOf(r)}
	return call(ctx, s.state, once{}, func() (*gateway.RecurringPayAnswer, error) {
		p, _, err := s.recur(r.RecurringProfile, o)
		if p == nil {
			return nil, err
		}
		return &gateway.RecurringPayAnswer{
			PaymentID: p.id, Status: gateway.StatusOK, RecurringProfile: r.RecurringProfile, DateTime: s.datetime(),
		}, err
	})
}
