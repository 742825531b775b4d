package middleware_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// The caps that the documentation states.
func TestStatedCaps(t *testing.T) {
	if wire.MaxAnswerBytes != 4<<20 || wire.MaxDepth != 64 || wire.MaxTokens != 100_000 {
		t.Error("a stated cap changed")
	}
}

// filled returns an answer of n bytes in which one member is as long as it takes.
func filled(n int, head, tail string) string {
	return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
}

func jsonOfBytes(n int) string { return filled(n, `{"status":"ok","order_id":"`, `"}`) }

func jsonOfDepth(n int) string {
	return `{"status":"ok","x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
}

// The object, the array, two names and the two first values are tokens, too.
func jsonOfTokens(n int) string {
	return `{"status":"ok","x":[0` + strings.Repeat(",0", n-6) + `]}`
}

func xmlOfBytes(n int) string {
	return filled(n, `<root><status>ok</status><order_id>`, `</order_id></root>`)
}

func xmlOfDepth(n int) string {
	return `<root><status>ok</status>` + strings.Repeat("<x>", n-1) + strings.Repeat("</x>", n-1) + `</root>`
}

// Three elements have two tags each.
func xmlOfTokens(n int) string {
	return `<root><status>ok</status><x>` + strings.Repeat("<y/>", n-6) + `</x></root>`
}

func TestCaps(t *testing.T) {
	if testing.Short() {
		t.Skip("answers up to the caps take their time")
	}
	for _, test := range []struct {
		name   string
		answer func(int) string
		most   int
		text   string
	}{
		{"JSON bytes", jsonOfBytes, wire.MaxAnswerBytes, "larger than 4194304 bytes"},
		{"JSON depth", jsonOfDepth, wire.MaxDepth, "limit of 64 (depth)"},
		{"JSON tokens", jsonOfTokens, wire.MaxTokens, "limit of 100000 (tokens)"},
		{"XML bytes", xmlOfBytes, wire.MaxAnswerBytes, "larger than 4194304 bytes"},
		{"XML depth", xmlOfDepth, wire.MaxDepth, "limit of 64 (depth)"},
		{"XML tokens", xmlOfTokens, wire.MaxTokens, "limit of 100000 (tokens)"},
	} {
		contentType := "application/json"
		if strings.HasPrefix(test.name, "XML") {
			contentType = "application/xml"
		}
		for _, way := range []string{"length", "chunked", "gzip"} {
			t.Run(test.name+"/"+way, func(t *testing.T) {
				var body string
				p := newPeer(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", contentType)
					switch way {
					case "length":
						w.Header().Set("Content-Length", fmt.Sprint(len(body)))
					case "chunked":
						_ = http.NewResponseController(w).Flush()
					case "gzip":
						w.Header().Set("Content-Encoding", "gzip")
						z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
						_, _ = io.WriteString(z, body)
						_ = z.Close()
						return
					}
					_, _ = io.WriteString(w, body)
				})
				body = test.answer(test.most)
				if strings.HasSuffix(test.name, "bytes") && len(body) != test.most {
					t.Fatalf("the test's body has %d bytes", len(body))
				}
				answered, err := invoicePay.do(t.Context(), p.base(), nil)
				if err != nil || !answered {
					t.Errorf("at the cap: %v", err)
				}
				body = test.answer(test.most + 1)
				answered, err = invoicePay.do(t.Context(), p.base(), nil)
				e := mustFail(t, invoicePay, answered, err)
				if e.Kind != wire.ErrUnexpectedAnswer || !e.OutcomeUnknown {
					t.Error(err)
				}
				contains(t, err.Error(), test.text)
			})
		}
	}
}

// The cap holds for whoever reads through NewHTTPClient.
func TestHTTPClientCaps(t *testing.T) {
	for extra := range 2 {
		p := newPeer(t, answerJSON(jsonOfBytes(wire.MaxAnswerBytes+extra)))
		resp, err := middleware.NewHTTPClient(0, nil).Get(p.base())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if len(body) != wire.MaxAnswerBytes || (err != nil) != (extra > 0) {
			t.Errorf("one over the cap %d: %d bytes, %v", extra, len(body), err)
		}
		if n, again := resp.Body.Read(make([]byte, 1)); n != 0 || again == nil {
			t.Errorf("and then %d bytes, %v", n, again)
		}
		_ = resp.Body.Close()
	}
}

// memory is a transport that answers out of memory, so that nothing but the
// call itself allocates.
type memory struct {
	contentType string
	length      int64
	body        io.Reader
}

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {m.contentType}},
		ContentLength: m.length, Body: io.NopCloser(m.body), Request: req,
	}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What one call allocates in all bounds what it can hold at any moment, and
// does not depend on when garbage is collected.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("answers up to the caps take their time")
	}
	const most = wire.MaxAnswerBytes
	escaped := `{"status":"ok","order_id":"` + strings.Repeat(`\u0416`, (most-40)/6) + `"}`
	bomb := new(bytes.Buffer)
	z := gzip.NewWriter(bomb)
	_, _ = io.Copy(z, io.LimitReader(zeros{}, 4*most))
	_ = z.Close()
	unzip := func() io.Reader {
		r, err := gzip.NewReader(bytes.NewReader(bomb.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, test := range []struct {
		name        string
		contentType string
		body        string
		endless     io.Reader
	}{
		{"JSON of one long text", "application/json", jsonOfBytes(most), nil},
		{"JSON of one long escaped text", "application/json", escaped, nil},
		{"JSON of all tokens that are allowed", "application/json", jsonOfTokens(wire.MaxTokens), nil},
		{"XML of one long text", "application/xml", xmlOfBytes(most), nil},
		{"XML of all tags that are allowed", "application/xml", xmlOfTokens(wire.MaxTokens), nil},
		// The worst there is: as many members as there may be, and each is kept with
		// its name.
		{"JSON of unknown members", "application/json", membersOfBytes(most), nil},
		{"an endless answer", "application/json", "", zeros{}},
		{"a gzip bomb", "application/json", "", unzip()},
	} {
		for _, known := range []bool{true, false} {
			if test.endless != nil && known {
				continue
			}
			body, length := test.endless, int64(-1)
			if body == nil {
				body = strings.NewReader(test.body)
			}
			if known {
				length = int64(len(test.body))
			}
			client := []middleware.Option{middleware.WithTransport(memory{test.contentType, length, body})}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			answered, err := invoicePay.do(t.Context(), "https://pay.example", client)
			runtime.ReadMemStats(&after)
			if answered != (test.endless == nil) {
				t.Errorf("%s: %v", test.name, err)
			}
			cost := float64(after.TotalAlloc-before.TotalAlloc) / most
			t.Logf("%-38s length known %-5v %.2f times the cap", test.name, known, cost)
			if cost > 4 {
				t.Errorf("%s: allocated %.2f times the cap, want at most 4", test.name, cost)
			}
		}
	}
}

// membersOfBytes returns an answer of about n bytes with as many unknown
// members as there may be.
func membersOfBytes(n int) string {
	const members = (wire.MaxTokens - 3) / 2
	value := strings.Repeat("x", n/members-12)
	b := []byte(`{"status":"ok"`)
	for i := range members - 1 {
		b = fmt.Appendf(b, `,"%06d":"%s"`, i, value)
	}
	return string(append(b, '}'))
}
