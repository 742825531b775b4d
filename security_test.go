package freedompay_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// testLink is a link of SECURITY.md to a test: its name, and the folder it is in.
var testLink = regexp.MustCompile("\\[`((?:Test|Fuzz)\\w+)`\\]\\(([^)]+)\\)")

// threats are what SECURITY.md has to answer, in the words of its table.
var threats = []string{
	"forged signature", "truncated signature", "extended signature", "re-encoded signature", "algorithm confusion and `none`",
	"header of 1 MB, or of a million dots", "duplicate members", "case-variant members", "`crit` and other unknown members",
	"payload in the detached part", "signature moved to another path", "signature moved to another method", "body changed by a proxy",
	"repeat at once", "repeat from 100 goroutines", "repeat after a restart", "repeat across two servers", "claim before verification",
	"key rotation in flight", "slow body", "10 MB body", "gzip bomb", "redirect with body", "DNS and TLS failure",
	"connection broken before the answer", "connection broken during the answer", "connection broken after the answer",
	"retry whose body cannot be replayed", "panic in user code", "10,000 canceled calls", "length extension of pg_sig",
	"separator ambiguity of pg_sig", "weakness of md5",
}

// Each threat of SECURITY.md has a row with a test, and each test that it names is
// where it says.
func TestSecurityNamesItsTests(t *testing.T) {
	text := string(read(t, "SECURITY.md"))
	rows := map[string]string{}
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) >= 2 {
			rows[strings.TrimPrefix(cells[0], "| ")] = line
		}
	}
	for _, threat := range threats {
		if !testLink.MatchString(rows[threat]) {
			t.Errorf("no row with a test answers %q", threat)
		}
	}
	links := testLink.FindAllStringSubmatch(text, -1)
	if len(links) < len(threats) {
		t.Errorf("only %d tests are named", len(links))
	}
	for _, link := range links {
		file := link[2]
		if path.Ext(file) != ".go" {
			t.Errorf("%s: %s is no file of tests", link[1], file)
			continue
		}
		if !strings.Contains(string(read(t, file)), "\nfunc "+link[1]+"(") {
			t.Errorf("%s is not in %s", link[1], file)
		}
	}
}
