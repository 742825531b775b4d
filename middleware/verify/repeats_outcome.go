package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// outcome is what a claim is finished with: an answer, and what it is the answer to.
type outcome struct {
	Content []byte `json:"content"`
	// Status is 0 where the answer was too long to be kept.
	Status int `json:"status,omitempty"`
	// Fields are the header as it is stored: its values may be bytes that are no text.
	Fields map[string][][]byte `json:"fields,omitempty"`
	Header http.Header         `json:"-"`
	// Length is that of the body, which follows the JSON.
	Length int `json:"length"`
	body   []byte
}

var errOutcome = errors.New("an outcome is in the store that is none")

// encode returns o as it is stored, or if that is too long the shorter form, which
// says so.
func (o outcome) encode(most int) (stored []byte, whole bool) {
	o.Length, o.Fields = len(o.body), map[string][][]byte{}
	for name, values := range o.Header {
		for _, value := range values {
			o.Fields[name] = append(o.Fields[name], []byte(value))
		}
	}
	head, _ := json.Marshal(o) // numbers and texts always encode
	if len(head)+1+len(o.body) <= most {
		return append(append(head, '\n'), o.body...), true
	}
	head, _ = json.Marshal(outcome{Content: o.Content})
	return append(head, '\n'), false
}

func parseOutcome(stored []byte) (o outcome, err error) {
	head, body, found := bytes.Cut(stored, []byte{'\n'})
	if !found || json.Unmarshal(head, &o) != nil || o.Length != len(body) || len(o.Content) == 0 ||
		o.Status != 0 && (o.Status < 200 || o.Status > 999) {
		return outcome{}, errOutcome
	}
	o.body, o.Header = body, http.Header{}
	for name, values := range o.Fields {
		for _, value := range values {
			o.Header[name] = append(o.Header[name], string(value))
		}
	}
	return o, nil
}

// Header fields that are of one answer, and not of its repeat: the connection's, and
// what is for one client only.
var notRepeated = []string{
	"Connection", "Date", "Keep-Alive", "Set-Cookie", "Trailer", "Transfer-Encoding", "Upgrade",
}

// recorder is the answer of a handler, until it is whole. It is not told when the
// client is gone, and cannot be flushed or hijacked.
type recorder struct {
	header http.Header
	status int
	sent   http.Header // header, as it was when the status was written
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

// Header implements [http.ResponseWriter].
func (a *recorder) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter]. Like that of net/http it panics for a
// status that is none: so that is a panic of the handler's, answered and kept as any.
func (a *recorder) WriteHeader(status int) {
	switch {
	case a.status != 0:
	case status < 100 || status > 999:
		panic("verify: the handler answers with a status that is none")
	case status >= 200: // others come before the answer
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (a *recorder) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// outcome is what a handler has answered, once it has returned.
func (a *recorder) outcome(content []byte) outcome {
	a.WriteHeader(http.StatusOK) // as net/http does
	return outcome{Content: content, Status: a.status, Header: a.sent, body: a.body.Bytes()}
}

// writeTo gives an answer for the first time.
func (o outcome) writeTo(w http.ResponseWriter) {
	header := w.Header()
	maps.Copy(header, o.Header)
	if header.Get("Content-Length") == "" && o.Status != http.StatusNoContent && o.Status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(o.body)))
	}
	w.WriteHeader(o.Status)
	_, _ = w.Write(o.body) // the client may be gone
}

// repeatTo gives an answer once more. What it echoes of a request is that of this
// one.
func (o outcome) repeatTo(w http.ResponseWriter, r *http.Request) {
	if id := r.Header.Get(requestIDHeader); id != "" && o.Header.Get(requestIDHeader) != "" {
		o.Header.Set(requestIDHeader, id)
	}
	o.writeTo(w)
}

// toKeep is o without the header fields that its repeats do not have.
func (o outcome) toKeep() outcome {
	o.Header = o.Header.Clone()
	maps.DeleteFunc(o.Header, func(name string, _ []string) bool { return slices.Contains(notRepeated, http.CanonicalHeaderKey(name)) })
	return o
}
