package verify

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// An answer that is just as long as may be is kept.
func TestRepeatsKeepAnswersUpToTheLimit(t *testing.T) {
	o := outcome{Content: []byte("content"), Status: 200, Header: http.Header{"A": {"b"}}, body: []byte("the body")}
	full, whole := o.encode(1 << 20)
	if !whole {
		t.Fatal("not whole")
	}
	if got, whole := o.encode(len(full)); !whole || !bytes.Equal(got, full) {
		t.Errorf("with a limit of its length: got %q, %v", got, whole)
	}
	short, whole := o.encode(len(full) - 1)
	got, err := parseOutcome(short)
	if whole || err != nil || got.Status != 0 || string(got.Content) != "content" || len(got.body) != 0 {
		t.Errorf("with one less: got %q, %v, read as %+v (%v)", short, whole, got, err)
	}
}

func TestRepeatsTakeNoStatusThatIsNone(t *testing.T) {
	for status, valid := range map[int]bool{-1: false, 0: true, 1: false, 199: false, 200: true, 999: true, 1000: false} {
		stored := fmt.Sprintf(`{"content":"AAAA","status":%d,"length":0}`+"\n", status)
		if o, err := parseOutcome([]byte(stored)); (err == nil) != valid || valid && o.Status != status {
			t.Errorf("%d: got %+v (%v)", status, o, err)
		}
	}
}

// Fields that are of one connection or for one client are in the first answer only.
func TestRepeatsLeaveOutWhatIsOfOneAnswer(t *testing.T) {
	for _, name := range []string{"Connection", "Date", "Keep-Alive", "Set-Cookie", "Trailer", "Transfer-Encoding", "Upgrade"} {
		handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, "x")
			w.Header().Set("X-Other", "y")
		}}
		server := behind(t, RepeatsOptions{}, &handler)
		c := to(byOrder, `{"order_id":"1"}`)
		first, again := c.send(t, server).Header(), c.send(t, server).Header()
		if first.Get(name) != "x" || first.Get("X-Other") != "y" {
			t.Errorf("%s: first %v", name, first)
		}
		if _, repeated := again[name]; repeated || again.Get("X-Other") != "y" {
			t.Errorf("%s: then %v", name, again)
		}
		handler.want(t, 1)
	}
}

// Names of header fields are read in any letters, and so are those.
func TestRepeatsLeaveOutWhatIsOfOneAnswerInAnyLetters(t *testing.T) {
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["set-cookie"] = []string{"a=b"}
	}}
	server := behind(t, RepeatsOptions{}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	c.send(t, server)
	for name := range c.send(t, server).Header() {
		if strings.EqualFold(name, "Set-Cookie") {
			t.Errorf("the repeat has %s", name)
		}
	}
	handler.want(t, 1)
}

// Values of header fields are bytes, and need not be text.
func TestRepeatsGiveHeadersToTheByte(t *testing.T) {
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Name"] = []string{"caf\xe9", "\x80<&>\u2028", ""}
	}}
	server := behind(t, RepeatsOptions{}, &handler)
	c := to(byOrder, `{"order_id":"1"}`)
	first, again := c.send(t, server).Header(), c.send(t, server).Header()
	if len(first["X-Name"]) != 3 || !slices.Equal(first["X-Name"], again["X-Name"]) {
		t.Errorf("first %q, then %q", first["X-Name"], again["X-Name"])
	}
	handler.want(t, 1)
}

// An answer says how long it is, unless it has no body by its status, or its handler
// says so, as one may of an answer to HEAD. A repeat says the same.
func TestRepeatsSayHowLongAnAnswerIs(t *testing.T) {
	for _, test := range []struct {
		name      string
		status    int
		own, body string
		want      []string
	}{
		{"a body", 200, "", "four", []string{"4"}},
		{"a declined one", 402, "", "four", []string{"4"}},
		{"no body", 200, "", "", []string{"0"}},
		{"no content", 204, "", "", nil},
		{"not modified", 304, "", "", nil},
		{"its own", 200, "4", "four", []string{"4"}},
		{"that of a body which is not sent", 200, "10", "", []string{"10"}},
		{"that of what was not modified", 304, "10", "", []string{"10"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
				if test.own != "" {
					w.Header().Set("Content-Length", test.own)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}}
			server := behind(t, RepeatsOptions{}, &handler)
			for i := range 2 {
				got := to(byOrder, `{"order_id":"1"}`).send(t, server)
				if length := got.Header()["Content-Length"]; got.Code != test.status || got.Body.String() != test.body ||
					fmt.Sprint(length) != fmt.Sprint(test.want) {
					t.Errorf("request %d: got %d %q of length %v, want %v", i, got.Code, got.Body, length, test.want)
				}
			}
			handler.want(t, 1)
		})
	}
}

// An answer begins with its first byte: what its handler says later is not said.
func TestRepeatsSendNoHeaderThatComesLate(t *testing.T) {
	handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Early", "a")
		_, _ = io.WriteString(w, "done")
		w.Header().Set("X-Late", "b")
		w.WriteHeader(http.StatusBadGateway)
	}}
	server := behind(t, RepeatsOptions{}, &handler)
	for i := range 2 {
		got := to(byOrder, `{"order_id":"1"}`).send(t, server)
		if got.Code != http.StatusOK || got.Header().Get("X-Early") != "a" || got.Header().Get("X-Late") != "" {
			t.Errorf("request %d: got %d %v", i, got.Code, got.Header())
		}
	}
	handler.want(t, 1)
}

// A repeat gets its own X-Request-Id where the first answer has one, and that one if it
// has none itself.
func TestRepeatsEchoTheirOwnRequestID(t *testing.T) {
	for _, test := range []struct {
		name, answered string
		ids            []string
		want           []string
	}{
		{"its own", "first", []string{"again"}, []string{"again"}},
		{"none", "first", nil, []string{"first"}},
		{"an empty one", "first", []string{""}, []string{"first"}},
		{"none was answered", "", []string{"again"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := counting{answer: func(w http.ResponseWriter, _ *http.Request) {
				if test.answered != "" {
					w.Header().Set("X-Request-Id", test.answered)
				}
			}}
			server := behind(t, RepeatsOptions{}, &handler)
			to(byOrder, `{"order_id":"1"}`, "first").send(t, server)
			got := to(byOrder, `{"order_id":"1"}`, test.ids...).send(t, server)
			if ids := got.Header()["X-Request-Id"]; fmt.Sprint(ids) != fmt.Sprint(test.want) {
				t.Errorf("got %q, want %q", ids, test.want)
			}
			handler.want(t, 1)
		})
	}
}
