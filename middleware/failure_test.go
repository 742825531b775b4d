package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// mustFail fails the test unless a call of c returned no answer and exactly one
// *wire.Error that says which call it was.
func mustFail(t testing.TB, c call, answered bool, err error) *wire.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: no error", c)
	}
	if answered {
		t.Errorf("%s: an answer beside %v", c, err)
	}
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("%s: error of type %T: %v", c, err, err)
	}
	if inner := (*wire.Error)(nil); errors.As(e.Unwrap(), &inner) {
		t.Errorf("%s: a *wire.Error in another: %v", c, err)
	}
	if e.Operation != c.id || e.Meta.Operation != c.id || !strings.HasPrefix(err.Error(), c.id+": ") {
		t.Errorf("the error does not say that it was %s: %v", c, err)
	}
	if text := err.Error(); strings.ContainsAny(text, "\r\n") || strings.Contains(text, secret) || len(text) > 1000 {
		t.Errorf("not fit for a log: %q", text)
	}
	if !errors.Is(err, e.Kind) || errors.Is(err, wire.ErrUnknownOutcome) != (e.OutcomeUnknown || e.Kind == wire.ErrUnknownOutcome) {
		t.Errorf("%s: errors.Is and the fields differ: %v", c, err)
	}
	if c.effect == wire.Read && e.OutcomeUnknown {
		t.Errorf("%s reads and has no outcome: %v", c, err)
	}
	if !e.OutcomeUnknown && e.Kind == wire.ErrUnknownOutcome {
		t.Errorf("unknown outcome without OutcomeUnknown: %v", err)
	}
	return e
}

// once sends each call once: what is tested with it is one attempt.
var once = []middleware.Option{middleware.WithoutRetries()}

// the read and the two writes that every failure is tried on: JSON, JSON, and a
// form with an answer in XML or JSON
var triedCalls = []call{invoicesInfo, clientAdd, invoicePay}

// answerWith answers with a status, a content type and a body.
func answerWith(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// raw answers with bytes that need not be HTTP and closes the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

const rawJSON = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// endless answers with head and goes on with chunk until the client has gone.
func endless(header http.Header, head, chunk string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		_, err := io.WriteString(w, head)
		for err == nil {
			_, err = io.WriteString(w, chunk)
		}
	}
}

