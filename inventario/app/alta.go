package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// DarDeAlta asks to keep stock of a product that had none.
type DarDeAlta struct {
	Clave      idempotency.Key
	ProductoID int64
	Cantidad   int64
	Minimo     int64
}

// DarDeAlta starts the stock of a product. The catalogue is asked first: stock of what is not a product could never be sold.
// fault.ErrInvalid with every wrong field, domain.ErrProductoNoExiste, domain.ErrYaExiste, fault.ErrUnavailable.
func (s *Servicio) DarDeAlta(ctx context.Context, quien domain.Solicitante, c DarDeAlta) (*domain.Existencias, error) {
	causa := quien.Causa(s.ahora())
	nuevas, err := domain.NewExistencias(c.ProductoID, c.Cantidad, c.Minimo, causa.Cuando)
	if err != nil {
		return nil, fmt.Errorf("dar de alta existencias: %w", err)
	}
	if !c.Clave.Resumed() { // what is done needs no catalogue
		if err := s.catalogo.Comprobar(ctx, c.ProductoID); err != nil {
			return nil, fmt.Errorf("dar de alta existencias: comprobar producto: %w", err)
		}
	}
	if err := s.existencias.Alta(ctx, c.Clave, nuevas, causa); err != nil {
		return nil, fmt.Errorf("dar de alta existencias: %w", err)
	}
	return nuevas, nil
}
