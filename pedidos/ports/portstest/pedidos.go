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
		UsuarioID: 7, ReservaID: uuid.NewString(), Ahora: Ahora, ExpiraEn: Ahora.Add(time.Hour), RevisarEn: Ahora.Add(time.Minute),
		Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 2}, {ProductoID: 2, Cantidad: 1}},
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

// PedidosSuite is what every storage of orders does.
func PedidosSuite(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("crear_y_obtener_dan_lo_mismo", func(t *testing.T) {
		t.Parallel()
		r, p := nuevo(t), NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), p, 0))
		require.Positive(t, p.ID())
		got, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, p.Instantanea(), got.Instantanea())
	})
	t.Run("sin_caducidad", func(t *testing.T) {
		t.Parallel()
		r, p := nuevo(t), NuevoPedido(t, func(n *domain.Nuevo) { n.ExpiraEn = time.Time{} })
		require.NoError(t, r.Crear(t.Context(), p, 0))
		got, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error { return p.Reservar(Ahora) })
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
		_, err = r.Actualizar(t.Context(), 1, func(*domain.Pedido) error { return nil })
		assert.ErrorIs(t, err, domain.ErrPedidoNoExiste)
	})
	t.Run("una_reserva_es_de_un_pedido", func(t *testing.T) {
		t.Parallel()
		r, p := nuevo(t), NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), p, 0))
		assert.Error(t, r.Crear(t.Context(), NuevoPedido(t, func(n *domain.Nuevo) { n.ReservaID = p.ReservaID() }), 0))
	})
	t.Run("actualizar_guarda_todo_o_nada", func(t *testing.T) {
		t.Parallel()
		r, p := nuevo(t), NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), p, 0))
		later := Ahora.Add(time.Second)
		got, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error {
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario, Nota: "ya no lo quiero", Autor: "usuario 7"}, later, later.Add(time.Minute))
		})
		require.NoError(t, err)
		read, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		stored := got.Instantanea()
		stored.Revision++ // every write counts
		assert.Equal(t, stored, read.Instantanea())
		assert.Equal(t, domain.FaseCancelando, read.Fase())
		assert.Equal(t, "ya no lo quiero", read.Nota())
		assert.EqualValues(t, 2, read.Version())

		_, err = r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error {
			require.NoError(t, p.Liberado(later))
			return fault.ErrForbidden.New("")
		})
		require.ErrorIs(t, err, fault.ErrForbidden)
		again, err := r.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, read.Instantanea(), again.Instantanea())
	})
	t.Run("de_muchos_a_la_vez_decide_uno", func(t *testing.T) { decideUno(t, nuevo(t)) })
	t.Run("el_tope_se_cumple_aunque_lleguen_a_la_vez", func(t *testing.T) { tope(t, nuevo(t)) })
	t.Run("la_historia_se_guarda_entera", func(t *testing.T) { historia(t, nuevo(t)) })
	t.Run("listar", func(t *testing.T) { listar(t, nuevo(t)) })
	t.Run("tomar", func(t *testing.T) { tomar(t, nuevo(t)) })
}

// decideUno sets 20 cancels against 20 completes: all of the winning kind succeed, all of the other are refused.
func decideUno(t *testing.T, r Almacen) {
	t.Parallel()
	p := NuevoPedido(t)
	require.NoError(t, r.Crear(t.Context(), p, 0))
	_, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error { return p.Reservar(Ahora) })
	require.NoError(t, err)

	errs := make([]error, 40)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error {
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
	require.NoError(t, r.Crear(t.Context(), NuevoPedido(t, func(n *domain.Nuevo) { n.UsuarioID = 8 }), 3))
	done := NuevoPedido(t)
	require.NoError(t, r.Crear(t.Context(), done, 3))
	_, err := r.Actualizar(t.Context(), done.ID(), func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, Ahora, Ahora) })
	require.NoError(t, err)

	errs := make([]error, 30)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = r.Crear(t.Context(), NuevoPedido(t), 3) })
	}
	wg.Wait()
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

// historia writes a long story: its first and last steps are there, and what an order says of its shortage.
func historia(t *testing.T, r Almacen) {
	t.Parallel()
	p := NuevoPedido(t)
	require.NoError(t, r.Crear(t.Context(), p, 0))
	const attempts = 100
	for i := range attempts {
		_, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error {
			p.Aplazar("no responde", Ahora.Add(time.Duration(i)*time.Second), Ahora)
			p.Intentar(Ahora.Add(time.Duration(i+1)*time.Second), Ahora)
			return nil
		})
		require.NoError(t, err)
	}
	faltas := []domain.Falta{{ProductoID: 1, Solicitado: 2, Disponible: 1}}
	got, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error {
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
			n.UsuarioID = int64(1 + i%2)
			n.Ahora = Ahora.Add(time.Duration(i) * time.Second)
		})
		require.NoError(t, r.Crear(t.Context(), p, 0))
		ids[i] = p.ID()
	}
	_, err := r.Actualizar(t.Context(), ids[0], func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, Ahora, Ahora) })
	require.NoError(t, err)

	for name, c := range map[string]struct {
		filtro ports.Filtro
		want   []int64
	}{
		"todos":               {ports.Filtro{}, []int64{ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}},
		"de_un_usuario":       {ports.Filtro{UsuarioID: 1}, []int64{ids[4], ids[2], ids[0]}},
		"por_estado":          {ports.Filtro{Estado: domain.Cancelado}, []int64{ids[0]}},
		"por_estado_y_fase":   {ports.Filtro{Estado: domain.Pendiente, Fase: domain.FaseReservado}, nil},
		"desde_incluye":       {ports.Filtro{Desde: new(Ahora.Add(4 * time.Second))}, []int64{ids[5], ids[4]}},
		"hasta_excluye":       {ports.Filtro{Hasta: new(Ahora.Add(time.Second))}, []int64{ids[0]}},
		"desde_con_otra_zona": {ports.Filtro{Desde: new(Ahora.Add(5 * time.Second).In(time.FixedZone("", 3600)))}, []int64{ids[5]}},
		"pagina":              {ports.Filtro{AntesDe: ids[4], Limite: 2}, []int64{ids[3], ids[2]}},
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
	for range 5 { // finished orders are nobody's work, and in nobody's way
		p := NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), p, 0))
		_, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, Ahora, Ahora) })
		require.NoError(t, err)
	}
	due := make([]int64, 30)
	for i := range due {
		p := NuevoPedido(t, func(n *domain.Nuevo) { n.RevisarEn = Ahora })
		require.NoError(t, r.Crear(t.Context(), p, 0))
		due[i] = p.ID()
	}
	later := NuevoPedido(t, func(n *domain.Nuevo) { n.RevisarEn = Ahora.Add(time.Microsecond) })
	require.NoError(t, r.Crear(t.Context(), later, 0))

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
	assert.Equal(t, []ports.Abiertos{{Fase: domain.FaseRecibido, Cuantos: int64(len(due) + 1), MasAntiguo: Ahora}}, open, "what is final does not count")
}
