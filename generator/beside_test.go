package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v3"
)

var beside = flag.Bool("beside", false, "time the generator beside oapi-codegen's own command (make beside)")

const (
	timesEach  = 10  // besides one to warm up
	mostBeside = 1.5 // times what oapi-codegen's command takes
)

// Checking, bundling, our own code and the published documents must not cost
// much more than what oapi-codegen's command takes for its part of it: the raw
// client and the server of every API, from the same bundled files by the same
// configuration, formatted and written. Both are built programs that run by
// turns, each into an empty folder. A machine that does something else besides
// is fair to both, and lengthens both.
func TestGenerateBesideUpstream(t *testing.T) {
	if !*beside {
		t.Skip("takes a minute, and a machine that is not busy: make beside")
	}
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "generator"), filepath.Join(dir, "oapi-codegen")
	program(t, "go", "build", "-o", ours, ".")
	program(t, "go", "build", "-o", theirs, "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen")
	configs := upstreamConfigs(t, dir)

	spec, err := filepath.Abs("../spec")
	if err != nil {
		t.Fatal(err)
	}
	empty := func(name string) string {
		out := filepath.Join(dir, name)
		for _, step := range []error{os.RemoveAll(out), os.MkdirAll(out, 0o755)} {
			if step != nil {
				t.Fatal(step)
			}
		}
		return out
	}
	var us, upstream []cost
	for i := range timesEach + 1 {
		out := empty("ours")
		a := program(t, ours, "-spec", spec, "-out", filepath.Join(out, "gen"), "-docs", filepath.Join(out, "docs"))
		empty("theirs") // where the configurations say
		var b cost
		for _, config := range configs {
			one := program(t, theirs, "-config", config.file, config.spec)
			b.wall += one.wall
			b.cpu += one.cpu
		}
		if i > 0 {
			us, upstream = append(us, a), append(upstream, b)
		}
	}
	wall := func(c cost) time.Duration { return c.wall }
	cpu := func(c cost) time.Duration { return c.cpu }
	ratio := median(us, wall).Seconds() / median(upstream, wall).Seconds()
	t.Logf("%d files written by the generator, %d by oapi-codegen in %d runs; medians of %d:", count(t, filepath.Join(dir, "ours")), count(t, filepath.Join(dir, "theirs")), len(configs), timesEach)
	t.Logf("  generator     %6.3f s (%.3f s of processor)", median(us, wall).Seconds(), median(us, cpu).Seconds())
	t.Logf("  oapi-codegen  %6.3f s (%.3f s of processor)", median(upstream, wall).Seconds(), median(upstream, cpu).Seconds())
	t.Logf("  ratio         %6.2f, at most %.1f (%.2f of processor)", ratio, mostBeside, median(us, cpu).Seconds()/median(upstream, cpu).Seconds())
	if ratio > mostBeside {
		t.Error("the generator is too slow")
	}
}

// cost is what a run took.
type cost struct{ wall, cpu time.Duration }

func median(costs []cost, of func(cost) time.Duration) time.Duration {
	var all []time.Duration
	for _, c := range costs {
		all = append(all, of(c))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// program runs one, which must succeed.
func program(t *testing.T, name string, args ...string) cost {
	t.Helper()
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said.Bytes())
	}
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// upstreamConfig is one run of oapi-codegen.
type upstreamConfig struct{ file, spec string }

// upstreamConfigs writes what oapi-codegen's command needs to do what upstream
// has its library do: the same documents, to the byte, and the same
// configuration.
func upstreamConfigs(t *testing.T, dir string) (configs []upstreamConfig) {
	t.Helper()
	specs := os.DirFS("../spec")
	names, err := apiNames(specs)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, name := range names {
		a, files, problems, err := checked(specs, name)
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		doc, err := bundled(files, a.source)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range upstreamPackages(a) {
			shaped := deepCopy(doc)
			shape(a, shaped, p.opts.Strict)
			data, ok := asJSON(shaped)
			if !ok {
				t.Fatalf("%s: no JSON", name)
			}
			c := upstreamConfiguration(p.pkg, p.opts)
			c.OutputOptions.SkipFmt = false // our side formats too
			config, err := yaml.Marshal(struct {
				codegen.Configuration `yaml:",inline"`
				Output                string
			}{c, filepath.Join(dir, "theirs", name+"."+p.pkg+".gen.go")})
			if err != nil {
				t.Fatal(err)
			}
			at := name + "." + p.pkg
			configs = append(configs, upstreamConfig{write(at+".config.yaml", config), write(at+".json", data)})
		}
	}
	return configs
}

func count(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
