package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freedompay-go/freedompay/gen/gateway"
	gatewayraw "github.com/freedompay-go/freedompay/gen/gateway/raw"
	gatewayserver "github.com/freedompay-go/freedompay/gen/gateway/server"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/serve"
	"github.com/freedompay-go/freedompay/wire"
)

// actions serve the operations of the Gateway API that a header field names, and
// note which one was called.
type actions struct {
	gatewayserver.Service // whose other operations nobody calls
	called                string
}

const (
	actionPayment = "01978d0e-b956-7ea2-9a42-32cff1f44ede"
	actionTime    = "2025-06-20T07:13:31Z"
)

func (a *actions) AsyncPaymentCreate(context.Context, *gateway.AsyncPaymentCreateRequest) (*gateway.AsyncPaymentCreateAnswer, error) {
	a.called = "gateway.asyncPaymentCreate"
	return &gateway.AsyncPaymentCreateAnswer{
		ID: actionPayment, Status: gateway.AsyncPaymentStatusProcess, Amount: wire.MustDecimal("100"), CreatedAt: wire.TimeLiteral(actionTime),
	}, nil
}

func (a *actions) AsyncPaymentRead(context.Context, *gateway.AsyncPaymentReadRequest) (*gateway.AsyncPaymentReadAnswer, error) {
	a.called = "gateway.asyncPaymentRead"
	return &gateway.AsyncPaymentReadAnswer{ID: actionPayment, Status: gateway.AsyncPaymentStatusError}, nil
}

func (a *actions) AsyncRequestRead(context.Context, *gateway.AsyncRequestReadRequest) (*gateway.AsyncRequestReadAnswer, error) {
	a.called = "gateway.asyncRequestRead"
	return &gateway.AsyncRequestReadAnswer{ID: actionPayment, Status: gateway.AsyncRequestStatusError}, nil
}

func (a *actions) AsyncPaymentRefund(context.Context, *gateway.AsyncPaymentRefundRequest) (*gateway.AsyncPaymentRefundAnswer, error) {
	a.called = "gateway.asyncPaymentRefund"
	return &gateway.AsyncPaymentRefundAnswer{ID: actionPayment}, nil
}

func (a *actions) AsyncPaymentReverse(context.Context, *gateway.AsyncPaymentReverseRequest) (*gateway.AsyncPaymentReverseAnswer, error) {
	a.called = "gateway.asyncPaymentReverse"
	return &gateway.AsyncPaymentReverseAnswer{ID: actionPayment}, nil
}

func (a *actions) AsyncPaymentClear(context.Context, *gateway.AsyncPaymentClearRequest) (*gateway.AsyncPaymentClearAnswer, error) {
	a.called = "gateway.asyncPaymentClear"
	return &gateway.AsyncPaymentClearAnswer{ID: actionPayment, Status: gateway.AsyncPaymentStatusProcessClearing}, nil
}

