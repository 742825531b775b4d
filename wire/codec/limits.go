package codec

import (
	"math"

	"github.com/freedompay-go/freedompay/wire"
)

// Limits bound what is read from outside. A field that is zero or less stands
// for the default: [wire.MaxAnswerBytes], [wire.MaxDepth], [wire.MaxTokens].
//
// Forms are bounded by Bytes, 1000 pairs, 16 brackets in a name and 1000 items
// in a list, and by fewer pairs or brackets if Tokens or Depth are lower. XML is
// also bounded by 64 attributes of an element and 256 declarations of prefixes in
// the elements that are open at once.
type Limits struct {
	// Bytes is the length of the input; at most 2 GiB.
	Bytes int
	// Depth is how many objects, arrays or elements may be open at once.
	Depth int
	// Tokens is how many names and values (JSON) or tags (XML) there may be.
	Tokens int
}

const (
	maxPairs    = 1000 // pairs in a form
	maxBrackets = 16   // brackets in one name
	maxIndex    = 1000 // items in a list of a form
	maxAttrs    = 64   // attributes of one element, which are compared with each other
	maxPrefixes = 256  // prefixes that open elements declare, which are looked through
	maxOrdered  = 256  // members of a message whose order is kept
)

// unlimited is for what has been through a parser before.
var unlimited = Limits{Bytes: math.MaxInt32, Depth: math.MaxInt32, Tokens: math.MaxInt32}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = wire.MaxAnswerBytes
	}
	if l.Depth <= 0 {
		l.Depth = wire.MaxDepth
	}
	if l.Tokens <= 0 {
		l.Tokens = wire.MaxTokens
	}
	// Nodes hold offsets and numbers of nodes in 32 bits.
	l.Bytes = min(l.Bytes, math.MaxInt32)
	l.Tokens = min(l.Tokens, math.MaxInt32)
	return l
}
