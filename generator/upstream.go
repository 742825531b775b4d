package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v3"
)

// modulePath is the module that the generated packages belong to.
const modulePath = "github.com/freedompay-go/freedompay"

// upstreamPackage is a package that oapi-codegen generates.
type upstreamPackage struct {
	pkg  string
	opts codegen.GenerateOptions
}

func upstreamPackages(a *api) []upstreamPackage {
	if a.Inbound {
		return nil
	}
	return []upstreamPackage{
		{"raw", codegen.GenerateOptions{Client: true}},
		{"server", codegen.GenerateOptions{StdHTTPServer: true, Strict: true}},
	}
}

func upstreamConfiguration(pkg string, opts codegen.GenerateOptions) codegen.Configuration {
	return codegen.Configuration{
		PackageName: pkg,
		Generate:    opts,
		OutputOptions: codegen.OutputOptions{
			SkipFmt:        true, // its goimports depends on the machine
			SkipPrune:      true,
			ClientTypeName: "Client",
		},
	}.UpdateDefaults()
}

// upstreamState is oapi-codegen's, which it keeps in globals.
var upstreamState sync.Mutex

// upstream has oapi-codegen generate one package for an API.
func upstream(a *api, doc *yaml.Node, pkg string, opts codegen.GenerateOptions) ([]byte, error) {
	shaped := deepCopy(doc)
	shape(a, shaped, opts.Strict)
	data, ok := asJSON(shaped)
	if !ok {
		return nil, fmt.Errorf("%s/%s: the bundled document cannot be written as JSON", a.Name, pkg)
	}
	spec, err := load(data)
	if err != nil {
		return nil, err
	}
	upstreamState.Lock()
	code, err := codegen.Generate(spec, upstreamConfiguration(pkg, opts))
	upstreamState.Unlock()
	if err != nil {
		return nil, fmt.Errorf("oapi-codegen, %s/%s: %w", a.Name, pkg, err)
	}
	if opts.Client {
		if code, err = withActions(a, code); err != nil {
			return nil, err
		}
	}
	return tidy([]byte(stripHeader(code)))
}

// withActions has oapi-codegen's client send the header fields that operations
// supply, which are no arguments of its methods.
func withActions(a *api, code string) (string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", code, parser.SkipObjectResolution)
	if err != nil {
		return "", fmt.Errorf("generated code does not parse: %w", err)
	}
	ends := map[string]int{} // of the functions that make a request, where they return it
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil || len(f.Body.List) == 0 {
			continue
		}
		last, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
		if !ok || len(last.Results) != 2 {
			continue
		}
		if made, ok := last.Results[0].(*ast.Ident); ok && made.Name == "req" {
			name, _ := strings.CutSuffix(f.Name.Name, "WithBody")
			ends[name] = fset.Position(last.Pos()).Offset
		}
	}
	headers := map[int]string{}
	for _, op := range a.Operations {
		if op.Action == "" {
			continue
		}
		at, ok := ends["New"+op.Name+"Request"]
		if !ok {
			return "", fmt.Errorf("oapi-codegen, %s: no function makes the request of %s", a.Name, op.ID)
		}
		headers[at] = fmt.Sprintf("req.Header.Set(%q, %q)\n\n\t", op.Select.Header, op.Select.Value)
	}
	var b strings.Builder
	done := 0
	for _, at := range slices.Sorted(maps.Keys(headers)) {
		b.WriteString(code[done:at] + headers[at])
		done = at
	}
	return b.String() + code[done:], nil
}

// shape changes a copy of the document so that oapi-codegen's code fits ours:
//
//   - What credentials, signer and operation supply is nobody's argument. The
//     last the client sends all the same; see withActions.
//   - Query parameters get the names of our request types, which stand in for
//     oapi-codegen's parameter structs.
//   - A body that may be either form is a multipart form: upstream's codec for
//     the other one is not used (it allocates what an index asks for).
//   - Our words are ours.
//   - For the server, every answer gets a header. Without one, oapi-codegen
//     declares the answer as `type X200JSONResponse Model`, which loses the
//     model's MarshalJSON and would send other names than the documented ones.
func shape(a *api, doc *yaml.Node, server bool) {
	names := map[string]string{}
	for _, op := range a.Operations {
		if op.Query {
			for _, f := range op.Request.Fields {
				names[f.Wire] = f.Name
			}
		}
	}
	params := tree{node: doc}.get("components").get("parameters")
	for _, p := range (tree{node: doc}).get("paths").members() {
		for _, m := range p.value.members() {
			op := m.value
			list := op.get("parameters")
			if list.ok() {
				var kept []*yaml.Node
				for _, i := range list.items() {
					target := i
					if r := i.get("$ref").str(); r != "" {
						target = params.get(path.Base(r))
					}
					if target.get("x-supplied-by").ok() && target.get("in").str() != "path" {
						continue // of the path, upstream demands all parameters
					}
					kept = append(kept, deepCopy(target.node)) // a shared one would get a type of its own
				}
				list.node.Content = kept
			}
			if content := op.get("requestBody").get("content"); content.get("multipart/form-data").ok() {
				removeMember(content.node, func(media string) bool { return media == "application/x-www-form-urlencoded" })
			}
			for _, r := range op.get("responses").members() {
				if server && !r.value.get("headers").ok() && r.value.isMap() {
					header := mapping()
					schema := mapping()
					setMember(schema, "type", scalar("string"))
					setMember(header, "schema", schema)
					headers := mapping()
					setMember(headers, "X-Request-Id", header)
					setMember(r.value.node, "headers", headers)
				}
			}
		}
	}
	walk(doc, func(n *yaml.Node) {
		t := tree{node: n}
		removeMember(n, isExtension)
		if in := t.get("in").str(); (in == "query" || in == "path") && names[t.get("name").str()] != "" {
			setMember(n, "x-go-name", scalar(names[t.get("name").str()]))
		}
		if f := t.get("format"); f.str() == "uuid" || f.str() == "email" || f.str() == "date" || f.str() == "date-time" {
			removeMember(n, func(key string) bool { return key == "format" }) // its types for them are strict
		}
	})
}

func walk(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.MappingNode {
		visit(n)
	}
	for _, c := range n.Content {
		walk(c, visit)
	}
}

func deepCopy(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = deepCopy(n.Content[i])
	}
	return &c
}

// stripHeader drops what stands before the package clause: it names the
// version of the program that ran, which differs between a test and a build.
func stripHeader(code string) string {
	if i := strings.Index(code, "\npackage "); i >= 0 {
		code = code[i+1:]
	}
	return code
}

// header stands on top of every generated file.
const header = "// Code generated by the generator of this module from spec/. DO NOT EDIT.\n\n"

// gofmt formats as the command of that name. go/format would parse and print
// every file twice, to sort imports, which is done here.
var gofmt = printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}

// tidy removes imports that nothing uses and formats. Unlike goimports it adds
// none, so its result depends on its input alone.
func tidy(code []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", code, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("generated code does not parse: %w", err)
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		kept := g.Specs[:0]
		for _, s := range g.Specs {
			if i := s.(*ast.ImportSpec); used[importName(i)] {
				kept = append(kept, s)
			}
		}
		g.Specs = kept
	}
	ast.SortImports(fset, file)
	buf := bytes.NewBufferString(header)
	if err := gofmt.Fprint(buf, fset, file); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// importName is the name that a file uses for an import.
func importName(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	p, _ := strconv.Unquote(i.Path.Value)
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p)) // a major version is no package name
	}
	return base
}
