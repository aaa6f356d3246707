package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// errNoJuntas: another request has stored an id, or taken stock, after the look. Each reservation then goes alone.
var errNoJuntas = errors.New("take reservations together: the database has changed")

// porTurno reserves units of one product when its turn comes: alone, or with the others that waited for the same row.
func (s *Reservas) porTurno(ctx context.Context, nueva *domain.Reserva, causa domain.Causa) (*domain.Reserva, bool, error) {
	e := s.colas.entrar(ctx, nueva, causa)
	defer s.colas.salir(e)
	for {
		select {
		case <-e.aviso:
		case <-ctx.Done():
			return nil, false, database.Fault(ctx.Err())
		}
		if e.lote == nil {
			return e.guardada, e.creada, e.err
		}
		s.dirigir(ctx, e)
	}
}

// dirigir uses the turn of e. A batch does not end with the caller that runs it, because other callers wait for it: it has the
// deadline of the last caller. If it fails, also by a commit with an unknown outcome, each of its reservations goes alone, which
// is safe because an id reserves once.
func (s *Reservas) dirigir(ctx context.Context, e *espera) {
	lote := e.lote
	defer s.colas.terminar(lote) // also on a panic
	if len(lote) == 1 {
		e.guardada, e.creada, e.err = s.sola(ctx, e.nueva, e.causa)
		e.resuelta = true
		return
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), lote[len(lote)-1].hasta)
	defer cancel()
	if err := s.juntas(ctx, lote); err != nil && !errors.Is(err, errNoJuntas) {
		s.db.Log().WarnContext(ctx, "reservations go alone: their batch failed", "reservas", len(lote), "error", err)
	}
}

// juntas resolves the reservations of a batch in the order of their arrival. It leaves two kinds unresolved: an id that is stored
// already, and a refusal when the stock has changed since it was read.
func (s *Reservas) juntas(ctx context.Context, lote []*espera) error {
	antes, conocidas, err := s.mirar(ctx, lote)
	if err != nil {
		return err
	}
	resto := antes
	var caben, sinStock []*espera
	var negados []negado
	for _, e := range lote {
		id, cambio := string(e.nueva.ID()), e.nueva.Tomar()[0]
		if conocidas[id] {
			continue
		}
		conocidas[id] = true // two callers may have the same id
		ahora, err := resto.aDominio()
		if err != nil {
			return err
		}
		if ahora.Admite(cambio) != nil {
			sinStock, negados = append(sinStock, e), append(negados, negado{cambio: cambio, antes: ahora})
			continue
		}
		caben = append(caben, e)
		resto.Reservado += cambio.Reservado
	}
	if len(caben) > 0 {
		despues, err := s.tomarJuntas(ctx, caben)
		if err != nil {
			return err
		}
		for i, e := range caben {
			e.guardada, e.creada, e.resuelta = e.nueva, true, true
			avisarMinimo(ctx, s.db, e.nueva.Tomar(), despues[i:i+1])
		}
		if despues[0].Version() != antes.Version+1 { // the stock has changed between the look and the lock
			return nil
		}
	}
	for i, e := range sinStock {
		e.err, e.resuelta = faltaStock(negados[i:i+1]), true
	}
	return nil
}

// sqlMirar reads the stock of a product, and which of some ids are stored, in one statement without locks.
const sqlMirar = `
SELECT ` + columnasExistencias + `,
       (SELECT COALESCE(string_agg(id::text, ','), '') FROM reservas WHERE id = ANY ($2::text[]::uuid[]))
FROM existencias WHERE producto_id = $1`

func (s *Reservas) mirar(ctx context.Context, lote []*espera) (antes filaExistencias, conocidas map[string]bool, err error) {
	ids := make([]string, len(lote))
	for i, e := range lote {
		ids[i] = string(e.nueva.ID())
	}
	var vistas string
	fila := s.db.Read().QueryRow(ctx, sqlMirar, lote[0].producto(), ids)
	if err := fila.Scan(append(antes.destinos(), &vistas)...); err != nil {
		return antes, nil, fmt.Errorf("mirar existencias: %w", err)
	}
	conocidas = map[string]bool{}
	for id := range strings.SplitSeq(vistas, ",") {
		conocidas[id] = true
	}
	return antes, conocidas, nil
}

// sqlTomarJuntas stores new reservations of one product, takes their stock, and writes a row of the ledger for each, with the
// balances after it. When an id is taken, or the stock is not enough for all, it violates a constraint and does nothing. As for
// one reservation, the ids come first, in one order, and the stock waits for them.
const sqlTomarJuntas = `
WITH pedidas AS (
	SELECT * FROM unnest($2::text[]::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
	WITH ORDINALITY AS p (id, cantidad, referencia, cuando, actor, request_id, orden)
), nuevas AS (
	INSERT INTO reservas (id, estado, referencia, creado_en, actualizado_en)
	SELECT id, 'ACTIVA', referencia, cuando, cuando FROM pedidas ORDER BY id RETURNING id
), juntas AS (
	SELECT count(*) AS cuantas, sum(cantidad)::bigint AS unidades, max(cuando) AS cuando
	FROM pedidas WHERE id IN (SELECT id FROM nuevas)
), cambiada AS (
	UPDATE existencias e
	SET reservado = e.reservado + j.unidades,
	    version = e.version + j.cuantas,
	    actualizado_en = GREATEST(e.actualizado_en, j.cuando)
	FROM juntas j
	WHERE e.producto_id = $1
	RETURNING e.*, j.cuantas, j.unidades
), tras AS (
	SELECT c.producto_id, c.fisico, c.reservado - c.unidades + (sum(p.cantidad) OVER (ORDER BY p.orden))::bigint AS reservado,
	       c.minimo, c.version - c.cuantas + p.orden AS version, c.actualizado_en,
	       p.id, p.cantidad, p.referencia, p.actor, p.request_id, p.orden
	FROM cambiada c CROSS JOIN pedidas p
), lineas AS (
	INSERT INTO reserva_lineas (reserva_id, producto_id, cantidad) SELECT id, producto_id, cantidad FROM tras
), apuntes AS (
	INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado,
	                         actor, referencia, reserva_id, request_id, creado_en, version)
	SELECT producto_id, 'RESERVA', 0, cantidad, fisico, reservado, actor, referencia, id, request_id, actualizado_en, version
	FROM tras ORDER BY orden
)
SELECT ` + columnasExistencias + ` FROM tras ORDER BY orden`

// tomarJuntas returns the stock after each reservation; errNoJuntas when nothing was done.
func (s *Reservas) tomarJuntas(ctx context.Context, lote []*espera) ([]*domain.Existencias, error) {
	var cantidades []int64
	var ids, referencias, actores, peticiones []string
	var cuando []time.Time
	for _, e := range lote {
		ids, referencias = append(ids, string(e.nueva.ID())), append(referencias, e.nueva.Referencia())
		cantidades, cuando = append(cantidades, e.nueva.Tomar()[0].Reservado), append(cuando, e.nueva.CreadoEn())
		actores, peticiones = append(actores, e.causa.Actor), append(peticiones, e.causa.Peticion)
	}
	despues, err := preguntarExistencias(ctx, s.db.Write().Reader, sqlTomarJuntas,
		lote[0].producto(), ids, cantidades, referencias, cuando, actores, peticiones)
	if _, _, violada := database.Violation(err); violada {
		return nil, errNoJuntas
	}
	return despues, err
}
