package httpserver

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dialled opens a connection from an address of this machine and gives both of its ends.
func dialled(t *testing.T, l *connections, from string) (client net.Conn, server *conn) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 5 * time.Second}
	client, err := d.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	accepted, err := l.Accept()
	require.NoError(t, err)
	server = accepted.(*conn)
	t.Cleanup(func() { _ = server.Close() })
	return client, server
}

func closed(c *conn) bool { return c.state.Load()&3 == connClosed }

func TestConnections_room_is_made(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := limitConnections(raw, 4, 2, func(a netip.Addr) bool { return a.String() == "127.0.0.9" })
	t.Cleanup(func() { _ = l.Close() })

	_, a1 := dialled(t, l, "127.0.0.1")
	a1.enter(connHandling)
	_, a2 := dialled(t, l, "127.0.0.1")
	a2.enter(connSending)
	_, a3 := dialled(t, l, "127.0.0.1")
	assert.True(t, closed(a2), "of one address: the slow sender makes room, what is handled does not")
	assert.False(t, closed(a1))
	assert.False(t, closed(a3))

	a3.enter(connHandling)
	c := &conn{network: "127.0.0.1"}
	assert.False(t, l.add(c), "what is being handled is never closed: the new one is")
	a3.enter(connIdle)

	_, b1 := dialled(t, l, "127.0.0.9")
	_, b2 := dialled(t, l, "127.0.0.9")
	b1.enter(connSending)
	b2.enter(connHandling)
	_, b3 := dialled(t, l, "127.0.0.9")
	assert.True(t, closed(a3), "of all: the longest idle one goes first")
	b3.enter(connHandling)
	_, b4 := dialled(t, l, "127.0.0.9")
	assert.True(t, closed(b1), "a trusted proxy has no limit of its own")
	require.NoError(t, b4.Close())
	assert.Len(t, l.open, 3, "a place is free again when its connection ends")
	_ = b4.Close()
	assert.Len(t, l.open, 3, "closing twice frees one place")
}

func TestConnections_unfinished_bodies_are_bounded(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := limitConnections(raw, 0, 0, func(netip.Addr) bool { return false })
	t.Cleanup(func() { _ = l.Close() })

	var all []*conn
	for range maxHeld / MaxBodyBytes {
		_, c := dialled(t, l, "127.0.0.1")
		c.enter(connSending)
		time.Sleep(time.Microsecond) // times differ
		require.True(t, c.hold(MaxBodyBytes))
		all = append(all, c)
	}
	_, idle := dialled(t, l, "127.0.0.1")
	_, late := dialled(t, l, "127.0.0.1")
	late.enter(connSending)
	require.True(t, late.hold(2048))
	assert.True(t, closed(all[0]), "the one that has been sending the longest makes room")
	assert.False(t, closed(all[1]))
	assert.False(t, closed(idle), "one without a body would make none")
	assert.False(t, all[0].hold(MaxBodyBytes), "what was closed holds no more")
	assert.Equal(t, maxHeld-MaxBodyBytes+2048, l.held)

	late.release()
	require.NoError(t, all[1].Close())
	assert.Equal(t, maxHeld-2*MaxBodyBytes, l.held, "what ends is not counted any more")
}
