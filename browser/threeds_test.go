package browser

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freedompay-go/freedompay/wire"
)

const (
	testACS  = "https://secure.freedompay.kz/v2/user/3ds-page/1234?a=b&c=d"
	testTerm = "https://shop.example/3ds?order=23"
)

func TestThreeDSForm(t *testing.T) {
	form, err := ThreeDSForm(testACS, wire.NewSecret("YTE5OTg="), wire.NewSecret("eJxV+/=\n"), testTerm)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := shape(form.Fields), "MD=YTE5OTg=\nPaReq=eJxV+/=\n\nTermUrl="+testTerm+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	page, err := form.HTML()
	if err != nil {
		t.Fatal(err)
	}
	method, action, sent := open(t, page)
	if method != "POST" || action != testACS || len(sent) != 3 {
		t.Errorf("got %s %s", method, action)
	}
	if address, err := form.URL(); address != "" || !errors.Is(err, ErrForm) {
		t.Errorf("an address without a POST: %s (%v)", address, err)
	}

	form, err = ThreeDSForm(testACS, wire.Secret{}, wire.Secret{}, "http://localhost:8080/3ds")
	if err != nil || shape(form.Fields) != "TermUrl=http://localhost:8080/3ds\n" {
		t.Errorf("got %v (%v)", form, err)
	}
}

func TestThreeDSFormRefuses(t *testing.T) {
	set := wire.NewSecret("4405639704015096")
	for _, raw := range []string{
		"", "secure.freedompay.kz", "//secure.freedompay.kz/3ds", "/3ds", "http://secure.freedompay.kz/3ds", "http://localhost.example/3ds",
		"https:///3ds", "https:3ds", "javascript:alert(1)", "data:text/html,4405639704015096", "ftp://secure.freedompay.kz",
		"https://user:4405639704015096@secure.freedompay.kz", "https://4405639704015096%zz/", " https://secure.freedompay.kz",
	} {
		for _, addresses := range [][2]string{{raw, testTerm}, {testACS, raw}} {
			form, err := ThreeDSForm(addresses[0], set, set, addresses[1])
			if form != nil || !errors.Is(err, ErrAddress) || strings.Contains(err.Error(), "4405639704015096") {
				t.Errorf("%q: got %v", addresses, err)
			}
		}
	}
	for _, unset := range []wire.Secret{{}, wire.NewSecret("")} {
		for _, fields := range [][2]wire.Secret{{set, unset}, {unset, set}} {
			if _, err := ThreeDSForm(testACS, fields[0], fields[1], testTerm); !errors.Is(err, ErrForm) {
				t.Errorf("got %v", err)
			}
		}
	}
}

const urlEncoded = "application/x-www-form-urlencoded"

func post(target, contentType string, body io.Reader) *http.Request {
	r := httptest.NewRequest("POST", target, body)
	r.Header.Set("Content-Type", contentType)
	return r
}

func TestParseThreeDS(t *testing.T) {
	const body = "PaRes=eJxV%2B%2F%3D%0D%0A&MD=YTE5OTg%3D&x=1&x=2"
	for what, r := range map[string]*http.Request{
		"plain":       post("/3ds?MD=no&PaRes=no", urlEncoded, strings.NewReader(body)),
		"charset":     post("/3ds", urlEncoded+"; charset=ISO-8859-1", strings.NewReader(body)),
		"capitals":    post("/3ds", strings.ToUpper(urlEncoded), strings.NewReader(body)),
		"in pieces":   post("/3ds", urlEncoded, iotest.OneByteReader(strings.NewReader(body))),
		"with spaces": post("/3ds", " "+urlEncoded+" ; charset=utf-8", strings.NewReader("&"+body+"&&")),
	} {
		got, err := ParseThreeDS(r)
		if err != nil || got.MD.Reveal() != "YTE5OTg=" || got.PaRes.Reveal() != "eJxV+/=\r\n" {
			t.Errorf("%s: %v", what, err)
		}
	}
	parsed := post("/3ds?MD=no", urlEncoded, strings.NewReader(body))
	if err := parsed.ParseForm(); err != nil {
		t.Fatal(err)
	}
	if got, err := ParseThreeDS(parsed); err != nil || got.MD.Reveal() != "YTE5OTg=" {
		t.Errorf("parsed before: %v", err)
	}
}

func TestParseThreeDSRefuses(t *testing.T) {
	const marker = "4405639704015096"
	long := strings.Repeat("a", MaxThreeDS)
	failure := errors.New("the connection ended")
	noBody := post("/3ds", urlEncoded, nil)
	noBody.Body = nil
	capped := post("/3ds", urlEncoded, strings.NewReader("MD=1&PaRes="+long))
	capped.Body = http.MaxBytesReader(nil, capped.Body, 100)
	for what, test := range map[string]struct {
		request *http.Request
		want    error
	}{
		"GET":            {httptest.NewRequest("GET", "/3ds?MD=1&PaRes=2", nil), ErrReturn},
		"JSON":           {post("/3ds", "application/json", strings.NewReader(`{"MD":"`+marker+`"}`)), ErrReturn},
		"no media type":  {post("/3ds", "", strings.NewReader("MD=1&PaRes=2")), ErrReturn},
		"bad media type": {post("/3ds", marker+";", strings.NewReader("MD=1&PaRes=2")), ErrReturn},
		"no body":        {noBody, ErrReturn},
		"empty":          {post("/3ds", urlEncoded, strings.NewReader("")), ErrReturn},
		"no MD":          {post("/3ds?MD=1", urlEncoded, strings.NewReader("PaRes="+marker)), ErrReturn},
		"no PaRes":       {post("/3ds", urlEncoded, strings.NewReader("MD="+marker)), ErrReturn},
		"empty MD":       {post("/3ds", urlEncoded, strings.NewReader("MD=&PaRes="+marker)), ErrReturn},
		"other capitals": {post("/3ds", urlEncoded, strings.NewReader("md=1&pares="+marker)), ErrReturn},
		"two MD":         {post("/3ds", urlEncoded, strings.NewReader("MD="+marker+"&PaRes=2&MD="+marker)), ErrReturn},
		"two PaRes":      {post("/3ds", urlEncoded, strings.NewReader("MD=1&PaRes=&PaRes="+marker)), ErrReturn},
		"bad escape":     {post("/3ds", urlEncoded, strings.NewReader("MD=1&PaRes="+marker+"%zz")), ErrReturn},
		"semicolon":      {post("/3ds", urlEncoded, strings.NewReader("MD=1;PaRes="+marker)), ErrReturn},
		"no UTF-8":       {post("/3ds", urlEncoded, strings.NewReader("MD=1&PaRes="+marker+"%ff")), ErrReturn},
		"many":           {post("/3ds", urlEncoded, strings.NewReader(strings.Repeat("a&", 2000)+"MD=1&PaRes=2")), ErrReturn},
		"large":          {post("/3ds", urlEncoded, strings.NewReader("MD=1&PaRes="+long)), ErrTooLarge},
		"endless":        {post("/3ds", urlEncoded, endless{}), ErrTooLarge},
		"capped before":  {capped, ErrTooLarge},
		"broken off":     {post("/3ds", urlEncoded, io.MultiReader(strings.NewReader("MD=1&"), iotest.ErrReader(failure))), failure},
	} {
		got, err := ParseThreeDS(test.request)
		if got != nil || !errors.Is(err, test.want) || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	whole := "MD=1&PaRes="
	whole += long[len(whole):]
	if _, err := ParseThreeDS(post("/3ds", urlEncoded, strings.NewReader(whole))); err != nil {
		t.Errorf("%d bytes: %v", len(whole), err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}
