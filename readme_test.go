package freedompay_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestReadmeProgram: the first program that a reader copies is examples/first,
// and prints what the README says.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("examples/first/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := bytes.Cut(program, []byte("package main\n"))
	if !found {
		t.Fatal("examples/first/main.go has no package clause")
	}
	block := "```go\npackage main\n" + string(code) + "```\n"
	if !strings.Contains(string(readme), block) {
		t.Error("the README's program is not examples/first/main.go")
	}
	out, err := exec.Command("go", "run", "./examples/first").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(readme), "prints `"+strings.TrimSpace(string(out))+"`") {
		t.Errorf("the README does not say that the program prints %q", out)
	}
}

// TestReadmeLinks: every file that a document of the project links to exists.
func TestReadmeLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, doc := range []string{"README.md", "spec/README.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		dir := strings.TrimSuffix(doc, "README.md")
		for _, m := range link.FindAllSubmatch(text, -1) {
			if _, err := os.Stat(dir + string(m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			}
		}
	}
}

// The table of sections in spec/README.md lists all, each with its operations.
func TestSpecReadmeListsTheSections(t *testing.T) {
	counts := map[string]int{}
	for _, op := range specOperations(t) {
		counts[op.file]++
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (\\w+) \\| `(\\w+\\.yaml)` \\| (\\d+) \\|$").FindAllStringSubmatch(string(read(t, "spec/README.md")), -1) {
		file := "spec/" + row[1] + "/" + row[2]
		listed[file] = true
		if want := strconv.Itoa(counts[file]); row[3] != want {
			t.Errorf("spec/README.md: %s has %s operations, not %s", file, want, row[3])
		}
	}
	for file, n := range counts {
		if !listed[file] {
			t.Errorf("spec/README.md does not list %s, which has %d operations", file, n)
		}
	}
}
