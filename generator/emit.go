package main

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
)

//go:embed templates/*.tmpl
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"comment":       comment,
	"quote":         strconv.Quote,
	"quotes":        quotes,
	"lower":         lowerFirst,
	"fieldDoc":      fieldDoc,
	"opDoc":         opDoc,
	"resolutionDoc": resolutionDoc,
	"scheme":        func(s string) string { return schemes[s] },
	"media":         func(s string) string { return medias[s] },
	"fieldTable":    fieldTable,
	"kind":          goKind,
	"module":        func() string { return modulePath },
	"patterns":      patterns,
	"entry":         entry,
}).ParseFS(templateFiles, "templates/*.tmpl"))

// output is one generated file, its path below gen/.
type output struct {
	path string
	data []byte
}

// generate makes all files of an API.
func generate(a *api, doc *yaml.Node) ([]output, error) {
	var all []output
	files := []struct{ template, file string }{
		{"types.go.tmpl", "types.gen.go"},
		{"codec.go.tmpl", "codec.gen.go"},
		{"operations.go.tmpl", "operations.gen.go"},
	}
	if a.Inbound {
		files = append(files, struct{ template, file string }{"inbound.go.tmpl", "inbound.gen.go"})
	} else {
		files = append(files, []struct{ template, file string }{
			{"client.go.tmpl", "client.gen.go"},
			{"aliases.go.tmpl", "raw/aliases.gen.go"},
			{"aliases.go.tmpl", "server/aliases.gen.go"},
			{"service.go.tmpl", "server/service.gen.go"},
		}...)
	}
	if !a.Inbound && len(a.Resolving()) > 0 {
		files = append(files, struct{ template, file string }{"resolve.go.tmpl", "resolve.gen.go"})
	}
	for _, t := range files {
		var buf bytes.Buffer
		pkg, _, _ := strings.Cut(t.file, "/")
		data := struct {
			*api
			Package string
		}{a, pkg}
		if err := templates.ExecuteTemplate(&buf, t.template, data); err != nil {
			return nil, err
		}
		code, err := tidy(buf.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w\n%s", t.template, a.Name, err, buf.Bytes())
		}
		all = append(all, output{a.Name + "/" + t.file, code})
	}
	for _, p := range upstreamPackages(a) {
		code, err := upstream(a, doc, p.pkg, p.opts)
		if err != nil {
			return nil, err
		}
		all = append(all, output{a.Name + "/" + p.pkg + "/" + p.pkg + ".gen.go", code})
	}
	published, err := encode(joined(doc))
	if err != nil {
		return nil, err
	}
	const note = "# Generated from spec/ by `make generate`: one file that stands for itself, for other tools. Do not edit.\n"
	return append(all, output{a.Name + "/openapi.yaml", append([]byte(note), published...)}), nil
}

// generateCatalog makes the file that lists the operations of all APIs.
func generateCatalog(apis []*api) (output, error) {
	var buf bytes.Buffer
	if err := templates.ExecuteTemplate(&buf, "catalog.go.tmpl", struct{ APIs []*api }{apis}); err != nil {
		return output{}, err
	}
	code, err := tidy(buf.Bytes())
	if err != nil {
		return output{}, fmt.Errorf("catalog.go.tmpl: %w\n%s", err, buf.Bytes())
	}
	return output{"catalog/catalog.gen.go", code}, nil
}

// catalogEntry is an operation in the catalog, by its place in its package.
type catalogEntry struct {
	API       *api
	Index     int
	Operation *operation
}

func entry(a *api, i int) catalogEntry { return catalogEntry{a, i, a.Operations[i]} }

// comment formats text as a Go comment of at most 77 columns.
func comment(indent, text string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		paragraph = strings.TrimRight(paragraph, " ")
		if strings.HasPrefix(paragraph, "  ") || paragraph == "" { // a list item or a blank line
			b.WriteString(strings.TrimRight(indent+"//"+paragraph, " "))
			continue
		}
		line := indent + "//"
		for _, word := range strings.Fields(paragraph) {
			if len(line)+1+len(word) > 77 && len(line) > len(indent)+2 {
				b.WriteString(line + "\n")
				line = indent + "//"
			}
			line += " " + word
		}
		b.WriteString(line)
	}
	return b.String()
}

func quotes(ss []string) string {
	qs := make([]string, len(ss))
	for i, s := range ss {
		qs[i] = strconv.Quote(s)
	}
	return strings.Join(qs, ", ")
}

