package freedompay_test

import (
	"bytes"
	"encoding/csv"
	"testing"
)

// row is a line of docs/operations.csv: an operation of the documentation, by
// its place there, and what this module does with it.
type row struct{ id, status, why string }

// The statuses of a row.
const (
	rowIn           = "in"           // it is in a spec, generated and served by the sandbox
	rowUndocumented = "undocumented" // it is listed in spec/undocumented.yaml
	rowCallback     = "callback"     // the merchant serves it
	rowBuilder      = "builder"      // an address that is built, not called
	rowDoc          = "doc"          // a page without a call
)

func rows(t *testing.T) (rows []row) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(read(t, "docs/operations.csv"))).ReadAll()
	must(t, err)
	for i, r := range records {
		if i == 0 {
			continue // the heading
		}
		rows = append(rows, row{r[0], r[1], r[2]})
	}
	return rows
}

// The list is what the documentation shows. It is frozen: an operation does not
// leave it because it turned out to be hard.
func TestListOfOperationsIsFrozen(t *testing.T) {
	count := map[string]int{}
	seen := map[string]bool{}
	for _, r := range rows(t) {
		count[r.status]++
		if seen[r.id] || r.id == "" || r.why == "" {
			t.Errorf("%q is listed twice, has no id or no reason", r.id)
		}
		seen[r.id] = true
	}
	want := map[string]int{rowIn: 115, rowUndocumented: 69, rowDoc: 19, rowCallback: 8, rowBuilder: 1}
	for status, n := range want {
		if count[status] != n {
			t.Errorf("%d operations are %s, want %d", count[status], status, n)
		}
		delete(count, status)
	}
	if len(count) > 0 {
		t.Errorf("unknown statuses: %v", count)
	}
}
