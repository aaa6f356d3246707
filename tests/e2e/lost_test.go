package e2e_test

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/shop"
)

// deafWay is a way to PostgreSQL. Once a statement has a parameter, what PostgreSQL answers is lost, until mend.
type deafWay struct {
	parameter []byte // as it stands in a Bind message: its length, then its text
	deaf      atomic.Bool
	heard     atomic.Bool // it was seen: no second time
}

func newDeafWay(parameter string) *deafWay {
	return &deafWay{parameter: append([]byte{0, 0, 0, byte(len(parameter))}, parameter...)}
}

func (w *deafWay) mend() { w.deaf.Store(false) }

// open listens before address, until the test ends.
func (w *deafWay) open(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", address)
			if err != nil {
				_ = client.Close()
				continue
			}
			go pass(server, client, w.ask)
			go pass(client, server, func([]byte) bool { return !w.deaf.Load() })
		}
	}()
	return listener.Addr().String()
}

func (w *deafWay) ask(sent []byte) bool {
	if bytes.Contains(sent, w.parameter) && w.heard.CompareAndSwap(false, true) {
		w.deaf.Store(true)
	}
	return true
}

// pass copies one direction of a connection, except what may does not let pass.
func pass(to, from net.Conn, may func([]byte) bool) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && may(buffer[:n]) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			_, _ = io.Copy(io.Discard, from)
			return
		}
	}
}

// TestLostOutcome: PostgreSQL stores that an order without a key has its units, and its answer is lost. The client gets 503, so
// nothing of the order may stay, also when pedidos dies before it can reach its database again.
func TestLostOutcome(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"the process lives": false, "the process dies": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way := newDeafWay("RESERVADO")
			s := shop.New(t, shop.Options{Cluster: dbtest.StartCluster(t), Through: func(from, to, address string) string {
				if from == "pedidos" && to == "postgres" {
					return way.open(t, address)
				}
				return address
			}})
			product, token := s.Product(10), s.Customer()
			a := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 4})
			require.Equal(t, 503, a.Status, "%s", a.Body)
			assert.Equal(t, "RESERVADO", phase(t, s), "this is what the test is about")
			if dies {
				s.Kill("pedidos")
			}
			way.mend()
			if dies {
				s.Start("pedidos")
			}
			s.Eventually("the order is cancelled", func() bool { return phase(t, s) == "CANCELADO" })
			order := s.Must(200, "pedidos", "GET", "/pedidos", token, nil)
			assert.Equal(t, "SISTEMA", order.Text("0.motivo_cancelacion"))
			cantidad, fisico, reservado := s.Stock(product)
			assert.Equal(t, []int64{10, 10, 0}, []int64{cantidad, fisico, reservado})
			audit(t, s, product, 10)
		})
	}
}

// phase is the phase of the only order.
func phase(t *testing.T, s *shop.Shop) (phase string) {
	t.Helper()
	require.NoError(t, s.Open("pedidos").QueryRowContext(t.Context(), "SELECT fase FROM pedidos").Scan(&phase))
	return phase
}
