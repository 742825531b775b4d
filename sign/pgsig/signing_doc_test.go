package pgsig_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

func signingDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/signing.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block returns the text of the one fenced block of this kind.
func block(t *testing.T, doc, kind string) string {
	t.Helper()
	_, rest, found := strings.Cut(doc, "\n```"+kind+"\n")
	text, rest, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed || strings.Contains(rest, "\n```"+kind+"\n") {
		t.Fatalf("docs/signing.md has not one block %s", kind)
	}
	return text
}

// The examples of docs/signing.md are what they say, made with nothing of this
// module, and with it.
func TestSigningDocPgSig(t *testing.T) {
	doc := signingDoc(t)
	base, sig := block(t, doc, "base"), block(t, doc, "sig")
	sum := md5.Sum([]byte(base))
	if got := hex.EncodeToString(sum[:]); got != sig {
		t.Errorf("md5 of the text: %s, printed is %s", got, sig)
	}
	var pairs []pgsig.Pair
	for line := range strings.SplitSeq(block(t, doc, "form"), "\n") {
		name, value, _ := strings.Cut(line, "=")
		pairs = append(pairs, pgsig.Pair{Name: name, Value: value})
	}
	fields, err := pgsig.Fields(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []pgsig.Order{pgsig.OrderSample, pgsig.OrderName, pgsig.OrderNumber} {
		if !o.Verify("init_payment", fields, "secret", sig) {
			t.Errorf("%v: the fields are signed %s, printed is %s", o, o.Sign("init_payment", fields, "secret"), sig)
		}
	}
}

func TestSigningDocJWS(t *testing.T) {
	doc := signingDoc(t)
	body, header, input, value := block(t, doc, "body"), block(t, doc, "header"), block(t, doc, "input"), block(t, doc, "jws")
	b64 := base64.RawURLEncoding.EncodeToString
	if got := b64([]byte(header)) + "." + b64([]byte(body)); got != input {
		t.Errorf("header and body are %s, printed is %s", got, input)
	}
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(input))
	if got := b64([]byte(header)) + ".." + b64(mac.Sum(nil)); got != value {
		t.Errorf("HMAC: got %s, printed is %s", got, value)
	}
	signer, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	h := jws.Header{Algorithm: jws.HS256, URI: "/v5/partner/invoices/info", Identity: "123456", Method: "POST"}
	if got, err := signer.Sign(h, []byte(body)); err != nil || got != value {
		t.Errorf("Sign: got %s (%v), printed is %s", got, err, value)
	}
}

func TestSigningDocOrders(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `pgsig\\.Order(\\w+)`[^|]*\\| ([0-9 ]+) \\| ([0-9 ]+) \\|$").FindAllStringSubmatch(signingDoc(t), -1)
	if len(rows) != 3 {
		t.Fatalf("%d orders in docs/signing.md, want 3", len(rows))
	}
	for _, row := range rows {
		o := map[string]pgsig.Order{"Sample": pgsig.OrderSample, "Name": pgsig.OrderName, "Number": pgsig.OrderNumber}[row[1]]
		if !strings.EqualFold(o.String(), row[1]) {
			t.Fatalf("no order %s", row[1])
		}
		for i, list := range [][2]int{{0, 11}, {1, 10}} {
			var pairs []pgsig.Pair
			for n := list[0]; n <= list[1]; n++ {
				pairs = append(pairs, pgsig.Pair{Name: "p[" + strconv.Itoa(n) + "][name]", Value: strconv.Itoa(n)})
			}
			fields, err := pgsig.Fields(pairs)
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, position := range o.Sorted(fields)[0].Children {
				values = append(values, position.Name)
			}
			if got := strings.Join(values, " "); got != row[2+i] {
				t.Errorf("%v, %d to %d: got %s, printed is %s", o, list[0], list[1], got, row[2+i])
			}
		}
	}
}

// What docs/signing.md says of the secrets of calls is what the specs say.
func TestSigningDocSecrets(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `(merchant|gateway)\\.(\\w+)` \\| `([^`]+)` \\| (payment|payout) \\| (stated|observed|inferred) \\| [^|]+ \\|$").FindAllStringSubmatch(signingDoc(t), -1)
	inDoc := map[string]bool{}
	for _, row := range rows {
		inDoc[row[1]+"."+strings.ToLower(row[2])] = true
	}
	operation := regexp.MustCompile(`(?ms)^      operationId: (\w+)\n.*?^        - pgSig(Payment|Payout): \[\]\n.*?^        security: (\w+)\n`)
	checked := 0
	for api, sections := range map[string][]string{"merchant": {"payouts"}, "gateway": {"payouts", "tokens", "transfers"}} {
		paths, err := os.ReadFile("../../spec/" + api + "/openapi.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range sections {
			text, err := os.ReadFile("../../spec/" + api + "/" + section + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			for _, op := range operation.FindAllStringSubmatch(string(text), -1) {
				if (op[2] == "Payout" || op[3] != "stated") && !inDoc[api+"."+strings.ToLower(op[1])] {
					t.Errorf("docs/signing.md says nothing of the secret of %s.%s", api, op[1])
				}
				for _, row := range rows {
					if row[1] != api || !strings.EqualFold(row[2], op[1]) {
						continue
					}
					checked++
					path := strings.ReplaceAll(row[3], "…", "{merchant_id}")
					if !strings.EqualFold(row[4], op[2]) || row[5] != op[3] || !strings.Contains(string(paths), "\n  "+path) {
						t.Errorf("%s.%s: docs/signing.md says %s, %s and %s, the spec %s and %s", api, op[1], row[3], row[4], row[5], op[2], op[3])
					}
				}
			}
		}
	}
	if checked != len(rows) || checked < 10 {
		t.Errorf("%d calls in docs/signing.md, %d of them in the specs", len(rows), checked)
	}
}

// Its links to its own sections go somewhere.
func TestSigningDocLinks(t *testing.T) {
	doc := signingDoc(t)
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^##+ (.+)$`).FindAllStringSubmatch(doc, -1) {
		sections[strings.ToLower(strings.ReplaceAll(m[1], " ", "-"))] = true
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(doc, -1) {
		if !sections[m[1]] {
			t.Errorf("no section %s", m[1])
		}
	}
}
