package freedompay_test

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// apis are the generated packages, by the folder of their spec.
var apis = map[string]func() []wire.Operation{
	"partner":     partner.Operations,
	"gateway":     gateway.Operations,
	"merchant":    merchant.Operations,
	"card":        card.Operations,
	"callback":    callback.Operations,
	"installment": installment.Operations,
	"freedomid":   freedomid.Operations,
}

// bodies are the types of the generated operations, by id.
var bodies = func() map[string]catalog.Operation {
	all := map[string]catalog.Operation{}
	for _, op := range slices.Concat(catalog.All(), catalog.Inbound()) {
		all[op.ID] = op
	}
	return all
}()

// specFile is a file of a section, or an API's openapi.yaml.
type specFile struct {
	api  string // name of the folder
	name string // path in the repository
	root node
}

// specFiles parses the files of all APIs.
func specFiles(t *testing.T) (files []specFile) {
	t.Helper()
	names, err := filepath.Glob("spec/*/*.yaml")
	must(t, err)
	for _, name := range names {
		name = filepath.ToSlash(name)
		var doc yaml.Node
		if err := yaml.Unmarshal(read(t, name), &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files = append(files, specFile{path.Base(path.Dir(name)), name, node{doc.Content[0]}})
	}
	if len(files) == 0 {
		t.Fatal("there are no specs")
	}
	return files
}

// specOperation is an operation as its section describes it.
type specOperation struct {
	node
	id   string // as in wire.Operation
	wire wire.Operation
	file string
}

// specOperations finds the operations of all sections.
func specOperations(t *testing.T) (operations []specOperation) {
	t.Helper()
	for _, f := range specFiles(t) {
		if path.Base(f.name) == "openapi.yaml" {
			continue // it refers to the sections
		}
		for _, item := range f.root.get("paths").members() {
			for _, method := range item.members() {
				op := specOperation{node: method.node, id: f.api + "." + method.get("operationId").text(), file: f.name}
				for _, w := range apis[f.api]() {
					if w.ID == op.id {
						op.wire = w
					}
				}
				if op.wire.ID == "" {
					t.Errorf("%s: operation %s is not generated", f.name, op.id)
				}
				operations = append(operations, op)
			}
		}
	}
	return operations
}

// node is a YAML node, with which nothing that is missing has to be checked for.
type node struct{ *yaml.Node }

type member struct {
	name string
	node
}

func (n node) members() (members []member) {
	if n.Node == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		members = append(members, member{n.Content[i].Value, node{n.Content[i+1]}})
	}
	return members
}

func (n node) items() (items []node) {
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range n.Content {
		items = append(items, node{c})
	}
	return items
}

func (n node) get(name string) node {
	for _, m := range n.members() {
		if m.name == name {
			return m.node
		}
	}
	return node{}
}

func (n node) ok() bool { return n.Node != nil }

func (n node) text() string {
	if n.Node == nil {
		return ""
	}
	return n.Value
}

// json writes n as JSON, numbers as they stand.
func (n node) json(t *testing.T) string {
	t.Helper()
	quote := func(s string) string {
		b, err := json.Marshal(s)
		must(t, err)
		return string(b)
	}
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, m := range n.members() {
			parts = append(parts, quote(m.name)+":"+m.json(t))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case yaml.SequenceNode:
		for _, i := range n.items() {
			parts = append(parts, i.json(t))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return "null"
		case "!!bool", "!!int", "!!float":
			return n.Value
		}
		return quote(n.Value)
	}
	t.Fatalf("line %d: cannot be written as JSON", n.Line)
	return ""
}
