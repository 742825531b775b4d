package freedompay_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// This file holds Validate to the published documents: each limit of each member
// of each request is broken, alone and together with others. What the limits are
// is read here from YAML, and kin-openapi has to agree; nothing of the
// generator's model takes part.
//
// A message is made in two ways, which have to be judged alike: set field by
// field, as a program does, and decoded from JSON, as the command line does.
// What cannot be broken is counted with its reason, and logged; besides, there is
//
//   - type: another one does not compile, and decoding reads what it can (see
//     codec.Report) and refuses the rest
//   - booleans and nullable values, of which every one is documented
//   - exclusive bounds, minItems, maxItems and others, which no document states:
//     wordsOfSchemas ends that silence should one appear

// limited is a place in a message, with what the published document says of it.
type limited struct {
	path      string // "$.positions[1].price"
	name      string
	kind      string // object, array, string, integer, number, boolean, or flag: a boolean that is 1 or 0
	format    string
	low, high string     // the smallest and the largest value that is allowed
	members   []*limited // of an object in documented order, of an array its two items
	schema    node
	enum      node
	required  bool
	nullable  bool
	explicit  bool
	open      bool // of an enum: others have to be expected
	sensitive bool
}

// change is what a case has at a place instead of what is allowed.
type change struct {
	text   string
	absent bool
	null   bool
}

// broken is one way of breaking one limit.
type broken struct {
	at   *limited
	rule string // what is to be broken
	change
	jsonOnly string // why the typed message cannot be that wrong; "" if it can
	fits     bool   // what stands there breaks nothing after all
}

// The words of a schema that say something about values are each known here, so
// that a new kind of limit cannot go untried.
var wordsOfSchemas = []string{
	"type", "properties", "required", "items", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "format", "nullable", // limits
	"$ref", "description", "title", "example", "xml", // no limits
	"x-enum", "x-sensitive", "x-go-name", "x-decimals", "x-supplied-by", "x-number", "x-zone", "x-form-items", "x-documentation",
}

// textsOfPatterns holds texts for each pattern that a request has: of n
// characters where the pattern leaves that open, and one that breaks nothing else.
var textsOfPatterns = map[string]struct {
	fits  func(n int) string
	wrong string
}{
	`^[A-Za-z0-9_-]+$`:   {func(n int) string { return strings.Repeat("a", n) }, "ж-1"},
	`^[a-zA-Z0-9_-]+$`:   {func(n int) string { return strings.Repeat("_", n) }, "a b"},
	`^[a-zA-Z0-9]{128}$`: {func(int) string { return strings.Repeat("s", 128) }, strings.Repeat("s", 127) + "-"},
	`^[A-Z]{3}$`:         {func(int) string { return "KAZ" }, "KZж"},
	`^(M|F)$`:            {func(int) string { return "F" }, "Щ"},
	`^\+\d{10,15}$`:      {func(n int) string { return "+" + strings.Repeat("7", max(10, min(n-1, 15))) }, "Щ77017777777"},
}

// textsOfFormats holds the same for formats. Those without a text say no more than the
// type does.
var textsOfFormats = map[string]struct{ fits, wrong string }{
	"uuid":      {"019d0652-4e2f-7f54-a179-007c80c48ade", "019d06524e2f"},
	"date-time": {"2026-11-21T12:00:00+05:00", "tomorrow"},
	"date":      {"2026-11-21", "2026-02-30"},
	"uri":       {"https://shop.kz/x", "shop.kz/x"},
	"email":     {"payer@shop.kz", "payer.shop.kz"},
	"ipv4":      {"10.20.30.40", "10.20.30.256"},
	"int64":     {},
	"decimal":   {},
}

