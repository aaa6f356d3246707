package remote

import (
	"cmp"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/tienda-go/tienda/kit/config"
)

func TestProxies_client(t *testing.T) {
	t.Parallel()
	var trusted []config.Network
	for _, cidr := range []string{"10.0.0.0/8", "fd00::/8"} {
		var n config.Network
		require.NoError(t, n.UnmarshalText([]byte(cidr)))
		trusted = append(trusted, n)
	}
	const x, f = config.XForwardedFor, config.Forwarded
	for _, c := range []struct {
		header config.ProxyHeader
		peer   string
		lines  []string
		want   string
	}{
		{x, "192.0.2.1", []string{"203.0.113.7"}, "192.0.2.1"},
		{x, "10.0.0.1", nil, "10.0.0.1"},
		{x, "10.0.0.1", []string{"203.0.113.7"}, "203.0.113.7"},
		{x, "::ffff:10.0.0.1", []string{"203.0.113.7"}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"198.51.100.9, 203.0.113.7, 10.2.2.2"}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"198.51.100.9", "203.0.113.7", "fd00::1"}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"not an address, 203.0.113.7"}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"203.0.113.7, not an address"}, "10.0.0.1"},
		{x, "10.0.0.1", []string{"203.0.113.7,, "}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"203.0.113.7:4711"}, "203.0.113.7"},
		{x, "10.0.0.1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{x, "10.0.0.1", []string{"10.1.1.1"}, "10.0.0.1"},
		{"", "10.0.0.1", []string{"203.0.113.7"}, "203.0.113.7"}, // by default X-Forwarded-For
		{f, "10.0.0.1", []string{"for=203.0.113.7"}, "203.0.113.7"},
		{f, "10.0.0.1", []string{`For="[2001:db8::1]:4711";proto=https, by=10.1.1.1;for=10.2.2.2`}, "2001:db8::1"},
		{f, "10.0.0.1", []string{`for=", for=203.0.113.7`}, "203.0.113.7"},
		{f, "10.0.0.1", []string{`for=203.0.113.7;host="a,b"`}, "203.0.113.7"},
		{f, "10.0.0.1", []string{`for=203.0.113.7;host="a;for=203.0.113.8"`}, "203.0.113.7"},
		{f, "10.0.0.1", []string{"for=203.0.113.7, for=unknown"}, "10.0.0.1"},
		{f, "10.0.0.1", []string{"for=203.0.113.7;for=203.0.113.8"}, "10.0.0.1"},
	} {
		h, other := &fasthttp.RequestHeader{}, x
		if c.header != f {
			other = f
		}
		h.Add(string(other), "192.0.2.99")
		h.Add(string(other), "for=192.0.2.99")
		for _, line := range c.lines {
			h.Add(string(cmp.Or(c.header, x)), line)
		}
		got := NewProxies(trusted, c.header).client(netip.MustParseAddr(c.peer), h.PeekAll)
		assert.Equal(t, c.want, got.Unmap().String(), "%s %q", c.header, c.lines)
	}
}
