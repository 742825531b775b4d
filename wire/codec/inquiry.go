package codec

import "github.com/freedompay-go/freedompay/wire"

// BindInquiry fills m, a fresh request of the operation that inquiry names, with what
// to ask by. What m has no member for is kept like any unknown member. The error is a
// *wire.Error of kind wire.ErrInvalidRequest.
func BindInquiry(inquiry *wire.Inquiry, m Message) error {
	pairs := make([]Pair, len(inquiry.Arguments))
	for i, a := range inquiry.Arguments {
		pairs[i] = Pair{Name: a.Name, Value: a.Value}
	}
	if err := BindPairs(pairs, m, Limits{}); err != nil {
		return wire.NewError(wire.ErrInvalidRequest, inquiry.Operation, err)
	}
	return nil
}
