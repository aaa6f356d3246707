package portstest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// AlmacenDevoluciones is the storage of returns under test.
type AlmacenDevoluciones interface {
	ports.Devoluciones
	ports.Reposiciones
}

// PedidoCompletado stores the order of NuevoPedido and completes it.
func PedidoCompletado(t testing.TB, r ports.Pedidos) *domain.Pedido {
	t.Helper()
	p, err := r.Actualizar(t.Context(), idempotency.Key{}, pedidoGuardado(t, r).ID(), func(p *domain.Pedido) error {
		require.NoError(t, p.Reservar(Ahora))
		require.NoError(t, p.Completar(domain.Decision{}, Ahora, Ahora))
		return p.Consumido(Ahora)
	})
	require.NoError(t, err)
	return p
}

// devolver takes units of product 1 of an order back.
func devolver(
	t *testing.T, r AlmacenDevoluciones, p *domain.Pedido, cantidad int64, options ...func(*domain.NuevaDevolucion),
) (*domain.Devolucion, error) {
	t.Helper()
	n := domain.NuevaDevolucion{
		MovimientoID: uuid.NewString(), Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: cantidad}}, Reponer: true,
		Motivo: "«rota»", Autor: "usuario 8", Peticion: "q", Ahora: Ahora, RevisarEn: Ahora.Add(time.Minute),
	}
	for _, change := range options {
		change(&n)
	}
	return r.Crear(t.Context(), idempotency.Key{}, p.ID(),
		func(devuelto map[int64]int64) (*domain.Devolucion, error) { return p.Devolver(n, devuelto) })
}

// DevolucionesSuite is what every storage of returns does.
func DevolucionesSuite(t *testing.T, nuevo func(t *testing.T) (ports.Pedidos, AlmacenDevoluciones)) {
	t.Run("con_una_clave_una_vez", func(t *testing.T) {
		pedidos, r := nuevo(t)
		unaDevolucionPorClave(t, pedidos, r)
	})
	t.Run("crear_y_obtener_dan_lo_mismo", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		p := PedidoCompletado(t, pedidos)
		for _, reponer := range []bool{true, false} {
			d, err := devolver(t, r, p, 1, func(n *domain.NuevaDevolucion) { n.Reponer = reponer })
			require.NoError(t, err)
			require.Positive(t, d.ID())
			got, err := r.Obtener(t.Context(), d.ID())
			require.NoError(t, err)
			assert.Equal(t, d.Registro(), got.Registro())
		}
		_, err := r.Obtener(t.Context(), 99)
		assert.Error(t, err)
	})
	t.Run("nunca_mas_de_lo_que_tenia_aunque_lleguen_a_la_vez", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		p := PedidoCompletado(t, pedidos) // two units of product 1
		errs := muchos(20, func() error {
			_, err := devolver(t, r, p, 1)
			return err
		})
		devueltas := 0
		for _, err := range errs {
			if err == nil {
				devueltas++
				continue
			}
			require.ErrorIs(t, err, domain.ErrDevolucionExcesiva)
			lineas, _ := fault.From(err).Extra["lineas"].([]map[string]int64)
			require.Len(t, lineas, 1)
			assert.EqualValues(t, 2, lineas[0]["devuelto"])
		}
		assert.Equal(t, 2, devueltas)
		lista, err := r.DePedido(t.Context(), p.ID(), 0, 100)
		require.NoError(t, err)
		assert.Len(t, lista, 2, "what is refused leaves nothing")
	})
	t.Run("lo_rechazado_no_cuenta", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		p := PedidoCompletado(t, pedidos)
		_, err := r.Crear(t.Context(), idempotency.Key{}, p.ID(),
			func(map[int64]int64) (*domain.Devolucion, error) { return nil, fault.ErrForbidden.New("") })
		require.ErrorIs(t, err, fault.ErrForbidden)
		_, err = devolver(t, r, p, 2)
		require.NoError(t, err)
	})
	t.Run("un_movimiento_es_de_una_devolucion", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		p := PedidoCompletado(t, pedidos)
		mismo := func(n *domain.NuevaDevolucion) { n.MovimientoID = "00000000-0000-4000-8000-000000000001" }
		_, err := devolver(t, r, p, 1, mismo)
		require.NoError(t, err)
		_, err = devolver(t, r, p, 1, mismo)
		assert.Error(t, err)
		_, err = devolver(t, r, p, 1)
		assert.NoError(t, err, "the one that failed took nothing")
	})
	t.Run("lo_hecho_queda_hecho", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		d, err := devolver(t, r, PedidoCompletado(t, pedidos), 1)
		require.NoError(t, err)
		tarde := *d
		d.Aplazar("no responde", Ahora.Add(time.Second))
		require.NoError(t, r.Anotar(t.Context(), d))
		got, err := r.Obtener(t.Context(), d.ID())
		require.NoError(t, err)
		assert.Equal(t, d.Registro(), got.Registro())
		d.Hecha(Ahora.Add(2 * time.Second))
		require.NoError(t, r.Anotar(t.Context(), d))
		tarde.Aplazar("llega tarde", Ahora.Add(time.Hour))
		require.NoError(t, r.Anotar(t.Context(), &tarde))
		got, err = r.Obtener(t.Context(), d.ID())
		require.NoError(t, err)
		assert.Equal(t, d.Registro(), got.Registro())
	})
	t.Run("de_un_pedido_por_paginas", func(t *testing.T) {
		t.Parallel()
		pedidos, r := nuevo(t)
		p, otro := PedidoCompletado(t, pedidos), PedidoCompletado(t, pedidos)
		una, err := devolver(t, r, p, 1)
		require.NoError(t, err)
		_, err = devolver(t, r, otro, 1)
		require.NoError(t, err)
		dos, err := devolver(t, r, p, 1)
		require.NoError(t, err)
		pagina, err := r.DePedido(t.Context(), p.ID(), 0, 1)
		require.NoError(t, err)
		require.Len(t, pagina, 1)
		assert.Equal(t, dos.ID(), pagina[0].ID())
		pagina, err = r.DePedido(t.Context(), p.ID(), dos.ID(), 5)
		require.NoError(t, err)
		require.Len(t, pagina, 1)
		assert.Equal(t, una.ID(), pagina[0].ID())
	})
	t.Run("tomar", func(t *testing.T) { tomarDevoluciones(t, nuevo) })
}

