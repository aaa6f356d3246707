package dbtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A developer whose memory is scarce, or who wants to look at the files, says where they lie.
func TestQuickest_TMPDIR_comes_first(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	assert.Equal(t, dir, quickest())
}
