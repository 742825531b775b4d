package diagnose

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// Form says what is wrong with sig, a pg_sig, as the signature of fields. The
// arguments are those of [pgsig.Verify], whose verdict is Valid. In place of the
// script name, the path or URL that was called may be given: its script name is
// that of [pgsig.ScriptName], and more causes can be tried. If it has none, as
// with a slash at its end, no signature is valid. Nothing is kept and nothing
// changed.
func Form(script string, fields []pgsig.Field, secret, sig string, opts ...Option) Diagnosis {
	o := collect(opts)
	if secret == "" {
		return Diagnosis{Cause: CauseUnusable, Member: pgsig.SignatureName, Detail: "the secret is empty"}
	}
	name, err := script, error(nil)
	if strings.ContainsAny(script, "/?") {
		name, err = pgsig.ScriptName(script)
	}
	if err == nil && pgsig.Verify(name, fields, secret, sig) {
		return Diagnosis{Valid: true, Cause: CauseValid, Member: pgsig.SignatureName, MACFits: true}
	}

	d := Diagnosis{Cause: CauseMAC, Member: pgsig.SignatureName}
	sum, problem := decodeSum(sig)
	switch {
	case problem != "":
		d.Cause, d.Detail = CauseMalformed, problem
	case err != nil:
		d.Detail = "the path has no last part, and so no documented script name"
	}
	if sum == "" {
		d.noMAC = true
		return d
	}
	s := formSearch{sum: sum, scripts: scripts(script, name, err == nil), secrets: keys("secret", []byte(secret), o.others)}
	if !fits(fields) {
		d.MACFits = err == nil && pgsig.Sign(name, fields, secret) == sum
		if !d.MACFits && d.Cause == CauseMAC {
			d.Detail = "the form is so large that no usual cause was tried"
		}
		return d
	}
	s.values = arrangements(fields)
	d.MACFits, d.Fit = s.run()
	return d
}

// decodeSum returns what sig stands for, in lower-case hexadecimal, and what is
// wrong with how it is written.
func decodeSum(sig string) (sum, problem string) {
	s := strings.Trim(strings.TrimSpace(sig), `"'`)
	if s == "" {
		return "", "there is no pg_sig, or it is empty"
	}
	_, err := hex.DecodeString(s)
	lower := strings.ToLower(s)
	switch {
	case err != nil || len(s) != hex.EncodedLen(md5.Size):
		if b, _, ok := decode64(s); ok && len(b) == md5.Size {
			return hex.EncodeToString(b), "pg_sig is in base64, lower-case hexadecimal is documented"
		}
		if err == nil {
			return "", fmt.Sprintf("pg_sig has %d hexadecimal characters, md5 has 32", len(s))
		}
		return "", "pg_sig is not made of 32 lower-case hexadecimal characters"
	case s != sig:
		return lower, "there is white space around pg_sig, or there are quotes"
	case s != lower:
		return lower, "pg_sig is in capitals, lower-case hexadecimal is documented"
	}
	return s, ""
}

// formSearch looks for the script name, values and secret that make sum. The
// first of each are the documented ones, without words.
type formSearch struct {
	sum             string
	scripts         []scriptName
	values, secrets []candidate

	tried int
}

// try reports whether sum is the md5 of what is joined.
func (s *formSearch) try(script scriptName, values, secret candidate) bool {
	if s.tried >= MaxCandidates {
		return false
	}
	s.tried++
	h := md5.New()
	// Values begin with a semicolon, unless there are none.
	v := values.data
	if script.none && len(v) > 0 {
		v = v[1:]
	}
	h.Write([]byte(script.name))
	h.Write(v)
	h.Write([]byte(";"))
	h.Write(secret.data)
	return hex.EncodeToString(h.Sum(nil)) == s.sum
}

// run reports whether sum fits the message as it was sent, and otherwise returns
// the words of the cause that makes it fit, if one does.
func (s *formSearch) run() (asSent bool, fit string) {
	script, values, secret := s.scripts[0], s.values[0], s.secrets[0]
	if s.try(script, values, secret) {
		return script.words == "", script.words
	}
	for _, k := range s.secrets[1:] {
		if s.try(script, values, k) {
			return false, join(script.words, k.words)
		}
	}
	for _, sc := range s.scripts[1:] {
		if s.try(sc, values, secret) {
			return false, sc.words
		}
	}
	for _, v := range s.values[1:] {
		if s.try(script, v, secret) {
			return false, join(script.words, v.words)
		}
	}
	if len(values.data) > MaxPaired {
		return false, ""
	}
	for _, sc := range s.scripts[1:] {
		for _, k := range s.secrets[1:] {
			if s.try(sc, values, k) {
				return false, join(sc.words, k.words)
			}
		}
		for _, v := range s.values[1:] {
			if s.try(sc, v, secret) {
				return false, join(sc.words, v.words)
			}
		}
	}
	for _, v := range s.values[1:] {
		for _, k := range s.secrets[1:] {
			if s.try(script, v, k) {
				return false, join(script.words, join(v.words, k.words))
			}
		}
	}
	return false, ""
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " and " + b
}

// scriptName is what may have been signed before the values.
type scriptName struct {
	words, name string
	none        bool // nor the semicolon after it
}

// scripts returns the names that are usually taken for name, the script name of
// called. It is the first of them, with words only if it is not documented.
func scripts(called, name string, documented bool) (all []scriptName) {
	path, query, hasQuery := strings.Cut(called, "?")
	path = cutHost(path)
	var first string
	if !documented {
		trimmed := strings.TrimRight(path, "/")
		name = trimmed[strings.LastIndexByte(trimmed, '/')+1:]
		first = "the part before the last slash as the script name"
	}
	all = []scriptName{{words: first, name: name}}
	seen := map[string]bool{name: true}
	add := func(words, script string) {
		if !seen[script] {
			seen[script] = true
			all = append(all, scriptName{words: words, name: script})
		}
	}
	base, php := strings.CutSuffix(name, ".php")
	if php {
		add("the script name without .php", base)
	} else {
		add("the script name with .php", name+".php")
	}
	add("the script name with a trailing slash", name+"/")
	add("the script name with a leading slash", "/"+name)
	if hasQuery {
		add("the script name with the query", name+"?"+query)
	}
	add("the whole path as the script name", path)
	add("the whole path without its leading slash as the script name", strings.TrimLeft(path, "/"))
	add("the whole path without the slashes around it as the script name", strings.Trim(path, "/"))
	add("path and query as the script name", path+"?"+query)
	add("the whole URL as the script name", called)
	add("the whole URL without the query as the script name", strings.TrimSuffix(called, "?"+query))
	if unescaped, err := url.PathUnescape(name); err == nil {
		add("the script name with its percent escapes undone", unescaped)
	}
	add("the script name in lower case", strings.ToLower(name))
	// What PHP calls the script where one file answers every path.
	add("index.php as the script name", "index.php")
	add("an empty script name", "")
	return append(all, scriptName{words: "no script name, nor the semicolon after it", none: true})
}
