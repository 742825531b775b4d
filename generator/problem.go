package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A problem is one broken rule, at a place in a spec file.
type problem struct {
	file string
	line int
	rule string
	text string
}

func (p problem) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.file, p.line, p.rule, p.text)
}

// problems collects what is wrong, so that a maintainer sees all of it at once.
type problems []problem

func (ps *problems) add(t tree, rule, format string, args ...any) {
	*ps = append(*ps, problem{t.file, t.line(), rule, fmt.Sprintf(format, args...)})
}

// sorted returns the problems by file and line, each once.
func (ps problems) sorted() problems {
	s := slices.Clone(ps)
	slices.SortFunc(s, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line),
			cmp.Compare(a.rule, b.rule), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(s)
}

func (ps problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps.sorted() {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