// limitsOf reads what a published document says of the request of an operation,
// which is its body, or what stands in its path and query.
func limitsOf(t *testing.T, doc node, op catalog.Operation) (root *limited, schemaName string) {
	t.Helper()
	_, id, _ := strings.Cut(op.ID, ".")
	method := doc.get("paths").get(op.Path).get(strings.ToLower(op.Method))
	words := method // of several operations on one path, each has its own
	if variant := method.get("x-operations").get(id); variant.ok() {
		words = variant
	}
	root = &limited{path: "$", kind: "object", required: true}
	if body := method.get("requestBody"); body.ok() {
		schemaName = strings.ToUpper(id[:1]) + id[1:] + "Request"
		ref := "#/components/schemas/" + schemaName
		for _, media := range body.get("content").members() {
			refs := []node{media.get("schema")}
			if anyOf := media.get("schema").get("anyOf"); anyOf.ok() {
				refs = anyOf.items()
			}
			if !slices.ContainsFunc(refs, func(n node) bool { return n.get("$ref").text() == ref }) {
				t.Errorf("%s: its body is not %s", op.ID, schemaName)
			}
		}
		*root = *place(t, doc, "$", "", node{&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Value: "$ref"}, {Value: ref}}}}, nil)
		root.required = true
	} else {
		for _, p := range method.get("parameters").items() {
			if ref := p.get("$ref").text(); ref != "" {
				p = doc.get("components").get("parameters").get(ref[strings.LastIndexByte(ref, '/')+1:])
			}
			if p.get("x-supplied-by").ok() {
				continue
			}
			name := p.get("name").text()
			member := place(t, doc, "$."+name, name, p.get("schema"), nil)
			member.required = p.get("required").text() == "true"
			member.sensitive = member.sensitive || p.get("x-sensitive").ok()
			root.members = append(root.members, member)
		}
	}
	for _, explicit := range words.get("x-explicit").items() {
		i := slices.IndexFunc(root.members, func(m *limited) bool { return m.name == explicit.text() })
		if i < 0 {
			t.Errorf("%s: x-explicit names %s, which it has not", op.ID, explicit.text())
			continue
		}
		root.members[i].explicit = true
	}
	return root, schemaName
}

// place reads a schema, and those below it. above are the schemas that it stands in.
func place(t *testing.T, doc node, path, name string, schema node, above []string) *limited {
	t.Helper()
	l := &limited{path: path, name: name}
	if ref := schema.get("$ref").text(); ref != "" {
		named := ref[strings.LastIndexByte(ref, '/')+1:]
		if slices.Contains(above, named) {
			t.Fatalf("%s: %s holds itself, which this test does not know", path, named)
		}
		above = append(slices.Clone(above), named)
		schema = doc.get("components").get("schemas").get(named)
	}
	for _, word := range schema.members() {
		if !slices.Contains(wordsOfSchemas, word.name) {
			t.Errorf("%s: this test does not know the word %s", path, word.name)
		}
	}
	l.schema, l.enum = schema, schema.get("enum")
	l.kind = schema.get("type").text()
	l.format = schema.get("format").text()
	l.nullable = schema.get("nullable").text() == "true"
	l.sensitive = schema.get("x-sensitive").ok()
	l.open = schema.get("x-enum").get("open").text() == "true"
	number := schema.get("x-number").text() == "true"
	switch {
	case l.kind == "object":
		required := schema.get("required").items()
		for _, p := range schema.get("properties").members() {
			if p.get("x-supplied-by").ok() {
				continue // filled in by the client, after Validate
			}
			member := place(t, doc, path+"."+p.name, p.name, p.node, above)
			member.required = slices.ContainsFunc(required, func(n node) bool { return n.text() == p.name })
			l.members = append(l.members, member)
		}
	case l.kind == "array":
		for i := range 2 {
			l.members = append(l.members, place(t, doc, fmt.Sprintf("%s[%d]", path, i), "", schema.get("items"), above))
			l.members[i].required = true
		}
	case l.kind == "integer" && number && l.enum.ok():
		l.kind = "flag"
		l.low, l.high = "0", "1"
	case l.kind == "boolean":
		l.low, l.high = "false", "true"
	case schema.get("x-zone").ok():
		l.format = "date-time" // which other tools take more strictly than it is meant
		fallthrough
	default:
		l.fill(t)
	}
	return l
}

