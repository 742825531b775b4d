package cardjwe

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/freedompay-go/freedompay/wire"
)

// privateKey is Freedom Pay's. Making one takes a while, so there is one for all
// tests.
var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// noon is the time in the documented example.
func noon() time.Time { return time.Date(2026, 3, 18, 12, 30, 45, 999, time.UTC) }

const noonStamp = "20260318123045"

func card(pan, month, year, cvc string) Card {
	return Card{PAN: wire.NewSecret(pan), Month: wire.NewSecret(month), Year: wire.NewSecret(year), CVC: wire.NewSecret(cvc)}
}

// documented is the card of the documented example, and its payload.
var documented = card("1234567890123456", "02", "2028", "123")

const documentedPayload = `{"pan":"1234567890123456","expDate":"202802","cvv2":"123","timestamp":"20260318123045"}`

func newEncrypter(t testing.TB, opts ...Option) *Encrypter {
	t.Helper()
	e, err := New(&privateKey().PublicKey, "761a", append([]Option{WithClock(noon)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func encrypt(t testing.TB, e *Encrypter, c Card) string {
	t.Helper()
	value, err := e.Encrypt(c)
	if err != nil {
		t.Fatal(err)
	}
	return value.Reveal()
}

// message is what decrypt finds in a JWE.
type message struct {
	header, payload string
	key, iv         []byte
}

// decrypt is the documented way back, step by step and with nothing but the
// standard library.
func decrypt(t testing.TB, compact string) message {
	t.Helper()
	parts := strings.Split(compact, ".")
	if len(parts) != 5 {
		t.Fatalf("%d parts", len(parts))
	}
	decoded := make([][]byte, len(parts))
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	header, encryptedKey, iv, ciphertext, tag := decoded[0], decoded[1], decoded[2], decoded[3], decoded[4]
	if len(iv) != 96/8 || len(tag) != 128/8 || len(encryptedKey) != privateKey().Size() {
		t.Fatalf("initialization vector of %d bytes, tag of %d, encrypted key of %d", len(iv), len(tag), len(encryptedKey))
	}
	key, err := rsa.DecryptOAEP(sha256.New(), nil, privateKey(), encryptedKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(key) != 256/8 {
		t.Fatalf("key of %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := gcm.Open(nil, iv, append(ciphertext, tag...), []byte(parts[0]))
	if err != nil {
		t.Fatal(err)
	}
	return message{string(header), string(payload), key, iv}
}

func TestTheDocumentedExample(t *testing.T) {
	value := encrypt(t, newEncrypter(t), documented)
	m := decrypt(t, value)
	if m.payload != documentedPayload {
		t.Errorf("payload %s", m.payload)
	}
	if want := `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"761a"}`; m.header != want {
		t.Errorf("header %s, want %s", m.header, want)
	}
	// The header that the documentation prints in base64url.
	if header, _, _ := strings.Cut(value, "."); header != "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiNzYxYSJ9" {
		t.Errorf("encoded header %s", header)
	}
}

func TestGoJoseDecrypts(t *testing.T) {
	object, err := jose.ParseEncryptedCompact(encrypt(t, newEncrypter(t), documented),
		[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		t.Fatal(err)
	}
	if object.Header.KeyID != "761a" || len(object.Header.ExtraHeaders) > 1 { // enc is an extra one
		t.Errorf("header %+v", object.Header)
	}
	payload, err := object.Decrypt(privateKey())
	if err != nil || string(payload) != documentedPayload {
		t.Errorf("payload %s (%v)", payload, err)
	}
}

func TestEachMessageHasAKeyOfItsOwn(t *testing.T) {
	e := newEncrypter(t)
	seen := map[string]bool{}
	for range 20 {
		m := decrypt(t, encrypt(t, e, documented))
		for _, secret := range [][]byte{m.key, m.iv} {
			if seen[string(secret)] {
				t.Fatal("a key or an initialization vector comes twice")
			}
			seen[string(secret)] = true
		}
	}
}

func TestPayload(t *testing.T) {
	astana := time.FixedZone("", 5*60*60)
	tests := []struct {
		name string
		card Card
		opts []Option
		want string
	}{
		{"short forms", card("4405639704015096", "2", "28", "123"), nil,
			`{"pan":"4405639704015096","expDate":"202802","cvv2":"123","timestamp":"20260318123045"}`},
		{"shortest", card("4405639704015", "12", "30", "000"), nil,
			`{"pan":"4405639704015","expDate":"203012","cvv2":"000","timestamp":"20260318123045"}`},
		{"longest", card("44056397040150964405", "01", "2099", "1234"), nil,
			`{"pan":"44056397040150964405","expDate":"209901","cvv2":"1234","timestamp":"20260318123045"}`},
		{"another zone", documented, []Option{WithLocation(astana)},
			strings.Replace(documentedPayload, noonStamp, "20260318173045", 1)},
		{"a clock in another zone", documented, []Option{WithClock(func() time.Time { return noon().In(astana) })}, documentedPayload},
		{"nil options", documented, []Option{WithClock(nil), WithLocation(nil)}, documentedPayload},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := decrypt(t, encrypt(t, newEncrypter(t, test.opts...), test.card)).payload; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if len(test.want) > maxPayload {
				t.Errorf("the payload is longer than %d", maxPayload)
			}
		})
	}
	if _, err := newEncrypter(t, WithClock(func() time.Time { return noon().AddDate(8000, 0, 0) })).Encrypt(documented); err == nil {
		t.Error("a timestamp of fifteen digits")
	}
	e, err := New(&privateKey().PublicKey, "761a")
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().UTC().Format(stampLayout)
	payload := decrypt(t, encrypt(t, e, documented)).payload
	stamp := payload[len(payload)-len(`20260318123045"}`) : len(payload)-2]
	if after := time.Now().UTC().Format(stampLayout); stamp < before || stamp > after {
		t.Errorf("timestamp %s is not between %s and %s", stamp, before, after)
	}
}

func TestRefusesCards(t *testing.T) {
	good := [...]string{"4405639704015096", "12", "30", "123"}
	tests := []struct {
		member   int
		value    string
		contains string
	}{
		{0, "", "number"}, {0, "440563970401", "number"}, {0, "440563970401509644056", "number"}, {0, "4405 6397 0401 5096", "number"},
		{0, "4405639704015O96", "number"}, {0, "４４０５６３９７０４０１５０９６", "number"}, {0, `4405639704015","a":"`, "number"},
		{1, "", "month"}, {1, "0", "month"}, {1, "00", "month"}, {1, "13", "month"}, {1, "012", "month"}, {1, "-1", "month"}, {1, "Ja", "month"},
		{2, "", "year"}, {2, "8", "year"}, {2, "028", "year"}, {2, "1928", "year"}, {2, "2x28", "year"}, {2, "02028", "year"},
		{3, "", "CVC"}, {3, "12", "CVC"}, {3, "12345", "CVC"}, {3, "12a", "CVC"}, {3, " 123", "CVC"},
	}
	e := newEncrypter(t)
	for _, test := range tests {
		members := good
		members[test.member] = test.value
		value, err := e.Encrypt(card(members[0], members[1], members[2], members[3]))
		if !errors.Is(err, ErrCard) || value.IsSet() || !strings.Contains(err.Error(), test.contains) {
			t.Errorf("member %d, %q: got %v", test.member, test.value, err)
		}
	}
	if _, err := e.Encrypt(Card{}); !errors.Is(err, ErrCard) {
		t.Errorf("got %v", err)
	}
}

// spy keeps the buffer that it was asked to encrypt.
type spy struct {
	jose.Encrypter
	buffer []byte
	err    error
}

func (s *spy) Encrypt(plaintext []byte) (*jose.JSONWebEncryption, error) {
	s.buffer = plaintext
	if s.err != nil {
		return nil, s.err
	}
	return s.Encrypter.Encrypt(plaintext)
}

func TestTheBufferIsZeroed(t *testing.T) {
	failure := errors.New("failure")
	for _, want := range []error{nil, failure} {
		e := newEncrypter(t)
		s := &spy{Encrypter: e.jose, err: want}
		e.jose = s
		if _, err := e.Encrypt(documented); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		if len(s.buffer) != len(documentedPayload) || cap(s.buffer) != maxPayload {
			t.Errorf("a buffer of %d bytes with room for %d: it was outgrown", len(s.buffer), cap(s.buffer))
		}
		if !bytes.Equal(s.buffer[:cap(s.buffer)], make([]byte, cap(s.buffer))) {
			t.Error("card data stays behind")
		}
	}
}

func TestRefusesKeys(t *testing.T) {
	public := &privateKey().PublicKey
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		key  *rsa.PublicKey
		id   string
	}{
		{"nil", nil, "761a"},
		{"empty", &rsa.PublicKey{}, "761a"},
		{"small", &small.PublicKey, "761a"},
		{"a bit too small", &rsa.PublicKey{N: new(big.Int).Rsh(public.N, 1), E: public.E}, "761a"},
		{"negative", &rsa.PublicKey{N: new(big.Int).Neg(public.N), E: public.E}, "761a"},
		{"even", &rsa.PublicKey{N: new(big.Int).Lsh(public.N, 1), E: public.E}, "761a"},
		{"exponent 1", &rsa.PublicKey{N: public.N, E: 1}, "761a"},
		{"even exponent", &rsa.PublicKey{N: public.N, E: 65536}, "761a"},
		{"no id", public, ""},
	}
	for _, test := range tests {
		if e, err := New(test.key, test.id); e != nil || !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func TestTheKeyIsCopied(t *testing.T) {
	key := &rsa.PublicKey{N: new(big.Int).Set(privateKey().N), E: privateKey().E}
	e, err := New(key, "761a", WithClock(noon))
	if err != nil {
		t.Fatal(err)
	}
	key.N.SetInt64(15)
	key.E = 1
	if got := decrypt(t, encrypt(t, e, documented)).payload; got != documentedPayload {
		t.Errorf("payload %s", got)
	}
}

func pemOf(kind string, der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestPEM(t *testing.T) {
	public := &privateKey().PublicKey
	pkix, err := x509.MarshalPKIXPublicKey(public)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	certificate, certErr := x509.CreateCertificate(rand.Reader, template, template, public, privateKey())
	for kind, data := range map[string][]byte{
		"PKIX":        pemOf("PUBLIC KEY", pkix, err),
		"PKCS #1":     pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public), nil),
		"certificate": pemOf("CERTIFICATE", certificate, certErr),
		"text around": []byte("key of the test contract\n" + string(pemOf("PUBLIC KEY", pkix, err)) + "\n\n"),
	} {
		e, err := FromPEM(data, "761a", WithClock(noon))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got := decrypt(t, encrypt(t, e, documented)).payload; got != documentedPayload {
			t.Errorf("%s: payload %s", kind, got)
		}
	}
}

func TestRefusesPEM(t *testing.T) {
	pkix, err := x509.MarshalPKIXPublicKey(&privateKey().PublicKey)
	good := pemOf("PUBLIC KEY", pkix, err)
	private, privateErr := x509.MarshalPKCS8PrivateKey(privateKey())
	curve, curveErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if curveErr != nil {
		t.Fatal(curveErr)
	}
	notRSA, notRSAErr := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	for what, data := range map[string][]byte{
		"nothing":        nil,
		"no PEM":         []byte("761a"),
		"two keys":       append(bytes.Clone(good), good...),
		"garbage behind": append(bytes.Clone(good), "x"...),
		"no key":         pemOf("PUBLIC KEY", []byte("garbage"), nil),
		"no RSA key":     pemOf("RSA PUBLIC KEY", pkix, nil),
		"no certificate": pemOf("CERTIFICATE", pkix, nil),
		"another block":  pemOf("EC PARAMETERS", pkix, nil),
		"another key":    pemOf("PUBLIC KEY", notRSA, notRSAErr),
		"PKCS #8":        pemOf("PRIVATE KEY", private, privateErr),
		"PKCS #1":        pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(privateKey()), nil),
	} {
		e, err := FromPEM(data, "761a")
		if e != nil || !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v", what, err)
		}
		if isPrivate := strings.HasPrefix(what, "PKCS"); isPrivate != errors.Is(err, errPrivate) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if _, err := FromPEM(good, ""); !errors.Is(err, ErrKey) {
		t.Errorf("no id: got %v", err)
	}
}

// jwk returns the public key as a JWK, changed and with more members.
func jwk(t *testing.T, change map[string]any) []byte {
	t.Helper()
	public := &privateKey().PublicKey
	members := map[string]any{
		"kty": "RSA", "kid": "761a",
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}
	for name, value := range change {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJWK(t *testing.T) {
	for _, change := range []map[string]any{nil, {"use": "enc"}, {"alg": "RSA-OAEP-256"}, {"use": "enc", "alg": "RSA-OAEP-256"}} {
		e, err := FromJWK(jwk(t, change), WithClock(noon))
		if err != nil {
			t.Errorf("%v: %v", change, err)
			continue
		}
		if m := decrypt(t, encrypt(t, e, documented)); m.payload != documentedPayload || e.KeyID() != "761a" {
			t.Errorf("%v: payload %s", change, m.payload)
		}
	}
	private, err := json.Marshal(jose.JSONWebKey{Key: privateKey(), KeyID: "761a"})
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string][]byte{
		"nothing":           nil,
		"no JSON":           []byte("761a"),
		"a set":             []byte(`{"keys":[` + string(jwk(t, nil)) + `]}`),
		"no id":             jwk(t, map[string]any{"kid": nil}),
		"for signatures":    jwk(t, map[string]any{"use": "sig"}),
		"another algorithm": jwk(t, map[string]any{"alg": "RSA-OAEP"}),
		"small":             jwk(t, map[string]any{"n": "AQAB"}),
		"symmetric":         []byte(`{"kty":"oct","kid":"761a","k":"AQAB"}`),
		"private":           private,
	} {
		e, err := FromJWK(data)
		if e != nil || !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v", what, err)
		}
		if errors.Is(err, errPrivate) != (what == "private") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestNothingPrintsACard(t *testing.T) {
	e := newEncrypter(t)
	value, err := e.Encrypt(documented)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, v := range []any{documented, &documented, value, e, *e, struct{ c any }{documented}} {
		fmt.Fprintf(&b, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("card", "value", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("card", "value", v)
	}
	for _, shown := range []string{"1234567890", "202802", "2028", value.Reveal()[:30]} {
		if strings.Contains(b.String(), shown) {
			t.Errorf("%s shows in\n%s", shown, b.String())
		}
	}
	if got := fmt.Sprint(e); got != "encrypter of cards for key 761a" {
		t.Errorf("got %s", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	e := newEncrypter(t)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			pan := fmt.Sprintf("44056397040150%02d", i)
			if value, err := e.Encrypt(card(pan, "1", "30", "123")); err != nil {
				t.Error(err)
			} else if m := decrypt(t, value.Reveal()); !strings.Contains(m.payload, pan) {
				t.Errorf("payload %s", m.payload)
			}
		})
	}
	wait.Wait()
}

// FuzzCard: a card is refused without a word of it, or comes out as it went in.
func FuzzCard(f *testing.F) {
	f.Add("4405639704015096", "12", "2030", "123")
	f.Add("1234567890123456", "2", "28", "1234")
	f.Add("4405639704015", "00", "028", "12")
	f.Add(`","pan":"1`, "١٢", "20\x00", "１２３")
	f.Add("44056397040150964405639704015096", "-1", "", " 123")
	// All that is ever said, whatever the card.
	refusals := []string{
		"cardjwe: card: the number is not 13 to 20 digits",
		"cardjwe: card: the month is not one or two digits",
		"cardjwe: card: the year is not two digits, or 20 and two digits",
		"cardjwe: card: the CVC is not 3 or 4 digits",
		"cardjwe: card: there is no such month",
	}
	e := newEncrypter(f)
	f.Fuzz(func(t *testing.T, pan, month, year, cvc string) {
		value, err := e.Encrypt(card(pan, month, year, cvc))
		if err != nil {
			if !errors.Is(err, ErrCard) || value.IsSet() || !slices.Contains(refusals, err.Error()) {
				t.Fatalf("got %v", err)
			}
			return
		}
		payload := decrypt(t, value.Reveal()).payload
		var got struct{ PAN, ExpDate, CVV2, Timestamp string }
		d := json.NewDecoder(strings.NewReader(payload))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v", payload, err)
		}
		if got.PAN != pan || got.CVV2 != cvc || got.Timestamp != noonStamp || len(got.ExpDate) != 6 ||
			!strings.HasSuffix(got.ExpDate[:4], year) || strings.TrimLeft(got.ExpDate[4:], "0") != strings.TrimLeft(month, "0") {
			t.Fatalf("got %+v of %q %q %q %q", got, pan, month, year, cvc)
		}
		if len(payload) > maxPayload {
			t.Fatalf("%d bytes", len(payload))
		}
	})
}
