package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// CompararEmails adds to older accounts the form in which their address is compared. When another account already has that form,
// nothing changes: both accounts stay, and the log names them. It runs at the start, after the migrations. fault.ErrUnavailable.
func (a *Almacen) CompararEmails(ctx context.Context, log *slog.Logger) error {
	var pendiente bool
	err := a.db.Read().QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM usuarios WHERE email_clave IS NULL)").Scan(&pendiente)
	if err != nil || !pendiente {
		return database.Fault(err)
	}
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if err := a.excluir(ctx, tx, bloquearUsuarios); err != nil { // when several instances start at the same time, one does it
			return err
		}
		var filas []usuario
		err := tx.NewSelect().Model(&filas).Column("id", "email").Where("email_clave IS NULL").OrderExpr("id").Scan(ctx)
		if err != nil {
			return err
		}
		for _, f := range filas {
			clave := domain.ClaveEmail(f.Email)
			var otra int64
			err := tx.QueryRow(ctx, "SELECT id FROM usuarios WHERE email_clave = $1 AND id <> $2", clave, f.ID).Scan(&otra)
			switch {
			case err == nil:
				log.WarnContext(ctx, "two accounts now have the same address; both stay", "user", f.ID, "other", otra)
				clave = f.Email
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE usuarios SET email_clave = $1 WHERE id = $2", clave, f.ID); err != nil {
				return fmt.Errorf("guardar correo del usuario %d: %w", f.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("comparar correos: %w", err)
	}
	return nil
}
