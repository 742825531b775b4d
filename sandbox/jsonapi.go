package sandbox

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// jsonAPI is what of an API lies under a path and is signed with a JWS.
type jsonAPI struct {
	path string
	// scheme signs what is no operation. Operations are signed as they say
	// themselves: under one path there may be several schemes.
	scheme     wire.Scheme
	operations []wire.Operation
	handler    http.Handler
}

// mountJSON serves the operations of an API that are signed with a JWS. What is none of
// them is not found, but only by who has signed that too.
func (s *Sandbox) mountJSON(api jsonAPI) error {
	verified := map[wire.Scheme]http.Handler{}
	once, err := s.repeats(api.operations, s.headers(api.handler))
	if err != nil {
		return err
	}
	next := answersFirst(once)
	for _, scheme := range []wire.Scheme{wire.JWSHS256, wire.JWSHS512, wire.JWSMerchant2025} {
		handler, err := s.verified(scheme, next)
		if err != nil {
			return err
		}
		verified[scheme] = handler
	}
	find := serve.Options{}.Find(api.operations)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := find(r)
		signed, ok := verified[op.Security]
		if !ok {
			signed = verified[api.scheme]
		}
		signed.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), operationKey{}, op)))
	})
	s.mux.Handle(api.path, handler)
	// Else the router would redirect from there, before anybody has looked at a signature.
	s.mux.Handle(strings.TrimSuffix(api.path, "/"), handler)
	return nil
}

// requestStatusHeader is a header field of answers that no page explains. The pages of
// the asynchronous Gateway API show success and error in the field of the same name.
const requestStatusHeader = "X-Request-Status"

// hasHeaders reports whether the page of an operation shows header fields of its
// answer.
func hasHeaders(op wire.Operation) bool {
	switch api, _, _ := strings.Cut(op.ID, "."); api {
	case "installment":
		return true
	case "merchant":
		return op.Security == wire.JWSHS256
	}
	return op.ID == "partner.invoicesInfo"
}

// headers adds the header fields that answers have, if their pages show any.
func (s *Sandbox) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(middleware.RequestIDHeader)
		if op, ok := r.Context().Value(operationKey{}).(wire.Operation); ok && hasHeaders(op) {
			if id != "" {
				w.Header().Set(middleware.RequestIDHeader, id)
			}
			w.Header().Set("X-DateTime", s.dt().String())
			w.Header().Set(requestStatusHeader, "success")
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

type requestIDKey struct{}

// onceBy is what keeps an operation from being carried out twice for one X-Request-Id,
// which the pages call unique: the second request gets the first answer. What the real
// service does with it no page says.
func onceBy(ctx context.Context, operation string) once {
	id, _ := ctx.Value(requestIDKey{}).(string)
	if id == "" {
		return once{}
	}
	return once{operation, operation + " " + id}
}

// refusal is why an operation refuses a request: unlike what package serve refuses,
// the request was for an operation.
type refusal string

func (r refusal) Error() string { return string(r) }

// refusedWith is an error that goes out with a status of HTTP.
func refusedWith(status int, text string) error {
	err := serve.Refuse(refusal(text))
	if refused := (*serve.Refusal)(nil); errors.As(err, &refused) {
		refused.Status = status
	}
	return err
}
