package bunstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/productos/domain"
)

// atar binds the key of ctx's request to the product that its effect leaves, in the transaction of the effect.
func atar(ctx context.Context, tx database.Writer, despues *domain.Producto) error {
	if !idempotency.Pending(ctx) {
		return nil
	}
	raw, err := json.Marshal(aFila(despues))
	if err != nil {
		return fmt.Errorf("write effect: %w", err)
	}
	return idempotency.Bind(ctx, tx, string(raw))
}

// Repetida implements ports.Repositorio.
func (r *Repositorio) Repetida(ctx context.Context) (despues *domain.Producto, ok bool, err error) {
	raw := idempotency.Effect(ctx)
	if raw == "" {
		return nil, false, nil
	}
	var f fila
	if err := json.Unmarshal([]byte(raw), &f); err != nil {
		return nil, false, fmt.Errorf("read effect: %w", err)
	}
	return f.aDominio(), true, nil
}
