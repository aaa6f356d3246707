package config

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Network is one network address range, in CIDR notation.
type Network struct{ netip.Prefix }

// UnmarshalText reads a CIDR. A range such as ::ffff:10.0.0.0/104 becomes IPv4, the form of callers' addresses.
func (n *Network) UnmarshalText(text []byte) error {
	p, err := netip.ParsePrefix(strings.TrimSpace(string(text)))
	if err != nil {
		return errors.New("no network")
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	n.Prefix = p.Masked()
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
	*o = Origin(s)
	return nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}
