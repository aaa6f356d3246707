package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// apunte is what the ledger keeps of one cause, for every product that it changes.
type apunte struct {
	causa      domain.Causa
	motivo     string
	referencia string
	reserva    domain.ReservaID    // "" for a change that is not a reservation's
	devolucion domain.DevolucionID // "" for a change that is not a return's
}

func (a apunte) reservaID() sql.NullString {
	return sql.NullString{String: string(a.reserva), Valid: a.reserva != ""}
}

func (a apunte) devolucionID() sql.NullString {
	return sql.NullString{String: string(a.devolucion), Valid: a.devolucion != ""}
}

// negado is a refused change, and the stock that refuses it: nil for a product without stock.
type negado struct {
	cambio domain.Cambio
	antes  *domain.Existencias
}

// aplicar makes all changes and writes the ledger, or returns the refused ones and makes none. cambios are one a product, by
// product ascending; a change with SoloSi or SiVersion is the only one.
//
// cambiar alone prevents selling a unit twice: its statements are relative and conditional, and use no value that was read
// before. The locks have two other purposes: several rows are locked in product order, so that no two transactions wait for each
// other, and a refusal is made from locked rows, so that its quantities are right.
func (m motor) aplicar(
	ctx context.Context, tx database.Writer, cambios []domain.Cambio, a apunte,
) (despues []*domain.Existencias, negados []negado, err error) {
	if len(cambios) == 1 { // no lock before the statement: many requests may wait for the product
		despues, err = m.cambiar(ctx, tx, cambios, a)
		if err != nil || len(despues) == 1 {
			return despues, nil, err
		}
	}
	antes, err := m.bloquear(ctx, tx, cambios)
	if err != nil {
		return nil, nil, err
	}
	if negados = noAdmiten(antes, cambios); len(negados) > 0 {
		return nil, negados, nil
	}
	despues, err = m.cambiar(ctx, tx, cambios, a)
	if err == nil && len(despues) < len(cambios) {
		err = fmt.Errorf("cambiar existencias: la base rechaza lo que el dominio admite: %+v", cambios)
	}
	return despues, nil, err
}

// noAdmiten returns the changes that the stock refuses.
func noAdmiten(antes map[int64]*domain.Existencias, cambios []domain.Cambio) (negados []negado) {
	for _, c := range cambios {
		if e := antes[c.ProductoID]; e == nil || e.Admite(c) != nil {
			negados = append(negados, negado{cambio: c, antes: e})
		}
	}
	return negados
}

// bloquear locks the rows of the products, in product order, and returns them.
func (m motor) bloquear(ctx context.Context, tx database.Writer, cambios []domain.Cambio) (map[int64]*domain.Existencias, error) {
	ids := make([]int64, len(cambios))
	for i, c := range cambios {
		ids[i] = c.ProductoID
	}
	var filas []filaExistencias
	q := tx.NewSelect().Model(&filas).Where("producto_id IN (?)", bun.List(ids)).Order("producto_id")
	if err := m.paraCambiar(q).Scan(ctx); err != nil {
		return nil, fmt.Errorf("bloquear existencias: %w", err)
	}
	return porProducto(filas)
}

// sqlCambiarPostgres makes the changes that are possible and writes the ledger in one round trip, so that the rows are locked for
// a short time.
const sqlCambiarPostgres = `
WITH cambios AS (
	SELECT c.*, $11::text AS referencia
	FROM unnest($8::bigint[], $9::bigint[], $10::bigint[]) AS c (producto_id, delta_fisico, delta_reservado)
)` + sqlCambiar + `
	  AND e.fisico + c.delta_fisico BETWEEN 0 AND $12::bigint
	  AND e.fisico = COALESCE($13::bigint, e.fisico)
	  AND ($14::bigint[] IS NULL OR e.version = ANY ($14::bigint[]))
	  AND e.reservado + c.delta_reservado BETWEEN 0 AND e.fisico + c.delta_fisico` + sqlApuntar + `
SELECT ` + columnasExistencias + ` FROM cambiadas ORDER BY producto_id`

// sqlCambiar changes stock as the rows of cambios say. Without a condition after it, a change that is not possible violates a
// constraint of the table, and the statement does nothing. sqlApuntar writes the ledger. The time of a product never goes back,
// also when the clocks of several processes differ.
const (
	sqlCambiar = `, cambiadas AS (
	UPDATE existencias e
	SET fisico = e.fisico + c.delta_fisico,
	    reservado = e.reservado + c.delta_reservado,
	    version = e.version + 1,
	    actualizado_en = GREATEST(e.actualizado_en, $1::timestamptz)
	FROM cambios c
	WHERE e.producto_id = c.producto_id`
	sqlApuntar = `
	RETURNING e.*, c.delta_fisico, c.delta_reservado, c.referencia
), apuntes AS (
	INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado,
	                         actor, motivo, referencia, reserva_id, request_id, creado_en,
	                         devolucion_id, version)
	SELECT producto_id, $2::text, delta_fisico, delta_reservado, fisico, reservado,
	       $3::text, $4::text, referencia, $5::uuid, $6::text, actualizado_en,
	       $7::uuid, version
	FROM cambiadas ORDER BY producto_id
)`
)

