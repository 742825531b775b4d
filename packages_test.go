package freedompay_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/freedompay-go/freedompay"

// goPackage is what the tests of this package need of `go list -json`.
type goPackage struct {
	ImportPath string
	Dir        string
	Doc        string
	Standard   bool
	Module     *struct{ Path string }
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// path returns the package's path below the module, "." for the root.
func (p goPackage) path() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// ourPackages lists the packages of this module. Listing is slow, so it is done
// once for all tests.
func ourPackages(t *testing.T) []goPackage {
	t.Helper()
	packages, err := listOnce()
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

var listOnce = sync.OnceValues(func() ([]goPackage, error) {
	// The go command does not see what a program run by a test reads. It sees
	// this, and so never takes an earlier result for one of the present sources.
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != "." {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return goList(exec.Command("go", "list", "-json=ImportPath,Dir,Doc,GoFiles,Imports,Deps", "./..."))
})

// goList runs `go list -json`, whose output is one object after another.
func goList(cmd *exec.Cmd) (packages []goPackage, err error) {
	cmd.Stderr = new(bytes.Buffer)
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New(cmd.String() + ": " + err.Error() + "\n" + cmd.Stderr.(*bytes.Buffer).String())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := d.Decode(&p); err {
		case nil:
			packages = append(packages, p)
		case io.EOF:
			return packages, nil
		default:
			return nil, err
		}
	}
}

// source is a file of a package that is compiled into programs.
type source struct {
	name string
	file *ast.File
	fset *token.FileSet
}

func (s source) at(n ast.Node) token.Position { return s.fset.Position(n.Pos()) }

// sources parses the files of p that are no tests.
func sources(t *testing.T, p goPackage) (files []source) {
	t.Helper()
	fset := token.NewFileSet()
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source{name, f, fset})
	}
	return files
}

// read returns the content of a file of the repository.
func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
