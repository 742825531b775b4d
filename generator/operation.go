package main

import (
	"regexp"
	"slices"
	"strings"
)

var operationID = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

func (b *builder) operation(key, method string, t tree) *operation {
	op := &operation{
		API: b.api.Name, Method: method, where: t,
		ID:      t.get("operationId").str(),
		Summary: t.get("summary").str(),
		About:   t.get("description").str(),
		Effect:  t.get("x-effect").str(),
	}
	op.Path, op.Variant, _ = strings.Cut(key, "#")
	op.Name = goName(op.ID)
	if !operationID.MatchString(op.ID) {
		b.problems.add(t.get("operationId").or(t), ruleOperationID, "%q is not lower camel case in ASCII", op.ID)
		return op
	}
	if upper := strings.ToUpper(op.ID[:1]) + op.ID[1:]; op.Name != upper { // oapi-codegen's name for it
		b.problems.add(t.get("operationId"), ruleOperationID, "%q would be both %s and %s in Go: do not begin with an abbreviation", op.ID, op.Name, upper)
	}
	if op.Summary == "" || op.About == "" {
		b.problems.add(t, ruleDescribed, "operation %s has no summary or no description", op.ID)
	}
	if op.Effect != "read" && op.Effect != "write" {
		b.problems.add(t.get("x-effect").or(t), ruleEffect, "operation %s does not say x-effect: read or write", op.ID)
	}
	b.documentation(op, t.get("x-documentation"))
	b.security(op, t)
	b.servers(op, t)
	b.failure(op, t.get("x-error"))
	for _, alias := range t.get("x-aliases").items() {
		if params.FindString(alias.str()) != params.FindString(op.Path) {
			b.problems.add(alias, ruleSelect, "alias %s has not the parameters of %s", alias.str(), op.Path)
		}
		op.Aliases = append(op.Aliases, alias.str())
	}
	op.Script = t.get("x-script").get("name").str()
	b.request(op, t)
	b.answer(op, t)
	b.otherValues(op, t)
	b.selection(op, t.get("x-select"))
	b.explicit(op, t.get("x-explicit"))
	b.repeat(op, t.get("x-repeat"))
	b.inbound(op)
	return op
}

// inbound holds an operation to what only those have that the merchant serves.
func (b *builder) inbound(op *operation) {
	unknown := op.SecuredBy == "unknown"
	switch {
	case !b.api.Inbound && unknown:
		b.problems.add(op.where.get("x-documentation"), ruleDirection, "security of %s: only of calls to the merchant it may be unknown", op.ID)
	case b.api.Inbound && op.Request == nil:
		b.problems.add(op.where, ruleDirection, "operation %s, which the merchant serves, has no request", op.ID)
	case b.api.Inbound && op.Security == unsigned && !unknown:
		b.problems.add(op.where, ruleDirection, "operation %s, which the merchant serves, is not signed: its security is unknown", op.ID)
	}
}

var params = regexp.MustCompile(`\{[^}]*\}`)

// has reports whether the request of the operation has a member.
func (o *operation) has(member string) bool { return o.requestField(member) != nil }

func (o *operation) requestField(member string) *field {
	if o.Request != nil {
		for _, f := range o.Request.Fields {
			if f.Wire == member {
				return f
			}
		}
	}
	return nil
}

// repeat reads how a repeat of the operation is known.
func (b *builder) repeat(op *operation, t tree) {
	if !t.ok() {
		return
	}
	op.Repeat = &repeat{
		Key:      t.get("key").str(),
		InHeader: t.get("in").str() == "header",
		Signed:   t.get("signed").bool(),
		Answer:   t.get("answer").str(),
		Inferred: t.get("evidence").str() == "inferred",
		About:    t.get("about").str(),
	}
	if op.Repeat.InHeader && op.Repeat.Signed {
		b.problems.add(t.get("signed"), ruleRepeat, "x-repeat of %s: no signature of this API covers a header field", op.ID)
	}
	if !op.Repeat.InHeader && !op.has(op.Repeat.Key) {
		b.problems.add(t.get("key"), ruleRepeat, "x-repeat of %s: its request has no member %q", op.ID, op.Repeat.Key)
	}
}

