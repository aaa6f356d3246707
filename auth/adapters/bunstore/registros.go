package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// PermitirRegistro implements ports.Registros.
func (a *Almacen) PermitirRegistro(ctx context.Context, c domain.Cupo, ahora time.Time) error {
	return database.Fault(permitirRegistro(ctx, a.db.Read(), c, instante(ahora)))
}

// permitirRegistro looks for the account that reaches the limit, counted from the newest: one read of an index.
func permitirRegistro(ctx context.Context, q database.Reader, c domain.Cupo, ahora time.Time) error {
	if c.Maximo == 0 {
		return nil
	}
	desde := ahora.Add(-domain.VentanaRegistros)
	var ultima time.Time
	err := q.QueryRow(ctx, "SELECT en FROM registros WHERE red = $1 AND en > $2 ORDER BY en DESC LIMIT 1 OFFSET $3",
		c.Red, desde, c.Maximo-1).Scan(&ultima)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return domain.DemasiadosRegistros(c.Maximo, ultima.Sub(desde))
}

// Registrar implements ports.Registros. Accounts of one network are counted one after the other.
func (a *Almacen) Registrar(ctx context.Context, u *domain.Usuario, c domain.Cupo, ahora time.Time) error {
	if c.Maximo == 0 {
		return a.Crear(ctx, u)
	}
	ahora = instante(ahora)
	var id int64
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if err := a.excluir(ctx, tx, esperarTurno, "registro "+c.Red); err != nil {
			return err
		}
		if err := permitirRegistro(ctx, tx.Reader, c, ahora); err != nil {
			return err
		}
		if id, err = insertar(ctx, tx, u); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO registros (red, en) VALUES ($1, $2)", c.Red, ahora)
		return err
	})
	if err != nil {
		return fallo(err)
	}
	u.AsignarID(id)
	return nil
}

// OlvidarRegistros implements ports.Registros.
func (a *Almacen) OlvidarRegistros(ctx context.Context, ahora time.Time) error {
	_, err := a.db.Removed(ctx, "DELETE FROM registros WHERE en <= $1", instante(ahora.Add(-domain.VentanaRegistros)))
	return err
}
