package middleware

import (
	"errors"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

var (
	errUnsigned = errors.New("the answer is not signed")
	errForged   = errors.New("the answer's signature is wrong")
	// The page shows it so, the overview says that every message is signed.
	errShownUnsigned = errors.New("the answer is not signed, as this operation's page shows it; wire.WithUnsignedAnswer takes it all the same")
)

// verdict verifies the signature of an answer. Of what was called with pg_sig,
// the answer is signed with it too, by the same rule and with the same secret:
// the values of all that it holds, documented or not. Answers to requests that
// are signed with a JWS are not signed.
func (x *exchange) verdict(doc *codec.Document) wire.Verdict {
	if x.seal == nil {
		return wire.AnswerNotSigned
	}
	fields := pgform.FieldsOf(doc.Nodes())
	signature := ""
	for _, f := range fields {
		if f.Name == pgsig.SignatureName {
			signature = f.Value
		}
	}
	switch {
	case signature == "":
		return wire.AnswerUnsigned
	case pgsig.Verify(x.seal.script, fields, x.seal.secret, signature):
		return wire.AnswerVerified
	}
	return wire.AnswerForged
}

// trust decides what an answer with the given verdict is worth. failure is what
// the answer reports, if anything.
//
// Anybody can print an unsigned answer, and Freedom Pay leaves those to
// requests it could not tell the sender of unsigned too. So a success needs a
// right signature; a failure is reported as it is, but for a call that moves
// money it does not mean that nothing was moved.
func (x *exchange) trust(failure *wire.Error) *wire.Error {
	switch x.meta.Signature {
	case wire.AnswerForged:
		return x.badSignature(errForged)
	case wire.AnswerUnsigned:
		switch {
		case failure != nil:
		case !x.op.ShownUnsigned:
			return x.badSignature(errUnsigned)
		case !x.opts.UnsignedAnswer:
			return x.badSignature(errShownUnsigned)
		default:
			return nil
		}
		failure.OutcomeUnknown = failure.OutcomeUnknown || x.op.Effect == wire.Write
	}
	return failure
}

func (x *exchange) badSignature(cause error) *wire.Error {
	e := x.fail(wire.ErrBadSignature, cause)
	e.OutcomeUnknown = x.op.Effect == wire.Write
	return e
}
