package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// coverageFile is the document that says which pages of the documentation are
// here, and how well each was seen.
const coverageFile = "coverage.md"

// undocumentedFile lists what is known by name only.
const undocumentedFile = "undocumented.yaml"

// evidences are the words of x-documentation, from the best to the weakest.
var evidences = []string{"full", "partial", "mirror", "example-only"}

// coverage writes the document.
func coverage(spec fs.FS, apis []*api) ([]byte, error) {
	var b strings.Builder
	b.WriteString("# Coverage\n\n" +
		"<!-- Generated from spec/ by `make generate`. Do not edit. -->\n\n" +
		"What the documentation shows, and what of it is here. *Evidence* says how much of a page was seen: **full**, all\n" +
		"field tables; **partial**, some of them; **mirror**, another country's site only; **example-only**, types are\n" +
		"read off examples. Nothing beyond that is made up.\n\n")
	b.WriteString("| API | operations | pages |")
	for _, e := range evidences {
		b.WriteString(" " + e + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(evidences)) + "\n")
	var sum totals
	for _, a := range apis {
		t := total(a)
		sum.add(t)
		b.WriteString(t.row("`" + a.Name + "`"))
	}
	b.WriteString(sum.row("all"))
	for _, a := range apis {
		fmt.Fprintf(&b, "\n## %s\n\n", a.Title)
		b.WriteString("| page | operation | evidence | date of the page | source | not known |\n|---|---|---|---|---|---|\n")
		for _, op := range a.Operations {
			for _, page := range op.Covers {
				fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s |\n",
					cell(page), op.ID, op.Evidence, op.Modified, cell(strings.Join(op.Sources, " ")), cell(strings.Join(op.Gaps, " ")))
			}
		}
	}
	if err := nameOnly(&b, spec); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// totals counts the operations of an API, by evidence, and the pages that they
// stand for.
type totals struct {
	operations, pages int
	by                map[string]int
}

func total(a *api) totals {
	t := totals{by: map[string]int{}}
	for _, op := range a.Operations {
		t.operations++
		t.pages += len(op.Covers)
		t.by[op.Evidence]++
	}
	return t
}

func (t *totals) add(other totals) {
	if t.by == nil {
		t.by = map[string]int{}
	}
	t.operations += other.operations
	t.pages += other.pages
	for e, n := range other.by {
		t.by[e] += n
	}
}

func (t totals) row(name string) string {
	cells := []string{name, strconv.Itoa(t.operations), strconv.Itoa(t.pages)}
	for _, e := range evidences {
		cells = append(cells, strconv.Itoa(t.by[e]))
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// nameOnly lists what nobody can call, because no page was seen.
func nameOnly(b *strings.Builder, spec fs.FS) error {
	root, err := newFiles(spec).open(undocumentedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	operations := root.get("operations").items()
	fmt.Fprintf(b, "\n## Known by name only\n\n"+
		"%d entries of the documentation's navigation of whose page nothing was seen, or too little to call them.\n\n"+
		"| page | section | name | what is known |\n|---|---|---|---|\n", len(operations))
	slices.SortStableFunc(operations, func(x, y tree) int { return strings.Compare(x.get("api").str(), y.get("api").str()) })
	for _, op := range operations {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(op.get("id").str()), cell(op.get("section").str()), cell(op.get("name").str()), cell(op.get("about").str()))
	}
	return nil
}

// cell is a text in a table: on one line, and without bars.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "\\|")
}
