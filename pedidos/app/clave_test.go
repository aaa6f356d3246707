package app_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// conClave places an order as a request with an Idempotency-Key does; reanudar is the order of an earlier try.
func (b *banco) conClave(t *testing.T, cantidad, reanudar int64) (*domain.Pedido, error) {
	return b.Crear(t.Context(), cliente, app.CrearPedido{
		Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: cantidad}}, Clave: clave(reanudar),
	})
}

// clave is the key of a request; anterior is the id of the order that an earlier try has stored, 0 = none.
func clave(anterior int64) idempotency.Key {
	try := idempotency.Request{Key: uuid.NewString()}.Try()
	if anterior != 0 {
		try.Resume(strconv.FormatInt(anterior, 10))
	}
	return idempotency.Of(try)
}

// TestServicio_Crear_con_clave: after a 503 the order stays, and the client's next try or the reconciler continues it;
// the try answers with its outcome.
func TestServicio_Crear_con_clave(t *testing.T) {
	t.Parallel()
	fallos := map[string]portstest.Fallo{
		"la_peticion_se_pierde": portstest.NoLlega, "la_respuesta_se_pierde": portstest.SeResponde,
		"la_peticion_llega_tarde": portstest.LlegaTardia,
	}
	for name, fallo := range fallos {
		for _, primero := range []string{"el_cliente", "el_reconciliador"} {
			t.Run(name+"_y_vuelve_"+primero, func(t *testing.T) {
				t.Parallel()
				b := nuevoBanco(t)
				b.reservas.Fallar(fallo)
				_, err := b.conClave(t, 3, 0)
				require.ErrorIs(t, err, fault.ErrUnavailable)
				assert.Equal(t, domain.FaseRecibido, b.unico(t).Fase())
				if primero == "el_reconciliador" {
					b.pasa(time.Second)
					_, err := b.ReconciliarLote(t.Context())
					require.NoError(t, err)
					assert.Equal(t, domain.FaseReservado, b.unico(t).Fase())
				}
				p, err := b.conClave(t, 3, b.unico(t).ID())
				require.NoError(t, err)
				assert.Equal(t, domain.FaseReservado, p.Fase())
				b.reservas.Entregar()
				assert.EqualValues(t, 7, b.reservas.VerLibres(1), "reserved once")
				b.unico(t)
			})
		}
	}
	t.Run("sin_stock_lo_dice_tambien_el_reintento", func(t *testing.T) {
		t.Parallel()
		for _, primero := range []string{"el_cliente", "el_reconciliador"} {
			b := nuevoBanco(t)
			b.reservas.Fallar(portstest.NoLlega)
			_, err := b.conClave(t, 11, 0)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			if primero == "el_reconciliador" {
				b.pasa(time.Second)
				_, err := b.ReconciliarLote(t.Context())
				require.NoError(t, err)
			}
			id := b.unico(t).ID()
			_, err = b.conClave(t, 11, id)
			require.ErrorIs(t, err, domain.ErrStockInsuficiente)
			assert.Equal(t, id, fault.From(err).Extra["pedido_id"])
			assert.Equal(t, []map[string]int64{{"producto_id": 1, "solicitado": 11, "disponible": 10}}, fault.From(err).Extra["lineas"])
			assert.Equal(t, domain.MotivoSinStock, b.unico(t).Motivo())
		}
	})
	t.Run("sin_stock_cierra_la_puerta_a_lo_que_aun_puede_llegar", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		otro, err := b.pedir(t, 8)
		require.NoError(t, err)
		b.reservas.Fallar(portstest.LlegaTardia)
		_, err = b.conClave(t, 3, 0)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		var id int64
		for _, p := range b.todosLos(t) {
			id = max(id, p.ID())
		}
		_, err = b.conClave(t, 3, id)
		require.ErrorIs(t, err, domain.ErrStockInsuficiente)
		_, err = b.cambiar(t, cliente, otro, domain.Cancelado)
		require.NoError(t, err)
		b.reservas.Entregar() // now there would be units for it
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	})
	t.Run("quien_no_vuelve_no_retiene_para_siempre", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.reservas.Caer(true)
		_, err := b.conClave(t, 3, 0)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		b.pasa(time.Hour)
		b.reservas.Caer(false)
		b.enPaz(t)
		assert.Equal(t, domain.MotivoExpirado, b.unico(t).Motivo())
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	})
	t.Run("cancelado_entretanto_responde_como_esta", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.reservas.Fallar(portstest.SeResponde)
		_, err := b.conClave(t, 3, 0)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		_, err = b.cambiar(t, cliente, b.unico(t), domain.Cancelado)
		require.NoError(t, err)
		p, err := b.conClave(t, 3, b.unico(t).ID())
		require.NoError(t, err)
		assert.Equal(t, domain.MotivoUsuario, p.Motivo())
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	})
	t.Run("no_se_puede_anotar_y_se_reanuda", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.pedidos.caidas = 2
		_, err := b.conClave(t, 3, 0)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		p, err := b.conClave(t, 3, b.unico(t).ID())
		require.NoError(t, err)
		assert.Equal(t, domain.FaseReservado, p.Fase())
		assert.EqualValues(t, 7, b.reservas.VerLibres(1))
	})
}

