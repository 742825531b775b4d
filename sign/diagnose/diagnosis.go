package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// Cause is the class of a diagnosis.
type Cause string

// The causes, in the order in which they are looked for: of several, the first
// is reported.
const (
	// CauseValid: the signature is right.
	CauseValid Cause = "valid"
	// CauseUnusable: there is nothing to check with, because the key is empty or
	// the wanted header cannot be signed.
	CauseUnusable Cause = "unusable"
	// CauseMalformed: the value is no signature of a documented form.
	CauseMalformed Cause = "malformed"
	// CauseForm: the header has the members of the other documented form.
	CauseForm Cause = "form"
	// CauseMember: a member of the header differs from the wanted one.
	CauseMember Cause = "member"
	// CauseMAC: everything but the MAC, or the md5 of pg_sig, is as wanted.
	CauseMAC Cause = "mac"
)

// Diagnosis is why a signature is refused. It holds no secret and nothing of a
// body.
type Diagnosis struct {
	// Valid is the verdict of the verifier: the signature is right.
	Valid bool
	// Cause is the class of what is wrong.
	Cause Cause
	// Member is the header member that is wrong, if it is one, and always pg_sig
	// for a form.
	Member string
	// Got and Want are what was signed and what is wanted as Member, in full and
	// not quoted, or *** where a secret is in them. They are set for
	// [CauseMember], and for a member of another type than the documented one.
	Got, Want string
	// Detail are words about what is wrong: what makes the value malformed, how
	// Got and Want differ.
	Detail string
	// MACFits says that the MAC, or the md5, is right for what was sent and the
	// key, whatever else is wrong: body and key are the right ones.
	MACFits bool
	// Fit are words of the usual cause under which the MAC is right, such as "the
	// key without its trailing newline". It is empty where MACFits is true, and
	// where none was found: then it is the body or the key.
	Fit string

	noMAC bool // there is no MAC that could be looked at
}

// String is the diagnosis for a person: a line, or two, without a line end.
func (d Diagnosis) String() string {
	var lead string
	var rest []string
	switch d.Cause {
	case CauseValid:
		return "the signature is valid"
	case CauseUnusable:
		return "nothing to check with: " + d.Detail
	case CauseMAC:
		lead = "the MAC differs: body or key"
		if d.Member == pgsig.SignatureName {
			lead = "pg_sig differs: script name, fields or secret"
		}
		if d.Detail != "" {
			lead += ". " + sentence(d.Detail)
		}
		if d.Fit != "" {
			lead += ". It fits with " + d.Fit
		}
		return lead
	case CauseMalformed:
		lead = "the signature is malformed: " + d.Detail
	case CauseForm:
		lead = "the header is of another form: " + d.Detail
	case CauseMember:
		verb := "wanted"
		if d.Member == "uri" || d.Member == "path" {
			verb = "called"
		}
		got, want := shorten(d.Got, d.Want)
		lead = fmt.Sprintf("the header member %s differs: %s was signed, %s is %s", d.Member, got, want, verb)
		if d.Detail != "" {
			rest = append(rest, sentence(d.Detail)+".")
		}
	default:
		return "no diagnosis"
	}
	mac, suspects := "The MAC", "body or key"
	fits := "Body and key fit."
	if d.Member == pgsig.SignatureName {
		mac, suspects = "The md5", "script name, fields or secret"
		fits = "Script name, fields and secret fit."
	}
	switch {
	case d.noMAC:
	case d.MACFits:
		rest = append(rest, fits)
	case d.Fit != "":
		rest = append(rest, mac+" differs too. It fits with "+d.Fit+".")
	default:
		rest = append(rest, mac+" differs too: "+suspects+".")
	}
	if len(rest) == 0 {
		return lead
	}
	return lead + "\n" + strings.Join(rest, " ")
}

// Sizes of quoted text, in bytes.
const (
	maxQuoted = 96
	maxShared = 24 // how much of what two texts share is left before they differ
)

// shorten quotes two texts. Of long ones it shows the part where they differ.
func shorten(a, b string) (string, string) {
	from := 0
	if len(a) > maxQuoted || len(b) > maxQuoted {
		for from < len(a) && from < len(b) && a[from] == b[from] {
			from++
		}
		from = max(from-maxShared, 0)
	}
	return quoteFrom(a, from), quoteFrom(b, from)
}

func quoteFrom(s string, from int) string {
	for from > 0 && from < len(s) && !utf8.RuneStart(s[from]) {
		from--
	}
	s = s[from:]
	end := ""
	if len(s) > maxQuoted {
		cut := maxQuoted
		for cut > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s, end = s[:cut], "…"
	}
	q := strconv.Quote(s) + end
	if from > 0 {
		q = "…" + q
	}
	return q
}

// sentence returns s with a capital first letter, which is ASCII.
func sentence(s string) string {
	return strings.ToUpper(s[:1]) + s[1:]
}

// mask hides what is about to be quoted if a secret is in it.
type mask []candidate

const (
	masked    = "***"
	minMasked = 8 // bytes
)

func (m mask) hides(s string) bool {
	for _, c := range m {
		if len(c.data) >= minMasked && strings.Contains(s, string(c.data)) {
			return true
		}
	}
	return false
}

func (m mask) text(s string) string {
	if m.hides(s) {
		return masked
	}
	return s
}

func (m mask) quote(s string) string { return quoteFrom(m.text(s), 0) }
