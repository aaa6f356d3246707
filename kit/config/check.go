package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Checker has rules about several variables. Load calls it also when others are wrong (these count as unset), to name all
// problems.
type Checker interface{ Check() error }

// Wrong is the problem of one variable; nil when reason is "".
func Wrong(variable, reason string) error {
	if reason == "" {
		return nil
	}
	return &Error{[]Problem{{variable, reason}}}
}

// check adds the problems that the configuration itself reports, one a variable.
func check(config any, problems []Problem) []Problem {
	known := map[string]bool{}
	for _, p := range problems {
		known[p.Variable] = true
	}
	add := func(err error) {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			if err != nil {
				problems = append(problems, Problem{"", err.Error()})
			}
			return
		}
		for _, p := range e.Problems {
			if !known[p.Variable] {
				problems, known[p.Variable] = append(problems, p), true
			}
		}
	}
	if c, ok := config.(Checker); ok {
		add(c.Check())
	}
	return problems
}

// MetricsAddr is where a service serves its metrics: host:port, MetricsOff, or "" for the default of APP_ENV.
type MetricsAddr string

// MetricsOff serves no metrics.
const MetricsOff MetricsAddr = "off"

// UnmarshalText requires a host: an address without one would open the profiles of the process to every network.
func (m *MetricsAddr) UnmarshalText(text []byte) error {
	s := string(text)
	host, port, err := net.SplitHostPort(s)
	if s != string(MetricsOff) && (err != nil || !isPort(port) || !isHost(host)) {
		return errors.New("no address")
	}
	*m = MetricsAddr(s)
	return nil
}

// Metrics is where metrics are served: at value if set; in production at that port, for this machine only; else "", the own port.
func (c Common) Metrics(value MetricsAddr, port uint16) string {
	if value == "" && c.Production() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
	}
	return string(value)
}

// CheckAddresses reports two addresses that are the same: those that a service listens on, at this port and for its metrics (see
// Metrics), and those of its peers. service, and the keys of peers, are the prefixes of their variables, in capitals.
func (c Common) CheckAddresses(service string, ownPort uint16, metrics string, peers map[string]string) error {
	if ownPort == 0 { // already reported
		return nil
	}
	listens := c.Host
	if !isHost(listens) {
		listens = "127.0.0.1"
	}
	var errs []error
	own := strconv.Itoa(int(ownPort))
	if host, port, err := net.SplitHostPort(metrics); err == nil && port == own && sameHost(host, listens) {
		errs = append(errs, Wrong(service+"_METRICS_ADDR", "is the address of "+service+"_PORT too; choose another port, or off"))
	}
	for peer, address := range peers {
		u, err := url.Parse(address)
		if err == nil && u.Scheme == "http" && u.Port() == own && sameHost(u.Hostname(), listens) {
			errs = append(errs, Wrong(peer+"_PORT", "is that of "+service+"_PORT too, so the service would call itself; "+
				"give each a port of its own, or set "+peer+"_SERVICE_URL"))
		}
	}
	return Join(errs...)
}

// sameHost reports whether a host to listen on and another host may be the same address of this machine.
func sameHost(a, b string) bool {
	local := func(host string) bool {
		ip, err := netip.ParseAddr(host)
		return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
	}
	return a == b || local(a) && local(b)
}

// isHost accepts an IP address or a name of DNS.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return s != "" && len(s) <= 253 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == ""
}
