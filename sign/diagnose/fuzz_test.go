package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

const (
	fuzzKey   = "Zq7mWx2Kp9LdRt4v"
	fuzzOther = "Hy3nBc8VgJ5sQe6u"
)

// leaks reports whether a secret shows in d.
func leaks(d Diagnosis) bool {
	text := fmt.Sprintf("%s %+v %#v", d, d, d)
	return strings.Contains(text, fuzzKey) || strings.Contains(text, fuzzOther)
}

func checkText(t *testing.T, d Diagnosis) {
	t.Helper()
	if leaks(d) {
		t.Fatalf("a secret shows in %#v", d)
	}
	text := d.String()
	if len(text) > 2000 || strings.Count(text, "\n") > 1 || strings.HasSuffix(text, "\n") || strings.ContainsAny(text, "\x00\x1b\r") {
		t.Fatalf("got %q", text)
	}
	if d.MACFits && d.Fit != "" || d.Valid != (d.Cause == CauseValid) || d.Valid && !d.MACFits {
		t.Fatalf("contradiction: %+v", d)
	}
}

// FuzzJWS checks the verdict against the verifier, and that nothing shows a
// secret.
func FuzzJWS(f *testing.F) {
	f.Add("", "", "")
	f.Add(signed(f, testHeader, fuzzKey, testBody), testBody, "/v5/g2g/create")
	f.Add(signed(f, testHeader, fuzzKey, testBody), testBody+"\n", "/v5/g2g/create")
	f.Add(signed(f, testHeader, fuzzOther, testBody), testBody, "/v5/g2g/create")
	f.Add(signed(f, strings.Replace(testHeader, "123456", fuzzKey, 1), fuzzKey, "[]"), "", "/a")
	f.Add(signed(f, strings.Replace(testHeader, "params", fuzzOther, 1), fuzzKey, ""), "{}", "/v5/g2g/create?a")
	f.Add(signedWhole(f, testHeader, fuzzKey, testBody), testBody, "https://a/v5/g2g/create")
	f.Add(b64(`{"uri":"/a","auth_id":7,"method":"POST","params":{"a":[{}]},"alg":"none"}`)+"..", "{", "/a")
	f.Add(b64(testPath)+"."+strings.Repeat("0f", 32), `{"a":"\ud83d\ude00\/ \u2028","b":[1.50,{}],"a":null}`, "/v5")
	f.Fuzz(func(t *testing.T, value, body, uri string) {
		for _, want := range []jws.Header{
			{Algorithm: jws.HS256, URI: uri, Identity: "123456", Method: "POST"},
			{Form: jws.FormPath, Algorithm: jws.HS512, URI: "/v5/a", Identity: "123456", Method: "POST"},
		} {
			got := JWS(value, want, []byte(body), []byte(fuzzKey), WithOtherSecret("the other secret", []byte(fuzzOther)))
			checkText(t, got)
			s, err := jws.NewSigner([]byte(fuzzKey))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(value, want, []byte(body)); (err == nil) != got.Valid {
				t.Fatalf("got %+v, the verifier says %v", got, err)
			}
		}
	})
}

// FuzzForm checks the verdict against the verifier, that nothing shows a secret,
// and that the documented arrangement of the values is the verifier's.
func FuzzForm(f *testing.F) {
	f.Add("init_payment", "pg_b=2\npg_a=1\npg_salt=s", sum("init_payment;1;2;s;"+fuzzKey))
	f.Add("/a/init_payment.php?b", "pg_p[10][a]=1\npg_p[2][b]=\npg_p[2][a]= 3 ", strings.ToUpper(sum("init_payment;"+fuzzKey)))
	f.Add("/", "a[]=&amp;\na[]=%20\na[][b]=x", "")
	f.Add("https://x", "", sum(""))
	f.Add("", "pg_sig=x\npg_sig[a]=y", fuzzKey)
	f.Fuzz(func(t *testing.T, script, message, sig string) {
		var pairs []pgsig.Pair
		for line := range strings.SplitSeq(message, "\n") {
			name, value, _ := strings.Cut(line, "=")
			pairs = append(pairs, pgsig.Pair{Name: name, Value: value})
		}
		fields, err := pgsig.Fields(pairs)
		if err != nil {
			return
		}
		checkText(t, Form(script, fields, fuzzKey, sig, WithOtherSecret("the other secret", []byte(fuzzOther))))

		if name, err := pgsig.ScriptName(script); err == nil {
			script = name
		} else if strings.ContainsAny(script, "/?") {
			return
		}
		right := pgsig.Sign(script, fields, fuzzKey)
		if got := Form(script, fields, fuzzKey, right); !got.Valid {
			t.Fatalf("right, and got %+v", got)
		}
		if got := Form(script, fields, fuzzKey, strings.ToUpper(right)); !got.Valid && (got.Cause != CauseMalformed || !got.MACFits) {
			t.Fatalf("in capitals: got %+v", got)
		}
		if got := Form(script, fields, fuzzKey+"\n", right); got.Fit != "the secret without its trailing newline" {
			t.Fatalf("with a newline: got %+v", got)
		}
	})
}
