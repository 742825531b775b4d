package main

import (
	"fmt"
	"strings"
)

// repeatsDocument is the document that says which calls may be made again, and what
// to ask of one whose fate is unknown.
const repeatsDocument = "repeats.md"

const repeatsIntroduction = "# Repeats\n\n" +
	"<!-- Generated from spec/ by `make generate`. Do not edit. -->\n\n" + `Answers get lost. What then? For each operation: the **key** by which the API knows a repeat, whether the signature
**covers** it, what **a repeat gets**, whether **the client repeats** it by itself, and **what to ask** when nobody knows what became
of it, and by what. An operation without a key may do twice what it is asked twice.

The client repeats, with the same bytes, signature and request id:

- every call of which nothing left: no name, no connection, no TLS;
- **reads**, after a broken connection, a timeout, or an answer that says "later"; but one that answers a repeat with an
  error only when nothing was done;
- **writes by their key**, when a page states that the API knows repeats by it and the call carries it. A failure that
  answers such a repeat does not say that the first was not carried out, unless the API gives the first answer once more.

*Inferred* keys are not relied upon. A header field is not signed, so whoever captured a request can send it under another one:
see [SECURITY.md](../SECURITY.md).
`

// repeatsTables writes the document.
func repeatsTables(apis []*api) []byte {
	var b strings.Builder
	b.WriteString(repeatsIntroduction)
	for _, a := range apis {
		if a.Inbound {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| operation | key | covered | a repeat gets | the client repeats | what to ask |\n|---|---|---|---|---|---|\n", a.Title)
		for _, op := range a.Operations {
			key, covered, gets := "none", "", ""
			if r := op.Repeat; r != nil {
				key, covered = "`"+r.Key+"`", map[bool]string{true: "yes", false: "no"}[r.Signed]
				gets = map[string]string{"first": "the first answer", "error": "an error", "unknown": "not documented"}[r.Answer]
				if r.Inferred {
					key += " (inferred)"
				}
			}
			ask := ""
			if op.Resolve != nil {
				ask = "`" + op.Resolve.ID + "` by `" + strings.Join(op.ResolveBy, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", op.ID, key, covered, gets, clientRepeats(op), ask)
		}
	}
	return []byte(b.String())
}

// clientRepeats says when the client makes a call again that may have arrived. Package
// middleware decides it by the same facts.
func clientRepeats(op *operation) string {
	r := op.Repeat
	switch {
	case op.Effect == "read" && (r == nil || r.Answer != "error"):
		return "yes"
	case op.Effect == "read":
		return "when nothing was done"
	case r == nil || r.Inferred:
		return "no"
	case r.InHeader:
		return "by its key"
	}
	return "by its key, where the call has it"
}
