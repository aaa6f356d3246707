package bunstore

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/ports"
)

// paginaRevocadas is how many entries a page has: some 200 KiB.
const paginaRevocadas = 5000

// posicion is where a page begins: first users by id, then sessions by the instant of their end. A session that ends while the
// pages are read is on the last page.
type posicion struct {
	usuario int64
	en      time.Time
	sesion  string // "" while users are read
}

func (p posicion) cursor() string {
	text := fmt.Sprintf("u %d", p.usuario)
	if !p.en.IsZero() {
		text = fmt.Sprintf("s %d %s", p.en.UnixMicro(), p.sesion)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// enSesion has the characters of session ids.
const enSesion = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func leerPosicion(cursor string) (p posicion, err error) {
	if cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		var micros int64
		if _, err = fmt.Sscanf(string(raw), "u %d", &p.usuario); err != nil {
			_, err = fmt.Sscanf(string(raw), "s %d %s", &micros, &p.sesion)
			p.en = time.UnixMicro(micros).UTC()
		}
	}
	if err != nil || p.en.Year() > 9999 || p.en.Year() < 1 || strings.Trim(p.sesion, enSesion) != "" {
		var f fault.Fields
		f.Add("cursor", "FORMATO", "Use el cursor de la cabecera Link de la página anterior, tal cual.")
		err = f.Err()
	}
	return p, err
}

// Revocadas implements ports.Revocaciones.
func (a *Almacen) Revocadas(ctx context.Context, desde, ahora time.Time, cursor string) (ports.Revocadas, error) {
	r := ports.Revocadas{Sesiones: []string{}, Usuarios: map[int64]time.Time{}}
	p, err := leerPosicion(cursor)
	if err != nil {
		return r, err
	}
	if p.en.IsZero() {
		if err := a.usuariosRevocados(ctx, &r, p, instante(desde)); err != nil || r.Sigue != "" {
			return r, database.Fault(err)
		}
		p.en = instante(desde).Add(-time.Microsecond)
	}
	return r, database.Fault(a.sesionesRevocadas(ctx, &r, p, instante(ahora)))
}

func (a *Almacen) usuariosRevocados(ctx context.Context, r *ports.Revocadas, p posicion, desde time.Time) error {
	var filas []usuario
	// The sign makes SQLite use the index on the time, instead of reading all users by id.
	err := a.db.Read().NewSelect().Model(&filas).Column("id", "tokens_desde").
		Where("tokens_desde >= ? AND +id > ?", desde, p.usuario).
		OrderExpr("+id").Limit(paginaRevocadas).Scan(ctx)
	for _, f := range filas {
		r.Usuarios[f.ID] = f.TokensDesde.UTC()
		p.usuario = f.ID
	}
	if len(filas) == paginaRevocadas {
		r.Sigue = p.cursor()
	}
	return err
}

func (a *Almacen) sesionesRevocadas(ctx context.Context, r *ports.Revocadas, p posicion, ahora time.Time) error {
	limite := paginaRevocadas - len(r.Usuarios)
	var filas []sesion
	// The first condition lets SQLite use the partial index.
	err := a.db.Read().NewSelect().Model(&filas).Column("id", "terminada_en", "tokens_hasta", "en_bloque").
		Where("terminada_en IS NOT NULL AND (terminada_en, id) > (?, ?)", p.en, p.sesion).
		OrderExpr("terminada_en, id").Limit(int64(limite) + 1).Scan(ctx)
	if len(filas) > limite {
		filas = filas[:limite]
		r.Sigue = posicion{en: filas[limite-1].TerminadaEn.UTC(), sesion: filas[limite-1].ID}.cursor()
	}
	for _, f := range filas {
		if !f.EnBloque && (f.TokensHasta.IsZero() || f.TokensHasta.After(ahora)) {
			r.Sesiones = append(r.Sesiones, f.ID)
		}
	}
	return err
}
