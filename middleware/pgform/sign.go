package pgform

import (
	"crypto/rand"
	"errors"
	"io"
	"slices"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

var errUnsignable = errors.New("pgform: no secret to sign with, or no such order")

// Sign signs the message: it adds pg_salt where there is none, takes any pg_sig
// of an earlier attempt out, and adds the right one at the end. All else stays as
// it is, in XML byte for byte. random is the source of pg_salt; nil is the
// system's cryptographic one. With an error the message is unchanged.
func (m *Message) Sign(order pgsig.Order, script, secret string, random io.Reader) error {
	signed := *m
	if err := signed.sign(order, script, secret, random); err != nil {
		return err
	}
	*m = signed
	return nil
}

func (m *Message) sign(order pgsig.Order, script, secret string, random io.Reader) error {
	if err := m.remove(pgsig.SignatureName); err != nil {
		return err
	}
	if _, n := m.Value(pgsig.SaltName); n == 0 {
		if random == nil {
			random = rand.Reader
		}
		salt, err := pgsig.NewSalt(random)
		if err != nil {
			return err
		}
		if err := m.add(pgsig.SaltName, salt); err != nil {
			return err
		}
	}
	fields, err := m.Fields()
	if err != nil {
		return err
	}
	signature := order.Sign(script, fields, secret)
	if signature == "" {
		return errUnsignable
	}
	return m.add(pgsig.SignatureName, signature)
}

// remove takes all fields with the given name out of the top of the message.
func (m *Message) remove(name string) error {
	_, n := m.Value(name)
	switch {
	case n == 0:
		return nil
	case m.xml != nil:
		return m.setXML(m.xml.without(name))
	}
	kept := make([]codec.Pair, 0, len(m.pairs))
	for _, p := range m.pairs {
		if p.Name != name && !isIn(name, p.Name) {
			kept = append(kept, p)
		}
	}
	return m.set(kept)
}

// isIn reports whether a pair's name puts it inside the field with the given one.
func isIn(field, name string) bool {
	return len(name) > len(field) && name[:len(field)] == field && name[len(field)] == '['
}

// add adds a field with a text of letters and digits.
func (m *Message) add(name, text string) error {
	if m.xml != nil {
		return m.setXML(m.xml.with(name, text))
	}
	return m.set(append(slices.Clip(m.pairs), codec.Pair{Name: name, Value: text}))
}

func (m *Message) setXML(data []byte) error {
	return m.set([]codec.Pair{{Name: XMLName, Value: string(data)}})
}
