// Package conformance holds this SDK against vectors that others have published:
// RFC 7515, RFC 7520 and Wycheproof. It has tests only, and is a module of its own
// so that nobody who uses the SDK downloads the vectors.
//
// The vectors are signatures of other people's messages: their headers are not
// those of this API. So each is used twice. The MAC is computed by this SDK over
// the vector's header and payload, and has to be the printed one where the vector
// is valid. And the SDK's verifiers have to refuse the vector, right MAC or not, for
// its header.
package conformance
