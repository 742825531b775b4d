package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

func TestTimeInstant(t *testing.T) {
	for lit, want := range map[string]string{
		"2025-06-20T07:13:31Z":                  "2025-06-20T07:13:31Z",
		"2025-06-20T07:13:31.068188524Z":        "2025-06-20T07:13:31.068188524Z",
		"2019-08-24T14:15:22.123Z":              "2019-08-24T14:15:22.123Z",
		"2024-10-07T06:33:20+00:00":             "2024-10-07T06:33:20Z",
		"2026-03-23T19:02:52+05:00":             "2026-03-23T19:02:52+05:00",
		"2026-03-23T19:02:52+0500":              "2026-03-23T19:02:52+05:00",
		"2026-03-23 19:02:52-03:30":             "2026-03-23T19:02:52-03:30",
		"2026-03-23 19:02:52.5+0500":            "2026-03-23T19:02:52.5+05:00",
		"2025-06-20T07:13:31.0681885241234567Z": "2025-06-20T07:13:31.068188524Z",
		"2024-02-29T23:59:59Z":                  "2024-02-29T23:59:59Z",
		"0000-01-01T00:00:00Z":                  "0000-01-01T00:00:00Z",
	} {
		got, err := wire.TimeLiteral(lit).Instant()
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s = %s, %v; want %s", lit, got.Format(time.RFC3339Nano), err, want)
		}
		if almaty, err := wire.TimeLiteral(lit).In(time.FixedZone("", 5*3600)); err != nil || !almaty.Equal(got) {
			t.Errorf("%s: the zone in the literal did not win: %s, %v", lit, almaty, err)
		}
	}
	for lit, want := range map[string]error{
		"":                            wire.ErrNotSet,
		"2023-09-20 12:00:00":         wire.ErrNoZone,
		"2023-09-20T12:00:00.5":       wire.ErrNoZone,
		"2023-09-20":                  wire.ErrNoZone,
		"86400":                       wire.ErrNotTime,
		"2023-09-20 12:00":            wire.ErrNotTime,
		"2023-09-20 2:00:00Z":         wire.ErrNotTime,
		"2023-09-20T12:00:00,5Z":      wire.ErrNotTime,
		"2023-09-20T12:00:00.Z":       wire.ErrNotTime,
		"2023-09-20T12:00:00 Z":       wire.ErrNotTime,
		"2023-09-20T12:00:00z":        wire.ErrNotTime,
		"2023-09-20T12:00:00+5":       wire.ErrNotTime,
		"2023-09-20T12:00:00+24:00":   wire.ErrNotTime,
		"2023-09-20T12:00:00+05:60":   wire.ErrNotTime,
		"2023-09-20T24:00:00Z":        wire.ErrNotTime,
		"2023-09-20T12:60:00Z":        wire.ErrNotTime,
		"2023-09-20T12:00:60Z":        wire.ErrNotTime,
		"2023-13-20T12:00:00Z":        wire.ErrNotTime,
		"2023-02-29T12:00:00Z":        wire.ErrNotTime,
		"2023-09-20Z":                 wire.ErrNotTime,
		"20.09.2023":                  wire.ErrNotTime,
		"2023-09-20T12:00:00Z\n":      wire.ErrNotTime,
		" 2023-09-20T12:00:00Z":       wire.ErrNotTime,
		"4111111111111111":            wire.ErrNotTime,
		"２０２３-09-20T12:00:00Z":        wire.ErrNotTime,
		"2023-09-20T12:00:00Z and on": wire.ErrNotTime,
	} {
		got, err := wire.TimeLiteral(lit).Instant()
		if !errors.Is(err, want) || !got.IsZero() {
			t.Errorf("%q = %s, %v; want %v", lit, got, err, want)
		}
		if err != nil && lit != "" && strings.Contains(err.Error(), lit) {
			t.Errorf("error quotes the literal: %v", err)
		}
	}
}

func TestTimeIn(t *testing.T) {
	almaty := time.FixedZone("Almaty", 5*3600)
	for lit, want := range map[string]string{
		"2023-09-20 12:00:00":       "2023-09-20T12:00:00+05:00",
		"2023-09-20T12:00:00.25":    "2023-09-20T12:00:00.25+05:00",
		"2023-09-20":                "2023-09-20T00:00:00+05:00",
		"2023-09-20T12:00:00Z":      "2023-09-20T12:00:00Z",
		"2023-09-20T12:00:00+06:00": "2023-09-20T12:00:00+06:00",
	} {
		got, err := wire.TimeLiteral(lit).In(almaty)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s = %s, %v; want %s", lit, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for lit, want := range map[string]error{"": wire.ErrNotSet, "2023-02-30": wire.ErrNotTime, "86400": wire.ErrNotTime} {
		if _, err := wire.TimeLiteral(lit).In(almaty); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", lit, err, want)
		}
	}
	if _, err := wire.TimeLiteral("2023-09-20").In(nil); !errors.Is(err, wire.ErrNoZone) {
		t.Errorf("nil location: %v", err)
	}
}

// The machine's own zone must not show in a result, even where its offset is the
// literal's.
func TestTimeIgnoresLocal(t *testing.T) {
	local := time.Local
	defer func() { time.Local = local }()
	time.Local = time.FixedZone("MACHINE", 5*3600)
	got, err := wire.TimeLiteral("2026-03-23T19:02:52+05:00").Instant()
	if name, _ := got.Zone(); err != nil || name == "MACHINE" {
		t.Errorf("zone %q, %v", name, err)
	}
}

