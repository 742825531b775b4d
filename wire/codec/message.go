package codec

import (
	"regexp"
	"slices"

	"github.com/freedompay-go/freedompay/wire"
)

// Message is implemented by generated types, on their pointers. WireFields
// returns the type's table together with pointers to this value's fields.
type Message interface {
	// WireFields returns the table and the pointers. What is written through them
	// is in the message.
	WireFields() Fields
}

// Fields are the parts of one message.
type Fields struct {
	// Type is the table, shared by all messages of the type.
	Type *Type
	// Extra is where the message keeps what its fields cannot say. If it is
	// nil, such things are read and forgotten.
	Extra *wire.Extra
	// Refs point to the fields: Refs[i] belongs to Type.Fields[i] and is one of
	//
	//	*string, *int64, **int64, *bool, **bool, *wire.Decimal, *wire.Time,
	//	*wire.Secret, *[]string, Message, Pointer, List
	//
	// where a Message is a struct held by value.
	Refs []any
}

// Type describes a message type. It is never changed.
type Type struct {
	// Name is the Go name, for [String].
	Name string
	// Fields are in documented order, which is the order they are written in.
	Fields []Field
}

// Field describes one member of a message as the API documents it.
type Field struct {
	// Name is the member's name on the wire.
	Name string
	// Required members are written even when they are zero, if their Go type
	// cannot tell zero from unset.
	Required bool
	// Nullable members are written as null when they are required and unset. In
	// XML they alone can be null, see [AppendXML].
	Nullable bool
	// Explicit members are not required, but what leaving them out means is not
	// documented: [Validate] asks for a value, by [wire.RuleExplicit].
	Explicit bool
	// Supplied members are filled in by whoever sends the message, from
	// credentials or a signature. They are encoded and decoded like others, and
	// neither validated, reported nor described.
	Supplied bool
	// Number says that a *string or *wire.Secret is a number in JSON, and that
	// a *bool or **bool is 1 or 0 in every format.
	Number bool
	// Sensitive members are masked in violations, [String] and [LogValue].
	// A wire.Secret always is.
	Sensitive bool
	// Enum holds the documented values. Others survive decoding, and are
	// violations unless the list is Open.
	Enum []string
	// Open says that values besides those in Enum are expected.
	Open bool
	// Min and Max are inclusive bounds, as decimal literals; "" is no bound.
	Min, Max string
	// Decimals is the most digits that a decimal has behind its point; 0 is no bound.
	Decimals int
	// MinLength and MaxLength count characters; 0 is no bound.
	MinLength, MaxLength int
	// MinItems and MaxItems bound lists; 0 is no bound.
	MinItems, MaxItems int
	// Pattern must match somewhere in the text, unless it is nil.
	Pattern *regexp.Regexp
	// Format names a well-known form: "uuid", "date-time", "date", "uri",
	// "ipv4" or "email". Others are not checked.
	Format string
	// Zone is, for times, the offset of those that do not say theirs: "+05:00".
	// See [wire.TimeLiteralIn].
	Zone string
	// Unnumbered says that in forms the items of a *[]string have empty brackets:
	// mark_list[]=a&mark_list[]=b. Lists of messages always have numbers.
	Unnumbered bool
	// XMLItem is, for lists, the name of the elements inside an element Name.
	// If it is "", the elements themselves are named Name and repeated.
	XMLItem string
}

// Pointer is a field that holds a message or nothing; see [Optional].
type Pointer interface {
	// Get returns the message, or nil when there is none.
	Get() Message
	// New puts a new, empty message in the field and returns it.
	New() Message
	// Clear removes the message.
	Clear()
}

// List is a field that holds messages; see [Repeated].
type List interface {
	// Present tells an empty list from none.
	Present() bool
	// Len returns the number of messages.
	Len() int
	// At returns message i. It stays valid until the next Append.
	At(i int) Message
	// Append adds a new, empty message and returns it.
	Append() Message
	// Make makes the list empty but present.
	Make()
	// Grow makes room for n more messages.
	Grow(n int)
}

// Optional makes a [Pointer] of a field of type *T.
func Optional[T any, P interface {
	*T
	Message
}](p **T) Pointer {
	return optional[T, P]{p}
}

// Repeated makes a [List] of a field of type []T.
func Repeated[T any, P interface {
	*T
	Message
}](p *[]T) List {
	return repeated[T, P]{p}
}

// optional and repeated hold one pointer each, so that putting them into an
// interface allocates nothing.
type optional[T any, P interface {
	*T
	Message
}] struct{ p **T }

func (o optional[T, P]) Get() Message {
	if *o.p == nil {
		return nil
	}
	return P(*o.p)
}

func (o optional[T, P]) New() Message {
	*o.p = new(T)
	return P(*o.p)
}

func (o optional[T, P]) Clear() { *o.p = nil }

type repeated[T any, P interface {
	*T
	Message
}] struct{ p *[]T }

func (r repeated[T, P]) Present() bool    { return *r.p != nil }
func (r repeated[T, P]) Len() int         { return len(*r.p) }
func (r repeated[T, P]) At(i int) Message { return P(&(*r.p)[i]) }
func (r repeated[T, P]) Make()            { *r.p = []T{} }
func (r repeated[T, P]) Grow(n int)       { *r.p = slices.Grow(*r.p, n) }

func (r repeated[T, P]) Append() Message {
	var zero T
	*r.p = append(*r.p, zero)
	return P(&(*r.p)[len(*r.p)-1])
}
