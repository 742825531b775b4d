package pgform

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Names that messages of this API have.
const (
	// IdentityName is the field that says who sends a message.
	IdentityName = "pg_merchant_id"
	// XMLName is the one field of a form whose fields are XML.
	XMLName = "pg_xml"
	// XMLRoot is the root element of that XML.
	XMLRoot = "request"
)

var (
	errBeside  = errors.New("pgform: other fields beside " + XMLName)
	errControl = errors.New("pgform: control character in a field's name")
)

// Message is a message as it was read. It is not safe for concurrent use. It prints
// the number of its fields.
type Message struct {
	media       wire.Media // empty: the query
	contentType string     // as it came
	boundary    string     // of a multipart form
	limits      codec.Limits
	pairs       []codec.Pair
	xml         *element // of a form whose fields are XML
	fields      []pgsig.Field
}

// set gives m the pairs of a form and finds the fields in them.
func (m *Message) set(pairs []codec.Pair) (err error) {
	m.pairs, m.xml = pairs, nil
	for _, p := range pairs {
		// Multipart cannot hold them, and what comes in one form may go out in
		// another.
		if strings.ContainsFunc(p.Name, unicode.IsControl) {
			return errControl
		}
	}
	if !slices.ContainsFunc(pairs, func(p codec.Pair) bool { return p.Name == XMLName }) {
		m.fields, err = FieldsOfPairs(pairs)
		return err
	}
	if len(pairs) > 1 {
		return errBeside
	}
	if m.xml, err = parseElement([]byte(pairs[0].Value), m.limits); err != nil {
		return err
	}
	m.fields = FieldsOf(m.xml.nodes)
	return nil
}

// FieldsOfPairs returns what is signed of a form: the tree of fields that the
// brackets in their names describe.
func FieldsOfPairs(pairs []codec.Pair) ([]pgsig.Field, error) {
	named := make([]pgsig.Pair, len(pairs))
	for i, p := range pairs {
		named[i] = pgsig.Pair(p)
	}
	return pgsig.Fields(named)
}

// IsXML reports whether the message's fields are XML in the field pg_xml.
func (m *Message) IsXML() bool { return m.xml != nil }

// Pairs returns the fields of the form as they go over the wire: one, if the
// message's fields are XML.
func (m *Message) Pairs() []codec.Pair { return m.pairs }

// Fields returns what is signed, and pg_sig among it. The fields that say who
// signed it, and how, may each be there once only: of two, a reader and a signer
// might take different ones.
func (m *Message) Fields() ([]pgsig.Field, error) {
	for _, name := range []string{pgsig.SignatureName, pgsig.SaltName, IdentityName} {
		if _, n := m.Value(name); n > 1 {
			return nil, fmt.Errorf("pgform: more than one %s", name)
		}
	}
	return m.fields, nil
}

// Value returns the text of the first field with the given name at the top of the
// message, and how many there are. A field that holds others has no text.
func (m *Message) Value(name string) (text string, n int) {
	for _, f := range m.fields {
		if f.Name != name {
			continue
		}
		if n == 0 && len(f.Children) == 0 {
			text = f.Value
		}
		n++
	}
	return text, n
}

// Without returns the message without the fields that have the given names at its
// top. All else stays as it is, in XML byte for byte.
func (m *Message) Without(names ...string) (*Message, error) {
	rest := *m
	for _, name := range names {
		if err := rest.remove(name); err != nil {
			return nil, err
		}
	}
	return &rest, nil
}

// Has reports whether the message has a field with the given name at its top that
// says anything: whoever leaves a field empty might as well leave it out.
func (m *Message) Has(name string) bool {
	return slices.ContainsFunc(m.fields, func(f pgsig.Field) bool {
		return f.Name == name && (f.Value != "" || len(f.Children) > 0)
	})
}

// Format prints the number of fields, whatever the verb.
func (m Message) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "message of %d fields", len(m.fields))
}

// FieldsOf returns what is signed of the content of an XML element: names and
// texts, entities decoded, in the order of the message.
func FieldsOf(nodes []codec.Node) []pgsig.Field {
	if len(nodes) == 0 {
		return nil
	}
	fields := make([]pgsig.Field, len(nodes))
	for i, n := range nodes {
		fields[i] = pgsig.Field{Name: n.Name, Value: n.Text, Children: FieldsOf(n.Children)}
	}
	return fields
}
