package main

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// joined returns the document as it is published: one operation a path, as
// OpenAPI has it. Operations that share one are joined, their bodies by anyOf;
// what each of them says stands in x-operations, under its id. A header field
// that the operation supplies is one of the values that it has. And a boolean
// that is 1 or 0 on the wire is that number, and a time without a zone no
// date-time: other tools take these words strictly.
func joined(doc *yaml.Node) *yaml.Node {
	published := deepCopy(doc)
	completeExamples(published)
	paths := mapping()
	variants := map[string]int{} // by method and path
	for _, m := range (tree{node: published}).get("paths").members() {
		plain, _, _ := strings.Cut(m.key, "#")
		for _, method := range m.value.members() {
			variants[method.key+" "+plain]++
		}
	}
	for _, m := range (tree{node: published}).get("paths").members() {
		plain, _, shared := strings.Cut(m.key, "#")
		for _, method := range m.value.members() {
			if !shared {
				continue
			}
			nameAction(published, method.value)
			place := memberOf(paths, plain)
			if place == nil {
				place = mapping()
				setMember(paths, plain, place)
			}
			if variants[method.key+" "+plain] == 1 { // nothing to join it with
				setMember(place, method.key, method.value.node)
				continue
			}
			joint := memberOf(place, method.key)
			if joint == nil {
				joint = newJoint(plain, method.value)
				setMember(place, method.key, joint)
			}
			join(joint, method.value.node)
		}
		if !shared {
			setMember(paths, plain, m.value.node)
		}
	}
	setMember(published, "paths", paths)
	walk(published, func(n *yaml.Node) {
		if (tree{node: n}).get("x-zone").ok() {
			removeMember(n, func(key string) bool { return key == "format" })
		}
		if t := (tree{node: n}); t.get("x-number").bool() && t.get("type").str() == "string" {
			setMember(n, "type", scalar("number"))
		} else if t.get("x-number").bool() && t.get("type").str() == "boolean" {
			setMember(n, "type", scalar("integer"))
			setMember(n, "enum", &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{
				{Kind: yaml.ScalarNode, Tag: "!!int", Value: "0"}, {Kind: yaml.ScalarNode, Tag: "!!int", Value: "1"},
			}})
		}
	})
	return published
}

// nameAction puts the value of the header field that an operation supplies into
// the operation's parameter, which is shared with others.
func nameAction(doc *yaml.Node, op tree) {
	header := op.get("x-select").get("header")
	for _, p := range op.get("parameters").items() {
		target := p
		if r := p.get("$ref").str(); r != "" {
			target = tree{node: doc}.get("components").get("parameters").get(path.Base(r))
		}
		if target.get("x-supplied-by").str() != "operation" {
			continue
		}
		*p.node = *deepCopy(target.node)
		values := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		values.Content = []*yaml.Node{scalar(header.get("value").str())}
		setMember(memberOf(p.node, "schema"), "enum", values)
	}
}

// newJoint begins a joint operation with what its variants have in common.
func newJoint(at string, first tree) *yaml.Node {
	n := mapping()
	setMember(n, "operationId", scalar(jointID(at)))
	for _, common := range []string{"tags", "security", "parameters"} {
		if v := first.get(common); v.ok() {
			setMember(n, common, deepCopy(v.node))
		}
	}
	setMember(n, "summary", scalar("Several operations on one path"))
	setMember(n, "description", scalar("What each of them is, and what tells it from the others, stands in x-operations."))
	return n
}

// jointID names a joint operation after the end of its path: /g2g/payment is
// g2gPayment.
func jointID(at string) string {
	return lowerFirst(goName(strings.NewReplacer("{", "", "}", "").Replace(path.Base(path.Dir(at)) + "_" + path.Base(at))))
}

// join adds a variant to a joint operation.
func join(joint, variant *yaml.Node) {
	id := tree{node: variant}.get("operationId").str()
	joinAction(joint, tree{node: variant}.get("x-select").get("header"))
	if request := memberOf(variant, "requestBody"); request != nil {
		joinBody(joint, "requestBody", id, request)
	}
	answers := memberOf(joint, "responses")
	if answers == nil {
		answers = mapping()
		setMember(joint, "responses", answers)
	}
	for _, r := range (tree{node: variant}).get("responses").members() {
		joinBody(answers, r.key, id, r.value.node)
	}
	words := memberOf(joint, "x-operations")
	if words == nil {
		words = mapping()
		setMember(joint, "x-operations", words)
	}
	own := mapping()
	for _, m := range (tree{node: variant}).members() {
		if isExtension(m.key) || slices.Contains([]string{"summary", "description", "tags"}, m.key) {
			setMember(own, m.key, m.value.node)
		}
	}
	setMember(words, id, own)
}

// joinAction adds the value of a variant's header field to those that the joint
// operation's parameter has.
func joinAction(joint *yaml.Node, header tree) {
	for _, p := range (tree{node: joint}).get("parameters").items() {
		values, value := p.get("schema").get("enum"), header.get("value").str()
		if values.ok() && p.get("name").str() == header.get("name").str() && !slices.Contains(values.strs(), value) {
			values.node.Content = append(values.node.Content, scalar(value))
		}
	}
}

// joinBody adds the content of a variant's body to the joint one under key.
func joinBody(place *yaml.Node, key, id string, body *yaml.Node) {
	joint := memberOf(place, key)
	if joint == nil {
		joint = deepCopy(body)
		setMember(joint, "content", mapping())
		setMember(place, key, joint)
	}
	content := memberOf(joint, "content")
	for _, m := range (tree{node: body}).get("content").members() {
		media := memberOf(content, m.key)
		if media == nil {
			media = mapping()
			schema := mapping()
			setMember(schema, "anyOf", &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"})
			setMember(media, "schema", schema)
			setMember(media, "examples", mapping())
			setMember(content, m.key, media)
		}
		anyOf := memberOf(memberOf(media, "schema"), "anyOf")
		anyOf.Content = append(anyOf.Content, m.value.get("schema").node)
		if example := m.value.get("example"); example.ok() {
			named := mapping()
			setMember(named, "value", example.node)
			setMember(memberOf(media, "examples"), id, named)
		}
	}
}

// standIns are what examples show for members that are filled in in the
// caller's place: the signature of an example has no secret.
var standIns = map[string]string{"credentials": "123456", "signer": "some random string"}

// completeExamples puts the members that a schema requires and the typed request
// does not have into the examples.
func completeExamples(doc *yaml.Node) {
	schemas := tree{node: doc}.get("components").get("schemas")
	walk(doc, func(n *yaml.Node) {
		example := memberOf(n, "example")
		name := path.Base(tree{node: n}.get("schema").get("$ref").str())
		if example == nil || example.Kind != yaml.MappingNode {
			return
		}
		schema := schemas.get(name)
		required := schema.get("required").strs()
		complete := deepCopy(example) // media types may share one
		for _, p := range schema.get("properties").members() {
			standIn := standIns[p.value.get("x-supplied-by").str()]
			if standIn != "" && slices.Contains(required, p.key) && memberOf(complete, p.key) == nil {
				setMember(complete, p.key, scalar(standIn))
			}
		}
		setMember(n, "example", complete)
	})
}
