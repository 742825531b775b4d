package freedompay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/middleware/verify"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// silent holds an error, and all of ours that it wraps, to showing no canary.
// What an error of another package holds, only it can say: it may be wrapped,
// for errors.Is, where its text is not shown.
func silent(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	if ways := leaks(err, true); ways != nil {
		t.Errorf("%s: %s (%d ways): %v", what, ways[0], len(ways), err)
		return
	}
	silentInside(t, what, err)
}

func silentInside(t *testing.T, what string, err error) {
	t.Helper()
	var inner []error
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		inner = []error{err.Unwrap()}
	case interface{ Unwrap() []error }:
		inner = err.Unwrap()
	}
	for _, err := range inner {
		if err == nil {
			continue
		}
		ours := strings.HasPrefix(reflect.Indirect(reflect.ValueOf(err)).Type().PkgPath(), module)
		if form := shown(inFull(err)); ours && form != "" {
			t.Errorf("%s: a wrapped error shows %s: %v", what, form, err)
		}
		silentInside(t, what, err)
	}
}

// inFull prints an error in the ways in which errors are printed.
func inFull(err error) string { return fmt.Sprintf("%v %+v %#v %s %q", err, err, err, err, err) }

// mute is silent for inputs of which some may be fine.
func mute(t *testing.T, what string, err error) {
	t.Helper()
	// One way of printing is enough where there are thousands of errors.
	if err != nil && shown(inFull(err)) != "" {
		silent(t, what, err)
	}
}

// messages returns a fresh message of every generated type.
func messages() map[string]func() codec.Message {
	all := map[string]func() codec.Message{}
	for name, typ := range reachable() {
		if _, ok := reflect.New(typ).Interface().(codec.Message); ok {
			all[name] = func() codec.Message { return reflect.New(typ).Interface().(codec.Message) }
		}
	}
	return all
}

// Reading quotes nothing of what was read, whatever is wrong with it: a card
// number may stand in any place. Every message is cut off and broken at each of
// its bytes.
func TestNoErrorOfReadingShowsACanary(t *testing.T) {
	for name, fresh := range messages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := filled(t, reflect.TypeOf(fresh()).Elem()).Addr().Interface().(codec.Message)
			failed := 0
			try := func(what string, err error) {
				if err != nil {
					failed++
				}
				mute(t, what, err)
			}
			asJSON, asXML := codec.AppendJSON(nil, m), codec.AppendXML(nil, "root", m)
			for i := range asJSON {
				try(fmt.Sprintf("JSON cut at %d", i), codec.UnmarshalJSON(asJSON[:i], fresh()))
				for _, junk := range []string{"\xff", `"`, "{", "]"} {
					broken := string(asJSON[:i]) + junk + string(asJSON[i:])
					try(fmt.Sprintf("JSON with %q at %d", junk, i), codec.UnmarshalJSON([]byte(broken), fresh()))
				}
			}
			for i := range asXML {
				try(fmt.Sprintf("XML cut at %d", i), codec.UnmarshalXML(asXML[:i], fresh()))
				for _, junk := range []string{"\xff", "<", "&", "</"} {
					broken := string(asXML[:i]) + junk + string(asXML[i:])
					try(fmt.Sprintf("XML with %q at %d", junk, i), codec.UnmarshalXML([]byte(broken), fresh()))
				}
			}
			// A card number where each member stands, in each of JSON's types.
			for _, f := range m.WireFields().Type.Fields {
				for _, value := range []string{
					`"` + canary + `"`, canaryPAN + "00000000", "-" + canaryPAN, "1e" + canaryPAN, `{"` + canary + `":` + canaryPAN + `}`,
					`["` + canary + `"]`, `[{"` + canary + `":1}]`, `{"` + canary + `":1,"` + canary + `":1}`,
				} {
					body := `{"` + f.Name + `":` + value + `}`
					try(f.Name+" of "+value, codec.UnmarshalJSON([]byte(body), fresh()))
					try(f.Name+" twice", codec.UnmarshalJSON([]byte(`{"`+f.Name+`":`+value+`,"`+f.Name+`":`+value+`}`), fresh()))
				}
				element := "<" + f.Name + ">" + canary + "</" + f.Name + ">"
				for _, body := range []string{
					"<root>" + element + element + "</root>",
					"<root>" + canary + element + "</root>",
					"<root><" + f.Name + "><card>" + canary + "</card></" + f.Name + "></root>",
				} {
					try(body, codec.UnmarshalXML([]byte(body), fresh()))
				}
				for _, pairs := range [][]codec.Pair{
					{{Name: f.Name, Value: canary}},
					{{Name: f.Name, Value: canary}, {Name: f.Name, Value: canary}},
					{{Name: f.Name + "[" + canaryPAN + "]", Value: canary}},
					{{Name: f.Name + "[" + canaryKey, Value: canary}},
					{{Name: f.Name + "[0][" + canaryKey + "]", Value: canary}, {Name: f.Name, Value: canary}},
				} {
					try(fmt.Sprint(pairs), codec.BindPairs(pairs, fresh(), codec.Limits{}))
				}
			}
			if failed < len(asJSON)+len(asXML) {
				t.Errorf("only %d inputs were refused", failed)
			}
		})
	}
}

