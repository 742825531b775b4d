package wire

import "errors"

// Inquiry is what to ask to learn what became of a call whose outcome is
// unknown. The packages of the APIs have a function that asks: gateway.Resolve,
// merchant.Resolve and their like.
type Inquiry struct {
	// Operation is the id of the operation that tells, "gateway.paymentStatus".
	Operation string
	// Arguments are what the call itself knew of what that operation asks by: an
	// order id, a payment id, a request id. It may be less than that operation
	// demands.
	Arguments []Argument
}

// Argument is a member of a request.
type Argument struct {
	// Name is the member's name on the wire, as in pg_order_id.
	Name string
	// Value is the member as text, whatever its type is in the request.
	Value string
}

var (
	errNoFate    = errors.New("there is no outcome to ask for: the error is not one of a call whose outcome is unknown")
	errNoInquiry = errors.New("no operation is documented that tells what became of this call")
)

// InquiryOf returns what to ask after a call that failed with err. The error is an
// *[Error] of kind [ErrInvalidRequest] when there is nothing to ask for, or nothing
// that could be asked; in the latter case the outcome stays unknown.
func InquiryOf(err error) (*Inquiry, error) {
	e := (*Error)(nil)
	switch {
	case !errors.As(err, &e) || !e.OutcomeUnknown:
		return nil, NewError(ErrInvalidRequest, "", errNoFate)
	case e.Inquiry == nil:
		nothing := NewError(ErrInvalidRequest, e.Operation, errNoInquiry)
		nothing.OutcomeUnknown = true
		nothing.Meta.RequestID = e.Meta.RequestID
		return nil, nothing
	}
	return e.Inquiry, nil
}
