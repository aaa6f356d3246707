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

// Cliente is the catalogue as the productos service offers it.
type Cliente struct {
	http      *httpclient.Client
	recuerdos recuerdos
}

var _ ports.Catalogo = (*Cliente)(nil)

// New needs a client of the productos service; reloj is usually time.Now.
func New(c *httpclient.Client, reloj func() time.Time) *Cliente {
	return &Cliente{http: c, recuerdos: recuerdos{reloj: reloj, vistos: map[int64]recuerdo{}}}
}

// Comprobar implements ports.Catalogo. An archived product exists: its goods may still be in stock.
func (c *Cliente) Comprobar(ctx context.Context, productoID int64) error {
	var producto struct {
		ID int64 `json:"id"`
	}
	pedido := httpclient.Request{Method: http.MethodGet, Path: "/productos/" + strconv.FormatInt(productoID, 10), Safe: true}
	_, err := c.http.Do(ctx, pedido, &producto)
	switch {
	case err == nil && producto.ID == productoID:
		return nil
	case err == nil:
		return noResponde(fmt.Errorf("productos answered for product %d when asked for %d", producto.ID, productoID))
	case errors.Is(err, domain.ErrProductoNoExiste):
		return domain.ErrProductoNoExiste.New("El catálogo no tiene este producto.").Because(err)
	case fault.CodeOf(err) == fault.Unavailable:
		return noResponde(err).After(fault.From(err).RetryAfter)
	}
	return noResponde(err) // productos refuses this request to no caller, so the refusal is a failure
}

func noResponde(causa error) *fault.Error {
	return fault.ErrUnavailable.New("El catálogo no responde. Repita la petición en unos segundos.").Because(causa)
}