func TestFailingAnswers(t *testing.T) {
	const jsonType, xmlType = "application/json", "application/xml"
	deep := strings.Repeat("[", 1_000_000)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 16 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	_ = z.Close()

	type failure struct {
		name   string
		answer http.HandlerFunc
		// What is expected of a read and of a write. A write's fate is known only
		// where it says so.
		read, write wire.Kind
		known       bool
		status      int
		text        string // in the error
		body        string // at the start of Meta.Body
	}
	unexpected := func(name, contentType, body, text string) failure {
		return failure{name, answerWith(200, contentType, body), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 200, text, body}
	}
	status := func(code int, read, write wire.Kind, known bool) failure {
		body := fmt.Sprintf(`{"status":"error","error_code":%d,"error_description":"it says why"}`, code)
		return failure{fmt.Sprint("status ", code), answerWith(code, jsonType, body), read, write, known, code, fmt.Sprint("HTTP ", code), body}
	}
	everywhere := []failure{
		status(201, wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false),
		{"status 204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 204, "HTTP 204", ""},
		{"status 304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 304, "HTTP 304", ""},
		status(400, wire.ErrRejected, wire.ErrRejected, true),
		status(401, wire.ErrUnauthorized, wire.ErrUnauthorized, true),
		status(403, wire.ErrUnauthorized, wire.ErrUnauthorized, true),
		status(404, wire.ErrNotFound, wire.ErrNotFound, true),
		status(408, wire.ErrTemporary, wire.ErrUnknownOutcome, false),
		status(409, wire.ErrRejected, wire.ErrRejected, true),
		status(410, wire.ErrNotFound, wire.ErrNotFound, true),
		status(422, wire.ErrRejected, wire.ErrRejected, true),
		status(425, wire.ErrTemporary, wire.ErrTemporary, true),
		status(429, wire.ErrRateLimited, wire.ErrRateLimited, true),
		status(500, wire.ErrTemporary, wire.ErrUnknownOutcome, false),
		status(502, wire.ErrTemporary, wire.ErrUnknownOutcome, false),
		status(503, wire.ErrTemporary, wire.ErrUnknownOutcome, false),
		{"404 with HTML", answerWith(404, "text/html", "<html><h1>404 Not Found</h1>"), wire.ErrUnexpectedAnswer, wire.ErrNotFound, true, 404, "HTTP 404", "<html>"},
		{"404 with text", answerWith(404, "text/plain; charset=utf-8", "404 page not found"), wire.ErrUnexpectedAnswer, wire.ErrNotFound, true, 404, "HTTP 404", "404"},
		{"404 with nothing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, wire.ErrNotFound, wire.ErrNotFound, true, 404, "HTTP 404", ""},
		{"502 with HTML", answerWith(502, "text/html", "<html><h1>502 Bad Gateway</h1>"), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 502, "HTTP 502", "<html>"},
		{"401 with an endless body", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			endless(nil, "", strings.Repeat(" ", 1<<15))(w, r)
		}, wire.ErrUnauthorized, wire.ErrUnauthorized, true, 401, "larger than 4194304 bytes", "  "},
		{"500 with a broken body", raw("HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nhalf"), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 500, "reading the answer: unexpected EOF", "half"},

		unexpected("HTML", "text/html; charset=utf-8", "<html>", `content type "text/html"`),
		unexpected("JSON by another name", "text/json", `{"status":"ok"}`, `content type "text/json"`),
		unexpected("no content type", "", `{"status":"ok"}`, `content type ""`),
		unexpected("a hostile content type", strings.Repeat("a", 200), `{"status":"ok"}`, `content type "aaaa`),
		unexpected("another charset", "application/json; charset=windows-1251", `{"status":"ok"}`, "another charset"),
		unexpected("nothing", jsonType, "", "found the end"),
		unexpected("truncated JSON", jsonType, `{"status":"ok","dt":"2026-`, "JSON at offset"),
		unexpected("two values", jsonType, `{"status":"ok"}{"status":"ok"}`, "JSON at offset"),
		unexpected("a repeated member", jsonType, `{"status":"ok","status":"error"}`, "JSON at offset"),
		unexpected("another encoding", jsonType, "{\"status\":\"\xcf\xf0\"}", "invalid UTF-8"),
		unexpected("a million brackets", jsonType, deep, "limit of 64 (depth)"),
		unexpected("a million members deep", jsonType, strings.Repeat(`{"status":`, 100_000), "limit of 64 (depth)"),
		unexpected("an empty object", jsonType, `{}`, "no documented member"),
		unexpected("an object of something else", jsonType, `{"message":"hello","4400430012345678":1}`, "no documented member"),
		unexpected("an array", jsonType, `[{"status":"ok"}]`, "not an object"),
		unexpected("an array as PHP prints an empty object", jsonType, `[]`, "not an object"),
		unexpected("null", jsonType, `null`, "not an object"),
		unexpected("a string", jsonType, `"4400430012345678"`, "not an object"),
		unexpected("a member of another type", jsonType, `{"status":{"pan":"4400430012345678"}}`, "$.status"),

		{"a body cut short", raw(rawJSON + "Content-Length: 1000\r\n\r\n{\"status\":\"ok\""), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 200, "reading the answer: unexpected EOF", `{"status":"ok"`},
		{"a chunk cut short", raw(rawJSON + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"status\":\"ok\""), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 200, "reading the answer: unexpected EOF", `{"status":"ok"`},
		{"the last chunk missing", raw(rawJSON + "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"status\":\"ok\"}\r\n"), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 200, "reading the answer: unexpected EOF", `{"status":"ok"}`},
		{"an endless answer", endless(http.Header{"Content-Type": {jsonType}}, `{"status":"ok","x":"`, strings.Repeat("x", 1<<15)), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 200, "larger than 4194304 bytes", `{"status":"ok","x":"xx`},
		{"a length over the cap", raw(rawJSON + "Content-Length: 4194305\r\n\r\n{"), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 200, "larger than 4194304 bytes", ""},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 200, "larger than 4194304 bytes", "   "},

		{"a connection closed at once", raw(""), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 0, "EOF", ""},
		{"half a header", raw(rawJSON), wire.ErrTemporary, wire.ErrUnknownOutcome, false, 0, "unexpected EOF", ""},
		{"half a header line", raw("HTTP/1.1 200 OK\r\nContent-"), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 0, "not HTTP as it should be", ""},
		{"no HTTP", raw("SSH-2.0 4400430012345678\r\n\r\n"), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 0, "not HTTP as it should be", ""},
		{"no number for a length", raw(rawJSON + "Content-Length: 4400430012345678x\r\n\r\n"), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 0, "not HTTP as it should be", ""},
		{"a header over the cap", raw(rawJSON + "X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"), wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 0, "not HTTP as it should be", ""},
		{"an endless header", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for err == nil {
				_, err = io.WriteString(conn, "X: "+strings.Repeat("x", 1<<15)+"\r\n")
			}
			_ = conn.Close()
		}, wire.ErrUnexpectedAnswer, wire.ErrUnexpectedAnswer, false, 0, "not HTTP as it should be", ""},
	}
	xmlOnly := []failure{
		unexpected("XML with a document type", xmlType, `<!DOCTYPE root [<!ENTITY a "4400430012345678">]><root><status>ok</status></root>`, "document type"),
		unexpected("XML with entities of its own", xmlType, `<root><status>&a;</status></root>`, "XML at offset"),
		unexpected("XML with a million elements in each other", xmlType, strings.Repeat("<a>", 1_000_000), "limit of 64 (depth)"),
		unexpected("XML with another root", xmlType, `<answer><status>ok</status></answer>`, "root element is not <root>"),
		unexpected("a refusal under another root", xmlType, `<answer><status>error</status></answer>`, "root element is not <root>"),
		unexpected("truncated XML", xmlType, `<root><status>ok</status>`, "XML at offset"),
		unexpected("XML with something after it", xmlType, `<root><status>ok</status></root><root/>`, "XML at offset"),
		unexpected("XML in another encoding", xmlType, `<?xml version="1.0" encoding="windows-1251"?><root><status>ok</status></root>`, "encoding other than UTF-8"),
		unexpected("XML of nothing", xmlType, `<root/>`, "no documented member"),
		unexpected("XML of something else", xmlType, `<root><h1>4400430012345678</h1></root>`, "no documented member"),
		unexpected("text for XML", xmlType, `hello`, "XML at offset"),
		unexpected("JSON for XML", xmlType, `{"status":"ok"}`, "XML at offset"),
	}
	for _, c := range triedCalls {
		failures := everywhere
		if c.id == invoicePay.id {
			failures = append(failures[:len(failures):len(failures)], xmlOnly...)
		}
		for _, f := range failures {
			t.Run(c.id+"/"+f.name, func(t *testing.T) {
				p := newPeer(t, f.answer)
				var meta wire.Meta
				answered, err := c.do(t.Context(), p.base(), once, wire.WithMeta(&meta))
				e := mustFail(t, c, answered, err)
				want, unknown := f.read, false
				if c.effect == wire.Write {
					want, unknown = f.write, !f.known
				}
				if e.Kind != want || e.OutcomeUnknown != unknown || e.Canceled {
					t.Errorf("kind %v, unknown %v, canceled %v: %v", e.Kind, e.OutcomeUnknown, e.Canceled, err)
				}
				contains(t, err.Error(), f.text, "request id "+p.only(t).header.Get("X-Request-Id"))
				if strings.Contains(err.Error(), "4400430012345678") {
					t.Errorf("the error quotes the answer: %v", err)
				}
				for _, m := range []wire.Meta{meta, e.Meta} {
					if m.Operation != c.id || m.RequestID != p.only(t).header.Get("X-Request-Id") || m.Attempts != 1 || m.Status != f.status {
						t.Errorf("meta %+v", m)
					}
					body := m.Body.Reveal()
					if !bytes.HasPrefix(body, []byte(f.body)) || f.body == "" && len(body) > 0 || len(body) > wire.MaxAnswerBytes {
						t.Errorf("meta has a body of %d bytes that starts with %.40q, want %.40q", len(body), body, f.body)
					}
					if f.status != 0 && m.Header == nil {
						t.Error("meta has no header")
					}
				}
			})
		}
	}
}

