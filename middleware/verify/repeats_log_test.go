package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/wire"
)

// logger writes lines of JSON without a time to b.
func logger(b *buffer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// lines is what was logged.
func (b *buffer) lines(t testing.TB) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(b.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		all = append(all, fields)
	}
	return all
}

// What the caller did is a warning; what the server has to mend is an error.
func TestRepeatsLogWhyTheyRefuse(t *testing.T) {
	for _, test := range []struct {
		cause error
		level string
	}{
		{errBody, "WARN"},
		{errKeys, "WARN"},
		{errUnread, "WARN"},
		{errNoScalar, "WARN"},
		{errBusy, "WARN"},
		{errConflict, "WARN"},
		{errRepeated, "WARN"},
		{errTooLong, "WARN"},
		{errStore, "ERROR"},
		{fmt.Errorf("%w: %w", errStore, errors.New("connection refused")), "ERROR"},
		{errUnverified, "ERROR"},
		{errLate, "ERROR"},
	} {
		log := new(buffer)
		opts, err := RepeatsOptions{Find: find, Logger: logger(log)}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		p := &repeats{opts: opts}
		identity := strings.Repeat("1", 1000)
		r := httptest.NewRequest("PUT", "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), identityKey{}, identity))
		w := httptest.NewRecorder()
		p.refuse(w, r, byOrder, test.cause, answer(http.StatusTeapot, "refused"))
		if w.Code != http.StatusTeapot {
			t.Errorf("%v: answered %d", test.cause, w.Code)
		}
		want := []map[string]any{{
			"level": test.level, "msg": "request not carried out", "operation": "test.create", "method": "PUT",
			"identity": shorten(identity), "reason": test.cause.Error(),
		}}
		if got := log.lines(t); !reflect.DeepEqual(got, want) {
			t.Errorf("logged %v, want %v", got, want)
		}
	}
}

// A repeat that came too early has met no fault.
func TestRepeatsLogThatTheFirstIsAtWork(t *testing.T) {
	log := new(buffer)
	var server http.Handler
	c := to(byOrder, `{"order_id":"1"}`)
	handler := counting{answer: func(http.ResponseWriter, *http.Request) { c.send(t, server) }}
	noSleep := func(context.Context, time.Duration) error { return nil }
	server = behind(t, RepeatsOptions{Sleep: noSleep, Logger: logger(log)}, &handler)
	c.send(t, server)
	handler.want(t, 1)
	if got := log.lines(t); len(got) != 1 || got[0]["level"] != "WARN" || got[0]["reason"] != errBusy.Error() {
		t.Errorf("logged %v", got)
	}
}

// A store that fails is not asked again, whatever it says beside, and its error is what
// is logged.
func TestRepeatsLogWhatTheStoreSays(t *testing.T) {
	for _, state := range []repeat.State{0, repeat.Granted, repeat.Busy, repeat.Finished} {
		log := new(buffer)
		var handler counting
		server := behind(t, RepeatsOptions{
			Store:  failing{claim: repeat.Claim{State: state}, err: errors.New("connection refused")},
			Secret: wire.NewSecret("s"), Logger: logger(log),
			Sleep: func(context.Context, time.Duration) error {
				t.Error("waited")
				return nil
			},
		}, &handler)
		if got := to(byOrder, `{"order_id":"1"}`).send(t, server); got.Code != http.StatusServiceUnavailable {
			t.Errorf("%v: got %d %s", state, got.Code, got.Body)
		}
		handler.want(t, 0)
		if got := log.lines(t); len(got) != 1 || got[0]["level"] != "ERROR" || got[0]["reason"] != "the store failed: connection refused" {
			t.Errorf("%v: logged %v", state, got)
		}
	}
}

// failing is a store whose claims fail, and say something all the same.
type failing struct {
	repeat.Store
	claim repeat.Claim
	err   error
}

func (s failing) Claim(context.Context, string, time.Duration) (repeat.Claim, error) {
	return s.claim, s.err
}

// There is nothing to say of what goes as it should.
func TestRepeatsLogNothingElse(t *testing.T) {
	log := new(buffer)
	var handler counting
	server := behind(t, RepeatsOptions{Logger: logger(log)}, &handler)
	for range 2 {
		to(byOrder, `{"order_id":"1"}`).send(t, server)
		to(withoutKey, `{}`).send(t, server)
	}
	handler.want(t, 3)
	if got := log.lines(t); got != nil {
		t.Errorf("logged %v", got)
	}
}

// Of a handler that ends late both are logged: that it was late, and that it has ended.
func TestRepeatsLogALateHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(buffer)
		handler := counting{answer: func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) }}
		server := behind(t, RepeatsOptions{Timeout: time.Second, Logger: logger(log)}, &handler)
		if got := to(byOrder, `{"order_id":"1"}`).send(t, server); got.Code != http.StatusServiceUnavailable {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
		if got := log.lines(t); len(got) != 1 || got[0]["level"] != "ERROR" || got[0]["reason"] != errLate.Error() {
			t.Errorf("logged %v", got)
		}
		time.Sleep(time.Hour)
		if got := log.lines(t); len(got) != 2 || got[1]["level"] != "WARN" || !strings.Contains(fmt.Sprint(got[1]["msg"]), "ended late") {
			t.Errorf("then logged %v", got)
		}
	})
}

// Where a handler panicked is logged, and of what it panicked with the type alone.
func TestRepeatsLogWhereAHandlerPanicked(t *testing.T) {
	log := new(buffer)
	server := behind(t, RepeatsOptions{Logger: logger(log)}, http.HandlerFunc(panicking))
	to(byOrder, `{"order_id":"1"}`).send(t, server)
	got := log.lines(t)
	if len(got) != 1 || got[0]["level"] != "ERROR" || got[0]["panicked with"] != "string" ||
		!strings.Contains(fmt.Sprint(got[0]["stack"]), "verify.panicking") || strings.Contains(log.String(), "4400444400004440") {
		t.Errorf("logged %v", got)
	}
}

func panicking(http.ResponseWriter, *http.Request) { panic("4400444400004440") }
