package pgform

import (
	"mime"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Encode returns the message in the form in which it was read: a body and its
// content type, or, without a content type, a query. Fields keep their order. Of a
// part of a multipart body the name and the value are kept; the boundary is, too,
// unless a value would end the part that it stands in.
func (m *Message) Encode() (body []byte, query, contentType string) {
	switch m.media {
	case wire.URLEncoded:
		return codec.AppendURLEncoded(nil, m.pairs), "", m.contentType
	case wire.Multipart:
		boundary, contentType := m.boundary, m.contentType
		if delimits(boundary, m.pairs) {
			boundary, contentType = multipartType(m.pairs)
		}
		return codec.AppendMultipart(nil, boundary, m.pairs), "", contentType
	}
	return nil, string(codec.AppendURLEncoded(nil, m.pairs)), ""
}

// Multipart returns the message as a multipart form, whatever form it came in,
// and the content type of that.
func (m *Message) Multipart() (body []byte, contentType string) {
	boundary, contentType := multipartType(m.pairs)
	return codec.AppendMultipart(nil, boundary, m.pairs), contentType
}

func multipartType(pairs []codec.Pair) (boundary, contentType string) {
	boundary = codec.MultipartBoundary("form", pairs)
	return boundary, mime.FormatMediaType(string(wire.Multipart), map[string]string{"boundary": boundary})
}

// delimits reports whether a reader would find the boundary inside a value. What
// was read from a multipart form may hold it where the part was encoded.
func delimits(boundary string, pairs []codec.Pair) bool {
	delimiter := "--" + boundary
	for _, p := range pairs {
		if strings.HasPrefix(p.Value, delimiter) || strings.Contains(p.Value, "\n"+delimiter) {
			return true
		}
	}
	return false
}
