package jws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// detached writes a header and a MAC of zeros that fits it.
func detached(header string, size int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + ".." + base64.RawURLEncoding.EncodeToString(make([]byte, size))
}

// Each refusal has its reason: who diagnoses is not sent the wrong way.
func TestParseReasons(t *testing.T) {
	const uri = `{"uri":"/a","auth_id":"7","method":"POST","params":"","alg":"HS256"}`
	with := func(old, new string) string { return detached(strings.Replace(uri, old, new, 1), 32) }
	valid := detached(uri, 32)
	protected, mac, _ := strings.Cut(valid, "..")
	if _, err := Parse(valid); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		strings.Repeat("e", MaxSize-1) + "..": "longer than 8 KiB",
		"":                                    "three parts with an empty middle one expected",
		valid + ".":                           "three parts with an empty middle one expected",
		valid + "." + mac:                     "three parts with an empty middle one expected",
		protected + "." + mac:                 "three parts with an empty middle one expected",
		protected + "..":                      "empty part",
		".." + mac:                            "empty part",
		"..":                                  "empty part",
		valid + "\n":                          "line end",
		"\r" + valid:                          "line end",
		"!" + valid:                           "header: base64url without padding expected",
		protected + "=.." + mac:               "header: base64url without padding expected",
		protected + ".." + mac[1:]:            "MAC: not of the algorithm's length",
		protected + ".." + mac + "A":          "MAC: not of the algorithm's length",
		protected + "..!" + mac[1:]:           "MAC: base64url without padding expected",
		protected + ".." + mac[:42] + "B":     "MAC: base64url without padding expected",
		detached("\xff", 32):                  "header: not UTF-8",
		detached("[]", 32):                    "header: JSON object expected",
		detached("{}", 32):                    "header: member name expected",
		with(`"/a"`, `""`):                    "header: empty member",
		with(`"7"`, `""`):                     "header: empty member",
		with(`"POST"`, `""`):                  "header: empty member",
		with(`"HS256"`, `"none"`):             "header: alg: HS256 or HS512 expected",
		with(`"params"`, `"typ":"JOSE","params"`): "header: typ: JWT expected",
		with(`,"params":""`, ""):                  "header: not the members of one documented form",
		with(`"params"`, `"method":"","params"`):  "header: duplicate member",
		with(`"params"`, `"kid":"","params"`):     "header: member of an undocumented name or type",
		with(`"7"`, "7"):                          "header: member of an undocumented name or type",
		with(`"uri"`, `"merchant_id":7:,"uri"`):   "header: comma or end of object expected",
		detached(uri+"x", 32):                     "header: data after the object",
	} {
		d, err := Parse(value)
		if !errors.Is(err, ErrMalformed) || err.Error() != ErrMalformed.Error()+": "+want {
			t.Errorf("%.100s: got %v, want %s", value, err, want)
		}
		if d.EncodedHeader != "" || d.HeaderJSON != nil || d.MAC != nil || d.Header != (Header{}) {
			t.Errorf("%.100s: something is read beside the error", value)
		}
	}
}

func TestParseIntegers(t *testing.T) {
	for literal, want := range map[string]string{
		"1234567890": "1234567890", " 90": "90", "\t\r\n0 ": "0", "9": "9",
	} {
		value := detached(`{"path":"/a","merchant_id":`+literal+`,"method":"POST","params":"","alg":"HS512"}`, 64)
		if d, err := Parse(value); err != nil || d.Header.Identity != want || d.Header.Form != FormPath {
			t.Errorf("%q: got %q (%v), want %q", literal, d.Header.Identity, err, want)
		}
	}
}

// All escapes of RFC 8259, and nothing that only looks like one.
func TestParseEscapes(t *testing.T) {
	read := func(text string) (string, error) {
		d, err := Parse(detached(`{"uri":"`+text+`","auth_id":"7","method":"POST","params":"","alg":"HS256"}`, 32))
		return d.Header.URI, err
	}
	for text, want := range map[string]string{
		`/a b!`:        "/a b!",
		`\"`:           `"`,
		`\\`:           `\`,
		`\/`:           `/`,
		`\b\f\n\r\t`:   "\b\f\n\r\t",
		`\u0041`:       "A",
		`\u0000`:       "\x00",
		`\u09af\u0F9A`: "\u09af\u0f9a",
		`\uABCD\uabcd`: "\uabcd\uabcd",
		`\uEFef\uffff`: "\uefef\uffff",
		`\uD83D\uDE00`: "\U0001F600",
		`\ud83d\ude00`: "\U0001F600",
		`a\u0062c\td`:  "abc\td",
		`\ufffd`:       "\ufffd",
	} {
		if got, err := read(text); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		`\`, `\x`, `\a`, `\v`, `\0`, `\'`, `\B`, `\U0041`, `\c`, `\g`, `\o`, `\s`, `\#`, `\]`, `\]]`,
		`\u`, `\u1`, `\u12`, `\u123`, `\u00g0`, `\u00G0`, `\u00:0`, `\u00@0`, "\\u00`0", `\u00/0`, `\u 041`, `\u+041`, `\u004`, `\u00\u0041`,
		`\ud83d`, `\ud83dA`, `\ud83dxude00`, `\ud83d\xde00`, `\ud83d\n`, `\ud83d\u0041`, `\ud83d\ud83d`, `\ude00`, `\ude00\ud83d`, `\ud83d\ude0g`,
		"\n", "\x1f", "\x00",
	} {
		if got, err := read(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %q (%v), want %v", text, got, err, ErrMalformed)
		}
	}
	// Cut off anywhere, nothing behind its end is read.
	whole := `{"uri":"` + `\u0041\ud83d\ude00\n` + `abcdefghijklmnop`
	for start := range 16 {
		for end := 8; end <= len(whole); end++ {
			header := whole[:8] + strings.Repeat("x", start) + whole[8:end]
			if _, err := Parse(detached(header, 32)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: got %v, want %v", header, err, ErrMalformed)
			}
		}
	}
}

