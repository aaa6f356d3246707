package database

import "time"

// Now is the time in UTC, to the microsecond: both databases keep no more of it, so a value that was written equals a later read.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
