package portstest

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// aLaVez holds the promises about many callers at once. Its tests run one at a time: each needs the whole machine.
func aLaVez(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("doscientos_por_cincuenta", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		var c cuenta
		simultaneos(200, func(i int) {
			_, _, err := reservar(t.Context(), a.de(i), nuevoID(), linea(1, 1))
			c.anotar(t, err)
		})
		assert.Equal(t, map[string]int{"": 50, "STOCK_INSUFICIENTE": 150}, c.n)
		a.exigir(t, 1, 50, 50)
		a.cuadrar(t)
	})

	t.Run("cuarenta_por_veinte_repetidos", func(t *testing.T) { // each asks two processes at once, as a retry may
		a := nuevo(t)
		a.alta(t, 1, 20, 0)
		var ids [40]domain.ReservaID
		for i := range ids {
			ids[i] = nuevoID()
		}
		var c cuenta
		simultaneos(2*len(ids), func(i int) {
			_, _, err := reservar(t.Context(), a.de(i), ids[i/2], linea(1, 1))
			c.anotar(t, err)
		})
		assert.Equal(t, map[string]int{"": 2 * 20, "STOCK_INSUFICIENTE": 2 * 20}, c.n)
		a.exigir(t, 1, 20, 20)
		a.cuadrar(t)
	})

	t.Run("salidas", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		var c cuenta
		simultaneos(100, func(i int) {
			_, err := a.de(i).Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Salida, 1), causa)
			c.anotar(t, err)
		})
		assert.Equal(t, map[string]int{"": 50, "STOCK_INSUFICIENTE": 50}, c.n)
		a.exigir(t, 1, 0, 0)
		a.cuadrar(t)
	})

	t.Run("lineas_cruzadas", func(t *testing.T) { // (A,B) against (B,A), B short: all or nothing, no deadlock
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		a.alta(t, 2, 60, 0)
		var c cuenta
		simultaneos(200, func(i int) {
			lineas := []domain.Linea{linea(1, 1), linea(2, 1)}
			if i%2 == 1 {
				lineas[0], lineas[1] = lineas[1], lineas[0]
			}
			_, _, err := reservar(t.Context(), a.de(i), nuevoID(), lineas...)
			c.anotar(t, err)
		})
		assert.Equal(t, map[string]int{"": 60, "STOCK_INSUFICIENTE": 140}, c.n)
		a.exigir(t, 1, 1000, 60)
		a.exigir(t, 2, 60, 60)
		a.cuadrar(t)
	})

	t.Run("altas", func(t *testing.T) {
		a := nuevo(t)
		var c cuenta
		simultaneos(20, func(i int) {
			nuevas, err := domain.NewExistencias(1, int64(i+1), 0, instante)
			require.NoError(t, err)
			c.anotar(t, a.de(i).Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))
		})
		assert.Equal(t, map[string]int{"": 1, "YA_EXISTE": 19}, c.n)
		a.cuadrar(t)
	})

	t.Run("la_misma_reserva", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		id := nuevoID()
		var mu sync.Mutex
		creadas := 0
		simultaneos(50, func(i int) {
			_, creada, err := reservar(t.Context(), a.de(i), id, linea(1, 2))
			assert.NoError(t, err)
			if creada {
				mu.Lock()
				creadas++
				mu.Unlock()
			}
		})
		assert.Equal(t, 1, creadas)
		a.exigir(t, 1, 50, 2)
		a.cuadrar(t)
	})

	t.Run("cincuenta_liberar", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		id := nuevoID()
		_, _, err := reservar(t.Context(), a.uno(), id, linea(1, 20))
		require.NoError(t, err)
		_, _, err = reservar(t.Context(), a.uno(), nuevoID(), linea(1, 30)) // more than it must never come back
		require.NoError(t, err)
		simultaneos(50, func(i int) {
			liberada, err := a.de(i).Reservas.Liberar(t.Context(), id, causa)
			if assert.NoError(t, err) {
				assert.Equal(t, domain.Liberada, liberada.Estado())
			}
		})
		a.exigir(t, 1, 50, 30)
		a.cuadrar(t)
	})

	t.Run("liberar_contra_consumir", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		consumidas := int64(0)
		for range 20 {
			id := nuevoID()
			_, _, err := reservar(t.Context(), a.uno(), id, linea(1, 1))
			require.NoError(t, err)
			var liberar, consumir cuenta
			simultaneos(10, func(i int) {
				if i%2 == 0 {
					_, err := a.de(i/2).Reservas.Liberar(t.Context(), id, causa)
					liberar.anotar(t, err)
					return
				}
				_, err := a.de(i/2).Reservas.Consumir(t.Context(), id, causa)
				consumir.anotar(t, err)
			})
			gana, pierde := map[string]int{"": 5}, map[string]int{"RESERVA_TERMINADA": 5}
			if consumir.n[""] > 0 {
				consumidas++
				gana, pierde = pierde, gana
			}
			assert.Equal(t, gana, liberar.n)
			assert.Equal(t, pierde, consumir.n)
		}
		a.exigir(t, 1, 1000-consumidas, 0)
		a.cuadrar(t)
	})

	t.Run("reservar_contra_liberar", func(t *testing.T) { // once liberar has answered, nothing is held
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		for range 20 {
			id := nuevoID()
			var liberar cuenta
			simultaneos(6, func(i int) {
				if i%2 == 0 {
					_, _, _ = reservar(t.Context(), a.de(i/2), id, linea(1, 1)) // either outcome is right
					return
				}
				_, err := a.de(i/2).Reservas.Liberar(t.Context(), id, causa)
				liberar.anotar(t, err)
			})
			assert.Equal(t, map[string]int{"": 3}, liberar.n)
			r, err := a.uno().Reservas.Obtener(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, domain.Liberada, r.Estado())
		}
		a.exigir(t, 1, 1000, 0)
		a.cuadrar(t)
	})

	t.Run("de_todo", func(t *testing.T) { deTodo(t, nuevo(t)) })
}

