package freedompay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/card"
	"github.com/freedompay-go/freedompay/gen/catalog"
	passport "github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/installment"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// losing loses every answer, and keeps the last request.
type losing struct {
	path string
	sent map[string]string
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	l.path, l.sent = r.URL.Path, map[string]string{}
	switch media := r.Header.Get("Content-Type"); {
	case media == string(wire.JSON):
		var members map[string]any
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		if err := d.Decode(&members); err != nil {
			return nil, err
		}
		for name, v := range members {
			l.sent[name] = fmt.Sprint(v)
		}
	case media != "":
		m, err := pgform.Read(r, body, codec.Limits{})
		if err != nil {
			return nil, err
		}
		for _, p := range m.Pairs() {
			l.sent[p.Name] = p.Value
		}
	}
	for name, values := range r.URL.Query() {
		l.sent[name] = values[0]
	}
	return nil, io.ErrUnexpectedEOF
}

// through sends each call once, through transport.
func through(transport http.RoundTripper) middleware.Option {
	return func(c *middleware.Caller) error {
		return errors.Join(middleware.WithoutRetries()(c), middleware.WithTransport(transport)(c))
	}
}

// resolve asks with the package of the operation's API.
func resolve(ctx context.Context, api string, failure error, env wire.Environment, by wire.Credentials, opt middleware.Option, opts ...wire.CallOption) error {
	var err error
	switch api {
	case "card":
		client, _ := card.New(env, by, opt)
		_, err = card.Resolve(ctx, client, failure, opts...)
	case "freedomid":
		client, _ := passport.New(env, by, opt)
		_, err = passport.Resolve(ctx, client, failure, opts...)
	case "gateway":
		client, _ := gateway.New(env, by, opt)
		_, err = gateway.Resolve(ctx, client, failure, opts...)
	case "installment":
		client, _ := installment.New(env, by, opt)
		_, err = installment.Resolve(ctx, client, failure, opts...)
	case "merchant":
		client, _ := merchant.New(env, by, opt)
		_, err = merchant.Resolve(ctx, client, failure, opts...)
	case "partner":
		client, _ := partner.New(env, by, opt)
		_, err = partner.Resolve(ctx, client, failure, opts...)
	default:
		err = errors.New("no package " + api)
	}
	return err
}

// Of every operation of which the specs name another that tells its fate: when the
// answer is lost, the error says what to ask, and Resolve asks it.
func TestEveryLostCallCanBeAskedFor(t *testing.T) {
	const env = wire.Environment("http://localhost:1")
	by := wire.NewCredentials("123456", "secret")
	by.PayoutSecret = wire.NewSecret("payout secret")
	asked := 0
	for _, op := range specOperations(t) {
		with := op.get("x-resolve-with").text()
		if with == "" {
			continue
		}
		asked++
		t.Run(op.id, func(t *testing.T) {
			o, request := bodies[op.id], exampleRequest(t, op)
			lost, again := &losing{}, &losing{}
			var bearer []wire.CallOption
			if o.Security == wire.Bearer {
				bearer = append(bearer, wire.WithBearer(wire.NewSecret("token")))
			}
			_, failure := o.Call(t.Context(), env, by, request, []middleware.Option{through(lost)},
				append(bearer, wire.WithoutValidation())...)
			if !errors.Is(failure, wire.ErrUnknownOutcome) {
				t.Fatalf("the answer was lost, and the error is %v", failure)
			}
			inquiry, err := wire.InquiryOf(failure)
			if err != nil {
				t.Fatal(err)
			}
			if want := o.API + "." + with; inquiry.Operation != want {
				t.Errorf("it says to ask %s, and the specs %s", inquiry.Operation, want)
			}
			if len(inquiry.Arguments) == 0 {
				t.Error("it does not say what to ask by")
			}
			for _, a := range inquiry.Arguments {
				if lost.sent[a.Name] != a.Value {
					t.Errorf("it says to ask by %s %s, and %q was sent", a.Name, a.Value, lost.sent[a.Name])
				}
			}
			teller := bodies[inquiry.Operation]
			err = resolve(t.Context(), o.API, failure, env, by, through(again), bearer...)
			if !errors.Is(err, wire.ErrUnknownOutcome) {
				t.Errorf("the fate is still unknown, and the error of asking is %v", err)
			}
			if slices.ContainsFunc(codec.Validate(filledBy(t, teller, inquiry)), func(v wire.Violation) bool { return v.Rule == "required" }) {
				// The call did not know all that has to be asked by.
				if !errors.Is(err, wire.ErrInvalidRequest) || again.path != "" {
					t.Errorf("asked with too little: %v", err)
				}
				return
			}
			if again.path != teller.Path {
				t.Errorf("asked at %q, not at %q: %v", again.path, teller.Path, err)
			}
			// Who asks until it is known may go on with the last error.
			more := &losing{}
			if err = resolve(t.Context(), o.API, err, env, by, through(more), bearer...); !errors.Is(err, wire.ErrUnknownOutcome) || more.path != again.path {
				t.Errorf("asked at %q for the second time: %v", more.path, err)
			}
			for _, a := range inquiry.Arguments {
				if again.sent[a.Name] != a.Value || more.sent[a.Name] != a.Value {
					t.Errorf("asked by %s %q, then %q, not %q", a.Name, again.sent[a.Name], more.sent[a.Name], a.Value)
				}
			}
		})
	}
	if asked < 40 {
		t.Errorf("only %d operations", asked)
	}
}

