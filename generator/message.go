package main

import (
	"slices"
	"unicode"
)

// content reads a body's media types, which must share one schema.
func (b *builder) content(t tree) (names []string, schema tree) {
	for _, m := range t.get("content").members() {
		if medias[m.key] == "" {
			b.problems.add(m.where, ruleType, "content type %q is not known", m.key)
			continue
		}
		names = append(names, m.key)
		s := m.value.get("schema")
		if schema.ok() && schema.get("$ref").str() != s.get("$ref").str() {
			b.problems.add(m.where, ruleType, "all forms of one body must have the same schema")
			continue
		}
		schema = s
	}
	return names, schema
}

func (b *builder) request(op *operation, t tree) {
	var query []tree
	for _, p := range t.get("parameters").items() {
		p = b.resolve(p)
		switch in, by := p.get("in").str(), p.get("x-supplied-by"); {
		case by.str() == "operation":
			if in != "header" || op.Action != "" {
				b.problems.add(by, ruleSupplied, "an operation supplies one header field and nothing else")
			}
			op.Action = p.get("name").str()
		case by.ok():
			if in == "path" && (by.str() != "credentials" || p.get("name").str() != "merchant_id") {
				b.problems.add(p, ruleType, "the only parameter in a path that is known is merchant_id, of the credentials")
			}
		case in == "path":
			op.InPath = append(op.InPath, p.get("name").str())
			query = append(query, p)
		case in == "query":
			op.InQuery = true
			query = append(query, p)
		case p.ok():
			b.problems.add(p, ruleType, "a parameter in %s must say x-supplied-by", in)
		}
	}
	body := t.get("requestBody")
	switch {
	case body.ok() && len(query) > 0:
		b.problems.add(t, ruleType, "operation %s has a body and members in its path or query", op.ID)
	case body.ok():
		var schema tree
		op.Requests, schema = b.content(b.resolve(body))
		if op.HasMedia("application/x-www-form-urlencoded") && !op.HasMedia("multipart/form-data") {
			// The strict server would read it with its own binding, which
			// allocates what an index asks for.
			b.problems.add(body, ruleType, "a form of %s must be documented as multipart/form-data too", op.ID)
		}
		op.Request = b.body(op, schema, op.Name+"Request")
	case len(query) > 0:
		op.Query = true
		op.Request = b.query(op, query)
	}
}

// query makes a request type of the parameters in the query.
func (b *builder) query(op *operation, params []tree) *typ {
	place := "query"
	switch {
	case len(op.InPath) > 0 && op.InQuery:
		place = "path and query"
	case len(op.InPath) > 0:
		place = "path"
	}
	t := &typ{Name: op.Name + "Request", About: "Parameters of " + op.Name + ", in its " + place + ".", where: op.where}
	for _, p := range params {
		f := b.scalar(p.get("name").str(), p.get("schema"))
		f.About = p.get("description").str()
		f.Required = p.get("required").bool()
		f.where = p
		if s := p.get("x-sensitive"); s.ok() {
			f.Base, f.Sensitive = "wire.Secret", s.str()
		}
		if p.get("in").str() == "path" && (f.Base != "string" || !f.Required) {
			b.problems.add(p, ruleType, "a parameter in a path must be a required plain string")
		}
		b.checkField(f, p)
		t.Fields = append(t.Fields, f)
	}
	b.add(t)
	return t
}

func (b *builder) answer(op *operation, t tree) {
	responses := t.get("responses")
	ms := responses.members()
	if len(ms) != 1 || ms[0].key != "200" {
		b.problems.add(responses.or(t), ruleResponse, "operation %s must document exactly the answer 200", op.ID)
		return
	}
	var schema tree
	op.Answers, schema = b.content(b.resolve(ms[0].value))
	if b.api.Inbound && len(op.Answers) == 0 {
		return // a page for a person
	}
	if op.Answer = b.body(op, schema, op.Name+"Answer"); op.Answer != nil {
		op.Root = op.Answer.Root
		if slices.Contains(op.Answers, "application/xml") && op.Root == "" {
			b.problems.add(op.Answer.where, ruleResponse, "an XML answer must name its root element")
		}
	}
}

// body returns the type of a body, whose name follows from the operation's.
func (b *builder) body(op *operation, schema tree, want string) *typ {
	r, isRef, err := b.files.resolve(schema)
	switch {
	case err != nil:
		b.problems.add(schema.get("$ref"), ruleReference, "%v", err)
		return nil
	case !isRef || r.name != want:
		b.problems.add(schema.or(op.where), ruleNamed, "the schema of this body must be a reference to %s", want)
		return nil
	}
	return b.named(r)
}

// named returns the type of a schema that has a name: an object or an enum.
func (b *builder) named(r ref) *typ {
	if t := b.byName[r.name]; t != nil {
		if t.where.node != r.target.node {
			b.problems.add(r.target, ruleName, "%s is also a schema at %s", r.name, t.where.at())
		}
		return t
	}
	s := r.target
	t := &typ{
		Name: r.name, About: s.get("description").str(), Root: s.get("xml").get("name").str(), where: s,
	}
	b.byName[t.Name] = t // before its fields, which may refer to it
	b.api.Types = append(b.api.Types, t)
	if t.About == "" {
		b.problems.add(s, ruleDescribed, "schema %s has no description", t.Name)
	}
	if !unicode.IsUpper(rune(t.Name[0])) || goName(t.Name) != t.Name {
		b.problems.add(s, ruleName, "schema %s is not a Go name; %s would be", t.Name, goName(t.Name))
	}
	b.closed(s)
	b.limits(s)
	if s.get("enum").ok() {
		b.enum(t, s)
		return t
	}
	required := s.get("required")
	for _, m := range s.get("properties").members() {
		f := b.property(m.key, m.value)
		f.where = m.where
		if name := m.value.get("x-go-name"); name.ok() {
			b.rename(f, name)
		}
		f.Required = slices.Contains(required.strs(), m.key)
		if by := m.value.get("x-supplied-by"); by.ok() {
			b.supplied(f, by)
		}
		b.checkField(f, m.value)
		t.Fields = append(t.Fields, f)
	}
	for _, name := range required.items() {
		if !s.get("properties").get(name.str()).ok() {
			b.problems.add(name, ruleRequired, "%s requires %q, which is not a property of it", t.Name, name.str())
		}
	}
	return t
}

// rename gives f a Go name that its name on the wire does not say.
func (b *builder) rename(f *field, name tree) {
	if f.Name == name.str() {
		b.problems.add(name, ruleName, "property %s is called %s without x-go-name", f.Wire, f.Name)
	}
	f.Name = name.str()
}

// supplied makes f one that is filled in in the caller's place. Nobody else may
// demand it.
func (b *builder) supplied(f *field, by tree) {
	f.Supplied, f.Required = by.str(), false
	if f.Base != "string" || f.List || f.Type != nil || f.Sensitive != "" {
		b.problems.add(by, ruleSupplied, "property %s is supplied and must be a plain string", f.Wire)
	}
	if f.Supplied == "operation" {
		b.problems.add(by, ruleNotYet, "x-supplied-by: operation on a property is not generated yet")
	}
}