// What the answer to an undocumented status says is kept, where it is in the
// section's form.
func TestStatusKeepsWhatTheAnswerSays(t *testing.T) {
	p := newPeer(t, answerWith(422, "application/json", `{"status":"error","error_code":"E7","error_description":"no card 4400430012345678"}`))
	answered, err := invoicesInfo.do(t.Context(), p.base(), nil)
	e := mustFail(t, invoicesInfo, answered, err)
	if e.Code != "E7" || e.Text != "no card ************5678" || e.Meta.Body.Len() == 0 {
		t.Errorf("code %q, text %q", e.Code, e.Text)
	}
	p = newPeer(t, answerWith(422, "application/xml", `<root><error_code>7</error_code><error_description>no</error_description></root>`))
	answered, err = invoicePay.do(t.Context(), p.base(), nil)
	if e = mustFail(t, invoicePay, answered, err); e.Code != "7" || e.Text != "no" {
		t.Errorf("code %q, text %q", e.Code, e.Text)
	}
}

// A code that is documented has its own kind, wherever it is told.
func TestDocumentedCode(t *testing.T) {
	op := wire.Operation{
		ID: "test.pay", Method: "POST", Path: "/pay", Security: wire.JWSHS256, Answer: []wire.Media{wire.JSON},
		Failure: wire.Failure{Member: "status", Values: []string{"error"}, Code: "code", Kinds: map[string]wire.Kind{"7": wire.ErrDuplicate}},
	}
	for _, test := range []struct {
		status  int
		body    string
		kind    wire.Kind
		unknown bool
	}{
		{200, `{"status":"error","code":7}`, wire.ErrDuplicate, false},
		{200, `{"status":"error","code":8}`, wire.ErrRejected, false},
		{200, `{"status":"error"}`, wire.ErrRejected, false},
		{400, `{"status":"error","code":7}`, wire.ErrDuplicate, false},
		{503, `{"status":"error","code":7}`, wire.ErrDuplicate, true},
		{503, `{"status":"error","code":8}`, wire.ErrUnknownOutcome, true},
	} {
		p := newPeer(t, answerWith(test.status, "application/json", test.body))
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, once...)
		if err != nil {
			t.Fatal(err)
		}
		e := (*wire.Error)(nil)
		if err := c.Do(t.Context(), &op, nil, new(wire.Unknown)); !errors.As(err, &e) || e.Kind != test.kind || e.OutcomeUnknown != test.unknown {
			t.Errorf("%d %s: %v", test.status, test.body, err)
		}
	}
}

