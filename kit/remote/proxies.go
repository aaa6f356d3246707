package remote

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
)

// Proxies are the trusted networks and their header for the client's address. They pass the other one on as the client wrote it.
type Proxies struct {
	trusted []netip.Prefix
	header  config.ProxyHeader
}

// NewProxies trusts these networks; an empty header is X-Forwarded-For.
func NewProxies(networks []config.Network, header config.ProxyHeader) Proxies {
	p := Proxies{header: cmp.Or(header, config.XForwardedFor)}
	for _, n := range networks {
		p.trusted = append(p.trusted, n.Prefix)
	}
	return p
}

// Trusts reports whether ip is a proxy's.
func (p Proxies) Trusts(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// Locate finds the client at the other end of a connection. lines gives the lines of a header; nil for an unread request.
func (p Proxies) Locate(connection net.Addr, lines func(header string) [][]byte) *Client {
	address := AddressOf(connection)
	if lines != nil {
		address = p.client(address, lines)
	}
	return &Client{Address: address.String(), Network: Network(address)}
}

// client is the right-most address of the header that is no trusted proxy's. All that is left of it may be the client's own text.
func (p Proxies) client(peer netip.Addr, lines func(header string) [][]byte) netip.Addr {
	if !p.Trusts(peer) {
		return peer
	}
	for _, line := range slices.Backward(lines(string(p.header))) {
		for rest := string(line); rest != ""; {
			var element string
			if rest, element = cutLast(rest, ','); element == "" {
				continue // an empty element of a list means nothing (RFC 9110, section 5.6.1)
			}
			address, ok := p.read(element)
			if !ok {
				return peer
			}
			if !p.Trusts(address) {
				return address
			}
		}
	}
	return peer
}

func (p Proxies) read(element string) (netip.Addr, bool) {
	if p.header == config.Forwarded {
		var ok bool
		if element, ok = forwardedFor(element); !ok {
			return netip.Addr{}, false
		}
	}
	return parseNode(element)
}

// cutLast cuts the last element off a list, from the right: an open quote of a client must not hide what proxies append.
func cutLast(list string, separator byte) (rest, element string) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case list[i] == separator && !quoted:
			return list[:i], strings.Trim(list[i+1:], " \t")
		}
	}
	return "", strings.Trim(list, " \t")
}

// forwardedFor is the node in the only `for` of an element (RFC 7239, section 4).
func forwardedFor(element string) (node string, found bool) {
	for rest := element; rest != ""; {
		var pair string
		rest, pair = cutLast(rest, ';')
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !strings.EqualFold(name, "for") {
			continue
		}
		if found {
			return "", false
		}
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		node, found = value, true
	}
	return node, found
}

// parseNode reads 203.0.113.7, 203.0.113.7:4711, 2001:db8::1, [2001:db8::1] and [2001:db8::1]:4711.
func parseNode(s string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
			ip, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
			if err == nil && !ip.Is6() {
				return netip.Addr{}, false
			}
		} else if pair, failed := netip.ParseAddrPort(s); failed == nil {
			ip, err = pair.Addr(), nil
		}
	}
	return ip.Unmap().WithZone(""), err == nil
}
