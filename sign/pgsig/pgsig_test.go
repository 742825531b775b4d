package pgsig

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func leaf(name, value string) Field { return Field{Name: name, Value: value} }

// sum is the signature of a base string that was written out by hand.
func sum(base string) string {
	s := md5.Sum([]byte(base))
	return hex.EncodeToString(s[:])
}

// The one printed signature whose secret is known, in the order of the message:
// https://paybox.money/us_en/dev/merchant-to-paybox.
var (
	documentedScript = "script.php"
	documentedSecret = "mypasskey"
	documentedSig    = "a8a4d5a9188f24038a14a4d65c387bf7"
	documentedFields = []Field{
		leaf("pg_salt", "9imM909TH820jwk387"),
		leaf("pg_t_param", "value3"),
		leaf("pg_a_param", "value1"),
		{Name: "pg_z_param", Children: []Field{
			leaf("pg_q_subparam", "subvalue2"),
			leaf("pg_m_subparam", "subvalue1"),
		}},
		leaf("pg_b_param", "value2"),
	}
)

func TestDocumentedSignature(t *testing.T) {
	if got := sum("script.php;value1;value2;9imM909TH820jwk387;value3;subvalue1;subvalue2;mypasskey"); got != documentedSig {
		t.Fatalf("printed base string: got %s, want %s", got, documentedSig)
	}
	if got := Sign(documentedScript, documentedFields, documentedSecret); got != documentedSig {
		t.Errorf("Sign: got %s, want %s", got, documentedSig)
	}
	if !Verify(documentedScript, documentedFields, documentedSecret, documentedSig) {
		t.Error("Verify: false")
	}
	fields, err := Fields([]Pair{
		{"pg_salt", "9imM909TH820jwk387"}, {"pg_t_param", "value3"}, {"pg_a_param", "value1"},
		{"pg_z_param[pg_q_subparam]", "subvalue2"}, {"pg_b_param", "value2"}, {"pg_z_param[pg_m_subparam]", "subvalue1"},
	})
	if err != nil || !Verify(documentedScript, fields, documentedSecret, documentedSig) {
		t.Errorf("as a form: %+v (%v) does not verify", fields, err)
	}
}

func TestSignBase(t *testing.T) {
	tests := []struct {
		name, script, secret, base string
		fields                     []Field
	}{
		{"no fields", "s", "k", "s;k", nil},
		{"no script", "", "k", ";v;k", []Field{leaf("a", "v")}},
		{"printed base string, placeholders as values", "init_payment.php", "{{secret_key}}",
			"init_payment.php;25;test;{{paybox_merchant_id}};23;molbulak;{{secret_key}}",
			[]Field{leaf("pg_order_id", "23"), leaf("pg_merchant_id", "{{paybox_merchant_id}}"), leaf("pg_amount", "25"), leaf("pg_description", "test"), leaf("pg_salt", "molbulak")}},
		{"printed base string of cardstorage/add", "add", "{{secret_key}}",
			"add;http://site.kz/back;{{paybox_merchant_id}};{{post_link}};some random string;1234;{{secret_key}}",
			[]Field{leaf("pg_merchant_id", "{{paybox_merchant_id}}"), leaf("pg_user_id", "1234"), leaf("pg_post_link", "{{post_link}}"), leaf("pg_back_link", "http://site.kz/back"), leaf("pg_salt", "some random string")}},
		{"pg_sig is left out", "s", "k", "s;1;2;k", []Field{leaf("a", "1"), leaf("pg_sig", "x"), leaf("z", "2")}},
		{"every pg_sig", "s", "k", "s;k", []Field{leaf("pg_sig", "x"), leaf("pg_sig", "y")}},
		{"pg_sig further down stays", "s", "k", "s;x;k", []Field{{Name: "a", Children: []Field{leaf("pg_sig", "x")}}}},
		{"other spellings of pg_sig stay", "s", "k", "s;x;k", []Field{leaf("PG_SIG", "x")}},
		{"unknown fields too", "s", "k", "s;1;2;k", []Field{leaf("pg_a", "1"), leaf("their_own", "2")}},
		{"bytewise, capitals first", "s", "k", "s;1;2;3;k", []Field{leaf("count", "2"), leaf("UnitCode", "1"), leaf("цена", "3")}},
		{"prefix first", "s", "k", "s;1;2;k", []Field{leaf("pg_param1", "2"), leaf("pg_param", "1")}},
		{"one name keeps the order", "s", "k", "s;3;1;2;9;k", []Field{leaf("z", "9"), leaf("a", "3"), leaf("a", "1"), leaf("a", "2")}},
		{"empty values", "s", "k", "s;;;k", []Field{leaf("a", ""), leaf("b", "")}},
		{"value of a parent", "s", "k", "s;1;k", []Field{{Name: "a", Value: "x", Children: []Field{leaf("b", "1")}}}},
		{"children take the parent's place", "s", "k", "s;1;2;3;4;k", []Field{leaf("c", "4"), {Name: "b", Children: []Field{leaf("z", "3"), leaf("a", "2")}}, leaf("a", "1")}},
		{"three levels", "s", "k", "s;1;2;3;k", []Field{{Name: "a", Children: []Field{
			{Name: "1", Children: []Field{leaf("y", "3")}},
			{Name: "0", Children: []Field{leaf("y", "2"), leaf("x", "1")}},
		}}}},
		{"not ASCII", "s", "k", "s;Счет за услуги;k", []Field{leaf("a", "Счет за услуги")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := sum(test.base)
			if got := Sign(test.script, test.fields, test.secret); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if !Verify(test.script, test.fields, test.secret, want) {
				t.Error("does not verify")
			}
		})
	}
}

