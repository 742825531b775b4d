package middleware_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

func TestRequestIDIsNewForEveryCall(t *testing.T) {
	p := newPeer(t, answerAll)
	seen := map[string]bool{}
	for _, c := range allCalls {
		for range 2 {
			var meta wire.Meta
			if _, err := c.do(t.Context(), p.base(), nil, wire.WithMeta(&meta)); err != nil {
				t.Fatal(err)
			}
			id, err := uuid.Parse(meta.RequestID)
			if err != nil || id.Version() != 7 || id.String() != meta.RequestID {
				t.Errorf("request id %q", meta.RequestID)
			}
			seen[meta.RequestID] = true
		}
	}
	if len(seen) != 2*len(allCalls) {
		t.Errorf("%d ids for %d calls", len(seen), 2*len(allCalls))
	}
	for _, a := range p.arrived() {
		if ids := a.header.Values("X-Request-Id"); len(ids) != 1 || !seen[ids[0]] {
			t.Errorf("sent under %q", ids)
		}
	}
}

func TestWithRequestID(t *testing.T) {
	for id, ok := range map[string]bool{
		"b8f6d3c6-6f5a-7c35-8d2f-000000000001":          true,
		"B8F6D3C6-6F5A-4C35-8D2F-000000000001":          true, // any version: it may be the caller's own
		"b8f6d3c66f5a7c358d2f000000000001":              false,
		"{b8f6d3c6-6f5a-7c35-8d2f-000000000001}":        false,
		"urn:uuid:b8f6d3c6-6f5a-7c35-8d2f-000000000001": false,
		"b8f6d3c6-6f5a-7c35-8d2f-00000000000g":          false,
		"b8f6d3c6-6f5a-7c35-8d2f-00000000000\n":         false,
		"order 7":                                       false,
		" ":                                             false,
		"":                                              false, // it is no repeat under a new one
	} {
		p := newPeer(t, answerAll)
		answered, err := clientAdd.do(t.Context(), p.base(), nil, wire.WithRequestID(id))
		if ok {
			if err != nil || p.only(t).header.Get("X-Request-Id") != id {
				t.Errorf("%q: %v", id, err)
			}
			continue
		}
		if e := mustFail(t, clientAdd, answered, err); e.Kind != wire.ErrInvalidRequest || e.OutcomeUnknown || len(p.arrived()) != 0 {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestWithRequestIDSource(t *testing.T) {
	empty := errors.New("out of ids")
	for _, test := range []struct {
		id  string
		err error
		ok  bool
	}{
		{"b8f6d3c6-6f5a-7c35-8d2f-000000000001", nil, true},
		{"", empty, false},
		{"", nil, false},
		{"7", nil, false},
		{"b8f6d3c6-6f5a-7c35-8d2f-00000000000\n", nil, false},
	} {
		p := newPeer(t, answerAll)
		source := middleware.WithRequestIDSource(func() (string, error) { return test.id, test.err })
		answered, err := clientAdd.do(t.Context(), p.base(), []middleware.Option{source})
		if test.ok {
			if err != nil || p.only(t).header.Get("X-Request-Id") != test.id {
				t.Errorf("%q: %v", test.id, err)
			}
			continue
		}
		e := mustFail(t, clientAdd, answered, err)
		if e.Kind != wire.ErrInvalidRequest || test.err != nil && !errors.Is(err, test.err) || len(p.arrived()) != 0 {
			t.Errorf("%q: %v", test.id, err)
		}
	}
}

func TestRequestIDEditor(t *testing.T) {
	const id = "b8f6d3c6-6f5a-7c35-8d2f-000000000001"
	none := errors.New("none")
	request := func() *http.Request {
		req, err := http.NewRequest("GET", "https://pay.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	req := request()
	if err := middleware.RequestID(nil)(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	made, err := uuid.Parse(req.Header.Get("X-Request-Id"))
	if err != nil || made.Version() != 7 {
		t.Errorf("made %v, %v", made, err)
	}
	if err := middleware.RequestID(nil)(t.Context(), req); err != nil || req.Header.Get("X-Request-Id") != made.String() {
		t.Errorf("not kept on a repeat: %s, %v", req.Header.Get("X-Request-Id"), err)
	}
	req = request()
	source := func() (string, error) { return id, nil }
	if err := middleware.RequestID(source)(t.Context(), req); err != nil || req.Header.Get("X-Request-Id") != id {
		t.Errorf("not of the source: %s, %v", req.Header.Get("X-Request-Id"), err)
	}
	req = request()
	if err := middleware.RequestID(func() (string, error) { return "", none })(t.Context(), req); !errors.Is(err, none) {
		t.Error(err)
	}
	if req.Header.Get("X-Request-Id") != "" {
		t.Error("an id beside an error")
	}
}

// An id that an editor sets is the one that is told.
func TestRequestIDOfAnEditor(t *testing.T) {
	const id = "b8f6d3c6-6f5a-7c35-8d2f-000000000001"
	p := newPeer(t, answerAll)
	var meta wire.Meta
	_, err := clientAdd.do(t.Context(), p.base(), nil, wire.WithMeta(&meta), wire.WithEditor(setHeader("X-Request-Id", id)))
	if err != nil || meta.RequestID != id || p.only(t).header.Get("X-Request-Id") != id {
		t.Errorf("%q, %v", meta.RequestID, err)
	}
}
