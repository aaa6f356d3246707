package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFirstDifference(t *testing.T) {
	t.Parallel()
	assert.Empty(t, firstDifference([]byte("a\nb\n"), []byte("a\nb\n")))
	assert.Equal(t, "  a\n- b\n- \n+ c\n+ \n", firstDifference([]byte("a\nb\n"), []byte("a\nc\n")))
	assert.Equal(t, "  1\n  2\n  3\n  4\n+ 5\n", firstDifference([]byte("0\n1\n2\n3\n4"), []byte("0\n1\n2\n3\n4\n5")))
}
