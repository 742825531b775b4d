// Package pgsig makes and checks pg_sig, the md5 signature of the form and XML
// half of the Freedom Pay API: fields in, signature out.
//
// The signature is the md5 sum, in 32 lower-case hexadecimal characters, of
//
//	script;value;value;...;secret
//
// where script is the last segment of the called path ([ScriptName]; of the
// merchant's own URL for a callback) and the values are those of all fields of
// the message, documented or not, pg_salt among them and pg_sig left out, sorted
// by field name. Names are compared byte by byte; fields of one name keep the
// order of the message. A field with children contributes nothing itself: the
// children, sorted among themselves, take its place. Values are signed decoded:
// after URL decoding, after entities.
//
// What the documentation leaves open is decided, with the evidence, in
// docs/signing.md. Here that is two things:
//
//   - Lists of more than ten positions in forms. [Sign] and [Verify] sort them as
//     the vendor's PHP sample does; an [Order] sorts them otherwise.
//   - Empty values. They are signed, as an empty text between two semicolons: the
//     documentation says all fields. Whether the server does the same is not
//     known, so who sends a form leaves empty fields out of the message, which
//     makes the question moot.
//
// What the scheme itself cannot give: values are joined without escaping, so
// moving a semicolon or a value from one field to its neighbour keeps the
// signature, and two messages that differ only in names may share one. Md5 with
// the secret at the end is no MAC by today's standards. Only TLS protects a
// message; pg_sig tells an honest sender from a stranger without the secret.
package pgsig
