package sandbox

import (
	"context"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// TipsCreate makes a transfer of tips, which the sender pays on the payment page. The
// recipient's card has to be saved, under whatever template: which one it was is not
// kept. No call tells what became of a transfer, and post_link is not called: no page
// says with what.
func (s merchantService) TipsCreate(ctx context.Context, r *merchant.TipsCreateRequest) (*merchant.TipsCreateAnswer, error) {
	return invoiceCall(ctx, s.state, onceBy(ctx, "merchant.tipsCreate"), func() (*merchant.TipsCreateAnswer, error) {
		amount, err := positive(r.Amount)
		switch {
		case err != nil:
			return nil, err
		case r.Currency != "" && !isCurrency(r.Currency):
			return nil, &failure{"the currency is not a code of three letters"}
		case r.Recipient == nil:
			return nil, &failure{"there is no recipient"}
		}
		if _, err := s.savedBy(r.Recipient.UserID, r.Recipient.CardToken.Reveal()); err != nil {
			return nil, err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		tips := &payment{
			order: order{
				id: r.ExternalID, description: "Tips", currency: r.Currency,
				returns: plainReturn(r.BackURL), calls: addresses{ownOnly: true},
			},
			id: s.number(), amount: amount, state: wire.ReadingNew, created: s.now(),
		}
		if tips.currency == "" {
			tips.currency = "KZT"
		}
		return &merchant.TipsCreateAnswer{
			ID: id.String(), Status: merchant.TipsStatusNew, RedirectURL: wire.NewSecret(s.onPage(tips).page(ctx)),
			CreatedAt: inUTC(tips.created),
		}, nil
	})
}
