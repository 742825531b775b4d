// Package cardjwe encrypts card data for pg_encrypted_card, a field of the Gateway
// API's card payment.
//
// The result is a JWE (RFC 7516) in compact serialization: the header has alg
// RSA-OAEP-256, enc A256GCM and kid, in this order and nothing else; key of 256
// bits, initialization vector of 96, tag of 128, each message with its own; the
// header is what is authenticated beside the payload, which the documentation
// leaves to the RFC. The payload is a JSON object with pan, expDate (YYYYMM),
// cvv2 and timestamp (YYYYMMDDHHMMSS), in the documented order. Encryption is
// go-jose's.
//
// What the package promises:
//
//   - A key of less than 2048 bits, a key that is not for RSA and a private key
//     are refused; so is a card that the payload cannot hold.
//   - Errors quote nothing: no key, no digit of a card.
//   - The buffer with the payload is zeroed before Encrypt returns, with an error
//     too.
//
// What it cannot promise: Go's strings cannot be zeroed, and card data comes in as
// strings, in [wire.Secret]. They, and what the caller made them from, last until
// the garbage collector takes them and longer; the working state of the ciphers
// and the message's key, inside go-jose and the standard library, too.
//
// What the documentation leaves open: where the key and its id come from (it calls
// the key the partner's once and the recipient's elsewhere; only the recipient, who
// is Freedom Pay, can be meant), how long a timestamp is good and in which zone it
// is (here UTC, [WithLocation] sets another one), and whether the plain card fields
// may be left out of a request that has pg_encrypted_card: the table still requires
// them.
package cardjwe
