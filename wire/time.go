package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// What is wrong with a value that cannot be converted. The errors of [Time]
// and [Decimal.Minor] wrap them.
var (
	// ErrNotSet: there is no value.
	ErrNotSet = errors.New("not set")
	// ErrNotTime: the literal is none that this package reads.
	ErrNotTime = errors.New("not in a form that is read here")
	// ErrNoZone: the literal does not say its zone, so it is no instant.
	ErrNoZone = errors.New("without a zone")
)

// Time is a point in time that keeps the literal it was made from. The zero
// value is not set.
//
// The API writes times with a zone and without ("2025-06-20T07:13:31Z",
// "2023-09-20 12:00:00"), so a literal becomes a [time.Time] only when asked.
// Of some that have none the documentation says which zone is meant; a Time
// then knows it, see [TimeLiteralIn], and still prints and sends its literal.
//
// Which of them a member wants, its comment says: [TimeOf] writes the one, [ClockOf]
// the other, and [TimeLiteral] anything else, a day such as "2026-06-30" for one.
//
// The operator == compares literals, not instants, and what is known of the
// zones of those that have none: a literal without a zone is not equal to the
// same literal of which the zone is known. Compare [Time.String] for that.
type Time struct {
	lit string
	// zone is the known offset of a literal that has none. It is empty for every
	// other literal, so that it never makes a difference there.
	zone string
}

// TimeOf returns t in RFC 3339, with as many digits of the second's fraction as
// it has. The zero time is not set.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // RFC 3339 has no seconds in its offsets
	}
	return Time{lit: t.Format(time.RFC3339Nano)}
}

// TimeLiteral returns a time that is sent as lit, unchecked. An empty one is not
// set.
func TimeLiteral(lit string) Time { return Time{lit: lit} }

// TimeLiteralIn is [TimeLiteral] for a literal that is local time in zone, an
// offset like "+05:00" or Z, unless it says its own: [Time.Instant] reads it so.
// Whatever else zone may be is forgotten, as zone is by a literal that is no time
// or has its own.
func TimeLiteralIn(lit, zone string) Time {
	if !zoneForm.MatchString(zone) || !localForm.MatchString(lit) {
		return Time{lit: lit}
	}
	return Time{lit: lit, zone: zone}
}

// IsSet reports whether t holds a literal.
func (t Time) IsSet() bool { return t.lit != "" }

// String returns the literal, empty when t is not set.
func (t Time) String() string { return t.lit }

// Instant returns the instant that the literal names, in the literal's zone or
// the one that [TimeLiteralIn] was told. A literal without either names none:
// that is [ErrNoZone], and [Time.In] reads it. The other errors are [ErrNotTime] and [ErrNotSet].
//
// It reads RFC 3339 with or without a fraction, cut to nanoseconds, also with a
// space for the T and with an offset like +0500.
func (t Time) Instant() (time.Time, error) { return t.In(nil) }

// In is [Time.Instant] that reads a literal without a zone as the wall clock of
// loc, a date alone as its midnight. A zone in the literal wins, and so does one
// that is known of it. Of an hour that loc's clocks show twice or skip, it picks
// as [time.Date] does. With a nil loc it returns [ErrNoZone].
func (t Time) In(loc *time.Location) (time.Time, error) {
	if !t.IsSet() {
		return time.Time{}, fmt.Errorf("wire: time: %w", ErrNotSet)
	}
	m := timeForm.FindStringSubmatch(t.lit)
	if m == nil {
		return time.Time{}, fmt.Errorf("wire: time: %w: want RFC 3339", ErrNotTime)
	}
	date, clock, zone := m[1], m[2], m[3]
	if clock == "" {
		clock = "00:00:00"
	}
	if zone == "" {
		zone = t.zone
	}
	// time.Parse would use the machine's own zone where the offset agrees.
	base, layout := time.UTC, "2006-01-02T15:04:05"
	switch {
	case zone == "" && loc == nil:
		return time.Time{}, fmt.Errorf("wire: time: %w", ErrNoZone)
	case zone == "":
		base = loc
	case zone == "Z" || len(zone) == len("+05:00"):
		layout += "Z07:00"
	default:
		layout += "-0700"
	}
	instant, err := time.ParseInLocation(layout, date+"T"+clock+zone, base)
	if err != nil { // it quotes the literal
		return time.Time{}, fmt.Errorf("wire: time: %w: no such date or hour", ErrNotTime)
	}
	return instant, nil
}

// timeForm holds the forms exactly: time.Parse alone takes an hour of one
// digit, a comma for the point and an offset of 24:60.
var (
	timeForm  = regexp.MustCompile(`^` + dateForm + `(?:[T ]` + clockForm + `(` + offsetForm + `)?)?$`)
	localForm = regexp.MustCompile(`^` + dateForm + `(?:[T ]` + clockForm + `)?$`)
	zoneForm  = regexp.MustCompile(`^(?:` + offsetForm + `)$`)
)

const (
	dateForm   = `(\d{4}-\d\d-\d\d)`
	clockForm  = `(\d\d:\d\d:\d\d(?:\.\d+)?)`
	offsetForm = `Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d`
)

// Seconds returns the literal as a whole number of seconds: a few operations
// document a date-time and take a lifetime such as 86400. Any other literal is
// [ErrNotTime].
func (t Time) Seconds() (int64, error) {
	if !t.IsSet() {
		return 0, fmt.Errorf("wire: time: %w", ErrNotSet)
	}
	n, err := strconv.ParseInt(t.lit, 10, 64)
	if err != nil || t.lit[0] == '+' {
		return 0, fmt.Errorf("wire: time: %w: want a whole number of seconds", ErrNotTime)
	}
	return n, nil
}

// MarshalJSON returns the literal as a string. Not set is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if !t.IsSet() {
		return []byte("null"), nil
	}
	return json.Marshal(t.lit)
}

// UnmarshalJSON keeps the text of a string or the literal of a number, of whose
// zone nothing more is known; null is not set.
func (t *Time) UnmarshalJSON(data []byte) error {
	lit, _, err := jsonText(data)
	if err != nil {
		return fmt.Errorf("wire: time: %w", err)
	}
	*t = TimeLiteral(lit)
	return nil
}

// MarshalText returns the literal, empty when t is not set.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.lit), nil }

// UnmarshalText keeps any text, of whose zone nothing more is known; an empty
// one is not set.
func (t *Time) UnmarshalText(text []byte) error {
	*t = TimeLiteral(string(text))
	return nil
}
