package bunstore

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/inventario/domain"
)

// filaExistencias is the stock of a product as the database has it.
type filaExistencias struct {
	bun.BaseModel `bun:"table:existencias,alias:e"`

	domain.FichaExistencias
}

// columnasExistencias are the columns that destinos scans, in its order.
const columnasExistencias = `producto_id, fisico, reservado, minimo, version, actualizado_en`

func (f *filaExistencias) destinos() []any {
	return []any{&f.ProductoID, &f.Fisico, &f.Reservado, &f.Minimo, &f.Version, (*fecha)(&f.ActualizadoEn)}
}

func (f *filaExistencias) aDominio() (*domain.Existencias, error) {
	return domain.RehidratarExistencias(f.FichaExistencias)
}

func aExistencias(filas []filaExistencias) ([]*domain.Existencias, error) {
	lista := make([]*domain.Existencias, len(filas))
	for i := range filas {
		e, err := filas[i].aDominio()
		if err != nil {
			return nil, err
		}
		lista[i] = e
	}
	return lista, nil
}

// filaLinea is one line of a reservation as the database has it.
type filaLinea struct {
	bun.BaseModel `bun:"table:reserva_lineas"`

	ReservaID  string
	ProductoID int64
	Cantidad   int64
}

// filaMovimiento is one row of the ledger; its id is the database's.
type filaMovimiento struct {
	bun.BaseModel `bun:"table:movimientos"`

	ProductoID     int64
	Tipo           string
	DeltaFisico    int64
	DeltaReservado int64
	Fisico         int64
	Reservado      int64
	Actor          string
	Motivo         string
	Referencia     string
	ReservaID      sql.NullString
	RequestID      string
	CreadoEn       time.Time
	DevolucionID   sql.NullString
	Version        sql.NullInt64 // of the stock after it; NULL in old rows
}

// aFila is the ledger's row for a change that left the product as despues.
func (a apunte) aFila(c domain.Cambio, despues *domain.Existencias) filaMovimiento {
	return filaMovimiento{
		ProductoID: c.ProductoID, Tipo: string(c.Tipo), DeltaFisico: c.Fisico, DeltaReservado: c.Reservado,
		Fisico: despues.Fisico(), Reservado: despues.Reservado(),
		Actor: a.causa.Actor, Motivo: a.motivo, Referencia: a.referencia, ReservaID: a.reservaID(),
		RequestID: a.causa.Peticion, CreadoEn: despues.ActualizadoEn(),
		DevolucionID: a.devolucionID(), Version: sql.NullInt64{Int64: despues.Version(), Valid: true},
	}
}

// fecha scans an instant on both engines: SQLite does not know that an expression, or a column behind RETURNING, is an instant.
type fecha time.Time

// Scan implements sql.Scanner.
func (f *fecha) Scan(valor any) error {
	switch v := valor.(type) {
	case time.Time:
		*f = fecha(v.UTC())
		return nil
	case string:
		t, err := time.Parse("2006-01-02 15:04:05.999999999Z07:00", v)
		if err != nil {
			return fmt.Errorf("leer instante: %w", err)
		}
		*f = fecha(t.UTC())
		return nil
	}
	return fmt.Errorf("leer instante: tipo %T", valor)
}