func TestTimeOf(t *testing.T) {
	for _, test := range []struct {
		t    time.Time
		want string
	}{
		{time.Time{}, ""},
		{time.Date(2026, 3, 23, 19, 2, 52, 0, time.UTC), "2026-03-23T19:02:52Z"},
		{time.Date(2026, 3, 23, 19, 2, 52, 120_000_000, time.FixedZone("", 5*3600)), "2026-03-23T19:02:52.12+05:00"},
		{time.Date(1900, 1, 1, 0, 0, 0, 1, time.FixedZone("LMT", 5*3600+468)), "1899-12-31T18:52:12.000000001Z"},
	} {
		got := wire.TimeOf(test.t)
		if got.String() != test.want || got.IsSet() != (test.want != "") {
			t.Errorf("TimeOf(%s) = %s, want %s", test.t, got, test.want)
		}
		if back, err := got.Instant(); got.IsSet() && (err != nil || !back.Equal(test.t)) {
			t.Errorf("%s came back as %s, %v", test.t, back, err)
		}
	}
}

func TestTimeSeconds(t *testing.T) {
	for lit, want := range map[string]int64{"86400": 86400, "0": 0, "-1": -1, "007": 7} {
		if got, err := wire.TimeLiteral(lit).Seconds(); err != nil || got != want {
			t.Errorf("%q = %d, %v", lit, got, err)
		}
	}
	for lit, want := range map[string]error{
		"": wire.ErrNotSet, "+1": wire.ErrNotTime, "1.0": wire.ErrNotTime, "1e3": wire.ErrNotTime, " 1": wire.ErrNotTime,
		"1_000": wire.ErrNotTime, "0x10": wire.ErrNotTime, "9223372036854775808": wire.ErrNotTime,
		"2023-09-20": wire.ErrNotTime,
	} {
		got, err := wire.TimeLiteral(lit).Seconds()
		if !errors.Is(err, want) || got != 0 {
			t.Errorf("%q = %d, %v; want %v", lit, got, err, want)
		}
		if err != nil && lit != "" && strings.Contains(err.Error(), lit) {
			t.Errorf("error quotes the literal: %v", err)
		}
	}
}

func TestTimeJSON(t *testing.T) {
	for in, want := range map[string]string{
		`"2023-09-20 12:00:00"`:    `"2023-09-20 12:00:00"`,
		`"\u0032023-09-20"`:        `"2023-09-20"`,
		`"soon, says \"the\" API"`: `"soon, says \"the\" API"`,
		`86400`:                    `"86400"`,
		`""`:                       `null`,
		`null`:                     `null`,
	} {
		at := wire.TimeLiteral("before")
		if err := json.Unmarshal([]byte(in), &at); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if got, err := json.Marshal(at); err != nil || string(got) != want {
			t.Errorf("%s came back as %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{``, `true`, `{}`, `["2023"]`, `"2023`, "\"\xff\""} {
		at := wire.TimeLiteral("before")
		if err := at.UnmarshalJSON([]byte(in)); err == nil || at.String() != "before" {
			t.Errorf("%s: %q, %v", in, at, err)
		}
	}
}

func TestTimeText(t *testing.T) {
	for _, in := range []string{"", "2023-09-20 12:00:00", "any"} {
		at := wire.TimeLiteral("before")
		if err := at.UnmarshalText([]byte(in)); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if got, err := at.MarshalText(); err != nil || string(got) != in {
			t.Errorf("%q came back as %q, %v", in, got, err)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, lit := range []string{
		"2025-06-20T07:13:31.068188524Z", "2026-03-23T19:02:52+05:00", "2026-03-23 19:02:52+0500", "2023-09-20 12:00:00",
		"2023-09-20", "86400", "", "2023-02-29", "2023-09-20T24:00:00Z",
	} {
		f.Add(lit)
	}
	zone := time.FixedZone("", -7*3600)
	f.Fuzz(func(t *testing.T, lit string) {
		at := wire.TimeLiteral(lit)
		instant, err := at.Instant()
		in, inErr := at.In(zone)
		switch {
		case err == nil:
			if inErr != nil || !in.Equal(instant) {
				t.Fatalf("%q is %s, and in a zone %s, %v", lit, instant, in, inErr)
			}
			// What is read strictly is read alike by the standard library.
			if std, err := time.Parse(time.RFC3339, lit); err == nil && !std.Equal(instant) {
				t.Fatalf("%q is %s, to package time %s", lit, instant, std)
			}
			if back, err := wire.TimeOf(instant).Instant(); err != nil || !back.Equal(instant) {
				t.Fatalf("%q came back as %s, %v", lit, back, err)
			}
		case errors.Is(err, wire.ErrNoZone):
			if inErr != nil && !errors.Is(inErr, wire.ErrNotTime) {
				t.Fatalf("%q in a zone: %v", lit, inErr)
			}
		case errors.Is(err, wire.ErrNotTime):
			if inErr == nil {
				t.Fatalf("%q is no time, but in a zone it is %s", lit, in)
			}
		case !errors.Is(err, wire.ErrNotSet) || lit != "":
			t.Fatalf("%q: %v", lit, err)
		}

		if !utf8.ValidString(lit) {
			return // JSON cannot hold it
		}
		encoded, err := json.Marshal(at)
		var back wire.Time
		if err != nil || json.Unmarshal(encoded, &back) != nil || back != at {
			t.Fatalf("%q came back from JSON as %q, %v", lit, back, err)
		}
	})
}
