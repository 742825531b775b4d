package wire

import "time"

// ClockOf returns what t's own clock shows, date and time without a zone, in the
// form in which some fields are documented: "2026-12-31 12:00:00". The reader
// has to know the zone; where it is not documented, ask Freedom Pay. The zero
// time is not set.
func ClockOf(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return TimeLiteral(t.Format(time.DateTime))
}
