package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/domain"
)

var (
	deUno = []string{"usuario_id", "reserva_id", "lineas", "moneda", "total", "fase", "motivo", "nota", "version",
		"creado_en", "actualizado_en", "expira_en", "revisar_en", "intentos", "con_clave", "revision", "pasos"}
	nuevo       = keystore.InsertInto("pedidos", deUno...)
	nuevoSiCabe = keystore.InsertIf("pedidos", cabe, deUno...)
)

// Crear implements ports.Pedidos. On PostgreSQL an order is one statement, with a key too. With limits it is one round trip, behind
// a lock of the customer's. When that stores nothing, the limits are counted again: they say why, or a transaction decides.
func (r *Pedidos) Crear(ctx context.Context, clave idempotency.Key, p *domain.Pedido, topes domain.Topes) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	valores := []any{f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo, f.Nota, f.Version, f.CreadoEn,
		f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos, f.ConClave, f.Revision, f.Pasos}
	if topes.Alguno() && r.db.Engine() == database.Postgres && !clave.Bound() {
		id, guardado, err := nuevoSiCabe.Behind(ctx, r.db, p.UsuarioID(), clave, append(valores, argumentosDeCabe(p, topes)...)...)
		if err != nil {
			return err
		}
		if guardado {
			p.AsignarID(id)
			return nil
		}
		// A refusal is true at the moment of its count, and needs no lock: many that come at once do not wait for each other twice.
		if err := r.exigirTopes(ctx, r.db.Write(), p, topes); err != nil {
			return database.Fault(err)
		}
	}
	var comprobar func(context.Context, database.Writer) error
	if topes.Alguno() {
		comprobar = func(ctx context.Context, tx database.Writer) error { return r.comprobarTopes(ctx, tx, p, topes) }
	}
	id, repetido, err := nuevo.Once(ctx, r.db, clave, comprobar, valores...)
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
