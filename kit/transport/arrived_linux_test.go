package transport

import (
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestListener_Close_loses_no_connection_that_had_arrived: a proxy may not send their requests again.
func TestListener_Close_loses_no_connection_that_had_arrived(t *testing.T) {
	t.Parallel()
	raw, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := Limit(raw, 0, 0, func(netip.Addr) bool { return false }, false)
	const clients = 5
	dial := func() (net.Conn, error) { return (&net.Dialer{}).DialContext(t.Context(), "tcp", raw.Addr().String()) }
	for range clients {
		client, err := dial()
		require.NoError(t, err)
		t.Cleanup(func() { _ = client.Close() })
		_, err = io.WriteString(client, "hola")
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	_, err = dial()
	require.Error(t, err, "a proxy then goes to another instance")
	for range clients {
		c, err := l.Accept()
		require.NoError(t, err)
		got := make([]byte, 4)
		_, err = io.ReadFull(c, got)
		require.NoError(t, err)
		assert.Equal(t, "hola", string(got))
		require.NoError(t, c.Close())
	}
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	assert.Empty(t, l.open)
}
