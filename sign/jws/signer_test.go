package jws

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
)

func TestParseAlgorithm(t *testing.T) {
	for _, a := range []Algorithm{HS256, HS512} {
		if got, err := ParseAlgorithm(a.String()); err != nil || got != a {
			t.Errorf("%v: got %v (%v)", a, got, err)
		}
	}
	for _, name := range []string{"", "none", "hs256", "HS384", "HS256 ", "RS256", "invalid"} {
		if got, err := ParseAlgorithm(name); err == nil {
			t.Errorf("%q: got %v, want an error", name, got)
		}
	}
	if got := Algorithm(0).String(); got != "invalid" {
		t.Errorf("zero value: got %q", got)
	}
}

func TestAppendJSON(t *testing.T) {
	tests := []struct {
		name   string
		header Header
		want   string // "" where an error is wanted
		member string
	}{
		{"uri", Header{FormURI, HS256, "/a", "7", "GET", ""},
			`{"uri":"/a","auth_id":"7","method":"GET","params":"","alg":"HS256"}`, ""},
		{"path", Header{FormPath, HS512, "/a", "7", "POST", ""},
			`{"path":"/a","merchant_id":7,"method":"POST","params":"","alg":"HS512"}`, ""},
		{"merchant 0", Header{FormPath, HS512, "/a", "0", "POST", ""},
			`{"path":"/a","merchant_id":0,"method":"POST","params":"","alg":"HS512"}`, ""},
		{"identity as it stands", Header{FormURI, HS256, "/a", "007", "GET", ""},
			`{"uri":"/a","auth_id":"007","method":"GET","params":"","alg":"HS256"}`, ""},
		{"all kinds of control characters", Header{FormURI, HS256, "/ !\x01\x10\x1f\x7f", "7", "GET", ""},
			`{"uri":"/ !\u0001\u0010\u001f` + "\x7f" + `","auth_id":"7","method":"GET","params":"","alg":"HS256"}`, ""},
		{"merchant of nines", Header{FormPath, HS512, "/a", "990", "POST", ""},
			`{"path":"/a","merchant_id":990,"method":"POST","params":"","alg":"HS512"}`, ""},
		{"escapes", Header{FormURI, HS256, "/<&>\"\\\n\x00я", "7", "GET", "p"},
			`{"uri":"/<&>\"\\\u000a\u0000я","auth_id":"7","method":"GET","params":"p","alg":"HS256"}`, ""},
		{"no algorithm", Header{FormURI, 0, "/a", "7", "GET", ""}, "", "alg"},
		{"unknown form", Header{FormPath + 1, HS256, "/a", "7", "GET", ""}, "", "form"},
		{"no uri", Header{FormURI, HS256, "", "7", "GET", ""}, "", "uri"},
		{"no path", Header{FormPath, HS256, "", "7", "GET", ""}, "", "path"},
		{"no identity", Header{FormURI, HS256, "/a", "", "GET", ""}, "", "auth_id"},
		{"no method", Header{FormURI, HS256, "/a", "7", "", ""}, "", "method"},
		{"not UTF-8", Header{FormURI, HS256, "/\xff", "7", "GET", ""}, "", "uri"},
		{"no merchant", Header{FormPath, HS256, "/a", "", "GET", ""}, "", "merchant_id"},
		{"merchant no number", Header{FormPath, HS256, "/a", "7x", "GET", ""}, "", "merchant_id"},
		{"merchant with zero", Header{FormPath, HS256, "/a", "07", "GET", ""}, "", "merchant_id"},
		{"merchant with a colon", Header{FormPath, HS256, "/a", "7:", "GET", ""}, "", "merchant_id"},
		{"merchant negative", Header{FormPath, HS256, "/a", "-7", "GET", ""}, "", "merchant_id"},
		{"merchant in other digits", Header{FormPath, HS256, "/a", "٧", "GET", ""}, "", "merchant_id"},
		{"merchant that smuggles", Header{FormPath, HS256, "/a", `7,"x":1`, "GET", ""}, "", "merchant_id"},
	}
	s := newSigner(t, testKey)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.header.AppendJSON([]byte("x"))
			if test.want != "" {
				if err != nil || string(got) != "x"+test.want {
					t.Errorf("got %s (%v), want x%s", got, err, test.want)
				}
				if !json.Valid(got[1:]) {
					t.Error("not valid JSON")
				}
				return
			}
			if !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), test.member+":") {
				t.Errorf("got %v, want %v that names %s", err, ErrHeader, test.member)
			}
			if value, err := s.Sign(test.header, nil); !errors.Is(err, ErrHeader) || value != "" {
				t.Errorf("Sign: got %q (%v), want %v", value, err, ErrHeader)
			}
		})
	}
}

