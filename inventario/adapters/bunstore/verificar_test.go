package bunstore

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// sinGuardas removes the triggers that refuse changes of the ledger: the test acts as a person who has the database's password.
func sinGuardas(t *testing.T, db *database.DB) func(sentencia string) {
	t.Helper()
	guardas := []string{
		"DROP TRIGGER movimientos_sin_update ON movimientos", "ALTER TABLE existencias DROP CONSTRAINT existencias_reservado",
		"ALTER TABLE movimientos DROP CONSTRAINT movimientos_producto_id_fkey",
		"ALTER TABLE movimientos DROP CONSTRAINT movimientos_reserva_id_fkey", "DROP INDEX movimientos_reserva_fin",
	}
	if db.Engine() == database.SQLite {
		guardas = []string{
			"DROP TRIGGER movimientos_sin_update", "DROP TRIGGER movimientos_sin_delete", "DROP TRIGGER movimientos_sin_replace",
			"DROP INDEX movimientos_reserva_fin", "PRAGMA foreign_keys = OFF",
		}
	}
	hacer := func(sentencia string) {
		t.Helper()
		_, err := db.Write().Exec(t.Context(), sentencia)
		require.NoError(t, err, sentencia)
	}
	for _, g := range guardas {
		hacer(g)
	}
	return hacer
}

// TestVerificar_encuentra makes every kind of wrong change in the database: the verification finds exactly this change.
func TestVerificar_encuentra(t *testing.T) {
	t.Parallel()
	activa, consumida := fmt.Sprintf(formatoID, 1), fmt.Sprintf(formatoID, 2)
	const apunte = `INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, ` +
		`reserva_id, request_id, creado_en) VALUES `
	for nombre, caso := range map[string]struct {
		dano string
		want []domain.Discrepancia
	}{
		"nada": {`UPDATE existencias SET minimo = 7`, nil},
		"unidades_que_aparecen": {`UPDATE existencias SET fisico = fisico + 5 WHERE producto_id = 1`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaFisico, ProductoID: 1, Esperado: 18, Encontrado: 23},
		}},
		"reservado_de_mas": {`UPDATE existencias SET reservado = reservado + 1 WHERE producto_id = 1`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaReservado, ProductoID: 1, Esperado: 3, Encontrado: 4},
			{Que: domain.DiscrepanciaReservasActivas, ProductoID: 1, Esperado: 3, Encontrado: 4},
		}},
		"un_movimiento_cambiado": {`UPDATE movimientos SET delta_fisico = 11 WHERE producto_id = 2`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaFisico, ProductoID: 2, Esperado: 11, Encontrado: 10},
			{Que: domain.DiscrepanciaSaldoFisico, ProductoID: 2, MovimientoID: 2, Esperado: 11, Encontrado: 10},
		}},
		"un_saldo_cambiado": {`UPDATE movimientos SET reservado = 9 WHERE id = 3`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaSaldoReservado, ProductoID: 1, MovimientoID: 3, Esperado: 3, Encontrado: 9},
			{Que: domain.DiscrepanciaSaldoReservado, ProductoID: 1, MovimientoID: 4, Esperado: 11, Encontrado: 5},
		}},
		"una_reserva_reabierta": {`UPDATE reservas SET estado = 'ACTIVA' WHERE id = '` + consumida + `'`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaReservasActivas, ProductoID: 1, Esperado: 5, Encontrado: 3},
			{Que: domain.DiscrepanciaReservaTerminada, ProductoID: 1, ReservaID: domain.ReservaID(consumida), Esperado: 0, Encontrado: 2},
		}},
		"una_reserva_olvidada": {`UPDATE reservas SET estado = 'LIBERADA' WHERE id = '` + activa + `'`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaReservasActivas, ProductoID: 1, Esperado: 0, Encontrado: 3},
			{Que: domain.DiscrepanciaReservaTerminada, ProductoID: 1, ReservaID: domain.ReservaID(activa), Esperado: 3, Encontrado: 0},
		}},
		"una_linea_cambiada": {`UPDATE reserva_lineas SET cantidad = 4 WHERE reserva_id = '` + activa + `'`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaReservasActivas, ProductoID: 1, Esperado: 4, Encontrado: 3},
			{Que: domain.DiscrepanciaReservaTomada, ProductoID: 1, ReservaID: domain.ReservaID(activa), Esperado: 4, Encontrado: 3},
		}},
		"un_movimiento_de_una_reserva_sin_esa_linea": {apunte +
			`(2, 'RESERVA', 0, 0, 10, 0, '1', '` + activa + `', 'p', '2026-03-01 12:00:00+00:00')`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaReservaSinLinea, ProductoID: 2, ReservaID: domain.ReservaID(activa), Esperado: 0, Encontrado: 0},
		}},
		"un_producto_borrado": {`DELETE FROM existencias WHERE producto_id = 2`, []domain.Discrepancia{
			{Que: domain.DiscrepanciaSinExistencias, ProductoID: 2, MovimientoID: 2, Esperado: 0, Encontrado: 10},
		}},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			esquema.Each(t, func(t *testing.T, url string) {
				db := abrir(t, url)
				quien := domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando}
				for _, e := range []domain.Linea{{ProductoID: 1, Cantidad: 20}, {ProductoID: 2, Cantidad: 10}} {
					nuevas, err := domain.NewExistencias(e.ProductoID, e.Cantidad, 0, cuando)
					require.NoError(t, err)
					require.NoError(t, NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, quien))
				}
				reservar := func(id string, n int64) {
					r, err := domain.NewReserva(domain.ReservaID(id), []domain.Linea{{ProductoID: 1, Cantidad: n}}, "", cuando)
					require.NoError(t, err)
					_, _, err = NewReservas(db).Reservar(t.Context(), r, quien)
					require.NoError(t, err)
				}
				reservar(activa, 3)
				reservar(consumida, 2)
				_, err := NewReservas(db).Consumir(t.Context(), domain.ReservaID(consumida), quien)
				require.NoError(t, err)

				hacer := sinGuardas(t, db)
				hacer(caso.dano)
				v, err := NewLibro(db).Verificar(t.Context())
				require.NoError(t, err)
				assert.Equal(t, caso.want, v.Discrepancias)
				again, err := NewLibro(db).Verificar(t.Context())
				require.NoError(t, err)
				assert.Equal(t, v, again, "it mends nothing")
				conPuntos := limitesNormales
				conPuntos.puntosDesde = 1
				for range 2 {
					again, err = conLimites(db, conPuntos).Verificar(t.Context())
					require.NoError(t, err)
					assert.Equal(t, v, again, "no checkpoint hides it")
				}
			})
		})
	}
}