// letter is what texts are made of: that of sensitive ones nobody else uses.
func (l *limited) letter() string {
	if l.sensitive {
		return "Щ"
	}
	return "ж"
}

// fill finds the smallest and the largest value that is allowed.
func (l *limited) fill(t *testing.T) {
	t.Helper()
	least := max(1, l.length(t, "minLength"))
	most := l.length(t, "maxLength")
	if most == 0 {
		most = least + 80
	}
	format, known := textsOfFormats[l.format]
	if l.format != "" && !known {
		t.Errorf("%s: no texts for the format %s", l.path, l.format)
	}
	pattern, known := textsOfPatterns[l.schema.get("pattern").text()]
	if l.schema.get("pattern").ok() && !known {
		t.Errorf("%s: no texts for the pattern %s", l.path, l.schema.get("pattern").text())
	}
	switch {
	case l.enum.ok():
		values := l.enum.items()
		l.low, l.high = values[0].text(), values[len(values)-1].text()
	case pattern.fits != nil:
		l.low, l.high = pattern.fits(least), pattern.fits(most)
	case l.kind == "integer" || l.kind == "number":
		l.low, l.high = "1", "9876543210"
		if l.sensitive {
			l.high = "4405639704015096"
		}
		if least := l.schema.get("minimum"); least.ok() {
			l.low = least.text()
		}
		if most := l.schema.get("maximum"); most.ok() {
			l.high = most.text()
		}
	case format.fits != "":
		l.low, l.high = format.fits, format.fits
	default:
		l.low, l.high = strings.Repeat(l.letter(), least), strings.Repeat(l.letter(), most)
	}
}

func (l *limited) length(t *testing.T, word string) int {
	t.Helper()
	if !l.schema.get(word).ok() {
		return 0
	}
	n, err := strconv.Atoi(l.schema.get(word).text())
	must(t, err)
	return n
}

// isDecimal reports whether l is a number that is one in Go, too.
func (l *limited) isDecimal() bool { return l.kind == "number" && l.format == "decimal" }

// all calls visit for l and every place below it.
func (l *limited) all(visit func(*limited)) {
	visit(l)
	for _, m := range l.members {
		m.all(visit)
	}
}

