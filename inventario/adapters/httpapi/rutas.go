// Package httpapi serves the use cases of inventario over HTTP: routes, their OpenAPI description, and the conversion between
// JSON and the types of app.
package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/inventario/app"
)

type handler struct{ servicio *app.Servicio }

// New is the server of inventario. o has what differs between a process and a test; New fills in its names.
func New(o httpserver.Options, servicio *app.Servicio) *httpserver.Server {
	o.Service = "inventario"
	o.Title = "Inventario"
	o.Description = "Las existencias de la tienda y sus reservas. Lo reservado nunca supera lo que hay."
	o.Version = "0.1.0"
	o.Tags = []*huma.Tag{
		{Name: "Inventario", Description: "Las existencias de cada producto"},
		{Name: "Libro", Description: "Los movimientos, los recuentos y su verificación"},
		{Name: "Disponibilidad", Description: "Lo que cualquiera puede saber"},
		{Name: "Reservas", Description: "Lo que los pedidos tienen apartado; solo para servicios"},
		{Name: "Devoluciones", Description: "Lo que vuelve de los pedidos; solo para servicios"},
	}
	o.Problems = problemas()
	s := httpserver.New(o)
	h := handler{servicio}
	h.registrarLibro(s.API()) // first: /inventario/verificacion is not the stock of a product
	h.registrarInventario(s.API())
	h.registrarReservas(s.API())
	h.registrarDevoluciones(s.API())
	h.registrarDisponibilidad(s.API())
	if servicio != nil { // else only the document is wanted
		s.Metrics().MustRegister(medidas(servicio.Medida())...)
	}
	return s
}
