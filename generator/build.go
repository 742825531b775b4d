package main

import (
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The rules of the house, beyond what OpenAPI itself demands. Each is the
// second part of a problem's text and has a test of its own.
const (
	ruleReference   = "reference"    // local, and pointing somewhere
	ruleOperationID = "operation-id" // ASCII, lower camel case, once in an API
	ruleDocumented  = "documented"   // x-documentation, with source, evidence and security
	ruleEffect      = "effect"       // x-effect, read or write
	ruleSecurity    = "security"     // exactly one scheme that the SDK knows
	ruleResponse    = "response"     // exactly one, 200, with JSON or XML
	ruleNamed       = "named"        // objects and enums have names; bodies are called after their operation
	ruleDescribed   = "described"    // every schema and property says what it means
	ruleUnion       = "union"        // no oneOf, anyOf, allOf, not
	ruleOpen        = "open"         // no additionalProperties, no default
	ruleMoney       = "money"        // numbers are decimals, integers are 64 bits wide
	ruleSensitive   = "sensitive"    // names that hold secrets are marked so
	ruleEnum        = "enum"         // every value has a name and a meaning
	ruleName        = "go-name"      // names that do not collide in Go
	ruleType        = "type"         // types that the codecs know
	ruleRequired    = "required"     // names properties that exist
	ruleErrors      = "errors"       // a code with a kind has a meaning in errors.yaml
	ruleRepeat      = "repeat"       // x-repeat names what the request has
	ruleLimit       = "limit"        // limits are those that Validate keeps
	ruleResolve     = "resolve"      // x-resolve-with names an operation
	ruleExtension   = "extension"    // x- words are the documented ones, in their form
	ruleOpenAPI     = "openapi"      // what OpenAPI 3.0.3 itself demands
	ruleExample     = "example"      // examples fit; documented ones deviate exactly as listed
	ruleNotYet      = "not-yet"      // words that are defined and that nothing generates yet
	ruleSelect      = "select"       // operations that share a path can be told apart
	ruleSupplied    = "supplied"     // what credentials, signer and operation fill in
	ruleExplicit    = "explicit"     // names members of the request that may be left out
	ruleServer      = "server"       // an operation's own servers are in place of those of its API
	ruleDirection   = "direction"    // what the merchant serves, and what only that may be
)

// schemes are the security schemes that the SDK can compute.
var schemes = map[string]string{
	"jwsHS256":        "wire.JWSHS256",
	"jwsHS512":        "wire.JWSHS512",
	"jwsMerchant2025": "wire.JWSMerchant2025",
	"pgSigPayment":    "wire.PgSigPayment",
	"pgSigPayout":     "wire.PgSigPayout",
	"basic":           "wire.Basic",
	"bearer":          "wire.Bearer",
	unsigned:          "wire.Unsigned",
}

// unknownZone says that a time is printed without a zone and that no page says
// which one is meant.
const unknownZone = "unknown"

// unsigned is the scheme of an operation whose security is an empty list.
const unsigned = "unsigned"

// medias are the media types that the codecs know.
var medias = map[string]string{
	"application/json":                  "wire.JSON",
	"application/xml":                   "wire.XML",
	"multipart/form-data":               "wire.Multipart",
	"application/x-www-form-urlencoded": "wire.URLEncoded",
}

// builder makes the model of one API and collects what is wrong with it.
type builder struct {
	files    *files
	api      *api
	byName   map[string]*typ
	problems problems
}

// apiNames lists the folders of fsys that hold an API.
func apiNames(fsys fs.FS) ([]string, error) {
	found, err := fs.Glob(fsys, "*/openapi.yaml")
	for i, f := range found {
		found[i] = strings.TrimSuffix(f, "/openapi.yaml")
	}
	slices.Sort(found)
	return found, err
}

// build reads the API called name.
func build(fsys fs.FS, name string) (*api, *files, problems, error) {
	b := &builder{files: newFiles(fsys), byName: map[string]*typ{}}
	root, err := b.files.open(name + "/openapi.yaml")
	if err != nil {
		return nil, nil, nil, err
	}
	b.api = &api{
		Name: name, source: root,
		Title:   root.get("info").get("title").str(),
		About:   root.get("info").get("description").str(),
		Inbound: root.get("x-direction").str() == "inbound",
	}
	seen := map[string]bool{}
	for _, p := range root.get("paths").members() {
		item := b.resolve(p.value)
		for _, m := range item.members() {
			method := strings.ToUpper(m.key)
			if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
				continue
			}
			op := b.operation(p.key, method, m.value)
			if seen[op.ID] {
				b.problems.add(m.value.get("operationId"), ruleOperationID, "%q is used twice", op.ID)
			}
			seen[op.ID] = true
			b.api.Operations = append(b.api.Operations, op)
		}
	}
	for _, op := range b.api.Operations {
		b.resolving(op, op.where.get("x-resolve-with"))
	}
	b.checkSelections()
	b.checkNames()
	b.inGo()
	return b.api, b.files, b.problems, nil
}

