package codec

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestString(t *testing.T) {
	o := fullOrder()
	o.Name = "Ann"
	if err := o.Extra.SetJSON("x", []byte(`"`+secretWord+`"`)); err != nil {
		t.Fatal(err)
	}
	const want = `Order{name: Ann, note: "a,b", count: -7, tries: 3, limit: 0, live: true, test: true, flag: false, amount: 9999999999.99, fee: 0.01, ` +
		`at: 2023-09-20 12:00:00, token: ***, cvc: ***, code: 500.00, tags: [x, "", y=&], lines: [l1, l2], ` +
		`company: Company{bin: 060140008000, city: Алматы}, payer: Card{pan: ***, holder: ***}, ` +
		`cards: [Card{pan: ***}, Card{pan: ***, holder: ***}], items: [Card{pan: ***, labels: [a, "", b]}], ` +
		`paid: 1, retry: 1, auto: 0, mode: fast, due: 2023-09-20 12:00:00, marks: [m, "", n], ` +
		`memo: m, parent: Card{pan: ***}, links: [x], groups: [y], unknown members: 1}`
	if got := String(o); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := String(new(order)), "Order{count: 0, live: false, paid: 0}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	zero := oneOf(Field{}, new(int64))
	zero.extra.SetForm("v", wire.FormNumber)
	if got, want := String(zero), "One{v: 0}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStringQuotes(t *testing.T) {
	for in, want := range map[string]string{
		"plain ж 1:2": "plain ж 1:2",
		"":            `""`,
		"a\nb":        `"a\nb"`,
		"x, y: z":     `"x, y: z"`,
		"}{":          `"}{"`,
		" x":          `" x"`,
		"\x1b[31m":    `"\x1b[31m"`,
		"\u202e":      `"\u202e"`,
		"\xff":        `"\xff"`,
	} {
		if got := string(appendPlain(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestLogValue(t *testing.T) {
	o := fullOrder()
	o.Name = "Ann"
	if err := o.Extra.SetJSON("x", []byte(`"`+secretWord+`"`)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("", "order", LogValue(o))
	const want = `{"order":{"name":"Ann","note":"a,b","count":-7,"tries":3,"limit":0,"live":true,"test":true,"flag":false,"amount":"9999999999.99","fee":"0.01",` +
		`"at":"2023-09-20 12:00:00","token":"***","cvc":"***","code":"500.00","tags":"[x, \"\", y=&]","lines":"[l1, l2]",` +
		`"company":{"bin":"060140008000","city":"Алматы"},"payer":{"pan":"***","holder":"***"},` +
		`"cards":"[Card{pan: ***}, Card{pan: ***, holder: ***}]","items":"[Card{pan: ***, labels: [a, \"\", b]}]",` +
		`"paid":true,"retry":true,"auto":false,"mode":"fast","due":"2023-09-20 12:00:00","marks":"[m, \"\", n]",` +
		`"memo":"m","parent":{"pan":"***"},"links":"[x]","groups":"[y]","unknown members":1}}`
	if got := strings.TrimSpace(b.String()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What is supplied is nobody's to read, not even that it is there.
func TestSuppliedIsNotDescribed(t *testing.T) {
	for kind, ref := range refs {
		m := oneOf(Field{Supplied: true}, ref())
		m.extra.SetForm("v", wire.FormEmpty)
		switch ref := m.ref.(type) {
		case *string:
			*ref = secretWord
		case *wire.Secret:
			*ref = wire.NewSecret(secretWord)
		case List:
			ref.Append()
		case Pointer:
			ref.New()
		}
		if got := String(m); got != "One{}" {
			t.Errorf("%s: %s", kind, got)
		}
		if got := LogValue(m).String(); got != "[]" {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

// No way of describing a message shows what is sensitive in it, at any depth.
func TestNothingSensitiveIsShown(t *testing.T) {
	o := &order{
		Token: wire.NewSecret(secretWord), CVC: wire.NewSecret(secretWord),
		Payer: &card{PAN: wire.NewSecret(secretWord), Holder: secretWord},
		Cards: []card{{Holder: secretWord}},
	}
	if err := o.Payer.Extra.SetJSON(secretWord, []byte(secretWord)); err != nil {
		t.Fatal(err)
	}
	strict := oneOf(Field{MaxLength: 1, Enum: []string{"x"}, Format: "uuid", Sensitive: true}, &[]string{secretWord})
	for name, text := range map[string]string{
		"String":          String(o),
		"LogValue":        LogValue(o).String(),
		"Report":          Report(o).Error(),
		"Validate":        Validate(strict).Error(),
		"String of list":  String(strict),
		"LogValue of one": LogValue(strict).String(),
	} {
		if strings.Contains(text, secretWord) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