// The code and the text may stand in an object.
func TestCodeInAnObject(t *testing.T) {
	op := wire.Operation{
		ID: "test.pay", Method: "POST", Path: "/pay", Security: wire.JWSHS256, Answer: []wire.Media{wire.JSON},
		Failure: wire.Failure{
			Member: "status", Values: []string{"error"}, Others: []string{"process"}, Always: true,
			Code: "error.code", Text: "error.description", Kinds: map[string]wire.Kind{"7": wire.ErrNotFound},
		},
	}
	for _, test := range []struct {
		status     int
		body       string
		kind       wire.Kind
		code, text string
	}{
		{200, `{"status":"error","error":{"code":"7","description":"no such thing"}}`, wire.ErrNotFound, "7", "no such thing"},
		{200, `{"error":{"description":"no","code":8},"status":"error"}`, wire.ErrRejected, "8", "no"},
		{200, `{"status":"error","error":{"code":"7"}}`, wire.ErrNotFound, "7", ""},
		{200, `{"status":"error","error":"7"}`, wire.ErrRejected, "", ""},
		{200, `{"status":"error","error":[{"code":"7"}]}`, wire.ErrRejected, "", ""},
		{200, `{"status":"error","error":null}`, wire.ErrRejected, "", ""},
		{200, `{"status":"error","error.code":"7"}`, wire.ErrRejected, "", ""},
		{200, `{"status":"error","error":{"code":{"a":"7"}}}`, wire.ErrRejected, "", ""},
		{422, `{"error":{"code":"9","description":"wrong input"}}`, wire.ErrRejected, "9", "wrong input"},
		{422, `{"error":{"code":"7","description":"no such thing"}}`, wire.ErrNotFound, "7", "no such thing"},
		{200, `{"error":{"code":"7","description":"no such thing"}}`, wire.ErrUnexpectedAnswer, "", ""}, // not in the documented form
	} {
		p := newPeer(t, answerWith(test.status, "application/json", test.body))
		c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, once...)
		if err != nil {
			t.Fatal(err)
		}
		e := (*wire.Error)(nil)
		if err := c.Do(t.Context(), &op, nil, new(wire.Unknown)); !errors.As(err, &e) || e.Kind != test.kind || e.Code != test.code || e.Text != test.text {
			t.Errorf("%d %s: %v", test.status, test.body, err)
		}
	}
}

