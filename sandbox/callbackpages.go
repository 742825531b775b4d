package sandbox

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Where a program that is not written in Go, or a person, looks at the callbacks and
// sends them. They are no part of Freedom Pay, and need no signature.
const (
	callbacksPath = "/_sandbox/callbacks"
	announcePath  = "/_sandbox/announce"
)

// callbackPages serves them. Pages of others are kept from using a browser to send
// callbacks, which are signed.
func (s *Sandbox) callbackPages() {
	protection := http.NewCrossOriginProtection()
	s.mux.HandleFunc("GET "+callbacksPath, s.showCallbacks)
	s.mux.Handle("POST "+callbacksPath+"/{number}/replay", protection.Handler(http.HandlerFunc(s.replayCallback)))
	s.mux.Handle("POST "+announcePath, protection.Handler(http.HandlerFunc(s.announceCallback)))
	s.mux.Handle("POST "+clockPath, protection.Handler(http.HandlerFunc(s.putForward)))
}

const callbacksPage = "callbacks"

var _ = template.Must(pages.Funcs(template.FuncMap{
	"time": func(t time.Time) string { return t.In(almaty).Format("2006-01-02 15:04:05") },
}).Parse(`
{{define "callbacks"}}{{template "head"}}<h1>Callbacks</h1>
<p>It is {{time .Now}}.</p>
<form method="post" action="{{.Base}}/_sandbox/clock"><label>Put the clock forward by <input name="advance" value="30m"></label> <button type="submit">Forward</button></form>
{{range .Deliveries}}<h2>{{.Number}}: {{.Kind}}{{with .Result}} {{.}}{{end}}</h2>
<p>{{.Method}} {{.URL}}{{with .OrderID}}, order {{.}}{{end}}{{with .PaymentID}}, payment {{.}}{{end}}</p>
<ol>
{{range .Attempts}}<li>{{time .At}}{{if .Replayed}}, replayed{{end}}{{if .Status}}, HTTP {{.Status}}{{end}}{{with .Answer}}, {{.}}{{end}}{{with .Problem}}: {{.}}{{end}}</li>
{{end}}</ol>
{{if not .Next.IsZero}}<p>Next at {{time .Next}}.</p>
{{end}}<form method="post" action="{{$.Base}}/_sandbox/callbacks/{{.Number}}/replay"><button type="submit">Send again</button></form>
{{else}}<p>There are none.</p>
{{end}}</body>
</html>
{{end}}
`))

// showCallbacks is Deliveries, for people, newest first, and for programs that accept
// JSON, oldest first.
func (s *Sandbox) showCallbacks(w http.ResponseWriter, r *http.Request) {
	all := s.Deliveries()
	if wantsJSON(r) {
		if all == nil {
			all = []Delivery{}
		}
		writeJSON(w, http.StatusOK, map[string][]Delivery{"callbacks": all})
		return
	}
	newest := make([]Delivery, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		newest = append(newest, all[i])
	}
	pageHandler(http.StatusOK, callbacksPage, struct {
		Base       string
		Now        time.Time
		Deliveries []Delivery
	}{baseURL(r.Context()), s.now(), newest}).ServeHTTP(w, r)
}

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// wantsPage reports whether a browser asks.
func wantsPage(r *http.Request) bool {
	return !wantsJSON(r) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// replayCallback is Replay. A browser is sent back to the page.
func (s *Sandbox) replayCallback(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		number = 0 // which no callback has
	}
	d, err := s.Replay(r.Context(), number)
	switch {
	case errors.Is(err, ErrNoDelivery):
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "there is no such callback, or it was not sent yet"})
	case err != nil:
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "the sandbox is closed"})
	case wantsPage(r):
		seeOther(baseURL(r.Context())+callbacksPath).ServeHTTP(w, r)
	default:
		writeJSON(w, http.StatusOK, d)
	}
}

// announceCallback is Announce, with the Announcement as JSON.
func (s *Sandbox) announceCallback(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	var a Announcement
	err := decoder.Decode(&a)
	d := Delivery{}
	if err == nil {
		d, err = s.Announce(r.Context(), a)
	}
	switch {
	case errors.Is(err, ErrClosed):
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "the sandbox is closed"})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": strings.TrimPrefix(err.Error(), "sandbox: ")})
	default:
		writeJSON(w, http.StatusCreated, d)
	}
}
