package cardjwe

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/freedompay-go/freedompay/wire"
)

// MinKeyBits is the documented least size of a key.
const MinKeyBits = 2048

// The classes of errors, for [errors.Is].
var (
	// ErrKey says that a key, or its id, cannot be used.
	ErrKey = errors.New("cardjwe: key")
	// ErrCard says that card data is not what the payload can hold. The error
	// names the member.
	ErrCard = errors.New("cardjwe: card")
)

// Card is what is encrypted. All members are needed.
type Card struct {
	// PAN is the card number: 13 to 20 digits, no spaces. The check digit is not
	// looked at: some of the documented test cards have a wrong one.
	PAN wire.Secret
	// Month is the month of the expiry, "2" or "02".
	Month wire.Secret
	// Year is the year of the expiry, "28" or "2028".
	Year wire.Secret
	// CVC is the card's verification code: 3 or 4 digits.
	CVC wire.Secret
}

// Option changes an [Encrypter].
type Option func(*Encrypter)

// WithClock takes the timestamp from now instead of the system's clock. It must
// be safe for concurrent use.
func WithClock(now func() time.Time) Option {
	return func(e *Encrypter) {
		if now != nil {
			e.now = now
		}
	}
}

// WithLocation writes the timestamp in loc instead of UTC.
func WithLocation(loc *time.Location) Option {
	return func(e *Encrypter) {
		if loc != nil {
			e.location = loc
		}
	}
}

// Encrypter encrypts cards with one key. Safe for concurrent use.
type Encrypter struct {
	keyID    string
	jose     jose.Encrypter
	now      func() time.Time
	location *time.Location
}

// New returns an Encrypter for key, which Freedom Pay knows by keyID.
func New(key *rsa.PublicKey, keyID string, opts ...Option) (*Encrypter, error) {
	switch {
	case key == nil || key.N == nil:
		return nil, fmt.Errorf("%w: none", ErrKey)
	case key.N.BitLen() < MinKeyBits:
		return nil, fmt.Errorf("%w: of less than %d bits", ErrKey, MinKeyBits)
	case key.N.Sign() < 0 || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0:
		return nil, fmt.Errorf("%w: not an RSA key", ErrKey)
	case keyID == "":
		return nil, fmt.Errorf("%w: no id", ErrKey)
	}
	own := &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E} // the caller's may change
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: own, KeyID: keyID}, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	e := &Encrypter{keyID: keyID, jose: encrypter, now: time.Now, location: time.UTC}
	for _, opt := range opts {
		opt(e)
	}
	return e, nil
}

// Encrypt returns card as the value of pg_encrypted_card. No two results are
// equal.
func (e *Encrypter) Encrypt(card Card) (wire.Secret, error) {
	payload := make([]byte, 0, maxPayload)
	defer func() { clear(payload[:cap(payload)]) }()
	payload, err := e.appendPayload(payload, card)
	if err != nil {
		return wire.Secret{}, err
	}
	message, err := e.jose.Encrypt(payload)
	if err != nil {
		return wire.Secret{}, fmt.Errorf("cardjwe: %w", err)
	}
	compact, err := message.CompactSerialize()
	if err != nil {
		return wire.Secret{}, fmt.Errorf("cardjwe: %w", err)
	}
	return wire.NewSecret(compact), nil
}

// maxPayload is what the longest payload takes. A buffer of that size is never
// outgrown, so that no part of a card stays behind in a smaller one.
const maxPayload = len(`{"pan":"","expDate":"","cvv2":"","timestamp":""}`) + maxPAN + len("YYYYMM") + maxCVC + len(stampLayout)

const (
	minPAN, maxPAN = 13, 20
	minCVC, maxCVC = 3, 4
	stampLayout    = "20060102150405"
)

// appendPayload appends digits and fixed text only, so nothing needs escaping.
func (e *Encrypter) appendPayload(b []byte, card Card) ([]byte, error) {
	pan, month, year, cvc := card.PAN.Reveal(), card.Month.Reveal(), card.Year.Reveal(), card.CVC.Reveal()
	switch {
	case !isDigits(pan, minPAN, maxPAN):
		return b, fmt.Errorf("%w: the number is not %d to %d digits", ErrCard, minPAN, maxPAN)
	case !isDigits(month, 1, 2):
		return b, fmt.Errorf("%w: the month is not one or two digits", ErrCard)
	case !isDigits(year, 2, 2) && !(isDigits(year, 4, 4) && year[:2] == "20"):
		return b, fmt.Errorf("%w: the year is not two digits, or 20 and two digits", ErrCard)
	case !isDigits(cvc, minCVC, maxCVC):
		return b, fmt.Errorf("%w: the CVC is not %d or %d digits", ErrCard, minCVC, maxCVC)
	}
	if len(month) == 1 {
		month = "0" + month
	}
	if month < "01" || month > "12" {
		return b, fmt.Errorf("%w: there is no such month", ErrCard)
	}
	now := e.now().In(e.location)
	if now.Year() < 0 || now.Year() > 9999 {
		return b, errors.New("cardjwe: the clock shows a year that has not four digits")
	}
	b = append(append(b, `{"pan":"`...), pan...)
	b = append(append(b, `","expDate":"20`...), year[len(year)-2:]...)
	b = append(append(b, month...), `","cvv2":"`...)
	b = append(append(b, cvc...), `","timestamp":"`...)
	return append(now.AppendFormat(b, stampLayout), `"}`...), nil
}

func isDigits(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// KeyID returns the id of the key, the header's kid.
func (e *Encrypter) KeyID() string { return e.keyID }

// Format prints the id of the key, for every verb.
func (e Encrypter) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "encrypter of cards for key "+e.keyID)
}