// An answer that says of itself, under status 200, that the call failed.
func TestReportedFailure(t *testing.T) {
	type answer struct{ contentType, body string }
	for _, c := range allCalls {
		answers := []answer{{"application/json", `{"status":"error","error_code":12,"error_description":"no such thing"}`}}
		if c.id == invoicePay.id {
			answers = append(answers,
				answer{"application/xml", `<?xml version="1.0"?><root><status>error</status><error_code>12</error_code><error_description>no such thing</error_description></root>`},
				answer{"text/xml; charset=UTF-8", `<root><status>error</status><error_code>12</error_code><error_description>no such thing</error_description></root>`})
		}
		for _, a := range answers {
			p := newPeer(t, answerWith(200, a.contentType, a.body))
			answered, err := c.do(t.Context(), p.base(), nil)
			e := mustFail(t, c, answered, err)
			if e.Kind != wire.ErrRejected || e.OutcomeUnknown || e.Meta.Status != 200 || string(e.Meta.Body.Reveal()) != a.body {
				t.Errorf("%s: %v", c, err)
			}
			// Two of the sections document no member for code and text.
			if c.id != clientAdd.id && c.id != requestStatus.id && (e.Code != "12" || e.Text != "no such thing") {
				t.Errorf("%s: code %q, text %q", c, e.Code, e.Text)
			}
		}
	}
}

// Answers that are not quite as documented and can be read all the same.
func TestToleratedAnswers(t *testing.T) {
	for _, test := range []struct {
		c                 call
		contentType, body string
	}{
		{invoicesInfo, "application/json", `{"status":"new"}`},
		{invoicesInfo, "Application/JSON; charset=UTF-8", `{"status":"new"}`},
		{invoicesInfo, "application/json; charset", `{"status":"new"}`},
		{invoicesInfo, "application/json;", " \n{\"status\":\"new\",\"unheard_of\":{\"a\":[1]}}\n"},
		{invoicesInfo, "application/json", "\xef\xbb\xbf{\"status\":null}"},
		{invoicePay, "application/xml", `<root><status>ok</status></root>`},
		{invoicePay, "text/xml", `<?xml version="1.0" encoding="utf-8"?><root><status>ok</status><new>1</new></root>`},
		{invoicePay, "application/json", `{"status":"ok","amount":"1.00"}`},
	} {
		p := newPeer(t, answerWith(200, test.contentType, test.body))
		var meta wire.Meta
		answered, err := test.c.do(t.Context(), p.base(), once, wire.WithMeta(&meta))
		if err != nil || !answered {
			t.Errorf("%s of %s: %v", test.body, test.contentType, err)
		}
		if string(meta.Body.Reveal()) != test.body || meta.Status != 200 || meta.Attempts != 1 || meta.Signature != wire.AnswerNotSigned {
			t.Errorf("meta %+v", meta)
		}
	}
}

