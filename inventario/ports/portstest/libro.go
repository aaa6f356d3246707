package portstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

func libro(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("una_fila_por_causa", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 0, 0) // nothing arrived: no row
		una, otra := nuevoID(), nuevoID()
		_, err := a.uno().Existencias.Mover(t.Context(), mover(t, 2, domain.Entrada, 5), causa)
		require.NoError(t, err)
		servicio := domain.Causa{Actor: "servicio:pedidos", Peticion: "peticion-2", Cuando: instante}
		for _, id := range []domain.ReservaID{una, otra} {
			nueva, err := domain.NuevaReserva(id, []domain.Linea{linea(1, 3)}, "pedido 8", instante)
			require.NoError(t, err)
			_, _, err = a.uno().Reservas.Reservar(t.Context(), nueva, servicio)
			require.NoError(t, err)
		}
		_, err = a.uno().Reservas.Liberar(t.Context(), una, servicio)
		require.NoError(t, err)
		_, err = a.uno().Reservas.Consumir(t.Context(), otra, servicio)
		require.NoError(t, err)

		aMano := Asiento{Actor: "7", Peticion: "peticion-1", CreadoEn: instante}
		porReserva := Asiento{ProductoID: 1, Referencia: "pedido 8", Actor: "servicio:pedidos", Peticion: "peticion-2", CreadoEn: instante}
		assert.Equal(t, []Asiento{
			con(aMano, func(f *Asiento) { f.ProductoID, f.Tipo, f.DeltaFisico, f.Fisico = 1, domain.Entrada, 10, 10 }),
			con(aMano, func(f *Asiento) {
				f.ProductoID, f.Tipo, f.DeltaFisico, f.Fisico = 2, domain.Entrada, 5, 5
				f.Motivo, f.Referencia = "rotura", "albarán 9"
			}),
			con(porReserva, func(f *Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoReserva, una, 3, 10, 3
			}),
			con(porReserva, func(f *Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoReserva, otra, 3, 10, 6
			}),
			con(porReserva, func(f *Asiento) {
				f.Tipo, f.ReservaID, f.DeltaReservado, f.Fisico, f.Reservado = domain.TipoLiberacion, una, -3, 10, 3
			}),
			con(porReserva, func(f *Asiento) {
				f.Tipo, f.ReservaID, f.DeltaFisico, f.DeltaReservado, f.Fisico = domain.TipoConsumo, otra, -3, -3, 7
			}),
		}, a.Libro(t))
		a.cuadrar(t)
	})
}

func con(f Asiento, cambiar func(*Asiento)) Asiento {
	cambiar(&f)
	return f
}

// cuadrar replays the ledger from nothing: every row's balances follow from the row before it, and the last ones are what
// the product has.
func (a Almacen) cuadrar(t require.TestingT) {
	type saldo struct{ fisico, reservado int64 }
	saldos := map[int64]saldo{}
	for i, f := range a.Libro(t) {
		s := saldos[f.ProductoID]
		s = saldo{s.fisico + f.DeltaFisico, s.reservado + f.DeltaReservado}
		require.Equal(t, s, saldo{f.Fisico, f.Reservado}, "row %d of the ledger, %s of product %d", i, f.Tipo, f.ProductoID)
		require.True(t, 0 <= s.reservado && s.reservado <= s.fisico, "row %d: %+v", i, s)
		saldos[f.ProductoID] = s
	}
	lista, err := a.uno().Existencias.Listar(contexto(t), ports.Filtro{Limite: 10_000})
	require.NoError(t, err)
	for _, e := range lista {
		require.Equal(t, saldos[e.ProductoID()], saldo{e.Fisico(), e.Reservado()}, "product %d: ledger, stock", e.ProductoID())
		delete(saldos, e.ProductoID())
	}
	require.Empty(t, saldos, "the ledger knows products that have no stock")
}
