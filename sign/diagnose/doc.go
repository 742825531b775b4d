// Package diagnose says why a signature is refused, to the owner of the key.
//
// An HMAC, or the md5 of pg_sig, cannot tell a changed body from a wrong key,
// and a verifier answers every refusal alike. This package is for the side that
// holds the key and wants to know: the command line, the sandbox and tests.
// [JWS] looks at X-JWS-Signature, [Form] at pg_sig. Both say what is malformed
// and which header member differs; when the MAC differs they try the usual
// causes, one by one and some in pairs, and name the one that fits.
//
// What the package promises:
//
//   - It decides nothing. Valid is what [jws.Signer.Verify] and [pgsig.Verify]
//     say; a cause that fits makes no signature valid.
//   - No secret is in a [Diagnosis], nor in what it prints: the words are "the key
//     without its trailing newline", never the key. A header member that holds a
//     secret of at least eight bytes, or an encoding of it, is masked; shorter
//     secrets cannot be told from ordinary text. Of a body, nothing is printed.
//   - The work is bounded: at most [MaxCandidates] signatures are computed. No
//     cause is tried for a message of more than [MaxMessage] bytes, and no pair of
//     causes for one of more than [MaxPaired].
//   - A cause that is named was found by computing the signature, and is not a
//     guess. Where none is named, the body or the key may be wrong.
//
// What it must not be used for: an answer to a stranger. A diagnosis says how the
// key of the verifier relates to the one of the sender.
package diagnose
