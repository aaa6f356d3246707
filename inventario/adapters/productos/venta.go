package productos

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/httpclient"
)

// For how long an answer about a product is used: without a new request, and while the catalogue is down. This sells nothing: an
// order asks the catalogue itself.
const (
	fresco = 5 * time.Second
	viejo  = 5 * time.Minute
)

// maxRecuerdos is how many answers are kept: one more drops all of them.
const maxRecuerdos = 100_000

// EnVenta implements ports.Catalogo.
func (c *Catalogo) EnVenta(ctx context.Context, productos []int64) (map[int64]bool, error) {
	sabidos, faltan := c.recuerdos.de(productos, fresco)
	if len(faltan) == 0 {
		return sabidos, nil
	}
	nuevos, err := c.preguntar(ctx, faltan)
	if err != nil {
		if antes, faltan := c.recuerdos.de(productos, viejo); len(faltan) == 0 {
			return antes, nil
		}
		return nil, err
	}
	c.recuerdos.guardar(nuevos)
	maps.Copy(sabidos, nuevos)
	return sabidos, nil
}

// preguntar asks the catalogue about several products in one request. A product that is missing in the answer is not on sale.
func (c *Catalogo) preguntar(ctx context.Context, productos []int64) (map[int64]bool, error) {
	lista := make([]string, len(productos))
	estados := make(map[int64]bool, len(productos))
	for i, id := range productos {
		lista[i], estados[id] = strconv.FormatInt(id, 10), false
	}
	var hallados []struct {
		ID     int64  `json:"id"`
		Estado string `json:"estado"`
	}
	pedido := httpclient.Request{
		Method: http.MethodGet, Path: "/productos", Query: url.Values{"ids": {strings.Join(lista, ",")}}, Safe: true,
	}
	if _, err := c.cliente.Do(ctx, pedido, &hallados); err != nil {
		return nil, noResponde(err)
	}
	for _, p := range hallados {
		if !slices.Contains(productos, p.ID) || p.Estado == "" {
			return nil, noResponde(fmt.Errorf("productos answered for product %d in state %q, which is no answer", p.ID, p.Estado))
		}
		estados[p.ID] = p.Estado == "ACTIVO"
	}
	return estados, nil
}

// recuerdos keeps the catalogue's recent answers.
type recuerdos struct {
	reloj  func() time.Time
	mu     sync.Mutex
	vistos map[int64]recuerdo
}

type recuerdo struct {
	enVenta bool
	cuando  time.Time
}

// de returns the kept answers that are younger than edad, and the products without such an answer.
func (r *recuerdos) de(productos []int64, edad time.Duration) (sabidos map[int64]bool, faltan []int64) {
	sabidos = make(map[int64]bool, len(productos))
	desde := r.reloj().Add(-edad)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range productos {
		if visto, ok := r.vistos[id]; ok && visto.cuando.After(desde) {
			sabidos[id] = visto.enVenta
			continue
		}
		faltan = append(faltan, id)
	}
	return sabidos, faltan
}

func (r *recuerdos) guardar(nuevos map[int64]bool) {
	ahora := r.reloj()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.vistos)+len(nuevos) > maxRecuerdos {
		clear(r.vistos)
	}
	for id, enVenta := range nuevos {
		r.vistos[id] = recuerdo{enVenta: enVenta, cuando: ahora}
	}
}
