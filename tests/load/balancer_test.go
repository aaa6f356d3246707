package load_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// balancer is a TCP balancer in front of each service: each new connection goes to the next instance.
type balancer struct {
	listeners map[string]net.Listener
	shop      atomic.Pointer[shop.Shop] // once it runs
	used      sync.Map                  // address of an instance → true, when a connection went there
}

// newBalancer listens before there is a shop, because the services must know where their peers are.
func newBalancer(t testing.TB) *balancer {
	t.Helper()
	b := &balancer{listeners: map[string]net.Listener{}}
	for _, service := range launcher.Names() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		b.listeners[service] = l
		go b.serve(service, l)
	}
	return b
}

// URL is where a service answers, whichever instance does.
func (b *balancer) URL(service string) string {
	return "http://" + b.listeners[service].Addr().String()
}

// env tells the services of a shop to call each other through the balancer.
func (b *balancer) env() map[string]string {
	env := map[string]string{"LOG_LEVEL": "warn", "ACCESS_TOKEN_EXPIRE_MINUTES": "60"}
	for _, service := range launcher.Names() {
		env[strings.ToUpper(service)+"_SERVICE_URL"] = b.URL(service)
	}
	return env
}

func (b *balancer) serve(service string, l net.Listener) {
	for next := 0; ; next++ {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go b.join(service, next, client)
	}
}

// join is one connection from its beginning to its end.
func (b *balancer) join(service string, n int, client net.Conn) {
	defer client.Close()
	s := b.shop.Load()
	if s == nil {
		return
	}
	instances := s.Instances(service)
	address := strings.TrimPrefix(s.URL(instances[n%len(instances)]), "http://")
	instance, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer instance.Close()
	b.used.Store(address, true)
	go func() {
		_, _ = io.Copy(instance, client)
		_ = instance.Close()
	}()
	_, _ = io.Copy(client, instance)
}
