package freedompay_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"log/slog"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/browser"
	"github.com/freedompay-go/freedompay/callback"
	"github.com/freedompay-go/freedompay/cardjwe"
	"github.com/freedompay-go/freedompay/freedomid"
	inbound "github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/catalog"
	passport "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/testcards"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// What must never be printed. A bare CVC would be found in any address that fmt
// prints, so this one has letters around its digits.
const (
	canaryPAN = "4405639704015096"
	canaryCVC = "cvc-7391-cvc"
	canaryKey = "canary-Qz8vT2kWmN"
	canary    = canaryPAN + " " + canaryCVC + " " + canaryKey
)

// canaryForms are the notations in which a canary would show: of the card
// number also its halves, since all but the last four digits have to be masked.
var canaryForms = func() (forms []string) {
	for _, c := range []string{canaryPAN, canaryCVC, canaryKey, canaryPAN[:8], canaryPAN[4:12], canaryPAN[8:]} {
		b := []byte(c)
		inBrackets := regexp.MustCompile(`^\[]byte\{|[\[\]{}]`)
		forms = append(forms,
			c,
			hex.EncodeToString(b),
			strings.ToUpper(hex.EncodeToString(b)),
			fmt.Sprintf("% x", b),
		)
		for _, format := range []string{"%d", "%#v", "%o", "%b", "%c", "%U"} {
			forms = append(forms, inBrackets.ReplaceAllString(fmt.Sprintf(format, b), ""))
		}
		// In base64 what stands before decides at which of three places a text
		// begins; the characters at both ends hold bits of its neighbours.
		for before := range 3 {
			text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), b...))
			text = text[before+min(before, 1) : len(text)-1]
			forms = append(forms, text, strings.NewReplacer("+", "-", "/", "_").Replace(text))
		}
	}
	return forms
}()

// shown returns what of the canaries a text shows, or "".
func shown(text string) string {
	for _, form := range canaryForms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// leaks prints v with every verb of fmt and in the log and returns the ways that
// show a canary. With json it is also logged as JSON.
func leaks(v any, json bool) (ways []string) {
	for _, flags := range []string{"", "+", "#", " "} {
		for _, verb := range "vsdqxXobcUtep" {
			format := "%" + flags + string(verb)
			if form := shown(fmt.Sprintf(format, v)); form != "" {
				ways = append(ways, format+" shows "+form)
			}
		}
	}
	var b bytes.Buffer
	handlers := map[string]slog.Handler{"slog text": slog.NewTextHandler(&b, nil)}
	if json {
		handlers["slog JSON"] = slog.NewJSONHandler(&b, nil)
	}
	for how, h := range handlers {
		b.Reset()
		slog.New(h).With("with", v).WithGroup("group").Info("message", "value", v, slog.Group("inner", "value", v))
		if form := shown(b.String()); form != "" {
			ways = append(ways, how+" shows "+form)
		}
	}
	return ways
}

// around returns v in what Go has to put things in. In an interface that is an
// unexported field, fmt sees a value as if it were the field itself, and calls
// none of its methods.
func around(v any) map[string]any {
	t := reflect.TypeOf(v)
	field := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Field", Type: t}})).Elem()
	field.Field(0).Set(reflect.ValueOf(v))
	pointer := reflect.New(t)
	pointer.Elem().Set(reflect.ValueOf(v))
	slice := reflect.MakeSlice(reflect.SliceOf(t), 1, 1)
	slice.Index(0).Set(reflect.ValueOf(v))
	dict := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), t))
	dict.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf(v))
	return map[string]any{
		"pointer":                     pointer.Interface(),
		"field":                       field.Interface(),
		"pointer to field":            field.Addr().Interface(),
		"slice":                       slice.Interface(),
		"slice of pointers":           []any{pointer.Interface()},
		"map":                         dict.Interface(),
		"unexported field":            struct{ field any }{v},
		"pointer to unexported field": &struct{ field any }{v},
		"unexported pointer":          struct{ field any }{pointer.Interface()},
		"unexported slice":            struct{ field any }{slice.Interface()},
		"unexported map":              struct{ field any }{dict.Interface()},
		"reflect.Value":               reflect.ValueOf(v),
	}
}

