package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/inventario/ports/portstest"
)

func TestAlmacen(t *testing.T) {
	t.Parallel()
	for nombre, caso := range map[string]struct {
		url      func(testing.TB) string
		procesos int
		suite    func(t *testing.T, nuevo func(t *testing.T) portstest.Almacen)
	}{
		"postgres": {esquema.Postgres, 1, portstest.AlmacenSuite},
		"sqlite":   {esquema.SQLite, 1, portstest.AlmacenSuite},
		// Each process has a pool of its own: the two processes share only the database.
		"postgres_dos_procesos": {esquema.Postgres, 2, portstest.ConcurrenciaSuite},
	} {
		t.Run(nombre, func(t *testing.T) {
			caso.suite(t, func(t *testing.T) portstest.Almacen {
				url := caso.url(t)
				a := portstest.Almacen{}
				for range caso.procesos {
					db := abrir(t, url)
					a.Procesos = append(a.Procesos, portstest.Proceso{
						Existencias: NewExistencias(db), Reservas: NewReservas(db), Devoluciones: NewDevoluciones(db), Libro: NewLibro(db),
					})
					a.Libro = func(t require.TestingT) []domain.Asiento { return leerLibro(t, db) }
				}
				return a
			})
		})
	}
}

// abrir opens and migrates a database.
func abrir(t testing.TB, url string) *database.DB {
	t.Helper()
	return abrirCon(t, url, database.Options{MaxConns: 8})
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(Migrations())

func abrirCon(t testing.TB, url string, o database.Options) *database.DB {
	t.Helper()
	return esquema.Open(t, url, o)
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

func leerLibro(t require.TestingT, db *database.DB) []domain.Asiento {
	var filas []filaMovimiento
	require.NoError(t, db.Read().NewSelect().Model(&filas).Order("id").Scan(context.Background()))
	libro := make([]domain.Asiento, len(filas))
	for i, f := range filas {
		libro[i] = domain.Asiento{
			ProductoID: f.ProductoID, Tipo: domain.Tipo(f.Tipo), DeltaFisico: f.DeltaFisico, DeltaReservado: f.DeltaReservado,
			Fisico: f.Fisico, Reservado: f.Reservado, Motivo: f.Motivo, Referencia: f.Referencia,
			ReservaID: domain.ReservaID(f.ReservaID.String),
			Causa:     domain.Causa{Actor: f.Actor, Peticion: f.RequestID, Cuando: f.CreadoEn.UTC()},
		}
	}
	return libro
}

// The database itself refuses impossible rows, from every program that writes to it.
func TestEsquema(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		existencias, reservas := NewExistencias(db), NewReservas(db)
		nuevas, err := domain.NewExistencias(1, 10, 0, cuando)
		require.NoError(t, err)
		require.NoError(t, existencias.Alta(t.Context(), idempotency.Key{}, nuevas,
			domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando}))
		reservarUna := func(id domain.ReservaID, n int64) {
			r, err := domain.NewReserva(id, []domain.Linea{{ProductoID: 1, Cantidad: n}}, "", cuando)
			require.NoError(t, err)
			_, _, err = reservas.Reservar(t.Context(), r, domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando})
			require.NoError(t, err)
		}
		liberada, activa := domain.ReservaID(fmt.Sprintf(formatoID, 1)), domain.ReservaID(fmt.Sprintf(formatoID, 2))
		reservarUna(liberada, 3)
		_, err = reservas.Liberar(t.Context(), liberada, domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando})
		require.NoError(t, err)
		reservarUna(activa, 4)
		antes := leerLibro(t, db)

		movimiento := `INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, reserva_id,
			request_id, creado_en) VALUES `
		rechazos := map[string]string{
			"el_libro_no_cambia":       `UPDATE movimientos SET motivo = 'otro'`,
			"el_libro_no_se_borra":     `DELETE FROM movimientos`,
			"fisico_negativo":          `UPDATE existencias SET fisico = -1, reservado = 0`,
			"reservado_negativo":       `UPDATE existencias SET reservado = -1`,
			"reservado_mas_que_fisico": `UPDATE existencias SET reservado = 11`,
			"demasiado":                `UPDATE existencias SET fisico = 1000000000001`,
			"existencias_con_libro":    `DELETE FROM existencias`,
			"reserva_con_lineas":       `DELETE FROM reservas`,
			"estado_inventado":         `UPDATE reservas SET estado = 'OTRO'`,
			"tipo_inventado":           movimiento + `(1, 'REGALO', 1, 0, 11, 4, '1', NULL, 'p', '2026-03-01 12:00:00+00:00')`,
			"reserva_sin_reserva":      movimiento + `(1, 'RESERVA', 0, 1, 10, 5, '1', NULL, 'p', '2026-03-01 12:00:00+00:00')`,
			"reservada_dos_veces": movimiento +
				`(1, 'RESERVA', 0, 1, 10, 5, '1', '` + string(activa) + `', 'p', '2026-03-01 12:00:00+00:00')`,
			"devuelta_y_consumida": movimiento +
				`(1, 'CONSUMO', -1, -1, 9, 3, '1', '` + string(liberada) + `', 'p', '2026-03-01 12:00:00+00:00')`,
		}
		if db.Engine() == database.Postgres {
			rechazos["el_libro_no_se_vacia"] = `TRUNCATE movimientos`
			rechazos["ni_en_cascada"] = `TRUNCATE existencias CASCADE`
		} else {
			rechazos["el_libro_no_se_reemplaza"] = `REPLACE INTO movimientos SELECT * FROM movimientos`
		}
		for nombre, sentencia := range rechazos {
			_, err := db.Write().Exec(t.Context(), sentencia)
			assert.Error(t, err, nombre)
		}
		assert.Equal(t, antes, leerLibro(t, db))
		e, err := existencias.Obtener(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, [2]int64{10, 4}, [2]int64{e.Fisico(), e.Reservado()})
	})
}

