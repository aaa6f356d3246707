package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// banco is the application on a real database, with peers that fail on demand and a clock that only moves by hand.
type banco struct {
	*app.Servicio
	carpeta     string // of what outlives a process
	pedidos     *pedidosQueFallan
	vueltas     *devolucionesQueFallan
	abandonados *archivos.Abandonados
	catalogo    *portstest.CatalogoFalso
	reservas    *portstest.ReservasFalsas
	mu          sync.Mutex
	hora        time.Time
}

// pedidosQueFallan is the real storage, with updates that fail on demand.
type pedidosQueFallan struct {
	*bunstore.Pedidos
	mu     sync.Mutex
	caidas int  // updates that fail from now on
	pierde bool // the first of them is stored, and only its answer is lost

	mientras func() // happens after an update whose answer is lost
}

// fallar makes the next n updates fail.
func (p *pedidosQueFallan) fallar(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.caidas = n
}

func (p *pedidosQueFallan) Actualizar(
	ctx context.Context, clave idempotency.Key, id int64, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.caidas > 0 {
		p.caidas--
		return nil, fault.ErrUnavailable.New("La base de datos no responde.")
	}
	return p.Pedidos.Actualizar(ctx, clave, id, change)
}

func (p *pedidosQueFallan) Continuar(
	ctx context.Context, enMano *domain.Pedido, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.caidas > 0 {
		p.caidas--
		if p.pierde {
			p.pierde = false
			if _, err := p.Pedidos.Continuar(ctx, enMano, change); err != nil {
				return nil, err
			}
			if p.mientras != nil {
				p.mientras()
			}
		}
		return nil, fault.ErrUnavailable.New("La base de datos no responde.")
	}
	return p.Pedidos.Continuar(ctx, enMano, change)
}

// devolucionesQueFallan is the real storage, with notes that fail on demand.
type devolucionesQueFallan struct {
	*bunstore.Devoluciones
	mu     sync.Mutex
	caidas int // notes that fail from now on
}

// fallar makes the next n notes fail.
func (d *devolucionesQueFallan) fallar(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.caidas = n
}

func (d *devolucionesQueFallan) Anotar(ctx context.Context, devolucion *domain.Devolucion) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.caidas > 0 {
		d.caidas--
		return fault.ErrUnavailable.New("La base de datos no responde.")
	}
	return d.Devoluciones.Anotar(ctx, devolucion)
}

var (
	cliente = domain.Solicitante{UsuarioID: 7}
	soporte = domain.Solicitante{UsuarioID: 8, Alcances: []string{domain.AlcanceLeer, domain.AlcanceGestionar}}
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func abrir(t *testing.T, url string) *database.DB {
	t.Helper()
	return esquema.Open(t, url, database.Options{})
}

func nuevoBanco(t *testing.T) *banco {
	t.Helper()
	return nuevoBancoEn(t, abrir(t, esquema.SQLite(t)), time.Now())
}

// nuevoBancoEn is an application on the database of a URL, with the orders that it has.
func nuevoBancoEn(t *testing.T, db *database.DB, hora time.Time) *banco {
	t.Helper()
	b := &banco{
		carpeta: t.TempDir(),
		pedidos: &pedidosQueFallan{Pedidos: bunstore.New(db)},
		catalogo: portstest.NewCatalogoFalso(
			domain.Articulo{ID: 1, Nombre: "Teclado", Precio: 1999, Moneda: "EUR", EnVenta: true},
			domain.Articulo{ID: 2, Nombre: "Ratón", Precio: 500, Moneda: "EUR", EnVenta: true},
		),
		reservas: portstest.NewReservasFalsas(map[int64]int64{1: 10, 2: 10}),
		hora:     hora.UTC().Truncate(time.Microsecond),
	}
	b.vueltas = &devolucionesQueFallan{Devoluciones: bunstore.NewDevoluciones(db)}
	b.renacer()
	return b
}

// renacer ends the process and starts another one.
func (b *banco) renacer() {
	b.abandonados = archivos.NewAbandonados(b.carpeta, slog.New(slog.DiscardHandler))
	b.Servicio = app.New(b.dependencias())
}

func (b *banco) sinAbandonados(t *testing.T) {
	t.Helper()
	todos, err := b.abandonados.Todos()
	require.NoError(t, err)
	assert.Empty(t, todos)
}

func (b *banco) dependencias() app.Dependencias {
	return app.Dependencias{
		Pedidos: b.pedidos, Pendientes: b.pedidos, Devoluciones: b.vueltas, Reposiciones: b.vueltas, Abandonados: b.abandonados,
		Catalogo: b.catalogo, Reservas: b.reservas, Reloj: b.ahora, NuevoID: uuid.NewString,
		Peticion: func(context.Context) string { return "peticion" }, Expira: time.Hour, Log: slog.New(slog.DiscardHandler),
	}
}

// conmigo is another process on the same database, with the same peers and clock.
func (b *banco) conmigo() *app.Servicio {
	d := b.dependencias()
	d.Pedidos, d.Pendientes = b.pedidos.Pedidos, b.pedidos.Pedidos // which lets updates come at the same time
	return app.New(d)
}

// conTopes lets a customer have no more than topes.
func (b *banco) conTopes(topes domain.Topes) {
	d := b.dependencias()
	d.Topes = topes
	b.Servicio = app.New(d)
}

func (b *banco) ahora() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hora
}

