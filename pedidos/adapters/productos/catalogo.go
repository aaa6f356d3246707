// Package productos asks the catalogue for names and prices.
package productos

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// Catalogo is productos' GET /productos?ids=.
type Catalogo struct{ cliente *httpclient.Client }

var _ ports.Catalogo = (*Catalogo)(nil)

// New builds the adapter on a client of productos.
func New(cliente *httpclient.Client) *Catalogo { return &Catalogo{cliente: cliente} }

// producto has the members that this service reads; the pointer tells a missing price from 0.
type producto struct {
	ID     int64         `json:"id"`
	Nombre string        `json:"nombre"`
	Precio *money.Amount `json:"precio"`
	Moneda string        `json:"moneda"`
	Estado string        `json:"estado"`
	Oculto bool          `json:"oculto"` // left out by a productos that is older than the member
}

// Articulos implements ports.Catalogo.
func (c *Catalogo) Articulos(ctx context.Context, ids []int64) (map[int64]domain.Articulo, error) {
	buscados := make(map[int64]bool, len(ids))
	lista := make([]string, len(ids))
	for i, id := range ids {
		buscados[id] = true
		lista[i] = strconv.FormatInt(id, 10)
	}
	var hallados []producto
	_, err := c.cliente.Do(ctx, httpclient.Request{
		Method: http.MethodGet, Path: "/productos", Query: url.Values{"ids": {strings.Join(lista, ",")}}, Safe: true,
	}, &hallados)
	if err != nil {
		return nil, noResponde(err)
	}
	articulos := make(map[int64]domain.Articulo, len(hallados))
	for _, p := range hallados {
		articulo, err := p.aDominio()
		if err == nil && !buscados[p.ID] {
			err = fmt.Errorf("product %d was not asked for", p.ID)
		}
		if err != nil {
			return nil, noResponde(err)
		}
		articulos[p.ID] = articulo
	}
	return articulos, nil
}

// aDominio refuses an incomplete answer: no order must have a price of 0 because of it.
func (p producto) aDominio() (domain.Articulo, error) {
	moneda, err := money.ParseCurrency(p.Moneda)
	if err != nil || p.Precio == nil || p.Nombre == "" || p.Estado == "" {
		return domain.Articulo{}, fmt.Errorf("product %d: incomplete answer", p.ID)
	}
	return domain.Articulo{ID: p.ID, Nombre: p.Nombre, Precio: *p.Precio, Moneda: moneda, EnVenta: p.Estado == "ACTIVO",
		Oculto: p.Oculto || p.Estado == "BORRADOR"}, nil
}

// noResponde: productos refuses a list by ids to no caller, so every error means that the catalogue is down.
func noResponde(causa error) error {
	e := fault.ErrUnavailable.New("El catálogo no responde. Repita la petición en unos segundos.").Because(causa)
	return e.After(fault.From(causa).RetryAfter)
}
