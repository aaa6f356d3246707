package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
	maps.DeleteFunc(existencias, func(_ int64, e *domain.Existencias) bool { return e.Disponibilidad() == domain.Agotado })
	enVenta := map[int64]bool{}
	if len(existencias) > 0 {
		enVenta, err = s.d.Catalogo.EnVenta(ctx, slices.Sorted(maps.Keys(existencias)))
		if err != nil {
			return nil, fmt.Errorf("consultar disponibilidad: preguntar al catálogo: %w", err)
		}
	}
	respuestas := make([]DisponibilidadDe, 0, len(ids))
	vistos := make(map[int64]bool, len(ids))
	for _, id := range ids {
		if vistos[id] {
			continue
		}
		vistos[id] = true
		d := domain.Agotado
		if e := existencias[id]; e != nil && enVenta[id] {
			d = e.Disponibilidad()
		}
		respuestas = append(respuestas, DisponibilidadDe{ProductoID: id, Disponibilidad: d})
	}
	return respuestas, nil
}