// What is wrong with a sensitive field is said without its value.
func TestNoViolationShowsACanary(t *testing.T) {
	sensitive := 0
	for name, fresh := range messages() {
		m := filled(t, reflect.TypeOf(fresh()).Elem()).Addr().Interface().(codec.Message)
		mute(t, "violations of "+name, codec.Validate(m).Err())
		mute(t, "deviations of "+name, codec.Report(m).Err())
		for _, ref := range m.WireFields().Refs {
			if s, ok := ref.(*wire.Secret); ok {
				sensitive++
				*s = wire.NewSecret(strings.Repeat(canary, 1000))
			}
		}
		mute(t, "violations of long "+name, codec.Validate(m).Err())
	}
	if sensitive == 0 {
		t.Error("no type has a sensitive field")
	}
	// A format is checked on the address of a device: this one must complain.
	device := &partner.Device{IP: wire.NewSecret(canary)}
	silent(t, "violation", device.Validate())

	// Members that no page knows are named in reports, unless the name is data.
	answer := new(merchant.InvoicePayAnswer)
	must(t, codec.UnmarshalJSON([]byte(`{"`+canaryPAN+`":1,"card_`+canaryKey+` `+canaryCVC+`":2}`), answer))
	silent(t, "deviation", codec.Report(answer).Err())
}

// A violation shows the value of a field that is not sensitive. Somebody will
// have put a card number there, so it is masked there as in texts of the API.
func TestNoViolationShowsACardNumber(t *testing.T) {
	violations := 0
	for name, fresh := range messages() {
		m := fresh()
		for _, ref := range m.WireFields().Refs {
			switch ref := ref.(type) {
			case *string:
				*ref = "card number " + canaryPAN + " of somebody"
			case *wire.Time:
				*ref = wire.TimeLiteral(canaryPAN + " ")
			case *wire.Decimal:
				*ref = wire.MustDecimal(canaryPAN)
			}
		}
		for what, found := range map[string]wire.Violations{"violations": codec.Validate(m), "deviations": codec.Report(m)} {
			violations += len(found)
			mute(t, what+" of "+name, found.Err())
		}
	}
	if violations == 0 {
		t.Error("no limit is broken")
	}
}

