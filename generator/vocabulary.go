package main

import (
	"regexp"
	"slices"
	"strings"
)

// nameWords are the words of a text that can be names: of an operation, of a member, or
// of a member of a member or of a type, as in error.code; or in quotes, what is meant
// literally; or in back quotes, what is a name though it could be a word of English.
var nameWords = regexp.MustCompile("\"[^\"]*\"|`[^`]*`|[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*")

// A vocabulary is what the texts of an API can speak of.
type vocabulary struct {
	operations map[string]string // Go names by operation id
	types      map[string]*typ
	fields     []*field // of all types
}

// inGo rewrites the texts that become doc comments: operations and members are
// called there as they are in Go. What could be a word of English stays, unless it is
// in back quotes, and so does all that is said of the documentation, which has them as
// they are on the wire.
func (b *builder) inGo() {
	v := vocabulary{operations: map[string]string{}, types: map[string]*typ{}}
	for _, op := range b.api.Operations {
		v.operations[op.ID] = op.Name
	}
	for _, t := range b.api.Types {
		v.types[t.Name] = t
		v.fields = append(v.fields, t.Fields...)
	}
	rewrite := func(text *string, of *typ, where tree) {
		*text = nameWords.ReplaceAllStringFunc(*text, func(word string) string {
			name, quoted := strings.CutPrefix(strings.TrimSuffix(word, "`"), "`")
			if !quoted && name == strings.ToLower(name) && !strings.ContainsAny(name, "_.") {
				return word
			}
			inGo, known := v.name(name, of)
			if !known && quoted {
				b.problems.add(where, ruleDescribed, "%s is neither an operation nor a member", word)
			}
			return inGo
		})
	}
	rewrite(&b.api.About, nil, b.api.source)
	for _, op := range b.api.Operations {
		rewrite(&op.About, nil, op.where)
		if op.Repeat != nil {
			rewrite(&op.Repeat.About, nil, op.where)
		}
		if b.api.Inbound && op.Request != nil {
			op.Request.Notes = inboundDoc(op) // there is no call that could say it
		}
	}
	for _, t := range b.api.Types {
		rewrite(&t.About, t, t.where)
		for _, f := range t.Fields {
			rewrite(&f.About, t, f.where.or(t.where))
		}
		for i := range t.Values {
			rewrite(&t.Values[i].About, nil, t.where)
		}
	}
}

// name is what an operation or a member is called in Go. A member is one of the type
// that the text is about, else one that is called the same in all types. What is not
// known stays as it is.
func (v vocabulary) name(name string, of *typ) (inGo string, known bool) {
	if operation := v.operations[name]; operation != "" {
		return operation, true
	}
	parts := strings.Split(name, ".")
	if t := v.types[parts[0]]; t != nil && len(parts) > 1 {
		inGo, known = memberPath(t.Fields, parts[1:])
		inGo = t.Name + "." + inGo
	} else {
		if of != nil {
			inGo, known = memberPath(of.Fields, parts)
		}
		if !known {
			inGo, known = memberPath(v.fields, parts)
		}
	}
	if !known {
		return name, false
	}
	return inGo, true
}

// memberPath is what a member is called in Go, and its member, and so on. It is not known
// where those of the name are called differently.
func memberPath(fields []*field, parts []string) (inGo string, known bool) {
	var names []string
	for _, f := range fields {
		if f.Wire != parts[0] || !f.Given() {
			continue
		}
		if len(parts) == 1 {
			names = append(names, f.Name)
		} else if f.Type != nil {
			if rest, known := memberPath(f.Type.Fields, parts[1:]); known {
				names = append(names, f.Name+"."+rest)
			}
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) != 1 {
		return "", false
	}
	return names[0], true
}
