// Package verify is the way in: net/http middleware that lets a request through
// only with a valid signature.
//
// What the package promises:
//
//   - The handler reads exactly the bytes that were verified.
//   - Form and algorithm are configuration, and so are scheme and script name.
//     Nothing in a request chooses them but what the configuration makes of it.
//   - A client learns nothing from a refusal: every cause, a missing signature, an
//     unknown identity and a wrong key alike, gets one and the same answer, and an
//     unknown identity costs as much work as a known one with one key. The precise
//     cause goes to the log. Only a body that is too large (413) and keys that
//     could not be looked up (503) are answered otherwise.
//   - It fails closed: without keys there is no handler.
//   - Sizes are capped before anything is read.
//   - No secret, body or signature is logged.
//
// [JWS] verifies the detached JWS of one half of the API, [PgSig] the pg_sig of
// the other, whose answers are signed too: see [Seal].
//
// Neither keeps out repeats: the signatures hold no time and no request id.
// [Repeats], behind them, knows a request that was made before by the key that its
// operation documents.
//
// How long a client may take to send its body is the server's business: set
// http.Server.ReadTimeout, or a deadline of http.ResponseController. A body that did
// not come in time is refused like a wrong signature. Content-Encoding is not looked
// at: what is verified, and handed on, are the bytes as they came, and nothing is
// decompressed.
package verify
