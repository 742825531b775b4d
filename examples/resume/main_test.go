package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// arrived is a request as the server saw it.
type arrived struct {
	path, id, contentType, signature, body string
}

// The real program, killed between sending and the answer.
func TestRepeatAfterCrash(t *testing.T) {
	program := build(t)
	requests := make(chan arrived, 1)
	answers := make(chan string) // none until the test gives one
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- arrived{
			r.URL.EscapedPath(), r.Header.Get("X-Request-Id"), r.Header.Get("Content-Type"), r.Header.Get("X-Jws-Signature"), string(body),
		}
		select {
		case answer := <-answers:
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, answer)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close) // not by defer: that would wait for a process that the test's context ends
	journal := filepath.Join(t.TempDir(), "payment.json")
	start := func(user string) *process { return start(t, program, server.URL, journal, user) }

	// The first start is killed while it waits for the answer.
	first := start("42")
	sent := <-requests
	stored := readJournal(t, journal)
	if stored.RequestID == "" || stored.RequestID != sent.id || stored.Outcome != "" {
		t.Errorf("stored %+v before sending under %s", stored, sent.id)
	}
	if err := first.cmd.Process.Kill(); err != nil { // SIGKILL: nothing runs after it
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err == nil {
		t.Fatal("the first start was not killed")
	}
	checkSignature(t, sent)

	// Another payment does not get at its file.
	other := start("43")
	if err := other.cmd.Wait(); err == nil || !strings.Contains(other.stderr.String(), "belongs to another payment") {
		t.Errorf("another payment: %v, %s", err, &other.stderr)
	}

	// The second start sends the same once more.
	second := start("42")
	again := <-requests
	if again != sent {
		t.Errorf("the repeat differs:\n%+v\n%+v", again, sent)
	}
	answers <- "<root><status>ok</status><invoice_status>ok</invoice_status></root>"
	if err := second.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &second.stderr)
	}
	if got := second.stdout.String(); got != "invoice ok\n" {
		t.Errorf("the second start printed %q", got)
	}
	if got := readJournal(t, journal); got.Outcome != "invoice ok" || got.RequestID != sent.id {
		t.Errorf("stored %+v at the end", got)
	}

	// A third has nothing left to do.
	third := start("42")
	if err := third.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &third.stderr)
	}
	if got := third.stdout.String(); got != "it is over: invoice ok\n" {
		t.Errorf("the third start printed %q", got)
	}
	select {
	case r := <-requests:
		t.Errorf("the third start sent %+v", r)
	default: // it has ended, so nothing is on its way
	}
	if entries, err := os.ReadDir(filepath.Dir(journal)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if data, _ := os.ReadFile(journal); bytes.Contains(data, []byte("a card token")) || bytes.Contains(data, []byte("the secret")) {
		t.Errorf("the journal holds a secret: %s", data)
	}
}

// Each answer leads to an outcome, or to another try under the same id.
func TestOutcomes(t *testing.T) {
	program := build(t)
	type step struct {
		status int
		answer string
		exit   int
		prints string
	}
	const rejection = "<root><status>error</status></root>"
	for name, steps := range map[string][]step{
		"rejected": {
			{200, rejection, 1, "rejected\n"},
			{200, "", 0, "it is over: rejected\n"},
		},
		"rejected on a repeat": {
			{502, "", 1, "start again to repeat it"},
			{200, "<root>", 1, "start again to repeat it"},
			{401, "", 1, "unauthorized"},
			{200, rejection, 1, "not known: a repeat was rejected"},
			{200, "", 0, "it is over: not known"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			answers := make(chan step, 1) // for as many requests as there are
			var ids []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				s := <-answers
				ids = append(ids, r.Header.Get("X-Request-Id"))
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(s.status)
				_, _ = io.WriteString(w, s.answer)
			}))
			journal := filepath.Join(t.TempDir(), "payment.json")
			for _, s := range steps {
				answers <- s
				p := start(t, program, server.URL, journal, "42")
				_ = p.cmd.Wait()
				if got := p.cmd.ProcessState.ExitCode(); got != s.exit || !strings.Contains(p.stdout.String()+p.stderr.String(), s.prints) {
					t.Errorf("%d %s: exit %d: %s%s", s.status, s.answer, got, &p.stdout, &p.stderr)
				}
			}
			server.Close() // ids is the test's from here on
			if len(ids) != len(steps)-1 || len(answers) != 1 {
				t.Errorf("%d requests were sent in %d starts", len(ids), len(steps))
			}
			for _, id := range ids {
				if id != ids[0] {
					t.Errorf("sent under %v", ids)
				}
			}
		})
	}
}

func TestJournalThatIsNone(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "payment.json")
	if err := os.WriteFile(journal, []byte("half of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, build(t), "http://127.0.0.1:1", journal, "42")
	if err := p.cmd.Wait(); err == nil || !strings.Contains(p.stderr.String(), "is not a journal") {
		t.Errorf("%v: %s", err, &p.stderr)
	}
}

// build compiles the program. The go command keeps what it compiled before.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "resume")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

type process struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

func start(t *testing.T, program, url, journal, user string) *process {
	t.Helper()
	p := new(process)
	// The test's context ends before its cleanup: no process outlives the test.
	p.cmd = exec.CommandContext(t.Context(), program, "-url", url, "-merchant", "123456", "-user", user, "-journal", journal)
	p.cmd.Env = append(os.Environ(),
		"FREEDOMPAY_SECRET=the secret", "FREEDOMPAY_CUSTOMER=a customer", "FREEDOMPAY_CARD_TOKEN=a card token")
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func readJournal(t *testing.T, path string) entry {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// checkSignature makes the signature by hand.
func checkSignature(t *testing.T, a arrived) {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	header := b64([]byte(`{"path":"` + a.path + `","merchant_id":123456,"method":"POST","params":"","alg":"HS512"}`))
	mac := hmac.New(sha512.New, []byte("the secret"))
	mac.Write([]byte(header + "." + b64([]byte(a.body))))
	if want := header + ".." + b64(mac.Sum(nil)); a.signature != want {
		t.Errorf("signature\n got %s\nwant %s", a.signature, want)
	}
}
