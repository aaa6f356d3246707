package database_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/database"
)

func TestCeil(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	for given, want := range map[time.Time]time.Time{
		at:                                       at,
		at.Add(1):                                at.Add(time.Microsecond),
		at.Add(999):                              at.Add(time.Microsecond),
		at.In(time.FixedZone("", 3600)):          at,
		last:                                     last,
		last.Add(999):                            last,
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC): time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		assert.Equal(t, want, database.Ceil(given), given)
	}
}