// made makes the values of types whose content reflection cannot fill, each with
// canaries in it, and nil for other types.
func made(t *testing.T, typ reflect.Type) any {
	t.Helper()
	switch typ {
	case reflect.TypeFor[wire.Secret]():
		return wire.NewSecret(canary)
	case reflect.TypeFor[wire.Raw]():
		return wire.NewRaw([]byte(canary))
	case reflect.TypeFor[wire.Extra]():
		var e wire.Extra
		must(t, e.SetJSON("pan", []byte(`"`+canary+`"`)))
		e.Add(wire.Member{Name: "cvc", Value: wire.NewRaw([]byte("<cvc>" + canary + "</cvc>")), Format: wire.FormatXML})
		return e
	case reflect.TypeFor[wire.Unknown]():
		return *wire.NewUnknown("application/json", []byte(`{"pan":"`+canary+`"}`))
	case reflect.TypeFor[wire.Decimal]():
		return wire.MustDecimal("500.00")
	case reflect.TypeFor[wire.Time]():
		return wire.TimeLiteral("2026-01-22T11:00:00Z")
	case reflect.TypeFor[wire.CredentialsProvider]():
		return wire.Credentials{ID: "123456", Secret: wire.NewSecret(canary), PayoutSecret: wire.NewSecret(canary)}
	case reflect.TypeFor[wire.Error]():
		e := wire.NewError(wire.ErrRejected, "merchant.invoicePay", wire.ErrNotSet).Said(canaryPAN, "card "+canaryPAN)
		e.Meta.Body = wire.NewRaw([]byte(canary))
		return *e
	case reflect.TypeFor[codec.Document]():
		d, err := codec.ParseJSON([]byte(`{"pan":"`+canary+`"}`), codec.Limits{})
		must(t, err)
		return *d
	case reflect.TypeFor[codec.Message]():
		return filled(t, reflect.TypeFor[merchant.InvoicePayAnswer]()).Addr().Interface()
	case reflect.TypeFor[jws.Signer]():
		s, err := jws.NewSigner([]byte(canary))
		must(t, err)
		// A signature leaves its working state in the signer's pool.
		_, err = s.Sign(jws.Header{Algorithm: jws.HS256, URI: "/", Identity: "1", Method: "POST"}, []byte(canary))
		must(t, err)
		return *s
	case reflect.TypeFor[diagnose.Diagnosis]():
		s, err := jws.NewSigner([]byte(canary + "\n"))
		must(t, err)
		h := jws.Header{Algorithm: jws.HS256, URI: "/", Identity: "1", Method: "POST"}
		value, err := s.Sign(h, []byte(canary))
		must(t, err)
		return diagnose.JWS(value, h, []byte(canary), []byte(canary), diagnose.WithOtherSecret("other", []byte(canaryKey)))
	case reflect.TypeFor[cardjwe.Encrypter]():
		key, err := rsa.GenerateKey(rand.Reader, cardjwe.MinKeyBits)
		must(t, err)
		e, err := cardjwe.New(&key.PublicKey, "key id")
		must(t, err)
		_, err = e.Encrypt(cardjwe.Card{
			PAN: wire.NewSecret(canaryPAN), CVC: wire.NewSecret("7391"),
			Month: wire.NewSecret("12"), Year: wire.NewSecret("30"),
		})
		must(t, err)
		return *e
	case reflect.TypeFor[middleware.Caller]():
		c, err := middleware.NewCaller(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[sandbox.Sandbox]():
		s, err := sandbox.New(sandbox.Options{Credentials: wire.NewCredentials("123456", canary)})
		must(t, err)
		return *s
	case reflect.TypeFor[callback.Receiver]():
		r, err := callback.New(callback.Static(wire.NewCredentials("123456", canary)))
		must(t, err)
		return *r
	case reflect.TypeFor[passport.Client]():
		c, err := passport.New(wire.Passport, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[freedomid.Login]():
		return *loginOf(t)
	case reflect.TypeFor[freedomid.Source]():
		token := freedomid.Token{Access: wire.NewSecret(canary), Refresh: wire.NewSecret(canary)}
		return *loginOf(t).Source(token, nil)
	case reflect.TypeFor[callback.Answer]():
		return callback.Reject("plain")
	case reflect.TypeFor[partner.Client]():
		c, err := partner.New(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[merchant.Client]():
		c, err := merchant.New(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[gateway.Client]():
		c, err := gateway.New(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[installment.Client]():
		c, err := installment.New(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	case reflect.TypeFor[card.Client]():
		c, err := card.New(wire.KZTest, wire.NewCredentials("123456", canary))
		must(t, err)
		return *c
	}
	return nil
}

func loginOf(t *testing.T) *freedomid.Login {
	t.Helper()
	c, err := passport.New(wire.Passport, wire.NewCredentials("123456", canary))
	must(t, err)
	return freedomid.New(c)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill fills v: what is there to hide its content with a canary, everything
// else, which is there to be seen, with something else.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	if value := made(t, v.Type()); value != nil {
		v.Set(reflect.ValueOf(value))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("plain")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() == "" || strings.HasPrefix(v.Type().Elem().PkgPath(), module) {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(t, v.Field(i))
			}
		}
		if m, ok := v.Addr().Interface().(interface{ Extra() *wire.Extra }); ok {
			fill(t, reflect.ValueOf(m.Extra()).Elem())
		}
	case reflect.Map, reflect.Interface, reflect.Func: // what is in them is not ours
	default:
		t.Fatalf("cannot fill a %v", v.Type())
	}
}

// filled returns a filled value of type typ that can be addressed.
func filled(t *testing.T, typ reflect.Type) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	fill(t, v)
	return v
}

// registry holds the public types whose values are printed, and through them
// all that they are made of; see reachable.
var registry = []reflect.Type{
	reflect.TypeFor[wire.Credentials](),
	reflect.TypeFor[wire.Decimal](),
	reflect.TypeFor[wire.Error](),
	reflect.TypeFor[wire.Extra](),
	reflect.TypeFor[wire.Member](),
	reflect.TypeFor[wire.Meta](),
	reflect.TypeFor[wire.Operation](),
	reflect.TypeFor[wire.CallOptions](),
	reflect.TypeFor[wire.Raw](),
	reflect.TypeFor[wire.Secret](),
	reflect.TypeFor[wire.Time](),
	reflect.TypeFor[wire.Unknown](),
	reflect.TypeFor[wire.Violations](),
	reflect.TypeFor[codec.Document](),
	reflect.TypeFor[codec.Fields](),
	reflect.TypeFor[jws.Signer](),
	reflect.TypeFor[diagnose.Diagnosis](),
	reflect.TypeFor[middleware.Caller](),
	reflect.TypeFor[middleware.JWSOptions](),
	reflect.TypeFor[middleware.PgSigOptions](),
	reflect.TypeFor[middleware.Attempt](),
	reflect.TypeFor[middleware.Pacer](),
	reflect.TypeFor[middleware.PacerOptions](),
	reflect.TypeFor[verify.Options](),
	reflect.TypeFor[verify.PgSigOptions](),
	reflect.TypeFor[verify.RepeatsOptions](),
	reflect.TypeFor[verify.Seal](),
	reflect.TypeFor[browser.Form](),
	reflect.TypeFor[browser.ThreeDSReturn](),
	reflect.TypeFor[browser.Redirect](),
	reflect.TypeFor[browser.RedirectOptions](),
	reflect.TypeFor[cardjwe.Card](),
	reflect.TypeFor[cardjwe.Encrypter](),
	reflect.TypeFor[serve.Options](),
	reflect.TypeFor[serve.Answer](),
	reflect.TypeFor[sandbox.Options](),
	reflect.TypeFor[sandbox.Sandbox](),
	reflect.TypeFor[sandbox.Invoice](),
	reflect.TypeFor[sandbox.GiftCard](),
	reflect.TypeFor[sandbox.Settlement](),
	reflect.TypeFor[sandbox.Announcement](),
	reflect.TypeFor[sandbox.Delivery](),
	reflect.TypeFor[outbox.Delivery](),
	reflect.TypeFor[catalog.Operation](),
	// The interfaces lead to every request and answer.
	reflect.TypeFor[partner.API](),
	reflect.TypeFor[partner.Client](),
	reflect.TypeFor[partner.Resolution](),
	reflect.TypeFor[merchant.API](),
	reflect.TypeFor[merchant.Client](),
	reflect.TypeFor[merchant.Resolution](),
	reflect.TypeFor[card.API](),
	reflect.TypeFor[card.Client](),
	reflect.TypeFor[card.Resolution](),
	reflect.TypeFor[gateway.API](),
	reflect.TypeFor[gateway.Client](),
	reflect.TypeFor[gateway.Resolution](),
	reflect.TypeFor[installment.API](),
	reflect.TypeFor[installment.Client](),
	reflect.TypeFor[installment.Resolution](),
	reflect.TypeFor[passport.API](),
	reflect.TypeFor[passport.Client](),
	reflect.TypeFor[passport.Resolution](),
	reflect.TypeFor[freedomid.Login](),
	reflect.TypeFor[freedomid.OpenID](),
	reflect.TypeFor[freedomid.Source](),
	reflect.TypeFor[freedomid.Token](),
	reflect.TypeFor[callbacks](),
	reflect.TypeFor[callback.Answer](),
	reflect.TypeFor[callback.Question](),
	reflect.TypeFor[callback.Receiver](),
}

// callbacks lead to the messages to which no client does.
type callbacks interface {
	Check(*inbound.CheckRequest) *inbound.CheckAnswer
	Result(*inbound.ResultRequest) *inbound.ResultAnswer
	RedirectBack(*inbound.RedirectBackRequest)
	Payout(*inbound.PayoutRequest)
	CardSaved(*inbound.CardSavedRequest) *inbound.CardSavedAnswer
	RecurringProfile(*inbound.RecurringProfileRequest) *inbound.RecurringProfileAnswer
	Application(*inbound.ApplicationRequest) *inbound.ApplicationAnswer
}

// notPrinted are the public types that the test leaves out, and why.
var notPrinted = map[reflect.Type]string{
	reflect.TypeFor[repeat.Memory]():        "is used by its address, which prints what it is",
	reflect.TypeFor[pgform.Message]():       "holds pairs and nodes, which are the wire form",
	reflect.TypeFor[testcards.Card]():       "holds a public test number",
	reflect.TypeFor[testcards.PayoutCard](): "holds a public test number",
	reflect.TypeFor[codec.Node]():           "is the wire form",
	reflect.TypeFor[pgsig.Pair]():           "is the wire form",
	reflect.TypeFor[pgsig.Field]():          "is the wire form",
	reflect.TypeFor[codec.Limits]():         "holds numbers",
	reflect.TypeFor[codec.LimitError]():     "holds a limit; TestNoErrorShowsACanary makes some",
	reflect.TypeFor[codec.SyntaxError]():    "holds a text of ours; TestNoErrorShowsACanary makes them",
	reflect.TypeFor[serve.Refusal]():        "holds an error; TestNoErrorShowsACanary makes some",
	reflect.TypeFor[jws.Header]():           "goes over the wire in the clear",
	reflect.TypeFor[jws.Detached]():         "goes over the wire in the clear",
}

// reachable returns the named types of this module that registry names or leads
// to, by name: through fields and elements, and for an interface through the
// parameters and results of its methods.
func reachable() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		if seen[t] || t.PkgPath() != "" && !strings.HasPrefix(t.PkgPath(), module) {
			return
		}
		seen[t] = true
		if t.Name() != "" && token.IsExported(t.Name()) {
			found[nameOf(t)] = t
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		case reflect.Interface:
			for i := range t.NumMethod() {
				m := t.Method(i).Type
				for j := range m.NumIn() {
					visit(m.In(j))
				}
				for j := range m.NumOut() {
					visit(m.Out(j))
				}
			}
		}
	}
	for _, t := range registry {
		visit(t)
	}
	return found
}

// nameOf returns a name such as "gen/partner.Device".
func nameOf(t reflect.Type) string {
	return strings.TrimPrefix(t.PkgPath(), module+"/") + "." + t.Name()
}

// isPublic leaves out what is no API of this module's own: commands, and
// oapi-codegen's code, whose models are those of gen/<api>.
func isPublic(p goPackage) bool {
	base := path.Base(p.path())
	return p.path() != "." && base != "raw" && base != "server" && p.path() != "generator" &&
		!strings.HasPrefix(p.path(), "examples/") && !strings.HasPrefix(p.path(), "cmd/")
}

// Nobody can add a public type and forget to ask what it prints.
func TestRegistryOfCanariesIsComplete(t *testing.T) {
	known := reachable()
	for typ := range notPrinted {
		if _, ok := known[nameOf(typ)]; ok {
			t.Errorf("%s is in both lists", nameOf(typ))
		}
		known[nameOf(typ)] = typ
	}
	declared := map[string]bool{}
	for _, p := range ourPackages(t) {
		if !isPublic(p) {
			continue
		}
		files := sources(t, p)
		for _, spec := range exportedTypes(files) {
			name := p.path() + "." + spec.Name.Name
			declared[name] = true
			if _, ok := known[name]; !ok && !holdsNoData(spec, files) {
				t.Errorf("type %s is in no list of canary_test.go", name)
			}
		}
	}
	for name := range known {
		if !declared[name] {
			t.Errorf("%s is in a list of canary_test.go and in no source", name)
		}
	}
}

func exportedTypes(files []source) (specs []*ast.TypeSpec) {
	for _, s := range files {
		for _, d := range s.file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					// An alias is the type that it names.
					if spec := spec.(*ast.TypeSpec); spec.Name.IsExported() && !spec.Assign.IsValid() {
						specs = append(specs, spec)
					}
				}
			}
		}
	}
	return specs
}

