package sandbox

import (
	"errors"
	"fmt"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// The error codes that the sandbox gives besides those of test cards. What the
// pages say of codes is thin: 1100, 9998 and 11068 have a meaning there, 9403 is
// in an example of the asynchronous Gateway API, 10004 in one of a transfer.
const (
	codeSignature = "1100"  // the signature is wrong
	codeInput     = "9403"  // wrong input parameters
	codeShop      = "9998"  // the merchant was not identified
	codeOther     = "9999"  // the filler of the pages' examples
	codeThreeDS   = "10004" // 3DS went wrong
	codeCard      = "10005" // wrong card data, by a list of public programs
	codeNotFound  = "11068" // there is no such payment
)

// fault is an error that goes out as pg_status error with a code and a text.
type fault struct{ code, text string }

func (f *fault) Error() string { return f.code + ": " + f.text }

// wrong is a fault of what the request says.
func wrong(format string, args ...any) *fault {
	return &fault{codeInput, fmt.Sprintf(format, args...)}
}

// impossible is the fault of a request for what cannot be done as things are: a
// payment in the wrong state, too large an amount. No page documents a code for
// it; this is the one of the pages' examples, where the text is ERROR_MESSAGE.
func impossible(format string, args ...any) *fault {
	return &fault{codeOther, fmt.Sprintf(format, args...)}
}

// notFound is the fault of a request for a payment that does not exist, in the
// words of the status calls' pages.
func notFound() *fault { return &fault{codeNotFound, "Payment not found."} }

// fill turns m, an answer with pg_status, into one that reports f. What it says
// besides stays, members that the documentation requires and that have no value
// are left out.
func fill(m codec.Message, f *fault, now wire.Time) {
	fields := m.WireFields()
	said := map[string]string{"pg_status": "error", "pg_error_code": f.code, "pg_error_description": f.text}
	for i, field := range fields.Type.Fields {
		empty := false
		switch ref := fields.Refs[i].(type) {
		case *string:
			if text, ok := said[field.Name]; ok {
				*ref = text
			}
			empty = *ref == ""
		case *bool:
			empty = !*ref
		case *wire.Time:
			if field.Name == "pg_datetime" && !ref.IsSet() {
				*ref = now
			}
		}
		if empty && field.Required && !field.Supplied && fields.Extra != nil {
			fields.Extra.SetForm(field.Name, wire.FormAbsent)
		}
	}
}

// asFault returns the fault that err is, if it is one.
func asFault(err error) (*fault, bool) {
	f := (*fault)(nil)
	return f, errors.As(err, &f)
}
