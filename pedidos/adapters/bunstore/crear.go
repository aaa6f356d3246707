package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/domain"
)

const insertSQL = `INSERT INTO pedidos (usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version,
	creado_en, actualizado_en, expira_en, revisar_en, intentos, con_clave, revision, pasos)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id`

// Crear implements ports.Pedidos. Without a limit and without a key the insert is one statement.
func (r *Pedidos) Crear(ctx context.Context, clave idempotency.Key, p *domain.Pedido, topes domain.Topes) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	if !topes.Alguno() && !clave.Given() {
		id, err := insertar(ctx, r.db.Write(), f)
		if err != nil {
			return database.Fault(err)
		}
		p.AsignarID(id)
		return nil
	}
	id, repetido, err := keystore.Once(ctx, r.db, clave, func(ctx context.Context, tx database.Writer) (int64, error) {
		if err := r.comprobarTopes(ctx, tx, p, topes); err != nil {
			return 0, err
		}
		return insertar(ctx, tx, f)
	})
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

func insertar(ctx context.Context, q database.Writer, f fila) (id int64, err error) {
	err = q.QueryRow(ctx, insertSQL, f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo, f.Nota,
		f.Version, f.CreadoEn, f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos, f.ConClave, f.Revision, f.Pasos).Scan(&id)
	return id, err
}
