package transport

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dialled opens a connection from an address of this machine and returns both ends.
func dialled(t *testing.T, l *Listener, from string) (client net.Conn, server *conn) {
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

func TestListener_room_is_made(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := Limit(raw, 4, 2, func(a netip.Addr) bool { return a.String() == "127.0.0.9" }, false)
	t.Cleanup(func() { _ = l.Close() })

	_, a1 := dialled(t, l, "127.0.0.1")
	a1.enter(connHandling)
	_, a2 := dialled(t, l, "127.0.0.1")
	a2.enterSince(connSending, time.Now().Add(-grace))
	_, a3 := dialled(t, l, "127.0.0.1")
	assert.True(t, closed(a2), "of one address: the slow sender makes room, what is handled does not")
	assert.False(t, closed(a1))
	assert.False(t, closed(a3))

	a3.enter(connHandling)
	c := &conn{network: "127.0.0.1"}
	assert.False(t, l.add(c), "what is being handled is never closed: the new one is")
	a3.enter(connIdle)

	a3.enter(connSending)
	assert.False(t, l.add(c), "nor what has just begun to send")
	a3.enterSince(connIdle, time.Now().Add(-time.Second))

	_, b1 := dialled(t, l, "127.0.0.9")
	_, b2 := dialled(t, l, "127.0.0.9")
	b1.enterSince(connSending, time.Now().Add(-grace))
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

func TestListener_unfinished_bodies_are_bounded(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := Limit(raw, 0, 0, func(netip.Addr) bool { return false }, false)
	t.Cleanup(func() { _ = l.Close() })
	sending := func(from string) *conn {
		_, c := dialled(t, l, from)
		time.Sleep(time.Microsecond) // times differ
		c.enter(connSending)
		return c
	}

	slow := sending("127.0.0.2")
	require.True(t, l.enlarge(slow))
	var all []*conn
	for range maxLarge - 1 {
		c := sending("127.0.0.1")
		require.True(t, l.enlarge(c))
		all = append(all, c)
	}
	small := sending("127.0.0.1")
	require.True(t, l.enlarge(sending("127.0.0.3")))
	assert.True(t, closed(all[0]), "the longest sender of the network with the most of them makes room")
	assert.False(t, closed(slow), "not that of another network")
	assert.False(t, closed(small), "nor one with a small body")
	assert.False(t, l.enlarge(all[0]), "what was closed sends no more")
	assert.Equal(t, maxLarge, l.large)

	l.received(all[1])
	l.received(all[1])
	require.NoError(t, all[2].Close())
	assert.Equal(t, maxLarge-2, l.large, "what has come, or has ended, is not counted any more")
}

// A connection whose client does not read the answer may be closed to make room, like one whose client sends slowly.
func TestListener_a_client_that_does_not_read_makes_room(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := Limit(raw, 1, 0, func(netip.Addr) bool { return false }, false)
	t.Cleanup(func() { _ = l.Close() })

	_, deaf := dialled(t, l, "127.0.0.1")
	deaf.enter(connHandling)
	written := make(chan error, 1)
	go func() {
		_, err := deaf.Write(make([]byte, 16<<20)) // more than any buffer between the two
		written <- err
	}()
	require.Eventually(t, func() bool { return deaf.state.Load()&3 == connSending }, 5*time.Second, time.Millisecond)
	_, next := dialled(t, l, "127.0.0.2")
	assert.Error(t, <-written)
	assert.True(t, closed(deaf))
	_, err = next.Write([]byte("x"))
	require.NoError(t, err)
	assert.EqualValues(t, connHandling, next.state.Load()&3)
}

// TestConn_note: an Origin counts wherever its line is cut into pieces, and only as a whole line.
func TestConn_note(t *testing.T) {
	t.Parallel()
	head := "GET / HTTP/1.1\r\nHost: a\r\nX-Largo: " + strings.Repeat("Origin: x",
		maxNoted/4) + "\r\norigin: https://tienda.example\r\n\r\n"
	for cut := range len(head) {
		c := &conn{}
		ended := c.note([]byte(head[:cut]))
		assert.False(t, ended, "%q", head[:cut])
		if !strings.HasSuffix(head[:cut], "example\r\n") && !strings.HasSuffix(head[:cut], "example\r\n\r") {
			assert.Empty(t, c.origin, "%q", head[:cut])
		}
		assert.LessOrEqual(t, len(c.line), maxNoted)
		assert.True(t, c.note([]byte(head[cut:])), "%d", cut)
		assert.Equal(t, "https://tienda.example", c.origin, "cut at %d", cut)
	}
}
