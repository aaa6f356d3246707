package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Checker is a configuration with rules that no single variable can tell. Load asks it also when variables are wrong by themselves,
// so that all is named at once; those are then as if unset.
type Checker interface{ Check() error }

// LateChecker knows rules that a start needs only sometimes, and finds broken by itself then. They are named with what else is wrong,
// and are no reason to refuse a start alone.
type LateChecker interface{ CheckLate() error }

// Wrong is the problem of one variable; nil when reason is "".
func Wrong(variable, reason string) error {
	if reason == "" {
		return nil
	}
	return &Error{[]Problem{{variable, reason}}}
}

// check adds what the configuration itself finds wrong, once a variable.
func check(config any, problems []Problem) []Problem {
	known := map[string]bool{}
	for _, p := range problems {
		known[p.Variable] = true
	}
	add := func(err error) {
		var e *Error
		if !errors.As(err, &e) {
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
	if c, ok := config.(LateChecker); ok && len(problems) > 0 {
		add(c.CheckLate())
	}
	return problems
}

// MetricsAddr is where a service shows its metrics: host:port, MetricsOff, or "" for what APP_ENV says.
type MetricsAddr string

// MetricsOff is nowhere.
const MetricsOff MetricsAddr = "off"

// UnmarshalText accepts an address with its host, so that nobody opens the profiles of a process to the world by leaving it out.
func (m *MetricsAddr) UnmarshalText(text []byte) error {
	s := string(text)
	host, port, err := net.SplitHostPort(s)
	if s != string(MetricsOff) && (err != nil || !isPort(port) || !isHost(host)) {
		return errors.New("no address")
	}
	*m = MetricsAddr(s)
	return nil
}

// Metrics is where a service shows its metrics: at value, else in production at that port of this machine alone, else ("") at the
// service's own port.
func (c Common) Metrics(value MetricsAddr, port uint16) string {
	if value == "" && c.Production() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
	}
	return string(value)
}

// Place is where a service listens, and where it finds another.
type Place struct {
	Service string // as variables begin: PEDIDOS
	Port    uint16
	Metrics string            // as Metrics says
	Peers   map[string]string // address of each service that it calls, by how its variables begin
}

// CheckPlace finds addresses that two of them claim.
func (c Common) CheckPlace(p Place) error {
	if p.Port == 0 { // wrong by itself
		return nil
	}
	listens := c.Host
	if !isHost(listens) {
		listens = "127.0.0.1"
	}
	var errs []error
	own := strconv.Itoa(int(p.Port))
	if host, port, err := net.SplitHostPort(p.Metrics); err == nil && port == own && sameHost(host, listens) {
		errs = append(errs, Wrong(p.Service+"_METRICS_ADDR", fmt.Sprintf("is the address of %s_PORT too; choose another port, or off", p.Service)))
	}
	for peer, address := range p.Peers {
		u, err := url.Parse(address)
		if err == nil && u.Scheme == "http" && u.Port() == own && sameHost(u.Hostname(), listens) {
			errs = append(errs, Wrong(peer+"_PORT", fmt.Sprintf(
				"is that of %s_PORT too, so the service would call itself; give each a port of its own, or set %s_SERVICE_URL", p.Service, peer)))
		}
	}
	return Join(errs...)
}

// sameHost says whether two hosts, one of which is listened on, may be the same address of this machine.
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
