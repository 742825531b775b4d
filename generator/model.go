package main

// What follows describes an API as the templates see it. Everything in it
// comes from the spec; nothing in it refers to YAML.

// api is one folder below spec/.
type api struct {
	Name       string // partner
	Title      string
	About      string
	Types      []*typ // in the order in which the operations reach them
	Operations []*operation
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
	MinLength int
	MaxLength int
	MinItems  int
	MaxItems  int
	Pattern   string
	Format    string
	XMLItem   string
	where     tree
}

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
		return !f.Required || f.Nullable
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
	Summary   string
	About     string
	Security  string
	Requests  []string // media types, the default first
	Answers   []string
	Root      string
	Query     bool
	Request   *typ
	Answer    *typ
	Effect    string
	Failure   *failure
	Repeat    string // what is known of a repeat, in words
	Sources   []string
	Modified  string
	Evidence  string
	SecuredBy string // evidence of the security
	Gaps      []string
	Conflicts []conflict
	where     tree
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
	Code, Text string
	Kinds      []kindOfCode
}

type kindOfCode struct{ Code, Kind string }

// conflict is a contradiction of the documentation, and the side that was taken.
type conflict struct{ About, Taken string }
