package verify

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// answered is an answer with fields for its signature, undocumented without.
type answered struct {
	Status, Text string
	salt, sig    string
	extra        wire.Extra
	documented   bool
}

var (
	answeredType = codec.Type{Name: "Answered", Fields: []codec.Field{
		{Name: "pg_status"}, {Name: "pg_text"}, {Name: "pg_salt", Supplied: true}, {Name: "pg_sig", Supplied: true},
	}}
	unansweredType = codec.Type{Name: "Answered", Fields: answeredType.Fields[:2]}
)

func (a *answered) WireFields() codec.Fields {
	if !a.documented {
		return codec.Fields{Type: &unansweredType, Extra: &a.extra, Refs: []any{&a.Status, &a.Text}}
	}
	return codec.Fields{Type: &answeredType, Extra: &a.extra, Refs: []any{&a.Status, &a.Text, &a.salt, &a.sig}}
}

// sealOf returns the seal of a request that was signed with a secret.
func sealOf(t *testing.T, secret string, random io.Reader) (seal *Seal) {
	t.Helper()
	opts := formOptions()
	opts.Keys = formKeys([]string{"new", testKey}, nil)
	opts.Random = random
	handler := guard(t, opts, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seal, _ = SealFrom(r.Context())
	}))
	ask(handler, "POST", "/g2g/pay", formType, "pg_merchant_id=123456&pg_salt=s&pg_sig="+md5of("pay", testIdentity, "s", secret))
	if seal == nil {
		t.Fatal("no seal")
	}
	return seal
}

// members are the members of an XML answer as encoding/xml reads them.
func members(t *testing.T, root string, m codec.Message) map[string][]string {
	t.Helper()
	var document struct {
		XMLName xml.Name
		Members []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(codec.AppendXML(nil, root, m), &document); err != nil || document.XMLName.Local != root {
		t.Fatalf("%v: %s", err, document.XMLName.Local)
	}
	found := map[string][]string{}
	for _, m := range document.Members {
		found[m.XMLName.Local] = append(found[m.XMLName.Local], m.Text)
	}
	return found
}

func TestSeal(t *testing.T) {
	const salt1 = "1111111111111111"
	for _, secret := range []string{"new", testKey} {
		for _, documented := range []bool{true, false} {
			a := &answered{Status: "ok", Text: "Счёт & <7>\r\n\x01;", documented: documented}
			a.extra.AddText("a_more", " 1 ")
			a.extra.Add(wire.Member{Name: "z", Value: wire.NewRaw([]byte("<z><y>2</y><x>1</x></z>")), Format: wire.FormatXML})
			ones := bytes.NewReader(bytes.Repeat([]byte{1}, 64))
			if err := sealOf(t, secret, ones).Sign("response", a); err != nil {
				t.Fatal(err)
			}
			got := members(t, "response", a)
			want := md5of("pay", " 1 ", salt1, "ok", "Счёт & <7>\r\n\uFFFD;", "1", "2", secret)
			if !slices.Equal(got["pg_salt"], []string{salt1}) || !slices.Equal(got["pg_sig"], []string{want}) {
				t.Errorf("documented %t: got %v, want %s", documented, got, want)
			}
			if documented != (a.sig == want) || documented != (len(a.extra.Unknown()) == 2) {
				t.Errorf("documented %t: %d unknown members", documented, len(a.extra.Unknown()))
			}
		}
	}
}

// An answer may be signed again, and each time anew.
func TestSealAgain(t *testing.T) {
	for _, documented := range []bool{true, false} {
		a := &answered{Status: "ok", documented: documented, salt: "mine", sig: "mine"}
		seal := sealOf(t, testKey, nil)
		seen := map[string]bool{}
		for range 3 {
			if err := seal.Sign("response", a); err != nil {
				t.Fatal(err)
			}
			got := members(t, "response", a)
			if len(got["pg_salt"]) != 1 || len(got["pg_salt"][0]) != 16 || seen[got["pg_salt"][0]] {
				t.Fatalf("salt %q", got["pg_salt"])
			}
			seen[got["pg_salt"][0]] = true
			if want := md5of("pay", got["pg_salt"][0], "ok", testKey); !slices.Equal(got["pg_sig"], []string{want}) {
				t.Errorf("got %v, want %s", got, want)
			}
		}
	}
}

// placeless is an answer that cannot hold a signature.
type placeless struct{ number int64 }

func (p *placeless) WireFields() codec.Fields {
	return codec.Fields{Type: &codec.Type{Fields: []codec.Field{{Name: "number"}}}, Refs: []any{&p.number}}
}

// odd is an answer whose salt is no text.
type odd struct{ number int64 }

func (p *odd) WireFields() codec.Fields {
	return codec.Fields{Type: &codec.Type{Fields: []codec.Field{{Name: "pg_salt"}}}, Refs: []any{&p.number}}
}

func TestSealRefuses(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name, root string
		random     io.Reader
		answer     codec.Message
		want       string
	}{
		{"no place", "response", nil, new(placeless), "no place"},
		{"another place", "response", nil, new(odd), "no place"},
		{"no randomness", "response", iotest.ErrReader(broken), new(answered), "broken"},
		{"no root", "", nil, new(answered), "cannot be signed"},
		{"a root that is none", "4400 444400004440", nil, new(answered), "cannot be signed"},
	} {
		err := sealOf(t, testKey, test.random).Sign(test.root, test.answer)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "4400") {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func TestSealAnswer(t *testing.T) {
	a := &answered{Status: "ok", documented: true}
	if err := SealAnswer(t.Context(), "response", a); err != nil || a.sig != "" || a.salt != "" {
		t.Errorf("without a seal: %v, %q", err, a.sig)
	}
	ctx := context.WithValue(t.Context(), sealKey{}, sealOf(t, testKey, nil))
	if err := SealAnswer(ctx, "response", a); err != nil || a.sig != md5of("pay", a.salt, "ok", testKey) {
		t.Errorf("got %v, %q", err, a.sig)
	}
	if _, ok := SealFrom(t.Context()); ok {
		t.Error("a seal out of nothing")
	}
}

func TestSealPrintsNoSecret(t *testing.T) {
	seal := sealOf(t, testKey, nil)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{seal, *seal} {
			if got := fmt.Sprintf(format, v); got != "seal of pay" {
				t.Errorf("%s: got %s", format, got)
			}
		}
	}
	if got := seal.LogValue().String(); got != "seal of pay" {
		t.Errorf("got %s", got)
	}
}
