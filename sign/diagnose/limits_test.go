package diagnose

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// otherSecrets are more than are tried.
func otherSecrets() (opts []Option) {
	for i := range MaxOtherSecrets + 3 {
		opts = append(opts, WithOtherSecret(fmt.Sprintf("secret %d", i), fmt.Appendf(nil, "  other secret %d", i)))
	}
	return opts
}

// The largest search stays below the limit, so that the limit cuts off nothing.
func TestCandidatesAreBounded(t *testing.T) {
	o := collect(otherSecrets())
	if len(o.others) != MaxOtherSecrets {
		t.Fatalf("%d other secrets, want %d", len(o.others), MaxOtherSecrets)
	}
	key := []byte("\ufeff'" + strings.Repeat("0+", 32) + "'\r\n")
	body := []byte("\ufeff" + "\r\n" + `{"b":"<я\/\u044f","a":{"z":1.50,"y":[]}}` + "\n")
	for _, payload := range [][]byte{body, body[3:]} {
		s := search{sum: make([]byte, 32), keys: keys("key", key, o.others), stated: jws.HS256, want: testWant, header: "e30", headerJSON: []byte(testHeader), payload: payload}
		if fits, fit := s.run(); fits || fit != "" {
			t.Fatalf("fits with %s", fit)
		}
		t.Logf("%d signatures", s.tried)
		if s.tried < 300 || s.tried >= MaxCandidates {
			t.Errorf("%d signatures, at most %d wanted", s.tried, MaxCandidates)
		}
	}

	f := fields(t, "PG_b", " a<b'\"&amp;%20\n", "pg_c", "", "x", "\r\n", "pg_p[10][b]", "4", "pg_p[2][a]", "3", "pg_p[2][c]", "2", "pg_salt", "s", "pg_a", "0", "pg_a", "1")
	fs := formSearch{sum: "x", scripts: scripts("https://a.kz/B/c%20d/?e=f", "", false), values: arrangements(f), secrets: keys("secret", key, o.others)}
	if fits, fit := fs.run(); fits || fit != "" {
		t.Fatalf("fits with %s", fit)
	}
	t.Logf("%d signatures of a form", fs.tried)
	if fs.tried < 300 || fs.tried >= MaxCandidates {
		t.Errorf("%d signatures of a form, at most %d wanted", fs.tried, MaxCandidates)
	}
}

func TestSearchStops(t *testing.T) {
	s := search{sum: make([]byte, 32), tried: MaxCandidates}
	fs := formSearch{tried: MaxCandidates, sum: sum(";")}
	if s.try(nil) || s.tried != MaxCandidates || fs.try(scriptName{}, candidate{}, candidate{}) || fs.tried != MaxCandidates {
		t.Error("more than MaxCandidates signatures")
	}
	fs.tried--
	if !fs.try(scriptName{}, candidate{}, candidate{}) {
		t.Error("the last signature was not tried")
	}
}

// Each pair of causes costs the whole body, so that a large one is spared.
func TestPairsOfSmallMessagesOnly(t *testing.T) {
	for _, size := range []int{MaxPaired, MaxPaired + 1} {
		paired := size <= MaxPaired
		body := `"` + strings.Repeat("a", size-2) + `"`
		value := signed(t, testHeader, otherSecret, body+"\n")
		other := WithOtherSecret("the payout secret", []byte(otherSecret))
		if got := JWS(value, testWant, []byte(body), []byte(testKey), other); (got.Fit != "") != paired {
			t.Errorf("%d bytes: got %+v", size, got)
		}
		value = signed(t, testHeader, testKey, body+"\n")
		if got := JWS(value, testWant, []byte(body), []byte(testKey), other); got.Fit != "the body with a trailing newline" {
			t.Errorf("%d bytes, singly: got %+v", size, got)
		}

		v := strings.Repeat("a", size-1)
		sig := sum("init_payment.php;" + v + ";" + otherSecret)
		if got := Form(formScript, fields(t, "pg_a", v), formSecret, sig, other); (got.Fit != "") != paired {
			t.Errorf("form of %d bytes: got %+v", size, got)
		}
	}
}

