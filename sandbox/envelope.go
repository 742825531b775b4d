package sandbox

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// envelope is a callback as it goes over the wire.
type envelope struct {
	method, url, contentType string
	body                     []byte
	// script and secret are those that it was signed with, and that the answer has to
	// be signed with.
	script, secret string
	// signature is the JWS of what is signed with one.
	signature string
}

// methodXML is the value of pg_request_method that is no method of HTTP.
const methodXML = "XML"

var (
	errAddress = errors.New("the address is not one that can be called")
	errQuery   = errors.New("the address has a query that cannot be read, and so not be signed")
	errFields  = errors.New("the fields cannot be signed")
)

// withSalt adds pg_salt where there is none.
func withSalt(pairs []codec.Pair) []codec.Pair {
	if slices.ContainsFunc(pairs, func(p codec.Pair) bool { return p.Name == pgsig.SaltName }) {
		return pairs
	}
	salt, err := pgsig.NewSalt(rand.Reader)
	if err != nil {
		panic(err) // the system's source of random bytes does not fail
	}
	return append(slices.Clip(pairs), codec.Pair{Name: pgsig.SaltName, Value: salt})
}

// seal signs the fields of a callback and puts them into the form of a method. A
// pg_sig among the fields is sent as it is.
func (c *calls) seal(kind CallbackKind, method, address string, pairs []codec.Pair) (*envelope, error) {
	own, ok := absolute(address)
	if !ok {
		return nil, errAddress
	}
	own.Fragment, own.RawFragment = "", ""
	if kind.inJSON() {
		return c.sealJSON(kind, own, objectOf(pairs))
	}
	if method == methodXML {
		pairs = inXML(pairs)
	}
	e := &envelope{method: http.MethodPost, script: scriptAt(own), secret: c.secret(kind.scheme()).Reveal()}
	if !slices.ContainsFunc(pairs, func(p codec.Pair) bool { return p.Name == pgsig.SignatureName }) {
		sig, err := signTo(own, method == http.MethodGet, pairs, e.secret)
		if err != nil {
			return nil, err
		}
		pairs = append(slices.Clip(pairs), codec.Pair{Name: pgsig.SignatureName, Value: sig})
	}
	switch method {
	case http.MethodGet:
		e.method = http.MethodGet
		if own.RawQuery != "" {
			own.RawQuery += "&"
		}
		own.RawQuery += string(codec.AppendURLEncoded(nil, pairs))
	case methodXML:
		pairs = []codec.Pair{{Name: pgform.XMLName, Value: xmlOf(pairs)}}
		fallthrough
	default:
		boundary := codec.MultipartBoundary("callback", pairs)
		e.contentType = mime.FormatMediaType(string(wire.Multipart), map[string]string{"boundary": boundary})
		e.body = codec.AppendMultipart(nil, boundary, pairs)
	}
	e.url = own.String()
	return e, nil
}

// sealJSON is seal for what is told in JSON. Of a recurring profile and an invoice no
// page shows a signature. An application has a detached JWS, of which neither the members
// of the header nor the key are documented: here they are those of the requests of its
// API.
func (c *calls) sealJSON(kind CallbackKind, own *url.URL, body []byte) (*envelope, error) {
	e := &envelope{method: http.MethodPost, url: own.String(), contentType: string(wire.JSON), body: body}
	if kind != CallbackApplication {
		return e, nil
	}
	signer, err := jws.NewSigner([]byte(c.secret(wire.JWSHS256).Reveal()))
	if err != nil {
		return nil, errFields
	}
	e.signature, err = signer.Sign(jws.Header{
		Form: jws.FormURI, Algorithm: jws.HS256, URI: own.EscapedPath(), Identity: c.identity, Method: e.method,
	}, body)
	if err != nil {
		return nil, errFields
	}
	return e, nil
}

// scheme is the signature of a kind. That of payouts is signed with the secret for
// payouts, as an integrator saw it; of saved cards nothing is known, and the secret is
// that of the calls that they belong to.
func (k CallbackKind) scheme() wire.Scheme {
	if k == CallbackPayout {
		return wire.PgSigPayout
	}
	return wire.PgSigPayment
}

// signTo signs a message to an address of the merchant's. With inQuery the fields are
// added to the query that the address has, and all of it is one message: what is
// signed then is not documented.
func signTo(own *url.URL, inQuery bool, pairs []codec.Pair, secret string) (string, error) {
	if inQuery {
		inURL, err := codec.ParseURLEncoded(own.RawQuery, codec.Limits{})
		if err != nil {
			return "", errQuery
		}
		pairs = slices.Concat(inURL, pairs)
	}
	fields, err := pgform.FieldsOfPairs(pairs)
	if err != nil {
		return "", errFields
	}
	return pgsig.Sign(scriptAt(own), fields, secret), nil
}

// scriptAt is the script name of an address of the merchant's: the empty one where it
// has no last part, as the vendor's class takes it. That is not documented.
func scriptAt(own *url.URL) string {
	script, err := pgsig.ScriptName(own.EscapedPath())
	if err != nil {
		return ""
	}
	return script
}

// xmlName is what the names of fields look like that XML can have.
var xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// inXML is what XML can say of the fields: those whose names are names in XML too, and
// of their texts no control characters. What the real service does with others is not
// documented.
func inXML(pairs []codec.Pair) (said []codec.Pair) {
	for _, p := range pairs {
		if !xmlName.MatchString(p.Name) {
			continue
		}
		p.Value = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
				return -1
			}
			return r
		}, p.Value)
		said = append(said, p)
	}
	return said
}

// xmlOf writes fields as the XML of the field pg_xml.
func xmlOf(pairs []codec.Pair) string {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<" + pgform.XMLRoot + ">")
	for _, p := range pairs {
		b.WriteString("<" + p.Name + ">")
		_ = xml.EscapeText(&b, []byte(p.Value)) // a buffer takes everything
		b.WriteString("</" + p.Name + ">")
	}
	b.WriteString("</" + pgform.XMLRoot + ">")
	return b.String()
}

// numbers are the members of what is told in JSON that are numbers.
var numbers = map[string]bool{"approved_amount": true}

// objectOf writes fields as a JSON object, in their order. All are texts, but for the
// numbers that are ones.
func objectOf(pairs []codec.Pair) []byte {
	b := []byte{'{'}
	for i, p := range pairs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, p.Name), ':')
		if d, err := wire.ParseDecimal(p.Value); err == nil && numbers[p.Name] && d.JSONNumber() {
			b = append(b, p.Value...)
			continue
		}
		b = appendText(b, p.Value)
	}
	return append(b, '}')
}

func appendText(b []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts always encode
	}
	return append(b, quoted...)
}
