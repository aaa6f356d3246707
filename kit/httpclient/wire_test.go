package httpclient_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/resilience"
)

// hangsUp is a server that answers the first request of each connection, reads the second one and closes the connection. It
// records all requests.
type hangsUp struct {
	net.Listener
	mu   sync.Mutex
	seen []string
	wait *sync.WaitGroup // of requests that are answered together; nil = each at once
}

// together makes the next n requests wait for each other; 0 = none.
func (d *hangsUp) together(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wait = nil
	if n > 0 {
		d.wait = new(sync.WaitGroup)
		d.wait.Add(n)
	}
}

func newHangsUp(t *testing.T) *hangsUp {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	d := &hangsUp{Listener: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return d
}

func (d *hangsUp) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	copied := new(bytes.Buffer)
	r := bufio.NewReader(io.TeeReader(conn, copied))
	for n := range 2 {
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		d.mu.Lock()
		d.seen = append(d.seen, copied.String())
		wait := d.wait
		d.mu.Unlock()
		if wait != nil {
			wait.Done()
			wait.Wait()
		}
		copied.Reset()
		if n == 0 {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
		}
	}
}

func (d *hangsUp) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.seen...)
}

// TestClient_Do_is_the_only_layer_that_repeats: net/http by itself repeats requests when a kept connection breaks.
func TestClient_Do_is_the_only_layer_that_repeats(t *testing.T) {
	t.Parallel()
	t.Run("the trap", func(t *testing.T) {
		t.Parallel()
		d := newHangsUp(t)
		client := &http.Client{Transport: &http.Transport{}}
		for range 2 {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.Addr().String(), nil)
			require.NoError(t, err)
			resp, err := client.Do(request)
			require.NoError(t, err)
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		assert.Len(t, d.requests(), 3, "two calls, three requests")
	})
	key := http.Header{"Idempotency-Key": {"k"}, "X-Idempotency-Key": {"k"}}
	for name, r := range map[string]httpclient.Request{
		"GET":                    {Method: http.MethodGet, Path: "/x"},
		"GET with a key":         {Method: http.MethodGet, Path: "/x", Header: key},
		"POST":                   {Method: http.MethodPost, Path: "/x", Body: 1},
		"POST with a key":        {Method: http.MethodPost, Path: "/x", Body: 1, Header: key},
		"POST of nothing":        {Method: http.MethodPost, Path: "/x"},
		"POST of nothing, keyed": {Method: http.MethodPost, Path: "/x", Header: key},
		"DELETE with a key":      {Method: http.MethodDelete, Path: "/x", Header: key},
		"OPTIONS":                {Method: http.MethodOptions, Path: "/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHangsUp(t)
			client := httpclient.New(httpclient.Options{
				Peer: "x", BaseURL: "http://" + d.Addr().String(), Policy: resilience.New(resilience.Options{Attempts: 1}),
			})
			_, err := client.Do(t.Context(), r, nil)
			require.NoError(t, err)
			_, err = client.Do(t.Context(), r, nil)
			assertUnavailable(t, err, "")
			seen := d.requests()
			require.Len(t, seen, 2)
			for _, wire := range seen {
				wire = strings.ToLower(wire)
				assert.NotContains(t, wire, "transfer-encoding", "services refuse chunks")
				switch {
				case r.Body != nil:
					assert.Contains(t, wire, "content-length: 1\r\n")
				case r.Method == http.MethodPost:
					assert.Contains(t, wire, "content-length: 0\r\n")
				default:
					assert.NotContains(t, wire, "content-length")
				}
				if r.Header != nil {
					assert.Equal(t, 1, strings.Count(wire, "\r\nidempotency-key: k\r\n"), wire)
				}
			}
			assert.Equal(t, http.Header{"Idempotency-Key": {"k"}, "X-Idempotency-Key": {"k"}}, key, "the caller's headers are left alone")
		})
	}
	t.Run("the policy repeats what is safe", func(t *testing.T) {
		t.Parallel()
		d := newHangsUp(t)
		client := httpclient.New(httpclient.Options{Peer: "x", BaseURL: "http://" + d.Addr().String()})
		for range 2 {
			_, err := client.Do(context.Background(), get, nil)
			require.NoError(t, err)
		}
		assert.Len(t, d.requests(), 3)
	})
}

// TestClient_Do_stale_connections: many kept connections that break at the same moment are no failure of the peer.
func TestClient_Do_stale_connections(t *testing.T) {
	t.Parallel()
	const calls = 40
	for name, r := range map[string]httpclient.Request{
		"safe":   {Method: http.MethodPut, Path: "/x", Body: 1, Safe: true},
		"unsafe": {Method: http.MethodPost, Path: "/x", Body: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHangsUp(t)
			policy := resilience.New(resilience.Options{Peer: "x", Attempts: 1, Timeout: time.Minute})
			client := httpclient.New(httpclient.Options{Peer: "x", BaseURL: "http://" + d.Addr().String(), Policy: policy})
			wave := func() (lost, sent int) {
				var all sync.WaitGroup
				var mu sync.Mutex
				for range calls {
					all.Go(func() {
						request, n := r, 0
						request.Sent = &n
						_, err := client.Do(t.Context(), request, nil)
						mu.Lock()
						defer mu.Unlock()
						sent += n
						if err != nil {
							lost++
						}
					})
				}
				all.Wait()
				return lost, sent
			}
			d.together(calls) // so that there are as many connections as calls
			lost, _ := wave()
			require.Zero(t, lost)
			d.together(0)
			lost, sent := wave()
			assert.Equal(t, "closed", policy.State())
			if r.Safe {
				assert.Zero(t, lost)
				assert.Greater(t, sent, calls, "the caller learns that the peer may have seen a request twice")
				return
			}
			assert.Positive(t, lost)
			assert.Equal(t, calls, sent, "the peer may have done what was asked")
		})
	}
}

// TestClient_Do_keeps_connections: calls one after another share one.
func TestClient_Do_keeps_connections(t *testing.T) {
	t.Parallel()
	addresses := map[string]bool{}
	client, _, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		if len(addresses)%2 == 0 {
			say(404, "application/problem+json", `{"codigo":"X"}`)(w, r)
			return
		}
		say(200, "application/json", `{}`)(w, r)
	})
	for range 20 {
		_, _ = client.Do(t.Context(), get, nil)
	}
	assert.Len(t, addresses, 1)
}