func TestLargeMessages(t *testing.T) {
	body := bytes.Repeat([]byte("a"), MaxMessage+1)
	head := b64(testHeader)
	value := head + ".." + mac(t, jwt.SigningMethodHS256, testKey, head+"."+b64(string(body)))
	got := JWS(value, testWant, body, []byte(testKey+"\n"))
	if got.Fit != "" || got.MACFits || got.String() != "the MAC differs: body or key. The body is so large that no usual cause was tried" {
		t.Errorf("got %+v", got)
	}
	if got := JWS(value+"\n", testWant, body, []byte(testKey)); got.Cause != CauseMalformed || !got.MACFits {
		t.Errorf("got %+v", got)
	}

	for name, f := range map[string][]pgsig.Field{
		"values": {{Name: "pg_a", Value: string(body)}},
		"names":  {{Name: string(body[:MaxMessage/10]), Children: slices.Repeat([]pgsig.Field{{Name: "a", Value: "1"}}, 20)}},
		"number": slices.Repeat([]pgsig.Field{{Name: "a", Value: "1"}}, maxFields+1),
	} {
		got := Form(formScript, f, formSecret+"\n", pgsig.Sign(formScript, f, formSecret))
		if got.Fit != "" || got.MACFits || !strings.HasSuffix(got.String(), "The form is so large that no usual cause was tried") {
			t.Errorf("%s: got %+v", name, got)
		}
		got = Form(formScript, f, formSecret, strings.ToUpper(pgsig.Sign(formScript, f, formSecret)))
		if got.Cause != CauseMalformed || !got.MACFits {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// JSON that is nested or made to grow when it is written anew.
func TestHostileJSON(t *testing.T) {
	for name, body := range map[string]string{
		"deep":    strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"many":    "[" + strings.Repeat("0,", maxValues) + "0]",
		"invalid": `{"a":`,
	} {
		if _, ok := parseJSON([]byte(body)); ok {
			t.Errorf("%s: read", name)
		}
		value := signed(t, testHeader, testKey, body+"\n")
		if got := JWS(value, testWant, []byte(body), []byte(testKey)); got.Fit != "the body with a trailing newline" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	deep := strings.Repeat("[", maxDepth) + "1" + strings.Repeat("]", maxDepth)
	if _, ok := parseJSON([]byte(deep)); !ok {
		t.Error("as deep as allowed: not read")
	}
	many := "[" + strings.Repeat("0,", maxValues-2) + "0]"
	if _, ok := parseJSON([]byte(many)); !ok {
		t.Error("as many as allowed: not read")
	}
}

func TestWithOtherSecret(t *testing.T) {
	secret := []byte("of a test environment")
	opt := WithOtherSecret("the test secret", secret)
	clear(secret)
	value := signed(t, testHeader, "of a test environment", testBody)
	for range 2 { // an option may be used again
		if got := JWS(value, testWant, []byte(testBody), []byte(testKey), WithOtherSecret("none", nil), opt); got.Fit != "the test secret" {
			t.Errorf("got %+v", got)
		}
	}
}

// A key that was put where the identity belongs is the one secret that a header
// can hold.
func TestSecretsAreMasked(t *testing.T) {
	const secret = "Zq7mWx2Kp9LdRt4v"
	for name, test := range map[string]struct {
		header string
		want   jws.Header
	}{
		"identity":       {strings.Replace(testHeader, "123456", secret, 1), testWant},
		"wanted":         {testHeader, jws.Header{Algorithm: jws.HS256, URI: "/v5/g2g/create", Identity: secret, Method: "POST"}},
		"uri":            {strings.Replace(testHeader, "/v5", "/"+secret+"/v5", 1), testWant},
		"name":           {strings.Replace(testHeader, "params", secret, 1), testWant},
		"duplicate name": {strings.Replace(testHeader, `"params"`, `"`+secret+`":"","`+secret+`"`, 1), testWant},
		"wrong type":     {strings.Replace(testHeader, `"params":""`, `"params":["`+secret+`"]`, 1), testWant},
		"typ":            {strings.Replace(testHeader, `"params"`, `"typ":"`+secret+`","params"`, 1), testWant},
		"in base64":      {strings.Replace(testHeader, "123456", b64(secret), 1), testWant},
	} {
		value := signed(t, test.header, secret, testBody)
		for _, got := range []Diagnosis{
			JWS(value, test.want, []byte(testBody), []byte(secret+"\n")),
			JWS(value, test.want, []byte(testBody), []byte(testKey), WithOtherSecret("the other", []byte(secret))),
		} {
			text := fmt.Sprintf("%s %+v %#v", got, got, got)
			if strings.Contains(text, secret) || strings.Contains(text, b64(secret)) && name != "in base64" {
				t.Errorf("%s: %s", name, text)
			}
			if !strings.Contains(text, masked) && name != "in base64" {
				t.Errorf("%s: nothing is masked: %s", name, text)
			}
		}
	}
}