// fieldDoc is the doc comment of a field: what it means, then its limits.
func fieldDoc(f *field) string {
	text := strings.TrimSpace(f.About)
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	var say []string
	if f.Required {
		say = append(say, "Required")
	}
	if f.Explicit {
		say = append(say, "Required here, although the API lets one leave it out")
	}
	if f.Nullable {
		say = append(say, "May be null")
	}
	switch {
	case f.Min != "" && f.Max != "":
		say = append(say, "From "+f.Min+" to "+f.Max)
	case f.Min != "":
		say = append(say, "At least "+f.Min)
	case f.Max != "":
		say = append(say, "At most "+f.Max)
	}
	switch {
	case f.Decimals == 1:
		say = append(say, "At most one decimal")
	case f.Decimals > 1:
		say = append(say, fmt.Sprintf("At most %d decimals", f.Decimals))
	}
	say = append(say, lengths(f)...)
	if f.Pattern != "" {
		say = append(say, "Matches "+f.Pattern)
	}
	if f.MinItems == 1 {
		say = append(say, "At least one item")
	} else if f.MinItems > 1 {
		say = append(say, fmt.Sprintf("At least %d items", f.MinItems))
	}
	if f.MaxItems > 0 {
		say = append(say, fmt.Sprintf("At most %d items", f.MaxItems))
	}
	switch f.Format {
	case "uuid":
		say = append(say, "A UUID")
	case "uri":
		say = append(say, "A URL")
	case "ipv4":
		say = append(say, "An IPv4 address")
	case "email":
		if !strings.Contains(text, "-mail address") {
			say = append(say, "An e-mail address")
		}
	}
	if f.Zone != "" {
		say = append(say, "A time without a zone is read as "+f.Zone)
	}
	if f.Sensitive != "" {
		say = append(say, "Masked when printed ("+f.Sensitive+")")
	}
	for _, s := range say {
		text += " " + s + "."
	}
	return text
}

// lengths says how long the text of a field may be.
func lengths(f *field) (say []string) {
	switch {
	case f.MinLength == 1 && f.MaxLength == 1:
		return []string{"One character"}
	case f.MinLength > 1 && f.MinLength == f.MaxLength:
		return []string{fmt.Sprintf("Exactly %d characters", f.MinLength)}
	case f.MinLength > 1 && f.MaxLength > 0:
		return []string{fmt.Sprintf("From %d to %d characters", f.MinLength, f.MaxLength)}
	case f.MinLength == 1:
		say = append(say, "Not empty")
	case f.MinLength > 1:
		say = append(say, fmt.Sprintf("At least %d characters", f.MinLength))
	}
	if f.MaxLength > 0 {
		say = append(say, fmt.Sprintf("At most %d characters", f.MaxLength))
	}
	return say
}

// opDoc is the doc comment of a call.
func opDoc(o *operation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n%s\n\n%s %s, ", o.Name, strings.TrimSuffix(o.Summary, ".")+".", o.About, o.Method, o.Path)
	if o.Action != "" {
		b.WriteString("with the header field " + o.Select.Header + ": " + o.Select.Value + ", ")
	}
	b.WriteString(schemeText(o) + ".")
	for _, e := range o.Elsewhere {
		b.WriteString(" A client of " + e.In + " calls it at " + e.At + ", as its page has it.")
	}
	if len(o.Requests) > 1 {
		b.WriteString(" The body is sent as " + o.Requests[0] + ";")
		for _, m := range o.Requests[1:] {
			b.WriteString(map[string]string{
				"application/json":                  " wire.WithJSONBody sends JSON.",
				"application/x-www-form-urlencoded": " wire.WithURLEncodedBody sends the other form.",
			}[m])
		}
	}
	if o.ShownUnsigned() {
		b.WriteString(" Its page shows the answer without a signature; one is demanded all the same, unless wire.WithUnsignedAnswer is given.")
	}
	if len(o.Aliases) > 0 {
		b.WriteString(" Other paths that have been documented, for wire.WithPath: " + strings.Join(o.Aliases, ", ") + ".")
	}
	if o.Effect == "write" {
		b.WriteString(" It changes something: when its fate is unknown, the error says so (wire.ErrUnknownOutcome)")
		if o.Resolve != nil {
			b.WriteString(", and [Resolve] asks " + o.Resolve.Name + " for it")
		}
		b.WriteString(".")
	}
	writeNotes(&b, o)
	return b.String()
}

// resolutionDoc says of which operations r tells.
func resolutionDoc(r resolving) string {
	names := make([]string, len(r.Of))
	for i, op := range r.Of {
		names[i] = op.Name
	}
	return r.Name + " tells what became of " + strings.Join(names, ", ") + "."
}

