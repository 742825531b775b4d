package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// bundle puts an API into one document that stands for itself: every
// reference points below its own components, under the name that the spec
// gives. Members keep the documented order.
type bundle struct {
	files      *files
	components *yaml.Node
	origin     map[string]*yaml.Node // "schemas/Name" → where it came from
}

// groups are the places of components; another group has no place in OpenAPI.
var groups = []string{"schemas", "parameters", "headers", "securitySchemes", "responses", "requestBodies"}

func bundled(f *files, root tree) (*yaml.Node, error) {
	b := &bundle{files: f, components: mapping(), origin: map[string]*yaml.Node{}}
	doc, err := b.copy(root, true)
	if err != nil {
		return nil, err
	}
	ordered := mapping()
	for _, group := range groups {
		if g := memberOf(b.components, group); g != nil {
			setMember(ordered, group, g)
		}
	}
	setMember(doc, "components", ordered)
	return doc, nil
}

// copy copies a node with its references rewritten. top says that the node is
// the document itself: its own components come back by being referred to, and
// its path items are put in place of their references.
func (b *bundle) copy(t tree, top bool) (*yaml.Node, error) {
	if t.get("$ref").ok() {
		return b.reference(t)
	}
	n := *t.node
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	n.Content = nil
	switch t.node.Kind {
	case yaml.MappingNode:
		for _, m := range t.members() {
			key := *m.where.node
			key.HeadComment, key.LineComment, key.FootComment = "", "", ""
			var v *yaml.Node
			var err error
			switch {
			case top && m.key == "components":
				for _, group := range m.value.members() {
					for _, c := range group.value.members() {
						if err := b.component(group.key, c.key, c.value); err != nil {
							return nil, err
						}
					}
				}
				continue
			case top && m.key == "paths":
				v, err = b.paths(m.value)
			case m.key == "example":
				v = m.value.node // verbatim: no references in there
			default:
				v, err = b.copy(m.value, false)
			}
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, &key, v)
		}
	case yaml.SequenceNode:
		for _, i := range t.items() {
			v, err := b.copy(i, false)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, v)
		}
	case yaml.AliasNode:
		return nil, fmt.Errorf("%s: YAML aliases are not used in specs", t.at())
	}
	return &n, nil
}

func (b *bundle) paths(t tree) (*yaml.Node, error) {
	paths := mapping()
	for _, m := range t.members() {
		r, _, err := b.files.resolve(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.value.at(), err)
		}
		item, err := b.copy(r.target, false)
		if err != nil {
			return nil, err
		}
		setMember(paths, m.key, item)
	}
	return paths, nil
}

func (b *bundle) reference(t tree) (*yaml.Node, error) {
	r, _, err := b.files.resolve(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.at(), err)
	}
	if err := b.component(r.group, r.name, r.target); err != nil {
		return nil, err
	}
	n := mapping()
	setMember(n, "$ref", scalar("#/components/"+r.group+"/"+r.name))
	return n, nil
}

// component adds what a reference points to, once.
func (b *bundle) component(group, name string, t tree) error {
	if !slices.Contains(groups, group) {
		return fmt.Errorf("%s: %q is no place for something to refer to", t.at(), group)
	}
	r, _, err := b.files.resolve(t)
	if err != nil {
		return fmt.Errorf("%s: %w", t.at(), err)
	}
	key := group + "/" + name
	if from := b.origin[key]; from != nil {
		if from != r.target.node {
			return fmt.Errorf("%s: another %s is at line %d", r.target.at(), key, from.Line)
		}
		return nil
	}
	b.origin[key] = r.target.node
	place := memberOf(b.components, group)
	if place == nil {
		place = mapping()
		setMember(b.components, group, place)
	}
	v, err := b.copy(r.target, false)
	if err != nil {
		return err
	}
	setMember(place, name, v)
	return nil
}

// encode writes a document as YAML.
func encode(doc *yaml.Node) ([]byte, error) {
	var buf bytes.Buffer
	e := yaml.NewEncoder(&buf)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(doc), e.Close()); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func memberOf(n *yaml.Node, key string) *yaml.Node { return tree{node: n}.get(key).node }

func setMember(n *yaml.Node, key string, v *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = v
			return
		}
	}
	n.Content = append(n.Content, scalar(key), v)
}

func removeMember(n *yaml.Node, match func(key string) bool) {
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !match(n.Content[i].Value) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

func isExtension(key string) bool { return strings.HasPrefix(key, "x-") }
