// Package portstest holds the suites that every implementation of an interface of ports passes, and the hand-written fakes
// of this service's peers, which pass them too.
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

// Almacen is the storage under test.
type Almacen interface {
	ports.Pedidos
	ports.Pendientes
}

// Ahora is when the orders of these suites are placed.
var Ahora = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)

// NuevoPedido is an order of user 7 for two units of product 1 and one of product 2, leased to its request for a minute.
func NuevoPedido(t testing.TB, options ...func(*domain.Nuevo)) *domain.Pedido {
	t.Helper()
	n := domain.Nuevo{
		Cliente: domain.Solicitante{UsuarioID: 7}, ReservaID: uuid.NewString(), Ahora: Ahora, ExpiraEn: Ahora.Add(time.Hour),
		RevisarEn: Ahora.Add(time.Minute), Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 2}, {ProductoID: 2, Cantidad: 1}},
		Catalogo: map[int64]domain.Articulo{
			1: {ID: 1, Nombre: "Teclado «ñ»", Precio: 1999, Moneda: "EUR", EnVenta: true},
			2: {ID: 2, Nombre: "Ratón", Precio: 1, Moneda: "EUR", EnVenta: true},
		},
	}
	for _, change := range options {
		change(&n)
	}
	p, err := domain.NewPedido(n)
	require.NoError(t, err)
	return p
}

// pedidoGuardado stores the order of NuevoPedido.
func pedidoGuardado(t testing.TB, r ports.Pedidos, options ...func(*domain.Nuevo)) *domain.Pedido {
	t.Helper()
	p := NuevoPedido(t, options...)
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, p, domain.Topes{}))
	return p
}

// sinStock refuses an order for lack of stock.
func sinStock(t testing.TB, r ports.Pedidos, id int64) {
	t.Helper()
	_, err := r.Actualizar(t.Context(), idempotency.Key{}, id,
		func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, Ahora, Ahora) })
	require.NoError(t, err)
}

// PedidosSuite is what every storage of orders does.
func PedidosSuite(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("crear_y_obtener_dan_lo_mismo", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t)
		p := pedidoGuardado(t, r)
		require.Positive(t, p.ID())
		got, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, p.Registro(), got.Registro())
	})
	t.Run("sin_caducidad", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t)
		p := pedidoGuardado(t, r, func(n *domain.Nuevo) { n.ExpiraEn = time.Time{} })
		got, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error { return p.Reservar(Ahora) })
		require.NoError(t, err)
		got, err = r.Obtener(t.Context(), got.ID())
		require.NoError(t, err)
		assert.True(t, got.ExpiraEn().IsZero())
		assert.True(t, got.RevisarEn().IsZero())
	})
	t.Run("lo_que_no_existe", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t)
		_, err := r.Obtener(t.Context(), 1)
		assert.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		_, err = r.Actualizar(t.Context(), idempotency.Key{}, 1, func(*domain.Pedido) error { return nil })
		assert.ErrorIs(t, err, domain.ErrPedidoNoExiste)
	})
	t.Run("una_reserva_es_de_un_pedido", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t)
		p := pedidoGuardado(t, r)
		assert.Error(t, r.Crear(t.Context(), idempotency.Key{}, NuevoPedido(t, func(n *domain.Nuevo) { n.ReservaID = p.ReservaID() }),
			domain.Topes{}))
	})
	t.Run("actualizar_guarda_todo_o_nada", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t)
		p := pedidoGuardado(t, r)
		later := Ahora.Add(time.Second)
		got, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario, Nota: "ya no lo quiero", Autor: "usuario 7"}, later,
				later.Add(time.Minute))
		})
		require.NoError(t, err)
		read, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, got.Registro(), read.Registro())
		assert.EqualValues(t, 2, read.Revision(), "every write counts")
		assert.Equal(t, domain.FaseCancelando, read.Fase())
		assert.Equal(t, "ya no lo quiero", read.Nota())
		assert.EqualValues(t, 2, read.Version())

		_, err = r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
			require.NoError(t, p.Liberado(later))
			return fault.ErrForbidden.New("")
		})
		require.ErrorIs(t, err, fault.ErrForbidden)
		again, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, read.Registro(), again.Registro())
	})
	t.Run("con_una_clave_una_vez", func(t *testing.T) { unPedidoPorClave(t, nuevo(t)) })
	t.Run("de_muchos_a_la_vez_decide_uno", func(t *testing.T) { decideUno(t, nuevo(t)) })
	t.Run("el_tope_se_cumple_aunque_lleguen_a_la_vez", func(t *testing.T) { tope(t, nuevo(t)) })
	t.Run("las_unidades_por_cliente_tambien", func(t *testing.T) { unidades(t, nuevo(t)) })
	t.Run("los_rechazos_tambien", func(t *testing.T) { rechazos(t, nuevo(t)) })
	t.Run("aceptado", func(t *testing.T) { aceptado(t, nuevo(t)) })
	t.Run("la_historia_se_guarda_entera", func(t *testing.T) { historia(t, nuevo(t)) })
	t.Run("continuar_lo_que_se_tiene_en_mano", func(t *testing.T) { continuar(t, nuevo(t)) })
	t.Run("listar", func(t *testing.T) { listar(t, nuevo(t)) })
	t.Run("tomar", func(t *testing.T) { tomar(t, nuevo(t)) })
}

