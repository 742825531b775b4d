package wire_test

import (
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestReading(t *testing.T) {
	yes, no := new(true), new(false)
	for _, test := range []struct {
		state    string
		captured *bool
		canceled bool
		want     wire.Reading
	}{
		{"success", yes, false, wire.ReadingCaptured},
		{"success", no, false, wire.ReadingHeld}, // the dearest mistake
		{"success", no, true, wire.ReadingCanceled},
		{"success", yes, true, wire.ReadingCaptured}, // what was taken is not let go by a word
		{"success", nil, false, wire.ReadingUnknown},
		{"success", nil, true, wire.ReadingUnknown},
		{"ok", yes, false, wire.ReadingCaptured},
		{"ok", no, false, wire.ReadingHeld},
		{"new", nil, false, wire.ReadingNew},
		{"new", yes, false, wire.ReadingNew},
		{"partial", nil, false, wire.ReadingNew},
		{"process", no, false, wire.ReadingProcess},
		{"pending", nil, false, wire.ReadingProcess},
		{"error", no, false, wire.ReadingFailed},
		{"error", yes, false, wire.ReadingFailed},
		{"failed", nil, false, wire.ReadingFailed},
		{"incomplete", nil, false, wire.ReadingFailed},
		{"", yes, false, wire.ReadingUnknown},
		{"Success", yes, false, wire.ReadingUnknown},
		{"revoked", no, false, wire.ReadingUnknown}, // a word of old, whose meaning no page gives
	} {
		got := wire.ReadingOf(test.state, test.captured, test.canceled)
		if got != test.want {
			t.Errorf("%q, captured %v, canceled %v: %v, want %v", test.state, test.captured, test.canceled, got, test.want)
		}
		if got.Captured() != (test.want == wire.ReadingCaptured) || got.Held() != (test.want == wire.ReadingHeld) {
			t.Errorf("%v: captured %v, held %v", got, got.Captured(), got.Held())
		}
	}
	for r, settled := range map[wire.Reading]bool{
		wire.ReadingUnknown: false, wire.ReadingNew: false, wire.ReadingProcess: false, wire.ReadingHeld: false,
		wire.ReadingCaptured: true, wire.ReadingCanceled: true, wire.ReadingFailed: true,
	} {
		if r.Settled() != settled {
			t.Errorf("%v is settled: %v", r, r.Settled())
		}
	}
	if s := wire.Reading(99).String(); s != "no reading" {
		t.Error(s)
	}
}
