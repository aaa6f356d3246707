package app_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

func (b *banco) aceptar(t *testing.T, quien domain.Solicitante, p *domain.Pedido) (*domain.Pedido, error) {
	return b.Aceptar(t.Context(), quien, app.Aceptar{ID: p.ID(), Referencia: "pago 1"})
}

func TestServicio_Aceptar(t *testing.T) {
	t.Parallel()
	t.Run("ni_caduca_ni_lo_cancela_su_dueño", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		got, err := b.aceptar(t, soporte, p)
		require.NoError(t, err)
		assert.Equal(t, domain.FaseAceptado, got.Fase())
		assert.Equal(t, "pago 1", got.Referencia())
		_, err = b.cambiar(t, cliente, p, domain.Cancelado)
		require.ErrorIs(t, err, domain.ErrTransicionIlegal)
		b.pasa(48 * time.Hour)
		b.enPaz(t)
		assert.Equal(t, domain.FaseAceptado, b.unico(t).Fase())
		again, err := b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID(), Referencia: "otra"})
		require.NoError(t, err)
		assert.Equal(t, "pago 1", again.Referencia())
		assert.Equal(t, got.Version(), again.Version())

		got, err = b.cambiar(t, soporte, p, domain.Cancelado)
		require.NoError(t, err)
		assert.Equal(t, domain.MotivoSoporte, got.Motivo())
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
		_, err = b.aceptar(t, soporte, p)
		require.ErrorIs(t, err, domain.ErrTransicionIlegal)
	})
	t.Run("la_referencia_puede_llegar_después", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		sin, err := b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID()})
		require.NoError(t, err)
		assert.Empty(t, sin.Referencia())
		b.pasa(time.Minute)
		_, err = b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID(), Referencia: "pago 1", SiVersion: []int64{p.Version()}})
		require.ErrorIs(t, err, fault.ErrPrecondition)
		con, err := b.aceptar(t, soporte, p)
		require.NoError(t, err)
		assert.Equal(t, "pago 1", con.Referencia())
		assert.Equal(t, sin.Version()+1, con.Version())
		assert.Equal(t, b.ahora(), con.ActualizadoEn())
		p, err = b.Obtener(t.Context(), soporte, p.ID())
		require.NoError(t, err)
		assert.Equal(t, "pago 1", p.Referencia())
		assert.Equal(t, []string{"CREAR HECHO", "RESERVAR HECHO", "ACEPTAR HECHO", "ACEPTAR HECHO"}, resumen(p))
	})
	t.Run("se_completa", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		_, err = b.aceptar(t, soporte, p)
		require.NoError(t, err)
		got, err := b.cambiar(t, soporte, p, domain.Completado)
		require.NoError(t, err)
		assert.Equal(t, domain.FaseCompletado, got.Fase())
		p, err = b.Obtener(t.Context(), soporte, p.ID())
		require.NoError(t, err)
		assert.Equal(t, []string{"CREAR HECHO", "RESERVAR HECHO", "ACEPTAR HECHO", "COMPLETAR HECHO", "CONSUMIR HECHO"}, resumen(p))
	})
	t.Run("quien_y_que_version", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		_, err = b.aceptar(t, cliente, p)
		require.ErrorIs(t, err, fault.ErrForbidden)
		_, err = b.aceptar(t, domain.Solicitante{UsuarioID: 9}, p)
		require.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		_, err = b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID(), SiVersion: []int64{1}})
		require.ErrorIs(t, err, fault.ErrPrecondition)
		_, err = b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID(), SiVersion: []int64{p.Version()}})
		require.NoError(t, err)
		got, err := b.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID(), SiVersion: []int64{p.Version()}, Clave: clave(p.ID())})
		require.NoError(t, err, "the same request again finds what it did")
		assert.Equal(t, domain.FaseAceptado, got.Fase())
	})
}

// TestServicio_Aceptar_en_el_mismo_instante accepts an order twice, cancels it and lets it expire at one instant, through two
// processes: the first request succeeds, and the refusals agree with the stored order.
func TestServicio_Aceptar_en_el_mismo_instante(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		b := nuevoBancoEn(t, abrir(t, url), time.Now())
		uno, otro := b.conmigo(), b.conmigo()
		ganaron := map[domain.Fase]int{}
		for fin, n := time.Now().Add(instante), 0; time.Now().Before(fin); n++ {
			p, err := b.pedir(t, 1)
			require.NoError(t, err)
			b.pasa(p.ExpiraEn().Sub(b.ahora()))
			var aceptar, repetir, cancelar error
			var todos sync.WaitGroup
			todos.Go(func() {
				time.Sleep(rand.N(4 * time.Millisecond)) // else it is nearly always the first
				_, aceptar = uno.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID()})
			})
			todos.Go(func() {
				time.Sleep(rand.N(4 * time.Millisecond))
				_, repetir = otro.Aceptar(t.Context(), soporte, app.Aceptar{ID: p.ID()})
			})
			if n%3 == 0 {
				todos.Go(func() {
					_, cancelar = uno.CambiarEstado(t.Context(), cliente, app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado})
				})
			}
			todos.Go(func() {
				_, err := otro.ReconciliarLote(t.Context())
				assert.NoError(t, err)
			})
			todos.Wait()
			final, err := b.Obtener(t.Context(), soporte, p.ID())
			require.NoError(t, err)
			ganaron[final.Fase()]++
			if final.Fase() == domain.FaseAceptado {
				require.NoError(t, aceptar)
				require.NoError(t, repetir)
				require.Equal(t, n%3 == 0, errors.Is(cancelar, domain.ErrTransicionIlegal), "%v", cancelar)
				require.Equal(t, "ACTIVA", b.reservas.VerEstado(p.ReservaID()), "an accepted order keeps its units")
				_, err = b.cambiar(t, soporte, final, domain.Cancelado)
				require.NoError(t, err)
			} else {
				require.Equal(t, domain.Cancelado, final.Estado())
				require.ErrorIs(t, aceptar, domain.ErrTransicionIlegal, "the client got an acceptance of a cancelled order")
				require.ErrorIs(t, repetir, domain.ErrTransicionIlegal)
				require.NoError(t, cancelar)
			}
			require.EqualValues(t, 10, b.reservas.VerLibres(1))
		}
		t.Logf("who was first: %v", ganaron)
		require.Positive(t, ganaron[domain.FaseAceptado])
		require.Positive(t, ganaron[domain.FaseCancelado])
	})
}
