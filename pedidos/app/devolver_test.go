package app_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// vendido is an order of so many units of product 1 that was completed.
func (b *banco) vendido(t *testing.T, cantidad int64) *domain.Pedido {
	t.Helper()
	p, err := b.pedir(t, cantidad)
	require.NoError(t, err)
	p, err = b.cambiar(t, soporte, p, domain.Completado)
	require.NoError(t, err)
	return p
}

func (b *banco) devolver(
	t *testing.T, p *domain.Pedido, cantidad int64, options ...func(*app.Devolver),
) (*domain.Devolucion, error) {
	t.Helper()
	c := app.Devolver{PedidoID: p.ID(), Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: cantidad}}, Reponer: true,
		Motivo: "rota"}
	for _, change := range options {
		change(&c)
	}
	return b.Devolver(t.Context(), soporte, c)
}

func (b *banco) suyas(t *testing.T, p *domain.Pedido) []*domain.Devolucion {
	t.Helper()
	lista, err := b.Devoluciones(t.Context(), soporte, p.ID(), 0, 100)
	require.NoError(t, err)
	return lista
}

func TestServicio_Devolver(t *testing.T) {
	t.Parallel()
	t.Run("repone_a_nombre_del_pedido", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := b.vendido(t, 3)
		d, err := b.devolver(t, p, 2)
		require.NoError(t, err)
		assert.Equal(t, domain.DevolucionHecha, d.Fase())
		assert.EqualValues(t, 9, b.reservas.VerLibres(1))
		assert.Equal(t, p.ID(), b.reservas.VerPedido(d.MovimientoID()))
		assert.Equal(t, p.ID(), b.reservas.VerPedido(p.ReservaID()), "so is the reservation")
		_, err = b.devolver(t, p, 2)
		require.ErrorIs(t, err, domain.ErrDevolucionExcesiva)
		got, err := b.Obtener(t.Context(), cliente, p.ID())
		require.NoError(t, err)
		assert.Equal(t, p.Version(), got.Version(), "a final order does not change")
	})
	t.Run("sin_reponer_no_se_pide_nada", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := b.vendido(t, 3)
		b.reservas.Caer(true)
		llamadas := b.reservas.VerLlamadas()
		d, err := b.devolver(t, p, 2, func(c *app.Devolver) { c.Reponer = false })
		require.NoError(t, err)
		assert.Equal(t, domain.DevolucionHecha, d.Fase())
		assert.Equal(t, llamadas, b.reservas.VerLlamadas())
		_, err = b.devolver(t, p, 2)
		require.ErrorIs(t, err, domain.ErrDevolucionExcesiva, "it counts all the same")
	})
	for name, fallo := range map[string]portstest.Fallo{
		"la_peticion_se_pierde": portstest.NoLlega, "la_respuesta_se_pierde": portstest.SeResponde,
		"la_peticion_llega_tarde": portstest.LlegaTardia,
	} {
		t.Run(name+"_y_se_repone_una_vez", func(t *testing.T) {
			t.Parallel()
			b := nuevoBanco(t)
			p := b.vendido(t, 3)
			b.reservas.Fallar(fallo, fallo)
			d, err := b.devolver(t, p, 2)
			require.NoError(t, err, "the return is stored")
			assert.Equal(t, domain.DevolucionEnCurso, d.Fase())
			for range 5 {
				b.pasa(40 * time.Second)
				_, err = b.ReconciliarLote(t.Context())
				require.NoError(t, err)
			}
			b.reservas.Entregar()
			assert.EqualValues(t, 9, b.reservas.VerLibres(1), "put back once")
			assert.Equal(t, domain.DevolucionHecha, b.suyas(t, p)[0].Fase())
			_, pasos, err := b.Historia(t.Context(), soporte, p.ID())
			require.NoError(t, err)
			require.Equal(t, []domain.Accion{domain.PasoDevolver, domain.PasoReponer}, []domain.Accion{pasos[4].Accion, pasos[5].Accion})
			assert.Equal(t, 3, pasos[5].Intento)
			assert.Equal(t, domain.Hecho, pasos[5].Resultado)
		})
	}
	t.Run("muere_antes_de_anotarlo_y_se_repone_una_vez", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := b.vendido(t, 3)
		b.vueltas.fallar(1)
		d, err := b.devolver(t, p, 2)
		require.NoError(t, err)
		assert.Equal(t, domain.DevolucionEnCurso, d.Fase(), "the client gets only what is stored")
		n, err := b.ReconciliarLote(t.Context())
		require.NoError(t, err)
		assert.Zero(t, n, "it still belongs to its request")
		b.pasa(time.Minute)
		_, err = b.ReconciliarLote(t.Context())
		require.NoError(t, err)
		assert.Equal(t, domain.DevolucionHecha, b.suyas(t, p)[0].Fase())
		assert.EqualValues(t, 9, b.reservas.VerLibres(1))
	})
	t.Run("la_misma_peticion_encuentra_lo_que_hizo", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := b.vendido(t, 3)
		b.reservas.Fallar(portstest.SeResponde)
		primera, err := b.devolver(t, p, 2)
		require.NoError(t, err)
		otra, err := b.devolver(t, p, 2, func(c *app.Devolver) { c.Clave = clave(primera.ID()) })
		require.NoError(t, err)
		assert.Equal(t, primera.ID(), otra.ID())
		assert.Equal(t, domain.DevolucionHecha, otra.Fase())
		assert.EqualValues(t, 9, b.reservas.VerLibres(1))
		assert.Len(t, b.suyas(t, p), 1)
	})
	t.Run("muchas_a_la_vez_no_pasan_de_lo_vendido", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := b.vendido(t, 5)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := b.devolver(t, p, 1); err != nil {
					assert.ErrorIs(t, err, domain.ErrDevolucionExcesiva)
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
		assert.Len(t, b.suyas(t, p), 5)
	})
	t.Run("de_quien_y_de_que", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		_, err = b.devolver(t, p, 1)
		require.ErrorIs(t, err, domain.ErrTransicionIlegal, "it is not completed")
		vendido := b.vendido(t, 1)
		orden := app.Devolver{PedidoID: vendido.ID(), Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}}
		_, err = b.Devolver(t.Context(), cliente, orden)
		require.ErrorIs(t, err, fault.ErrForbidden)
		otro := domain.Solicitante{UsuarioID: 9}
		_, err = b.Devolver(t.Context(), otro, orden)
		require.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		_, err = b.Devoluciones(t.Context(), otro, vendido.ID(), 0, 10)
		require.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		_, _, err = b.Historia(t.Context(), otro, vendido.ID())
		require.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		suyas, err := b.Devoluciones(t.Context(), cliente, vendido.ID(), 0, 10)
		require.NoError(t, err)
		assert.Empty(t, suyas)
	})
}
