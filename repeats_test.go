package freedompay_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// counting counts the attempts to send that losing loses the answers to.
type counting struct {
	losing
	attempts int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.attempts++
	return c.losing.RoundTrip(r)
}

// docs/repeats.md says of every operation whether the client makes a call again whose
// answer was lost, and that is what the client does.
func TestRepeatsAreWhatTheDocumentSays(t *testing.T) {
	says := map[string]string{}
	section := ""
	sections := map[string]string{
		"Freedom Pay Card API": "card", "Freedom ID API": "freedomid", "Freedom Pay Gateway API": "gateway",
		"Freedom Pay Installment API": "installment", "Freedom Pay Merchant API": "merchant", "Freedom Pay Partner API": "partner",
	}
	for line := range strings.Lines(string(read(t, "docs/repeats.md"))) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = sections[strings.TrimSpace(title)]
		}
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") && len(cells) >= 5 {
			says[section+"."+strings.Trim(cells[0], "| `")] = strings.TrimSpace(cells[4])
		}
	}
	sleep := func(context.Context, time.Duration) error { return nil }
	by := wire.NewCredentials("123456", "secret")
	by.PayoutSecret = wire.NewSecret("payout secret")
	tried := map[string]int{}
	for _, op := range specOperations(t) {
		o := bodies[op.id]
		if strings.HasPrefix(op.id, "callback.") {
			continue
		}
		lost := &counting{}
		opts := []middleware.Option{middleware.WithTransport(lost), middleware.WithClock(time.Now, sleep)}
		call := []wire.CallOption{wire.WithoutValidation()}
		if o.Security == wire.Bearer {
			call = append(call, wire.WithBearer(wire.NewSecret("token")))
		}
		request := o.NewRequest()
		if request != nil {
			request = exampleRequest(t, op)
		}
		_, err := o.Call(t.Context(), "http://localhost:1", by, request, opts, call...)
		if (o.Effect == wire.Write) != errors.Is(err, wire.ErrUnknownOutcome) {
			t.Errorf("%s: the answer was lost, and the error is %v", op.id, err)
		}
		want := 1
		switch says[op.id] {
		case "yes", "by its key":
			want = middleware.DefaultAttempts
		case "by its key, where the call has it":
			if lost.sent[o.Repeat.Key] != "" {
				want = middleware.DefaultAttempts
			}
		case "no", "when nothing was done":
		default:
			t.Errorf("%s: the document says %q", op.id, says[op.id])
		}
		if lost.attempts != want {
			t.Errorf("%s: sent %d times, and the document says %q", op.id, lost.attempts, says[op.id])
		}
		tried[says[op.id]]++
	}
	if len(tried) != 5 {
		t.Errorf("not every kind of operation was tried: %v", tried)
	}
}
