package httpserver

import (
	"net"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

const clientLocal = "httpserver.client"

// client is what is known of who sends a request, before its token is looked at.
type client struct {
	address string
	network string // as callers are counted; see RemoteAddress.Network
	counted bool   // the limiter has counted the request
}

// RemoteAddress is embedded in the input of an operation that wants to know where its caller is.
type RemoteAddress struct{ address string }

// Resolve reads the address while Huma reads the request.
func (a *RemoteAddress) Resolve(ctx huma.Context) []error {
	a.address = clientOf(humafiber.Unwrap(ctx)).address
	return nil
}

// Address is the client's network address: the connection's, or what trusted proxies in front say.
func (a *RemoteAddress) Address() string { return a.address }

// Network is the address as callers are counted: IPv4 whole, IPv6 by its /64, of which one caller has as many addresses as it
// likes.
func (a *RemoteAddress) Network() string { return network(a.address) }

func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return networkOf(ip)
}

func networkOf(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if !ip.IsValid() || ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// locate finds the client's address, once a request. Of a request that could not be read no header is believed.
func (s *Server) locate(c *fiber.Ctx, readable bool) {
	address := addressOfConn(c.Context().RemoteAddr())
	if readable {
		address = s.proxies.client(address, &c.Request().Header)
	}
	known := &client{address: address.String()}
	if known.network = known.address; !address.Is4() {
		known.network = networkOf(address)
	}
	c.Locals(clientLocal, known)
}

func clientOf(c *fiber.Ctx) *client {
	if known, ok := c.Locals(clientLocal).(*client); ok {
		return known
	}
	return &client{}
}

// addressOfConn is the address of the other end, without its port; IPv4 as such, whatever the socket.
func addressOfConn(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.IPv4Unspecified()
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}