func (b *banco) pasa(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hora = b.hora.Add(d)
}

func (b *banco) pedir(t *testing.T, cantidad int64) (*domain.Pedido, error) {
	return b.Crear(t.Context(), cliente, app.CrearPedido{Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: cantidad}}})
}

func (b *banco) cambiar(t *testing.T, quien domain.Solicitante, p *domain.Pedido, estado domain.Estado) (*domain.Pedido, error) {
	return b.CambiarEstado(t.Context(), quien, app.CambiarEstado{ID: p.ID(), Estado: estado})
}

func (b *banco) todosLos(t *testing.T) []*domain.Pedido {
	t.Helper()
	todos, err := b.Listar(t.Context(), soporte, ports.Filtro{Limite: 10})
	require.NoError(t, err)
	return todos
}

func (b *banco) unico(t *testing.T) *domain.Pedido {
	t.Helper()
	todos := b.todosLos(t)
	require.Len(t, todos, 1)
	return todos[0]
}

// enPaz ends the leases, runs the reconciler, and checks that every order rests and holds the units that it should.
func (b *banco) enPaz(t *testing.T) {
	t.Helper()
	for range 5 {
		b.pasa(40 * time.Second)
		_, err := b.ReconciliarLote(t.Context())
		require.NoError(t, err)
	}
	todos, err := b.Listar(t.Context(), soporte, ports.Filtro{Limite: 200})
	require.NoError(t, err)
	abiertos := 0
	for _, p := range todos {
		assert.True(t, p.Fase().Reposo(), "order %d is %s", p.ID(), p.Fase())
		if p.Fase() == domain.FaseReservado || p.Fase() == domain.FaseAceptado {
			abiertos++
			assert.Equal(t, "ACTIVA", b.reservas.VerEstado(p.ReservaID()))
		}
	}
	assert.Equal(t, abiertos, b.reservas.VerActivas(), "every reservation has an open order")
}

func TestServicio_Crear(t *testing.T) {
	t.Parallel()
	t.Run("reserva_y_guarda", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		assert.Equal(t, domain.FaseReservado, p.Fase())
		assert.Equal(t, b.ahora().Add(time.Hour), p.ExpiraEn())
		assert.EqualValues(t, 7, b.reservas.VerLibres(1))
		b.enPaz(t)
	})
	t.Run("sin_stock_devuelve_conflicto_y_queda_cancelado", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		_, err := b.pedir(t, 11)
		require.ErrorIs(t, err, domain.ErrStockInsuficiente)
		p := b.unico(t)
		assert.Equal(t, p.ID(), fault.From(err).Extra["pedido_id"])
		assert.NotNil(t, fault.From(err).Extra["lineas"])
		assert.Equal(t, domain.FaseCancelado, p.Fase())
		assert.Equal(t, domain.MotivoSinStock, p.Motivo())
		b.enPaz(t)
	})
	t.Run("catalogo_caido_no_deja_pedido", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.catalogo.Caer(true)
		_, err := b.pedir(t, 1)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		todos, err := b.Listar(t.Context(), soporte, ports.Filtro{Limite: 1})
		require.NoError(t, err)
		assert.Empty(t, todos)
		assert.Zero(t, b.reservas.VerLlamadas())
	})
	t.Run("el_precio_es_el_de_su_momento", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 1)
		require.NoError(t, err)
		b.catalogo.Poner(domain.Articulo{ID: 1, Nombre: "Otro", Precio: 1, Moneda: "EUR"})
		got, err := b.Obtener(t.Context(), cliente, p.ID())
		require.NoError(t, err)
		assert.Equal(t, p.Lineas(), got.Lineas())
		assert.EqualValues(t, 1999, got.Total())
	})
}

