package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (b *builder) add(t *typ) {
	if other := b.byName[t.Name]; other != nil {
		b.problems.add(t.where, ruleName, "%s is also a schema at %s", t.Name, other.where.at())
		return
	}
	b.byName[t.Name] = t
	b.api.Types = append(b.api.Types, t)
}

func (b *builder) enum(t *typ, s tree) {
	switch s.get("type").str() {
	case "string":
		t.Kind = stringEnum
	case "integer":
		t.Kind = intEnum
	default:
		b.problems.add(s, ruleType, "enum %s is neither of strings nor of integers", t.Name)
	}
	words := s.get("x-enum")
	t.Open = words.get("open").bool()
	values := s.get("enum").strs()
	for _, v := range values {
		w := words.get("values").get(v)
		if w.get("name").str() == "" || w.get("about").str() == "" {
			b.problems.add(s.get("enum"), ruleEnum, "x-enum of %s gives value %q no name or no meaning", t.Name, v)
			continue
		}
		t.Values = append(t.Values, enumValue{Name: t.Name + w.get("name").str(), Value: v, About: w.get("about").str()})
	}
	for _, m := range words.get("values").members() {
		if !slices.Contains(values, m.key) {
			b.problems.add(m.where, ruleEnum, "x-enum of %s describes %q, which is no value of it", t.Name, m.key)
		}
	}
}

// closed refuses what the generated types cannot say.
func (b *builder) closed(s tree) {
	for _, word := range []string{"oneOf", "anyOf", "allOf", "not"} {
		if u := s.get(word); u.ok() {
			b.problems.add(u, ruleUnion, "%s does not survive generation; give each variant an operation of its own", word)
		}
	}
	for _, word := range []string{"additionalProperties", "default"} {
		if u := s.get(word); u.ok() {
			b.problems.add(u, ruleOpen, "%s is not used: unknown members always survive, and nothing is filled in", word)
		}
	}
}

// limitsOf are the limits that Validate keeps, by the type of a schema without an
// enum. Of OpenAPI's others, none may be stated that nobody keeps.
var limitsOf = map[string][]string{
	"string":  {"minLength", "maxLength", "pattern"},
	"integer": {"minimum", "maximum"},
	"number":  {"minimum", "maximum"},
	"array":   {"minItems", "maxItems"},
}

func (b *builder) limits(s tree) {
	kind := s.get("type").str()
	kept := limitsOf[kind]
	switch {
	case s.get("enum").ok():
		kind, kept = "enum", nil
	case kind == "string" && s.get("x-number").bool():
		kept = limitsOf["number"]
	}
	for _, word := range []string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
		"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
	} {
		switch limit := s.get(word); {
		case !limit.ok():
		case !slices.Contains(kept, word):
			b.problems.add(limit, ruleLimit, "%s of a schema of type %s: Validate would not keep it", word, kind)
		case word != "pattern" && limit.node.Tag == "!!str":
			b.problems.add(limit, ruleLimit, "%s is a text, not a number", word)
		case (word == "maxLength" || word == "maxItems") && limit.str() == "0":
			b.problems.add(limit, ruleLimit, "%s is 0, which would be no limit", word)
		}
	}
}

// property returns the field for a property, before its name is checked.
func (b *builder) property(name string, s tree) *field {
	r, isRef, err := b.files.resolve(s)
	if err != nil {
		b.problems.add(s.get("$ref"), ruleReference, "%v", err)
		return &field{Wire: name, Name: goName(name), Base: "string", About: "not known"}
	}
	if !isRef {
		return b.inline(name, s)
	}
	if r.target.get("type").str() != "object" && !r.target.get("enum").ok() {
		return b.scalar(name, r.target) // a shared scalar has no Go type of its own
	}
	t := b.named(r)
	f := &field{Wire: name, Name: goName(name), About: t.About, Type: t}
	if about := s.get("x-about").str(); about != "" {
		f.About = about // what this one is, beyond what all of its type are
	}
	b.typed(f, r.target)
	return f
}

// typed gives a field the base of its named type.
func (b *builder) typed(f *field, s tree) {
	switch f.Type.Kind {
	case object:
		f.Base = "object"
	case intEnum:
		f.Base = "int64"
	case stringEnum:
		f.Base = "string"
	}
	if f.Type.Kind != object {
		f.Enum, f.Open = s.get("enum").strs(), f.Type.Open
	}
}

