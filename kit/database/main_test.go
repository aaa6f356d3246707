package database_test

import (
	"os"
	"testing"
	"time"
)

// The tests run in a zone far from UTC: in UTC, a time in the wrong zone would equal the right one.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("lejos", -7*60*60)
	os.Exit(m.Run())
}