// Of a call that writes, an answer without a word is no answer.
func TestWriteThatSaysNothing(t *testing.T) {
	for _, body := range []string{`{"status":null}`, `{"status":""}`, `{"status":null,"more":1}`, `{"status":"","currency":null}`} {
		for _, effect := range []wire.Effect{wire.Read, wire.Write} {
			op := operation(effect, keyless, wire.JSON, wire.JWSHS256)
			op.Failure = wire.Failure{}
			p := newPeer(t, answerJSON(body))
			c, err := middleware.NewCaller(wire.Environment(p.base()), credentials)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Do(t.Context(), op, ask(keyless), new(partner.InvoicesInfoAnswer))
			if isWrite := effect == wire.Write; errors.Is(err, wire.ErrUnexpectedAnswer) != isWrite || errors.Is(err, wire.ErrUnknownOutcome) != isWrite || (err != nil) != isWrite {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}

func TestDeviationsAreReported(t *testing.T) {
	p := newPeer(t, answerJSON(`{"status":"ok","order_id":null,"unheard_of":1}`))
	var meta wire.Meta
	if _, err := invoicePay.do(t.Context(), p.base(), nil, wire.WithMeta(&meta)); err != nil {
		t.Fatal(err)
	}
	contains(t, meta.Deviations.Error(), "$.order_id", "$.unheard_of: unknown", "$.dt: required")
}

// Failures on the way there, of which nothing is left to chance: what was not
// sent cannot have an outcome.
func TestNothingSent(t *testing.T) {
	refused := httptestAddress(t)
	secure := newUnstartedPeer(t, answerAll)
	secure.StartTLS()
	plain := newPeer(t, answerAll)
	dial := func(err error) middleware.Option {
		return middleware.WithTransport(&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }})
	}
	noDNS := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }}
	for _, test := range []struct {
		name  string
		base  string
		opts  []middleware.Option
		cause func(error) bool
	}{
		{"a name that does not resolve", "https://pay.example", []middleware.Option{
			middleware.WithTransport(&http.Transport{DialContext: (&net.Dialer{Resolver: noDNS}).DialContext}),
		}, func(err error) bool { e := (*net.DNSError)(nil); return errors.As(err, &e) }},
		{"a name that is not known", "https://pay.example", []middleware.Option{dial(&net.DNSError{Err: "no such host", Name: "pay.example", IsNotFound: true})},
			func(err error) bool { e := (*net.DNSError)(nil); return errors.As(err, &e) && e.IsNotFound }},
		{"a connection that is refused", "http://" + refused, nil, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
		{"a certificate that nobody vouches for", secure.base(), nil, func(err error) bool { e := x509.UnknownAuthorityError{}; return errors.As(err, &e) }},
		{"a server without TLS", "https" + strings.TrimPrefix(plain.base(), "http"), nil, func(err error) bool { return err != nil }},
		{"a dial that takes too long", "https://pay.example", []middleware.Option{
			middleware.WithTimeout(20 * time.Millisecond),
			middleware.WithTransport(&http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }}),
		}, func(err error) bool { e := net.Error(nil); return errors.As(err, &e) && e.Timeout() }},
	} {
		for _, c := range triedCalls {
			t.Run(test.name+"/"+c.id, func(t *testing.T) {
				answered, err := c.do(t.Context(), test.base, slices.Concat(once, test.opts))
				e := mustFail(t, c, answered, err)
				if e.Kind != wire.ErrTemporary || e.OutcomeUnknown || e.Canceled {
					t.Errorf("kind %v, unknown %v, canceled %v: %v", e.Kind, e.OutcomeUnknown, e.Canceled, err)
				}
				if !test.cause(e.Unwrap()) {
					t.Errorf("the cause is gone: %v", err)
				}
				if e.Meta.RequestID == "" || e.Meta.Status != 0 || e.Meta.Body.Len() != 0 {
					t.Errorf("meta %+v", e.Meta)
				}
				contains(t, err.Error(), "request id "+e.Meta.RequestID)
			})
		}
	}
	if n := len(secure.arrived()) + len(plain.arrived()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// httptestAddress returns an address at which nobody listens, nor will until the test
// is over: it is the near end of a connection.
func httptestAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String()
}