// resolve follows a reference; a broken one is a problem and gives the place
// itself, so that the rest of the spec is still looked at.
func (b *builder) resolve(t tree) tree {
	r, _, err := b.files.resolve(t)
	if err != nil {
		b.problems.add(t.get("$ref"), ruleReference, "%v", err)
		return tree{file: t.file}
	}
	return r.target
}

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

// or gives a place for a message when the wanted member is missing.
func (t tree) or(other tree) tree {
	if t.ok() {
		return t
	}
	return other
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
// Where the answer's own example has no such member, a success has none.
func (b *builder) otherValues(op *operation, t tree) {
	if op.Failure == nil || op.Answer == nil {
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

// nameWords are the words of a text that can be names: of an operation, of a member, or
// of a member of a member, as in error.code; or in quotes, what is meant literally.
var nameWords = regexp.MustCompile(`"[^"]*"|[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*`)

// inGo rewrites the texts that become doc comments: operations and members are
// called there as they are in Go. What could be a word of English stays, and so does
// all that is said of the documentation, which has them as they are on the wire.
func (b *builder) inGo() {
	operations, members := map[string]string{}, map[string]string{}
	for _, op := range b.api.Operations {
		operations[op.ID] = op.Name
	}
	for _, t := range b.api.Types {
		for _, f := range t.Fields {
			if f.Given() {
				members[f.Wire] = f.Name
			}
		}
	}
	rewrite := func(text *string) {
		*text = nameWords.ReplaceAllStringFunc(*text, func(w string) string {
			parts := strings.Split(w, ".")
			if len(parts) == 1 && w == strings.ToLower(w) && !strings.Contains(w, "_") {
				return w
			}
			if name := operations[w]; name != "" {
				return name
			}
			for i, part := range parts {
				parts[i] = members[part]
			}
			if slices.Contains(parts, "") {
				return w
			}
			return strings.Join(parts, ".")
		})
	}
	rewrite(&b.api.About)
	for _, op := range b.api.Operations {
		rewrite(&op.About)
		if op.Repeat != nil {
			rewrite(&op.Repeat.About)
		}
		if b.api.Inbound && op.Request != nil {
			op.Request.Notes = inboundDoc(op) // there is no call that could say it
		}
	}
	for _, t := range b.api.Types {
		rewrite(&t.About)
		for _, f := range t.Fields {
			rewrite(&f.About)
		}
		for i := range t.Values {
			rewrite(&t.Values[i].About)
		}
	}
}

// checkNames finds Go names that collide.
func (b *builder) checkNames() {
	owner := map[string]string{}
	claim := func(name, what string, t tree) {
		if other, taken := owner[name]; taken {
			b.problems.add(t, ruleName, "%s would be declared twice: %s and %s", name, other, what)
		}
		owner[name] = what
	}
	for _, reserved := range []string{"API", "Client", "New", "Operations"} {
		owner[reserved] = "the client itself"
	}
	for _, t := range b.api.Types {
		claim(t.Name, "schema "+t.Name, t.where)
		for _, v := range t.Values {
			claim(v.Name, "value "+v.Value+" of "+t.Name, t.where)
		}
		fields := map[string]string{}
		for _, method := range []string{
			"Extra", "LogValue", "MarshalJSON", "MarshalXML", "String",
			"UnmarshalJSON", "UnmarshalXML", "Validate", "WireFields",
		} {
			fields[method] = "the method of that name"
		}
		for _, f := range t.Fields {
			if other, taken := fields[f.Name]; taken {
				b.problems.add(f.where, ruleName, "%s.%s would be declared twice: %s and property %s", t.Name, f.Name, other, f.Wire)
			}
			fields[f.Name] = "property " + f.Wire
		}
	}
}
