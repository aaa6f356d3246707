package bunstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// conHistoria is a storage with a ledger of 3 products × 40 rows and 20 reservations, one of them active.
func conHistoria(t *testing.T, url string) *database.DB {
	t.Helper()
	db := abrir(t, url)
	quien := domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando}
	for producto := int64(1); producto <= 3; producto++ {
		nuevas, err := domain.NewExistencias(producto, 1000, 0, cuando)
		require.NoError(t, err)
		require.NoError(t, NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, quien))
	}
	for i := range 20 {
		id := domain.ReservaID(fmt.Sprintf(formatoID, i+1))
		r, err := domain.NewReserva(id,
			[]domain.Linea{{ProductoID: 1, Cantidad: 2}, {ProductoID: 2, Cantidad: 1}, {ProductoID: 3, Cantidad: 1}}, "", cuando)
		require.NoError(t, err)
		_, _, err = NewReservas(db).Reservar(t.Context(), r, quien)
		require.NoError(t, err)
		if i < 19 {
			_, err = NewReservas(db).Consumir(t.Context(), id, quien)
			require.NoError(t, err)
		}
	}
	return db
}

// pequenos make a small ledger look large.
var pequenos = limites{nuevos: 1000, tiempo: time.Hour, pagina: 7, puntosDesde: 1, tramoLibro: 10, tramoReservas: 4}

func conLimites(db *database.DB, l limites) *Libro {
	libro := NewLibro(db)
	libro.limites = l
	return libro
}

func puntos(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Read().QueryRow(t.Context(), `SELECT count(*) FROM puntos_verificados`).Scan(&n))
	return n
}

// A verification stops reading after its time, and the next one continues there: also on a slow machine a verification ends.
func TestVerificar_en_su_tiempo(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := conHistoria(t, url)
		lento := pequenos
		lento.tiempo = 0
		for n := 1; n <= 3; n++ { // each verification reads one product
			v, err := conLimites(db, lento).Verificar(t.Context())
			require.NoError(t, err)
			assert.Empty(t, v.Discrepancias)
			assert.Equal(t, n < 3, v.Pendientes, "%d", n)
			assert.Equal(t, n, puntos(t, db))
		}
	})
}

