package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// errorsDocument is the document that says where each operation tells its failures,
// and what their codes mean.
const errorsDocument = "errors.md"

// errorsFile says what the codes mean that are no enumeration of their own.
const errorsFile = "errors.yaml"

// rejected is the kind of a failure with a code that has no other.
const rejected = "rejected"

// errorCode is what a code of an API means.
type errorCode struct {
	codes           []string
	about, evidence string
}

// errorCodes reads what the codes of an API mean: those of its enumerations, and
// those of the file. A code with a kind has to have a meaning.
func errorCodes(spec fs.FS, a *api) ([]errorCode, problems, error) {
	var all []errorCode
	var found problems
	explained := map[string]bool{}
	add := func(c errorCode) {
		for _, code := range c.codes {
			explained[code] = true
		}
		all = append(all, c)
	}
	for _, t := range a.Types {
		if len(t.Values) > 0 && isErrorCode(a, t) {
			for _, v := range t.Values {
				if !succeeds(a, t, v.Value) {
					add(errorCode{[]string{v.Value}, v.About, "`" + t.Name + "`"})
				}
			}
		}
	}
	root, err := newFiles(spec).open(errorsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, e := range root.get("errors").items() {
		if slices.Contains(e.get("apis").strs(), a.Name) {
			add(errorCode{e.get("codes").strs(), e.get("about").str(), e.get("evidence").str()})
		}
	}
	for _, op := range a.Operations {
		if op.Failure == nil {
			continue
		}
		for _, k := range op.Failure.Kinds {
			if !explained[k.Code] {
				found.add(op.where.get("x-error").get("kinds"), ruleErrors, "%s of %s: %s does not say what it means", k.Code, op.ID, errorsFile)
			}
		}
	}
	return all, found, nil
}

// isErrorCode reports whether t is the type of a member in which some operation
// tells the code of a failure.
func isErrorCode(a *api, t *typ) bool {
	return slices.ContainsFunc(a.Operations, func(op *operation) bool {
		return op.Failure != nil && typeOf(op, op.Failure.Code) == t
	})
}

// succeeds reports whether t tells by value that nothing failed.
func succeeds(a *api, t *typ, value string) bool {
	return slices.ContainsFunc(a.Operations, func(op *operation) bool {
		return op.Failure != nil && typeOf(op, op.Failure.Member) == t && !op.Failure.Any && !slices.Contains(op.Failure.Values, value)
	})
}

// typeOf returns the type of a member of the answer of op, if it has one of its own.
func typeOf(op *operation, member string) *typ {
	if op.Answer != nil {
		for _, f := range op.Answer.Fields {
			if f.Wire == member {
				return f.Type
			}
		}
	}
	return nil
}

// kindOf returns the kind that a code has, and the operations that give it that.
func kindOf(a *api, code string) (kind string, of []string) {
	kind = rejected
	for _, op := range a.Operations {
		if op.Failure == nil {
			continue
		}
		for _, k := range op.Failure.Kinds {
			if k.Code == code {
				kind, of = strings.ReplaceAll(k.Kind, "-", " "), append(of, op.ID)
			}
		}
	}
	return kind, of
}

// place is where an operation tells that it failed, in words.
func place(f *failure) string {
	if f == nil {
		return "by the HTTP status alone"
	}
	told := "`" + f.Member + "`"
	switch {
	case f.Any && len(f.Except) > 0:
		told += " is there and not `" + strings.Join(f.Except, "` or `") + "`"
	case f.Any:
		told += " is there"
	default:
		told += " is `" + strings.Join(f.Values, "` or `") + "`"
	}
	if f.Unless != "" {
		told += " and no `" + f.Unless + "`"
	}
	if f.Code != "" {
		told += "; code in `" + f.Code + "`"
	} else {
		told += "; no page shows a code"
	}
	if f.Text != "" {
		told += ", text in `" + f.Text + "`"
	}
	if f.Details != "" {
		told += ", what is wrong with each member in `" + f.Details + "`"
	}
	return told
}

// errorTables writes the document.
func errorTables(spec fs.FS, apis []*api) ([]byte, problems, error) {
	var b strings.Builder
	var found problems
	b.WriteString(errorsIntroduction)
	for _, a := range apis {
		if a.Inbound {
			continue
		}
		codes, missing, err := errorCodes(spec, a)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, missing...)
		fmt.Fprintf(&b, "\n## %s\n\n| a failure is told | by |\n|---|---|\n", a.Title)
		var places []string
		by := map[string][]string{}
		for _, op := range a.Operations {
			p := place(op.Failure)
			if by[p] == nil {
				places = append(places, p)
			}
			by[p] = append(by[p], op.ID)
		}
		for _, p := range places {
			fmt.Fprintf(&b, "| %s | `%s` |\n", p, strings.Join(by[p], "`, `"))
		}
		if len(codes) == 0 {
			b.WriteString("\nNo page that was seen shows a code.\n")
			continue
		}
		b.WriteString("\n| code | kind | means | known from |\n|---|---|---|---|\n")
		for _, c := range codes {
			kind, of := kindOf(a, c.codes[0])
			if kind != rejected && len(of) <= 4 {
				kind += " (`" + strings.Join(of, "`, `") + "`)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(c.codes, ", "), kind, cell(c.about), c.evidence)
		}
	}
	return []byte(b.String()), found, nil
}

const errorsIntroduction = "# Errors\n\n" +
	"<!-- Generated from spec/ by `make generate`. Do not edit. -->\n\n" + `Every call that fails returns a ` + "`*wire.Error`" + `. Its kind says what to do; ` + "`errors.Is(err, wire.ErrNotFound)`" + ` asks for it.
The code and the text of Freedom Pay are in ` + "`Code`" + ` and ` + "`Text`" + `.

| kind | what happened | what to do |
|---|---|---|
| ` + "`ErrInvalidRequest`" + ` | nothing was sent: the request breaks a documented limit | mend it; ` + "`errors.As`" + ` to ` + "`wire.Violations`" + ` lists all that is wrong |
| ` + "`ErrRejected`" + ` | the request was understood and refused | read code and text; the same call will fail again |
| ` + "`ErrUnauthorized`" + ` | identity or signature were refused | check the credentials; ` + "`freedompay verify`" + ` finds the usual causes |
| ` + "`ErrDuplicate`" + ` | the request was seen before | the first counts: ask what became of it |
| ` + "`ErrNotFound`" + ` | what the request names does not exist | of a payment that was just made, ask again a minute later |
| ` + "`ErrRateLimited`" + `, ` + "`ErrTemporary`" + ` | nothing was done | call again later; what may be repeated safely was repeated already |
| ` + "`ErrUnknownOutcome`" + ` | it was sent, and no answer tells its fate | do not pay again: ` + "`Resolve`" + ` of the package asks |
| ` + "`ErrBadSignature`" + ` | the answer is not Freedom Pay's, as far as its signature says | of a call that writes the outcome is unknown, too |
| ` + "`ErrUnexpectedAnswer`" + ` | something answered that no page describes | look at ` + "`Meta.Body`" + `; of a call that writes the outcome is unknown, too |
| ` + "`ErrCanceled`" + ` | your context ended the call | of a call that was sent the outcome is unknown, too |

An error can be of an unknown outcome beside its kind: ask for that first. A code that has no kind of its own is
` + "`ErrRejected`" + `. What is known of codes comes from pages (**page**), from those of other countries or of older days (**mirror**), from
what an integrator saw (**observed**), from public programs that copied an older list (**public-code**), from a third party's
mapping (**third-party**), or is the enumeration that is named. The full list is Freedom Pay's own:
https://customer.freedompay.kz/dev/error?lang=en.
`
