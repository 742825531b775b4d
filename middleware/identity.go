package middleware

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// identityInPath stands for the identity of the credentials in a path.
const identityInPath = "{merchant_id}"

// identity returns who calls, where the request itself says so or the call waits
// for its turn. The credentials are asked for once a call, so from here on they
// are fixed.
func (x *exchange) identity(ctx context.Context) (string, *wire.Error) {
	isSaid := x.op.Identity != "" || strings.Contains(x.op.Path, identityInPath)
	if !isSaid && !x.isPaced() {
		return "", nil
	}
	cred, err := provide(ctx, x.by)
	if err == nil && isSaid && cred.ID == "" {
		err = errors.New("middleware: the credentials hold no id")
	}
	if err == nil && x.op.IdentityIsNumber && !isNumber(cred.ID) {
		err = errors.New("middleware: the id of the credentials must be a number for this operation")
	}
	if err != nil {
		return "", x.editorError(ctx, err)
	}
	x.by, x.who = cred, cred.ID
	return cred.ID, nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == "" && (s[0] != '0' || s == "0")
}

// identified is a request together with who sends it, in front, where the
// operation has a member for that. The caller's own message stays untouched.
type identified struct {
	in       codec.Message // nil: nothing but the identity
	identity string
	op       *wire.Operation
}

// sender is a message of the identity alone.
type sender struct {
	typ      codec.Type
	identity string
}

// WireFields implements codec.Message.
func (s *sender) WireFields() codec.Fields {
	return codec.Fields{Type: &s.typ, Refs: []any{&s.identity}}
}

// check refuses a request that says itself who sends it, and says somebody else.
// One that was read from JSON or a form may hold an identity.
func (i identified) check() error {
	if said := i.said(); said != "" && said != i.identity {
		return fmt.Errorf("the request's %s is not that of the credentials", i.op.Identity)
	}
	return nil
}

// said is who the request itself says sends it.
func (i identified) said() string {
	if i.in == nil || i.op.Identity == "" {
		return ""
	}
	fields := i.in.WireFields()
	for n, f := range fields.Type.Fields {
		if ref, ok := fields.Refs[n].(*string); ok && f.Name == i.op.Identity {
			return *ref
		}
	}
	return ""
}

// sender returns the identity as a message, or nil where it is not to be added.
func (i identified) sender() codec.Message {
	if i.op.Identity == "" || i.said() != "" {
		return nil
	}
	return &sender{
		typ:      codec.Type{Fields: []codec.Field{{Name: i.op.Identity, Number: i.op.IdentityIsNumber}}},
		identity: i.identity,
	}
}

// pairs returns the fields of the form; inXML they are one field.
func (i identified) pairs(inXML bool) []codec.Pair {
	if inXML {
		return []codec.Pair{{Name: pgform.XMLName, Value: string(i.xml())}}
	}
	var pairs []codec.Pair
	for _, m := range []codec.Message{i.sender(), i.in} {
		if m != nil {
			pairs = append(pairs, codec.Pairs(m)...)
		}
	}
	return pairs
}

func (i identified) json() []byte {
	return i.spliced(func(m codec.Message) []byte { return codec.AppendJSON(nil, m) }, "{", "}", "{}", ",")
}

func (i identified) xml() []byte {
	const root = pgform.XMLRoot
	return i.spliced(func(m codec.Message) []byte { return codec.AppendXML(nil, root, m) },
		"<"+root+">", "</"+root+">", "<"+root+"/>", "")
}

// spliced writes sender and request and puts what is inside the second into the
// first.
func (i identified) spliced(write func(codec.Message) []byte, open, end, empty, between string) []byte {
	first, second := i.sender(), i.in
	switch {
	case first == nil && second == nil:
		return []byte(empty)
	case first == nil:
		return write(second)
	case second == nil:
		return write(first)
	}
	front, rest := write(first), write(second)
	if bytes.HasSuffix(rest, []byte(empty)) {
		return front
	}
	_, inside, _ := bytes.Cut(rest, []byte(open))
	return append(append(bytes.TrimSuffix(front, []byte(end)), between...), inside...)
}
