package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func startSandbox(t *testing.T) string {
	t.Helper()
	handler, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestCall(t *testing.T) {
	url := startSandbox(t)
	call := func(operation, request string, more ...string) result {
		return freedompay(t, secret, request, append([]string{"call", operation, "--base-url", url, "--auth-id", "123456"}, more...)...)
	}
	for _, test := range []struct {
		operation, request string
		want               map[string]any
	}{
		{"partner.invoicesInfo", exampleInvoice, map[string]any{"status": "new", "amount": json.Number("500.00"), "currency": "KZT"}},
		{"partner.invoiceInfo", `{"payment_id":"` + sandbox.ExamplePayment + `"}`, map[string]any{"paymentStatus": "waiting", "amount": json.Number("500.00")}},
		{"partner.clientAdd", `{"request_id":"b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b","company":{"company_id":"1","name":"A","bin":"1","address":{}}}`, map[string]any{"status": "ok", "request_status": "process"}},
		{"card.requestStatus", `{"request_id":"b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b"}`, map[string]any{"status": "ok", "request_status": "process"}},
		{"card.requestStatus", `{"request_id":"b4c5c7de-99f2-4c1d-b61d-7a8e9df22f7b"}`, map[string]any{"status": "ok", "request_status": "success"}},
		{"merchant.invoicePay", `{"customer":"` + sandbox.ExampleCustomer + `","user_id":"7","card_token":"t"}`, map[string]any{"status": "ok", "invoice_status": "ok", "amount": json.Number("500.00")}},
		{"partner.invoiceInfo", `{"payment_id":"` + sandbox.ExamplePayment + `"}`, map[string]any{"paymentStatus": "success"}},
	} {
		r := call(test.operation, test.request)
		if r.code != 0 || r.err != "" {
			t.Fatalf("%s: exit code %d, %s", test.operation, r.code, r.err)
		}
		var got map[string]any
		d := json.NewDecoder(strings.NewReader(r.out))
		d.UseNumber()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v in %s", test.operation, err, r.out)
		}
		for name, want := range test.want {
			if got[name] != want {
				t.Errorf("%s: %s is %v, want %v", test.operation, name, got[name], want)
			}
		}
	}
	call("merchant.invoicePay", `{"customer":"`+sandbox.ExampleCustomer+`","user_id":"7","card_token":"t"}`).
		want(t, 1, "", "merchant.invoicePay: rejected: the invoice is paid")
	call("partner.invoicesInfo", `{"invoice_id":"none"}`).want(t, 1, "", "rejected: no such invoice")
	call("partner.clientAdd", `{"request_id":"1"}`).want(t, 1, "", "$.company")
	freedompay(t, map[string]string{"FREEDOMPAY_SECRET": "wrong"}, exampleInvoice, "call", "partner.invoicesInfo", "--base-url", url, "--auth-id", "123456").
		want(t, 1, "", "partner.invoicesInfo: unauthorized")
	call("card.requestStatus", cardBody, "--alg", "HS256").want(t, 1, "", "the sandbox says: the header member alg differs")
}

// Every operation of the list can be called: none is unknown to its client.
func TestEveryOperationIsCallable(t *testing.T) {
	url := startSandbox(t)
	// That is a success, a refusal, and a request that is wrong; 422 is documented.
	// What a path names may not be there.
	answered := regexp.MustCompile("HTTP (200|400|404|422)")
	for _, op := range catalog.All() {
		members := map[string]string{}
		for _, name := range op.InPath {
			members[name] = "none"
		}
		request, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{"FREEDOMPAY_SECRET": "secret", "FREEDOMPAY_PAYOUT_SECRET": "secret", "FREEDOMPAY_TOKEN": "token"}
		r := freedompay(t, all, string(request), "call", op.ID, "--base-url", url, "--auth-id", "123456", "--no-validate")
		noSuchToken := op.Security == wire.Bearer && strings.Contains(r.err, "HTTP 401")
		if r.code != 0 && !noSuchToken && !answered.MatchString(r.err) {
			t.Errorf("%s: %s", op.ID, r.err)
		}
	}
}

