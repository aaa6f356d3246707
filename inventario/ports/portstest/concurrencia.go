package portstest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// aLaVez checks the promises about many callers at once. Its tests run one after the other: each uses the whole machine.
func aLaVez(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("doscientos_por_cincuenta", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		errores := simultaneos(t, 200, func(i int) error {
			_, _, err := reservar(t.Context(), a.de(i), nuevoID(), linea(1, 1))
			return err
		})
		assert.Equal(t, map[string]int{"": 50, "STOCK_INSUFICIENTE": 150}, errores)
		a.exigir(t, 1, 50, 50)
		a.cuadrar(t)
	})

	t.Run("cuarenta_por_veinte_repetidos", func(t *testing.T) { // each id is sent to two processes at once, as by a retry
		a := nuevo(t)
		a.alta(t, 1, 20, 0)
		var ids [40]domain.ReservaID
		for i := range ids {
			ids[i] = nuevoID()
		}
		errores := simultaneos(t, 2*len(ids), func(i int) error {
			_, _, err := reservar(t.Context(), a.de(i), ids[i/2], linea(1, 1))
			return err
		})
		assert.Equal(t, map[string]int{"": 2 * 20, "STOCK_INSUFICIENTE": 2 * 20}, errores)
		a.exigir(t, 1, 20, 20)
		a.cuadrar(t)
	})

	t.Run("salidas", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		errores := simultaneos(t, 100, func(i int) error {
			_, err := a.de(i).mover(t.Context(), movimiento(t, 1, domain.Salida, 1))
			return err
		})
		assert.Equal(t, map[string]int{"": 50, "STOCK_INSUFICIENTE": 50}, errores)
		a.exigir(t, 1, 0, 0)
		a.cuadrar(t)
	})

	t.Run("lineas_cruzadas", func(t *testing.T) { // half of the callers send (A,B) and half (B,A); B has too few units
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		a.alta(t, 2, 60, 0)
		errores := simultaneos(t, 200, func(i int) error {
			lineas := []domain.Linea{linea(1, 1), linea(2, 1)}
			if i%2 == 1 {
				lineas[0], lineas[1] = lineas[1], lineas[0]
			}
			_, _, err := reservar(t.Context(), a.de(i), nuevoID(), lineas...)
			return err
		})
		assert.Equal(t, map[string]int{"": 60, "STOCK_INSUFICIENTE": 140}, errores)
		a.exigir(t, 1, 1000, 60)
		a.exigir(t, 2, 60, 60)
		a.cuadrar(t)
	})

	t.Run("altas", func(t *testing.T) {
		a := nuevo(t)
		errores := simultaneos(t, 20, func(i int) error {
			return a.de(i).Existencias.Alta(t.Context(), idempotency.Key{}, existenciasDe(t, 1, int64(i+1), 0), causa)
		})
		assert.Equal(t, map[string]int{"": 1, "YA_EXISTE": 19}, errores)
		a.cuadrar(t)
	})

	t.Run("la_misma_reserva", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		id := nuevoID()
		var creadas atomic.Int64
		errores := simultaneos(t, 50, func(i int) error {
			_, creada, err := reservar(t.Context(), a.de(i), id, linea(1, 2))
			if creada {
				creadas.Add(1)
			}
			return err
		})
		assert.Equal(t, map[string]int{"": 50}, errores)
		assert.EqualValues(t, 1, creadas.Load())
		a.exigir(t, 1, 50, 2)
		a.cuadrar(t)
	})

	t.Run("cincuenta_liberar", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 50, 0)
		id := a.reservada(t, linea(1, 20))
		a.reservada(t, linea(1, 30)) // these units must stay reserved
		errores := simultaneos(t, 50, func(i int) error {
			liberada, err := a.de(i).Reservas.Liberar(t.Context(), id, causa)
			if err == nil {
				assert.Equal(t, domain.Liberada, liberada.Estado())
			}
			return err
		})
		assert.Equal(t, map[string]int{"": 50}, errores)
		a.exigir(t, 1, 50, 30)
		a.cuadrar(t)
	})

	t.Run("liberar_contra_consumir", func(t *testing.T) {
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		consumidas := int64(0)
		for range 20 {
			id := a.reservada(t, linea(1, 1))
			var liberadas, consumida atomic.Int64
			errores := simultaneos(t, 10, func(i int) error {
				hacer, hechas := a.de(i/2).Reservas.Liberar, &liberadas
				if i%2 == 1 {
					hacer, hechas = a.de(i/2).Reservas.Consumir, &consumida
				}
				_, err := hacer(t.Context(), id, causa)
				if err == nil {
					hechas.Add(1)
				}
				return err
			})
			assert.Equal(t, map[string]int{"": 5, "RESERVA_TERMINADA": 5}, errores)
			assert.Zero(t, liberadas.Load()*consumida.Load(), "only one of the two succeeds, and all its retries")
			consumidas += consumida.Load() / 5
		}
		a.exigir(t, 1, 1000-consumidas, 0)
		a.cuadrar(t)
	})

	t.Run("reservar_contra_liberar", func(t *testing.T) { // after the answer of liberar, the id holds no units
		a := nuevo(t)
		a.alta(t, 1, 1000, 0)
		for range 20 {
			id := nuevoID()
			errores := simultaneos(t, 6, func(i int) error {
				if i%2 == 0 {
					_, _, _ = reservar(t.Context(), a.de(i/2), id, linea(1, 1)) // success and refusal are both right
					return nil
				}
				_, err := a.de(i/2).Reservas.Liberar(t.Context(), id, causa)
				return err
			})
			assert.Equal(t, map[string]int{"": 6}, errores)
			r, err := a.uno().Reservas.Obtener(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, domain.Liberada, r.Estado())
		}
		a.exigir(t, 1, 1000, 0)
		a.cuadrar(t)
	})

	t.Run("de_todo", func(t *testing.T) { deTodo(t, nuevo(t)) })
}

// deTodo lets callers make every kind of call at once. Meanwhile a reader checks that each row of stock is possible.
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
			if !assert.NoError(t, err) || !assert.Len(t, lista, productos) { // Listar returns an error for an impossible row
				return
			}
			lecturas++
		}
	})
	simultaneos(t, llamantes, func(i int) error {
		azar := rand.New(rand.NewPCG(semilla, uint64(i)))
		var mias []domain.ReservaID
		for range pasos {
			contar(t, paso(t, a.de(azar.IntN(8)), azar, &mias, productos))
		}
		return nil
	})
	close(fin)
	lector.Wait()
	assert.Greater(t, lecturas, 20, "too few readings for a proof")
	a.cuadrar(t)
}

// paso makes one random call, and returns its error.
func paso(t *testing.T, p Proceso, azar *rand.Rand, mias *[]domain.ReservaID, productos int64) (err error) {
	ctx := t.Context()
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
		_, err = p.mover(ctx, movimiento(t, producto(), tipos[azar.IntN(4)], 1+azar.Int64N(6)))
	}
	return err
}
