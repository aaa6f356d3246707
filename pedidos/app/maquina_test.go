package app_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// maquina drives the application through random requests, failures of inventario and of the database, late messages, the
// reconciler and time, and records the answers to clients. rapid shrinks the steps that break a promise. The longer run is
// `go test ./app -run Maquina -rapid.checks=1000`.
type maquina struct {
	*banco
	usuario int64 // of this run alone: all runs share one database
	inicial int64
	dicho   map[int64]domain.Estado // the last state of an order in an answer to a client
	vuelto  map[int64]int64         // units of an order that came back, by the answers to clients
	acepto  map[int64]bool          // orders that are accepted, by an answer to a client
	negado  map[int64]bool          // orders that are not kept, by an answer to a client: 503 without a key
	claves  map[string]*intento
}

// intento is a request with an Idempotency-Key: what it asks for, and the order that its first try has stored.
type intento struct{ cantidad, pedido int64 }

func TestMaquina(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		usuario, hora := int64(100), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		rapid.Check(t, func(rt *rapid.T) {
			usuario++
			m := &maquina{
				banco: nuevoBancoEn(t, db, hora), usuario: usuario, inicial: 10,
				dicho: map[int64]domain.Estado{}, vuelto: map[int64]int64{}, acepto: map[int64]bool{}, negado: map[int64]bool{},
				claves: map[string]*intento{},
			}
			rt.Repeat(map[string]func(*rapid.T){
				"crear": m.crear, "crear_con_clave": m.crearConClave, "cambiar": m.cambiarUno, "aceptar": m.aceptarUno,
				"devolver": m.devolverUno, "reconciliar": m.reconciliar,
				"falla_inventario": m.fallaInventario, "falla_la_base": m.fallaLaBase, "muere": m.muere,
				"llega_lo_tardio": func(*rapid.T) { m.reservas.Entregar() }, "pasa_el_tiempo": m.pasaElTiempo, "": m.comprobar,
			})
			m.terminar(rt)
			hora = m.ahora().Add(time.Hour)
		})
		noQueda(t, db)
	})
}

// muere ends the process; the next one knows what is stored.
func (m *maquina) muere(*rapid.T) { m.renacer() }

func (m *maquina) orden(t *rapid.T) app.CrearPedido {
	return app.CrearPedido{Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: rapid.Int64Range(1, 5).Draw(t, "cantidad")}}}
}

func (m *maquina) crear(t *rapid.T) {
	conocidos := m.todos(t)
	p, err := m.Crear(t.Context(), domain.Solicitante{UsuarioID: m.usuario}, m.orden(t))
	m.anotar(t, p, err)
	if errors.Is(err, fault.ErrUnavailable) {
		for _, id := range m.nuevos(t, conocidos) {
			m.negado[id] = true
		}
	}
}

