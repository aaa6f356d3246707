// Package productos asks the catalogue, over HTTP, which products exist. It fails closed: a product is missing only when the
// catalogue says so, and exists only when the answer is about that product.
package productos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Catalogo is the catalogue as the productos service offers it.
type Catalogo struct {
	cliente   *httpclient.Client
	recuerdos recuerdos
}

var _ ports.Catalogo = (*Catalogo)(nil)

// New builds the adapter on a client of productos; reloj is usually time.Now.
func New(cliente *httpclient.Client, reloj func() time.Time) *Catalogo {
	return &Catalogo{cliente: cliente, recuerdos: recuerdos{reloj: reloj, vistos: map[int64]recuerdo{}}}
}

// Comprobar implements ports.Catalogo. An archived product exists: its goods may still be in stock.
func (c *Catalogo) Comprobar(ctx context.Context, productoID int64) error {
	var producto struct {
		ID int64 `json:"id"`
	}
	pedido := httpclient.Request{Method: http.MethodGet, Path: "/productos/" + strconv.FormatInt(productoID, 10), Safe: true}
	_, err := c.cliente.Do(ctx, pedido, &producto)
	switch {
	case err == nil && producto.ID == productoID:
		return nil
	case err == nil:
		return noResponde(fmt.Errorf("productos answered for product %d when asked for %d", producto.ID, productoID))
	case errors.Is(err, domain.ErrProductoNoExiste):
		return domain.ErrProductoNoExiste.New("El catálogo no tiene este producto.").Because(err)
	}
	return noResponde(err)
}

// noResponde: productos refuses these requests to no caller, so every other error means that the catalogue is down.
func noResponde(causa error) error {
	e := fault.ErrUnavailable.New("El catálogo no responde. Repita la petición en unos segundos.").Because(causa)
	return e.After(fault.From(causa).RetryAfter)
}
