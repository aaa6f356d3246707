package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// DisponibilidadDe is what a visitor sees of a product.
type DisponibilidadDe struct {
	ProductoID     int64
	Disponibilidad domain.Disponibilidad
}

// Disponibilidad returns the availability of each product once, in the order of ids. It asks the catalogue about the products
// with available units: a product that is not on sale is domain.Agotado. fault.ErrUnavailable when the catalogue does not answer:
// a draft must not seem to be on sale.
func (s *Servicio) Disponibilidad(ctx context.Context, ids []int64) ([]DisponibilidadDe, error) {
	existencias, err := s.d.Existencias.De(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("consultar disponibilidad: %w", err)
	}
	respuestas := make([]DisponibilidadDe, 0, len(ids))
	var conUnidades []int64
	vistos := make(map[int64]bool, len(ids))
	for _, id := range ids {
		if vistos[id] {
			continue
		}
		vistos[id] = true
		d := domain.Agotado
		if e := existencias[id]; e != nil {
			d = e.Disponibilidad()
		}
		if d != domain.Agotado {
			conUnidades = append(conUnidades, id)
		}
		respuestas = append(respuestas, DisponibilidadDe{ProductoID: id, Disponibilidad: d})
	}
	if len(conUnidades) == 0 {
		return respuestas, nil
	}
	enVenta, err := s.d.Catalogo.EnVenta(ctx, conUnidades)
	if err != nil {
		return nil, fmt.Errorf("consultar disponibilidad: preguntar al catálogo: %w", err)
	}
	for i, r := range respuestas {
		if !enVenta[r.ProductoID] {
			respuestas[i].Disponibilidad = domain.Agotado
		}
	}
	return respuestas, nil
}