// What is signed here can be read here: both sides have the same limit.
func TestSignLimit(t *testing.T) {
	s := newSigner(t, testKey)
	longest := 0
	for n := 5900; n < 6200; n++ {
		h := testWant
		h.URI = "/" + strings.Repeat("a", n)
		value, err := s.Sign(h, nil)
		if err != nil {
			if !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), "header: longer") {
				t.Fatal(err)
			}
			if longest != MaxSize { // some header makes just that
				t.Errorf("the longest has %d bytes, want %d", longest, MaxSize)
			}
			return
		}
		longest = len(value)
		if err := s.Verify(value, h, nil); err != nil {
			t.Fatalf("a signature of %d bytes: %v", len(value), err)
		}
	}
	t.Error("no limit")
}

func TestNewSigner(t *testing.T) {
	for _, key := range [][]byte{nil, {}} {
		if s, err := NewSigner(key); s != nil || !errors.Is(err, ErrKey) {
			t.Errorf("NewSigner of %d bytes: got %v, %v", len(key), s, err)
		}
	}
	for _, s := range []*Signer{nil, {}} {
		if _, err := s.Sign(testWant, nil); !errors.Is(err, ErrKey) {
			t.Errorf("Sign without a key: got %v, want %v", err, ErrKey)
		}
		if err := s.Verify("x..x", testWant, nil); !errors.Is(err, ErrKey) {
			t.Errorf("Verify without a key: got %v, want %v", err, ErrKey)
		}
	}
}

// It is the MAC that a signature ends in, and refuses what those refuse.
func TestMAC(t *testing.T) {
	s := newSigner(t, testKey)
	for _, a := range []Algorithm{HS256, HS512} {
		want := testWant
		want.Algorithm = a
		value, err := s.Sign(want, []byte(testBody))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(value)
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.MAC(a, d.EncodedHeader, []byte(testBody))
		if err != nil || !bytes.Equal(first, d.MAC) {
			t.Errorf("%v: got %x (%v), want %x", a, first, err, d.MAC)
		}
		// What was returned is the caller's own.
		if second, err := s.MAC(a, d.EncodedHeader+"x", []byte(testBody)); err != nil || bytes.Equal(second, d.MAC) || !bytes.Equal(first, d.MAC) {
			t.Errorf("%v: under another header: %x (%v)", a, second, err)
		}
	}
	for _, a := range []Algorithm{0, HS512 + 1} {
		if mac, err := s.MAC(a, "e30", nil); mac != nil || !errors.Is(err, ErrHeader) {
			t.Errorf("algorithm %d: got %x (%v), want %v", a, mac, err, ErrHeader)
		}
	}
	for _, s := range []*Signer{nil, {}} {
		if mac, err := s.MAC(HS256, "e30", nil); mac != nil || !errors.Is(err, ErrKey) {
			t.Errorf("without a key: got %x (%v), want %v", mac, err, ErrKey)
		}
	}
}

func TestNewSignerCopiesKey(t *testing.T) {
	key := []byte(testKey)
	s := newSigner(t, testKey)
	changed, err := NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	clear(key)
	want, _ := s.Sign(testWant, nil)
	if got, err := changed.Sign(testWant, nil); err != nil || got != want {
		t.Errorf("after the caller's key was cleared: got %s (%v), want %s", got, err, want)
	}
}