// silentAPI fails with an error that is not the client's.
type silentAPI struct{ gateway.API }

func (silentAPI) PaymentStatus(context.Context, *gateway.PaymentStatusRequest, ...wire.CallOption) (*gateway.PaymentStatusAnswer, error) {
	return nil, io.ErrClosedPipe
}

// Whatever goes wrong with asking, the fate stays unknown, and can be asked for.
func TestAskingFails(t *testing.T) {
	failure := wire.NewError(wire.ErrUnknownOutcome, "gateway.cardPay", nil)
	failure.OutcomeUnknown = true
	failure.Inquiry = &wire.Inquiry{Operation: "gateway.paymentStatus", Arguments: []wire.Argument{{Name: "pg_order_id", Value: "8841"}}}
	_, resolved := gateway.Resolve(t.Context(), silentAPI{}, failure)
	_, reconciled := gateway.Reconcile(t.Context(), silentAPI{}, "8841")
	for _, err := range []error{resolved, reconciled} {
		inquiry, none := wire.InquiryOf(err)
		if !errors.Is(err, wire.ErrUnknownOutcome) || !errors.Is(err, io.ErrClosedPipe) || none != nil || !reflect.DeepEqual(inquiry, failure.Inquiry) {
			t.Errorf("%v, %v", err, none)
		}
	}
}

// What there is nothing to ask for is said, and is no answer.
func TestNothingToAskFor(t *testing.T) {
	client, err := gateway.New("http://localhost:1", wire.NewCredentials("123456", "secret"), through(&losing{}))
	if err != nil {
		t.Fatal(err)
	}
	known := wire.NewError(wire.ErrRejected, "gateway.cardPay", nil)
	open := wire.NewError(wire.ErrUnknownOutcome, "gateway.savedCardRemove", nil)
	open.OutcomeUnknown = true
	foreign := wire.NewError(wire.ErrUnknownOutcome, "card.cardIssue", nil)
	foreign.OutcomeUnknown, foreign.Inquiry = true, &wire.Inquiry{Operation: "card.requestStatus"}
	for _, c := range []struct {
		failure error
		open    bool
		says    string
	}{
		{nil, false, "there is no outcome to ask for"},
		{io.EOF, false, "there is no outcome to ask for"},
		{known, false, "there is no outcome to ask for"},
		{open, true, "gateway.savedCardRemove: invalid request (unknown outcome): no operation is documented that tells"},
		{foreign, true, "card.requestStatus: invalid request (unknown outcome): package gateway does not have this operation"},
	} {
		r, err := gateway.Resolve(t.Context(), client, c.failure)
		if r != nil || !errors.Is(err, wire.ErrInvalidRequest) || errors.Is(err, wire.ErrUnknownOutcome) != c.open || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%v: %v, %v", c.failure, r, err)
		}
	}
}

// filledBy is a request of the operation that tells, with what is to be asked by.
func filledBy(t *testing.T, teller catalog.Operation, inquiry *wire.Inquiry) codec.Message {
	t.Helper()
	members := map[string]string{}
	for _, a := range inquiry.Arguments {
		members[a.Name] = a.Value
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	request, err := teller.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// exampleRequest is the example of a request in the spec of its operation.
func exampleRequest(t *testing.T, op specOperation) codec.Message {
	t.Helper()
	var query []string
	for _, p := range op.get("parameters").items() {
		if example := p.get("example"); example.ok() {
			query = append(query, fmt.Sprintf("%q:%s", p.get("name").text(), example.json(t)))
		}
	}
	text := "{" + strings.Join(query, ",") + "}"
	for _, media := range op.get("requestBody").get("content").members() {
		text = media.get("example").json(t)
	}
	request, err := bodies[op.id].Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return request
}
