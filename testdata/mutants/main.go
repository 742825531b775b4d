// Command mutants changes the code of this module in small ways, one at a time, and
// runs the tests of what it changed, with -short. A change that no test notices, a
// survivor, shows what is not tested. The tree is never touched: what is compiled is
// an overlay.
//
//	go run ./testdata/mutants [flags] DIRECTORY|FILE...
//
// The changes are: a condition that always or never holds; operators and bounds of
// comparisons swapped; one side of && and || left out; numbers, texts, true and
// false changed; results that say nothing, nil errors among them; statements,
// calls, cases and fields left out.
//
// Survivors that are no fault stand in accepted.txt with the reason. The command
// fails on any other, and on an accepted one that no longer survives.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	list := flag.String("accepted", "testdata/mutants/accepted.txt", "the `file` of survivors that are no fault")
	workers := flag.Int("workers", runtime.NumCPU(), "how many tests run at once")
	also := flag.String("also", "", "more `packages` whose tests run, by commas")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	reasons, err := accepted(*list)
	if err == nil {
		err = run(flag.Args(), *also, *workers, reasons)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run mutates what is named, package by package.
func run(names []string, also string, workers int, reasons map[string]string) error {
	temp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	files := map[string][]string{} // of each directory; none means all
	var dirs []string
	for _, name := range names {
		name = filepath.ToSlash(filepath.Clean(name))
		dir := name
		if strings.HasSuffix(name, ".go") {
			dir = filepath.ToSlash(filepath.Dir(name))
			files[dir] = append(files[dir], name)
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	failed := false
	for i, dir := range dirs {
		tests := []string{dir}
		if also != "" {
			tests = append(tests, strings.Split(also, ",")...)
		}
		ok, err := mutate(dir, files[dir], tests, workers, reasons, filepath.Join(temp, fmt.Sprint(i)))
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		failed = failed || !ok
	}
	if failed {
		return errors.New("there are survivors without a reason, or reasons without a survivor")
	}
	return nil
}

// verdict is what became of a mutant.
type verdict uint8

const (
	survived verdict = iota
	killed
	endless // the tests did not come to an end
)

// mutate mutates one package, or some files of it, and prints what survives. It is
// false if that is not what is accepted.
func mutate(dir string, only, tests []string, workers int, reasons map[string]string, temp string) (ok bool, err error) {
	p, err := load(dir)
	if err != nil {
		return false, err
	}
	all, err := p.mutants(only)
	if err != nil {
		return false, err
	}
	verdicts := map[*mutant]verdict{}
	left := all
	for i, test := range tests {
		found, err := p.try(left, test, workers, fmt.Sprintf("%s-%d", temp, i))
		if err != nil {
			return false, err
		}
		left = nil
		for m, v := range found {
			verdicts[m] = v
			if v == survived {
				left = append(left, m)
			}
		}
	}
	count := map[verdict]int{}
	explained := 0
	ok = true
	for _, m := range all {
		v, isProgram := verdicts[m]
		if !isProgram {
			continue
		}
		count[v]++
		reason, isAccepted := reasons[m.key()]
		switch {
		case v == survived && isAccepted:
			explained++
		case v == survived:
			ok = false
			fmt.Printf("survived %s:%d\n\t%s\n", m.file.name, m.line(), m.key())
		case isAccepted:
			ok = false
			fmt.Printf("does not survive, though it is accepted: %s:%d\n\t%s\n\t%s\n", m.file.name, m.line(), m.key(), reason)
		}
		delete(reasons, m.key())
	}
	for key, reason := range reasons {
		name, _, _ := strings.Cut(key, " ")
		if slices.ContainsFunc(p.files, func(s *source) bool {
			return s.name == name && (len(only) == 0 || slices.Contains(only, name))
		}) {
			ok = false
			fmt.Printf("is no mutant, though it is accepted:\n\t%s\n\t%s\n", key, reason)
		}
	}
	fmt.Printf("%s: %d mutants, %d noticed, of these %d by a test that did not end; %d survived, of these %d with a reason\n",
		dir, len(verdicts), count[killed]+count[endless], count[endless], count[survived], explained)
	return ok, nil
}

// try runs the tests of one package with each of the mutants, and returns what
// became of those that are Go programs.
func (p *program) try(all []*mutant, tests string, workers int, temp string) (map[*mutant]verdict, error) {
	b, apart, err := p.together(all, tests, temp+"-together")
	if err != nil {
		return nil, err
	}
	limit, err := p.baseline(tests, temp)
	if err != nil {
		return nil, err
	}
	if b.binary != "" { // with no mutant on, the woven program is the program
		if v, output := p.test(b.binary, 0, tests, 5*limit); v != survived {
			return nil, fmt.Errorf("the tests fail without a mutant: %s", output)
		}
	}
	verdicts := map[*mutant]verdict{}
	var mu sync.Mutex
	note := func(m *mutant, v verdict) {
		mu.Lock()
		defer mu.Unlock()
		verdicts[m] = v
		fmt.Fprintf(os.Stderr, "\r%s: %d of %d ", p.dir, len(verdicts), len(all))
	}
	work := make(chan func())
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for do := range work {
				do()
			}
		})
	}
	for _, m := range b.mutants {
		work <- func() {
			v, _ := p.test(b.binary, m.id, tests, limit)
			note(m, v)
		}
	}
	for _, m := range apart {
		work <- func() {
			out := fmt.Sprintf("%s-%d", temp, m.id)
			single, ok := p.alone(m, tests, out)
			if !ok {
				return
			}
			v, _ := p.test(single.binary, m.id, tests, limit)
			_ = os.Remove(single.binary)
			note(m, v)
		}
	}
	close(work)
	wg.Wait()
	fmt.Fprintln(os.Stderr)
	return verdicts, nil
}

// baseline runs the tests of a package as they are, and returns how long those of
// a mutant may take. That is generous: a machine with other work to do must not
// take a survivor for one that does not end.
func (p *program) baseline(tests, temp string) (time.Duration, error) {
	out := temp + "-baseline"
	if output, err := p.compile(nil, tests, out); err != nil {
		return 0, fmt.Errorf("%w: %s", err, output)
	}
	start := time.Now()
	if v, output := p.test(out, 0, tests, 10*time.Minute); v != survived {
		return 0, fmt.Errorf("the tests fail as they are: %s", output)
	}
	return 20*time.Second + 10*time.Since(start), nil
}

// mostMemory is what a test may use, in KiB: a mutant may ask for all there is.
const mostMemory = 8 << 20

// test runs a test binary with one mutant on.
func (p *program) test(binary string, id int, tests string, limit time.Duration) (verdict, string) {
	ctx, cancel := context.WithTimeout(context.Background(), limit+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, mostMemory),
		binary, "-test.short", "-test.failfast", "-test.timeout="+limit.String())
	cmd.Dir = filepath.Join(p.root, tests)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", switchName, id))
	output, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return survived, ""
	case ctx.Err() != nil, bytes.Contains(output, []byte("panic: test timed out")):
		return endless, string(output)
	}
	return killed, string(output)
}