// breaks lists the ways of breaking what is demanded of l itself, and those of
// leaving it out that are no break.
func (l *limited) breaks(t *testing.T) (all []broken) {
	t.Helper()
	inList := l.name == ""
	if !inList {
		b := broken{at: l, rule: "left out", change: change{absent: true}}
		switch {
		case l.required:
			b.rule = "required"
			switch {
			case l.nullable:
				b.jsonOnly = "unset, it is sent as null, which is documented"
			case l.sensitive: // a text in Go, whatever it is on the wire
			case l.explicit: // a pointer
			case l.kind == "integer" && l.enum.ok(): // of which none is 0
			case l.kind == "integer", l.kind == "boolean", l.kind == "flag":
				b.jsonOnly = "the zero of its Go type is a value of the wire"
			case l.kind == "object":
				b.jsonOnly = "a required object is no pointer: it is there, and what it lacks is told instead"
			}
		case l.explicit:
			b.rule = wire.RuleExplicit
		default:
			b.fits = true
		}
		all = append(all, b)
		if l.required && l.kind == "string" && !l.nullable {
			all = append(all, broken{at: l, rule: "required", change: change{text: ""}})
		}
		null := broken{at: l, rule: "null", change: change{null: true}, jsonOnly: "null is a form, not a value"}
		null.fits = !l.required || l.nullable
		all = append(all, null)
	}
	with := func(rule, text string) {
		all = append(all, broken{at: l, rule: rule, change: change{text: text}})
	}
	beyond := func(limit string, sign int64) string {
		r, ok := new(big.Rat).SetString(limit)
		if !ok {
			t.Fatalf("%s: limit %s", l.path, limit)
		}
		if l.kind == "integer" {
			return r.Add(r, big.NewRat(sign, 1)).FloatString(0)
		}
		if l.schema.get("x-decimals").ok() {
			return r.Add(r, big.NewRat(sign, 100)).FloatString(2)
		}
		return r.Add(r, big.NewRat(sign, 1000)).FloatString(3)
	}
	if least := l.schema.get("minimum"); least.ok() {
		with("minimum", beyond(least.text(), -1))
	}
	if most := l.schema.get("maximum"); most.ok() {
		with("maximum", beyond(most.text(), +1))
	}
	if l.isDecimal() {
		with("format", l.low+"e0")
		if l.schema.get("x-decimals").ok() {
			whole, _, _ := strings.Cut(l.high, ".")
			with(wire.RuleDecimals, whole+"."+strings.Repeat("0", 1+l.length(t, "x-decimals")))
		}
	}
	if least := l.length(t, "minLength"); least > 1 { // an empty text is a missing one
		with("minLength", strings.Repeat(l.letter(), least-1))
	}
	if most := l.length(t, "maxLength"); most > 0 {
		with("maxLength", strings.Repeat(l.letter(), most+1))
	}
	if pattern := l.schema.get("pattern"); pattern.ok() {
		with("pattern", textsOfPatterns[pattern.text()].wrong)
	}
	if wrong := textsOfFormats[l.format].wrong; wrong != "" {
		if l.sensitive {
			wrong = l.letter() + wrong // other members may have the same
		}
		with("format", wrong)
	}
	if l.enum.ok() && l.kind != "flag" {
		other := broken{at: l, rule: "enum", change: change{text: "undocumented"}, fits: l.open}
		if l.kind == "integer" {
			other.text = "987654"
		}
		all = append(all, other)
		for _, value := range l.enum.items() {
			all = append(all, broken{at: l, rule: "documented value", change: change{text: value.text()}, fits: true})
		}
	}
	return all
}

// message is what is to be judged.
type message struct {
	root    *limited
	high    bool // everything not changed is the largest that is allowed, else the smallest
	changes map[*limited]change
}

func (m message) text(l *limited) string {
	if c, ok := m.changes[l]; ok {
		return c.text
	}
	if m.high {
		return l.high
	}
	return l.low
}

// json writes the message.
func (m message) json(l *limited) string {
	if m.changes[l].null {
		return "null"
	}
	var parts []string
	for _, member := range l.members {
		switch {
		case m.changes[member].absent:
		case l.kind == "object":
			parts = append(parts, strconv.Quote(member.name)+":"+m.json(member))
		default:
			parts = append(parts, m.json(member))
		}
	}
	switch l.kind {
	case "object":
		return "{" + strings.Join(parts, ",") + "}"
	case "array":
		return "[" + strings.Join(parts, ",") + "]"
	case "string":
		quoted, _ := json.Marshal(m.text(l))
		return string(quoted)
	}
	return m.text(l)
}

// put sets the fields of a typed message.
func (m message) put(t *testing.T, l *limited, typed codec.Message) {
	t.Helper()
	fields := typed.WireFields()
	for _, member := range l.members {
		i := slices.IndexFunc(fields.Type.Fields, func(f codec.Field) bool { return f.Name == member.name })
		if i < 0 {
			t.Fatalf("%T has no field for %s", typed, member.path)
		}
		if m.changes[member].absent {
			continue
		}
		text := m.text(member)
		number := func() int64 {
			n, err := strconv.ParseInt(text, 10, 64)
			must(t, err)
			return n
		}
		switch ref := fields.Refs[i].(type) {
		case *string:
			*ref = text
		case *int64:
			*ref = number()
		case **int64:
			n := number()
			*ref = &n
		case *bool:
			*ref = text == "true" || text == "1"
		case **bool:
			b := text == "true" || text == "1"
			*ref = &b
		case *wire.Decimal:
			*ref = wire.MustDecimal(text)
		case *wire.Time:
			*ref = wire.TimeLiteral(text)
		case *wire.Secret:
			*ref = wire.NewSecret(text)
		case *[]string:
			for _, item := range member.members {
				*ref = append(*ref, m.text(item))
			}
		case codec.List:
			for _, item := range member.members {
				m.put(t, item, ref.Append())
			}
		case codec.Pointer:
			m.put(t, member, ref.New())
		case codec.Message:
			m.put(t, member, ref)
		default:
			t.Fatalf("%s: a field of type %T", member.path, ref)
		}
	}
}

