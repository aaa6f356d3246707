package limits

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/logging"
)

// TestLines refuses very many requests for a minute: first of one network, then of many networks.
func TestLines(t *testing.T) {
	t.Parallel()
	for name, network := range map[string]func(i int) string{
		"one":  func(int) string { return "192.0.2.1" },
		"many": func(i int) string { return fmt.Sprint("2001:db8::", i) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				s := NewLines(logging.New(&out, "prueba", nil, nil))
				written := 0
				for i := range 60_000 {
					if s.Write(network(i)) {
						written++
					}
					time.Sleep(time.Millisecond)
				}
				time.Sleep(suppressedEvery)
				synctest.Wait()
				burst, rate := refusedBurst, refusedPerSecond
				if name == "many" {
					burst, rate = allRefusedBurst, allRefusedPerSecond
				}
				assert.InDelta(t, burst+60*rate, written, 5)
				lines := strings.Split(strings.TrimSpace(out.String()), "\n")
				require.Len(t, lines, 6, "one summary in ten seconds")
				assert.Contains(t, lines[1], `"suppressed":`)
				assert.LessOrEqual(t, len(s.networks.byName), maxNetworks)
			})
		})
	}
	assert.True(t, NewLines(slog.New(slog.DiscardHandler)).Write("198.51.100.1"), "the first of a network is always written")
}
