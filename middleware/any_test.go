package middleware_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// A code that only failures have tells of one whatever it is, also when no page has
// it.
func TestAnyCodeIsAFailure(t *testing.T) {
	op := wire.Operation{
		ID: "test.any", Method: http.MethodPost, Path: "/any", Security: wire.JWSHS256, Answer: []wire.Media{wire.JSON},
		Failure: wire.Failure{
			Member: "error_code", Any: true, Except: []string{"0"}, Code: "error_code", Text: "error_description",
			Kinds: map[string]wire.Kind{"1002": wire.ErrNotFound},
		},
	}
	for body, want := range map[string]error{
		`{"id":"1"}`:                       nil,
		`{"id":"1","error_code":null}`:     nil,
		`{"id":"1","error_code":""}`:       nil,
		`{"id":"1","error_code":0}`:        nil,
		`{"id":"1","error_code":"0"}`:      nil,
		`{"id":"1","error_code":1002}`:     wire.ErrNotFound,
		`{"id":"1","error_code":"4711"}`:   wire.ErrRejected,
		`{"id":"1","error_code":"00"}`:     wire.ErrRejected,
		`{"error_code":0,"error_code":17}`: wire.ErrUnexpectedAnswer,
	} {
		p := newPeer(t, answerWith(200, "application/json", body))
		caller, err := middleware.NewCaller(wire.Environment(p.base()), wire.NewCredentials("123456", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		if err := caller.Do(t.Context(), &op, nil, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
}

// An error that is part of what was asked about is no failure of the call, and an
// error with nothing else is.
func TestAnErrorUnlessItIsAskedAbout(t *testing.T) {
	op := wire.Operation{
		ID: "test.unless", Method: http.MethodPost, Path: "/unless", Security: wire.JWSHS256, Answer: []wire.Media{wire.JSON}, Effect: wire.Read,
		Failure: wire.Failure{
			Member: "error", Any: true, Unless: "status", Code: "error.code", Text: "error.description",
			Kinds: map[string]wire.Kind{"1002": wire.ErrNotFound},
		},
	}
	for body, want := range map[string]error{
		`{"id":"1","status":"success"}`:                         nil,
		`{"id":"1","status":"error","error":{"code":"1002"}}`:   nil,
		`{"error":{"code":"1002","description":"not there"}}`:   wire.ErrNotFound,
		`{"id":"1","error":{"code":"9403"}}`:                    wire.ErrRejected,
		`{"error":{"code":"1"},"status":"ok","status":"error"}`: wire.ErrUnexpectedAnswer,
		`{"error":{"code":"1"},"error":{"code":"2"}}`:           wire.ErrUnexpectedAnswer,
	} {
		p := newPeer(t, answerWith(200, "application/json", body))
		caller, err := middleware.NewCaller(wire.Environment(p.base()), wire.NewCredentials("123456", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		if err := caller.Do(t.Context(), &op, nil, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
}
