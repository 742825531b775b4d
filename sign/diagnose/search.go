package diagnose

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	_ "crypto/sha256" // the hash of HS256
	_ "crypto/sha512" // the hash of HS512
	"encoding/base64"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// search looks for what was signed, and with which key, to make sum.
type search struct {
	sum                 []byte // its length says which hash made it
	keys                []candidate
	stated              jws.Algorithm // in the header
	want                jws.Header
	header              string // as it was sent
	headerJSON, payload []byte

	tried int
}

// try reports whether sum is the HMAC of the joined parts.
func (s *search) try(key []byte, parts ...[]byte) bool {
	if s.tried >= MaxCandidates {
		return false
	}
	s.tried++
	hash := crypto.SHA256
	if len(s.sum) == crypto.SHA512.Size() {
		hash = crypto.SHA512
	}
	mac := hmac.New(hash.New, key)
	for _, p := range parts {
		mac.Write(p)
	}
	return bytes.Equal(mac.Sum(nil), s.sum)
}

// run reports whether the MAC fits the signature as it was sent, and otherwise
// returns the words of the cause that makes it fit, if one does.
func (s *search) run() (asSent bool, fit string) {
	key, prefix, body := s.keys[0].data, []byte(s.header+"."), encode(s.payload)
	if s.try(key, prefix, body) {
		// The length of the MAC says by which algorithm it fits.
		if len(s.sum) != s.stated.Size() {
			return false, otherAlgorithm(s.stated).String() + " as the algorithm"
		}
		return true, ""
	}
	fit = s.single(key, prefix, body)
	if fit == "" && len(s.payload) <= MaxPaired {
		fit = s.paired(prefix)
	}
	if fit != "" && len(s.sum) != s.stated.Size() {
		fit = otherAlgorithm(s.stated).String() + " as the algorithm" + " and " + fit
	}
	return false, fit
}

func otherAlgorithm(a jws.Algorithm) jws.Algorithm {
	if a == jws.HS256 {
		return jws.HS512
	}
	return jws.HS256
}

// single tries one cause after another.
func (s *search) single(key, prefix, body []byte) string {
	for _, k := range s.keys[1:] {
		if s.try(k.data, prefix, body) {
			return k.words
		}
	}
	for b := range bodies(s.payload) {
		if s.try(key, prefix, encode(b.data)) {
			return b.words
		}
	}
	for _, in := range s.inputs(body) {
		if s.try(key, in.data) {
			return in.words
		}
	}
	for _, h := range s.headers() {
		if s.try(key, h.data, dot, body) {
			return h.words
		}
	}
	return ""
}

// paired tries another key and another body.
func (s *search) paired(prefix []byte) string {
	for b := range bodies(s.payload) {
		body := encode(b.data)
		for _, k := range s.keys[1:] {
			if s.try(k.data, prefix, body) {
				return k.words + " and " + b.words
			}
		}
	}
	return ""
}

var dot = []byte(".")

// inputs are the usual mistakes in joining header and payload.
func (s *search) inputs(body []byte) []candidate {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	header := []byte(s.header)
	with := func(e *base64.Encoding) []byte { return join(header, dot, e.AppendEncode(nil, s.payload)) }
	return []candidate{
		{"the payload in base64url with padding, in what is signed", with(base64.URLEncoding)},
		{"the payload in standard base64, in what is signed", with(base64.StdEncoding)},
		{"the payload in standard base64 without padding, in what is signed", with(base64.RawStdEncoding)},
		{"the payload as it stands, not in base64url, in what is signed", join(header, dot, s.payload)},
		{"the payload in base64url twice, in what is signed", join(header, dot, encode(body))},
		{"the payload alone, in base64url, as what is signed", body},
		{"the payload alone, as it stands, as what is signed", s.payload},
		{"the header alone, in base64url, as what is signed", header},
		{"the header alone, as it stands, as what is signed", s.headerJSON},
		{"the two dots of header..mac in what is signed", join(header, dot, dot, body)},
		{"no dot between header and payload in what is signed", join(header, body)},
		{"header and payload as they stand, not in base64url, as what is signed", join(s.headerJSON, dot, s.payload)},
	}
}

// headers are other spellings of the header, encoded, that may have been signed
// in place of the one that was sent.
func (s *search) headers() (all []candidate) {
	add := func(words string, text []byte) { all = append(all, candidate{words, text}) }
	add("the header in standard base64, in what is signed", base64.StdEncoding.AppendEncode(nil, s.headerJSON))
	add("the header in base64url with padding, in what is signed", base64.URLEncoding.AppendEncode(nil, s.headerJSON))
	if documented, err := s.want.AppendJSON(nil); err == nil {
		add("the documented spelling of the header, which is not the one that was sent", encode(documented))
	}
	for j := range spellings(s.headerJSON) {
		add("another header than the one that was sent, "+j.words, encode(j.data))
	}
	return all
}

// encode returns the base64url of b, without padding.
func encode(b []byte) []byte { return base64.RawURLEncoding.AppendEncode(nil, b) }
