package bunstore

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/ports"
)

// Revocadas implements ports.Revocaciones.
func (a *Almacen) Revocadas(ctx context.Context, desde time.Time) (ports.Revocadas, error) {
	r := ports.Revocadas{Sesiones: []string{}, Usuarios: map[int64]time.Time{}}
	err := a.db.NewSelect().Model((*sesion)(nil)).Column("id").Where("terminada_en >= ?", instante(desde)).OrderExpr("id").Scan(ctx, &r.Sesiones)
	if err != nil {
		return r, database.Fault(err)
	}
	var filas []usuario
	if err := a.db.NewSelect().Model(&filas).Column("id", "tokens_desde").Where("tokens_desde >= ?", instante(desde)).Scan(ctx); err != nil {
		return r, database.Fault(err)
	}
	for _, f := range filas {
		r.Usuarios[f.ID] = f.TokensDesde.UTC()
	}
	return r, nil
}
