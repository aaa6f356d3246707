package portstest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Catalogo is a catalogue under test.
type Catalogo struct {
	Catalogo ports.Catalogo
	Retirar  func(productoID int64) // after this call the product is not on sale
	Caer     func()                 // after this call the catalogue does not answer
}

// CatalogoSuite runs everything; nuevo makes a catalogue in which exactly the given products exist, all on sale.
func CatalogoSuite(t *testing.T, nuevo func(t *testing.T, existen ...int64) Catalogo) {
	t.Run("existe", func(t *testing.T) {
		t.Parallel()
		c := nuevo(t, 1, 7)
		require.NoError(t, c.Catalogo.Comprobar(t.Context(), 1))
		require.NoError(t, c.Catalogo.Comprobar(t.Context(), 7))
	})
	t.Run("no_existe", func(t *testing.T) {
		t.Parallel()
		c := nuevo(t, 1)
		require.ErrorIs(t, c.Catalogo.Comprobar(t.Context(), 2), domain.ErrProductoNoExiste)
	})
	t.Run("en_venta", func(t *testing.T) {
		t.Parallel()
		c := nuevo(t, 1, 7)
		c.Retirar(7)
		enVenta, err := c.Catalogo.EnVenta(t.Context(), []int64{7, 1, 2})
		require.NoError(t, err)
		require.Equal(t, map[int64]bool{1: true, 7: false, 2: false}, enVenta)
	})
	t.Run("caido_no_dice_que_no_este_en_venta", func(t *testing.T) {
		t.Parallel()
		c := nuevo(t, 1)
		c.Caer()
		_, err := c.Catalogo.EnVenta(t.Context(), []int64{1})
		require.ErrorIs(t, err, fault.ErrUnavailable)
	})
	t.Run("caido_no_es_que_no_exista", func(t *testing.T) {
		t.Parallel()
		c := nuevo(t, 1)
		c.Caer()
		for _, id := range []int64{1, 2} {
			err := c.Catalogo.Comprobar(t.Context(), id)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			require.NotErrorIs(t, err, domain.ErrProductoNoExiste)
		}
	})
}
