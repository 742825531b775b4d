package diagnose

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// JWS says what is wrong with value, an X-JWS-Signature, as a signature of
// payload by key under a header that says what want says. The arguments are
// those of [jws.Signer.Verify], whose verdict is Valid; payload is the exact
// body, nil or empty for none. Nothing is kept and nothing changed.
func JWS(value string, want jws.Header, payload, key []byte, opts ...Option) Diagnosis {
	o := collect(opts)
	signer, err := jws.NewSigner(key)
	if err != nil {
		return Diagnosis{Cause: CauseUnusable, Detail: "the key is empty"}
	}
	if _, err := want.AppendJSON(nil); err != nil {
		return Diagnosis{Cause: CauseUnusable, Detail: "the wanted header cannot be signed (" + err.Error() + ")"}
	}
	verdict := signer.Verify(value, want, payload)
	if verdict == nil {
		return Diagnosis{Valid: true, Cause: CauseValid, MACFits: true}
	}

	all := keys("key", key, o.others)
	c := cut(value, payload)
	header, headerOK := c.decodeHeader()
	members, problem := readHeader(header)
	if problem != "" && headerOK {
		c.problems = append(c.problems, problem)
	}
	stated := algorithmOf(members, want.Algorithm)
	sum := c.decodeMAC(stated)

	d := Diagnosis{Cause: CauseMalformed, Detail: strings.Join(c.problems, "; ")}
	if len(c.problems) == 0 {
		d = examine(members, want, all)
	}
	if d.Cause == CauseMAC && len(c.macProblems) > 0 {
		d = Diagnosis{Cause: CauseMalformed, Detail: strings.Join(c.macProblems, "; ")}
	}
	if d.Cause == CauseMAC && !errors.Is(verdict, jws.ErrMAC) {
		// What the strict reader refuses and this one did not see.
		d = Diagnosis{Cause: CauseMalformed, Detail: strings.TrimPrefix(verdict.Error(), jws.ErrMalformed.Error()+": ")}
	}

	if !headerOK || len(sum) == 0 {
		d.noMAC = true
		return d
	}
	if len(payload) > MaxMessage {
		s := search{sum: sum}
		d.MACFits = len(sum) == stated.Size() && s.try(key, []byte(c.header+"."), encode(payload))
		if !d.MACFits && d.Cause == CauseMAC {
			d.Detail = "the body is so large that no usual cause was tried"
		}
		return d
	}
	s := search{sum: sum, keys: all, stated: stated, want: want, header: c.header, headerJSON: header, payload: payload}
	d.MACFits, d.Fit = s.run()
	return d
}

// algorithmOf returns the algorithm that the header states, or another if it
// states none that is documented.
func algorithmOf(members []member, another jws.Algorithm) jws.Algorithm {
	for _, m := range members {
		if m.name == "alg" {
			if a, err := jws.ParseAlgorithm(m.text); err == nil {
				return a
			}
		}
	}
	return another
}

// pieces are the parts of a signature, read with all forbearance.
type pieces struct {
	header, mac string
	problems    []string // with the value and its header
	macProblems []string
}

// cut finds the parts of value. What is wrong with it is a problem, but whatever
// can be taken for a header and a MAC is.
func cut(value string, payload []byte) (c pieces) {
	problem := func(words string) { c.problems = append(c.problems, words) }
	if strings.TrimSpace(value) == "" {
		problem("it is empty: there is no X-JWS-Signature, or it has no value")
		return c
	}
	if len(value) > jws.MaxSize {
		problem(fmt.Sprintf("it has %d bytes, %d are allowed", len(value), jws.MaxSize))
		return c
	}
	if strings.ContainsAny(value, "\r\n") {
		problem("there is a line end in it")
	}
	if strings.ContainsAny(value, " \t") {
		problem("there is white space in it")
	}
	v := strings.Join(strings.Fields(value), "")
	const name = "x-jws-signature:"
	if len(v) >= len(name) && strings.EqualFold(v[:len(name)], name) {
		problem("it begins with the name of the HTTP header")
		v = v[len(name):]
	}
	if t := strings.Trim(v, `"'`); t != v {
		problem("there are quotes around it")
		v = t
	}
	if strings.HasPrefix(v, "{") {
		problem("the header is not encoded in base64url")
		return c
	}
	parts := strings.Split(v, ".")
	switch n := len(parts); {
	case n == 1:
		problem("there is no dot in it: header..mac is expected, with two dots")
		return c
	case n == 2:
		problem("there is one dot in it: header..mac is expected, with two dots")
	case n > 3:
		problem(fmt.Sprintf("there are %d dots in it: header..mac is expected, with two dots", n-1))
		return c
	case parts[1] != "":
		words := "it is a whole JWS (JWT) with the payload as its middle part: cut that out, so that header..mac is left"
		if middle, _, ok := decode64(parts[1]); !ok || !bytes.Equal(middle, payload) {
			words += "; besides, that part is not the body"
		}
		problem(words)
	}
	c.header, c.mac = parts[0], parts[len(parts)-1]
	if c.header == "" {
		problem("the header is empty")
	}
	return c
}

func (c *pieces) decodeHeader() (data []byte, ok bool) {
	if c.header == "" {
		return nil, false
	}
	data, problems, ok := decode64(c.header)
	if !ok {
		problems = []string{"is no base64url"}
	}
	for _, p := range problems {
		c.problems = append(c.problems, "the header "+p)
	}
	return data, ok
}

// decodeMAC returns the bytes of the MAC, or nil if they are of neither
// algorithm's length.
func (c *pieces) decodeMAC(a jws.Algorithm) []byte {
	problem := func(words string) { c.macProblems = append(c.macProblems, "the MAC "+words) }
	if c.mac == "" {
		problem("is empty")
		return nil
	}
	if text := []byte(c.mac); isHex(text) {
		problem("is in hexadecimal, base64url of its bytes is expected")
		b, _ := hex.DecodeString(c.mac) // checked
		return b
	}
	data, problems, ok := decode64(c.mac)
	if !ok {
		problem("is no base64url")
		return nil
	}
	for _, p := range problems {
		problem(p)
	}
	if isHex(data) {
		problem("is the base64url of hexadecimal text, that of its bytes is expected")
		b, _ := hex.DecodeString(string(data)) // checked
		return b
	}
	if len(data) != a.Size() {
		problem(fmt.Sprintf("has %d bytes, that of %s has %d", len(data), a, a.Size()))
	}
	if len(data) != jws.HS256.Size() && len(data) != jws.HS512.Size() {
		return nil
	}
	return data
}