// continuar: an order in hand is written as it is; one that was written since, or that has no story, is read again first.
func continuar(t *testing.T, r Almacen) {
	t.Parallel()
	p := pedidoGuardado(t, r)
	guardado := func(want *domain.Pedido) {
		t.Helper()
		got, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, want.Registro(), got.Registro())
	}
	veces := 0
	reservado, err := r.Continuar(t.Context(), p, func(p *domain.Pedido) error {
		veces++
		return p.Reservar(Ahora)
	})
	require.NoError(t, err)
	assert.Equal(t, 1, veces)
	assert.Equal(t, domain.FaseRecibido, p.Fase(), "what was in hand stays as it is")
	guardado(reservado)

	var vistas []domain.Fase
	cancelando, err := r.Continuar(t.Context(), p, func(p *domain.Pedido) error { // p was written since
		vistas = append(vistas, p.Fase())
		return p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario}, Ahora, Ahora)
	})
	require.NoError(t, err)
	assert.Equal(t, []domain.Fase{domain.FaseRecibido, domain.FaseReservado}, vistas)
	assert.Len(t, cancelando.Pasos(), 4, "the story has the step that was written since")
	guardado(cancelando)

	lista, err := r.Listar(t.Context(), ports.Filtro{Limite: 1})
	require.NoError(t, err)
	cancelado, err := r.Continuar(t.Context(), lista[0], func(p *domain.Pedido) error { return p.Liberado(Ahora) })
	require.NoError(t, err)
	assert.Len(t, cancelado.Pasos(), 4, "a list brings no story, and it is not lost")
	guardado(cancelado)

	quieto, err := r.Continuar(t.Context(), cancelado, func(*domain.Pedido) error { return nil })
	require.NoError(t, err)
	guardado(quieto)
	_, err = r.Continuar(t.Context(), cancelado, func(*domain.Pedido) error { return fault.ErrForbidden.New("") })
	require.ErrorIs(t, err, fault.ErrForbidden)
}

// decideUno sets 20 cancels against 20 completes: all of the winning kind succeed, all of the other are refused.
func decideUno(t *testing.T, r Almacen) {
	t.Parallel()
	p := pedidoGuardado(t, r)
	_, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error { return p.Reservar(Ahora) })
	require.NoError(t, err)

	errs := make([]error, 40)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
				if i%2 == 0 {
					return p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario}, Ahora, Ahora)
				}
				return p.Completar(domain.Decision{}, Ahora, Ahora)
			})
		})
	}
	wg.Wait()
	final, err := r.Obtener(t.Context(), p.ID())
	require.NoError(t, err)
	assert.EqualValues(t, 3, final.Version(), "one decision, one version")
	for i, err := range errs {
		if (i%2 == 0) == (final.Fase() == domain.FaseCancelando) {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, domain.ErrTransicionIlegal)
		}
	}
}

// tope sets 30 orders of one user at once against a cap of 3; those of others and finished ones do not count.
func tope(t *testing.T, r Almacen) {
	t.Parallel()
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, NuevoPedido(t, func(n *domain.Nuevo) { n.Cliente.UsuarioID = 8 }),
		domain.Topes{Abiertos: 3}))
	done := NuevoPedido(t)
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, done, domain.Topes{Abiertos: 3}))
	sinStock(t, r, done.ID())

	errs := muchos(30, func() error {
		return r.Crear(t.Context(), idempotency.Key{}, NuevoPedido(t), domain.Topes{Abiertos: 3})
	})
	placed := 0
	for _, err := range errs {
		if err == nil {
			placed++
			continue
		}
		assert.ErrorIs(t, err, domain.ErrDemasiadosAbiertos)
	}
	assert.Equal(t, 3, placed)
	open, err := r.Listar(t.Context(), ports.Filtro{UsuarioID: 7, Estado: domain.Pendiente, Limite: 100})
	require.NoError(t, err)
	assert.Len(t, open, 3)
}

