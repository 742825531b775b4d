package freedompay_test

import (
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// heavy is what a user of a client must never be made to download. sql is no
// module, but who needs it brings a database.
var heavy = regexp.MustCompile(`(?i)kin-openapi|redis|/cobra$|/pflag$|urfave|kong|sqlite|/pq$|pgx|mysql|mongo|gorm|bolt|badger|^database/sql$`)

// A module outside of this repository that uses the clients builds from what
// `go mod download` left in the cache, needs few modules, and works.
func TestAModuleOutsideNeedsLittle(t *testing.T) {
	ourPackages(t) // for its note on cached results
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"main.go": read(t, "testdata/outside/main.go"),
		"go.sum":  read(t, "go.sum"),
		"go.mod": []byte("module example.com/outside\n\ngo 1.26.0\n\n" +
			"require " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
		return cmd
	}

	// Building first: that is what writes the missing requirements into go.mod.
	if out, err := command("go", "build", "-o", "program", ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	packages, err := goList(command("go", "list", "-deps", "-json=ImportPath,Module,Standard", "."))
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]bool{}
	for _, p := range packages {
		if heavy.MatchString(p.ImportPath) {
			t.Errorf("the program holds package %s", p.ImportPath)
		}
		if !p.Standard && p.Module != nil {
			modules[p.Module.Path] = true
		}
	}
	for _, own := range []string{module, "example.com/outside"} {
		if !modules[own] {
			t.Errorf("module %s is not among %v: this test looks at the wrong program", own, modules)
		}
		delete(modules, own)
	}
	t.Logf("%d modules besides this one: %v", len(modules), slices.Sorted(maps.Keys(modules)))
	if len(modules) > 6 {
		t.Errorf("more than 6 modules")
	}
	for m := range modules {
		if heavy.MatchString(m) {
			t.Errorf("the program needs module %s", m)
		}
	}

	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	out, err := command(filepath.Join(dir, "program"), server.URL).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = "partner: waiting 500.00 KZT\nmerchant: ok 500.00 KZT\ncard: success 1\n"
	if string(out) != want {
		t.Errorf("output:\n%s\nwant:\n%s", out, want)
	}
}
