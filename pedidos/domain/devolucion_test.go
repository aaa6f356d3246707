package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// completado is an order of 3 units of product 1 and 2 of product 5.
func completado(t *testing.T) *domain.Pedido {
	t.Helper()
	i := en(t, domain.FaseCompletado).Registro()
	i.Lineas = []domain.Linea{
		{ProductoID: 1, Nombre: "P", Precio: 1, Cantidad: 3, Subtotal: 3},
		{ProductoID: 5, Nombre: "Q", Precio: 1, Cantidad: 2, Subtotal: 2},
	}
	i.Total = 5
	p, err := domain.RehidratarPedido(i)
	require.NoError(t, err)
	return p
}

func devolucion(t *testing.T, reponer bool, pedidas ...domain.LineaPedida) domain.NuevaDevolucion {
	t.Helper()
	sumadas, err := domain.SumarLineas(pedidas)
	require.NoError(t, err)
	return domain.NuevaDevolucion{
		MovimientoID: "m", Lineas: sumadas, Pedidas: pedidas, Reponer: reponer, Motivo: "rota", Autor: "usuario 8", Ahora: ahora,
		RevisarEn: ahora.Add(time.Minute),
	}
}

func TestPedido_Devolver(t *testing.T) {
	t.Parallel()
	p := completado(t)
	d, err := p.Devolver(devolucion(t, true, domain.LineaPedida{ProductoID: 5, Cantidad: 1},
		domain.LineaPedida{ProductoID: 1, Cantidad: 1}, domain.LineaPedida{ProductoID: 5, Cantidad: 1}), nil)
	require.NoError(t, err)
	assert.Equal(t, []domain.LineaDevuelta{{1, 1}, {5, 2}}, d.Lineas())
	assert.Equal(t, domain.DevolucionEnCurso, d.Fase())
	d.Aplazar("no responde", ahora.Add(time.Second))
	assert.Equal(t, 1, d.Intentos())
	d.Hecha(ahora.Add(2 * time.Second))
	hecha := d.Registro()
	assert.True(t, hecha.RevisarEn.IsZero())
	d.Aplazar("tarde", ahora)
	assert.Equal(t, hecha, d.Registro(), "what is done stays done")
	pasos := d.Pasos()
	require.Len(t, pasos, 2)
	assert.Equal(t, []domain.Accion{domain.PasoDevolver, domain.PasoReponer}, []domain.Accion{pasos[0].Accion, pasos[1].Accion})
	assert.Equal(t, 2, pasos[1].Intento)
	assert.Equal(t, "usuario 8: rota", pasos[0].Interno)

	d, err = p.Devolver(devolucion(t, false, domain.LineaPedida{ProductoID: 1, Cantidad: 3}), nil)
	require.NoError(t, err)
	assert.Equal(t, domain.DevolucionHecha, d.Fase(), "nothing has to move")
	assert.Len(t, d.Pasos(), 1)
}

func TestPedido_Devolver_rechaza(t *testing.T) {
	t.Parallel()
	for _, fase := range domain.Fases {
		_, err := en(t, fase).Devolver(devolucion(t, false, domain.LineaPedida{ProductoID: 1, Cantidad: 1}), nil)
		if fase == domain.FaseCompletado {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, domain.ErrTransicionIlegal, fase)
	}
	_, err := completado(t).Devolver(devolucion(t, true,
		domain.LineaPedida{ProductoID: 9, Cantidad: 1, Campo: "lineas[0]."},
		domain.LineaPedida{ProductoID: 1, Cantidad: 1, Campo: "lineas[1]."},
		domain.LineaPedida{ProductoID: 5, Cantidad: 2, Campo: "lineas[2]."}), map[int64]int64{1: 2, 5: 1})
	require.ErrorIs(t, err, domain.ErrDevolucionExcesiva)
	f := fault.From(err)
	assert.Equal(t, []map[string]int64{
		{"producto_id": 5, "solicitado": 2, "cantidad": 2, "devuelto": 1},
		{"producto_id": 9, "solicitado": 1, "cantidad": 0, "devuelto": 0},
	}, f.Extra["lineas"])
	var campos []string
	for _, c := range f.Fields {
		campos = append(campos, c.Campo)
	}
	assert.Equal(t, []string{"lineas[2].cantidad", "lineas[0].cantidad"}, campos)
}

func TestRehidratarDevolucion_no_cree_filas_imposibles(t *testing.T) {
	t.Parallel()
	good := domain.RegistroDevolucion{
		ID: 1, PedidoID: 2, MovimientoID: "m", Lineas: []domain.LineaDevuelta{{1, 1}}, Reponer: true, Fase: domain.DevolucionEnCurso,
		CreadoEn: ahora, RevisarEn: ahora,
	}
	_, err := domain.RehidratarDevolucion(good)
	require.NoError(t, err)
	for name, spoil := range map[string]func(*domain.RegistroDevolucion){
		"sin_lineas":     func(i *domain.RegistroDevolucion) { i.Lineas = nil },
		"sin_movimiento": func(i *domain.RegistroDevolucion) { i.MovimientoID = "" },
		"fase":           func(i *domain.RegistroDevolucion) { i.Fase = "PERDIDA" },
		"de_nadie":       func(i *domain.RegistroDevolucion) { i.RevisarEn = time.Time{} },
		"hecha_sin_hora": func(i *domain.RegistroDevolucion) { i.Fase, i.RevisarEn = domain.DevolucionHecha, time.Time{} },
	} {
		bad := good
		spoil(&bad)
		_, err := domain.RehidratarDevolucion(bad)
		assert.Error(t, err, name)
	}
}

func TestTopes(t *testing.T) {
	t.Parallel()
	espera := func(err error) time.Duration { return fault.From(err).RetryAfter }
	assert.Equal(t, time.Hour, espera(domain.DemasiadosAbiertos(2, false, time.Time{}, ahora)), "no time is known")
	assert.Equal(t, 40*time.Minute, espera(domain.DemasiadosAbiertos(2, false, ahora.Add(40*time.Minute), ahora)))
	assert.Less(t, espera(domain.DemasiadosAbiertos(2, true, ahora.Add(40*time.Minute), ahora)), time.Minute, "one is about to end")
	assert.Less(t, espera(domain.DemasiadosAbiertos(2, false, ahora.Add(-time.Minute), ahora)), time.Minute, "one has expired")

	p := completado(t)
	assert.NoError(t, p.LimitePorCliente(5, map[int64]int64{1: 2, 5: 3}))
	err := p.LimitePorCliente(5, map[int64]int64{1: 2, 5: 4})
	require.ErrorIs(t, err, domain.ErrLimitePorCliente)
	assert.Equal(t, []map[string]int64{{"producto_id": 5, "solicitado": 2, "maximo": 5, "abiertas": 4}}, fault.From(err).
		Extra["lineas"])
	var limite *domain.LimiteSuperado
	require.ErrorAs(t, err, &limite)
	assert.Equal(t, "lineas[1].cantidad",
		fault.From(limite.Para([]domain.LineaPedida{{ProductoID: 1}, {ProductoID: 5, Campo: "lineas[1]."}})).Fields[0].Campo)
}