// The parts of the SDK that are used for themselves.
func TestNoErrorShowsACanary(t *testing.T) {
	dashed := "4405-6397-0401-5096"
	_, errDecimal := wire.ParseDecimal(canary)
	_, errDigits := wire.ParseDecimal(canaryPAN + "." + canaryKey)
	_, errExponent := wire.ParseDecimal("1e" + canaryPAN)
	_, errMinor := wire.MustDecimal("0." + canaryPAN).Minor(2)
	_, errRange := wire.MustDecimal(canaryPAN + canaryPAN).Minor(2)
	_, errInstant := wire.TimeLiteral(canary).Instant()
	_, errZone := wire.TimeLiteral(canaryPAN).Instant()
	_, errSeconds := wire.TimeLiteral(canary).Seconds()
	_, errQuery := codec.ParseURLEncoded("card="+canaryPAN+"%zz"+canaryKey, codec.Limits{})
	_, errSemicolon := codec.ParseURLEncoded("card="+canary+";cvc="+canaryCVC, codec.Limits{})
	_, errBytes := codec.ParseJSON([]byte(`"`+canary+`"`), codec.Limits{Bytes: 10})
	_, errDepth := codec.ParseXML([]byte("<a><b>"+canary+"</b></a>"), codec.Limits{Depth: 1})
	_, errKey := jws.NewSigner(nil)
	_, errFields := pgsig.Fields([]pgsig.Pair{{Name: canaryKey + "[" + canaryPAN, Value: canary}})
	_, errBoth := pgsig.Fields([]pgsig.Pair{{Name: "a[" + canaryKey + "]", Value: canary}, {Name: "a", Value: canary}})
	_, errScript := pgsig.ScriptName("/" + canaryKey + "/")
	_, errSalt := pgsig.NewSalt(strings.NewReader(canaryCVC))
	for what, err := range map[string]error{
		"decimal":           errDecimal,
		"decimal's end":     errDigits,
		"decimal exponent":  errExponent,
		"minor units":       errMinor,
		"minor units' size": errRange,
		"instant":           errInstant,
		"instant of digits": errZone,
		"seconds":           errSeconds,
		"decimal in JSON":   new(wire.Decimal).UnmarshalJSON([]byte(`"` + dashed + canary + `"`)),
		"decimal in text":   new(wire.Decimal).UnmarshalText([]byte(dashed + canary)),
		"time in JSON":      new(wire.Time).UnmarshalJSON([]byte(`["` + canary + `"]`)),
		"secret in JSON":    new(wire.Secret).UnmarshalJSON([]byte(`{"` + canary + `":"` + canary + `"}`)),
		"unknown member":    new(wire.Extra).SetJSON("pan", []byte(`"`+canary)),
		"query":             errQuery,
		"query's semicolon": errSemicolon,
		"limit of bytes":    errBytes,
		"limit of depth":    errDepth,
		"empty key":         errKey,
		"pg_sig name":       errFields,
		"pg_sig parent":     errBoth,
		"pg_sig script":     errScript,
		"pg_salt":           errSalt,
		"refusal":           serve.Refuse(errQuery),
		"answer in a form":  serve.Answer{Message: new(merchant.InvoicePayAnswer), Media: wire.Multipart}.Write(httptest.NewRecorder()),
		"multipart":         readMultipart(t, "--b\r\nContent-Disposition: form-data; name=\"card\"\r\n\r\n"+canary),
		"file": readMultipart(t, "--b\r\nContent-Disposition: form-data; name=\""+canaryKey+"\"; filename=\""+canaryPAN+
			"\"\r\n\r\n"+canary+"\r\n--b--\r\n"),
		"header of a part": readMultipart(t, "--b\r\n"+canary+"\r\n\r\n\r\n--b--\r\n"),
	} {
		silent(t, what, err)
	}
}

func readMultipart(t *testing.T, body string) error {
	t.Helper()
	_, err := codec.ReadMultipart(multipart.NewReader(strings.NewReader(body), "b"), codec.Limits{})
	return err
}

