package verify

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// These tests are the rows of the threat table in SECURITY.md that concern pg_sig,
// and what it cannot give: those are called TestLimit, and show what gets through.

// formAnswer sends a form with the given signature and returns the status, and the
// reason of a refusal.
func formAnswer(t *testing.T, target, form string) (status int, reason string) {
	t.Helper()
	log := new(buffer)
	opts := formOptions()
	opts.Logger = slog.New(slog.NewTextHandler(log, nil))
	w := ask(guard(t, opts, seen), "POST", target, formType, form)
	if w.Code != http.StatusOK && (w.Code != http.StatusUnauthorized || w.Body.String() != `{"error":"unauthorized"}`) {
		t.Errorf("%s: got %d %s", form, w.Code, w.Body)
	}
	return w.Code, log.String()
}

// refund is a form without its signature, and the signature.
func refund() (form, signature string) {
	return "pg_amount=500.00&pg_merchant_id=123456&pg_payment_id=7&pg_salt=salt&pg_sig=",
		md5of("revoke", "500.00", testIdentity, "7", "salt", testKey)
}

func TestThreatPgSigForgedOrReencoded(t *testing.T) {
	form, signature := refund()
	raw, err := hex.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	if status, reason := formAnswer(t, "/g2g/revoke", form+signature); status != http.StatusOK {
		t.Fatalf("the valid one: %d %s", status, reason)
	}
	values := map[string]string{
		"zeros":                   strings.Repeat("0", 32),
		"another key":             md5of("revoke", "500.00", testIdentity, "7", "salt", "guessed"),
		"no key":                  md5of("revoke", "500.00", testIdentity, "7", "salt", ""),
		"without the key's place": md5of("revoke", "500.00", testIdentity, "7", "salt"),
		"extended by a digit":     signature + "0",
		"extended by a NUL":       signature + "\x00",
		"twice":                   signature + signature,
		"in capitals":             strings.ToUpper(signature),
		"a space before":          " " + signature,
		"a space after":           signature + " ",
		"a line end after":        signature + "\n",
		"with 0x":                 "0x" + signature,
		"in base64":               base64.StdEncoding.EncodeToString(raw),
		"in base64url":            base64.RawURLEncoding.EncodeToString(raw),
		"in escapes":              url.QueryEscape(strings.ReplaceAll(signature, signature[:1], "%"+hex.EncodeToString([]byte(signature[:1])))),
		"bytes":                   string(raw),
		"of another byte order":   swapped(raw),
		"in full-width digits":    strings.Map(func(r rune) rune { return r + 0xFEE0 }, signature),
		"an array of PHP":         "Array",
	}
	for n := range signature {
		values["truncated to "+signature[:n]] = signature[:n]
		other := []byte(signature)
		other[n] ^= 1
		values["changed to "+string(other)] = string(other)
	}
	for name, value := range values {
		if value == signature {
			t.Fatalf("%s is no forgery", name)
		}
		if status, _ := formAnswer(t, "/g2g/revoke", form+url.QueryEscape(value)); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d", name, status)
		}
	}
}

// swapped is a digest with the bytes of its words reversed.
func swapped(raw []byte) string {
	var b []byte
	for i := 0; i < len(raw); i += 4 {
		b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(raw[i:]))
	}
	return hex.EncodeToString(b)
}

// The script name is the last segment of the path, letter for letter as it was
// sent.
func TestThreatPgSigMovedToAnotherScript(t *testing.T) {
	for _, script := range []string{"revoke", "refund", "revoke.php", "Revoke", "%72evoke", "g2g%2Frevoke", "revoke%00", "revoke;", "revoke%20", "..%2Frevoke", "%2e"} {
		form := "pg_merchant_id=123456&pg_salt=salt&pg_sig=" + md5of(script, testIdentity, "salt", testKey)
		for _, called := range []string{"revoke", "refund", "revoke.php", "Revoke", "%72evoke", "g2g%2Frevoke", "revoke%00", "revoke;", "revoke%20", "..%2Frevoke", "%2e"} {
			status, _ := formAnswer(t, "/g2g/"+called, form)
			if (status == http.StatusOK) != (script == called) {
				t.Errorf("signed for %s, called %s: got %d", script, called, status)
			}
		}
		// A path that ends in a slash has no script name.
		if status, reason := formAnswer(t, "/g2g/"+script+"/", form); status != http.StatusUnauthorized || !strings.Contains(reason, "without a last segment") {
			t.Errorf("signed for %s, called with a slash: got %d %s", script, status, reason)
		}
	}
}

// What pg_sig does not cover: the path in front of its last segment, the method,
// the host.
func TestLimitPgSigCoversTheLastSegmentOnly(t *testing.T) {
	form, signature := refund()
	for _, target := range []string{"/g2g/revoke", "/revoke", "/another/api/revoke", "https://attacker.example/revoke", "/g2g//revoke", "/g2g/../revoke", "/g2g/revoke?pg_amount=1"} {
		if status, reason := formAnswer(t, target, form+signature); status != http.StatusOK {
			t.Errorf("%s: got %d %s; correct SECURITY.md", target, status, reason)
		}
	}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/g2g/revoke", strings.NewReader(form+signature))
		r.Header.Set("Content-Type", formType)
		guard(t, formOptions(), seen).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d; correct SECURITY.md", method, w.Code)
		}
	}
}

