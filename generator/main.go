// Command generator turns the OpenAPI files under spec/ into the packages under
// gen/:
//
//	go run ./generator          # write what changed
//	go run ./generator -check   # write nothing; exit 1 if anything would change
//
// It stops before writing anything when a spec breaks a rule of the house, and
// names every broken rule with file and line.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if anything would change")
	spec := flag.String("spec", "spec", "folder of the specs")
	out := flag.String("out", "gen", "folder of the generated packages")
	docs := flag.String("docs", "docs", "folder of the generated documents")
	flag.Parse()
	debug.SetGCPercent(400) // it ends before much of what it makes is garbage
	if err := run(os.Stdout, os.DirFS(*spec), folders{*out, *docs}, *check); err != nil {
		// The place as an editor opens it from where this was run.
		if found := problems(nil); errors.As(err, &found) {
			for i := range found {
				found[i].file = filepath.Join(*spec, found[i].file)
			}
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// folders are where generated files go.
type folders struct{ out, docs string }

// run generates all APIs. Nothing is written unless everything is in order.
func run(w io.Writer, spec fs.FS, to folders, check bool) error {
	names, err := apiNames(spec)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no API: the spec folder holds no */openapi.yaml")
	}
	results := make([]result, len(names))
	var work sync.WaitGroup
	for i, name := range names {
		work.Go(func() { results[i] = made(spec, name) })
	}
	work.Wait()
	var outputs []output
	var found problems
	var apis []*api
	operations := 0
	for i, r := range results {
		switch {
		case r.err != nil:
			return r.err
		case len(r.problems) > 0:
			found = append(found, r.problems...)
			continue
		}
		outputs = append(outputs, r.outputs...)
		apis = append(apis, r.api)
		operations += len(r.api.Operations)
		fmt.Fprintf(w, "%s: %d operations, %d types\n", names[i], len(r.api.Operations), len(r.api.Types))
	}
	if len(found) > 0 {
		return found
	}
	catalog, err := generateCatalog(apis)
	if err != nil {
		return err
	}
	document, err := coverage(spec, apis)
	if err != nil {
		return err
	}
	failures, missing, err := errorTables(spec, apis)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return missing
	}
	documents := []output{{coverageFile, document}, {errorsDocument, failures}, {repeatsDocument, repeatsTables(apis)}}
	changed, err := write(to, append(outputs, catalog), documents, check)
	if err != nil {
		return err
	}
	if check && len(changed) > 0 {
		return fmt.Errorf("%s is not what the specs give; run make generate:\n  %s", to.out, strings.Join(changed, "\n  "))
	}
	verb := "changed"
	if check {
		verb = "would change"
	}
	fmt.Fprintf(w, "%d APIs, %d operations, %d files, %d %s\n", len(names), operations, len(outputs)+1+len(documents), len(changed), verb)
	return nil
}

// result is what came of an API.
type result struct {
	api      *api
	outputs  []output
	problems problems
	err      error
}

// made makes all of an API, unless its spec breaks a rule.
func made(spec fs.FS, name string) (r result) {
	var files *files
	if r.api, files, r.problems, r.err = checked(spec, name); r.err != nil || len(r.problems) > 0 {
		return r
	}
	doc, err := bundled(files, r.api.source)
	if err != nil {
		r.err = err
		return r
	}
	r.outputs, r.err = generate(r.api, doc)
	return r
}

// checked builds the model of an API and holds its spec to every rule.
func checked(spec fs.FS, name string) (*api, *files, problems, error) {
	a, files, problems, err := build(spec, name)
	if err != nil || a == nil {
		return nil, nil, problems, err
	}
	words, err := loadExtensions(spec)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, f := range files.parsed {
		words.check(f, &problems)
	}
	checkOpenAPI(files, name, &problems)
	if len(problems) == 0 { // examples of a broken schema would say it again
		b := &builder{files: files, api: a}
		b.checkExamples()
		problems = b.problems
	}
	return a, files, problems.sorted(), nil
}

// write brings the folders up to date and returns the paths that changed.
// Generated packages' files that no spec gives any more are removed. With check it
// writes nothing.
func write(to folders, outputs, documents []output, check bool) (changed []string, err error) {
	wanted := map[string]bool{}
	bring := func(folder string, o output) error {
		path := filepath.Join(folder, filepath.FromSlash(o.path))
		wanted[path] = true
		old, err := os.ReadFile(path)
		if err == nil && bytes.Equal(old, o.data) {
			return nil
		}
		changed = append(changed, o.path)
		if check {
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return replace(path, o.data)
	}
	for _, o := range outputs {
		if err := bring(to.out, o); err != nil {
			return nil, err
		}
	}
	for _, o := range documents {
		if err := bring(to.docs, o); err != nil {
			return nil, err
		}
	}
	stale, err := staleFiles(to.out, wanted)
	if err != nil {
		return nil, err
	}
	for _, path := range stale {
		rel, _ := filepath.Rel(to.out, path)
		changed = append(changed, filepath.ToSlash(rel)+" (no longer generated)")
		if !check {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(changed)
	return changed, nil
}

func staleFiles(out string, wanted map[string]bool) (stale []string, err error) {
	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil // the first run
		case err != nil:
			return err
		case !d.IsDir() && strings.HasSuffix(path, ".gen.go") && !wanted[path]:
			stale = append(stale, path)
		}
		return nil
	})
	return stale, err
}

// replace writes a file so that a reader sees the old one or the new one.
func replace(path string, data []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
