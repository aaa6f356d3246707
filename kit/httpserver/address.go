package httpserver

import (
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
)

// RemoteAddress is embedded in the input of an operation that wants to know where its caller is.
type RemoteAddress struct{ address string }

// Resolve reads the address while Huma reads the request.
func (a *RemoteAddress) Resolve(ctx huma.Context) []error {
	a.address = humafiber.Unwrap(ctx).IP()
	return nil
}

// Address is the network address that the request came from; a proxy's, if there is one in front.
func (a *RemoteAddress) Address() string { return a.address }

// Network is the address as callers are counted: IPv4 whole, IPv6 by its /64, of which one caller has as many addresses as it
// likes.
func (a *RemoteAddress) Network() string { return network(a.address) }

func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
