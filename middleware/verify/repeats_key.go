package verify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// requestIDHeader is the header field that holds the id of a request.
const requestIDHeader = "X-Request-Id"

// Why a key cannot be told.
var (
	errKeys     = errors.New("more than one key of a repeat")
	errUnread   = errors.New("the body, in which the key of a repeat is, cannot be read")
	errNoScalar = errors.New("the key of a repeat is neither a text nor a number")
)

// anyLength is for what is in memory already: how long it may be was said before.
var anyLength = codec.Limits{Bytes: math.MaxInt32}

// told is what a request with a key says.
type told struct {
	op     wire.Operation
	repeat wire.Repeat // the one that counts: the operation's, or by X-Request-Id
	key    string      // of the store
	// content is what the same request has again: not a pg_sig, nor its salt.
	content []byte
}

// tell returns what a verified request with a key says. Without a key it is false.
// An error means that there may be one, which nobody can tell.
func (p *repeats) tell(op wire.Operation, r *http.Request, body []byte, identity string) (told, bool, error) {
	var form *pgform.Message
	var err error
	if op.Security.IsPgSig() {
		if form, err = pgform.Read(r, body, anyLength); err != nil {
			return told{}, false, errUnread
		}
	}
	t := told{op: op, repeat: op.Repeat}
	value, err := valueOf(t.repeat, r, body, form)
	if value == "" && err == nil && p.opts.ByRequestID && op.Effect == wire.Write {
		t.repeat = wire.Repeat{Key: requestIDHeader, InHeader: true}
		value, err = valueOf(t.repeat, r, body, form)
	}
	if value == "" {
		return told{}, false, err
	}
	t.key = "verify:" + hex.EncodeToString(p.sum("key", identity, scope(op), t.repeat.Key, value))
	t.content = p.contentOf(op, r, body, form)
	return t, true, nil
}

// scope is where keys are unique. The forms of the Merchant and the Gateway API are
// of one merchant, whose pg_idempotency_key never serves two operations. Other keys
// are the ids of requests to one API, of which no page says that another API knows
// them.
func scope(op wire.Operation) string {
	if op.Security.IsPgSig() {
		return "pg_sig"
	}
	api, _, _ := strings.Cut(op.ID, ".")
	return api
}

// valueOf returns the value of a key in a request, "" if it has none or cannot be
// read.
func valueOf(key wire.Repeat, r *http.Request, body []byte, form *pgform.Message) (string, error) {
	switch {
	case key.Key == "":
		return "", nil
	case key.InHeader:
		switch values := r.Header.Values(key.Key); len(values) {
		case 0:
			return "", nil
		case 1:
			return values[0], nil
		}
		return "", errKeys
	case form != nil:
		value, n := form.Value(key.Key)
		if n > 1 {
			return "", errKeys
		}
		if value == "" && form.Has(key.Key) {
			return "", errNoScalar
		}
		return value, nil
	}
	// No member of it is there twice.
	doc, err := codec.ParseJSON(body, anyLength)
	if err != nil || !doc.IsObject() {
		return "", errUnread
	}
	value, ok := doc.Lookup(key.Key)
	if !ok && doc.Has(key.Key) {
		return "", errNoScalar
	}
	return value, nil
}

// contentOf says, hashed, what a request asks for. Of a form, that are its fields,
// however they came.
func (p *repeats) contentOf(op wire.Operation, r *http.Request, body []byte, form *pgform.Message) []byte {
	parts := []string{"content", op.ID, r.Method, r.URL.EscapedPath()}
	if form == nil {
		return p.sum(append(parts, r.URL.RawQuery, string(body))...)
	}
	if len(body) > 0 {
		parts = append(parts, r.URL.RawQuery) // not the form
	}
	fields, _ := form.Fields() // which have been verified
	return p.sum(appendFields(append(parts, "fields"), fields, true)...)
}

// appendFields sorts fields by their names and appends names and values, so that each
// list of fields gives another list of texts.
func appendFields(parts []string, fields []pgsig.Field, top bool) []string {
	slices.SortStableFunc(fields, func(a, b pgsig.Field) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range fields {
		switch {
		case top && (f.Name == pgsig.SignatureName || f.Name == pgsig.SaltName):
		case len(f.Children) > 0:
			parts = appendFields(append(parts, "(", f.Name), f.Children, false)
			parts = append(parts, ")")
		default:
			parts = append(parts, "=", f.Name, f.Value)
		}
	}
	return parts
}

// sum hashes a list of texts.
func (p *repeats) sum(parts ...string) []byte {
	h := hmac.New(sha256.New, []byte(p.opts.Secret.Reveal()))
	for _, s := range parts {
		writeText(h, s)
	}
	return h.Sum(nil)
}

// writeText writes a text so that it is known where it ends.
func writeText(h hash.Hash, s string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(s)))
	h.Write(length[:])
	h.Write([]byte(s))
}
