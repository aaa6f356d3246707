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

// RemoteAddress is embedded in the input of an operation that needs the client's address.
type RemoteAddress struct{ address string }

// Resolve reads the address while Huma reads the request.
func (a *RemoteAddress) Resolve(ctx huma.Context) []error {
	a.address = clientOf(humafiber.Unwrap(ctx)).address
	return nil
}

// Address is the client's network address: the connection's, or the one that trusted proxies report.
func (a *RemoteAddress) Address() string { return a.address }

// Network is the address by which callers are counted: the whole IPv4 address, or the /64 of an IPv6 address, because one caller
// may use every address of its /64.
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

// locate finds the client's address, once a request. It uses no header of a request that could not be read.
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

// addressOfConn is the address of the other end, without its port. An IPv4 address has the IPv4 form on every kind of socket.
func addressOfConn(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.IPv4Unspecified()
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}
