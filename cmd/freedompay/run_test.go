package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sandbox"
)

// result is what a run left behind.
type result struct {
	code     int
	out, err string
}

// freedompay runs a command line with the given variables and standard input.
func freedompay(t *testing.T, vars map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, streams{strings.NewReader(stdin), &out, &errs}, func(name string) string { return vars[name] })
	return result{code, out.String(), errs.String()}
}

// want checks a run: its exit code, its output to the byte, and that standard
// error holds a text; an empty one means that there is none.
func (r result) want(t *testing.T, code int, out, err string) {
	t.Helper()
	if r.code != code || r.out != out || (err == "") != (r.err == "") || !strings.Contains(r.err, err) {
		t.Errorf("exit code %d, output %q, error %q\nwant exit code %d, output %q, error with %q", r.code, r.out, r.err, code, out, err)
	}
}

var (
	secret = map[string]string{"FREEDOMPAY_SECRET": "secret"}
	none   map[string]string
)

// The documented example of the Card API, made with the key "secret".
const (
	cardBody      = `{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197ca"}`
	cardSignature = "eyJ1cmkiOiIvdjUvY2FyZC1hcGkvcmVxdWVzdC9zdGF0dXMiLCJhdXRoX2lkIjoiMTIzNDU2IiwibWV0aG9kIjoiUE9TVCIsInBhcmFtcyI6IiIsImFsZyI6IkhTNTEyIn0..f1sQoeIpX_ZjOaykQzSeylvvKaVrEQV4gNM2ACFbEMkFDUV9Zk5WO1yQGEWez-vnQMVHodLBDVEyh5Xm2-3MjQ"
)

func cardArgs(command string, more ...string) []string {
	return append([]string{command, "jws", "--alg", "HS512", "--auth-id", "123456", "--method", "POST", "--uri", "/v5/card-api/request/status"}, more...)
}

