package freedompay_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestIndependentPrograms runs programs that share nothing with this module:
// our client, our sandbox and our handlers of callbacks share their codecs, so
// none of them proves another.
// What they check is listed in testdata/independent/README.md.
func TestIndependentPrograms(t *testing.T) {
	for _, program := range []string{"bash", "python3", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing, and CI must not do without", program)
			}
			t.Skipf("%s is not installed, and what proves the wire from outside needs it", program)
		}
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./cmd/freedompay", "./testdata/merchant")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "bash", "testdata/independent/run.sh",
		filepath.Join(dir, "freedompay"), filepath.Join(dir, "merchant")).CombinedOutput()
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("not ok ")) {
			t.Errorf("%s", bytes.TrimSpace(line))
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
	}
	// A run that checks nothing passes too.
	for _, line := range []string{
		`[0-9]{5,} passed, 0 failed`, `# json_calls\.py: [0-9]{5,} checks`, `# json_client\.py: [0-9]{2,} checks, [0-9]{4,} comparisons, .*`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).Match(out) {
			t.Fatalf("not a run of all checks, without %s:\n%s", line, out[max(0, len(out)-2000):])
		}
	}
}
