package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// DarDeAlta is the command for the first stock of a product.
type DarDeAlta struct {
	Clave      idempotency.Key
	ProductoID int64
	Cantidad   int64
	Minimo     int64
}

// DarDeAlta stores the first stock of a product that the catalogue has.
// fault.ErrInvalid with every wrong field, domain.ErrProductoNoExiste, domain.ErrYaExiste, fault.ErrUnavailable.
func (s *Servicio) DarDeAlta(ctx context.Context, quien domain.Solicitante, c DarDeAlta) (*domain.Existencias, error) {
	causa := quien.Causa(s.d.Reloj())
	nuevas, err := domain.NewExistencias(c.ProductoID, c.Cantidad, c.Minimo, causa.Cuando)
	if err != nil {
		return nil, fmt.Errorf("dar de alta existencias: %w", err)
	}
	if !c.Clave.Resumed() { // an earlier try has asked the catalogue
		if err := s.d.Catalogo.Comprobar(ctx, c.ProductoID); err != nil {
			return nil, fmt.Errorf("dar de alta existencias: comprobar producto: %w", err)
		}
	}
	if err := s.d.Existencias.Alta(ctx, c.Clave, nuevas, causa); err != nil {
		return nil, fmt.Errorf("dar de alta existencias: %w", err)
	}
	return nuevas, nil
}
