package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"
)

// hanging is a server with an operation that hangs until release is closed.
type hanging struct {
	*httpserver.Server
	t       *testing.T
	inside  atomic.Int64
	release chan struct{}
}

func newHanging(t *testing.T) *hanging {
	t.Helper()
	h := &hanging{t: t, release: make(chan struct{}), Server: httpserver.New(httpserver.Options{
		Service: "prueba", Title: "Prueba", Version: "1", Timeout: time.Minute, Auth: tokens{},
		TrustedProxies: []config.Network{{Prefix: netip.MustParsePrefix("0.0.0.0/32")}}, // where the requests of App().Test come from
	})}
	op := func(id, path string) huma.Operation {
		return huma.Operation{OperationID: id, Method: "GET", Path: path, Security: rest.Public}
	}
	huma.Register(h.API(), op("cuelga", "/cuelga"), func(context.Context, *struct{}) (*struct{}, error) {
		h.inside.Add(1)
		<-h.release
		return nil, nil
	})
	huma.Register(h.API(), op("anda", "/anda"), func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	return h
}

func (h *hanging) get(path, address, token string) *http.Response {
	request := httptest.NewRequest("GET", path, nil)
	request.Header.Set("X-Forwarded-For", address)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := h.App().Test(request, -1)
	require.NoError(h.t, err)
	_ = r.Body.Close()
	return r
}

// An operation that hangs with all of its places taken refuses further requests at once, takes no places from the others, and
// works again as soon as the hanging requests end.
func TestShed(t *testing.T) {
	t.Parallel()
	const places, more = 256, 40
	h := newHanging(t)
	var wg sync.WaitGroup
	var served atomic.Int64
	for i := range places {
		wg.Go(func() {
			if h.get("/cuelga", fmt.Sprintf("192.0.2.%d", i), "").StatusCode == http.StatusNoContent {
				served.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return h.inside.Load() == places }, 10*time.Second, time.Millisecond)
	for i := range more {
		r := h.get("/cuelga", fmt.Sprintf("198.51.100.%d", i), "")
		assert.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
		assert.Equal(t, "1", r.Header.Get("Retry-After"))
		assert.Equal(t, http.StatusNoContent, h.get("/anda", "198.51.100.1", "").StatusCode)
	}
	assert.EqualValues(t, places, h.inside.Load())
	close(h.release)
	wg.Wait()
	assert.EqualValues(t, places, served.Load())
	assert.Equal(t, http.StatusNoContent, h.get("/cuelga", "192.0.2.1", "").StatusCode)
}

// One caller has at most four times the places that are left, whether it is a user or a network; another caller finds a place,
// and a service has no share of its own.
func TestShed_one_caller_leaves_places_to_others(t *testing.T) {
	t.Parallel()
	const alone = 205 // of 256
	for name, token := range map[string]string{"network": "", "user": "perfil"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHanging(t)
			var wg sync.WaitGroup
			send := func(n int, address, token string) (refused *atomic.Int64) {
				refused = &atomic.Int64{}
				for range n {
					wg.Go(func() {
						if h.get("/cuelga", address, token).StatusCode == http.StatusServiceUnavailable {
							refused.Add(1)
						}
					})
				}
				return refused
			}
			refused := send(300, "2001:db8::1", token)
			require.Eventually(t, func() bool { return h.inside.Load()+refused.Load() == 300 }, 10*time.Second, time.Millisecond)
			assert.EqualValues(t, alone, h.inside.Load())
			assert.Equal(t, http.StatusServiceUnavailable, h.get("/cuelga", "2001:db8::2", token).StatusCode, "of the same caller")

			another := send(1, "192.0.2.1", "")
			require.Eventually(t, func() bool { return h.inside.Load() == alone+1 }, 10*time.Second, time.Millisecond)
			service := send(256, "2001:db8::1", "service")
			require.Eventually(t, func() bool { return h.inside.Load()+service.Load() == alone+1+256 }, 10*time.Second, time.Millisecond)
			assert.EqualValues(t, 256, h.inside.Load())
			close(h.release)
			wg.Wait()
			assert.Zero(t, another.Load())
			assert.Equal(t, http.StatusNoContent, h.get("/cuelga", "2001:db8::1", token).StatusCode)
		})
	}
}

type peer struct{ state string }

func (p *peer) Name() string  { return "vecino" }
func (p *peer) State() string { return p.state }

func TestMetrics_show_the_breaker_of_each_peer(t *testing.T) {
	t.Parallel()
	p := &peer{state: "closed"}
	s := &shop{Server: httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1",
		Peers: []httpserver.Peer{p}})}
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, `peer_breaker_state{peer="vecino",state="closed"} 1`)
	p.state = "open"
	metrics := s.call(t, "GET", "/metrics", "").raw
	assert.Contains(t, metrics, `peer_breaker_state{peer="vecino",state="open"} 1`)
	assert.Contains(t, metrics, `peer_breaker_state{peer="vecino",state="closed"} 0`)
}
