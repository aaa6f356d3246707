package freeport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTake(t *testing.T) {
	t.Parallel()
	ours, theirs := takeBlock(), takeBlock()
	require.NotNil(t, ours)
	require.NotNil(t, theirs)
	t.Cleanup(func() { assert.NoError(t, ours.lock.Close()); assert.NoError(t, theirs.lock.Close()) })
	assert.NotEqual(t, ours.first, theirs.first, "a block belongs to one process")

	first, err := ours.take(100)
	require.NoError(t, err)
	second, err := ours.take(100)
	require.NoError(t, err)
	for _, port := range second {
		assert.NotContains(t, first, port, "a server that was killed needs its port again")
	}
	assert.Less(t, second[99], 32768, "from there on the system gives ports to outgoing connections")

	taken, err := net.Listen("tcp", Address(first[0]))
	require.NoError(t, err, "a port that is given is free")
	t.Cleanup(func() { assert.NoError(t, taken.Close()) })
	third, err := ours.take(200)
	require.NoError(t, err)
	assert.NotContains(t, third, first[0], "when all were given they come again, but not what is in use")
	_, err = ours.take(blockSize)
	assert.ErrorContains(t, err, "fewer than 250 free ports")
}
