package shop

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// Link is the connection from one process to another, or to the database, into which a test can inject faults. A fault applies
// to open connections and to new ones, until Heal. One goroutine may use a link at a time.
type Link struct {
	From, To string // names of instances; To may be "postgres"
	proxy    *toxiproxy.Proxy
	shut     bool
}

// Links are all ways of a shop with Options.Proxied.
func (s *Shop) Links() []*Link { return s.links }

// way is the host:port under which i calls peer. Connections to auth, and between other services, have no faults.
func (s *Shop) way(o Options, i, peer *instance) string {
	if !o.Proxied || i.service != "pedidos" || peer.service != "inventario" && peer.service != "productos" {
		return peer.address()
	}
	return s.link(i.name, peer.name, peer.address())
}

// wayToDatabase is the URL under which i finds its database. On the server that the whole test process shares, there are no
// faults.
func (s *Shop) wayToDatabase(o Options, i *instance, database string) string {
	if o.Pooler != nil {
		database = o.Pooler.Through(o.Cluster, database)
	}
	if !o.Proxied || o.Cluster == nil || i.service != "pedidos" && i.service != "inventario" {
		return database
	}
	u, err := url.Parse(database)
	require.NoError(s.t, err)
	return strings.Replace(database, u.Host, s.link(i.name, "postgres", u.Host), 1)
}

func (s *Shop) link(from, to, address string) string {
	s.t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &Link{From: from, To: to, proxy: toxiproxy.NewProxy(server, from+" → "+to, "127.0.0.1:"+FreePorts(s.t, 1)[0], address)}
	require.NoError(s.t, l.proxy.Start())
	s.links = append(s.links, l)
	return l.proxy.Listen
}

// String is like "pedidos → inventario".
func (l *Link) String() string { return l.proxy.Name }

// Late delays requests over some connections (share of them, 0 to 1) by d; they may arrive after the caller's timeout.
func (l *Link) Late(d time.Duration, share float64) error {
	return l.add("latency", "upstream", share, map[string]int64{"latency": d.Milliseconds(), "jitter": d.Milliseconds() / 2})
}

// LateReplies delays answers in the same way.
func (l *Link) LateReplies(d time.Duration, share float64) error {
	return l.add("latency", "downstream", share, map[string]int64{"latency": d.Milliseconds(), "jitter": d.Milliseconds() / 2})
}

// Cut closes each connection after it has answered this many bytes.
func (l *Link) Cut(bytes int) error {
	return l.add("limit_data", "downstream", 1, map[string]int64{"bytes": int64(bytes)})
}

// Drop drops answers, and closes the connection a while after.
func (l *Link) Drop(after time.Duration) error {
	return l.add("timeout", "downstream", 1, map[string]int64{"timeout": max(1, after.Milliseconds())})
}

// Trickle sends answers a few bytes at a time.
func (l *Link) Trickle(between time.Duration) error {
	return l.add("slicer", "downstream", 1, map[string]int64{"average_size": 24, "size_variation": 8, "delay": between.Microseconds()})
}

// Hang accepts requests and never answers.
func (l *Link) Hang() error { return l.add("timeout", "upstream", 1, map[string]int64{"timeout": 0}) }

// Shut closes all connections, and refuses new ones.
func (l *Link) Shut() error {
	l.proxy.Stop()
	l.shut = true
	return nil
}

// Heal ends all faults of the link.
func (l *Link) Heal() error {
	l.proxy.Toxics.ResetToxics(context.Background())
	if !l.shut {
		return nil
	}
	l.shut = false
	return l.proxy.Start()
}

func (l *Link) add(kind, direction string, share float64, attributes map[string]int64) error {
	text, err := json.Marshal(map[string]any{"type": kind, "stream": direction, "toxicity": share, "attributes": attributes})
	if err != nil {
		return err
	}
	_, err = l.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
	return err
}
