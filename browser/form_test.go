package browser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

func pairsOf(f *Form) (pairs []codec.Pair) {
	for _, field := range f.Fields {
		pairs = append(pairs, codec.Pair{Name: field.Name, Value: field.Value.Reveal()})
	}
	return pairs
}

// hostile are texts that leave a page, an attribute or a query where nobody
// escapes them.
var hostile = []string{
	`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `</form></body>`, `<!--`, `]]>`, `&quot;&#34;&amp;`,
	`{{.Fields}}`, "`${x}`", `a=b&c=d#e?f;g%20h+i j`, "Заказ №1 — ₸", "\u2028\u2029\u00a0\ufeff", "\t tab \v", "", " ", "javascript:alert(1)",
	"\x01\x1f\x7f", "é", "🛒",
}

func TestPageEscapesEverything(t *testing.T) {
	form := &Form{Method: "POST", Action: "https://api.freedompay.kz/payment.php"}
	for i, text := range hostile {
		form.Fields = append(form.Fields, Field{fmt.Sprint(i, text), wire.NewSecret(text)})
	}
	for _, text := range hostile {
		form.Page = Page{Language: text, Title: text, Button: text, Nonce: text}
		page, err := form.HTML()
		if err != nil {
			t.Fatal(err)
		}
		method, action, fields := open(t, page)
		if method != form.Method || action != form.Action || !same(fields, form.Fields) {
			t.Fatalf("%q: a browser would send\n%s %s\n%q", text, method, action, shape(fields))
		}
		for tag, want := range map[string]int{"<script": 1, "<form": 1, "<input": len(form.Fields), "<button": 1, "<!--": 0, "</form": 1} {
			if got := bytes.Count(page, []byte(tag)); got != want {
				t.Errorf("%q: %d times %s, want %d", text, got, tag, want)
			}
		}
	}
}

func TestPage(t *testing.T) {
	form := &Form{Method: "POST", Action: "https://api.freedompay.kz/payment.php"}
	page := func() string {
		b, err := form.HTML()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	contains := func(wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(page(), want) {
				t.Errorf("no %s in\n%s", want, page())
			}
		}
	}
	contains(`<html lang="en">`, `<title>Payment</title>`, `<button type="submit">Continue</button>`, `<script>HTML`, `<meta charset="utf-8">`)
	if form.Page != (Page{}) {
		t.Error("the form was changed")
	}
	form.Page = Page{Language: "kk", Title: "Төлем", Button: "Жалғастыру", Nonce: "r4nd0m+/="}
	contains(`<html lang="kk">`, `<title>Төлем</title>`, `<button type="submit">Жалғастыру</button>`)
	// Whatever is escaped in it, a browser compares the attribute's value.
	if !regexp.MustCompile(`<script nonce="r4nd0m(\+|&#43;)/=">HTML`).MatchString(page()) {
		t.Errorf("no nonce in\n%s", page())
	}
	// Nothing inline but the script that the nonce lets run.
	for _, inline := range []string{"onload", "onclick", "style", "javascript:"} {
		if strings.Contains(page(), inline) {
			t.Errorf("%s in\n%s", inline, page())
		}
	}
}

func TestPageOfAnAddressThatNobodySendsTo(t *testing.T) {
	page, err := (&Form{Method: "POST", Action: "javascript:alert(1)"}).HTML()
	if err != nil || strings.Contains(string(page), "javascript:") {
		t.Errorf("%s (%v)", page, err)
	}
}

func TestWriteTo(t *testing.T) {
	form, err := PaymentForm(wire.KZ, testCredentials, newPayment())
	if err != nil {
		t.Fatal(err)
	}
	html, err := form.HTML()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := form.WriteTo(&b); n != int64(len(html)) || err != nil || !bytes.Equal(b.Bytes(), html) {
		t.Errorf("wrote %d bytes of %d (%v)", n, len(html), err)
	}
	reader, writer := io.Pipe()
	_ = reader.CloseWithError(io.ErrClosedPipe)
	if _, err := form.WriteTo(writer); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	answer := httptest.NewRecorder()
	form.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if answer.Code != 200 || !bytes.Equal(answer.Body.Bytes(), html) ||
		answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %v", answer.Code, answer.Header())
	}
}

