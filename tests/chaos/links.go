package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

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

// Spoil begins the fault of a step. What is late may arrive after the caller's timeout.
func (l *Link) Spoil(step Step) error {
	late := map[string]int64{"latency": int64(step.Size), "jitter": int64(step.Size) / 2}
	switch step.Kind {
	case Late, Held:
		return l.add("latency", "upstream", step.Share, late)
	case Slow:
		return l.add("latency", "downstream", step.Share, late)
	case Trickle: // 24 bytes, then 20 ms nothing
		return l.add("slicer", "downstream", 1, map[string]int64{"average_size": 24, "size_variation": 8, "delay": 20_000})
	case Cut:
		return l.add("limit_data", "downstream", 1, map[string]int64{"bytes": int64(step.Size)})
	case Drop: // the connection closes half of the step later
		return l.add("timeout", "downstream", 1, map[string]int64{"timeout": max(1, (step.For / 2).Milliseconds())})
	case Hang:
		return l.add("timeout", "upstream", 1, map[string]int64{"timeout": 0})
	case Shut:
		l.proxy.Stop()
		l.shut = true
		return nil
	}
	return fmt.Errorf("%s is nothing to do to a link", step.Kind)
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
