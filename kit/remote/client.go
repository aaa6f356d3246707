// Package remote finds out which client sends a request: the connection's address, or the address that trusted proxies report.
package remote

import (
	"context"
	"net"
	"net/netip"
)

// Client is what is known of who sends a request, before its token is looked at.
type Client struct {
	Address string
	Network string // as callers are counted; see Network
	Counted bool   // the limiter has counted the request
}

type clientOfRequest struct{}

// With is ctx with the client of its request.
func With(ctx context.Context, c *Client) context.Context {
	return context.WithValue(ctx, clientOfRequest{}, c)
}

// From is the client of the request that ctx belongs to; an empty one outside of requests.
func From(ctx context.Context) *Client {
	if c, ok := ctx.Value(clientOfRequest{}).(*Client); ok {
		return c
	}
	return &Client{}
}

// Network is the address by which callers are counted: an IPv4 address, or the /64 of an IPv6 one, which is one caller's.
func Network(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if !ip.IsValid() || ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// AddressOf is the address of the other end, without its port. An IPv4 address has the IPv4 form on every kind of socket.
func AddressOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.IPv4Unspecified()
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}
