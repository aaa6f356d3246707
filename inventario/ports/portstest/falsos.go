package portstest

import (
	"context"
	"sync"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// CatalogoFalso is a catalogue in memory for tests; it passes CatalogoSuite like the real adapter.
type CatalogoFalso struct {
	mu     sync.Mutex
	existe map[int64]bool // the products that exist; true: on sale
	caido  bool
}

var _ ports.Catalogo = (*CatalogoFalso)(nil)

// NewCatalogoFalso is a catalogue in which exactly the given products exist, all of them on sale.
func NewCatalogoFalso(existen ...int64) *CatalogoFalso {
	c := &CatalogoFalso{existe: map[int64]bool{}}
	for _, id := range existen {
		c.existe[id] = true
	}
	return c
}

// Caer makes every further answer fault.ErrUnavailable.
func (c *CatalogoFalso) Caer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caido = true
}

// Retirar takes a product off sale. The product still exists.
func (c *CatalogoFalso) Retirar(productoID int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.existe[productoID] = false
}

// EnVenta implements ports.Catalogo.
func (c *CatalogoFalso) EnVenta(_ context.Context, productos []int64) (map[int64]bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.caido {
		return nil, noResponde()
	}
	enVenta := map[int64]bool{}
	for _, id := range productos {
		enVenta[id] = c.existe[id]
	}
	return enVenta, nil
}

func noResponde() error {
	return fault.ErrUnavailable.New("El catálogo no responde. Repita la petición en unos segundos.")
}

// Comprobar implements ports.Catalogo.
func (c *CatalogoFalso) Comprobar(_ context.Context, productoID int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, existe := c.existe[productoID]
	switch {
	case c.caido:
		return noResponde()
	case !existe:
		return domain.ErrProductoNoExiste.New("El catálogo no tiene este producto.")
	}
	return nil
}