// unidades sets 40 orders of one customer at once against a limit of 10 units of a product: two units of product 1 each. Those of
// others and finished ones do not count.
func unidades(t *testing.T, r Almacen) {
	t.Parallel()
	topes := domain.Topes{Unidades: 10}
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{},
		NuevoPedido(t, func(n *domain.Nuevo) { n.Cliente.UsuarioID = 8 }), topes))
	done := NuevoPedido(t)
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, done, topes))
	sinStock(t, r, done.ID())

	demasiado := NuevoPedido(t, func(n *domain.Nuevo) {
		n.Cliente.UsuarioID, n.Lineas = 9, []domain.LineaPedida{{ProductoID: 1, Cantidad: topes.Unidades + 1}}
	})
	assert.ErrorIs(t, r.Crear(t.Context(), idempotency.Key{}, demasiado, topes), domain.ErrLimitePorCliente, "the first order too")
	errs := muchos(40, func() error { return r.Crear(t.Context(), idempotency.Key{}, NuevoPedido(t), topes) })
	placed := 0
	for _, err := range errs {
		if err == nil {
			placed++
			continue
		}
		require.ErrorIs(t, err, domain.ErrLimitePorCliente)
		assert.Equal(t, []map[string]int64{{"producto_id": 1, "solicitado": 2, "maximo": 10, "abiertas": 10}}, fault.From(err).
			Extra["lineas"])
	}
	assert.Equal(t, 5, placed)
	todos, err := r.Listar(t.Context(), ports.Filtro{UsuarioID: 7, Limite: 100})
	require.NoError(t, err)
	assert.Len(t, todos, 6, "what is refused leaves no order")
	_, err = r.Actualizar(t.Context(), idempotency.Key{}, todos[0].ID(), func(p *domain.Pedido) error {
		require.NoError(t, p.Reservar(Ahora))
		return p.Aceptar(domain.Decision{}, "", Ahora)
	})
	require.NoError(t, err)
	otro := NuevoPedido(t, func(n *domain.Nuevo) { n.Lineas = []domain.LineaPedida{{ProductoID: 1, Cantidad: 1}} })
	require.ErrorIs(t, r.Crear(t.Context(), idempotency.Key{}, otro, topes), domain.ErrLimitePorCliente, "an accepted order is open")
	otro = NuevoPedido(t, func(n *domain.Nuevo) { n.Lineas = []domain.LineaPedida{{ProductoID: 2, Cantidad: 5}} })
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, otro, topes), "another product has a limit of its own")
}

// rechazos sends 40 orders of one customer at once, all to be refused, against a limit of 5.
func rechazos(t *testing.T, r Almacen) {
	t.Parallel()
	topes := domain.Topes{Rechazos: 5, Desde: Ahora.Add(-24 * time.Hour)}
	errs := muchos(40, func() error {
		p := NuevoPedido(t)
		if err := r.Crear(t.Context(), idempotency.Key{}, p, topes); err != nil {
			return err
		}
		_, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(),
			func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, Ahora, Ahora) })
		return err
	})
	refused := 0
	for _, err := range errs {
		if err == nil {
			refused++
			continue
		}
		assert.ErrorIs(t, err, domain.ErrDemasiadosRechazos)
	}
	assert.Equal(t, 5, refused)
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{},
		NuevoPedido(t, func(n *domain.Nuevo) { n.Cliente.UsuarioID = 8 }), topes))
}

func muchos(n int, f func() error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = f() })
	}
	wg.Wait()
	return errs
}

func aceptado(t *testing.T, r Almacen) {
	t.Parallel()
	p := pedidoGuardado(t, r)
	_, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
		p.DePeticion("una petición")
		require.NoError(t, p.Reservar(Ahora))
		return p.Aceptar(domain.Decision{Autor: "usuario 8"}, "pago «17»", Ahora)
	})
	require.NoError(t, err)
	got, err := r.Obtener(t.Context(), p.ID())
	require.NoError(t, err)
	assert.Equal(t, domain.FaseAceptado, got.Fase())
	assert.Equal(t, "pago «17»", got.Referencia())
	assert.True(t, got.ExpiraEn().IsZero())
	assert.Equal(t, "una petición", got.Pasos()[2].Peticion)
	due, err := r.Tomar(t.Context(), Ahora.Add(48*time.Hour), Ahora.Add(49*time.Hour), 10)
	require.NoError(t, err)
	assert.Empty(t, due, "it does not expire")
	require.ErrorIs(t, r.Crear(t.Context(), idempotency.Key{}, NuevoPedido(t), domain.Topes{Abiertos: 1}),
		domain.ErrDemasiadosAbiertos, "it is open")
	abiertos, err := r.Abiertos(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []ports.Abiertos{{Fase: domain.FaseAceptado, Cuantos: 1, MasAntiguo: Ahora}}, abiertos)
}

