package main

import "slices"

func (b *builder) selection(op *operation, t tree) {
	header := t.get("header")
	op.Select = choice{
		Header: header.get("name").str(), Value: header.get("value").str(),
		Present: t.get("present").strs(), Absent: t.get("absent").strs(),
		SameAs: t.get("same-as").str(),
	}
	switch {
	case t.ok() && op.Variant == "":
		b.problems.add(t, ruleSelect, "x-select of %s, whose path has no fragment", op.ID)
	case !t.ok() && op.Variant != "":
		b.problems.add(op.where, ruleSelect, "operation %s does not say x-select: how a server knows it", op.ID)
	case op.Variant != "" && op.Variant != op.ID:
		b.problems.add(op.where, ruleSelect, "the fragment of the path of %s is %q, not its id", op.ID, op.Variant)
	}
	if header.ok() && op.Action != op.Select.Header {
		b.problems.add(header, ruleSelect, "x-select of %s: no parameter says that the operation supplies the header field %q", op.ID, op.Select.Header)
	}
	if op.Action != "" && op.Action != op.Select.Header {
		b.problems.add(op.where, ruleSupplied, "parameter %s of %s is supplied by the operation, and x-select does not say what it is", op.Action, op.ID)
	}
}

// checkSelections holds operations on one path against each other.
func (b *builder) checkSelections() {
	type place struct{ method, path string }
	at := map[place][]*operation{}
	for _, op := range b.api.Operations {
		for _, path := range append([]string{op.Path}, op.Aliases...) {
			p := place{op.Method, path}
			at[p] = append(at[p], op)
		}
	}
	for _, op := range b.api.Operations {
		others := at[place{op.Method, op.Path}]
		for _, other := range others {
			if other != op && (op.Variant == "" || other.Variant == "") {
				b.problems.add(op.where, ruleSelect, "operation %s has the path of %s", op.ID, other.ID)
			}
		}
		selected := op.where.get("x-select")
		for _, name := range append(selected.get("present").items(), selected.get("absent").items()...) {
			if !slices.ContainsFunc(others, func(o *operation) bool { return o.has(name.str()) }) {
				b.problems.add(name, ruleSelect, "x-select of %s: no request on its path has a member %q", op.ID, name.str())
			}
		}
		if same := op.Select.SameAs; same != "" && !slices.ContainsFunc(others, func(o *operation) bool { return o.ID == same && o.Seen() }) {
			b.problems.add(op.where.get("x-select"), ruleSelect, "x-select of %s: %q is no operation on its path that a server sees", op.ID, same)
		}
	}
}
