package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// Devoluciones is the repository of returns.
type Devoluciones struct {
	db *database.DB
	motor
}

// NewDevoluciones builds the repository on a migrated database.
func NewDevoluciones(db *database.DB) *Devoluciones { return &Devoluciones{db, motorDe(db)} }

// devolucionFila is a row of devoluciones. Its lines are JSON.
type devolucionFila struct {
	bun.BaseModel `bun:"table:devoluciones,alias:d"`

	domain.RegistroDevolucion
	Lineas []devueltaFila `bun:"lineas,type:jsonb"`
}

// devueltaFila is a line in the JSON of a row.
type devueltaFila struct {
	ProductoID int64 `json:"producto_id"`
	Cantidad   int64 `json:"cantidad"`
}

// Crear implements ports.Devoluciones. The order's lines are locked first; a constraint refuses more units than they had too.
func (r *Devoluciones) Crear(
	ctx context.Context, clave idempotency.Key, pedidoID int64, decidir func(map[int64]int64) (*domain.Devolucion, error),
) (d *domain.Devolucion, err error) {
	id, repetida, err := keystore.Once(ctx, r.db, clave, func(ctx context.Context, tx database.Writer) (int64, error) {
		devuelto, err := r.devuelto(ctx, tx, pedidoID)
		if err != nil {
			return 0, err
		}
		if d, err = decidir(devuelto); err != nil {
			return 0, err
		}
		for _, l := range d.Lineas() {
			_, err := tx.Exec(ctx, `UPDATE pedido_lineas SET devuelto = devuelto + $1 WHERE pedido_id = $2 AND producto_id = $3`,
				l.Cantidad, pedidoID, l.ProductoID)
			if err != nil {
				return 0, err
			}
		}
		return insertarDevolucion(ctx, tx, d)
	})
	switch {
	case err != nil:
		return nil, err
	case repetida:
		return r.Obtener(ctx, id)
	}
	d.AsignarID(id)
	return d, nil
}

// devuelto locks the lines of an order and reads how many units of each product came back.
func (r *Devoluciones) devuelto(ctx context.Context, tx database.Writer, pedidoID int64) (map[int64]int64, error) {
	rows, err := tx.Query(ctx,
		`SELECT producto_id, devuelto FROM pedido_lineas WHERE pedido_id = $1 ORDER BY producto_id`+r.paraCambiar, pedidoID)
	if err != nil {
		return nil, err
	}
	var lineas []struct{ ProductoID, Devuelto int64 }
	if err := r.db.ScanRows(ctx, rows, &lineas); err != nil {
		return nil, err
	}
	devuelto := make(map[int64]int64, len(lineas))
	for _, l := range lineas {
		devuelto[l.ProductoID] = l.Devuelto
	}
	return devuelto, nil
}

func insertarDevolucion(ctx context.Context, tx database.Writer, d *domain.Devolucion) (id int64, err error) {
	i := d.Registro()
	lineas, err := enJSON(i.Lineas, func(l domain.LineaDevuelta) devueltaFila { return devueltaFila(l) })
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO devoluciones (pedido_id, movimiento_id, lineas, reponer, motivo, autor, peticion, fase,
			creado_en, hecha_en, revisar_en, intentos, causa)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		i.PedidoID, i.MovimientoID, lineas, i.Reponer, i.Motivo, i.Autor, i.Peticion, i.Fase,
		i.CreadoEn, instante(i.HechaEn), instante(i.RevisarEn), i.Intentos, i.Causa).Scan(&id)
	return id, err
}

// Obtener implements ports.Devoluciones.
func (r *Devoluciones) Obtener(ctx context.Context, id int64) (*domain.Devolucion, error) {
	lista, err := r.leer(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id) })
	if err != nil {
		return nil, err
	}
	if len(lista) == 0 {
		return nil, fmt.Errorf("return %d is not there", id)
	}
	return lista[0], nil
}

// DePedido implements ports.Devoluciones.
func (r *Devoluciones) DePedido(ctx context.Context, pedidoID, antesDe int64, limite int) ([]*domain.Devolucion, error) {
	return r.leer(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		if antesDe != 0 {
			q = q.Where("id < ?", antesDe)
		}
		return q.Where("pedido_id = ?", pedidoID).OrderExpr("id DESC").Limit(int64(limite))
	})
}

func (r *Devoluciones) leer(ctx context.Context, cuales func(*bun.SelectQuery) *bun.SelectQuery) ([]*domain.Devolucion, error) {
	var filas []devolucionFila
	if err := cuales(r.db.Read().NewSelect().Model(&filas)).Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return database.Values(filas, (*devolucionFila).aDominio)
}

// Anotar implements ports.Devoluciones.
func (r *Devoluciones) Anotar(ctx context.Context, d *domain.Devolucion) error {
	i := d.Registro()
	_, err := r.db.Write().Exec(ctx, `UPDATE devoluciones SET fase = $1, hecha_en = $2, revisar_en = $3, intentos = $4, causa = $5
		WHERE id = $6 AND fase = 'EN_CURSO'`,
		i.Fase, instante(i.HechaEn), instante(i.RevisarEn), i.Intentos, i.Causa, i.ID)
	return database.Fault(err)
}

// See tomarSQL.
const tomarDevolucionesSQL = `UPDATE devoluciones SET revisar_en = $1
WHERE revisar_en <= $2 AND id IN (SELECT id FROM devoluciones WHERE revisar_en <= $3 ORDER BY revisar_en, id LIMIT $4)
RETURNING id`

// TomarDevoluciones implements ports.Reposiciones.
func (r *Devoluciones) TomarDevoluciones(ctx context.Context, ahora, hasta time.Time, limite int) ([]*domain.Devolucion, error) {
	ids, err := tomar(ctx, r.db, tomarDevolucionesSQL, ahora, hasta, limite)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return r.leer(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id IN (?)", bun.List(ids)).OrderExpr("id") })
}

// EnCurso implements ports.Reposiciones.
func (r *Devoluciones) EnCurso(ctx context.Context) (cuantas int64, masAntigua time.Time, err error) {
	var fila struct {
		Cuantas    int64
		MasAntigua bun.NullTime
	}
	err = r.db.Read().NewSelect().Table("devoluciones").ColumnExpr("count(*) AS cuantas, min(creado_en) AS mas_antigua").
		Where("revisar_en IS NOT NULL").Scan(ctx, &fila)
	return fila.Cuantas, fila.MasAntigua.UTC(), database.Fault(err)
}

func (f *devolucionFila) aDominio() (*domain.Devolucion, error) {
	f.RegistroDevolucion.Lineas = convertir(f.Lineas, func(l devueltaFila) domain.LineaDevuelta { return domain.LineaDevuelta(l) })
	return domain.RehidratarDevolucion(f.RegistroDevolucion)
}