// Values are joined without escapes: a semicolon in a value is as good as one
// between two. So these forms say different things and have one signature, by the
// protocol and not by a mistake of anybody's. A verifier cannot know which of them
// was signed. What may hold a semicolon should not stand beside a field on which
// money depends: see SECURITY.md.
func TestLimitPgSigSeparatorIsAmbiguous(t *testing.T) {
	signature := md5of("revoke", "1", "2", "3", testIdentity, "salt", testKey)
	const rest = "&pg_merchant_id=123456&pg_salt=salt&pg_sig="
	for name, form := range map[string]string{
		"three fields":                "pg_a=1&pg_b=2&pg_c=3",
		"a semicolon in the first":    "pg_a=1%3B2&pg_c=3",
		"a semicolon in the last":     "pg_a=1&pg_b=2%3B3",
		"one field":                   "pg_a=1%3B2%3B3",
		"two fields of one name":      "pg_a=1&pg_a=2&pg_a=3",
		"a list":                      "pg_a[0]=1&pg_a[1]=2&pg_a[2]=3",
		"a merchant in another field": "pg_a=1&pg_amount=2&pg_description=3",
	} {
		if status, reason := formAnswer(t, "/revoke", form+rest+signature); status != http.StatusOK {
			t.Errorf("%s: got %d %s; correct SECURITY.md", name, status, reason)
		}
	}
	// The script name is joined the same way.
	if status, reason := formAnswer(t, "/revoke;1;2", "pg_a=3"+rest+signature); status != http.StatusOK {
		t.Errorf("values in the script name: got %d %s; correct SECURITY.md", status, reason)
	}
	// Not everything goes: the sequence of values is what is signed.
	for name, form := range map[string]string{
		"another sequence": "pg_a=2&pg_b=1&pg_c=3",
		"no separator":     "pg_a=12&pg_c=3",
		"an empty value":   "pg_a=1&pg_b=2&pg_c=&pg_d=3",
	} {
		if status, _ := formAnswer(t, "/revoke", form+rest+signature); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d", name, status)
		}
	}
}

// Names are not signed: they sort, and no more. Who can read a message can send its
// values under other names, as long as those sort alike.
func TestLimitPgSigDoesNotCoverNames(t *testing.T) {
	sent := "pg_can_reject=1&pg_merchant_id=123456&pg_result=0&pg_salt=salt&pg_sig="
	signature := md5of("result", "1", testIdentity, "0", "salt", testKey)
	if status, reason := formAnswer(t, "/result", sent+signature); status != http.StatusOK {
		t.Fatalf("the message: %d %s", status, reason)
	}
	for _, moved := range []string{
		"pg_captured=1&pg_merchant_id=123456&pg_result=0&pg_salt=salt&pg_sig=",
		"pg_captured=1&pg_merchant_id=123456&pg_refund_amount=0&pg_salt=salt&pg_sig=",
	} {
		if status, reason := formAnswer(t, "/result", moved+signature); status != http.StatusOK {
			t.Errorf("%s: got %d %s; correct SECURITY.md", moved, status, reason)
		}
	}
	// What would sort differently is refused: of two values that do not look alike
	// none can take the other's place.
	for _, moved := range []string{
		"pg_result=1&pg_merchant_id=123456&pg_can_reject=0&pg_salt=salt&pg_sig=",
		"pg_z=1&pg_merchant_id=123456&pg_result=0&pg_salt=salt&pg_sig=",
	} {
		if status, _ := formAnswer(t, "/result", moved+signature); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d", moved, status)
		}
	}
}

// It holds no time, and its salt is anybody's: a message that was seen verifies
// again. Package repeat is what knows it again.
func TestLimitPgSigHoldsNoTime(t *testing.T) {
	form, signature := refund()
	for range 3 {
		if status, reason := formAnswer(t, "/g2g/revoke", form+signature); status != http.StatusOK {
			t.Errorf("got %d %s; correct SECURITY.md", status, reason)
		}
	}
}

// The blocks that make md5 collide, and the padding by which its length is
// extended, are no text. Forms that hold such bytes are refused in every form in
// which they come, before a signature is looked at. So a pair of forms with one
// md5 would have to be a pair of texts.
func TestThreatPgSigBytesThatAreNoText(t *testing.T) {
	block, err := hex.DecodeString("d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"half of a collision":         string(block),
		"what md5 pads with":          "1\x80\x00\x00\x00",
		"a byte that begins nothing":  "\xff",
		"a slash in too many bytes":   "\xc0\xaf",
		"half of a surrogate":         "\xed\xa0\x80",
		"a character beyond the last": "\xf4\x90\x80\x80",
		"a character that is cut off": "\xd1",
	} {
		// In each form the right signature, of exactly these bytes.
		signature := md5of("revoke", value, testIdentity, "salt", testKey)
		pairs := []string{"a", value, "pg_merchant_id", testIdentity, "pg_salt", "salt", "pg_sig", signature}
		form := make(url.Values)
		for pair := range slices.Chunk(pairs, 2) {
			form.Set(pair[0], pair[1])
		}
		inXML := "<request><a>" + value + "</a><pg_merchant_id>123456</pg_merchant_id><pg_salt>salt</pg_salt><pg_sig>" + signature + "</pg_sig></request>"
		for _, sent := range []struct{ kind, method, target, contentType, body string }{
			{"urlencoded", "POST", "/revoke", formType, form.Encode()},
			{"query", "GET", "/revoke?" + form.Encode(), "", ""},
			{"multipart", "POST", "/revoke", multiType, parts(t, pairs...)},
			{"XML", "POST", "/revoke", formType, "pg_xml=" + url.QueryEscape(inXML)},
		} {
			log := new(buffer)
			opts := formOptions()
			opts.Logger = slog.New(slog.NewTextHandler(log, nil))
			w := ask(guard(t, opts, seen), sent.method, sent.target, sent.contentType, sent.body)
			if w.Code != http.StatusUnauthorized || strings.Contains(log.String(), "is wrong") {
				t.Errorf("%s, %s: got %d, %s", name, sent.kind, w.Code, log)
			}
		}
	}
}