func (b *builder) inline(name string, s tree) *field {
	switch {
	case s.get("type").str() == "object" || s.get("properties").ok():
		b.problems.add(s, ruleNamed, "property %s is an object without a name", name)
	case s.get("enum").ok():
		b.problems.add(s, ruleNamed, "property %s is an enum without a name", name)
	}
	if s.get("type").str() != "array" {
		return b.scalar(name, s)
	}
	b.limits(s)
	items := s.get("items")
	f := b.property(name, items)
	f.List, f.About = true, s.get("description").str()
	f.Nullable = s.get("nullable").bool()
	f.MinItems, f.MaxItems = b.number(s.get("minItems")), b.number(s.get("maxItems"))
	if s.get("xml").get("wrapped").bool() {
		// Of items that are a reference, the schema names the element: OpenAPI
		// ignores what stands beside a reference.
		f.XMLItem = b.resolve(items).get("xml").get("name").str()
		if f.XMLItem == "" {
			b.problems.add(items, ruleType, "the items of the wrapped list %s have no xml name", name)
		}
	}
	f.Brackets = s.get("x-form-items").str() == "unnumbered"
	if f.Type == nil && f.Base != "string" || f.Type != nil && f.Type.Kind != object {
		b.problems.add(items, ruleType, "a list of %s is not known to the codecs", f.Base)
	}
	return f
}

func (b *builder) number(t tree) int {
	n, err := strconv.Atoi(t.str())
	if t.ok() && err != nil {
		b.problems.add(t, ruleType, "%q is not a whole number", t.str())
	}
	return n
}

func (b *builder) scalar(name string, s tree) *field {
	b.closed(s)
	b.limits(s)
	if about := s.get("x-about"); about.ok() {
		b.problems.add(about, ruleDescribed, "x-about of %s stands beside no reference: say it in the description", name)
	}
	f := &field{
		Wire: name, Name: goName(name), About: s.get("description").str(),
		Nullable:  s.get("nullable").bool(),
		Min:       s.get("minimum").str(),
		Max:       s.get("maximum").str(),
		Decimals:  b.number(s.get("x-decimals")),
		MinLength: b.number(s.get("minLength")),
		MaxLength: b.number(s.get("maxLength")),
		Pattern:   s.get("pattern").str(),
		Number:    s.get("x-number").bool(),
		Sensitive: s.get("x-sensitive").str(),
		Zone:      strings.TrimPrefix(s.get("x-zone").get("zone").str(), unknownZone),
		where:     s,
	}
	format := s.get("format").str()
	switch kind := s.get("type").str(); kind {
	case "string":
		f.Base, f.Format = "string", format
		if format == "date-time" || format == "date" {
			f.Base = "wire.Time"
		}
	case "integer":
		f.Base = "int64"
		if format != "int64" {
			b.problems.add(s, ruleMoney, "integer %s must have format int64", name)
		}
	case "number":
		f.Base = "wire.Decimal"
		if format != "decimal" {
			b.problems.add(s, ruleMoney, "number %s must have format decimal: money passes through no float", name)
		}
	case "boolean":
		f.Base = "bool"
	default:
		b.problems.add(s, ruleType, "property %s has type %q", name, kind)
		f.Base = "string"
	}
	if f.Decimals > 0 && f.Base != "wire.Decimal" {
		b.problems.add(s.get("x-decimals"), ruleType, "x-decimals of %s: it is no decimal", name)
	}
	if f.Sensitive != "" {
		f.Number = f.Number || f.Base == "int64" || f.Base == "wire.Decimal"
		f.Base = "wire.Secret"
	}
	return f
}

var sensitiveWord = regexp.MustCompile(`^(pan|cvc|cvc2|cvv|cvv2|pin|otp|token|password|secret)$`)

func (b *builder) checkField(f *field, s tree) {
	where := f.where.or(s)
	if f.About == "" || strings.EqualFold(strings.TrimSuffix(f.About, "."), f.Wire) {
		b.problems.add(where, ruleDescribed, "property %s does not say what it means", f.Wire)
	}
	// Of an object, its own properties are looked at; what kind a token is of is told
	// by its type.
	if f.Sensitive == "" && !strings.HasSuffix(f.Wire, "_type") && f.Base != "bool" && f.Base != "object" && slices.ContainsFunc(words(f.Wire), func(w string) bool {
		return sensitiveWord.MatchString(strings.ToLower(w))
	}) {
		b.problems.add(where, ruleSensitive, "property %s must say x-sensitive", f.Wire)
	}
	if f.Type != nil && f.Type.Kind == intEnum && f.pointer() {
		b.problems.add(where, ruleType, "an optional enum of integers is not known to the codecs")
	}
	if f.Zone != "" && (f.Base != "wire.Time" || !strings.ContainsAny(f.Zone[:1], "+-")) {
		b.problems.add(s.get("x-zone"), ruleNotYet, "x-zone of %s: only offsets of times are generated yet", f.Wire)
	}
	if f.Pattern != "" {
		if _, err := regexp.Compile(f.Pattern); err != nil {
			b.problems.add(where, ruleType, "pattern of %s: %v", f.Wire, err)
		}
	}
	for _, limit := range []string{f.Min, f.Max} {
		if limit != "" && strings.ContainsAny(limit, "eE") {
			b.problems.add(where, ruleMoney, "limit %s of %s: write it without an exponent", limit, f.Wire)
		}
	}
}
