package shop

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPortBlock(t *testing.T) {
	t.Parallel()
	ours, theirs := takeBlock(), takeBlock()
	require.NotNil(t, ours)
	require.NotNil(t, theirs)
	t.Cleanup(func() { assert.NoError(t, ours.lock.Close()); assert.NoError(t, theirs.lock.Close()) })

	assert.NotEqual(t, ours.first, theirs.first, "a block stays taken for as long as its process lives")
	first := ours.next(t, 100)
	second := ours.next(t, 100)
	for _, port := range second {
		assert.NotContains(t, first, port, "a service that was killed needs its port again")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:"+first[0])
	require.NoError(t, err, "a port that is given is free")
	t.Cleanup(func() { assert.NoError(t, taken.Close()) })
	assert.NotContains(t, ours.next(t, 200), first[0], "when all were given they come again, but not what is in use")
}
