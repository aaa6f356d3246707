package portstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

func libro(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("movimientos_de_un_producto", solo(nuevo, movimientos))
	t.Run("en_un_instante", solo(nuevo, enUnInstante))
	t.Run("recuento", solo(nuevo, recuento))
	t.Run("recuento_de_lo_reservado", solo(nuevo, recuentoReservado))
	t.Run("una_fila_por_causa", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 0, 0) // a row without units: it says since when the product has stock
		una, otra := nuevoID(), nuevoID()
		a.mover(t, 2, domain.Entrada, 5)
		servicio := domain.Causa{Actor: "servicio:pedidos", Peticion: "peticion-2", Cuando: instante}
		for _, id := range []domain.ReservaID{una, otra} {
			nueva, err := domain.NewReserva(id, []domain.Linea{linea(1, 3)}, "pedido 8", instante)
			require.NoError(t, err)
			_, _, err = a.uno().Reservas.Reservar(t.Context(), nueva, servicio)
			require.NoError(t, err)
		}
		_, err := a.uno().Reservas.Liberar(t.Context(), una, servicio)
		require.NoError(t, err)
		_, err = a.uno().Reservas.Consumir(t.Context(), otra, servicio)
		require.NoError(t, err)

		aMano := domain.Asiento{Causa: causa}
		porReserva := domain.Asiento{ProductoID: 1, Referencia: "pedido 8", Causa: servicio}
		assert.Equal(t, []domain.Asiento{
			con(aMano, func(f *domain.Asiento) { f.ProductoID, f.Tipo, f.DeltaFisico, f.Fisico = 1, domain.Entrada, 10, 10 }),
			con(aMano, func(f *domain.Asiento) { f.ProductoID, f.Tipo = 2, domain.Entrada }),
			con(aMano, func(f *domain.Asiento) {
				f.ProductoID, f.Tipo, f.DeltaFisico, f.Fisico = 2, domain.Entrada, 5, 5
				f.Motivo, f.Referencia = "rotura", "albarán 9"
			}),
			con(porReserva, func(f *domain.Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoReserva, una, 3, 10, 3
			}),
			con(porReserva, func(f *domain.Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoReserva, otra, 3, 10, 6
			}),
			con(porReserva, func(f *domain.Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoLiberacion, una, -3, 10, 3
			}),
			con(porReserva, func(f *domain.Asiento) {
				f.Tipo, f.ReservaID, f.DeltaFisico, f.DeltaReservado, f.Fisico = domain.TipoConsumo, otra, -3, -3, 7
			}),
		}, a.Libro(t))
		a.cuadrar(t)
	}))
}

func con(f domain.Asiento, cambiar func(*domain.Asiento)) domain.Asiento {
	cambiar(&f)
	return f
}

// cuadrar replays the whole ledger: the balances of each row follow from the previous row, and the last balances are the stock of
// the product.
func (a Almacen) cuadrar(t *testing.T) {
	t.Helper()
	type saldo struct{ fisico, reservado int64 }
	saldos := map[int64]saldo{}
	for i, f := range a.Libro(t) {
		s := saldos[f.ProductoID]
		s = saldo{s.fisico + f.DeltaFisico, s.reservado + f.DeltaReservado}
		require.Equal(t, s, saldo{f.Fisico, f.Reservado}, "row %d of the ledger, %s of product %d", i, f.Tipo, f.ProductoID)
		require.True(t, 0 <= s.reservado && s.reservado <= s.fisico, "row %d: %+v", i, s)
		saldos[f.ProductoID] = s
	}
	lista, err := a.uno().Existencias.Listar(t.Context(), ports.Filtro{Limite: 10_000})
	require.NoError(t, err)
	for _, e := range lista {
		require.Equal(t, saldos[e.ProductoID()], saldo{e.Fisico(), e.Reservado()}, "product %d: ledger, stock", e.ProductoID())
		delete(saldos, e.ProductoID())
	}
	require.Empty(t, saldos, "the ledger has rows of products without stock")
	v, err := a.uno().Libro.Verificar(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Discrepancias)
	require.EqualValues(t, len(lista), v.Productos)
	require.EqualValues(t, len(a.Libro(t)), v.Movimientos)
}

