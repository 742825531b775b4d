package diagnose

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
)

const (
	formScript = "init_payment"
	formSecret = "form-secret-1"
)

// sum is the signature of a base string that was written out by hand.
func sum(base string) string {
	s := md5.Sum([]byte(base))
	return hex.EncodeToString(s[:])
}

func fields(t testing.TB, pairs ...string) []pgsig.Field {
	t.Helper()
	var all []pgsig.Pair
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pgsig.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	f, err := pgsig.Fields(all)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormValid(t *testing.T) {
	f := fields(t, "pg_b", "2", "pg_a", "1", "pg_salt", "s", "pg_sig", "x")
	sig := sum("init_payment;1;2;s;form-secret-1")
	want := Diagnosis{Valid: true, Cause: CauseValid, Member: "pg_sig", MACFits: true}
	for _, script := range []string{formScript, "/init_payment", "https://api.freedompay.kz/a/init_payment?b=c"} {
		if got := Form(script, f, formSecret, sig); got != want {
			t.Errorf("%s: got %+v, want %+v", script, got, want)
		}
	}
	if f[0].Name != "pg_b" {
		t.Error("the fields were changed")
	}
}

func TestFormUnusable(t *testing.T) {
	got := Form(formScript, nil, "", sum("init_payment;"))
	if got.Cause != CauseUnusable || got.String() != "nothing to check with: the secret is empty" {
		t.Errorf("got %+v", got)
	}
}

func TestFormMalformed(t *testing.T) {
	good := sum("init_payment;1;form-secret-1")
	raw, err := hex.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, sig, detail string
		macFits           bool
	}{
		{"none", "", "there is no pg_sig, or it is empty", false},
		{"white space alone", " ", "there is no pg_sig, or it is empty", false},
		{"capitals", strings.ToUpper(good), "pg_sig is in capitals, lower-case hexadecimal is documented", true},
		{"newline", good + "\n", "there is white space around pg_sig, or there are quotes", true},
		{"quotes", `"` + good + `"`, "there is white space around pg_sig, or there are quotes", true},
		{"base64", base64.StdEncoding.EncodeToString(raw), "pg_sig is in base64, lower-case hexadecimal is documented", true},
		{"SHA-256", strings.Repeat("0", 64), "pg_sig has 64 hexadecimal characters, md5 has 32", false},
		{"cut", good[:30], "pg_sig has 30 hexadecimal characters, md5 has 32", false},
		{"no hexadecimal", "g" + good[1:], "pg_sig is not made of 32 lower-case hexadecimal characters", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Form(formScript, fields(t, "pg_a", "1"), formSecret, test.sig)
			want := Diagnosis{Cause: CauseMalformed, Member: "pg_sig", Detail: test.detail, MACFits: test.macFits, noMAC: !test.macFits}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if strings.HasSuffix(got.String(), "\nScript name, fields and secret fit.") != test.macFits {
				t.Errorf("got %s", got)
			}
		})
	}
	got := Form(formScript, fields(t, "pg_a", "1"), formSecret, strings.ToUpper(sum("init_payment.php;1;form-secret-1")))
	if want := "the signature is malformed: pg_sig is in capitals, lower-case hexadecimal is documented" +
		"\nThe md5 differs too. It fits with the script name with .php."; got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = Form(formScript, fields(t, "pg_a", "1"), formSecret, strings.ToUpper(sum("another")))
	if !strings.HasSuffix(got.String(), "\nThe md5 differs too: script name, fields or secret.") {
		t.Errorf("got %s", got)
	}
}