// nuevos are the orders that were not known before.
func (m *maquina) nuevos(t *rapid.T, conocidos map[int64]*domain.Pedido) (ids []int64) {
	for id := range m.todos(t) {
		if conocidos[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// anotar records the answer about a new order; without an answer there is no promise.
func (m *maquina) anotar(t *rapid.T, p *domain.Pedido, err error) {
	switch {
	case err == nil:
		m.dicho[p.ID()] = p.Estado()
	case errors.Is(err, domain.ErrStockInsuficiente):
		id, _ := fault.From(err).Extra["pedido_id"].(int64)
		require.Positive(t, id)
		m.dicho[id] = domain.Cancelado
	default:
		require.ErrorIs(t, err, fault.ErrUnavailable)
	}
}

// crearConClave is a first try, or another of a request that was made before.
func (m *maquina) crearConClave(t *rapid.T) {
	nombre := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "clave")
	c := m.orden(t)
	anterior := int64(0)
	if antes, ok := m.claves[nombre]; ok {
		c.Lineas[0].Cantidad, anterior = antes.cantidad, antes.pedido
	}
	c.Clave = clave(anterior)
	conocidos := m.todos(t)
	p, err := m.Crear(t.Context(), domain.Solicitante{UsuarioID: m.usuario}, c)
	m.anotar(t, p, err)
	nuevos := m.nuevos(t, conocidos)
	if anterior != 0 {
		require.Empty(t, nuevos, "a repeated request placed a second order")
		if p != nil {
			require.Equal(t, anterior, p.ID())
		}
		return
	}
	require.LessOrEqual(t, len(nuevos), 1)
	for _, id := range nuevos { // its key is bound to it, also when it was cancelled
		m.claves[nombre] = &intento{cantidad: c.Lineas[0].Cantidad, pedido: id}
	}
}

func (m *maquina) cambiarUno(t *rapid.T) {
	antes := m.uno(t)
	id := antes.ID()
	estado := rapid.SampledFrom([]domain.Estado{domain.Cancelado, domain.Completado}).Draw(t, "estado")
	quien := rapid.SampledFrom([]domain.Solicitante{{UsuarioID: m.usuario}, soporte}).Draw(t, "quien")
	p, err := m.CambiarEstado(t.Context(), quien, app.CambiarEstado{ID: id, Estado: estado})
	switch {
	case err == nil:
		m.dicho[id] = p.Estado()
	case errors.Is(err, fault.ErrForbidden):
		require.Equal(t, domain.Completado, estado)
		require.False(t, quien.Puede(domain.AlcanceGestionar))
	case errors.Is(err, domain.ErrTransicionIlegal):
		suyo := estado == domain.Cancelado && antes.Fase() == domain.FaseAceptado && !quien.Puede(domain.AlcanceGestionar)
		require.True(t, suyo || !slices.Contains(antes.Fase().EstadosPermitidos(), estado))
	default:
		require.ErrorIs(t, err, fault.ErrUnavailable)
	}
}

// uno is a stored order.
func (m *maquina) uno(t *rapid.T) *domain.Pedido {
	pedidos := m.todos(t)
	if len(pedidos) == 0 {
		t.Skip("no order yet")
	}
	return pedidos[rapid.SampledFrom(slices.Sorted(maps.Keys(pedidos))).Draw(t, "pedido")]
}

func (m *maquina) aceptarUno(t *rapid.T) {
	antes := m.uno(t)
	p, err := m.Aceptar(t.Context(), soporte, app.Aceptar{ID: antes.ID()})
	switch {
	case err == nil:
		require.Equal(t, domain.FaseAceptado, p.Fase())
		m.acepto[antes.ID()] = true
	case errors.Is(err, domain.ErrTransicionIlegal):
		require.NotContains(t, []domain.Fase{domain.FaseReservado, domain.FaseAceptado}, antes.Fase())
	default:
		require.ErrorIs(t, err, fault.ErrUnavailable)
	}
}

func (m *maquina) devolverUno(t *rapid.T) {
	antes := m.uno(t)
	cantidad := rapid.Int64Range(1, 3).Draw(t, "cantidad")
	d, err := m.Devolver(t.Context(), soporte, app.Devolver{
		PedidoID: antes.ID(), Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: cantidad}}, Reponer: rapid.Bool().
				Draw(t, "reponer"),
	})
	ya := antes.Lineas()[0].Cantidad - m.vuelto[antes.ID()]
	switch {
	case err == nil:
		require.LessOrEqual(t, cantidad, ya)
		m.vuelto[antes.ID()] += cantidad
		require.True(t, d.Reponer() || d.Fase() == domain.DevolucionHecha)
	case errors.Is(err, domain.ErrDevolucionExcesiva):
		require.Greater(t, cantidad, ya)
	default:
		require.ErrorIs(t, err, domain.ErrTransicionIlegal)
		require.NotEqual(t, domain.FaseCompletado, antes.Fase())
	}
}

// repuestas are the units that returns of an order put back at inventario, and those that they still have to.
func (m *maquina) repuestas(t *rapid.T, p *domain.Pedido) (hechas, enCurso int64) {
	lista, err := m.Devoluciones(t.Context(), soporte, p.ID(), 0, 200)
	require.NoError(t, err)
	var todas int64
	for _, d := range lista {
		todas += d.Lineas()[0].Cantidad
		switch {
		case d.Fase() == domain.DevolucionEnCurso:
			enCurso += d.Lineas()[0].Cantidad
		case d.Reponer():
			hechas += d.Lineas()[0].Cantidad
		}
	}
	require.Equal(t, m.vuelto[p.ID()], todas, "the units in the answers came back, once")
	return hechas, enCurso
}

func (m *maquina) reconciliar(t *rapid.T) {
	if _, err := m.ReconciliarLote(t.Context()); err != nil {
		require.ErrorIs(t, err, fault.ErrUnavailable)
	}
}

func (m *maquina) fallaInventario(t *rapid.T) {
	switch rapid.IntRange(0, 4).Draw(t, "como") {
	case 0:
		m.reservas.Caer(true)
	case 1:
		m.reservas.Calmar()
	default:
		m.reservas.Fallar(rapid.SampledFrom([]portstest.Fallo{portstest.NoLlega, portstest.SeResponde, portstest.LlegaTardia}).
			Draw(t, "fallo"))
	}
}

func (m *maquina) fallaLaBase(t *rapid.T) {
	m.pedidos.fallar(rapid.IntRange(0, 3).Draw(t, "veces"))
	m.pedidos.pierde = rapid.Bool().Draw(t, "solo se pierde la primera respuesta")
	m.vueltas.fallar(rapid.IntRange(0, 3).Draw(t, "veces de devoluciones"))
}