func TestForms(t *testing.T) {
	for f, want := range map[Form]string{FormURI: "uri", FormPath: "path", FormPath + 1: "invalid", 255: "invalid"} {
		if got := f.String(); got != want {
			t.Errorf("form %d: got %q, want %q", f, got, want)
		}
	}
	if SignatureHeader != "X-JWS-Signature" {
		t.Error(SignatureHeader)
	}
	for a, want := range map[Algorithm]int{0: 0, HS256: 32, HS512: 64, HS512 + 1: 0} {
		if got := a.Size(); got != want {
			t.Errorf("algorithm %d: got a size of %d, want %d", a, got, want)
		}
	}
}

// The texts of the errors of a header say which member it is, and what is wrong.
func TestHeaderErrors(t *testing.T) {
	s := newSigner(t, testKey)
	for want, change := range map[string]func(*Header){
		"uri: empty":      func(h *Header) { h.URI = "" },
		"method: empty":   func(h *Header) { h.Method = "" },
		"params: not UTF": func(h *Header) { h.Params = "\xff" },
	} {
		h := testWant
		change(&h)
		if got, err := h.AppendJSON([]byte("x")); err == nil || !strings.Contains(err.Error(), want) || string(got) != "x" {
			t.Errorf("%s: got %q, %v", want, got, err)
		}
	}
	value, err := s.Sign(testWant, nil)
	if err != nil {
		t.Fatal(err)
	}
	for member, change := range map[string]func(*Header){
		"form": func(h *Header) { h.Form = FormPath }, "alg": func(h *Header) { h.Algorithm = HS512 },
		"uri": func(h *Header) { h.URI = "/b" }, "auth_id": func(h *Header) { h.Identity = "8" },
		"method": func(h *Header) { h.Method = "GET" }, "params": func(h *Header) { h.Params = "x" },
	} {
		h := testWant
		change(&h)
		if err := s.Verify(value, h, nil); err == nil || err.Error() != fmt.Sprintf("%v: %s: differs", ErrHeader, member) {
			t.Errorf("%s: got %v", member, err)
		}
	}
}

// What a signature was made with goes back clean: it may have held a card number.
// What was made for a very long header is not kept.
func TestStateGoesBackClean(t *testing.T) {
	s := newSigner(t, testKey)
	st, err := s.begin(testWant)
	if err != nil {
		t.Fatal(err)
	}
	st.compute([]byte(strings.Repeat("4400444400004440", 100)))
	s.end(HS256, st)
	if st.chunk != [len(st.chunk)]byte{} {
		t.Error("a payload stays behind")
	}
	for size, kept := range map[int]bool{1: true, 4 * MaxSize: true, 4*MaxSize + 1: false} {
		for _, inJSON := range []bool{true, false} {
			st := &state{mac: st.mac, json: make([]byte, 0, size/2), encoded: make([]byte, 0, size-size/2)}
			if inJSON {
				st.json, st.encoded = make([]byte, 0, size), nil
			}
			s.end(HS256, st)
			if got := st.json != nil || st.encoded != nil; got != kept {
				t.Errorf("%d bytes, one part: %t: kept is %t, want %t", size, inJSON, got, kept)
			}
		}
	}
}

// A warm signer reuses what it has. It allocates its result; one that reuses nothing
// allocates eleven times or more. The race detector has pools drop a part of what
// they get, hence the room.
func TestWarmSignerAllocatesLittle(t *testing.T) {
	s := newSigner(t, testKey)
	value, err := s.Sign(testWant, []byte(testBody))
	if err != nil {
		t.Fatal(err)
	}
	protected, _, _ := strings.Cut(value, "..")
	for name, f := range map[string]func(){
		"Sign":   func() { _, _ = s.Sign(testWant, []byte(testBody)) },
		"Verify": func() { _ = s.Verify(value, testWant, []byte(testBody)) },
		"MAC":    func() { _, _ = s.MAC(HS256, protected, []byte(testBody)) },
	} {
		if n := testing.AllocsPerRun(1000, f); n > 8 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
