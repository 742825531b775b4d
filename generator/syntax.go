package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads the YAML of a spec file. What it is not is told by file and line.
func parse(name string, data []byte) (tree, problems) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		// The parser often tells where the mapping begins that a line does not fit into.
		text := err.Error()
		if _, after, isPlace := strings.Cut(text, "yaml: line "); isPlace {
			_, text, _ = strings.Cut(after, ": ")
		}
		return tree{}, problems{{name, firstBroken(data), ruleSyntax, text}}
	}
	if len(doc.Content) != 1 {
		return tree{}, problems{{name, 1, ruleSyntax, "the file is empty"}}
	}
	t := tree{name, doc.Content[0]}
	var twice problems
	checkKeys(t, &twice)
	return t, twice
}

// firstBroken is the line with which data stops being YAML: behind the last one up
// to which it is.
func firstBroken(data []byte) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	end := len(data)
	for n := len(lines); n > 0; n-- {
		end -= len(lines[n-1])
		var doc yaml.Node
		if yaml.Unmarshal(data[:end], &doc) == nil {
			return n
		}
	}
	return 1
}

// checkKeys finds keys that stand twice in a mapping, which the parser leaves to
// whoever reads the nodes.
func checkKeys(t tree, problems *problems) {
	lines := map[string]int{}
	for _, m := range t.members() {
		if first, known := lines[m.key]; known {
			problems.add(m.where, ruleSyntax, "%q is here a second time, after line %d", m.key, first)
		} else {
			lines[m.key] = m.where.line()
		}
		checkKeys(m.value, problems)
	}
	for _, i := range t.items() {
		checkKeys(i, problems)
	}
}

// checkSyntax parses all files of an API. Of files that cannot be read nothing else
// can be said.
func checkSyntax(files *files, name string) (found problems, err error) {
	names, err := fs.Glob(files.fsys, path.Join(name, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if _, err := files.open(n); err != nil {
			broken, isSyntax := err.(problems)
			if !isSyntax {
				return nil, fmt.Errorf("%s: %w", n, err)
			}
			found = append(found, broken...)
		}
	}
	return found, nil
}

// checkUsed finds what stands in the files of an API and is reached by nothing: an
// operation that openapi.yaml does not list, a schema that no operation has.
func checkUsed(files *files, name string, problems *problems) {
	for file, t := range files.parsed {
		if path.Dir(file) != name || path.Base(file) == "openapi.yaml" {
			continue
		}
		for _, group := range []string{"paths", "schemas"} {
			for _, m := range t.get(group).members() {
				if !files.reached[m.value.node] {
					problems.add(m.where, ruleReference, "nothing refers to %s/%s", group, m.key)
				}
			}
		}
	}
}