func TestServicio_Crear_demasiados_rechazos(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	b.conTopes(domain.Topes{Rechazos: 2})
	for range 2 {
		_, err := b.pedir(t, 11)
		require.ErrorIs(t, err, domain.ErrStockInsuficiente)
		b.pasa(time.Hour)
	}
	llamadas := b.reservas.VerLlamadas()
	_, err := b.pedir(t, 1)
	require.ErrorIs(t, err, domain.ErrDemasiadosRechazos)
	assert.Equal(t, 22*time.Hour, fault.From(err).RetryAfter)
	assert.Equal(t, llamadas, b.reservas.VerLlamadas(), "before any work is done")
	_, err = b.Crear(t.Context(), domain.Solicitante{UsuarioID: 9},
		app.CrearPedido{Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}})
	require.NoError(t, err, "another customer's do not count")
	b.pasa(22 * time.Hour)
	_, err = b.pedir(t, 1)
	require.NoError(t, err)
}

// TestServicio_Crear_inventario_falla: for each failure of the reservation, the client gets 503, and after the faults nothing is
// open and nothing is held.
func TestServicio_Crear_inventario_falla(t *testing.T) {
	t.Parallel()
	for name, fallo := range map[string]portstest.Fallo{
		"la_peticion_se_pierde": portstest.NoLlega, "la_respuesta_se_pierde": portstest.SeResponde,
		"la_peticion_llega_tarde": portstest.LlegaTardia,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := nuevoBanco(t)
			b.reservas.Fallar(fallo)
			_, err := b.pedir(t, 3)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.Equal(t, domain.FaseCancelando, b.unico(t).Fase())

			_, err = b.ReconciliarLote(t.Context())
			require.NoError(t, err)
			p := b.unico(t)
			assert.Equal(t, domain.FaseCancelado, p.Fase())
			assert.Equal(t, domain.MotivoSistema, p.Motivo())
			b.reservas.Entregar() // a request that was only late finds its id closed
			assert.EqualValues(t, 10, b.reservas.VerLibres(1))
			b.enPaz(t)
		})
	}
}

// The database stores the reservation of an order without a key, loses its answer and goes away. The client gets 503: the order
// must not stay, also when the process dies before the database is back.
func TestServicio_Crear_respuesta_perdida_de_la_base(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	b.pedidos.pierde = true
	b.pedidos.fallar(2)
	_, err := b.pedir(t, 3)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Equal(t, domain.FaseReservado, b.unico(t).Fase())

	b.pedidos.fallar(1)
	_, err = b.ReconciliarLote(t.Context())
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Equal(t, domain.FaseReservado, b.unico(t).Fase(), "the database is still away")
	b.renacer()
	for range 2 { // one decides, one releases
		_, err = b.ReconciliarLote(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, domain.FaseCancelado, b.unico(t).Fase())
	assert.Equal(t, domain.MotivoSistema, b.unico(t).Motivo())
	assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	b.sinAbandonados(t)
}

// The answer about the reservation is lost, and staff accepts the order, or lets its units go, before its own request can take it
// back: the decision of staff stays, and the client gets the order.
func TestServicio_Crear_el_personal_decide_antes(t *testing.T) {
	t.Parallel()
	for fase, decidir := range map[domain.Fase]func(t *testing.T, otro *app.Servicio, b *banco) error{
		domain.FaseAceptado: func(t *testing.T, otro *app.Servicio, b *banco) error {
			_, err := otro.Aceptar(t.Context(), soporte, app.Aceptar{ID: b.unico(t).ID()})
			return err
		},
		domain.FaseCompletado: func(t *testing.T, otro *app.Servicio, b *banco) error {
			_, err := otro.CambiarEstado(t.Context(), soporte, app.CambiarEstado{ID: b.unico(t).ID(), Estado: domain.Completado})
			return err
		},
	} {
		t.Run(string(fase), func(t *testing.T) {
			t.Parallel()
			b := nuevoBanco(t)
			otro := b.conmigo()
			b.pedidos.pierde = true
			b.pedidos.mientras = func() { require.NoError(t, decidir(t, otro, b)) }
			b.pedidos.fallar(1)
			p, err := b.pedir(t, 3)
			require.NoError(t, err)
			assert.Equal(t, fase, p.Fase())
			b.enPaz(t)
			assert.Equal(t, fase, b.unico(t).Fase())
		})
	}
}

// After a restore of pedidos the units of an open order may have left the shelf already. Who cancels it hears that it is
// completed; its expiry completes it too.
func TestServicio_cancelar_lo_que_ya_salio(t *testing.T) {
	t.Parallel()
	for nombre, cancelar := range map[string]func(t *testing.T, b *banco, p *domain.Pedido){
		"su dueño": func(t *testing.T, b *banco, p *domain.Pedido) {
			_, err := b.cambiar(t, cliente, p, domain.Cancelado)
			require.ErrorIs(t, err, domain.ErrTransicionIlegal)
			assert.Equal(t, domain.Completado, fault.From(err).Extra["estado"])
		},
		"su caducidad": func(t *testing.T, b *banco, _ *domain.Pedido) { b.pasa(2 * time.Hour) },
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			b := nuevoBanco(t)
			p, err := b.pedir(t, 3)
			require.NoError(t, err)
			require.NoError(t, b.reservas.Consumir(t.Context(), p.ReservaID()))
			cancelar(t, b, p)
			b.enPaz(t)
			final, pasos, err := b.Historia(t.Context(), cliente, p.ID())
			require.NoError(t, err)
			assert.Equal(t, domain.FaseCompletado, final.Fase())
			assert.Empty(t, final.Motivo())
			liberar, consumir := pasos[len(pasos)-2], pasos[len(pasos)-1]
			assert.Equal(t, []any{domain.PasoLiberar, domain.Rechazado}, []any{liberar.Accion, liberar.Resultado})
			assert.Equal(t, []any{domain.PasoConsumir, domain.Hecho}, []any{consumir.Accion, consumir.Resultado})
		})
	}
}