// historia writes a long story: its first and last steps are there, and what an order says of its shortage.
func historia(t *testing.T, r Almacen) {
	t.Parallel()
	p := pedidoGuardado(t, r)
	const attempts = 100
	for i := range attempts {
		_, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
			p.Aplazar("no responde", Ahora.Add(time.Duration(i)*time.Second), Ahora)
			p.Intentar(Ahora.Add(time.Duration(i+1)*time.Second), Ahora)
			return nil
		})
		require.NoError(t, err)
	}
	faltas := []domain.Falta{{ProductoID: 1, Solicitado: 2, Disponible: 1}}
	got, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error {
		return p.RechazarSinStock(faltas, false, Ahora.Add((attempts+1)*time.Second), Ahora)
	})
	require.NoError(t, err)
	read, err := r.Obtener(t.Context(), p.ID())
	require.NoError(t, err)
	assert.Equal(t, got.Pasos(), read.Pasos())
	assert.Equal(t, faltas, read.Faltas())
	require.Less(t, len(read.Pasos()), 50, "a story must not grow for as long as a peer is away")
	assert.Equal(t, domain.Paso{Accion: domain.PasoCrear, Cuando: Ahora, Intento: 1, Resultado: domain.Hecho}, read.Pasos()[0])
	assert.Equal(t, domain.Paso{
		Accion: domain.PasoReservar, Cuando: Ahora, Intento: 1, Resultado: domain.Fallido, Interno: "no responde",
	}, read.Pasos()[1])
	assert.Equal(t, domain.Paso{
		Accion: domain.PasoReservar, Cuando: Ahora.Add(attempts * time.Second), Intento: attempts + 1, Duracion: time.Second,
		Resultado: domain.Rechazado, Faltas: faltas,
	}, read.Pasos()[len(read.Pasos())-1])
	assert.Greater(t, read.ReservasPedidas(), 1)
}

