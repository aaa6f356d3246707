package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// efecto is what the key of a request is bound to: the stock after it, so that the same request can be answered again without
// being done again.
type efecto struct {
	ProductoID    int64     `json:"producto_id"`
	Fisico        int64     `json:"fisico"`
	Reservado     int64     `json:"reservado"`
	Minimo        int64     `json:"minimo"`
	Version       int64     `json:"version"`
	ActualizadoEn time.Time `json:"actualizado_en"`
}

// atar binds the key of ctx's request to the stock that its effect leaves, in the transaction of the effect.
func atar(ctx context.Context, tx database.Writer, despues *domain.Existencias) error {
	f := aFilaExistencias(despues)
	raw, err := json.Marshal(efecto{f.ProductoID, f.Fisico, f.Reservado, f.Minimo, f.Version, f.ActualizadoEn})
	if err != nil {
		return fmt.Errorf("write effect: %w", err)
	}
	return idempotency.Bind(ctx, tx, string(raw))
}

// Repetida implements ports.Existencias.
func (s *Existencias) Repetida(ctx context.Context) (despues *domain.Existencias, ok bool, err error) {
	raw := idempotency.Effect(ctx)
	if raw == "" {
		return nil, false, nil
	}
	var e efecto
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		return nil, false, fmt.Errorf("read effect: %w", err)
	}
	f := filaExistencias{
		ProductoID: e.ProductoID, Fisico: e.Fisico, Reservado: e.Reservado, Minimo: e.Minimo, Version: e.Version, ActualizadoEn: e.ActualizadoEn,
	}
	return f.aDominio(), true, nil
}
