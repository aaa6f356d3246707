package httpserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"
)

// An operation that hangs with all of its places taken refuses further requests at once, takes nothing from the others, and
// is itself again as soon as what hung is over.
func TestShed(t *testing.T) {
	t.Parallel()
	const places, more = 256, 40
	s := httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1", Timeout: time.Minute})
	release := make(chan struct{})
	var inside atomic.Int64
	op := func(id, path string) huma.Operation {
		return huma.Operation{OperationID: id, Method: "GET", Path: path, Security: httpserver.NoToken}
	}
	huma.Register(s.API(), op("cuelga", "/cuelga"), func(context.Context, *struct{}) (*struct{}, error) {
		inside.Add(1)
		<-release
		return nil, nil
	})
	huma.Register(s.API(), op("anda", "/anda"), func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	get := func(path string) *http.Response {
		r, err := s.App().Test(httptest.NewRequest("GET", path, nil), -1)
		require.NoError(t, err)
		_ = r.Body.Close()
		return r
	}
	var wg sync.WaitGroup
	var served atomic.Int64
	for range places {
		wg.Go(func() {
			if get("/cuelga").StatusCode == http.StatusNoContent {
				served.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return inside.Load() == places }, 10*time.Second, time.Millisecond)
	for range more {
		r := get("/cuelga")
		assert.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
		assert.Equal(t, "1", r.Header.Get("Retry-After"))
		assert.Equal(t, http.StatusNoContent, get("/anda").StatusCode)
	}
	assert.EqualValues(t, places, inside.Load())
	close(release)
	wg.Wait()
	assert.EqualValues(t, places, served.Load())
	assert.Equal(t, http.StatusNoContent, get("/cuelga").StatusCode)
}

type peer struct{ state string }

func (p *peer) Name() string  { return "vecino" }
func (p *peer) State() string { return p.state }

func TestMetrics_show_the_breaker_of_each_peer(t *testing.T) {
	t.Parallel()
	p := &peer{state: "closed"}
	s := &shop{Server: httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1", Peers: []httpserver.Peer{p}})}
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, `peer_breaker_state{peer="vecino",state="closed"} 1`)
	p.state = "open"
	metrics := s.call(t, "GET", "/metrics", "").raw
	assert.Contains(t, metrics, `peer_breaker_state{peer="vecino",state="open"} 1`)
	assert.Contains(t, metrics, `peer_breaker_state{peer="vecino",state="closed"} 0`)
}