func movimientos(t *testing.T, a Almacen) {
	a.alta(t, 1, 10, 0)
	a.alta(t, 2, 10, 0)
	for n := int64(1); n <= 5; n++ {
		a.mover(t, 1, domain.Salida, n%2+1)
		a.mover(t, 2, domain.Entrada, 1)
	}
	var todos []domain.Asiento
	for antes := int64(0); ; {
		pagina, err := a.uno().Libro.Movimientos(t.Context(), ports.FiltroLibro{ProductoID: 1, AntesDe: antes, Limite: 4})
		require.NoError(t, err)
		if len(pagina) == 0 {
			break
		}
		todos = append(todos, pagina...)
		antes = pagina[len(pagina)-1].ID
	}
	require.Len(t, todos, 6)
	for i, asiento := range todos {
		assert.EqualValues(t, 1, asiento.ProductoID)
		assert.Equal(t, causa, asiento.Causa)
		if i > 0 {
			assert.Less(t, asiento.ID, todos[i-1].ID, "the newest first")
		}
	}
	assert.Equal(t, domain.Entrada, todos[5].Tipo)
	assert.Equal(t, []int64{2, 4, 5, 7, 8, 10},
		[]int64{todos[0].Fisico, todos[1].Fisico, todos[2].Fisico, todos[3].Fisico, todos[4].Fisico, todos[5].Fisico})
	assert.EqualValues(t, 2, todos[0].Cantidad())
	ninguno, err := a.uno().Libro.Movimientos(t.Context(), ports.FiltroLibro{ProductoID: 3, Limite: 4})
	require.NoError(t, err)
	assert.Empty(t, ninguno)
}

func enUnInstante(t *testing.T, a Almacen) {
	a.alta(t, 1, 10, 4)
	a.alta(t, 2, 99, 0)
	luego := causa
	for n := range int64(3) {
		luego.Cuando = instante.Add(time.Duration(n+1) * time.Hour)
		_, err := a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, movimiento(t, 1, domain.Salida, n+1), luego)
		require.NoError(t, err)
	}
	for nombre, caso := range map[string]struct {
		en              time.Time
		fisico, version int64
	}{
		"al nacer":           {instante, 10, 1},
		"poco después":       {instante.Add(59 * time.Minute), 10, 1},
		"justo en un cambio": {instante.Add(time.Hour), 9, 2},
		"con otra zona":      {instante.Add(2 * time.Hour).In(time.FixedZone("", -7200)), 7, 3},
		"después del último": {instante.Add(1000 * time.Hour), 4, 4},
	} {
		e, err := a.uno().Libro.En(t.Context(), 1, caso.en)
		require.NoError(t, err, nombre)
		assert.Equal(t, [3]int64{caso.fisico, caso.version, 4}, [3]int64{e.Fisico(), e.Version(), e.Minimo()}, nombre)
		assert.False(t, e.ActualizadoEn().After(caso.en), nombre)
	}
	for _, en := range []time.Time{instante.Add(-time.Microsecond), {}} {
		_, err := a.uno().Libro.En(t.Context(), 1, en)
		assert.ErrorIs(t, err, domain.ErrInventarioNoExiste)
	}
	ahora, err := a.uno().Existencias.Obtener(t.Context(), 1)
	require.NoError(t, err)
	ultimo, err := a.uno().Libro.En(t.Context(), 1, ahora.ActualizadoEn())
	require.NoError(t, err)
	assert.Equal(t, ahora, ultimo, "the last instant is now")
}

