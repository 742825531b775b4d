package sandbox

import (
	"fmt"
	"time"

	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
)

// noCard is the token that switches off one half of a transfer.
const noCard = "2d0b504c-b95d-4cf6-b782-5a7d13ab2c85"

// transfer is money on its way from one card to another. Amounts are in
// hundredths, amount in units of from, payout in units of to.
type transfer struct {
	id, orderID, userID string
	from, to            string // currencies
	amount, payout      int64
	// sender is the card that pays. Where there is none the money comes from the
	// balance for payouts: from where else is not documented.
	sender                *bankCard
	senderToken           string
	saveSender, saveOther bool
	// pays says that there is a recipient, whose card other is.
	pays       bool
	other      *bankCard
	otherToken string
	// state is what became of it: ReadingCaptured is with the recipient.
	state     wire.Reading
	challenge *challenge
	recipient recipient
	asked     int // how often it was asked for while the recipient's bank had it
	failure   *fault
	doneAt    time.Time // once it is done
}

// openTransfer makes a transfer of what a request asks for. Nothing has moved yet.
func (s *state) openTransfer(r *gateway.TransferCardRequest) (*transfer, error) {
	t := &transfer{
		orderID: r.OrderID, userID: r.UserID, from: r.CurrencyFrom, to: r.CurrencyTo,
		state: wire.ReadingNew, saveSender: r.SaveSenderCard == "1", saveOther: r.SaveRecipientCard == "1",
	}
	if !isCurrency(t.from) || !isCurrency(t.to) {
		return nil, wrong("a currency is not a code of three letters")
	}
	if err := s.amounts(t, r); err != nil {
		return nil, err
	}
	if err := s.cardsOfTransfer(t, r); err != nil {
		return nil, err
	}
	t.id = s.number()
	s.out.transfers = append(s.out.transfers, t)
	return t, nil
}

// amounts settles what is taken and what arrives. An amount to pay out that does
// not go with the rate is refused; what the real service does with it is not
// documented. A fee is looked at and goes nowhere: the answers do not have it.
func (s *state) amounts(t *transfer, r *gateway.TransferCardRequest) (err error) {
	if t.amount, err = hundredths("the amount", r.Amount); err != nil {
		return err
	}
	if t.amount <= 0 {
		return wrong("the amount must be positive")
	}
	if fee, err := hundredths("the fee", r.CommissionAmount); err != nil {
		return err
	} else if fee < 0 {
		return wrong("the fee must not be negative")
	}
	if t.payout, err = s.out.rates.exchange(t.amount, t.from, t.to); err != nil {
		return err
	}
	asked, err := hundredths("pg_amount_to", r.AmountTo)
	if err != nil {
		return err
	}
	if r.AmountTo.IsSet() && asked != t.payout {
		return wrong("pg_amount_to is not what pg_amount makes by the rate, %s %s", units(t.payout), t.to)
	}
	return nil
}

// cardsOfTransfer reads the two cards of a request, each a number or a token.
func (s *state) cardsOfTransfer(t *transfer, r *gateway.TransferCardRequest) (err error) {
	number, token := r.CardPAN.Reveal(), r.CardToken.Reveal()
	otherNumber, otherToken := r.CardRecipientPAN.Reveal(), r.CardRecipientToken.Reveal()
	switch {
	case (number == "") == (token == ""):
		return wrong("either pg_card_pan or pg_card_token is needed")
	case (otherNumber == "") == (otherToken == ""):
		return wrong("either pg_card_recipient or pg_card_recipient_token is needed")
	case token == noCard && otherToken == noCard:
		return wrong("both halves of the transfer are switched off")
	case token == noCard && otherNumber != "" && !r.CardName.IsSet() && !r.CardRecipientName.IsSet():
		return wrong("without a sender and with pg_card_recipient, pg_card_name or pg_card_recipient_name is needed")
	}
	switch {
	case number != "":
		if !r.CardName.IsSet() {
			return wrong("pg_card_name is needed with pg_card_pan")
		}
		t.sender, err = newCard(number, r.CardYear.Reveal(), r.CardMonth.Reveal(), r.CardCVC.Reveal(), r.CardName.Reveal())
	case token != noCard:
		t.sender, t.senderToken, err = s.byToken(r.UserID, token)
	}
	if err != nil {
		return err
	}
	t.pays = otherToken != noCard
	switch {
	case otherNumber != "":
		if !isDigits(otherNumber, 13, 20) {
			return badCard("a card number has 13 to 20 digits")
		}
		t.other = &bankCard{number: otherNumber, holder: r.CardRecipientName.Reveal()}
	case t.pays:
		t.other, t.otherToken, err = s.byToken("", otherToken)
	}
	return err
}