// A changed row is found on both sides of a checkpoint: in the next verification, or when its part is verified again.
func TestVerificar_desde_un_punto(t *testing.T) {
	t.Parallel()
	activa := fmt.Sprintf(formatoID, 20)
	for nombre, caso := range map[string]struct {
		dano  string
		queda domain.TipoDiscrepancia
		turno bool // found when its part is verified again, and not in the next verification
	}{
		"existencias": {`UPDATE existencias SET fisico = fisico + 5 WHERE producto_id = 2`, domain.DiscrepanciaFisico, false},
		"reservado": {`UPDATE existencias SET reservado = reservado - 1 WHERE producto_id = 2`,
			domain.DiscrepanciaReservado, false},
		"fila_vieja": {`UPDATE movimientos SET delta_fisico = delta_fisico + 1, fisico = fisico + 1 WHERE id = 9`,
			domain.DiscrepanciaSaldoFisico, true},
		"saldo_viejo": {`UPDATE movimientos SET reservado = reservado + 1 WHERE id = 10`,
			domain.DiscrepanciaSaldoReservado, true},
		"bajo_el_punto": {`UPDATE movimientos SET fisico = fisico + 1, delta_fisico = delta_fisico + 1 ` +
			`WHERE id = (SELECT max(id) FROM movimientos)`, domain.DiscrepanciaPuntoDeControl, false},
		"el_punto": {`UPDATE puntos_verificados SET fisico = fisico + 1`, domain.DiscrepanciaPuntoDeControl, false},
		"cuantos_del_punto": {`UPDATE puntos_verificados SET movimientos = movimientos - 1`,
			domain.DiscrepanciaPuntoDeControl, false},
		"reserva_activa": {`UPDATE reservas SET estado = 'LIBERADA' WHERE id = '` + activa + `'`,
			domain.DiscrepanciaReservasActivas, false},
		"reserva_vieja": {`UPDATE reservas SET estado = 'LIBERADA' WHERE id = '` + fmt.Sprintf(formatoID, 3) + `'`,
			domain.DiscrepanciaReservaTerminada, true},
		"linea_de_una_vieja": {`UPDATE reserva_lineas SET cantidad = 5 WHERE producto_id = 1 AND reserva_id = '` +
			fmt.Sprintf(formatoID, 3) + `'`, domain.DiscrepanciaReservaTomada, true},
		"existencias_y_ultimas": {`UPDATE existencias SET fisico = fisico + 1 WHERE producto_id IN (1, 3)`,
			domain.DiscrepanciaFisico, false},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			esquema.Each(t, func(t *testing.T, url string) {
				db := conHistoria(t, url)
				libro := conLimites(db, pequenos)
				v, err := libro.Verificar(t.Context())
				require.NoError(t, err)
				require.Empty(t, v.Discrepancias)
				require.EqualValues(t, 3, v.Productos)
				require.EqualValues(t, 3+20*3+19*3, v.Movimientos)
				require.Equal(t, 3, puntos(t, db))

				hacer := sinGuardas(t, db)
				for _, guarda := range []string{"DROP TRIGGER puntos_verificados_sin_update"} {
					if db.Engine() == database.Postgres {
						guarda += " ON puntos_verificados"
					}
					hacer(guarda)
				}
				hacer(caso.dano)
				vueltas := 1
				if caso.turno {
					vueltas = 15
				}
				hallada := false
				for range vueltas {
					v, err = libro.Verificar(t.Context())
					require.NoError(t, err)
					esta := slices.ContainsFunc(v.Discrepancias, func(d domain.Discrepancia) bool { return d.Que == caso.queda })
					assert.False(t, hallada && !esta, "what was found stays found")
					hallada = esta
				}
				assert.True(t, hallada, "%+v", v.Discrepancias)
				assert.EqualValues(t, 3, v.Productos)

				if caso.turno { // a discrepancy that was mended is reported until its part is verified again
					hacer(map[string]string{
						"fila_vieja":    `UPDATE movimientos SET delta_fisico = delta_fisico - 1, fisico = fisico - 1 WHERE id = 9`,
						"saldo_viejo":   `UPDATE movimientos SET reservado = reservado - 1 WHERE id = 10`,
						"reserva_vieja": `UPDATE reservas SET estado = 'CONSUMIDA' WHERE id = '` + fmt.Sprintf(formatoID, 3) + `'`,
						"linea_de_una_vieja": `UPDATE reserva_lineas SET cantidad = 2 WHERE producto_id = 1 AND reserva_id = '` +
							fmt.Sprintf(formatoID, 3) + `'`,
					}[nombre])
					for range vueltas {
						v, err = libro.Verificar(t.Context())
						require.NoError(t, err)
					}
					assert.Empty(t, v.Discrepancias)
				}
			})
		})
	}
}

// A ledger with more rows than one verification reads is read in parts. Before the last part there is no good result.
func TestVerificar_por_partes(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := conHistoria(t, url)
		pocos := pequenos
		pocos.nuevos = 25
		libro := conLimites(db, pocos)
		partes := 0
		for v, err := libro.Verificar(t.Context()); ; v, err = libro.Verificar(t.Context()) {
			require.NoError(t, err)
			require.Empty(t, v.Discrepancias)
			partes++
			if !v.Pendientes {
				assert.EqualValues(t, 120, v.Movimientos)
				break
			}
			assert.EqualValues(t, 25*partes, v.Movimientos)
		}
		assert.Equal(t, 5, partes)
	})
}

// Rows are written while other processes verify: no checkpoint is wrong, in any order of the commits.
func TestVerificar_mientras_otros_mueven(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := conHistoria(t, url)
		otro := abrir(t, url)
		quien := domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando}
		ctx, parar := context.WithCancel(t.Context())
		var todos sync.WaitGroup
		for i, base := range []*database.DB{db, otro} {
			libro := conLimites(base, pequenos)
			todos.Go(func() {
				for ctx.Err() == nil {
					v, err := libro.Verificar(t.Context())
					if !assert.NoError(t, err) || !assert.Empty(t, v.Discrepancias) {
						return
					}
				}
			})
			for range 4 {
				todos.Go(func() {
					for n := range 60 {
						id := domain.ReservaID(fmt.Sprintf("%08x-0000-4000-9000-%012x", rand.Uint32(), rand.Uint64()>>16))
						lineas := []domain.Linea{{ProductoID: int64(1 + n%3), Cantidad: 1}, {ProductoID: int64(1 + (n+i)%3), Cantidad: 1}}
						r, err := domain.NewReserva(id, lineas, "", cuando)
						assert.NoError(t, err)
						_, _, err = NewReservas(base).Reservar(t.Context(), r, quien)
						assert.NoError(t, err)
						_, err = NewReservas(base).Liberar(t.Context(), id, quien)
						assert.NoError(t, err)
					}
				})
			}
		}
		time.AfterFunc(2*time.Second, parar)
		todos.Wait()
		v, err := NewLibro(db).Verificar(t.Context())
		require.NoError(t, err)
		assert.Empty(t, v.Discrepancias)
		var filas int64
		require.NoError(t, db.Read().QueryRow(t.Context(), `SELECT count(*) FROM movimientos`).Scan(&filas))
		assert.Equal(t, filas, v.Movimientos)
		assert.Greater(t, puntos(t, db), 6, "too few checkpoints to prove anything")
	})
}