// Without the database every method fails with fault.ErrUnavailable, never with a defect.
func TestAlmacen_base_caida(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		require.NoError(t, db.Close())
		causa := domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando}
		id := domain.ReservaID(fmt.Sprintf(formatoID, 1))
		nuevas, err := domain.NewExistencias(1, 10, 0, cuando)
		require.NoError(t, err)
		for nombre, llamar := range map[string]func() error{
			"alta":     func() error { return NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, causa) },
			"obtener":  func() error { _, err := NewExistencias(db).Obtener(t.Context(), 1); return err },
			"listar":   func() error { _, err := NewExistencias(db).Listar(t.Context(), unaPagina); return err },
			"liberar":  func() error { _, err := NewReservas(db).Liberar(t.Context(), id, causa); return err },
			"consumir": func() error { _, err := NewReservas(db).Consumir(t.Context(), id, causa); return err },
			"reserva":  func() error { _, err := NewReservas(db).Obtener(t.Context(), id); return err },
			"libro": func() error {
				_, err := NewLibro(db).Movimientos(t.Context(), ports.FiltroLibro{ProductoID: 1, Limite: 1})
				return err
			},
			"en":        func() error { _, err := NewLibro(db).En(t.Context(), 1, cuando); return err },
			"verificar": func() error { _, err := NewLibro(db).Verificar(t.Context()); return err },
			"pedir":     func() error { _, err := NewLibro(db).Pedir(t.Context(), cuando); return err },
			"ver":       func() error { _, err := NewLibro(db).Ver(t.Context(), 1); return err },
			"avanzar":   func() error { _, err := NewLibro(db).Avanzar(t.Context(), cuando); return err },
			"de":        func() error { _, err := NewExistencias(db).De(t.Context(), []int64{1}); return err },
		} {
			assert.ErrorIs(t, llamar(), errCaida, nombre)
		}
	})
}
