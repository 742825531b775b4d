package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// extensionsFile describes our x- words: each property is a word and the
// schema of its value.
const extensionsFile = "extensions.schema.json"

// extensions hold the compiled schemas of the x- words.
type extensions map[string]*jsonschema.Schema

func loadExtensions(fsys fs.FS) (extensions, error) {
	data, err := fs.ReadFile(fsys, extensionsFile)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", extensionsFile, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	// A made-up address: the file has none, and references stay within it.
	const address = "mem:///" + extensionsFile
	if err := compiler.AddResource(address, doc); err != nil {
		return nil, fmt.Errorf("%s: %w", extensionsFile, err)
	}
	var words struct{ Properties map[string]json.RawMessage }
	if err := json.Unmarshal(data, &words); err != nil {
		return nil, fmt.Errorf("%s: %w", extensionsFile, err)
	}
	known := extensions{}
	for word := range words.Properties {
		if known[word], err = compiler.Compile(address + "#/properties/" + word); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", extensionsFile, word, err)
		}
	}
	return known, nil
}

// check looks at every x- word below t. Verbatim examples are not looked
// into: a member of theirs may start with x- too.
func (known extensions) check(t tree, problems *problems) {
	for _, m := range t.members() {
		schema := known[m.key]
		switch {
		case m.key == "example" || m.key == "examples":
			continue
		case !strings.HasPrefix(m.key, "x-"):
			known.check(m.value, problems)
			continue
		case schema == nil:
			problems.add(m.where, ruleExtension, "%s is not one of our words", m.key)
			continue
		}
		v, err := plain(m.value.node)
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			problems.add(m.where, ruleExtension, "%s: %s", m.key, oneLine(err))
		}
	}
	for _, i := range t.items() {
		known.check(i, problems)
	}
}

// plain turns a YAML node into what encoding/json would have made of it.
func plain(n *yaml.Node) (any, error) {
	v, err := fromYAML(n)
	if err != nil {
		return nil, err
	}
	return unordered(v), nil
}

func unordered(v any) any {
	switch v := v.(type) {
	case []pair:
		object := map[string]any{}
		for _, p := range v {
			object[p.name] = unordered(p.value)
		}
		return object
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
	}
	return v
}

// oneLine joins the lines of a validation error.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSpace(l), "- ")
	}
	if len(lines) > 1 {
		lines = lines[1:] // the first names the schema's made-up address
	}
	return strings.Join(lines, "; ")
}
