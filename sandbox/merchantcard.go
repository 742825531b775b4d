package sandbox

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// initType is pg_type of an answer with a page to save a card on.
const initType = "init"

// CardAdd gives out a page on which a card is saved. What comes of it is told at
// pg_post_link, and can be asked for with CardList.
func (s merchantService) CardAdd(ctx context.Context, r *merchant.CardAddRequest) (*merchant.CardAddAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.CardAddAnswer, error) {
		if r.Template == merchant.CardTemplateTips && !r.PhoneNumber.IsSet() {
			return nil, wrong("pg_phone_number is needed with the template tips")
		}
		p := s.openSaving(order{id: r.OrderID, userID: r.UserID, calls: addressesOf(r)}, r.BackLink)
		return &merchant.CardAddAnswer{
			PaymentID: p.id, MerchantID: s.merchant(), OrderID: r.OrderID,
			RedirectURL: p.address(ctx, savePath), Status: merchant.StatusOK, Type: initType,
		}, nil
	})
}

// PayoutCardAdd gives out a page on which a card for payouts is saved. Nothing in
// the request is known to be required; without a user nobody could pay out to the
// card, so he is.
func (s merchantService) PayoutCardAdd(ctx context.Context, r *merchant.PayoutCardAddRequest) (*merchant.PayoutCardAddAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.PayoutCardAddAnswer, error) {
		if r.UserID == "" {
			return nil, wrong("pg_user_id is needed")
		}
		p := s.openSaving(order{userID: r.UserID, calls: addressesOf(r)}, r.BackLink)
		s.out.savings[p] = true
		return &merchant.PayoutCardAddAnswer{
			PaymentID: p.id, MerchantID: s.merchant(),
			RedirectURL: p.address(ctx, savePayoutPath), Status: merchant.StatusOK, Type: initType,
		}, nil
	})
}

// openSaving is the attempt to save a card that nobody has picked yet. The status
// calls know it like a payment, of no amount.
func (s *state) openSaving(o order, back string) *payment {
	o.currency, o.saveCard = "KZT", true
	o.returns = returns{success: target{url: back}, failure: target{url: back}}
	p := &payment{order: o, saving: true, state: wire.ReadingNew, created: s.now(), handle: uuid.NewString()}
	s.keep(p)
	return p
}

// saveWith goes on with the attempt to save a card, once it was picked.
func (s *state) saveWith(p *payment, c *bankCard) {
	p.card, p.paidAt = c, s.now()
	if f := c.savable(); f != nil {
		s.fail(p, f)
		return
	}
	if known, _ := testcards.Find(c.number); known.ThreeDS == testcards.Available {
		p.challenge = s.challenge(fmt.Sprintf("saving the card %s", c.mask().Reveal()))
		p.state = wire.ReadingProcess
		return
	}
	s.authorized(p)
}

// CardRemove removes a card. Of what the answer says that it was, the page prints
// no value; deleted is that of an official SDK.
func (s merchantService) CardRemove(ctx context.Context, r *merchant.CardRemoveRequest) (*merchant.CardRemoveAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.CardRemoveAnswer, error) {
		saved, err := s.savedBy(r.UserID, r.CardToken.Reveal())
		if err != nil {
			return nil, err
		}
		s.forget(saved)
		return &merchant.CardRemoveAnswer{
			Status: merchant.RemovalStatusDeleted, MerchantID: s.merchant(),
			CardID: saved.id, CardMask: saved.card.mask(), DeletedAt: s.datetime(),
		}, nil
	})
}

// CardList lists the cards of a user, oldest first, also those for payouts: no
// page says whether these are listed, and no other call would tell their tokens. A
// user without any gets an empty list.
func (s merchantService) CardList(ctx context.Context, r *merchant.CardListRequest) (*merchant.CardListAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.CardListAnswer, error) {
		if r.UserID == "" {
			return nil, wrong("pg_user_id is needed")
		}
		a := &merchant.CardListAnswer{}
		for _, saved := range s.cardsOf(r.UserID) {
			c := merchant.SavedCard{
				Status: "approved", MerchantID: s.merchant(), CardID: saved.id, CardToken: wire.NewSecret(saved.token),
				CardMask: saved.card.mask(), CreatedAt: instant(saved.createdAt.UTC()),
				RecurringProfileID: s.profileOf(saved),
			}
			if r.ExtendData != nil && *r.ExtendData {
				c.BrandAlias = saved.card.brand()
				c.ExpiryYear, c.ExpiryMonth = wire.NewSecret(saved.card.year), wire.NewSecret(saved.card.month)
			}
			a.Cards = append(a.Cards, c)
		}
		return a, nil
	})
}

// profileOf is the id of a recurring profile of the card, of several the first.
func (s *state) profileOf(saved *savedCard) (id string) {
	for _, p := range s.ordered {
		if p.profile != nil && p.profile.card != nil && p.userID == saved.userID && p.profile.card.number == saved.card.number {
			return p.profile.id
		}
	}
	return ""
}