func TestFormUsualCauses(t *testing.T) {
	const call = "https://api.freedompay.kz/v1/Merchant/a%20b?x=/y"
	simple := []string{"pg_b", "2", "pg_a", "1", "pg_salt", "s"}
	nested := []string{"pg_z", "9", "pg_p[1][b]", "4", "pg_p[1][a]", "3", "pg_p[0][b]", "2", "pg_p[0][a]", "1", "pg_a", "0"}
	var positions []string
	asText, numbered := "", ""
	for i := range 12 {
		positions = append(positions, "p["+strconv.Itoa(i)+"][name]", "v"+strconv.Itoa(i), "p["+strconv.Itoa(i)+"][count]", "c"+strconv.Itoa(i))
		numbered += fmt.Sprintf(";c%d;v%d", i, i)
	}
	for _, i := range []int{0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9} {
		asText += fmt.Sprintf(";c%d;v%d", i, i)
	}
	tests := []struct {
		name   string
		script string // "" is formScript
		pairs  []string
		secret string // of the verifier; "" is formSecret
		base   string
		fit    string
	}{
		{".php", "", simple, "", "init_payment.php;1;2;s;form-secret-1", "the script name with .php"},
		{"no .php", "result.php", simple, "", "result;1;2;s;form-secret-1", "the script name without .php"},
		{"trailing slash", "", simple, "", "init_payment/;1;2;s;form-secret-1", "the script name with a trailing slash"},
		{"leading slash", "", simple, "", "/init_payment;1;2;s;form-secret-1", "the script name with a leading slash"},
		{"query", call, simple, "", "a%20b?x=/y;1;2;s;form-secret-1", "the script name with the query"},
		{"path", call, simple, "", "/v1/Merchant/a%20b;1;2;s;form-secret-1", "the whole path as the script name"},
		{"path without slash", call, simple, "", "v1/Merchant/a%20b;1;2;s;form-secret-1", "the whole path without its leading slash as the script name"},
		{"path and query", call, simple, "", "/v1/Merchant/a%20b?x=/y;1;2;s;form-secret-1", "path and query as the script name"},
		{"URL", call, simple, "", call + ";1;2;s;form-secret-1", "the whole URL as the script name"},
		{"URL without query", call, simple, "", "https://api.freedompay.kz/v1/Merchant/a%20b;1;2;s;form-secret-1", "the whole URL without the query as the script name"},
		{"unescaped", call, simple, "", "a b;1;2;s;form-secret-1", "the script name with its percent escapes undone"},
		{"lower case", "Result", simple, "", "result;1;2;s;form-secret-1", "the script name in lower case"},
		{"one file", "", simple, "", "index.php;1;2;s;form-secret-1", "index.php as the script name"},
		{"no name", "", simple, "", ";1;2;s;form-secret-1", "an empty script name"},
		{"no script", "", simple, "", "1;2;s;form-secret-1", "no script name, nor the semicolon after it"},

		{"other secret", "", simple, "", "init_payment;1;2;s;" + otherSecret, "the payout secret"},
		{"secret with newline", "", simple, formSecret + "\n", "init_payment;1;2;s;form-secret-1", "the secret without its trailing newline"},
		{"secret with white space", "", simple, " " + formSecret + " ", "init_payment;1;2;s;form-secret-1", "the secret without the white space around it"},
		{"sender's secret with newline", "", simple, "", "init_payment;1;2;s;form-secret-1\n", "the secret with a trailing newline"},
		{"no secret", "", simple, "", "init_payment;1;2;s;", "an empty secret"},

		{"unsorted", "", simple, "", "init_payment;2;1;s;form-secret-1", "the values in the order of the message, not sorted by name"},
		{"children unsorted", "", nested, "", "init_payment;0;4;3;2;1;9;form-secret-1", "children in the order of the message, not sorted by name"},
		{"positions as text", "", positions, "", "init_payment" + asText + ";form-secret-1", "list positions sorted as text (pgsig.OrderName)"},
		{"positions by number", "", positions, "", "init_payment" + numbered + ";form-secret-1", "list positions sorted by number (pgsig.OrderNumber)"},
		{"positions by number and another script", "", positions, "", "init_payment.php" + numbered + ";form-secret-1", "the script name with .php and list positions sorted by number (pgsig.OrderNumber)"},
		{"positions as text and another secret", "", positions, "", "init_payment" + asText + ";" + otherSecret, "list positions sorted as text (pgsig.OrderName) and the payout secret"},
		{"names as in the PHP sample", "", []string{"a1", "1", "a10", "10", "a2", "2"}, "", "init_payment;10;1;2;form-secret-1", "the values sorted as the PHP sample does, with ordinals in all names"},
		{"without regard to case", "", []string{"pg_b", "2", "PG_C", "3", "pg_a", "1"}, "", "init_payment;1;2;3;form-secret-1", "names sorted without regard to case"},
		{"by value", "", []string{"pg_a", "3", "pg_b", "1", "pg_c", "2"}, "", "init_payment;1;2;3;form-secret-1", "the values sorted by value, not by name"},
		{"by whole name", "", []string{"pg_a[x]", "1", "pg_a1", "2", "pg_z", "0", "pg_b", "3"}, "", "init_payment;2;1;3;0;form-secret-1", "the values sorted by their whole names in brackets"},
		{"no pg_salt", "", simple, "", "init_payment;1;2;form-secret-1", "pg_salt left out"},
		{"no empty values", "", []string{"pg_b", "", "pg_a", "1"}, "", "init_payment;1;form-secret-1", "empty values left out"},
		{"no empty values below", "", []string{"pg_b[x]", "", "pg_a", "1"}, "", "init_payment;1;form-secret-1", "empty values left out"},
		{"no fields of others", "", []string{"pg_b", "2", "order", "1"}, "", "init_payment;2;form-secret-1", "fields whose names do not begin with pg_ left out"},
		{"no nested fields", "", nested, "", "init_payment;0;9;form-secret-1", "fields with children left out"},
		{"last of a name", "", []string{"pg_a", "1", "pg_a", "2"}, "", "init_payment;2;form-secret-1", "only the last of the fields of one name"},
		{"empty pg_sig", "", []string{"pg_a", "1", "pg_z", "2"}, "", "init_payment;1;;2;form-secret-1", "an empty pg_sig among the fields"},
		{"parents too", "", nested, "", "init_payment;0;;;1;2;;3;4;9;form-secret-1", "an empty value for each field with children, before theirs"},
		{"parents instead", "", nested, "", "init_payment;0;;9;form-secret-1", "an empty value for each field with children, in place of theirs"},
		{"Array", "", nested, "", "init_payment;0;Array;9;form-secret-1", "the word Array for each field with children, in place of their values"},
		{"trimmed", "", []string{"pg_b", " 2\n", "pg_a", "1"}, "", "init_payment;1;2;form-secret-1", "the values without the white space around them"},
		{"entities decoded", "", []string{"pg_a", "Fish &amp; &#39;chips"}, "", "init_payment;Fish & 'chips;form-secret-1", "the entities in the values decoded"},
		{"entities not decoded", "", []string{"pg_a", `"Fish" & <chips>`}, "", `init_payment;"Fish" &amp; &lt;chips&gt;;form-secret-1`, "the entities in the values not decoded"},
		{"entities and quotation marks", "", []string{"pg_a", `"Fish" & 'chips'`}, "", `init_payment;&quot;Fish&quot; &amp; 'chips';form-secret-1`, "the entities in the values, quotation marks too, not decoded"},
		{"entities, apostrophes", "", []string{"pg_a", `"Fish" & 'chips'`}, "", `init_payment;&quot;Fish&quot; &amp; &#039;chips&#039;;form-secret-1`, "the entities in the values, quotation marks and apostrophes too, not decoded"},
		{"URL decoded", "", []string{"pg_a", "a+b%3Bc"}, "", "init_payment;a b;c;form-secret-1", "the URL encoding of the values undone"},
		{"URL encoded", "", []string{"pg_a", "a b~"}, "", "init_payment;a+b~;form-secret-1", "the values in URL encoding (a space is +)"},
		{"URL encoded, %20", "", []string{"pg_a", "a b+"}, "", "init_payment;a%20b%2B;form-secret-1", "the values in URL encoding (a space is %20)"},
		{"LF", "", []string{"pg_a", "a\r\nb"}, "", "init_payment;a\nb;form-secret-1", "LF for CRLF in the values"},
		{"CRLF", "", []string{"pg_a", "a\nb"}, "", "init_payment;a\r\nb;form-secret-1", "CRLF for LF in the values"},

		{"script and secret", "", simple, "", "init_payment.php;1;2;s;" + otherSecret, "the script name with .php and the payout secret"},
		{"script and fields", "", simple, "", "init_payment.php;1;2;form-secret-1", "the script name with .php and pg_salt left out"},
		{"fields and secret", "", simple, "", "init_payment;1;2;" + otherSecret, "pg_salt left out and the payout secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script, secret := formScript, formSecret
			if test.script != "" {
				script = test.script
			}
			if test.secret != "" {
				secret = test.secret
			}
			f := fields(t, test.pairs...)
			got := Form(script, f, secret, sum(test.base), WithOtherSecret("the payout secret", []byte(otherSecret)))
			if want := (Diagnosis{Cause: CauseMAC, Member: "pg_sig", Fit: test.fit}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got.String() != "pg_sig differs: script name, fields or secret. It fits with "+test.fit {
				t.Errorf("got %s", got)
			}
			if !reflect.DeepEqual(f, fields(t, test.pairs...)) {
				t.Error("the fields were changed")
			}
		})
	}
}

