package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
)

// AppendMultipart appends pairs as multipart/form-data with the given boundary,
// in their order, byte for byte as mime/multipart writes them. The boundary
// must not occur in them; [MultipartBoundary] makes one.
func AppendMultipart(b []byte, boundary string, pairs []Pair) []byte {
	for _, p := range pairs {
		b = append(append(append(b, "--"...), boundary...), "\r\n"...)
		b = append(b, `Content-Disposition: form-data; name="`...)
		b = append(b, fieldName.Replace(p.Name)...)
		b = append(b, "\"\r\n\r\n"...)
		b = append(append(b, p.Value...), "\r\n"...)
	}
	return append(append(append(b, "--"...), boundary...), "--\r\n"...)
}

// fieldName escapes a field's name as browsers do.
var fieldName = strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "%0D", "\n", "%0A")

// MultipartBoundary returns a boundary for pairs: "freedompay-" and then seed,
// cut to 42 characters and without those that would need quotes. If the pairs
// contain that, a hash of them follows. It has at most 70 characters, and is the same
// whenever seed and pairs are.
func MultipartBoundary(seed string, pairs []Pair) string {
	const (
		prefix  = "freedompay-"
		maxSeed = 42
		maxSize = 70
	)
	seed = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return -1
	}, seed)
	base := prefix + seed[:min(len(seed), maxSeed)]
	boundary := base
	for n := uint64(0); occurs(boundary, pairs); n++ {
		h := sha256.New()
		var number [8]byte
		write := func(s string) {
			_, _ = h.Write(binary.BigEndian.AppendUint64(number[:0], uint64(len(s))))
			_, _ = io.WriteString(h, s)
		}
		for _, p := range pairs {
			write(p.Name)
			write(p.Value)
		}
		_, _ = h.Write(binary.BigEndian.AppendUint64(number[:0], n))
		boundary = base + "-" + hex.EncodeToString(h.Sum(nil))
		boundary = boundary[:min(len(boundary), maxSize)]
	}
	return boundary
}

func occurs(boundary string, pairs []Pair) bool {
	for _, p := range pairs {
		if strings.Contains(p.Value, boundary) || strings.Contains(p.Name, boundary) {
			return true
		}
	}
	return false
}

// ReadMultipart reads multipart/form-data to its end. It keeps the order of
// the pairs and every one of several with the same name. Files are refused, and
// so are parts without a name and text that is no UTF-8. In errors, offsets are
// the numbers of the parts.
//
// Limits.Bytes bounds the names and values together; what the reader r itself
// buffers is for the caller to bound. An error of the reader behind r can be
// had with errors.As or errors.Is.
func ReadMultipart(r *multipart.Reader, l Limits) ([]Pair, error) {
	c := newPairCounter(l)
	var pairs []Pair
	for i := 0; ; i++ {
		part, err := r.NextPart()
		if err == io.EOF {
			return pairs, nil
		}
		if err != nil {
			return nil, failMultipart(i, err)
		}
		// A nameless part has no disposition, a malformed one or another.
		disposition, params, err := ParseMediaType(part.Header.Get("Content-Disposition"))
		name := params["name"]
		if err != nil || disposition != "form-data" || name == "" {
			return nil, failForm(i, "expected a part with a name")
		}
		if _, isFile := params["filename"]; isFile {
			return nil, failForm(i, "expected a part that is no file")
		}
		// One byte more than allowed tells too much from just enough.
		value, err := io.ReadAll(io.LimitReader(part, int64(max(c.limits.Bytes-c.bytes-len(name), 0))+1))
		if err != nil {
			return nil, failMultipart(i, err)
		}
		p := Pair{name, string(value)}
		if err := c.count(i, p); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
}

// failMultipart keeps the error of the reader behind a multipart.Reader, but
// not those of mime/multipart and net/textproto, which quote the input.
func failMultipart(i int, err error) error {
	e := &SyntaxError{Format: "form", Offset: i, Problem: "malformed multipart body"}
	cause := err
	if strings.HasPrefix(err.Error(), "multipart: ") {
		cause = errors.Unwrap(err)
	}
	var quoting textproto.ProtocolError
	if cause != nil && cause != io.EOF && !errors.As(cause, &quoting) {
		e.Problem = "unreadable multipart body"
		e.cause = cause
	}
	return e
}
