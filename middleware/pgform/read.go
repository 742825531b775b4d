package pgform

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// ErrNoForm says that a request is none of the forms that are read here, or one
// in another charset than UTF-8. What is wrong with a form has other errors.
var ErrNoForm = errors.New("pgform: the message needs a form")

var errBoundary = errors.New("pgform: " + string(wire.Multipart) + " without a valid boundary")

// maxBoundary is the longest boundary that the standard allows.
const maxBoundary = 70

// Read reads the message that is in req, whose body is given. Of req only the
// method, the URL and the header are looked at: a request without a body has its
// fields in the query, unless its content type says that it is an empty form. The
// query of a request with a body is no part of the message.
//
// Files are refused, and text that is not UTF-8, and beyond l forms of more than
// 1000 fields. XML may hold no more than a form, and no document type.
func Read(req *http.Request, body []byte, l codec.Limits) (*Message, error) {
	m := &Message{limits: l, contentType: req.Header.Get("Content-Type")}
	pairs, err := m.read(req, body)
	if err == nil {
		err = m.set(pairs)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Message) read(req *http.Request, body []byte) ([]codec.Pair, error) {
	if len(body) == 0 && (m.contentType == "" || isBodiless(req.Method)) {
		return codec.ParseURLEncoded(req.URL.RawQuery, m.limits)
	}
	name, params, err := codec.ParseMediaType(m.contentType)
	if err != nil {
		return nil, fmt.Errorf("%w, and the content type is unreadable", ErrNoForm)
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") && !strings.EqualFold(c, "us-ascii") {
		return nil, fmt.Errorf("%w in UTF-8", ErrNoForm)
	}
	switch m.media = wire.Media(name); m.media {
	case wire.URLEncoded:
		return codec.ParseURLEncoded(string(body), m.limits)
	case wire.Multipart:
		m.boundary = params["boundary"]
		if !isBoundary(m.boundary) {
			return nil, errBoundary
		}
		return codec.ReadMultipart(multipart.NewReader(bytes.NewReader(body), m.boundary), m.limits)
	}
	return nil, fmt.Errorf("%w, %s or %s", ErrNoForm, wire.URLEncoded, wire.Multipart)
}

// isBodiless reports whether requests of method have their fields in the query.
// Another method's empty form is a form all the same.
func isBodiless(method string) bool {
	return method == "" || method == http.MethodGet || method == http.MethodHead
}

// isBoundary reports whether s may delimit the parts of a body, by RFC 2046.
func isBoundary(s string) bool {
	isOther := func(r rune) bool {
		isLetter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !isLetter && !strings.ContainsRune("'()+_,-./:=? ", r)
	}
	return s != "" && len(s) <= maxBoundary && !strings.HasSuffix(s, " ") && !strings.ContainsFunc(s, isOther)
}
