package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Seal signs the answer to a request with pg_sig: with the script name and the
// very secret that the request was signed with. It prints as its script name.
type Seal struct {
	script string
	secret wire.Secret
	random io.Reader
}

type sealKey struct{}

// SealFrom returns the seal of the request whose context ctx is or descends from.
// It is false for a request that did not pass [PgSig].
func SealFrom(ctx context.Context) (*Seal, bool) {
	seal, ok := ctx.Value(sealKey{}).(*Seal)
	return seal, ok
}

// SealAnswer signs an answer with the seal of its request. To requests that did
// not pass [PgSig] answers are not signed: it leaves them as they are. It is what
// the option Seal of package serve takes.
func SealAnswer(ctx context.Context, root string, m codec.Message) error {
	seal, ok := SealFrom(ctx)
	if !ok {
		return nil
	}
	return seal.Sign(root, m)
}

var errNoPlace = errors.New("verify: the answer has no place for a signature")

// Sign signs m, an answer that goes out as XML with the given root element: it
// puts a new pg_salt and then pg_sig, over all that the answer holds, into their
// fields, or where the type of m has none, among the members that no page
// documents. What m had of both before is replaced. As m is changed, one answer
// must not be shared between requests.
func (s *Seal) Sign(root string, m codec.Message) error {
	random := s.random
	if random == nil {
		random = rand.Reader
	}
	salt, err := pgsig.NewSalt(random)
	if err != nil {
		return err
	}
	return s.SignSalted(root, m, salt)
}

// SignSalted is [Seal.Sign] with a given pg_salt, of letters and digits: whoever
// has to give one answer twice gives it with the salt that it had.
func (s *Seal) SignSalted(root string, m codec.Message, salt string) error {
	if err := put(m, pgsig.SaltName, salt); err != nil {
		return err
	}
	// What is signed is what will be read: not every character survives XML.
	doc, err := codec.ParseXML(codec.AppendXML(nil, root, m), codec.Limits{})
	if err != nil {
		return fmt.Errorf("verify: the answer cannot be signed: %w", err)
	}
	// In every order the same: in XML no element's name is a number.
	return put(m, pgsig.SignatureName, pgsig.Sign(s.script, pgform.FieldsOf(doc.Nodes()), s.secret.Reveal()))
}

// put gives m a member with a text of letters and digits.
func put(m codec.Message, name, text string) error {
	fields := m.WireFields()
	for i, f := range fields.Type.Fields {
		if f.Name != name {
			continue
		}
		ref, ok := fields.Refs[i].(*string)
		if !ok {
			return errNoPlace
		}
		*ref = text
		return nil
	}
	if fields.Extra == nil {
		return errNoPlace
	}
	// Not AddText: a message may be signed again.
	return fields.Extra.SetJSON(name, []byte(`"`+text+`"`))
}

// Format prints the script name, whatever the verb.
func (s Seal) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "seal of "+s.script) }

// LogValue returns the script name.
func (s Seal) LogValue() slog.Value { return slog.StringValue("seal of " + s.script) }
