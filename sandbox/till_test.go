package sandbox_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// till is the server of a merchant that is called about payments. It reads what comes
// with nothing but the standard library and pgsig.
type till struct {
	*shop
	addr string

	mu     sync.Mutex
	all    []notice
	answer func(n notice) (status int, body string)
}

// notice is a callback that came.
type notice struct {
	t           *testing.T
	path        string // with the query
	method      string
	contentType string
	raw         string // the query or the body
	fields      []pgsig.Field
	secret      string // the one that it was signed with
	signature   string // the JWS, if there is one
}

// get is the value of a field, "-" if there is none.
func (n notice) get(name string) string {
	for _, f := range n.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return "-"
}

// names are those of the fields, in their order.
func (n notice) names() string {
	var all []string
	for _, f := range n.fields {
		all = append(all, f.Name)
	}
	return strings.Join(all, " ")
}

// says is an answer with a signature.
func (n notice) says(status, description string) (int, string) {
	fields := []pgsig.Field{{Name: "pg_status", Value: status}, {Name: "pg_description", Value: description}, {Name: "pg_salt", Value: "salt"}}
	fields = append(fields, pgsig.Field{Name: "pg_sig", Value: pgsig.Sign(n.script(), fields, n.secret)})
	return http.StatusOK, inResponse(fields)
}

func inResponse(fields []pgsig.Field) string {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?>\n<response>")
	for _, f := range fields {
		fmt.Fprintf(&b, "<%s>", f.Name)
		_ = xml.EscapeText(&b, []byte(f.Value))
		fmt.Fprintf(&b, "</%s>", f.Name)
	}
	b.WriteString("</response>")
	return b.String()
}

func (n notice) script() string {
	path, _, _ := strings.Cut(n.path, "?")
	return path[strings.LastIndex(path, "/")+1:]
}

// openTill opens a shop that is called at /check and /result, unless the options say
// otherwise. It says ok to everything until told otherwise.
func openTill(t *testing.T, o sandbox.Options) *till {
	t.Helper()
	till := &till{}
	server := httptest.NewServer(http.HandlerFunc(till.serve))
	till.addr = server.URL
	if o.ResultURL == "" {
		o.ResultURL = server.URL + "/result"
	}
	till.shop = openShopWith(t, o)
	t.Cleanup(server.Close)
	till.saying("ok", "")
	return till
}

// saying answers to everything with a word.
func (t *till) saying(status, description string) {
	t.answering(func(n notice) (int, string) { return n.says(status, description) })
}

func (t *till) answering(answer func(n notice) (int, string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answer = answer
}

func (t *till) serve(w http.ResponseWriter, r *http.Request) {
	n := notice{t: t.t, path: r.URL.RequestURI(), method: r.Method, contentType: r.Header.Get("Content-Type"), raw: r.URL.RawQuery,
		signature: r.Header.Get("X-JWS-Signature"),
	}
	if r.Method != http.MethodGet {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.t.Errorf("%s: %v", n.path, err)
		}
		n.raw = string(body)
	}
	n.read(t.credentials.Secret.Reveal(), t.credentials.PayoutSecret.Reveal())
	t.mu.Lock()
	t.all = append(t.all, n)
	answer := t.answer
	t.mu.Unlock()
	status, body := answer(n)
	if status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// read reads the fields and finds the secret that they were signed with.
func (n *notice) read(secrets ...string) {
	media, params, _ := mime.ParseMediaType(n.contentType)
	var pairs []pgsig.Pair
	switch {
	case n.method == http.MethodGet:
		for part := range strings.SplitSeq(n.raw, "&") {
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, pgsig.Pair{Name: n.unescape(name), Value: n.unescape(value)})
		}
	case media == "application/json":
		return
	default:
		reader := multipart.NewReader(strings.NewReader(n.raw), params["boundary"])
		for {
			part, err := reader.NextPart()
			if err != nil {
				break
			}
			value, _ := io.ReadAll(part)
			pairs = append(pairs, pgsig.Pair{Name: part.FormName(), Value: string(value)})
		}
	}
	var err error
	if n.fields, err = pgsig.Fields(pairs); err != nil {
		n.t.Errorf("%s: %v", n.path, err)
	}
	if len(n.fields) == 1 && n.fields[0].Name == "pg_xml" {
		n.readXML(n.fields[0].Value)
	}
	for _, secret := range secrets {
		if pgsig.Verify(n.script(), n.fields, secret, n.get("pg_sig")) {
			n.secret = secret
		}
	}
	if n.secret == "" && n.get("pg_sig") != "wrong" {
		n.t.Errorf("%s: the signature is wrong: %v", n.path, n.fields)
	}
}

func (n *notice) readXML(text string) {
	request := struct {
		XMLName xml.Name
		Fields  []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}{}
	if err := xml.Unmarshal([]byte(text), &request); err != nil || request.XMLName.Local != "request" {
		n.t.Errorf("%s: <%s>, %v", n.path, request.XMLName.Local, err)
	}
	n.fields = nil
	for _, f := range request.Fields {
		n.fields = append(n.fields, pgsig.Field{Name: f.XMLName.Local, Value: f.Text})
	}
}

func (n *notice) unescape(s string) string {
	text, err := url.QueryUnescape(s)
	if err != nil {
		n.t.Errorf("%s: %v", n.path, err)
	}
	return text
}

// came are the callbacks to a path that have come so far, after all that is due.
func (t *till) came(path string) (found []notice) {
	t.t.Helper()
	must(t.t, t.sandbox.Settle(t.t.Context()))
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.all {
		if own, _, _ := strings.Cut(n.path, "?"); own == path {
			found = append(found, n)
		}
	}
	return found
}

// one is the only callback that has come to a path.
func (t *till) one(path string) notice {
	t.t.Helper()
	all := t.came(path)
	if len(all) != 1 {
		t.t.Fatalf("%d callbacks to %s", len(all), path)
	}
	return all[0]
}

// wants checks fields of a callback.
func (n notice) wants(want map[string]string) {
	n.t.Helper()
	for name, value := range want {
		if got := n.get(name); got != value {
			n.t.Errorf("%s: %s is %q, want %q", n.path, name, got, value)
		}
	}
}