// holdsNoData reports whether a type is an interface, which holds nothing, a
// function, of which fmt prints the address, or an enumeration: a text or number
// with constants of its type.
func holdsNoData(spec *ast.TypeSpec, files []source) bool {
	switch spec.Type.(type) {
	case *ast.InterfaceType, *ast.FuncType:
		return true
	case *ast.Ident:
	default:
		return false
	}
	for _, s := range files {
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, c := range g.Specs {
				if typ, ok := c.(*ast.ValueSpec).Type.(*ast.Ident); ok && typ.Name == spec.Name.Name {
					return true
				}
			}
		}
	}
	return false
}

// No value of a public type shows what was hidden in it, whichever way it is
// printed and whatever holds it.
//
// encoding/json is another matter for requests and answers, and what holds one:
// what it makes of them is what goes over the wire, so it reveals, by design.
// Given such a value as it is, slog masks it in JSON too, by its LogValue; given
// a slice or struct around one, slog's JSON handler asks encoding/json.
func TestNothingPrintsACanary(t *testing.T) {
	for name, typ := range reachable() {
		if typ.Kind() == reflect.Interface || typ.Kind() == reflect.Func {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := filled(t, typ)
			m, isMessage := v.Addr().Interface().(codec.Message)
			if isMessage {
				// Without this the test might look for what is not there.
				if wired, err := json.Marshal(m); err != nil || !strings.Contains(string(wired), canary) {
					t.Fatalf("the value holds no canary: %s, %v", wired, err)
				}
			}
			if ways := leaks(v.Interface(), true); ways != nil {
				t.Errorf("%s (%d ways)", ways[0], len(ways))
			}
			for where, value := range around(v.Interface()) {
				wireForm := isMessage || typ == reflect.TypeFor[serve.Answer]()
				if ways := leaks(value, !wireForm || where == "pointer"); ways != nil {
					t.Errorf("%s: %s (%d ways)", where, ways[0], len(ways))
				}
			}
		})
	}
}