// After a restore another order may have the id of an abandoned one: it stays. The note about an order that the restore has
// removed is deleted.
func TestServicio_deshacer_despues_de_restaurar(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	p, err := b.pedir(t, 3)
	require.NoError(t, err)
	for _, id := range []int64{p.ID(), p.ID() + 1} {
		require.NoError(t, b.abandonados.Anotar(ports.Abandonado{PedidoID: id, ReservaID: uuid.NewString()}))
	}
	_, err = b.ReconciliarLote(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.FaseReservado, b.unico(t).Fase())
	b.sinAbandonados(t)
}

// TestServicio_Crear_muere ends the request after each of its writes, as kill -9 does.
func TestServicio_Crear_muere(t *testing.T) {
	t.Parallel()
	t.Run("tras_guardar_el_pedido", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p := portstest.NuevoPedido(t, func(n *domain.Nuevo) { n.Ahora, n.RevisarEn = b.ahora(), b.ahora().Add(15*time.Second) })
		require.NoError(t, b.pedidos.Crear(t.Context(), idempotency.Key{}, p, domain.Topes{}))
		n, err := b.ReconciliarLote(t.Context())
		require.NoError(t, err)
		assert.Zero(t, n, "the row still belongs to its request")
		b.enPaz(t)
		assert.Equal(t, domain.MotivoSistema, b.unico(t).Motivo())
		assert.Equal(t, "LIBERADA", b.reservas.VerEstado(p.ReservaID()), "the id is closed for a request that is still under way")
	})
	t.Run("tras_reservar", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.pedidos.caidas = 2 // neither the reservation nor the decision to give up can be written down
		_, err := b.pedir(t, 3)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.EqualValues(t, 7, b.reservas.VerLibres(1))
		b.enPaz(t)
		assert.Equal(t, domain.FaseCancelado, b.unico(t).Fase())
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	})
	t.Run("sin_stock_y_sin_base_de_datos", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		b.pedidos.caidas = 1
		_, err := b.pedir(t, 11)
		require.ErrorIs(t, err, fault.ErrUnavailable, "the client must not hear of an order that may not be kept so")
		b.enPaz(t)
		assert.Equal(t, domain.FaseCancelado, b.unico(t).Fase())
	})
}

// tardio runs a function after a reservation took effect and before its request gets the answer.
type tardio struct {
	ports.Reservas
	mientras func()
}

func (r tardio) Reservar(ctx context.Context, id string, pedidoID int64, lineas []domain.Linea) error {
	err := r.Reservas.Reservar(ctx, id, pedidoID, lineas)
	r.mientras()
	return err
}

func TestServicio_Crear_una_peticion_tardia_no_deshace_lo_decidido(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	d := b.dependencias()
	d.Reservas = tardio{b.reservas, func() { b.enPaz(t) }} // its lease runs out, and the reconciler decides
	slow := app.New(d)
	_, err := slow.Crear(t.Context(), cliente, app.CrearPedido{Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 3}}})
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Equal(t, domain.FaseCancelado, b.unico(t).Fase())
	assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	b.enPaz(t)
}

