package bunstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/ports"
)

// clave keeps bytes as base64: both engines store and show text alike.
type clave struct {
	bun.BaseModel `bun:"table:claves,alias:c"`

	Kid        string       `bun:"kid,pk"`
	Publica    string       `bun:"publica"`
	Cifrada    string       `bun:"cifrada"`
	CreadaEn   time.Time    `bun:"creada_en"`
	RetiradaEn bun.NullTime `bun:"retirada_en"` // zero is NULL
}

// CrearSiFalta implements ports.Claves. The unique index on the active key decides who is first.
func (a *Almacen) CrearSiFalta(ctx context.Context, c ports.Clave) error {
	row := clave{
		Kid: c.Kid, Publica: base64.StdEncoding.EncodeToString(c.Publica), Cifrada: base64.StdEncoding.EncodeToString(c.Cifrada),
		CreadaEn: instante(c.CreadaEn), RetiradaEn: bun.NullTime{Time: instante(c.RetiradaEn)},
	}
	_, err := a.db.NewInsert().Conn(a.db.Writer()).Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	return database.Fault(err)
}

// Todas implements ports.Claves.
func (a *Almacen) Todas(ctx context.Context) ([]ports.Clave, error) {
	var rows []clave
	if err := a.db.NewSelect().Model(&rows).OrderExpr("creada_en DESC, kid").Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	claves := make([]ports.Clave, len(rows))
	for i, r := range rows {
		publica, err1 := base64.StdEncoding.DecodeString(r.Publica)
		cifrada, err2 := base64.StdEncoding.DecodeString(r.Cifrada)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("read signing key %s: %w", r.Kid, err)
		}
		claves[i] = ports.Clave{Kid: r.Kid, Publica: publica, Cifrada: cifrada, CreadaEn: r.CreadaEn.UTC(), RetiradaEn: r.RetiradaEn.UTC()}
	}
	return claves, nil
}