func listar(t *testing.T, r Almacen) {
	t.Parallel()
	ids := make([]int64, 6)
	for i := range ids {
		p := NuevoPedido(t, func(n *domain.Nuevo) {
			n.Cliente.UsuarioID = int64(1 + i%2)
			n.Ahora = Ahora.Add(time.Duration(i) * time.Second)
			if i == 2 {
				n.Lineas = n.Lineas[1:]
			}
		})
		require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, p, domain.Topes{}))
		ids[i] = p.ID()
	}
	sinStock(t, r, ids[0])

	for name, c := range map[string]struct {
		filtro ports.Filtro
		want   []int64
	}{
		"todos":             {ports.Filtro{}, []int64{ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}},
		"de_un_usuario":     {ports.Filtro{UsuarioID: 1}, []int64{ids[4], ids[2], ids[0]}},
		"por_estado":        {ports.Filtro{Estado: domain.Cancelado}, []int64{ids[0]}},
		"por_estado_y_fase": {ports.Filtro{Estado: domain.Pendiente, Fase: domain.FaseReservado}, nil},
		"pendientes":        {ports.Filtro{Estado: domain.Pendiente, UsuarioID: 1}, []int64{ids[4], ids[2]}},
		"por_motivo":        {ports.Filtro{Motivo: domain.MotivoSinStock}, []int64{ids[0]}},
		"por_otro_motivo":   {ports.Filtro{Motivo: domain.MotivoUsuario}, nil},
		"de_un_producto":    {ports.Filtro{ProductoID: 1}, []int64{ids[5], ids[4], ids[3], ids[1], ids[0]}},
		"de_un_producto_por_paginas": {
			ports.Filtro{ProductoID: 1, Fase: domain.FaseRecibido, AntesDe: ids[4], Limite: 2}, []int64{ids[3], ids[1]},
		},
		"de_un_producto_y_un_usuario": {ports.Filtro{ProductoID: 2, UsuarioID: 1}, []int64{ids[4], ids[2], ids[0]}},
		"de_ningun_producto":          {ports.Filtro{ProductoID: 3}, nil},
		"desde_el_primer_instante": {ports.Filtro{Desde: new(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)),
			Hasta: new(Ahora.Add(time.Second))}, []int64{ids[0]}},
		"hasta_el_ultimo_instante": {ports.Filtro{Desde: new(Ahora.Add(5 * time.Second)),
			Hasta: new(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))}, []int64{ids[5]}},
		"desde_incluye":      {ports.Filtro{Desde: new(Ahora.Add(4 * time.Second))}, []int64{ids[5], ids[4]}},
		"hasta_excluye":      {ports.Filtro{Hasta: new(Ahora.Add(time.Second))}, []int64{ids[0]}},
		"desde_algo_despues": {ports.Filtro{Desde: new(Ahora.Add(4*time.Second + 1))}, []int64{ids[5]}}, // finer than what is stored
		"hasta_algo_despues": {ports.Filtro{Hasta: new(Ahora.Add(1))}, []int64{ids[0]}},
		"desde_con_otra_zona": {ports.Filtro{Desde: new(Ahora.Add(5 * time.Second).In(time.FixedZone("", 3600)))},
			[]int64{ids[5]}},
		"estado_y_fase_que_se_excluyen": {ports.Filtro{Estado: domain.Pendiente, Fase: domain.FaseCancelado}, nil},
		"cancelado_por_motivo": {ports.Filtro{Estado: domain.Cancelado, Fase: domain.FaseCancelado,
			Motivo: domain.MotivoSinStock}, []int64{ids[0]}},
		"pendiente_por_motivo":         {ports.Filtro{Estado: domain.Pendiente, Motivo: domain.MotivoSinStock}, nil},
		"motivo_de_lo_que_no_lo_tiene": {ports.Filtro{Estado: domain.Completado, Motivo: domain.MotivoSinStock}, nil},
		"fase_sin_motivo":              {ports.Filtro{Fase: domain.FaseReservado, Motivo: domain.MotivoSinStock}, nil},
		"entre_dos_instantes": {
			ports.Filtro{Desde: new(Ahora.Add(time.Second)), Hasta: new(Ahora.Add(3 * time.Second)), UsuarioID: 2}, []int64{ids[1]},
		},
		"antes_de_todos":   {ports.Filtro{Hasta: new(Ahora.Add(-time.Hour)), ProductoID: 1}, nil},
		"despues_de_todos": {ports.Filtro{Desde: new(Ahora.Add(time.Hour)), Estado: domain.Pendiente}, nil},
		"pagina":           {ports.Filtro{AntesDe: ids[4], Limite: 2}, []int64{ids[3], ids[2]}},
	} {
		if c.filtro.Limite == 0 {
			c.filtro.Limite = 100
		}
		got, err := r.Listar(t.Context(), c.filtro)
		require.NoError(t, err, name)
		var found []int64
		for _, p := range got {
			found = append(found, p.ID())
		}
		assert.Equal(t, c.want, found, name)
	}
}

func tomar(t *testing.T, r Almacen) {
	t.Parallel()
	for range 5 { // finished orders are no work for the reconciler, and block none
		p := pedidoGuardado(t, r)
		sinStock(t, r, p.ID())
	}
	due := make([]int64, 30)
	for i := range due {
		p := pedidoGuardado(t, r, func(n *domain.Nuevo) { n.RevisarEn = Ahora })
		due[i] = p.ID()
	}
	later := NuevoPedido(t, func(n *domain.Nuevo) { n.RevisarEn = Ahora.Add(time.Microsecond) })
	require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, later, domain.Topes{}))

	// Several workers at once: each order goes to one of them, the leased one to none.
	var mu sync.Mutex
	var taken []int64
	one, err := r.Tomar(t.Context(), Ahora, Ahora.Add(time.Minute), 1)
	require.NoError(t, err)
	require.Len(t, one, 1)
	taken = append(taken, one[0].ID())
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for {
				got, err := r.Tomar(t.Context(), Ahora, Ahora.Add(time.Minute), 4)
				if !assert.NoError(t, err) || len(got) == 0 {
					return
				}
				assert.LessOrEqual(t, len(got), 4)
				mu.Lock()
				for _, p := range got {
					taken = append(taken, p.ID())
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// A worker may come away empty-handed while others still take; what is left is there for the next pass.
	rest, err := r.Tomar(t.Context(), Ahora, Ahora.Add(time.Minute), 100)
	require.NoError(t, err)
	for _, p := range rest {
		taken = append(taken, p.ID())
	}
	assert.ElementsMatch(t, due, taken)

	got, err := r.Tomar(t.Context(), Ahora.Add(time.Minute), Ahora.Add(2*time.Minute), 100)
	require.NoError(t, err)
	assert.Len(t, got, len(due)+1, "leases run out")

	open, err := r.Abiertos(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []ports.Abiertos{{Fase: domain.FaseRecibido, Cuantos: int64(len(due) + 1), MasAntiguo: Ahora}}, open,
		"what is final does not count")
}