func TestNoErrorOfASignatureShowsACanary(t *testing.T) {
	signer, err := jws.NewSigner([]byte(canary))
	must(t, err)
	want := jws.Header{Algorithm: jws.HS256, URI: "/v5/partner/client/add", Identity: "123456", Method: "POST"}
	value, err := signer.Sign(want, []byte(canary))
	must(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	for what, value := range map[string]string{
		"MAC":          value,
		"no signature": canary,
		"header":       encode([]byte(canary)) + ".." + encode([]byte(canaryKey)),
		"member": encode([]byte(`{"`+canaryKey+`":"`+canary+`"}`)) + ".." +
			encode([]byte(strings.Repeat("x", jws.HS256.Size()))),
		"value": encode([]byte(`{"uri":"`+canaryKey+`","auth_id":"`+canaryPAN+`","method":"`+canaryCVC+`","params":"","alg":"HS256"}`)) +
			".." + encode([]byte(strings.Repeat("x", jws.HS256.Size()))),
	} {
		silent(t, what, signer.Verify(value, want, []byte("other"+canary)))
	}
	for what, h := range map[string]jws.Header{
		"merchant id": {Form: jws.FormPath, Algorithm: jws.HS512, URI: "/", Identity: canaryKey, Method: "POST"},
		"algorithm":   {URI: canary, Identity: canary, Method: canary},
		"length":      {Algorithm: jws.HS256, URI: strings.Repeat("/"+canaryKey, 1000), Identity: "1", Method: "POST"},
	} {
		_, err := signer.Sign(h, []byte(canary))
		silent(t, what, err)
	}
}

// An API that puts a card number into its error text is not helped to spread it.
func TestErrorTextMasksCardNumbers(t *testing.T) {
	for name, pan := range map[string]string{
		"plain":  canaryPAN,
		"spaces": "4405 6397 0401 5096",
		"dashes": "4405-6397-0401-5096",
		"inside": "a" + canaryPAN + "b",
		"twice":  canaryPAN + "," + canaryPAN,
	} {
		e := wire.NewError(wire.ErrRejected, "merchant.invoicePay", nil).Said(pan, "card "+pan+" is blocked")
		if text := e.Error(); !strings.Contains(text, "5096") || !strings.Contains(text, "is blocked") {
			t.Errorf("%s: %q does not show what it may", name, text)
		}
		for _, part := range []string{"4405", "6397", "0401", canaryPAN[:5], canaryPAN[3:9]} {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, *e), part) {
				t.Errorf("%s: %v shows %s", name, e, part)
			}
		}
		silent(t, name, e)
	}
	// The text is cut to a length. What is left of a number at the cut is no less
	// a part of it.
	for before := range 520 {
		e := wire.NewError(wire.ErrRejected, "", nil).Said("", strings.Repeat("x", before)+canaryPAN)
		if strings.Contains(e.Error(), "4405") {
			t.Errorf("a card number after %d bytes shows: …%s", before, e.Error()[max(0, len(e.Error())-20):])
			break
		}
	}
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The text of an error is made from what is known to be harmless; the transport
// of Go quotes the URL, and its query holds what a GET asks for.
func TestNoErrorOfACallShowsACanary(t *testing.T) {
	ctx := t.Context()
	credentials := wire.NewCredentials("123456", canary)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	closed := httptest.NewServer(nil)
	closed.Close()

	call := func(ctx context.Context, env wire.Environment, transport http.RoundTripper) error {
		opts := []middleware.Option{}
		if transport != nil {
			opts = append(opts, middleware.WithTransport(transport))
		}
		client, err := partner.New(env, credentials, opts...)
		must(t, err)
		_, err = client.InvoiceInfo(ctx, &partner.InvoiceInfoRequest{PaymentID: canary})
		return err
	}
	silent(t, "no connection", call(ctx, wire.Environment(closed.URL), nil))
	silent(t, "canceled", call(canceled, wire.Environment(closed.URL), nil))
	// Transports that repeat calls have clients of their own inside.
	silent(t, "transport", call(ctx, wire.KZTest, roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: io.ErrUnexpectedEOF}
	})))
	silent(t, "wrapping transport", call(ctx, wire.KZTest, roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("gave up: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: io.ErrUnexpectedEOF})
	})))

	silent(t, "no HTTP", call(ctx, answering(t, canary+"\r\n"+canary+"\r\n\r\n"), nil))
	silent(t, "bad header", call(ctx, answering(t, "HTTP/1.1 200 OK\r\n"+canary+"\r\n\r\n"), nil))
	silent(t, "bad status", call(ctx, answering(t, "HTTP/1.1 "+canary+"\r\n\r\n"), nil))

	for what, answer := range map[string]struct {
		status      int
		contentType string
		body        string
	}{
		"API error":        {200, "application/json", `{"status":"error","error_code":"` + canaryPAN + `","error_description":"card ` + canaryPAN + `"}`},
		"status":           {500, "text/html", "<h1>" + canary + "</h1>"},
		"status with JSON": {400, "application/json", `{"error_description":"` + canaryPAN + `","pan":"` + canary + `"}`},
		"redirect":         {302, "text/plain", canary},
		"content type":     {200, "text/plain", canary},
		"charset":          {200, "application/json; charset=koi8-r", canary},
		"truncated":        {200, "application/json", `{"orderId":"` + canary},
		"amount":           {200, "application/json", `{"amount":"` + canary + `"}`},
		"no object":        {200, "application/json", `["` + canary + `"]`},
		"nothing known":    {200, "application/json", `{"` + canary + `":"` + canary + `"}`},
		"trailing data":    {200, "application/json", `{"orderId":"1"}` + canary},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", answer.contentType)
			w.Header().Set("Location", "https://host.example/"+canaryKey)
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		}))
		err := call(ctx, wire.Environment(server.URL), nil)
		server.Close()
		silent(t, what, err)
		if e := (*wire.Error)(nil); !errors.As(err, &e) || e.Meta.Body.Len() != len(answer.body) {
			t.Errorf("%s: the body is not kept: %v", what, err)
		}
	}

	client, err := merchant.New(wire.KZTest, credentials)
	must(t, err)
	_, err = client.InvoicePay(ctx, &merchant.InvoicePayRequest{CardToken: wire.NewSecret(canary)})
	silent(t, "validation", err)
	_, err = client.InvoicePay(ctx, &merchant.InvoicePayRequest{}, wire.WithRequestID(canary), wire.WithoutValidation())
	silent(t, "request id", err)
	_, err = client.InvoicePay(ctx, &merchant.InvoicePayRequest{}, wire.WithoutValidation(),
		wire.WithCredentials(wire.NewCredentials(canaryKey, canary)))
	silent(t, "merchant id", err)
	_, err = client.InvoicePay(ctx, &merchant.InvoicePayRequest{}, wire.WithoutValidation(),
		wire.WithCredentials(wire.Credentials{ID: "1", PayoutSecret: wire.NewSecret(canary)}))
	silent(t, "no secret", err)
	silent(t, "payout", client.Do(ctx, wire.Operation{
		ID: "payout", Method: "POST", Path: "/reg2reg.php", Security: wire.PgSigPayout, Request: []wire.Media{wire.Multipart},
	}, &merchant.InvoicePayRequest{CardToken: wire.NewSecret(canary)}, nil, wire.WithoutValidation()))
	silent(t, "pg_sig over JSON", client.Do(ctx, wire.Operation{
		ID: "payment", Method: "POST", Path: "/init_payment.php", Security: wire.PgSigPayment, Request: []wire.Media{wire.JSON},
	}, &merchant.InvoicePayRequest{CardToken: wire.NewSecret(canary)}, nil, wire.WithoutValidation()))
	silent(t, "scheme", client.Do(ctx, wire.Operation{ID: "x", Method: "POST", Path: "/", Security: "none"}, nil, nil))
}

