package portstest

import (
	"context"
	"sync"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/fault"
)

// CatalogoFalso is a catalogue in memory for tests; it passes CatalogoSuite like the real adapter.
type CatalogoFalso struct {
	mu     sync.Mutex
	existe map[int64]bool
	caido  bool
}

var _ ports.Catalogo = (*CatalogoFalso)(nil)

// NuevoCatalogoFalso is a catalogue in which exactly the given products exist.
func NuevoCatalogoFalso(existen ...int64) *CatalogoFalso {
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

// Comprobar implements ports.Catalogo.
func (c *CatalogoFalso) Comprobar(_ context.Context, productoID int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.caido:
		return fault.ErrUnavailable.New("El catálogo no responde. Repita la petición en unos segundos.")
	case !c.existe[productoID]:
		return domain.ErrProductoNoExiste.New("El catálogo no tiene este producto.")
	}
	return nil
}