// The operations that X-Action names are told apart by it, from client to server:
// the typed client sends it, oapi-codegen's client does too, and the server routes
// by it.
func TestActions(t *testing.T) {
	service := new(actions)
	handler := gatewayserver.NewHandler(service, serve.Options{})
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	typed, err := gateway.New(wire.Environment(server.URL), credentials)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := gatewayraw.NewClientWithResponses(server.URL,
		gatewayraw.WithRequestEditorFn(middleware.RequestID(nil)), gatewayraw.WithRequestEditorFn(signHS256))
	if err != nil {
		t.Fatal(err)
	}
	ctx, amount := t.Context(), wire.MustDecimal("100")
	create := gateway.AsyncPaymentCreateRequest{
		Amount: amount, Currency: "KZT", Description: "Order 12345", OrderID: "ORD12345", AutoClearing: new(true),
		From: gateway.AsyncSource{Type: gateway.AsyncSourceTypeSaved, Card: &gateway.AsyncSourceCard{Token: wire.NewSecret("d6a069dc")}},
	}
	read := gateway.AsyncPaymentReadRequest{OrderID: "ORD12345"}
	result := gateway.AsyncRequestReadRequest{ID: actionPayment}
	refund := gateway.AsyncPaymentRefundRequest{ID: actionPayment, Amount: amount}
	reverse := gateway.AsyncPaymentReverseRequest{ID: actionPayment}
	clearing := gateway.AsyncPaymentClearRequest{ID: actionPayment, Amount: amount}

	calls := map[string]struct{ typed, raw func() (bool, error) }{
		"gateway.asyncPaymentCreate": {
			func() (bool, error) { answer, err := typed.AsyncPaymentCreate(ctx, &create); return answer != nil, err },
			func() (bool, error) {
				answer, err := raw.AsyncPaymentCreateWithResponse(ctx, create)
				return answer.JSON200 != nil, err
			},
		},
		"gateway.asyncPaymentRead": {
			func() (bool, error) { answer, err := typed.AsyncPaymentRead(ctx, &read); return answer != nil, err },
			func() (bool, error) {
				answer, err := raw.AsyncPaymentReadWithResponse(ctx, read)
				return answer.JSON200 != nil, err
			},
		},
		"gateway.asyncRequestRead": {
			func() (bool, error) { answer, err := typed.AsyncRequestRead(ctx, &result); return answer != nil, err },
			func() (bool, error) {
				answer, err := raw.AsyncRequestReadWithResponse(ctx, result)
				return answer.JSON200 != nil, err
			},
		},
		"gateway.asyncPaymentRefund": {
			func() (bool, error) { answer, err := typed.AsyncPaymentRefund(ctx, &refund); return answer != nil, err },
			func() (bool, error) {
				answer, err := raw.AsyncPaymentRefundWithResponse(ctx, refund)
				return answer.JSON200 != nil, err
			},
		},
		"gateway.asyncPaymentReverse": {
			func() (bool, error) {
				answer, err := typed.AsyncPaymentReverse(ctx, &reverse)
				return answer != nil, err
			},
			func() (bool, error) {
				answer, err := raw.AsyncPaymentReverseWithResponse(ctx, reverse)
				return answer.JSON200 != nil, err
			},
		},
		"gateway.asyncPaymentClear": {
			func() (bool, error) {
				answer, err := typed.AsyncPaymentClear(ctx, &clearing)
				return answer != nil, err
			},
			func() (bool, error) {
				answer, err := raw.AsyncPaymentClearWithResponse(ctx, clearing)
				return answer.JSON200 != nil, err
			},
		},
	}
	named := 0
	for _, op := range gateway.Operations() {
		if op.Select.Header == "" {
			continue
		}
		named++
		call, ok := calls[op.ID]
		if !ok {
			t.Errorf("nobody calls %s", op.ID)
			continue
		}
		for client, do := range map[string]func() (bool, error){"typed": call.typed, "raw": call.raw} {
			service.called, header = "", nil
			if answered, err := do(); err != nil || !answered || service.called != op.ID {
				t.Errorf("%s, %s client: %t, %v; called was %q", op.ID, client, answered, err, service.called)
			}
			if got := header.Values(op.Select.Header); len(got) != 1 || got[0] != op.Select.Value {
				t.Errorf("%s, %s client: %s is %q, want %q", op.ID, client, op.Select.Header, got, op.Select.Value)
			}
		}
	}
	if named != len(calls) {
		t.Errorf("%d operations are named by a header field, want %d", named, len(calls))
	}
}

// The header field is there before any editor runs, and so before the signature.
// It belongs to the operation, whoever wrote that.
func TestActionIsSetBeforeTheEditors(t *testing.T) {
	op := wire.Operation{
		ID: "test.refund", Method: "POST", Path: "/edit", Variant: "refund", Security: wire.JWSHS256, Answer: []wire.Media{wire.JSON},
		Select: wire.Select{Header: "X-Action", Value: "test.payment.refund"},
	}
	p := newPeer(t, answerJSON(`{}`))
	var seen string
	look := func(_ context.Context, req *http.Request) error {
		seen = req.Header.Get("X-Action")
		if req.Header.Get("X-JWS-Signature") != "" {
			t.Error("the editor runs after the signature")
		}
		return nil
	}
	c, err := middleware.NewCaller(wire.Environment(p.base()), credentials, middleware.WithEditor(look))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), &op, nil, new(wire.Unknown)); err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), &op, nil, new(wire.Unknown), wire.WithEditor(setHeader("X-Action", "another"))); err != nil {
		t.Fatal(err)
	}
	op.Select = wire.Select{}
	if err := c.Do(t.Context(), &op, nil, new(wire.Unknown)); err != nil {
		t.Fatal(err)
	}
	requests := p.arrived()
	if len(requests) != 3 {
		t.Fatalf("%d requests arrived", len(requests))
	}
	if seen != "" || requests[2].header.Values("X-Action") != nil {
		t.Errorf("an operation without a header field sends %q", requests[2].header.Values("X-Action"))
	}
	for i, want := range []string{"test.payment.refund", "another"} {
		if got := requests[i].header.Values("X-Action"); len(got) != 1 || got[0] != want {
			t.Errorf("X-Action is %q, want %q", got, want)
		}
		hs256.check(t, requests[i])
	}
}
