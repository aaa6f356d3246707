package chaos

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// stocker brings units in and takes units out by hand.
type stocker struct {
	client
	name, token string
	hot, all    []int64
	moves       int
	stop        func() bool
}

func (s *stocker) live() {
	for !s.stop() {
		if s.random.IntN(5) > 0 {
			s.move()
		} else {
			s.count()
		}
		time.Sleep(time.Duration(s.random.IntN(120)) * time.Millisecond)
	}
}

// move is one change of a product's stock, with its own request id, by which the ledger is searched at the end.
func (s *stocker) move() {
	product := s.all[s.random.IntN(len(s.all))]
	if s.random.IntN(2) == 0 {
		product = s.hot[s.random.IntN(len(s.hot))]
	}
	n := int64(1 + s.random.IntN(8))
	change := line{ProductoID: product, Cantidad: n}
	kinds := []string{"SALIDA", "SALIDA", "MERMA", "MERMA", "DEVOLUCION", "ENTRADA"}
	kind := kinds[min(s.random.IntN(10), len(kinds)-1)]
	if kind == "SALIDA" || kind == "MERMA" {
		change.Cantidad = -n
	}
	s.ask(&Ask{Kind: "move", Method: "PATCH", Path: fmt.Sprintf("/inventario/%d", product), Lines: []line{change},
		Body: shop.Object{"tipo_movimiento": kind, "cantidad": n}})
}

// count sends a physical count that differs a little from the system's stock.
func (s *stocker) count() {
	product := s.all[s.random.IntN(len(s.all))]
	seen := s.look("inventario", fmt.Sprintf("/inventario/%d", product), s.token)
	fisico, delta := seen.Answer.Int("fisico"), int64(1+s.random.IntN(3))
	if s.random.IntN(2) == 0 {
		delta = -delta
	}
	if seen.Status != 200 || fisico+delta < 0 {
		return
	}
	s.ask(&Ask{Kind: "count", Method: "POST", Path: fmt.Sprintf("/inventario/%d/recuento", product),
		Body: shop.Object{"esperado": fisico, "contado": fisico + delta}, Lines: []line{{ProductoID: product, Cantidad: delta}}})
}

func (s *stocker) ask(a *Ask) {
	s.moves++
	a.Service, a.Token, a.Reference = "inventario", s.token, s.name+"-"+strconv.Itoa(s.moves)
	send := s.send
	if s.random.IntN(2) == 0 {
		if a.Key = a.Reference; s.random.IntN(4) == 0 {
			send = s.twice
		}
	}
	send(a, s.record.Closed)
}

// pricer changes prices all the time: an order keeps the prices of its creation.
type pricer struct {
	client
	token string
	all   []int64
	stop  func() bool
}

func (p *pricer) live() {
	for !p.stop() {
		product := p.all[p.random.IntN(len(p.all))]
		price := cents(100 + p.random.IntN(5000))
		p.record.Priced(product, price)
		told := p.once(&Ask{Service: "productos", Method: "PATCH", Path: fmt.Sprintf("/productos/%d", product), Token: p.token,
			Body: shop.Object{"precio": float64(price) / 100}})
		if !told.Open(false) && told.Status != 200 {
			p.record.Violate("unexpected answer", "PATCH /productos/%d: %s %s", product, told.verdict(), told.Answer.Body)
		}
		time.Sleep(time.Duration(50+p.random.IntN(100)) * time.Millisecond)
	}
}