// The canaries are found in each notation, or the tests above prove nothing.
func TestCanariesAreFound(t *testing.T) {
	type holder struct{ b []byte }
	for _, text := range []string{
		"card " + canaryPAN + " expired",
		fmt.Sprintf("%x", canary),
		fmt.Sprintf("%X", canary),
		fmt.Sprintf("% x", canary),
		fmt.Sprint(holder{[]byte("{" + canary + "}")}),
		fmt.Sprintf("%#v", holder{[]byte("{" + canary + "}")}),
		fmt.Sprintf("%q", canaryCVC),
		base64.StdEncoding.EncodeToString([]byte("{" + canary + "}")),
		base64.URLEncoding.EncodeToString([]byte("{{" + canary)),
		base64.RawStdEncoding.EncodeToString([]byte("{{{" + canary)),
	} {
		if shown(text) == "" {
			t.Errorf("no canary found in %s", text)
		}
	}
	if form := shown("card ************5096 of request 019d0652-4e2f-7f54-a179-000000000001"); form != "" {
		t.Errorf("%s found where there is none", form)
	}
	ways := leaks(holder{[]byte(canary)}, true)
	for _, want := range []string{"%v", "%#v", "%x", "slog text"} {
		if !slices.ContainsFunc(ways, func(way string) bool { return strings.HasPrefix(way, want+" shows ") }) {
			t.Errorf("bytes do not show by %s, only by %v", want, ways)
		}
	}
}