// argumentos are $1 to $7 of sqlCambiar and sqlApuntar, and those of a statement that is made of them.
func (a apunte) argumentos(t domain.Tipo, propios ...any) []any {
	return append([]any{
		a.causa.Cuando, string(t), a.causa.Actor, a.motivo, a.reservaID(), a.causa.Peticion, a.devolucionID(),
	}, propios...)
}

func cambiarPostgres(ctx context.Context, tx database.Writer, cambios []domain.Cambio, a apunte) ([]*domain.Existencias, error) {
	var ids, fisico, reservado []int64
	for _, c := range cambios {
		ids, fisico, reservado = append(ids, c.ProductoID), append(fisico, c.Fisico), append(reservado, c.Reservado)
	}
	return preguntarExistencias(ctx, tx.Reader, sqlCambiarPostgres, a.argumentos(cambios[0].Tipo,
		ids, fisico, reservado, a.referencia, int64(domain.MaxFisico), cambios[0].SoloSi, cambios[0].SiVersion)...)
}

// preguntarExistencias runs a statement that changes stock and returns the stock after it.
func preguntarExistencias(
	ctx context.Context, q database.Reader, sentencia string, args ...any,
) (despues []*domain.Existencias, err error) {
	err = q.Each(ctx, sentencia, args, func(scan func(...any) error) error {
		var f filaExistencias
		if err := scan(f.destinos()...); err != nil {
			return err
		}
		e, err := f.aDominio()
		despues = append(despues, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cambiar existencias: %w", err)
	}
	return despues, nil
}

// sqlCambiarSQLite changes one product: a statement more costs no round trip.
const sqlCambiarSQLite = `
UPDATE existencias
SET fisico = fisico + $2, reservado = reservado + $3, version = version + 1, actualizado_en = max(actualizado_en, $4)
WHERE producto_id = $1
  AND fisico + $2 BETWEEN 0 AND $5
  AND fisico = COALESCE($6, fisico)
  AND ($7 IS NULL OR version IN (SELECT value FROM json_each($7)))
  AND reservado + $3 BETWEEN 0 AND fisico + $2
RETURNING ` + columnasExistencias

// enJSON is a list for SQLite, which has no arrays; NULL for an empty list.
func enJSON(versiones []int64) sql.NullString {
	raw, _ := json.Marshal(versiones) // never fails for integers
	return sql.NullString{String: string(raw), Valid: len(versiones) > 0}
}

func cambiarSQLite(ctx context.Context, tx database.Writer, cambios []domain.Cambio, a apunte) ([]*domain.Existencias, error) {
	var despues []*domain.Existencias
	for _, c := range cambios {
		var f filaExistencias
		err := tx.QueryRow(ctx, sqlCambiarSQLite,
			c.ProductoID, c.Fisico, c.Reservado, a.causa.Cuando, int64(domain.MaxFisico), c.SoloSi, enJSON(c.SiVersion)).
			Scan(f.destinos()...)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cambiar existencias: %w", err)
		}
		e, err := f.aDominio()
		if err != nil {
			return nil, err
		}
		if err := a.apuntar(ctx, tx, c, e); err != nil {
			return nil, err
		}
		despues = append(despues, e)
	}
	return despues, nil
}

// apuntar writes the ledger's row for a change that left the product as despues.
func (a apunte) apuntar(ctx context.Context, tx database.Writer, c domain.Cambio, despues *domain.Existencias) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado,
		                         actor, motivo, referencia, reserva_id, request_id, creado_en, devolucion_id, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.ProductoID, string(c.Tipo), c.Fisico, c.Reservado, despues.Fisico(), despues.Reservado(), a.causa.Actor, a.motivo,
		a.referencia, a.reservaID(), a.causa.Peticion, despues.ActualizadoEn(), a.devolucionID(), despues.Version())
	if err != nil {
		return fmt.Errorf("escribir libro: %w", err)
	}
	return nil
}

// avisarMinimo logs which products a committed change has brought below their minimum: only the change that crosses the minimum
// is logged. cambios and despues are in the same order, one a product.
func avisarMinimo(ctx context.Context, db *database.DB, cambios []domain.Cambio, despues []*domain.Existencias) {
	for i, e := range despues {
		antes := e.Disponible() - cambios[i].Fisico + cambios[i].Reservado
		if antes >= e.Minimo() && e.BajoMinimo() {
			db.Log().InfoContext(ctx, "stock below minimum",
				"producto_id", e.ProductoID(), "cantidad", e.Disponible(), "minimo", e.Minimo())
		}
	}
}
