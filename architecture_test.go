package freedompay_test

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rule says what the packages at a path may import. In patterns * stands for
// one element of a path, ** for anything, and {} for what * stood for in
// packages.
type rule struct {
	packages string
	ours     []string // packages of this module
	others   []string // packages of other modules
}

// rules are the arrows of this module: imports run one way. Of several rules
// that fit, the first counts.
var rules = []rule{
	{packages: "."},
	{packages: "wire"},
	{packages: "wire/codec", ours: []string{"wire"}},
	{packages: "sign/jws", others: []string{"github.com/golang-jwt/jwt/v5"}},
	{packages: "sign/pgsig"},
	{packages: "sign/diagnose", ours: []string{"sign/jws", "sign/pgsig"}}, // it tries what they do
	{
		packages: "middleware",
		ours:     []string{"sign/jws", "sign/pgsig", "wire", "wire/codec", "middleware/pgform"},
		others:   []string{"github.com/google/uuid"},
	},
	{packages: "middleware/pgform", ours: []string{"sign/pgsig", "wire", "wire/codec"}},
	{
		packages: "middleware/verify",
		ours:     []string{"sign/jws", "sign/pgsig", "wire", "wire/codec", "middleware/pgform", "middleware/repeat"},
	},
	{packages: "middleware/serve", ours: []string{"wire", "wire/codec", "middleware/pgform"}},
	{packages: "middleware/repeat"},
	{packages: "middleware/repeat/repeattest", ours: []string{"middleware/repeat"}},
	{
		packages: "callback",
		ours: []string{
			"gen/callback", "browser", "middleware/pgform", "middleware/repeat", "middleware/verify", "sign/pgsig",
			"wire", "wire/codec",
		},
	},
	{packages: "freedomid", ours: []string{"gen/freedomid", "wire"}, others: []string{"golang.org/x/oauth2"}},
	{packages: "browser", ours: []string{"middleware/pgform", "sign/pgsig", "wire", "wire/codec"}},
	{packages: "cardjwe", ours: []string{"wire"}, others: []string{"github.com/go-jose/go-jose/v4"}},
	{packages: "testcards"},
	{packages: "gen/catalog", ours: []string{"gen/*", "wire", "wire/codec", "middleware"}},
	{packages: "middleware/wait", ours: []string{"wire"}},
	{packages: "gen/*", ours: []string{"wire", "wire/codec", "middleware", "middleware/wait"}},
	{
		packages: "gen/*/raw",
		ours:     []string{"gen/{}", "wire", "wire/codec"},
		others:   []string{"github.com/oapi-codegen/runtime"},
	},
	{
		packages: "gen/*/server",
		ours:     []string{"gen/{}", "middleware/serve", "wire", "wire/codec"},
		others:   []string{"github.com/oapi-codegen/runtime", "github.com/oapi-codegen/runtime/strictmiddleware/nethttp"},
	},
	{
		packages: "sandbox",
		ours: []string{
			"gen/*", "gen/*/server", "sign/*", "wire", "wire/codec", "middleware", "middleware/*", "testcards", "browser", "sandbox/outbox",
		},
		others: []string{"github.com/google/uuid", "rsc.io/qr"},
	},
	{packages: "sandbox/outbox"}, // it knows of no payments
	{
		packages: "generator",
		ours:     []string{"sign/*", "wire", "wire/codec"},
		others: []string{
			"github.com/getkin/kin-openapi/**", "github.com/oapi-codegen/oapi-codegen/v2/**",
			"github.com/santhosh-tekuri/jsonschema/v6", "go.yaml.in/yaml/v3",
		},
	},
	{
		packages: "cmd/freedompay",
		ours:     []string{"gen/catalog", "sandbox", "sign/*", "wire", "wire/codec", "middleware"},
		others:   []string{"github.com/spf13/cobra"},
	},
	{packages: "examples/*", ours: []string{"**"}},
}

// ruleOf returns the rule for a package and what * stands for in it.
func ruleOf(pkg string) (r *rule, star string) {
	for i := range rules {
		if star, ok := fits(rules[i].packages, pkg); ok {
			return &rules[i], star
		}
	}
	return nil, ""
}

func fits(pattern, pkg string) (star string, ok bool) {
	if before, deep := strings.CutSuffix(pattern, "**"); deep {
		return "", strings.HasPrefix(pkg, before)
	}
	if ok, _ := path.Match(pattern, pkg); !ok {
		return "", false
	}
	for i, element := range strings.Split(pattern, "/") {
		if element == "*" {
			return strings.Split(pkg, "/")[i], true
		}
	}
	return "", true
}