// TestServicio_Crear_cancelado_mientras_reservaba: the order needs a release when the answer to its reservation arrives; that
// answer does not confirm the release.
func TestServicio_Crear_cancelado_mientras_reservaba(t *testing.T) {
	t.Parallel()
	b := nuevoBanco(t)
	d := b.dependencias()
	d.Reservas = tardio{b.reservas, func() {
		b.reservas.Caer(true)
		decidido, err := b.cambiar(t, cliente, b.unico(t), domain.Cancelado)
		require.NoError(t, err)
		assert.Equal(t, domain.FaseCancelando, decidido.Fase())
		b.reservas.Caer(false)
	}}
	p, err := app.New(d).Crear(t.Context(), cliente, app.CrearPedido{Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 3}}})
	require.NoError(t, err)
	assert.Equal(t, domain.FaseCancelado, p.Fase())
	assert.Equal(t, domain.MotivoUsuario, p.Motivo())
	assert.Equal(t, "LIBERADA", b.reservas.VerEstado(p.ReservaID()))
	assert.EqualValues(t, 10, b.reservas.VerLibres(1))
}

func TestServicio_CambiarEstado(t *testing.T) {
	t.Parallel()
	t.Run("cancelar_devuelve_una_vez", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				got, err := b.cambiar(t, cliente, p, domain.Cancelado)
				assert.NoError(t, err)
				assert.Equal(t, domain.Cancelado, got.Estado())
			})
		}
		wg.Wait()
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
		assert.Equal(t, domain.MotivoUsuario, b.unico(t).Motivo())
		b.enPaz(t)
	})
	t.Run("cancelar_contra_completar_gana_uno", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[domain.Estado]int{}
		for i := range 20 {
			wg.Go(func() {
				wanted := []domain.Estado{domain.Cancelado, domain.Completado}[i%2]
				got, err := b.cambiar(t, soporte, p, wanted)
				if errors.Is(err, domain.ErrTransicionIlegal) {
					return
				}
				if assert.NoError(t, err) {
					mu.Lock()
					won[got.Estado()]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		assert.Len(t, won, 1, "%v", won)
		b.enPaz(t)
	})
	t.Run("inventario_caido_guarda_la_intencion", func(t *testing.T) {
		t.Parallel()
		for _, wanted := range []domain.Estado{domain.Cancelado, domain.Completado} {
			b := nuevoBanco(t)
			p, err := b.pedir(t, 3)
			require.NoError(t, err)
			b.reservas.Caer(true)
			got, err := b.cambiar(t, soporte, p, wanted)
			require.NoError(t, err)
			assert.Equal(t, domain.Pendiente, got.Estado())
			assert.False(t, got.Fase().Reposo())
			again, err := b.cambiar(t, soporte, p, wanted)
			require.NoError(t, err, "asking again is no error")
			assert.Equal(t, got.Fase(), again.Fase())
			other := map[domain.Estado]domain.Estado{domain.Cancelado: domain.Completado, domain.Completado: domain.Cancelado}[wanted]
			_, err = b.cambiar(t, soporte, p, other)
			require.ErrorIs(t, err, domain.ErrTransicionIlegal, "the decision stands")

			b.pasa(time.Second)
			_, err = b.ReconciliarLote(t.Context())
			require.NoError(t, err)
			assert.False(t, b.unico(t).Fase().Reposo())
			b.reservas.Caer(false)
			b.pasa(5 * time.Second) // the longest wait between two tries
			_, err = b.ReconciliarLote(t.Context())
			require.NoError(t, err)
			assert.Equal(t, wanted, b.unico(t).Estado())
			b.enPaz(t)
		}
	})
	t.Run("completar_lo_que_inventario_perdio_cancela", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 3)
		require.NoError(t, err)
		require.NoError(t, b.reservas.Liberar(t.Context(), p.ReservaID()))
		_, err = b.cambiar(t, soporte, p, domain.Completado)
		require.ErrorIs(t, err, domain.ErrTransicionIlegal)
		assert.Equal(t, domain.Cancelado, fault.From(err).Extra["estado"])
		assert.Equal(t, domain.Cancelado, b.unico(t).Estado())
		assert.Equal(t, domain.MotivoSistema, b.unico(t).Motivo())
	})
	t.Run("de_otro_no_existe", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 1)
		require.NoError(t, err)
		otro := domain.Solicitante{UsuarioID: 9}
		_, ajeno := b.cambiar(t, otro, p, domain.Cancelado)
		_, unknown := b.CambiarEstado(t.Context(), otro, app.CambiarEstado{ID: 999, Estado: domain.Cancelado})
		require.ErrorIs(t, ajeno, domain.ErrPedidoNoExiste)
		assert.Equal(t, unknown, ajeno)
		_, err = b.Obtener(t.Context(), otro, p.ID())
		assert.ErrorIs(t, err, domain.ErrPedidoNoExiste)
		for _, ajenos := range []ports.Filtro{{Limite: 10, UsuarioID: 7}, {Limite: 10, ProductoID: 1}} {
			_, err = b.Listar(t.Context(), otro, ajenos)
			assert.ErrorIs(t, err, fault.ErrForbidden)
		}
	})
	t.Run("version_vieja", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 1)
		require.NoError(t, err)
		_, err = b.CambiarEstado(t.Context(), cliente, app.CambiarEstado{ID: p.ID(), Estado: domain.Cancelado, SiVersion: []int64{1}})
		require.ErrorIs(t, err, fault.ErrPrecondition)
		assert.Equal(t, domain.FaseReservado, b.unico(t).Fase())
	})
	t.Run("un_cliente_no_completa", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		p, err := b.pedir(t, 1)
		require.NoError(t, err)
		_, err = b.cambiar(t, cliente, p, domain.Completado)
		assert.ErrorIs(t, err, fault.ErrForbidden)
	})
}

