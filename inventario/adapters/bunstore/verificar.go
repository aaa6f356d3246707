package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// limites bounds one verification: its work does not grow with the ledger.
type limites struct {
	nuevos        int64         // rows since the checkpoints
	tiempo        time.Duration // to read them; on a slow machine the next verification goes on from there
	pagina        int64         // read at a time
	puntosDesde   int64         // with fewer new rows no checkpoint is written
	tramoLibro    int64         // old rows, each time another part
	tramoReservas int64
}

var limitesNormales = limites{
	nuevos: 100_000, tiempo: 3 * time.Second, pagina: 20_000, puntosDesde: 1_000, tramoLibro: 20_000, tramoReservas: 5_000,
}

// sqlProductos reads, at one instant, the balances of each product, its last row of the ledger, its checkpoint, and the ledger
// row of the checkpoint. A row of a product is written under the lock of its stock, so within a product the ids grow in the order
// of the commits, and no later commit adds a row before the last one. In the whole ledger they do not. Each subquery reads one
// row; joins could make PostgreSQL read whole tables.
const sqlProductos = `
SELECT e.producto_id, e.fisico, e.reservado,
       COALESCE((SELECT max(m.id) FROM movimientos m WHERE m.producto_id = e.producto_id), 0),
       (SELECT CAST(p.movimiento_id AS text) || '|' || p.movimientos || '|' || p.fisico || '|' || p.reservado || '|' || p.sello
        FROM puntos_verificados p WHERE p.producto_id = e.producto_id ORDER BY p.movimiento_id DESC LIMIT 1),
       (SELECT CAST(b.producto_id AS text) || '|' || b.fisico || '|' || b.reservado FROM movimientos b WHERE b.id = (
        SELECT p.movimiento_id FROM puntos_verificados p WHERE p.producto_id = e.producto_id
        ORDER BY p.movimiento_id DESC LIMIT 1))
FROM existencias e ORDER BY e.producto_id`

// sqlActivas compares reservado with the sums of the active reservations.
const sqlActivas = `
SELECT 'RESERVAS_ACTIVAS', e.producto_id, 0, NULL, CAST(COALESCE(a.cantidad, 0) AS bigint), e.reservado
FROM existencias e LEFT JOIN (
	SELECT l.producto_id, sum(l.cantidad) AS cantidad
	FROM reservas r JOIN reserva_lineas l ON l.reserva_id = r.id WHERE r.estado = 'ACTIVA' GROUP BY l.producto_id
) a ON a.producto_id = e.producto_id
WHERE e.reservado <> COALESCE(a.cantidad, 0) ORDER BY e.producto_id LIMIT $1`

// cuenta is a product while it is verified.
type cuenta struct {
	fisico, reservado int64 // its balances
	ultimo            int64 // its last row of the ledger
	punto             domain.Punto
	mal               []domain.Discrepancia
}

// Verificar implements ports.Libro. One call at a time runs in a process.
func (l *Libro) Verificar(ctx context.Context) (domain.Verificacion, error) {
	select {
	case l.turno <- struct{}{}:
		defer func() { <-l.turno }()
	case <-ctx.Done():
		return domain.Verificacion{}, database.Fault(ctx.Err())
	}
	v, err := l.verificarNuevos(ctx)
	if err != nil {
		return v, err
	}
	viejas, err := l.repaso.avanzar(ctx, l.db, l.limites)
	if err != nil {
		return v, err
	}
	v.Discrepancias = append(v.Discrepancias, viejas...)
	v.Ordenar()
	return v, nil
}

// verificarNuevos verifies the rows after the checkpoints, and writes new checkpoints.
func (l *Libro) verificarNuevos(ctx context.Context) (v domain.Verificacion, err error) {
	cuentas, err := l.cuentas(ctx)
	if err != nil {
		return v, err
	}
	inicio, quedan := time.Now(), l.limites.nuevos
	var puntos []domain.Punto
	for i := range cuentas {
		c := &cuentas[i]
		leidos, err := l.seguir(ctx, c, quedan)
		if err != nil {
			return v, err
		}
		if quedan -= leidos; leidos > 0 && time.Since(inicio) > l.limites.tiempo {
			quedan = 0
		}
		if leidos > 0 && len(c.mal) == 0 {
			puntos = append(puntos, c.punto)
		}
		if c.punto.MovimientoID < c.ultimo {
			v.Pendientes = true
		} else {
			c.mal = append(c.mal, c.punto.Cuadra(c.fisico, c.reservado)...)
		}
		v.Productos++
		v.Movimientos += c.punto.Movimientos
		v.Discrepancias = append(v.Discrepancias, c.mal...)
	}
	if l.limites.nuevos-quedan >= l.limites.puntosDesde {
		if err := l.guardarPuntos(ctx, puntos); err != nil {
			return v, err
		}
	}
	activas, err := discrepancias(ctx, l.db.Read(), sqlActivas, domain.MaxDiscrepancias)
	v.Discrepancias = append(v.Discrepancias, activas...)
	return v, err
}

