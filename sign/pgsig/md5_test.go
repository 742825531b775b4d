package pgsig

import (
	"crypto/md5"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What md5 with the secret at its end is open to, and what it is not. SECURITY.md
// says what follows.

// padding returns what md5 appends to a message of n bytes.
func padding(n int) string {
	zeros := (55 - n%64 + 64) % 64
	return "\x80" + strings.Repeat("\x00", zeros) + string(binary.LittleEndian.AppendUint64(nil, 8*uint64(n)))
}

// extend returns the md5 of a message of n bytes, its padding and more. It knows
// the message's md5, and nothing else of it: that is length extension.
func extend(t *testing.T, sum string, n int, more string) string {
	t.Helper()
	digest, err := hex.DecodeString(sum)
	if err != nil || len(digest) != md5.Size {
		t.Fatal(sum)
	}
	// The digest is md5's state after the last block. The standard library reads a
	// state as its name, four words, a block that is not full, and a length.
	state := []byte("md5\x01")
	for i := 0; i < len(digest); i += 4 {
		state = binary.BigEndian.AppendUint32(state, binary.LittleEndian.Uint32(digest[i:]))
	}
	state = append(state, make([]byte, md5.BlockSize)...)
	state = binary.BigEndian.AppendUint64(state, uint64(n+len(padding(n))))
	h := md5.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(more))
	return hex.EncodeToString(h.Sum(nil))
}

// The tool works: of a signature with the secret in front, which this is not,
// whoever has seen one can make others.
func TestLengthExtensionBreaksASecretInFront(t *testing.T) {
	for length := range 130 {
		secret := strings.Repeat("s", length)
		seen := "secret in front: " + secret + ";pay;500.00"
		forged := seen + padding(len(seen)) + ";9000000.00"
		if got := extend(t, sum(seen), len(seen), ";9000000.00"); got != sum(forged) {
			t.Fatalf("a secret of %d bytes: got %s, want %s", length, got, sum(forged))
		}
	}
}

// With the secret at the end the extension begins after it: what is extended is
// a text that ends in the secret, the padding and what the attacker added, and a
// verifier's text ends in the secret. So there is nowhere to put it.
func TestLengthExtensionOfASignatureIsRefused(t *testing.T) {
	const script, secret = "pay", "a secret of 24 characters"
	seen := []Field{leaf("pg_amount", "500.00"), leaf("pg_merchant_id", "123456"), leaf("pg_salt", "salt")}
	signature := Sign(script, seen, secret)
	base := "pay;500.00;123456;salt;" + secret
	if signature != sum(base) {
		t.Fatal("the text that is signed is another one")
	}
	tried := 0
	// The attacker guesses the length of the secret, rightly among others, and what
	// it is followed by, too: even the secret, which would be no attack any more.
	for length := len(secret) - 8; length <= len(secret)+8; length++ {
		n := len(base) - len(secret) + length
		for _, more := range []string{"", ";", ";9000000.00", ";pay", "9000000.00;" + strings.Repeat("s", length)} {
			forged := extend(t, signature, n, more)
			glue := padding(n) + more
			for _, filler := range []string{"", strings.Repeat("s", length)} {
				for i := range seen {
					changed := slices.Clone(seen)
					changed[i].Value += filler + glue
					if Verify(script, changed, secret, forged) {
						t.Fatalf("%d bytes, %q in field %d: verifies", length, more, i)
					}
					tried++
				}
				for _, name := range []string{"pg_sign", "zz", "a"} {
					if Verify(script, append(slices.Clone(seen), leaf(name, filler+glue)), secret, forged) {
						t.Fatalf("%d bytes, %q in a new field %s: verifies", length, more, name)
					}
					tried++
				}
				if Verify(script+filler+glue, seen, secret, forged) {
					t.Fatalf("%d bytes, %q in the script name: verifies", length, more)
				}
				tried++
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was tried")
	}
	// The attacker who knows the secret and puts it everywhere it has to be gets
	// what that is worth: a signature that Sign would have made.
	known := append(slices.Clone(seen), leaf("zz", secret+padding(len(base))))
	if forged := extend(t, signature, len(base), ";"+secret); !Verify(script, known, secret, forged) {
		t.Error("the text is put together in another way than this test thinks")
	}
}

// The two messages of 128 bytes with one md5 that Wang, Feng, Lai and Yu published
// in 2004.
var collision = [2]string{
	"d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b" +
		"d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70",
	"d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b" +
		"d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70",
}

// A collision in front of the secret is a collision of signatures, whatever
// follows and whatever the secret: md5 is at the same state after both messages.
// An HMAC has the secret in front, too, and is not open to that.
//
// The published pair works from the beginning of a text only, which is where the
// script name stands; a real one is the escaped end of a path and cannot hold those
// bytes. In a value the same attack needs a pair of its own, made for the text in
// front of the value. Such a pair takes an ordinary computer seconds, as arbitrary
// bytes, which forms here refuse because they are no UTF-8.
func TestLimitMD5CollisionIsACollisionOfSignatures(t *testing.T) {
	var scripts [2]string
	for i, message := range collision {
		raw, err := hex.DecodeString(message)
		if err != nil {
			t.Fatal(err)
		}
		scripts[i] = string(raw)
	}
	if scripts[0] == scripts[1] || sum(scripts[0]) != sum(scripts[1]) {
		t.Fatal("this is no collision")
	}
	for i := range 100 {
		fields := []Field{leaf("pg_amount", fmt.Sprint(i)), leaf("pg_salt", strings.Repeat("x", i))}
		secret := fmt.Sprintf("secret %d that the attacker does not know", i)
		signature := Sign(scripts[0], fields, secret)
		if !Verify(scripts[1], fields, secret, signature) {
			t.Fatal("the two differ: correct SECURITY.md")
		}
	}
	// In a value, after another text, the pair is nothing.
	field := func(value string) []Field { return []Field{leaf("a", value)} }
	if Sign("pay", field(scripts[0]), "k") == Sign("pay", field(scripts[1]), "k") {
		t.Error("the pair collides after any text: correct SECURITY.md")
	}
}

// The first pair of printable texts with one md5, which Stevens published in 2024,
// is no help to an attacker: the two are alike at their end only, and a secret
// follows here.
func TestPublishedCollisionOfTextsDoesNotCarryOver(t *testing.T) {
	texts := [2]string{
		"TEXTCOLLBYfGiJUETHQ4hAcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
		"TEXTCOLLBYfGiJUETHQ4hEcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
	}
	if texts[0] == texts[1] || sum(texts[0]) != sum(texts[1]) {
		t.Fatal("this is no collision")
	}
	if Sign(texts[0], nil, "k") == Sign(texts[1], nil, "k") {
		t.Error("the two have one signature: correct SECURITY.md")
	}
}
