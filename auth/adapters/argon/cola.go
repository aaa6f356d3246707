package argon

import (
	"context"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/ports"
)

const (
	// maxEspera is the longest wait: a request that cannot have its place in this time is refused at once.
	maxEspera = 2 * time.Second
	// duracionInicial is the assumed time of a hash, until one was measured.
	duracionInicial = 50 * time.Millisecond
	// minCola keeps small bursts from being refused while the machine is slow.
	minCola = 16
	// maxCola is below the 256 requests that kit/httpserver accepts for one operation, so that the queue chooses what is refused.
	maxCola = 192
)

// cola distributes the places for hashes. Each free place goes to the lanes in turn, and in a lane to the networks in turn: many
// requests in one lane, or from one network, do not delay the others. When only one lane or network waits, it gets all places.
// The queue is limited to the work of maxEspera, and one network may use three quarters of it. When the queue is full, the
// newest request of the network with the most requests is refused.
type cola struct {
	mu       sync.Mutex
	lugares  int // hashes at a time
	libres   int // places
	carriles [ports.Carriles]carril
	toca     int                 // the next lane
	turnos   map[string]struct{} // Solicitud.Turno of the requests that have a place
	llegadas uint64
	media    time.Duration // time of a hash; the last hashes count most
}

func nuevaCola(lugares int) *cola {
	return &cola{lugares: lugares, libres: lugares, turnos: map[string]struct{}{}, media: duracionInicial}
}

// tomar waits for a place, but not longer than ctx; dejar frees it. fault.ErrUnavailable.
func (c *cola) tomar(ctx context.Context, s ports.Solicitud) (dejar func(), err error) {
	if ctx.Err() != nil {
		return nil, saturada().Because(ctx.Err())
	}
	e := c.ponerse(s)
	select {
	case err = <-e.listo:
	case <-ctx.Done():
		err = c.irse(ctx, e)
	}
	if err != nil {
		return nil, err
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.liberar(s)
	}, nil
}

// ponerse adds a request to the queue. When the queue is then too long, it refuses a request, perhaps this one.
func (c *cola) ponerse(s ports.Solicitud) *espera {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.llegadas++
	e := &espera{Solicitud: s, llegada: c.llegadas, listo: make(chan error, 1)}
	k := &c.carriles[s.Carril]
	f := k.fila(s.Red)
	f.esperan = append(f.esperan, e)
	k.esperan++
	c.repartir()
	cupo := c.cupo()
	if len(f.esperan) > cupo*3/4 {
		k.rechazar(f)
	}
	for c.esperan() > cupo {
		lleno := c.carrilMasLargo(k)
		lleno.rechazar(lleno.masLarga())
	}
	return e
}

// irse removes e from the queue. A place that e got meanwhile goes to the next request.
func (c *cola) irse(ctx context.Context, e *espera) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.carriles[e.Carril].quitar(e) && <-e.listo == nil {
		c.liberar(e.Solicitud)
	}
	return saturada().Because(ctx.Err())
}

func (c *cola) liberar(s ports.Solicitud) {
	c.libres++
	delete(c.turnos, s.Turno)
	c.repartir()
}

// repartir gives the free places to waiting requests.
func (c *cola) repartir() {
	for c.libres > 0 {
		e := c.siguiente()
		if e == nil {
			return
		}
		c.libres--
		if e.Turno != "" {
			c.turnos[e.Turno] = struct{}{}
		}
		e.listo <- nil
	}
}

// siguiente takes the next request out of the queue; nil when none may have a place.
func (c *cola) siguiente() *espera {
	for i := range c.carriles {
		n := (c.toca + i) % len(c.carriles)
		if e := c.carriles[n].siguiente(c.turnos); e != nil {
			c.toca = (n + 1) % len(c.carriles)
			return e
		}
	}
	return nil
}

// cupo is how many requests may wait.
func (c *cola) cupo() int {
	return min(max(minCola, int(maxEspera*time.Duration(c.lugares)/max(c.media, time.Microsecond))), maxCola)
}

func (c *cola) esperan() (n int) {
	for i := range c.carriles {
		n += c.carriles[i].esperan
	}
	return n
}

// carrilMasLargo is the lane with the most requests; among equals, the one with the newest request.
func (c *cola) carrilMasLargo(nuevo *carril) *carril {
	largo := nuevo
	for i := range c.carriles {
		if c.carriles[i].esperan > largo.esperan {
			largo = &c.carriles[i]
		}
	}
	return largo
}

// medir notes how long a hash took.
func (c *cola) medir(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.media += (d - c.media) / 8
}

func saturada() *fault.Error {
	return fault.ErrUnavailable.New("Hay demasiadas entradas a la vez. Repita la petición en unos segundos.").After(maxEspera)
}