// inboundDoc is what is known of an operation that the merchant serves.
func inboundDoc(o *operation) string {
	var b strings.Builder
	b.WriteString(o.About + "\n\n")
	if o.SecuredBy == "unknown" {
		b.WriteString("How it is authenticated is not documented.")
	} else {
		text := schemeText(o)
		b.WriteString("It is " + text + ".")
	}
	writeNotes(&b, o)
	return b.String()
}

// writeNotes writes what every operation's comment ends with.
func writeNotes(b *strings.Builder, o *operation) {
	if o.Repeat != nil {
		b.WriteString("\n\nRepeats: " + o.Repeat.About)
	}
	fmt.Fprintf(b, "\n\nEvidence: %s", o.Evidence)
	if o.Modified != "" {
		b.WriteString(", page of " + o.Modified)
	}
	b.WriteString(".")
	for _, s := range o.Sources {
		b.WriteString("\n  - " + s)
	}
	if len(o.Gaps) > 0 {
		b.WriteString("\n\nNot known:")
		for _, g := range o.Gaps {
			b.WriteString("\n" + item(g))
		}
	}
	if len(o.Conflicts) > 0 {
		b.WriteString("\n\nWhere the documentation contradicts itself:")
		for _, c := range o.Conflicts {
			b.WriteString("\n" + item(c.About+" Taken: "+c.Taken))
		}
	}
}

// item lays out a list item of a doc comment, indented as gofmt has it.
func item(text string) string {
	var b strings.Builder
	line := "  -"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 74 && strings.TrimSpace(line) != "-" && strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
			line = "   "
		}
		line += " " + word
	}
	b.WriteString(line)
	return b.String()
}

func schemeText(o *operation) string {
	text := map[string]string{
		"jwsHS256":        "signed with a detached JWS, HS256",
		"jwsHS512":        "signed with a detached JWS, HS512",
		"jwsMerchant2025": "signed with a detached JWS, HS512, in the merchant's form of 2025",
		"pgSigPayment":    "signed with pg_sig and the payment secret",
		"pgSigPayout":     "signed with pg_sig and the payout secret",
		"basic":           "with the id and the secret of the credentials by HTTP Basic",
		"bearer":          "with a token, which wire.WithBearer gives",
		unsigned:          "not signed",
	}[o.Security]
	if o.SecuredBy == "inferred" {
		text += " (inferred: no page says so)"
	}
	return text
}

// goKind names the wire.Kind that the spec's x-error calls by its words.
func goKind(kind string) string {
	return "wire.Err" + goName(strings.ReplaceAll(kind, " ", "_"))
}

// fieldTable writes a codec.Field without what is zero.
func fieldTable(t *typ, f *field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{Name: %q", f.Wire)
	flag := func(name string, on bool) {
		if on {
			b.WriteString(", " + name + ": true")
		}
	}
	number := func(name string, n int) {
		if n != 0 {
			fmt.Fprintf(&b, ", %s: %d", name, n)
		}
	}
	text := func(name, s string) {
		if s != "" {
			fmt.Fprintf(&b, ", %s: %q", name, s)
		}
	}
	flag("Required", f.Required)
	flag("Nullable", f.Nullable)
	flag("Number", f.Number)
	flag("Sensitive", f.Sensitive != "")
	if f.Enum != nil {
		fmt.Fprintf(&b, ", Enum: []string{%s}", quotes(f.Enum))
	}
	flag("Open", f.Open)
	text("Min", f.Min)
	text("Max", f.Max)
	number("Decimals", f.Decimals)
	number("MinLength", f.MinLength)
	number("MaxLength", f.MaxLength)
	number("MinItems", f.MinItems)
	number("MaxItems", f.MaxItems)
	if f.Pattern != "" {
		fmt.Fprintf(&b, ", Pattern: %s", patternVar(t, f))
	}
	text("Format", f.Format)
	text("XMLItem", f.XMLItem)
	text("Zone", f.Zone)
	flag("Supplied", !f.Given())
	flag("Explicit", f.Explicit)
	flag("Unnumbered", f.Brackets)
	b.WriteString("}")
	return b.String()
}

func patternVar(t *typ, f *field) string { return lowerFirst(t.Name) + f.Name + "Pattern" }

// patterns lists the pattern variables of a type.
func patterns(t *typ) map[string]string {
	m := map[string]string{}
	for _, f := range t.Fields {
		if f.Pattern != "" {
			m[patternVar(t, f)] = f.Pattern
		}
	}
	return m
}
