package pgsig

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"io"
)

// SignatureName is the field that holds the signature. At the top level of a
// message it is left out of what is signed.
const SignatureName = "pg_sig"

// Field is a field of a message. One with Children is a parent, whose Value is
// not used; one without is a leaf.
type Field struct {
	// Name is what the field is called among its siblings, without brackets.
	Name string
	// Value is what a leaf holds, before any escaping.
	Value string
	// Children are the fields in a parent, in the order in which they are sent.
	Children []Field
}

// Sign returns the signature of fields in lower-case hexadecimal, with lists in
// [OrderSample]. fields is not changed; a pg_sig in it is left out. Without a
// secret anybody could make the signature, so an empty one yields "" and no
// signature.
func Sign(script string, fields []Field, secret string) string {
	return OrderSample.Sign(script, fields, secret)
}

// Verify reports whether sig is the signature of fields, compared in constant
// time. It is false for an empty secret, and for a sig in capitals: the
// documentation says lower-case.
func Verify(script string, fields []Field, secret, sig string) bool {
	return OrderSample.Verify(script, fields, secret, sig)
}

// sign signs fields in the order in which they are given.
func sign(script string, fields []Field, secret string) string {
	if secret == "" {
		return ""
	}
	h := md5.New()
	write(h, script)
	writeFields(h, fields)
	write(h, ";")
	write(h, secret)
	return hex.EncodeToString(h.Sum(nil))
}

// verify compares sig with the right one, which is empty where there is none.
func verify(want, sig string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(sig)) == 1
}

// writeFields writes a semicolon and the value of each leaf.
func writeFields(h hash.Hash, fields []Field) {
	for _, f := range fields {
		if len(f.Children) > 0 {
			writeFields(h, f.Children)
			continue
		}
		write(h, ";")
		write(h, f.Value)
	}
}

// write writes s to h, which returns no errors.
func write(h hash.Hash, s string) { _, _ = io.WriteString(h, s) }
