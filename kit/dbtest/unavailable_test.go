package dbtest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// verdict is a testing.TB that only records the outcome of a test.
type verdict struct {
	testing.TB
	skipped, failed bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Name() string          { return "TestX/postgres" }
func (v *verdict) Skip(...any)           { v.skipped = true; panic(v) }
func (v *verdict) Fatalf(string, ...any) { v.failed = true; panic(v) }

// A machine without PostgreSQL may skip half of a test, with a message; CI may not.
func TestUnavailable(t *testing.T) {
	for ci, want := range map[string]bool{"": false, "true": true} {
		t.Setenv("CI", ci)
		v := &verdict{}
		assert.Panics(t, func() { unavailable(v, errors.New("no initdb")) })
		assert.Equal(t, want, v.failed)
		assert.Equal(t, !want, v.skipped)
	}
}