// want lists what is wrong with the message at l, in documented order. typed
// tells what was set field by field from what was decoded.
func (m message) want(t *testing.T, l *limited, typed bool) (all wire.Violations) {
	t.Helper()
	add := func(rule, limit, value string) {
		all = append(all, wire.Violation{Path: l.path, Rule: rule, Limit: limit, Value: value})
	}
	c := m.changes[l]
	if typed && c.absent && l.required && !l.nullable && !l.sensitive && !l.explicit {
		switch l.kind { // what stands there when nothing was set
		case "integer":
			if l.enum.ok() && !slices.ContainsFunc(l.enum.items(), func(n node) bool { return n.text() == "0" }) {
				add("required", "", "") // 0 is none of them
				return all
			}
			c = change{text: "0"}
		case "boolean", "flag":
			return nil
		case "object":
			for _, member := range l.members {
				all = append(all, message{root: m.root, changes: map[*limited]change{member: {absent: true}}}.want(t, member, true)...)
			}
			return all
		}
	}
	_, changed := m.changes[l]
	nothing := c.absent || c.null || changed && c.text == "" && len(l.members) == 0
	switch {
	case !nothing:
	case l.required && !(l.nullable && (c.null || typed)):
		add("required", "", "")
		return all
	case l.explicit && c.absent:
		add(wire.RuleExplicit, "", "")
		return all
	default:
		return nil
	}
	if l.kind == "object" || l.kind == "array" {
		for _, member := range l.members {
			all = append(all, m.want(t, member, typed)...)
		}
		return all
	}
	text := m.text(l)
	if c.text != "" {
		text = c.text
	}
	shown := text
	if l.sensitive {
		shown = "***"
	} else if len(text) > 64 {
		shown = ""
		for _, r := range text {
			if len(shown)+utf8.RuneLen(r) > 64-len("…") {
				break
			}
			shown += string(r)
		}
		shown += "…"
	}
	beyond := func(word string, sign int) {
		if limit := l.schema.get(word); limit.ok() {
			a, _ := new(big.Rat).SetString(text)
			b, _ := new(big.Rat).SetString(limit.text())
			if a.Cmp(b) == sign {
				add(word, limit.text(), shown)
			}
		}
	}
	beyond("minimum", -1)
	beyond("maximum", +1)
	characters := utf8.RuneCountInString(text)
	if limit := l.schema.get("minLength"); limit.ok() && characters < l.length(t, "minLength") {
		add("minLength", limit.text(), shown)
	}
	if limit := l.schema.get("maxLength"); limit.ok() && characters > l.length(t, "maxLength") {
		add("maxLength", limit.text(), shown)
	}
	if l.enum.ok() && !l.open && l.kind != "flag" {
		var values []string
		for _, v := range l.enum.items() {
			values = append(values, v.text())
		}
		if !slices.Contains(values, text) {
			add("enum", strings.Join(values, ", "), shown)
		}
	}
	if limit := l.schema.get("pattern"); limit.ok() && !regexp.MustCompile(limit.text()).MatchString(text) {
		add("pattern", limit.text(), shown)
	}
	if _, digits, _ := strings.Cut(text, "."); l.isDecimal() && strings.Contains(text, "e") {
		add("format", "decimal", shown)
	} else if most := l.schema.get("x-decimals"); most.ok() && len(digits) > l.length(t, "x-decimals") {
		add(wire.RuleDecimals, most.text(), shown)
	}
	// Whatever is not made to fit the format does not fit it.
	if format := textsOfFormats[l.format]; format.fits != "" && text != format.fits {
		add("format", l.format, shown)
	}
	return all
}

