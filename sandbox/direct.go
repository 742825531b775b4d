package sandbox

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// directPath is where a payer's browser brings the request of init_payment
// itself, instead of the merchant's server.
const directPath = "/payment.php"

// mountDirect serves payment.php: what a browser brings there creates a payment,
// as init_payment does, and sends the browser on to the payment's page. A fault
// is shown as init_payment answers it: what the real page shows is not
// documented.
func (s *Sandbox) mountDirect(api formAPI) error {
	create := wire.Operation{}
	for _, op := range api.operations {
		if op.ID == "merchant.paymentCreate" {
			create = op
		}
	}
	if create.ID == "" {
		return errors.New("sandbox: there is no operation merchant.paymentCreate")
	}
	handler, err := s.signed(api, func(*http.Request) wire.Operation { return create }, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = create.Path, ""
		answer := &answerBuffer{header: http.Header{}, status: http.StatusOK}
		api.handler.ServeHTTP(answer, r)
		if doc, err := codec.ParseXML(answer.body.Bytes(), codec.Limits{}); err == nil {
			if page, ok := doc.Lookup("pg_redirect_url"); ok {
				seeOther(page).ServeHTTP(w, r)
				return
			}
		}
		answer.copyTo(w)
	}))
	if err == nil {
		s.mux.Handle(directPath, handler)
	}
	return err
}

// answerBuffer is an answer that is looked at before it goes out.
type answerBuffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *answerBuffer) Header() http.Header { return b.header }

func (b *answerBuffer) WriteHeader(status int) { b.status = status }

func (b *answerBuffer) Write(p []byte) (int, error) { return b.body.Write(p) }

func (b *answerBuffer) copyTo(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.WriteHeader(b.status)
	_, _ = w.Write(b.body.Bytes())
}