// recuentoReservado checks that the refusal of a count below reservado names the reservations.
func recuentoReservado(t *testing.T, a Almacen) {
	a.alta(t, 1, 10, 0)
	a.alta(t, 2, 30, 0)
	a.reservada(t, linea(1, 1), linea(2, 1))
	_, err := a.uno().Reservas.Liberar(t.Context(), a.reservada(t, linea(1, 1), linea(2, 1)), causa)
	require.NoError(t, err)
	_, err = a.uno().mover(t.Context(), recuentoDe(t, 1, 0, 10))
	require.ErrorIs(t, err, domain.ErrStockInsuficiente)
	assert.Equal(t, []string{"pedido 1"}, extra(err, "referencias"), "a released reservation holds no units")
	assert.EqualValues(t, 1, extra(err, "reservado"))
	for i := range 25 { // the refusal names the newest twenty
		nueva, err := domain.NewReserva(nuevoID(), []domain.Linea{linea(2, 1)}, fmt.Sprintf("pedido %d", i),
			instante.Add(time.Duration(i)*time.Second))
		require.NoError(t, err)
		_, _, err = a.uno().Reservas.Reservar(t.Context(), nueva, causa)
		require.NoError(t, err)
	}
	sinReferencia, err := domain.NewReserva(nuevoID(), []domain.Linea{linea(2, 1)}, "", instante.Add(time.Minute))
	require.NoError(t, err)
	_, _, err = a.uno().Reservas.Reservar(t.Context(), sinReferencia, causa)
	require.NoError(t, err)
	_, err = a.uno().mover(t.Context(), recuentoDe(t, 2, 26, 30))
	require.ErrorIs(t, err, domain.ErrStockInsuficiente)
	referencias, ok := extra(err, "referencias").([]string)
	require.True(t, ok)
	require.Len(t, referencias, 20)
	assert.Equal(t, []string{"reserva " + string(sinReferencia.ID()), "pedido 24", "pedido 6"},
		[]string{referencias[0], referencias[1], referencias[19]})
	a.cuadrar(t)
}

func recuento(t *testing.T, a Almacen) {
	recontar := func(contado, esperado int64) (*domain.Existencias, error) {
		return a.uno().mover(t.Context(), recuentoDe(t, 1, contado, esperado))
	}
	_, err := recontar(1, 1)
	require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
	a.alta(t, 1, 10, 0)
	a.reservada(t, linea(1, 4))

	_, err = recontar(7, 9)
	require.ErrorIs(t, err, domain.ErrCambioDuranteRecuento)
	assert.EqualValues(t, 10, fault.From(err).Extra["fisico"])
	_, err = recontar(3, 10)
	require.ErrorIs(t, err, domain.ErrStockInsuficiente)
	assert.EqualValues(t, 4, extra(err, "reservado"))
	assert.Equal(t, []string{"pedido 1"}, extra(err, "referencias"))
	for _, contado := range []int64{7, 7, 12} { // the second count equals fisico: it is stored too
		antes, err := a.uno().Existencias.Obtener(t.Context(), 1)
		require.NoError(t, err)
		e, err := recontar(contado, antes.Fisico())
		require.NoError(t, err)
		assert.Equal(t, [3]int64{contado, 4, antes.Version() + 1}, [3]int64{e.Fisico(), e.Reservado(), e.Version()})
	}
	libro := a.Libro(t)
	require.Len(t, libro, 5, "a refused count writes no row")
	for i, delta := range []int64{-3, 0, 5} {
		assert.Equal(t, domain.TipoRecuento, libro[2+i].Tipo)
		assert.Equal(t, delta, libro[2+i].DeltaFisico)
	}
	a.cuadrar(t)

	// Of several counts that began at the same fisico, one is stored.
	errores := simultaneos(t, 8, func(i int) error {
		_, err := a.de(i).mover(t.Context(), recuentoDe(t, 1, 20+int64(i), 12))
		return err
	})
	assert.Equal(t, map[string]int{"": 1, "CAMBIO_DURANTE_RECUENTO": 7}, errores)
	a.cuadrar(t)
}
