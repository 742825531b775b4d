package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

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

	newRequest, newAnswer func() codec.Message
	call                  func(context.Context, wire.Environment, wire.CredentialsProvider, codec.Message, []middleware.Option, []wire.CallOption) (codec.Message, error)
}

// All returns every operation, by API and in the order of the documentation.
func All() []Operation { return slices.Clone(operations) }

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

// NewRequest returns an empty request, or nil when the operation takes none.
func (o Operation) NewRequest() codec.Message {
	if o.newRequest == nil {
		return nil
	}
	return o.newRequest()
}

// NewAnswer returns an empty answer.
func (o Operation) NewAnswer() codec.Message { return o.newAnswer() }

// Call reads request, a JSON object, calls the operation through its generated
// client and returns the answer as JSON. An empty request is one without
// members. A request that is not the JSON of this operation is a *wire.Error of
// kind wire.ErrInvalidRequest; unknown members are sent along.
func (o Operation) Call(ctx context.Context, env wire.Environment, credentials wire.CredentialsProvider, request []byte, client []middleware.Option, opts ...wire.CallOption) ([]byte, error) {
	in := o.NewRequest()
	if in != nil && len(request) > 0 {
		if err := codec.UnmarshalJSON(request, in); err != nil {
			return nil, wire.NewError(wire.ErrInvalidRequest, o.ID, err)
		}
	}
	answer, err := o.call(ctx, env, credentials, in, client, opts)
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
