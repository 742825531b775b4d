// Package jws makes and checks the detached JSON Web Signatures of the
// X-JWS-Signature header: bytes in, signature out.
//
// A signature is B64URL(header)..B64URL(mac): the compact serialization of
// RFC 7515 with its middle part, the payload, left out. The MAC is an HMAC over
// B64URL(header).B64URL(payload); the payload is the exact body of the HTTP
// request, and empty where there is none. There is no canonical form of the
// body: whoever changes a byte of it after signing, even white space, breaks
// the signature.
//
// What the package promises:
//
//   - The algorithm is what the caller says. The one that a message names is
//     compared with it and never followed.
//   - A header is read strictly: the members of one of the two documented forms,
//     each once, nothing else. Sizes are capped ([MaxSize]) before anything is
//     allocated, so that a hostile header costs next to nothing.
//   - The payload is neither copied nor kept.
//   - No key shows in what a [Signer] prints, and no part of a message in an
//     error.
//
// What the signature itself cannot give: it holds no time and no request id, so
// a captured request stays valid, and it does not cover the query of a URL.
package jws
