package bunstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
)

const (
	maxJuntas = 64               // reservations in a batch
	sinPlazo  = 10 * time.Second // for a batch whose callers have no deadline
)

// colas makes the reservations of one product take turns in this process. A caller whose product is free gets the turn at once,
// alone. The callers that come meanwhile form the next batch, in their order, and the first of them reserves for all. Between
// processes the lock of the stock's row does this.
type colas struct {
	mu  sync.Mutex
	por map[int64][]*espera // the callers that wait, by product; a product without an entry is free
}

// espera is a caller of Reservar in the queue of its product.
type espera struct {
	nueva *domain.Reserva
	causa domain.Causa
	hasta time.Time     // the caller's deadline
	aviso chan struct{} // the caller gets the turn (lote), or its answer

	lote  []*espera // the batch to reserve: the caller's own reservation first
	sola  bool      // must go alone: its batch failed
	fuera bool      // its caller waits no more

	resuelta bool
	guardada *domain.Reserva
	creada   bool
	err      error
}

func (e *espera) producto() int64 { return e.nueva.Tomar()[0].ProductoID }

// entrar puts a caller into the queue of its product. The caller must call salir at its end.
func (c *colas) entrar(ctx context.Context, nueva *domain.Reserva, causa domain.Causa) *espera {
	hasta, hay := ctx.Deadline()
	if !hay {
		hasta = time.Now().Add(sinPlazo)
	}
	e := &espera{nueva: nueva, causa: causa, hasta: hasta, aviso: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	cola, ocupado := c.por[e.producto()]
	c.por[e.producto()] = append(cola, e)
	if !ocupado {
		c.dar(e.producto())
	}
	return e
}

// terminar answers the resolved callers of a batch, and gives the turn to the next. The other callers of the batch go alone, in
// their order and before later callers.
func (c *colas) terminar(lote []*espera) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var solas []*espera
	for _, e := range lote {
		e.lote = nil
		switch {
		case e.resuelta:
			e.aviso <- struct{}{}
		case !e.fuera:
			e.sola = true
			solas = append(solas, e)
		}
	}
	c.devolver(lote[0].producto(), solas)
}

// salir takes a caller out of the queue. If the caller has the turn, the rest of its batch keeps the turn.
func (c *colas) salir(e *espera) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.fuera = true
	if e.lote != nil {
		c.devolver(e.producto(), slices.DeleteFunc(e.lote, func(e *espera) bool { return e.fuera }))
		return
	}
	if cola, ocupado := c.por[e.producto()]; ocupado {
		c.por[e.producto()] = slices.DeleteFunc(cola, func(otra *espera) bool { return otra == e })
	}
}

// devolver puts callers back at the front of the queue of their product, and gives the turn to the next.
func (c *colas) devolver(producto int64, delante []*espera) {
	c.por[producto] = append(delante, c.por[producto]...)
	c.dar(producto)
}

// dar gives the turn to the first callers of the queue; without callers the product is free.
func (c *colas) dar(producto int64) {
	cola := c.por[producto]
	if len(cola) == 0 {
		delete(c.por, producto)
		return
	}
	n := slices.IndexFunc(cola, func(e *espera) bool { return e.sola })
	switch {
	case n < 0:
		n = len(cola)
	case n == 0:
		n = 1
	}
	n = min(n, maxJuntas)
	primera := cola[0]
	primera.lote, c.por[producto] = slices.Clone(cola[:n]), slices.Clone(cola[n:])
	primera.aviso <- struct{}{}
}