// Every limit that a published document states for a request is kept, and told
// as what and where it is.
func TestValidateTellsEveryDocumentedLimit(t *testing.T) {
	for _, api := range slices.Sorted(maps.Keys(apis)) {
		t.Run(api, func(t *testing.T) {
			var file yaml.Node
			must(t, yaml.Unmarshal(read(t, "gen/"+api+"/openapi.yaml"), &file))
			doc, other := node{file.Content[0]}, published(t, api)
			tried, reasons, requests, most := map[string]int{}, map[string]int{}, 0, 0
			for _, op := range slices.Concat(catalog.All(), catalog.Inbound()) {
				if op.API != api || op.NewRequest() == nil {
					continue
				}
				requests++
				root, schemaName := limitsOf(t, doc, op)
				j := judge{t: t, op: op, root: root}
				if schemaName != "" {
					j.other = other.Components.Schemas[schemaName].Value
				}
				j.tryAlone(tried, reasons)
				most = max(most, j.tryTogether())
			}
			total := 0
			for _, n := range tried {
				total += n
			}
			t.Logf("%d limits of %d requests: %v; at most %d at once; not with typed values: %v", total, requests, tried, most, reasons)
			if total == 0 {
				t.Error("no limit was tried")
			}
		})
	}
}

// judge tries the request of one operation.
type judge struct {
	t     *testing.T
	op    catalog.Operation
	root  *limited
	other *openapi3.Schema // kin-openapi's reading of the body; nil where there is none
}

// tryAlone breaks each limit by itself. The smallest and the largest allowed
// values stand around it.
func (j judge) tryAlone(tried, reasons map[string]int) {
	j.t.Helper()
	for _, high := range []bool{false, true} {
		j.try(message{root: j.root, high: high}, false)
	}
	j.root.all(func(l *limited) {
		rules := map[string]bool{}
		for i, b := range l.breaks(j.t) {
			m := message{root: j.root, high: i%2 == 1, changes: map[*limited]change{l: b.change}}
			found := m.want(j.t, j.root, false)
			if !b.fits && b.rule != "null" && !slices.ContainsFunc(found, func(v wire.Violation) bool { return v.Path == l.path && v.Rule == b.rule }) {
				j.t.Errorf("%s: %s of %s is not broken by %+v: %v", j.op.ID, b.rule, l.path, b.change, found)
			}
			if b.fits && len(found) > 0 {
				j.t.Errorf("%s: %s of %s does not fit: %v", j.op.ID, b.rule, l.path, found)
			}
			j.try(m, b.jsonOnly != "" && !b.absent)
			if b.fits || b.rule == "null" || rules[b.rule] {
				continue // no break, or another way to one that is counted
			}
			rules[b.rule] = true
			tried[b.rule]++
			if b.jsonOnly != "" {
				reasons[b.rule+": "+b.jsonOnly]++
			}
		}
		if l.length(j.t, "minLength") == 1 {
			reasons["minLength 1: an empty text is one that is not there"]++
		}
	})
}

// tryTogether breaks a limit of every member at once, in as many messages as it
// takes to have each of them, and returns how many limits one message broke.
func (j judge) tryTogether() (most int) {
	j.t.Helper()
	for round, more := 0, true; more; round++ {
		more = false
		for _, typed := range []bool{true, false} {
			changes := map[*limited]change{}
			j.root.all(func(l *limited) {
				if len(l.members) > 0 {
					return // without it nothing below it could be wrong
				}
				all := slices.DeleteFunc(l.breaks(j.t), func(b broken) bool { return b.fits || typed && b.jsonOnly != "" })
				if len(all) > 0 {
					changes[l] = all[round%len(all)].change
					more = more || round < len(all)-1
				}
			})
			m := message{root: j.root, changes: changes}
			most = max(most, len(m.want(j.t, j.root, false)))
			if typed {
				j.tryTyped(m)
			} else {
				j.tryJSON(m)
			}
		}
	}
	return most
}