// So many that an unstable sort would show.
func TestSignKeepsOrderOfOneName(t *testing.T) {
	var fields []Field
	base := [3]string{}
	for i := range 100 {
		name := i * 7 % 3
		fields = append(fields, leaf(string(rune('c'-name)), strconv.Itoa(i)))
		base[2-name] += ";" + strconv.Itoa(i)
	}
	if got, want := Sign("s", fields, "k"), sum("s"+base[0]+base[1]+base[2]+";k"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSignChangesNothing(t *testing.T) {
	fields := []Field{
		leaf("z", "1"), leaf("pg_sig", "x"),
		{Name: "b", Children: []Field{leaf("z", "2"), leaf("a", "3")}},
		leaf("a", "4"),
	}
	Sign("s", fields, "k")
	for i, name := range []string{"z", "pg_sig", "b", "a"} {
		if fields[i].Name != name {
			t.Errorf("field %d: got %s, want %s", i, fields[i].Name, name)
		}
	}
	if fields[2].Children[0].Name != "z" {
		t.Error("children were sorted in place")
	}
}

func TestVerifyRefuses(t *testing.T) {
	changed := func(i int, value string) []Field {
		fields := slices.Clone(documentedFields)
		fields[i].Value = value
		return fields
	}
	tests := []struct {
		name, script, secret, sig string
		fields                    []Field
	}{
		{"value", documentedScript, documentedSecret, documentedSig, changed(0, "9imM909TH820jwk388")},
		{"field left out", documentedScript, documentedSecret, documentedSig, documentedFields[1:]},
		{"field added", documentedScript, documentedSecret, documentedSig, append(slices.Clone(documentedFields), leaf("zz", "1"))},
		{"empty field added", documentedScript, documentedSecret, documentedSig, append(slices.Clone(documentedFields), leaf("zz", ""))},
		{"script", "script", documentedSecret, documentedSig, documentedFields},
		{"secret", documentedScript, documentedSecret + " ", documentedSig, documentedFields},
		{"capitals", documentedScript, documentedSecret, strings.ToUpper(documentedSig), documentedFields},
		{"truncated", documentedScript, documentedSecret, documentedSig[:31], documentedFields},
		{"extended", documentedScript, documentedSecret, documentedSig + "0", documentedFields},
		{"line end", documentedScript, documentedSecret, documentedSig + "\n", documentedFields},
		{"zeros", documentedScript, documentedSecret, strings.Repeat("0", 32), documentedFields},
		{"empty", documentedScript, documentedSecret, "", documentedFields},
	}
	for _, test := range tests {
		if Verify(test.script, test.fields, test.secret, test.sig) {
			t.Errorf("%s: verifies", test.name)
		}
	}
}

// A secret that is not configured must not become a signature that anybody can
// make.
func TestEmptySecret(t *testing.T) {
	fields := []Field{leaf("a", "1")}
	if got := Sign("s", fields, ""); got != "" {
		t.Errorf("Sign: got %q", got)
	}
	for _, sig := range []string{"", sum("s;1;"), sum("s;1")} {
		if Verify("s", fields, "", sig) {
			t.Errorf("Verify: true for %q", sig)
		}
	}
}

// The scheme joins values without escaping: the package comment says so, and this
// is what it means.
func TestSchemeIsAmbiguous(t *testing.T) {
	sig := Sign("s", []Field{leaf("pg_amount", "1"), leaf("pg_description", "2;3")}, "k")
	for name, fields := range map[string][]Field{
		"semicolon moved": {leaf("pg_amount", "1;2"), leaf("pg_description", "3")},
		"other names":     {leaf("a", "1"), leaf("b", "2"), leaf("c", "3")},
	} {
		if !Verify("s", fields, "k", sig) {
			t.Errorf("%s: no longer the same signature; correct the package comment", name)
		}
	}
}
