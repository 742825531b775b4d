package middleware

import (
	"slices"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// addInquiry says in failure what to ask, where its outcome is unknown. Once is
// enough: a client's traces may have it by then.
func (x *exchange) addInquiry(failure *wire.Error) {
	if failure != nil && failure.OutcomeUnknown && failure.Inquiry == nil {
		failure.Inquiry = inquiry(x.op, x.in)
	}
}

// inquiry returns what to ask to learn what became of a call of op with the
// request in, or nil where nothing is documented to ask.
func inquiry(op *wire.Operation, in codec.Message) *wire.Inquiry {
	if op.ResolveWith == "" {
		return nil
	}
	ask := &wire.Inquiry{Operation: op.ResolveWith}
	if in == nil {
		return ask
	}
	for _, p := range codec.Pairs(in) {
		if slices.Contains(op.ResolveBy, p.Name) && p.Value != "" {
			ask.Arguments = append(ask.Arguments, wire.Argument{Name: p.Name, Value: p.Value})
		}
	}
	return ask
}