// byToken finds a saved card: one of the user, or of anybody where none is named,
// as for a recipient, who is another user of the same merchant.
func (s *state) byToken(userID, token string) (*bankCard, string, error) {
	if userID != "" {
		saved, err := s.savedBy(userID, token)
		if err != nil {
			return nil, "", err
		}
		return &saved.card, token, nil
	}
	for _, saved := range s.saved {
		if saved.token == token {
			return &saved.card, token, nil
		}
	}
	return nil, "", badCard("there is no card with this token")
}

// send starts a transfer. Without an error it is done, or in process: it waits for
// 3DS if the sender's test card has that, or for the recipient's bank. With an
// error it has failed.
func (s *state) send(t *transfer) error {
	if t.sender == nil {
		return s.forward(t)
	}
	if f := t.sender.declined(); f != nil {
		return t.fail(f)
	}
	if known, _ := testcards.Find(t.sender.number); known.ThreeDS == testcards.Available {
		t.challenge = s.challenge(fmt.Sprintf("a transfer of %s %s", units(t.amount), t.from))
		t.state = wire.ReadingProcess
		return nil
	}
	return s.forward(t)
}

// confirm goes on with a transfer after its sender's 3DS. As long as the sender
// has not answered there, nothing happens.
func (s *state) confirm(t *transfer) error {
	switch {
	case !t.waits():
		return impossible("the transfer is %s, and does not wait for 3DS", t.state)
	case !t.challenge.decided:
		return nil
	case !t.challenge.confirmed:
		// The text is that of the page's example.
		return t.fail(&fault{codeThreeDS, "3DS код карты списания не введен или введен некорректно. Повторите попытку."})
	}
	return s.forward(t)
}

// waits reports whether the sender has to pass 3DS.
func (t *transfer) waits() bool {
	return t.state == wire.ReadingProcess && t.challenge != nil && !t.recipient.mask.IsSet()
}

// forward pays out what was taken from the sender. If that fails, the sender gets
// it back, and the balance for payouts what came from there.
func (s *state) forward(t *transfer) error {
	if t.saveSender && t.senderToken == "" && t.sender != nil && t.userID != "" {
		t.senderToken = s.save(t.userID, t.sender).token
	}
	if t.pays {
		t.recipient = toCard(t.other.number, t.other.holder)
		if t.recipient.refusal != nil && !t.recipient.slow {
			return t.fail(t.recipient.refusal)
		}
	}
	if t.sender == nil {
		if f := s.out.balances.take(t.to, t.payout); f != nil {
			return t.fail(f)
		}
	}
	if t.saveOther && t.otherToken == "" && t.other != nil && t.userID != "" {
		card := *t.other
		card.month, card.year = "12", "30" // a recipient's expiry is not asked for
		t.otherToken = s.save(t.userID, &card).token
	}
	if t.recipient.slow {
		t.state = wire.ReadingProcess
		return nil
	}
	t.state, t.doneAt = wire.ReadingCaptured, s.now()
	return nil
}

// fail ends a transfer, and returns why.
func (t *transfer) fail(f *fault) error {
	t.state, t.failure = wire.ReadingFailed, f
	return f
}

// transferOf finds a transfer by either id; that of Freedom Pay decides where both
// are given. Of several transfers of one order it is the newest.
func (s *state) transferOf(id, orderID string) (*transfer, error) {
	for i := len(s.out.transfers) - 1; i >= 0; i-- {
		t := s.out.transfers[i]
		if id != "" && t.id == id || id == "" && orderID != "" && t.orderID == orderID {
			return t, nil
		}
	}
	return nil, notFound()
}

// ask brings a transfer that the recipient's bank has to its end, when it is asked
// for for the second time.
func (s *state) ask(t *transfer) {
	if t.state != wire.ReadingProcess || t.waits() {
		return
	}
	if t.asked++; t.asked == 1 {
		return
	}
	if t.recipient.refusal == nil {
		t.state, t.doneAt = wire.ReadingCaptured, s.now()
		return
	}
	if t.sender == nil {
		s.out.balances.give(t.to, t.payout)
	}
	_ = t.fail(t.recipient.refusal) // its state says so
}

// status is the transfer's state in the words of pg_payment_status. None is new:
// the call that makes one sends it too.
func (t *transfer) status() gateway.PaymentStatus {
	switch t.state {
	case wire.ReadingProcess:
		return gateway.PaymentStatusProcess
	case wire.ReadingFailed:
		return gateway.PaymentStatusError
	default:
		return gateway.PaymentStatusSuccess
	}
}

// call is the pg_status of the calls that move a transfer on.
func (t *transfer) call() gateway.Status {
	if t.state == wire.ReadingProcess {
		return gateway.StatusPending
	}
	return gateway.StatusOK
}
