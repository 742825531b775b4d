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

func TestTimeLiteralIn(t *testing.T) {
	for _, test := range []struct{ lit, zone, want string }{
		{"2023-09-20 12:00:00", "+05:00", "2023-09-20T12:00:00+05:00"},
		{"2023-09-20T12:00:00.25", "+0500", "2023-09-20T12:00:00.25+05:00"},
		{"2023-09-20", "+05:00", "2023-09-20T00:00:00+05:00"},
		{"2023-09-20", "-03:30", "2023-09-20T00:00:00-03:30"},
		{"2023-09-20 12:00:00", "Z", "2023-09-20T12:00:00Z"},
		{"2023-09-20T12:00:00Z", "+05:00", "2023-09-20T12:00:00Z"},
		{"2023-09-20T12:00:00+06:00", "+05:00", "2023-09-20T12:00:00+06:00"},
	} {
		at := wire.TimeLiteralIn(test.lit, test.zone)
		got, err := at.Instant()
		if err != nil || got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s in %s = %s, %v; want %s", test.lit, test.zone, got.Format(time.RFC3339Nano), err, test.want)
		}
		// What is known of the literal wins over a guess, as a zone in it does.
		if in, err := at.In(time.FixedZone("", -9*3600)); err != nil || in.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s in %s, in another place: %s, %v", test.lit, test.zone, in, err)
		}
		if text, err := at.MarshalText(); at.String() != test.lit || err != nil || string(text) != test.lit {
			t.Errorf("%s in %s prints as %s, %s, %v", test.lit, test.zone, at, text, err)
		}
		if encoded, err := json.Marshal(at); err != nil || string(encoded) != `"`+test.lit+`"` {
			t.Errorf("%s in %s is %s in JSON, %v", test.lit, test.zone, encoded, err)
		}
	}
	for _, test := range []struct {
		lit, zone string
		want      error
	}{
		{"", "+05:00", wire.ErrNotSet},
		{"86400", "+05:00", wire.ErrNotTime},
		{"2023-02-29", "+05:00", wire.ErrNotTime},
		{"2023-09-20 12:00", "+05:00", wire.ErrNotTime},
		{"2023-09-20", "", wire.ErrNoZone},
		{"2023-09-20", "5", wire.ErrNoZone},
		{"2023-09-20", "+24:00", wire.ErrNoZone},
		{"2023-09-20", "Asia/Almaty", wire.ErrNoZone},
		{"2023-09-20", "+05:00 ", wire.ErrNoZone},
	} {
		at := wire.TimeLiteralIn(test.lit, test.zone)
		if got, err := at.Instant(); !errors.Is(err, test.want) || !got.IsZero() {
			t.Errorf("%q in %q = %s, %v; want %v", test.lit, test.zone, got, err, test.want)
		}
	}
	if seconds, err := wire.TimeLiteralIn("86400", "+05:00").Seconds(); err != nil || seconds != 86400 {
		t.Errorf("got %d, %v", seconds, err)
	}
}

// The operator == means what its documentation says.
func TestTimeEquality(t *testing.T) {
	const local, zoned = "2023-09-20 12:00:00", "2023-09-20T12:00:00+05:00"
	almaty := wire.TimeLiteralIn(local, "+05:00")
	for name, test := range map[string]struct {
		a, b wire.Time
		want bool
	}{
		"the same":                     {almaty, wire.TimeLiteralIn(local, "+05:00"), true},
		"another zone":                 {almaty, wire.TimeLiteralIn(local, "+06:00"), false},
		"the same instant":             {almaty, wire.TimeLiteral(zoned), false},
		"nothing known of the zone":    {almaty, wire.TimeLiteral(local), false},
		"a zone of its own":            {wire.TimeLiteralIn(zoned, "+06:00"), wire.TimeLiteral(zoned), true},
		"no time":                      {wire.TimeLiteralIn("86400", "+06:00"), wire.TimeLiteral("86400"), true},
		"no zone, as it turns out":     {wire.TimeLiteralIn(local, "there"), wire.TimeLiteral(local), true},
		"not set":                      {wire.TimeLiteralIn("", "+05:00"), wire.Time{}, true},
		"the same instant, two zones":  {wire.TimeLiteral(zoned), wire.TimeLiteral("2023-09-20T07:00:00Z"), false},
		"the literal of another value": {wire.TimeLiteral(almaty.String()), wire.TimeLiteral(local), true},
	} {
		if (test.a == test.b) != test.want {
			t.Errorf("%s: %q == %q is %t", name, test.a, test.b, !test.want)
		}
	}
	// What is read replaces all that was known.
	for _, read := range []func(*wire.Time) error{
		func(at *wire.Time) error { return at.UnmarshalText([]byte(local)) },
		func(at *wire.Time) error { return json.Unmarshal([]byte(`"`+local+`"`), at) },
	} {
		at := almaty
		if err := read(&at); err != nil || at != wire.TimeLiteral(local) {
			t.Errorf("read as %v, %v", at, err)
		}
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

		// A zone from outside says as much as one for In, and no more.
		known, knownErr := wire.TimeLiteralIn(lit, "-07:00").Instant()
		if (knownErr == nil) != (inErr == nil) || inErr == nil && !known.Equal(in) {
			t.Fatalf("%q in a zone is %s, %v, and of a zone %s, %v", lit, in, inErr, known, knownErr)
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
