package freedompay_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

var curlURL = regexp.MustCompile(`'https://[^/']+(/[^']*)'`)

// Every request that a page shows as a curl command is what the typed call
// sends: to the same path, with the same fields. Who calls comes from the
// credentials, and the signature is a real one.
func TestCallsSendWhatThePagesShow(t *testing.T) {
	commands := 0
	for _, op := range specOperations(t) {
		for _, e := range op.get("x-documented-examples").items() {
			text := e.get("text").text()
			if e.get("of").text() != "request" || !strings.HasPrefix(text, "curl ") {
				continue
			}
			commands++
			t.Run(op.id, func(t *testing.T) { sendsWhatIsShown(t, op, text) })
		}
	}
	if commands < 5 {
		t.Errorf("only %d commands: this test looks in the wrong place", commands)
	}
}

func sendsWhatIsShown(t *testing.T, op specOperation, text string) {
	shown := curlForm(text)
	path := curlURL.FindStringSubmatch(text)[1]
	identity := "1"
	var given []codec.Pair // what a caller fills in
	for i, p := range shown {
		switch p.Name {
		case "pg_salt", "pg_sig":
			shown[i].Value = ""
		case "pg_merchant_id":
			if p.Value != "" { // some pages show none
				identity = p.Value
			}
			shown[i].Value = identity
		default:
			given = append(given, p)
		}
	}
	path = strings.ReplaceAll(path, "{{paybox_merchant_id}}", "{merchant_id}")

	var arrived []codec.Pair
	var called string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = r.URL.Path
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Error(err)
		}
		reader := multipart.NewReader(r.Body, params["boundary"])
		for {
			part, err := reader.NextPart()
			if err != nil {
				break
			}
			var value bytes.Buffer
			_, _ = io.Copy(&value, part)
			arrived = append(arrived, codec.Pair{Name: part.FormName(), Value: value.String()})
		}
	}))
	defer server.Close()

	operation := bodies[op.id]
	request := operation.NewRequest()
	must(t, codec.BindPairs(given, request, codec.Limits{}))
	if n := len(request.WireFields().Extra.Unknown()); n > 0 {
		t.Errorf("%d fields are not typed", n)
	}
	opts := []wire.CallOption{wire.WithoutValidation()} // what the pages show is not always allowed
	if path != op.wire.Path {
		opts = append(opts, wire.WithPath(path))
	}
	credentials := wire.Credentials{ID: identity, Secret: wire.NewSecret("s"), PayoutSecret: wire.NewSecret("p")}
	_, err := operation.Call(t.Context(), wire.Environment(server.URL), credentials, request, nil, opts...)
	if !errors.Is(err, wire.ErrUnexpectedAnswer) { // the server says nothing
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(path, "{merchant_id}", identity); called != want {
		t.Errorf("called %s, want %s", called, want)
	}
	for i, p := range arrived {
		if p.Name == "pg_salt" || p.Name == "pg_sig" {
			if p.Value == "" {
				t.Errorf("%s is empty", p.Name)
			}
			arrived[i].Value = ""
		}
	}
	byName := func(a, b codec.Pair) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(arrived, byName)
	slices.SortStableFunc(shown, byName)
	if !slices.Equal(arrived, shown) {
		t.Errorf("sent\n%v\nshown\n%v", arrived, shown)
	}
}
