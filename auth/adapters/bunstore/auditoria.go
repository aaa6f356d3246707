package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// hecho is a row of auditoria; its detalle is a JSON object.
type hecho struct {
	bun.BaseModel `bun:"table:auditoria,alias:h"`

	domain.Hecho
	ID      int64        `bun:"id,pk,autoincrement"`
	Ventana *int64       // NULL where every event has a row of its own
	Ultimo  bun.NullTime // zero is NULL
}

func aFilaHecho(h domain.Hecho) hecho {
	if h.Detalle == nil {
		h.Detalle = map[string]string{}
	}
	h.Cuando = instante(h.Cuando)
	f := hecho{Hecho: h}
	if h.Veces > 0 {
		f.Ventana, f.Ultimo = new(h.Ventana()), bun.NullTime{Time: h.Cuando}
	}
	return f
}

func (f hecho) aDominio() domain.Hecho {
	h := f.Hecho
	h.ID, h.Cuando, h.Ultimo = f.ID, h.Cuando.UTC(), f.Ultimo.UTC()
	return h
}

// anotar writes events in the transaction of their change.
func anotar(ctx context.Context, tx database.Writer, hechos ...domain.Hecho) error {
	for _, h := range hechos {
		row := aFilaHecho(h)
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// turnoAuditoria is the key of PostgreSQL's advisory lock for new rows of failed guesses, so that their limits hold.
const turnoAuditoria = 0x61756469746f // "audito"

// AnotarFallo implements ports.Auditoria. A guess in an existing row needs only the lock of that row; new rows are made in turn.
func (a *Almacen) AnotarFallo(ctx context.Context, h domain.Hecho) (nuevo bool, err error) {
	h.Veces = 1
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		nuevo = false
		if _, hay, err := colocar(ctx, tx, h); err != nil || hay {
			return err
		}
		if err := a.excluir(ctx, tx, "SELECT pg_advisory_xact_lock($1)", int64(turnoAuditoria)); err != nil {
			return err
		}
		acotado, hay, err := colocar(ctx, tx, h) // another guess may have made the row meanwhile
		if err != nil || hay {
			return err
		}
		nuevo = true
		return anotar(ctx, tx, acotado)
	})
	return nuevo, err
}

// colocar counts the guess in its own row, or in a shared row; when there is none yet, it returns the row to make.
func colocar(ctx context.Context, tx database.Writer, h domain.Hecho) (acotado domain.Hecho, hay bool, err error) {
	if hay, err := contar(ctx, tx, h); err != nil || hay {
		return h, hay, err
	}
	var f domain.Filas
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE usuario_id = $1 AND usuario_id <> 0),
		count(*) FILTER (WHERE direccion = $2 AND direccion <> ''), count(*) FROM auditoria WHERE tipo = $3 AND ventana = $4`,
		h.UsuarioID, h.Direccion, string(h.Tipo), h.Ventana()).Scan(&f.DeLaCuenta, &f.DeLaRed, &f.Todas)
	if err != nil {
		return h, false, err
	}
	acotado = h.Acotar(f)
	if acotado.UsuarioID == h.UsuarioID && acotado.Direccion == h.Direccion {
		return acotado, false, nil
	}
	hay, err = contar(ctx, tx, acotado)
	return acotado, hay, err
}

// contar counts the guess in its row, and reports whether there is one.
func contar(ctx context.Context, tx database.Writer, h domain.Hecho) (bool, error) {
	const fila = " WHERE tipo = $1 AND ventana = $2 AND usuario_id = $3 AND direccion = $4"
	if h.Tipo != domain.AccesoFallido { // refused guesses cost the attacker nothing, so they are not counted
		var n int
		err := tx.QueryRow(ctx, "SELECT count(*) FROM auditoria"+fila, string(h.Tipo), h.Ventana(), h.UsuarioID, h.Direccion).Scan(&n)
		return n > 0, err
	}
	return database.Changed(tx.Exec(ctx,
		"UPDATE auditoria SET veces = veces + 1, ultimo = CASE WHEN ultimo > $5 THEN ultimo ELSE $5 END"+fila,
		string(h.Tipo), h.Ventana(), h.UsuarioID, h.Direccion, instante(h.Cuando)))
}

// Rastro implements ports.Auditoria.
func (a *Almacen) Rastro(ctx context.Context, f ports.FiltroRastro) ([]domain.Hecho, error) {
	var filas []hecho
	q := a.db.Read().NewSelect().Model(&filas).OrderExpr("cuando DESC, id DESC").Limit(int64(f.Limite))
	if f.UsuarioID != 0 {
		q = q.Where("usuario_id = ?", f.UsuarioID)
	}
	if f.Tipo != "" {
		q = q.Where("tipo = ?", string(f.Tipo))
	}
	if f.Desde != nil {
		q = q.Where("cuando >= ?", database.Ceil(*f.Desde))
	}
	if f.Hasta != nil {
		q = q.Where("cuando < ?", database.Ceil(*f.Hasta))
	}
	if f.AntesDe != 0 {
		q = q.Where("(cuando, id) < (SELECT cuando, id FROM auditoria WHERE id = ?)", f.AntesDe)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	hechos := make([]domain.Hecho, len(filas))
	for i, fila := range filas {
		hechos[i] = fila.aDominio()
	}
	return hechos, nil
}

// margenRastro excludes rows that the database, by its own clock, does not allow to delete yet.
const margenRastro = time.Hour

// OlvidarRastro implements ports.Auditoria.
func (a *Almacen) OlvidarRastro(ctx context.Context, ahora time.Time) error {
	antes := instante(ahora.Add(-domain.RetencionRastro - margenRastro))
	_, err := database.RemoveAll(ctx, func(ctx context.Context, limite int) (int64, error) {
		return a.db.Removed(ctx,
			"DELETE FROM auditoria WHERE id IN (SELECT id FROM auditoria WHERE cuando < $1 ORDER BY cuando LIMIT $2)", antes, limite)
	})
	return err
}