func TestURL(t *testing.T) {
	form := &Form{Method: "GET", Action: "https://api.freedompay.kz/payment.php"}
	for i, text := range hostile {
		form.Fields = append(form.Fields, Field{fmt.Sprint(i, text), wire.NewSecret(text)})
	}
	got, err := form.URL()
	if err != nil {
		t.Fatal(err)
	}
	action, query, _ := strings.Cut(got, "?")
	if action != form.Action || !same(values(t, query), form.Fields) {
		t.Errorf("got %s", got)
	}
	if got, err := (&Form{Method: "GET", Action: form.Action}).URL(); err != nil || got != form.Action {
		t.Errorf("without fields: got %s (%v)", got, err)
	}
	form.Action += "?a=b"
	if got, err := form.URL(); err != nil || !strings.HasPrefix(got, "https://api.freedompay.kz/payment.php?a=b&0") {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestNothingPrintsAValue(t *testing.T) {
	const marker = "4405639704015096"
	p := newPayment()
	p.Description = marker
	form, err := PaymentForm(wire.KZ, testCredentials, p)
	if err != nil {
		t.Fatal(err)
	}
	back := &Redirect{Parameters: []Field{{"a", wire.NewSecret(marker)}}}
	acs := &ThreeDSReturn{wire.NewSecret(marker), wire.NewSecret(marker)}
	options := RedirectOptions{Credentials: testCredentials}
	var b bytes.Buffer
	for _, v := range []any{form, *form, form.Fields, back, *back, acs, *acs, options} {
		for _, v := range []any{v, struct{ V any }{v}, struct{ v any }{v}, []any{v}} {
			fmt.Fprintf(&b, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v)
			for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
				slog.New(h).Info("message", "value", v)
			}
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(text)
		}
	}
	sig, _, _ := only(pairsOf(form), "pg_sig")
	for _, secret := range []string{marker, testSecret, sig, fmt.Sprintf("%x", marker)} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%s shows", secret)
		}
	}
	if got := fmt.Sprintf("%+v", &Form{Method: "POST", Action: "https://acs.example/3ds?session=1", Fields: form.Fields[:2]}); got !=
		"POST form to https://acs.example/3ds with 2 fields" {
		t.Errorf("got %s", got)
	}
}

// FuzzPage: what a browser sends of a page is what was signed, or there is no
// page.
func FuzzPage(f *testing.F) {
	for _, text := range hostile {
		f.Add("name", text, text)
		f.Add(text, "value", "")
	}
	f.Add("submit", "a\r\nb\rc\n", "\n\r")
	f.Add("a[]", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, name, value, nonce string) {
		form, err := PaymentForm(wire.KZ, testCredentials, newPayment(), WithField(name, value))
		if err != nil {
			if !errors.Is(err, ErrForm) {
				t.Fatalf("%v is of no class", err)
			}
			return
		}
		form.Page.Nonce = nonce
		page, err := form.HTML()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, sent := open(t, page); !same(sent, form.Fields) {
			t.Fatalf("sent %q, signed %q", shape(sent), shape(form.Fields))
		}
		address, err := form.URL()
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := strings.Cut(address, "?")
		if sent := values(t, query); !same(sent, form.Fields) {
			t.Fatalf("sent %q, signed %q", shape(sent), shape(form.Fields))
		}
		// Freedom Pay's answer to whoever tampers with it.
		back := httptest.NewRequest("GET", "/payment.php?"+query, nil)
		redirect, err := ParseRedirect(back, RedirectOptions{Credentials: testCredentials})
		if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrReturn) {
			return // longer, or more of it, than a redirect may have
		}
		if err != nil || !redirect.Verified {
			t.Fatalf("the signature does not fit what is sent: %v", err)
		}
	})
}
