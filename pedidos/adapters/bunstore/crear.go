package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/domain"
)

var nuevo = keystore.InsertInto("pedidos", "usuario_id", "reserva_id", "lineas", "moneda", "total", "fase", "motivo", "nota", "version",
	"creado_en", "actualizado_en", "expira_en", "revisar_en", "intentos", "con_clave", "revision", "pasos")

// Crear implements ports.Pedidos. On PostgreSQL an order is one statement, with a key too; limits are counted in a transaction
// around it.
func (r *Pedidos) Crear(ctx context.Context, clave idempotency.Key, p *domain.Pedido, topes domain.Topes) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	var comprobar func(context.Context, database.Writer) error
	if topes.Alguno() {
		comprobar = func(ctx context.Context, tx database.Writer) error { return r.comprobarTopes(ctx, tx, p, topes) }
	}
	id, repetido, err := nuevo.Once(ctx, r.db, clave, comprobar, f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo,
		f.Nota, f.Version, f.CreadoEn, f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos, f.ConClave, f.Revision, f.Pasos)
	switch {
	case err != nil:
		return err
	case repetido:
		anterior, err := r.Obtener(ctx, id)
		if err != nil {
			return err
		}
		*p = *anterior
		return nil
	}
	p.AsignarID(id)
	return nil
}
