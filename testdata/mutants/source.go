package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// source is a file of a package.
type source struct {
	name   string // below the module's root
	path   string // absolute
	text   []byte
	syntax *ast.File
	set    *token.FileSet
}

func (s *source) offset(p token.Pos) int { return s.set.Position(p).Offset }

func (s *source) slice(n ast.Node) string {
	return string(s.text[s.offset(n.Pos()):s.offset(n.End())])
}

// program is a package that is mutated.
type program struct {
	dir     string // below the module's root
	path    string // of its import
	root    string // of the module
	files   []*source
	exports map[string]string // of the packages that it needs, compiled
}

// load reads the package in a directory below the current one, which is the root
// of the module.
func load(dir string) (*program, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,GoFiles,Dir,DepOnly", "./"+filepath.ToSlash(dir))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", dir, err)
	}
	p := &program{dir: filepath.ToSlash(dir), root: root, exports: map[string]string{}}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			ImportPath, Export, Dir string
			GoFiles                 []string
			DepOnly                 bool
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		p.exports[listed.ImportPath] = listed.Export
		if listed.DepOnly {
			continue
		}
		p.path = listed.ImportPath
		for _, name := range listed.GoFiles {
			path := filepath.Join(listed.Dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			p.files = append(p.files, &source{name: p.dir + "/" + name, path: path, text: text})
		}
	}
	if p.path == "" {
		return nil, fmt.Errorf("%s: no package", dir)
	}
	return p, nil
}

// check checks the types of the package with some files replaced, by their names.
// It returns what was learnt, and all errors.
func (p *program) check(replaced map[string][]byte) (*types.Info, []types.Error, error) {
	set := token.NewFileSet()
	var files []*ast.File
	add := func(path string, text []byte) error {
		file, err := parser.ParseFile(set, path, text, parser.AllErrors|parser.SkipObjectResolution)
		files = append(files, file)
		return err
	}
	for _, s := range p.files {
		text := s.text
		if with, ok := replaced[s.name]; ok {
			text = with
		}
		if err := add(s.name, text); err != nil {
			return nil, nil, err
		}
		if replaced == nil {
			s.set, s.syntax = set, files[len(files)-1]
		}
	}
	if replaced != nil {
		if err := add(switchFile, []byte("package "+p.files[0].syntax.Name.Name+"\n\nvar mutantOn int\n")); err != nil {
			return nil, nil, err
		}
	}
	var problems []types.Error
	config := types.Config{
		Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(p.exports[path]) }),
		Error:    func(err error) { problems = append(problems, err.(types.Error)) },
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	_, _ = config.Check(p.path, set, files, info) // the errors are in problems
	return info, problems, nil
}

// mutants finds those of the given files of the package, of all if there are none.
func (p *program) mutants(only []string) ([]*mutant, error) {
	info, problems, err := p.check(nil)
	switch {
	case err != nil:
		return nil, err
	case len(problems) > 0:
		return nil, problems[0]
	}
	var all []*mutant
	for _, s := range p.files {
		if len(only) == 0 || slices.Contains(only, s.name) {
			all = append(all, find(s, info)...)
		}
	}
	for i, m := range all {
		m.id = i + 1
	}
	return all, nil
}