// The whole ledger is verified in steps, and another process may make the next step.
func TestVerificar_desde_cero(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := conHistoria(t, url)
		ahora := cuando
		hay, err := NewLibro(db).Avanzar(t.Context(), ahora)
		require.NoError(t, err)
		assert.False(t, hay, "no verification was asked for")
		_, err = NewLibro(db).Ver(t.Context(), 1)
		require.ErrorIs(t, err, domain.ErrVerificacionNoExiste)

		_, err = conLimites(db, pequenos).Verificar(t.Context()) // a verification from the beginning ignores these checkpoints
		require.NoError(t, err)
		sinGuardas(t, db)(`UPDATE movimientos SET delta_fisico = delta_fisico + 1, fisico = fisico + 1 WHERE id = 9`)
		pedida, err := NewLibro(db).Pedir(t.Context(), ahora)
		require.NoError(t, err)
		assert.False(t, pedida.Hecha)
		otra, err := NewLibro(db).Pedir(t.Context(), ahora.Add(time.Second))
		require.NoError(t, err)
		assert.Equal(t, pedida, otra, "one at a time")

		pasos := 0
		for hay = true; hay; pasos++ {
			ahora = ahora.Add(time.Second)
			hay, err = conLimites(db, pequenos).Avanzar(t.Context(), ahora) // each step is made by another process
			require.NoError(t, err)
			if pasos == 3 { // another process has leased the step, and ends without writing its result
				_, err = db.Write().Exec(t.Context(), `UPDATE verificaciones SET arrendada = $1`, ahora.Add(time.Minute))
				require.NoError(t, err)
				libre, err := NewLibro(db).Avanzar(t.Context(), ahora)
				require.NoError(t, err)
				assert.False(t, libre)
				ahora = ahora.Add(time.Minute)
			}
		}
		assert.Greater(t, pasos, 15)
		d, err := NewLibro(db).Ver(t.Context(), pedida.ID)
		require.NoError(t, err)
		assert.True(t, d.Hecha)
		assert.Equal(t, cuando, d.PedidaEn)
		assert.Equal(t, ahora, d.ActualizadaEn)
		assert.EqualValues(t, 3, d.Productos)
		assert.EqualValues(t, 120, d.Movimientos)
		assert.True(t, slices.ContainsFunc(d.Discrepancias,
			func(d domain.Discrepancia) bool { return d.Que == domain.DiscrepanciaSaldoFisico }))

		nueva, err := NewLibro(db).Pedir(t.Context(), ahora)
		require.NoError(t, err)
		assert.NotEqual(t, pedida.ID, nueva.ID)
		n, err := NewLibro(db).LimpiarVerificaciones(t.Context(), ahora.Add(31*24*time.Hour), 10)
		require.NoError(t, err)
		assert.EqualValues(t, 1, n, "the one that is done")
	})
}

// The database itself refuses changes of checkpoints.
func TestPuntos_solo_crecen(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := conHistoria(t, url)
		_, err := conLimites(db, pequenos).Verificar(t.Context())
		require.NoError(t, err)
		sentencias := []string{`UPDATE puntos_verificados SET fisico = 1`, `DELETE FROM puntos_verificados`}
		if db.Engine() == database.Postgres {
			sentencias = append(sentencias, `TRUNCATE puntos_verificados`)
		} else {
			sentencias = append(sentencias, `REPLACE INTO puntos_verificados SELECT * FROM puntos_verificados`)
		}
		for _, s := range sentencias {
			_, err := db.Write().Exec(t.Context(), s)
			assert.ErrorContains(t, err, "append-only", s)
		}
		assert.Equal(t, 3, puntos(t, db))
	})
}