// Another order of lists is tried only where it makes another text: up to ten
// positions it does not.
func TestFormOrders(t *testing.T) {
	for _, test := range []struct{ positions, arrangements int }{{10, 0}, {11, 2}} {
		var pairs []string
		for i := range test.positions {
			pairs = append(pairs, fmt.Sprintf("p[%d][name]", i), strconv.Itoa(i))
		}
		f := fields(t, pairs...)
		orders := 0
		for _, a := range arrangements(f) {
			if strings.HasPrefix(a.words, "list positions") {
				orders++
			}
		}
		if orders != test.arrangements {
			t.Errorf("%d positions: %d other orders, want %d", test.positions, orders, test.arrangements)
		}
		if got := Form(formScript, f, formSecret, pgsig.Sign(formScript, f, formSecret)); !got.Valid {
			t.Errorf("%d positions: got %+v", test.positions, got)
		}
		for _, o := range []pgsig.Order{pgsig.OrderName, pgsig.OrderNumber} {
			got := Form(formScript, f, formSecret, o.Sign(formScript, f, formSecret))
			if got.Valid != (test.arrangements == 0) || strings.Contains(got.Fit, "list positions") == got.Valid {
				t.Errorf("%d positions, %v: got %+v", test.positions, o, got)
			}
		}
	}
}

