package load_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// sample is one answer.
type sample struct {
	status int
	took   time.Duration
}

// ended is what an ask gives that has nothing left to ask.
const ended = -1

// closed asks from n clients, one request after the other each, for d.
func closed(n int, d time.Duration, ask func() int) []sample {
	var mu sync.Mutex
	var all []sample
	var clients sync.WaitGroup
	end := time.Now().Add(d)
	for range n {
		clients.Go(func() {
			for time.Now().Before(end) {
				start := time.Now()
				s := sample{ask(), time.Since(start)}
				if s.status == ended {
					return
				}
				mu.Lock()
				all = append(all, s)
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return all
}

// open asks at a rate (per second) for d, whether answers come or not.
func open(rate float64, d time.Duration, ask func() int) []sample {
	var mu sync.Mutex
	var all []sample
	var requests sync.WaitGroup
	start := time.Now()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if due.Sub(start) > d {
			break
		}
		time.Sleep(time.Until(due))
		requests.Go(func() {
			begin := time.Now()
			s := sample{ask(), time.Since(begin)}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, s)
		})
	}
	requests.Wait()
	return all
}

func with(all []sample, status int) (some []sample) {
	for _, s := range all {
		if s.status == status {
			some = append(some, s)
		}
	}
	return some
}

// statuses counts the answers.
func statuses(all []sample) map[int]int {
	count := map[int]int{}
	for _, s := range all {
		count[s.status]++
	}
	return count
}

func percentile(all []sample, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.SortFunc(all, func(a, b sample) int { return int(a.took - b.took) })
	return all[min(int(p*float64(len(all))), len(all)-1)].took
}

func asker(s *shop.Shop, method, path, token string, body any, unexpected *atomic.Int64) func() int {
	return func() int {
		a, err := s.Do("pedidos", method, path, token, body)
		if err != nil || a.Status >= 500 && a.Status != http.StatusServiceUnavailable {
			unexpected.Add(1)
		}
		return a.Status
	}
}

func each(b *testing.B, bench func(b *testing.B, s *shop.Shop)) {
	for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
		b.Run(name, func(b *testing.B) { bench(b, shop.New(b, shop.Options{Postgres: postgres, Unchecked: true})) })
	}
}

// BenchmarkOverload sends three times as many orders as the shop can take, and shows how many it takes, and how soon it
// refuses the others.
func BenchmarkOverload(b *testing.B) {
	each(b, func(b *testing.B, s *shop.Shop) {
		var unexpected atomic.Int64
		product, token := s.Product(1_000_000), s.Customer()
		ask := asker(s, "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}, &unexpected)
		const d = 5 * time.Second
		for b.Loop() {
			closed(16, d, ask) // warm
			peak := float64(len(with(closed(16, d, ask), 201))) / d.Seconds()
			flood := open(3*peak, d, ask)
			good := float64(len(with(flood, 201))) / d.Seconds()
			shed := with(flood, 503)
			b.ReportMetric(peak, "peak/s")
			b.ReportMetric(good/peak, "goodput/peak")
			b.ReportMetric(float64(len(shed))/float64(len(flood)), "shed")
			b.ReportMetric(float64(percentile(shed, 0.5).Microseconds())/1000, "shed-p50-ms")
			b.ReportMetric(float64(percentile(shed, 0.99).Microseconds())/1000, "shed-p99-ms")
			b.ReportMetric(float64(unexpected.Load()), "unexpected")
		}
	})
}

// BenchmarkHungPeer reads orders while inventario works and while it hangs with orders waiting for it.
func BenchmarkHungPeer(b *testing.B) {
	each(b, func(b *testing.B, s *shop.Shop) {
		var unexpected atomic.Int64
		product, token := s.Product(1_000_000), s.Customer()
		placed := s.Must(201, "pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
		read := asker(s, "GET", fmt.Sprintf("/pedidos/%d", placed.Int("id")), token, nil, &unexpected)
		order := asker(s, "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}, &unexpected)
		const d = 5 * time.Second
		for b.Loop() {
			closed(4, d, read) // warm
			base := percentile(open(200, d, read), 0.99)
			s.Pause("inventario")
			var waiting sync.WaitGroup
			waiting.Go(func() { open(50, d, order) })
			hung := percentile(open(200, d, read), 0.99)
			waiting.Wait()
			s.Resume("inventario")
			b.ReportMetric(float64(base.Microseconds())/1000, "base-p99-ms")
			b.ReportMetric(float64(hung.Microseconds())/1000, "hung-p99-ms")
			b.ReportMetric(float64(hung)/float64(base), "hung/base")
			b.ReportMetric(float64(unexpected.Load()), "unexpected")
		}
	})
}
