package httpserver

import (
	"slices"

	"github.com/tienda-go/tienda/kit/config"
)

// Configured fills in the options that every service reads from its environment.
func (o Options) Configured(c config.Common) Options {
	o.PerMinute = c.PerMinute()
	o.Origins = nil
	for _, origin := range c.Origins {
		o.Origins = append(o.Origins, string(origin))
	}
	o.TrustedProxies, o.ProxyHeader = slices.Clone(c.TrustedProxies), c.ProxyHeader
	o.MaxConnections, o.MaxPerAddress, o.IdleTimeout = int(c.MaxConnections), int(c.MaxPerAddress), c.IdleTimeout
	o.Production = c.Production()
	return o
}
