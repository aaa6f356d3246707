package bunstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// clave stores bytes as base64, because both engines store and show text in the same way.
type clave struct {
	bun.BaseModel `bun:"table:claves,alias:c"`

	Kid        string       `bun:"kid,pk"`
	Publica    string       `bun:"publica"`
	Cifrada    string       `bun:"cifrada"`
	CreadaEn   time.Time    `bun:"creada_en"`
	RetiradaEn bun.NullTime `bun:"retirada_en"` // zero is NULL
}

func aFilaClave(c ports.Clave) clave {
	return clave{
		Kid: c.Kid, Publica: base64.StdEncoding.EncodeToString(c.Publica), Cifrada: base64.StdEncoding.EncodeToString(c.Cifrada),
		CreadaEn: instante(c.CreadaEn), RetiradaEn: bun.NullTime{Time: instante(c.RetiradaEn)},
	}
}

// Relevar implements ports.Claves.
func (a *Almacen) Relevar(ctx context.Context, quien *domain.Solicitante, c ports.Clave, firma, olvidar time.Time) error {
	row := aFilaClave(c)
	return a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if quien != nil {
			if _, err := a.comprobar(ctx, tx, *quien, domain.AlcanceUsuariosGestionar, c.CreadaEn); err != nil {
				return err
			}
		}
		// Else the second of two callers would not see the key of the first.
		if err := a.excluir(ctx, tx, "LOCK TABLE claves IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE claves SET retirada_en = $1 WHERE retirada_en IS NULL", instante(firma)); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM claves WHERE retirada_en < $1", instante(olvidar)); err != nil {
			return err
		}
		return anotar(ctx, tx, domain.HechoClaveRotada(quien, c.Kid, c.CreadaEn))
	})
}

// Reponer implements ports.Claves. The list of revocations need not name the sessions: without their keys no token is accepted.
func (a *Almacen) Reponer(ctx context.Context, c ports.Clave) error {
	row := aFilaClave(c)
	return a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if _, err := tx.Exec(ctx, "DELETE FROM claves"); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?, en_bloque = ?", instante(c.CreadaEn), true).
			Where("terminada_en IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		return anotar(ctx, tx, domain.HechoClaveRotada(nil, c.Kid, c.CreadaEn))
	})
}

// CrearSiFalta implements ports.Claves. The unique index on the active key decides which caller is first.
func (a *Almacen) CrearSiFalta(ctx context.Context, c ports.Clave) error {
	row := aFilaClave(c)
	_, err := a.db.Write().NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	return database.Fault(err)
}

// Todas implements ports.Claves.
func (a *Almacen) Todas(ctx context.Context) ([]ports.Clave, error) {
	var rows []clave
	if err := a.db.Read().NewSelect().Model(&rows).OrderExpr("creada_en DESC, kid").Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return database.Values(rows, (*clave).aClave)
}

func (c *clave) aClave() (ports.Clave, error) {
	publica, err1 := base64.StdEncoding.DecodeString(c.Publica)
	cifrada, err2 := base64.StdEncoding.DecodeString(c.Cifrada)
	if err := errors.Join(err1, err2); err != nil {
		return ports.Clave{}, fmt.Errorf("leer clave de firma %s: %w", c.Kid, err)
	}
	return ports.Clave{
		Kid: c.Kid, Publica: publica, Cifrada: cifrada, CreadaEn: c.CreadaEn.UTC(), RetiradaEn: c.RetiradaEn.UTC(),
	}, nil
}