func TestSignJWS(t *testing.T) {
	freedompay(t, secret, cardBody, cardArgs("sign")...).want(t, 0, cardSignature+"\n", "")

	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(cardBody), 0o600); err != nil {
		t.Fatal(err)
	}
	freedompay(t, secret, "not this", cardArgs("sign", "--body", file)...).want(t, 0, cardSignature+"\n", "")

	// No body at all: nobody is asked to type one.
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var out, errs bytes.Buffer
	if code := run(t.Context(), cardArgs("sign"), streams{null, &out, &errs}, func(string) string { return "secret" }); code != 0 || errs.Len() > 0 {
		t.Errorf("exit code %d, error %q", code, &errs)
	}

	// The documented example of the merchant's invoices of 2025.
	freedompay(t, map[string]string{"FREEDOMPAY_SECRET": "secret_key"},
		`{"order_id":"828cf71d-a447-4a67-a149-c1df8bc197ca","merchant_id":123456,"amount":100,"description":"Счет за услуги","invoice_method":"qr","currency":"KZT"}`,
		"sign", "jws", "--alg", "HS512", "--merchant-id", "123456", "--method", "POST", "--uri", "/v5/merchant/invoice/init").
		want(t, 0, "eyJwYXRoIjoiL3Y1L21lcmNoYW50L2ludm9pY2UvaW5pdCIsIm1lcmNoYW50X2lkIjoxMjM0NTYsIm1ldGhvZCI6IlBPU1QiLCJwYXJhbXMiOiIiLCJhbGciOiJIUzUxMiJ9..wCwFCAmxN0nbTm6mad8GxowIjgkCwfF7IAy2ijO9thLjsZFXnS4K_I4NPnXjkTFTMnEzqjk8rtIVmtf7NbGyvg\n", "")
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name  string
		vars  map[string]string
		stdin string
		args  []string
		err   string
	}{
		{"no secret to sign", none, cardBody, cardArgs("sign"), "no secret: set the environment variable FREEDOMPAY_SECRET"},
		{"no secret to verify", none, cardBody, cardArgs("verify", "--signature", "x"), "no secret"},
		{"no payout secret", secret, "", []string{"sign", "form", "--payout", "--script", "reg2reg", "a=b"}, "FREEDOMPAY_PAYOUT_SECRET"},
		{"no payout secret to call", secret, "{}", []string{"call", "merchant.payoutBalance", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "no secret: set the environment variable FREEDOMPAY_PAYOUT_SECRET"},
		{"no secret to call", none, "{}", []string{"call", "partner.invoicesInfo", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "no secret"},
		{"a body that is not there", secret, "", cardArgs("sign", "--body", filepath.Join(dir, "none")), "the body cannot be read"},
		{"a body that is a folder", secret, "", cardArgs("sign", "--body", dir), "the body cannot be read"},
		{"an unknown algorithm", secret, "", []string{"sign", "jws", "--alg", "none", "--auth-id", "1", "--method", "POST", "--uri", "/a"}, `--alg "none" is neither HS256 nor HS512`},
		{"no algorithm", secret, "", []string{"sign", "jws", "--auth-id", "1", "--method", "POST", "--uri", "/a"}, `required flag(s) "alg" not set`},
		{"no identity", secret, "", []string{"sign", "jws", "--alg", "HS256", "--method", "POST", "--uri", "/a"}, "at least one of the flags in the group [auth-id merchant-id] is required"},
		{"two identities", secret, "", []string{"sign", "jws", "--alg", "HS256", "--auth-id", "1", "--merchant-id", "1", "--method", "POST", "--uri", "/a"}, "none of the others can be"},
		{"a merchant id that is no number", secret, "", []string{"sign", "jws", "--alg", "HS512", "--merchant-id", "shop", "--method", "POST", "--uri", "/a"}, "merchant_id"},
		{"a URI with a host", secret, "", []string{"sign", "jws", "--alg", "HS256", "--auth-id", "1", "--method", "POST", "--uri", "https://api.example/a"}, "--uri must be a path"},
		{"a URI with a query", secret, "", []string{"sign", "jws", "--alg", "HS256", "--auth-id", "1", "--method", "GET", "--uri", "/a?b=c"}, "--uri must hold no query"},
		{"a method in small letters", secret, "", []string{"sign", "jws", "--alg", "HS256", "--auth-id", "1", "--method", "post", "--uri", "/a"}, `--method "post" must be in capitals`},
		{"a field without a value", secret, "", []string{"sign", "form", "--script", "a.php", "pg_amount"}, "argument 1 is not of the form name=value"},
		{"a field with broken brackets", secret, "", []string{"sign", "form", "--script", "a.php", "a[=b"}, "pgsig:"},
		{"a script with a path", secret, "", []string{"sign", "form", "--script", "/g2g/payment", "a=b"}, "not a script name"},
		{"no signature in a form", secret, "", []string{"verify", "form", "--script", "a.php", "a=b"}, "no signature: give the field pg_sig"},
		{"an unknown operation", secret, "{}", []string{"call", "partner.invoceInfo", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, `no operation "partner.invoceInfo": did you mean partner.invoiceInfo`},
		{"an operation like none", secret, "{}", []string{"call", "zzzzzzzz", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, `"freedompay operations" lists them`},
		{"no operation", secret, "{}", []string{"call", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "name one operation"},
		{"a URL that is none", secret, "{}", []string{"call", "partner.invoicesInfo", "--base-url", "not a url", "--auth-id", "1"}, "is not an absolute http or https URL"},
		{"an empty URL", secret, "{}", []string{"call", "partner.invoicesInfo", "--base-url", "", "--auth-id", "1"}, "--base-url is empty"},
		{"a URL without a scheme", secret, "{}", []string{"call", "partner.invoicesInfo", "--base-url", "127.0.0.1:1", "--auth-id", "1"}, "it begins with https:// and a host"},
		{"no URL", secret, "{}", []string{"call", "partner.invoicesInfo", "--auth-id", "1"}, `required flag(s) "base-url" not set`},
		{"a URL without TLS", secret, "{}", []string{"call", "partner.invoicesInfo", "--base-url", "http://api.example", "--auth-id", "1"}, "without TLS"},
		{"a request that is no JSON", secret, "invoice", []string{"call", "partner.invoicesInfo", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "partner.invoicesInfo: invalid request: "},
		{"a request with a slip in it", secret, `{"invoiceid":"1"}`, []string{"call", "partner.invoicesInfo", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "$.invoiceid: unknown"},
		{"a request that breaks a limit", secret, `{"request_id":"1"}`, []string{"call", "card.requestStatus", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "card.requestStatus: invalid request: $.request_id"},
		{"a request id that is none", secret, cardBody, []string{"call", "card.requestStatus", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--request-id", "7"}, "the request id is not a UUID"},
		{"nobody listening", secret, cardBody, []string{"call", "card.requestStatus", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "card.requestStatus: temporary: "},
		{"an unknown form", secret, "{}", []string{"call", "gateway.health", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--form", "pdf"}, `--form "pdf" is not known`},
		{"an unknown secret", secret, "{}", []string{"call", "gateway.health", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--sign-with", "all"}, `--sign-with "all" is not known`},
		{"a parameter without a value", secret, "{}", []string{"call", "merchant.paymentCancel", "--no-validate", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--parameter", "a"}, "--parameter is not NAME=VALUE"},
		{"a parameter of Freedom Pay's", secret, "{}", []string{"call", "merchant.paymentCancel", "--no-validate", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--parameter", "pg_a=1"}, "names that begin with pg_ are Freedom Pay's"},
		{"a parameter where there is no form", secret, cardBody, []string{"call", "card.requestStatus", "--base-url", "http://127.0.0.1:1", "--auth-id", "1", "--parameter", "a=1"}, "--parameter is for operations that are signed with pg_sig"},
		{"no clearing", secret, `{"pg_amount":1,"pg_description":"a"}`, []string{"call", "merchant.paymentCreate", "--base-url", "http://127.0.0.1:1", "--auth-id", "1"}, "$.pg_auto_clearing: explicit, must be set"},
		{"an unknown command", secret, "", []string{"sing"}, `unknown command "sing" for "freedompay"`},
		{"a message of an unknown kind", secret, "", []string{"sign", "xml"}, `unknown command "xml" for "freedompay sign"`},
		{"no kind of message", secret, "", []string{"verify"}, "verify what? jws or form"},
		{"an unknown flag", secret, "", []string{"operations", "--xml"}, "unknown flag: --xml"},
		{"an address that is none", none, "", []string{"sandbox", "--addr", "nowhere:at all"}, "listen"},
		{"an identity that is no number", none, "", []string{"sandbox", "--addr", "127.0.0.1:0", "--auth-id", "shop"}, "must be a number"},
		{"a clock that goes back", none, "", []string{"sandbox", "--addr", "127.0.0.1:0", "--speed", "-1"}, "speed must be from 1"},
		{"an address of a callback that is none", none, "", []string{"sandbox", "--addr", "127.0.0.1:0", "--check-url", "check"}, "must be absolute"},
		{"another", none, "", []string{"sandbox", "--addr", "127.0.0.1:0", "--result-url", "/result"}, "must be absolute"},
		{"an address of its own that is none", none, "", []string{"sandbox", "--addr", "127.0.0.1:0", "--url", "sandbox.example"}, "its own address must be absolute"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := freedompay(t, test.vars, test.stdin, test.args...)
			r.want(t, 1, "", test.err)
			if strings.Contains(r.err, `secret"`) || strings.Contains(r.err, "=secret") {
				t.Errorf("the error shows the secret: %s", r.err)
			}
		})
	}
}

func TestVerifyJWS(t *testing.T) {
	for _, test := range []struct {
		name string
		vars map[string]string
		body string
		args []string
		out  string
		err  string
	}{
		{"right", secret, cardBody, cardArgs("verify", "--signature", cardSignature), "valid\n", ""},
		{"another body", secret, `{"request_id":"1"}`, cardArgs("verify", "--signature", cardSignature), "", "body or key"},
		{"a body with a newline", secret, cardBody + "\n", cardArgs("verify", "--signature", cardSignature), "", "the body without its trailing newline"},
		{"a key with a newline", map[string]string{"FREEDOMPAY_SECRET": "secret\n"}, cardBody, cardArgs("verify", "--signature", cardSignature), "", "key without"},
		{"the payout secret", map[string]string{"FREEDOMPAY_SECRET": "other", "FREEDOMPAY_PAYOUT_SECRET": "secret"}, cardBody, cardArgs("verify", "--signature", cardSignature), "", "the payout secret"},
		{"another path", secret, cardBody, []string{"verify", "jws", "--alg", "HS512", "--auth-id", "123456", "--method", "POST", "--uri", "/v5/card-api/card/info", "--signature", cardSignature}, "", "uri"},
		{"another algorithm", secret, cardBody, []string{"verify", "jws", "--alg", "HS256", "--auth-id", "123456", "--method", "POST", "--uri", "/v5/card-api/request/status", "--signature", cardSignature}, "", "alg"},
		{"another identity", secret, cardBody, []string{"verify", "jws", "--alg", "HS512", "--auth-id", "1", "--method", "POST", "--uri", "/v5/card-api/request/status", "--signature", cardSignature}, "", "auth_id"},
		{"another form", secret, cardBody, []string{"verify", "jws", "--alg", "HS512", "--merchant-id", "123456", "--method", "POST", "--uri", "/v5/card-api/request/status", "--signature", cardSignature}, "", "form"},
		{"a token with its payload", secret, cardBody, cardArgs("verify", "--signature", strings.Replace(cardSignature, "..", ".eyJyZXF1ZXN0X2lkIjoiODI4Y2Y3MWQtYTQ0Ny00YTY3LWExNDktYzFkZjhiYzE5N2NhIn0.", 1)), "", "malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := 1
			if test.out != "" {
				code = 0
			}
			freedompay(t, test.vars, test.body, test.args...).want(t, code, test.out, test.err)
		})
	}
}

func TestForms(t *testing.T) {
	key := map[string]string{"FREEDOMPAY_SECRET": "mypasskey"}
	// The documented example, whose nested parameters come in brackets here.
	fields := []string{"pg_salt=9imM909TH820jwk387", "pg_t_param=value3", "pg_a_param=value1", "pg_z_param[pg_q_subparam]=subvalue2", "pg_z_param[pg_m_subparam]=subvalue1", "pg_b_param=value2"}
	const sig = "a8a4d5a9188f24038a14a4d65c387bf7"
	with := func(command string, more ...string) []string {
		return append(append([]string{command, "form", "--script", "script.php"}, fields...), more...)
	}
	freedompay(t, key, "", with("sign")...).want(t, 0, sig+"\n", "")
	freedompay(t, key, "", with("verify", "pg_sig="+sig)...).want(t, 0, "valid\n", "")
	freedompay(t, key, "", with("verify", "--signature", sig)...).want(t, 0, "valid\n", "")
	freedompay(t, key, "", with("verify", "--signature", strings.Repeat("0", 32))...).want(t, 1, "", "pg_sig differs")
	freedompay(t, key, "", append([]string{"verify", "form", "--script", "script", "--signature", sig}, fields...)...).want(t, 1, "", ".php")

	payout := map[string]string{"FREEDOMPAY_SECRET": "other", "FREEDOMPAY_PAYOUT_SECRET": "mypasskey"}
	freedompay(t, payout, "", with("sign", "--payout")...).want(t, 0, sig+"\n", "")
	freedompay(t, payout, "", with("verify", "--signature", sig)...).want(t, 1, "", "FREEDOMPAY_PAYOUT_SECRET")
}

func TestHelpIsComplete(t *testing.T) {
	root := newRoot(streams{}, func(string) string { return "" })
	commands := append(root.Commands(), root)
	for i := 0; i < len(commands); i++ {
		c := commands[i]
		if c.Short == "" {
			t.Errorf("%s has no short help", c.CommandPath())
		}
		if c != root {
			commands = append(commands, c.Commands()...)
		}
		if c.Runnable() && c.Long == "" {
			t.Errorf("%s has no long help", c.CommandPath())
		}
	}
	for _, args := range [][]string{{"--help"}, {"sign", "jws", "--help"}, {"verify", "form", "--help"}, {"call", "--help"}, {"sandbox", "--help"}, {"operations", "--help"}} {
		r := freedompay(t, none, "", args...)
		if r.code != 0 || !strings.Contains(r.out, "Usage:") || r.err != "" {
			t.Errorf("%v: exit code %d, error %q, output %q", args, r.code, r.err, r.out)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := freedompay(t, none, "", "completion", shell); r.code != 0 || !strings.Contains(r.out, "freedompay") {
			t.Errorf("%s: exit code %d, %d bytes", shell, r.code, len(r.out))
		}
	}
	r := freedompay(t, none, "", "__complete", "call", "")
	for _, id := range []string{"partner.invoicesInfo", "merchant.invoicePay", "card.requestStatus"} {
		if !strings.Contains(r.out, id) {
			t.Errorf("completing call does not offer %s: %s", id, r.out)
		}
	}
}

// exampleInvoice names the invoice that every sandbox has.
const exampleInvoice = `{"invoice_id":"` + sandbox.ExampleInvoice + `"}`

// stopped returns a context that has ended.
func stopped() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