func TestSignerPrintsNoKey(t *testing.T) {
	const key = "hunter2hunter2"
	s := newSigner(t, key)
	if _, err := s.Sign(testWant, nil); err != nil { // so that the pools hold something
		t.Fatal(err)
	}
	hidden := struct {
		s *Signer
		v Signer
	}{s, *s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n"+verb+"\n"+verb+"\n"+verb+"\n", s, *s, hidden, &hidden)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("signer", "signer", s, "hidden", hidden)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("signer", "signer", s, "hidden", hidden)
	data, err := json.Marshal(map[string]any{"signer": s})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	printed := strings.ToLower(out.String())
	for _, leak := range []string{
		key,
		hex.EncodeToString([]byte(key)),
		base64.StdEncoding.EncodeToString([]byte(key)),
		strings.Trim(fmt.Sprint([]byte(key)), "[]"),
		strings.TrimPrefix(fmt.Sprintf("%#v", []byte(key)), "[]byte"),
	} {
		if strings.Contains(printed, strings.ToLower(leak)) {
			t.Errorf("the key shows as %s in:\n%s", leak, printed)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%d"} {
		if got := fmt.Sprintf(verb+" "+verb, s, *s); got != "jws.Signer jws.Signer" {
			t.Errorf("%s: got %s", verb, got)
		}
	}
}

// Nothing of a message is in an error.
func TestErrorsQuoteNothing(t *testing.T) {
	const marker = "4400444400004440"
	for _, header := range []string{
		marker,
		`{"` + marker + `":""}`,
		`{"uri":"` + marker + `","uri":""}`,
		`{"alg":"` + marker + `"}`,
		`{"typ":"` + marker + `"}`,
		`{"merchant_id":0` + marker + `}`,
		`{"uri":"` + marker + `","auth_id":"7","method":"POST","params":"","alg":"HS256"}`,
	} {
		value := base64.RawURLEncoding.EncodeToString([]byte(header)) + ".." + strings.Repeat("A", 43)
		err := newSigner(t, testKey).Verify(value, testWant, nil)
		if err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: got %v", header, err)
		}
	}
}

// What a stranger sends costs nothing before the size is known, and next to
// nothing after.
func TestParseAllocations(t *testing.T) {
	mac := strings.Repeat("A", 43)
	for name, value := range map[string]string{
		"header of 1 MB":          strings.Repeat("e", 1<<20) + ".." + mac,
		"a million dots":          strings.Repeat(".", 1_000_000),
		"as many dots as allowed": strings.Repeat(".", MaxSize),
		"dots apart":              strings.Repeat("e.", MaxSize/2),
		"no dot":                  strings.Repeat("e", MaxSize),
	} {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := Parse(value); err == nil {
				t.Error("no error")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
	for name, header := range map[string]string{
		"long name":       `{"` + strings.Repeat("a", 6000),
		"escapes":         `{"uri":"` + strings.Repeat(`\u0041`, 1000),
		"short escapes":   `{"uri":"` + strings.Repeat(`\n`, 3000),
		"brackets":        strings.Repeat(`[`, 6000),
		"objects":         strings.Repeat(`{"uri":`, 850),
		"digits":          `{"merchant_id":` + strings.Repeat(`1`, 6000),
		"members":         `{"uri":"",` + strings.Repeat(`"uri":"",`, 600),
		"white space":     strings.Repeat(" ", 6000),
		"a value of 6 kB": `{"uri":"` + strings.Repeat("a", 5900) + `"}`,
	} {
		value := base64.RawURLEncoding.EncodeToString([]byte(header)) + ".." + mac
		if len(value) > MaxSize {
			t.Fatalf("%s: over the limit", name)
		}
		if n := testing.AllocsPerRun(100, func() {
			if _, err := Parse(value); err == nil {
				t.Error("no error")
			}
		}); n > 20 {
			t.Errorf("%s: %v allocations, want at most 20", name, n)
		}
		if n := allocated(func() { _, _ = Parse(value) }); n > 8*MaxSize {
			t.Errorf("%s: %d bytes allocated, want at most %d", name, n, 8*MaxSize)
		}
	}
}

// A payload is not copied.
func TestPayloadIsNotCopied(t *testing.T) {
	s := newSigner(t, testKey)
	payload := make([]byte, 8<<20)
	var value string
	if n := allocated(func() { value, _ = s.Sign(testWant, payload) }); n > 256<<10 {
		t.Errorf("Sign allocated %d bytes for a payload of %d", n, len(payload))
	}
	if n := allocated(func() {
		if err := s.Verify(value, testWant, payload); err != nil {
			t.Error(err)
		}
	}); n > 256<<10 {
		t.Errorf("Verify allocated %d bytes for a payload of %d", n, len(payload))
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
