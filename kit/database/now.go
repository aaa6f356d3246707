package database

import "time"

// Now is the time in UTC, to the microsecond: both databases keep no more of it, so a value that was written equals a later read.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Ceil is t in UTC, rounded up to the microsecond (down at the end of 9999). As a bound it divides stored instants as t does.
func Ceil(t time.Time) time.Time {
	down := t.UTC().Truncate(time.Microsecond)
	if up := down.Add(time.Microsecond); down.Before(t) && up.Year() <= 9999 {
		return up
	}
	return down
}
