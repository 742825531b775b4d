package main

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

const golden = "testdata/demo.golden"

// What goes over the wire is seen here: a change of a byte of it is a change of
// the golden file, which somebody has to want.
func TestOutputIsTheGoldenOne(t *testing.T) {
	got := output(t)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the output is not that of %s (go test ./examples/demo -update writes it anew):\n%s", golden, got)
	}
	if again := output(t); !bytes.Equal(got, again) {
		t.Errorf("a second run gives something else:\n%s", again)
	}
}

func output(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