// The first arrangement is what pgsig.Sign signs.
func TestFormFirstArrangement(t *testing.T) {
	for _, pairs := range [][]string{
		{"p[1][b]", "1", "p[10][b]", "2", "p[1][a]", "3", "pg_sig", "x"}, {"p[]", "1", "p[]", "2"}, {"a1", "1", "a10", "2"}, {"p[a]", "", "p[b][pg_sig]", "1"},
	} {
		f := fields(t, pairs...)
		if got := sum("s" + string(arrangements(f)[0].data) + ";k"); got != pgsig.Sign("s", f, "k") {
			t.Errorf("%s: got %s", pairs, arrangements(f)[0].data)
		}
	}
}

// A path that ends in a slash has no documented script name: clients are known to
// sign the part before.
func TestFormWithoutScriptName(t *testing.T) {
	f := fields(t, "pg_a", "1")
	const detail = "the path has no last part, and so no documented script name"
	for base, fit := range map[string]string{
		"payment_page;1;form-secret-1":       "the part before the last slash as the script name",
		"payment_page/;1;form-secret-1":      "the script name with a trailing slash",
		"/g2g/payment_page/;1;form-secret-1": "the whole path as the script name",
		"g2g/payment_page;1;form-secret-1":   "the whole path without the slashes around it as the script name",
		";1;form-secret-1":                   "an empty script name",
		"payment_page;1;" + otherSecret:      "the part before the last slash as the script name and the payout secret",
		"payment_page;2;form-secret-1":       "",
	} {
		got := Form("/g2g/payment_page/", f, formSecret, sum(base), WithOtherSecret("the payout secret", []byte(otherSecret)))
		if want := (Diagnosis{Cause: CauseMAC, Member: "pg_sig", Detail: detail, Fit: fit}); got != want {
			t.Errorf("%s: got %+v, want %+v", base, got, want)
		}
	}
}

func TestFormScriptFieldsOrSecret(t *testing.T) {
	sig := sum("init_payment;1;2;s;form-secret-1")
	for name, test := range map[string]struct{ script, value, secret string }{
		"script": {"status", "1", formSecret},
		"fields": {formScript, "3", formSecret},
		"secret": {formScript, "1", "another"},
	} {
		f := fields(t, "pg_b", "2", "pg_a", test.value, "pg_salt", "s")
		got := Form(test.script, f, test.secret, sig, WithOtherSecret("the payout secret", []byte(otherSecret)))
		if got != (Diagnosis{Cause: CauseMAC, Member: "pg_sig"}) || got.String() != "pg_sig differs: script name, fields or secret" {
			t.Errorf("%s: got %#v", name, got)
		}
	}
}