func TestServicio_Reconciliar(t *testing.T) {
	t.Parallel()
	t.Run("lo_caducado_se_cancela", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		_, err := b.pedir(t, 3)
		require.NoError(t, err)
		b.pasa(time.Hour)
		_, err = b.ReconciliarLote(t.Context())
		require.NoError(t, err)
		assert.Equal(t, domain.MotivoExpirado, b.unico(t).Motivo())
		assert.EqualValues(t, 10, b.reservas.VerLibres(1))
	})
	t.Run("avisado_trabaja_sin_esperar_y_para_con_su_contexto", func(t *testing.T) {
		t.Parallel()
		b := nuevoBanco(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Servicio.Reconciliar(ctx); close(done) }()
		b.reservas.Fallar(portstest.SeResponde)
		_, err := b.pedir(t, 3)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.Eventually(t, func() bool { return b.unico(t).Fase() == domain.FaseCancelado }, 5*time.Second, 5*time.Millisecond)
		stop()
		<-done
	})
}

// sinNada is storage without orders.
type sinNada struct {
	ports.Pedidos
	ports.Pendientes
	ports.Reposiciones
}

func (sinNada) Actualizar(context.Context, idempotency.Key, int64, func(*domain.Pedido) error) (*domain.Pedido, error) {
	return nil, domain.ErrPedidoNoExiste.New("")
}

func (sinNada) Tomar(context.Context, time.Time, time.Time, int) ([]*domain.Pedido, error) {
	return nil, nil
}

func (sinNada) TomarDevoluciones(context.Context, time.Time, time.Time, int) ([]*domain.Devolucion, error) {
	return nil, nil
}

// imborrable is a note that cannot be removed.
type imborrable struct {
	ports.Abandonados
	vueltas atomic.Int64
}

func (i *imborrable) Todos() ([]ports.Abandonado, error) {
	i.vueltas.Add(1)
	return []ports.Abandonado{{PedidoID: 1, ReservaID: "una"}}, nil
}

func (*imborrable) Borrar(ports.Abandonado) error { return errors.New("read-only") }

// A note that cannot be removed does not keep the reconciler from its pace, and is said once.
func TestServicio_Reconciliar_una_nota_imborrable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lineas bytes.Buffer // read when the reconciler has ended
		var nota imborrable
		s := app.New(app.Dependencias{Pedidos: sinNada{}, Pendientes: sinNada{}, Reposiciones: sinNada{}, Abandonados: &nota,
			Reloj: time.Now, Peticion: func(context.Context) string { return "" },
			Log: slog.New(slog.NewTextHandler(&lineas, nil))})
		ctx, parar := context.WithCancel(t.Context())
		go s.Reconciliar(ctx)
		time.Sleep(10*time.Second + time.Millisecond)
		parar()
		synctest.Wait()
		assert.EqualValues(t, 11, nota.vueltas.Load())
		assert.Equal(t, 1, strings.Count(lineas.String(), "read-only"))
	})
}
