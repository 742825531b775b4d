package sandbox

import (
	"strconv"
	"time"
)

// profile is a recurring profile: a card that is charged without its holder.
type profile struct {
	id       string
	months   int64 // 0: as long as the card
	currency string
	userID   string
	card     *bankCard // nil until its first payment is authorized
	ends     time.Time
}

// start makes a profile one that can be charged. It lives as long as was asked
// for, and no longer than the card.
func (f *profile) start(p *payment, now time.Time) {
	f.card, f.currency, f.userID = p.card, p.currency, p.userID
	f.ends = p.card.end()
	if asked := now.AddDate(0, int(f.months), 0); f.months > 0 && asked.Before(f.ends) {
		f.ends = asked
	}
}

// end is when a card expires: with its last month.
func (c *bankCard) end() time.Time {
	year, _ := strconv.Atoi(c.year) // digits, as check saw
	month, _ := strconv.Atoi(c.month)
	return time.Date(2000+year, time.Month(month)+1, 1, 0, 0, 0, 0, almaty)
}

// recur makes a payment with a recurring profile, in its currency and for its
// user. The payment comes with the fault where the card was refused.
func (s *state) recur(id string, o order) (*payment, *profile, error) {
	f, ok := s.profiles[id]
	switch {
	case !ok:
		return nil, nil, wrong("there is no such recurring profile")
	case f.card == nil:
		return nil, f, impossible("the recurring profile's first payment was not made")
	case !s.now().Before(f.ends):
		return nil, f, impossible("the recurring profile has expired")
	}
	o.currency, o.userID = f.currency, f.userID
	p, err := s.open(o)
	if err != nil {
		return nil, f, err
	}
	p.charged = f
	return p, f, s.pay(p, f.card, false)
}
