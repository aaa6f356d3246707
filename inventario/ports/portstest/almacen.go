// Package portstest holds the suites that every implementation of the ports passes.
//
// AlmacenSuite is the specification of the SQL: what stock and reservations do, for one caller and for many at once, in one
// process or several, and that the ledger agrees with it. CatalogoSuite is for the catalogue's adapter and its fake.
package portstest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Almacen is a storage under test, empty at first.
type Almacen struct {
	Procesos []Proceso                                 // one or more instances of the service on the same database
	Libro    func(t require.TestingT) []domain.Asiento // the whole ledger, oldest first, without ids
}

// Proceso is what one instance of the service has.
type Proceso struct {
	Existencias  ports.Existencias
	Reservas     ports.Reservas
	Devoluciones ports.Devoluciones
	Libro        ports.Libro
}

// AlmacenSuite runs everything; nuevo makes a fresh empty storage.
func AlmacenSuite(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("existencias", func(t *testing.T) { existencias(t, nuevo) })
	t.Run("claves", solo(nuevo, claves))
	t.Run("reservas", func(t *testing.T) { reservas(t, nuevo) })
	t.Run("devoluciones", func(t *testing.T) { devoluciones(t, nuevo) })
	t.Run("libro", func(t *testing.T) { libro(t, nuevo) })
	ConcurrenciaSuite(t, nuevo)
}

// ConcurrenciaSuite runs the tests that may fail with several processes on one database.
func ConcurrenciaSuite(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("a_la_vez", func(t *testing.T) { aLaVez(t, nuevo) })
	t.Run("devoluciones_a_la_vez", func(t *testing.T) { devolucionesALaVez(t, nuevo) })
	t.Run("modelo", func(t *testing.T) { modelo(t, nuevo) })
}

// instante is a moment with the precision that storage keeps.
var instante = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

var causa = domain.Causa{Actor: "7", Peticion: "peticion-1", Cuando: instante}

func (a Almacen) uno() Proceso { return a.Procesos[0] }

// de spreads callers over the processes.
func (a Almacen) de(i int) Proceso { return a.Procesos[i%len(a.Procesos)] }

// solo is a test with an empty storage of its own, which runs at the same time as others.
func solo(nuevo func(t *testing.T) Almacen, probar func(t *testing.T, a Almacen)) func(t *testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		probar(t, nuevo(t))
	}
}

// alta gives a product its first stock.
func (a Almacen) alta(t *testing.T, productoID, cantidad, minimo int64) {
	t.Helper()
	nuevas := existenciasDe(t, productoID, cantidad, minimo)
	require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))
}

// mover makes a movement that must succeed.
func (a Almacen) mover(t *testing.T, productoID int64, tipo domain.Tipo, cantidad int64) {
	t.Helper()
	_, err := a.uno().mover(t.Context(), movimiento(t, productoID, tipo, cantidad))
	require.NoError(t, err)
}

// reservada makes a reservation that must succeed, under a new id.
func (a Almacen) reservada(t *testing.T, lineas ...domain.Linea) domain.ReservaID {
	t.Helper()
	id := nuevoID()
	_, _, err := reservar(t.Context(), a.uno(), id, lineas...)
	require.NoError(t, err)
	return id
}

// exigir checks what a product has.
func (a Almacen) exigir(t *testing.T, productoID, fisico, reservado int64) {
	t.Helper()
	e, err := a.uno().Existencias.Obtener(t.Context(), productoID)
	require.NoError(t, err)
	assert.Equal(t, [2]int64{fisico, reservado}, [2]int64{e.Fisico(), e.Reservado()}, "fisico, reservado of product %d", productoID)
}

// mover makes a movement or a count without an Idempotency-Key.
func (p Proceso) mover(ctx context.Context, m domain.Movimiento) (*domain.Existencias, error) {
	return p.Existencias.Mover(ctx, idempotency.Key{}, m, causa)
}

func reservar(ctx context.Context, p Proceso, id domain.ReservaID, lineas ...domain.Linea) (*domain.Reserva, bool, error) {
	nueva, err := domain.NewReserva(id, lineas, "pedido 1", instante)
	if err != nil {
		return nil, false, err
	}
	return p.Reservas.Reservar(ctx, nueva, causa)
}

func linea(productoID, cantidad int64) domain.Linea {
	return domain.Linea{ProductoID: productoID, Cantidad: cantidad}
}

func existenciasDe(t require.TestingT, productoID, cantidad, minimo int64) *domain.Existencias {
	e, err := domain.NewExistencias(productoID, cantidad, minimo, instante)
	require.NoError(t, err)
	return e
}

func recuentoDe(t require.TestingT, productoID, contado, esperado int64) domain.Movimiento {
	m, err := domain.NewRecuento(productoID, contado, esperado)
	require.NoError(t, err)
	return m
}

func movimiento(t require.TestingT, productoID int64, tipo domain.Tipo, cantidad int64) domain.Movimiento {
	m, err := domain.NewMovimiento(productoID, tipo, cantidad, "rotura", "albarán 9")
	require.NoError(t, err)
	return m
}

// nuevoID is a random UUID, version 4.
func nuevoID() domain.ReservaID {
	alto, bajo := rand.Uint64(), rand.Uint64()
	return domain.ReservaID(fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
		alto>>32, alto>>16&0xffff, alto&0xfff, bajo>>48&0xfff, bajo&0xffffffffffff))
}

// simultaneos starts n callers at the same instant, waits for all of them, and counts their errors.
func simultaneos(t *testing.T, n int, llamar func(i int) error) map[string]int {
	t.Helper()
	salida, errs := make(chan struct{}), make([]error, n)
	var todos sync.WaitGroup
	for i := range n {
		todos.Go(func() {
			<-salida
			errs[i] = llamar(i)
		})
	}
	close(salida)
	todos.Wait()
	return contar(t, errs...)
}

// contar counts errors by their codigo; "" is success. No caller may get a defect or fault.ErrUnavailable.
func contar(t *testing.T, errs ...error) map[string]int {
	t.Helper()
	cuantos := map[string]int{}
	for _, err := range errs {
		codigo := ""
		if err != nil {
			codigo = fault.From(err).Kind.Reason()
			assert.NotContains(t, []string{fault.ErrInternal.Reason(), fault.ErrUnavailable.Reason()}, codigo, err)
		}
		cuantos[codigo]++
	}
	return cuantos
}

// extra is a member of the problem that err becomes.
func extra(err error, miembro string) any { return fault.From(err).Extra[miembro] }
