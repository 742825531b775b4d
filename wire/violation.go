package wire

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RuleExplicit is the rule that a member must be set because what leaving it
// out means is not documented. It is for senders: nobody documents that the
// member is required, so a receiver must not refuse a message over it, and drops
// it with [Violations.Without].
const RuleExplicit = "explicit"

// RuleDecimals is the rule of how many digits a decimal has behind its point.
const RuleDecimals = "maxDecimals"

// Violation is one documented limit that a message breaks.
type Violation struct {
	// Path is where, "$.company.bin".
	Path string
	// Rule is which one: "required", "maximum", "maxLength", "enum", "pattern",
	// "format" and the like, by their names in OpenAPI, or [RuleExplicit] or
	// [RuleDecimals].
	Rule string
	// Limit is what the rule demands, "9999999999". Empty: Rule says it all.
	Limit string
	// Value is what stands there: *** where that must not be seen, else its
	// first 64 bytes. Empty: nothing.
	Value string
}

// String returns the violation as "$.amount: maximum 9999999999, got 10000000000".
func (v Violation) String() string {
	s := printable(v.Path) + ": " + v.Rule
	if v.Rule == RuleExplicit { // the word alone would not tell what to do
		s += ", must be set: what leaving it out means is not documented"
	}
	if v.Limit != "" {
		s += " " + v.Limit
	}
	if v.Value != "" {
		s += ", got " + printable(v.Value)
	}
	return s
}

// printable quotes a text that would break the line it is printed in.
func printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// Violations are all the limits that a message breaks.
type Violations []Violation

// Error returns the violations, separated by "; ".
func (v Violations) Error() string {
	texts := make([]string, len(v))
	for i, violation := range v {
		texts[i] = violation.String()
	}
	return strings.Join(texts, "; ")
}

// Err returns v as an error, or nil when there are none.
func (v Violations) Err() error {
	if len(v) == 0 {
		return nil
	}
	return v
}

// Without returns the violations of all rules but the given one, or nil when
// there are none. It does not change v.
func (v Violations) Without(rule string) Violations {
	var others Violations
	for _, violation := range v {
		if violation.Rule != rule {
			others = append(others, violation)
		}
	}
	return others
}