// A token comes from the environment, in place of a secret and of nothing else.
func TestCallWithToken(t *testing.T) {
	var authorization []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Values("Authorization")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	defer server.Close()
	args := []string{"call", "freedomid.tokenRefresh", "--base-url", server.URL, "--auth-id", "123456"}
	freedompay(t, map[string]string{"FREEDOMPAY_TOKEN": "token"}, "", args...).want(t, 0, "{\n  \"id\": \"1\"\n}\n", "")
	if len(authorization) != 1 || authorization[0] != "Bearer token" {
		t.Errorf("Authorization is %q", authorization)
	}
	freedompay(t, map[string]string{"FREEDOMPAY_SECRET": "secret"}, "", args...).want(t, 1, "", "set the environment variable FREEDOMPAY_TOKEN")
}

// What is sent is what was given: --no-validate, --json-body, --alg and
// --request-id reach the wire.
func TestCallFlags(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok","order_id":"1","invoice_status":"new","amount":1,"currency":"KZT","dt":"x"}`))
	}))
	defer server.Close()
	const id = "019d0652-4e2f-7f54-a179-000000000001"
	r := freedompay(t, secret, `{"customer":"c","typo":1}`, "call", "merchant.invoicePay", "--base-url", server.URL+"/base/",
		"--auth-id", "123456", "--no-validate", "--json-body", "--request-id", id)
	if r.code != 0 {
		t.Fatal(r.err)
	}
	if want := `{"customer":"c","typo":1}`; string(body) != want {
		t.Errorf("sent %s, want %s", body, want)
	}
	if got.URL.Path != "/base/v5/merchant/invoice/pay" || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Request-Id") != id {
		t.Errorf("sent to %s with %v", got.URL, got.Header)
	}
}

func TestOperations(t *testing.T) {
	r := freedompay(t, none, "", "operations", "--json")
	var listed []map[string]any
	if err := json.Unmarshal([]byte(r.out), &listed); err != nil || r.code != 0 {
		t.Fatalf("exit code %d, %v: %s", r.code, err, r.out)
	}
	if len(listed) != len(catalog.All()) || len(listed) < 5 {
		t.Errorf("%d operations are listed of %d", len(listed), len(catalog.All()))
	}
	table := freedompay(t, none, "", "operations").out
	for _, op := range listed {
		for _, member := range []string{"id", "api", "method", "path", "security", "evidence"} {
			if s, ok := op[member].(string); !ok || s == "" {
				t.Errorf("%v: %s is %v", op["id"], member, op[member])
			}
		}
		if s, ok := op["source"].([]any); !ok || len(s) == 0 {
			t.Errorf("%v: source is %v", op["id"], op["source"])
		}
		if !strings.Contains(table, op["id"].(string)) {
			t.Errorf("%v is not in the table", op["id"])
		}
	}
}

// The program itself: it says where it listens and how to sign, serves, and
// stops cleanly on both signals.
func TestSandboxProcess(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "freedompay")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for given, signal := range map[string]os.Signal{"": syscall.SIGINT, "hunter2": syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, binary, "sandbox", "--addr", "127.0.0.1:0")
			cmd.Env = append(os.Environ(), "FREEDOMPAY_SECRET="+given)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := map[string]string{}
			lines := bufio.NewScanner(stdout)
			for i, prefix := range []string{"listening on ", "auth_id: ", "secret: "} {
				if !lines.Scan() {
					t.Fatalf("line %d is missing: %s", i+1, errs.String())
				}
				value, ok := strings.CutPrefix(lines.Text(), prefix)
				if !ok || value == "" {
					t.Fatalf("line %d is %q, want it to start with %q", i+1, lines.Text(), prefix)
				}
				said[prefix] = value
			}
			if given != "" {
				if strings.Contains(said["secret: "], given) {
					t.Errorf("prints the secret that it was given")
				}
				said["secret: "] = given
			}
			r := freedompay(t, map[string]string{"FREEDOMPAY_SECRET": said["secret: "]}, exampleInvoice,
				"call", "partner.invoicesInfo", "--base-url", said["listening on "], "--auth-id", said["auth_id: "])
			if r.code != 0 {
				t.Errorf("%s", r.err)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || errs.Len() > 0 {
				t.Errorf("stopped with %v and %q on standard error", err, errs.String())
			}
		})
	}
}

