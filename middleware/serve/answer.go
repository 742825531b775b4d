package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

var errNoAnswer = errors.New("serve: the service gave no answer and no error")

// Reply turns what a service returned into an answer in media, and seals it if
// that is XML. missing says that message is a nil of its type.
func (o Options) Reply(ctx context.Context, message codec.Message, missing bool, err error, media wire.Media, root string) (*Answer, error) {
	switch {
	case err != nil:
		return nil, err
	case missing:
		return nil, errNoAnswer
	}
	if o.Seal != nil && media == wire.XML {
		if err := o.Seal(ctx, root, message); err != nil {
			return nil, err
		}
	}
	return &Answer{Message: message, Media: media, Root: root}, nil
}

// Answer is an answer on its way out.
type Answer struct {
	// Message is what the handler returned, signed where answers are.
	Message codec.Message
	// Media is the form it takes.
	Media wire.Media
	// Root is its root element in XML.
	Root string
}

// LogValue describes the message, masked.
func (a Answer) LogValue() slog.Value {
	if a.Message == nil {
		return slog.StringValue("no answer")
	}
	return codec.LogValue(a.Message)
}

// Write writes the answer with status 200.
func (a Answer) Write(w http.ResponseWriter) error {
	var body []byte
	switch a.Media {
	case wire.JSON:
		body = codec.AppendJSON(nil, a.Message)
	case wire.XML:
		body = codec.AppendXML(nil, a.Root, a.Message)
	default:
		return fmt.Errorf("serve: an answer in %s cannot be written", a.Media)
	}
	w.Header().Set("Content-Type", string(a.Media))
	_, err := w.Write(body)
	return err
}