func (l *Libro) cuentas(ctx context.Context) ([]cuenta, error) {
	var cuentas []cuenta
	err := l.db.Read().Each(ctx, sqlProductos, nil, func(scan func(...any) error) error {
		var c cuenta
		var punto, bajo sql.NullString
		err := scan(&c.punto.ProductoID, &c.fisico, &c.reservado, &c.ultimo, &punto, &bajo)
		if punto.Valid {
			c.desde(punto.String, bajo.String)
		}
		cuentas = append(cuentas, c)
		return err
	})
	if err != nil {
		return nil, database.Fault(fmt.Errorf("leer puntos: %w", err))
	}
	return cuentas, nil
}

// desde starts at the checkpoint, if neither the checkpoint nor its ledger row has changed.
func (c *cuenta) desde(punto, bajo string) {
	p := &c.punto
	var sello string
	// a changed text has another seal
	_, _ = fmt.Sscanf(punto, "%d|%d|%d|%d|%s", &p.MovimientoID, &p.Movimientos, &p.Fisico, &p.Reservado, &sello)
	if sello == p.Sello() && bajo == fmt.Sprintf("%d|%d|%d", p.ProductoID, p.Fisico, p.Reservado) {
		return
	}
	d := domain.Discrepancia{Que: domain.DiscrepanciaPuntoDeControl, ProductoID: p.ProductoID, MovimientoID: p.MovimientoID,
		Encontrado: p.Fisico}
	_, _ = fmt.Sscanf(bajo, "%d|%d", new(int64), &d.Esperado) // 0: the row is missing
	c.mal = append(c.mal, d)
}

// seguir verifies at most quedan rows of a product after its checkpoint.
func (l *Libro) seguir(ctx context.Context, c *cuenta, quedan int64) (leidos int64, err error) {
	antes := domain.Renglon{Fisico: c.punto.Fisico, Reservado: c.punto.Reservado}
	for leidos < quedan && c.punto.MovimientoID < c.ultimo {
		pagina, err := l.renglones(ctx, c.punto, c.ultimo, min(quedan-leidos, l.limites.pagina))
		if err != nil {
			return leidos, err
		}
		if len(pagina) == 0 {
			return leidos, fmt.Errorf("verificar producto %d: falta el movimiento %d", c.punto.ProductoID, c.ultimo)
		}
		for _, r := range pagina {
			c.mal = append(c.mal, c.punto.Seguir(r, antes)...)
			antes = r
		}
		leidos += int64(len(pagina))
	}
	return leidos, nil
}

func (l *Libro) renglones(ctx context.Context, desde domain.Punto, hasta, limite int64) ([]domain.Renglon, error) {
	var renglones []domain.Renglon
	err := l.db.Read().Each(ctx, `
		SELECT id, delta_fisico, delta_reservado, fisico, reservado FROM movimientos
		WHERE producto_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4`, []any{desde.ProductoID, desde.MovimientoID, hasta, limite},
		func(scan func(...any) error) error {
			var r domain.Renglon
			err := scan(&r.ID, &r.DeltaFisico, &r.DeltaReservado, &r.Fisico, &r.Reservado)
			renglones = append(renglones, r)
			return err
		})
	if err != nil {
		return nil, database.Fault(fmt.Errorf("leer renglones: %w", err))
	}
	return renglones, nil
}

// filaPunto is a checkpoint as the database has it.
type filaPunto struct {
	bun.BaseModel `bun:"table:puntos_verificados"`

	domain.Punto
	Sello    string
	CreadoEn time.Time
}

// guardarPuntos writes checkpoints. Another process may have written the same.
func (l *Libro) guardarPuntos(ctx context.Context, puntos []domain.Punto) error {
	ahora := database.Now()
	for grupo := range slices.Chunk(puntos, 1000) {
		filas := make([]filaPunto, len(grupo))
		for i, p := range grupo {
			filas[i] = filaPunto{Punto: p, Sello: p.Sello(), CreadoEn: ahora}
		}
		_, err := l.db.Write().NewInsert().Model(&filas).On("CONFLICT (producto_id, movimiento_id) DO NOTHING").Exec(ctx)
		if err != nil {
			return database.Fault(fmt.Errorf("guardar puntos: %w", err))
		}
	}
	return nil
}

// discrepancias reads rows of (kind, product, movement, reservation, expected, found).
func discrepancias(ctx context.Context, q database.Reader, sentencia string, args ...any) ([]domain.Discrepancia, error) {
	var halladas []domain.Discrepancia
	err := q.Each(ctx, sentencia, args, func(scan func(...any) error) error {
		var d domain.Discrepancia
		var reserva sql.NullString
		err := scan(&d.Que, &d.ProductoID, &d.MovimientoID, &reserva, &d.Esperado, &d.Encontrado)
		d.ReservaID = domain.ReservaID(reserva.String)
		halladas = append(halladas, d)
		return err
	})
	if err != nil {
		return nil, database.Fault(fmt.Errorf("verificar libro: %w", err))
	}
	return halladas, nil
}
