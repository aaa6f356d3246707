// Package portstest holds the suites that every implementation of the ports passes.
//
// AlmacenSuite is the specification of the SQL: what stock and reservations do, alone and under many callers at once, in one
// process or several, and that the ledger tells the same story. CatalogoSuite is for the catalogue's adapter and its fake.
package portstest

import (
	"context"
	"errors"
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
	t.Run("claves", func(t *testing.T) { claves(t, nuevo) })
	t.Run("reservas", func(t *testing.T) { reservas(t, nuevo) })
	t.Run("devoluciones", func(t *testing.T) { devoluciones(t, nuevo) })
	t.Run("libro", func(t *testing.T) { libro(t, nuevo) })
	ConcurrenciaSuite(t, nuevo)
}

// ConcurrenciaSuite runs the tests that several processes on one database could fail.
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

// alta gives a product its first stock.
func (a Almacen) alta(t *testing.T, productoID, cantidad, minimo int64) {
	t.Helper()
	nuevas, err := domain.NewExistencias(productoID, cantidad, minimo, instante)
	require.NoError(t, err)
	require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))
}

// exigir checks what a product has.
func (a Almacen) exigir(t *testing.T, productoID, fisico, reservado int64) {
	t.Helper()
	e, err := a.uno().Existencias.Obtener(t.Context(), productoID)
	require.NoError(t, err)
	assert.Equal(t, [2]int64{fisico, reservado}, [2]int64{e.Fisico(), e.Reservado()}, "fisico, reservado of product %d", productoID)
}

// reservar asks with a fresh id.
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

func mover(t require.TestingT, productoID int64, tipo domain.Tipo, cantidad int64) domain.Movimiento {
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

// simultaneos starts n callers at the same instant and waits for them all.
func simultaneos(n int, llamar func(i int)) {
	salida := make(chan struct{})
	var todos sync.WaitGroup
	for i := range n {
		todos.Go(func() {
			<-salida
			llamar(i)
		})
	}
	close(salida)
	todos.Wait()
}

// cuenta tallies the outcomes of simultaneous calls by their codigo; "" is success.
type cuenta struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *cuenta) anotar(t *testing.T, err error) {
	codigo := ""
	if err != nil {
		codigo = fault.From(err).Kind.Reason()
		if codigo == fault.ErrInternal.Reason() || codigo == fault.ErrUnavailable.Reason() {
			t.Errorf("a caller was shown %v", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[codigo]++
}

// extra is a member of the problem that err would become.
func extra(t *testing.T, err error, miembro string) any {
	t.Helper()
	var f *fault.Error
	require.True(t, errors.As(err, &f), "not a fault: %v", err)
	return f.Extra[miembro]
}
