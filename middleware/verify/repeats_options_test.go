package verify

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/wire"
)

// How long the defaults are is a choice; that they are no moment is not.
func TestRepeatsHaveDefaults(t *testing.T) {
	got, err := RepeatsOptions{Find: find}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if got.Timeout < 10*time.Second || got.Wait < time.Second || got.Wait >= got.Timeout || got.Keep < 24*time.Hour || got.MaxAnswer < 1<<12 {
		t.Errorf("got %v, %v, %v, %d", got.Timeout, got.Wait, got.Keep, got.MaxAnswer)
	}
	own := RepeatsOptions{Find: find, Timeout: 1, Wait: 2, Keep: 3, MaxAnswer: 4}
	if got, err = own.withDefaults(); err != nil || got.Timeout != 1 || got.Wait != 2 || got.Keep != 3 || got.MaxAnswer != 4 {
		t.Errorf("of the caller's: got %v, %v, %v, %d (%v)", got.Timeout, got.Wait, got.Keep, got.MaxAnswer, err)
	}
}

// Another request with the key is answered in the form of the caller's API.
func TestRepeatsAnswerAConflictAsToldTo(t *testing.T) {
	var handler counting
	server := behind(t, RepeatsOptions{Conflict: func(w http.ResponseWriter, r *http.Request, op wire.Operation) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, op.ID, " by ", r.Method)
	}}, &handler)
	to(byOrder, `{"order_id":"1"}`).send(t, server)
	got := to(byOrder, `{"order_id":"1","amount":1}`).send(t, server)
	if got.Code != http.StatusTeapot || got.Body.String() != "test.create by POST" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	handler.want(t, 1)
}

// A wait ends with the request, and says so.
func TestRepeatsSleepAsLongAsSomebodyWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := sleep(ctx, time.Nanosecond); err != nil {
		t.Errorf("got %v", err)
	}
	cancel()
	if err := sleep(ctx, 1000*time.Hour); err != context.Canceled {
		t.Errorf("got %v after the end", err)
	}
}