func TestServicio_CambiarEstado_reanudado(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	p, err := b.pedir(t, 3)
	require.NoError(t, err)
	b.reservas.Fallar(portstest.NoLlega)
	visto := p.Version()
	primero, err := b.CambiarEstado(t.Context(), cliente,
		app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado, SiVersion: []int64{visto}})
	require.NoError(t, err)
	require.Equal(t, domain.FaseCancelando, primero.Fase())
	_, err = b.CambiarEstado(t.Context(), cliente,
		app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado, SiVersion: []int64{visto}})
	require.ErrorIs(t, err, fault.ErrPrecondition, "another request, of a client that has not seen the decision")
	got, err := b.CambiarEstado(t.Context(), cliente,
		app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado, SiVersion: []int64{visto}, Clave: clave(p.ID())})
	require.NoError(t, err, "the same request again finds its own decision")
	assert.Equal(t, domain.FaseCancelado, got.Fase())
	_, err = b.CambiarEstado(t.Context(), domain.Solicitante{UsuarioID: 9}, app.CambiarEstado{ID: p.ID(), Clave: clave(p.ID())})
	require.ErrorIs(t, err, domain.ErrPedidoNoExiste)
}

// resumen is an order's story in short.
func resumen(p *domain.Pedido) (lista []string) {
	for _, paso := range p.Pasos() {
		lista = append(lista, string(paso.Accion)+" "+string(paso.Resultado))
	}
	return lista
}

func TestServicio_la_historia(t *testing.T) {
	t.Parallel()
	leer := func(t *testing.T, b *banco) *domain.Pedido {
		p, err := b.Obtener(t.Context(), soporte, b.unico(t).ID())
		require.NoError(t, err)
		return p
	}
	t.Run("de_un_pedido_completado", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		_, err = b.cambiar(t, soporte, p, domain.Completado)
		require.NoError(t, err)
		assert.Equal(t, []string{"CREAR HECHO", "RESERVAR HECHO", "COMPLETAR HECHO", "CONSUMIR HECHO"}, resumen(leer(t, b)))
	})
	t.Run("de_una_reserva_perdida_y_deshecha", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.reservas.Fallar(portstest.SeResponde)
		_, err := b.pedir(t, 3)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.Equal(t, []string{"CREAR HECHO", "RESERVAR FALLIDO", "CANCELAR HECHO", "LIBERAR EN_CURSO"}, resumen(leer(t, b)),
			"a step is recorded before it is made")
		b.reservas.Fallar(portstest.NoLlega)
		for range 2 {
			_, err = b.ReconciliarLote(t.Context())
			require.NoError(t, err)
			b.pasa(time.Second)
		}
		p := leer(t, b)
		assert.Equal(t, []string{
			"CREAR HECHO", "RESERVAR FALLIDO", "CANCELAR HECHO", "LIBERAR INTERRUMPIDO", "LIBERAR FALLIDO", "LIBERAR HECHO",
		}, resumen(p))
		assert.Equal(t, string(domain.MotivoSistema), p.Pasos()[2].Detalle)
		assert.Contains(t, p.Pasos()[4].Interno, "no responde")
		assert.Equal(t, 2, p.Pasos()[5].Intento)
	})
	t.Run("de_una_cancelacion_de_soporte", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		_, err = b.CambiarEstado(t.Context(), soporte, app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado, Nota: "fraude"})
		require.NoError(t, err)
		paso := leer(t, b).Pasos()[2]
		assert.Equal(t, "SOPORTE", paso.Detalle)
		assert.Equal(t, "usuario 8: fraude", paso.Interno)
	})
}
