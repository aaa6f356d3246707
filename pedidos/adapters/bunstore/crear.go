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

// Crear implements ports.Pedidos. On PostgreSQL an order is one statement, with a key too. With limits it is one round trip,
// after a lock of the customer. When the statement stores nothing, the limits are counted again: the counts say why, or a
// transaction decides.
func (r *Pedidos) Crear(ctx context.Context, clave idempotency.Key, p *domain.Pedido, topes domain.Topes) error {
	i := p.Registro()
	lineas, err := enJSON(i.Lineas, aLineaFila)
	if err != nil {
		return err
	}
	pasos, err := enJSON(i.Pasos, aPasoFila)
	if err != nil {
		return err
	}
	valores := []any{i.UsuarioID, i.ReservaID, lineas, i.Moneda, int64(i.Total), i.Fase, nulo(i.Motivo), i.Nota, i.Version,
		i.CreadoEn, i.ActualizadoEn, instante(i.ExpiraEn), instante(i.RevisarEn), i.Intentos, i.ConClave, i.Revision, pasos}
	if topes.Alguno() && r.unViaje && !clave.Bound() {
		id, guardado, err := nuevoSiCabe.Behind(ctx, r.db, i.UsuarioID, clave, append(valores, argumentosDeCabe(p, topes)...)...)
		if err != nil {
			return err
		}
		if guardado {
			p.AsignarID(id)
			return nil
		}
		// A refusal is right at the moment of its count and needs no lock, so that concurrent requests do not wait twice.
		if err := r.exigirTopes(ctx, r.db.Write(), p, topes); err != nil {
			return database.Fault(err)
		}
	}
	var comprobar func(context.Context, database.Writer) error
	if topes.Alguno() {
		comprobar = func(ctx context.Context, tx database.Writer) error {
			if err := r.turno(ctx, tx, i.UsuarioID); err != nil {
				return err
			}
			return r.exigirTopes(ctx, tx, p, topes)
		}
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