func (j judge) try(m message, jsonOnly bool) {
	j.t.Helper()
	j.tryJSON(m)
	if !jsonOnly {
		j.tryTyped(m)
	}
}

func (j judge) tryTyped(m message) {
	j.t.Helper()
	typed := j.op.NewRequest()
	m.put(j.t, j.root, typed)
	j.hold("typed", m, typed, m.want(j.t, j.root, true))
}

func (j judge) tryJSON(m message) {
	j.t.Helper()
	text := m.json(j.root)
	decoded, err := j.op.Decode([]byte(text))
	must(j.t, err)
	want := m.want(j.t, j.root, false)
	j.hold("decoded", m, decoded, want)
	if j.other == nil {
		return
	}
	for _, c := range m.changes {
		if c.null || c.text == "" && !c.absent {
			return // which by OpenAPI alone is no missing value
		}
	}
	// What is ours alone, OpenAPI's words do not say.
	var ours, theirs []string
	for _, v := range want {
		if v.Rule != "format" && v.Rule != wire.RuleExplicit && v.Rule != wire.RuleDecimals {
			ours = append(ours, v.Path+" "+v.Rule)
		}
	}
	var value any
	must(j.t, json.Unmarshal([]byte(text), &value))
	for _, e := range flat(j.other.VisitJSON(value, openapi3.MultiErrors())) {
		at := "$"
		for _, step := range e.JSONPointer() {
			if _, err := strconv.Atoi(step); err == nil {
				at += "[" + step + "]"
			} else {
				at += "." + step
			}
		}
		ignored := e.SchemaField == "format"
		j.root.all(func(l *limited) { ignored = ignored || l.path == at && l.open && e.SchemaField == "enum" })
		known := false // what is supplied has no place here
		j.root.all(func(l *limited) { known = known || l.path == at })
		if known && !ignored {
			theirs = append(theirs, at+" "+e.SchemaField)
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		j.t.Errorf("%s: this test finds\n%q\nkin-openapi finds\n%q\nin %s", j.op.ID, ours, theirs, text)
	}
}

// flat returns the errors that kin-openapi put into one.
func flat(err error) (all []*openapi3.SchemaError) {
	if many := (openapi3.MultiError)(nil); errors.As(err, &many) {
		for _, err := range many {
			all = append(all, flat(err)...)
		}
		return all
	}
	if one := (*openapi3.SchemaError)(nil); errors.As(err, &one) {
		all = append(all, one)
	}
	return all
}

// hold compares what Validate tells with what is wrong.
func (j judge) hold(how string, m message, typed codec.Message, want wire.Violations) {
	j.t.Helper()
	err := typed.(interface{ Validate() error }).Validate()
	got := wire.Violations(nil)
	if err != nil && !errors.As(err, &got) {
		j.t.Errorf("%s: an error of type %T", j.op.ID, err)
	}
	if !slices.Equal(got, want) {
		j.t.Errorf("%s, %s: got\n%v\nwant\n%v\nfor %s", j.op.ID, how, got, want, m.json(j.root))
	}
	if err == nil {
		return
	}
	texts := inFull(err) + wire.NewError(wire.ErrInvalidRequest, j.op.ID, err).Error()
	j.root.all(func(l *limited) {
		if text := m.text(l); l.sensitive && (strings.ContainsRune(text, 'Щ') || len(text) > 3) && strings.Contains(texts, text) {
			j.t.Errorf("%s: %s shows %q: %v", j.op.ID, l.path, text, err)
		}
	})
	if strings.ContainsRune(texts, 'Щ') {
		j.t.Errorf("%s shows a part of something sensitive: %v", j.op.ID, err)
	}
}
