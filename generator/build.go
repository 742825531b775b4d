package main

import (
	"io/fs"
	"slices"
	"strings"
)

// The rules of the house, beyond what OpenAPI itself demands. Each is the
// second part of a problem's text and has a test of its own.
const (
	ruleSyntax      = "syntax"       // YAML, no key twice
	ruleReference   = "reference"    // local, pointing somewhere, and to everything
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
	if broken, err := checkSyntax(b.files, name); err != nil || len(broken) > 0 {
		return nil, nil, broken, err
	}
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
	checkUsed(b.files, name, &b.problems)
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

// or gives a place for a message when the wanted member is missing.
func (t tree) or(other tree) tree {
	if t.ok() {
		return t
	}
	return other
}
