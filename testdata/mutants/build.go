package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	switchFile = "mutant_switch.go" // is in the overlay only
	switchName = "FREEDOMPAY_MUTANT"
)

// built is a test binary, and the mutants that are in it.
type built struct {
	binary  string
	mutants []*mutant
}

// together builds one binary with all mutants that are in functions: each of these
// has its body once more for each of its mutants, and the environment says which
// one runs. So all of them cost one compilation. What cannot be built so, it
// returns, and what is no Go program it leaves out.
func (p *program) together(all []*mutant, tests, out string) (b built, apart []*mutant, err error) {
	left := slices.Clone(all)
	left = slices.DeleteFunc(left, func(m *mutant) bool {
		if m.function == nil || hasLabels(m.function) {
			apart = append(apart, m)
			return true
		}
		return false
	})
	// A function as it is has to fit in a block, too: it does not if it returns
	// results by their names.
	originals := map[*ast.FuncDecl]*mutant{}
	for _, m := range left {
		if originals[m.function] == nil {
			originals[m.function] = &mutant{id: -1 - len(originals), file: m.file, function: m.function, start: m.start, end: m.start}
		}
	}
	withOriginals := slices.Clone(left)
	for _, m := range originals {
		withOriginals = append(withOriginals, m)
	}
	// What is no Go program goes: it is a mutant of nothing.
	withOriginals, none, err := p.drop(withOriginals, true)
	if err != nil {
		return b, nil, err
	}
	if i := slices.IndexFunc(none, func(m *mutant) bool { return m.id < 0 }); i >= 0 {
		return b, nil, fmt.Errorf("%s: %s does not compile as it is", p.dir, none[i].where())
	}
	withOriginals, misfits, err := p.drop(withOriginals, false)
	if err != nil {
		return b, nil, err
	}
	withOriginals = slices.DeleteFunc(withOriginals, func(m *mutant) bool {
		if !slices.Contains(misfits, originals[m.function]) {
			return false
		}
		misfits = append(misfits, m)
		return true
	})
	for _, m := range misfits {
		if m.id > 0 {
			apart = append(apart, m)
		}
	}
	left = slices.DeleteFunc(withOriginals, func(m *mutant) bool { return m.id < 0 })
	if len(left) == 0 {
		return b, apart, nil
	}
	files, _ := p.weave(left, false)
	files[p.dir+"/"+switchFile] = []byte("package " + p.files[0].syntax.Name.Name + `

import (
	"os"
	"strconv"
)

var mutantOn, _ = strconv.Atoi(os.Getenv("` + switchName + `"))
`)
	b = built{out, left}
	if output, err := p.compile(files, tests, out); err != nil {
		return b, nil, fmt.Errorf("%w: %s", err, output)
	}
	return b, apart, nil
}

// drop leaves out, and returns, the mutants with which the package does not
// compile.
func (p *program) drop(mutants []*mutant, asFunctions bool) (good, bad []*mutant, err error) {
	for {
		files, places := p.weave(mutants, asFunctions)
		_, problems, err := p.check(files)
		if err != nil {
			return nil, nil, err
		}
		if len(problems) == 0 {
			return mutants, bad, nil
		}
		before := len(bad)
		for _, e := range problems {
			at := e.Fset.Position(e.Pos)
			i := slices.IndexFunc(places, func(p place) bool {
				return p.file == at.Filename && p.start <= at.Offset && at.Offset < p.end
			})
			if i >= 0 && !slices.Contains(bad, places[i].mutant) {
				bad = append(bad, places[i].mutant)
			}
		}
		if len(bad) == before {
			return nil, nil, fmt.Errorf("%v, in no mutant", problems[0])
		}
		mutants = slices.DeleteFunc(slices.Clone(mutants), func(m *mutant) bool { return slices.Contains(bad, m) })
	}
}

// place is where in a woven file a mutant is.
type place struct {
	file       string
	start, end int
	mutant     *mutant
}

// weave writes the files of the package with mutants in them. As functions they
// are compiled and not called: only so a missing return shows.
func (p *program) weave(mutants []*mutant, asFunctions bool) (files map[string][]byte, places []place) {
	files = map[string][]byte{}
	for _, s := range p.files {
		var b []byte
		done := 0
		for _, d := range s.syntax.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok || !slices.ContainsFunc(mutants, func(m *mutant) bool { return m.function == function }) {
				continue
			}
			open, end := s.offset(function.Body.Lbrace)+1, s.offset(function.Body.Rbrace)
			b = append(b, s.text[done:open]...)
			b = append(b, "\nswitch mutantOn {\n"...)
			for _, m := range mutants {
				if m.function != function {
					continue
				}
				b = fmt.Appendf(b, "case %d:\n", m.id)
				start := len(b)
				if asFunctions {
					b = append(b, "_ = func"...)
					b = append(b, s.text[s.offset(function.Type.Params.Pos()):open]...)
				}
				b = append(b, s.text[open:m.start]...)
				b = append(b, m.with...)
				b = append(b, s.text[m.end:end]...)
				switch {
				case asFunctions:
					b = append(b, '}')
				case function.Type.Results == nil:
					b = append(b, "\nreturn"...)
				}
				b = append(b, '\n')
				places = append(places, place{s.name, start, len(b), m})
			}
			b = append(b, "}\n"...)
			done = open
		}
		if b != nil {
			files[s.name] = append(b, s.text[done:]...)
		}
	}
	return files, places
}

// alone builds a binary with one mutant. It is false if the mutant is no Go
// program.
func (p *program) alone(m *mutant, tests, out string) (b built, ok bool) {
	text := slices.Concat(m.file.text[:m.start], []byte(m.with), m.file.text[m.end:])
	_, err := p.compile(map[string][]byte{m.file.name: text}, tests, out)
	return built{out, []*mutant{m}}, err == nil
}

// compile builds the tests of a package, with some files replaced or added.
func (p *program) compile(files map[string][]byte, tests, out string) (output string, err error) {
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for name, text := range files {
		path := out + "-" + strings.ReplaceAll(name, "/", "-")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(p.root, name)] = path
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(out+".json", data, 0o600); err != nil {
		return "", err
	}
	combined, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", out+".json", "-o", out, "./"+tests).CombinedOutput()
	return string(combined), err
}

// hasLabels reports whether a function has labels, of which it cannot have two of
// one name.
func hasLabels(function *ast.FuncDecl) (found bool) {
	ast.Inspect(function, func(n ast.Node) bool {
		_, isLabel := n.(*ast.LabeledStmt)
		found = found || isLabel
		return !found
	})
	return found
}
