package chaos

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"
)

// Link is the connection from one process to another, or to the database, into which a test can inject faults. A fault applies
// to open connections and to new ones, until Heal. One goroutine may use a link at a time.
type Link struct {
	proxy *toxiproxy.Proxy
	shut  bool
}

// newLink puts a proxy between two processes of a shop. It ends with the test.
func newLink(t testing.TB, from, to, address string) *Link {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &Link{proxy: toxiproxy.NewProxy(server, from+" → "+to, "127.0.0.1:"+shop.FreePorts(t, 1)[0], address)}
	require.NoError(t, l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
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
	return l.add("slicer", "downstream", 1,
		map[string]int64{"average_size": 24, "size_variation": 8, "delay": between.Microseconds()})
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
