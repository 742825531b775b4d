package diagnose

import (
	"math/bits"
	"net/url"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// memberDetail says how the member of the header differs, if it is the usual.
func memberDetail(name, got, want string) string {
	switch name {
	case "alg":
		return algorithmDetail(got, want)
	case "uri", "path":
		return uriDetail(got, want)
	case "params":
		return "the documentation reserves it, as an empty string"
	default:
		return textDetail(got, want)
	}
}

func algorithmDetail(got, want string) string {
	switch _, err := jws.ParseAlgorithm(got); {
	case strings.EqualFold(got, want):
		return "they differ only in case"
	case strings.EqualFold(got, "none"):
		return "a signature without a MAC proves nothing"
	case err == nil:
		return "the algorithm is that of another section of the documentation"
	default:
		return "the documentation knows HS256 and HS512 only"
	}
}

// textDetail says how the identity or the method differs.
func textDetail(got, want string) string {
	switch {
	case got == "":
		return "it is empty"
	case strings.EqualFold(got, want):
		return "they differ only in case"
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return "they differ only by white space"
	case strings.Trim(got, `"' `) == want:
		return "there are quotes in it"
	case isDigits(got) && isDigits(want) && strings.TrimLeft(got, "0") == strings.TrimLeft(want, "0"):
		return "they differ only by leading zeros"
	}
	return ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// uriSteps are what usually makes two paths differ, and how to undo it.
var uriSteps = [...]struct {
	words string
	undo  func(string) string
}{
	{"the query (it is not signed)", func(s string) string { s, _, _ = strings.Cut(s, "?"); return s }},
	{"scheme and host (they are not signed)", cutHost},
	{"a trailing slash", func(s string) string { return strings.TrimRight(s, "/") }},
	{"a leading slash", func(s string) string { return strings.TrimLeft(s, "/") }},
	{"percent escapes (they are signed as they are sent)", func(s string) string {
		if t, err := url.PathUnescape(s); err == nil {
			return t
		}
		return s
	}},
	{"white space", strings.TrimSpace},
	{"case", strings.ToLower},
}

// uriOrders are all sets of uriSteps, as bits, small ones first.
var uriOrders = func() (sets []uint) {
	for set := uint(1); set < 1<<len(uriSteps); set++ {
		sets = append(sets, set)
	}
	slices.SortStableFunc(sets, func(a, b uint) int { return bits.OnesCount(a) - bits.OnesCount(b) })
	return sets
}()

// uriDetail says by what got and want differ, if it is the usual.
func uriDetail(got, want string) string {
	if got == "" {
		return "it is empty"
	}
	undo := func(set uint) (g, w string, words []string) {
		g, w = got, want
		for i, step := range uriSteps {
			if set&(1<<i) != 0 {
				g, w, words = step.undo(g), step.undo(w), append(words, step.words)
			}
		}
		return g, w, words
	}
	for _, set := range uriOrders {
		if g, w, words := undo(set); g == w && g != "" {
			return "they differ only by " + list(words)
		}
	}
	// A proxy's prefix, with at most one of the others.
	for _, set := range append([]uint{0}, uriOrders[:len(uriSteps)]...) {
		g, w, words := undo(set)
		if prefix, ok := strings.CutSuffix(g, w); ok && isPath(prefix) && isPath(w) {
			return "they differ only by " + list(append(words, "the base path "+quoteFrom(prefix, 0)+" that was signed"))
		}
		if prefix, ok := strings.CutSuffix(w, g); ok && isPath(prefix) && isPath(g) {
			return "they differ only by " + list(append(words, "the base path "+quoteFrom(prefix, 0)+" that was not signed"))
		}
	}
	if strings.HasSuffix(want, "/"+got) {
		return "only the end of the path was signed"
	}
	return ""
}

// isPath reports whether s begins a path with more than a slash.
func isPath(s string) bool { return len(s) > 1 && s[0] == '/' }

// cutHost cuts off scheme and host, or what looks like a host without a scheme.
func cutHost(s string) string {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		host, _, path := strings.Cut(s, "/")
		if !path || !strings.ContainsAny(host, ".:") {
			return s
		}
		rest = s
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return rest[i:]
	}
	return ""
}