// resolving finds the operation that tells the fate of op, and what to ask it by:
// all that both requests have.
func (b *builder) resolving(op *operation, with tree) {
	if !with.ok() {
		return
	}
	at := slices.IndexFunc(b.api.Operations, func(o *operation) bool { return o.ID == with.str() })
	if at < 0 {
		b.problems.add(with, ruleResolve, "x-resolve-with: no operation %q", with.str())
		return
	}
	op.Resolve = b.api.Operations[at]
	if op.Effect != "write" || op.Resolve.Effect != "read" {
		b.problems.add(with, ruleResolve, "x-resolve-with: %s writes and %s reads, or there is nothing to ask", op.ID, op.Resolve.ID)
	}
	if op.Request == nil {
		b.problems.add(with, ruleResolve, "x-resolve-with: %s has no request to know what to ask by", op.ID)
		return
	}
	for _, f := range op.Request.Fields {
		asked := op.Resolve.requestField(f.Wire)
		if asked == nil || asked.Supplied != "" || f.Supplied != "" {
			continue
		}
		if asked.Sensitive != "" || f.Sensitive != "" { // it would stand in an error
			b.problems.add(with, ruleResolve, "x-resolve-with: %s is asked by %s, which is x-sensitive", op.Resolve.ID, f.Wire)
		}
		op.ResolveBy = append(op.ResolveBy, f.Wire)
	}
	if len(op.ResolveBy) == 0 {
		b.problems.add(with, ruleResolve, "x-resolve-with: %s has no member in common with %s to ask by", op.ID, op.Resolve.ID)
	}
}

func (b *builder) explicit(op *operation, t tree) {
	for _, name := range t.items() {
		f := op.requestField(name.str())
		switch {
		case f == nil:
			b.problems.add(name, ruleExplicit, "x-explicit of %s: its request has no member %q", op.ID, name.str())
		case f.Required && !f.List && (f.Base == "bool" || f.Base == "int64"):
			f.Told = true
		case f.Required:
			b.problems.add(name, ruleExplicit, "x-explicit of %s: %s is required anyway", op.ID, name.str())
		default:
			f.Explicit = true
		}
	}
}

func (b *builder) documentation(op *operation, t tree) {
	if !t.ok() {
		b.problems.add(op.where, ruleDocumented, "operation %s has no x-documentation", op.ID)
		return
	}
	op.Sources = t.get("source").strs()
	op.Modified = t.get("modified").str()
	op.Evidence = t.get("evidence").str()
	op.SecuredBy = t.get("security").str()
	op.Covers = t.get("covers").strs()
	op.Gaps = t.get("gaps").strs()
	for _, c := range t.get("contradictions").items() {
		op.Conflicts = append(op.Conflicts, conflict{
			About: c.get("about").str(), Taken: c.get("taken").str(),
		})
	}
	for _, word := range []string{"source", "evidence", "security"} {
		if !t.get(word).ok() {
			b.problems.add(t, ruleDocumented, "x-documentation of %s has no %s", op.ID, word)
		}
	}
}

func (b *builder) security(op *operation, t tree) {
	requirements := t.get("security").items()
	if t.get("security").ok() && len(requirements) == 0 {
		op.Security = unsigned
		return
	}
	if len(requirements) == 1 {
		if ms := requirements[0].members(); len(ms) == 1 && schemes[ms[0].key] != "" {
			op.Security = ms[0].key
			return
		}
	}
	b.problems.add(t.get("security").or(t), ruleSecurity, "operation %s does not name exactly one known scheme", op.ID)
}

// servers reads where an operation is called that is not at the servers of its
// API: each of its own stands for the one at the same place of the API's list.
func (b *builder) servers(op *operation, t tree) {
	own, others := t.get("servers").items(), b.api.source.get("servers").items()
	if len(own) > len(others) {
		b.problems.add(t.get("servers"), ruleServer, "operation %s has more servers than its API", op.ID)
		return
	}
	for i, s := range own {
		op.Elsewhere = append(op.Elsewhere, elsewhere{In: others[i].get("url").str(), At: s.get("url").str()})
	}
}

func (b *builder) failure(op *operation, t tree) {
	if !t.ok() {
		return
	}
	op.Failure = &failure{
		Member: t.get("member").str(), Values: t.get("values").strs(),
		Any: t.get("any").bool(), Except: t.get("except").strs(), Unless: t.get("unless").str(),
		Code: t.get("code").str(), Text: t.get("text").str(), Details: t.get("details").str(),
	}
	for _, m := range t.get("kinds").members() {
		op.Failure.Kinds = append(op.Failure.Kinds, kindOfCode{Code: m.key, Kind: m.value.str()})
	}
}

// otherValues finds what the member that tells of a failure says of a success.
// Where the answer's own example has no such member, a success has none. Where the
// member is part of what was asked about, its other values are for the caller.
func (b *builder) otherValues(op *operation, t tree) {
	if op.Failure == nil || op.Failure.Unless != "" || op.Answer == nil {
		return
	}
	for _, f := range op.Answer.Fields {
		if f.Wire != op.Failure.Member || f.Enum == nil {
			continue
		}
		for _, value := range f.Enum {
			if !slices.Contains(op.Failure.Values, value) {
				op.Failure.Others = append(op.Failure.Others, value)
			}
		}
		for _, r := range t.get("responses").members() {
			for _, m := range b.resolve(r.value).get("content").members() {
				op.Failure.Always = op.Failure.Always || m.value.get("example").get(f.Wire).ok()
			}
		}
	}
}
