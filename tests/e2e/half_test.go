package e2e_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// half is the beginning of a request that never ends, as an attacker sends it.
type half struct {
	service, begin string
	most           map[int]float64 // MiB that all of them may cost, by the number of addresses
}

func halves(token string) map[string]half {
	body := "\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat(" ", 55_000)
	unproven := map[int]float64{1: 64, 200: 160}
	return map[string]half{
		"headers":        {"auth", "POST /login HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 7_000), unproven},
		"body, no token": {"auth", "POST /login HTTP/1.1\r\nHost: a" + body, unproven},
		// A customer's requests are worked on up to the body, as fast as they come: that has the cost of any load.
		"body, with a token": {"pedidos", "POST /pedidos HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + body,
			map[int]float64{1: 160, 200: 160}},
	}
}

// TestHalfRequests: 12 000 requests that are never finished cost a service little memory, with the limits that it has by default,
// and others are served meanwhile.
func TestHalfRequests(t *testing.T) {
	const attempts = 12_000
	for _, addresses := range []int{1, 200} {
		s := shop.New(t, shop.Options{Quiet: true})
		s.Product(10)
		for name, half := range halves(s.Customer()) {
			t.Run(fmt.Sprintf("%s from %d", name, addresses), func(t *testing.T) {
				before := resident(t, s, half.service)
				peak := watch(t, s, half.service, func() {
					var open sync.WaitGroup
					var mu sync.Mutex
					var all []net.Conn
					for worker := range 16 {
						open.Go(func() {
							for n := worker; n < attempts; n += 16 {
								from := net.IPv4(127, 0, 1, byte(n%addresses+1))
								d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: 5 * time.Second}
								c, err := d.Dial("tcp", strings.TrimPrefix(s.URL(half.service), "http://"))
								if err != nil {
									continue
								}
								_ = c.SetWriteDeadline(time.Now().Add(time.Second))
								_, _ = io.WriteString(c, half.begin)
								mu.Lock()
								all = append(all, c)
								mu.Unlock()
							}
						})
					}
					open.Wait()
					assert.Equal(t, 200, s.Call("productos", "GET", "/productos/1", "", nil).Status)
					s.Customer() // registers and logs in
					for _, c := range all {
						_ = c.Close()
					}
				})
				t.Logf("%d half requests (%s) from %d addresses: %.0f MiB above %.0f", attempts, name, addresses, peak-before, before)
				assert.LessOrEqual(t, peak-before, half.most[addresses], "MiB above idle")
			})
		}
	}
}

var residentLine = regexp.MustCompile(`(?m)^process_resident_memory_bytes (\S+)$`)

// resident is the memory of a service, in MiB.
func resident(t *testing.T, s *shop.Shop, service string) float64 {
	t.Helper()
	var resp *http.Response
	require.Eventually(t, func() (ok bool) { // at the cap a connection may be closed before it is used
		var err error
		resp, err = http.Get(s.URL(service) + "/metrics")
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	found := residentLine.FindSubmatch(text)
	require.NotNil(t, found, "%s has no figure of its memory", service)
	bytes, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return bytes / (1 << 20)
}

// watch gives the most memory that a service had while f ran.
func watch(t *testing.T, s *shop.Shop, service string, f func()) (peak float64) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		peak = max(peak, resident(t, s, service))
		select {
		case <-done:
			return peak
		case <-time.After(100 * time.Millisecond):
		}
	}
}
