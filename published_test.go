package freedompay_test

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// published loads gen/<api>/openapi.yaml as another tool would: by itself.
func published(t *testing.T, api string) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	doc, err := loader.LoadFromData(read(t, "gen/"+api+"/openapi.yaml"))
	if err != nil {
		t.Fatalf("gen/%s/openapi.yaml: %v", api, err)
	}
	return doc
}

// The published documents stand for themselves, are right by OpenAPI, and
// describe what the packages do.
func TestPublishedDocumentsDescribeTheOperations(t *testing.T) {
	names, err := filepath.Glob("gen/*/openapi.yaml")
	must(t, err)
	for _, name := range names {
		if api := path.Base(filepath.ToSlash(filepath.Dir(name))); apis[api] == nil {
			t.Errorf("gen/%s is not in the table of spec_test.go", api)
		}
	}
	if len(names) != len(apis) {
		t.Errorf("%d published documents for %d APIs", len(names), len(apis))
	}
	for api, operations := range apis {
		t.Run(api, func(t *testing.T) {
			doc := published(t, api)
			if err := doc.Validate(t.Context()); err != nil {
				t.Error(err)
			}
			if strings.Contains(string(read(t, "gen/"+api+"/openapi.yaml")), "$ref: '../") {
				t.Error("the document refers to another file")
			}
			var documented, generated []string
			for path, item := range doc.Paths.Map() {
				for method, op := range item.Operations() {
					for id := range variants(op) {
						documented = append(documented, method+" "+path+" "+api+"."+id)
					}
				}
			}
			for _, op := range operations() {
				generated = append(generated, op.Method+" "+op.Path+" "+op.ID)
			}
			slices.Sort(documented)
			slices.Sort(generated)
			if !slices.Equal(documented, generated) {
				t.Errorf("documented: %q\ngenerated: %q", documented, generated)
			}
		})
	}
}

// Nothing that the specs say in words of their own is lost on the way.
func TestPublishedDocumentsKeepTheExtensions(t *testing.T) {
	words := map[string]int{}
	same := func(where string, spec node, extensions map[string]any) {
		t.Helper()
		for _, m := range spec.members() {
			if !strings.HasPrefix(m.name, "x-") {
				continue
			}
			words[m.name]++
			got, err := json.Marshal(extensions[m.name])
			must(t, err)
			if want := canonical(t, m.Node); string(got) != want {
				t.Errorf("%s: %s is published as\n%s\nwant\n%s", where, m.name, got, want)
			}
		}
	}
	docs := map[string]*openapi3.T{}
	for api := range apis {
		docs[api] = published(t, api)
	}
	for _, f := range specFiles(t) {
		doc := docs[f.api]
		for _, schema := range f.root.get("schemas").members() {
			where := f.api + "." + schema.name
			got := doc.Components.Schemas[schema.name]
			if got == nil {
				t.Errorf("%s is not published", where)
				continue
			}
			same(where, schema.node, got.Value.Extensions)
			for _, property := range schema.get("properties").members() {
				p := got.Value.Properties[property.name]
				if p == nil {
					t.Errorf("%s.%s is not published", where, property.name)
				} else if p.Ref == "" {
					same(where+"."+property.name, property.node, p.Value.Extensions)
				}
			}
		}
	}
	for _, op := range specOperations(t) {
		api, _, _ := strings.Cut(op.id, ".")
		item := docs[api].Paths.Value(op.wire.Path)
		if item == nil || item.GetOperation(op.wire.Method) == nil {
			t.Errorf("%s is not published", op.id)
			continue
		}
		_, id, _ := strings.Cut(op.id, ".")
		same(op.id, op.node, variants(item.GetOperation(op.wire.Method))[id])
	}
	for _, word := range []string{"x-enum", "x-sensitive", "x-documentation", "x-documented-examples", "x-effect", "x-error", "x-repeat", "x-select", "x-script", "x-aliases", "x-explicit", "x-supplied-by", "x-zone", "x-number", "x-form-items"} {
		if words[word] == 0 {
			t.Errorf("no spec holds an %s: this test looks in the wrong place", word)
		}
	}
}

// variants returns what a published operation says in our words, by the id of
// the operation: of several on one path, each has its own place.
func variants(op *openapi3.Operation) map[string]map[string]any {
	joint, ok := op.Extensions["x-operations"].(map[string]any)
	if !ok {
		return map[string]map[string]any{op.OperationID: op.Extensions}
	}
	all := map[string]map[string]any{}
	for id, words := range joint {
		all[id], _ = words.(map[string]any)
	}
	return all
}

// canonical returns a YAML value as encoding/json writes it.
func canonical(t *testing.T, n *yaml.Node) string {
	t.Helper()
	var v any
	must(t, n.Decode(&v))
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}