func tomarDevoluciones(t *testing.T, nuevo func(t *testing.T) (ports.Pedidos, AlmacenDevoluciones)) {
	t.Parallel()
	pedidos, r := nuevo(t)
	p := PedidoCompletado(t, pedidos)
	ninguna, _, err := r.EnCurso(t.Context())
	require.NoError(t, err)
	assert.Zero(t, ninguna)
	_, err = devolver(t, r, p, 1, func(n *domain.NuevaDevolucion) { n.Reponer = false })
	require.NoError(t, err)
	d, err := devolver(t, r, p, 1)
	require.NoError(t, err)
	cuantas, masAntigua, err := r.EnCurso(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 1, cuantas, "the one that has nothing to put back is done")
	assert.Equal(t, Ahora, masAntigua)
	got, err := r.TomarDevoluciones(t.Context(), Ahora, Ahora.Add(time.Hour), 10)
	require.NoError(t, err)
	assert.Empty(t, got, "it still belongs to its request")

	due := Ahora.Add(time.Minute)
	taken := make([]int, 10)
	var wg sync.WaitGroup
	for i := range taken {
		wg.Go(func() {
			got, err := r.TomarDevoluciones(t.Context(), due, due.Add(time.Minute), 10)
			assert.NoError(t, err)
			taken[i] = len(got)
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range taken {
		sum += n
	}
	assert.Equal(t, 1, sum, "one worker at a time")
	got, err = r.TomarDevoluciones(t.Context(), due.Add(time.Minute), due.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, got, 1, "leases run out")
	assert.Equal(t, d.MovimientoID(), got[0].MovimientoID(), "with the id that it was given at first")
}