func (r *rule) allows(star, imported string) bool {
	patterns := r.others
	if rest, ours := cutModule(imported); ours {
		patterns, imported = r.ours, rest
	}
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		_, ok := fits(strings.ReplaceAll(pattern, "{}", star), imported)
		return ok
	})
}

func cutModule(importPath string) (rest string, ours bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// isStandard: the first element of what is not in the standard library names a
// host.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// Imports run one way, whatever a change would find handy.
func TestImportsRunOneWay(t *testing.T) {
	used := map[*rule]bool{}
	for _, p := range ourPackages(t) {
		r, star := ruleOf(p.path())
		if r == nil {
			t.Errorf("package %s is in no rule of architecture_test.go: add what it may import", p.path())
			continue
		}
		used[r] = true
		for _, imported := range p.Imports {
			if !isStandard(imported) && !r.allows(star, imported) {
				t.Errorf("package %s imports %s, which its rule (%s) does not allow", p.path(), imported, r.packages)
			}
		}
	}
	for i := range rules {
		if !used[&rules[i]] {
			t.Errorf("the rule for %s is for no package", rules[i].packages)
		}
	}
}

// What makes code must not come with the code that it makes, not even through
// a third package.
func TestOnlyTheGeneratorNeedsItsTools(t *testing.T) {
	tools := regexp.MustCompile(`^github\.com/(getkin/kin-openapi|oapi-codegen/oapi-codegen/v2)(/|$)`)
	found := false
	for _, p := range ourPackages(t) {
		for _, dep := range p.Deps {
			switch {
			case !tools.MatchString(dep):
			case p.path() == "generator":
				found = true
			default:
				t.Errorf("package %s depends on %s", p.path(), dep)
			}
		}
	}
	if !found {
		t.Error("not even the generator depends on its tools: this test looks for the wrong ones")
	}
}

// Only who logs people in gets package oauth2.
func TestOnlyFreedomIDNeedsOAuth2(t *testing.T) {
	found := false
	for _, p := range ourPackages(t) {
		switch needs := slices.Contains(p.Deps, "golang.org/x/oauth2"); {
		case p.path() == "freedomid":
			found = needs
		case needs:
			t.Errorf("package %s depends on oauth2", p.path())
		}
	}
	if !found {
		t.Error("not even package freedomid depends on oauth2: this test looks for the wrong package")
	}
}

// The sandbox answers a tester. Nothing that a user deploys holds it.
func TestOnlyProgramsNeedTheSandbox(t *testing.T) {
	found := false
	for _, p := range ourPackages(t) {
		switch isProgram := strings.HasPrefix(p.path(), "examples/") || strings.HasPrefix(p.path(), "cmd/"); {
		case !slices.Contains(p.Deps, module+"/sandbox"):
		case isProgram:
			found = true
		default:
			t.Errorf("package %s depends on the sandbox", p.path())
		}
	}
	if !found {
		t.Error("not even a program depends on the sandbox: this test looks for the wrong package")
	}
}

func TestPackagesHaveComments(t *testing.T) {
	for _, p := range ourPackages(t) {
		name := path.Base(p.ImportPath)
		if !strings.HasPrefix(p.Doc, "Package "+name+" ") && !strings.HasPrefix(p.Doc, "Command "+name+" ") {
			t.Errorf("package %s: the package comment begins with %q", p.path(), p.Doc)
		}
	}
}

// A float has no place where there is money: none of 0.1, 0.2 and their sum is
// what it says. The names that are looked for are those of the types and of
// what converts to them: float64, complex128, big.Float, strconv.ParseFloat.
func TestNothingNamesAFloat(t *testing.T) {
	floating := regexp.MustCompile(`(?i)float(32|64)?$|^complex(64|128)$`)
	literals := 0
	for _, p := range ourPackages(t) {
		for _, s := range sources(t, p) {
			ast.Inspect(s.file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					if floating.MatchString(n.Name) {
						t.Errorf("%s: %s", s.at(n), n.Name)
					}
				case *ast.BasicLit:
					literals++
					if n.Kind.String() == "FLOAT" {
						t.Errorf("%s: %s", s.at(n), n.Value)
					}
				}
				return true
			})
		}
	}
	if literals == 0 {
		t.Error("no literal in all the sources: nothing was read")
	}
	for name, want := range map[string]bool{
		"float32": true, "float64": true, "Float": true, "ParseFloat": true, "Float64": true, "complex128": true,
		"Decimal": false, "int64": false, "floating": false, "complex": false,
	} {
		if floating.MatchString(name) != want {
			t.Errorf("%s is taken for the wrong thing", name)
		}
	}
}
