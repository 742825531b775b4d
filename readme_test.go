package freedompay_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
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