// hang tells when a request has arrived and answers nothing until its client
// has gone.
func hang(came chan<- struct{}) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		came <- struct{}{}
		<-r.Context().Done()
	}
}

func TestTimeout(t *testing.T) {
	for _, c := range triedCalls {
		came := make(chan struct{}, 1)
		p := newPeer(t, hang(came))
		for name, opts := range map[string][]middleware.Option{
			"the client's timeout":      {middleware.WithTimeout(50 * time.Millisecond)},
			"the user's client's":       {middleware.WithHTTPClient(&http.Client{Timeout: 50 * time.Millisecond})},
			"the transport's, of parts": {middleware.WithTransport(&http.Transport{ResponseHeaderTimeout: 50 * time.Millisecond})},
		} {
			answered, err := c.do(t.Context(), p.base(), slices.Concat(once, opts))
			<-came
			e := mustFail(t, c, answered, err)
			want := wire.ErrTemporary
			if c.effect == wire.Write {
				want = wire.ErrUnknownOutcome
			}
			if e.Kind != want || e.OutcomeUnknown != (c.effect == wire.Write) || e.Canceled {
				t.Errorf("%s, %s: %v", c, name, err)
			}
			if timeout := net.Error(nil); !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%s, %s: no timeout in %v", c, name, err)
			}
		}
	}
}

