package catalog

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

var errInbound = errors.New("the merchant serves this operation: it cannot be called")

// Operation is one operation with what is known of it.
type Operation struct {
	wire.Operation
	// API is the package that the operation belongs to, "partner".
	API string
	// Summary is one line on what the operation does.
	Summary string
	// Evidence says how much of the documentation was seen: full, partial,
	// mirror or example-only.
	Evidence string
	// SecurityEvidence says how the signature is known: stated, observed or
	// inferred.
	SecurityEvidence string
	// Modified is the date of the page, YYYY-MM-DD, where it is known.
	Modified string
	// Sources are the pages that describe the operation.
	Sources []string
	// Covers are the rows of docs/operations.csv that the operation stands for:
	// more than one where several pages describe the same call.
	Covers []string

	newRequest func() codec.Message // nil when the operation takes none
	newAnswer  func() codec.Message // nil when the answer is a page for a person
	call       func(context.Context, wire.Environment, wire.CredentialsProvider, codec.Message, []middleware.Option, []wire.CallOption) (codec.Message, error)
}

// All returns every operation, by API and in the order of the documentation.
func All() []Operation { return slices.Clone(operations) }

// Inbound returns the operations that the merchant serves and Freedom Pay calls.
// Their paths are placeholders, and [Operation.Call] is not for them. They are
// neither in All nor does Find find them.
func Inbound() []Operation { return slices.Clone(inbound) }

// Find returns the operation with the given id. When there is none, similar
// holds the ids that may have been meant, the likeliest first.
func Find(id string) (op Operation, similar []string, ok bool) {
	for _, op := range operations {
		if op.ID == id {
			return op, nil, true
		}
	}
	return Operation{}, suggest(id), false
}

// NewRequest returns an empty request of the operation, or nil when it takes
// none.
func (o Operation) NewRequest() codec.Message {
	if o.newRequest == nil {
		return nil
	}
	return o.newRequest()
}

// NewAnswer returns an empty answer of the operation, or nil when that is a page
// for a person.
func (o Operation) NewAnswer() codec.Message {
	if o.newAnswer == nil {
		return nil
	}
	return o.newAnswer()
}

// Decode reads a request of the operation from a JSON object. Nothing but white
// space is a request without members. Members that the operation does not
// document are kept in the request, and sent; codec.Report tells them. JSON that
// is not a request of this operation is a *wire.Error of kind
// wire.ErrInvalidRequest. An operation without a request gives nil.
func (o Operation) Decode(request []byte) (codec.Message, error) {
	in := o.NewRequest()
	if in == nil {
		return nil, nil
	}
	if request = bytes.TrimSpace(request); len(request) == 0 {
		return in, nil
	}
	if err := codec.UnmarshalJSON(request, in); err != nil {
		return nil, wire.NewError(wire.ErrInvalidRequest, o.ID, err)
	}
	return in, nil
}

// Call calls the operation through its generated client, with a request that
// Decode gave, and returns the answer as JSON, whatever form it came in.
func (o Operation) Call(ctx context.Context, env wire.Environment, credentials wire.CredentialsProvider, request codec.Message, client []middleware.Option, opts ...wire.CallOption) ([]byte, error) {
	if o.call == nil {
		return nil, wire.NewError(wire.ErrInvalidRequest, o.ID, errInbound)
	}
	answer, err := o.call(ctx, env, credentials, request, client, opts)
	if err != nil {
		return nil, err
	}
	return codec.AppendJSON(nil, answer), nil
}

// suggest finds the ids that are at most a few edits from id, or hold it.
func suggest(id string) []string {
	type candidate struct {
		id       string
		distance int
	}
	var found []candidate
	low := strings.ToLower(id)
	for _, op := range operations {
		d := distance(low, strings.ToLower(op.ID))
		if low != "" && strings.Contains(strings.ToLower(op.ID), low) {
			d = 0
		}
		if d <= 2+len(id)/4 {
			found = append(found, candidate{op.ID, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	ids := make([]string, 0, 3)
	for _, c := range found[:min(len(found), 3)] {
		ids = append(ids, c.id)
	}
	return ids
}

// distance counts the single-byte edits that turn a into b.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a) // nobody mistypes that much
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