// answering starts a server that answers one connection with text, whatever it
// is asked.
func answering(t *testing.T, text string) wire.Environment {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return // the test is over
		}
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}()
	return wire.Environment("http://" + listener.Addr().String())
}

// A base URL may come from a configuration that somebody put a key into.
func TestNoErrorOfABaseURLShowsACanary(t *testing.T) {
	for what, base := range map[string]string{
		"user":     "https://" + canaryKey + ":" + canaryCVC + "@api.freedompay.kz",
		"query":    "https://api.freedompay.kz?key=" + canaryKey,
		"fragment": "https://api.freedompay.kz#" + canaryKey,
		"scheme":   canaryKey + "://api.freedompay.kz",
		"no URL":   "https://api.freedompay.kz/%zz" + canaryKey,
		"no host":  canaryKey,
		"no TLS":   "http://api.freedompay.kz/" + canaryKey,
	} {
		_, err := partner.New(wire.Environment(base), wire.NewCredentials("1", canary))
		silent(t, what, err)
	}
}

// A client that is refused learns nothing, and the log of the server holds
// neither what it sent nor a key.
func TestVerifierShowsNoCanary(t *testing.T) {
	var log bytes.Buffer
	guard, err := verify.JWS(verify.Options{
		Algorithm: jws.HS256,
		Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Keys: func(_ context.Context, identity string) ([]wire.Secret, error) {
			switch identity {
			case "123456":
				return []wire.Secret{wire.NewSecret(canary)}, nil
			case "broken":
				return nil, io.ErrUnexpectedEOF
			}
			return nil, nil
		},
		MaxBody: 1000,
	})
	must(t, err)
	handler := guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))

	send := func(identity, key, body string, edit func(*http.Request)) (status int, answer string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v5/partner/client/add?pan="+canaryPAN, strings.NewReader(body))
		must(t, middleware.JWS(middleware.JWSOptions{
			Scheme: wire.JWSHS256, Credentials: wire.NewCredentials(identity, key),
		})(t.Context(), r))
		edit(r)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, fmt.Sprint(w.Header(), w.Body)
	}
	unchanged := func(*http.Request) {}
	if status, answer := send("123456", canary, canary, unchanged); status != http.StatusNoContent {
		t.Fatalf("a good request is answered with %d %s", status, answer)
	}
	for what, refused := range map[string]struct {
		identity, key, body string
		edit                func(*http.Request)
	}{
		"wrong key":    {"123456", canary + " ", canary, unchanged},
		"unknown":      {"654321", canary, canary, unchanged},
		"lookup":       {"broken", canary, canary, unchanged},
		"changed body": {"123456", canary, canary, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(canaryPAN)) }},
		"large body":   {"123456", canary, strings.Repeat(canary, 100), unchanged},
		"no signature": {"123456", canary, canary, func(r *http.Request) { r.Header.Del(verify.SignatureHeader) }},
		"malformed":    {"123456", canary, canary, func(r *http.Request) { r.Header.Set(verify.SignatureHeader, canary) }},
		"two":          {"123456", canary, canary, func(r *http.Request) { r.Header.Add(verify.SignatureHeader, canary) }},
		"member": {"123456", canary, canary, func(r *http.Request) {
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"` + canaryKey + `":"` + canary + `"}`))
			r.Header.Set(verify.SignatureHeader, header+".."+header)
		}},
		"path": {"123456", canary, canary, func(r *http.Request) { r.URL.Path = "/" + canaryKey }},
	} {
		log.Reset()
		status, answer := send(refused.identity, refused.key, refused.body, refused.edit)
		if status < 400 {
			t.Errorf("%s: answered with %d", what, status)
		}
		if form := shown(answer); form != "" {
			t.Errorf("%s: the answer shows %s: %s", what, form, answer)
		}
		if log.Len() == 0 {
			t.Errorf("%s: nothing is logged", what)
		}
		if form := shown(log.String()); form != "" {
			t.Errorf("%s: the log shows %s: %s", what, form, log.String())
		}
	}
}

// The sandbox, too, answers and logs without quoting.
func TestSandboxShowsNoCanary(t *testing.T) {
	var log bytes.Buffer
	credentials := wire.NewCredentials("123456", canary)
	handler, err := sandbox.New(sandbox.Options{
		Credentials: credentials,
		Logger:      slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	must(t, err)
	const (
		invoices = "/v5/partner/invoices/info"
		clients  = "/v5/partner/client/add"
		pay      = "/v5/merchant/invoice/pay"
		cards    = "/v5/card-api/request/status"
		payment  = "/v5/partner/invoice/info"
	)
	for what, r := range map[string]struct{ method, path, query, contentType, body string }{
		"unknown invoice":    {"POST", invoices, "", "application/json", `{"invoice_id":"` + canary + `"}`},
		"unknown payment":    {"GET", payment, "payment_id=" + canaryPAN, "", ""},
		"payment twice":      {"GET", payment, "payment_id=" + canaryPAN + "&payment_id=" + canaryKey, "", ""},
		"payment in bracket": {"GET", payment, "payment_id[" + canaryKey + "]=" + canaryPAN, "", ""},
		"bad query":          {"GET", payment, "payment_id=%zz" + canaryKey, "", ""},
		"body of a GET":      {"GET", payment, "payment_id=1", "application/json", `"` + canary + `"`},
		"bad JSON":           {"POST", clients, "", "application/json", `{"request_id":"` + canary},
		"a text":             {"POST", clients, "", "application/json", `"` + canary + `"`},
		"trailing data":      {"POST", clients, "", "application/json", `{"request_id":"1"}` + canary},
		"invalid":            {"POST", clients, "", "application/json", `{"pan":"` + canary + `","company":{"` + canary + `":"` + canary + `"}}`},
		"wrong type":         {"POST", clients, "", "application/json", `{"product":{"product_id":"` + canary + `","user":{"phone":["` + canary + `"]}}}`},
		"content type":       {"POST", clients, "", "text/" + canaryKey, canary},
		"unknown customer":   {"POST", pay, "", "application/json", `{"customer":"` + canary + `","user_id":"1","card_token":"` + canary + `"}`},
		"no user":            {"POST", pay, "", "application/json", `{"customer":"` + canary + `","card_token":"` + canary + `"}`},
		"bad form":           {"POST", pay, "", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"card_token\"\r\n\r\n" + canary},
		"no form":            {"POST", pay, "", "multipart/form-data; boundary=b", canary},
		"no boundary":        {"POST", pay, "", "multipart/form-data", canary},
		"upper case":         {"POST", pay, "", "APPLICATION/JSON", `{"card_token":"` + canary + `"}`},
		"unknown request":    {"POST", cards, "", "application/json", `{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197cb","pan":"` + canary + `"}`},
		"no operation":       {"POST", "/v5/partner/" + canaryKey, "", "application/json", canary},
	} {
		t.Run(what, func(t *testing.T) {
			log.Reset()
			req := httptest.NewRequestWithContext(t.Context(), r.method, r.path, strings.NewReader(r.body))
			req.URL.RawQuery = r.query
			req.Header.Set("Content-Type", r.contentType)
			scheme := wire.JWSHS256
			switch {
			case strings.HasPrefix(r.path, "/v5/merchant/"):
				scheme = wire.JWSMerchant2025
			case strings.HasPrefix(r.path, "/v5/card-api/"):
				scheme = wire.JWSHS512
			}
			must(t, middleware.JWS(middleware.JWSOptions{Scheme: scheme, Credentials: credentials})(t.Context(), req))
			w := httptest.NewRecorder()
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("panic: %v", r)
				}
			}()
			handler.ServeHTTP(w, req)
			if answer := fmt.Sprint(w.Header(), w.Body); shown(answer) != "" {
				t.Errorf("the answer shows %s: %s", shown(answer), answer)
			}
			if w.Code == http.StatusUnauthorized {
				t.Error("the request did not get past its signature")
			}
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("answered with %d %s", w.Code, w.Body)
			}
			if shown(log.String()) != "" {
				t.Errorf("the log shows %s: %s", shown(log.String()), log.String())
			}
		})
	}
}
