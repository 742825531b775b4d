package freedompay_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
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

// beside are operations that the documentation mentions outside its list.
var beside = []string{"gateway.health"}

// Every operation that is in has a spec, and only these have.
func TestSpecsCoverTheList(t *testing.T) {
	status := map[string]string{}
	for _, r := range rows(t) {
		status[r.id] = r.status
	}
	covered := map[string]string{}
	for _, op := range catalog.All() {
		if len(op.Covers) == 0 {
			t.Errorf("%s covers no row of the list", op.ID)
		}
		for _, id := range op.Covers {
			switch {
			case slices.Contains(beside, id) && id == op.ID:
			case status[id] != rowIn:
				t.Errorf("%s covers %s, which is %q", op.ID, id, status[id])
			case covered[id] != "":
				t.Errorf("%s and %s cover %s", op.ID, covered[id], id)
			}
			covered[id] = op.ID
		}
	}
	for _, r := range rows(t) {
		if r.status == rowIn && covered[r.id] == "" {
			t.Errorf("%s is in the list and in no spec", r.id)
		}
	}
}

// Every callback has a spec, as one that the merchant serves.
func TestSpecsCoverTheCallbacks(t *testing.T) {
	var covered, want []string
	for _, op := range catalog.Inbound() {
		covered = append(covered, op.Covers...)
		if _, err := op.Call(t.Context(), wire.KZTest, wire.NewCredentials("1", "secret"), nil, nil); !errors.Is(err, wire.ErrInvalidRequest) {
			t.Errorf("%s can be called: %v", op.ID, err)
		}
	}
	for _, r := range rows(t) {
		if r.status == rowCallback {
			want = append(want, r.id)
		}
	}
	slices.Sort(covered)
	slices.Sort(want)
	if !slices.Equal(covered, want) {
		t.Errorf("covered: %q\nwant: %q", covered, want)
	}
}

// What is known by name only is listed as just that.
func TestUndocumentedOperationsAreListed(t *testing.T) {
	var file struct {
		Operations []struct{ ID, API, Section, Name, About string }
	}
	must(t, yaml.Unmarshal(read(t, "spec/undocumented.yaml"), &file))
	var listed, want []string
	for _, op := range file.Operations {
		listed = append(listed, op.ID)
		if op.API == "" || op.Section == "" || op.Name == "" {
			t.Errorf("%s lacks its API, section or name", op.ID)
		}
	}
	for _, r := range rows(t) {
		if r.status == rowUndocumented {
			want = append(want, r.id)
		}
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("listed: %q\nwant: %q", listed, want)
	}
}

// The sandbox answers every operation: with what, its own tests say. Here each
// is asked without a single member, which none may take for a path that is not
// there.
func TestSandboxKnowsEveryOperation(t *testing.T) {
	credentials := wire.Credentials{ID: "123456", Secret: wire.NewSecret("payments"), PayoutSecret: wire.NewSecret("payouts")}
	s, err := sandbox.New(sandbox.Options{Credentials: credentials})
	must(t, err)
	server := httptest.NewServer(s)
	defer server.Close()
	for _, op := range catalog.All() {
		var meta wire.Meta
		request := op.NewRequest()
		for _, name := range op.InPath { // where something has to stand
			must(t, json.Unmarshal([]byte(`{"`+name+`":"none"}`), request))
		}
		opts := []wire.CallOption{wire.WithoutValidation(), wire.WithMeta(&meta)}
		if op.Security == wire.Bearer {
			opts = append(opts, wire.WithBearer(wire.NewSecret("token")))
		}
		_, err := op.Call(t.Context(), wire.Environment(server.URL), credentials, request, nil, opts...)
		e := (*wire.Error)(nil)
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%s: %v", op.ID, err)
		case meta.Status == 404 && len(op.InPath) > 0 && e.Text != "": // what the path names is not there
		case meta.Status == 404, meta.Status == 405, meta.Status >= 500, meta.Status == 0:
			t.Errorf("%s: HTTP %d: %v", op.ID, meta.Status, err)
		case op.Security.IsPgSig() && meta.Status == 200 && meta.Signature != wire.AnswerVerified && (e == nil || e.Code != "11068"):
			t.Errorf("%s: the answer is %v: %v", op.ID, meta.Signature, err)
		}
	}
}
