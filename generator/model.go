package main

import (
	"slices"
	"strings"
)

// What follows describes an API as the templates see it. Everything in it
// comes from the spec; nothing in it refers to YAML.

// api is one folder below spec/.
type api struct {
	Name       string // partner
	Title      string
	About      string
	Types      []*typ // in the order in which the operations reach them
	Operations []*operation
	Inbound    bool // the merchant serves it: there are no calls, only messages
	source     tree // openapi.yaml
}

// kind says what sort of Go type a spec type becomes.
type kind int

const (
	object kind = iota
	stringEnum
	intEnum
)

// typ is a named Go type.
type typ struct {
	Name   string
	About  string
	Notes  string // of a request that comes in: what is known of its operation
	Kind   kind
	Fields []*field
	Values []enumValue
	Open   bool   // an enum whose documented list may not be complete
	Root   string // root element of an XML answer
	where  tree
}

// IsObject and IsInt are for the templates.
func (t *typ) IsObject() bool { return t.Kind == object }

// IsInt reports whether the enum's values are integers.
func (t *typ) IsInt() bool { return t.Kind == intEnum }

// enumValue is one documented value.
type enumValue struct {
	Name, Value, About string
}

// field is a member of an object.
type field struct {
	Wire      string // name on the wire
	Name      string // Go name
	About     string
	Type      *typ   // of an object, a list of objects or an enum
	Base      string // string, int64, bool, wire.Decimal, wire.Time, wire.Secret, object
	List      bool
	Required  bool
	Nullable  bool
	Number    bool
	Sensitive string // secret, card, personal or ""
	Enum      []string
	Open      bool
	Min, Max  string
	Decimals  int
	MinLength int
	MaxLength int
	MinItems  int
	MaxItems  int
	Pattern   string
	Format    string
	XMLItem   string
	Zone      string // of a time that is printed without one
	Supplied  string // credentials or signer: no part of the typed message
	Explicit  bool   // the client demands it, although it may be left out
	Told      bool   // a required bool or number that has to be set, although its zero value is one
	Brackets  bool   // of a list in a form: its items have empty brackets
	where     tree
}

// Given reports whether the field is one of the typed message, which whoever
// uses it fills in and reads.
func (f *field) Given() bool { return f.Supplied == "" }

// pointer reports whether the Go field is a pointer: where the zero value of
// the Go type is a value of the wire, or a whole object may be missing.
func (f *field) pointer() bool {
	if f.List {
		return false
	}
	switch f.Base {
	case "object":
		return !f.Required || f.Nullable
	case "int64", "bool":
		return !f.Required || f.Nullable || f.Told
	}
	return false
}

// GoType returns the type of the Go field.
func (f *field) GoType() string {
	t := f.Base
	if f.Type != nil {
		t = f.Type.Name
	}
	switch {
	case f.List:
		return "[]" + t
	case f.pointer():
		return "*" + t
	}
	return t
}

// Ref returns the expression that gives the codec access to the field of v.
func (f *field) Ref() string {
	place := "&v." + f.Name
	if !f.Given() {
		place = "&v." + lowerFirst(f.Name)
	}
	switch {
	case f.Base == "object" && f.List:
		return "codec.Repeated(" + place + ")"
	case f.Base == "object" && f.pointer():
		return "codec.Optional(" + place + ")"
	case f.Type != nil && f.Base != "object":
		return "(*" + f.Base + ")(" + place + ")"
	}
	return place
}

// operation is one documented call.
type operation struct {
	ID        string // invoicesInfo
	Name      string // InvoicesInfo
	API       string
	Method    string // POST
	Path      string // as on the wire
	Variant   string // of several operations on one path
	Select    choice
	Action    string // the header field that the operation supplies, with the value of Select
	Aliases   []string
	Script    string // of pg_sig, where the path does not give it
	Covers    []string
	Summary   string
	About     string
	Security  string
	Elsewhere []elsewhere
	Requests  []string // media types, the default first
	Answers   []string
	Root      string
	Query     bool     // the members of the request are in the path or the query
	InPath    []string // those in the path
	InQuery   bool     // there are some in the query
	Request   *typ
	Answer    *typ
	Effect    string
	Failure   *failure
	Repeat    *repeat
	Resolve   *operation // tells the fate of this one
	ResolveBy []string   // the members of its request that this one's has too
	Sources   []string
	Modified  string
	Evidence  string
	SecuredBy string // evidence of the security
	Gaps      []string
	Conflicts []conflict
	where     tree
}

// resolving is an operation that tells what became of others.
type resolving struct {
	*operation
	Of []*operation
}

// Resolving returns the operations that tell what became of others.
func (a *api) Resolving() (all []resolving) {
	for _, asked := range a.Operations {
		r := resolving{operation: asked}
		for _, op := range a.Operations {
			if op.Resolve == asked {
				r.Of = append(r.Of, op)
			}
		}
		if len(r.Of) > 0 {
			all = append(all, r)
		}
	}
	return all
}

// elsewhere is where an operation is called in place of a server of its API.
type elsewhere struct{ In, At string }

// repeat is the x-repeat of an operation.
type repeat struct {
	Key      string
	InHeader bool
	Signed   bool
	Answer   string
	Inferred bool
	About    string
}

// choice is the x-select of an operation.
type choice struct {
	Header, Value   string
	Present, Absent []string
	SameAs          string
}

// Seen reports whether a server ever sees the operation.
func (o *operation) Seen() bool { return o.Select.SameAs == "" }

// QueryFields returns the fields of the request that stand in the query.
func (o *operation) QueryFields() (fields []*field) {
	if o.InQuery {
		for _, f := range o.Request.Fields {
			if !slices.Contains(o.InPath, f.Wire) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// MayLeaveOut reports whether a member in the query may be left out.
func (o *operation) MayLeaveOut() bool {
	return slices.ContainsFunc(o.QueryFields(), func(f *field) bool { return !f.Required })
}

// PathFields returns the fields of the request that stand in the path.
func (o *operation) PathFields() (fields []*field) {
	for _, name := range o.InPath {
		fields = append(fields, o.requestField(name))
	}
	return fields
}

// Identity returns the field of the request that the credentials fill in.
func (o *operation) Identity() *field {
	if o.Request != nil {
		for _, f := range o.Request.Fields {
			if f.Supplied == "credentials" {
				return f
			}
		}
	}
	return nil
}

// ShownUnsigned reports whether the page shows the answer without the signature
// that answers to requests with pg_sig have.
func (o *operation) ShownUnsigned() bool {
	if !strings.HasPrefix(o.Security, "pgSig") || o.Answer == nil {
		return false
	}
	return !slices.ContainsFunc(o.Answer.Fields, func(f *field) bool { return f.Supplied == "signer" })
}

// HasMedia reports whether the request may be sent as media.
func (o *operation) HasMedia(media string) bool {
	for _, m := range o.Requests {
		if m == media {
			return true
		}
	}
	return false
}

// failure is the x-error of an operation.
type failure struct {
	Member     string
	Values     []string
	Any        bool     // any value means failure
	Except     []string // but these
	Unless     string   // or with this member
	Others     []string // the other documented values
	Always     bool     // the member is in every answer
	Code, Text string
	Details    string // the member with what is wrong with members of the request
	Kinds      []kindOfCode
}

type kindOfCode struct{ Code, Kind string }

// conflict is a contradiction of the documentation, and the side that was taken.
type conflict struct{ About, Taken string }