func (m *maquina) pasaElTiempo(t *rapid.T) {
	m.pasa(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Second, 50 * time.Minute}).Draw(t, "cuanto"))
}

// todos are the orders of this run.
func (m *maquina) todos(t *rapid.T) map[int64]*domain.Pedido {
	lista, err := m.Listar(t.Context(), soporte, ports.Filtro{UsuarioID: m.usuario, Limite: 200})
	require.NoError(t, err)
	pedidos := map[int64]*domain.Pedido{}
	for _, p := range lista {
		pedidos[p.ID()] = p
	}
	return pedidos
}

// comprobar is what holds after every step: answers to clients stay true, final states are final, and every unit is for sale,
// held or sold.
func (m *maquina) comprobar(t *rapid.T) {
	pedidos := m.todos(t)
	for id, dicho := range m.dicho {
		p := pedidos[id]
		require.NotNil(t, p, "an order in an answer to a client is lost")
		if dicho != domain.Pendiente {
			require.Equal(t, dicho, p.Estado(), "a final state was left")
		}
	}
	for _, c := range m.claves {
		require.NotEqual(t, domain.MotivoSistema, pedidos[c.pedido].Motivo(), "the order of a client who repeats it was cancelled")
	}
	unidades := m.reservas.VerLibres(1) - m.reservas.VerRepuestas(1)
	var hechas, enCurso int64
	for _, p := range pedidos {
		h, c := m.repuestas(t, p)
		hechas, enCurso = hechas+h, enCurso+c
		if m.acepto[p.ID()] {
			require.NotContains(t, []domain.Motivo{domain.MotivoUsuario, domain.MotivoExpirado}, p.Motivo(),
				"an accepted order is the shop's")
		}
		switch m.reservas.VerEstado(p.ReservaID()) {
		case "ACTIVA", "CONSUMIDA":
			unidades += p.Lineas()[0].Cantidad
		}
		if p.Fase() == domain.FaseCompletado {
			require.Equal(t, "CONSUMIDA", m.reservas.VerEstado(p.ReservaID()))
		}
	}
	require.Equal(t, m.inicial, unidades)
	require.GreaterOrEqual(t, m.reservas.VerRepuestas(1), hechas, "a return is HECHA, and inventario does not have its units")
	require.LessOrEqual(t, m.reservas.VerRepuestas(1), hechas+enCurso, "inventario has put back more than came back")
}

// terminar ends all faults and runs the reconciler: each order rests, and holds exactly the units that it should.
func (m *maquina) terminar(t *rapid.T) {
	m.reservas.Calmar()
	m.reservas.Entregar()
	m.pedidos.fallar(0)
	m.vueltas.fallar(0)
	for range 4 {
		m.pasa(11 * time.Second) // longer than any lease or wait
		for n := 1; n > 0; {
			var err error
			n, err = m.ReconciliarLote(t.Context())
			require.NoError(t, err)
		}
	}
	m.comprobar(t)
	for nombre, c := range m.claves {
		p, err := m.Crear(t.Context(), domain.Solicitante{UsuarioID: m.usuario}, app.CrearPedido{Clave: clave(c.pedido)})
		if !errors.Is(err, domain.ErrStockInsuficiente) {
			require.NoError(t, err, "a client who asks again under %q never gets an answer", nombre)
			require.Equal(t, c.pedido, p.ID())
		}
	}
	for id, p := range m.todos(t) {
		require.True(t, p.Fase().Reposo(), "order %d is %s", id, p.Fase())
		if m.negado[id] {
			require.NotEqual(t, domain.FaseReservado, p.Fase(), "order %d was answered with 503", id)
		}
		_, enCurso := m.repuestas(t, p)
		require.Zero(t, enCurso, "a return of order %d does not end", id)
		got := m.reservas.VerEstado(p.ReservaID())
		switch p.Fase() {
		case domain.FaseReservado, domain.FaseAceptado:
			require.Equal(t, "ACTIVA", got)
		case domain.FaseCompletado:
			require.Equal(t, "CONSUMIDA", got)
		default:
			require.NotEqual(t, "ACTIVA", got)
			require.NotEqual(t, "CONSUMIDA", got)
		}
	}
	for _, p := range m.todos(t) { // nothing of this run is left for the next one's reconciler
		if !p.Fase().Final() {
			_, err := m.CambiarEstado(t.Context(), soporte, app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado})
			require.NoError(t, err)
		}
	}
	require.Zero(t, m.reservas.VerActivas())
}

// noQueda: after all runs no order waits for the reconciler.
func noQueda(t *testing.T, db *database.DB) {
	t.Helper()
	abiertos, err := bunstore.New(db).Abiertos(t.Context())
	require.NoError(t, err)
	require.Empty(t, abiertos)
}