// A sandbox whose context has ended stops by itself.
func TestSandboxStops(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(stopped(), []string{"sandbox", "--addr", "127.0.0.1:0"}, streams{strings.NewReader(""), &out, &errs}, func(string) string { return "" })
	if code != 0 && !strings.Contains(errs.String(), "canceled") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

// A refusal without a documented code and text is shown as it came, for it may say
// why in its own words: a number of a card in it is masked, and a terminal safe.
func TestCallShowsWhatARefusalSays(t *testing.T) {
	var status int
	var said string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}))
	defer server.Close()
	for _, test := range []struct {
		status     int
		said, want string
	}{
		{400, `{"error":"there is no id"}`, "the answer says: {\"error\":\"there is no id\"}\n"},
		{422, "{\"error\":\"4716047261941981\x1b[2J\"}\n", "the answer says: {\"error\":\"************1981?[2J\"}\n"},
		{404, `{"error":"` + strings.Repeat("a", 500) + `"}`, "the answer says: {\"error\":\"" + strings.Repeat("a", 290) + "\n"},
		{400, "", ""},
		{400, `{"status":"error","error_code":7,"error_description":"it says why"}`, ""},
		{500, `{"error":"there is no id"}`, ""},
		{200, `{"secret_key":"hunter2"}`, ""},
	} {
		status, said = test.status, test.said
		r := freedompay(t, secret, exampleInvoice, "call", "partner.invoicesInfo", "--base-url", server.URL, "--auth-id", "1")
		_, got, _ := strings.Cut(r.err, "\n")
		if r.code != 1 || got != test.want {
			t.Errorf("HTTP %d with %s: exit code %d, %s", test.status, test.said, r.code, r.err)
		}
	}
}

// When the answer is lost, the command says what to ask and by what.
func TestCallWithLostAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	r := freedompay(t, secret, `{"pg_payment_id":"7"}`, "call", "merchant.paymentCancel", "--base-url", server.URL, "--auth-id", "123456")
	r.want(t, 1, "", "merchant.paymentCancel: unknown outcome: ")
	r.want(t, 1, "", "\nask before you call again: freedompay call merchant.paymentStatus, by pg_payment_id \"7\"\n")
}

// The flags of forms reach the wire, in each of the forms.
func TestCallFormFlags(t *testing.T) {
	var path, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		path, body = r.URL.Path, string(raw)
		if form, err := url.QueryUnescape(body); err == nil {
			body = form
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write([]byte(`<response><pg_status>error</pg_status><pg_error_code>9999</pg_error_code></response>`))
	}))
	defer server.Close()
	both := map[string]string{"FREEDOMPAY_SECRET": "secret", "FREEDOMPAY_PAYOUT_SECRET": "other"}
	signed := func(values ...string) string {
		sum := md5.Sum([]byte(strings.Join(values, ";")))
		return hex.EncodeToString(sum[:])
	}
	for _, test := range []struct {
		name               string
		flags              []string
		path, script, with string
		holds              string
	}{
		{"multipart", nil, "/cancel", "cancel", "secret", "name=\"order_note\"\r\n\r\na;b\r\n"},
		{"urlencoded", []string{"--form", "urlencoded"}, "/cancel", "cancel", "secret", "&order_note=a;b&"},
		{"xml", []string{"--form", "xml"}, "/cancel", "cancel", "secret", "<order_note>a;b</order_note>"},
		{"another path", []string{"--path", "/cancel.php"}, "/cancel.php", "cancel.php", "secret", "a;b"},
		{"another script", []string{"--script", "revoke"}, "/cancel", "revoke", "secret", "a;b"},
		{"the other secret", []string{"--sign-with", "payout"}, "/cancel", "cancel", "other", "a;b"},
	} {
		r := freedompay(t, both, `{"pg_payment_id":"7","pg_salt":"salt"}`, append([]string{"call", "merchant.paymentCancel",
			"--base-url", server.URL, "--auth-id", "123456", "--parameter", "order_note=a;b"}, test.flags...)...)
		r.want(t, 1, "", "merchant.paymentCancel: rejected (unknown outcome): 9999")
		if path != test.path || !strings.Contains(body, test.holds) {
			t.Errorf("%s: %s holds no %q:\n%s", test.name, path, test.holds, body)
		}
		if want := signed(test.script, "a;b", "123456", "7", "salt", test.with); !strings.Contains(body, want) {
			t.Errorf("%s: is not signed with %s:\n%s", test.name, want, body)
		}
	}
}