// deTodo makes callers do everything at once, while a reader checks that the units add up at every instant.
func deTodo(t *testing.T, a Almacen) {
	const productos, llamantes, pasos = 5, 8, 40
	semilla := rand.Uint64()
	if fija, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		semilla = fija
	}
	t.Logf("SEED=%d makes the callers choose the same again", semilla)
	for id := int64(1); id <= productos; id++ {
		a.alta(t, id, 20, 0)
	}
	fin := make(chan struct{})
	var lector sync.WaitGroup
	lecturas := 0
	lector.Go(func() {
		for {
			select {
			case <-fin:
				return
			default:
			}
			lista, err := a.de(lecturas).Existencias.Listar(t.Context(), ports.Filtro{Limite: productos})
			if !assert.NoError(t, err) || !assert.Len(t, lista, productos) { // an impossible row is an error
				return
			}
			lecturas++
		}
	})
	simultaneos(llamantes, func(i int) {
		azar := rand.New(rand.NewPCG(semilla, uint64(i)))
		var mias []domain.ReservaID
		for range pasos {
			paso(t.Context(), t, a.de(azar.IntN(8)), azar, &mias, productos)
		}
	})
	close(fin)
	lector.Wait()
	assert.Greater(t, lecturas, 20, "too few readings to prove anything")
	a.cuadrar(t)
}

// paso makes one random call. A refusal is a right answer, a defect is not.
func paso(ctx context.Context, t *testing.T, p Proceso, azar *rand.Rand, mias *[]domain.ReservaID, productos int64) {
	var err error
	producto := func() int64 { return 1 + azar.Int64N(productos) }
	switch n := azar.IntN(10); {
	case n < 4 || len(*mias) == 0:
		id := nuevoID()
		*mias = append(*mias, id)
		lineas := []domain.Linea{linea(producto(), 1+azar.Int64N(4)), linea(producto(), 1+azar.Int64N(4)), linea(producto(), 1)}
		_, _, err = reservar(ctx, p, id, lineas[:1+azar.IntN(3)]...)
	case n < 6:
		_, err = p.Reservas.Liberar(ctx, (*mias)[azar.IntN(len(*mias))], causa)
	case n < 8:
		_, err = p.Reservas.Consumir(ctx, (*mias)[azar.IntN(len(*mias))], causa)
	default:
		tipos := []domain.Tipo{domain.Entrada, domain.Salida, domain.Merma, domain.TipoDevolucion}
		_, err = p.Existencias.Mover(ctx, idempotency.Key{}, mover(t, producto(), tipos[azar.IntN(4)], 1+azar.Int64N(6)), causa)
	}
	var c cuenta
	c.anotar(t, err)
}
