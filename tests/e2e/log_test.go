package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// lines are those of a service's log with this message.
func lines(s *shop.Shop, service, message string) (found []map[string]any) {
	for _, line := range s.Log(service) {
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// TestLog_of_an_idle_shop: without requests there is no line, while services poll auth and operators' machines poll them.
func TestLog_of_an_idle_shop(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	before := map[string]string{}
	for _, service := range launcher.Names() {
		s.Eventually(service+" writes the last line of its start", func() bool { return len(lines(s, service, "listening")) > 0 })
		before[service] = s.Output(service)
		assert.NotEmpty(t, lines(s, service, "migration applied"), service)
	}
	pace := time.NewTicker(time.Second) // leaves the processors to the tests beside this one
	defer pace.Stop()
	s.Eventually("three services have polled auth, and twice more", func() bool {
		<-pace.C
		for _, service := range launcher.Names() {
			s.Must(200, service, "GET", "/health/ready", "", nil)
			s.Must(200, service, "GET", "/metrics", "", nil)
		}
		polls := 0
		_, after, _ := strings.Cut(string(s.Must(200, "auth", "GET", "/metrics", "", nil).Body),
			`http_requests_total{method="GET",route="/revocaciones",status="200"} `)
		_, _ = fmt.Sscan(after, &polls) // 0 before the first poll
		return polls >= 3*3
	})
	for _, service := range launcher.Names() {
		assert.Empty(t, strings.TrimPrefix(s.Output(service), before[service]), service)
		assert.Equal(t, strings.Count(s.Output(service), "\n"), len(s.Log(service)), "every line of %s is an object", service)
	}
}

// TestLog_of_a_flood: refused requests do not fill the disk, also without a rate limit; the lines of all others are there.
func TestLog_of_a_flood(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Services: []string{"auth", "productos"}, Unchecked: true})
	before := len(s.Output("productos"))
	const requests = 20_000
	var flood sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for i := range 8 {
		flood.Go(func() {
			for n := range requests / 8 {
				path := fmt.Sprintf("/no/hay/%d/%d/%s", i, n, strings.Repeat("x", 2000))
				if n%2 == 1 {
					path = "/productos?" + strings.Repeat("y", 2000) + "=1"
				}
				response, err := client.Get(s.URL("productos") + path)
				if !assert.NoError(t, err) {
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				assert.NoError(t, response.Body.Close())
			}
		})
	}
	flood.Wait()
	const wanted = 50
	for range wanted {
		s.Must(200, "productos", "GET", "/productos", "", nil)
	}
	var suppressed float64
	s.Eventually("a line counts what was left out", func() bool {
		suppressed = 0
		for _, line := range lines(s, "productos", "lines of refused requests suppressed") {
			n, _ := line["suppressed"].(float64)
			suppressed += n
		}
		written := 0
		for _, line := range lines(s, "productos", "request") {
			if status, _ := line["status"].(float64); status >= 400 {
				written++
			}
		}
		return int(suppressed)+written == requests
	})
	ok := 0
	for _, line := range lines(s, "productos", "request") {
		if line["status"] == 200.0 && line["path"] == "/productos" {
			ok++
		}
	}
	assert.Equal(t, wanted, ok)
	written := len(s.Output("productos")) - before
	t.Logf("%d refused requests: %d bytes of log, %.0f lines left out", requests, written, suppressed)
	assert.Less(t, written, 512<<10)
}

// TestLog_of_business: what happened in the shop is logged once, also when requests repeat, with the request that did it.
func TestLog_of_business(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		product, customer := s.Product(10), s.Customer()
		s.Must(200, "inventario", "PATCH", fmt.Sprintf("/inventario/%d", product), s.Admin(),
			shop.Object{"cantidad": 1, "tipo_movimiento": "SALIDA"})
		other := s.Must(201, "productos", "POST", "/productos", s.Admin(), shop.Object{"nombre": "Con mínimo", "precio": 1}).Int("id")
		s.Must(201, "inventario", "POST", "/inventario", s.Admin(), shop.Object{"producto_id": other, "cantidad": 10, "minimo": 5})

		order := func(id string, product, units int64) shop.Answer {
			var a shop.Answer
			for range 3 {
				a = s.Call("pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": units},
					"X-Request-Id", id, "Idempotency-Key", id)
			}
			return a
		}
		kept, gone, refused := order("r-kept", other, 5), order("r-gone", other, 1), order("r-refused", product, 1000)
		more := order("r-more", other, 1)
		require.Equal(t, []int{201, 201, 409, 201}, []int{kept.Status, gone.Status, refused.Status, more.Status})
		change := func(id string, order int64, estado, token string) {
			for range 3 {
				a := s.Call("pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", order), token, shop.Object{"estado": estado}, "X-Request-Id", id)
				require.Equal(t, 200, a.Status, string(a.Body))
			}
		}
		change("r-complete", kept.Int("id"), "COMPLETADO", s.Admin())
		change("r-cancel", gone.Int("id"), "CANCELADO", customer)

		told := func(message string) (all []string) {
			for _, line := range lines(s, "pedidos", message) {
				all = append(all, fmt.Sprint(line["request_id"], " ", line["pedido_id"], " ", line["motivo"]))
			}
			return all
		}
		assert.Equal(t, []string{
			fmt.Sprintf("r-kept %d <nil>", kept.Int("id")), fmt.Sprintf("r-gone %d <nil>", gone.Int("id")),
			fmt.Sprintf("r-refused %d <nil>", refused.Int("pedido_id")), fmt.Sprintf("r-more %d <nil>", more.Int("id")),
		}, told("order created"))
		assert.Equal(t, []string{fmt.Sprintf("r-complete %d <nil>", kept.Int("id"))}, told("order completed"))
		assert.Equal(t, []string{
			fmt.Sprintf("r-refused %d SIN_STOCK", refused.Int("pedido_id")), fmt.Sprintf("r-cancel %d USUARIO", gone.Int("id")),
		}, told("order cancelled"))

		low := lines(s, "inventario", "stock below minimum")
		require.Len(t, low, 1, "by the order that crossed it")
		assert.Equal(t, []any{"INFO", "r-gone", float64(other), 4.0, 5.0},
			[]any{low[0]["level"], low[0]["request_id"], low[0]["producto_id"], low[0]["cantidad"], low[0]["minimo"]})
	})
}