func TestCanceled(t *testing.T) {
	why := errors.New("the shop closes")
	for _, c := range triedCalls {
		write := c.effect == wire.Write
		during := wire.ErrCanceled
		if write {
			during = wire.ErrUnknownOutcome
		}
		t.Run(c.id+"/before", func(t *testing.T) {
			p := newPeer(t, answerAll)
			// The second time there is an open connection to send on.
			for range 2 {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				answered, err := c.do(ctx, p.base(), nil)
				e := mustFail(t, c, answered, err)
				if e.Kind != wire.ErrCanceled || !e.Canceled || e.OutcomeUnknown || !errors.Is(err, context.Canceled) || e.Meta.Attempts != 0 {
					t.Error(err)
				}
				if _, err := c.do(t.Context(), p.base(), nil); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(p.arrived()); n != 2 {
				t.Errorf("%d requests arrived", n)
			}
		})
		t.Run(c.id+"/in a Doer that does not ask", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			answered, err := c.do(ctx, "https://pay.example", []middleware.Option{middleware.WithHTTPClient(doerFunc(func(*http.Request) (*http.Response, error) {
				t.Error("it was sent")
				return nil, io.EOF
			}))})
			if e := mustFail(t, c, answered, err); e.Kind != wire.ErrCanceled || e.OutcomeUnknown {
				t.Error(err)
			}
		})
		t.Run(c.id+"/while an editor works", func(t *testing.T) {
			p := newPeer(t, answerAll)
			ctx, cancel := context.WithCancel(t.Context())
			answered, err := c.do(ctx, p.base(), nil, wire.WithEditor(func(ctx context.Context, _ *http.Request) error {
				cancel()
				return why
			}))
			e := mustFail(t, c, answered, err)
			if e.Kind != wire.ErrCanceled || !e.Canceled || e.OutcomeUnknown || !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		t.Run(c.id+"/while dialing", func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			answered, err := c.do(ctx, "https://pay.example", []middleware.Option{middleware.WithTransport(&http.Transport{
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					cancel(why)
					<-ctx.Done()
					return nil, ctx.Err()
				},
			})})
			e := mustFail(t, c, answered, err)
			if e.Kind != wire.ErrCanceled || !e.Canceled || e.OutcomeUnknown || !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		t.Run(c.id+"/during", func(t *testing.T) {
			came := make(chan struct{})
			p := newPeer(t, hang(came))
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-came; cancel(why) }()
			answered, err := c.do(ctx, p.base(), nil)
			e := mustFail(t, c, answered, err)
			if e.Kind != during || !e.Canceled || e.OutcomeUnknown != write || !errors.Is(err, context.Canceled) || !errors.Is(err, wire.ErrCanceled) {
				t.Error(err)
			}
		})
		t.Run(c.id+"/deadline", func(t *testing.T) {
			came := make(chan struct{}, 1)
			p := newPeer(t, hang(came))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			answered, err := c.do(ctx, p.base(), nil)
			e := mustFail(t, c, answered, err)
			if e.Kind != during || !e.Canceled || e.OutcomeUnknown != write || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		t.Run(c.id+"/while the answer comes", func(t *testing.T) {
			for _, status := range []int{200, 401} {
				ctx, cancel := context.WithCancel(t.Context())
				p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(status)
					_, _ = io.WriteString(w, `{"status":`)
					_ = http.NewResponseController(w).Flush()
					<-r.Context().Done()
				})
				answered, err := c.do(ctx, p.base(), []middleware.Option{middleware.WithTransport(afterHeader{cancel})})
				e := mustFail(t, c, answered, err)
				kind, unknown := during, write
				if status == 401 {
					kind, unknown = wire.ErrUnauthorized, false // that much it had said
				}
				if e.Kind != kind || !e.Canceled || e.OutcomeUnknown != unknown || e.Meta.Status != status || !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
}

// afterHeader is a transport that does something when the header has come.
type afterHeader struct{ do func() }

func (a afterHeader) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	a.do()
	return resp, err
}

// A Doer that does not report how far it came may have sent the request.
func TestFailureOfForeignDoer(t *testing.T) {
	broken := errors.New("broken")
	foreign := middleware.WithHTTPClient(doerFunc(func(*http.Request) (*http.Response, error) { return nil, broken }))
	for _, c := range triedCalls {
		answered, err := c.do(t.Context(), "https://pay.example", []middleware.Option{foreign, middleware.WithoutRetries()})
		e := mustFail(t, c, answered, err)
		want := wire.ErrTemporary
		if c.effect == wire.Write {
			want = wire.ErrUnknownOutcome
		}
		if e.Kind != want || e.OutcomeUnknown != (c.effect == wire.Write) || !errors.Is(err, broken) {
			t.Error(err)
		}
		// Unless it was one of its editors that failed.
		inner := middleware.WithHTTPClient(middleware.NewDoer(http.DefaultClient, func(context.Context, *http.Request) error { return broken }))
		answered, err = c.do(t.Context(), "https://pay.example", []middleware.Option{inner})
		if e = mustFail(t, c, answered, err); e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown || !errors.Is(err, broken) {
			t.Error(err)
		}
	}
}

// An editor that fails says that nothing was sent, but not of an attempt before.
func TestEditorFailsOnSecondAttempt(t *testing.T) {
	broken := errors.New("broken")
	p := newPeer(t, answerWith(503, "text/plain", ""))
	again := middleware.NewDoer(http.DefaultClient, func(context.Context, *http.Request) error { return broken })
	retries := middleware.WithHTTPClient(doerFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		return again.Do(req)
	}))
	answered, err := clientAdd.do(t.Context(), p.base(), []middleware.Option{retries})
	if e := mustFail(t, clientAdd, answered, err); !e.OutcomeUnknown || !errors.Is(err, broken) {
		t.Error(err)
	}
	p.only(t)
}

// A header field that net/http would not send is found before it is tried.
func TestUnsendableHeader(t *testing.T) {
	p := newPeer(t, answerAll)
	for name, value := range map[string]string{"X-Note": "a\r\nX-Evil: 1", "X Note": "a", "X-Nul": "\x00", "": "a", "X:Y": "a", "X-Ж": "a"} {
		answered, err := clientAdd.do(t.Context(), p.base(), nil, wire.WithEditor(func(_ context.Context, req *http.Request) error {
			req.Header[name] = []string{value}
			return nil
		}))
		if e := mustFail(t, clientAdd, answered, err); e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown || e.Meta.Attempts != 0 {
			t.Error(err)
		}
	}
	if n := len(p.arrived()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}
