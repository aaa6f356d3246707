package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Network is one network address range, in CIDR notation.
type Network struct{ netip.Prefix }

// UnmarshalText reads a CIDR. A range such as ::ffff:10.0.0.0/104 becomes IPv4, the form of callers' addresses. All addresses are
// no network: every client could name its own address. Neither is one address within a network: it may be meant alone.
func (n *Network) UnmarshalText(text []byte) error {
	p, err := netip.ParsePrefix(strings.TrimSpace(string(text)))
	if err != nil {
		return errors.New("no network")
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	switch {
	case p.Bits() == 0:
		return useless("must not have a network of all addresses (/0): each client could say which address it has; " +
			"name those of the proxies")
	case p != p.Masked():
		return useless(fmt.Sprintf("has an address within a network (/%d): write the network, %s, or the one address, %s",
			p.Bits(), p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen())))
	}
	n.Prefix = p
	return nil
}

// ProxyHeader is the header in which the trusted proxies write the client's address.
type ProxyHeader string

// The two headers. A proxy appends to one of them, and passes the other on as the client wrote it.
const (
	XForwardedFor ProxyHeader = "X-Forwarded-For"
	Forwarded     ProxyHeader = "Forwarded" // RFC 7239
)

// UnmarshalText accepts the two names.
func (h *ProxyHeader) UnmarshalText(text []byte) error {
	for _, known := range []ProxyHeader{XForwardedFor, Forwarded} {
		if strings.EqualFold(string(text), string(known)) {
			*h = known
			return nil
		}
	}
	return errors.New("unknown header")
}

// Origin is a web origin exactly as browsers send it (RFC 6454): scheme, host in lower case, port if it is not the scheme's.
type Origin string

// UnmarshalText accepts what a browser can send, and no pattern.
func (o *Origin) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "",
		s != u.Scheme+"://"+u.Host, s != strings.ToLower(s),
		strings.ContainsAny(s, "*%,; \t\"'<>"), strings.HasSuffix(u.Host, ":"), u.Scheme == "http" && u.Port() == "80",
		u.Scheme == "https" && u.Port() == "443", u.Port() != "" && !isPort(u.Port()):
		return errors.New("no origin")
	}
	if why := unsent(u.Hostname(), u.Port()); why != "" {
		return useless(why)
	}
	*o = Origin(s)
	return nil
}

// unsent is why no browser sends an origin with this host and port; "" if one does (WHATWG URL, section 3.5).
func unsent(host, port string) string {
	address, err := netip.ParseAddr(host)
	number := strings.TrimSuffix(host, ".")
	number = number[strings.LastIndexByte(number, '.')+1:]
	switch {
	case strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }):
		return "has a host with letters beyond ASCII: write it in Punycode (xn--…), as browsers send it"
	case strings.HasPrefix(port, "0"):
		return "has a port with a zero before it: write it without, as browsers send it"
	case err == nil && address.Is4In6() && strings.Contains(host, "."):
		return "has an IPv4 address within IPv6: write it as browsers send it, such as [::ffff:a00:1]"
	case err == nil && !address.Is4In6() && address.String() != host:
		return "has an IP address in a long form: write it as browsers send it, " + address.String()
	case err != nil && strings.Trim(number, "0123456789") == "":
		return "has a host that ends in a number and is no IP address: write the four numbers of an IPv4 address, as browsers send it"
	}
	return ""
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}