// TestLog_of_outages: an outage and its end are logged once each, on one line, also when many requests and polls find out.
func TestLog_of_outages(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{Cluster: cluster})
	product, customer := s.Product(10), s.Customer()

	s.Stop("inventario")
	for range 12 {
		unavailable(t, s.Call("pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 1}))
	}
	s.Start("inventario")
	s.Eventually("inventario is called again", func() bool {
		return s.Call("pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 1}).Status == 201
	})
	assert.Len(t, lines(s, "pedidos", "peer unavailable: calls to it fail at once"), 1)
	assert.Len(t, lines(s, "pedidos", "peer available again"), 1)

	require.NoError(t, cluster.Kill())
	for range 20 {
		unavailable(t, s.Call("productos", "GET", "/productos", "", nil))
	}
	require.NoError(t, cluster.Start())
	for _, service := range launcher.Names() {
		s.Await(service)
	}
	s.Eventually("productos works", func() bool { return s.Call("productos", "GET", "/productos", "", nil).Status == 200 })
	away := lines(s, "productos", "database unavailable: requests that need it get 503")
	require.Len(t, away, 1)
	assert.Len(t, lines(s, "productos", "database available again"), 1)
	for _, service := range launcher.Names() {
		for _, line := range s.Log(service) {
			text, _ := line["error"].(string)
			assert.NotContains(t, text, "\n")
			assert.NotContains(t, text, "Repita", "what a client is told is Spanish, and not for the log: %v", line)
		}
	}
}
