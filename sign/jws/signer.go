package jws

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"sync"
)

// chunk is how much of a payload is encoded at once: a multiple of three bytes,
// so that no padding arises between chunks.
const chunk = 3 * 1024

// Signer signs and verifies with one key. It is safe for concurrent use and
// prints nothing of its key. The zero value has no key and refuses to work.
type Signer struct {
	// Behind a pointer, so that neither fmt nor a debugger's one-line view
	// reaches the key.
	*keyed
}

// keyed holds a pool of MACs for each algorithm. The key lives in the closures
// of the pools only.
type keyed struct {
	pools [HS512 + 1]sync.Pool
}

// state is what one signature needs, so that a warm Signer allocates nothing
// but its result.
type state struct {
	mac     hash.Hash
	json    []byte // header
	encoded []byte // header, base64url
	sum     []byte // MAC computed
	got     []byte // MAC received
	chunk   [chunk / 3 * 4]byte
}

// NewSigner returns a Signer for key, which is copied. An empty key is an
// [ErrKey].
func NewSigner(key []byte) (*Signer, error) {
	if len(key) == 0 {
		return nil, ErrKey
	}
	key = bytes.Clone(key)
	k := new(keyed)
	for _, a := range [...]Algorithm{HS256, HS512} {
		k.pools[a].New = func() any { return &state{mac: hmac.New(a.newHash, key)} }
	}
	return &Signer{k}, nil
}

// Sign returns the value of X-JWS-Signature for payload under h. The payload is
// the exact body that will be sent, nil or empty for none; it is not kept. A
// header that cannot be signed, or is so long that no verifier would read it, is
// an [ErrHeader].
func (s *Signer) Sign(h Header, payload []byte) (string, error) {
	st, err := s.begin(h)
	if err != nil {
		return "", err
	}
	defer s.end(h.Algorithm, st)
	st.compute(payload)
	value := append(st.json[:0], st.encoded...)
	value = append(value, '.', '.')
	value = base64.RawURLEncoding.AppendEncode(value, st.sum)
	st.json = value
	if len(value) > MaxSize {
		return "", &headerError{"header", "longer than the largest signature"}
	}
	return string(value), nil
}

// Verify returns nil if value is a signature of payload under a header that
// says the same as want. The members may stand in any order, with any white
// space of JSON between them, and with an added "typ":"JWT"; what they say is
// compared, and the MAC is checked over the header as it was sent. Form and
// algorithm are those of want.
//
// Errors are [ErrMalformed], [ErrHeader] (the error names the first member that
// differs), [ErrMAC] and [ErrKey]. The MAC is compared in constant time.
func (s *Signer) Verify(value string, want Header, payload []byte) error {
	st, err := s.begin(want)
	if err != nil {
		return err
	}
	defer s.end(want.Algorithm, st)
	protected, mac, err := split(value)
	if err != nil {
		return err
	}
	// The usual case: the sender wrote the header as documented, so nothing has
	// to be parsed.
	if protected != string(st.encoded) {
		d, err := Parse(value)
		if err != nil {
			return err
		}
		if err := d.Header.match(want); err != nil {
			return err
		}
		st.encoded = append(st.encoded[:0], protected...)
	}
	st.got, err = decodeMAC(st.got[:0], mac, want.Algorithm)
	if err != nil {
		return err
	}
	st.compute(payload)
	if !hmac.Equal(st.sum, st.got) {
		return ErrMAC
	}
	return nil
}

// MAC returns the MAC of payload under the first part of a signature as it
// stands: over protected.B64URL(payload), whatever protected says. It neither makes
// nor checks a signature of this API; that is for [Signer.Sign] and
// [Signer.Verify], which take documented headers only. It is what lets published
// test vectors, whose headers are other people's, be held against the computation
// that both of them use. Errors are [ErrKey], and [ErrHeader] for an algorithm that
// is none.
func (s *Signer) MAC(a Algorithm, protected string, payload []byte) ([]byte, error) {
	if s == nil || s.keyed == nil {
		return nil, ErrKey
	}
	if a.method() == nil {
		return nil, errAlgorithm
	}
	st := s.pools[a].Get().(*state)
	defer s.end(a, st)
	st.encoded = append(st.encoded[:0], protected...)
	st.compute(payload)
	return bytes.Clone(st.sum), nil
}

// Format prints the type and nothing of the key, whatever the verb.
func (s Signer) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "jws.Signer") }

// begin returns a state with h encoded. It goes back with end.
func (s *Signer) begin(h Header) (*state, error) {
	if s == nil || s.keyed == nil {
		return nil, ErrKey
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	st := s.pools[h.Algorithm].Get().(*state)
	st.json, _ = h.AppendJSON(st.json[:0]) // checked above
	st.encoded = base64.RawURLEncoding.AppendEncode(st.encoded[:0], st.json)
	return st, nil
}

func (s *Signer) end(a Algorithm, st *state) {
	// A pool keeps no part of a payload: it may hold a card number.
	clear(st.chunk[:])
	if cap(st.json)+cap(st.encoded) > 4*MaxSize {
		st.json, st.encoded = nil, nil
	}
	s.pools[a].Put(st)
}

// compute sets sum to the MAC of encoded.B64URL(payload).
func (st *state) compute(payload []byte) {
	st.mac.Reset()
	st.mac.Write(st.encoded)
	st.chunk[0] = '.' // not a literal: that would be an allocation
	st.mac.Write(st.chunk[:1])
	for len(payload) > 0 {
		n := min(len(payload), chunk)
		m := base64.RawURLEncoding.EncodedLen(n)
		base64.RawURLEncoding.Encode(st.chunk[:m], payload[:n])
		st.mac.Write(st.chunk[:m])
		payload = payload[n:]
	}
	st.sum = st.mac.Sum(st.sum[:0])
}
